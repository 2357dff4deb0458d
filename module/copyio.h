/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between messages of users, which have names and addresses, and kmsgs, which
 * have rights and memory.
 */
#ifndef _MACHIPC_COPYIO_H
#define _MACHIPC_COPYIO_H

#include <linux/compiler_types.h>
#include <linux/types.h>

#include "hot.h"

struct machipc_kmsg;
struct machipc_reap;
struct machipc_space;

/* Descriptors of a body that goes in, or comes out, as one step for a space. */
#define MACHIPC_PLAIN_DESCS_MAX	16

machipc_hot
int machipc_copyin_get(struct machipc_space *space, void __user *msg, u32 size,
		       bool ilp32, struct machipc_kmsg **kmsgp);
int machipc_copyin_header(struct machipc_space *space,
			  struct machipc_kmsg *kmsg, bool *always);
int machipc_copyin_body(struct machipc_space *space, struct machipc_kmsg *kmsg);
bool machipc_copyin_prepare(struct machipc_kmsg *kmsg);
int machipc_copyin_prepared_locked(struct machipc_space *space,
				   struct machipc_kmsg *kmsg);

/**
 * struct machipc_buffer - where a received message goes
 * @addr: address of the buffer
 * @size: its size in bytes
 * @trailer: size of the trailer that is wanted, which need not fit
 * @option: options of the receive
 * @scatter_size: size of the scatter list at @addr, 0 if there is none
 * @ilp32: the receiver is a 32-bit program
 */
struct machipc_buffer {
	void __user *addr;
	u32 size;
	u32 trailer;
	u32 option;
	u32 scatter_size;
	bool ilp32;
};

machipc_hot
int machipc_copyout(struct machipc_space *space, struct machipc_kmsg *kmsg,
		    const struct machipc_buffer *buffer,
		    struct machipc_reap *reap);
int machipc_copyout_short(struct machipc_space *space,
			  struct machipc_kmsg *kmsg,
			  const struct machipc_buffer *buffer,
			  struct machipc_reap *reap);
int machipc_copyout_large(u32 msg_size, u32 name,
			  const struct machipc_buffer *buffer);
int machipc_copyout_give_back(struct machipc_space *space,
			      struct machipc_kmsg *kmsg, void __user *msg,
			      struct machipc_reap *reap);
u32 machipc_copyout_trailer(struct machipc_kmsg *kmsg, u32 option, bool ilp32,
			    u64 context, u8 *at);

#endif
