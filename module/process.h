/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ports that the kernel keeps for a process.
 */
#ifndef _MACHIPC_PROCESS_H
#define _MACHIPC_PROCESS_H

#include <linux/types.h>

#include "mach.h"

struct machipc_reap;
struct machipc_right;
struct machipc_space;

/**
 * DOC: Process records
 *
 * A space dies at exec, the special ports of a process stay. They are
 * therefore kept in a record of the process. A process to whom none was given,
 * and none to an ancestor, has no record and uses the defaults.
 *
 * A fork as such is not noticed. A child gets a copy of its parent's record
 * when it first opens the device: that of its nearest living ancestor with a
 * record or, if the child still has a door that it inherited from a process
 * that has exited since, that process's. A record thus lasts until its process
 * ends and the last door is closed that leads to one of its spaces.
 *
 * The end of a process whose record no live space has at that moment is found
 * by looking now and then.
 */

/**
 * enum machipc_slot - special ports, in the order in which they are released
 * @MACHIPC_SLOT_KERNEL: what task_self returns; gone with the space
 * @MACHIPC_SLOT_HOST: what host_self returns
 * @MACHIPC_SLOT_BOOTSTRAP: where to look up services
 * @MACHIPC_SLOT_SEATBELT: set once
 * @MACHIPC_SLOT_ACCESS: set once
 * @MACHIPC_SLOT_DEBUG: gone with the space
 * @MACHIPC_SLOT_REGISTERED: the first of mach_ports_register()
 * @MACHIPC_NR_SLOTS: how many there are
 */
enum machipc_slot {
	MACHIPC_SLOT_KERNEL,
	MACHIPC_SLOT_HOST,
	MACHIPC_SLOT_BOOTSTRAP,
	MACHIPC_SLOT_SEATBELT,
	MACHIPC_SLOT_ACCESS,
	MACHIPC_SLOT_DEBUG,
	MACHIPC_SLOT_REGISTERED,
	MACHIPC_NR_SLOTS = MACHIPC_SLOT_REGISTERED + TASK_PORT_REGISTER_MAX,
};

void machipc_process_inherit(struct machipc_space *space,
			     struct machipc_space *door);
void machipc_process_left(struct machipc_space *space);
void machipc_process_exit(struct machipc_space *space);
void machipc_process_close(struct machipc_space *space);
void machipc_process_unload(void);

bool machipc_process_copy(struct machipc_space *space, enum machipc_slot slot,
			  struct machipc_right *rights, u32 nr);
int machipc_process_set(struct machipc_space *space, enum machipc_slot slot,
			struct machipc_right *rights, u32 nr, bool once,
			struct machipc_reap *reap);

#endif
