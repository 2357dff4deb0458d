/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
#ifndef LIB_BOOTSTRAP_PROTOCOL_H
#define LIB_BOOTSTRAP_PROTOCOL_H

/*
 * What bootstrap.c and machbootstrapd say to each other. The form is that of
 * an interface generator: requests of fixed size, the reply's id is the
 * request's plus 100, and whatever carries no right is a mig_reply_error_t.
 *
 * The client chooses the port that a reply goes to, so the server may be made
 * to send one to a port of the kernel. No routine of the kernel has an id
 * between 1140 and 1149.
 */

#include <stdbool.h>
#include <stdint.h>
#include <mach/mach.h>
#include <servers/bootstrap.h>

#define BOOTSTRAP_ID_CHECK_IN	1040
#define BOOTSTRAP_ID_LOOK_UP	1041
#define BOOTSTRAP_ID_CHECK_OUT	1042
#define BOOTSTRAP_ID_STATUS	1043
#define BOOTSTRAP_ID_REGISTER	1044
#define BOOTSTRAP_ID_NEXT	1045
#define BOOTSTRAP_REPLY(id)	((id) + 100)

/* In look_up: the names of root first, then those of the caller's user. */
#define BOOTSTRAP_ANY_USER	UINT32_MAX

#pragma pack(push, 4)

/* check in, check out, status: answered by a port, a code, a code. */
struct bootstrap_name_request {
	mach_msg_header_t head;
	NDR_record_t ndr;
	char name[BOOTSTRAP_MAX_NAME_LEN];
};

struct bootstrap_look_up_request {
	mach_msg_header_t head;
	NDR_record_t ndr;
	char name[BOOTSTRAP_MAX_NAME_LEN];
	uint32_t user;
};

struct bootstrap_register_request {
	mach_msg_header_t head;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t service;
	NDR_record_t ndr;
	char name[BOOTSTRAP_MAX_NAME_LEN];
};

/*
 * The service that follows in the order of names, and of users where names are
 * equal: what a list is read by. It stays true while services come and go. An
 * empty name comes before all others.
 */
struct bootstrap_next_request {
	mach_msg_header_t head;
	NDR_record_t ndr;
	char name[BOOTSTRAP_MAX_NAME_LEN];
	uint32_t user;
};

/* Or a code: BOOTSTRAP_UNKNOWN_SERVICE after the last one. */
struct bootstrap_next_reply {
	mach_msg_header_t head;
	NDR_record_t ndr;
	kern_return_t code;
	char name[BOOTSTRAP_MAX_NAME_LEN];
	uint32_t user;
};

/* Reply of check in (a receive right) and of look up (a send right). */
struct bootstrap_port_reply {
	mach_msg_header_t head;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t service;
};

#pragma pack(pop)

/*
 * A name is printable, so that it can be logged, and neither empty nor without
 * its end. Blanks and what is not ASCII would be told apart by machines only.
 */
static inline bool
bootstrap_name_is_valid(const char name[BOOTSTRAP_MAX_NAME_LEN])
{
	unsigned int i;

	for (i = 0; i < BOOTSTRAP_MAX_NAME_LEN && name[i]; i++) {
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	}
	return i > 0 && i < BOOTSTRAP_MAX_NAME_LEN;
}

#endif
