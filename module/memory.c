// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of messages: filled by the sender, mapped for the receiver.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "large.h"
#include "limits.h"
#include "mach.h"
#include "mapper.h"
#include "memory.h"
#include "pool.h"
#include "space.h"

/*
 * Pages that are allocated together, as that costs more than the pages it gets,
 * and so may be copied together.
 */
#define RUN		8U
#define ORDER		ilog2(RUN)

/* Pages that are released at a time. */
#define BATCH		64

/* The structure of a message with no more is kept for the next one. */
#define KEPT_PAGES	32U

/* What is copied for a write to memory that was made larger than the message. */
static struct page *zeros;

int machipc_memory_init(void)
{
	zeros = alloc_page(GFP_KERNEL | __GFP_ZERO);
	return zeros ? 0 : -ENOMEM;
}

void machipc_memory_exit(void)
{
	__free_page(zeros);
}

/*
 * Allocates a few pages, at most @nr; returns how many, 0 if there are none.
 * Nobody is killed for them, see machipc_alloc_large().
 */
static u32 alloc_some(struct page **pages, u32 nr)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	struct page *page = NULL;
	u32 i, got = 1;

	if (nr >= RUN) {
		page = alloc_pages(gfp | __GFP_NORETRY, ORDER);
		if (page) {
			split_page(page, ORDER);
			got = RUN;
		}
	}
	if (!page)
		page = alloc_page(gfp | __GFP_RETRY_MAYFAIL);
	if (!page)
		return 0;
	for (i = 0; i < got; i++)
		pages[i] = page + i;
	return got;
}

/* Gets pages that hold anything. */
static bool alloc_region(struct machipc_memory *memory, u32 first, u32 nr)
{
	struct page **pages = memory->pages + first;
	u32 done, got;

	done = machipc_pool_take(memory->pool, pages, nr);
	for (; done < nr; done += got) {
		got = alloc_some(pages + done, nr - done);
		if (!got || fatal_signal_pending(current))
			return false;
		cond_resched();
	}
	return true;
}

/* Threads that send for the first time agree on one pool. */
static struct machipc_pool *find_pool(struct machipc_space *space)
{
	struct machipc_pool *pool, *other;

	/* Pairs with the cmpxchg() below. */
	pool = smp_load_acquire(&space->pool);
	if (pool)
		return pool;
	pool = machipc_pool_create(space->user);
	if (!pool)
		return NULL;
	other = cmpxchg(&space->pool, NULL, pool);
	if (!other)
		return pool;
	machipc_pool_close(pool);
	return other;
}

/* Gets what is kept for the next message, or more of it. */
static struct machipc_memory *alloc_struct(struct machipc_pool *pool, u32 nr)
{
	struct machipc_memory *memory = xchg(&pool->kept, NULL);
	u32 room = max(nr, KEPT_PAGES);

	if (memory && nr <= memory->room) {
		room = memory->room;
		memset(memory, 0, struct_size(memory, pages, nr));
	} else {
		kvfree(memory);
		memory = machipc_alloc_large(struct_size(memory, pages, room),
					     __GFP_ZERO);
	}
	if (memory)
		memory->room = room;
	return memory;
}

static void free_struct(struct machipc_memory *memory,
			struct machipc_pool *pool)
{
	if (memory->room > KEPT_PAGES || cmpxchg(&pool->kept, NULL, memory))
		kvfree(memory);
}

/**
 * machipc_memory_alloc() - make memory for a message
 * @sender: the space that sends it
 * @nr: pages of all of its regions, not 0; the caller has accounted for them
 *
 * There are no pages yet: machipc_memory_read() gets them.
 *
 * Context: May sleep.
 * Return: the memory with a reference for the caller, or NULL.
 */
struct machipc_memory *machipc_memory_alloc(struct machipc_space *sender,
					    u32 nr)
{
	struct machipc_pool *pool = find_pool(sender);
	struct machipc_memory *memory;

	if (!pool)
		return NULL;
	memory = alloc_struct(pool, nr);
	if (!memory)
		return NULL;
	refcount_set(&memory->refs, 1);
	memory->fresh = !READ_ONCE(sender->mapper);
	spin_lock_init(&memory->lock);
	memory->pool = machipc_pool_get(pool);
	memory->nr = nr;
	machipc_pool_expect(pool, nr);
	return memory;
}

/* Counts all pages as lent by @pool, once, unless that is too much. */
static bool lend(struct machipc_memory *memory, struct machipc_pool *pool)
{
	if (memory->lent)
		return true;
	if (atomic_long_add_return(memory->nr, &pool->lent) >
	    machipc_max_lent_pages()) {
		atomic_long_sub(memory->nr, &pool->lent);
		return false;
	}
	memory->lent = memory->nr;
	return true;
}

/**
 * machipc_memory_free() - free memory that is in no message and not mapped
 * @memory: the memory; see machipc_memory_put()
 *
 * Context: May sleep; mmap_lock may be held.
 */
void machipc_memory_free(struct machipc_memory *memory)
{
	struct machipc_pool *pool = memory->pool;

	if (memory->user) {
		machipc_user_uncharge_pages(memory->user, memory->charged);
		machipc_user_put(memory->user);
	}
	if (memory->lent)
		atomic_long_sub(memory->lent, &pool->lent);
	machipc_pool_give(pool, memory->pages, memory->nr);
	free_struct(memory, pool);
	machipc_pool_put(pool);
}

/*
 * Whether a page is the one @i pages behind another, and one pointer is good
 * for both.
 */
static inline bool adjoins(const struct page *page, const struct page *first,
			   u32 i)
{
	if (page_kasan_tag(page) != page_kasan_tag(first))
		return false;
	if (IS_ENABLED(CONFIG_SPARSEMEM) && !IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP))
		return page_to_pfn(page) == page_to_pfn(first) + i;
	return page == first + i;
}

/*
 * Bytes from @at on that adjoin each other, at most @size: pages that were
 * allocated together are copied together.
 */
static size_t run_length(struct machipc_memory *memory, u32 at, size_t size)
{
	struct page **page = memory->pages + at;
	u32 i, nr = min_t(size_t, PFN_UP(size), RUN);

	for (i = 1; i < nr && adjoins(page[i], page[0], i); i++)
		;
	return min_t(size_t, (size_t)i << PAGE_SHIFT, size);
}

static const struct vm_operations_struct memory_ops;

/*
 * The mapping that has a region, if the region is as it was received: where
 * there was no write there is no anonymous page.
 */
static struct vm_area_struct *find_untouched(u64 address, size_t size)
{
	struct vm_area_struct *vma = find_vma(current->mm, address);
	struct machipc_memory *source;

	if (!vma || vma->vm_start > address || vma->vm_ops != &memory_ops ||
	    vma->anon_vma || !(vma->vm_flags & VM_READ) ||
	    vma->vm_end - address < size)
		return NULL;
	source = vma->vm_private_data;
	return linear_page_index(vma, address) + PFN_UP(size) <= source->nr ?
	       vma : NULL;
}

/* Takes a reference to each page; returns how many there were in a row. */
static u32 get_pages(struct machipc_memory *source, pgoff_t first,
		     struct page **pages, u32 nr)
{
	u32 i;

	spin_lock(&source->lock);
	for (i = 0; i < nr && source->pages[first + i]; i++) {
		pages[i] = source->pages[first + i];
		get_page(pages[i]);
	}
	spin_unlock(&source->lock);
	return i;
}

static u32 get_all_pages(struct machipc_memory *memory,
			 struct machipc_memory *source, pgoff_t first)
{
	u32 done = 0, got;

	do {
		got = get_pages(source, first + done, memory->pages + done,
				min_t(u32, memory->nr - done, BATCH));
		done += got;
	} while (got && done < memory->nr);
	return done;
}

/* Whether what a region leaves of its last page shows nothing. */
static bool ends_in_zeros(struct machipc_memory *memory, size_t size)
{
	size_t used = offset_in_page(size);

	return !used ||
	       !memchr_inv(page_address(memory->pages[memory->nr - 1]) + used,
			   0, PAGE_SIZE - used);
}

/*
 * Memory that is sent on as it was received: pages of messages never change,
 * so they can be in several. They stay those of the process that sent them
 * first, which lends them once more.
 */
static bool share(struct machipc_memory *memory, u64 address, size_t size)
{
	struct machipc_pool *pool = NULL;
	struct vm_area_struct *vma;
	u32 done = 0;

	if (!PAGE_ALIGNED(address) || mmap_read_lock_killable(current->mm))
		return false;
	vma = find_untouched(address, size);
	if (vma) {
		struct machipc_memory *source = vma->vm_private_data;
		pgoff_t first = linear_page_index(vma, address);

		done = get_all_pages(memory, source,
				     array_index_nospec(first, source->nr));
		pool = machipc_pool_get(source->pool);
	}
	mmap_read_unlock(current->mm);
	if (done == memory->nr && ends_in_zeros(memory, size) &&
	    lend(memory, pool)) {
		swap(memory->pool, pool);
	} else {
		while (done--) {
			put_page(memory->pages[done]);
			memory->pages[done] = NULL;
		}
	}
	if (pool)
		machipc_pool_put(pool);
	return memory->pages[0];
}

/* A size that the compiler knows is not checked again at run time. */
static inline bool read_run(void *to, const void __user *from, size_t size)
{
	if (size == PAGE_SIZE)
		return !copy_from_user(to, from, PAGE_SIZE);
	if (size == RUN * PAGE_SIZE)
		return !copy_from_user(to, from, RUN * PAGE_SIZE);
	return !copy_from_user(to, from, size);
}

static bool read_region(struct machipc_memory *memory, u32 first,
			u64 address, size_t size)
{
	size_t done, step;
	void *to;

	for (done = 0; done < size; done += step) {
		u32 at = first + (done >> PAGE_SHIFT);

		step = run_length(memory, at, size - done);
		to = page_address(memory->pages[at]);
		if (!read_run(to, u64_to_user_ptr(address + done), step))
			return false;
		if (!PAGE_ALIGNED(step))
			memset(to + step, 0, PAGE_ALIGN(step) - step);
		cond_resched();
	}
	return true;
}

/**
 * machipc_memory_read() - get a region of the sender
 * @memory: the memory of the message
 * @first: index of the first page of the region
 * @address: where the region starts
 * @size: its size, not 0
 *
 * The region is copied, and what it leaves of its last page zeroed; or it
 * shares the pages of an earlier message, which it still is.
 *
 * Context: May sleep, no lock held.
 * Return: MACH_MSG_SUCCESS, MACH_SEND_INVALID_MEMORY or MACH_MSG_VM_KERNEL.
 */
int machipc_memory_read(struct machipc_memory *memory, u32 first, u64 address,
			size_t size)
{
	u32 nr = PFN_UP(size);

	if (nr == memory->nr && !memory->fresh &&
	    share(memory, address, size))
		return MACH_MSG_SUCCESS;
	if (!alloc_region(memory, first, nr))
		return MACH_MSG_VM_KERNEL;
	return read_region(memory, first, address, size) ?
	       MACH_MSG_SUCCESS : MACH_SEND_INVALID_MEMORY;
}

/**
 * machipc_memory_write() - copy pages into memory of the receiver
 * @memory: the memory, which is not mapped
 * @first: index of the first page
 * @address: where to
 * @size: how many bytes
 *
 * Context: May sleep, no lock held.
 * Return: false if the memory cannot be written.
 */
bool machipc_memory_write(struct machipc_memory *memory, u32 first,
			  u64 address, size_t size)
{
	size_t done, step;

	for (done = 0; done < size; done += step) {
		u32 at = first + (done >> PAGE_SHIFT);

		step = run_length(memory, at, size - done);
		if (copy_to_user(u64_to_user_ptr(address + done),
				 page_address(memory->pages[at]), step))
			return false;
		cond_resched();
	}
	return true;
}

/* ---- the mapping ---- */

/* The page of the message at @pgoff, NULL if there is none. */
static struct page *page_at(struct machipc_memory *memory, pgoff_t pgoff)
{
	lockdep_assert_held(&memory->lock);

	if (pgoff >= memory->nr)
		return NULL;
	/* The user has said how large the mapping is. */
	return memory->pages[array_index_nospec(pgoff, memory->nr)];
}

/*
 * Who reads where the message has no page gets the kernel's page of zeros, whose
 * mappings nobody counts. Who writes has a reference to ours while it is copied.
 */
static vm_fault_t memory_fault(struct vm_fault *vmf)
{
	struct machipc_memory *memory = vmf->vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	struct page *page;

	spin_lock(&memory->lock);
	page = page_at(memory, vmf->pgoff);
	if (!page && vmf->flags & FAULT_FLAG_WRITE)
		page = zeros;
	/* Forks count without a limit, and then the count may be negative. */
	if (page && (u32)page_count(page) < INT_MAX / 2) {
		get_page(page);
		vmf->page = page;
		ret = 0;
	}
	spin_unlock(&memory->lock);
	return page ? ret : machipc_insert_zeros(vmf);
}

/*
 * Remembers the new place of a mapping that is moved. Either place may go next:
 * the new one if the kernel has no memory to finish. The old one can also be
 * kept, and then gives the same pages on a fault.
 */
static void note_move(struct machipc_memory *memory, struct vm_area_struct *vma)
{
	spin_lock(&memory->lock);
	if (memory->nr_moved)
		memory->shared = true;
	memory->moved = vma->vm_pgoff;
	memory->nr_moved = vma_pages(vma);
	spin_unlock(&memory->lock);
}

/*
 * A mapping is split, moved, or copied by fork, and the new one is not in the
 * address space yet: a part that is split off lies in what is mapped, and a new
 * place does not. The operation mremap would not learn of a move that fails.
 */
static void memory_open(struct vm_area_struct *vma)
{
	struct machipc_memory *memory = vma->vm_private_data;
	bool shared;

	lockdep_assert_held_write(&vma->vm_mm->mmap_lock);
	refcount_inc(&memory->refs);
	spin_lock(&memory->lock);
	if (vma->vm_mm != memory->mm)
		memory->shared = true;
	shared = memory->shared;
	spin_unlock(&memory->lock);
	if (!shared &&
	    !find_vma_intersection(vma->vm_mm, vma->vm_start, vma->vm_end))
		note_move(memory, vma);
}

/*
 * Whether a mapping that goes was the only one of its pages. Either place of
 * one that was moved leaves the other.
 */
static bool was_only(struct machipc_memory *memory, pgoff_t first,
		     unsigned long nr)
{
	bool only;

	spin_lock(&memory->lock);
	only = !memory->nr_moved && !memory->shared;
	if (memory->nr_moved &&
	    (memory->moved != first || memory->nr_moved != nr))
		memory->shared = true;
	memory->nr_moved = 0;
	spin_unlock(&memory->lock);
	return only;
}

/*
 * Moves pages out; returns how many there were. One that is still in use stays,
 * and stays charged: a mapping that grew may have it too, a system call may
 * have pinned it, and a mapping that could not be made is closed before its
 * pages are unmapped.
 */
static u32 detach(struct machipc_memory *memory, u32 first, u32 nr,
		  struct page **pages)
{
	u32 i, got = 0;

	spin_lock(&memory->lock);
	for (i = first; i < first + nr; i++) {
		if (!memory->pages[i] || page_count(memory->pages[i]) > 1)
			continue;
		pages[got++] = memory->pages[i];
		memory->pages[i] = NULL;
	}
	memory->charged -= got;
	memory->lent -= got;
	spin_unlock(&memory->lock);
	return got;
}

/* Gives up pages that no mapping has any more. */
static void release_part(struct machipc_memory *memory, pgoff_t first,
			 unsigned long nr)
{
	struct page *pages[BATCH];
	pgoff_t end = min_t(pgoff_t, first + nr, memory->nr);
	u32 got;

	for (; first < end; first += BATCH) {
		got = detach(memory, first, min_t(pgoff_t, end - first, BATCH),
			     pages);
		machipc_user_uncharge_pages(memory->user, got);
		atomic_long_sub(got, &memory->pool->lent);
		machipc_pool_give(memory->pool, pages, got);
	}
}

static void memory_close(struct vm_area_struct *vma)
{
	struct machipc_memory *memory = vma->vm_private_data;
	unsigned long nr = vma_pages(vma);

	if (refcount_read(&memory->refs) > 1 &&
	    was_only(memory, vma->vm_pgoff, nr))
		release_part(memory, vma->vm_pgoff, nr);
	machipc_memory_put(memory);
}

/* It has one, so a core dump contains it. */
static const char *memory_name(struct vm_area_struct *vma)
{
	return "[machipc]";
}

static const struct vm_operations_struct memory_ops = {
	.open	= memory_open,
	.close	= memory_close,
	.fault	= memory_fault,
	.name	= memory_name,
};

/* Called while the mapping is made, see machipc_mapper_map(). */
static int attach(struct vm_area_struct *vma, void *data)
{
	struct machipc_memory *memory = data;
	unsigned long done, left, step;
	int ret;

	for (done = 0; done < memory->nr; done += step) {
		step = min_t(unsigned long, memory->nr - done, PTRS_PER_PTE);
		left = step;
		ret = vm_insert_pages(vma, vma->vm_start + done * PAGE_SIZE,
				      memory->pages + done, &left);
		if (ret)
			return ret;
		cond_resched();
	}
	refcount_inc(&memory->refs);
	memory->mm = vma->vm_mm;
	vma->vm_private_data = memory;
	vma->vm_ops = &memory_ops;
	/*
	 * These pages are never reclaimed, so it need not be known which were
	 * read. It is not known of the copies that writes make either.
	 */
	machipc_vma_set_flags(vma, VM_SEQ_READ);
	return 0;
}

static bool charge(struct machipc_memory *memory, struct machipc_user *user)
{
	if (!lend(memory, memory->pool) ||
	    !machipc_user_charge_pages(user, memory->nr))
		return false;
	memory->user = machipc_user_get(user);
	memory->charged = memory->nr;
	return true;
}

/**
 * machipc_memory_map() - give the receiver a mapping of all pages
 * @memory: memory of a message that is being received
 * @receiver: the receiver's space, which the current thread belongs to
 * @address: where to put its address
 *
 * Context: May sleep, no lock held.
 * Return: false if the receiver has to make do with a copy: that is so if too
 * much is mapped, if the receiver wants all of its memory locked, which this
 * is only until it is written, and if there is no room.
 */
bool machipc_memory_map(struct machipc_memory *memory,
			struct machipc_space *receiver, u64 *address)
{
	unsigned long addr;

	if (READ_ONCE(current->mm->def_flags) & VM_LOCKED ||
	    !charge(memory, receiver->user))
		return false;
	addr = machipc_mapper_map(receiver, memory->nr * PAGE_SIZE, attach,
				  memory);
	if (!IS_ERR_VALUE(addr)) {
		*address = addr;
		return true;
	}
	machipc_user_uncharge_pages(memory->user, memory->charged);
	machipc_user_put(memory->user);
	memory->user = NULL;
	return false;
}
