// SPDX-License-Identifier: GPL-2.0
/*
 * Ports whose receiver is the kernel, and what they stand for.
 *
 * A task port stands for a space, the host port for the machine. They are
 * handed out as send rights like any other.
 */
#include <linux/lockdep.h>
#include <linux/mutex.h>

#include <linux/machipc.h>

#include "kmsg.h"
#include "kobject.h"
#include "port.h"
#include "right.h"
#include "space.h"

static struct machipc_port *host_port;

int machipc_kobject_init(void)
{
	host_port = machipc_port_alloc(NULL, MACHIPC_KOBJECT_HOST);
	return host_port ? 0 : -ENOMEM;
}

void machipc_kobject_exit(void)
{
	machipc_port_put(host_port);
}

/**
 * machipc_kobject_space() - find the space that a task port stands for
 * @port: a task port
 *
 * Return: the space with a reference for the caller, which can die at any
 * moment; NULL if it has.
 */
struct machipc_space *machipc_kobject_space(struct machipc_port *port)
{
	struct machipc_space *space;

	spin_lock(&port->lock);
	space = port->space;
	if (space)
		machipc_space_get(space);
	spin_unlock(&port->lock);
	return space;
}

/* The port that a space means by MACHIPC_SELF_*; NULL for anything else. */
static struct machipc_port *find_port(struct machipc_space *space, u32 which)
{
	lockdep_assert_held(&space->lock);

	switch (which) {
	case MACHIPC_SELF_TASK:
		return space->self;
	case MACHIPC_SELF_HOST:
		return host_port;
	default:
		return NULL;
	}
}

/**
 * machipc_kobject_copy() - make a right to what a space is part of
 * @space: the space
 * @which: MACHIPC_SELF_*
 *
 * Return: the port, with a reference and a send right for the caller; NULL if
 * the space has died.
 */
struct machipc_port *machipc_kobject_copy(struct machipc_space *space,
					  u32 which)
{
	struct machipc_port *port = NULL;

	mutex_lock(&space->lock);
	if (space->active)
		port = machipc_right_make_send(find_port(space, which));
	mutex_unlock(&space->lock);
	return port;
}

/* A send right to a kernel port for the space, made or referenced again. */
static int copyout_kernel_port(struct machipc_space *space,
			       struct machipc_port *port, u32 *name)
{
	struct machipc_right right = {
		.port = machipc_right_make_send(port),
		.type = MACH_MSG_TYPE_PORT_SEND,
	};
	int kr;

	lockdep_assert_held(&space->lock);

	kr = machipc_right_copyout(space, &right, name);
	if (right.port)
		machipc_right_release_send(right.port);
	return kr;
}

/**
 * machipc_kobject_self() - give a space a right to what it is part of
 * @space: the space
 * @which: MACHIPC_SELF_*
 * @name: where to put the name
 *
 * Return: KERN_SUCCESS, KERN_INVALID_TASK, KERN_NO_SPACE,
 * KERN_RESOURCE_SHORTAGE, or KERN_INVALID_ARGUMENT for an unknown @which.
 */
int machipc_kobject_self(struct machipc_space *space, u32 which, u32 *name)
{
	struct machipc_port *port;
	int kr = KERN_INVALID_TASK;

	mutex_lock(&space->lock);
	if (!space->active)
		goto out_unlock;
	port = find_port(space, which);
	kr = port ? copyout_kernel_port(space, port, name) :
		    KERN_INVALID_ARGUMENT;

out_unlock:
	mutex_unlock(&space->lock);
	return kr;
}
