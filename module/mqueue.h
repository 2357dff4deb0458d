/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The queue of a port: admission, delivery, and who waits for either.
 */
#ifndef _MACHIPC_MQUEUE_H
#define _MACHIPC_MQUEUE_H

#include <linux/list.h>
#include <linux/types.h>

struct machipc_kmsg;
struct machipc_port;
struct machipc_pset;
struct machipc_pset_link;
struct machipc_space;
struct task_struct;

/**
 * DOC: Waiting
 *
 * A thread that waits does so with a structure on its own stack, in a list of
 * the port or set, under that object's lock. Whoever ends the wait takes the
 * structure out of the list under the lock, fills in the outcome, and stores
 * @state last: from that moment the waiter may return and the structure is
 * gone. The waker therefore reads the task before and keeps it alive by an
 * RCU read-side section around store and wakeup.
 *
 * A waiter that gives up (timeout, signal) takes the lock and looks again: if
 * the wait was ended meanwhile, that outcome stands. So a message is never
 * handed to a thread that has left.
 */

/* &machipc_receiver.state and &machipc_sender.state before the wait ends. */
#define MACHIPC_WAITING		(-1)

/**
 * struct machipc_receiver - a receive in progress
 * @node: in &machipc_port.receivers or &machipc_pset.receivers
 * @task: who waits
 * @option: options of the receive
 * @size: size of the buffer in bytes
 * @ilp32: the receiver is a 32-bit program
 * @state: MACHIPC_WAITING, then a mach_msg result
 * @kmsg: the message, if @state is MACH_MSG_SUCCESS, or MACH_RCV_TOO_LARGE
 *	without MACH_RCV_LARGE
 * @msg_size: size of the message that was too large
 * @name: name of the port that has it
 */
struct machipc_receiver {
	struct list_head node;
	struct task_struct *task;
	u32 option;
	u32 size;
	bool ilp32;
	int state;
	struct machipc_kmsg *kmsg;
	u32 msg_size;
	u32 name;
};

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
int machipc_mqueue_receive_port(struct machipc_port *port,
				struct machipc_space *space,
				struct machipc_receiver *rcv, s64 timeout);
int machipc_mqueue_receive_pset(struct machipc_pset *pset,
				struct machipc_receiver *rcv, s64 timeout);

bool machipc_mqueue_full_locked(const struct machipc_port *port);
void machipc_mqueue_set_limit_locked(struct machipc_port *port, u16 qlimit);
void machipc_mqueue_feed_locked(struct machipc_port *port,
				struct machipc_pset_link *link);
void machipc_mqueue_wake_receivers(struct list_head *receivers);
void machipc_mqueue_wake_senders_locked(struct machipc_port *port);

#endif
