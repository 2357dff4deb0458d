// SPDX-License-Identifier: GPL-2.0
/*
 * mach_port_* calls on references and rights.
 *
 * The order of the checks in each is that of ports.md 4.5 and 5: a caller who
 * makes two mistakes gets the documented one of the two codes.
 */
#include <linux/err.h>
#include <linux/mutex.h>

#include "entry.h"
#include "guard.h"
#include "kmsg.h"
#include "limits.h"
#include "mqueue.h"
#include "notify.h"
#include "port.h"
#include "pset.h"
#include "reap.h"
#include "right.h"
#include "right_ops.h"
#include "space.h"

/* Locks the space and looks a name up; on success the space stays locked. */
static int lock_name(struct machipc_space *space, u32 name,
		     struct machipc_entry **entry)
{
	mutex_lock(&space->lock);
	if (!space->active) {
		mutex_unlock(&space->lock);
		return KERN_INVALID_TASK;
	}
	*entry = machipc_entry_lookup(space, name);
	if (!*entry) {
		mutex_unlock(&space->lock);
		return KERN_INVALID_NAME;
	}
	return KERN_SUCCESS;
}

/**
 * machipc_get_refs() - count the user references of a right
 * @space: the space
 * @name: the name
 * @right: MACH_PORT_RIGHT_*
 * @urefs: where to put the count
 *
 * Return: kern_return_t, as all of these functions.
 */
int machipc_get_refs(struct machipc_space *space, u32 name, u32 right,
		     u32 *urefs)
{
	struct machipc_entry *entry;
	int kr;

	if (right >= MACH_PORT_RIGHT_NUMBER)
		return KERN_INVALID_VALUE;
	if (!mach_port_valid(name)) {
		if (right != MACH_PORT_RIGHT_SEND &&
		    right != MACH_PORT_RIGHT_SEND_ONCE)
			return KERN_INVALID_NAME;
		*urefs = 1;
		return KERN_SUCCESS;
	}
	kr = lock_name(space, name, &entry);
	if (kr)
		return kr;
	machipc_right_is_dead(space, entry);
	*urefs = 0;
	if (right == MACH_PORT_RIGHT_RECEIVE)
		*urefs = !!(entry->type & MACHIPC_ENTRY_RECEIVE);
	else if (entry->type & (1 << right))
		*urefs = entry->urefs;
	mutex_unlock(&space->lock);
	return KERN_SUCCESS;
}

/* Changes a count of a send right or dead name; drops the lock. */
static int mod_counted(struct machipc_space *space,
		       struct machipc_entry *entry, s32 delta)
{
	bool peg = entry->urefs == MACH_PORT_UREFS_MAX;
	s64 urefs = (s64)entry->urefs + delta;
	int kr = KERN_SUCCESS;

	if (delta > MACH_PORT_UREFS_MAX || delta < -MACH_PORT_UREFS_MAX) {
		kr = KERN_INVALID_VALUE;
	} else if (peg && delta != -MACH_PORT_UREFS_MAX) {
		kr = KERN_SUCCESS;
	} else if (urefs < 0) {
		kr = KERN_INVALID_VALUE;
	} else if (delta > 0) {
		entry->urefs = min_t(s64, urefs, MACH_PORT_UREFS_MAX);
	} else if (delta < 0) {
		if (entry->type == MACHIPC_ENTRY_DEAD_NAME)
			machipc_right_drop_urefs(space, entry, -delta);
		else
			machipc_right_drop_send(space, entry, -delta);
	}
	mutex_unlock(&space->lock);
	return kr;
}

/* Destroys the receive right of an entry; drops the lock. */
static void destroy_receive(struct machipc_space *space,
			    struct machipc_entry *entry,
			    struct machipc_reap *reap)
{
	u32 name = machipc_entry_name(entry);
	struct machipc_port *deleted;
	struct machipc_port *port;

	port = machipc_right_take_receive(space, entry, &deleted);
	mutex_unlock(&space->lock);
	machipc_port_destroy(port, reap);
	machipc_notify_port_deleted(deleted, name);
}

static bool is_guarded(struct machipc_port *port)
{
	bool guarded;

	spin_lock(&port->lock);
	guarded = port->guarded;
	spin_unlock(&port->lock);
	return guarded;
}

static int mod_receive(struct machipc_space *space,
		       struct machipc_entry *entry, s32 delta,
		       struct machipc_reap *reap)
{
	int kr = KERN_SUCCESS;

	if (!delta)
		goto out_unlock;
	kr = KERN_INVALID_VALUE;
	if (delta != -1)
		goto out_unlock;
	kr = KERN_INVALID_RIGHT;
	if (is_guarded(entry->port)) {
		machipc_guard_violated(machipc_entry_name(entry),
				       MACHIPC_GUARD_MOD_REFS);
		goto out_unlock;
	}
	destroy_receive(space, entry, reap);
	return KERN_SUCCESS;

out_unlock:
	mutex_unlock(&space->lock);
	return kr;
}

/* For rights that count as one: only -1 changes anything. */
static int mod_single(struct machipc_space *space,
		      struct machipc_entry *entry, s32 delta,
		      struct machipc_reap *reap)
{
	if (delta == -1) {
		machipc_right_destroy(space, entry, reap);
		return KERN_SUCCESS;
	}
	mutex_unlock(&space->lock);
	return delta ? KERN_INVALID_VALUE : KERN_SUCCESS;
}

/**
 * machipc_mod_refs() - change the user references of a right
 * @space: the space
 * @name: the name
 * @right: MACH_PORT_RIGHT_*
 * @delta: how many more, or less
 * @reap: gets the messages of a port that dies
 */
int machipc_mod_refs(struct machipc_space *space, u32 name, u32 right,
		     s32 delta, struct machipc_reap *reap)
{
	struct machipc_entry *entry;
	int kr;

	if (right >= MACH_PORT_RIGHT_NUMBER)
		return KERN_INVALID_VALUE;
	if (!mach_port_valid(name)) {
		if (right == MACH_PORT_RIGHT_SEND ||
		    right == MACH_PORT_RIGHT_SEND_ONCE)
			return KERN_SUCCESS;
		return KERN_INVALID_NAME;
	}
	kr = lock_name(space, name, &entry);
	if (kr)
		return kr;
	if (right != MACH_PORT_RIGHT_RECEIVE &&
	    right != MACH_PORT_RIGHT_PORT_SET)
		machipc_right_is_dead(space, entry);
	if (!(entry->type & (1 << right))) {
		mutex_unlock(&space->lock);
		return KERN_INVALID_RIGHT;
	}
	switch (right) {
	case MACH_PORT_RIGHT_RECEIVE:
		return mod_receive(space, entry, delta, reap);
	case MACH_PORT_RIGHT_SEND_ONCE:
	case MACH_PORT_RIGHT_PORT_SET:
		return mod_single(space, entry, delta, reap);
	default:
		return mod_counted(space, entry, delta);
	}
}

/**
 * machipc_deallocate() - release one reference of whatever a name denotes,
 *	except a receive right or a set
 * @space: the space
 * @name: the name
 */
int machipc_deallocate(struct machipc_space *space, u32 name)
{
	struct machipc_entry *entry;
	int kr;

	if (!mach_port_valid(name))
		return KERN_SUCCESS;
	kr = lock_name(space, name, &entry);
	if (kr)
		return kr;
	if (machipc_right_is_dead(space, entry))
		machipc_right_drop_urefs(space, entry, 1);
	else if (entry->type & MACHIPC_ENTRY_SEND)
		machipc_right_drop_send(space, entry, 1);
	else if (entry->type == MACHIPC_ENTRY_SEND_ONCE)
		machipc_right_drop_send_once(space, entry);
	else
		kr = KERN_INVALID_RIGHT;
	mutex_unlock(&space->lock);
	return kr;
}

/* A port that is guarded with the value 0 can be destroyed (P-81). */
static bool refuses_destroy(struct machipc_entry *entry)
{
	struct machipc_port *port = entry->port;
	bool refuses;

	if (!(entry->type & MACHIPC_ENTRY_RECEIVE))
		return false;
	spin_lock(&port->lock);
	refuses = port->guarded && port->context;
	spin_unlock(&port->lock);
	return refuses;
}

/**
 * machipc_destroy() - free a name with everything that it denotes
 * @space: the space
 * @name: the name
 * @reap: gets the messages of a port that dies
 */
int machipc_destroy(struct machipc_space *space, u32 name,
		    struct machipc_reap *reap)
{
	struct machipc_entry *entry;
	int kr;

	if (!mach_port_valid(name))
		return KERN_SUCCESS;
	kr = lock_name(space, name, &entry);
	if (kr)
		return kr;
	if (refuses_destroy(entry)) {
		mutex_unlock(&space->lock);
		machipc_guard_violated(name, MACHIPC_GUARD_DESTROY);
		return KERN_INVALID_RIGHT;
	}
	machipc_right_destroy(space, entry, reap);
	return KERN_SUCCESS;
}

static int check_destruct(struct machipc_entry *entry, s32 srdelta, u64 guard)
{
	struct machipc_port *port = entry->port;
	bool wrong;

	if (!(entry->type & MACHIPC_ENTRY_RECEIVE))
		return KERN_INVALID_RIGHT;
	if (srdelta && !(entry->type & MACHIPC_ENTRY_SEND))
		return KERN_INVALID_RIGHT;
	if (srdelta > 0)
		return KERN_INVALID_VALUE;
	spin_lock(&port->lock);
	wrong = port->guarded && port->context != guard;
	spin_unlock(&port->lock);
	if (wrong) {
		machipc_guard_violated(machipc_entry_name(entry),
				       MACHIPC_GUARD_DESTROY);
		return KERN_INVALID_ARGUMENT;
	}
	if (srdelta < -(s32)entry->urefs)
		return KERN_INVALID_VALUE;
	return KERN_SUCCESS;
}

/**
 * machipc_destruct() - release send references and the receive right
 * @space: the space
 * @name: the name
 * @srdelta: change of the send right's user references, 0 or negative
 * @guard: the guard of the port, if it is guarded
 * @reap: gets the messages of a port that dies
 */
int machipc_destruct(struct machipc_space *space, u32 name, s32 srdelta,
		     u64 guard, struct machipc_reap *reap)
{
	struct machipc_entry *entry;
	int kr;

	if (!mach_port_valid(name))
		return KERN_INVALID_NAME;
	kr = lock_name(space, name, &entry);
	if (kr)
		return kr;
	kr = check_destruct(entry, srdelta, guard);
	if (kr) {
		mutex_unlock(&space->lock);
		return kr;
	}
	if (srdelta)
		machipc_right_drop_send(space, entry, -srdelta);
	destroy_receive(space, entry, reap);
	return KERN_SUCCESS;
}

/**
 * machipc_take_right() - copy a right in that is an argument of a call
 * @space: the space
 * @name: the name
 * @disposition: how it yields the right
 * @right: where to put it; its port is NULL if the right is dead
 *
 * Return: KERN_SUCCESS, KERN_INVALID_TASK, KERN_INVALID_NAME,
 * KERN_INVALID_RIGHT, or KERN_RESOURCE_SHORTAGE if the user has too much in
 * transit.
 */
int machipc_take_right(struct machipc_space *space, u32 name, u32 disposition,
		       struct machipc_right *right)
{
	struct machipc_entry *entry;
	int kr;

	/* A send-once right that is dropped again makes a notification. */
	if (disposition == MACH_MSG_TYPE_MAKE_SEND_ONCE &&
	    !machipc_user_has_room(space->user))
		return KERN_RESOURCE_SHORTAGE;
	kr = lock_name(space, name, &entry);
	if (kr)
		return kr;
	kr = machipc_right_copyin(space, entry, disposition, true, right);
	mutex_unlock(&space->lock);
	return kr;
}

/**
 * machipc_give_right() - copy a right out that is the result of a call
 * @space: the space
 * @right: the right; consumed
 * @name: where to put the name
 * @reap: gets what dies if there is no room
 */
int machipc_give_right(struct machipc_space *space,
		       struct machipc_right *right, u32 *name,
		       struct machipc_reap *reap)
{
	int kr = KERN_INVALID_TASK;

	mutex_lock(&space->lock);
	if (space->active)
		kr = machipc_right_copyout(space, right, name);
	mutex_unlock(&space->lock);
	machipc_right_release(right, reap);
	return kr;
}

/**
 * machipc_insert_right() - put a right into a space under a chosen name
 * @space: the space
 * @name: the name
 * @right: the right; consumed, also on failure
 * @reap: gets what dies on failure
 */
int machipc_insert_right(struct machipc_space *space, u32 name,
			 struct machipc_right *right,
			 struct machipc_reap *reap)
{
	int kr;

	if (!mach_port_valid(name)) {
		kr = KERN_INVALID_VALUE;
	} else if (!right->port) {
		kr = KERN_INVALID_CAPABILITY;
	} else {
		mutex_lock(&space->lock);
		kr = KERN_INVALID_TASK;
		if (space->active)
			kr = machipc_right_insert(space, name, right);
		mutex_unlock(&space->lock);
	}
	machipc_right_release(right, reap);
	return kr;
}

static void swap_registered(struct machipc_port **slot,
			    struct machipc_right *notify,
			    struct machipc_right *previous)
{
	previous->port = *slot;
	*slot = notify->port;
	notify->port = NULL;
}

static int request_port_destroyed(struct machipc_port *port,
				  struct machipc_right *notify,
				  struct machipc_right *previous)
{
	spin_lock(&port->lock);
	swap_registered(&port->pdreq, notify, previous);
	spin_unlock(&port->lock);
	return KERN_SUCCESS;
}

static int request_no_senders(struct machipc_port *port, u32 sync,
			      struct machipc_right *notify,
			      struct machipc_right *previous)
{
	struct machipc_port *fire = NULL;
	u32 mscount;

	spin_lock(&port->lock);
	mscount = port->mscount;
	if (notify->port && !port->srights && sync <= mscount) {
		fire = notify->port;
		notify->port = NULL;
	}
	swap_registered(&port->nsreq, notify, previous);
	spin_unlock(&port->lock);
	if (fire)
		machipc_notify_no_senders(fire, mscount);
	return KERN_SUCCESS;
}

static int request_of_receive(struct machipc_space *space, u32 name, s32 id,
			      u32 sync, struct machipc_right *notify,
			      struct machipc_right *previous)
{
	struct machipc_entry *entry;
	int kr;

	if (id == MACH_NOTIFY_PORT_DESTROYED && sync)
		return KERN_INVALID_VALUE;
	if (!mach_port_valid(name))
		return KERN_INVALID_RIGHT;
	kr = lock_name(space, name, &entry);
	if (kr)
		return kr;
	if (!(entry->type & MACHIPC_ENTRY_RECEIVE))
		kr = KERN_INVALID_RIGHT;
	else if (id == MACH_NOTIFY_PORT_DESTROYED)
		kr = request_port_destroyed(entry->port, notify, previous);
	else
		kr = request_no_senders(entry->port, sync, notify, previous);
	mutex_unlock(&space->lock);
	return kr;
}

/* Whether a send-possible request is satisfied at once. */
static bool possible_now(struct machipc_entry *entry)
{
	struct machipc_port *port = entry->port;

	return entry->type == MACHIPC_ENTRY_SEND_ONCE || port->kobject ||
	       !machipc_mqueue_full_locked(port);
}

/*
 * Registers or fires a request for a live entry. Returns the right that is to
 * be fired now, if any; -EAGAIN as pointer if the port has died meanwhile.
 */
static struct machipc_port *register_request(struct machipc_entry *entry,
					     struct machipc_request *request,
					     u32 sync,
					     struct machipc_right *notify)
{
	struct machipc_port *port = entry->port;
	struct machipc_port *fire = NULL;

	spin_lock(&port->lock);
	if (port->dead) {
		fire = ERR_PTR(-EAGAIN);
	} else if (request->possible && sync && possible_now(entry)) {
		fire = notify->port;
		notify->port = NULL;
	} else {
		request->notify = notify->port;
		notify->port = NULL;
		port->nr_requests++;
		if (request->possible && sync) {
			request->armed = true;
			WRITE_ONCE(port->nr_armed, port->nr_armed + 1);
			list_add(&request->node, &port->requests);
		} else {
			list_add_tail(&request->node, &port->requests);
		}
		entry->request = request;
	}
	spin_unlock(&port->lock);
	return fire;
}

static void cancel_request(struct machipc_entry *entry,
			   struct machipc_right *previous)
{
	if (!entry->request)
		return;
	previous->port = machipc_request_cancel(entry->port, entry->request);
	entry->request = NULL;
}

/* A dead name: there is nothing to wait for. */
static int request_of_dead_name(struct machipc_entry *entry, s32 id, u32 sync,
				struct machipc_right *notify)
{
	if (!notify->port)
		return KERN_SUCCESS;
	if (id == MACH_NOTIFY_DEAD_NAME && !sync)
		return KERN_INVALID_ARGUMENT;
	if (entry->urefs < MACH_PORT_UREFS_MAX)
		entry->urefs++;
	machipc_notify_dead_name(notify->port, machipc_entry_name(entry));
	notify->port = NULL;
	return KERN_SUCCESS;
}

static int request_of_port(struct machipc_entry *entry, s32 id, u32 sync,
			   struct machipc_right *notify,
			   struct machipc_right *previous)
{
	u32 name = machipc_entry_name(entry);
	struct machipc_request *request;
	struct machipc_port *fire;

	if (!notify->port) {
		cancel_request(entry, previous);
		return KERN_SUCCESS;
	}
	request = machipc_request_alloc(name, id == MACH_NOTIFY_SEND_POSSIBLE);
	if (!request)
		return KERN_RESOURCE_SHORTAGE;
	cancel_request(entry, previous);
	fire = register_request(entry, request, sync, notify);
	if (fire)
		machipc_request_free(request);
	if (!IS_ERR_OR_NULL(fire))
		machipc_notify_send_possible(fire, name);
	return IS_ERR(fire) ? PTR_ERR(fire) : KERN_SUCCESS;
}

static int request_of_entry(struct machipc_space *space, u32 name, s32 id,
			    u32 sync, struct machipc_right *notify,
			    struct machipc_right *previous)
{
	struct machipc_entry *entry;
	int kr;

	if (!mach_port_valid(name))
		return KERN_INVALID_ARGUMENT;
	kr = lock_name(space, name, &entry);
	if (kr)
		return kr;
	do {
		if (machipc_right_is_dead(space, entry))
			kr = request_of_dead_name(entry, id, sync, notify);
		else if (entry->type & MACHIPC_ENTRY_PORT)
			kr = request_of_port(entry, id, sync, notify,
					     previous);
		else
			kr = notify->port ? KERN_INVALID_RIGHT : KERN_SUCCESS;
	} while (kr == -EAGAIN);
	mutex_unlock(&space->lock);
	return kr;
}

/**
 * machipc_request_notification() - register or cancel a notification
 * @space: the space
 * @name: the name that it is about
 * @id: MACH_NOTIFY_*
 * @sync: threshold or immediacy, by kind
 * @notify: the send-once right to be used, or MACH_PORT_NULL to cancel. Its
 *	port is NULL on return if the right was taken over; else the caller
 *	still has it
 * @previous: where to put the right that was registered before
 */
int machipc_request_notification(struct machipc_space *space, u32 name, s32 id,
				 u32 sync, struct machipc_right *notify,
				 struct machipc_right *previous)
{
	previous->port = NULL;
	previous->name = MACH_PORT_NULL;
	previous->type = MACH_MSG_TYPE_PORT_SEND_ONCE;
	if (!notify->port && notify->name == MACH_PORT_DEAD)
		return KERN_INVALID_CAPABILITY;
	switch (id) {
	case MACH_NOTIFY_PORT_DESTROYED:
	case MACH_NOTIFY_NO_SENDERS:
		return request_of_receive(space, name, id, sync, notify,
					  previous);
	case MACH_NOTIFY_DEAD_NAME:
	case MACH_NOTIFY_SEND_POSSIBLE:
		return request_of_entry(space, name, id, sync, notify,
					previous);
	default:
		return KERN_INVALID_VALUE;
	}
}
