// SPDX-License-Identifier: GPL-2.0
/*
 * Notifications: messages that the kernel sends about rights.
 */
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "debug.h"
#include "kmsg.h"
#include "mqueue.h"
#include "notify.h"
#include "port.h"

#define NDR_RECORD_SIZE		8
/* The one byte of the NDR record that is not zero: integers little-endian. */
#define NDR_INT_REP		4

static struct machipc_kmsg *alloc_notice(struct machipc_port *notify, u32 id,
					 u32 size, u32 nr_descs)
{
	struct machipc_kmsg *kmsg = machipc_kmsg_alloc_kernel(size, nr_descs);

	kmsg->dest.port = notify;
	kmsg->dest.type = MACH_MSG_TYPE_PORT_SEND_ONCE;
	kmsg->id = id;
	return kmsg;
}

/* Takes the send-once right back from a notice that cannot be delivered. */
static void drop_notice(struct machipc_kmsg *kmsg)
{
	struct machipc_port *notify = kmsg->dest.port;

	spin_lock(&notify->lock);
	notify->sorights--;
	spin_unlock(&notify->lock);
	machipc_port_put(notify);
	machipc_kmsg_free(kmsg);
}

static bool post(struct machipc_kmsg *kmsg)
{
	struct machipc_port *notify = kmsg->dest.port;
	bool posted;

	/* The message may be received, and its right consumed, at once. */
	machipc_port_get(notify);
	/* A kernel object has no use for a notice that nobody vouches for. */
	posted = !notify->kobject &&
		 !machipc_mqueue_send(notify, kmsg, true, 0);
	machipc_port_put(notify);
	return posted;
}

static void notify_word(struct machipc_port *notify, u32 id, u32 word)
{
	u32 size = MACH_MSG_HEADER_SIZE + NDR_RECORD_SIZE + sizeof(word);
	struct machipc_kmsg *kmsg = alloc_notice(notify, id, size, 0);
	u8 *body = kmsg->data + MACH_MSG_HEADER_SIZE;

	body[NDR_INT_REP] = 1;
	memcpy(body + NDR_RECORD_SIZE, &word, sizeof(word));
	if (!post(kmsg))
		drop_notice(kmsg);
}

/**
 * machipc_notify_port_deleted() - a name with a request has gone
 * @notify: send-once right that is consumed; NULL if there was no request
 * @name: the name
 *
 * Context: May sleep, no spinlock held. This holds for all of them.
 */
void machipc_notify_port_deleted(struct machipc_port *notify, u32 name)
{
	if (notify)
		notify_word(notify, MACH_NOTIFY_PORT_DELETED, name);
}

/**
 * machipc_notify_send_possible() - a full queue was received from
 * @notify: send-once right that is consumed
 * @name: the requester's name of the port
 */
void machipc_notify_send_possible(struct machipc_port *notify, u32 name)
{
	notify_word(notify, MACH_NOTIFY_SEND_POSSIBLE, name);
}

/**
 * machipc_notify_dead_name() - a name has become a dead name
 * @notify: send-once right that is consumed
 * @name: the name
 */
void machipc_notify_dead_name(struct machipc_port *notify, u32 name)
{
	notify_word(notify, MACH_NOTIFY_DEAD_NAME, name);
}

/**
 * machipc_notify_no_senders() - a port has no send right any more
 * @notify: send-once right that is consumed
 * @mscount: make-send count of the port
 */
void machipc_notify_no_senders(struct machipc_port *notify, u32 mscount)
{
	notify_word(notify, MACH_NOTIFY_NO_SENDERS, mscount);
}

/**
 * machipc_notify_send_once() - a send-once right died unused
 * @notify: that right, which is consumed
 */
void machipc_notify_send_once(struct machipc_port *notify)
{
	struct machipc_kmsg *kmsg;

	kmsg = alloc_notice(notify, MACH_NOTIFY_SEND_ONCE,
			    MACH_MSG_HEADER_SIZE, 0);
	if (!post(kmsg))
		drop_notice(kmsg);
}

/**
 * machipc_notify_port_destroyed() - hand over a receive right instead of
 *	destroying it
 * @notify: send-once right that is consumed
 * @port: the port whose receive right it is; consumed with its reference if
 *	the notice was delivered
 *
 * Return: false if the notice cannot be delivered, or would make the port hold
 * itself: the port has to die.
 */
bool machipc_notify_port_destroyed(struct machipc_port *notify,
				   struct machipc_port *port)
{
	u32 size = MACH_MSG_BASE_SIZE + MACH_MSG_PORT_DESCRIPTOR_SIZE;
	struct machipc_kmsg *kmsg;

	if (!machipc_port_enter_transit(port, notify)) {
		/* Whoever asked may outlive the port, and is told so. */
		machipc_notify_send_once(notify);
		return false;
	}
	kmsg = alloc_notice(notify, MACH_NOTIFY_PORT_DESTROYED, size, 1);
	kmsg->bits = MACH_MSGH_BITS_COMPLEX;
	kmsg->descs[0].type = MACH_MSG_PORT_DESCRIPTOR;
	kmsg->descs[0].right.port = port;
	kmsg->descs[0].right.type = MACH_MSG_TYPE_PORT_RECEIVE;

	if (post(kmsg))
		return true;
	machipc_port_leave_transit(port);
	drop_notice(kmsg);
	return false;
}

/**
 * machipc_request_alloc() - make a dead-name or send-possible request
 * @name: the name that it is about
 * @possible: it is a send-possible request
 *
 * Return: the request, registered nowhere, or NULL if there is no memory.
 */
struct machipc_request *machipc_request_alloc(u32 name, bool possible)
{
	struct machipc_request *request;

	request = kzalloc(sizeof(*request), GFP_KERNEL_ACCOUNT);
	if (!request)
		return NULL;
	INIT_LIST_HEAD(&request->node);
	request->name = name;
	request->possible = possible;
	machipc_count(MACHIPC_REQUESTS, 1);
	return request;
}

void machipc_request_free(struct machipc_request *request)
{
	machipc_count(MACHIPC_REQUESTS, -1);
	kfree(request);
}

/**
 * machipc_request_cancel() - take a request back and free it
 * @port: the port that the entry denotes
 * @request: the request of the entry, or NULL; the entry must forget it
 *
 * Return: the send-once right that was registered, which now belongs to the
 * caller; NULL if there was no request or it had fired.
 */
struct machipc_port *machipc_request_cancel(struct machipc_port *port,
					    struct machipc_request *request)
{
	struct machipc_port *notify;

	if (!request)
		return NULL;
	spin_lock(&port->lock);
	list_del_init(&request->node);
	port->nr_requests--;
	if (request->armed)
		WRITE_ONCE(port->nr_armed, port->nr_armed - 1);
	notify = request->notify;
	spin_unlock(&port->lock);
	machipc_request_free(request);
	return notify;
}

/**
 * machipc_request_detach_dead() - let go of a request whose port is dead
 * @port: the port, which is dead
 * @request: the request of the entry, which must forget it
 *
 * A request that has not been fired yet is left to the thread that is
 * destroying the port: it must not be lost, and it must be queued when that
 * thread's call returns.
 *
 * Return: true if the name is or will be in a dead-name notification, so that
 * the dead name gets a reference for it.
 */
bool machipc_request_detach_dead(struct machipc_port *port,
				 struct machipc_request *request)
{
	bool died;

	spin_lock(&port->lock);
	if (!list_empty(&request->node)) {
		request->orphan = true;
		spin_unlock(&port->lock);
		return true;
	}
	died = request->died;
	port->nr_requests--;
	spin_unlock(&port->lock);
	machipc_request_free(request);
	return died;
}

/**
 * machipc_notify_requests_dead() - fire all requests of a dead port
 * @port: the port
 *
 * Context: May sleep, no spinlock held.
 */
void machipc_notify_requests_dead(struct machipc_port *port)
{
	struct machipc_request *request;
	struct machipc_port *notify;
	bool orphan;
	u32 name;

	spin_lock(&port->lock);
	while (!list_empty(&port->requests)) {
		request = list_first_entry(&port->requests,
					   struct machipc_request, node);
		list_del_init(&request->node);
		notify = request->notify;
		name = request->name;
		orphan = request->orphan;
		request->notify = NULL;
		request->armed = false;
		request->died = true;
		if (orphan)
			port->nr_requests--;
		spin_unlock(&port->lock);

		machipc_notify_dead_name(notify, name);
		if (orphan)
			machipc_request_free(request);
		cond_resched();

		spin_lock(&port->lock);
	}
	WRITE_ONCE(port->nr_armed, 0);
	spin_unlock(&port->lock);
}

/* Takes an armed request off the list of a port. */
static struct machipc_request *pop_armed(struct machipc_port *port)
{
	struct machipc_request *request;

	lockdep_assert_held(&port->lock);

	/* Those of a dead port, orphans too, are for whoever destroys it. */
	if (port->dead)
		return NULL;
	/* Armed requests are moved to the front. */
	request = list_first_entry_or_null(&port->requests,
					   struct machipc_request, node);
	if (!request || !request->armed)
		return NULL;
	list_del_init(&request->node);
	request->armed = false;
	WRITE_ONCE(port->nr_armed, port->nr_armed - 1);
	return request;
}

/**
 * machipc_notify_requests_possible() - fire the armed send-possible requests
 * @port: a port that a message was received from
 *
 * As many as there are at the start. One that is armed meanwhile found the
 * queue full again, so another receive will come to it; senders who arm theirs
 * again and again cannot keep the receiver here.
 *
 * Context: May sleep, no spinlock held.
 */
void machipc_notify_requests_possible(struct machipc_port *port)
{
	struct machipc_request *request;
	struct machipc_port *notify;
	u32 left, name;

	/* What was armed before the message was taken is seen here. */
	if (!READ_ONCE(port->nr_armed))
		return;
	spin_lock(&port->lock);
	for (left = port->nr_armed; left; left--) {
		request = pop_armed(port);
		if (!request)
			break;
		notify = request->notify;
		name = request->name;
		request->notify = NULL;
		spin_unlock(&port->lock);

		machipc_notify_send_possible(notify, name);
		cond_resched();

		spin_lock(&port->lock);
	}
	spin_unlock(&port->lock);
}
