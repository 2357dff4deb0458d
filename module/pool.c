// SPDX-License-Identifier: GPL-2.0
/*
 * Keeping pages, and giving them up.
 */
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "large.h"
#include "limits.h"
#include "pool.h"

/* Larger messages are rare, and their pages are better used elsewhere. */
#define KEEP_MAX	(SZ_32M >> PAGE_SHIFT)

/* Pages that were not needed for one to two of these are freed. */
#define TRIM_PERIOD	HZ

/* Pages that are freed at a time. */
#define BATCH		32U

/* Those that are not closed. The lock is outside that of a pool. */
static LIST_HEAD(pools);
static DEFINE_SPINLOCK(pools_lock);

static struct shrinker *shrinker;

static void free_all(struct page **pages, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (pages[i])
			put_page(pages[i]);
	}
	cond_resched();
}

/* Removes up to @nr pages; returns how many there were. */
static u32 remove(struct machipc_pool *pool, struct page **pages, u32 nr)
{
	lockdep_assert_held(&pool->lock);

	nr = min(nr, pool->nr);
	if (!nr)
		return 0;
	WRITE_ONCE(pool->nr, pool->nr - nr);
	pool->idle = min(pool->idle, pool->nr);
	/* From the end, in order: pages that adjoin each other stay so. */
	memcpy(pages, pool->pages + pool->nr, nr * sizeof(*pages));
	machipc_user_uncharge_pages(pool->user, nr);
	return nr;
}

/* Frees @count pages, or all that there are. */
static void drain(struct machipc_pool *pool, u32 count)
{
	struct page *pages[BATCH];
	u32 nr;

	do {
		spin_lock(&pool->lock);
		nr = remove(pool, pages, min(count, BATCH));
		spin_unlock(&pool->lock);
		free_all(pages, nr);
		count -= nr;
	} while (nr);
}

static void trim(struct work_struct *work)
{
	struct machipc_pool *pool = container_of(to_delayed_work(work),
						 struct machipc_pool, trim);
	u32 idle;

	spin_lock(&pool->lock);
	idle = pool->idle;
	pool->idle = pool->nr - idle;
	if (pool->idle)
		queue_delayed_work(system_power_efficient_wq, &pool->trim,
				   TRIM_PERIOD);
	spin_unlock(&pool->lock);
	drain(pool, idle);
}

static unsigned long count_kept(struct shrinker *self,
				struct shrink_control *control)
{
	struct machipc_pool *pool;
	unsigned long kept = 0;

	spin_lock(&pools_lock);
	list_for_each_entry(pool, &pools, node)
		kept += READ_ONCE(pool->nr);
	spin_unlock(&pools_lock);
	return kept ? kept : SHRINK_EMPTY;
}

/* Removes up to @nr pages of the first pool that has some. */
static u32 remove_any(struct page **pages, u32 nr)
{
	struct machipc_pool *pool;
	u32 got = 0;

	spin_lock(&pools_lock);
	list_for_each_entry(pool, &pools, node) {
		spin_lock(&pool->lock);
		got = remove(pool, pages, nr);
		spin_unlock(&pool->lock);
		if (!got)
			continue;
		/* Those before it have nothing, so it is the next one too. */
		list_rotate_to_front(&pool->node, &pools);
		break;
	}
	spin_unlock(&pools_lock);
	return got;
}

static unsigned long free_kept(struct shrinker *self,
			       struct shrink_control *control)
{
	struct page *pages[BATCH];
	unsigned long freed = 0;
	u32 nr;

	do {
		nr = remove_any(pages, min_t(unsigned long, BATCH,
					     control->nr_to_scan - freed));
		free_all(pages, nr);
		freed += nr;
	} while (nr && freed < control->nr_to_scan);
	return freed ? freed : SHRINK_STOP;
}

int machipc_pool_init(void)
{
	shrinker = machipc_shrinker_create("machipc-pool", count_kept,
					   free_kept);
	return shrinker ? 0 : -ENOMEM;
}

void machipc_pool_exit(void)
{
	machipc_shrinker_destroy(shrinker);
}

/**
 * machipc_pool_create() - make an empty pool
 * @user: who pays for what it keeps; outlives machipc_pool_close()
 *
 * Context: May sleep.
 * Return: the pool with a reference for the caller, or NULL.
 */
struct machipc_pool *machipc_pool_create(struct machipc_user *user)
{
	struct machipc_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL_ACCOUNT);

	if (!pool)
		return NULL;
	refcount_set(&pool->refs, 1);
	INIT_DELAYED_WORK(&pool->trim, trim);
	spin_lock_init(&pool->lock);
	pool->user = user;
	spin_lock(&pools_lock);
	list_add_tail(&pool->node, &pools);
	spin_unlock(&pools_lock);
	return pool;
}

/**
 * machipc_pool_close() - free what a pool keeps, for good
 * @pool: the pool; the reference is consumed
 *
 * Context: May sleep, no lock held.
 */
void machipc_pool_close(struct machipc_pool *pool)
{
	spin_lock(&pools_lock);
	list_del(&pool->node);
	spin_unlock(&pools_lock);

	spin_lock(&pool->lock);
	pool->closed = true;
	spin_unlock(&pool->lock);
	cancel_delayed_work_sync(&pool->trim);
	drain(pool, U32_MAX);
	machipc_pool_put(pool);
}

/**
 * machipc_pool_put() - release a reference
 * @pool: the pool
 */
void machipc_pool_put(struct machipc_pool *pool)
{
	if (!refcount_dec_and_test(&pool->refs))
		return;
	kvfree(pool->kept);
	kvfree(pool->pages);
	kfree(pool);
}

/**
 * machipc_pool_expect() - make room for the pages of a message
 * @pool: the pool of the sender, who pays for the room
 * @nr: how many pages the message has
 *
 * Context: May sleep.
 */
void machipc_pool_expect(struct machipc_pool *pool, u32 nr)
{
	struct page **pages;

	nr = min_t(u32, nr, KEEP_MAX);
	if (READ_ONCE(pool->room) >= nr)
		return;
	pages = machipc_alloc_large(array_size(nr, sizeof(*pages)), 0);
	if (!pages)
		return;
	spin_lock(&pool->lock);
	if (pool->room < nr) {
		if (pool->nr)
			memcpy(pages, pool->pages, pool->nr * sizeof(*pages));
		swap(pool->pages, pages);
		WRITE_ONCE(pool->room, nr);
	}
	spin_unlock(&pool->lock);
	kvfree(pages);
}

/**
 * machipc_pool_take() - get pages from a pool
 * @pool: the pool
 * @pages: where to put them
 * @nr: how many are wanted
 *
 * Return: how many there were. The caller has the only reference to each, and
 * overwrites what is in it.
 */
u32 machipc_pool_take(struct machipc_pool *pool, struct page **pages, u32 nr)
{
	spin_lock(&pool->lock);
	nr = remove(pool, pages, nr);
	spin_unlock(&pool->lock);
	return nr;
}

/* None of them is a part of a larger page. */
static inline bool is_exclusive(const struct page *page)
{
	return page && page_ref_count(page) == 1;
}

/*
 * Drops the pages that somebody else still uses, through a pin or a mapping
 * of a forked process. What is left is the caller's alone: nobody can get a
 * reference to it, except for a moment and without looking at it.
 */
static u32 keep_exclusive(struct page **pages, u32 nr)
{
	u32 i, kept = 0;

	/* Usually that is none of them. */
	while (kept < nr && is_exclusive(pages[kept]))
		kept++;
	for (i = kept; i < nr; i++) {
		if (is_exclusive(pages[i]))
			pages[kept++] = pages[i];
		else if (pages[i])
			put_page(pages[i]);
	}
	return kept;
}

/**
 * machipc_pool_give() - give pages to a pool
 * @pool: the pool of the process that allocated them
 * @pages: the pages, which may be NULL, with a reference each; consumed
 * @nr: how many
 *
 * What the pool does not keep is freed.
 *
 * Context: May sleep; mmap_lock may be held.
 */
void machipc_pool_give(struct machipc_pool *pool, struct page **pages, u32 nr)
{
	u32 kept = 0;

	nr = keep_exclusive(pages, nr);
	spin_lock(&pool->lock);
	if (!pool->closed)
		kept = min(nr, pool->room - pool->nr);
	if (kept && !machipc_user_charge_pages(pool->user, kept))
		kept = 0;
	if (kept) {
		memcpy(pool->pages + pool->nr, pages, kept * sizeof(*pages));
		WRITE_ONCE(pool->nr, pool->nr + kept);
		queue_delayed_work(system_power_efficient_wq, &pool->trim,
				   TRIM_PERIOD);
	}
	spin_unlock(&pool->lock);
	free_all(pages + kept, nr - kept);
}
