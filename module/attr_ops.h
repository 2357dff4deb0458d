/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mach_port_* calls on what a receive right knows about its port: attributes,
 * guard and context, counts, a look at the queue.
 */
#ifndef _MACHIPC_ATTR_OPS_H
#define _MACHIPC_ATTR_OPS_H

#include <linux/types.h>

#include "mach.h"

struct machipc_port;
struct machipc_space;

u32 machipc_requests_size_locked(const struct machipc_port *port);
int machipc_get_attributes(struct machipc_space *space, u32 name, u32 flavor,
			   u32 *info, u32 *count);
int machipc_set_attributes(struct machipc_space *space, u32 name, u32 flavor,
			   const u32 *info, u32 count);
int machipc_get_context(struct machipc_space *space, u32 name, u64 *context);
int machipc_set_context(struct machipc_space *space, u32 name, u64 context);
int machipc_guard(struct machipc_space *space, u32 name, u64 guard,
		  bool strict);
int machipc_unguard(struct machipc_space *space, u32 name, u64 guard);
int machipc_set_mscount(struct machipc_space *space, u32 name, u32 mscount);
int machipc_set_seqno(struct machipc_space *space, u32 name, u32 seqno);
int machipc_get_srights(struct machipc_space *space, u32 name, u32 *srights);

/**
 * struct machipc_peek - what a look at the queue tells
 * @seqno: sequence number that the message will get; on call, which message
 *	is meant, 0 for the first
 * @msg_size: its size
 * @msg_id: its id
 * @trailer_size: size of @trailer
 * @trailer: its trailer
 */
struct machipc_peek {
	u32 seqno;
	u32 msg_size;
	s32 msg_id;
	u32 trailer_size;
	u8 trailer[MACH_MSG_MAX_TRAILER_SIZE];
};

int machipc_peek(struct machipc_space *space, u32 name, u32 trailer_type,
		 struct machipc_peek *peek);

#endif
