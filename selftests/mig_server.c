// SPDX-License-Identifier: GPL-2.0
/*
 * The server's half of the subsystem of mig_stub.h, as MIG writes it. Compiled
 * as C and as C++.
 */
#include "mig_stub.h"

/* On this side a request has come in, and a reply goes out. */
#define msgh_request_port		msgh_local_port
#define msgh_reply_port			msgh_remote_port
#define MACH_MSGH_BITS_REPLY(bits)	MACH_MSGH_BITS_REMOTE(bits)

/* What MIG makes a macro of: the reply is an error and nothing else. */
static void return_error(void *OutP, kern_return_t code)
{
	((mig_reply_error_t *)OutP)->RetCode = code;
	((mig_reply_error_t *)OutP)->NDR = NDR_record;
}

static boolean_t is_simple(const mach_msg_header_t *head, size_t size)
{
	return !(head->msgh_bits & MACH_MSGH_BITS_COMPLEX) &&
	       head->msgh_size == (mach_msg_size_t)size;
}

static void _Xadd(mach_msg_header_t *InHeadP, mach_msg_header_t *OutHeadP)
{
	stub_add_request *In0P = (stub_add_request *)InHeadP;
	stub_add_reply *OutP = (stub_add_reply *)OutHeadP;

	if (__MigTypeCheck && !is_simple(InHeadP, sizeof(*In0P))) {
		return_error(OutP, MIG_BAD_ARGUMENTS);
		return;
	}
	OutP->RetCode = do_stub_add(In0P->Head.msgh_request_port, In0P->a,
				    In0P->b, &OutP->sum);
	if (OutP->RetCode != KERN_SUCCESS) {
		return_error(OutP, OutP->RetCode);
		return;
	}
	OutP->NDR = NDR_record;
	OutP->Head.msgh_size = (mach_msg_size_t)sizeof(*OutP);
}

static void _Xopen(mach_msg_header_t *InHeadP, mach_msg_header_t *OutHeadP)
{
	stub_open_request *In0P = (stub_open_request *)InHeadP;
	stub_open_reply *OutP = (stub_open_reply *)OutHeadP;
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t RetCode;

	if (__MigTypeCheck && !is_simple(InHeadP, sizeof(*In0P))) {
		return_error(OutP, MIG_BAD_ARGUMENTS);
		return;
	}
	if (!memchr(In0P->name, '\0', STUB_NAME_MAX)) {
		return_error(OutP, MIG_BAD_ARGUMENTS);
		return;
	}
	RetCode = do_stub_open(In0P->Head.msgh_request_port, In0P->name,
			       &port);
	if (RetCode != KERN_SUCCESS) {
		return_error(OutP, RetCode);
		return;
	}
	OutP->msgh_body.msgh_descriptor_count = 1;
	OutP->port.name = port;
	OutP->port.pad1 = 0;
	OutP->port.pad2 = 0;
	OutP->port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	OutP->port.type = MACH_MSG_PORT_DESCRIPTOR;
	OutP->Head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	OutP->Head.msgh_size = (mach_msg_size_t)sizeof(*OutP);
}

static void _Xstore(mach_msg_header_t *InHeadP, mach_msg_header_t *OutHeadP)
{
	stub_store_request *In0P = (stub_store_request *)InHeadP;
	stub_store_reply *OutP = (stub_store_reply *)OutHeadP;

	if (__MigTypeCheck &&
	    (!(InHeadP->msgh_bits & MACH_MSGH_BITS_COMPLEX) ||
	     In0P->msgh_body.msgh_descriptor_count != 1 ||
	     InHeadP->msgh_size != (mach_msg_size_t)sizeof(*In0P) ||
	     In0P->data.type != MACH_MSG_OOL_DESCRIPTOR)) {
		return_error(OutP, MIG_BAD_ARGUMENTS);
		return;
	}
	if (__MigTypeCheck && In0P->data.size != In0P->size) {
		return_error(OutP, MIG_TYPE_ERROR);
		return;
	}
	OutP->RetCode = do_stub_store(In0P->Head.msgh_request_port,
				      (stub_data_t)In0P->data.address,
				      In0P->data.size, &OutP->sum);
	if (OutP->RetCode != KERN_SUCCESS) {
		return_error(OutP, OutP->RetCode);
		return;
	}
	mig_deallocate((vm_address_t)In0P->data.address, In0P->data.size);
	In0P->data.address = NULL;
	In0P->data.size = 0;
	OutP->NDR = NDR_record;
	OutP->Head.msgh_size = (mach_msg_size_t)sizeof(*OutP);
}

/* A simpleroutine: nobody waits for an answer. */
static void _Xtell(mach_msg_header_t *InHeadP, mach_msg_header_t *OutHeadP)
{
	stub_tell_request *In0P = (stub_tell_request *)InHeadP;
	mig_reply_error_t *OutP = (mig_reply_error_t *)OutHeadP;

	if (__MigTypeCheck && !is_simple(InHeadP, sizeof(*In0P))) {
		return_error(OutP, MIG_BAD_ARGUMENTS);
		return;
	}
	OutP->RetCode = do_stub_tell(In0P->Head.msgh_request_port,
				     In0P->value);
	OutP->RetCode = MIG_NO_REPLY;
}

const struct stub_subsystem stub_subsystem = {
	stub_server_routine,
	STUB_BASE,
	STUB_BASE + STUB_COUNT,
	(mach_msg_size_t)sizeof(union stub_reply),
	(vm_address_t)0,
	{
		{ (mig_impl_routine_t)0, (mig_stub_routine_t)_Xadd, 4, 0,
		  (routine_arg_descriptor_t)0,
		  (mach_msg_size_t)sizeof(stub_add_reply) },
		{ (mig_impl_routine_t)0, (mig_stub_routine_t)_Xopen, 3, 0,
		  (routine_arg_descriptor_t)0,
		  (mach_msg_size_t)sizeof(stub_open_reply) },
		{ (mig_impl_routine_t)0, (mig_stub_routine_t)_Xstore, 4, 0,
		  (routine_arg_descriptor_t)0,
		  (mach_msg_size_t)sizeof(stub_store_reply) },
		{ 0, 0, 0, 0, 0, 0 },	/* skip */
		{ (mig_impl_routine_t)0, (mig_stub_routine_t)_Xtell, 2, 0,
		  (routine_arg_descriptor_t)0, 0 },
	},
};

mig_routine_t stub_server_routine(mach_msg_header_t *InHeadP)
{
	int msgh_id = InHeadP->msgh_id - stub_subsystem.start;

	if (msgh_id < 0 || msgh_id >= STUB_COUNT)
		return 0;
	return stub_subsystem.routine[msgh_id].stub_routine;
}

boolean_t stub_server(mach_msg_header_t *InHeadP, mach_msg_header_t *OutHeadP)
{
	mig_routine_t routine;

	OutHeadP->msgh_bits =
		MACH_MSGH_BITS(MACH_MSGH_BITS_REPLY(InHeadP->msgh_bits), 0);
	OutHeadP->msgh_remote_port = InHeadP->msgh_reply_port;
	OutHeadP->msgh_size = (mach_msg_size_t)sizeof(mig_reply_error_t);
	OutHeadP->msgh_local_port = MACH_PORT_NULL;
	OutHeadP->msgh_id = InHeadP->msgh_id + STUB_REPLY;
	OutHeadP->msgh_reserved = 0;

	routine = stub_server_routine(InHeadP);
	if (routine == 0) {
		((mig_reply_error_t *)OutHeadP)->NDR = NDR_record;
		((mig_reply_error_t *)OutHeadP)->RetCode = MIG_BAD_ID;
		return FALSE;
	}
	(*routine)(InHeadP, OutHeadP);
	return TRUE;
}
