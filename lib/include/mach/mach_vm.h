/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* vm_allocate() and vm_deallocate() with 64-bit addresses. */
#ifndef _MACH_MACH_VM_H_
#define _MACH_MACH_VM_H_

#include <mach/mach_types.h>
#include <mach/vm_page_size.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * mach_vm_allocate() - vm_allocate() with 64-bit addresses
 * @target_task: as for vm_allocate()
 * @address: as for vm_allocate()
 * @size: as for vm_allocate()
 * @flags: as for vm_allocate()
 *
 * Return: as vm_allocate().
 */
kern_return_t mach_vm_allocate(vm_map_t target_task, mach_vm_address_t *address,
			       mach_vm_size_t size, int flags);

/**
 * mach_vm_deallocate() - vm_deallocate() with 64-bit addresses
 * @target_task: as for vm_deallocate()
 * @address: as for vm_deallocate()
 * @size: as for vm_deallocate()
 *
 * Return: as vm_deallocate().
 */
kern_return_t mach_vm_deallocate(vm_map_t target_task,
				 mach_vm_address_t address,
				 mach_vm_size_t size);

#ifdef __cplusplus
}
#endif

#endif
