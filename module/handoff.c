// SPDX-License-Identifier: GPL-2.0
/*
 * The short way of usual messages to a port.
 *
 * Most messages are requests, replies, or go one way, and carry nothing but
 * data and perhaps some rights. All that their sending changes is changed
 * here, with the lock of the sender's space taken once and that of the port
 * taken once. If somebody waits for the message the right that it is sent with
 * is used up at once: a copy of a send right is then not even made. The name
 * that the caller wants to receive from next is looked up on the way.
 *
 * Whatever is unusual goes the long way, in copyin.c and mqueue.c, which is the
 * one that says what is right.
 */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include <linux/machipc.h>

#include "copyio.h"
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

/* The entry with the right that a message is sent with, if it is a usual one. */
static __always_inline struct machipc_entry *
find_dest(struct machipc_space *space, u32 name, bool once)
{
	struct machipc_entry *entry = machipc_entry_lookup(space, name);

	if (!entry)
		return NULL;
	if (once) {
		if (entry->type != MACHIPC_ENTRY_SEND_ONCE || entry->request)
			return NULL;
	} else if (!(entry->type & MACHIPC_ENTRY_SEND)) {
		return NULL;
	}
	if (unlikely(machipc_port_dead(entry->port) || entry->port->kobject))
		return NULL;
	return entry;
}

static __always_inline struct machipc_port *
find_receive(struct machipc_space *space, u32 name)
{
	struct machipc_entry *entry = machipc_entry_lookup(space, name);

	if (!entry || !(entry->type & MACHIPC_ENTRY_RECEIVE))
		return NULL;
	return entry->port;
}

static void make_reply(struct machipc_kmsg *kmsg, struct machipc_port *port,
		       u32 name)
{
	spin_lock(&port->lock);
	port->sorights++;
	spin_unlock(&port->lock);
	kmsg->reply.port = machipc_port_get(port);
	kmsg->reply.name = name;
	kmsg->reply.type = MACH_MSG_TYPE_PORT_SEND_ONCE;
}

/* Whether the long way has nothing to add to what is done here. */
static bool is_usual(const struct machipc_kmsg *kmsg,
		     const struct machipc_msg *args,
		     const struct mach_msg_header *header)
{
	if (kmsg->ilp32 || args->option & MACH_SEND_NOTIFY)
		return false;
	switch (header->msgh_bits & ~MACH_MSGH_BITS_COMPLEX) {
	case REQUEST:
		return true;
	case REPLY:
	case ONE_WAY:
		return header->msgh_local_port == MACH_PORT_NULL;
	default:
		return false;
	}
}

/* The message holds its right from now on. */
static void take_dest(struct machipc_port *port, struct machipc_kmsg *kmsg,
		      bool once, bool *pinned)
{
	lockdep_assert_held(&port->lock);

	kmsg->dest.port = port;
	if (!once)
		port->srights++;
	if (!*pinned)
		machipc_port_get(port);
	*pinned = false;
}

/* Whether the message can go in at once, into a port that is alive. */
static bool has_room(const struct machipc_port *port, bool once)
{
	if (port->dead)
		return false;
	if (once)
		return port->msgcount < MACH_PORT_QLIMIT_KERNEL;
	return !machipc_mqueue_full_locked(port);
}

/*
 * Gives the message to somebody who waits, or queues it. Returns who is to be
 * woken, and in @mr what machipc_handoff() is to return. @pinned says whether
 * there is a reference to the port, on return whether it is left.
 */
static __always_inline struct task_struct *
post_message(struct machipc_port *port, struct machipc_kmsg *kmsg, bool once,
	     bool *pinned, int *mr)
{
	struct task_struct *task = NULL;

	*mr = MACHIPC_HANDOFF_TAKEN;
	spin_lock(&port->lock);
	if (unlikely(!has_room(port, once))) {
		/* Too late to tell of its death: the message was on its way. */
		if (port->dead && !once)
			kmsg->dest.name = MACH_PORT_DEAD;
		else
			take_dest(port, kmsg, once, pinned);
		goto out_unlock;
	}
	if (likely(machipc_mqueue_awaited_locked(port)))
		task = machipc_mqueue_hand_over_locked(port, kmsg);
	if (!task)
		take_dest(port, kmsg, once, pinned);
	else if (once)
		port->sorights--;
	/* Who pays for a reply that waits is not to be said here. */
	if (!task && once)
		goto out_unlock;
	if (!task)
		task = machipc_mqueue_post_locked(port, kmsg);
	*mr = MACH_MSG_SUCCESS;

out_unlock:
	spin_unlock(&port->lock);
	return task;
}

/* What the caller wants to receive from, with a reference, if it is a port. */
static __always_inline struct machipc_port *
get_receive(struct machipc_space *space, const struct machipc_msg *args,
	    struct machipc_port *reply, u32 reply_name)
{
	struct machipc_port *port = reply;

	if (!(args->option & MACH_RCV_MSG))
		return NULL;
	if (!reply || args->rcv_name != reply_name)
		port = find_receive(space, args->rcv_name);
	return port ? machipc_port_get(port) : NULL;
}

/**
 * machipc_handoff() - send a message the short way
 * @space: the sender's space
 * @kmsg: a message that has been read and has no rights yet
 * @args: the arguments of the call
 * @receive: where to put the port that the caller wants to receive from, with
 *	a reference, or NULL if that is to be looked up the long way
 *
 * Context: May sleep.
 * Return: MACH_MSG_SUCCESS: the message is no longer the caller's.
 * MACHIPC_HANDOFF_NONE: it is to go the long way, nothing has changed.
 * MACHIPC_HANDOFF_TAKEN: it has its rights and is to be delivered. An error of
 * messages.md 7: the caller destroys the message with what was taken.
 */
int machipc_handoff(struct machipc_space *space, struct machipc_kmsg *kmsg,
		    const struct machipc_msg *args,
		    struct machipc_port **receive)
{
	const struct mach_msg_header *header = machipc_kmsg_header(kmsg);
	u32 bits = header->msgh_bits & ~MACH_MSGH_BITS_COMPLEX;
	u32 reply_name = header->msgh_local_port;
	int mr = MACHIPC_HANDOFF_NONE;
	struct machipc_port *reply = NULL;
	struct machipc_entry *dest;
	struct task_struct *task;
	bool once = bits == REPLY;
	struct machipc_port *port;
	bool pinned = once;

	if (!is_usual(kmsg, args, header) ||
	    (kmsg->bits && !machipc_copyin_prepare(kmsg)))
		return MACHIPC_HANDOFF_NONE;

	mutex_lock(&space->lock);
	if (!space->active)
		goto out_unlock;
	dest = find_dest(space, header->msgh_remote_port, once);
	if (!dest)
		goto out_unlock;
	port = dest->port;
	if (bits == REQUEST) {
		reply = find_receive(space, reply_name);
		if (!reply || reply == port)
			goto out_unlock;
		make_reply(kmsg, reply, reply_name);
	}

	/* From here on there is no way back. */
	if (once) {
		kmsg->dest.type = MACH_MSG_TYPE_PORT_SEND_ONCE;
		machipc_entry_free(space, dest);
	} else {
		kmsg->dest.type = MACH_MSG_TYPE_PORT_SEND;
		pinned = kmsg->nr_descs;
		/* The body may give up the right that the entry has. */
		if (pinned)
			machipc_port_get(port);
	}
	if (kmsg->nr_descs) {
		mr = machipc_copyin_prepared_locked(space, kmsg);
		if (mr) {
			if (once)
				kmsg->dest.port = port;
			else
				machipc_port_put(port);
			goto out_unlock;
		}
	}

	/* Keeps the receiver's task until it has been woken. */
	rcu_read_lock();
	task = post_message(port, kmsg, once, &pinned, &mr);
	*receive = mr ? NULL : get_receive(space, args, reply, reply_name);
	mutex_unlock(&space->lock);
	if (task)
		wake_up_process(task);
	rcu_read_unlock();
	if (pinned)
		machipc_port_put(port);
	return mr;

out_unlock:
	mutex_unlock(&space->lock);
	if (mr == MACHIPC_HANDOFF_NONE && kmsg->nr_descs)
		machipc_kmsg_forget_descs(kmsg);
	return mr;
}
