/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tests that run in the kernel when the module is inserted, if it was built
 * with them.
 */
#ifndef _MACHIPC_KUNIT_H
#define _MACHIPC_KUNIT_H

#ifdef MACHIPC_KUNIT
void machipc_kunit_run(void);
void machipc_kunit_forget(void);
#else
static inline void machipc_kunit_run(void) {}
static inline void machipc_kunit_forget(void) {}
#endif

#endif
