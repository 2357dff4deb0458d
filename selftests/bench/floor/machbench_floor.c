// SPDX-License-Identifier: GPL-2.0
/*
 * The least that a character device can do for two processes that take turns:
 * one call wakes the other side and sleeps until it is woken. It carries
 * nothing, so whatever carries something costs more.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "floor.h"

/**
 * struct pair - an open file, which the two sides share
 * @turn: the side that may run
 * @task: who sleeps or will, with a reference; NULL before the first call
 * @wait: where the sides sleep instead
 */
struct pair {
	int turn;
	struct task_struct *task[2];
	wait_queue_head_t wait[2];
};

static int floor_open(struct inode *inode, struct file *file)
{
	struct pair *pair = kzalloc(sizeof(*pair), GFP_KERNEL_ACCOUNT);

	if (!pair)
		return -ENOMEM;
	init_waitqueue_head(&pair->wait[0]);
	init_waitqueue_head(&pair->wait[1]);
	file->private_data = pair;
	return 0;
}

static int floor_release(struct inode *inode, struct file *file)
{
	struct pair *pair = file->private_data;

	if (pair->task[0])
		put_task_struct(pair->task[0]);
	if (pair->task[1])
		put_task_struct(pair->task[1]);
	kfree(pair);
	return 0;
}

/* A side is one thread, so nobody else does this at the same time. */
static void attach(struct pair *pair, int side)
{
	if (pair->task[side] == current)
		return;
	if (pair->task[side])
		put_task_struct(pair->task[side]);
	WRITE_ONCE(pair->task[side], get_task_struct(current));
}

static long switch_sides(struct pair *pair, int side)
{
	struct task_struct *other;
	long ret = 0;

	attach(pair, side);
	/* Either the other side sees the turn, or it is seen here. */
	smp_store_mb(pair->turn, !side);
	other = READ_ONCE(pair->task[!side]);
	if (other)
		wake_up_process(other);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(pair->turn) == side)
			break;
		if (signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return ret;
}

static long switch_queues(struct pair *pair, int side)
{
	WRITE_ONCE(pair->turn, !side);
	wake_up_interruptible_sync(&pair->wait[!side]);
	return wait_event_interruptible(pair->wait[side],
					READ_ONCE(pair->turn) == side);
}

static long floor_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd == FLOOR_NULL)
		return 0;
	if (arg > 1)
		return -EINVAL;
	switch (cmd) {
	case FLOOR_SWITCH:
		return switch_sides(file->private_data, arg);
	case FLOOR_QUEUE:
		return switch_queues(file->private_data, arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations floor_fops = {
	.owner = THIS_MODULE,
	.open = floor_open,
	.release = floor_release,
	.unlocked_ioctl = floor_ioctl,
};

static struct miscdevice floor_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "machbench_floor",
	.fops = &floor_fops,
	.mode = 0666,
};
module_misc_device(floor_device);

MODULE_DESCRIPTION("What two processes that take turns cost at least");
MODULE_LICENSE("GPL");
