/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* What machipc has and Mach has not. */
#ifndef _MACHIPC_H_
#define _MACHIPC_H_

#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of the features that a module may or may not have. */
#define MACHIPC_HAS_OOL		(1ULL << 0)	/* Out-of-line memory and ports */

/**
 * machipc_query() - ask the module what it is
 * @abi_version: set to the version of its interface
 * @features: set to MACHIPC_HAS_* bits
 *
 * Return: KERN_SUCCESS; KERN_FAILURE where the module is missing or unusable,
 * KERN_NOT_SUPPORTED where it does not belong to the library.
 */
kern_return_t machipc_query(uint32_t *abi_version, uint64_t *features);

/**
 * machipc_set_domain_bootstrap() - set the default bootstrap port
 * @port: name of a send right, of which the kernel takes a copy;
 *	MACH_PORT_NULL clears
 *
 * The port becomes the bootstrap port of every process of the caller's pid
 * namespace that has none of its own. While a live port is set it can be
 * cleared, but not replaced.
 *
 * Return: KERN_SUCCESS; KERN_NO_ACCESS if the caller lacks CAP_SYS_ADMIN over
 * the pid namespace, or if another live port is set; MACH_SEND_INVALID_RIGHT
 * if @port is not a send right.
 */
kern_return_t machipc_set_domain_bootstrap(mach_port_t port);

#ifdef __cplusplus
}
#endif

#endif
