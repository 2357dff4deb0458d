/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mach_port_* calls for those who look into a space to find a mistake.
 */
#ifndef _MACHIPC_INFO_OPS_H
#define _MACHIPC_INFO_OPS_H

#include <linux/types.h>

struct machipc_space;

/**
 * struct machipc_space_info - ipc_info_space_t and ipc_info_space_basic_t
 * @genno_mask: bits of a name that are its generation
 * @table_size: slots of the table of names
 * @table_next: how many it has once it has grown
 * @inuse: names in use; 0 in an ipc_info_space_t
 * @unused: always 0
 */
struct machipc_space_info {
	u32 genno_mask;
	u32 table_size;
	u32 table_next;
	u32 inuse;
	u32 unused[2];
};

/**
 * struct machipc_slot_info - ipc_info_name_t, a slot of the table of names
 * @name: index and generation
 * @collision: always 0
 * @type: MACH_PORT_TYPE_* bits, 0 if the slot is free
 * @urefs: user references
 * @object: always 0, it would be an address
 * @next: index of the next free slot
 * @hash: always 0
 */
struct machipc_slot_info {
	u32 name;
	u32 collision;
	u32 type;
	u32 urefs;
	u32 object;
	u32 next;
	u32 hash;
};

int machipc_space_basic_info(struct machipc_space *space,
			     struct machipc_space_info *info);
int machipc_space_info(struct machipc_space *space,
		       struct machipc_space_info *info,
		       struct machipc_slot_info **table, u32 *room);
int machipc_dnrequest_info(struct machipc_space *space, u32 name, u32 *total,
			   u32 *used);
int machipc_get_kobject(struct machipc_space *space, u32 name, u32 *type);

#endif
