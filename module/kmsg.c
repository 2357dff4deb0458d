// SPDX-License-Identifier: GPL-2.0
/*
 * Storage of messages in transit.
 *
 * A kmsg is one allocation: the structure, the data, room for the largest
 * trailer, and at the end the descriptors, whose number is known only once the
 * data has been read. All but the largest come from caches. A kmsg that is
 * freed here carries no right any more: right.c has released them.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "debug.h"
#include "kmsg.h"
#include "large.h"
#include "limits.h"
#include "memory.h"
#include "port.h"
#include "space.h"
#include "spare.h"
#include "trace.h"

/* What most messages are made of. The allocator adds a pointer to each. */
#define SMALL_SIZE	440

/* Each of the others doubles the room for data; the rest is about a kmsg. */
#define CLASS_REST		512
#define CLASS_SIZE(class)	((512U << (class)) + CLASS_REST)

/*
 * The caches have a constructor, which also tells the kernel not to clear what
 * it allocates: all that leaves the kernel again has been written before.
 */
static const struct {
	const char *name;
	u32 size;
} classes[] = {
	{ "machipc_kmsg-440", SMALL_SIZE },
	{ "machipc_kmsg-1k", CLASS_SIZE(1) },
	{ "machipc_kmsg-2k", CLASS_SIZE(2) },
	{ "machipc_kmsg-4k", CLASS_SIZE(3) },
	{ "machipc_kmsg-8k", CLASS_SIZE(4) },
	{ "machipc_kmsg-16k", CLASS_SIZE(5) },
	{ "machipc_kmsg-32k", CLASS_SIZE(6) },
	{ "machipc_kmsg-64k", CLASS_SIZE(7) },
};

#define NR_CLASSES	ARRAY_SIZE(classes)

/*
 * A kmsg of this class, or below, may be kept for the next message; but only
 * small ones, of which there are many, in numbers.
 */
#define SPARE_CLASS_MAX	3

static struct kmem_cache *caches[NR_CLASSES];

static void init_once(void *memory)
{
	struct machipc_kmsg *kmsg = memory;

	INIT_LIST_HEAD(&kmsg->node);
}

int machipc_kmsg_cache_create(void)
{
	const u32 head = sizeof(struct machipc_kmsg);
	int i;

	for (i = 0; i < NR_CLASSES; i++) {
		/* Only message data is ever copied to or from user space. */
		caches[i] = kmem_cache_create_usercopy(classes[i].name,
						       classes[i].size,
						       MACHIPC_SPARE_ALIGN,
						       SLAB_ACCOUNT, head,
						       classes[i].size - head,
						       init_once);
		if (!caches[i]) {
			machipc_kmsg_cache_destroy();
			return -ENOMEM;
		}
	}
	return 0;
}

void machipc_kmsg_cache_destroy(void)
{
	int i;

	for (i = 0; i < NR_CLASSES; i++) {
		kmem_cache_destroy(caches[i]);
		caches[i] = NULL;
	}
}

/* What @nr_descs descriptors grow on the way from a 32- to a 64-bit program. */
static size_t growth(u32 nr_descs, bool ilp32)
{
	return ilp32 ? (size_t)nr_descs * MACHIPC_DESC_GROWTH : 0;
}

/* The caller has bounded @size and @nr_descs: the sum does not overflow. */
static size_t storage_bytes(u32 size, u32 nr_descs, bool ilp32)
{
	return sizeof(struct machipc_kmsg) + growth(nr_descs, ilp32) +
	       ALIGN(size + MACH_MSG_MAX_TRAILER_SIZE, sizeof(u64)) +
	       (size_t)nr_descs * sizeof(struct machipc_desc);
}

/* The smallest class that has room for @bytes, or NR_CLASSES. */
static unsigned int find_class(size_t bytes)
{
	if (likely(bytes <= SMALL_SIZE))
		return 0;
	if (bytes <= CLASS_SIZE(1))
		return 1;
	return min_t(unsigned int, NR_CLASSES,
		     fls_long((bytes - CLASS_REST - 1) >> 10) + 1);
}

static void init_storage(struct machipc_kmsg *kmsg, unsigned int class,
			 size_t bytes)
{
	kmsg->class = class;
	kmsg->storage = bytes;
	kmsg->bytes = bytes;
	kmsg->memory = NULL;
}

static struct machipc_kmsg *alloc_storage(unsigned int class, size_t bytes,
					  gfp_t gfp)
{
	struct machipc_kmsg *kmsg;

	if (class < NR_CLASSES) {
		kmsg = kmem_cache_alloc(caches[class], gfp);
	} else {
		kmsg = machipc_alloc_large(bytes, 0);
		if (kmsg)
			init_once(kmsg);
	}
	if (kmsg)
		init_storage(kmsg, class, bytes);
	return kmsg;
}

static void free_storage(struct machipc_kmsg *kmsg)
{
	if (kmsg->class < NR_CLASSES)
		kmem_cache_free(caches[kmsg->class], kmsg);
	else
		kvfree(kmsg);
}

/* A kmsg that a space has paid for; its storage is all that it has. */
static noinline void free_paid(struct machipc_kmsg *kmsg)
{
	struct machipc_space *sender = kmsg->sender;

	machipc_user_uncharge_bytes(sender->user, &sender->bytes,
				    kmsg->storage);
	free_storage(kmsg);
	machipc_space_put(sender);
}

/*
 * A space keeps a few of the kmsgs that it has sent, for the next ones. They
 * stay paid for and keep their references to the space, but do not count as
 * messages.
 */
static void count_spares(long nr, size_t storage)
{
	machipc_count(MACHIPC_BYTES, -nr * (long)storage);
}

static noinline void free_chain(unsigned long chain)
{
	void *small[MACHIPC_SPARE_MAX];
	struct machipc_space *sender = machipc_spare_first(chain)->sender;
	struct machipc_kmsg *kmsg;
	unsigned int nr = 0;

	while (chain) {
		chain = machipc_spare_pop(chain, &kmsg);
		if (kmsg->class) {
			count_spares(-1, kmsg->storage);
			free_paid(kmsg);
		} else {
			small[nr++] = kmsg;
		}
	}
	if (!nr)
		return;
	count_spares(-(long)nr, SMALL_SIZE);
	machipc_user_uncharge_bytes(sender->user, &sender->bytes,
				    nr * SMALL_SIZE);
	kmem_cache_free_bulk(caches[0], nr, small);
	machipc_space_put_many(sender, nr);
}

static struct machipc_kmsg *take_spare(struct machipc_space *space,
				       unsigned int class)
{
	unsigned long rest, chain = READ_ONCE(space->spare);
	struct machipc_kmsg *kmsg;

	/* What is paid already must not help a user beyond the limit. */
	if (chain <= MACHIPC_SPARE_CLOSED ||
	    unlikely(!machipc_user_has_room(space->user)) ||
	    !machipc_spare_take(&space->spare, chain))
		return NULL;
	rest = machipc_spare_pop(chain, &kmsg);
	if (rest && !machipc_spare_put(&space->spare, 0, rest))
		free_chain(rest);
	count_spares(-1, kmsg->storage);
	if (unlikely(kmsg->class != class)) {
		free_paid(kmsg);
		return NULL;
	}
	return kmsg;
}

/* Whether a space has more in transit than it keeps. */
static bool is_busy(struct machipc_space *space, unsigned int spares)
{
	return atomic64_read(&space->bytes) > spares * SMALL_SIZE;
}

/* The chain is freed together with what would have come next. */
static noinline bool replace_chain(struct machipc_space *space,
				   struct machipc_kmsg *kmsg,
				   unsigned long chain)
{
	if (machipc_spare_take(&space->spare, chain))
		free_chain(chain);
	return machipc_spare_put(&space->spare, 0,
				 machipc_spare_push(0, kmsg, 1));
}

/*
 * While many small messages of a space are in transit, those that come back
 * are gathered, and freed when there are many. When all have come back, one is
 * kept.
 */
static inline bool keep_more(struct machipc_space *space,
			     struct machipc_kmsg *kmsg, unsigned long chain)
{
	unsigned int nr = machipc_spare_count(chain);

	if (nr < MACHIPC_SPARE_MAX && is_busy(space, nr + 1))
		return machipc_spare_put(&space->spare, chain,
					 machipc_spare_push(chain, kmsg,
							    nr + 1));
	return replace_chain(space, kmsg, chain);
}

static inline bool keep_spare(struct machipc_space *space,
			      struct machipc_kmsg *kmsg)
{
	unsigned long chain = READ_ONCE(space->spare);
	unsigned int class = kmsg->class;
	size_t storage = kmsg->storage;

	if (!chain) {
		/* Behind a larger one there is no place for others. */
		chain = machipc_spare_push(0, kmsg,
					   class ? MACHIPC_SPARE_MAX : 1);
		if (class > SPARE_CLASS_MAX ||
		    !machipc_spare_put(&space->spare, 0, chain))
			return false;
	} else if (class || chain == MACHIPC_SPARE_CLOSED ||
		   !keep_more(space, kmsg, chain)) {
		return false;
	}
	count_spares(1, storage);
	return true;
}

/**
 * machipc_kmsg_drop_spare() - free what a space has kept for its next messages
 * @space: a space that is dead; it will keep nothing any more
 */
void machipc_kmsg_drop_spare(struct machipc_space *space)
{
	unsigned long chain = xchg(&space->spare, MACHIPC_SPARE_CLOSED);

	if (chain > MACHIPC_SPARE_CLOSED)
		free_chain(chain);
}

/* Makes what an allocation holds a message without descriptors. */
static void setup(struct machipc_kmsg *kmsg, u32 size)
{
	kmsg->payer = NULL;
	kmsg->dest.port = NULL;
	kmsg->dest.name = MACH_PORT_NULL;
	kmsg->dest.type = MACH_MSG_TYPE_PORT_NONE;
	kmsg->reply.port = NULL;
	kmsg->reply.name = MACH_PORT_NULL;
	kmsg->reply.type = MACH_MSG_TYPE_PORT_NONE;
	kmsg->bits = 0;
	kmsg->size = size;
	kmsg->voucher = MACH_PORT_NULL;
	kmsg->voucher_type = MACH_MSG_TYPE_PORT_NONE;
	kmsg->id = 0;
	kmsg->circular = false;
	kmsg->ilp32 = false;
	kmsg->nr_descs = 0;
	kmsg->nr_wide = 0;
	kmsg->descs = NULL;
	kmsg->data = (u8 *)(kmsg + 1);
	machipc_count(MACHIPC_KMSGS, 1);
}

/*
 * Allocates more than one small kmsg, for who sends faster than others receive.
 * All but the first become spares. Returns NULL if that cannot be.
 */
static struct machipc_kmsg *alloc_several(struct machipc_space *sender)
{
	void *small[MACHIPC_SPARE_MAX];
	const size_t bytes = ARRAY_SIZE(small) * SMALL_SIZE;
	unsigned long chain = 0;
	struct machipc_kmsg *kmsg;
	unsigned int i, nr;

	if (!machipc_user_charge_bytes(sender->user, &sender->bytes, bytes))
		return NULL;
	nr = kmem_cache_alloc_bulk(caches[0], GFP_KERNEL_ACCOUNT,
				   ARRAY_SIZE(small), small);
	if (!nr) {
		machipc_user_uncharge_bytes(sender->user, &sender->bytes,
					    bytes);
		return NULL;
	}
	machipc_space_get_many(sender, nr);
	for (i = 0; i < nr; i++) {
		kmsg = small[i];
		init_storage(kmsg, 0, SMALL_SIZE);
		kmsg->sender = sender;
		if (i)
			chain = machipc_spare_push(chain, kmsg, i);
	}
	count_spares(nr - 1, SMALL_SIZE);
	if (!machipc_spare_put(&sender->spare, 0, chain))
		free_chain(chain);
	return small[0];
}

static noinline struct machipc_kmsg *alloc_paid(struct machipc_space *sender,
						unsigned int class,
						size_t bytes)
{
	struct machipc_kmsg *kmsg;

	if (!class && is_busy(sender, MACHIPC_SPARE_MAX)) {
		kmsg = alloc_several(sender);
		if (kmsg)
			return kmsg;
	}
	if (class < NR_CLASSES)
		bytes = classes[class].size;
	if (!machipc_user_charge_bytes(sender->user, &sender->bytes, bytes))
		return NULL;
	kmsg = alloc_storage(class, bytes, GFP_KERNEL_ACCOUNT);
	if (!kmsg) {
		machipc_user_uncharge_bytes(sender->user, &sender->bytes,
					    bytes);
		return NULL;
	}
	kmsg->sender = machipc_space_get(sender);
	return kmsg;
}

/**
 * machipc_kmsg_alloc() - make a kmsg for a user's message, or for the reply to
 *	one
 * @sender: the space that sends it, and pays for it
 * @size: size of the message without trailer, at most MACH_MSG_SEND_SIZE_MAX
 *
 * It has no descriptors. Neither the data nor the token is initialized.
 *
 * Context: May sleep.
 * Return: the kmsg, or NULL if there is no memory or the sender's user has too
 * much in transit.
 */
struct machipc_kmsg *machipc_kmsg_alloc(struct machipc_space *sender, u32 size)
{
	size_t bytes = storage_bytes(size, 0, false);
	unsigned int class = find_class(bytes);
	struct machipc_kmsg *kmsg;

	kmsg = take_spare(sender, class);
	if (unlikely(!kmsg))
		kmsg = alloc_paid(sender, class, bytes);
	if (likely(kmsg))
		setup(kmsg, size);
	return kmsg;
}

/* The descriptors are behind all else. */
static void place_descs(struct machipc_kmsg *kmsg, u32 nr_descs, bool ilp32)
{
	size_t bytes = (size_t)nr_descs * sizeof(struct machipc_desc);
	struct machipc_desc *desc = (void *)kmsg + kmsg->storage - bytes;

	kmsg->ilp32 = ilp32;
	kmsg->data = (u8 *)(kmsg + 1) + growth(nr_descs, ilp32);
	kmsg->nr_descs = nr_descs;
	kmsg->descs = desc;
	for (; desc < kmsg->descs + nr_descs; desc++)
		*desc = (struct machipc_desc){};
}

/* Moves a message to an allocation with more room. */
static struct machipc_kmsg *move(struct machipc_kmsg *kmsg, size_t bytes,
				 u32 nr_descs, bool ilp32)
{
	struct machipc_space *sender = kmsg->sender;
	unsigned int class = find_class(bytes);
	struct machipc_kmsg *moved;
	size_t more;

	if (class < NR_CLASSES)
		bytes = classes[class].size;
	more = bytes - kmsg->storage;
	if (!machipc_user_charge_bytes(sender->user, &sender->bytes, more))
		return NULL;
	moved = alloc_storage(class, bytes, GFP_KERNEL_ACCOUNT);
	if (!moved) {
		machipc_user_uncharge_bytes(sender->user, &sender->bytes,
					    more);
		return NULL;
	}
	moved->sender = sender;
	setup(moved, kmsg->size);
	place_descs(moved, nr_descs, ilp32);
	memcpy(moved->data, kmsg->data, kmsg->size);
	free_storage(kmsg);
	machipc_count(MACHIPC_KMSGS, -1);
	return moved;
}

/**
 * machipc_kmsg_add_descs() - make room for the descriptors of a message
 * @kmsg: a message that has its data and nothing else yet; consumed
 * @nr_descs: number of descriptors, which all fit into the message
 * @ilp32: the sender is a 32-bit program
 *
 * Context: May sleep.
 * Return: the kmsg, whose descriptors are zero; NULL if there is no memory or
 * the sender's user has too much in transit.
 */
struct machipc_kmsg *machipc_kmsg_add_descs(struct machipc_kmsg *kmsg,
					    u32 nr_descs, bool ilp32)
{
	size_t bytes = storage_bytes(kmsg->size, nr_descs, ilp32);
	struct machipc_kmsg *moved;

	if (!growth(nr_descs, ilp32) && bytes <= kmsg->storage) {
		place_descs(kmsg, nr_descs, ilp32);
		return kmsg;
	}
	/* Data that moves to a place behind its own is moved, not shifted. */
	moved = move(kmsg, max_t(size_t, bytes, kmsg->storage), nr_descs,
		     ilp32);
	if (!moved)
		machipc_kmsg_free(kmsg);
	return moved;
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
	struct machipc_kmsg *kmsg;

	WARN_ON_ONCE(storage_bytes(size, nr_descs, false) > classes[0].size);
	kmsg = alloc_storage(0, classes[0].size,
			     GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	kmsg->sender = NULL;
	setup(kmsg, size);
	place_descs(kmsg, nr_descs, false);
	memset(kmsg->data, 0, size + MACH_MSG_MAX_TRAILER_SIZE);
	memset(&kmsg->token, 0, sizeof(kmsg->token));
	kmsg->token.kernel = true;
	return kmsg;
}

/* Has @payer pay what the sender has paid until now. */
static bool bill_reply(struct machipc_kmsg *kmsg, struct machipc_user *payer)
{
	struct machipc_space *sender = kmsg->sender;

	if (sender->user == payer)
		return true;
	if (!machipc_user_charge_unread(payer, kmsg->bytes))
		return false;
	machipc_user_uncharge_bytes(sender->user, &sender->bytes, kmsg->bytes);
	kmsg->payer = machipc_user_get(payer);
	return true;
}

/**
 * machipc_kmsg_bill() - have the receiver pay for what he has asked for
 * @kmsg: a message that is about to wait at @port
 * @port: where it goes, locked
 *
 * Every notification and every reply has a send-once right that its receiver
 * made. If it waits, it waits for him, and neither the kernel nor a server can
 * make him receive it.
 *
 * A notification is never refused, but counts: a user with too much in transit
 * can neither send nor make send-once rights that cause more of these.
 *
 * Return: false if the receiver's user has too many replies that wait; never
 * for a message that comes by a send right, whose sender pays.
 */
bool machipc_kmsg_bill(struct machipc_kmsg *kmsg, struct machipc_port *port)
{
	struct machipc_user *payer;

	lockdep_assert_held(&port->lock);

	if (kmsg->dest.type != MACH_MSG_TYPE_PORT_SEND_ONCE)
		return true;
	/* A space gives up its rights, under this lock, before its account. */
	payer = port->receiver ? port->receiver->user : port->user;
	if (!payer)
		return true;
	if (kmsg->sender)
		return bill_reply(kmsg, payer);
	kmsg->payer = machipc_user_get(payer);
	machipc_user_force_bytes(payer, kmsg->bytes);
	return true;
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
	memory = machipc_alloc_large(size, 0);
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

/**
 * machipc_kmsg_drop_descs() - make a message one without descriptors
 * @kmsg: a message whose descriptors have no rights and that nobody but its
 *	sender pays for
 *
 * What they carry is freed and paid back.
 *
 * Context: May sleep.
 */
void machipc_kmsg_drop_descs(struct machipc_kmsg *kmsg)
{
	struct machipc_space *sender = kmsg->sender;
	struct machipc_desc *desc;

	for (desc = kmsg->descs; desc < kmsg->descs + kmsg->nr_descs; desc++) {
		if (desc->type != MACH_MSG_PORT_DESCRIPTOR && !desc->paged)
			kvfree(desc->memory);
	}
	kmsg->nr_descs = 0;
	machipc_memory_put(kmsg->memory);
	kmsg->memory = NULL;
	if (sender && kmsg->bytes > kmsg->storage)
		machipc_user_uncharge_bytes(sender->user, &sender->bytes,
					    kmsg->bytes - kmsg->storage);
	kmsg->bytes = kmsg->storage;
}

/**
 * machipc_kmsg_forget_descs() - free what descriptors carry, and clear them
 * @kmsg: a message that has no rights yet
 *
 * Context: May sleep.
 */
void machipc_kmsg_forget_descs(struct machipc_kmsg *kmsg)
{
	u32 nr_descs = kmsg->nr_descs;

	machipc_kmsg_drop_descs(kmsg);
	kmsg->nr_descs = nr_descs;
	kmsg->nr_wide = 0;
	memset(kmsg->descs, 0, nr_descs * sizeof(*kmsg->descs));
}

/* Ends what machipc_kmsg_bill() began: a sender pays for his message again. */
static void unbill(struct machipc_kmsg *kmsg)
{
	struct machipc_space *sender = kmsg->sender;
	struct machipc_user *payer = kmsg->payer;

	if (sender) {
		machipc_user_uncharge_unread(payer, kmsg->bytes);
		machipc_user_force_share(sender->user, &sender->bytes,
					 kmsg->bytes);
	} else {
		machipc_user_unforce_bytes(payer, kmsg->bytes);
	}
	machipc_user_put(payer);
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

	trace_machipc_kmsg_free(kmsg);
	if (unlikely(kmsg->payer))
		unbill(kmsg);
	machipc_count(MACHIPC_KMSGS, -1);
	/* All that descriptors carry beside rights has been charged. */
	if (kmsg->bytes != kmsg->storage)
		machipc_kmsg_drop_descs(kmsg);
	if (!sender)
		free_storage(kmsg);
	else if (!keep_spare(sender, kmsg))
		free_paid(kmsg);
}
