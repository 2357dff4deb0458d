/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Send rights that the kernel keeps for a pid namespace (services.md 7). */
#ifndef _MACH_HOST_SPECIAL_PORTS_H_
#define _MACH_HOST_SPECIAL_PORTS_H_

#define HOST_SECURITY_PORT	0	/* Never to be had */
#define HOST_PORT		1	/* The host; get only */
#define HOST_PRIV_PORT		2	/* The host, with privilege; get only */
#define HOST_IO_MASTER_PORT	3	/* None */

/* Up to here they are the kernel's own, above they can be set. */
#define HOST_MAX_SPECIAL_KERNEL_PORT	7
#define HOST_MAX_SPECIAL_PORT	27

#define HOST_LOCAL_NODE		(-1)

#endif
