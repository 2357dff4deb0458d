/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mach_msg: send, receive, or both.
 */
#ifndef _MACHIPC_MSG_H
#define _MACHIPC_MSG_H

#include <linux/types.h>

#include "hot.h"

struct machipc_msg;
struct machipc_space;

machipc_hot
u32 machipc_msg(struct machipc_space *space, struct machipc_msg *args,
		bool ilp32);

#endif
