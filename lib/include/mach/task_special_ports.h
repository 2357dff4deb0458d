/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Send rights that the kernel keeps for a process (ports.md 10). */
#ifndef _MACH_TASK_SPECIAL_PORTS_H_
#define _MACH_TASK_SPECIAL_PORTS_H_

#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TASK_KERNEL_PORT	1	/* What task_self_trap() returns */
#define TASK_HOST_PORT		2	/* What mach_host_self() returns */
#define TASK_NAME_PORT		3	/* Identity of the task; get only */
#define TASK_BOOTSTRAP_PORT	4	/* Where to look up services */
#define TASK_SEATBELT_PORT	7	/* Set once */
#define TASK_ACCESS_PORT	9	/* Set once */
#define TASK_DEBUG_CONTROL_PORT	10	/* Not inherited */

/**
 * task_get_special_port() - a copy of a special port
 * @task: the task
 * @which_port: TASK_*_PORT
 * @special_port: set to the caller's name for a send right, with one user
 *	reference to release; MACH_PORT_NULL if the port is not set,
 *	MACH_PORT_DEAD if it died
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT for an unknown @which_port or a
 * @task that stands for none; MACH_SEND_INVALID_DEST for a @task that is no
 * send right.
 */
kern_return_t task_get_special_port(task_t task, int which_port,
				    mach_port_t *special_port);

/**
 * task_set_special_port() - replace a special port
 * @task: the task
 * @which_port: TASK_*_PORT
 * @special_port: name of a send right, of which the kernel takes a copy;
 *	MACH_PORT_NULL clears
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT for a @which_port that is unknown
 * or cannot be set, or a @task that stands for none; KERN_NO_ACCESS for one that
 * is set once and still lives; MACH_SEND_INVALID_RIGHT if @special_port is not
 * a send right; MACH_SEND_INVALID_DEST for a @task that is no send right.
 */
kern_return_t task_set_special_port(task_t task, int which_port,
				    mach_port_t special_port);

#define task_get_kernel_port(task, port) \
	(task_get_special_port((task), TASK_KERNEL_PORT, (port)))
#define task_get_host_port(task, port) \
	(task_get_special_port((task), TASK_HOST_PORT, (port)))
#define task_get_bootstrap_port(task, port) \
	(task_get_special_port((task), TASK_BOOTSTRAP_PORT, (port)))
#define task_set_bootstrap_port(task, port) \
	(task_set_special_port((task), TASK_BOOTSTRAP_PORT, (port)))

#ifdef __cplusplus
}
#endif

#endif
