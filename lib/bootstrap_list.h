/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
#ifndef LIB_BOOTSTRAP_LIST_H
#define LIB_BOOTSTRAP_LIST_H

#include <stdint.h>
#include <servers/bootstrap.h>

/* One line of the list of services. All zero it stands before the first. */
struct bootstrap_listed {
	name_t name;
	uint32_t user;
};

/*
 * Replaces *@last by the line that follows it.
 *
 * Return: KERN_SUCCESS; BOOTSTRAP_UNKNOWN_SERVICE after the last line; as
 * bootstrap_look_up().
 */
kern_return_t machipc_bootstrap_next(mach_port_t bp,
				     struct bootstrap_listed *last);

#endif
