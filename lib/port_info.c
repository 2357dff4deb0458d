// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/*
 * Calls on ports that give or take more than a word: lists of names,
 * attributes, notification requests, a look at a message.
 */

#include <stdbool.h>
#include <string.h>
#include "device.h"
#include "rpc.h"
#include "vm.h"

/* One or two arrays of names or types, each in whole pages of its own. */
struct list_memory {
	vm_address_t base;
	vm_size_t room;		/* Bytes of each array */
	unsigned int arrays;
	bool remote;		/* The list is that of another task */
};

static kern_return_t get_list_once(unsigned long cmd,
				   struct machipc_port_list *list,
				   struct list_memory *memory)
{
	if (machipc_map(&memory->base, memory->room * memory->arrays))
		return KERN_RESOURCE_SHORTAGE;
	list->capacity = memory->room / sizeof(natural_t);
	list->names = memory->base;
	if (memory->arrays == 2)
		list->types = memory->base + memory->room;
	return MACHIPC_TASK_CALL(cmd, list, (memory->remote = true,
					     MACH_SEND_INVALID_DEST));
}

/* Others may add names in between, so how many there are is a guess. */
static kern_return_t get_list(unsigned long cmd, struct machipc_port_list *list,
			      struct list_memory *memory)
{
	kern_return_t kr;

	memory->room = vm_page_size;
	for (;;) {
		kr = get_list_once(cmd, list, memory);
		if (kr == KERN_SUCCESS && list->out_count <= list->capacity)
			return KERN_SUCCESS;
		machipc_unmap(memory->base, memory->room * memory->arrays);
		if (kr != KERN_SUCCESS)
			return kr;
		memory->room = round_page(list->out_count * sizeof(natural_t));
	}
}

/* Leaves of an array what the caller will release: the pages of its elements. */
static natural_t *take_array(const struct list_memory *memory,
			     unsigned int index, mach_msg_type_number_t count)
{
	vm_address_t array = memory->base + index * memory->room;
	vm_size_t used = round_page(count * sizeof(natural_t));

	machipc_unmap(array + used, memory->room - used);
	return used ? (natural_t *)array : NULL;
}

/* Lists come as memory of the caller's, in whole pages as well. */
static kern_return_t names_remote(ipc_space_t task,
				  mach_port_name_array_t *names,
				  mach_msg_type_number_t *names_count,
				  mach_port_type_array_t *types,
				  mach_msg_type_number_t *types_count)
{
	struct machipc_rpc rpc = { .id = 3200, .regions = 2 };
	kern_return_t kr = machipc_space_rpc(task, &rpc);

	if (kr != KERN_SUCCESS)
		return kr;
	*names = rpc.out_region[0].address;
	*names_count = rpc.out[0];
	*types = rpc.out_region[1].address;
	*types_count = rpc.out[1];
	return KERN_SUCCESS;
}

kern_return_t mach_port_names(ipc_space_t task, mach_port_name_array_t *names,
			      mach_msg_type_number_t *names_count,
			      mach_port_type_array_t *types,
			      mach_msg_type_number_t *types_count)
{
	struct machipc_port_list list = { .size = sizeof(list), .task = task };
	struct list_memory memory = { .arrays = 2 };
	kern_return_t kr = get_list(MACHIPC_IOC_PORT_NAMES, &list, &memory);

	if (kr == MACH_SEND_INVALID_DEST && memory.remote)
		return names_remote(task, names, names_count, types,
				    types_count);
	if (kr != KERN_SUCCESS)
		return kr;
	*names = take_array(&memory, 0, list.out_count);
	*names_count = list.out_count;
	*types = take_array(&memory, 1, list.out_count);
	*types_count = list.out_count;
	return KERN_SUCCESS;
}

static kern_return_t members_remote(ipc_space_t task, mach_port_name_t name,
				    mach_port_name_array_t *members,
				    mach_msg_type_number_t *members_count)
{
	struct machipc_rpc rpc = {
		.id = 3211,
		.regions = 1,
		RPC_WORDS(name),
	};
	kern_return_t kr = machipc_space_rpc(task, &rpc);

	if (kr != KERN_SUCCESS)
		return kr;
	*members = rpc.out_region[0].address;
	*members_count = rpc.out[0];
	return KERN_SUCCESS;
}

kern_return_t mach_port_get_set_status(ipc_space_t task, mach_port_name_t name,
				       mach_port_name_array_t *members,
				       mach_msg_type_number_t *members_count)
{
	struct machipc_port_list list = {
		.size = sizeof(list),
		.task = task,
		.name = name,
	};
	struct list_memory memory = { .arrays = 1 };
	kern_return_t kr = get_list(MACHIPC_IOC_PORT_GET_SET_STATUS, &list,
				    &memory);

	if (kr == MACH_SEND_INVALID_DEST && memory.remote)
		return members_remote(task, name, members, members_count);
	if (kr != KERN_SUCCESS)
		return kr;
	*members = take_array(&memory, 0, list.out_count);
	*members_count = list.out_count;
	return KERN_SUCCESS;
}

static kern_return_t
request_remote(struct machipc_port_request_notification *request)
{
	struct machipc_rpc rpc = {
		.id = 3213,
		.has_port = true,
		.port = request->notify,
		.disposition = request->disposition,
		.ports = 1,
		RPC_WORDS(request->name, (uint32_t)request->id, request->sync),
	};
	kern_return_t kr;

	kr = machipc_space_rpc(request->task, &rpc);
	request->out_previous = rpc.out_port.name;
	return kr;
}

kern_return_t mach_port_request_notification(ipc_space_t task,
					     mach_port_name_t name,
					     mach_msg_id_t msgid,
					     mach_port_mscount_t sync,
					     mach_port_t notify,
					     mach_msg_type_name_t notify_poly,
					     mach_port_t *previous)
{
	struct machipc_port_request_notification request = {
		.size = sizeof(request),
		.task = task,
		.name = name,
		.id = msgid,
		.sync = sync,
		.notify = notify,
		.disposition = notify_poly,
	};
	kern_return_t kr;

	kr = MACHIPC_TASK_CALL(MACHIPC_IOC_PORT_REQUEST_NOTIFICATION, &request,
			       request_remote(&request));
	if (kr == KERN_SUCCESS)
		*previous = request.out_previous;
	return kr;
}

static kern_return_t get_remote(struct machipc_port_attributes *port)
{
	struct machipc_rpc *rpc = RPC(3217, port->name, port->flavor,
				      port->count);
	kern_return_t kr = machipc_space_rpc(port->task, rpc);

	port->out_count = rpc->out[0];
	memcpy(port->info, &rpc->out[1], sizeof(port->info));
	return kr;
}

kern_return_t mach_port_get_attributes(ipc_space_t task, mach_port_name_t name,
				       mach_port_flavor_t flavor,
				       mach_port_info_t info,
				       mach_msg_type_number_t *count)
{
	struct machipc_port_attributes port = {
		.size = sizeof(port),
		.task = task,
		.name = name,
		.flavor = (uint32_t)flavor,
		.count = *count < MACHIPC_PORT_INFO_MAX ? *count :
							  MACHIPC_PORT_INFO_MAX,
	};
	kern_return_t kr;

	kr = MACHIPC_TASK_CALL(MACHIPC_IOC_PORT_GET_ATTRIBUTES, &port,
			       get_remote(&port));
	if (kr == KERN_SUCCESS) {
		*count = port.out_count;
		memcpy(info, port.info, port.out_count * sizeof(port.info[0]));
	}
	return kr;
}

static kern_return_t set_remote(const struct machipc_port_attributes *port)
{
	struct machipc_rpc *rpc = RPC(3218, port->name, port->flavor,
				      port->count);

	memcpy(&rpc->in[3], port->info, sizeof(port->info));
	rpc->in_count += port->count;
	return machipc_space_rpc(port->task, rpc);
}

kern_return_t mach_port_set_attributes(ipc_space_t task, mach_port_name_t name,
				       mach_port_flavor_t flavor,
				       mach_port_info_t info,
				       mach_msg_type_number_t count)
{
	struct machipc_port_attributes port = {
		.size = sizeof(port),
		.task = task,
		.name = name,
		.flavor = (uint32_t)flavor,
		.count = count,
	};

	if (count > MACHIPC_PORT_INFO_MAX)
		return MIG_ARRAY_TOO_LARGE;
	/* Flavors that are switches have no words, and often no array. */
	if (count)
		memcpy(port.info, info, count * sizeof(port.info[0]));
	return MACHIPC_TASK_CALL(MACHIPC_IOC_PORT_SET_ATTRIBUTES, &port,
				 set_remote(&port));
}

static kern_return_t peek_remote(struct machipc_port_peek *peek, void *trailer)
{
	struct machipc_rpc *rpc = RPC(3209, peek->name, peek->trailer_type,
				      peek->seqno, peek->trailer_size);
	kern_return_t kr = machipc_space_rpc(peek->task, rpc);

	if (kr != KERN_SUCCESS)
		return kr;
	peek->out_seqno = rpc->out[0];
	peek->out_msg_size = rpc->out[1];
	peek->out_msg_id = (int32_t)rpc->out[2];
	peek->out_trailer_size = rpc->out[3];
	memcpy(trailer, &rpc->out[4], rpc->out[3]);
	return KERN_SUCCESS;
}

kern_return_t mach_port_peek(ipc_space_t task, mach_port_name_t name,
			     mach_msg_trailer_type_t trailer_type,
			     mach_port_seqno_t *request_seqnop,
			     mach_msg_size_t *msg_sizep,
			     mach_msg_id_t *msg_idp,
			     mach_msg_trailer_info_t trailer_infop,
			     mach_msg_type_number_t *trailer_infop_count)
{
	struct machipc_port_peek peek = {
		.size = sizeof(peek),
		.task = task,
		.name = name,
		.trailer_type = trailer_type,
		.seqno = *request_seqnop,
		.trailer_size = *trailer_infop_count,
		.trailer = (uintptr_t)trailer_infop,
	};
	kern_return_t kr = MACHIPC_TASK_CALL(MACHIPC_IOC_PORT_PEEK, &peek,
					     peek_remote(&peek, trailer_infop));

	if (kr == KERN_SUCCESS) {
		*request_seqnop = peek.out_seqno;
		*msg_sizep = peek.out_msg_size;
		*msg_idp = peek.out_msg_id;
		*trailer_infop_count = peek.out_trailer_size;
	}
	return kr;
}
