// SPDX-License-Identifier: GPL-2.0
/*
 * The client's half of the subsystem of mig_stub.h, as MIG writes it. Compiled
 * as C and as C++.
 */
#include "mig_stub.h"

/* On this side a request goes out, and a reply comes back. */
#define msgh_request_port	msgh_remote_port
#define msgh_reply_port		msgh_local_port

/* Returns from a stub whose call has failed. */
static kern_return_t failed(mach_msg_return_t result, mach_port_t reply_port)
{
	switch (result) {
	case MACH_SEND_INVALID_DATA:
	case MACH_SEND_INVALID_DEST:
	case MACH_SEND_INVALID_HEADER:
		mig_put_reply_port(reply_port);
		break;
	default:
		mig_dealloc_reply_port(reply_port);
	}
	return result;
}

/* The checks that are the same for all replies. */
static kern_return_t check_reply(const mach_msg_header_t *reply,
				 mach_msg_id_t id)
{
	if (reply->msgh_id == id)
		return KERN_SUCCESS;
	return reply->msgh_id == MACH_NOTIFY_SEND_ONCE ? MIG_SERVER_DIED :
							 MIG_REPLY_MISMATCH;
}

/* A simple reply of @size bytes, or one that is an error and nothing else. */
static kern_return_t check_simple(const mig_reply_error_t *reply,
				  mach_msg_id_t id, mach_msg_size_t size)
{
	kern_return_t kr = check_reply(&reply->Head, id);

	if (kr)
		return kr;
#if __MigTypeCheck
	if (reply->Head.msgh_bits & MACH_MSGH_BITS_COMPLEX ||
	    reply->Head.msgh_request_port != MACH_PORT_NULL ||
	    (reply->Head.msgh_size != size &&
	     (reply->Head.msgh_size != (mach_msg_size_t)sizeof(*reply) ||
	      reply->RetCode == KERN_SUCCESS)))
		return MIG_TYPE_ERROR;
#endif
	return reply->RetCode;
}

/* A reply with descriptors, or one that is an error and nothing else. */
static kern_return_t check_open(const stub_open_reply *reply, mach_msg_id_t id)
{
	kern_return_t kr = check_reply(&reply->Head, id);

	if (kr)
		return kr;
	if (!(reply->Head.msgh_bits & MACH_MSGH_BITS_COMPLEX)) {
		if (reply->Head.msgh_size == sizeof(mig_reply_error_t) &&
		    ((const mig_reply_error_t *)reply)->RetCode)
			return ((const mig_reply_error_t *)reply)->RetCode;
		return MIG_TYPE_ERROR;
	}
#if __MigTypeCheck
	if (reply->msgh_body.msgh_descriptor_count != 1 ||
	    reply->Head.msgh_size != (mach_msg_size_t)sizeof(*reply) ||
	    reply->port.type != MACH_MSG_PORT_DESCRIPTOR ||
	    reply->port.disposition != MACH_MSG_TYPE_MOVE_SEND)
		return MIG_TYPE_ERROR;
#endif
	return KERN_SUCCESS;
}

static mach_msg_return_t call(mach_msg_header_t *head, mach_port_t server,
			      mach_msg_id_t id, mach_msg_bits_t other,
			      mach_msg_size_t send_size,
			      mach_msg_size_t rcv_size)
{
	head->msgh_bits = other | MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						 MACH_MSG_TYPE_MAKE_SEND_ONCE);
	head->msgh_request_port = server;
	head->msgh_reply_port = mig_get_reply_port();
	head->msgh_id = id;
	head->msgh_reserved = 0;
	return mach_msg(head, MACH_SEND_MSG | MACH_RCV_MSG |
			      MACH_MSG_OPTION_NONE, send_size, rcv_size,
			head->msgh_reply_port, MACH_MSG_TIMEOUT_NONE,
			MACH_PORT_NULL);
}

kern_return_t stub_add(mach_port_t server, int a, int b, int *sum)
{
	union {
		stub_add_request In;
		struct {
			stub_add_reply reply;
			mach_msg_trailer_t trailer;
		} Out;
	} Mess;
	stub_add_request *InP = &Mess.In;
	stub_add_reply *Out0P = &Mess.Out.reply;
	mach_msg_return_t msg_result;
	kern_return_t kr;

	InP->NDR = NDR_record;
	InP->a = a;
	InP->b = b;
	msg_result = call(&InP->Head, server, STUB_BASE, 0,
			  (mach_msg_size_t)sizeof(Mess.In),
			  (mach_msg_size_t)sizeof(Mess.Out));
	if (msg_result != MACH_MSG_SUCCESS)
		return failed(msg_result, InP->Head.msgh_reply_port);
	kr = check_simple((mig_reply_error_t *)Out0P, STUB_BASE + STUB_REPLY,
			  (mach_msg_size_t)sizeof(*Out0P));
	if (kr == KERN_SUCCESS)
		*sum = Out0P->sum;
	return kr;
}

kern_return_t stub_open(mach_port_t server, const char *name,
			mach_port_t *port)
{
	union {
		stub_open_request In;
		struct {
			stub_open_reply reply;
			mach_msg_trailer_t trailer;
		} Out;
	} Mess;
	stub_open_request *InP = &Mess.In;
	stub_open_reply *Out0P = &Mess.Out.reply;
	mach_msg_return_t msg_result;
	kern_return_t kr;

	InP->NDR = NDR_record;
	(void)mig_strncpy_zerofill(InP->name, name, STUB_NAME_MAX);
	msg_result = call(&InP->Head, server, STUB_BASE + 1, 0,
			  (mach_msg_size_t)sizeof(Mess.In),
			  (mach_msg_size_t)sizeof(Mess.Out));
	if (msg_result != MACH_MSG_SUCCESS)
		return failed(msg_result, InP->Head.msgh_reply_port);
	kr = check_open(Out0P, STUB_BASE + 1 + STUB_REPLY);
	if (kr == KERN_SUCCESS)
		*port = (mach_port_t)Out0P->port.name;
	else
		mach_msg_destroy(&Out0P->Head);
	return kr;
}

kern_return_t stub_store(mach_port_t server, stub_data_t data,
			 mach_msg_type_number_t size, unsigned int *sum)
{
	union {
		stub_store_request In;
		struct {
			stub_store_reply reply;
			mach_msg_trailer_t trailer;
		} Out;
	} Mess;
	stub_store_request *InP = &Mess.In;
	stub_store_reply *Out0P = &Mess.Out.reply;
	mach_msg_return_t msg_result;
	kern_return_t kr;

	InP->msgh_body.msgh_descriptor_count = 1;
	InP->data.address = (void *)data;
	InP->data.size = size;
	InP->data.deallocate = FALSE;
	InP->data.copy = MACH_MSG_VIRTUAL_COPY;
	InP->data.type = MACH_MSG_OOL_DESCRIPTOR;
	InP->NDR = NDR_record;
	InP->size = size;
	msg_result = call(&InP->Head, server, STUB_BASE + 2,
			  MACH_MSGH_BITS_COMPLEX,
			  (mach_msg_size_t)sizeof(Mess.In),
			  (mach_msg_size_t)sizeof(Mess.Out));
	if (msg_result != MACH_MSG_SUCCESS)
		return failed(msg_result, InP->Head.msgh_reply_port);
	kr = check_simple((mig_reply_error_t *)Out0P,
			  STUB_BASE + 2 + STUB_REPLY,
			  (mach_msg_size_t)sizeof(*Out0P));
	if (kr == KERN_SUCCESS)
		*sum = Out0P->sum;
	return kr;
}

kern_return_t stub_tell(mach_port_t server, int value)
{
	stub_tell_request Mess;
	stub_tell_request *InP = &Mess;

	InP->NDR = NDR_record;
	InP->value = value;
	InP->Head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	InP->Head.msgh_request_port = server;
	InP->Head.msgh_reply_port = MACH_PORT_NULL;
	InP->Head.msgh_id = STUB_BASE + 4;
	InP->Head.msgh_reserved = 0;
	return mach_msg(&InP->Head, MACH_SEND_MSG | MACH_MSG_OPTION_NONE,
			(mach_msg_size_t)sizeof(Mess), 0, MACH_PORT_NULL,
			MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
}
