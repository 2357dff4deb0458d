/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Calls on the host that need privilege. */
#ifndef _MACH_HOST_PRIV_H_
#define _MACH_HOST_PRIV_H_

#include <mach/host_special_ports.h>
#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * host_get_special_port() - a copy of a special port of the host
 * @host_priv: the host port of a process that had CAP_SYS_ADMIN over its pid
 *	namespace when it first used the library
 * @node: HOST_LOCAL_NODE
 * @which: number of the port, from 1 to HOST_MAX_SPECIAL_PORT
 * @port: set to the caller's name for a send right, with one user reference to
 *	release; MACH_PORT_NULL if the port is not set, MACH_PORT_DEAD if it
 *	died
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT for an unknown @which or a
 * @host_priv without privilege; MACH_SEND_INVALID_DEST for a @host_priv that is
 * no send right.
 */
kern_return_t host_get_special_port(host_priv_t host_priv, int node, int which,
				    mach_port_t *port);

/**
 * host_set_special_port() - replace a special port of the host
 * @host_priv: as for host_get_special_port()
 * @which: number of the port, from HOST_MAX_SPECIAL_KERNEL_PORT + 1 to
 *	HOST_MAX_SPECIAL_PORT
 * @port: name of a send right, of which the kernel takes a copy;
 *	MACH_PORT_NULL clears
 *
 * Return: as host_get_special_port(); MACH_SEND_INVALID_RIGHT if @port is not a
 * send right.
 */
kern_return_t host_set_special_port(host_priv_t host_priv, int which,
				    mach_port_t port);

#ifdef __cplusplus
}
#endif

#endif
