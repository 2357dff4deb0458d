/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/*
 * Names of particular ports. To user space all of them are port names; the
 * types say which kind of port a call expects.
 */
#ifndef _MACH_MACH_TYPES_H_
#define _MACH_MACH_TYPES_H_

#include <mach/std_types.h>
#include <mach/port.h>
#include <mach/message.h>
#include <mach/vm_types.h>

typedef mach_port_t task_t;
typedef mach_port_t task_port_t;
typedef mach_port_t task_name_t;
typedef mach_port_t thread_t;
typedef mach_port_t thread_act_t;
typedef mach_port_t host_t;
typedef mach_port_t host_name_t;
typedef mach_port_t host_priv_t;
typedef mach_port_t ipc_space_t;	/* A task port, meaning its port space */
typedef mach_port_t ipc_voucher_t;
typedef mach_port_name_t mach_voucher_t;

#define TASK_NULL	((task_t)0)
#define THREAD_NULL	((thread_t)0)
#define HOST_NULL	((host_t)0)
#define IPC_SPACE_NULL	((ipc_space_t)0)
#define IPC_VOUCHER_NULL ((ipc_voucher_t)0)

#endif
