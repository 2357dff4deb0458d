// SPDX-License-Identifier: GPL-2.0
/*
 * Destruction of messages without recursion.
 */
#include <linux/sched.h>

#include "kmsg.h"
#include "reap.h"
#include "right.h"

/**
 * machipc_reap_kmsg() - have a message destroyed
 * @reap: the list of the operation
 * @kmsg: the message, which is in no queue
 */
void machipc_reap_kmsg(struct machipc_reap *reap, struct machipc_kmsg *kmsg)
{
	list_add_tail(&kmsg->node, &reap->kmsgs);
}

/**
 * machipc_reap_desc() - destroy the rights that a descriptor carries
 * @reap: gets the messages of ports that die
 * @desc: the descriptor; its memory stays
 *
 * Context: May sleep, no spinlock held.
 */
void machipc_reap_desc(struct machipc_reap *reap, struct machipc_desc *desc)
{
	u32 i;

	switch (desc->type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		machipc_right_release(&desc->right, reap);
		break;
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		for (i = 0; desc->rights && i < desc->count; i++)
			machipc_right_release(&desc->rights[i], reap);
		break;
	}
}

static void destroy(struct machipc_kmsg *kmsg, struct machipc_reap *reap)
{
	u32 i;

	machipc_right_release(&kmsg->dest, reap);
	machipc_right_release(&kmsg->reply, reap);
	for (i = 0; i < kmsg->nr_descs; i++) {
		machipc_reap_desc(reap, &kmsg->descs[i]);
		cond_resched();
	}
	machipc_kmsg_free(kmsg);
}

/**
 * machipc_reap_drain() - the loop of machipc_reap_run()
 * @reap: the list
 *
 * Context: May sleep, no spinlock held.
 */
void machipc_reap_drain(struct machipc_reap *reap)
{
	struct machipc_kmsg *kmsg;

	if (reap->running)
		return;
	reap->running = true;
	while (!list_empty(&reap->kmsgs)) {
		kmsg = list_first_entry(&reap->kmsgs, struct machipc_kmsg,
					node);
		list_del_init(&kmsg->node);
		destroy(kmsg, reap);
		cond_resched();
	}
	reap->running = false;
}
