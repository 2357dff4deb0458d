// SPDX-License-Identifier: GPL-2.0
/*
 * Subsystem thread_act: what a thread port gives.
 */
#include <linux/kernel.h>

#include "kmsg.h"
#include "mach.h"
#include "server.h"
#include "thread.h"

static int thread_get_special_port(struct machipc_call *call)
{
	return machipc_thread_get_special(call->thread, call->in[0],
					  &call->reply->descs[0].right);
}

static int thread_set_special_port(struct machipc_call *call)
{
	return machipc_thread_set_special(call->thread, call->in[0],
					  &call->request->descs[0].right,
					  call->reap);
}

#define FIRST	3600

static const struct machipc_routine routines[] = {
	/* which: the port is what it is set to */
	[3610 - FIRST] = {
		.execute = thread_get_special_port,
		.in = 1,
		.out_ports = 1,
	},
	/* which: the port is what to set it to */
	[3611 - FIRST] = {
		.execute = thread_set_special_port,
		.arg = MACHIPC_ARG_SEND,
		.in = 1,
	},
};

const struct machipc_subsystem machipc_thread_subsystem = {
	.first = FIRST,
	.nr = ARRAY_SIZE(routines),
	.kobjects = BIT(MACHIPC_KOBJECT_THREAD),
	.mismatch = KERN_INVALID_ARGUMENT,
	.routines = routines,
};
