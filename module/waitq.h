/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The receivers that wait on a port or a port set.
 */
#ifndef _MACHIPC_WAITQ_H
#define _MACHIPC_WAITQ_H

#include <linux/list.h>
#include <linux/types.h>

#include "spin.h"

struct machipc_kmsg;
struct task_struct;

/* &machipc_receiver.state and &machipc_sender.state before the wait ends. */
#define MACHIPC_WAITING		(-1)

/**
 * struct machipc_receiver - a receive in progress
 * @node: in &machipc_waitq.rest
 * @task: who waits
 * @room: bytes of a message that fit into the buffer beside the trailer
 * @large: a message that does not fit stays (MACH_RCV_LARGE)
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
	u32 room;
	bool large;
	bool ilp32;
	int state;
	struct machipc_kmsg *kmsg;
	u32 msg_size;
	u32 name;
};

/**
 * struct machipc_waitq - receivers in the order in which they came
 * @first: who has waited longest, or NULL
 * @rest: the others, &machipc_receiver.node
 * @spin: how soon such waits have ended
 *
 * Most ports have one receiver or none. The first one is kept outside of the
 * list because kernels that check their lists make each change of one dear.
 * All but @spin is protected by the lock of the port or set.
 */
struct machipc_waitq {
	struct machipc_receiver *first;
	struct list_head rest;
	struct machipc_spin spin;
};

static inline void machipc_waitq_init(struct machipc_waitq *waitq)
{
	waitq->first = NULL;
	INIT_LIST_HEAD(&waitq->rest);
	waitq->spin = (struct machipc_spin){};
}

static inline void machipc_waitq_add(struct machipc_waitq *waitq,
				     struct machipc_receiver *rcv)
{
	if (!waitq->first)
		waitq->first = rcv;
	else
		list_add_tail(&rcv->node, &waitq->rest);
}

/* Takes out who has waited longest; there is somebody. */
static inline struct machipc_receiver *
machipc_waitq_pop(struct machipc_waitq *waitq)
{
	struct machipc_receiver *rcv = waitq->first;

	waitq->first = list_first_entry_or_null(&waitq->rest,
						struct machipc_receiver, node);
	if (waitq->first)
		list_del(&waitq->first->node);
	return rcv;
}

/* Takes out somebody who is in the queue. */
static inline void machipc_waitq_remove(struct machipc_waitq *waitq,
					struct machipc_receiver *rcv)
{
	if (waitq->first == rcv)
		machipc_waitq_pop(waitq);
	else
		list_del(&rcv->node);
}

#endif
