/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entries of a space: what a name denotes.
 */
#ifndef _MACHIPC_ENTRY_H
#define _MACHIPC_ENTRY_H

#include <linux/bits.h>
#include <linux/lockdep.h>
#include <linux/types.h>

#include "hot.h"
#include "mach.h"
#include "space.h"

struct machipc_port;
struct machipc_pset;
struct machipc_request;

/**
 * DOC: Names
 *
 * A name is an index into the table of entries, in its upper 24 bits, and the
 * generation of that entry in the lower 8. An entry that is freed goes to the
 * front of the free list, and its next user gets a generation that is 4
 * higher, so a stale name is recognized for 64 rounds. The table grows by
 * chunks that never move. Entries that were never used are not on the free
 * list: they are taken in ascending order when the list is empty.
 */

#define MACHIPC_GEN_STEP	4
#define MACHIPC_GEN_INITIAL	0xff

/* Bits of &machipc_entry.type: MACH_PORT_TYPE_* shifted right by 16. */
#define MACHIPC_ENTRY_SEND	BIT(MACH_PORT_RIGHT_SEND)
#define MACHIPC_ENTRY_RECEIVE	BIT(MACH_PORT_RIGHT_RECEIVE)
#define MACHIPC_ENTRY_SEND_ONCE	BIT(MACH_PORT_RIGHT_SEND_ONCE)
#define MACHIPC_ENTRY_PORT_SET	BIT(MACH_PORT_RIGHT_PORT_SET)
#define MACHIPC_ENTRY_DEAD_NAME	BIT(MACH_PORT_RIGHT_DEAD_NAME)
#define MACHIPC_ENTRY_PORT	(MACHIPC_ENTRY_SEND | MACHIPC_ENTRY_RECEIVE | \
				 MACHIPC_ENTRY_SEND_ONCE)

/**
 * struct machipc_entry - what one name denotes
 * @port: the port, with a reference, if @type has a bit of MACHIPC_ENTRY_PORT
 * @pset: the port set, with a reference, if @type is MACHIPC_ENTRY_PORT_SET
 * @request: dead-name or send-possible request, or NULL
 * @next: index of the next entry in the hash chain (@type has
 *	MACHIPC_ENTRY_SEND) or in the free list (@type is 0 and @used)
 * @prev: index of the one before it, 0 if it is the first
 * @urefs: user references of a send right or a dead name, else 1
 * @type: MACHIPC_ENTRY_* bits, 0 if free
 * @gen: generation
 * @used: the entry was in use once
 * @index: index of this entry; constant
 *
 * All is protected by &machipc_space.lock.
 */
struct machipc_entry {
	union {
		struct machipc_port *port;
		struct machipc_pset *pset;
	};
	struct machipc_request *request;
	u32 next;
	u32 prev;
	u16 urefs;
	u8 type;
	u8 gen;
	u32 index : 24;
	u32 used : 1;
};

/* A chunk is one page. */
#define MACHIPC_CHUNK_SHIFT	7
#define MACHIPC_CHUNK_ENTRIES	BIT(MACHIPC_CHUNK_SHIFT)

/* The entry of an index, used or not, or NULL if there is none yet. */
static inline struct machipc_entry *
machipc_entry_at(struct machipc_space *space, u32 index)
{
	struct machipc_entry *chunk;

	if (index >> MACHIPC_CHUNK_SHIFT >= space->nr_chunks)
		return NULL;
	chunk = space->chunks[index >> MACHIPC_CHUNK_SHIFT];
	return chunk ? &chunk[index & (MACHIPC_CHUNK_ENTRIES - 1)] : NULL;
}

/**
 * machipc_entry_lookup() - find what a name denotes
 * @space: the space
 * @name: the name
 *
 * Context: &machipc_space.lock held.
 * Return: the entry, or NULL if there is no such name.
 */
static inline struct machipc_entry *
machipc_entry_lookup(struct machipc_space *space, u32 name)
{
	u32 chunk = name >> 8 >> MACHIPC_CHUNK_SHIFT;
	struct machipc_entry *entry;

	lockdep_assert_held(&space->lock);

	if (chunk >= space->nr_chunks || !space->chunks[chunk])
		return NULL;
	entry = &space->chunks[chunk][name >> 8 & (MACHIPC_CHUNK_ENTRIES - 1)];
	if (unlikely(!entry->type || entry->gen != (name & 0xff)))
		return NULL;
	return entry;
}

static inline u32 machipc_entry_name(const struct machipc_entry *entry)
{
	return (u32)entry->index << 8 | entry->gen;
}

struct machipc_entry *machipc_entry_next(struct machipc_space *space,
					 u32 index);
struct machipc_entry *machipc_entry_slot(struct machipc_space *space,
					 u32 index);
u32 machipc_entry_table_size(struct machipc_space *space, u32 *step);
struct machipc_entry *machipc_entry_find(struct machipc_space *space,
					 struct machipc_port *port);
machipc_hot
int machipc_space_reserve(struct machipc_space *space);
machipc_hot
struct machipc_entry *machipc_entry_alloc(struct machipc_space *space);
int machipc_entry_alloc_name(struct machipc_space *space, u32 name,
			     struct machipc_entry **entryp);
machipc_hot
void machipc_entry_free(struct machipc_space *space,
			struct machipc_entry *entry);
void machipc_entry_hash(struct machipc_space *space,
			struct machipc_entry *entry);
void machipc_entry_unhash(struct machipc_space *space,
			  struct machipc_entry *entry);

int machipc_entry_reserve_hash(struct machipc_space *space);
void machipc_entry_free_table(struct machipc_space *space);

#endif
