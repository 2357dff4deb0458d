/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mach_port_* calls on references and rights.
 */
#ifndef _MACHIPC_RIGHT_OPS_H
#define _MACHIPC_RIGHT_OPS_H

#include <linux/types.h>

struct machipc_reap;
struct machipc_right;
struct machipc_space;

int machipc_get_refs(struct machipc_space *space, u32 name, u32 right,
		     u32 *urefs);
int machipc_mod_refs(struct machipc_space *space, u32 name, u32 right,
		     s32 delta, struct machipc_reap *reap);
int machipc_deallocate(struct machipc_space *space, u32 name);
int machipc_destroy(struct machipc_space *space, u32 name,
		    struct machipc_reap *reap);
int machipc_destruct(struct machipc_space *space, u32 name, s32 srdelta,
		     u64 guard, struct machipc_reap *reap);

int machipc_take_right(struct machipc_space *space, u32 name, u32 disposition,
		       struct machipc_right *right);
int machipc_give_right(struct machipc_space *space,
		       struct machipc_right *right, u32 *name,
		       struct machipc_reap *reap);
int machipc_insert_right(struct machipc_space *space, u32 name,
			 struct machipc_right *right,
			 struct machipc_reap *reap);
int machipc_request_notification(struct machipc_space *space, u32 name, s32 id,
				 u32 sync, struct machipc_right *notify,
				 struct machipc_right *previous);

#endif
