/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The queue of a port: admission, delivery, and who waits for either.
 */
#ifndef _MACHIPC_MQUEUE_H
#define _MACHIPC_MQUEUE_H

#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/types.h>

#include "hot.h"
#include "limits.h"
#include "port.h"
#include "waitq.h"

struct machipc_kmsg;
struct machipc_port;
struct machipc_pset;
struct machipc_pset_link;
struct machipc_space;
struct task_struct;

/**
 * DOC: Waiting
 *
 * A thread that waits does so with a structure on its own stack, in a queue of
 * the port or set, under that object's lock. Whoever ends the wait takes the
 * structure out of the queue under the lock, fills in the outcome, and stores
 * @state last: from that moment the waiter may return and the structure is
 * gone. The waker therefore reads the task before and keeps it alive by an
 * RCU read-side section around store and wakeup.
 *
 * A waiter that gives up (timeout, signal) takes the lock and looks again: if
 * the wait was ended meanwhile, that outcome stands. So a message is never
 * handed to a thread that has left.
 */

/**
 * struct machipc_sender - a send that waits for room
 * @node: in &machipc_port.senders
 * @task: who waits
 * @state: MACHIPC_WAITING; MACH_MSG_SUCCESS: it was given a slot;
 *	MACH_SEND_INVALID_DEST: the port died
 */
struct machipc_sender {
	struct list_head node;
	struct task_struct *task;
	int state;
};

/**
 * define MACHIPC_NO_TIMEOUT - wait for as long as it takes
 */
#define MACHIPC_NO_TIMEOUT	(-1LL)

int machipc_mqueue_send(struct machipc_port *port, struct machipc_kmsg *kmsg,
			bool always, s64 timeout);
machipc_hot
int machipc_mqueue_receive_port(struct machipc_port *port,
				struct machipc_space *space,
				struct machipc_receiver *rcv, s64 timeout);
int machipc_mqueue_receive_pset(struct machipc_pset *pset,
				struct machipc_receiver *rcv, s64 timeout);

machipc_hot
struct task_struct *machipc_mqueue_hand_over_locked(struct machipc_port *port,
						    struct machipc_kmsg *kmsg);

struct task_struct *machipc_mqueue_post_locked(struct machipc_port *port,
					       struct machipc_kmsg *kmsg);
void machipc_mqueue_set_limit_locked(struct machipc_port *port, u16 qlimit);
void machipc_mqueue_feed_locked(struct machipc_port *port,
				struct machipc_pset_link *link);
void machipc_mqueue_wake_receivers(struct machipc_waitq *receivers);
void machipc_mqueue_wake_senders_locked(struct machipc_port *port);

/**
 * machipc_mqueue_full_locked() - whether a send right has to wait
 * @port: the port
 *
 * Context: &machipc_port.lock held.
 */
static inline bool machipc_mqueue_full_locked(const struct machipc_port *port)
{
	lockdep_assert_held(&port->lock);

	return port->msgcount >= port->qlimit ||
	       port->bytes >= machipc_max_port_bytes();
}

/**
 * machipc_mqueue_awaited_locked() - whether a message may find a receiver
 * @port: the port
 *
 * Context: &machipc_port.lock held.
 */
static inline bool
machipc_mqueue_awaited_locked(const struct machipc_port *port)
{
	lockdep_assert_held(&port->lock);

	return port->receivers.first || !list_empty(&port->links);
}

#endif
