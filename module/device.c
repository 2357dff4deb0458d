// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/machipc: a descriptor is a door to the space of the process that
 * opened it.
 *
 * The space has to die when its process does, before the parent of the
 * process learns of it, and not only when the last copy of the descriptor is
 * closed somewhere. The flush operation, which runs at each close() in the
 * process that closes, tells: it is called for the descriptors that an exit or
 * an exec closes as well.
 */
#include <linux/cdev.h>
#include <linux/compat.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "compat.h"
#include "debug.h"
#include "device.h"
#include "hot.h"
#include "ioctl.h"
#include "poll.h"
#include "space.h"

static const struct file_operations machipc_fops;

/* A door that leads nowhere: a child may have that of a parent who is gone. */
static int find_dead_door(const void *data, struct file *file, unsigned int fd)
{
	struct machipc_space **door = (struct machipc_space **)data;
	struct machipc_space *space = file->private_data;

	if (file->f_op != &machipc_fops || READ_ONCE(space->active))
		return 0;
	*door = machipc_space_get(space);
	return 1;
}

static int device_open(struct inode *inode, struct file *file)
{
	struct machipc_space *door = NULL;
	struct machipc_space *space;

	iterate_fd(current->files, 0, find_dead_door, &door);
	space = machipc_space_open(door);
	if (door)
		machipc_space_put(door);
	if (IS_ERR(space))
		return PTR_ERR(space);
	file->private_data = space;
	return nonseekable_open(inode, file);
}

static int device_release(struct inode *inode, struct file *file)
{
	machipc_space_close(file->private_data);
	return 0;
}

static int is_door(const void *space, struct file *file, unsigned int fd)
{
	return file->f_op == &machipc_fops && file->private_data == space;
}

/*
 * Whether the process that closes a door has no other one. A thread that has a
 * descriptor table of its own knows nothing of the others' tables, so only the
 * table of the thread group's leader counts.
 */
static bool is_last_door(struct machipc_space *space)
{
	struct task_struct *leader = current->group_leader;
	bool shared;

	task_lock(leader);
	shared = leader->files == current->files;
	task_unlock(leader);
	return shared && !iterate_fd(current->files, 0, is_door, space);
}

static int device_flush(struct file *file, fl_owner_t id)
{
	struct machipc_space *space = file->private_data;

	if (machipc_space_is_owner_exiting(space) ||
	    machipc_space_is_owner_executing(space) ||
	    (machipc_space_is_owner(space) && is_last_door(space)))
		machipc_space_die(space);
	return 0;
}

machipc_hot
static long device_ioctl(struct file *file, unsigned int cmd,
			 unsigned long arg)
{
	return machipc_ioctl(file->private_data, cmd, (void __user *)arg,
			     false);
}

#ifdef CONFIG_COMPAT
static long device_compat_ioctl(struct file *file, unsigned int cmd,
				unsigned long arg)
{
	return machipc_ioctl(file->private_data, cmd, compat_ptr(arg), true);
}
#endif

static __poll_t device_poll(struct file *file, struct poll_table_struct *wait)
{
	return machipc_poll_space(file->private_data, file, wait);
}

static const struct file_operations machipc_fops = {
	.owner		= THIS_MODULE,
	.open		= device_open,
	.release	= device_release,
	.flush		= device_flush,
	.unlocked_ioctl	= device_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl	= device_compat_ioctl,
#endif
	.poll		= device_poll,
};

/* Ports are capabilities: opening the door gives an empty room. */
static char *device_node(MACHIPC_DEVNODE_CONST struct device *device,
			 umode_t *mode)
{
	if (mode)
		*mode = 0666;
	return NULL;
}

/*
 * No misc device: those are opened under a mutex that all of them share, and
 * opening this one may wait for memory.
 */
static struct class machipc_class = {
	.name	 = "machipc",
	.devnode = device_node,
};

static struct cdev machipc_cdev;
static dev_t machipc_number;

int machipc_device_register(void)
{
	struct device *device;
	int ret;

	ret = class_register(&machipc_class);
	if (ret)
		return ret;
	ret = alloc_chrdev_region(&machipc_number, 0, 1, "machipc");
	if (ret)
		goto err_class;
	cdev_init(&machipc_cdev, &machipc_fops);
	machipc_cdev.owner = THIS_MODULE;
	ret = cdev_add(&machipc_cdev, machipc_number, 1);
	if (ret)
		goto err_region;
	device = device_create_with_groups(&machipc_class, NULL,
					   machipc_number, NULL,
					   machipc_attribute_groups, "machipc");
	if (!IS_ERR(device))
		return 0;
	ret = PTR_ERR(device);
	cdev_del(&machipc_cdev);

err_region:
	unregister_chrdev_region(machipc_number, 1);
err_class:
	class_unregister(&machipc_class);
	return ret;
}

void machipc_device_unregister(void)
{
	device_destroy(&machipc_class, machipc_number);
	cdev_del(&machipc_cdev);
	unregister_chrdev_region(machipc_number, 1);
	class_unregister(&machipc_class);
}
