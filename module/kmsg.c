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
#include "space.h"

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

/* The caller has bounded @size and @nr_descs: the sum does not overflow. */
static size_t kmsg_bytes(u32 size, u32 nr_descs)
{
	return sizeof(struct machipc_kmsg) +
	       (size_t)nr_descs * sizeof(struct machipc_desc) +
	       size + MACH_MSG_MAX_TRAILER_SIZE;
}

static struct machipc_kmsg *alloc(u32 size, u32 nr_descs, gfp_t gfp)
{
	size_t bytes = kmsg_bytes(size, nr_descs);
	struct machipc_kmsg *kmsg;

	if (bytes <= SMALL_SIZE)
		kmsg = kmem_cache_alloc(small_cache, gfp);
	else
		kmsg = kvmalloc(bytes, gfp);
	if (!kmsg)
		return NULL;
	memset(kmsg, 0, bytes - size - MACH_MSG_MAX_TRAILER_SIZE);
	INIT_LIST_HEAD(&kmsg->node);
	kmsg->size = size;
	kmsg->nr_descs = nr_descs;
	kmsg->descs = (struct machipc_desc *)(kmsg + 1);
	kmsg->data = (u8 *)(kmsg->descs + nr_descs);
	kmsg->bytes = bytes;
	machipc_count(MACHIPC_KMSGS, 1);
	return kmsg;
}

/**
 * machipc_kmsg_alloc() - make an empty kmsg for a user's message
 * @sender: the space that sends it, and pays for it
 * @size: size of the message without trailer, at most MACH_MSG_SEND_SIZE_MAX
 * @nr_descs: number of descriptors, which all fit into @size
 *
 * The data is not initialized.
 *
 * Context: May sleep.
 * Return: the kmsg, or NULL if there is no memory or the sender's user has too
 * much in transit.
 */
struct machipc_kmsg *machipc_kmsg_alloc(struct machipc_space *sender, u32 size,
					u32 nr_descs)
{
	struct machipc_kmsg *kmsg;
	size_t bytes = kmsg_bytes(size, nr_descs);

	if (!machipc_user_charge_bytes(sender->user, &sender->bytes, bytes))
		return NULL;
	kmsg = alloc(size, nr_descs, GFP_KERNEL_ACCOUNT);
	if (!kmsg) {
		machipc_user_uncharge_bytes(sender->user, &sender->bytes,
					    bytes);
		return NULL;
	}
	kmsg->sender = machipc_space_get(sender);
	return kmsg;
}

/**
 * machipc_kmsg_alloc_kernel() - make a kmsg for a message of the kernel
 * @size: size of the message without trailer, small enough for the cache
 * @nr_descs: number of descriptors
 *
 * Notices and replies of the kernel must not be lost for want of memory, and
 * a destruction that causes one must not fail. There are at most as many as
 * there are send-once rights, so the allocation is bounded.
 *
 * Context: May sleep.
 * Return: the kmsg; its data and trailer are zero.
 */
struct machipc_kmsg *machipc_kmsg_alloc_kernel(u32 size, u32 nr_descs)
{
	struct machipc_kmsg *kmsg;

	WARN_ON_ONCE(kmsg_bytes(size, nr_descs) > SMALL_SIZE);
	kmsg = alloc(size, nr_descs, GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	kmsg->token.kernel = true;
	memset(kmsg->data, 0, size + MACH_MSG_MAX_TRAILER_SIZE);
	return kmsg;
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
	size_t bytes = kmsg->bytes;

	if (bytes <= SMALL_SIZE)
		kmem_cache_free(small_cache, kmsg);
	else
		kvfree(kmsg);
	machipc_count(MACHIPC_KMSGS, -1);
	if (sender) {
		machipc_user_uncharge_bytes(sender->user, &sender->bytes,
					    bytes);
		machipc_space_put(sender);
	}
}
