// SPDX-License-Identifier: GPL-2.0
/*
 * The table of entries, and the hash that finds the send right for a port.
 */
#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "debug.h"
#include "entry.h"
#include "hot.h"
#include "large.h"
#include "limits.h"
#include "space.h"

#define MIN_BUCKETS	16U

/**
 * machipc_entry_next() - walk the entries in ascending order
 * @space: the space
 * @index: lowest index of interest
 *
 * Context: &machipc_space.lock held.
 * Return: the first entry in use from @index on, or NULL.
 */
struct machipc_entry *machipc_entry_next(struct machipc_space *space,
					 u32 index)
{
	struct machipc_entry *entry;

	lockdep_assert_held(&space->lock);

	while (index < space->end) {
		entry = machipc_entry_at(space, index);
		if (!entry) {
			index = (index | (MACHIPC_CHUNK_ENTRIES - 1)) + 1;
			continue;
		}
		if (entry->type)
			return entry;
		index++;
	}
	return NULL;
}

/**
 * machipc_entry_slot() - find an entry by its index, in use or not
 * @space: the space
 * @index: the index
 *
 * Context: &machipc_space.lock held.
 * Return: the entry, or NULL if there is no memory for it yet.
 */
struct machipc_entry *machipc_entry_slot(struct machipc_space *space,
					 u32 index)
{
	lockdep_assert_held(&space->lock);

	return machipc_entry_at(space, index);
}

/**
 * machipc_entry_table_size() - how many slots the table has
 * @space: the space
 * @step: where to put by how many it grows
 *
 * Slots behind the last one that was ever used are of no interest, but those
 * that came with it are.
 *
 * Context: &machipc_space.lock held.
 */
u32 machipc_entry_table_size(struct machipc_space *space, u32 *step)
{
	lockdep_assert_held(&space->lock);

	*step = MACHIPC_CHUNK_ENTRIES;
	return max_t(u32, round_up(space->end, MACHIPC_CHUNK_ENTRIES), MACHIPC_CHUNK_ENTRIES);
}

static int grow_chunks(struct machipc_space *space, u32 nr)
{
	struct machipc_entry **chunks;

	nr = max(nr, space->nr_chunks * 2);
	chunks = machipc_alloc_large(array_size(nr, sizeof(*chunks)),
				     __GFP_ZERO);
	if (!chunks)
		return KERN_RESOURCE_SHORTAGE;
	if (space->nr_chunks)
		memcpy(chunks, space->chunks,
		       space->nr_chunks * sizeof(*chunks));
	kvfree(space->chunks);
	space->chunks = chunks;
	space->nr_chunks = nr;
	return KERN_SUCCESS;
}

/* Makes sure that there is memory for the entry at @index. */
static int populate(struct machipc_space *space, u32 index)
{
	u32 nr = index >> MACHIPC_CHUNK_SHIFT;
	struct machipc_entry *chunk;
	u32 i;
	int kr;

	if (machipc_entry_at(space, index))
		return KERN_SUCCESS;
	if (index > machipc_max_names())
		return KERN_NO_SPACE;
	if (nr >= space->nr_chunks) {
		kr = grow_chunks(space, nr + 1);
		if (kr)
			return kr;
	}
	chunk = kcalloc(MACHIPC_CHUNK_ENTRIES, sizeof(*chunk), GFP_KERNEL_ACCOUNT);
	if (!chunk)
		return KERN_RESOURCE_SHORTAGE;
	for (i = 0; i < MACHIPC_CHUNK_ENTRIES; i++) {
		chunk[i].index = (nr << MACHIPC_CHUNK_SHIFT) + i;
		chunk[i].gen = MACHIPC_GEN_INITIAL;
	}
	space->chunks[nr] = chunk;
	return KERN_SUCCESS;
}

/**
 * machipc_space_reserve() - make sure that there is a free name
 * @space: the space
 *
 * Context: &machipc_space.lock held; may sleep.
 * Return: KERN_SUCCESS: the next machipc_entry_alloc() will not fail.
 * KERN_NO_SPACE: the space is full. KERN_RESOURCE_SHORTAGE: no memory.
 */
int machipc_space_reserve(struct machipc_space *space)
{
	struct machipc_entry *entry;
	int kr;

	lockdep_assert_held(&space->lock);

	if (space->nr_names >= machipc_max_names())
		return KERN_NO_SPACE;
	if (space->free)
		return KERN_SUCCESS;
	for (;;) {
		kr = populate(space, space->fresh);
		if (kr)
			return kr;
		entry = machipc_entry_at(space, space->fresh);
		if (!entry->used)
			return KERN_SUCCESS;
		space->fresh++;
	}
}

machipc_hot
static void unlink_free(struct machipc_space *space,
			struct machipc_entry *entry)
{
	if (entry->prev)
		machipc_entry_at(space, entry->prev)->next = entry->next;
	else
		space->free = entry->next;
	if (entry->next)
		machipc_entry_at(space, entry->next)->prev = entry->prev;
	entry->next = 0;
	entry->prev = 0;
}

static void take(struct machipc_space *space, struct machipc_entry *entry,
		 u8 gen)
{
	entry->gen = gen;
	entry->used = 1;
	entry->urefs = 1;
	space->end = max(space->end, (u32)entry->index + 1);
	space->nr_names++;
	machipc_count(MACHIPC_NAMES, 1);
}

/**
 * machipc_entry_alloc() - take the next free name
 * @space: the space, in which machipc_space_reserve() has succeeded
 *
 * The caller sets the type and the object before it drops the lock.
 *
 * Context: &machipc_space.lock held since machipc_space_reserve().
 * Return: the entry, with one user reference.
 */
struct machipc_entry *machipc_entry_alloc(struct machipc_space *space)
{
	struct machipc_entry *entry;

	lockdep_assert_held(&space->lock);

	if (space->free) {
		entry = machipc_entry_at(space, space->free);
		unlink_free(space, entry);
	} else {
		entry = machipc_entry_at(space, space->fresh++);
	}
	take(space, entry, entry->gen + MACHIPC_GEN_STEP);
	return entry;
}

/**
 * machipc_entry_alloc_name() - find or take a name that the caller chose
 * @space: the space
 * @name: the name, neither MACH_PORT_NULL nor MACH_PORT_DEAD
 * @entryp: where to put the entry. If its type is 0 it was free and is taken
 *	now, with one user reference
 *
 * Context: &machipc_space.lock held; may sleep.
 * Return: KERN_SUCCESS. KERN_FAILURE: the name cannot be had (P-6, P-9).
 * KERN_NO_SPACE: it is beyond the limit (P-11). KERN_RESOURCE_SHORTAGE: no
 * memory.
 */
int machipc_entry_alloc_name(struct machipc_space *space, u32 name,
			     struct machipc_entry **entryp)
{
	u32 index = name >> 8;
	struct machipc_entry *entry;
	int kr;

	lockdep_assert_held(&space->lock);

	if (!index)
		return KERN_FAILURE;
	kr = populate(space, index);
	if (kr)
		return kr;
	entry = machipc_entry_at(space, index);
	*entryp = entry;
	if (entry->type)
		return entry->gen == (name & 0xff) ? KERN_SUCCESS :
						     KERN_FAILURE;
	if (space->nr_names >= machipc_max_names())
		return KERN_NO_SPACE;
	if (entry->used)
		unlink_free(space, entry);
	take(space, entry, name & 0xff);
	return KERN_SUCCESS;
}

/**
 * machipc_entry_free() - give a name back
 * @space: the space
 * @entry: the entry, from which the caller has taken what it denoted
 *
 * Context: &machipc_space.lock held.
 */
void machipc_entry_free(struct machipc_space *space,
			struct machipc_entry *entry)
{
	lockdep_assert_held(&space->lock);

	if (entry->type & MACHIPC_ENTRY_SEND)
		machipc_entry_unhash(space, entry);
	entry->port = NULL;
	entry->request = NULL;
	entry->type = 0;
	entry->prev = 0;
	entry->next = space->free;
	if (space->free)
		machipc_entry_at(space, space->free)->prev = entry->index;
	space->free = entry->index;
	space->nr_names--;
	machipc_count(MACHIPC_NAMES, -1);
}

static u32 *bucket(struct machipc_space *space, struct machipc_port *port)
{
	return &space->buckets[hash_ptr(port, ilog2(space->nr_buckets))];
}

/**
 * machipc_entry_find() - find the send right that a space has for a port
 * @space: the space
 * @port: the port
 *
 * Context: &machipc_space.lock held.
 * Return: the entry, or NULL.
 */
struct machipc_entry *machipc_entry_find(struct machipc_space *space,
					 struct machipc_port *port)
{
	struct machipc_entry *entry;
	u32 index;

	lockdep_assert_held(&space->lock);

	if (!space->nr_hashed)
		return NULL;
	for (index = *bucket(space, port); index; index = entry->next) {
		entry = machipc_entry_at(space, index);
		if (entry->port == port)
			return entry;
	}
	return NULL;
}

static void hash_insert(struct machipc_space *space,
			struct machipc_entry *entry)
{
	u32 *head = bucket(space, entry->port);

	entry->prev = 0;
	entry->next = *head;
	if (*head)
		machipc_entry_at(space, *head)->prev = entry->index;
	*head = entry->index;
}

/* Failure is harmless: the chains of the present table get longer. */
static void resize_hash(struct machipc_space *space, u32 nr_buckets)
{
	u32 *old = space->buckets;
	u32 old_nr = space->nr_buckets;
	struct machipc_entry *entry;
	u32 *buckets;
	u32 i, index;

	buckets = machipc_alloc_large(array_size(nr_buckets, sizeof(*buckets)),
				      __GFP_ZERO);
	if (!buckets)
		return;
	space->buckets = buckets;
	space->nr_buckets = nr_buckets;
	for (i = 0; i < old_nr; i++) {
		for (index = old[i]; index; ) {
			entry = machipc_entry_at(space, index);
			index = entry->next;
			hash_insert(space, entry);
		}
	}
	kvfree(old);
}

/**
 * machipc_entry_reserve_hash() - allocate the first hash table of a space
 * @space: the space
 *
 * Return: KERN_SUCCESS or KERN_RESOURCE_SHORTAGE.
 */
int machipc_entry_reserve_hash(struct machipc_space *space)
{
	resize_hash(space, MIN_BUCKETS);
	return space->buckets ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

/**
 * machipc_entry_hash() - make the send right of an entry findable
 * @space: the space
 * @entry: an entry whose type has just got MACHIPC_ENTRY_SEND
 *
 * Context: &machipc_space.lock held; may sleep.
 */
void machipc_entry_hash(struct machipc_space *space,
			struct machipc_entry *entry)
{
	lockdep_assert_held(&space->lock);

	if (space->nr_hashed >= space->nr_buckets)
		resize_hash(space, space->nr_buckets * 2);
	hash_insert(space, entry);
	space->nr_hashed++;
}

/**
 * machipc_entry_unhash() - undo machipc_entry_hash()
 * @space: the space
 * @entry: an entry that loses its send right
 *
 * Context: &machipc_space.lock held.
 */
void machipc_entry_unhash(struct machipc_space *space,
			  struct machipc_entry *entry)
{
	lockdep_assert_held(&space->lock);

	if (entry->prev)
		machipc_entry_at(space, entry->prev)->next = entry->next;
	else
		*bucket(space, entry->port) = entry->next;
	if (entry->next)
		machipc_entry_at(space, entry->next)->prev = entry->prev;
	entry->next = 0;
	entry->prev = 0;
	space->nr_hashed--;
}

/**
 * machipc_entry_free_table() - free the memory of a space's names
 * @space: a space without names that is dead, or was never seen
 */
void machipc_entry_free_table(struct machipc_space *space)
{
	u32 i;

	for (i = 0; i < space->nr_chunks; i++)
		kfree(space->chunks[i]);
	kvfree(space->chunks);
	kvfree(space->buckets);
	space->chunks = NULL;
	space->nr_chunks = 0;
	space->buckets = NULL;
	space->free = 0;
	space->end = 0;
}
