// SPDX-License-Identifier: GPL-2.0
/*
 * Storage of messages in transit.
 *
 * Small messages come from a cache of fixed objects that hold the structure,
 * a few descriptors, the data and the largest trailer; larger ones are
 * allocated to measure. A kmsg that is freed here carries no right any more:
 * right.c has released them.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "debug.h"
#include "kmsg.h"
#include "limits.h"
#include "memory.h"
#include "space.h"
#include "trace.h"

#define SMALL_SIZE	448

static struct kmem_cache *small_cache;

int machipc_kmsg_cache_create(void)
{
	/* Only message data is ever copied to or from user space. */
	small_cache = kmem_cache_create_usercopy("machipc_kmsg", SMALL_SIZE, 0,
						 SLAB_ACCOUNT,
						 sizeof(struct machipc_kmsg),
						 SMALL_SIZE -
						 sizeof(struct machipc_kmsg),
						 NULL);
	return small_cache ? 0 : -ENOMEM;
}

void machipc_kmsg_cache_destroy(void)
{
	kmem_cache_destroy(small_cache);
}

static size_t head_bytes(u32 nr_descs, bool ilp32)
{
	return sizeof(struct machipc_kmsg) +
	       (size_t)nr_descs * (sizeof(struct machipc_desc) +
				   (ilp32 ? MACHIPC_DESC_GROWTH : 0));
}

/* The caller has bounded @size and @nr_descs: the sum does not overflow. */
static size_t kmsg_bytes(u32 size, u32 nr_descs, bool ilp32)
{
	return head_bytes(nr_descs, ilp32) + size + MACH_MSG_MAX_TRAILER_SIZE;
}

/* Sets up memory that has room for the head, the message and a trailer. */
static void setup(struct machipc_kmsg *kmsg, u32 size, u32 nr_descs,
		  bool ilp32)
{
	size_t head = head_bytes(nr_descs, ilp32);

	memset(kmsg, 0, head);
	INIT_LIST_HEAD(&kmsg->node);
	kmsg->size = size;
	kmsg->ilp32 = ilp32;
	kmsg->nr_descs = nr_descs;
	kmsg->descs = (struct machipc_desc *)(kmsg + 1);
	kmsg->data = (u8 *)kmsg + head;
	kmsg->bytes = head + size + MACH_MSG_MAX_TRAILER_SIZE;
	kmsg->small = kmsg->bytes <= SMALL_SIZE;
	machipc_count(MACHIPC_KMSGS, 1);
}

static struct machipc_kmsg *alloc(size_t bytes, gfp_t gfp)
{
	if (bytes <= SMALL_SIZE)
		return kmem_cache_alloc(small_cache, gfp);
	/* The size is the user's: running short is no news for the log. */
	return kvmalloc(bytes, gfp | __GFP_NOWARN);
}

/* A space keeps one small kmsg of those that it has sent, for the next one. */
static struct machipc_kmsg *take_spare(struct machipc_space *space)
{
	return READ_ONCE(space->spare) ? xchg(&space->spare, NULL) : NULL;
}

static bool keep_spare(struct machipc_space *space, struct machipc_kmsg *kmsg)
{
	return !READ_ONCE(space->spare) &&
	       !cmpxchg(&space->spare, NULL, kmsg);
}

/**
 * machipc_kmsg_drop_spare() - free what a space has kept for its next message
 * @space: a space that is being freed
 */
void machipc_kmsg_drop_spare(struct machipc_space *space)
{
	struct machipc_kmsg *kmsg = take_spare(space);

	if (kmsg)
		kmem_cache_free(small_cache, kmsg);
}

/**
 * machipc_kmsg_alloc() - make an empty kmsg for a user's message, or for the
 *	reply to one
 * @sender: the space that sends it, and pays for it
 * @size: size of the message without trailer, at most MACH_MSG_SEND_SIZE_MAX
 * @nr_descs: number of descriptors, which all fit into @size
 * @ilp32: the sender is a 32-bit program
 *
 * The data is not initialized.
 *
 * Context: May sleep.
 * Return: the kmsg, or NULL if there is no memory or the sender's user has too
 * much in transit.
 */
struct machipc_kmsg *machipc_kmsg_alloc(struct machipc_space *sender, u32 size,
					u32 nr_descs, bool ilp32)
{
	size_t bytes = kmsg_bytes(size, nr_descs, ilp32);
	struct machipc_kmsg *kmsg = NULL;

	if (!machipc_user_charge_bytes(sender->user, &sender->bytes, bytes))
		return NULL;
	if (bytes <= SMALL_SIZE)
		kmsg = take_spare(sender);
	if (!kmsg)
		kmsg = alloc(bytes, GFP_KERNEL_ACCOUNT);
	if (!kmsg) {
		machipc_user_uncharge_bytes(sender->user, &sender->bytes,
					    bytes);
		return NULL;
	}
	setup(kmsg, size, nr_descs, ilp32);
	kmsg->sender = machipc_space_get(sender);
	return kmsg;
}

/**
 * machipc_kmsg_alloc_kernel() - make a kmsg for a message of the kernel
 * @size: size of the message without trailer, small enough for the cache
 * @nr_descs: number of descriptors
 *
 * A notice must not be lost for want of memory, and a destruction that causes
 * one must not fail. There are at most as many as there are send-once rights,
 * so the allocation is bounded.
 *
 * Context: May sleep.
 * Return: the kmsg; its data and trailer are zero.
 */
struct machipc_kmsg *machipc_kmsg_alloc_kernel(u32 size, u32 nr_descs)
{
	size_t bytes = kmsg_bytes(size, nr_descs, false);
	struct machipc_kmsg *kmsg;

	WARN_ON_ONCE(bytes > SMALL_SIZE);
	kmsg = alloc(bytes, GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	setup(kmsg, size, nr_descs, false);
	kmsg->token.kernel = true;
	memset(kmsg->data, 0, size + MACH_MSG_MAX_TRAILER_SIZE);
	return kmsg;
}

/**
 * machipc_kmsg_charge() - have somebody pay for a message of the kernel
 * @kmsg: the message
 * @payer: the user whose port it goes to, or NULL for a port of the kernel
 *
 * It is never refused, but counts: a user with too much in transit can neither
 * send nor make send-once rights that cause more of these.
 */
void machipc_kmsg_charge(struct machipc_kmsg *kmsg, struct machipc_user *payer)
{
	if (!payer)
		return;
	kmsg->payer = machipc_user_get(payer);
	machipc_user_force_bytes(payer, kmsg->bytes);
}

/**
 * machipc_kmsg_charge_memory() - account for memory that a message will carry
 * @kmsg: a message that is being made, with a sender
 * @size: how much
 *
 * Return: false if the sender's user has too much in transit.
 */
bool machipc_kmsg_charge_memory(struct machipc_kmsg *kmsg, size_t size)
{
	struct machipc_space *sender = kmsg->sender;

	if (!machipc_user_charge_bytes(sender->user, &sender->bytes, size))
		return false;
	kmsg->bytes += size;
	return true;
}

/**
 * machipc_kmsg_alloc_memory() - allocate memory that a message carries
 * @kmsg: a message that is being made, with a sender
 * @size: how much, not 0
 *
 * It is charged like the message and freed with it, once a descriptor has it.
 *
 * Context: May sleep.
 * Return: the memory, not initialized; NULL if there is none or the sender's
 * user has too much in transit.
 */
void *machipc_kmsg_alloc_memory(struct machipc_kmsg *kmsg, size_t size)
{
	struct machipc_space *sender = kmsg->sender;
	void *memory;

	if (!machipc_kmsg_charge_memory(kmsg, size))
		return NULL;
	memory = kvmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!memory) {
		kmsg->bytes -= size;
		machipc_user_uncharge_bytes(sender->user, &sender->bytes,
					    size);
	}
	return memory;
}

/**
 * machipc_kmsg_alloc_pages() - allocate pages that a message carries
 * @kmsg: a message that is being made, with a sender
 * @nr: how many, not 0
 *
 * They are charged like the message.
 *
 * Context: May sleep.
 * Return: the pages, with a reference for @kmsg; NULL if there are none or the
 * sender's user has too much in transit.
 */
struct machipc_memory *machipc_kmsg_alloc_pages(struct machipc_kmsg *kmsg,
						u64 nr)
{
	if (nr > MACHIPC_MEMORY_PAGES_MAX ||
	    !machipc_kmsg_charge_memory(kmsg, nr << PAGE_SHIFT))
		return NULL;
	return machipc_memory_alloc(kmsg->sender, nr);
}

static void free_memory(struct machipc_kmsg *kmsg)
{
	struct machipc_desc *desc;

	for (desc = kmsg->descs; desc < kmsg->descs + kmsg->nr_descs; desc++) {
		if (desc->type != MACH_MSG_PORT_DESCRIPTOR && !desc->paged)
			kvfree(desc->memory);
	}
	machipc_memory_put(kmsg->memory);
}

/**
 * machipc_kmsg_free() - free a kmsg that holds no right
 * @kmsg: the kmsg
 *
 * Context: May sleep.
 */
void machipc_kmsg_free(struct machipc_kmsg *kmsg)
{
	struct machipc_space *sender = kmsg->sender;
	struct machipc_user *payer = kmsg->payer;
	size_t bytes = kmsg->bytes;

	trace_machipc_kmsg_free(kmsg);
	free_memory(kmsg);
	if (!kmsg->small)
		kvfree(kmsg);
	else if (!sender || !keep_spare(sender, kmsg))
		kmem_cache_free(small_cache, kmsg);
	machipc_count(MACHIPC_KMSGS, -1);
	if (sender) {
		machipc_user_uncharge_bytes(sender->user, &sender->bytes,
					    bytes);
		machipc_space_put(sender);
	}
	if (payer) {
		machipc_user_unforce_bytes(payer, bytes);
		machipc_user_put(payer);
	}
}
