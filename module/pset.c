// SPDX-License-Identifier: GPL-2.0
/*
 * Port sets: membership and destruction.
 */
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "debug.h"
#include "mach.h"
#include "mqueue.h"
#include "port.h"
#include "pset.h"
#include "watch.h"

/* Members that are listed before others get the set's lock. */
#define MEMBERS_AT_ONCE	1024

struct machipc_pset *machipc_pset_alloc(void)
{
	struct machipc_pset *pset;

	pset = kzalloc(sizeof(*pset), GFP_KERNEL_ACCOUNT);
	if (!pset)
		return NULL;
	refcount_set(&pset->refs, 1);
	spin_lock_init(&pset->lock);
	INIT_LIST_HEAD(&pset->members);
	INIT_LIST_HEAD(&pset->ready);
	machipc_waitq_init(&pset->receivers);
	machipc_count(MACHIPC_PSETS, 1);
	return pset;
}

void machipc_pset_free(struct machipc_pset *pset)
{
	machipc_count(MACHIPC_PSETS, -1);
	kfree(pset);
}

static struct machipc_pset_link *find_link(struct machipc_port *port,
					   struct machipc_pset *pset)
{
	struct machipc_pset_link *link;

	lockdep_assert_held(&port->lock);

	list_for_each_entry(link, &port->links, port_node) {
		if (link->pset == pset)
			return link;
	}
	return NULL;
}

static void unlink_locked(struct machipc_pset_link *link)
{
	struct machipc_pset *pset = link->pset;

	lockdep_assert_held(&link->port->lock);

	spin_lock(&pset->lock);
	list_del(&link->pset_node);
	list_del(&link->ready_node);
	pset->nr_members--;
	spin_unlock(&pset->lock);
	list_del(&link->port_node);
	link->port->nr_links--;
	kfree(link);
	machipc_pset_put(pset);
}

/**
 * machipc_pset_leave_all_locked() - take a port out of all its sets
 * @port: the port
 *
 * Context: &machipc_port.lock held.
 */
void machipc_pset_leave_all_locked(struct machipc_port *port)
{
	struct machipc_pset_link *link, *next;

	lockdep_assert_held(&port->lock);

	list_for_each_entry_safe(link, next, &port->links, port_node)
		unlink_locked(link);
}

static struct machipc_pset_link *alloc_link(struct machipc_pset *pset,
					    struct machipc_port *port)
{
	struct machipc_pset_link *link;

	link = kmalloc(sizeof(*link), GFP_KERNEL_ACCOUNT);
	if (!link)
		return NULL;
	link->port = port;
	link->pset = machipc_pset_get(pset);
	INIT_LIST_HEAD(&link->ready_node);
	return link;
}

/* The caller holds the space lock, so neither of the two can die meanwhile. */
static void insert_locked(struct machipc_pset_link *link)
{
	struct machipc_port *port = link->port;
	struct machipc_pset *pset = link->pset;

	lockdep_assert_held(&port->lock);

	spin_lock(&pset->lock);
	list_add_tail(&link->port_node, &port->links);
	port->nr_links++;
	list_add_tail(&link->pset_node, &pset->members);
	pset->nr_members++;
	spin_unlock(&pset->lock);
	machipc_mqueue_feed_locked(port, link);
}

/**
 * machipc_pset_join() - make a port a member of a set
 * @pset: the set
 * @port: a port whose receive right is in the same space
 *
 * Messages that the port has go to threads that wait on the set at once.
 *
 * Context: &machipc_space.lock of that space held; may sleep.
 * Return: KERN_SUCCESS, KERN_ALREADY_IN_SET or KERN_RESOURCE_SHORTAGE.
 */
int machipc_pset_join(struct machipc_pset *pset, struct machipc_port *port)
{
	struct machipc_pset_link *link;
	int kr = KERN_SUCCESS;

	link = alloc_link(pset, port);
	if (!link)
		return KERN_RESOURCE_SHORTAGE;
	spin_lock(&port->lock);
	if (find_link(port, pset)) {
		kr = KERN_ALREADY_IN_SET;
	} else if (port->nr_links >= MACHIPC_PORT_SETS_MAX) {
		kr = KERN_RESOURCE_SHORTAGE;
	} else {
		insert_locked(link);
		link = NULL;
	}
	spin_unlock(&port->lock);
	if (link) {
		machipc_pset_put(pset);
		kfree(link);
	}
	return kr;
}

/**
 * machipc_pset_leave() - end a membership
 * @pset: the set
 * @port: the port
 *
 * Return: KERN_SUCCESS or KERN_NOT_IN_SET.
 */
int machipc_pset_leave(struct machipc_pset *pset, struct machipc_port *port)
{
	struct machipc_pset_link *link;

	spin_lock(&port->lock);
	link = find_link(port, pset);
	if (link)
		unlink_locked(link);
	spin_unlock(&port->lock);
	return link ? KERN_SUCCESS : KERN_NOT_IN_SET;
}

/**
 * machipc_pset_move() - leave all sets and join another, in one step
 * @pset: the set to join, or NULL
 * @port: a port whose receive right is in the same space
 *
 * Context: &machipc_space.lock of that space held; may sleep.
 * Return: KERN_SUCCESS or KERN_RESOURCE_SHORTAGE.
 */
int machipc_pset_move(struct machipc_pset *pset, struct machipc_port *port)
{
	struct machipc_pset_link *link = NULL;

	if (pset) {
		link = alloc_link(pset, port);
		if (!link)
			return KERN_RESOURCE_SHORTAGE;
	}
	spin_lock(&port->lock);
	machipc_pset_leave_all_locked(port);
	if (link)
		insert_locked(link);
	spin_unlock(&port->lock);
	return KERN_SUCCESS;
}

/* The first member, with a reference, or NULL. */
static struct machipc_port *get_first_member(struct machipc_pset *pset)
{
	struct machipc_port *port = NULL;
	struct machipc_pset_link *link;

	spin_lock(&pset->lock);
	link = list_first_entry_or_null(&pset->members,
					struct machipc_pset_link, pset_node);
	if (link)
		port = machipc_port_get(link->port);
	spin_unlock(&pset->lock);
	return port;
}

/**
 * machipc_pset_destroy() - destroy a set
 * @pset: the set, whose entry the caller has removed; its reference is
 *	consumed
 *
 * The members keep their messages. Threads that wait on the set return.
 *
 * Context: May sleep.
 */
void machipc_pset_destroy(struct machipc_pset *pset)
{
	struct machipc_port *port;

	spin_lock(&pset->lock);
	pset->dead = true;
	machipc_mqueue_wake_receivers(&pset->receivers);
	machipc_watch_hang_up(&pset->watches);
	spin_unlock(&pset->lock);

	while ((port = get_first_member(pset))) {
		machipc_pset_leave(pset, port);
		machipc_port_put(port);
		cond_resched();
	}
	machipc_pset_put(pset);
}

/**
 * machipc_pset_names() - list the members of a set
 * @pset: the set
 * @names: where to put their names
 * @capacity: how many names there is room for
 *
 * Senders to any member may wait for the set's lock, so it is not held for all
 * of a large set: a link without a port keeps the place. Nobody else sees it,
 * as the set is not destroyed meanwhile.
 *
 * Context: &machipc_space.lock of the set's space held; may sleep.
 * Return: the number of members; if it exceeds @capacity, @names is not
 * complete.
 */
u32 machipc_pset_names(struct machipc_pset *pset, u32 *names, u32 capacity)
{
	struct machipc_pset_link place = {}, *link;
	u32 count = 0, visited = 0;
	u32 name;

	spin_lock(&pset->lock);
	list_add(&place.pset_node, &pset->members);
	while (!list_is_last(&place.pset_node, &pset->members)) {
		link = list_next_entry(&place, pset_node);
		list_move(&place.pset_node, &link->pset_node);
		/* Changes only under the space lock; 0 if it just left. */
		name = READ_ONCE(link->port->name);
		if (name && count < capacity)
			names[count] = name;
		count += !!name;
		if (++visited % MEMBERS_AT_ONCE)
			continue;
		spin_unlock(&pset->lock);
		cond_resched();
		spin_lock(&pset->lock);
	}
	list_del(&place.pset_node);
	spin_unlock(&pset->lock);
	return count;
}
