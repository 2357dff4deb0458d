/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/*
 * Memory as messages need it: the ordinary memory of the process, as mmap(2)
 * gives it, so that Linux calls can be used on it as well.
 */
#ifndef _MACH_VM_MAP_H_
#define _MACH_VM_MAP_H_

#include <mach/mach_types.h>
#include <mach/vm_page_size.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vm_allocate() - get memory that is zero, readable and writable
 * @target_task: mach_task_self()
 * @address: set to the address, a page boundary. With VM_FLAGS_FIXED, the
 *	address wanted; it is rounded down to a page
 * @size: bytes, rounded up to pages. 0 gives no memory, and address 0
 * @flags: VM_FLAGS_*
 *
 * Return: KERN_SUCCESS; KERN_NO_SPACE if there is no such range free;
 * KERN_INVALID_ADDRESS if a fixed range cannot be mapped;
 * KERN_INVALID_ARGUMENT for another task, unknown flags or a size beyond the
 * address space; KERN_RESOURCE_SHORTAGE if the process may not map more.
 */
kern_return_t vm_allocate(vm_map_t target_task, vm_address_t *address,
			  vm_size_t size, int flags);

/**
 * vm_deallocate() - release memory, whatever call it came from
 * @target_task: mach_task_self()
 * @address: its address; every page that the range touches is released
 * @size: bytes. 0 releases nothing
 *
 * Return: KERN_SUCCESS, also for pages that are not mapped;
 * KERN_INVALID_ARGUMENT for another task or a range beyond the address space;
 * KERN_RESOURCE_SHORTAGE if the process has too many mappings to split one.
 */
kern_return_t vm_deallocate(vm_map_t target_task, vm_address_t address,
			    vm_size_t size);

#ifdef __cplusplus
}
#endif

#endif
