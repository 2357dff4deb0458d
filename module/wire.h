/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Descriptors as programs of either width write and read them.
 */
#ifndef _MACHIPC_WIRE_H
#define _MACHIPC_WIRE_H

#include <linux/string.h>
#include <linux/types.h>

#include "mach.h"

/**
 * struct machipc_wire - a descriptor of a message, whatever its layout
 * @type: MACH_MSG_*_DESCRIPTOR, or something else
 * @disposition: of a port, or of all ports of an array
 * @deallocate: remove the region from the sender; the receiver has to free it
 * @copy: copy option
 * @name: of a port
 * @count: bytes of a region, or ports of an array
 * @address: of the region, or of the names
 */
struct machipc_wire {
	u8 type;
	u8 disposition;
	bool deallocate;
	u8 copy;
	u32 name;
	u32 count;
	u64 address;
};

static inline bool machipc_wire_is_memory(u8 type)
{
	return type == MACH_MSG_OOL_DESCRIPTOR ||
	       type == MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
}

/**
 * machipc_wire_write_port() - write a descriptor of a port
 * @at: where to
 * @name: the name
 * @disposition: what right it denotes
 *
 * Return: its size.
 */
static inline u32 machipc_wire_write_port(void *at, u32 name, u32 disposition)
{
	struct mach_msg_port_descriptor port = {
		.name = name,
		.disposition = disposition,
		.type = MACH_MSG_PORT_DESCRIPTOR,
	};

	memcpy(at, &port, sizeof(port));
	return sizeof(port);
}

u32 machipc_wire_read(const void *at, u32 left, bool ilp32,
		      struct machipc_wire *wire);
u32 machipc_wire_write(void *at, bool ilp32, const struct machipc_wire *wire);

#endif
