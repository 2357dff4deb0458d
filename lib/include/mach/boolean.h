/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* The Mach truth value. */
#ifndef _MACH_BOOLEAN_H_
#define _MACH_BOOLEAN_H_

/* 32 bits wide because it is a word of several message layouts. */
typedef int boolean_t;

#ifndef TRUE
#define TRUE	1
#endif
#ifndef FALSE
#define FALSE	0
#endif

#endif
