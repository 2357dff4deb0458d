/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Send rights that the kernel keeps for a thread (ports.md 10). */
#ifndef _MACH_THREAD_SPECIAL_PORTS_H_
#define _MACH_THREAD_SPECIAL_PORTS_H_

#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define THREAD_KERNEL_PORT	1	/* What thread_self_trap() returns */

/**
 * thread_get_special_port() - a copy of a special port
 * @thread: the thread
 * @which_port: THREAD_KERNEL_PORT
 * @special_port: set to the caller's name for a send right, with one user
 *	reference to release; MACH_PORT_NULL if it was set to none,
 *	MACH_PORT_DEAD if it died
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT for an unknown @which_port or a
 * @thread that stands for none; KERN_FAILURE if it is just ending;
 * MACH_SEND_INVALID_DEST for a @thread that is no send right, or has ended.
 */
kern_return_t thread_get_special_port(thread_act_t thread, int which_port,
				      mach_port_t *special_port);

/**
 * thread_set_special_port() - replace a special port
 * @thread: the thread
 * @which_port: THREAD_KERNEL_PORT
 * @special_port: name of a send right, of which the kernel takes a copy;
 *	MACH_PORT_NULL clears
 *
 * Return: as thread_get_special_port(); MACH_SEND_INVALID_RIGHT if
 * @special_port is not a send right.
 */
kern_return_t thread_set_special_port(thread_act_t thread, int which_port,
				      mach_port_t special_port);

#define thread_get_kernel_port(thread, port) \
	(thread_get_special_port((thread), THREAD_KERNEL_PORT, (port)))
#define thread_set_kernel_port(thread, port) \
	(thread_set_special_port((thread), THREAD_KERNEL_PORT, (port)))

#ifdef __cplusplus
}
#endif

#endif
