// SPDX-License-Identifier: GPL-2.0
/*
 * Special ports of a task.
 */
#include <linux/machipc.h>

#include "kmsg.h"
#include "mach.h"
#include "process.h"
#include "right.h"
#include "space.h"
#include "special_ops.h"

/**
 * machipc_special_get() - copy a special port of a task
 * @space: its space
 * @which: TASK_*_PORT
 * @right: where to put a send right, which may be null or dead
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT if there is no such port;
 * KERN_FAILURE if the space has died.
 */
int machipc_special_get(struct machipc_space *space, u32 which,
			struct machipc_right *right)
{
	right->port = NULL;
	right->name = MACH_PORT_NULL;
	right->type = MACH_MSG_TYPE_PORT_SEND;
	switch (which) {
	case TASK_KERNEL_PORT:
		right->port = machipc_space_task_port(space);
		return right->port ? KERN_SUCCESS : KERN_FAILURE;
	case TASK_HOST_PORT:
		machipc_right_copy_send(space->host, right);
		return KERN_SUCCESS;
	case TASK_BOOTSTRAP_PORT:
		machipc_bootstrap_copy(space, right);
		return KERN_SUCCESS;
	default:
		return KERN_INVALID_ARGUMENT;
	}
}

/**
 * machipc_special_set() - set a special port of a task
 * @space: its space
 * @which: TASK_*_PORT
 * @right: a send right, or none; consumed, also on failure
 * @reap: gets what dies
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT if there is no such port, or
 * none that can be set; KERN_FAILURE if the space has died;
 * KERN_RESOURCE_SHORTAGE.
 */
int machipc_special_set(struct machipc_space *space, u32 which,
			struct machipc_right *right, struct machipc_reap *reap)
{
	if (which == TASK_BOOTSTRAP_PORT)
		return machipc_bootstrap_set(space, right, reap);
	machipc_right_release(right, reap);
	return KERN_INVALID_ARGUMENT;
}
