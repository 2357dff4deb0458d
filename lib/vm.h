/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Memory of the process without a task port, which needs the module. */
#ifndef MACHIPC_LIB_VM_H
#define MACHIPC_LIB_VM_H

#include <mach/vm_map.h>

/* Maps @size bytes, rounded up to pages; 0 gives address 0. */
kern_return_t machipc_map(vm_address_t *address, vm_size_t size);

/* Unmaps every page that the range touches. */
kern_return_t machipc_unmap(vm_address_t address, vm_size_t size);

#endif
