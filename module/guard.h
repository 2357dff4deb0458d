/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens when somebody violates the guard of a port.
 */
#ifndef _MACHIPC_GUARD_H
#define _MACHIPC_GUARD_H

#include <linux/types.h>

/* Kinds of violations; the numbers are kGUARD_EXC_* of Mach. */
#define MACHIPC_GUARD_DESTROY		1
#define MACHIPC_GUARD_MOD_REFS		2
#define MACHIPC_GUARD_SET_CONTEXT	4
#define MACHIPC_GUARD_UNGUARDED		8
#define MACHIPC_GUARD_INCORRECT		16

void machipc_guard_violated(u32 name, u32 violation);

#endif
