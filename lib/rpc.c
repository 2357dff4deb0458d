// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/*
 * Calls by message. The kernel has queued its reply when the send returns, so
 * nothing here waits.
 */

#include <string.h>
#include "device.h"
#include "rpc.h"

/* Both kinds of region are read as one. */
_Static_assert(sizeof(mach_msg_ool_ports_descriptor_t) ==
	       sizeof(mach_msg_ool_descriptor_t),
	       "an array of ports is described as memory is");

/* Room for the largest request, and for the largest reply with a trailer. */
union rpc_message {
	mach_msg_header_t head;
	char byte[sizeof(mach_msg_base_t) + 2 * sizeof(mach_msg_ool_descriptor_t) +
		  sizeof(mig_reply_error_t) + RPC_OUT_MAX * sizeof(uint32_t) +
		  MAX_TRAILER_SIZE];
};

static void append(union rpc_message *msg, const void *data, size_t size)
{
	memcpy(msg->byte + msg->head.msgh_size, data, size);
	msg->head.msgh_size += size;
}

static void append_desc(union rpc_message *msg, const struct machipc_rpc *rpc)
{
	mach_msg_port_descriptor_t port = {
		.name = rpc->port,
		.disposition = rpc->disposition,
		.type = MACH_MSG_PORT_DESCRIPTOR,
	};
	mach_msg_ool_ports_descriptor_t names = {
		.address = (void *)rpc->names,
		.copy = MACH_MSG_VIRTUAL_COPY,
		.disposition = rpc->disposition,
		.type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
		.count = rpc->name_count,
	};
	mach_msg_ool_descriptor_t memory = {
		.address = (void *)rpc->memory,
		.copy = MACH_MSG_VIRTUAL_COPY,
		.type = MACH_MSG_OOL_DESCRIPTOR,
		.size = rpc->memory_size,
	};
	mach_msg_body_t body = { .msgh_descriptor_count = 1 };

	msg->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	append(msg, &body, sizeof(body));
	if (rpc->memory)
		append(msg, &memory, sizeof(memory));
	else if (rpc->has_names)
		append(msg, &names, sizeof(names));
	else
		append(msg, &port, sizeof(port));
}

static void make_request(union rpc_message *msg, mach_port_t task,
			 const struct machipc_rpc *rpc)
{
	msg->head = (mach_msg_header_t){
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					    MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.msgh_size = sizeof(msg->head),
		.msgh_remote_port = task,
		.msgh_local_port = mig_get_reply_port(),
		.msgh_id = rpc->id,
	};
	if (rpc->has_port || rpc->memory || rpc->has_names)
		append_desc(msg, rpc);
	if (rpc->in_count) {
		append(msg, &NDR_record, sizeof(NDR_record));
		append(msg, rpc->in, rpc->in_count * sizeof(rpc->in[0]));
	}
}

/* Takes what the descriptors of a reply say; returns where they end. */
static const char *read_descs(const union rpc_message *msg,
			      struct machipc_rpc *rpc)
{
	const char *at = msg->byte + sizeof(mach_msg_base_t);

	if (rpc->ports) {
		memcpy(&rpc->out_port, at, sizeof(rpc->out_port));
		at += sizeof(rpc->out_port);
	}
	for (unsigned int i = 0; i < rpc->regions; i++) {
		memcpy(&rpc->out_region[i], at, sizeof(rpc->out_region[i]));
		at += sizeof(rpc->out_region[i]);
	}
	return at;
}

/* The words are what is left; a complex reply may have none, and no record. */
static void read_words(const union rpc_message *msg, const char *at,
		       struct machipc_rpc *rpc)
{
	const char *end = msg->byte + msg->head.msgh_size;

	rpc->out_count = 0;
	if (at >= end)
		return;
	rpc->out_count = (end - at) / sizeof(rpc->out[0]);
	if (rpc->out_count > RPC_OUT_MAX)
		rpc->out_count = RPC_OUT_MAX;
	memcpy(rpc->out, at, rpc->out_count * sizeof(rpc->out[0]));
}

static kern_return_t read_reply(union rpc_message *msg, struct machipc_rpc *rpc)
{
	const mach_msg_base_t *base = (const mach_msg_base_t *)msg;
	const mig_reply_error_t *error = (const mig_reply_error_t *)msg;
	unsigned int descs = rpc->ports + rpc->regions;

	if (msg->head.msgh_id == MACH_NOTIFY_SEND_ONCE)
		return MIG_SERVER_DIED;
	if (msg->head.msgh_id != rpc->id + 100) {
		mach_msg_destroy(&msg->head);
		return MIG_REPLY_MISMATCH;
	}
	if (!(msg->head.msgh_bits & MACH_MSGH_BITS_COMPLEX)) {
		if (error->RetCode != KERN_SUCCESS)
			return error->RetCode;
		if (descs)
			return MIG_TYPE_ERROR;
		read_words(msg, msg->byte + sizeof(*error), rpc);
		return KERN_SUCCESS;
	}
	if (base->body.msgh_descriptor_count != descs) {
		mach_msg_destroy(&msg->head);
		return MIG_TYPE_ERROR;
	}
	read_words(msg, read_descs(msg, rpc) + sizeof(NDR_record), rpc);
	return KERN_SUCCESS;
}

/*
 * Whether the module answers at the port. If not, @kr is set to what the call
 * gives.
 */
static bool is_served(mach_port_t task, kern_return_t mismatch,
		      kern_return_t *kr)
{
	struct machipc_port_op port = {
		.size = sizeof(port),
		.task = mach_task_self(),
		.name = task,
	};
	mach_port_type_t type;

	*kr = MACH_SEND_INVALID_DEST;
	if (MACHIPC_CALL_KR(MACHIPC_IOC_PORT_KOBJECT, &port))
		return false;
	if (port.out)
		return true;
	if (!mach_port_type(mach_task_self(), task, &type) &&
	    (type & MACH_PORT_TYPE_SEND))
		*kr = mismatch;
	return false;
}

kern_return_t machipc_rpc(mach_port_t task, kern_return_t mismatch,
			  struct machipc_rpc *rpc)
{
	union rpc_message msg;
	mach_msg_return_t mr;
	kern_return_t kr;

	if (!is_served(task, mismatch, &kr))
		return kr;
	make_request(&msg, task, rpc);
	/* Were the name given to another port by now, this would not wait. */
	mr = mach_msg(&msg.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT |
				 MACH_RCV_MSG | MACH_RCV_TIMEOUT,
		      msg.head.msgh_size, sizeof(msg),
		      msg.head.msgh_local_port, 0, MACH_PORT_NULL);
	if (mr == MACH_MSG_SUCCESS)
		return read_reply(&msg, rpc);
	mig_dealloc_reply_port(msg.head.msgh_local_port);
	return mr == MACH_RCV_TIMED_OUT || mr == MACH_SEND_TIMED_OUT ?
	       mismatch : mr;
}
