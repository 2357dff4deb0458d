// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/*
 * The client's side of the bootstrap server: the bootstrap port itself, and
 * one remote procedure call for each function of <servers/bootstrap.h>.
 *
 * No reply is believed. Whatever does not have the one form that its request
 * allows is destroyed, with the rights in it.
 */

#include <string.h>
#include <mach/mach.h>
#include <mach/mach_error.h>
#include <servers/bootstrap.h>
#include "bootstrap_list.h"
#include "bootstrap_protocol.h"
#include "device.h"

union reply {
	mach_msg_header_t head;
	mig_reply_error_t code;
	struct bootstrap_port_reply port;
	struct bootstrap_next_reply next;
};

struct reply_buffer {
	union reply reply;
	mach_msg_trailer_t trailer;
};

static void release_send(mach_port_t port)
{
	if (MACH_PORT_VALID(port))
		mach_port_deallocate(mach_task_self(), port);
}

/*
 * Puts the task's bootstrap right in the place of @old. Another thread may be
 * faster, and the right of a dead server has no name worth keeping.
 *
 * The name of a dead server stays allocated: the program may have copied it,
 * and a copy must not come to mean another port.
 */
static void replace_port(mach_port_t old)
{
	mach_port_t port = MACH_PORT_NULL;

	if (task_get_bootstrap_port(mach_task_self(), &port) != KERN_SUCCESS)
		return;
	if (!MACH_PORT_VALID(port))
		return;
	if (port == old ||
	    !__atomic_compare_exchange_n(&bootstrap_port, &old, port, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		release_send(port);
}

mach_port_t *machipc_bootstrap_port(void)
{
	if (__atomic_load_n(&bootstrap_port, __ATOMIC_RELAXED) ==
	    MACH_PORT_NULL)
		replace_port(MACH_PORT_NULL);
	return &bootstrap_port;
}

static mach_msg_return_t send_and_receive(mach_port_t bp,
					  mach_msg_header_t *request,
					  struct reply_buffer *buffer)
{
	mach_port_t reply_port = mig_get_reply_port();
	mach_msg_return_t mr;

	request->msgh_remote_port = bp;
	request->msgh_local_port = reply_port;
	mr = mach_msg_overwrite(request, MACH_SEND_MSG | MACH_RCV_MSG,
				request->msgh_size, sizeof(*buffer),
				reply_port, MACH_MSG_TIMEOUT_NONE,
				MACH_PORT_NULL, &buffer->reply.head, 0);

	/* What was received is there, only some of its rights are not. */
	if ((mr & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR)
		mach_msg_destroy(&buffer->reply.head);
	/* A reply that comes after all must not answer the next request. */
	if (mr != MACH_MSG_SUCCESS)
		mig_dealloc_reply_port(reply_port);
	return mr;
}

/* A program that has run for longer than its bootstrap server finds the next. */
static mach_msg_return_t call_server(mach_port_t bp, mach_msg_header_t *request,
				     struct reply_buffer *buffer)
{
	mach_msg_return_t mr;

	if (bp == MACH_PORT_NULL)
		bp = *machipc_bootstrap_port();
	mr = send_and_receive(bp, request, buffer);
	if (mr != MACH_SEND_INVALID_DEST || bp != bootstrap_port)
		return mr;

	replace_port(bp);
	if (bp == bootstrap_port)
		return mr;
	return send_and_receive(bootstrap_port, request, buffer);
}

static kern_return_t refuse_reply(union reply *reply, kern_return_t kr)
{
	mach_msg_destroy(&reply->head);
	return kr;
}

/* Sends a request whose size is @size and checks what all replies share. */
static kern_return_t rpc(mach_port_t bp, mach_msg_header_t *request,
			 mach_msg_size_t size, mach_msg_id_t id,
			 struct reply_buffer *buffer)
{
	union reply *reply = &buffer->reply;
	mach_msg_return_t mr;

	request->msgh_bits = MACH_MSGH_BITS_OTHER(request->msgh_bits) |
			     MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					    MACH_MSG_TYPE_MAKE_SEND_ONCE);
	request->msgh_size = size;
	request->msgh_id = id;
	mr = call_server(bp, request, buffer);
	if (mr != MACH_MSG_SUCCESS)
		return mr;

	if (reply->head.msgh_id == MACH_NOTIFY_SEND_ONCE)
		return refuse_reply(reply, MIG_SERVER_DIED);
	if (reply->head.msgh_id != BOOTSTRAP_REPLY(id))
		return refuse_reply(reply, MIG_REPLY_MISMATCH);
	if (reply->head.msgh_remote_port != MACH_PORT_NULL)
		return refuse_reply(reply, MIG_TYPE_ERROR);
	return KERN_SUCCESS;
}

static bool is_code_reply(const union reply *reply)
{
	return !(reply->head.msgh_bits & MACH_MSGH_BITS_COMPLEX) &&
	       reply->head.msgh_size == sizeof(reply->code);
}

static bool is_port_reply(const union reply *reply,
			  mach_msg_type_name_t disposition)
{
	return (reply->head.msgh_bits & MACH_MSGH_BITS_COMPLEX) &&
	       reply->head.msgh_size == sizeof(reply->port) &&
	       reply->port.body.msgh_descriptor_count == 1 &&
	       reply->port.service.type == MACH_MSG_PORT_DESCRIPTOR &&
	       reply->port.service.disposition == disposition;
}

/* A request that is answered by nothing but a code. */
static kern_return_t rpc_code(mach_port_t bp, mach_msg_header_t *request,
			      mach_msg_size_t size, mach_msg_id_t id)
{
	struct reply_buffer buffer;
	kern_return_t kr;

	kr = rpc(bp, request, size, id, &buffer);
	if (kr != KERN_SUCCESS)
		return kr;
	if (!is_code_reply(&buffer.reply))
		return refuse_reply(&buffer.reply, MIG_TYPE_ERROR);
	return buffer.reply.code.RetCode;
}

/* A request that is answered by a right, or by a code that says why not. */
static kern_return_t rpc_port(mach_port_t bp, mach_msg_header_t *request,
			      mach_msg_size_t size, mach_msg_id_t id,
			      mach_msg_type_name_t disposition,
			      mach_port_t *port)
{
	struct reply_buffer buffer;
	union reply *reply = &buffer.reply;
	kern_return_t kr;

	kr = rpc(bp, request, size, id, &buffer);
	if (kr != KERN_SUCCESS)
		return kr;
	if (is_code_reply(reply) && reply->code.RetCode != KERN_SUCCESS)
		return reply->code.RetCode;
	if (!is_port_reply(reply, disposition))
		return refuse_reply(reply, MIG_TYPE_ERROR);

	/* The service died while its right was under way. */
	if (!MACH_PORT_VALID(reply->port.service.name))
		return BOOTSTRAP_UNKNOWN_SERVICE;
	*port = reply->port.service.name;
	return KERN_SUCCESS;
}

static bool copy_name(char *to, const char *from)
{
	/* What remains of the array is zero from its initialisation. */
	memcpy(to, from, strnlen(from, BOOTSTRAP_MAX_NAME_LEN));
	return bootstrap_name_is_valid(to);
}

kern_return_t bootstrap_check_in(mach_port_t bp, const char *service_name,
				 mach_port_t *sp)
{
	struct bootstrap_name_request request = { .ndr = NDR_record };

	if (!copy_name(request.name, service_name))
		return KERN_INVALID_ARGUMENT;
	return rpc_port(bp, &request.head, sizeof(request),
			BOOTSTRAP_ID_CHECK_IN, MACH_MSG_TYPE_PORT_RECEIVE, sp);
}

static kern_return_t check_out(mach_port_t bp, const char *service_name)
{
	struct bootstrap_name_request request = { .ndr = NDR_record };

	if (!copy_name(request.name, service_name))
		return KERN_INVALID_ARGUMENT;
	return rpc_code(bp, &request.head, sizeof(request),
			BOOTSTRAP_ID_CHECK_OUT);
}

kern_return_t bootstrap_register(mach_port_t bp, const char *service_name,
				 mach_port_t sp)
{
	struct bootstrap_register_request request = {
		.head.msgh_bits = MACH_MSGH_BITS_COMPLEX,
		.body.msgh_descriptor_count = 1,
		.service = {
			.name = sp,
			.disposition = MACH_MSG_TYPE_COPY_SEND,
			.type = MACH_MSG_PORT_DESCRIPTOR,
		},
		.ndr = NDR_record,
	};

	if (sp == MACH_PORT_NULL)
		return check_out(bp, service_name);
	if (!copy_name(request.name, service_name))
		return KERN_INVALID_ARGUMENT;
	return rpc_code(bp, &request.head, sizeof(request),
			BOOTSTRAP_ID_REGISTER);
}

static kern_return_t look_up(mach_port_t bp, const char *service_name,
			     uint32_t user, mach_port_t *sp)
{
	struct bootstrap_look_up_request request = {
		.ndr = NDR_record,
		.user = user,
	};

	if (!copy_name(request.name, service_name))
		return KERN_INVALID_ARGUMENT;
	return rpc_port(bp, &request.head, sizeof(request),
			BOOTSTRAP_ID_LOOK_UP, MACH_MSG_TYPE_PORT_SEND, sp);
}

kern_return_t bootstrap_look_up(mach_port_t bp, const char *service_name,
				mach_port_t *sp)
{
	return look_up(bp, service_name, BOOTSTRAP_ANY_USER, sp);
}

kern_return_t bootstrap_look_up_per_user(mach_port_t bp,
					 const char *service_name,
					 uid_t target_user, mach_port_t *sp)
{
	return look_up(bp, service_name, target_user, sp);
}

kern_return_t bootstrap_status(mach_port_t bp, const char *service_name,
			       bootstrap_status_t *service_active)
{
	struct bootstrap_name_request request = { .ndr = NDR_record };
	kern_return_t kr;

	if (!copy_name(request.name, service_name))
		return KERN_INVALID_ARGUMENT;
	kr = rpc_code(bp, &request.head, sizeof(request), BOOTSTRAP_ID_STATUS);
	if (kr == KERN_SUCCESS)
		*service_active = BOOTSTRAP_STATUS_ACTIVE;
	return kr;
}

static bool is_next_reply(const union reply *reply)
{
	return !(reply->head.msgh_bits & MACH_MSGH_BITS_COMPLEX) &&
	       reply->head.msgh_size == sizeof(reply->next) &&
	       bootstrap_name_is_valid(reply->next.name);
}

/* A server that goes back in its list would never come to an end. */
static bool follows(const struct bootstrap_next_reply *next,
		    const struct bootstrap_listed *last)
{
	int order = strcmp(next->name, last->name);

	return order ? order > 0 : next->user > last->user;
}

kern_return_t machipc_bootstrap_next(mach_port_t bp,
				     struct bootstrap_listed *last)
{
	struct bootstrap_next_request request = { .ndr = NDR_record };
	struct reply_buffer buffer;
	union reply *reply = &buffer.reply;
	kern_return_t kr;

	memcpy(request.name, last->name, sizeof(request.name));
	request.user = last->user;
	kr = rpc(bp, &request.head, sizeof(request), BOOTSTRAP_ID_NEXT,
		 &buffer);
	if (kr != KERN_SUCCESS)
		return kr;
	if (is_code_reply(reply) && reply->code.RetCode != KERN_SUCCESS)
		return reply->code.RetCode;
	if (!is_next_reply(reply) || !follows(&reply->next, last))
		return refuse_reply(reply, MIG_TYPE_ERROR);
	memcpy(last->name, reply->next.name, sizeof(last->name));
	last->user = reply->next.user;
	return KERN_SUCCESS;
}

const char *bootstrap_strerror(kern_return_t r)
{
	switch (r) {
	case BOOTSTRAP_SUCCESS:
		return "success";
	case BOOTSTRAP_NOT_PRIVILEGED:
		return "permission denied by the bootstrap server";
	case BOOTSTRAP_NAME_IN_USE:
		return "service name in use";
	case BOOTSTRAP_UNKNOWN_SERVICE:
		return "unknown service name";
	case BOOTSTRAP_SERVICE_ACTIVE:
		return "service is active already";
	case BOOTSTRAP_BAD_COUNT:
		return "too many entries";
	case BOOTSTRAP_NO_MEMORY:
		return "no room for another service";
	case BOOTSTRAP_NO_CHILDREN:
		return "no child service";
	case MACH_SEND_INVALID_DEST:
		return "no bootstrap server (is machbootstrapd running?)";
	default:
		return mach_error_string(r);
	}
}
