/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* How the sender of a MIG message represents data (messages.md 20). */
#ifndef _MACH_NDR_H_
#define _MACH_NDR_H_

#include <mach/std_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct NDR_record - eight bytes in front of the data of a MIG message
 * @mig_vers: 0
 * @if_vers: 0
 * @reserved1: 0
 * @mig_encoding: NDR_PROTOCOL_2_0
 * @int_rep: NDR_INT_*
 * @char_rep: NDR_CHAR_*
 * @float_rep: NDR_FLOAT_*
 * @reserved2: 0
 */
typedef struct NDR_record {
	unsigned char mig_vers;
	unsigned char if_vers;
	unsigned char reserved1;
	unsigned char mig_encoding;
	unsigned char int_rep;
	unsigned char char_rep;
	unsigned char float_rep;
	unsigned char reserved2;
} NDR_record_t;

#define NDR_PROTOCOL_2_0	0

#define NDR_INT_BIG_ENDIAN	0
#define NDR_INT_LITTLE_ENDIAN	1

#define NDR_CHAR_ASCII		0
#define NDR_CHAR_EBCDIC		1

#define NDR_FLOAT_IEEE		0
#define NDR_FLOAT_VAX		1
#define NDR_FLOAT_CRAY		2
#define NDR_FLOAT_IBM		3

/* Generated stubs convert foreign representations only if this is not 0. */
#ifndef __NDR_convert__
#define __NDR_convert__		0
#endif

/* The record of this machine. */
extern NDR_record_t NDR_record;

#ifdef MACHIPC_STATIC_ASSERT
MACHIPC_STATIC_ASSERT(sizeof(NDR_record_t) == 8);
MACHIPC_STATIC_ASSERT(offsetof(NDR_record_t, int_rep) == 4);
#endif

#ifdef __cplusplus
}
#endif

#endif
