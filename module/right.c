// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of rights: how they move between entries and messages, and how
 * they end.
 */
#include <linux/lockdep.h>
#include <linux/mutex.h>

#include "entry.h"
#include "kmsg.h"
#include "notify.h"
#include "port.h"
#include "pset.h"
#include "reap.h"
#include "right.h"
#include "space.h"

static bool pegged(const struct machipc_entry *entry)
{
	return entry->urefs == MACH_PORT_UREFS_MAX;
}

/* Adds a user reference; at the maximum the count stays for ever. */
static void add_uref(struct machipc_entry *entry)
{
	if (!pegged(entry))
		entry->urefs++;
}

static void convert(struct machipc_space *space, struct machipc_entry *entry)
{
	struct machipc_request *request = entry->request;
	struct machipc_port *port = entry->port;

	if (entry->type & MACHIPC_ENTRY_SEND)
		machipc_entry_unhash(space, entry);
	entry->type = MACHIPC_ENTRY_DEAD_NAME;
	entry->port = NULL;
	entry->request = NULL;
	/* The extra reference is for the name in the notification. */
	if (request && machipc_request_detach_dead(port, request))
		add_uref(entry);
	machipc_port_put(port);
}

/**
 * machipc_right_is_dead() - whether an entry is a dead name by now
 * @space: the space
 * @entry: an entry in use
 *
 * Context: &machipc_space.lock held; may sleep.
 */
bool machipc_right_is_dead(struct machipc_space *space,
			   struct machipc_entry *entry)
{
	lockdep_assert_held(&space->lock);

	if (entry->type == MACHIPC_ENTRY_DEAD_NAME)
		return true;
	if (entry->type != MACHIPC_ENTRY_SEND &&
	    entry->type != MACHIPC_ENTRY_SEND_ONCE)
		return false;
	if (!machipc_port_dead(entry->port))
		return false;
	convert(space, entry);
	return true;
}

/**
 * machipc_right_set_receiver() - tell a port that its receive right is here
 * @space: the space
 * @entry: the entry that has the receive right
 *
 * Context: &machipc_space.lock held; may sleep.
 */
void machipc_right_set_receiver(struct machipc_space *space,
				struct machipc_entry *entry)
{
	struct machipc_port *port = entry->port;

	lockdep_assert_held(&space->lock);

	machipc_port_take_over(port, space->user);
	spin_lock(&port->lock);
	machipc_port_settle_locked(port, space, machipc_entry_name(entry),
				   space->polled ? &space->inbox : NULL);
	spin_unlock(&port->lock);
}

/**
 * machipc_right_type() - type mask of an entry, with all pseudo bits
 * @entry: an entry in use
 *
 * An entry whose port has died shows as dead name, but is not converted.
 *
 * Context: &machipc_space.lock held.
 */
u32 machipc_right_type(struct machipc_entry *entry)
{
	struct machipc_request *request = entry->request;
	struct machipc_port *port = entry->port;
	u32 type = (u32)entry->type << 16;

	if (!(entry->type & MACHIPC_ENTRY_PORT))
		return type;
	spin_lock(&port->lock);
	if (port->dead) {
		type = mach_port_type(MACH_PORT_RIGHT_DEAD_NAME);
	} else if (request && request->notify) {
		type |= MACH_PORT_TYPE_DNREQUEST;
		if (request->possible)
			type |= MACH_PORT_TYPE_SPREQUEST;
		if (request->possible && !request->armed)
			type |= MACH_PORT_TYPE_SPREQUEST_DELAYED;
	}
	spin_unlock(&port->lock);
	return type;
}

/*
 * Frees an entry whose right went elsewhere. The entry's reference to the port
 * goes to the caller. Returns the right for a port-deleted notification.
 */
static struct machipc_port *forget_entry(struct machipc_space *space,
					 struct machipc_entry *entry)
{
	struct machipc_request *request = entry->request;
	struct machipc_port *port = entry->port;

	machipc_entry_free(space, entry);
	return machipc_request_cancel(port, request);
}

/**
 * machipc_right_drop_urefs() - release user references of a dead name
 * @space: the space
 * @entry: a dead name with at least @urefs references
 * @urefs: how many
 *
 * Context: &machipc_space.lock held.
 */
void machipc_right_drop_urefs(struct machipc_space *space,
			      struct machipc_entry *entry, u32 urefs)
{
	lockdep_assert_held(&space->lock);

	if (pegged(entry) && urefs != MACH_PORT_UREFS_MAX)
		return;
	entry->urefs -= urefs;
	if (!entry->urefs)
		machipc_entry_free(space, entry);
}

/**
 * machipc_right_release_send() - destroy a send right
 * @port: the port; the reference that the right had is consumed
 *
 * Context: May sleep, no spinlock held.
 */
void machipc_right_release_send(struct machipc_port *port)
{
	struct machipc_port *notify = NULL;
	u32 mscount = 0;

	spin_lock(&port->lock);
	port->srights--;
	if (!port->srights && port->nsreq) {
		notify = port->nsreq;
		mscount = port->mscount;
		port->nsreq = NULL;
	}
	spin_unlock(&port->lock);
	if (notify)
		machipc_notify_no_senders(notify, mscount);
	machipc_port_put(port);
}

/**
 * machipc_right_make_send() - make another send right like one that is held
 * @port: the port that the caller has a send right for
 *
 * It does not count as made by the receiver. The right may be to a dead port.
 *
 * Return: the port, with a reference and a send right for the caller.
 */
struct machipc_port *machipc_right_make_send(struct machipc_port *port)
{
	spin_lock(&port->lock);
	port->srights++;
	spin_unlock(&port->lock);
	return machipc_port_get(port);
}

/**
 * machipc_right_copy_send() - the same, into a right
 * @port: the port that the caller has a send right for
 * @right: where to put it; MACH_PORT_DEAD if the port is dead
 */
void machipc_right_copy_send(struct machipc_port *port,
			     struct machipc_right *right)
{
	right->type = MACH_MSG_TYPE_PORT_SEND;
	right->name = MACH_PORT_DEAD;
	right->port = NULL;
	if (!machipc_port_dead(port))
		right->port = machipc_right_make_send(port);
}

/**
 * machipc_right_copy() - copy a send right that is in no space
 * @from: the right, which may be null or dead, or all zero
 * @to: where to put the copy
 */
void machipc_right_copy(const struct machipc_right *from,
			struct machipc_right *to)
{
	to->type = MACH_MSG_TYPE_PORT_SEND;
	to->name = from->name;
	to->port = NULL;
	if (from->port)
		machipc_right_copy_send(from->port, to);
}

/**
 * machipc_right_valid() - whether a right is neither null nor dead
 * @right: the right
 *
 * Unless the caller has reason to know better, it may die at any time.
 */
bool machipc_right_valid(const struct machipc_right *right)
{
	return right->port && !machipc_port_dead(right->port);
}

static void forget_send_once(struct machipc_port *port)
{
	spin_lock(&port->lock);
	port->sorights--;
	spin_unlock(&port->lock);
	machipc_port_put(port);
}

static void release_send_once(struct machipc_port *port)
{
	if (machipc_port_dead(port))
		forget_send_once(port);
	else
		machipc_notify_send_once(port);
}

/**
 * machipc_right_drop_send() - release user references of a send right
 * @space: the space
 * @entry: an entry with a send right of a live port and at least @urefs
 *	references
 * @urefs: how many
 *
 * Context: &machipc_space.lock held; may sleep.
 */
void machipc_right_drop_send(struct machipc_space *space,
			     struct machipc_entry *entry, u32 urefs)
{
	u32 name = machipc_entry_name(entry);
	struct machipc_port *port = entry->port;
	struct machipc_port *deleted = NULL;

	lockdep_assert_held(&space->lock);

	if (pegged(entry) && urefs != MACH_PORT_UREFS_MAX)
		return;
	if (entry->urefs > urefs) {
		entry->urefs -= urefs;
		return;
	}
	if (entry->type & MACHIPC_ENTRY_RECEIVE) {
		machipc_entry_unhash(space, entry);
		entry->type = MACHIPC_ENTRY_RECEIVE;
		entry->urefs = 1;
		machipc_port_get(port);
	} else {
		deleted = forget_entry(space, entry);
	}
	machipc_right_release_send(port);
	machipc_notify_port_deleted(deleted, name);
}

/**
 * machipc_right_drop_send_once() - destroy the send-once right of an entry
 * @space: the space
 * @entry: an entry with a send-once right
 *
 * Context: &machipc_space.lock held; may sleep.
 */
void machipc_right_drop_send_once(struct machipc_space *space,
				  struct machipc_entry *entry)
{
	u32 name = machipc_entry_name(entry);
	struct machipc_port *port = entry->port;
	struct machipc_port *deleted;

	lockdep_assert_held(&space->lock);

	deleted = forget_entry(space, entry);
	release_send_once(port);
	machipc_notify_port_deleted(deleted, name);
}

/**
 * machipc_right_take_receive() - take the receive right out of an entry
 * @space: the space
 * @entry: an entry with a receive right
 * @deleted: where to put the right for a port-deleted notification about the
 *	name, or NULL; the caller sends it after what it does to the port
 *
 * Context: &machipc_space.lock held; may sleep.
 * Return: the port, with a reference for the caller. It is in no space and no
 * set, its direct receivers have been woken.
 */
struct machipc_port *
machipc_right_take_receive(struct machipc_space *space,
			   struct machipc_entry *entry,
			   struct machipc_port **deleted)
{
	struct machipc_port *port = entry->port;

	lockdep_assert_held(&space->lock);

	*deleted = NULL;
	if (entry->type & MACHIPC_ENTRY_SEND) {
		entry->type = MACHIPC_ENTRY_SEND;
		machipc_port_get(port);
	} else {
		*deleted = forget_entry(space, entry);
	}
	spin_lock(&port->lock);
	machipc_port_clear_locked(port);
	spin_unlock(&port->lock);
	return port;
}

/**
 * machipc_right_check() - whether a right could be copied in as reply right
 * @space: the space
 * @entry: an entry in use
 * @disposition: how
 *
 * A dead right passes: it will be sent as MACH_PORT_DEAD.
 *
 * Context: &machipc_space.lock held; may sleep.
 * Return: KERN_SUCCESS or KERN_INVALID_RIGHT.
 */
int machipc_right_check(struct machipc_space *space,
			struct machipc_entry *entry, u32 disposition)
{
	u8 need;

	switch (disposition) {
	case MACH_MSG_TYPE_MAKE_SEND:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		need = MACHIPC_ENTRY_RECEIVE;
		break;
	case MACH_MSG_TYPE_COPY_SEND:
	case MACH_MSG_TYPE_MOVE_SEND:
		if (machipc_right_is_dead(space, entry))
			return KERN_SUCCESS;
		need = MACHIPC_ENTRY_SEND;
		break;
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		if (machipc_right_is_dead(space, entry))
			return KERN_SUCCESS;
		need = MACHIPC_ENTRY_SEND_ONCE;
		break;
	default:
		return KERN_INVALID_RIGHT;
	}
	return entry->type & need ? KERN_SUCCESS : KERN_INVALID_RIGHT;
}

static int copyin_dead(struct machipc_space *space,
		       struct machipc_entry *entry, u32 disposition,
		       bool dead_ok, struct machipc_right *right)
{
	if (!dead_ok)
		return KERN_INVALID_RIGHT;
	right->name = MACH_PORT_DEAD;
	if (disposition != MACH_MSG_TYPE_COPY_SEND)
		machipc_right_drop_urefs(space, entry, 1);
	return KERN_SUCCESS;
}

static int copyin_make(struct machipc_entry *entry, u32 disposition,
		       struct machipc_right *right)
{
	struct machipc_port *port = entry->port;

	if (!(entry->type & MACHIPC_ENTRY_RECEIVE))
		return KERN_INVALID_RIGHT;
	spin_lock(&port->lock);
	if (disposition == MACH_MSG_TYPE_MAKE_SEND) {
		port->mscount++;
		port->srights++;
	} else {
		port->sorights++;
	}
	spin_unlock(&port->lock);
	right->port = machipc_port_get(port);
	return KERN_SUCCESS;
}

/* The right keeps the port's count; only the entry goes or stays. */
static void give_up_send(struct machipc_space *space,
			 struct machipc_entry *entry)
{
	u32 name = machipc_entry_name(entry);

	if (entry->type & MACHIPC_ENTRY_RECEIVE) {
		machipc_port_get(entry->port);
		machipc_entry_unhash(space, entry);
		entry->type = MACHIPC_ENTRY_RECEIVE;
	} else {
		machipc_notify_port_deleted(forget_entry(space, entry), name);
	}
}

/* Makes one more send right unless the port has died. */
static bool add_send_right(struct machipc_port *port)
{
	bool alive;

	spin_lock(&port->lock);
	alive = !port->dead;
	if (alive)
		port->srights++;
	spin_unlock(&port->lock);
	if (alive)
		machipc_port_get(port);
	return alive;
}

static int copyin_send(struct machipc_space *space,
		       struct machipc_entry *entry, u32 disposition,
		       bool dead_ok, struct machipc_right *right)
{
	struct machipc_port *port = entry->port;
	bool move = disposition == MACH_MSG_TYPE_MOVE_SEND;

	if (machipc_right_is_dead(space, entry))
		return copyin_dead(space, entry, disposition, dead_ok, right);
	if (!(entry->type & MACHIPC_ENTRY_SEND))
		return KERN_INVALID_RIGHT;
	right->port = port;
	if (move && entry->urefs == 1) {
		give_up_send(space, entry);
		return KERN_SUCCESS;
	}
	if (!add_send_right(port)) {
		right->port = NULL;
		convert(space, entry);
		return copyin_dead(space, entry, disposition, dead_ok, right);
	}
	if (move && !pegged(entry))
		entry->urefs--;
	return KERN_SUCCESS;
}

static int copyin_move_send_once(struct machipc_space *space,
				 struct machipc_entry *entry, bool dead_ok,
				 struct machipc_right *right)
{
	u32 name = machipc_entry_name(entry);

	if (machipc_right_is_dead(space, entry))
		return copyin_dead(space, entry, MACH_MSG_TYPE_MOVE_SEND_ONCE,
				   dead_ok, right);
	if (entry->type != MACHIPC_ENTRY_SEND_ONCE)
		return KERN_INVALID_RIGHT;
	right->port = entry->port;
	machipc_notify_port_deleted(forget_entry(space, entry), name);
	return KERN_SUCCESS;
}

static int copyin_move_receive(struct machipc_space *space,
			       struct machipc_entry *entry,
			       struct machipc_right *right)
{
	u32 name = machipc_entry_name(entry);
	struct machipc_port *deleted;

	if (!(entry->type & MACHIPC_ENTRY_RECEIVE))
		return KERN_INVALID_RIGHT;
	right->port = machipc_right_take_receive(space, entry, &deleted);
	machipc_notify_port_deleted(deleted, name);
	return KERN_SUCCESS;
}

/**
 * machipc_right_copyin() - take a right from an entry
 * @space: the space
 * @entry: an entry in use; it may be free afterwards
 * @disposition: how the entry yields the right
 * @dead_ok: a dead name yields MACH_PORT_DEAD instead of an error
 * @right: where to put the right
 *
 * A receive right is in transit only after machipc_port_enter_transit(), which
 * is up to the caller.
 *
 * Context: &machipc_space.lock held; may sleep.
 * Return: KERN_SUCCESS, or KERN_INVALID_RIGHT with nothing changed.
 */
int machipc_right_copyin(struct machipc_space *space,
			 struct machipc_entry *entry, u32 disposition,
			 bool dead_ok, struct machipc_right *right)
{
	lockdep_assert_held(&space->lock);

	right->port = NULL;
	right->name = MACH_PORT_NULL;
	right->type = mach_msg_type_received(disposition);
	switch (disposition) {
	case MACH_MSG_TYPE_MAKE_SEND:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return copyin_make(entry, disposition, right);
	case MACH_MSG_TYPE_COPY_SEND:
	case MACH_MSG_TYPE_MOVE_SEND:
		return copyin_send(space, entry, disposition, dead_ok, right);
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		return copyin_move_send_once(space, entry, dead_ok, right);
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		return copyin_move_receive(space, entry, right);
	default:
		return KERN_INVALID_RIGHT;
	}
}

/**
 * machipc_right_copyin_pair() - take two rights from one entry
 * @space: the space
 * @entry: an entry in use; it may be free afterwards
 * @disposition: how the entry yields destination and reply right; none is
 *	MACH_MSG_TYPE_MOVE_SEND_ONCE or _MOVE_RECEIVE
 * @right: where to put them
 *
 * Two that are moved need two user references, but a right that is copied
 * beside one that is moved comes from the same one.
 *
 * Context: &machipc_space.lock held; may sleep.
 * Return: KERN_SUCCESS, or KERN_INVALID_RIGHT with nothing changed.
 */
int machipc_right_copyin_pair(struct machipc_space *space,
			      struct machipc_entry *entry,
			      u32 disposition[2],
			      struct machipc_right *right[2])
{
	u32 moves = 0;
	int i, first, kr;

	lockdep_assert_held(&space->lock);

	for (i = 0; i < 2; i++) {
		/* A dead name would pass the check, but not as destination. */
		if (machipc_right_is_dead(space, entry) ||
		    machipc_right_check(space, entry, disposition[i]))
			return KERN_INVALID_RIGHT;
		moves += disposition[i] == MACH_MSG_TYPE_MOVE_SEND;
	}
	if (moves > entry->urefs)
		return KERN_INVALID_RIGHT;

	/*
	 * What is moved goes last, for it may free the entry. Once the first
	 * right is taken the port may still die; the second is then a dead
	 * one, as if the message had been on its way already.
	 */
	first = disposition[0] == MACH_MSG_TYPE_MOVE_SEND;
	kr = machipc_right_copyin(space, entry, disposition[first], false,
				  right[first]);
	if (kr)
		return kr;
	return machipc_right_copyin(space, entry, disposition[!first], true,
				    right[!first]);
}

/* Finds the entry that a space already has for a port, if any. */
static struct machipc_entry *find_entry(struct machipc_space *space,
					struct machipc_port *port)
{
	u32 name = MACH_PORT_NULL;

	spin_lock(&port->lock);
	if (port->receiver == space)
		name = port->name;
	spin_unlock(&port->lock);
	if (name)
		return machipc_entry_lookup(space, name);
	return machipc_entry_find(space, port);
}

static void insert_new(struct machipc_space *space,
		       struct machipc_entry *entry,
		       struct machipc_right *right)
{
	struct machipc_port *port = right->port;

	entry->port = port;
	switch (right->type) {
	case MACH_MSG_TYPE_PORT_SEND:
		entry->type = MACHIPC_ENTRY_SEND;
		machipc_entry_hash(space, entry);
		break;
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		entry->type = MACHIPC_ENTRY_SEND_ONCE;
		break;
	default:
		entry->type = MACHIPC_ENTRY_RECEIVE;
		machipc_right_set_receiver(space, entry);
	}
}

/* Adds a send or receive right to the entry that the space has for the port. */
static void merge(struct machipc_space *space, struct machipc_entry *entry,
		  struct machipc_right *right)
{
	struct machipc_port *port = right->port;

	if (right->type == MACH_MSG_TYPE_PORT_RECEIVE) {
		entry->type |= MACHIPC_ENTRY_RECEIVE;
		machipc_right_set_receiver(space, entry);
	} else if (entry->type & MACHIPC_ENTRY_SEND) {
		add_uref(entry);
		spin_lock(&port->lock);
		port->srights--;
		spin_unlock(&port->lock);
	} else {
		entry->type |= MACHIPC_ENTRY_SEND;
		entry->urefs = 1;
		machipc_entry_hash(space, entry);
	}
	machipc_port_put(port);
}

/* A right whose port has died is dropped without notice. */
static bool drop_if_dead(struct machipc_right *right)
{
	struct machipc_port *port = right->port;

	if (right->type == MACH_MSG_TYPE_PORT_RECEIVE ||
	    !machipc_port_dead(port))
		return false;
	spin_lock(&port->lock);
	if (right->type == MACH_MSG_TYPE_PORT_SEND)
		port->srights--;
	else
		port->sorights--;
	spin_unlock(&port->lock);
	machipc_port_put(port);
	right->port = NULL;
	right->name = MACH_PORT_DEAD;
	return true;
}

/**
 * machipc_right_copyout() - put a right into a space
 * @space: the space
 * @right: the right; on success it has no port any more
 * @name: where to put the name, which is MACH_PORT_DEAD if the port has died
 *	and MACH_PORT_NULL on failure
 *
 * Context: &machipc_space.lock held, the space is active; may sleep.
 * Return: KERN_SUCCESS; KERN_NO_SPACE or KERN_RESOURCE_SHORTAGE if there is no
 * room for another name: the right is still the caller's.
 */
int machipc_right_copyout(struct machipc_space *space,
			  struct machipc_right *right, u32 *name)
{
	struct machipc_entry *entry = NULL;
	int kr;

	lockdep_assert_held(&space->lock);

	if (!right->port || drop_if_dead(right)) {
		*name = right->name;
		return KERN_SUCCESS;
	}
	*name = MACH_PORT_NULL;
	if (right->type != MACH_MSG_TYPE_PORT_SEND_ONCE)
		entry = find_entry(space, right->port);
	if (!entry) {
		kr = machipc_space_reserve(space);
		if (kr)
			return kr;
	}
	if (right->type == MACH_MSG_TYPE_PORT_RECEIVE)
		machipc_port_leave_transit(right->port);
	if (entry) {
		merge(space, entry, right);
	} else {
		entry = machipc_entry_alloc(space);
		insert_new(space, entry, right);
	}
	right->port = NULL;
	*name = machipc_entry_name(entry);
	return KERN_SUCCESS;
}

/**
 * machipc_right_insert() - put a right into a space under a chosen name
 * @space: the space
 * @name: the name, neither MACH_PORT_NULL nor MACH_PORT_DEAD
 * @right: the right; on success it has no port any more
 *
 * Context: &machipc_space.lock held, the space is active; may sleep.
 * Return: KERN_SUCCESS. KERN_FAILURE, KERN_NO_SPACE, KERN_RESOURCE_SHORTAGE:
 * the name cannot be had. KERN_RIGHT_EXISTS: the space knows the port under
 * another name. KERN_NAME_EXISTS: the name denotes something else.
 * KERN_INVALID_CAPABILITY: the port is dead. On failure the right is still the
 * caller's.
 */
int machipc_right_insert(struct machipc_space *space, u32 name,
			 struct machipc_right *right)
{
	struct machipc_port *port = right->port;
	struct machipc_entry *entry = NULL;
	struct machipc_entry *known = NULL;
	bool taken;
	int kr;

	lockdep_assert_held(&space->lock);

	kr = machipc_entry_alloc_name(space, name, &entry);
	if (kr)
		return kr;
	taken = !entry->type;
	if (right->type != MACH_MSG_TYPE_PORT_SEND_ONCE) {
		known = find_entry(space, port);
		if (known && machipc_right_is_dead(space, known))
			known = NULL;
	}
	if (known && known != entry)
		kr = KERN_RIGHT_EXISTS;
	else if (!known && !taken)
		kr = KERN_NAME_EXISTS;
	else if (!known && machipc_port_dead(port))
		kr = KERN_INVALID_CAPABILITY;
	if (kr) {
		if (taken)
			machipc_entry_free(space, entry);
		return kr;
	}
	if (known)
		merge(space, known, right);
	else
		insert_new(space, entry, right);
	right->port = NULL;
	return KERN_SUCCESS;
}

/**
 * machipc_right_release() - destroy a right that is in no space
 * @right: the right, or what is left of one; it has no port any more
 * @reap: gets the messages of a port that dies
 *
 * Context: May sleep, no spinlock held.
 */
void machipc_right_release(struct machipc_right *right,
			   struct machipc_reap *reap)
{
	struct machipc_port *port = right->port;

	if (!port)
		return;
	right->port = NULL;
	switch (right->type) {
	case MACH_MSG_TYPE_PORT_SEND:
		machipc_right_release_send(port);
		break;
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		release_send_once(port);
		break;
	case MACH_MSG_TYPE_PORT_RECEIVE:
		machipc_port_leave_transit(port);
		machipc_port_destroy(port, reap);
		break;
	}
}

/**
 * machipc_right_consume() - end the right that a message was delivered with
 * @right: a send or send-once right; it has no port any more
 *
 * A send-once right that was used dies without a notification.
 *
 * Context: May sleep, no spinlock held.
 */
void machipc_right_consume(struct machipc_right *right)
{
	struct machipc_port *port = right->port;

	if (!port)
		return;
	right->port = NULL;
	if (right->type == MACH_MSG_TYPE_PORT_SEND)
		machipc_right_release_send(port);
	else
		forget_send_once(port);
}

/**
 * machipc_right_destroy() - free a name and all that it denotes
 * @space: the space
 * @entry: an entry in use
 * @reap: gets the messages of a port that dies
 *
 * Context: &machipc_space.lock held; dropped and not taken again.
 */
void machipc_right_destroy(struct machipc_space *space,
			   struct machipc_entry *entry,
			   struct machipc_reap *reap)
{
	u32 name = machipc_entry_name(entry);
	struct machipc_port *port = entry->port;
	struct machipc_port *deleted = NULL;
	struct machipc_port *nosenders = NULL;
	struct machipc_pset *pset = entry->pset;
	u8 type = entry->type;
	u32 mscount = 0;

	lockdep_assert_held(&space->lock);

	if (type & MACHIPC_ENTRY_PORT) {
		if (machipc_right_is_dead(space, entry))
			type = MACHIPC_ENTRY_DEAD_NAME;
		else
			deleted = forget_entry(space, entry);
	}
	if (!(type & MACHIPC_ENTRY_PORT))
		machipc_entry_free(space, entry);
	if (type & MACHIPC_ENTRY_RECEIVE) {
		spin_lock(&port->lock);
		if (type & MACHIPC_ENTRY_SEND)
			port->srights--;
		if (type & MACHIPC_ENTRY_SEND && !port->srights) {
			nosenders = port->nsreq;
			port->nsreq = NULL;
			mscount = port->mscount;
		}
		port->receiver = NULL;
		WRITE_ONCE(port->name, 0);
		spin_unlock(&port->lock);
	}
	mutex_unlock(&space->lock);

	switch (type) {
	case MACHIPC_ENTRY_SEND:
		machipc_right_release_send(port);
		break;
	case MACHIPC_ENTRY_SEND_ONCE:
		release_send_once(port);
		break;
	case MACHIPC_ENTRY_PORT_SET:
		machipc_pset_destroy(pset);
		break;
	case MACHIPC_ENTRY_RECEIVE:
	case MACHIPC_ENTRY_RECEIVE | MACHIPC_ENTRY_SEND:
		machipc_port_destroy(port, reap);
		break;
	}
	if (nosenders)
		machipc_notify_no_senders(nosenders, mscount);
	machipc_notify_port_deleted(deleted, name);
}
