// SPDX-License-Identifier: GPL-2.0
/*
 * Subsystem mach_port: the calls on a port space, by message to its task port.
 */
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "attr_ops.h"
#include "info_ops.h"
#include "kmsg.h"
#include "mach.h"
#include "port.h"
#include "port_ops.h"
#include "reap.h"
#include "right_ops.h"
#include "server.h"

/* Words that a structure takes in a message. */
#define WORDS(type)	(sizeof(struct type) / sizeof(u32))

/* mach_port_qos_t: bits of the first word, then the length. */
#define QOS_NAME		0x1U
#define QOS_PREALLOC		0x2U

/* mach_port_options_t, with the part that is ignored. */
struct options {
	u32 flags;
	u32 qlimit;
	u64 reserved[2];
};

static int port_names(struct machipc_call *call)
{
	struct machipc_lists lists;
	size_t size, room;
	int kr;

	kr = machipc_list_names(call->space, U32_MAX, &lists);
	if (kr)
		goto out_free;
	size = lists.count * sizeof(u32);
	room = lists.room * sizeof(u32);
	kr = machipc_server_give(call, 0, lists.names, size, room);
	lists.names = NULL;
	if (kr)
		goto out_free;
	kr = machipc_server_give(call, 1, lists.types, size, room);
	lists.types = NULL;
	call->out[0] = lists.count;
	call->out[1] = lists.count;

out_free:
	machipc_lists_free(&lists);
	return kr;
}

static int port_type(struct machipc_call *call)
{
	return machipc_type(call->space, call->in[0], call->out);
}

static int port_rename(struct machipc_call *call)
{
	return KERN_NOT_SUPPORTED;
}

static int port_allocate_name(struct machipc_call *call)
{
	u32 name = call->in[1];

	return machipc_allocate_name(call->space, call->in[0], &name);
}

static int port_allocate(struct machipc_call *call)
{
	return machipc_allocate(call->space, call->in[0], call->out);
}

static int port_destroy(struct machipc_call *call)
{
	return machipc_destroy(call->space, call->in[0], call->reap);
}

static int port_deallocate(struct machipc_call *call)
{
	return machipc_deallocate(call->space, call->in[0]);
}

static int port_get_refs(struct machipc_call *call)
{
	return machipc_get_refs(call->space, call->in[0], call->in[1],
				call->out);
}

static int port_mod_refs(struct machipc_call *call)
{
	return machipc_mod_refs(call->space, call->in[0], call->in[1],
				call->in[2], call->reap);
}

static int port_peek(struct machipc_call *call)
{
	struct machipc_peek peek = {
		.seqno = call->in[2],
		.trailer_size = call->in[3],
	};
	int kr;

	kr = machipc_peek(call->space, call->in[0], call->in[1], &peek);
	if (kr)
		return kr;
	call->out[0] = peek.seqno;
	call->out[1] = peek.msg_size;
	call->out[2] = peek.msg_id;
	call->out[3] = peek.trailer_size;
	memcpy(&call->out[4], peek.trailer, peek.trailer_size);
	call->nr_out = 4 + peek.trailer_size / sizeof(u32);
	return KERN_SUCCESS;
}

static int port_set_mscount(struct machipc_call *call)
{
	return machipc_set_mscount(call->space, call->in[0], call->in[1]);
}

static int port_get_set_status(struct machipc_call *call)
{
	struct machipc_lists lists;
	int kr;

	kr = machipc_list_members(call->space, call->in[0], U32_MAX, &lists);
	if (kr) {
		machipc_lists_free(&lists);
		return kr;
	}
	call->out[0] = lists.count;
	return machipc_server_give(call, 0, lists.names,
				   lists.count * sizeof(u32),
				   lists.room * sizeof(u32));
}

static int port_move_member(struct machipc_call *call)
{
	return machipc_move_member(call->space, call->in[0], call->in[1]);
}

static int port_request_notification(struct machipc_call *call)
{
	return machipc_request_notification(call->space, call->in[0],
					    call->in[1], call->in[2],
					    &call->request->descs[0].right,
					    &call->reply->descs[0].right);
}

static int port_insert_right(struct machipc_call *call)
{
	struct machipc_right *right = &call->request->descs[0].right;

	if (right->type == MACH_MSG_TYPE_PORT_NONE)
		return KERN_INVALID_VALUE;
	if (right->port && right->type == MACH_MSG_TYPE_PORT_RECEIVE)
		machipc_port_leave_transit(right->port);
	return machipc_insert_right(call->space, call->in[0], right,
				    call->reap);
}

/* The right travels on in the reply, and must not hold its own queue there. */
static int port_extract_right(struct machipc_call *call)
{
	struct machipc_right *right = &call->reply->descs[0].right;
	struct machipc_port *to = call->reply->dest.port;
	int kr;

	if (!mach_msg_type_any(call->in[1]))
		return KERN_INVALID_VALUE;
	if (!mach_port_valid(call->in[0]))
		return KERN_INVALID_RIGHT;
	kr = machipc_take_right(call->space, call->in[0], call->in[1], right);
	if (kr || right->type != MACH_MSG_TYPE_PORT_RECEIVE)
		return kr;
	if (to && !machipc_port_enter_transit(right->port, to))
		call->reply->circular = true;
	return KERN_SUCCESS;
}

static int port_set_seqno(struct machipc_call *call)
{
	return machipc_set_seqno(call->space, call->in[0], call->in[1]);
}

static int port_get_attributes(struct machipc_call *call)
{
	int kr;

	call->out[0] = min_t(u32, call->in[2], MACH_PORT_INFO_EXT_COUNT);
	kr = machipc_get_attributes(call->space, call->in[0], call->in[1],
				    &call->out[1], &call->out[0]);
	call->nr_out = 1 + call->out[0];
	return kr;
}

static int port_set_attributes(struct machipc_call *call)
{
	return machipc_set_attributes(call->space, call->in[0], call->in[1],
				      &call->in[3], call->in[2]);
}

/* Notifications need no memory in advance, so there is nothing to reserve. */
static int check_prealloc(u32 right, const u32 *qos)
{
	if (!(qos[0] & QOS_PREALLOC))
		return KERN_SUCCESS;
	if (qos[1] > U32_MAX - MACH_MSG_MAX_TRAILER_SIZE)
		return KERN_RESOURCE_SHORTAGE;
	return right == MACH_PORT_RIGHT_RECEIVE ? KERN_SUCCESS :
						  KERN_INVALID_VALUE;
}

static int allocate_full(struct machipc_call *call, u32 right, const u32 *qos,
			 u32 name)
{
	int kr;

	if (qos[0] & QOS_NAME && !mach_port_valid(name))
		return KERN_INVALID_VALUE;
	kr = check_prealloc(right, qos);
	if (kr)
		return kr;
	memcpy(call->out, qos, 2 * sizeof(u32));
	call->out[2] = name;
	if (qos[0] & QOS_NAME)
		return machipc_allocate_name(call->space, right, &call->out[2]);
	return machipc_allocate(call->space, right, &call->out[2]);
}

static int port_allocate_qos(struct machipc_call *call)
{
	if (call->in[1] & QOS_NAME)
		return KERN_INVALID_ARGUMENT;
	return allocate_full(call, call->in[0], &call->in[1], MACH_PORT_NULL);
}

static int port_allocate_full(struct machipc_call *call)
{
	struct machipc_right *proto = &call->request->descs[0].right;

	if (proto->port || proto->name != MACH_PORT_NULL)
		return KERN_INVALID_VALUE;
	return allocate_full(call, call->in[0], &call->in[1], call->in[3]);
}

static int port_get_srights(struct machipc_call *call)
{
	return machipc_get_srights(call->space, call->in[0], call->out);
}

/* There is a tree of names in Mach's interface, which is always empty. */
static int port_space_info(struct machipc_call *call)
{
	struct machipc_space_info info;
	struct machipc_slot_info *table;
	u32 room;
	int kr;

	kr = machipc_space_info(call->space, &info, &table, &room);
	if (kr)
		return kr;
	memcpy(call->out, &info, sizeof(info));
	call->out[WORDS(machipc_space_info)] = info.table_size;
	return machipc_server_give(call, 0, table,
				   array_size(info.table_size, sizeof(*table)),
				   array_size(room, sizeof(*table)));
}

static int port_dnrequest_info(struct machipc_call *call)
{
	return machipc_dnrequest_info(call->space, call->in[0], &call->out[0],
				      &call->out[1]);
}

/* Addresses of the kernel are no user's business: they stay 0. */
static int port_kobject(struct machipc_call *call)
{
	return machipc_get_kobject(call->space, call->in[0], call->out);
}

static int port_insert_member(struct machipc_call *call)
{
	return machipc_insert_member(call->space, call->in[0], call->in[1]);
}

static int port_extract_member(struct machipc_call *call)
{
	return machipc_extract_member(call->space, call->in[0], call->in[1]);
}

static int port_get_context(struct machipc_call *call)
{
	u64 context = 0;
	int kr = machipc_get_context(call->space, call->in[0], &context);

	machipc_words_put(call->out, context);
	return kr;
}

static int port_set_context(struct machipc_call *call)
{
	return machipc_set_context(call->space, call->in[0],
				   machipc_words_get(&call->in[1]));
}

static int port_construct(struct machipc_call *call)
{
	const struct machipc_desc *desc = &call->request->descs[0];
	const struct options *options = desc->memory;

	if (desc->count != sizeof(*options))
		return MIG_TYPE_ERROR;
	return machipc_construct(call->space, options->flags, options->qlimit,
				 machipc_words_get(call->in), call->out);
}

static int port_destruct(struct machipc_call *call)
{
	return machipc_destruct(call->space, call->in[0], call->in[1],
				machipc_words_get(&call->in[2]), call->reap);
}

static int port_guard(struct machipc_call *call)
{
	return machipc_guard(call->space, call->in[0],
			     machipc_words_get(&call->in[1]), call->in[3]);
}

static int port_unguard(struct machipc_call *call)
{
	return machipc_unguard(call->space, call->in[0],
			       machipc_words_get(&call->in[1]));
}

static int port_space_basic_info(struct machipc_call *call)
{
	struct machipc_space_info info;
	int kr;

	kr = machipc_space_basic_info(call->space, &info);
	if (!kr)
		memcpy(call->out, &info, sizeof(info));
	return kr;
}

#define FIRST	3200

#define ROUTINE(_id, _fn, _in, _out)					\
	[(_id) - FIRST] = {						\
		.execute = port_##_fn,					\
		.in = (_in),						\
		.out = (_out),						\
	}

/* Above each: words of the request; words of the reply. */
static const struct machipc_routine routines[] = {
	/* none; count, count: the regions are names and types */
	[3200 - FIRST] = {
		.execute = port_names,
		.out_regions = 2,
		.out = 2,
	},
	/* name; type */
	ROUTINE(3201, type, 1, 1),
	/* old name, new name */
	ROUTINE(3202, rename, 2, 0),
	/* right, name */
	ROUTINE(3203, allocate_name, 2, 0),
	/* right; name */
	ROUTINE(3204, allocate, 1, 1),
	/* name */
	ROUTINE(3205, destroy, 1, 0),
	/* name */
	ROUTINE(3206, deallocate, 1, 0),
	/* name, right; references */
	ROUTINE(3207, get_refs, 2, 1),
	/* name, right, delta */
	ROUTINE(3208, mod_refs, 3, 0),
	/*
	 * name, trailer type, sequence number, room for the trailer;
	 * sequence number, size, id, size of the trailer, the trailer
	 */
	ROUTINE(3209, peek, 4,
		4 + sizeof_field(struct machipc_peek, trailer) / sizeof(u32)),
	/* name, make-send count */
	ROUTINE(3210, set_mscount, 2, 0),
	/* name; count: the region is the names of the members */
	[3211 - FIRST] = {
		.execute = port_get_set_status,
		.in = 1,
		.out_regions = 1,
		.out = 1,
	},
	/* name, name of the set */
	ROUTINE(3212, move_member, 2, 0),
	/* name, id, sync: the ports are notify and previous */
	[3213 - FIRST] = {
		.execute = port_request_notification,
		.arg = MACHIPC_ARG_SEND_ONCE,
		.in = 3,
		.out_ports = 1,
	},
	/* name: the port is the right */
	[3214 - FIRST] = {
		.execute = port_insert_right,
		.arg = MACHIPC_ARG_POLY,
		.in = 1,
	},
	/* name, disposition: the port is the right */
	[3215 - FIRST] = {
		.execute = port_extract_right,
		.in = 2,
		.out_ports = 1,
	},
	/* name, sequence number */
	ROUTINE(3216, set_seqno, 2, 0),
	/* name, flavor, room for words; how many there are, the words */
	ROUTINE(3217, get_attributes, 3, 1 + MACH_PORT_INFO_EXT_COUNT),
	/* name, flavor, how many words there are, the words */
	[3218 - FIRST] = {
		.execute = port_set_attributes,
		.in = 3,
		.in_array = MACH_PORT_INFO_EXT_COUNT,
	},
	/* right, qos of two words; qos, name */
	ROUTINE(3219, allocate_qos, 3, 3),
	/* right, qos, name; qos, name: the port is what must be null */
	[3220 - FIRST] = {
		.execute = port_allocate_full,
		.arg = MACHIPC_ARG_SEND,
		.in = 4,
		.out = 3,
	},
	/* name; send rights */
	ROUTINE(3222, get_srights, 1, 1),
	/*
	 * none; struct machipc_space_info, slots, 0: the regions are the
	 * table, with a struct machipc_slot_info each, and one that is empty
	 */
	[3223 - FIRST] = {
		.execute = port_space_info,
		.out_regions = 2,
		.out = WORDS(machipc_space_info) + 2,
	},
	/* name; size of the table, requests in it */
	ROUTINE(3224, dnrequest_info, 1, 2),
	/* name; kind of object, 0 */
	ROUTINE(3225, kobject, 1, 2),
	/* name, name of the set */
	ROUTINE(3226, insert_member, 2, 0),
	/* name, name of the set */
	ROUTINE(3227, extract_member, 2, 0),
	/* name; context in two words */
	ROUTINE(3228, get_context, 1, 2),
	/* name, context in two words */
	ROUTINE(3229, set_context, 3, 0),
	/* name; kind of object, 0 in two words */
	ROUTINE(3230, kobject, 1, 3),
	/* context in two words; name: the region is the options */
	[3231 - FIRST] = {
		.execute = port_construct,
		.arg = MACHIPC_ARG_MEMORY,
		.in = 2,
		.out = 1,
	},
	/* name, delta of send references, guard in two words */
	ROUTINE(3232, destruct, 4, 0),
	/* name, guard in two words, strict */
	ROUTINE(3233, guard, 4, 0),
	/* name, guard in two words */
	ROUTINE(3234, unguard, 3, 0),
	/* none; struct machipc_space_info */
	ROUTINE(3235, space_basic_info, 0, WORDS(machipc_space_info)),
};

const struct machipc_subsystem machipc_port_subsystem = {
	.first = FIRST,
	.nr = ARRAY_SIZE(routines),
	.kobjects = BIT(MACHIPC_KOBJECT_TASK),
	.mismatch = KERN_INVALID_TASK,
	.routines = routines,
};
