/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mach_port_* calls on names and port sets.
 */
#ifndef _MACHIPC_PORT_OPS_H
#define _MACHIPC_PORT_OPS_H

#include <linux/types.h>

struct machipc_space;

int machipc_allocate(struct machipc_space *space, u32 right, u32 *name);
int machipc_allocate_name(struct machipc_space *space, u32 right, u32 *name);
int machipc_construct(struct machipc_space *space, u32 flags, u32 qlimit,
		      u64 context, u32 *name);
int machipc_type(struct machipc_space *space, u32 name, u32 *type);
int machipc_names(struct machipc_space *space, u32 *names, u32 *types,
		  u32 capacity, u32 *count);

int machipc_insert_member(struct machipc_space *space, u32 name, u32 pset);
int machipc_extract_member(struct machipc_space *space, u32 name, u32 pset);
int machipc_move_member(struct machipc_space *space, u32 name, u32 pset);
int machipc_get_set_status(struct machipc_space *space, u32 name, u32 *names,
			   u32 capacity, u32 *count);

/**
 * struct machipc_lists - lists of names in kernel memory
 * @names: the names, or NULL
 * @types: their types, or NULL
 * @count: how many there are
 * @room: how many each list has room for
 */
struct machipc_lists {
	u32 *names;
	u32 *types;
	u32 count;
	u32 room;
};

int machipc_list_names(struct machipc_space *space, u32 capacity,
		       struct machipc_lists *lists);
int machipc_list_members(struct machipc_space *space, u32 name, u32 capacity,
			 struct machipc_lists *lists);
void machipc_lists_free(struct machipc_lists *lists);

#endif
