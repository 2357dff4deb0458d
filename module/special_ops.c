// SPDX-License-Identifier: GPL-2.0
/*
 * Special ports of a task.
 */
#include "kmsg.h"
#include "domain.h"
#include "process.h"
#include "right.h"
#include "space.h"
#include "special_ops.h"

static int copy_task(struct machipc_space *space, struct machipc_right *right)
{
	right->port = machipc_space_task_port(space);
	return right->port ? KERN_SUCCESS : KERN_FAILURE;
}

static int copy_name(struct machipc_space *space, struct machipc_right *right)
{
	right->port = machipc_space_name_port(space);
	return right->port ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

/**
 * machipc_special_get() - copy a special port of a task
 * @space: its space
 * @which: TASK_*_PORT
 * @right: where to put a send right, which may be null or dead
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT if there is no such port;
 * KERN_FAILURE if the space has died; KERN_RESOURCE_SHORTAGE.
 */
int machipc_special_get(struct machipc_space *space, u32 which,
			struct machipc_right *right)
{
	if (!READ_ONCE(space->active))
		return KERN_FAILURE;
	right->port = NULL;
	right->name = MACH_PORT_NULL;
	right->type = MACH_MSG_TYPE_PORT_SEND;
	switch (which) {
	case TASK_KERNEL_PORT:
		if (!machipc_process_copy(space, MACHIPC_SLOT_KERNEL, right, 1))
			return copy_task(space, right);
		break;
	case TASK_HOST_PORT:
		if (!machipc_process_copy(space, MACHIPC_SLOT_HOST, right, 1))
			machipc_right_copy_send(space->host, right);
		break;
	case TASK_NAME_PORT:
		return copy_name(space, right);
	case TASK_BOOTSTRAP_PORT:
		if (!machipc_process_copy(space, MACHIPC_SLOT_BOOTSTRAP, right,
					  1))
			machipc_domain_get_bootstrap(space->domain, right);
		break;
	case TASK_SEATBELT_PORT:
		machipc_process_copy(space, MACHIPC_SLOT_SEATBELT, right, 1);
		break;
	case TASK_ACCESS_PORT:
		machipc_process_copy(space, MACHIPC_SLOT_ACCESS, right, 1);
		break;
	case TASK_DEBUG_CONTROL_PORT:
		machipc_process_copy(space, MACHIPC_SLOT_DEBUG, right, 1);
		break;
	default:
		return KERN_INVALID_ARGUMENT;
	}
	return KERN_SUCCESS;
}

static bool find_slot(u32 which, enum machipc_slot *slot)
{
	switch (which) {
	case TASK_KERNEL_PORT:
		*slot = MACHIPC_SLOT_KERNEL;
		return true;
	case TASK_HOST_PORT:
		*slot = MACHIPC_SLOT_HOST;
		return true;
	case TASK_BOOTSTRAP_PORT:
		*slot = MACHIPC_SLOT_BOOTSTRAP;
		return true;
	case TASK_SEATBELT_PORT:
		*slot = MACHIPC_SLOT_SEATBELT;
		return true;
	case TASK_ACCESS_PORT:
		*slot = MACHIPC_SLOT_ACCESS;
		return true;
	case TASK_DEBUG_CONTROL_PORT:
		*slot = MACHIPC_SLOT_DEBUG;
		return true;
	default:
		return false;
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
 * none that can be set; KERN_NO_ACCESS if it can be set only once;
 * KERN_FAILURE if the space has died; KERN_RESOURCE_SHORTAGE.
 */
int machipc_special_set(struct machipc_space *space, u32 which,
			struct machipc_right *right, struct machipc_reap *reap)
{
	enum machipc_slot slot;
	bool once;

	if (!find_slot(which, &slot)) {
		machipc_right_release(right, reap);
		return KERN_INVALID_ARGUMENT;
	}
	once = slot == MACHIPC_SLOT_SEATBELT || slot == MACHIPC_SLOT_ACCESS;
	return machipc_process_set(space, slot, right, 1, once, reap);
}

/**
 * machipc_register_ports() - register ports of a task
 * @space: its space
 * @rights: send rights or none, as many as can be registered; consumed, also
 *	on failure
 * @reap: gets what dies
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT if the space has died;
 * KERN_RESOURCE_SHORTAGE.
 */
int machipc_register_ports(struct machipc_space *space,
			   struct machipc_right *rights,
			   struct machipc_reap *reap)
{
	int kr = machipc_process_set(space, MACHIPC_SLOT_REGISTERED, rights,
				     TASK_PORT_REGISTER_MAX, false, reap);

	return kr == KERN_FAILURE ? KERN_INVALID_ARGUMENT : kr;
}

/**
 * machipc_lookup_ports() - copy the registered ports of a task
 * @space: its space
 * @rights: where to put as many send rights as can be registered, which may be
 *	null or dead
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT if the space has died.
 */
int machipc_lookup_ports(struct machipc_space *space,
			 struct machipc_right *rights)
{
	if (!READ_ONCE(space->active))
		return KERN_INVALID_ARGUMENT;
	memset(rights, 0, TASK_PORT_REGISTER_MAX * sizeof(*rights));
	machipc_process_copy(space, MACHIPC_SLOT_REGISTERED, rights,
			     TASK_PORT_REGISTER_MAX);
	return KERN_SUCCESS;
}
