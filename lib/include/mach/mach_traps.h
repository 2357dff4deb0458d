/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/*
 * The kernel's own entry points (messages.md 5, ports.md 10). Programs rarely
 * need them: mach_msg() and mach_task_self() are built on them.
 */
#ifndef _MACH_MACH_TRAPS_H_
#define _MACH_MACH_TRAPS_H_

#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * mach_msg_trap() - mach_msg() that is not restarted after a signal
 * @msg: as for mach_msg()
 * @option: as for mach_msg(); the two INTERRUPT options make no difference
 * @send_size: as for mach_msg()
 * @rcv_size: as for mach_msg()
 * @rcv_name: as for mach_msg()
 * @timeout: as for mach_msg()
 * @notify: as for mach_msg()
 *
 * Return: as mach_msg().
 */
mach_msg_return_t mach_msg_trap(mach_msg_header_t *msg,
				mach_msg_option_t option,
				mach_msg_size_t send_size,
				mach_msg_size_t rcv_size,
				mach_port_name_t rcv_name,
				mach_msg_timeout_t timeout,
				mach_port_name_t notify);

/**
 * mach_msg_overwrite_trap() - mach_msg_trap() with a receive buffer of its own
 * @msg: as for mach_msg()
 * @option: as for mach_msg_trap()
 * @send_size: as for mach_msg()
 * @rcv_size: as for mach_msg()
 * @rcv_name: as for mach_msg()
 * @timeout: as for mach_msg()
 * @notify: as for mach_msg()
 * @rcv_msg: the buffer to receive into, or NULL to use @msg
 * @rcv_limit: ignored
 *
 * Return: as mach_msg().
 */
mach_msg_return_t mach_msg_overwrite_trap(mach_msg_header_t *msg,
					  mach_msg_option_t option,
					  mach_msg_size_t send_size,
					  mach_msg_size_t rcv_size,
					  mach_port_name_t rcv_name,
					  mach_msg_timeout_t timeout,
					  mach_port_name_t notify,
					  mach_msg_header_t *rcv_msg,
					  mach_msg_size_t rcv_limit);

/**
 * mach_reply_port() - make a port
 *
 * Return: the name of a new receive right, or MACH_PORT_NULL.
 */
mach_port_name_t mach_reply_port(void);

/**
 * task_self_trap() - a send right to the caller's task port
 *
 * Return: its name, with one user reference more than before, for the caller to
 * release; MACH_PORT_NULL if there is none to be had.
 */
mach_port_name_t task_self_trap(void);

/**
 * thread_self_trap() - a send right to the port of the calling thread
 *
 * Return: as task_self_trap().
 */
mach_port_name_t thread_self_trap(void);

/**
 * host_self_trap() - a send right to the caller's host port
 *
 * Return: as task_self_trap().
 */
mach_port_name_t host_self_trap(void);

#ifdef __cplusplus
}
#endif

#endif
