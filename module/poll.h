/* SPDX-License-Identifier: GPL-2.0 */
/*
 * poll() of a port descriptor and of the device.
 */
#ifndef _MACHIPC_POLL_H
#define _MACHIPC_POLL_H

#include <linux/poll.h>
#include <linux/types.h>

struct file;
struct machipc_space;

int machipc_watch(struct machipc_space *space, u32 name, u32 right,
		  struct file **file);
__poll_t machipc_poll_space(struct machipc_space *space, struct file *file,
			    struct poll_table_struct *wait);

#endif
