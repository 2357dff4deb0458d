/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Destruction of messages without recursion.
 */
#ifndef _MACHIPC_REAP_H
#define _MACHIPC_REAP_H

#include <linux/list.h>
#include <linux/types.h>

struct machipc_desc;
struct machipc_kmsg;

/**
 * struct machipc_reap - messages that an operation has to destroy
 * @kmsgs: the messages, &machipc_kmsg.node
 * @running: a loop further up the stack is destroying them
 *
 * It lives on the stack of an operation. A message that dies may kill ports,
 * whose messages are appended here and destroyed by the same loop.
 */
struct machipc_reap {
	struct list_head kmsgs;
	bool running;
};

/**
 * define MACHIPC_REAP_INIT - initializer of a reap list
 * @name: name of the variable
 */
#define MACHIPC_REAP_INIT(name)	{ .kmsgs = LIST_HEAD_INIT((name).kmsgs) }

void machipc_reap_desc(struct machipc_reap *reap, struct machipc_desc *desc);
void machipc_reap_kmsg(struct machipc_reap *reap, struct machipc_kmsg *kmsg);
void machipc_reap_drain(struct machipc_reap *reap);

/**
 * machipc_reap_run() - destroy all messages of the list
 * @reap: the list
 *
 * Returns at once when called from inside its own loop, which then finds what
 * was added.
 *
 * Context: May sleep, no spinlock held.
 */
static inline void machipc_reap_run(struct machipc_reap *reap)
{
	if (unlikely(!list_empty(&reap->kmsgs)))
		machipc_reap_drain(reap);
}

#endif
