/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that messages carry in pages of its own.
 */
#ifndef _MACHIPC_MEMORY_H
#define _MACHIPC_MEMORY_H

#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct machipc_pool;
struct machipc_space;
struct machipc_user;
struct mm_struct;
struct page;

/**
 * DOC: Memory of messages
 *
 * Large regions are copied once, when they are sent, into pages that belong to
 * the message. The receiver gets these pages mapped, so that it neither copies
 * nor takes a fault to read them.
 *
 * The mapping is private. The pages are mapped for reading only, and the first
 * write to one gives the writer an anonymous copy, as it does for memory that
 * is shared with a child. So the pages never change once the message has been
 * sent: a forked child sees what its parent saw, and what was discarded comes
 * back as it was in the message. To the rest of the kernel they are ordinary
 * pages, which system calls may read, pin and pass on.
 *
 * So memory that is sent on untouched, all of it or a part, need not be copied
 * at all: the next message has the same pages.
 *
 * Pages of messages cannot be swapped. While they are mapped they count
 * against a limit of the receiver's user, and one of the sender; beyond it the
 * receiver gets a copy in anonymous memory instead. Those that are sent on
 * count against the limit of who sent them first; beyond it they are copied.
 */

/* Of one message, whatever the limits are: as many as one region may have. */
#define MACHIPC_MEMORY_PAGES_MAX	(SZ_4G >> PAGE_SHIFT)

/**
 * struct machipc_memory - pages of a message
 * @refs: the message, and each mapping
 * @pool: of the sender, where the pages come from and go
 * @user: who pays for the pages since they were mapped, with a reference; NULL
 *	before
 * @mm: where they were mapped first, only to be compared
 * @nr: elements of @pages; constant
 * @room: elements that there is room for; constant
 * @fresh: the sender has no memory that could be sent on; constant
 * @lock: protects what follows; a leaf
 * @shared: a page may be in more than one mapping, from now on
 * @charged: pages that @user pays for
 * @lent: pages that @pool counts as lent, from when they are mapped or sent on
 * @moved: index of the first page of a mapping that has two places while it is
 *	moved, or for longer
 * @nr_moved: how many pages that mapping has, 0 if there is none
 * @pages: the pages; NULL for those that were unmapped for good
 */
struct machipc_memory {
	refcount_t refs;
	struct machipc_pool *pool;
	struct machipc_user *user;
	struct mm_struct *mm;
	u32 nr;
	u32 room;
	bool fresh;
	spinlock_t lock;	/* a leaf */
	bool shared;
	u32 charged;
	u32 lent;
	pgoff_t moved;
	unsigned long nr_moved;
	struct page *pages[];
};

int machipc_memory_init(void);
void machipc_memory_exit(void);

struct machipc_memory *machipc_memory_alloc(struct machipc_space *sender,
					    u32 nr);
void machipc_memory_free(struct machipc_memory *memory);
int machipc_memory_read(struct machipc_memory *memory, u32 first, u64 address,
			size_t size);
bool machipc_memory_write(struct machipc_memory *memory, u32 first,
			  u64 address, size_t size);
bool machipc_memory_map(struct machipc_memory *memory,
			struct machipc_space *receiver, u64 *address);

/* Whether the receiver has a mapping: then there is nothing to be copied. */
static inline bool machipc_memory_mapped(const struct machipc_memory *memory)
{
	return memory->user;
}

static inline void machipc_memory_put(struct machipc_memory *memory)
{
	if (memory && refcount_dec_and_test(&memory->refs))
		machipc_memory_free(memory);
}

#endif
