/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* The page size, and rounding to it. */
#ifndef _MACH_VM_PAGE_SIZE_H_
#define _MACH_VM_PAGE_SIZE_H_

#include <mach/vm_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Bytes in a page, that number minus one, and its binary logarithm. Set before
 * main() runs and never changed.
 */
extern vm_size_t vm_page_size;
extern vm_size_t vm_page_mask;
extern int vm_page_shift;

/* Round an address or a size down or up to whole pages; wraps at the end. */
#define trunc_page(x)	((x) & ~vm_page_mask)
#define round_page(x)	trunc_page((x) + vm_page_mask)

#define mach_vm_trunc_page(x) \
	((mach_vm_offset_t)(x) & ~(mach_vm_offset_t)vm_page_mask)
#define mach_vm_round_page(x) \
	mach_vm_trunc_page((mach_vm_offset_t)(x) + vm_page_mask)

#ifdef __cplusplus
}
#endif

#endif
