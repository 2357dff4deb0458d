/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Addresses and sizes of memory. */
#ifndef _MACH_VM_TYPES_H_
#define _MACH_VM_TYPES_H_

#include <mach/std_types.h>
#include <mach/port.h>

/* As wide as a pointer of the caller. */
typedef uintptr_t vm_offset_t;
typedef uintptr_t vm_address_t;
typedef uintptr_t vm_size_t;
typedef vm_offset_t pointer_t;

/* 64 bits wide everywhere. */
typedef uint64_t mach_vm_address_t;
typedef uint64_t mach_vm_offset_t;
typedef uint64_t mach_vm_size_t;

/* A name of the task port whose address space is meant. */
typedef mach_port_t vm_map_t;

/* Flags of vm_allocate() and mach_vm_allocate(). */
#define VM_FLAGS_FIXED		0x0000	/* At the page of the given address */
#define VM_FLAGS_ANYWHERE	0x0001	/* Wherever there is room */
#define VM_FLAGS_OVERWRITE	0x4000	/* With FIXED: replace what is there */

#endif
