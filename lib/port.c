// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/*
 * Calls on names and rights: one command each, whose results the kernel
 * decides. On a task that is not the caller's own they are made again as a
 * message to it. What is decided here are arguments that the interface of the
 * module has no room for.
 */

#include "device.h"
#include "rpc.h"

static kern_return_t call_port(unsigned long cmd, ipc_space_t task,
			       mach_port_name_t name, uint32_t arg,
			       uint64_t value, struct machipc_rpc *rpc)
{
	struct machipc_port_op port = {
		.size = sizeof(port),
		.task = task,
		.name = name,
		.arg = arg,
		.value = value,
	};

	return MACHIPC_TASK_CALL(cmd, &port, machipc_space_rpc(task, rpc));
}

/* The same, for commands with a result of one word or two. */
static kern_return_t call_port_out(unsigned long cmd, ipc_space_t task,
				   mach_port_name_t name, uint32_t arg,
				   uint64_t *out, struct machipc_rpc *rpc)
{
	struct machipc_port_op port = {
		.size = sizeof(port),
		.task = task,
		.name = name,
		.arg = arg,
	};
	kern_return_t kr;

	kr = MACHIPC_TASK_CALL(cmd, &port, machipc_space_rpc(task, rpc));
	if (kr != KERN_SUCCESS)
		return kr;
	/* A request that was not sent has no result. */
	if (likely(!rpc->out_count))
		*out = port.out;
	else
		*out = machipc_rpc_long(rpc->out);
	return KERN_SUCCESS;
}

/* The same, for a 32-bit result. */
static kern_return_t call_port_out32(unsigned long cmd, ipc_space_t task,
				     mach_port_name_t name, uint32_t arg,
				     natural_t *out, struct machipc_rpc *rpc)
{
	uint64_t value;
	kern_return_t kr = call_port_out(cmd, task, name, arg, &value, rpc);

	if (kr == KERN_SUCCESS)
		*out = (natural_t)value;
	return kr;
}

/*
 * Refuses a call with @kr, if @task is one that can be called at all: a bad
 * task is found first. MACH_PORT_DEAD has a type in every space.
 */
static kern_return_t refuse(ipc_space_t task, kern_return_t kr)
{
	mach_port_type_t type;
	kern_return_t task_kr = mach_port_type(task, MACH_PORT_DEAD, &type);

	return task_kr == KERN_SUCCESS ? kr : task_kr;
}

static kern_return_t allocate_remote(struct machipc_port_allocate *port)
{
	struct machipc_rpc *rpc = RPC(3204, port->right);
	kern_return_t kr;

	if (port->flags & MACHIPC_ALLOCATE_NAME)
		return machipc_space_rpc(port->task, RPC(3203, port->right,
							 port->name));
	kr = machipc_space_rpc(port->task, rpc);
	port->out_name = rpc->out[0];
	return kr;
}

/* With @flags 0, @name is only set; with MACHIPC_ALLOCATE_NAME only read. */
static kern_return_t allocate(ipc_space_t task, mach_port_right_t right,
			      uint32_t flags, mach_port_name_t *name)
{
	struct machipc_port_allocate port = {
		.size = sizeof(port),
		.task = task,
		.right = right,
		.flags = flags,
		.name = flags & MACHIPC_ALLOCATE_NAME ? *name : 0,
	};
	kern_return_t kr = MACHIPC_TASK_CALL(MACHIPC_IOC_PORT_ALLOCATE, &port,
					     allocate_remote(&port));

	if (kr == KERN_SUCCESS && !(flags & MACHIPC_ALLOCATE_NAME))
		*name = port.out_name;
	return kr;
}

kern_return_t mach_port_allocate(ipc_space_t task, mach_port_right_t right,
				 mach_port_name_t *name)
{
	return allocate(task, right, 0, name);
}

kern_return_t mach_port_allocate_name(ipc_space_t task, mach_port_right_t right,
				      mach_port_name_t name)
{
	return allocate(task, right, MACHIPC_ALLOCATE_NAME, &name);
}

/* The kernel never loses a notification, so there is nothing to reserve. */
static kern_return_t check_prealloc(mach_port_right_t right,
				    const mach_port_qos_t *qos)
{
	if (!qos->prealloc)
		return KERN_SUCCESS;
	if (qos->len > UINT32_MAX - MAX_TRAILER_SIZE)
		return KERN_RESOURCE_SHORTAGE;
	if (right != MACH_PORT_RIGHT_RECEIVE)
		return KERN_INVALID_VALUE;
	return KERN_SUCCESS;
}

kern_return_t mach_port_allocate_full(ipc_space_t task, mach_port_right_t right,
				      mach_port_t proto, mach_port_qos_t *qos,
				      mach_port_name_t *name)
{
	kern_return_t kr;

	if (proto != MACH_PORT_NULL)
		return refuse(task, KERN_INVALID_VALUE);
	if (qos->name && !MACH_PORT_VALID(*name))
		return refuse(task, KERN_INVALID_VALUE);
	kr = check_prealloc(right, qos);
	if (kr != KERN_SUCCESS)
		return refuse(task, kr);
	return allocate(task, right, qos->name ? MACHIPC_ALLOCATE_NAME : 0,
			name);
}

kern_return_t mach_port_allocate_qos(ipc_space_t task, mach_port_right_t right,
				     mach_port_qos_t *qos,
				     mach_port_name_t *name)
{
	if (qos->name)
		return refuse(task, KERN_INVALID_ARGUMENT);
	return mach_port_allocate_full(task, right, MACH_PORT_NULL, qos, name);
}

static kern_return_t construct_remote(struct machipc_port_construct *port,
				      const mach_port_options_t *options)
{
	struct machipc_rpc rpc = {
		.id = 3231,
		.memory = options,
		.memory_size = sizeof(*options),
		RPC_WORDS(RPC_LOW(port->context), RPC_HIGH(port->context)),
	};
	kern_return_t kr = machipc_space_rpc(port->task, &rpc);

	port->out_name = rpc.out[0];
	return kr;
}

kern_return_t mach_port_construct(ipc_space_t task,
				  mach_port_options_ptr_t options,
				  mach_port_context_t context,
				  mach_port_name_t *name)
{
	struct machipc_port_construct port = {
		.size = sizeof(port),
		.task = task,
		.context = context,
	};
	kern_return_t kr;

	if (!options)
		return MACH_SEND_INVALID_DATA;
	port.flags = options->flags;
	port.qlimit = options->mpl.mpl_qlimit;
	kr = MACHIPC_TASK_CALL(MACHIPC_IOC_PORT_CONSTRUCT, &port,
			       construct_remote(&port, options));
	if (kr == KERN_SUCCESS)
		*name = port.out_name;
	return kr;
}

kern_return_t mach_port_destruct(ipc_space_t task, mach_port_name_t name,
				 mach_port_delta_t srdelta,
				 mach_port_context_t guard)
{
	return call_port(MACHIPC_IOC_PORT_DESTRUCT, task, name,
			 (uint32_t)srdelta, guard,
			 RPC(3232, name, (uint32_t)srdelta, RPC_LOW(guard), RPC_HIGH(guard)));
}

kern_return_t mach_port_destroy(ipc_space_t task, mach_port_name_t name)
{
	return call_port(MACHIPC_IOC_PORT_DESTROY, task, name, 0, 0,
			 RPC(3205, name));
}

kern_return_t mach_port_deallocate(ipc_space_t task, mach_port_name_t name)
{
	return call_port(MACHIPC_IOC_PORT_DEALLOCATE, task, name, 0, 0,
			 RPC(3206, name));
}

kern_return_t mach_voucher_deallocate(mach_port_name_t voucher)
{
	return mach_port_deallocate(mach_task_self(), voucher);
}

kern_return_t mach_port_mod_refs(ipc_space_t task, mach_port_name_t name,
				 mach_port_right_t right,
				 mach_port_delta_t delta)
{
	return call_port(MACHIPC_IOC_PORT_MOD_REFS, task, name, right,
			 (uint64_t)(int64_t)delta,
			 RPC(3208, name, right, (uint32_t)delta));
}

kern_return_t mach_port_get_refs(ipc_space_t task, mach_port_name_t name,
				 mach_port_right_t right,
				 mach_port_urefs_t *refs)
{
	return call_port_out32(MACHIPC_IOC_PORT_GET_REFS, task, name, right,
			       refs, RPC(3207, name, right));
}

kern_return_t mach_port_type(ipc_space_t task, mach_port_name_t name,
			     mach_port_type_t *ptype)
{
	return call_port_out32(MACHIPC_IOC_PORT_TYPE, task, name, 0, ptype,
			       RPC(3201, name));
}

kern_return_t mach_port_rename(ipc_space_t task, mach_port_name_t old_name,
			       mach_port_name_t new_name)
{
	(void)old_name;
	(void)new_name;
	return refuse(task, KERN_NOT_SUPPORTED);
}

static kern_return_t insert_remote(const struct machipc_port_right *right)
{
	struct machipc_rpc rpc = {
		.id = 3214,
		.has_port = true,
		.port = right->poly,
		.disposition = right->disposition,
		RPC_WORDS(right->name),
	};

	return machipc_space_rpc(right->task, &rpc);
}

kern_return_t mach_port_insert_right(ipc_space_t task, mach_port_name_t name,
				     mach_port_t poly,
				     mach_msg_type_name_t poly_poly)
{
	struct machipc_port_right right = {
		.size = sizeof(right),
		.task = task,
		.name = name,
		.poly = poly,
		.disposition = poly_poly,
	};

	return MACHIPC_TASK_CALL(MACHIPC_IOC_PORT_INSERT_RIGHT, &right,
				 insert_remote(&right));
}

static kern_return_t extract_remote(struct machipc_port_right *right)
{
	struct machipc_rpc rpc = {
		.id = 3215,
		.ports = 1,
		RPC_WORDS(right->name, right->disposition),
	};
	kern_return_t kr = machipc_space_rpc(right->task, &rpc);

	right->out_poly = rpc.out_port.name;
	right->out_disposition = rpc.out_port.disposition;
	return kr;
}

kern_return_t mach_port_extract_right(ipc_space_t task, mach_port_name_t name,
				      mach_msg_type_name_t msgt_name,
				      mach_port_t *poly,
				      mach_msg_type_name_t *poly_poly)
{
	struct machipc_port_right right = {
		.size = sizeof(right),
		.task = task,
		.name = name,
		.disposition = msgt_name,
	};
	kern_return_t kr;

	kr = MACHIPC_TASK_CALL(MACHIPC_IOC_PORT_EXTRACT_RIGHT, &right,
			       extract_remote(&right));
	if (kr == KERN_SUCCESS) {
		*poly = right.out_poly;
		*poly_poly = right.out_disposition;
	}
	return kr;
}

kern_return_t mach_port_insert_member(ipc_space_t task, mach_port_name_t name,
				      mach_port_name_t pset)
{
	return call_port(MACHIPC_IOC_PORT_INSERT_MEMBER, task, name, pset, 0,
			 RPC(3226, name, pset));
}

kern_return_t mach_port_extract_member(ipc_space_t task, mach_port_name_t name,
				       mach_port_name_t pset)
{
	return call_port(MACHIPC_IOC_PORT_EXTRACT_MEMBER, task, name, pset, 0,
			 RPC(3227, name, pset));
}

kern_return_t mach_port_move_member(ipc_space_t task, mach_port_name_t member,
				    mach_port_name_t after)
{
	return call_port(MACHIPC_IOC_PORT_MOVE_MEMBER, task, member, after, 0,
			 RPC(3212, member, after));
}

kern_return_t mach_port_get_context(ipc_space_t task, mach_port_name_t name,
				    mach_port_context_t *context)
{
	uint64_t value;
	kern_return_t kr = call_port_out(MACHIPC_IOC_PORT_GET_CONTEXT, task,
					 name, 0, &value, RPC(3228, name));

	if (kr == KERN_SUCCESS)
		*context = (mach_port_context_t)value;
	return kr;
}

kern_return_t mach_port_set_context(ipc_space_t task, mach_port_name_t name,
				    mach_port_context_t context)
{
	return call_port(MACHIPC_IOC_PORT_SET_CONTEXT, task, name, 0, context,
			 RPC(3229, name, RPC_LOW(context), RPC_HIGH(context)));
}

kern_return_t mach_port_guard(ipc_space_t task, mach_port_name_t name,
			      mach_port_context_t guard, boolean_t strict)
{
	return call_port(MACHIPC_IOC_PORT_GUARD, task, name, !!strict, guard,
			 RPC(3233, name, RPC_LOW(guard), RPC_HIGH(guard), !!strict));
}

kern_return_t mach_port_unguard(ipc_space_t task, mach_port_name_t name,
				mach_port_context_t guard)
{
	return call_port(MACHIPC_IOC_PORT_UNGUARD, task, name, 0, guard,
			 RPC(3234, name, RPC_LOW(guard), RPC_HIGH(guard)));
}

kern_return_t mach_port_set_mscount(ipc_space_t task, mach_port_name_t name,
				    mach_port_mscount_t mscount)
{
	return call_port(MACHIPC_IOC_PORT_SET_MSCOUNT, task, name, mscount, 0,
			 RPC(3210, name, mscount));
}

kern_return_t mach_port_set_seqno(ipc_space_t task, mach_port_name_t name,
				  mach_port_seqno_t seqno)
{
	return call_port(MACHIPC_IOC_PORT_SET_SEQNO, task, name, seqno, 0,
			 RPC(3216, name, seqno));
}

kern_return_t mach_port_get_srights(ipc_space_t task, mach_port_name_t name,
				    mach_port_rights_t *srights)
{
	return call_port_out32(MACHIPC_IOC_PORT_GET_SRIGHTS, task, name, 0,
			       srights, RPC(3222, name));
}
