/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* The basic types, from which all other Mach headers build theirs. */
#ifndef _MACH_STD_TYPES_H_
#define _MACH_STD_TYPES_H_

#include <stddef.h>
#include <stdint.h>
#include <mach/boolean.h>
#include <mach/kern_return.h>

/* The 32-bit words that messages are made of, on every architecture. */
typedef uint32_t natural_t;
typedef int32_t integer_t;

/*
 * Layout checks of these headers. They are compiled wherever the language has
 * static assertions, so that a compiler with another idea of a structure
 * cannot produce messages that the module would misread.
 */
#if defined(__cplusplus) && __cplusplus >= 201103L
#define MACHIPC_STATIC_ASSERT(cond)	static_assert(cond, #cond)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define MACHIPC_STATIC_ASSERT(cond)	_Static_assert(cond, #cond)
#endif

#endif
