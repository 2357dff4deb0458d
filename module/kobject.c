// SPDX-License-Identifier: GPL-2.0
/*
 * Ports whose receiver is the kernel, and the server behind them.
 *
 * A task port stands for a space, the host port for the machine. They are
 * handed out as send rights like any other.
 */
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include <linux/machipc.h>

#include "kmsg.h"
#include "kobject.h"
#include "mqueue.h"
#include "port.h"
#include "reap.h"
#include "right.h"
#include "space.h"

/* Layout of mig_reply_error_t. */
#define REPLY_SIZE		36
#define REPLY_NDR_INT_REP	28
#define REPLY_RETCODE		32
/* A reply's id, from that of its request. */
#define REPLY_ID_STEP		100

static struct machipc_port *host_port;

int machipc_kobject_init(void)
{
	host_port = machipc_port_alloc(NULL, MACHIPC_KOBJECT_HOST);
	return host_port ? 0 : -ENOMEM;
}

void machipc_kobject_exit(void)
{
	machipc_port_put(host_port);
}

/* The queue of the reply port may be full or gone: then there is no reply. */
static void send_reply(struct machipc_kmsg *reply, struct machipc_reap *reap)
{
	struct machipc_port *port = machipc_port_get(reply->dest.port);

	if (port->kobject || machipc_mqueue_send(port, reply,
						 reply->dest.type ==
						 MACH_MSG_TYPE_PORT_SEND_ONCE,
						 0)) {
		machipc_reap_kmsg(reap, reply);
		machipc_reap_run(reap);
	}
	machipc_port_put(port);
}

static struct machipc_kmsg *make_reply(struct machipc_kmsg *request,
				       s32 retcode)
{
	struct machipc_kmsg *reply = machipc_kmsg_alloc_kernel(REPLY_SIZE, 0);

	machipc_kmsg_charge(reply, request->reply.port->user);
	reply->dest = request->reply;
	request->reply.port = NULL;
	reply->id = request->id + REPLY_ID_STEP;
	reply->data[REPLY_NDR_INT_REP] = 1;
	memcpy(reply->data + REPLY_RETCODE, &retcode, sizeof(retcode));
	return reply;
}

/**
 * machipc_kobject_serve() - answer a message to a kernel-owned port
 * @kmsg: the request; consumed
 * @reap: gets what dies
 *
 * Runs in the sender's thread: when the send returns the reply is queued.
 * There is no routine yet, so the answer to any request is MIG_BAD_ID. Notices
 * that users send are requests like any other.
 *
 * Context: May sleep, no lock held.
 */
void machipc_kobject_serve(struct machipc_kmsg *kmsg,
			   struct machipc_reap *reap)
{
	struct machipc_port *port = kmsg->dest.port;
	struct machipc_kmsg *reply = NULL;

	spin_lock(&port->lock);
	port->seqno++;
	spin_unlock(&port->lock);

	if (kmsg->reply.port)
		reply = make_reply(kmsg, MIG_BAD_ID);
	machipc_right_consume(&kmsg->dest);
	machipc_reap_kmsg(reap, kmsg);
	machipc_reap_run(reap);
	if (reply)
		send_reply(reply, reap);
}

/* A send right to a kernel port for the space, made or referenced again. */
static int copyout_kernel_port(struct machipc_space *space,
			       struct machipc_port *port, u32 *name)
{
	struct machipc_right right = {
		.port = machipc_right_make_send(port),
		.type = MACH_MSG_TYPE_PORT_SEND,
	};
	int kr;

	lockdep_assert_held(&space->lock);

	kr = machipc_right_copyout(space, &right, name);
	if (right.port)
		machipc_right_release_send(right.port);
	return kr;
}

/**
 * machipc_kobject_self() - give a space a right to what it is part of
 * @space: the space
 * @which: MACHIPC_SELF_*
 * @name: where to put the name
 *
 * Return: KERN_SUCCESS, KERN_INVALID_TASK, KERN_NO_SPACE,
 * KERN_RESOURCE_SHORTAGE, or KERN_INVALID_ARGUMENT for an unknown @which.
 */
int machipc_kobject_self(struct machipc_space *space, u32 which, u32 *name)
{
	int kr = KERN_INVALID_TASK;

	mutex_lock(&space->lock);
	if (!space->active)
		goto out_unlock;
	switch (which) {
	case MACHIPC_SELF_TASK:
		kr = copyout_kernel_port(space, space->self, name);
		break;
	case MACHIPC_SELF_HOST:
		kr = copyout_kernel_port(space, host_port, name);
		break;
	default:
		kr = KERN_INVALID_ARGUMENT;
	}

out_unlock:
	mutex_unlock(&space->lock);
	return kr;
}
