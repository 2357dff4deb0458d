/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernel releases, found by probing the headers in use:
 * distributions carry back-ports, so release numbers say little.
 */
#ifndef _MACHIPC_COMPAT_H
#define _MACHIPC_COMPAT_H

#include <linux/sched.h>

/* Since 6.1 a sleeping task says itself that it may be frozen. */
#ifndef TASK_FREEZABLE
#define TASK_FREEZABLE	0
#endif

#endif
