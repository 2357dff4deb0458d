// SPDX-License-Identifier: GPL-2.0
/*
 * The server behind ports whose receiver is the kernel: finds the routine,
 * checks the request, builds and sends the reply.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nospec.h>

#include "domain.h"
#include "kmsg.h"
#include "mach.h"
#include "mqueue.h"
#include "port.h"
#include "reap.h"
#include "right.h"
#include "server.h"
#include "space.h"
#include "thread.h"

#define NDR_SIZE		8U
/* Offset of the only byte of an NDR record that is not 0: integers. */
#define NDR_INT_REP		4
#define NDR_INT_LITTLE_ENDIAN	1
#define RETCODE_SIZE		4U
/* mig_reply_error_t */
#define ERROR_REPLY_SIZE	(MACH_MSG_HEADER_SIZE + NDR_SIZE + RETCODE_SIZE)
/* A reply's id, from that of its request. */
#define REPLY_ID_STEP		100

static const struct machipc_subsystem *const subsystems[] = {
	&machipc_port_subsystem,
	&machipc_task_subsystem,
	&machipc_host_subsystem,
	&machipc_host_priv_subsystem,
	&machipc_thread_subsystem,
};

static const struct machipc_routine *
find_routine(u32 id, const struct machipc_subsystem **subsystem)
{
	const struct machipc_routine *routine;
	unsigned int i;
	u32 nr;

	for (i = 0; i < ARRAY_SIZE(subsystems); i++) {
		nr = id - subsystems[i]->first;
		if (nr >= subsystems[i]->nr)
			continue;
		nr = array_index_nospec(nr, subsystems[i]->nr);
		routine = &subsystems[i]->routines[nr];
		*subsystem = subsystems[i];
		return routine->execute ? routine : NULL;
	}
	return NULL;
}

/* Size of header and descriptors. */
static u32 descs_size(u32 ports, u32 regions)
{
	if (!ports && !regions)
		return MACH_MSG_HEADER_SIZE;
	return MACH_MSG_BASE_SIZE + ports * MACH_MSG_PORT_DESCRIPTOR_SIZE +
	       regions * MACH_MSG_OOL_DESCRIPTOR_SIZE;
}

static u32 words_size(u32 words)
{
	return words ? NDR_SIZE + words * sizeof(u32) : 0;
}

static bool descs_match(const struct machipc_kmsg *request,
			enum machipc_arg arg)
{
	u8 type = MACH_MSG_PORT_DESCRIPTOR;

	if (arg == MACHIPC_ARG_NONE)
		return !(request->bits & MACH_MSGH_BITS_COMPLEX);
	if (arg == MACHIPC_ARG_MEMORY)
		type = MACH_MSG_OOL_DESCRIPTOR;
	else if (arg == MACHIPC_ARG_SENDS)
		type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	return request->nr_descs == 1 && request->descs[0].type == type;
}

/* Finds the words of the request. Their number has to be exactly right. */
static bool find_words(struct machipc_call *call,
		       const struct machipc_routine *routine)
{
	struct machipc_kmsg *request = call->request;
	u32 size = machipc_kmsg_user_size(request, false);
	bool region = routine->arg == MACHIPC_ARG_MEMORY ||
		      routine->arg == MACHIPC_ARG_SENDS;
	bool port = routine->arg && !region;
	u32 fixed = descs_size(port, region) + words_size(routine->in);
	u32 rest;

	if (size < fixed || size - fixed > routine->in_array * sizeof(u32))
		return false;
	rest = (size - fixed) / sizeof(u32);
	call->in = (u32 *)(request->data + request->size) -
		   routine->in - rest;
	return !routine->in_array || call->in[routine->in - 1] == rest;
}

static bool disposition_matches(const struct machipc_kmsg *request,
				enum machipc_arg arg)
{
	switch (arg) {
	case MACHIPC_ARG_SEND:
		return request->descs[0].right.type ==
		       MACH_MSG_TYPE_PORT_SEND;
	case MACHIPC_ARG_SEND_ONCE:
		return request->descs[0].right.type ==
		       MACH_MSG_TYPE_PORT_SEND_ONCE;
	case MACHIPC_ARG_SENDS:
		return request->descs[0].disposition ==
		       MACH_MSG_TYPE_PORT_SEND;
	default:
		return true;
	}
}

/* Returns false if the object that a port stands for has gone. */
static bool get_object(struct machipc_call *call)
{
	struct machipc_port *port = call->request->dest.port;

	switch (port->kobject) {
	case MACHIPC_KOBJECT_TASK:
		call->space = machipc_space_find(port);
		return call->space;
	case MACHIPC_KOBJECT_THREAD:
		call->thread = machipc_thread_find(port);
		return call->thread;
	case MACHIPC_KOBJECT_HOST_PRIV:
		call->domain = machipc_domain_find(port);
		return call->domain;
	default:
		return true;
	}
}

static void put_object(struct machipc_call *call)
{
	if (call->space)
		machipc_space_put(call->space);
	if (call->thread)
		machipc_thread_put(call->thread);
	if (call->domain)
		machipc_domain_put(call->domain);
}

static int execute(struct machipc_call *call,
		   const struct machipc_subsystem *subsystem,
		   const struct machipc_routine *routine)
{
	enum machipc_kobject kobject = call->request->dest.port->kobject;
	int kr;

	if (!descs_match(call->request, routine->arg) ||
	    !find_words(call, routine))
		return MIG_BAD_ARGUMENTS;
	if (!disposition_matches(call->request, routine->arg))
		return MIG_TYPE_ERROR;
	if (!(subsystem->kobjects & BIT(kobject)) || !get_object(call))
		return subsystem->mismatch;
	kr = routine->execute(call);
	put_object(call);
	return kr;
}

/*
 * A reply with room for the largest one of the routine. It takes the reply
 * right of the request, which is what survives it.
 */
static struct machipc_kmsg *alloc_reply(struct machipc_kmsg *request,
					const struct machipc_routine *routine)
{
	u32 size = ERROR_REPLY_SIZE;
	struct machipc_kmsg *reply;
	u32 nr_descs = 0;
	u32 i;

	if (routine) {
		nr_descs = routine->out_ports + routine->out_regions;
		size = descs_size(routine->out_ports, routine->out_regions) +
		       NDR_SIZE + RETCODE_SIZE + routine->out * sizeof(u32);
	}
	reply = machipc_kmsg_alloc(request->sender, size);
	if (reply)
		reply = machipc_kmsg_add_descs(reply, nr_descs, false);
	if (!reply)
		return NULL;
	memset(&reply->token, 0, sizeof(reply->token));
	reply->token.kernel = true;
	memset(reply->data, 0, size + MACH_MSG_MAX_TRAILER_SIZE);
	for (i = 0; i < nr_descs; i++) {
		reply->descs[i].type = i < routine->out_ports ?
				       MACH_MSG_PORT_DESCRIPTOR :
				       MACH_MSG_OOL_DESCRIPTOR;
		reply->descs[i].copy = MACH_MSG_VIRTUAL_COPY;
	}
	reply->dest = request->reply;
	request->reply.port = NULL;
	reply->id = request->id + REPLY_ID_STEP;
	return reply;
}

static void write_ndr(u8 *at)
{
	at[NDR_INT_REP] = NDR_INT_LITTLE_ENDIAN;
}

static void drop_results(struct machipc_kmsg *reply, struct machipc_reap *reap)
{
	u32 i;

	for (i = 0; i < reply->nr_descs; i++)
		machipc_reap_desc(reap, &reply->descs[i]);
	machipc_kmsg_drop_descs(reply);
}

/* A reply that is not complex: a return code, and on success words. */
static void finish_simple(struct machipc_call *call, int kr)
{
	struct machipc_kmsg *reply = call->reply;
	u8 *ndr = reply->data + MACH_MSG_HEADER_SIZE;

	write_ndr(ndr);
	memcpy(ndr + NDR_SIZE, &kr, RETCODE_SIZE);
	reply->size = ERROR_REPLY_SIZE;
	if (!kr)
		reply->size += call->nr_out * sizeof(u32);
}

/* A complex reply, which means success. */
static void finish_complex(struct machipc_call *call,
			   const struct machipc_routine *routine)
{
	struct machipc_kmsg *reply = call->reply;
	u32 ndr = descs_size(routine->out_ports, routine->out_regions);

	reply->bits = MACH_MSGH_BITS_COMPLEX;
	reply->nr_wide = routine->out_regions;
	reply->size = ndr + words_size(call->nr_out);
	if (call->nr_out)
		write_ndr(reply->data + ndr);
}

static void serve(struct machipc_call *call)
{
	const struct machipc_subsystem *subsystem;
	const struct machipc_routine *routine;
	struct machipc_kmsg *reply;
	int kr = MIG_BAD_ID;
	u32 words;

	routine = find_routine(call->request->id, &subsystem);
	reply = alloc_reply(call->request, routine);
	if (!reply)
		return;
	call->reply = reply;
	if (routine) {
		words = descs_size(routine->out_ports, routine->out_regions) +
			NDR_SIZE + (reply->nr_descs ? 0 : RETCODE_SIZE);
		call->out = (u32 *)(reply->data + words);
		call->nr_out = routine->out;
		kr = execute(call, subsystem, routine);
	}
	if (kr)
		drop_results(reply, call->reap);
	if (reply->nr_descs)
		finish_complex(call, routine);
	else
		finish_simple(call, kr);
}

/* The queue of the reply port may be full or gone: then there is no reply. */
static void send_reply(struct machipc_kmsg *reply, struct machipc_reap *reap)
{
	struct machipc_port *port = reply->dest.port;
	bool always = reply->dest.type == MACH_MSG_TYPE_PORT_SEND_ONCE;

	if (!port || port->kobject || reply->circular) {
		machipc_reap_kmsg(reap, reply);
	} else {
		/* The message, once delivered, no longer holds the port. */
		machipc_port_get(port);
		if (machipc_mqueue_send(port, reply, always, 0))
			machipc_reap_kmsg(reap, reply);
		machipc_port_put(port);
	}
	machipc_reap_run(reap);
}

/**
 * machipc_server_serve() - answer a message to a kernel-owned port
 * @kmsg: the request of a user; consumed
 * @reap: gets what dies
 *
 * Notices that users send are requests like any other, with an id that no
 * routine has: the kernel's own never come this way.
 *
 * Context: May sleep, no lock held.
 */
void machipc_server_serve(struct machipc_kmsg *kmsg, struct machipc_reap *reap)
{
	struct machipc_port *port = kmsg->dest.port;
	struct machipc_call call = { .request = kmsg, .reap = reap };

	spin_lock(&port->lock);
	port->seqno++;
	spin_unlock(&port->lock);

	serve(&call);
	machipc_right_consume(&kmsg->dest);
	machipc_reap_kmsg(reap, kmsg);
	machipc_reap_run(reap);
	if (call.reply)
		send_reply(call.reply, reap);
}

/**
 * machipc_server_give() - put memory into a reply
 * @call: the call
 * @index: which descriptor
 * @memory: the memory, from kvmalloc(), or NULL; consumed, also on failure
 * @size: how much of it there is to say
 * @room: how much was allocated, which is what is charged
 *
 * Return: KERN_SUCCESS, or KERN_RESOURCE_SHORTAGE if the requester has too
 * much in transit.
 */
int machipc_server_give(struct machipc_call *call, unsigned int index,
			void *memory, size_t size, size_t room)
{
	struct machipc_desc *desc = &call->reply->descs[index];

	/* What is not charged would not be freed with the message. */
	if (!size || !machipc_kmsg_charge_memory(call->reply, room)) {
		kvfree(memory);
		return size ? KERN_RESOURCE_SHORTAGE : KERN_SUCCESS;
	}
	desc->memory = memory;
	desc->count = size;
	return KERN_SUCCESS;
}

/**
 * machipc_server_give_rights() - make an array of rights part of a reply
 * @call: the call
 * @index: which descriptor
 * @count: how many rights there are, not 0
 *
 * Return: the array, to be filled with send rights, which are null so far; NULL
 * if there is no memory or the requester has too much in transit.
 */
struct machipc_right *machipc_server_give_rights(struct machipc_call *call,
						 unsigned int index, u32 count)
{
	struct machipc_desc *desc = &call->reply->descs[index];
	size_t size = count * sizeof(*desc->rights);
	struct machipc_right *rights;

	rights = machipc_kmsg_alloc_memory(call->reply, size);
	if (!rights)
		return NULL;
	memset(rights, 0, size);
	desc->type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	desc->disposition = MACH_MSG_TYPE_PORT_SEND;
	desc->rights = rights;
	desc->count = count;
	return rights;
}
