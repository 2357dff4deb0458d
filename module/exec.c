// SPDX-License-Identifier: GPL-2.0
/*
 * Noticing that a process executes a program.
 */
#include <linux/tracepoint.h>
#include <linux/types.h>

#include "exec.h"
#include "probe.h"
#include "space.h"

struct linux_binprm;

static struct tracepoint *exec_tracepoint;

static void probe_exec(void *data, struct task_struct *task, pid_t old_pid,
		       struct linux_binprm *bprm)
{
	machipc_space_leave(task);
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
	if (!exec_tracepoint)
		return;
	tracepoint_probe_unregister(exec_tracepoint, probe_exec, NULL);
	tracepoint_synchronize_unregister();
}
