/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernel releases, found by probing the headers in use:
 * distributions carry back-ports, so release numbers say little.
 */
#ifndef _MACHIPC_COMPAT_H
#define _MACHIPC_COMPAT_H

#include <linux/sched.h>

/* Since 6.1 a sleeping task says itself that it may be frozen. */
#ifndef TASK_FREEZABLE
#define TASK_FREEZABLE	0
#endif

/*
 * Since 6.16 the trace point of a thread that exits has a second argument, which
 * says whether it is the last one. A probe has to have exactly the arguments of
 * its trace point. For a file that includes <trace/events/sched.h>.
 */
#define MACHIPC_EXIT_TELLS_LAST						\
	__builtin_types_compatible_p(					\
		typeof(check_trace_callback_type_sched_process_exit),	\
		void (void (*)(void *, struct task_struct *, bool)))

#endif
