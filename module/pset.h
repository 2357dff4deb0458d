/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Port sets: views on the queues of several ports.
 */
#ifndef _MACHIPC_PSET_H
#define _MACHIPC_PSET_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

#include "waitq.h"

struct machipc_port;

/*
 * Sets that one port may be in. Each message looks at all of them under the
 * lock of the port, and nothing else bounds the number of memberships.
 */
#define MACHIPC_PORT_SETS_MAX	64

/**
 * struct machipc_pset - a port set
 * @refs: its entry, its memberships, and functions that use it
 * @lock: protects all that follows; nests inside &machipc_port.lock
 * @dead: the set was destroyed; never cleared
 * @nr_members: length of @members
 * @members: &machipc_pset_link.pset_node
 * @ready: members that have messages, &machipc_pset_link.ready_node, in the
 *	order in which they are to be served
 * @receivers: who waits on the set
 * @watches: who polls the set, &machipc_watch.node
 *
 * A member is on @ready exactly while its queue is not empty. Both change
 * under the lock of the port, so a receiver that holds the set's lock and sees
 * nothing ready can go to sleep: the next message will find it.
 */
struct machipc_pset {
	refcount_t refs;
	spinlock_t lock;	/* inside that of a port */
	bool dead;
	u32 nr_members;
	struct list_head members;
	struct list_head ready;
	struct machipc_waitq receivers;
	struct hlist_head watches;
};

/**
 * struct machipc_pset_link - membership of one port in one set
 * @port: the port; constant
 * @pset: the set, with a reference; constant
 * @port_node: in &machipc_port.links, under the lock of the port
 * @pset_node: in &machipc_pset.members, under both locks
 * @ready_node: in &machipc_pset.ready, under both locks
 *
 * The link is freed by whoever takes it out of both lists. It needs no
 * reference to the port: the port leaves its sets before it goes.
 */
struct machipc_pset_link {
	struct machipc_port *port;
	struct machipc_pset *pset;
	struct list_head port_node;
	struct list_head pset_node;
	struct list_head ready_node;
};

struct machipc_pset *machipc_pset_alloc(void);
void machipc_pset_free(struct machipc_pset *pset);

static inline struct machipc_pset *machipc_pset_get(struct machipc_pset *pset)
{
	refcount_inc(&pset->refs);
	return pset;
}

/**
 * machipc_pset_put() - release a reference
 * @pset: the set
 *
 * Context: Any; the last put only frees memory.
 */
static inline void machipc_pset_put(struct machipc_pset *pset)
{
	if (refcount_dec_and_test(&pset->refs))
		machipc_pset_free(pset);
}

int machipc_pset_join(struct machipc_pset *pset, struct machipc_port *port);
int machipc_pset_leave(struct machipc_pset *pset, struct machipc_port *port);
int machipc_pset_move(struct machipc_pset *pset, struct machipc_port *port);
void machipc_pset_leave_all_locked(struct machipc_port *port);
void machipc_pset_destroy(struct machipc_pset *pset);
u32 machipc_pset_names(struct machipc_pset *pset, u32 *names, u32 capacity);

#endif
