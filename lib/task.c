// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/* Rights that a process has without being given them, and special ports. */

#include <stdbool.h>
#include <machipc.h>
#include "device.h"
#include "rpc.h"

#undef mach_task_self

mach_port_t mach_task_self_;

/* Programs that declare the variable by themselves get the real one. */
mach_port_t bootstrap_port;

static mach_port_name_t self_trap(uint32_t which)
{
	struct machipc_self self = { .size = sizeof(self), .which = which };

	if (machipc_call(MACHIPC_IOC_SELF, &self))
		return MACH_PORT_NULL;
	return self.out_name;
}

mach_port_name_t task_self_trap(void)
{
	return self_trap(MACHIPC_SELF_TASK);
}

mach_port_name_t host_self_trap(void)
{
	return self_trap(MACHIPC_SELF_HOST);
}

mach_port_name_t thread_self_trap(void)
{
	return self_trap(MACHIPC_SELF_THREAD);
}

mach_port_t mach_thread_self(void)
{
	return thread_self_trap();
}

mach_port_t mach_host_self(void)
{
	return host_self_trap();
}

mach_port_name_t mach_reply_port(void)
{
	struct machipc_reply_port port = { .size = sizeof(port) };

	if (machipc_call(MACHIPC_IOC_REPLY_PORT, &port))
		return MACH_PORT_NULL;
	return port.out_name;
}

/* Threads that fetch the name at the same time leave it with one reference. */
mach_port_t mach_task_self(void)
{
	mach_port_t cached = __atomic_load_n(&mach_task_self_, __ATOMIC_RELAXED);
	mach_port_t name;

	if (cached != MACH_PORT_NULL)
		return cached;
	name = task_self_trap();
	if (!MACH_PORT_VALID(name))
		return name;
	if (__atomic_compare_exchange_n(&mach_task_self_, &cached, name, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return name;
	mach_port_deallocate(name, name);
	return cached;
}

static kern_return_t get_remote(struct machipc_port_op *port)
{
	struct machipc_rpc rpc = {
		.id = 3409,
		.ports = 1,
		RPC_WORDS(port->arg),
	};
	kern_return_t kr = machipc_rpc(port->task, KERN_INVALID_ARGUMENT, &rpc);

	port->out = rpc.out_port.name;
	return kr;
}

kern_return_t task_get_special_port(task_t task, int which_port,
				    mach_port_t *special_port)
{
	struct machipc_port_op port = {
		.size = sizeof(port),
		.task = task,
		.arg = (uint32_t)which_port,
	};
	kern_return_t kr;

	kr = MACHIPC_TASK_CALL(MACHIPC_IOC_TASK_GET_SPECIAL_PORT, &port,
			       get_remote(&port));
	if (kr == KERN_SUCCESS)
		*special_port = (mach_port_t)port.out;
	return kr;
}

static kern_return_t set_remote(const struct machipc_port_right *right)
{
	struct machipc_rpc rpc = {
		.id = 3410,
		.has_port = true,
		.port = right->poly,
		.disposition = right->disposition,
		RPC_WORDS(right->name),
	};

	return machipc_rpc(right->task, KERN_INVALID_ARGUMENT, &rpc);
}

kern_return_t task_set_special_port(task_t task, int which_port,
				    mach_port_t special_port)
{
	struct machipc_port_right right = {
		.size = sizeof(right),
		.task = task,
		.name = (uint32_t)which_port,
		.poly = special_port,
		.disposition = MACH_MSG_TYPE_COPY_SEND,
	};

	return MACHIPC_TASK_CALL(MACHIPC_IOC_TASK_SET_SPECIAL_PORT, &right,
				 set_remote(&right));
}

kern_return_t machipc_set_domain_bootstrap(mach_port_t port)
{
	struct machipc_port_right right = {
		.size = sizeof(right),
		.poly = port,
		.disposition = MACH_MSG_TYPE_COPY_SEND,
	};

	return MACHIPC_CALL_KR(MACHIPC_IOC_SET_DOMAIN_BOOTSTRAP, &right);
}

_Static_assert(MACHIPC_HAS_OOL == MACHIPC_FEATURE_OOL,
	       "features are those of the module");

kern_return_t machipc_query(uint32_t *abi_version, uint64_t *features)
{
	struct machipc_query query = { .size = sizeof(query) };
	int ret = machipc_call(MACHIPC_IOC_QUERY, &query);

	if (ret)
		return machipc_call_error(ret);
	*abi_version = query.out_abi_version;
	*features = query.out_features;
	return KERN_SUCCESS;
}

/* The arrays are memory that is sent: these calls are made by message only. */
kern_return_t mach_ports_register(task_t task, mach_port_array_t init_port_set,
				  mach_msg_type_number_t init_port_set_count)
{
	struct machipc_rpc rpc = {
		.id = 3403,
		.has_names = true,
		.names = init_port_set,
		.name_count = init_port_set_count,
		.disposition = MACH_MSG_TYPE_COPY_SEND,
		RPC_WORDS(init_port_set_count),
	};

	return machipc_rpc(task, KERN_INVALID_ARGUMENT, &rpc);
}

kern_return_t mach_ports_lookup(task_t task, mach_port_array_t *init_port_set,
				mach_msg_type_number_t *init_port_set_count)
{
	struct machipc_rpc rpc = { .id = 3404, .regions = 1 };
	kern_return_t kr = machipc_rpc(task, KERN_INVALID_ARGUMENT, &rpc);

	if (kr != KERN_SUCCESS)
		return kr;
	*init_port_set = rpc.out_region[0].address;
	*init_port_set_count = rpc.out[0];
	return KERN_SUCCESS;
}

kern_return_t thread_get_special_port(thread_act_t thread, int which_port,
				      mach_port_t *special_port)
{
	struct machipc_rpc rpc = {
		.id = 3610,
		.ports = 1,
		RPC_WORDS(which_port),
	};
	kern_return_t kr = machipc_rpc(thread, KERN_INVALID_ARGUMENT, &rpc);

	if (kr == KERN_SUCCESS)
		*special_port = rpc.out_port.name;
	return kr;
}

kern_return_t thread_set_special_port(thread_act_t thread, int which_port,
				      mach_port_t special_port)
{
	struct machipc_rpc rpc = {
		.id = 3611,
		.has_port = true,
		.port = special_port,
		.disposition = MACH_MSG_TYPE_COPY_SEND,
		RPC_WORDS(which_port),
	};

	return machipc_rpc(thread, KERN_INVALID_ARGUMENT, &rpc);
}
