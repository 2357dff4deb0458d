/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* What the stubs that MIG generates expect to find (messages.md 20). */
#ifndef _MACH_MIG_H_
#define _MACH_MIG_H_

#include <mach/port.h>
#include <mach/message.h>
#include <mach/vm_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Stubs check what they receive, unless they are compiled with this as 0. */
#ifndef __MigTypeCheck
#define __MigTypeCheck		1
#endif

/* They are not part of a kernel. */
#ifndef __MigKernelSpecificCode
#define __MigKernelSpecificCode	0
#endif
#ifndef _MIG_KERNEL_SPECIFIC_CODE_
#define _MIG_KERNEL_SPECIFIC_CODE_	0
#endif

/* The structures of their messages are packed as messages are. */
#define __MigPackStructs	1

/**
 * mig_stub_routine_t - what serves one kind of request
 *
 * Given the request and a buffer for the reply, which is an error until the
 * routine says otherwise.
 */
typedef void (*mig_stub_routine_t)(mach_msg_header_t *InHeadP,
				   mach_msg_header_t *OutHeadP);

typedef mig_stub_routine_t mig_routine_t;

/**
 * mig_server_routine_t - finds what serves a request
 *
 * Returns NULL if the subsystem has no such routine.
 */
typedef mig_routine_t (*mig_server_routine_t)(mach_msg_header_t *InHeadP);

/* The programmer's function behind a stub, whatever its arguments are. */
typedef kern_return_t (*mig_impl_routine_t)(void);

typedef mach_msg_type_descriptor_t routine_arg_descriptor;
typedef mach_msg_type_descriptor_t *routine_arg_descriptor_t;
typedef mach_msg_type_descriptor_t *mig_routine_arg_descriptor_t;

#define MIG_ROUTINE_ARG_DESCRIPTOR_NULL	((mig_routine_arg_descriptor_t)0)

/**
 * struct routine_descriptor - one routine of a subsystem
 * @impl_routine: the function behind it, or NULL
 * @stub_routine: the stub; NULL for an id that is not used
 * @argc: 32-bit words of its arguments
 * @descr_count: how many of these are described
 * @arg_descr: the descriptions, or NULL
 * @max_reply_msg: bytes of the largest reply
 */
struct routine_descriptor {
	mig_impl_routine_t impl_routine;
	mig_stub_routine_t stub_routine;
	unsigned int argc;
	unsigned int descr_count;
	routine_arg_descriptor_t arg_descr;
	unsigned int max_reply_msg;
};

typedef struct routine_descriptor *routine_descriptor_t;
typedef struct routine_descriptor mig_routine_descriptor;
typedef struct routine_descriptor *mig_routine_descriptor_t;

#define MIG_ROUTINE_DESCRIPTOR_NULL	((mig_routine_descriptor_t)0)

/**
 * struct mig_subsystem - the beginning of what a stub file says of itself
 * @server: finds the routine for a request
 * @start: id of the first routine
 * @end: id behind that of the last one
 * @maxsize: bytes of the largest reply
 * @reserved: 0
 * @routine: the routines, in the order of their ids; as many as there are
 */
struct mig_subsystem {
	mig_server_routine_t server;
	mach_msg_id_t start;
	mach_msg_id_t end;
	mach_msg_size_t maxsize;
	vm_address_t reserved;
	mig_routine_descriptor routine[1];
};

typedef struct mig_subsystem *mig_subsystem_t;

#define MIG_SUBSYSTEM_NULL	((mig_subsystem_t)0)

/**
 * struct mig_symtab - a routine by name, for tables that MIG can write
 * @ms_routine_name: its name
 * @ms_routine_number: its id, counted from the first of the subsystem
 * @ms_routine: the stub
 */
typedef struct mig_symtab {
	char *ms_routine_name;
	int ms_routine_number;
	void (*ms_routine)(void);
} mig_symtab_t;

#ifdef __cplusplus
}
#endif

#endif
