/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The short way of usual messages to a port.
 */
#ifndef _MACHIPC_HANDOFF_H
#define _MACHIPC_HANDOFF_H

#include <linux/types.h>

#include "hot.h"

struct machipc_kmsg;
struct machipc_msg;
struct machipc_port;
struct machipc_space;

/* Results of machipc_handoff() that are no mach_msg results. */
#define MACHIPC_HANDOFF_NONE	(-1)
#define MACHIPC_HANDOFF_TAKEN	(-2)

machipc_hot
int machipc_handoff(struct machipc_space *space, struct machipc_kmsg *kmsg,
		    const struct machipc_msg *args,
		    struct machipc_port **receive);

#endif
