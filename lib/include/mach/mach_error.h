/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Result codes in words. */
#ifndef _MACH_MACH_ERROR_H_
#define _MACH_MACH_ERROR_H_

#include <mach/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * mach_error_string() - a result code in words
 * @error_value: a kern_return_t, a mach_msg_return_t or a result of MIG. The
 *	bits of MACH_MSG_MASK are not described
 *
 * Return: a constant string, never NULL.
 */
char *mach_error_string(mach_error_t error_value);

/**
 * mach_error_type() - where a result code comes from
 * @error_value: as for mach_error_string()
 *
 * Return: a constant string such as "(ipc/send)".
 */
char *mach_error_type(mach_error_t error_value);

/**
 * mach_error() - print a result code to stderr
 * @str: what failed
 * @error_value: as for mach_error_string()
 */
void mach_error(const char *str, mach_error_t error_value);

#ifdef __cplusplus
}
#endif

#endif
