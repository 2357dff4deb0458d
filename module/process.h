/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a process keeps over exec, and hands to its children.
 */
#ifndef _MACHIPC_PROCESS_H
#define _MACHIPC_PROCESS_H

#include <linux/types.h>

struct pid;
struct machipc_reap;
struct machipc_right;
struct machipc_space;

/**
 * DOC: Process records
 *
 * A space dies at exec, a bootstrap port that was set stays. It is therefore
 * kept in a record of the process. A child gets a copy of its nearest living
 * ancestor's record when it first opens the device: a fork as such is not
 * noticed. A process whose bootstrap port was never set, by itself or by an
 * ancestor, has no record, and uses the default of its pid namespace.
 *
 * The record goes with the process. The end of a process that has no space at
 * that moment is found by looking now and then.
 */

void machipc_process_inherit(void);
void machipc_process_left(struct pid *tgid);
void machipc_process_exit(struct pid *tgid);
void machipc_process_unload(void);

void machipc_bootstrap_copy(struct machipc_space *space,
			    struct machipc_right *right);
int machipc_bootstrap_set(struct machipc_space *space,
			  struct machipc_right *right,
			  struct machipc_reap *reap);

#endif
