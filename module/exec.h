/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Noticing that a process executes a program.
 */
#ifndef _MACHIPC_EXEC_H
#define _MACHIPC_EXEC_H

/**
 * DOC: Exec
 *
 * A space dies when its process executes another program, because the
 * descriptors that are closed then tell, see device.c. One that stays open
 * tells nothing, nor does one in the table of a thread which has its own. Then
 * a trace point tells, a moment later: it is passed where nothing can sleep,
 * and a work item ends the space.
 *
 * Until then, and where the kernel lacks that trace point, the space is of no
 * use: who opens the device ends the one that the process had before, and who
 * calls its task port is told that it is dead and has it ended. A program that
 * was given privileges is never taken for the one before it.
 */

int machipc_exec_init(void);
void machipc_exec_exit(void);

#endif
