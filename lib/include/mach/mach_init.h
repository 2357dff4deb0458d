/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* What a process finds set up for it. */
#ifndef _MACH_MACH_INIT_H_
#define _MACH_MACH_INIT_H_

#include <mach/mach_types.h>
#include <mach/mach_traps.h>
#include <mach/vm_page_size.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The name of the caller's task port, or MACH_PORT_NULL before the first
 * mach_task_self() of the process. Read it with that.
 */
extern mach_port_t mach_task_self_;

/**
 * mach_task_self() - the name of the caller's task port
 *
 * The name stays valid for the life of the process. It is fetched once in a
 * process and once more in a forked child, and no call changes its user
 * references (ports.md 10): do not release it.
 *
 * Return: the name, or MACH_PORT_NULL where the module is unusable.
 */
mach_port_t mach_task_self(void);

static inline mach_port_t machipc_task_self(void)
{
	mach_port_t name = __atomic_load_n(&mach_task_self_, __ATOMIC_RELAXED);

	return __builtin_expect(name != MACH_PORT_NULL, 1) ? name :
							     mach_task_self();
}

#define mach_task_self()	machipc_task_self()
#define current_task()		mach_task_self()

/**
 * mach_thread_self() - a send right to the port of the calling thread
 *
 * The name becomes a dead name when the thread exits.
 *
 * Return: as thread_self_trap(): one more reference for the caller to release.
 */
mach_port_t mach_thread_self(void);

/**
 * mach_host_self() - a send right to the caller's host port
 *
 * Return: as host_self_trap(): one more reference for the caller to release.
 */
mach_port_t mach_host_self(void);

/*
 * The caller's bootstrap port, as <servers/bootstrap.h> describes it. A lvalue,
 * fetched on first use and again in a forked child.
 */
mach_port_t *machipc_bootstrap_port(void);
#define bootstrap_port (*machipc_bootstrap_port())

#ifdef __cplusplus
}
#endif

#endif
