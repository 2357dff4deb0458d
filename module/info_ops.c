// SPDX-License-Identifier: GPL-2.0
/*
 * mach_port_* calls for those who look into a space to find a mistake.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "attr_ops.h"
#include "entry.h"
#include "info_ops.h"
#include "large.h"
#include "port.h"
#include "right.h"
#include "space.h"

#define GENERATION_MASK	0xff

static void read_info(struct machipc_space *space,
		      struct machipc_space_info *info)
{
	u32 step;

	lockdep_assert_held(&space->lock);

	memset(info, 0, sizeof(*info));
	info->genno_mask = GENERATION_MASK;
	info->table_size = machipc_entry_table_size(space, &step);
	info->table_next = info->table_size + step;
	info->inuse = space->nr_names;
}

/**
 * machipc_space_basic_info() - tell how large a space is
 * @space: the space
 * @info: where to put it
 *
 * Return: kern_return_t, as all of these functions.
 */
int machipc_space_basic_info(struct machipc_space *space,
			     struct machipc_space_info *info)
{
	int kr = KERN_INVALID_TASK;

	mutex_lock(&space->lock);
	if (space->active) {
		read_info(space, info);
		kr = KERN_SUCCESS;
	}
	mutex_unlock(&space->lock);
	return kr;
}

static void read_slot(struct machipc_space *space, u32 index,
		      struct machipc_slot_info *slot)
{
	struct machipc_entry *entry = machipc_entry_slot(space, index);

	memset(slot, 0, sizeof(*slot));
	slot->name = index << 8 | MACHIPC_GEN_INITIAL;
	if (!entry)
		return;
	slot->name = machipc_entry_name(entry);
	slot->type = machipc_right_type(entry);
	if (!entry->type)
		slot->next = entry->next;
	else if (entry->type != MACHIPC_ENTRY_RECEIVE &&
		 entry->type != MACHIPC_ENTRY_PORT_SET)
		slot->urefs = entry->urefs;
}

/* Fills the table if there is room for all slots; says how many there are. */
static int read_table(struct machipc_space *space,
		      struct machipc_space_info *info,
		      struct machipc_slot_info *table, u32 room)
{
	int kr = KERN_INVALID_TASK;
	u32 i;

	mutex_lock(&space->lock);
	if (!space->active)
		goto out_unlock;
	kr = KERN_SUCCESS;
	read_info(space, info);
	if (info->table_size > room)
		goto out_unlock;
	for (i = 0; i < info->table_size; i++)
		read_slot(space, i, &table[i]);

out_unlock:
	mutex_unlock(&space->lock);
	return kr;
}

/**
 * machipc_space_info() - show the table of names of a space
 * @space: the space
 * @info: where to put its size
 * @table: where to put the table, free slots included, NULL on failure; to be
 *	freed by kvfree()
 * @room: where to put how many slots it has room for
 */
int machipc_space_info(struct machipc_space *space,
		       struct machipc_space_info *info,
		       struct machipc_slot_info **table, u32 *room)
{
	int kr;

	*table = NULL;
	*room = 0;
	for (;;) {
		kr = read_table(space, info, *table, *room);
		if (!kr && info->table_size <= *room)
			break;
		kvfree(*table);
		*table = NULL;
		if (kr)
			return kr;
		if (fatal_signal_pending(current))
			return KERN_ABORTED;
		*room = info->table_next;
		*table = machipc_alloc_large(array_size(*room, sizeof(**table)),
					     0);
		if (!*table)
			return KERN_RESOURCE_SHORTAGE;
	}
	/* The number of names in use is for the other call. */
	info->inuse = 0;
	return KERN_SUCCESS;
}

/* Looks a name up in a space that may be dead. */
static int find_name(struct machipc_space *space, u32 name,
		     struct machipc_entry **entry)
{
	lockdep_assert_held(&space->lock);
	if (!space->active)
		return KERN_INVALID_TASK;
	*entry = machipc_entry_lookup(space, name);
	return *entry ? KERN_SUCCESS : KERN_INVALID_NAME;
}

/**
 * machipc_dnrequest_info() - count the requests that names of a port have
 * @space: the space
 * @name: name of its receive right
 * @total: where to put the size that Mach's table of them would have
 * @used: where to put how many there are
 */
int machipc_dnrequest_info(struct machipc_space *space, u32 name, u32 *total,
			   u32 *used)
{
	struct machipc_entry *entry;
	int kr;

	mutex_lock(&space->lock);
	kr = find_name(space, name, &entry);
	if (kr)
		goto out_unlock;
	if (entry->type & MACHIPC_ENTRY_RECEIVE) {
		spin_lock(&entry->port->lock);
		*total = machipc_requests_size_locked(entry->port);
		*used = entry->port->nr_requests;
		spin_unlock(&entry->port->lock);
	} else {
		kr = KERN_INVALID_RIGHT;
	}
out_unlock:
	mutex_unlock(&space->lock);
	return kr;
}

/**
 * machipc_get_kobject() - tell what object of the kernel a port stands for
 * @space: the space
 * @name: name of a send or receive right
 * @type: where to put the kind, 0 for an ordinary port
 */
int machipc_get_kobject(struct machipc_space *space, u32 name, u32 *type)
{
	struct machipc_entry *entry;
	int kr;

	mutex_lock(&space->lock);
	kr = find_name(space, name, &entry);
	if (kr)
		goto out_unlock;
	if (!machipc_right_is_dead(space, entry) &&
	    entry->type & (MACHIPC_ENTRY_SEND | MACHIPC_ENTRY_RECEIVE))
		*type = entry->port->kobject;
	else
		kr = KERN_INVALID_RIGHT;
out_unlock:
	mutex_unlock(&space->lock);
	return kr;
}
