/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Out-of-line memory: between the address spaces of users and the kernel.
 */
#ifndef _MACHIPC_OOL_H
#define _MACHIPC_OOL_H

#include <linux/types.h>

int machipc_ool_read(u64 address, void *data, size_t size);
void machipc_ool_remove(u64 address, size_t size);
int machipc_ool_map(size_t size, u64 *address);
int machipc_ool_write(u64 address, const void *data, size_t size);

#endif
