/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of rights: how they move between entries and messages, and how
 * they end.
 */
#ifndef _MACHIPC_RIGHT_H
#define _MACHIPC_RIGHT_H

#include <linux/types.h>

#include "hot.h"

struct machipc_entry;
struct machipc_port;
struct machipc_reap;
struct machipc_right;
struct machipc_space;

/**
 * DOC: Dead names
 *
 * When a port dies, the send and send-once rights for it in other spaces
 * become dead names. The entries are converted when they are next touched;
 * machipc_right_is_dead() does that and is called before anything else is
 * done with an entry. An entry with the receive right cannot be dead: the port
 * dies only after that entry has gone.
 */
bool machipc_right_is_dead(struct machipc_space *space,
			   struct machipc_entry *entry);
void machipc_right_set_receiver(struct machipc_space *space,
				struct machipc_entry *entry);
u32 machipc_right_type(struct machipc_entry *entry);

int machipc_right_check(struct machipc_space *space,
			struct machipc_entry *entry, u32 disposition);
int machipc_right_copyin(struct machipc_space *space,
			 struct machipc_entry *entry, u32 disposition,
			 bool dead_ok, struct machipc_right *right);
int machipc_right_copyin_pair(struct machipc_space *space,
			      struct machipc_entry *entry,
			      u32 disposition[2],
			      struct machipc_right *right[2]);
machipc_hot
int machipc_right_copyout(struct machipc_space *space,
			  struct machipc_right *right, u32 *name);
int machipc_right_insert(struct machipc_space *space, u32 name,
			 struct machipc_right *right);
void machipc_right_release(struct machipc_right *right,
			   struct machipc_reap *reap);
void machipc_right_release_send(struct machipc_port *port);
void machipc_right_copy_send(struct machipc_port *port,
			     struct machipc_right *right);
void machipc_right_copy(const struct machipc_right *from,
			struct machipc_right *to);
bool machipc_right_valid(const struct machipc_right *right);
struct machipc_port *machipc_right_make_send(struct machipc_port *port);
void machipc_right_consume(struct machipc_right *right);

void machipc_right_drop_urefs(struct machipc_space *space,
			      struct machipc_entry *entry, u32 urefs);
void machipc_right_drop_send(struct machipc_space *space,
			     struct machipc_entry *entry, u32 urefs);
void machipc_right_drop_send_once(struct machipc_space *space,
				  struct machipc_entry *entry);
struct machipc_port *
machipc_right_take_receive(struct machipc_space *space,
			   struct machipc_entry *entry,
			   struct machipc_port **deleted);
void machipc_right_destroy(struct machipc_space *space,
			   struct machipc_entry *entry,
			   struct machipc_reap *reap);

#endif
