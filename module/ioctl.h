/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands: fetch, check, call, respond.
 */
#ifndef _MACHIPC_IOCTL_H
#define _MACHIPC_IOCTL_H

#include <linux/bits.h>
#include <linux/compiler_types.h>
#include <linux/types.h>

#include <linux/machipc.h>

#include "hot.h"

struct file;
struct machipc_reap;
struct machipc_space;

/* Any structure that a command takes. */
union machipc_command {
	u32 size;
	struct machipc_query query;
	struct machipc_msg msg;
	struct machipc_self self;
	struct machipc_reply_port reply_port;
	struct machipc_port_op port;
	struct machipc_port_allocate allocate;
	struct machipc_port_construct construct;
	struct machipc_port_list list;
	struct machipc_port_right right;
	struct machipc_port_request_notification request;
	struct machipc_port_attributes attributes;
	struct machipc_port_peek peek;
	/* With what a command makes that is not the caller's yet. */
	struct {
		struct machipc_port_op port;
		struct file *file;
	} watch;
};

/**
 * struct machipc_ioctl_op - a row of the table of commands
 * @size: size of the command's structure
 * @min_size: its size in the first release
 * @anyone: a process that does not own the space may issue it
 * @used: members of &struct machipc_port_op that may be other than zero
 * @execute: carries the command out: writes out_* members, returns an errno
 *	if the call made no sense
 * @port: what a command with &struct machipc_port_op does once its arguments are
 *	checked; returns a kern_return_t
 * @commit: makes what @execute made the caller's, once the caller knows of it;
 *	cannot fail. NULL if there is nothing
 * @undo: takes back what @execute gave the caller, after the out_* members
 *	turned out not to be writable; NULL if there is nothing
 */
struct machipc_ioctl_op {
	u32 size;
	u32 min_size;
	bool anyone;
	u8 used;
	int (*execute)(const struct machipc_ioctl_op *op,
		       struct machipc_space *space,
		       union machipc_command *cmd);
	int (*port)(struct machipc_space *space, struct machipc_port_op *args,
		    struct machipc_reap *reap);
	void (*commit)(union machipc_command *cmd);
	void (*undo)(struct machipc_space *space, union machipc_command *cmd);
};

/* &machipc_ioctl_op.used */
#define MACHIPC_USED_NAME	BIT(0)
#define MACHIPC_USED_ARG	BIT(1)
#define MACHIPC_USED_VALUE	BIT(2)

extern const struct machipc_ioctl_op machipc_ioctl_ops[];
extern const unsigned int machipc_nr_ioctl_ops;

machipc_hot
long machipc_ioctl(struct machipc_space *space, unsigned int cmd,
		   void __user *arg, bool ilp32);

#endif
