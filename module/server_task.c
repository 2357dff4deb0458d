// SPDX-License-Identifier: GPL-2.0
/*
 * Subsystem task: what a task port gives besides the port space.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "kmsg.h"
#include "mach.h"
#include "port.h"
#include "server.h"
#include "special_ops.h"
#include "token.h"

/* Flavors of task_info, and their sizes in words. */
#define TASK_SECURITY_TOKEN		13
#define TASK_SECURITY_TOKEN_COUNT	2
#define TASK_AUDIT_TOKEN		15
#define TASK_AUDIT_TOKEN_COUNT		8

/* The tokens are those that a message from the task would have. */
static int task_info(struct machipc_call *call)
{
	struct mach_msg_trailer trailer = {};
	const u32 *words;
	u32 count;

	switch (call->in[0]) {
	case TASK_SECURITY_TOKEN:
		words = trailer.msgh_sender;
		count = TASK_SECURITY_TOKEN_COUNT;
		break;
	case TASK_AUDIT_TOKEN:
		words = trailer.msgh_audit;
		count = TASK_AUDIT_TOKEN_COUNT;
		break;
	default:
		return KERN_INVALID_ARGUMENT;
	}
	if (call->in[1] < count || !machipc_token_read(call->space, &trailer))
		return KERN_INVALID_ARGUMENT;
	call->out[0] = count;
	memcpy(&call->out[1], words, count * sizeof(*words));
	call->nr_out = 1 + count;
	return KERN_SUCCESS;
}

/* MIG gives the length of the array twice. */
static int ports_register(struct machipc_call *call)
{
	struct machipc_desc *desc = &call->request->descs[0];
	struct machipc_right rights[TASK_PORT_REGISTER_MAX] = {};

	if (desc->count != call->in[0])
		return MIG_TYPE_ERROR;
	if (desc->count > TASK_PORT_REGISTER_MAX)
		return KERN_INVALID_ARGUMENT;
	if (desc->count)
		memcpy(rights, desc->rights, desc->count * sizeof(rights[0]));
	/* They are the task's from now on; the array goes with the message. */
	desc->count = 0;
	return machipc_register_ports(call->space, rights, call->reap);
}

static int ports_lookup(struct machipc_call *call)
{
	struct machipc_right *rights;

	rights = machipc_server_give_rights(call, 0, TASK_PORT_REGISTER_MAX);
	if (!rights)
		return KERN_RESOURCE_SHORTAGE;
	call->out[0] = TASK_PORT_REGISTER_MAX;
	return machipc_lookup_ports(call->space, rights);
}

static int task_get_special_port(struct machipc_call *call)
{
	return machipc_special_get(call->space, call->in[0],
				   &call->reply->descs[0].right);
}

static int task_set_special_port(struct machipc_call *call)
{
	return machipc_special_set(call->space, call->in[0],
				   &call->request->descs[0].right, call->reap);
}

#define FIRST	3400

/* Above each: words of the request; words of the reply. */
static const struct machipc_routine routines[] = {
	/* how many there are: the array is what to register */
	[3403 - FIRST] = {
		.execute = ports_register,
		.arg = MACHIPC_ARG_SENDS,
		.in = 1,
	},
	/* how many there are: the array is what is registered */
	[3404 - FIRST] = {
		.execute = ports_lookup,
		.out = 1,
		.out_regions = 1,
	},
	/* flavor, room for words; how many there are, the words */
	[3405 - FIRST] = {
		.execute = task_info,
		.in = 2,
		.out = 1 + TASK_AUDIT_TOKEN_COUNT,
	},
	/* which: the port is what it is set to */
	[3409 - FIRST] = {
		.execute = task_get_special_port,
		.in = 1,
		.out_ports = 1,
	},
	/* which: the port is what to set it to */
	[3410 - FIRST] = {
		.execute = task_set_special_port,
		.arg = MACHIPC_ARG_SEND,
		.in = 1,
	},
};

const struct machipc_subsystem machipc_task_subsystem = {
	.first = FIRST,
	.nr = ARRAY_SIZE(routines),
	.kobjects = BIT(MACHIPC_KOBJECT_TASK),
	.mismatch = KERN_INVALID_ARGUMENT,
	.routines = routines,
};
