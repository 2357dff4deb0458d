/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Calls on a task: those on the ports that the kernel keeps for it. */
#ifndef _MACH_TASK_H_
#define _MACH_TASK_H_

#include <mach/task_special_ports.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TASK_PORT_REGISTER_MAX	3

/**
 * mach_ports_register() - keep ports for a task and its children
 * @task: the task
 * @init_port_set: names of send rights, of which the kernel takes copies;
 *	MACH_PORT_NULL for none
 * @init_port_set_count: how many, at most TASK_PORT_REGISTER_MAX. They replace
 *	all that were registered before
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT if there are too many, or @task
 * stands for none; MACH_SEND_INVALID_RIGHT if one is not a send right;
 * MACH_SEND_INVALID_DEST for a @task that is no send right.
 */
kern_return_t mach_ports_register(task_t task, mach_port_array_t init_port_set,
				  mach_msg_type_number_t init_port_set_count);

/**
 * mach_ports_lookup() - copies of the registered ports of a task
 * @task: the task
 * @init_port_set: set to an array of names of send rights, each with one user
 *	reference to release, MACH_PORT_NULL or MACH_PORT_DEAD; to be released
 *	with vm_deallocate()
 * @init_port_set_count: set to its length, TASK_PORT_REGISTER_MAX
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT for a @task that stands for none;
 * MACH_SEND_INVALID_DEST for a @task that is no send right;
 * KERN_RESOURCE_SHORTAGE.
 */
kern_return_t mach_ports_lookup(task_t task, mach_port_array_t *init_port_set,
				mach_msg_type_number_t *init_port_set_count);

#ifdef __cplusplus
}
#endif

#endif
