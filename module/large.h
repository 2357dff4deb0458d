/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Allocations of a size that a user chose.
 */
#ifndef _MACHIPC_LARGE_H
#define _MACHIPC_LARGE_H

#include <linux/types.h>

void *machipc_alloc_large(size_t size, gfp_t zero);

#endif
