/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/*
 * Result codes of everything but mach_msg() (ports.md 0.1).
 *
 * The numbers are those of Mach, including the ones that nothing in machipc
 * returns: sources compare with them. KERN_UREFS_OVERFLOW is one of these,
 * because user references stick at MACH_PORT_UREFS_MAX instead.
 */
#ifndef _MACH_KERN_RETURN_H_
#define _MACH_KERN_RETURN_H_

typedef int kern_return_t;

#define KERN_SUCCESS			0
#define KERN_INVALID_ADDRESS		1
#define KERN_PROTECTION_FAILURE		2
#define KERN_NO_SPACE			3	/* No room for another name, or no address range */
#define KERN_INVALID_ARGUMENT		4
#define KERN_FAILURE			5
#define KERN_RESOURCE_SHORTAGE		6	/* Out of memory or at a limit */
#define KERN_NOT_RECEIVER		7
#define KERN_NO_ACCESS			8	/* Refused by policy */
#define KERN_MEMORY_FAILURE		9
#define KERN_MEMORY_ERROR		10
#define KERN_ALREADY_IN_SET		11	/* The port is a member already */
#define KERN_NOT_IN_SET			12	/* The port is not a member */
#define KERN_NAME_EXISTS		13	/* The chosen name is taken */
#define KERN_ABORTED			14
#define KERN_INVALID_NAME		15	/* The name denotes nothing */
#define KERN_INVALID_TASK		16	/* Not a task, or a dead one */
#define KERN_INVALID_RIGHT		17	/* The name denotes another kind of right */
#define KERN_INVALID_VALUE		18	/* Argument out of range */
#define KERN_UREFS_OVERFLOW		19
#define KERN_INVALID_CAPABILITY		20	/* The right is dead, or may not be moved */
#define KERN_RIGHT_EXISTS		21	/* The port is known under another name */
#define KERN_INVALID_HOST		22
#define KERN_MEMORY_PRESENT		23
#define KERN_MEMORY_DATA_MOVED		24
#define KERN_MEMORY_RESTART_COPY	25
#define KERN_INVALID_PROCESSOR_SET	26
#define KERN_POLICY_LIMIT		27
#define KERN_INVALID_POLICY		28
#define KERN_INVALID_OBJECT		29
#define KERN_ALREADY_WAITING		30
#define KERN_DEFAULT_SET		31
#define KERN_EXCEPTION_PROTECTED	32
#define KERN_INVALID_LEDGER		33
#define KERN_INVALID_MEMORY_CONTROL	34
#define KERN_INVALID_SECURITY		35
#define KERN_NOT_DEPRESSED		36
#define KERN_TERMINATED			37
#define KERN_LOCK_SET_DESTROYED		38
#define KERN_LOCK_UNSTABLE		39
#define KERN_LOCK_OWNED			40
#define KERN_LOCK_OWNED_SELF		41
#define KERN_SEMAPHORE_DESTROYED	42
#define KERN_RPC_SERVER_TERMINATED	43
#define KERN_RPC_TERMINATE_ORPHAN	44
#define KERN_RPC_CONTINUE_ORPHAN	45
#define KERN_NOT_SUPPORTED		46	/* Not available in this kernel or module */
#define KERN_NODE_DOWN			47
#define KERN_NOT_WAITING		48
#define KERN_OPERATION_TIMED_OUT	49
#define KERN_CODESIGN_ERROR		50
#define KERN_POLICY_STATIC		51
#define KERN_INSUFFICIENT_BUFFER_SIZE	52
#define KERN_DENIED			53
#define KERN_RETURN_MAX			0x100

#endif
