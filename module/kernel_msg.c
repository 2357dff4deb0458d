// SPDX-License-Identifier: GPL-2.0
/*
 * Messages that the kernel itself sends and receives.
 */
#include <linux/kthread.h>
#include <linux/spinlock.h>

#include "kernel_msg.h"
#include "kmsg.h"
#include "mqueue.h"
#include "port.h"
#include "reap.h"
#include "right.h"

static void destroy(struct machipc_kmsg *kmsg)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	machipc_reap_kmsg(&reap, kmsg);
	machipc_reap_run(&reap);
}

/**
 * machipc_kernel_send() - send a message of the kernel
 * @kmsg: the message, with a destination; consumed on success
 * @option: MACH_SEND_ALWAYS to pay no heed to the limit of the queue
 * @timeout: nanoseconds to wait for room, or MACHIPC_NO_TIMEOUT
 *
 * Nothing is masked out of @option: the kernel may do what users may not. A
 * message to a dead port is destroyed with the rights that it carries, as the
 * message of a user is.
 *
 * Context: May sleep, no lock held.
 * Return: MACH_MSG_SUCCESS; or MACH_SEND_TIMED_OUT, MACH_SEND_INTERRUPTED or
 * MACH_SEND_NO_BUFFER, then the message is the caller's as before and can be
 * sent again.
 */
int machipc_kernel_send(struct machipc_kmsg *kmsg, u32 option, s64 timeout)
{
	bool always = option & MACH_SEND_ALWAYS ||
		      kmsg->dest.type == MACH_MSG_TYPE_PORT_SEND_ONCE;
	/* The message, once delivered, no longer holds the port. */
	struct machipc_port *port = machipc_port_get(kmsg->dest.port);
	int mr;

	mr = machipc_mqueue_send(port, kmsg, always, timeout);
	machipc_port_put(port);
	if (mr != MACH_SEND_INVALID_DEST)
		return mr;
	destroy(kmsg);
	return MACH_MSG_SUCCESS;
}

/**
 * machipc_kernel_receive() - receive from a port of the kernel
 * @port: the port; the caller has a reference
 * @rcv: options and size of the buffer; on return the outcome
 * @timeout: nanoseconds to wait, or MACHIPC_NO_TIMEOUT
 * @continuation: NULL, or where a thread of the kernel that has to wait goes
 *	on. Then this does not return: the thread ends with @continuation
 *
 * Context: May sleep, no lock held.
 * Return: see machipc_mqueue_receive_port(). The message is &rcv->kmsg.
 */
int machipc_kernel_receive(struct machipc_port *port,
			   struct machipc_receiver *rcv, s64 timeout,
			   void (*continuation)(struct machipc_receiver *rcv,
						int mr))
{
	int mr;

	mr = machipc_mqueue_receive_port(port, NULL, rcv, 0);
	if (mr != MACH_RCV_TIMED_OUT || !timeout)
		return mr;
	mr = machipc_mqueue_receive_port(port, NULL, rcv, timeout);
	if (!continuation)
		return mr;
	continuation(rcv, mr);
	kthread_complete_and_exit(NULL, 0);
}

/* A port of the kernel, and a right to answer there in @kmsg. */
static struct machipc_port *make_reply_port(struct machipc_kmsg *kmsg)
{
	struct machipc_port *port;

	port = machipc_port_alloc(NULL, MACHIPC_KOBJECT_NONE);
	if (!port)
		return NULL;
	spin_lock(&port->lock);
	port->sorights++;
	spin_unlock(&port->lock);
	kmsg->reply.port = machipc_port_get(port);
	kmsg->reply.type = MACH_MSG_TYPE_PORT_SEND_ONCE;
	return port;
}

static int wait_for_reply(struct machipc_port *port, u32 max_size, s64 timeout,
			  struct machipc_kmsg **reply)
{
	struct machipc_receiver rcv = {
		.room = max_size,
	};
	int mr;

	mr = machipc_kernel_receive(port, &rcv, timeout, NULL);
	if (!rcv.kmsg)
		return mr;
	machipc_right_consume(&rcv.kmsg->dest);
	if (mr == MACH_MSG_SUCCESS)
		*reply = rcv.kmsg;
	else
		destroy(rcv.kmsg);
	return mr;
}

/**
 * machipc_kernel_rpc() - send a request and wait for the reply
 * @request: the request, with a destination and no reply right; consumed
 * @max_size: size of the largest reply that is wanted, without trailer
 * @timeout: nanoseconds to wait for the reply, or MACHIPC_NO_TIMEOUT
 * @reply: where to put the reply if the result is MACH_MSG_SUCCESS
 *
 * A reply that comes too late finds a dead port and is destroyed.
 *
 * Context: May sleep, no lock held.
 * Return: MACH_MSG_SUCCESS or an error of send or receive; MACH_RCV_TOO_LARGE
 * for a reply that was larger and has been destroyed.
 */
int machipc_kernel_rpc(struct machipc_kmsg *request, u32 max_size, s64 timeout,
		       struct machipc_kmsg **reply)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);
	struct machipc_port *port = make_reply_port(request);
	int mr = MACH_SEND_NO_BUFFER;

	if (port)
		mr = machipc_kernel_send(request, MACH_SEND_ALWAYS, timeout);
	if (mr)
		destroy(request);
	else
		mr = wait_for_reply(port, max_size, timeout, reply);
	if (port)
		machipc_port_destroy(port, &reap);
	return mr;
}
