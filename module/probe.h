/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace points of the kernel that tell of the life of processes.
 */
#ifndef _MACHIPC_PROBE_H
#define _MACHIPC_PROBE_H

struct tracepoint;

struct tracepoint *machipc_probe_find(const char *name);

#endif
