/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A subsystem as MIG's input would describe it, and what MIG would make of it:
 * messages, client and server. It is written by hand, in the constructs that
 * generated code is made of, and compiled as C and as C++.
 */
#ifndef MIG_STUB_H
#define MIG_STUB_H

#include <string.h>
#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/mach.h>
#include <mach/mach_types.h>
#include <mach/message.h>
#include <mach/mig.h>
#include <mach/mig_errors.h>
#include <mach/ndr.h>
#include <mach/notify.h>
#include <mach/port.h>
#include <mach/std_types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STUB_BASE	400
#define STUB_COUNT	5
#define STUB_NAME_MAX	32
#define STUB_REPLY	100	/* added to the id of a request */

typedef char stub_name_t[STUB_NAME_MAX];
typedef char *stub_data_t;

/* For the client. */
kern_return_t stub_add(mach_port_t server, int a, int b, int *sum);
kern_return_t stub_open(mach_port_t server, const char *name,
			mach_port_t *port);
kern_return_t stub_store(mach_port_t server, stub_data_t data,
			 mach_msg_type_number_t size, unsigned int *sum);
kern_return_t stub_tell(mach_port_t server, int value);

/* By the programmer of the server. */
kern_return_t do_stub_add(mach_port_t server, int a, int b, int *sum);
kern_return_t do_stub_open(mach_port_t server, stub_name_t name,
			   mach_port_t *port);
kern_return_t do_stub_store(mach_port_t server, stub_data_t data,
			    mach_msg_type_number_t size, unsigned int *sum);
kern_return_t do_stub_tell(mach_port_t server, int value);

/* For the loop of the server. */
boolean_t stub_server(mach_msg_header_t *InHeadP, mach_msg_header_t *OutHeadP);
mig_routine_t stub_server_routine(mach_msg_header_t *InHeadP);

extern const struct stub_subsystem {
	mig_server_routine_t server;
	mach_msg_id_t start;
	mach_msg_id_t end;
	unsigned int maxsize;
	vm_address_t reserved;
	struct routine_descriptor routine[STUB_COUNT];
} stub_subsystem;

/* The messages. */
#ifdef __MigPackStructs
#pragma pack(push, 4)
#endif

typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	int a;
	int b;
} stub_add_request;

typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kern_return_t RetCode;
	int sum;
} stub_add_reply;

typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	stub_name_t name;
} stub_open_request;

typedef struct {
	mach_msg_header_t Head;
	mach_msg_body_t msgh_body;
	mach_msg_port_descriptor_t port;
} stub_open_reply;

typedef struct {
	mach_msg_header_t Head;
	mach_msg_body_t msgh_body;
	mach_msg_ool_descriptor_t data;
	NDR_record_t NDR;
	mach_msg_type_number_t size;
} stub_store_request;

typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	kern_return_t RetCode;
	unsigned int sum;
} stub_store_reply;

typedef struct {
	mach_msg_header_t Head;
	NDR_record_t NDR;
	int value;
} stub_tell_request;

#ifdef __MigPackStructs
#pragma pack(pop)
#endif

union stub_request {
	stub_add_request add;
	stub_open_request open;
	stub_store_request store;
	stub_tell_request tell;
};

union stub_reply {
	mig_reply_error_t error;
	stub_add_reply add;
	stub_open_reply open;
	stub_store_reply store;
};

#ifdef __cplusplus
}
#endif

#endif /* MIG_STUB_H */
