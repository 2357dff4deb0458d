/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pools: pages that a process sends again.
 */
#ifndef _MACHIPC_POOL_H
#define _MACHIPC_POOL_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct machipc_memory;
struct machipc_user;
struct page;

/**
 * DOC: Pools
 *
 * Fresh pages are dear: most kernels clear each one, and each is charged. So
 * the pages of a message that was received and unmapped go back to the
 * process that sent it, which fills them anew. It keeps at most as many as its
 * largest message had, no more than it has needed at once for a while, and none
 * that the system is short of.
 *
 * A page in a pool has no other user: its count is one, and it is mapped
 * nowhere. It still has the bytes of an earlier message, so whoever takes it
 * overwrites all of them before anybody can see it.
 *
 * Pages are charged to the memory cgroup of the process that allocated them,
 * which is the one that the pool belongs to, while they are in a message, in
 * the memory of a receiver, or here.
 */

/**
 * struct machipc_pool - the pages that a process keeps
 * @node: in the list of pools; protected by pools_lock
 * @refs: the space, and the memory of messages that it has sent
 * @lent: pages that receivers have mapped, or sent on; each time counts
 * @trim: frees pages that were not needed for a while
 * @kept: a &struct machipc_memory for the next message, or NULL; exchanged
 *	atomically
 * @lock: protects all that follows; a leaf
 * @closed: the space has gone, nothing is kept any more
 * @user: who pays for @pages; not to be used once @closed is set
 * @nr: elements of @pages in use
 * @idle: the least that @nr has been since the last trim: as many pages were
 *	not needed
 * @room: elements that @pages has
 * @pages: the pages
 */
struct machipc_pool {
	struct list_head node;
	refcount_t refs;
	atomic_long_t lent;
	struct delayed_work trim;
	struct machipc_memory *kept;

	spinlock_t lock;	/* a leaf */
	bool closed;
	struct machipc_user *user;
	u32 nr;
	u32 idle;
	u32 room;
	struct page **pages;
};

int machipc_pool_init(void);
void machipc_pool_exit(void);

struct machipc_pool *machipc_pool_create(struct machipc_user *user);
void machipc_pool_close(struct machipc_pool *pool);
void machipc_pool_put(struct machipc_pool *pool);

void machipc_pool_expect(struct machipc_pool *pool, u32 nr);
u32 machipc_pool_take(struct machipc_pool *pool, struct page **pages, u32 nr);
void machipc_pool_give(struct machipc_pool *pool, struct page **pages, u32 nr);

static inline struct machipc_pool *machipc_pool_get(struct machipc_pool *pool)
{
	refcount_inc(&pool->refs);
	return pool;
}

#endif
