// SPDX-License-Identifier: GPL-2.0
/*
 * The queue of a port: admission, delivery, and who waits for either.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "kmsg.h"
#include "limits.h"
#include "mqueue.h"
#include "port.h"
#include "pset.h"
#include "watch.h"

/*
 * Ends a wait. The waiter may be gone as soon as its state is stored, so the
 * task that is to be woken is read before.
 */
static struct task_struct *end_wait(struct task_struct *task, int *state,
				    int outcome)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(),
			 "the waiter's task may be freed before it is woken");
	/* Pairs with the load in wait_for(). */
	smp_store_release(state, outcome);
	return task;
}

/*
 * Sleeps until @state changes, for at most @timeout nanoseconds. Returns 0 if
 * it has changed, -ETIME after the timeout, -EINTR for a signal.
 */
static inline int wait_for(int *state, s64 timeout)
{
	ktime_t expires = 0;
	int ret = 0;

	if (timeout > 0)
		expires = ktime_add_safe(ktime_get(), ns_to_ktime(timeout));
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		/* Pairs with the store in end_wait(). */
		if (smp_load_acquire(state) != MACHIPC_WAITING)
			break;
		if (signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		if (timeout == MACHIPC_NO_TIMEOUT) {
			schedule();
			/* Pairs with the store in end_wait(). */
			if (likely(smp_load_acquire(state) != MACHIPC_WAITING))
				return 0;
		} else if (!schedule_hrtimeout_range(&expires,
						     current->timer_slack_ns,
						     HRTIMER_MODE_ABS)) {
			ret = -ETIME;
			break;
		}
	}
	__set_current_state(TASK_RUNNING);
	return ret;
}

/* Gives free slots to those who have waited longest. */
static void grant_slots(struct machipc_port *port)
{
	struct machipc_sender *sender;
	struct task_struct *task;

	lockdep_assert_held(&port->lock);

	while (!list_empty(&port->senders) &&
	       !machipc_mqueue_full_locked(port)) {
		sender = list_first_entry(&port->senders,
					  struct machipc_sender, node);
		list_del(&sender->node);
		port->msgcount++;
		rcu_read_lock();
		task = end_wait(sender->task, &sender->state,
				MACH_MSG_SUCCESS);
		wake_up_process(task);
		rcu_read_unlock();
	}
}

static noinline void release_slot_and_tell(struct machipc_port *port,
					   size_t bytes)
{
	bool was_full = !hlist_empty(&port->writers) &&
			machipc_mqueue_full_locked(port);

	lockdep_assert_held(&port->lock);

	port->bytes -= bytes;
	port->msgcount--;
	grant_slots(port);
	if (was_full && !machipc_mqueue_full_locked(port))
		machipc_watch_wake(&port->writers, MACHIPC_POLL_OUT);
}

/* The slot of a message that had @bytes in the queue is free. */
static inline void release_slot(struct machipc_port *port, size_t bytes)
{
	lockdep_assert_held(&port->lock);

	if (unlikely(!list_empty(&port->senders) ||
		     !hlist_empty(&port->writers))) {
		release_slot_and_tell(port, bytes);
		return;
	}
	port->bytes -= bytes;
	port->msgcount--;
}

/**
 * machipc_mqueue_set_limit_locked() - change the limit of a queue
 * @port: the port
 * @qlimit: the new limit
 *
 * Context: &machipc_port.lock held.
 */
void machipc_mqueue_set_limit_locked(struct machipc_port *port, u16 qlimit)
{
	lockdep_assert_held(&port->lock);

	port->qlimit = qlimit;
	grant_slots(port);
	if (!machipc_mqueue_full_locked(port))
		machipc_watch_wake(&port->writers, MACHIPC_POLL_OUT);
}

/**
 * machipc_mqueue_wake_senders_locked() - tell blocked senders of the death
 * @port: a port that has just died
 *
 * Context: &machipc_port.lock held.
 */
void machipc_mqueue_wake_senders_locked(struct machipc_port *port)
{
	struct machipc_sender *sender;
	struct task_struct *task;

	lockdep_assert_held(&port->lock);

	rcu_read_lock();
	while (!list_empty(&port->senders)) {
		sender = list_first_entry(&port->senders,
					  struct machipc_sender, node);
		list_del(&sender->node);
		task = end_wait(sender->task, &sender->state,
				MACH_SEND_INVALID_DEST);
		wake_up_process(task);
	}
	rcu_read_unlock();
}

/**
 * machipc_mqueue_wake_receivers() - tell receivers that their object changed
 * @receivers: who waits on the port or set
 *
 * Context: lock of that object held.
 */
void machipc_mqueue_wake_receivers(struct machipc_waitq *receivers)
{
	struct machipc_receiver *rcv;
	struct task_struct *task;

	rcu_read_lock();
	while (receivers->first) {
		rcv = machipc_waitq_pop(receivers);
		task = end_wait(rcv->task, &rcv->state, MACH_RCV_PORT_CHANGED);
		wake_up_process(task);
	}
	rcu_read_unlock();
}

static bool fits(const struct machipc_kmsg *kmsg,
		 const struct machipc_receiver *rcv)
{
	return machipc_kmsg_user_size(kmsg, rcv->ilp32) <= rcv->room;
}

/*
 * Gives a message to a receiver: all of it, or only its size if it does not
 * fit and may stay. Returns the outcome of the receive.
 */
static inline int offer(struct machipc_port *port, struct machipc_kmsg *kmsg,
			struct machipc_receiver *rcv)
{
	bool whole = fits(kmsg, rcv);

	lockdep_assert_held(&port->lock);

	if (!whole && rcv->large) {
		rcv->kmsg = NULL;
		rcv->msg_size = machipc_kmsg_user_size(kmsg, rcv->ilp32);
		rcv->name = port->name;
		return MACH_RCV_TOO_LARGE;
	}
	kmsg->seqno = port->seqno++;
	rcv->kmsg = kmsg;
	return whole ? MACH_MSG_SUCCESS : MACH_RCV_TOO_LARGE;
}

/*
 * Offers a message to those who wait in a queue, until one takes it. Returns
 * the task to be woken once the locks are dropped, or NULL if nobody took it.
 */
static struct task_struct *hand_over(struct machipc_port *port,
				     struct machipc_kmsg *kmsg,
				     struct machipc_waitq *receivers)
{
	struct machipc_receiver *rcv;
	struct task_struct *task;
	bool taken;
	int mr;

	while (receivers->first) {
		rcv = machipc_waitq_pop(receivers);
		mr = offer(port, kmsg, rcv);
		taken = rcv->kmsg;
		task = end_wait(rcv->task, &rcv->state, mr);
		if (taken)
			return task;
		wake_up_process(task);
	}
	return NULL;
}

static void clear_ready(struct machipc_port *port)
{
	struct machipc_pset_link *link;

	list_for_each_entry(link, &port->links, port_node) {
		spin_lock(&link->pset->lock);
		list_del_init(&link->ready_node);
		spin_unlock(&link->pset->lock);
	}
}

/* The last message of the queue has gone. */
static void drained(struct machipc_port *port)
{
	clear_ready(port);
	if (unlikely(port->inbox))
		machipc_inbox_remove(port->inbox);
}

/*
 * Offers a message to those who wait on a set. Where nobody does, the set is
 * made ready under the same lock: whoever comes to wait later finds that the
 * port has something, and takes the port's lock to see what.
 */
static struct task_struct *hand_over_to_sets(struct machipc_port *port,
					     struct machipc_kmsg *kmsg)
{
	bool ready = !list_empty(&port->queue);
	struct machipc_pset_link *link;
	struct task_struct *task;

	lockdep_assert_held(&port->lock);

	list_for_each_entry(link, &port->links, port_node) {
		spin_lock(&link->pset->lock);
		task = hand_over(port, kmsg, &link->pset->receivers);
		if (!task && !ready)
			list_add_tail(&link->ready_node, &link->pset->ready);
		if (!task)
			machipc_watch_wake(&link->pset->watches,
					   MACHIPC_POLL_IN);
		spin_unlock(&link->pset->lock);
		if (task) {
			if (!ready)
				clear_ready(port);
			return task;
		}
	}
	return NULL;
}

/*
 * Gives a message to who has waited longest, if it fits there. The lock that
 * protects @receivers is held: who leaves the wait takes it.
 */
static inline struct task_struct *give(struct machipc_port *port,
				       struct machipc_kmsg *kmsg,
				       struct machipc_waitq *receivers)
{
	struct machipc_receiver *rcv = receivers->first;

	lockdep_assert_held(&port->lock);

	if (!rcv || !fits(kmsg, rcv))
		return NULL;
	machipc_waitq_pop(receivers);
	kmsg->seqno = port->seqno++;
	kmsg->local = port->name;
	kmsg->context = port->context;
	rcv->kmsg = kmsg;
	return end_wait(rcv->task, &rcv->state, MACH_MSG_SUCCESS);
}

static noinline struct task_struct *give_to_sets(struct machipc_port *port,
						 struct machipc_kmsg *kmsg)
{
	struct machipc_pset_link *link;
	struct task_struct *task;

	lockdep_assert_held(&port->lock);

	list_for_each_entry(link, &port->links, port_node) {
		spin_lock(&link->pset->lock);
		task = give(port, kmsg, &link->pset->receivers);
		spin_unlock(&link->pset->lock);
		if (task)
			return task;
	}
	return NULL;
}

/**
 * machipc_mqueue_hand_over_locked() - give a message to a receiver that waits
 * @port: where to
 * @kmsg: the message, which holds no right to @port. It belongs to the receiver
 *	if the result is not NULL, and has not changed otherwise
 *
 * Context: &machipc_port.lock held, and an RCU read-side section.
 * Return: who is to be woken in that section, or NULL if nobody can have the
 * message in this way.
 */
struct task_struct *machipc_mqueue_hand_over_locked(struct machipc_port *port,
						    struct machipc_kmsg *kmsg)
{
	struct task_struct *task;

	lockdep_assert_held(&port->lock);

	/*
	 * Somebody who waits has seen an empty queue, and the death of the port
	 * or a message in the queue would have ended the wait.
	 */
	if (port->nr_armed)
		return NULL;
	task = give(port, kmsg, &port->receivers);
	if (!task && !list_empty(&port->links))
		task = give_to_sets(port, kmsg);
	return task;
}

static inline void enqueue(struct machipc_port *port,
			   struct machipc_kmsg *kmsg)
{
	bool first = list_empty(&port->queue);

	lockdep_assert_held(&port->lock);

	list_add_tail(&kmsg->node, &port->queue);
	port->bytes += kmsg->bytes;
	if (!first)
		return;
	machipc_watch_wake(&port->readers, MACHIPC_POLL_IN);
	if (unlikely(port->inbox))
		machipc_inbox_add(port->inbox);
}

static void dequeue(struct machipc_port *port, struct machipc_kmsg *kmsg)
{
	lockdep_assert_held(&port->lock);

	list_del_init(&kmsg->node);
	if (list_empty(&port->queue))
		drained(port);
	release_slot(port, kmsg->bytes);
}

/* Nobody waits at the port itself; those who do at its sets come first. */
static inline struct task_struct *queue(struct machipc_port *port,
					struct machipc_kmsg *kmsg)
{
	struct task_struct *task = NULL;

	if (!list_empty(&port->links))
		task = hand_over_to_sets(port, kmsg);
	if (!task) {
		enqueue(port, kmsg);
		port->msgcount++;
	}
	return task;
}

/**
 * machipc_mqueue_post_locked() - hand a message to a receiver or queue it
 * @port: a living port that has room
 * @kmsg: the message, which holds a send right to it; no longer the caller's
 *
 * Context: &machipc_port.lock held, and an RCU read-side section.
 * Return: who is to be woken in that section, or NULL.
 */
struct task_struct *machipc_mqueue_post_locked(struct machipc_port *port,
					       struct machipc_kmsg *kmsg)
{
	struct task_struct *task = NULL;

	lockdep_assert_held(&port->lock);

	if (port->receivers.first)
		task = hand_over(port, kmsg, &port->receivers);
	return task ? task : queue(port, kmsg);
}

/*
 * Hands a message to a waiting receiver or queues it. @slot says whether the
 * sender was given a slot before: then it is used, or free again. Drops the
 * lock of the port.
 */
static int post_and_unlock(struct machipc_port *port,
			   struct machipc_kmsg *kmsg, bool slot)
	__releases(&port->lock)
{
	struct task_struct *task;

	rcu_read_lock();
	task = hand_over(port, kmsg, &port->receivers);
	if (!task && !machipc_kmsg_bill(kmsg, port)) {
		spin_unlock(&port->lock);
		rcu_read_unlock();
		return MACH_SEND_NO_BUFFER;
	}
	if (!task)
		task = queue(port, kmsg);
	if (slot && task)
		release_slot(port, 0);
	else if (slot)
		port->msgcount--;
	spin_unlock(&port->lock);
	if (task)
		wake_up_process(task);
	rcu_read_unlock();
	return MACH_MSG_SUCCESS;
}

/* Waits until there is room. The lock of the port is dropped meanwhile. */
static int wait_for_slot(struct machipc_port *port, s64 timeout)
	__must_hold(&port->lock)
{
	struct machipc_sender sender = {
		.task = current,
		.state = MACHIPC_WAITING,
	};
	int ret;

	lockdep_assert_held(&port->lock);

	list_add_tail(&sender.node, &port->senders);
	spin_unlock(&port->lock);
	ret = wait_for(&sender.state, timeout);
	spin_lock(&port->lock);
	if (sender.state == MACHIPC_WAITING) {
		list_del(&sender.node);
		sender.state = ret == -EINTR ? MACH_SEND_INTERRUPTED :
					       MACH_SEND_TIMED_OUT;
	}
	return sender.state;
}

/**
 * machipc_mqueue_send() - deliver or queue a message
 * @port: where to
 * @kmsg: the message; it belongs to the queue or a receiver if the result is
 *	MACH_MSG_SUCCESS, and to the caller otherwise
 * @always: do not wait for room: the message comes from a send-once right or
 *	from the kernel
 * @timeout: nanoseconds to wait for room, or MACHIPC_NO_TIMEOUT
 *
 * Context: The caller holds a reference to @port. May sleep unless @always.
 * Return: MACH_MSG_SUCCESS, MACH_SEND_TIMED_OUT, MACH_SEND_INTERRUPTED,
 * MACH_SEND_NO_BUFFER at the kernel's own limit, or if it is a reply whose
 * receiver's user leaves too many waiting; MACH_SEND_INVALID_DEST if the port
 * is dead.
 */
int machipc_mqueue_send(struct machipc_port *port, struct machipc_kmsg *kmsg,
			bool always, s64 timeout)
{
	bool slot = false;
	int mr;

	spin_lock(&port->lock);
	if (port->dead) {
		mr = MACH_SEND_INVALID_DEST;
		goto err_unlock;
	}
	if (port->msgcount >= MACH_PORT_QLIMIT_KERNEL) {
		mr = timeout ? MACH_SEND_NO_BUFFER : MACH_SEND_TIMED_OUT;
		goto err_unlock;
	}
	if (!always && machipc_mqueue_full_locked(port)) {
		if (!timeout) {
			mr = MACH_SEND_TIMED_OUT;
			goto err_unlock;
		}
		mr = wait_for_slot(port, timeout);
		if (mr)
			goto err_unlock;
		slot = true;
		/* It may have died after it gave the slot. */
		if (port->dead) {
			mr = MACH_SEND_INVALID_DEST;
			goto err_unlock;
		}
	}
	return post_and_unlock(port, kmsg, slot);

err_unlock:
	spin_unlock(&port->lock);
	return mr;
}

/*
 * Uses up the right that a message was sent with, unless that would be more
 * than counting. The receiver has a reference to the port too.
 */
static inline void use_up_dest(struct machipc_port *port,
			       struct machipc_kmsg *kmsg)
{
	lockdep_assert_held(&port->lock);

	if (port->nr_armed)
		return;
	if (kmsg->dest.type == MACH_MSG_TYPE_PORT_SEND) {
		if (port->srights == 1 && port->nsreq)
			return;
		port->srights--;
	} else {
		port->sorights--;
	}
	kmsg->dest.port = NULL;
	kmsg->local = port->name;
	kmsg->context = port->context;
	refcount_dec(&port->refs);
}

/* Takes the first message of a port, or reports that it is too large. */
static inline int take_head(struct machipc_port *port,
			    struct machipc_receiver *rcv)
{
	struct machipc_kmsg *kmsg;
	int mr;

	lockdep_assert_held(&port->lock);

	kmsg = list_first_entry(&port->queue, struct machipc_kmsg, node);
	mr = offer(port, kmsg, rcv);
	if (rcv->kmsg) {
		dequeue(port, kmsg);
		use_up_dest(port, kmsg);
	}
	return mr;
}

/**
 * machipc_mqueue_feed_locked() - give a port's messages to those who wait on
 *	a set that it has just joined
 * @port: the port
 * @link: the new membership
 *
 * Context: &machipc_port.lock held.
 */
void machipc_mqueue_feed_locked(struct machipc_port *port,
				struct machipc_pset_link *link)
{
	struct machipc_pset *pset = link->pset;
	struct machipc_kmsg *kmsg;
	struct task_struct *task;
	size_t bytes;

	lockdep_assert_held(&port->lock);

	if (list_empty(&port->queue))
		return;
	while (!list_empty(&port->queue)) {
		kmsg = list_first_entry(&port->queue, struct machipc_kmsg,
					node);
		bytes = kmsg->bytes;
		/* The receiver owns the message from the moment it has it. */
		list_del_init(&kmsg->node);
		rcu_read_lock();
		spin_lock(&pset->lock);
		task = hand_over(port, kmsg, &pset->receivers);
		if (!task) {
			list_add_tail(&link->ready_node, &pset->ready);
			machipc_watch_wake(&pset->watches, MACHIPC_POLL_IN);
		}
		spin_unlock(&pset->lock);
		if (task)
			wake_up_process(task);
		rcu_read_unlock();
		if (!task) {
			list_add(&kmsg->node, &port->queue);
			break;
		}
		release_slot(port, bytes);
	}
	if (list_empty(&port->queue))
		drained(port);
}

/*
 * Sleeps until a message is handed over. @lock protects the queue that the
 * receiver waits in; called with it held, drops it.
 */
static inline int wait_for_message(spinlock_t *lock,
				   struct machipc_waitq *receivers,
				   struct machipc_receiver *rcv, s64 timeout)
	__releases(lock)
{
	int ret;

	lockdep_assert_held(lock);

	rcv->task = current;
	rcv->state = MACHIPC_WAITING;
	machipc_waitq_add(receivers, rcv);
	spin_unlock(lock);

	if (machipc_spin(&receivers->spin, &rcv->state))
		return rcv->state;
	ret = wait_for(&rcv->state, timeout);
	if (!ret)
		return rcv->state;

	spin_lock(lock);
	if (rcv->state == MACHIPC_WAITING) {
		machipc_waitq_remove(receivers, rcv);
		rcv->state = ret == -EINTR ? MACH_RCV_INTERRUPTED :
					     MACH_RCV_TIMED_OUT;
	}
	spin_unlock(lock);
	return rcv->state;
}

/**
 * machipc_mqueue_receive_port() - receive from one port
 * @port: the port
 * @space: the space in which the caller looked it up
 * @rcv: options and size of the buffer; on return the outcome
 * @timeout: nanoseconds to wait, or MACHIPC_NO_TIMEOUT
 *
 * Context: The caller holds a reference to @port. May sleep.
 * Return: MACH_MSG_SUCCESS, MACH_RCV_TOO_LARGE, MACH_RCV_TIMED_OUT,
 * MACH_RCV_INTERRUPTED or MACH_RCV_PORT_CHANGED.
 */
int machipc_mqueue_receive_port(struct machipc_port *port,
				struct machipc_space *space,
				struct machipc_receiver *rcv, s64 timeout)
{
	int mr;

	rcv->kmsg = NULL;
	spin_lock(&port->lock);
	if (port->dead || port->receiver != space)
		mr = MACH_RCV_PORT_CHANGED;
	else if (!list_empty(&port->queue))
		mr = take_head(port, rcv);
	else if (!timeout)
		mr = MACH_RCV_TIMED_OUT;
	else
		goto wait;
	spin_unlock(&port->lock);
	return mr;

wait:
	return wait_for_message(&port->lock, &port->receivers, rcv, timeout);
}

/*
 * The member of a set that is next to be served, with a reference, or NULL.
 * It moves behind the others, so that none of them starves.
 */
static struct machipc_port *rotate_ready(struct machipc_pset *pset)
{
	struct machipc_pset_link *link;

	lockdep_assert_held(&pset->lock);

	link = list_first_entry_or_null(&pset->ready, struct machipc_pset_link,
					ready_node);
	if (!link)
		return NULL;
	list_move_tail(&link->ready_node, &pset->ready);
	return machipc_port_get(link->port);
}

/* Whether @port has a message and is still a member of @pset. */
static bool has_message_for(struct machipc_port *port,
			    struct machipc_pset *pset)
{
	struct machipc_pset_link *link;

	lockdep_assert_held(&port->lock);

	if (list_empty(&port->queue))
		return false;
	list_for_each_entry(link, &port->links, port_node) {
		if (link->pset == pset)
			return true;
	}
	return false;
}

/**
 * machipc_mqueue_receive_pset() - receive from any member of a set
 * @pset: the set
 * @rcv: options and size of the buffer; on return the outcome
 * @timeout: nanoseconds to wait, or MACHIPC_NO_TIMEOUT
 *
 * Context: The caller holds a reference to @pset. May sleep.
 * Return: see machipc_mqueue_receive_port().
 */
int machipc_mqueue_receive_pset(struct machipc_pset *pset,
				struct machipc_receiver *rcv, s64 timeout)
{
	struct machipc_port *port;
	bool found;
	int mr;

	rcv->kmsg = NULL;
	for (;;) {
		spin_lock(&pset->lock);
		if (pset->dead) {
			spin_unlock(&pset->lock);
			return MACH_RCV_PORT_CHANGED;
		}
		port = rotate_ready(pset);
		if (!port && timeout)
			return wait_for_message(&pset->lock, &pset->receivers,
						rcv, timeout);
		spin_unlock(&pset->lock);
		if (!port)
			return MACH_RCV_TIMED_OUT;

		spin_lock(&port->lock);
		found = has_message_for(port, pset);
		if (found)
			mr = take_head(port, rcv);
		spin_unlock(&port->lock);
		machipc_port_put(port);
		if (found)
			return mr;
	}
}
