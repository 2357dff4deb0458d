/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Port descriptors: files that tell poll() about a port.
 */
#ifndef _MACHIPC_POLL_H
#define _MACHIPC_POLL_H

#include <linux/types.h>

struct file;
struct machipc_space;

int machipc_watch(struct machipc_space *space, u32 name, u32 right,
		  struct file **file);

#endif
