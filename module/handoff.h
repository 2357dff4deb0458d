/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The short way from a sender to a receiver that waits.
 */
#ifndef _MACHIPC_HANDOFF_H
#define _MACHIPC_HANDOFF_H

#include <linux/types.h>

struct machipc_kmsg;
struct machipc_msg;
struct machipc_port;
struct machipc_space;

bool machipc_handoff(struct machipc_space *space, struct machipc_kmsg *kmsg,
		     const struct machipc_msg *args,
		     struct machipc_port **receive);

#endif
