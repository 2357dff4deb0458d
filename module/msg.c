// SPDX-License-Identifier: GPL-2.0
/*
 * mach_msg: send, receive, or both.
 */
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/time64.h>

#include <linux/machipc.h>

#include "copyio.h"
#include "entry.h"
#include "handoff.h"
#include "kmsg.h"
#include "mqueue.h"
#include "msg.h"
#include "port.h"
#include "pset.h"
#include "reap.h"
#include "server.h"
#include "space.h"
#include "tag.h"
#include "trace.h"

static s64 timeout_ns(u32 option, u32 flag, u32 ms)
{
	return option & flag ? (s64)ms * NSEC_PER_MSEC : MACHIPC_NO_TIMEOUT;
}

/*
 * Sends a message that has its rights. Whatever the result says, the message
 * is no longer the caller's.
 */
static int deliver(struct machipc_space *space, struct machipc_kmsg *kmsg,
		   const struct machipc_msg *args, bool always,
		   struct machipc_reap *reap)
{
	s64 timeout = timeout_ns(args->option, MACH_SEND_TIMEOUT,
				 args->timeout);
	struct machipc_port *port = kmsg->dest.port;
	int mr = MACH_SEND_INVALID_DEST;

	if (kmsg->dest.type == MACH_MSG_TYPE_PORT_SEND_ONCE)
		always = true;
	if (port && !kmsg->circular) {
		if (port->kobject && !machipc_port_dead(port)) {
			machipc_server_serve(kmsg, reap);
			return MACH_MSG_SUCCESS;
		}
		/* The message, once delivered, no longer holds the port. */
		machipc_port_get(port);
		mr = machipc_mqueue_send(port, kmsg, always, timeout);
		machipc_port_put(port);
	}
	switch (mr) {
	case MACH_MSG_SUCCESS:
		return MACH_MSG_SUCCESS;
	case MACH_SEND_INVALID_DEST:
		/* Too late to tell the sender: the message was on its way. */
		machipc_reap_kmsg(reap, kmsg);
		return MACH_MSG_SUCCESS;
	default:
		return mr | machipc_copyout_give_back(space, kmsg,
						      u64_to_user_ptr(args->msg),
						      reap);
	}
}

static __always_inline int
copyin_and_deliver(struct machipc_space *space, const struct machipc_msg *args,
		   bool ilp32, struct machipc_info *info,
		   struct machipc_port **receive, struct machipc_reap *reap)
{
	struct machipc_kmsg *kmsg __uninitialized;
	bool always __uninitialized;
	int mr;

	mr = machipc_copyin_get(space, u64_to_user_ptr(args->msg),
				args->send_size, ilp32, &kmsg);
	if (mr)
		return mr;
	trace_machipc_kmsg_link(kmsg, args->msg, false);
	/* Who traces is told about each message before it can be gone. */
	if (!info) {
		mr = machipc_handoff(space, kmsg, args, receive);
		if (!mr)
			return MACH_MSG_SUCCESS;
		if (mr == MACHIPC_HANDOFF_TAKEN)
			return deliver(space, kmsg, args, false, reap);
		if (mr != MACHIPC_HANDOFF_NONE) {
			machipc_reap_kmsg(reap, kmsg);
			return mr;
		}
	}
	always = false;
	mr = machipc_copyin_header(space, kmsg,
				   args->option & MACH_SEND_NOTIFY ? &always :
								     NULL);
	if (mr) {
		machipc_kmsg_free(kmsg);
		return mr;
	}
	trace_machipc_msg_send(kmsg);
	mr = machipc_copyin_body(space, kmsg);
	if (mr) {
		machipc_reap_kmsg(reap, kmsg);
		return mr;
	}
	/* Once it is delivered the message may be gone. */
	if (info)
		machipc_info_read(kmsg, args->option & MACH_RCV_MSG, info);
	return deliver(space, kmsg, args, always, reap);
}

static noinline int send_traced(struct machipc_space *space,
				const struct machipc_msg *args, bool ilp32,
				struct machipc_reap *reap)
{
	struct machipc_info info = {};
	int mr;

	trace_machipc_kmsg_info_start(args->send_size);
	mr = copyin_and_deliver(space, args, ilp32, &info, NULL, reap);
	trace_machipc_kmsg_info_end(&info, mr);
	return mr;
}

/*
 * @receive is where to put the port to receive from, with a reference, if it
 * was looked up meanwhile.
 */
static __always_inline int send(struct machipc_space *space,
				const struct machipc_msg *args, bool ilp32,
				struct machipc_port **receive,
				struct machipc_reap *reap)
{
	if (trace_machipc_kmsg_info_start_enabled() ||
	    trace_machipc_kmsg_info_end_enabled() ||
	    trace_machipc_msg_send_enabled())
		return send_traced(space, args, ilp32, reap);
	return copyin_and_deliver(space, args, ilp32, NULL, receive, reap);
}

/* Waits for a message; consumes the reference. */
static int wait_on_port(struct machipc_space *space, struct machipc_port *port,
			struct machipc_receiver *rcv, s64 timeout)
{
	int mr = machipc_mqueue_receive_port(port, space, rcv, timeout);

	machipc_port_put(port);
	return mr;
}

/* Finds what to receive from and waits for a message. */
static int wait(struct machipc_space *space, u32 name,
		struct machipc_receiver *rcv, s64 timeout)
{
	struct machipc_port *port = NULL;
	struct machipc_pset *pset = NULL;
	struct machipc_entry *entry;
	int mr = MACH_RCV_INVALID_NAME;

	mutex_lock(&space->lock);
	entry = space->active ? machipc_entry_lookup(space, name) : NULL;
	if (entry && entry->type & MACHIPC_ENTRY_RECEIVE)
		port = machipc_port_get(entry->port);
	else if (entry && entry->type == MACHIPC_ENTRY_PORT_SET)
		pset = machipc_pset_get(entry->pset);
	mutex_unlock(&space->lock);

	if (port)
		return wait_on_port(space, port, rcv, timeout);
	if (pset) {
		mr = machipc_mqueue_receive_pset(pset, rcv, timeout);
		machipc_pset_put(pset);
	}
	return mr;
}

/* @port is what to receive from, if that is known; the reference is consumed */
static __always_inline int receive(struct machipc_space *space,
				   const struct machipc_msg *args, bool ilp32,
				   struct machipc_port *port,
				   struct machipc_reap *reap)
{
	s64 timeout = timeout_ns(args->option, MACH_RCV_TIMEOUT, args->timeout);
	struct machipc_receiver rcv __uninitialized;
	struct machipc_buffer buffer __uninitialized;
	int ret;
	int mr;

	buffer.addr = u64_to_user_ptr(args->rcv_msg ?: args->msg);
	buffer.size = args->rcv_size;
	buffer.trailer = machipc_trailer_size(args->option, ilp32);
	buffer.option = args->option;
	buffer.scatter_size = args->option & MACH_RCV_OVERWRITE ?
			      args->scatter_size : 0;
	buffer.ilp32 = ilp32;
	rcv.room = buffer.size > buffer.trailer ?
		   buffer.size - buffer.trailer : 0;
	rcv.large = args->option & MACH_RCV_LARGE;
	rcv.ilp32 = ilp32;
	if (port)
		mr = wait_on_port(space, port, &rcv, timeout);
	else
		mr = wait(space, args->rcv_name, &rcv, timeout);
	switch (mr) {
	case MACH_MSG_SUCCESS:
		return machipc_copyout(space, rcv.kmsg, &buffer, reap);
	case MACH_RCV_TOO_LARGE:
		if (!rcv.kmsg)
			return machipc_copyout_large(rcv.msg_size, rcv.name,
						     &buffer);
		ret = machipc_copyout_short(space, rcv.kmsg, &buffer, reap);
		return ret ? ret : mr;
	default:
		return mr;
	}
}

/**
 * machipc_msg() - the mach_msg trap
 * @space: the caller's space
 * @args: the arguments; options that users may not set are cleared
 * @ilp32: the caller is a 32-bit program
 *
 * Context: May sleep.
 * Return: mach_msg_return_t.
 */
u32 machipc_msg(struct machipc_space *space, struct machipc_msg *args,
		bool ilp32)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);
	struct machipc_port *port = NULL;
	int mr = MACH_MSG_SUCCESS;

	/* The trap knows no scatter lists; a caller that gives one does. */
	args->option &= MACH_MSG_OPTION_USER |
			 (args->scatter_size ? MACH_RCV_OVERWRITE : 0);
	if (args->option & MACH_SEND_MSG) {
		mr = send(space, args, ilp32, &port, &reap);
		machipc_reap_run(&reap);
	}
	if (!mr && args->option & MACH_RCV_MSG) {
		mr = receive(space, args, ilp32, port, &reap);
		machipc_reap_run(&reap);
		/* A program that polls in a loop lets others run. */
		if (args->option & MACH_RCV_TIMEOUT && !args->timeout)
			cond_resched();
	}
	return mr;
}
