/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/*
 * Calls on a task that is not the caller's own: the module takes them as
 * messages to the task port, laid out as MIG's stubs do it for 64-bit programs.
 */
#ifndef MACHIPC_LIB_RPC_H
#define MACHIPC_LIB_RPC_H

#include <stdbool.h>
#include <mach/mach.h>

#define RPC_IN_MAX	(3 + MACH_PORT_INFO_EXT_COUNT)
/* That of host_kernel_version(). */
#define RPC_OUT_MAX	(2 + 512 / sizeof(uint32_t))

/*
 * A request carries words, and a port (if @has_port), memory (if @memory is not
 * NULL) or an array of ports (if @has_names). A reply carries words, and ports
 * or regions, which are memory or such arrays, as many as the caller expects.
 */
struct machipc_rpc {
	mach_msg_id_t id;

	unsigned int in_count;
	uint32_t in[RPC_IN_MAX];
	bool has_port;
	mach_port_t port;
	mach_msg_type_name_t disposition;
	const void *memory;
	mach_msg_size_t memory_size;
	bool has_names;
	const mach_port_t *names;
	mach_msg_size_t name_count;

	unsigned int ports;	/* 0 or 1 */
	unsigned int regions;	/* 0 to 2 */
	mach_msg_port_descriptor_t out_port;
	mach_msg_ool_descriptor_t out_region[2];
	unsigned int out_count;
	uint32_t out[RPC_OUT_MAX];
};

/* The words of a request, in an initializer. */
#define RPC_WORDS(...) \
	.in_count = sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t), \
	.in = { __VA_ARGS__ }

/* The two words of a 64-bit argument. */
#define RPC_LOW(value)	((uint32_t)(uint64_t)(value))
#define RPC_HIGH(value)	((uint32_t)((uint64_t)(value) >> 32))

/* A request of words alone, which lives as long as the block around it. */
#define RPC(number, ...) \
	(&(struct machipc_rpc){ .id = (number), RPC_WORDS(__VA_ARGS__) })

static inline uint64_t machipc_rpc_long(const uint32_t *words)
{
	return words[0] | (uint64_t)words[1] << 32;
}

/*
 * Makes the call on the task that @task names. A port that stands for no task
 * gives @mismatch, without a wait: no message is sent to an ordinary port.
 *
 * Return: KERN_SUCCESS with the results in @rpc; MACH_SEND_INVALID_DEST if
 * @task is no send right of a live port; what the routine returned.
 */
kern_return_t machipc_rpc(mach_port_t task, kern_return_t mismatch,
			  struct machipc_rpc *rpc);

/* The same for calls on a port space. */
static inline kern_return_t machipc_space_rpc(ipc_space_t task,
					      struct machipc_rpc *rpc)
{
	return machipc_rpc(task, KERN_INVALID_TASK, rpc);
}

/*
 * Issues a command whose structure has the member out_kr, and if that says
 * that the task is not the caller's own, evaluates @remote instead. A command
 * that was meant for another space has no meaning in this one.
 */
#define MACHIPC_TASK_CALL(cmd, arg, remote) \
	({ \
		int __ret = machipc_call((cmd), (arg)); \
		kern_return_t __kr = __ret ? machipc_call_error(__ret) : \
					     (arg)->out_kr; \
		if (unlikely(!__ret && __kr == MACH_SEND_INVALID_DEST)) \
			__kr = (remote); \
		__kr; \
	})

#endif
