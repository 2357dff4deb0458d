/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bootstrap port that the processes of a pid namespace have by default.
 */
#ifndef _MACHIPC_DOMAIN_H
#define _MACHIPC_DOMAIN_H

#include <linux/types.h>

struct pid_namespace;
struct machipc_reap;
struct machipc_right;

void machipc_domain_get(struct pid_namespace *ns, struct machipc_right *right);
bool machipc_domain_may_set(void);
int machipc_domain_set(struct machipc_right *right,
		       struct machipc_reap *reap);
void machipc_domain_exit(void);

#endif
