/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Conventions of stubs that MIG generates (messages.md 20). */
#ifndef _MACH_MIG_ERRORS_H_
#define _MACH_MIG_ERRORS_H_

#include <mach/std_types.h>
#include <mach/port.h>
#include <mach/message.h>
#include <mach/ndr.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MIG_TYPE_ERROR		(-300)	/* A descriptor is not what it should be */
#define MIG_REPLY_MISMATCH	(-301)	/* The reply has the wrong id */
#define MIG_REMOTE_ERROR	(-302)	/* The server found an error in the request */
#define MIG_BAD_ID		(-303)	/* The server has no such routine */
#define MIG_BAD_ARGUMENTS	(-304)	/* Wrong message size or shape */
#define MIG_NO_REPLY		(-305)	/* From a server routine: send no reply */
#define MIG_EXCEPTION		(-306)
#define MIG_ARRAY_TOO_LARGE	(-307)	/* The buffer is too small for the array */
#define MIG_SERVER_DIED		(-308)	/* Send-once notification in place of a reply */
#define MIG_TRAILER_ERROR	(-309)	/* The trailer is not as expected */

#pragma pack(push, 4)

/*
 * A simple reply: it carries a result and nothing else. A complex reply means
 * KERN_SUCCESS.
 */
typedef struct mig_reply_error {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kern_return_t RetCode;
} mig_reply_error_t;

#pragma pack(pop)

/**
 * mig_get_reply_port() - the reply port of the calling thread
 *
 * Made on first use and kept until mig_dealloc_reply_port() or the end of the
 * thread.
 *
 * Return: the name of a receive right, or MACH_PORT_NULL.
 */
mach_port_t mig_get_reply_port(void);

/**
 * mig_dealloc_reply_port() - destroy the reply port of the calling thread
 * @reply_port: ignored
 *
 * For use when a reply may still come that nobody waits for any more.
 */
void mig_dealloc_reply_port(mach_port_t reply_port);

/**
 * mig_put_reply_port() - say that an RPC is over; does nothing
 * @reply_port: ignored
 */
void mig_put_reply_port(mach_port_t reply_port);

/**
 * mig_strncpy() - copy a string into an array of a message
 * @dest: the array
 * @src: the string
 * @len: bytes of @dest
 *
 * Copies at most @len - 1 bytes and always terminates the result, unless @len
 * is not positive.
 *
 * Return: bytes in @dest including the terminator; 0 if @len is not positive.
 */
int mig_strncpy(char *dest, const char *src, int len);

/**
 * mig_strncpy_zerofill() - mig_strncpy() that leaves no old bytes behind
 * @dest: as for mig_strncpy()
 * @src: as for mig_strncpy()
 * @len: as for mig_strncpy(). Bytes after the terminator are set to zero
 *
 * Return: as mig_strncpy().
 */
int mig_strncpy_zerofill(char *dest, const char *src, int len);

/**
 * mig_allocate() - vm_allocate() in this process, anywhere
 * @addr: set to the address of the memory, or to 0 if there is none
 * @size: bytes
 */
void mig_allocate(uintptr_t *addr, uintptr_t size);

/**
 * mig_deallocate() - vm_deallocate() in this process
 * @addr: address of the memory
 * @size: bytes
 */
void mig_deallocate(uintptr_t addr, uintptr_t size);

/**
 * mig_reply_setup() - begin the reply to a received request
 * @request: the request as it was received
 * @reply: a buffer of sizeof(mig_reply_error_t) bytes; becomes the error reply
 *	with the result MIG_BAD_ID, which a server routine overwrites
 *
 * The reply is addressed to the reply right of @request.
 */
void mig_reply_setup(const mach_msg_header_t *request,
		     mach_msg_header_t *reply);

#ifdef MACHIPC_STATIC_ASSERT
MACHIPC_STATIC_ASSERT(sizeof(mig_reply_error_t) == 36);	/* M-165 */
MACHIPC_STATIC_ASSERT(offsetof(mig_reply_error_t, NDR) == 24);
MACHIPC_STATIC_ASSERT(offsetof(mig_reply_error_t, RetCode) == 32);
#endif

#ifdef __cplusplus
}
#endif

#endif
