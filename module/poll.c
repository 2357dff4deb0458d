// SPDX-License-Identifier: GPL-2.0
/*
 * poll() of a port descriptor and of the device.
 *
 * A port descriptor gives no power: whoever has one can see whether there is
 * something to receive or room to send, and do neither.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "debug.h"
#include "entry.h"
#include "limits.h"
#include "mqueue.h"
#include "poll.h"
#include "port.h"
#include "pset.h"
#include "right.h"
#include "space.h"
#include "watch.h"

static __poll_t poll_receive(struct machipc_watch *watch)
{
	struct machipc_port *port = watch->port;
	__poll_t events = 0;

	spin_lock(&port->lock);
	if (watch->gone)
		events = EPOLLHUP;
	else if (!list_empty(&port->queue))
		events = MACHIPC_POLL_IN;
	spin_unlock(&port->lock);
	return events;
}

static __poll_t poll_send(struct machipc_watch *watch)
{
	struct machipc_port *port = watch->port;
	__poll_t events = 0;

	spin_lock(&port->lock);
	if (watch->gone)
		events = EPOLLHUP;
	else if (!machipc_mqueue_full_locked(port))
		events = MACHIPC_POLL_OUT;
	spin_unlock(&port->lock);
	return events;
}

/*
 * A member is ready a moment before its message is known to stay in its queue,
 * and never a moment later.
 */
static __poll_t poll_pset(struct machipc_watch *watch)
{
	struct machipc_pset *pset = watch->pset;
	__poll_t events = 0;

	spin_lock(&pset->lock);
	if (watch->gone)
		events = EPOLLHUP;
	else if (!list_empty(&pset->ready))
		events = MACHIPC_POLL_IN;
	spin_unlock(&pset->lock);
	return events;
}

static __poll_t watch_poll(struct file *file, struct poll_table_struct *wait)
{
	struct machipc_watch *watch = file->private_data;

	/* Joins before it looks: see "No wake-up is lost" in watch.h. */
	poll_wait(file, &watch->wait, wait);
	switch (watch->right) {
	case MACH_PORT_RIGHT_RECEIVE:
		return poll_receive(watch);
	case MACH_PORT_RIGHT_SEND:
		return poll_send(watch);
	default:
		return poll_pset(watch);
	}
}

static void unlink_watch(struct machipc_watch *watch)
{
	spinlock_t *lock = watch->right == MACH_PORT_RIGHT_PORT_SET ?
			   &watch->pset->lock : &watch->port->lock;

	spin_lock(lock);
	hlist_del_init(&watch->node);
	spin_unlock(lock);
	if (watch->right == MACH_PORT_RIGHT_PORT_SET)
		machipc_pset_put(watch->pset);
	else
		machipc_port_put(watch->port);
}

static void free_watch(struct machipc_watch *watch)
{
	machipc_user_uncharge_watch(watch->user);
	machipc_user_put(watch->user);
	kfree(watch);
	machipc_count(MACHIPC_WATCHES, -1);
}

static int watch_release(struct inode *inode, struct file *file)
{
	unlink_watch(file->private_data);
	free_watch(file->private_data);
	return 0;
}

static const struct file_operations watch_fops = {
	.owner		= THIS_MODULE,
	.release	= watch_release,
	.poll		= watch_poll,
	.llseek		= noop_llseek,
};

static struct machipc_watch *alloc_watch(struct machipc_user *user, u32 right)
{
	struct machipc_watch *watch;

	if (!machipc_user_charge_watch(user))
		return NULL;
	watch = kzalloc(sizeof(*watch), GFP_KERNEL_ACCOUNT);
	if (!watch) {
		machipc_user_uncharge_watch(user);
		return NULL;
	}
	init_waitqueue_head(&watch->wait);
	watch->right = right;
	watch->user = machipc_user_get(user);
	machipc_count(MACHIPC_WATCHES, 1);
	return watch;
}

/* The space lock keeps the receive right, or the set, where it is. */
static void link_receive(struct machipc_watch *watch,
			 struct machipc_entry *entry)
{
	struct machipc_port *port = entry->port;

	spin_lock(&port->lock);
	watch->port = machipc_port_get(port);
	hlist_add_head(&watch->node, &port->readers);
	spin_unlock(&port->lock);
}

static void link_pset(struct machipc_watch *watch, struct machipc_entry *entry)
{
	struct machipc_pset *pset = entry->pset;

	spin_lock(&pset->lock);
	watch->pset = machipc_pset_get(pset);
	hlist_add_head(&watch->node, &pset->watches);
	spin_unlock(&pset->lock);
}

/* A port that others receive from may die at any time. */
static int link_send(struct machipc_watch *watch, struct machipc_entry *entry)
{
	struct machipc_port *port = entry->port;
	int kr = KERN_INVALID_RIGHT;

	spin_lock(&port->lock);
	if (!port->dead) {
		watch->port = machipc_port_get(port);
		hlist_add_head(&watch->node, &port->writers);
		kr = KERN_SUCCESS;
	}
	spin_unlock(&port->lock);
	return kr;
}

static int link_entry(struct machipc_watch *watch, struct machipc_space *space,
		      struct machipc_entry *entry)
{
	machipc_right_is_dead(space, entry);
	if (!(entry->type & BIT(watch->right)))
		return KERN_INVALID_RIGHT;
	switch (watch->right) {
	case MACH_PORT_RIGHT_RECEIVE:
		link_receive(watch, entry);
		return KERN_SUCCESS;
	case MACH_PORT_RIGHT_SEND:
		return link_send(watch, entry);
	default:
		link_pset(watch, entry);
		return KERN_SUCCESS;
	}
}

static int link_name(struct machipc_watch *watch, struct machipc_space *space,
		     u32 name)
{
	struct machipc_entry *entry;
	int kr = KERN_INVALID_TASK;

	mutex_lock(&space->lock);
	if (space->active) {
		entry = machipc_entry_lookup(space, name);
		kr = entry ? link_entry(watch, space, entry) :
			     KERN_INVALID_NAME;
	}
	mutex_unlock(&space->lock);
	return kr;
}

static bool can_watch(u32 right)
{
	return right == MACH_PORT_RIGHT_RECEIVE ||
	       right == MACH_PORT_RIGHT_SEND ||
	       right == MACH_PORT_RIGHT_PORT_SET;
}

/**
 * machipc_watch() - make a port descriptor
 * @space: the space
 * @name: name of what is to be watched
 * @right: which of its rights: MACH_PORT_RIGHT_RECEIVE, _SEND or _PORT_SET
 * @file: where to put the file; it becomes the caller's
 *
 * Context: May sleep.
 * Return: kern_return_t.
 */
int machipc_watch(struct machipc_space *space, u32 name, u32 right,
		  struct file **file)
{
	struct machipc_watch *watch;
	int kr;

	if (!can_watch(right))
		return KERN_INVALID_VALUE;
	watch = alloc_watch(space->user, right);
	if (!watch)
		return KERN_RESOURCE_SHORTAGE;
	kr = link_name(watch, space, name);
	if (kr)
		goto err_free;
	*file = anon_inode_getfile("[mach_port]", &watch_fops, watch, O_RDONLY);
	if (IS_ERR(*file)) {
		kr = KERN_RESOURCE_SHORTAGE;
		goto err_unlink;
	}
	return KERN_SUCCESS;

err_unlink:
	unlink_watch(watch);
err_free:
	free_watch(watch);
	return kr;
}

/* From now on the inbox of the space knows of the messages of all its ports. */
static void attach_ports(struct machipc_space *space)
{
	struct machipc_entry *entry;
	u32 index = 1;

	mutex_lock(&space->lock);
	if (!space->active || space->polled)
		goto out_unlock;
	/* Before the first: each that comes later is attached as it comes. */
	space->polled = true;
	while ((entry = machipc_entry_next(space, index))) {
		index = entry->index + 1;
		if (entry->type & MACHIPC_ENTRY_RECEIVE)
			machipc_right_set_receiver(space, entry);
		cond_resched();
	}

out_unlock:
	mutex_unlock(&space->lock);
}

/**
 * machipc_poll_space() - poll() of the device
 * @space: the space that the descriptor belongs to
 * @file: the descriptor
 * @wait: as for all poll methods
 *
 * Only the owner learns whether there are messages. A space whose owner never
 * asks pays nothing for the question.
 *
 * Context: May sleep.
 */
__poll_t machipc_poll_space(struct machipc_space *space, struct file *file,
			    struct poll_table_struct *wait)
{
	/* Joins before it looks: see "No wake-up is lost" in watch.h. */
	poll_wait(file, &space->inbox.wait, wait);
	if (!READ_ONCE(space->active))
		return EPOLLHUP;
	if (!machipc_space_is_owner(space))
		return EPOLLERR;
	if (!READ_ONCE(space->polled))
		attach_ports(space);
	return atomic_read(&space->inbox.count) ? MACHIPC_POLL_IN : 0;
}
