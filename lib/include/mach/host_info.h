/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* What host_info() tells. */
#ifndef _MACH_HOST_INFO_H_
#define _MACH_HOST_INFO_H_

#include <mach/mach_types.h>

typedef integer_t *host_info_t;
typedef integer_t host_flavor_t;

#define HOST_BASIC_INFO		1

/**
 * struct host_basic_info - the machine
 * @max_cpus: processors there may be
 * @avail_cpus: processors that run
 * @memory_size: bytes of memory, at most 2 GiB
 * @cpu_type: kind of processor, in Mach's numbers
 * @cpu_subtype: variant of it
 * @cpu_threadtype: 0
 * @physical_cpu: processors that run
 * @physical_cpu_max: processors there may be
 * @logical_cpu: processors that run
 * @logical_cpu_max: processors there may be
 * @max_mem: bytes of memory
 */
struct host_basic_info {
	integer_t max_cpus;
	integer_t avail_cpus;
	natural_t memory_size;
	integer_t cpu_type;
	integer_t cpu_subtype;
	integer_t cpu_threadtype;
	integer_t physical_cpu;
	integer_t physical_cpu_max;
	integer_t logical_cpu;
	integer_t logical_cpu_max;
	uint64_t max_mem;
};

typedef struct host_basic_info host_basic_info_data_t;
typedef struct host_basic_info *host_basic_info_t;
#define HOST_BASIC_INFO_COUNT	12

/* Sizes of what host_kernel_version() writes. */
#define KERNEL_VERSION_MAX	512
typedef char kernel_version_t[KERNEL_VERSION_MAX];

#endif
