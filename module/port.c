// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: birth, transit and death.
 */
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "debug.h"
#include "kmsg.h"
#include "limits.h"
#include "mqueue.h"
#include "notify.h"
#include "port.h"
#include "pset.h"
#include "reap.h"
#include "watch.h"

/* Protects &machipc_port.destination of all ports. */
DEFINE_MUTEX(machipc_cycle_mutex);

static struct kmem_cache *port_cache;

int machipc_port_cache_create(void)
{
	port_cache = KMEM_CACHE(machipc_port, SLAB_ACCOUNT);
	return port_cache ? 0 : -ENOMEM;
}

void machipc_port_cache_destroy(void)
{
	kmem_cache_destroy(port_cache);
}

/**
 * machipc_port_alloc() - make a port that nobody has a right to
 * @user: who pays for it, or NULL
 * @kobject: what kernel object it stands for
 *
 * Context: May sleep.
 * Return: the port with one reference, or NULL if there is no memory or the
 * user has too many ports.
 */
struct machipc_port *machipc_port_alloc(struct machipc_user *user,
					enum machipc_kobject kobject)
{
	struct machipc_port *port;

	if (user && !machipc_user_charge_port(user))
		return NULL;
	port = kmem_cache_zalloc(port_cache, GFP_KERNEL);
	if (!port) {
		if (user)
			machipc_user_uncharge_port(user);
		return NULL;
	}
	refcount_set(&port->refs, 1);
	port->kobject = kobject;
	port->user = user ? machipc_user_get(user) : NULL;
	port->qlimit = MACH_PORT_QLIMIT_DEFAULT;
	spin_lock_init(&port->lock);
	INIT_LIST_HEAD(&port->queue);
	INIT_LIST_HEAD(&port->senders);
	machipc_waitq_init(&port->receivers);
	INIT_LIST_HEAD(&port->links);
	INIT_LIST_HEAD(&port->requests);
	machipc_count(MACHIPC_PORTS, 1);
	return port;
}

/**
 * machipc_port_free() - free the memory of a port
 * @port: a port without references; see machipc_port_put()
 */
void machipc_port_free(struct machipc_port *port)
{
	struct machipc_user *user = port->user;

	kmem_cache_free(port_cache, port);
	machipc_count(MACHIPC_PORTS, -1);
	if (user) {
		machipc_user_uncharge_port(user);
		machipc_user_put(user);
	}
}

/**
 * machipc_port_disown() - have a port of the kernel stand for nothing any more
 * @port: the port
 */
void machipc_port_disown(struct machipc_port *port)
{
	spin_lock(&port->lock);
	port->object = NULL;
	spin_unlock(&port->lock);
}

/**
 * machipc_port_take_over() - have who has the receive right pay for a port
 * @port: the port
 * @user: the user of the space that has the right
 *
 * Only the receiver can end the port. If it has too many ports whoever paid
 * until now goes on to pay: a right that was received is not lost for that.
 *
 * Context: Lock of that space held; may sleep.
 */
void machipc_port_take_over(struct machipc_port *port,
			    struct machipc_user *user)
{
	struct machipc_user *old = port->user;

	if (likely(old == user) || !machipc_user_charge_port(user))
		return;
	machipc_user_get(user);
	spin_lock(&port->lock);
	port->user = user;
	spin_unlock(&port->lock);
	if (old) {
		machipc_user_uncharge_port(old);
		machipc_user_put(old);
	}
}

/**
 * machipc_port_settle_locked() - tell a port who has its receive right
 * @port: the port
 * @space: the space that has it
 * @name: its name there
 * @inbox: what is to know of its messages, or NULL
 *
 * Context: &machipc_port.lock held.
 */
void machipc_port_settle_locked(struct machipc_port *port,
				struct machipc_space *space, u32 name,
				struct machipc_inbox *inbox)
{
	lockdep_assert_held(&port->lock);

	port->receiver = space;
	WRITE_ONCE(port->name, name);
	if (inbox == port->inbox)
		return;
	port->inbox = inbox;
	if (!list_empty(&port->queue))
		machipc_inbox_add(inbox);
}

/* The receiver's inbox forgets the port. */
static void leave_inbox(struct machipc_port *port)
{
	lockdep_assert_held(&port->lock);

	if (port->inbox && !list_empty(&port->queue))
		machipc_inbox_remove(port->inbox);
	port->inbox = NULL;
}

/**
 * machipc_port_clear_locked() - forget what belongs to one receiver only
 * @port: a port whose receive right leaves its space
 *
 * Sets, watches and direct receivers see the port go. The queue, blocked
 * senders, requests and all other rights stay.
 *
 * Context: &machipc_port.lock held.
 */
void machipc_port_clear_locked(struct machipc_port *port)
{
	lockdep_assert_held(&port->lock);

	machipc_pset_leave_all_locked(port);
	machipc_mqueue_wake_receivers(&port->receivers);
	machipc_watch_hang_up(&port->readers);
	leave_inbox(port);
	port->receiver = NULL;
	WRITE_ONCE(port->name, 0);
	port->seqno = 0;
	port->mscount = 0;
	port->context = 0;
	port->guarded = false;
	port->strict = false;
}

/* Takes the port-destroyed request, if there is one, and clears the port. */
static struct machipc_port *take_pdreq(struct machipc_port *port)
{
	struct machipc_port *notify;

	spin_lock(&port->lock);
	notify = port->pdreq;
	port->pdreq = NULL;
	if (notify)
		machipc_port_clear_locked(port);
	spin_unlock(&port->lock);
	return notify;
}

/**
 * machipc_port_destroy() - destroy a receive right
 * @port: the port; the caller's reference is consumed
 * @reap: gets what was in the queue
 *
 * With a port-destroyed request the right goes to whoever asked for it;
 * otherwise the port dies.
 *
 * Context: The right is in no space. May sleep, no lock held but space locks.
 */
void machipc_port_destroy(struct machipc_port *port, struct machipc_reap *reap)
{
	struct machipc_port *notify;

	notify = take_pdreq(port);
	if (notify && machipc_notify_port_destroyed(notify, port))
		return;

	spin_lock(&port->lock);
	WRITE_ONCE(port->dead, true);
	machipc_port_clear_locked(port);
	machipc_mqueue_wake_senders_locked(port);
	machipc_watch_hang_up(&port->writers);
	notify = port->nsreq;
	port->nsreq = NULL;
	list_splice_tail_init(&port->queue, &reap->kmsgs);
	port->msgcount = 0;
	port->bytes = 0;
	spin_unlock(&port->lock);

	if (notify)
		machipc_notify_send_once(notify);
	machipc_reap_run(reap);
	machipc_notify_requests_dead(port);
	machipc_port_put(port);
}

/**
 * machipc_port_enter_transit() - put a receive right into a message
 * @port: the port whose right it is
 * @destination: where the message goes
 *
 * A chain is built by its tail, so it may be of any length; but whoever adds to
 * its far end has all others wait that move a receive right, so there a limit
 * is needed.
 *
 * Return: false if the message would end up in the queue of @port itself,
 * directly or through other ports in transit, or if that takes too long to
 * find out. Then nothing has changed.
 */
bool machipc_port_enter_transit(struct machipc_port *port,
				struct machipc_port *destination)
{
	struct machipc_port *next;
	unsigned int depth = 0;
	bool ok = false;

	mutex_lock(&machipc_cycle_mutex);
	for (next = destination; next; next = next->destination) {
		if (next == port || depth++ > MACHIPC_TRANSIT_DEPTH)
			goto out_unlock;
	}
	port->destination = machipc_port_get(destination);
	ok = true;

out_unlock:
	mutex_unlock(&machipc_cycle_mutex);
	return ok;
}

/**
 * machipc_port_leave_transit() - undo machipc_port_enter_transit()
 * @port: the port
 */
void machipc_port_leave_transit(struct machipc_port *port)
{
	struct machipc_port *destination;

	mutex_lock(&machipc_cycle_mutex);
	destination = port->destination;
	port->destination = NULL;
	mutex_unlock(&machipc_cycle_mutex);
	machipc_port_put(destination);
}
