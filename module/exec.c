// SPDX-License-Identifier: GPL-2.0
/*
 * Noticing that a process executes a program.
 */
#include <linux/errno.h>
#include <linux/tracepoint.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "exec.h"
#include "probe.h"
#include "space.h"

struct linux_binprm;

static struct tracepoint *exec_tracepoint;

/* The end of a space may take long, and others do not wait for it. */
static struct workqueue_struct *queue;

/**
 * machipc_exec_queue() - have a space ended
 * @work: its work item, which is not queued
 *
 * Context: Any.
 */
void machipc_exec_queue(struct work_struct *work)
{
	queue_work(queue, work);
}

static void probe_exec(void *data, struct task_struct *task, pid_t old_pid,
		       struct linux_binprm *bprm)
{
	machipc_space_leave(task);
}

int machipc_exec_init(void)
{
	int ret = 0;

	queue = alloc_workqueue("machipc", WQ_UNBOUND, 0);
	if (!queue)
		return -ENOMEM;
	exec_tracepoint = machipc_probe_find("sched_process_exec");
	if (exec_tracepoint)
		ret = tracepoint_probe_register(exec_tracepoint, probe_exec,
						NULL);
	if (ret)
		destroy_workqueue(queue);
	return ret;
}

void machipc_exec_exit(void)
{
	if (exec_tracepoint) {
		tracepoint_probe_unregister(exec_tracepoint, probe_exec, NULL);
		tracepoint_synchronize_unregister();
	}
	destroy_workqueue(queue);
}
