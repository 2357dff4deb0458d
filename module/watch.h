/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Watches and inboxes: how those who poll are woken.
 */
#ifndef _MACHIPC_WATCH_H
#define _MACHIPC_WATCH_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/poll.h>
#include <linux/types.h>
#include <linux/wait.h>

struct machipc_port;
struct machipc_pset;
struct machipc_user;

/**
 * DOC: Polling
 *
 * A *watch* stands behind a port descriptor. It watches one receive right, one
 * port set or one send right, and is in the list of that port or set from its
 * birth until the descriptor is closed or there is nothing left to watch. What
 * it has to tell is not stored in it: poll.c looks at the port or set whenever
 * it is asked, so it can neither report what was taken meanwhile nor fall
 * behind. Only the end is stored, in @gone, because a name or a right that
 * comes back later is another one.
 *
 * The wait queue is part of the watch, and the watch lives as long as the file.
 * Whoever waits with epoll is taken out when the file is released, so no one
 * ever waits on a port that has been freed.
 *
 * An *inbox* does the same for the device descriptor: it counts the ports of a
 * space that have messages. A space that was never polled has none of its ports
 * attached.
 *
 * DOC: No wake-up is lost
 *
 * Who waits joins the queue first and looks then; who changes something makes
 * the change first and looks for waiters then. For a watch both looks are under
 * the lock of the port or set::
 *
 *   watch_poll()                        whoever sends, receives, destroys
 *     poll_wait(): join watch->wait       take the lock
 *     take the lock                       change the queue, @ready, @gone
 *     look at the queue, @ready, @gone    machipc_watch_wake(): wake
 *     drop it                             drop it
 *
 * If the left side has the lock first, the right side sees that somebody waits:
 * dropping and taking the lock orders their accesses of the wait queue, which is
 * why machipc_watch_wake_all() may look at it without its own lock. Otherwise
 * the left side sees the change.
 *
 * For an inbox it is the lock of the wait queue that orders, as both sides take
 * it: the left in poll_wait(), before it reads the count, the right in
 * machipc_inbox_add(), after it has changed the count.
 *
 * Who is woken, and when, beyond that: readers of a port by the message that
 * makes its queue not empty; those of a set by each message that stays in the
 * queue of a member, and by a member that joins with messages; writers when a
 * full queue gets room. A message that is handed to a thread which waits for it
 * wakes nobody. So one who waits for edges has to receive until there is
 * nothing left.
 */

/**
 * struct machipc_watch - what is behind a port descriptor
 * @node: in &machipc_port.readers, &machipc_port.writers or
 *	&machipc_pset.watches, under the lock of that port or set
 * @gone: the port died, its receive right left the space, the set was
 *	destroyed; under the same lock, never cleared
 * @wait: who polls the descriptor
 * @right: MACH_PORT_RIGHT_RECEIVE, _SEND or _PORT_SET; constant
 * @port: what is watched, with a reference, unless @right is
 *	MACH_PORT_RIGHT_PORT_SET; constant
 * @pset: the same if it is; constant
 * @user: whose descriptor it is, with a reference; constant
 */
struct machipc_watch {
	struct hlist_node node;
	bool gone;
	wait_queue_head_t wait;
	u32 right;
	union {
		struct machipc_port *port;
		struct machipc_pset *pset;
	};
	struct machipc_user *user;
};

/**
 * struct machipc_inbox - whether a space has messages
 * @wait: who polls the device
 * @count: ports of the space whose queue is not empty
 */
struct machipc_inbox {
	wait_queue_head_t wait;
	atomic_t count;
};

#define MACHIPC_POLL_IN		(EPOLLIN | EPOLLRDNORM)
#define MACHIPC_POLL_OUT	(EPOLLOUT | EPOLLWRNORM)

void machipc_watch_wake_all(struct hlist_head *watches, __poll_t events);
void machipc_watch_hang_up(struct hlist_head *watches);

/**
 * machipc_watch_wake() - wake those who poll
 * @watches: the list of the port or set
 * @events: what there is to see
 *
 * Context: Lock of the port or set held, under which the change was made.
 */
static inline void machipc_watch_wake(struct hlist_head *watches,
				      __poll_t events)
{
	if (unlikely(!hlist_empty(watches)))
		machipc_watch_wake_all(watches, events);
}

void machipc_inbox_init(struct machipc_inbox *inbox);
void machipc_inbox_add(struct machipc_inbox *inbox);
void machipc_inbox_remove(struct machipc_inbox *inbox);
void machipc_inbox_hang_up(struct machipc_inbox *inbox);

#endif
