/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Calls on the host. */
#ifndef _MACH_MACH_HOST_H_
#define _MACH_MACH_HOST_H_

#include <mach/host_info.h>
#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * host_info() - tell of the machine
 * @host: the host port
 * @flavor: HOST_BASIC_INFO
 * @host_info_out: where to put a struct host_basic_info
 * @host_info_out_count: words that there is room for; set to those written
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT for an unknown @flavor or a @host
 * that stands for none; KERN_FAILURE if there is too little room;
 * MACH_SEND_INVALID_DEST for a @host that is no send right.
 */
kern_return_t host_info(host_t host, host_flavor_t flavor,
			host_info_t host_info_out,
			mach_msg_type_number_t *host_info_out_count);

/**
 * host_kernel_version() - tell which kernel runs
 * @host: the host port
 * @kernel_version: where to put a string
 *
 * Return: as host_info().
 */
kern_return_t host_kernel_version(host_t host, kernel_version_t kernel_version);

/**
 * host_page_size() - tell the size of a page
 * @host: the host port
 * @out_page_size: set to the size in bytes
 *
 * Return: as host_info().
 */
kern_return_t host_page_size(host_t host, vm_size_t *out_page_size);

#ifdef __cplusplus
}
#endif

#endif
