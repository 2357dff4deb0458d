/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bootstrap ports: that of a process, and the default of its pid namespace.
 */
#ifndef _MACHIPC_DOMAIN_H
#define _MACHIPC_DOMAIN_H

#include <linux/types.h>

struct machipc_reap;
struct machipc_right;
struct machipc_space;

int machipc_bootstrap_get(struct machipc_space *space, u32 *name,
			  struct machipc_reap *reap);
int machipc_bootstrap_set(struct machipc_space *space,
			  struct machipc_right *right,
			  struct machipc_reap *reap);
bool machipc_domain_may_set(void);
int machipc_domain_set(struct machipc_right *right,
		       struct machipc_reap *reap);
void machipc_domain_exit(void);

#endif
