// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/* Memory: mmap(2) and munmap(2) with Mach's arguments and results. */

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>
#include <mach/mach_vm.h>
#include "device.h"
#include "vm.h"

vm_size_t vm_page_size;
vm_size_t vm_page_mask;
int vm_page_shift;

/* Early: constructors of programs may use these. */
__attribute__((constructor(101))) static void find_page_size(void)
{
	vm_page_size = (vm_size_t)sysconf(_SC_PAGESIZE);
	vm_page_mask = vm_page_size - 1;
	vm_page_shift = __builtin_ctzl(vm_page_size);
}

/* The size of the whole pages that a range touches, or 0 if it wraps. */
static vm_size_t page_span(vm_address_t address, vm_size_t size)
{
	vm_address_t start = trunc_page(address);
	vm_address_t end;

	if (__builtin_add_overflow(address, size, &end) ||
	    __builtin_add_overflow(end, vm_page_mask, &end))
		return 0;
	return trunc_page(end) - start;
}

static kern_return_t map(vm_address_t *address, vm_size_t size, int flags)
{
	void *memory = mmap((void *)*address, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (memory != MAP_FAILED) {
		*address = (vm_address_t)memory;
		return KERN_SUCCESS;
	}
	switch (errno) {
	case EEXIST:
		return KERN_NO_SPACE;
	case EAGAIN:
		return KERN_RESOURCE_SHORTAGE;
	case ENOMEM:
		return flags ? KERN_INVALID_ADDRESS : KERN_NO_SPACE;
	default:
		return KERN_INVALID_ADDRESS;
	}
}

kern_return_t machipc_map(vm_address_t *address, vm_size_t size)
{
	vm_size_t span = page_span(0, size);

	*address = 0;
	if (!size)
		return KERN_SUCCESS;
	return span ? map(address, span, 0) : KERN_INVALID_ARGUMENT;
}

kern_return_t machipc_unmap(vm_address_t address, vm_size_t size)
{
	vm_size_t span = page_span(address, size);

	if (!size)
		return KERN_SUCCESS;
	if (!span)
		return KERN_INVALID_ARGUMENT;
	if (!munmap((void *)trunc_page(address), span))
		return KERN_SUCCESS;
	return errno == ENOMEM ? KERN_RESOURCE_SHORTAGE : KERN_INVALID_ARGUMENT;
}

/* Only the own address space is within reach. */
static bool is_self(vm_map_t task)
{
	return task != MACH_PORT_NULL && task == mach_task_self();
}

kern_return_t vm_allocate(vm_map_t target_task, vm_address_t *address,
			  vm_size_t size, int flags)
{
	vm_address_t fixed = trunc_page(*address);
	vm_size_t span = page_span(fixed, size);
	kern_return_t kr;

	if (!is_self(target_task) ||
	    (flags & ~(VM_FLAGS_ANYWHERE | VM_FLAGS_OVERWRITE)))
		return KERN_INVALID_ARGUMENT;
	if (!size || (flags & VM_FLAGS_ANYWHERE))
		return machipc_map(address, size);
	if (!span)
		return KERN_INVALID_ARGUMENT;
	kr = map(&fixed, span, flags & VM_FLAGS_OVERWRITE ?
			       MAP_FIXED : MAP_FIXED_NOREPLACE);
	if (kr == KERN_SUCCESS)
		*address = fixed;
	return kr;
}

kern_return_t vm_deallocate(vm_map_t target_task, vm_address_t address,
			    vm_size_t size)
{
	if (!is_self(target_task))
		return KERN_INVALID_ARGUMENT;
	return machipc_unmap(address, size);
}

kern_return_t mach_vm_allocate(vm_map_t target_task, mach_vm_address_t *address,
			       mach_vm_size_t size, int flags)
{
	vm_address_t narrow = (vm_address_t)*address;
	kern_return_t kr;

	if (size != (vm_size_t)size ||
	    (!(flags & VM_FLAGS_ANYWHERE) && narrow != *address))
		return KERN_INVALID_ARGUMENT;
	kr = vm_allocate(target_task, &narrow, (vm_size_t)size, flags);
	if (kr == KERN_SUCCESS)
		*address = narrow;
	return kr;
}

kern_return_t mach_vm_deallocate(vm_map_t target_task,
				 mach_vm_address_t address,
				 mach_vm_size_t size)
{
	if (address != (vm_address_t)address || size != (vm_size_t)size)
		return KERN_INVALID_ARGUMENT;
	return vm_deallocate(target_task, (vm_address_t)address,
			     (vm_size_t)size);
}
