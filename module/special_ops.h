/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Special ports of a task.
 */
#ifndef _MACHIPC_SPECIAL_OPS_H
#define _MACHIPC_SPECIAL_OPS_H

#include <linux/types.h>

struct machipc_reap;
struct machipc_right;
struct machipc_space;

int machipc_special_get(struct machipc_space *space, u32 which,
			struct machipc_right *right);
int machipc_special_set(struct machipc_space *space, u32 which,
			struct machipc_right *right, struct machipc_reap *reap);
int machipc_register_ports(struct machipc_space *space,
			   struct machipc_right *rights,
			   struct machipc_reap *reap);
int machipc_lookup_ports(struct machipc_space *space,
			 struct machipc_right *rights);

#endif
