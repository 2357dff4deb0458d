/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages that the kernel itself sends and receives.
 */
#ifndef _MACHIPC_KERNEL_MSG_H
#define _MACHIPC_KERNEL_MSG_H

#include <linux/types.h>

struct machipc_kmsg;
struct machipc_port;
struct machipc_receiver;

/**
 * DOC: The kernel as a party
 *
 * A thread of the kernel has no space and no user memory. It talks in rights
 * where a user has names, and in kmsgs where a user has buffers: one from
 * machipc_kmsg_alloc_kernel(), which speaks with the kernel's tokens and
 * whose destination the caller has set, is sent as it is, and what is
 * received stays in the form that it had in the queue.
 *
 * A port of the kernel is one of machipc_port_alloc() that no space has the
 * receive right of; machipc_port_destroy() ends it.
 */

int machipc_kernel_send(struct machipc_kmsg *kmsg, u32 option, s64 timeout);
int machipc_kernel_receive(struct machipc_port *port,
			   struct machipc_receiver *rcv, s64 timeout,
			   void (*continuation)(struct machipc_receiver *rcv,
						int mr));
int machipc_kernel_rpc(struct machipc_kmsg *request, u32 max_size, s64 timeout,
		       struct machipc_kmsg **reply);

#endif
