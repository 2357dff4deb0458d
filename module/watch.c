// SPDX-License-Identifier: GPL-2.0
/*
 * Watches and inboxes: how those who poll are woken.
 */
#include "watch.h"

/**
 * machipc_watch_wake_all() - see machipc_watch_wake(), which is to be called
 * @watches: the list of the port or set, not empty
 * @events: what there is to see
 *
 * Context: Lock of the port or set held. That of a wait queue, and the locks of
 * whoever waits in it, nest inside.
 */
void machipc_watch_wake_all(struct hlist_head *watches, __poll_t events)
{
	struct machipc_watch *watch;

	hlist_for_each_entry(watch, watches, node) {
		/* Pairs with poll_wait() by the lock held; see the DOC. */
		if (waitqueue_active(&watch->wait))
			wake_up_interruptible_poll(&watch->wait, events);
	}
}

/**
 * machipc_watch_hang_up() - end all watches of a list
 * @watches: the list of a port or set; empty afterwards
 *
 * Context: Lock of the port or set held.
 */
void machipc_watch_hang_up(struct hlist_head *watches)
{
	struct machipc_watch *watch;
	struct hlist_node *next;

	hlist_for_each_entry_safe(watch, next, watches, node) {
		hlist_del_init(&watch->node);
		watch->gone = true;
		/* As above. */
		if (waitqueue_active(&watch->wait))
			wake_up_interruptible_poll(&watch->wait, EPOLLHUP);
	}
}

void machipc_inbox_init(struct machipc_inbox *inbox)
{
	init_waitqueue_head(&inbox->wait);
	atomic_set(&inbox->count, 0);
}

/**
 * machipc_inbox_add() - one more port has messages
 * @inbox: the inbox of the space that has its receive right
 *
 * Context: Lock of the port held.
 */
void machipc_inbox_add(struct machipc_inbox *inbox)
{
	atomic_inc(&inbox->count);
	/* Takes the lock of the queue, and so pairs with poll_wait(). */
	wake_up_interruptible_poll(&inbox->wait, MACHIPC_POLL_IN);
}

/**
 * machipc_inbox_remove() - a port has no messages any more, or leaves
 * @inbox: the inbox
 *
 * Context: Lock of the port held.
 */
void machipc_inbox_remove(struct machipc_inbox *inbox)
{
	atomic_dec(&inbox->count);
}

/**
 * machipc_inbox_hang_up() - the space has died
 * @inbox: its inbox
 */
void machipc_inbox_hang_up(struct machipc_inbox *inbox)
{
	wake_up_interruptible_poll(&inbox->wait, EPOLLHUP);
}
