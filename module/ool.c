// SPDX-License-Identifier: GPL-2.0
/*
 * Out-of-line memory: between the address spaces of users and the kernel.
 *
 * A region is copied when it is sent, so nothing that the sender does later is
 * seen. Small ones are copied again, into fresh anonymous memory of the
 * receiver; for large ones see memory.h. All of this works on the address
 * space of the current thread.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "mach.h"
#include "ool.h"

/* Large copies must not keep other threads from the processor. */
#define COPY_STEP	(256UL << 10)

/**
 * machipc_ool_read() - copy a region of the sender
 * @address: where it starts
 * @data: where to put it
 * @size: its size
 *
 * Context: May sleep, no lock held.
 * Return: MACH_MSG_SUCCESS or MACH_SEND_INVALID_MEMORY.
 */
int machipc_ool_read(u64 address, void *data, size_t size)
{
	size_t done, step;

	for (done = 0; done < size; done += step) {
		step = min(size - done, COPY_STEP);
		if (copy_from_user(data + done, u64_to_user_ptr(address + done),
				   step))
			return MACH_SEND_INVALID_MEMORY;
		cond_resched();
	}
	return MACH_MSG_SUCCESS;
}

/**
 * machipc_ool_remove() - unmap every page that a region touches
 * @address: where it starts
 * @size: its size
 *
 * Failure leaves the memory in place, which is the owner's own loss.
 *
 * Context: May sleep, no lock held.
 */
void machipc_ool_remove(u64 address, size_t size)
{
	unsigned long start = address & PAGE_MASK;

	if (size)
		vm_munmap(start, PAGE_ALIGN(address + size) - start);
}

/**
 * machipc_ool_map() - give the receiver fresh memory
 * @size: how much, not 0
 * @address: where to put its address, 0 on failure
 *
 * Context: May sleep, no lock held.
 * Return: 0, or MACH_MSG_VM_SPACE or MACH_MSG_VM_KERNEL.
 */
int machipc_ool_map(size_t size, u64 *address)
{
	unsigned long addr;

	addr = vm_mmap(NULL, 0, PAGE_ALIGN(size), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (!IS_ERR_VALUE(addr)) {
		*address = addr;
		return 0;
	}
	*address = 0;
	return addr == (unsigned long)-ENOMEM ? MACH_MSG_VM_SPACE :
						MACH_MSG_VM_KERNEL;
}

/**
 * machipc_ool_write() - fill memory of the receiver
 * @address: where
 * @data: with what
 * @size: how much
 *
 * Context: May sleep, no lock held.
 * Return: 0 or MACH_MSG_VM_KERNEL.
 */
int machipc_ool_write(u64 address, const void *data, size_t size)
{
	size_t done, step;

	for (done = 0; done < size; done += step) {
		step = min(size - done, COPY_STEP);
		if (copy_to_user(u64_to_user_ptr(address + done), data + done,
				 step))
			return MACH_MSG_VM_KERNEL;
		cond_resched();
	}
	return 0;
}
