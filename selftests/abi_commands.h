/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All commands of /dev/machipc, for tests that do the same with each.
 */
#ifndef ABI_COMMANDS_H
#define ABI_COMMANDS_H

#include "machipc_utils.h"

#include <stddef.h>

/* One command: its structure, and the parts that must be zero. */
#define COMMAND(_cmd, _nr, _type, ...) \
	{ .name = #_cmd, .cmd = MACHIPC_IOC_##_cmd, .nr = (_nr), \
	  .size = sizeof(struct _type), .reserved = { __VA_ARGS__ } }

#define RESERVED(_type, _member) offsetof(struct _type, _member)

static const struct command {
	const char *name;
	unsigned long cmd;
	unsigned int nr;
	size_t size;
	size_t reserved[4];	/* offsets of words, ended by 0 */
} commands[] = {
	COMMAND(QUERY, 0x00, machipc_query),
	COMMAND(MSG, 0x01, machipc_msg, RESERVED(machipc_msg, reserved)),
	COMMAND(SELF, 0x02, machipc_self, RESERVED(machipc_self, reserved)),
	COMMAND(REPLY_PORT, 0x03, machipc_reply_port),
	COMMAND(PORT_ALLOCATE, 0x10, machipc_port_allocate,
		RESERVED(machipc_port_allocate, reserved),
		RESERVED(machipc_port_allocate, name)),
	COMMAND(PORT_CONSTRUCT, 0x11, machipc_port_construct),
	COMMAND(PORT_DESTROY, 0x12, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, arg),
		RESERVED(machipc_port_op, value)),
	COMMAND(PORT_DEALLOCATE, 0x13, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, arg),
		RESERVED(machipc_port_op, value)),
	COMMAND(PORT_MOD_REFS, 0x14, machipc_port_op,
		RESERVED(machipc_port_op, reserved)),
	COMMAND(PORT_GET_REFS, 0x15, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, value)),
	COMMAND(PORT_DESTRUCT, 0x16, machipc_port_op,
		RESERVED(machipc_port_op, reserved)),
	COMMAND(PORT_TYPE, 0x17, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, arg),
		RESERVED(machipc_port_op, value)),
	COMMAND(PORT_NAMES, 0x18, machipc_port_list,
		RESERVED(machipc_port_list, name)),
	COMMAND(PORT_INSERT_RIGHT, 0x19, machipc_port_right),
	COMMAND(PORT_EXTRACT_RIGHT, 0x1a, machipc_port_right,
		RESERVED(machipc_port_right, poly)),
	COMMAND(PORT_INSERT_MEMBER, 0x1b, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, value)),
	COMMAND(PORT_EXTRACT_MEMBER, 0x1c, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, value)),
	COMMAND(PORT_MOVE_MEMBER, 0x1d, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, value)),
	COMMAND(PORT_GET_SET_STATUS, 0x1e, machipc_port_list,
		RESERVED(machipc_port_list, types)),
	COMMAND(PORT_REQUEST_NOTIFICATION, 0x1f,
		machipc_port_request_notification,
		RESERVED(machipc_port_request_notification, reserved)),
	COMMAND(PORT_GET_ATTRIBUTES, 0x20, machipc_port_attributes),
	COMMAND(PORT_SET_ATTRIBUTES, 0x21, machipc_port_attributes),
	COMMAND(PORT_GET_CONTEXT, 0x22, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, arg),
		RESERVED(machipc_port_op, value)),
	COMMAND(PORT_SET_CONTEXT, 0x23, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, arg)),
	COMMAND(PORT_GUARD, 0x24, machipc_port_op,
		RESERVED(machipc_port_op, reserved)),
	COMMAND(PORT_UNGUARD, 0x25, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, arg)),
	COMMAND(PORT_SET_MSCOUNT, 0x26, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, value)),
	COMMAND(PORT_SET_SEQNO, 0x27, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, value)),
	COMMAND(PORT_PEEK, 0x28, machipc_port_peek,
		RESERVED(machipc_port_peek, reserved)),
	COMMAND(PORT_GET_SRIGHTS, 0x29, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, arg),
		RESERVED(machipc_port_op, value)),
	COMMAND(PORT_KOBJECT, 0x2a, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, arg),
		RESERVED(machipc_port_op, value)),
	COMMAND(PORT_WATCH, 0x2b, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, value)),
	COMMAND(TASK_GET_SPECIAL_PORT, 0x40, machipc_port_op,
		RESERVED(machipc_port_op, reserved), RESERVED(machipc_port_op, name),
		RESERVED(machipc_port_op, value)),
	COMMAND(TASK_SET_SPECIAL_PORT, 0x41, machipc_port_right),
	COMMAND(SET_DOMAIN_BOOTSTRAP, 0x42, machipc_port_right,
		RESERVED(machipc_port_right, task),
		RESERVED(machipc_port_right, name)),
};

/* An argument that is harmless for every command: no name, no task. */
struct argument {
	union {
		uint32_t size;
		uint8_t byte[256];
	};
};

static const struct command *const commands_end =
	commands + ARRAY_SIZE(commands);

static inline bool is_command(unsigned int nr)
{
	for (const struct command *command = commands;
	     command < commands_end; command++)
		if (command->nr == nr)
			return true;
	return false;
}

static inline int command_run(const struct command *command, struct argument *arg)
{
	return machipc_ioctl(command->cmd, arg);
}

#endif /* ABI_COMMANDS_H */
