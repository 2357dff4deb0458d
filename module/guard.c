// SPDX-License-Identifier: GPL-2.0
/*
 * What happens when somebody violates the guard of a port.
 *
 * The port is unharmed and the call returns its code. Mach kills the process
 * then; here that is up to the administrator.
 */
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "debug.h"
#include "guard.h"
#include "trace.h"

static bool kill_guard_violators;
module_param(kill_guard_violators, bool, 0644);
MODULE_PARM_DESC(kill_guard_violators,
		 "Kill a process that violates the guard of a port");

/**
 * machipc_guard_violated() - report a violation
 * @name: the name that the caller used
 * @violation: MACHIPC_GUARD_*
 *
 * Context: The violator's, no spinlock held.
 */
void machipc_guard_violated(u32 name, u32 violation)
{
	machipc_count(MACHIPC_GUARD_VIOLATIONS, 1);
	trace_machipc_guard_violation(name, violation);
	if (READ_ONCE(kill_guard_violators))
		send_sig(SIGKILL, current, 0);
}
