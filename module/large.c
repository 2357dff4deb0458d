// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations of a size that a user chose.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "large.h"

/**
 * machipc_alloc_large() - allocate memory, or fail
 * @size: how much
 * @zero: __GFP_ZERO or 0
 *
 * Who asks for more than there is, is told so. The kernel would rather kill a
 * process to make room, which may be one that has asked for nothing. Memory in
 * one piece is looked for only once: pages from anywhere do as well.
 *
 * Context: May sleep.
 * Return: the memory, to be freed by kvfree(), or NULL.
 */
void *machipc_alloc_large(size_t size, gfp_t zero)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN | zero;
	void *memory;

	if (size <= PAGE_SIZE)
		return kmalloc(size, gfp | __GFP_RETRY_MAYFAIL);
	memory = kmalloc(size, gfp | __GFP_NORETRY);
	return memory ?: __vmalloc(size, gfp | __GFP_RETRY_MAYFAIL);
}
