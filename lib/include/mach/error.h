/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/*
 * How result codes are composed: six bits of system, twelve of subsystem, and
 * fourteen of code.
 */
#ifndef _MACH_ERROR_H_
#define _MACH_ERROR_H_

#include <mach/kern_return.h>

#define err_none	((mach_error_t)0)
#define ERR_SUCCESS	((mach_error_t)0)

#define system_emask	(err_system(0x3f))
#define sub_emask	(err_sub(0xfff))
#define code_emask	(0x3fff)

#define err_system(x)	((mach_error_t)(((unsigned int)(x) & 0x3fU) << 26))
#define err_sub(x)	((mach_error_t)(((unsigned int)(x) & 0xfffU) << 14))

#define err_get_system(err)	((int)(((unsigned int)(err) >> 26) & 0x3fU))
#define err_get_sub(err)	((int)(((unsigned int)(err) >> 14) & 0xfffU))
#define err_get_code(err)	((int)((unsigned int)(err) & 0x3fffU))

#define err_kern	err_system(0x0)		/* Kernel */
#define err_us		err_system(0x1)		/* User-space library */
#define err_server	err_system(0x2)		/* User-space servers */
#define err_ipc		err_system(0x3)		/* Old IPC */
#define err_mach_ipc	err_system(0x4)		/* mach_msg() */
#define err_dipc	err_system(0x7)		/* Distributed IPC */
#define err_local	err_system(0x3e)	/* For programs to define */
#define err_ipc_compat	err_system(0x3f)	/* MIG: negative codes */
#define err_max_system	0x3f

/* A kern_return_t, a mach_msg_return_t or a result of MIG. */
typedef kern_return_t mach_error_t;

#endif
