// SPDX-License-Identifier: GPL-2.0
/*
 * mach_port_* calls on names and port sets.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/sort.h>

#include "entry.h"
#include "kmsg.h"
#include "large.h"
#include "mqueue.h"
#include "port.h"
#include "port_ops.h"
#include "pset.h"
#include "right.h"
#include "space.h"

/**
 * struct newborn - what a new name will denote
 * @type: MACHIPC_ENTRY_*
 * @port: the port, if @type is MACHIPC_ENTRY_RECEIVE
 * @pset: the set, if @type is MACHIPC_ENTRY_PORT_SET
 *
 * All that can fail for lack of memory is done before the name exists.
 */
struct newborn {
	u8 type;
	struct machipc_port *port;
	struct machipc_pset *pset;
};

static int conceive(struct machipc_space *space, u32 right,
		    struct newborn *newborn)
{
	newborn->port = NULL;
	newborn->pset = NULL;
	switch (right) {
	case MACH_PORT_RIGHT_RECEIVE:
		newborn->port = machipc_port_alloc(space->user,
						   MACHIPC_KOBJECT_NONE);
		if (!newborn->port)
			return KERN_RESOURCE_SHORTAGE;
		break;
	case MACH_PORT_RIGHT_PORT_SET:
		newborn->pset = machipc_pset_alloc();
		if (!newborn->pset)
			return KERN_RESOURCE_SHORTAGE;
		break;
	case MACH_PORT_RIGHT_DEAD_NAME:
		break;
	default:
		return KERN_INVALID_VALUE;
	}
	newborn->type = 1 << right;
	return KERN_SUCCESS;
}

static void abort_birth(struct newborn *newborn)
{
	if (newborn->port)
		machipc_port_put(newborn->port);
	if (newborn->pset)
		machipc_pset_put(newborn->pset);
}

static void publish(struct machipc_space *space, struct machipc_entry *entry,
		    struct newborn *newborn)
{
	entry->type = newborn->type;
	if (newborn->pset)
		entry->pset = newborn->pset;
	if (!newborn->port)
		return;
	entry->port = newborn->port;
	machipc_right_set_receiver(space, entry);
}

static int give_birth(struct machipc_space *space, struct newborn *newborn,
		      struct machipc_entry **entry)
{
	int kr;

	if (!space->active)
		return KERN_INVALID_TASK;
	kr = machipc_space_reserve(space);
	if (kr)
		return kr;
	*entry = machipc_entry_alloc(space);
	publish(space, *entry, newborn);
	return KERN_SUCCESS;
}

/**
 * machipc_allocate() - make a receive right, port set or dead name
 * @space: the space
 * @right: MACH_PORT_RIGHT_*
 * @name: where to put its name
 *
 * Return: kern_return_t, as all of these functions.
 */
int machipc_allocate(struct machipc_space *space, u32 right, u32 *name)
{
	struct machipc_entry *entry;
	struct newborn newborn;
	int kr;

	kr = conceive(space, right, &newborn);
	if (kr)
		return kr;
	mutex_lock(&space->lock);
	kr = give_birth(space, &newborn, &entry);
	if (!kr)
		*name = machipc_entry_name(entry);
	mutex_unlock(&space->lock);
	if (kr)
		abort_birth(&newborn);
	return kr;
}

static int give_birth_name(struct machipc_space *space,
			   struct newborn *newborn, u32 name)
{
	struct machipc_entry *entry;
	int kr;

	if (!space->active)
		return KERN_INVALID_TASK;
	kr = machipc_entry_alloc_name(space, name, &entry);
	if (kr)
		return kr;
	if (entry->type)
		return KERN_NAME_EXISTS;
	publish(space, entry, newborn);
	return KERN_SUCCESS;
}

/**
 * machipc_allocate_name() - the same under a name that the caller chose
 * @space: the space
 * @right: MACH_PORT_RIGHT_*. A dead name gets a name of the kernel's choice,
 *	as it always has (P-48)
 * @name: the name; on success the one that it is
 */
int machipc_allocate_name(struct machipc_space *space, u32 right, u32 *name)
{
	struct newborn newborn;
	int kr;

	if (!mach_port_valid(*name))
		return KERN_INVALID_VALUE;
	if (right == MACH_PORT_RIGHT_DEAD_NAME)
		return machipc_allocate(space, right, name);
	kr = conceive(space, right, &newborn);
	if (kr)
		return kr;
	mutex_lock(&space->lock);
	kr = give_birth_name(space, &newborn, *name);
	mutex_unlock(&space->lock);
	if (kr)
		abort_birth(&newborn);
	return kr;
}

static void apply_options(struct machipc_port *port, u32 flags, u32 qlimit,
			  u64 context)
{
	port->context = context;
	port->guarded = flags & MPO_CONTEXT_AS_GUARD;
	port->strict = port->guarded && flags & MPO_STRICT;
	if (flags & MPO_QLIMIT)
		port->qlimit = qlimit;
	if (flags & MPO_TEMPOWNER)
		port->temp_owner = true;
	if (flags & (MPO_TEMPOWNER | MPO_IMPORTANCE_RECEIVER |
		     MPO_DENAP_RECEIVER))
		port->importance = true;
	if (flags & MPO_INSERT_SEND_RIGHT) {
		port->srights = 1;
		port->mscount = 1;
	}
}

/**
 * machipc_construct() - make a receive right with attributes
 * @space: the space
 * @flags: MPO_*; unknown ones are ignored
 * @qlimit: queue limit, with MPO_QLIMIT
 * @context: context or guard
 * @name: where to put its name
 */
int machipc_construct(struct machipc_space *space, u32 flags, u32 qlimit,
		      u64 context, u32 *name)
{
	struct machipc_entry *entry;
	struct newborn newborn;
	int kr;

	kr = conceive(space, MACH_PORT_RIGHT_RECEIVE, &newborn);
	if (kr)
		return kr;
	if (flags & MPO_QLIMIT && qlimit > MACH_PORT_QLIMIT_MAX) {
		abort_birth(&newborn);
		return KERN_INVALID_VALUE;
	}
	/* Nobody else can see the port yet. */
	apply_options(newborn.port, flags, qlimit, context);

	mutex_lock(&space->lock);
	kr = give_birth(space, &newborn, &entry);
	if (!kr) {
		if (flags & MPO_INSERT_SEND_RIGHT) {
			entry->type |= MACHIPC_ENTRY_SEND;
			machipc_entry_hash(space, entry);
		}
		*name = machipc_entry_name(entry);
	}
	mutex_unlock(&space->lock);
	if (kr)
		abort_birth(&newborn);
	return kr;
}

/**
 * machipc_type() - tell what a name denotes
 * @space: the space
 * @name: the name
 * @type: where to put the MACH_PORT_TYPE_* bits
 */
int machipc_type(struct machipc_space *space, u32 name, u32 *type)
{
	struct machipc_entry *entry;
	int kr = KERN_INVALID_NAME;

	if (name == MACH_PORT_NULL)
		return KERN_INVALID_NAME;
	if (name == MACH_PORT_DEAD) {
		*type = mach_port_type(MACH_PORT_RIGHT_DEAD_NAME);
		return KERN_SUCCESS;
	}
	mutex_lock(&space->lock);
	if (!space->active) {
		kr = KERN_INVALID_TASK;
		goto out_unlock;
	}
	entry = machipc_entry_lookup(space, name);
	if (entry) {
		machipc_right_is_dead(space, entry);
		*type = machipc_right_type(entry) &
			~(MACH_PORT_TYPE_SPREQUEST |
			  MACH_PORT_TYPE_SPREQUEST_DELAYED);
		kr = KERN_SUCCESS;
	}

out_unlock:
	mutex_unlock(&space->lock);
	return kr;
}

/**
 * machipc_names() - list all names of a space
 * @space: the space
 * @names: where to put the names
 * @types: where to put their types
 * @capacity: how many there is room for
 * @count: where to put how many there are; if it exceeds @capacity the lists
 *	are not complete
 */
int machipc_names(struct machipc_space *space, u32 *names, u32 *types,
		  u32 capacity, u32 *count)
{
	struct machipc_entry *entry;
	u32 index = 1;
	u32 n = 0;
	int kr = KERN_INVALID_TASK;

	mutex_lock(&space->lock);
	if (!space->active)
		goto out_unlock;
	*count = space->nr_names;
	kr = KERN_SUCCESS;
	if (*count > capacity)
		goto out_unlock;
	while ((entry = machipc_entry_next(space, index))) {
		names[n] = machipc_entry_name(entry);
		types[n++] = machipc_right_type(entry);
		index = entry->index + 1;
	}

out_unlock:
	mutex_unlock(&space->lock);
	return kr;
}

/*
 * Locks the space and finds a member and a set, looking both up before either
 * is checked. On success the space stays locked. A set's name of
 * MACH_PORT_NULL is accepted if @optional, and gives NULL.
 */
static int lock_member(struct machipc_space *space, u32 name, u32 pset_name,
		       bool optional, struct machipc_port **port,
		       struct machipc_pset **pset)
{
	bool none = optional && pset_name == MACH_PORT_NULL;
	struct machipc_entry *member;
	struct machipc_entry *set = NULL;
	int kr;

	if (!mach_port_valid(name) || (!none && !mach_port_valid(pset_name)))
		return KERN_INVALID_RIGHT;
	mutex_lock(&space->lock);
	kr = KERN_INVALID_TASK;
	if (!space->active)
		goto err_unlock;
	kr = KERN_INVALID_NAME;
	member = machipc_entry_lookup(space, name);
	if (!none)
		set = machipc_entry_lookup(space, pset_name);
	/* A move looks at the member's right before it looks for the set. */
	if (!member || (!optional && !set))
		goto err_unlock;
	kr = KERN_INVALID_RIGHT;
	if (!(member->type & MACHIPC_ENTRY_RECEIVE))
		goto err_unlock;
	kr = KERN_INVALID_NAME;
	if (!none && !set)
		goto err_unlock;
	kr = KERN_INVALID_RIGHT;
	if (set && set->type != MACHIPC_ENTRY_PORT_SET)
		goto err_unlock;
	*port = member->port;
	*pset = set ? set->pset : NULL;
	return KERN_SUCCESS;

err_unlock:
	mutex_unlock(&space->lock);
	return kr;
}

/**
 * machipc_insert_member() - make a port a member of a set
 * @space: the space
 * @name: name of a receive right
 * @pset: name of a set
 */
int machipc_insert_member(struct machipc_space *space, u32 name, u32 pset)
{
	struct machipc_port *port;
	struct machipc_pset *set;
	int kr;

	kr = lock_member(space, name, pset, false, &port, &set);
	if (kr)
		return kr;
	kr = machipc_pset_join(set, port);
	mutex_unlock(&space->lock);
	return kr;
}

/**
 * machipc_extract_member() - end the membership of a port in a set
 * @space: the space
 * @name: name of a receive right
 * @pset: name of a set
 */
int machipc_extract_member(struct machipc_space *space, u32 name, u32 pset)
{
	struct machipc_port *port;
	struct machipc_pset *set;
	int kr;

	kr = lock_member(space, name, pset, false, &port, &set);
	if (kr)
		return kr;
	kr = machipc_pset_leave(set, port);
	mutex_unlock(&space->lock);
	return kr;
}

/**
 * machipc_move_member() - make a port a member of one set only, or of none
 * @space: the space
 * @name: name of a receive right
 * @pset: name of a set, or MACH_PORT_NULL
 */
int machipc_move_member(struct machipc_space *space, u32 name, u32 pset)
{
	struct machipc_port *port;
	struct machipc_pset *set;
	int kr;

	kr = lock_member(space, name, pset, true, &port, &set);
	if (kr)
		return kr;
	kr = machipc_pset_move(set, port);
	mutex_unlock(&space->lock);
	return kr;
}

static int compare_names(const void *a, const void *b)
{
	u32 x = *(const u32 *)a;
	u32 y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/**
 * machipc_get_set_status() - list the members of a set
 * @space: the space
 * @name: name of a set
 * @names: where to put the names of the members
 * @capacity: how many there is room for
 * @count: where to put how many there are; if it exceeds @capacity the list is
 *	not complete
 */
int machipc_get_set_status(struct machipc_space *space, u32 name, u32 *names,
			   u32 capacity, u32 *count)
{
	struct machipc_entry *entry;
	int kr;

	if (!mach_port_valid(name))
		return KERN_INVALID_RIGHT;
	mutex_lock(&space->lock);
	kr = KERN_INVALID_TASK;
	if (!space->active)
		goto out_unlock;
	kr = KERN_INVALID_NAME;
	entry = machipc_entry_lookup(space, name);
	if (!entry)
		goto out_unlock;
	kr = KERN_INVALID_RIGHT;
	if (entry->type != MACHIPC_ENTRY_PORT_SET)
		goto out_unlock;
	*count = machipc_pset_names(entry->pset, names, capacity);
	kr = KERN_SUCCESS;

out_unlock:
	mutex_unlock(&space->lock);
	if (!kr && *count <= capacity)
		sort(names, *count, sizeof(*names), compare_names, NULL);
	return kr;
}

static int alloc_list(u32 **list, u32 room)
{
	kvfree(*list);
	*list = machipc_alloc_large(array_size(room, sizeof(**list)), 0);
	return *list ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

/*
 * Decides whether to list once more with more room: a list may grow between
 * the call that says how long it is and the one that makes it. Room for a few
 * more bounds the rounds that a list takes which others lengthen all the time.
 */
static bool is_complete(struct machipc_lists *lists, u32 capacity)
{
	if (lists->count <= lists->room || lists->count > capacity)
		return true;
	lists->room = lists->count + lists->count / 8;
	return false;
}

/**
 * machipc_list_names() - list all names of a space into fresh memory
 * @space: the space
 * @capacity: how many names are of use to the caller
 * @lists: where to put the lists; not complete if there are more than
 *	@capacity. To be freed by machipc_lists_free(), also on failure
 */
int machipc_list_names(struct machipc_space *space, u32 capacity,
		       struct machipc_lists *lists)
{
	int kr;

	memset(lists, 0, sizeof(*lists));
	for (;;) {
		kr = machipc_names(space, lists->names, lists->types,
				   lists->room, &lists->count);
		if (kr || is_complete(lists, capacity))
			return kr;
		if (fatal_signal_pending(current))
			return KERN_ABORTED;
		kr = alloc_list(&lists->names, lists->room);
		if (!kr)
			kr = alloc_list(&lists->types, lists->room);
		if (kr)
			return kr;
	}
}

/**
 * machipc_list_members() - list the members of a set into fresh memory
 * @space: the space
 * @name: name of a set
 * @capacity: how many names are of use to the caller
 * @lists: as for machipc_list_names(), without types
 */
int machipc_list_members(struct machipc_space *space, u32 name, u32 capacity,
			 struct machipc_lists *lists)
{
	int kr;

	memset(lists, 0, sizeof(*lists));
	for (;;) {
		kr = machipc_get_set_status(space, name, lists->names,
					    lists->room, &lists->count);
		if (kr || is_complete(lists, capacity))
			return kr;
		if (fatal_signal_pending(current))
			return KERN_ABORTED;
		kr = alloc_list(&lists->names, lists->room);
		if (kr)
			return kr;
	}
}

/**
 * machipc_lists_free() - free lists of names
 * @lists: the lists; none is left
 */
void machipc_lists_free(struct machipc_lists *lists)
{
	kvfree(lists->names);
	kvfree(lists->types);
	lists->names = NULL;
	lists->types = NULL;
}
