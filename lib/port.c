// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/*
 * Calls on names and rights: one command each, whose results the kernel
 * decides. What is decided here are arguments that the interface of the module
 * has no room for.
 */

#include "device.h"

static kern_return_t call_port(unsigned long cmd, ipc_space_t task,
			       mach_port_name_t name, uint32_t arg,
			       uint64_t value)
{
	struct machipc_port_op port = {
		.size = sizeof(port),
		.task = task,
		.name = name,
		.arg = arg,
		.value = value,
	};

	return MACHIPC_CALL_KR(cmd, &port);
}

/* The same, for commands with a result. */
static kern_return_t call_port_out(unsigned long cmd, ipc_space_t task,
				   mach_port_name_t name, uint32_t arg,
				   uint64_t *out)
{
	struct machipc_port_op port = {
		.size = sizeof(port),
		.task = task,
		.name = name,
		.arg = arg,
	};
	kern_return_t kr = MACHIPC_CALL_KR(cmd, &port);

	if (kr == KERN_SUCCESS)
		*out = port.out;
	return kr;
}

/* The same, for a 32-bit result. */
static kern_return_t call_port_out32(unsigned long cmd, ipc_space_t task,
				     mach_port_name_t name, uint32_t arg,
				     natural_t *out)
{
	uint64_t value;
	kern_return_t kr = call_port_out(cmd, task, name, arg, &value);

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
	kern_return_t kr = MACHIPC_CALL_KR(MACHIPC_IOC_PORT_ALLOCATE, &port);

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
	kr = MACHIPC_CALL_KR(MACHIPC_IOC_PORT_CONSTRUCT, &port);
	if (kr == KERN_SUCCESS)
		*name = port.out_name;
	return kr;
}

kern_return_t mach_port_destruct(ipc_space_t task, mach_port_name_t name,
				 mach_port_delta_t srdelta,
				 mach_port_context_t guard)
{
	return call_port(MACHIPC_IOC_PORT_DESTRUCT, task, name,
			 (uint32_t)srdelta, guard);
}

kern_return_t mach_port_destroy(ipc_space_t task, mach_port_name_t name)
{
	return call_port(MACHIPC_IOC_PORT_DESTROY, task, name, 0, 0);
}

kern_return_t mach_port_deallocate(ipc_space_t task, mach_port_name_t name)
{
	return call_port(MACHIPC_IOC_PORT_DEALLOCATE, task, name, 0, 0);
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
			 (uint64_t)(int64_t)delta);
}

kern_return_t mach_port_get_refs(ipc_space_t task, mach_port_name_t name,
				 mach_port_right_t right,
				 mach_port_urefs_t *refs)
{
	return call_port_out32(MACHIPC_IOC_PORT_GET_REFS, task, name, right,
			       refs);
}

kern_return_t mach_port_type(ipc_space_t task, mach_port_name_t name,
			     mach_port_type_t *ptype)
{
	return call_port_out32(MACHIPC_IOC_PORT_TYPE, task, name, 0, ptype);
}

kern_return_t mach_port_rename(ipc_space_t task, mach_port_name_t old_name,
			       mach_port_name_t new_name)
{
	(void)old_name;
	(void)new_name;
	return refuse(task, KERN_NOT_SUPPORTED);
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

	return MACHIPC_CALL_KR(MACHIPC_IOC_PORT_INSERT_RIGHT, &right);
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

	kr = MACHIPC_CALL_KR(MACHIPC_IOC_PORT_EXTRACT_RIGHT, &right);
	if (kr == KERN_SUCCESS) {
		*poly = right.out_poly;
		*poly_poly = right.out_disposition;
	}
	return kr;
}

kern_return_t mach_port_insert_member(ipc_space_t task, mach_port_name_t name,
				      mach_port_name_t pset)
{
	return call_port(MACHIPC_IOC_PORT_INSERT_MEMBER, task, name, pset, 0);
}

kern_return_t mach_port_extract_member(ipc_space_t task, mach_port_name_t name,
				       mach_port_name_t pset)
{
	return call_port(MACHIPC_IOC_PORT_EXTRACT_MEMBER, task, name, pset, 0);
}

kern_return_t mach_port_move_member(ipc_space_t task, mach_port_name_t member,
				    mach_port_name_t after)
{
	return call_port(MACHIPC_IOC_PORT_MOVE_MEMBER, task, member, after, 0);
}

kern_return_t mach_port_get_context(ipc_space_t task, mach_port_name_t name,
				    mach_port_context_t *context)
{
	uint64_t value;
	kern_return_t kr = call_port_out(MACHIPC_IOC_PORT_GET_CONTEXT, task,
					 name, 0, &value);

	if (kr == KERN_SUCCESS)
		*context = (mach_port_context_t)value;
	return kr;
}

kern_return_t mach_port_set_context(ipc_space_t task, mach_port_name_t name,
				    mach_port_context_t context)
{
	return call_port(MACHIPC_IOC_PORT_SET_CONTEXT, task, name, 0, context);
}

kern_return_t mach_port_guard(ipc_space_t task, mach_port_name_t name,
			      mach_port_context_t guard, boolean_t strict)
{
	return call_port(MACHIPC_IOC_PORT_GUARD, task, name, !!strict, guard);
}

kern_return_t mach_port_unguard(ipc_space_t task, mach_port_name_t name,
				mach_port_context_t guard)
{
	return call_port(MACHIPC_IOC_PORT_UNGUARD, task, name, 0, guard);
}

kern_return_t mach_port_set_mscount(ipc_space_t task, mach_port_name_t name,
				    mach_port_mscount_t mscount)
{
	return call_port(MACHIPC_IOC_PORT_SET_MSCOUNT, task, name, mscount, 0);
}

kern_return_t mach_port_set_seqno(ipc_space_t task, mach_port_name_t name,
				  mach_port_seqno_t seqno)
{
	return call_port(MACHIPC_IOC_PORT_SET_SEQNO, task, name, seqno, 0);
}

kern_return_t mach_port_get_srights(ipc_space_t task, mach_port_name_t name,
				    mach_port_rights_t *srights)
{
	return call_port_out32(MACHIPC_IOC_PORT_GET_SRIGHTS, task, name, 0,
			       srights);
}
