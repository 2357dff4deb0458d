/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ports whose receiver is the kernel, and what they stand for.
 */
#ifndef _MACHIPC_KOBJECT_H
#define _MACHIPC_KOBJECT_H

#include <linux/types.h>

struct machipc_port;
struct machipc_space;

int machipc_kobject_init(void);
void machipc_kobject_exit(void);

struct machipc_space *machipc_kobject_space(struct machipc_port *port);
struct machipc_port *machipc_kobject_copy(struct machipc_space *space,
					  u32 which);
int machipc_kobject_self(struct machipc_space *space, u32 which, u32 *name);

#endif
