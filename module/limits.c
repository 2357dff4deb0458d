// SPDX-License-Identifier: GPL-2.0
/*
 * Named limits, and accounting per user.
 */
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/pfn.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "debug.h"
#include "limits.h"

/* An index has 24 bits, and the name that is all ones means a dead port. */
#define NAMES_CEILING		0xfffffeU

static unsigned int max_names = 1U << 18;
module_param(max_names, uint, 0644);
MODULE_PARM_DESC(max_names, "Names that one port space may hold");

static unsigned int max_spaces = 4096;
module_param(max_spaces, uint, 0644);
MODULE_PARM_DESC(max_spaces, "Port spaces that one user may have");

static unsigned int max_ports = 1U << 18;
module_param(max_ports, uint, 0644);
MODULE_PARM_DESC(max_ports, "Ports that one user may have");

static unsigned int max_watches = 1U << 14;
module_param(max_watches, uint, 0644);
MODULE_PARM_DESC(max_watches, "Port descriptors that one user may have");

unsigned long machipc_user_bytes = 256UL << 20;
module_param_named(max_user_bytes, machipc_user_bytes, ulong, 0644);
MODULE_PARM_DESC(max_user_bytes,
		 "Bytes of messages in transit that one user may have");

unsigned long machipc_port_bytes = 64UL << 20;
module_param_named(max_port_bytes, machipc_port_bytes, ulong, 0644);
MODULE_PARM_DESC(max_port_bytes,
		 "Bytes of queued messages at which a port counts as full");

static unsigned long max_user_mapped = 256UL << 20;
module_param(max_user_mapped, ulong, 0644);
MODULE_PARM_DESC(max_user_mapped,
		 "Bytes of received messages that one user may have mapped; more is copied");

static unsigned long max_lent = 64UL << 20;
module_param(max_lent, ulong, 0644);
MODULE_PARM_DESC(max_lent,
		 "Bytes of the messages of a process that receivers may have mapped or sent on; more is copied");

/* Protected by users_mutex, under which nothing is allocated. */
static LIST_HEAD(users);
static DEFINE_MUTEX(users_mutex);

unsigned int machipc_max_names(void)
{
	return min(READ_ONCE(max_names), NAMES_CEILING);
}

long machipc_max_lent_pages(void)
{
	return PHYS_PFN(READ_ONCE(max_lent));
}

/* The account of a user with a reference for the caller, or NULL. */
static struct machipc_user *find_user(kuid_t uid)
{
	struct machipc_user *user;

	lockdep_assert_held(&users_mutex);

	list_for_each_entry(user, &users, node) {
		if (uid_eq(user->uid, uid))
			return machipc_user_get(user);
	}
	return NULL;
}

/* Makes an account, unless another thread is faster. */
static struct machipc_user *make_user(kuid_t uid)
{
	struct machipc_user *fresh, *user;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (fresh) {
		refcount_set(&fresh->refs, 1);
		fresh->uid = uid;
	}
	mutex_lock(&users_mutex);
	user = find_user(uid);
	if (!user && fresh) {
		user = fresh;
		fresh = NULL;
		list_add(&user->node, &users);
		machipc_count(MACHIPC_USERS, 1);
	}
	mutex_unlock(&users_mutex);
	kfree(fresh);
	return user;
}

/**
 * machipc_user_find() - get the account of a user, making one if needed
 * @uid: the user
 *
 * Context: May sleep.
 * Return: the account with a reference for the caller, or NULL if there is no
 * memory.
 */
struct machipc_user *machipc_user_find(kuid_t uid)
{
	struct machipc_user *user;

	mutex_lock(&users_mutex);
	user = find_user(uid);
	mutex_unlock(&users_mutex);
	return user ? user : make_user(uid);
}

/**
 * machipc_user_put() - release an account
 * @user: the account
 *
 * Context: May sleep.
 */
void machipc_user_put(struct machipc_user *user)
{
	if (!refcount_dec_and_mutex_lock(&user->refs, &users_mutex))
		return;
	list_del(&user->node);
	mutex_unlock(&users_mutex);
	machipc_count(MACHIPC_USERS, -1);
	kfree(user);
}

static bool charge(atomic_t *counter, unsigned int limit)
{
	if ((unsigned int)atomic_inc_return(counter) <= limit)
		return true;
	atomic_dec(counter);
	return false;
}

bool machipc_user_charge_space(struct machipc_user *user)
{
	return charge(&user->spaces, READ_ONCE(max_spaces));
}

void machipc_user_uncharge_space(struct machipc_user *user)
{
	atomic_dec(&user->spaces);
}

bool machipc_user_charge_port(struct machipc_user *user)
{
	return charge(&user->ports, READ_ONCE(max_ports));
}

void machipc_user_uncharge_port(struct machipc_user *user)
{
	atomic_dec(&user->ports);
}

bool machipc_user_charge_watch(struct machipc_user *user)
{
	return charge(&user->watches, READ_ONCE(max_watches));
}

void machipc_user_uncharge_watch(struct machipc_user *user)
{
	atomic_dec(&user->watches);
}

/**
 * machipc_user_charge_bytes() - account for a message
 * @user: the account of the sender
 * @share: what the sending process has in transit
 * @bytes: size of the message
 *
 * A process may have at most half of what the other processes of its user have
 * left, so that one that floods leaves room for the next one, however many
 * there are.
 *
 * Return: true if the message may exist.
 */
bool machipc_user_charge_bytes(struct machipc_user *user, atomic64_t *share,
			       size_t bytes)
{
	s64 total = atomic64_add_return(bytes, &user->bytes);
	s64 mine = atomic64_add_return(bytes, share);
	s64 left = machipc_max_user_bytes() - (total - mine);

	if (mine <= left / 2) {
		machipc_count(MACHIPC_BYTES, bytes);
		return true;
	}
	atomic64_sub(bytes, share);
	atomic64_sub(bytes, &user->bytes);
	return false;
}

void machipc_user_uncharge_bytes(struct machipc_user *user, atomic64_t *share,
				 size_t bytes)
{
	atomic64_sub(bytes, share);
	atomic64_sub(bytes, &user->bytes);
	machipc_count(MACHIPC_BYTES, -(long)bytes);
}

/**
 * machipc_user_force_bytes() - account for a message of the kernel
 * @user: the account of the receiver
 * @bytes: size of the message
 */
void machipc_user_force_bytes(struct machipc_user *user, size_t bytes)
{
	atomic64_add(bytes, &user->bytes);
	machipc_count(MACHIPC_BYTES, bytes);
}

void machipc_user_unforce_bytes(struct machipc_user *user, size_t bytes)
{
	atomic64_sub(bytes, &user->bytes);
	machipc_count(MACHIPC_BYTES, -(long)bytes);
}

/**
 * machipc_user_charge_unread() - account for a reply that waits to be received
 * @user: the account of the receiver
 * @bytes: size of the message
 *
 * Whoever answers cannot know whether he asked who does not listen. These bytes
 * have a count of their own, with the limit of the others, so that a user who
 * sends much can still be answered.
 *
 * Return: true if the message may wait.
 */
bool machipc_user_charge_unread(struct machipc_user *user, size_t bytes)
{
	s64 total = atomic64_add_return(bytes, &user->unread);

	if (total <= machipc_max_user_bytes()) {
		machipc_count(MACHIPC_BYTES, bytes);
		return true;
	}
	atomic64_sub(bytes, &user->unread);
	return false;
}

void machipc_user_uncharge_unread(struct machipc_user *user, size_t bytes)
{
	atomic64_sub(bytes, &user->unread);
	machipc_count(MACHIPC_BYTES, -(long)bytes);
}

/**
 * machipc_user_force_share() - account again for a message that was paid by its
 *	receiver
 * @user: the account of the sender
 * @share: what the sending process has in transit
 * @bytes: size of the message, which is about to be freed
 */
void machipc_user_force_share(struct machipc_user *user, atomic64_t *share,
			      size_t bytes)
{
	atomic64_add(bytes, &user->bytes);
	atomic64_add(bytes, share);
	machipc_count(MACHIPC_BYTES, bytes);
}

/**
 * machipc_user_charge_pages() - account for pages that cannot be swapped
 * @user: the account of who has them mapped, or keeps them
 * @nr: how many
 *
 * Return: true if there may be so many.
 */
bool machipc_user_charge_pages(struct machipc_user *user, long nr)
{
	long max = PHYS_PFN(READ_ONCE(max_user_mapped));

	if (atomic_long_add_return(nr, &user->pages) <= max) {
		machipc_count(MACHIPC_PAGES, nr);
		return true;
	}
	atomic_long_sub(nr, &user->pages);
	return false;
}

void machipc_user_uncharge_pages(struct machipc_user *user, long nr)
{
	atomic_long_sub(nr, &user->pages);
	machipc_count(MACHIPC_PAGES, -nr);
}
