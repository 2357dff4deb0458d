// SPDX-License-Identifier: GPL-2.0
/*
 * Noticing that a process executes a program.
 */
#include <linux/tracepoint.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "exec.h"
#include "probe.h"
#include "space.h"

struct linux_binprm;

static struct tracepoint *exec_tracepoint;

static void end_spaces(struct work_struct *work)
{
	machipc_space_end_abandoned();
}

static DECLARE_WORK(end_work, end_spaces);

static void probe_exec(void *data, struct task_struct *task, pid_t old_pid,
		       struct linux_binprm *bprm)
{
	if (machipc_space_is_left_behind(task))
		schedule_work(&end_work);
}

int machipc_exec_init(void)
{
	exec_tracepoint = machipc_probe_find("sched_process_exec");
	if (!exec_tracepoint)
		return 0;
	return tracepoint_probe_register(exec_tracepoint, probe_exec, NULL);
}

void machipc_exec_exit(void)
{
	if (exec_tracepoint) {
		tracepoint_probe_unregister(exec_tracepoint, probe_exec, NULL);
		tracepoint_synchronize_unregister();
	}
	flush_work(&end_work);
}
