// SPDX-License-Identifier: GPL-2.0
/*
 * The short way from a sender to a receiver that waits.
 *
 * Most messages are requests to a server that waits for one, or replies to a
 * client that waits for them. The right that such a message is sent with is
 * looked at and used up in one step, under the lock of the port: it is never
 * taken into the message. The name that the caller wants to receive from next
 * is looked up on the way. Whatever is unusual goes the long way, which is the
 * one that says what is right: nothing has changed then.
 */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include <linux/machipc.h>

#include "entry.h"
#include "handoff.h"
#include "kmsg.h"
#include "mqueue.h"
#include "port.h"
#include "space.h"

/* Dispositions of the header: of a request, a reply, or a message one way. */
#define REQUEST	(MACH_MSG_TYPE_COPY_SEND | MACH_MSG_TYPE_MAKE_SEND_ONCE << 8)
#define REPLY	MACH_MSG_TYPE_MOVE_SEND_ONCE
#define ONE_WAY	MACH_MSG_TYPE_COPY_SEND

/* The entry with the right that @header is sent with, if it is a usual one. */
static struct machipc_entry *find_dest(struct machipc_space *space,
				       const struct mach_msg_header *header)
{
	struct machipc_entry *entry;

	entry = machipc_entry_lookup(space, header->msgh_remote_port);
	if (!entry)
		return NULL;
	if (header->msgh_bits == REPLY) {
		if (entry->type != MACHIPC_ENTRY_SEND_ONCE || entry->request)
			return NULL;
	} else if (!(entry->type & MACHIPC_ENTRY_SEND)) {
		return NULL;
	}
	return entry;
}

/* Whether a hand-over is worth trying. It may be gone at once, or come. */
static bool has_waiter(const struct machipc_port *port)
{
	return READ_ONCE(port->receivers.first) || !list_empty(&port->links);
}

static __always_inline struct machipc_port *
find_receive(struct machipc_space *space, u32 name)
{
	struct machipc_entry *entry = machipc_entry_lookup(space, name);

	if (!entry || !(entry->type & MACHIPC_ENTRY_RECEIVE))
		return NULL;
	return entry->port;
}

static void make_reply(struct machipc_kmsg *kmsg, struct machipc_port *port)
{
	spin_lock(&port->lock);
	port->sorights++;
	spin_unlock(&port->lock);
	kmsg->reply.port = machipc_port_get(port);
	kmsg->reply.type = MACH_MSG_TYPE_PORT_SEND_ONCE;
}

/* The sender has the receive right, so this is not the last reference. */
static void unmake_reply(struct machipc_kmsg *kmsg)
{
	struct machipc_port *port = kmsg->reply.port;

	if (!port)
		return;
	kmsg->reply.port = NULL;
	kmsg->reply.type = MACH_MSG_TYPE_PORT_NONE;
	spin_lock(&port->lock);
	port->sorights--;
	spin_unlock(&port->lock);
	machipc_port_put(port);
}

/*
 * Gives the message to who waits on @port. Its destination is used up from
 * the start: a send right that would be copied is not even made.
 */
static struct task_struct *give(struct machipc_port *port,
				struct machipc_kmsg *kmsg, bool once)
{
	struct task_struct *task = NULL;

	kmsg->dest.type = once ? MACH_MSG_TYPE_PORT_SEND_ONCE :
				 MACH_MSG_TYPE_PORT_SEND;
	spin_lock(&port->lock);
	if (once || !machipc_mqueue_full_locked(port))
		task = machipc_mqueue_hand_over_locked(port, kmsg);
	if (task && once)
		port->sorights--;
	spin_unlock(&port->lock);
	return task;
}

/* Whether the long way has nothing to add to what is done here. */
static bool is_usual(const struct machipc_kmsg *kmsg,
		     const struct machipc_msg *args,
		     const struct mach_msg_header *header)
{
	if (kmsg->ilp32 || args->option & MACH_SEND_NOTIFY)
		return false;
	switch (header->msgh_bits) {
	case REQUEST:
		return true;
	case REPLY:
	case ONE_WAY:
		return header->msgh_local_port == MACH_PORT_NULL;
	default:
		return false;
	}
}

/**
 * machipc_handoff() - give a message to a receiver that waits for it
 * @space: the sender's space
 * @kmsg: a message that has been read and has no rights yet; consumed if the
 *	result is true
 * @args: the arguments of the call
 * @receive: where to put the port that the caller wants to receive from, with
 *	a reference, or NULL if that is to be looked up the long way
 *
 * Context: May sleep.
 * Return: true if somebody has the message; false if it is to go the long way,
 * with nothing changed.
 */
bool machipc_handoff(struct machipc_space *space, struct machipc_kmsg *kmsg,
		     const struct machipc_msg *args,
		     struct machipc_port **receive)
{
	const struct mach_msg_header *header = machipc_kmsg_header(kmsg);
	u32 reply_name = header->msgh_local_port;
	bool once = header->msgh_bits == REPLY;
	struct machipc_port *reply = NULL;
	struct machipc_port *receiver;
	struct machipc_entry *dest;
	struct machipc_port *port;
	struct task_struct *task;

	if (!is_usual(kmsg, args, header))
		return false;

	mutex_lock(&space->lock);
	if (!space->active)
		goto out_unlock;
	dest = find_dest(space, header);
	if (!dest || !has_waiter(dest->port))
		goto out_unlock;
	port = dest->port;
	if (header->msgh_bits == REQUEST) {
		reply = find_receive(space, reply_name);
		if (!reply || reply == port)
			goto out_unlock;
		make_reply(kmsg, reply);
	}

	/* Keeps the receiver's task until it has been woken. */
	rcu_read_lock();
	task = give(port, kmsg, once);
	if (!task) {
		rcu_read_unlock();
		unmake_reply(kmsg);
		goto out_unlock;
	}
	if (once)
		machipc_entry_free(space, dest);
	if (!(args->option & MACH_RCV_MSG))
		receiver = NULL;
	else if (!reply || args->rcv_name != reply_name)
		receiver = find_receive(space, args->rcv_name);
	else
		receiver = reply;
	*receive = receiver ? machipc_port_get(receiver) : NULL;
	mutex_unlock(&space->lock);
	wake_up_process(task);
	rcu_read_unlock();
	if (once)
		machipc_port_put(port);
	return true;

out_unlock:
	mutex_unlock(&space->lock);
	return false;
}
