/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ports whose receiver is the kernel, and the server behind them.
 */
#ifndef _MACHIPC_KOBJECT_H
#define _MACHIPC_KOBJECT_H

#include <linux/types.h>

struct machipc_kmsg;
struct machipc_port;
struct machipc_reap;
struct machipc_space;

int machipc_kobject_init(void);
void machipc_kobject_exit(void);

void machipc_kobject_serve(struct machipc_kmsg *kmsg,
			   struct machipc_reap *reap);
int machipc_kobject_self(struct machipc_space *space, u32 which, u32 *name);

#endif
