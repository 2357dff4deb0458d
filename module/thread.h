/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Thread ports.
 */
#ifndef _MACHIPC_THREAD_H
#define _MACHIPC_THREAD_H

#include <linux/types.h>

struct machipc_port;
struct machipc_reap;
struct machipc_right;
struct machipc_space;
struct machipc_thread;

/**
 * DOC: Threads
 *
 * A thread that asks for its port has a record from then on, in a table of all
 * threads. The port dies when the thread exits, which a trace point tells, or
 * when its space does. Where the kernel lacks that trace point, records of
 * threads that have gone are looked for when another thread of the space asks
 * for its port.
 *
 * The trace point is passed where nothing can sleep: the record is taken out of
 * the table there, and a work item destroys the port.
 */

int machipc_thread_init(void);
void machipc_thread_exit(void);

int machipc_thread_self(struct machipc_space *space,
			struct machipc_right *right);
void machipc_thread_end_all(struct machipc_space *space);

struct machipc_thread *machipc_thread_find(struct machipc_port *port);
void machipc_thread_put(struct machipc_thread *thread);
int machipc_thread_get_special(struct machipc_thread *thread, u32 which,
			       struct machipc_right *right);
int machipc_thread_set_special(struct machipc_thread *thread, u32 which,
			       struct machipc_right *right,
			       struct machipc_reap *reap);

#endif
