/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Named limits, and accounting per user.
 */
#ifndef _MACHIPC_LIMITS_H
#define _MACHIPC_LIMITS_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/uidgid.h>

#include "hot.h"

/**
 * DOC: Limits
 *
 * Everything that a caller can cause to exist is charged to the caller's
 * memory cgroup by the allocator, and counted here against a limit that the
 * administrator can set as a module parameter. A user is the real user id of
 * the process that opened the device; one user who is at a limit does not
 * take anything from another. So a message that a receiver has made the right
 * for, and leaves waiting, is not paid by who sends it.
 */

/**
 * struct machipc_user - what one user has
 * @node: in the list of users; protected by the mutex of limits.c
 * @refs: spaces, and ports and messages through them
 * @uid: who it is; constant
 * @spaces: live spaces
 * @ports: ports whose receive right a process of the user has, or had last
 * @watches: port descriptors that a process of the user made
 * @bytes: bytes of messages that were sent and not yet received, and of
 *	notifications
 * @unread: bytes of the replies of others that were not yet received
 * @pages: pages of messages that were received and are mapped, and pages that
 *	are kept for the next ones
 */
struct machipc_user {
	struct list_head node;
	refcount_t refs;
	kuid_t uid;
	atomic_t spaces;
	atomic_t ports;
	atomic_t watches;
	atomic64_t bytes;
	atomic64_t unread;
	atomic_long_t pages;
};

struct machipc_user *machipc_user_find(kuid_t uid);
void machipc_user_put(struct machipc_user *user);

bool machipc_user_charge_space(struct machipc_user *user);
void machipc_user_uncharge_space(struct machipc_user *user);
bool machipc_user_charge_port(struct machipc_user *user);
void machipc_user_uncharge_port(struct machipc_user *user);
bool machipc_user_charge_watch(struct machipc_user *user);
void machipc_user_uncharge_watch(struct machipc_user *user);
bool machipc_user_charge_bytes(struct machipc_user *user, atomic64_t *share,
			       size_t bytes);
void machipc_user_uncharge_bytes(struct machipc_user *user, atomic64_t *share,
				 size_t bytes);

void machipc_user_force_bytes(struct machipc_user *user, size_t bytes);
void machipc_user_unforce_bytes(struct machipc_user *user, size_t bytes);
bool machipc_user_charge_unread(struct machipc_user *user, size_t bytes);
void machipc_user_uncharge_unread(struct machipc_user *user, size_t bytes);
void machipc_user_force_share(struct machipc_user *user, atomic64_t *share,
			      size_t bytes);

bool machipc_user_charge_pages(struct machipc_user *user, long nr);
void machipc_user_uncharge_pages(struct machipc_user *user, long nr);

machipc_hot
unsigned int machipc_max_names(void);
long machipc_max_lent_pages(void);

static inline struct machipc_user *machipc_user_get(struct machipc_user *user)
{
	refcount_inc(&user->refs);
	return user;
}

/* The parameters max_user_bytes and max_port_bytes. */
extern unsigned long machipc_user_bytes;
extern unsigned long machipc_port_bytes;

static inline s64 machipc_max_user_bytes(void)
{
	return READ_ONCE(machipc_user_bytes);
}

static inline unsigned long machipc_max_port_bytes(void)
{
	return READ_ONCE(machipc_port_bytes);
}

/**
 * machipc_user_has_room() - whether a user may cause messages of the kernel
 * @user: the account
 */
static inline bool machipc_user_has_room(const struct machipc_user *user)
{
	return atomic64_read(&user->bytes) < machipc_max_user_bytes();
}

#endif
