/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* What machipc has and Mach has not. */
#ifndef _MACHIPC_H_
#define _MACHIPC_H_

#include <mach/mach_types.h>
#include <mach/message.h>
#include <mach/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of the features that a module may or may not have. */
#define MACHIPC_HAS_OOL		(1ULL << 0)	/* Out-of-line memory and ports */
#define MACHIPC_HAS_SCATTER	(1ULL << 1)	/* machipc_msg_scatter() */
#define MACHIPC_HAS_POLL	(1ULL << 2)	/* machipc_port_watch() */

/**
 * machipc_query() - ask the module what it is
 * @abi_version: set to the version of its interface
 * @features: set to MACHIPC_HAS_* bits
 *
 * Return: KERN_SUCCESS; KERN_FAILURE where the module is missing or unusable,
 * KERN_NOT_SUPPORTED where it does not belong to the library.
 */
kern_return_t machipc_query(uint32_t *abi_version, uint64_t *features);

/**
 * machipc_set_domain_bootstrap() - set the default bootstrap port
 * @port: name of a send right, of which the kernel takes a copy;
 *	MACH_PORT_NULL clears
 *
 * The port becomes the bootstrap port of every process of the caller's pid
 * namespace that has none of its own. While a live port is set it can be
 * cleared, but not replaced.
 *
 * Return: KERN_SUCCESS; KERN_NO_ACCESS if the caller lacks CAP_SYS_ADMIN over
 * the pid namespace, or if another live port is set; MACH_SEND_INVALID_RIGHT
 * if @port is not a send right.
 */
kern_return_t machipc_set_domain_bootstrap(mach_port_t port);

/**
 * machipc_msg_scatter() - receive out-of-line data into memory of one's own
 * @list: the receive buffer, which looks like a complex message: for each
 *	region or port array that is expected, in order, a descriptor. Where
 *	its copy is MACH_MSG_OVERWRITE the data goes to its address, which has
 *	room for its size in bytes or count of names; any other copy has memory
 *	allocated. Port descriptors are passed over
 * @option: MACH_RCV_* options
 * @list_size: size of the list in bytes
 * @rcv_size: size of the buffer in bytes
 * @rcv_name: a receive right or port set
 * @timeout: milliseconds, with MACH_RCV_TIMEOUT
 *
 * What was written where the list said arrives with copy MACH_MSG_OVERWRITE
 * and deallocate 0, and is not to be deallocated. A list that is malformed,
 * lacks room for what comes, or names another kind of descriptor is ignored
 * as a whole. mach_msg() with MACH_RCV_OVERWRITE knows no list, as in XNU
 * 3789; the rules are those of 2422 (messages.md 17).
 *
 * Return: as mach_msg(); where the data cannot be written
 * MACH_RCV_BODY_ERROR with MACH_MSG_VM_SPACE or MACH_MSG_VM_KERNEL, and the
 * descriptor says address 0 and size 0.
 */
mach_msg_return_t machipc_msg_scatter(mach_msg_header_t *list,
				      mach_msg_option_t option,
				      mach_msg_size_t list_size,
				      mach_msg_size_t rcv_size,
				      mach_port_name_t rcv_name,
				      mach_msg_timeout_t timeout);

/**
 * machipc_port_watch() - make a descriptor that can be polled
 * @name: a name
 * @right: which right of it: MACH_PORT_RIGHT_RECEIVE or _PORT_SET, readable
 *	while there is a message; MACH_PORT_RIGHT_SEND, writable while the queue
 *	is not full
 * @fd: set to the descriptor, which is closed on exec
 *
 * POLLHUP says that the port died, that the receive right was moved away, or
 * that the set was destroyed, and stays. The descriptor is no right: the name
 * is needed to receive, and closing the descriptor changes no right.
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME or KERN_INVALID_RIGHT if there is no
 * such right; KERN_INVALID_VALUE if it cannot be watched;
 * KERN_RESOURCE_SHORTAGE; KERN_NOT_SUPPORTED by a module without
 * MACHIPC_HAS_POLL.
 */
kern_return_t machipc_port_watch(mach_port_name_t name, mach_port_right_t right,
				 int *fd);

#ifdef __cplusplus
}
#endif

#endif
