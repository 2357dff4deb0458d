// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/* mach_msg_destroy(): dropping what a message carries (messages.md 19). */

#include "device.h"

/* Makes the send right that the message would have made, and drops it. */
static void destroy_made_send(mach_port_t name)
{
	if (mach_port_insert_right(mach_task_self(), name, name,
				   MACH_MSG_TYPE_MAKE_SEND) == KERN_SUCCESS)
		mach_port_deallocate(mach_task_self(), name);
}

/* The same for a send-once right, which tells its port that it died. */
static void destroy_made_send_once(mach_port_t name)
{
	mach_msg_type_name_t type;
	mach_port_t right;

	if (mach_port_extract_right(mach_task_self(), name,
				    MACH_MSG_TYPE_MAKE_SEND_ONCE, &right,
				    &type) == KERN_SUCCESS)
		mach_port_deallocate(mach_task_self(), right);
}

static void destroy_right(mach_port_t name, mach_msg_type_name_t disposition)
{
	if (!MACH_PORT_VALID(name))
		return;
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		mach_port_deallocate(mach_task_self(), name);
		break;
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		mach_port_mod_refs(mach_task_self(), name,
				   MACH_PORT_RIGHT_RECEIVE, -1);
		break;
	case MACH_MSG_TYPE_MAKE_SEND:
		destroy_made_send(name);
		break;
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		destroy_made_send_once(name);
		break;
	}
}

static void destroy_memory(void *address, vm_size_t size, boolean_t deallocate)
{
	if (deallocate)
		vm_deallocate(mach_task_self(), (vm_address_t)address, size);
}

static void destroy_ool_ports(const mach_msg_ool_ports_descriptor_t *ports)
{
	const mach_port_t *names = ports->address;
	mach_msg_size_t i;

	for (i = 0; names && i < ports->count; i++)
		destroy_right(names[i], ports->disposition);
	destroy_memory(ports->address, ports->count * sizeof(*names),
		       ports->deallocate);
}

/* Returns the size of the descriptor, which depends on its type. */
static size_t destroy_descriptor(const mach_msg_descriptor_t *descriptor)
{
	const mach_msg_ool_descriptor_t *ool = &descriptor->out_of_line;

	switch (descriptor->type.type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		destroy_right(descriptor->port.name,
			      descriptor->port.disposition);
		return sizeof(descriptor->port);
	case MACH_MSG_OOL_DESCRIPTOR:
		destroy_memory(ool->address, ool->size, ool->deallocate);
		return sizeof(*ool);
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		return sizeof(*ool);
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		destroy_ool_ports(&descriptor->ool_ports);
		return sizeof(descriptor->ool_ports);
	default:
		return sizeof(descriptor->type);
	}
}

void mach_msg_destroy(mach_msg_header_t *msg)
{
	mach_msg_bits_t bits = msg->msgh_bits;
	const mach_msg_base_t *base = (const mach_msg_base_t *)msg;
	const char *descriptor = (const char *)(base + 1);
	mach_msg_size_t i;

	destroy_right(msg->msgh_remote_port, MACH_MSGH_BITS_REMOTE(bits));
	destroy_right(msg->msgh_voucher_port, MACH_MSGH_BITS_VOUCHER(bits));
	if (!MACH_MSGH_BITS_IS_COMPLEX(bits))
		return;
	for (i = 0; i < base->body.msgh_descriptor_count; i++)
		descriptor += destroy_descriptor((const void *)descriptor);
}
