// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors as programs of either width write and read them.
 */
#include <linux/string.h>

#include "wire.h"

static bool is_wide(u8 type)
{
	return machipc_wire_is_memory(type) ||
	       type == MACH_MSG_OOL_PORTS_DESCRIPTOR;
}

/**
 * machipc_wire_read() - read a descriptor
 * @at: where it starts
 * @left: bytes of the message from there on
 * @ilp32: its writer is a 32-bit program
 * @wire: where to put it
 *
 * Return: its size, or 0 if it does not end within the message.
 */
u32 machipc_wire_read(const void *at, u32 left, bool ilp32,
		      struct machipc_wire *wire)
{
	const struct mach_msg_port_descriptor *port = at;
	const struct mach_msg_ool_descriptor *wide = at;
	const struct mach_msg_ool_descriptor32 *narrow = at;

	/* The type is in the last byte that all descriptors have. */
	if (left < sizeof(*port))
		return 0;
	memset(wire, 0, sizeof(*wire));
	wire->type = port->type;
	wire->disposition = port->disposition;
	if (!is_wide(port->type)) {
		wire->name = port->name;
		return sizeof(*port);
	}
	if (ilp32) {
		wire->deallocate = narrow->deallocate;
		wire->copy = narrow->copy;
		wire->count = narrow->count;
		wire->address = narrow->address;
		return sizeof(*narrow);
	}
	if (left < sizeof(*wide))
		return 0;
	wire->deallocate = wide->deallocate;
	wire->copy = wide->copy;
	wire->count = wide->count;
	wire->address = wide->address;
	return sizeof(*wide);
}

static u32 write_narrow(void *at, const struct machipc_wire *wire)
{
	struct mach_msg_ool_descriptor32 narrow = {
		.address = wire->address,
		.count = wire->count,
		.deallocate = wire->deallocate,
		.copy = wire->copy,
		.disposition = wire->disposition,
		.type = wire->type,
	};

	memcpy(at, &narrow, sizeof(narrow));
	return sizeof(narrow);
}

/**
 * machipc_wire_write() - write a descriptor of memory or of ports
 * @at: where to
 * @ilp32: its reader is a 32-bit program
 * @wire: the descriptor
 *
 * Every byte is written, also those that mean nothing.
 *
 * Return: its size.
 */
u32 machipc_wire_write(void *at, bool ilp32, const struct machipc_wire *wire)
{
	struct mach_msg_ool_descriptor wide = {
		.address = wire->address,
		.deallocate = wire->deallocate,
		.copy = wire->copy,
		.disposition = wire->disposition,
		.type = wire->type,
		.count = wire->count,
	};

	if (ilp32)
		return write_narrow(at, wire);
	memcpy(at, &wide, sizeof(wide));
	return sizeof(wide);
}
