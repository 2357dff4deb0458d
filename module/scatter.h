/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scatter lists: where a receiver wants out-of-line data to go.
 */
#ifndef _MACHIPC_SCATTER_H
#define _MACHIPC_SCATTER_H

#include <linux/compiler_types.h>
#include <linux/types.h>

struct machipc_kmsg;

void machipc_scatter(struct machipc_kmsg *kmsg, const void __user *list,
		     u32 size, bool ilp32);

#endif
