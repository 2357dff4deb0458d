/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the processes of a pid namespace share.
 */
#ifndef _MACHIPC_DOMAIN_H
#define _MACHIPC_DOMAIN_H

#include <linux/types.h>

struct machipc_domain;
struct machipc_port;
struct machipc_reap;
struct machipc_right;

/**
 * DOC: Domains
 *
 * A domain is a pid namespace with port spaces. It has a bootstrap port for
 * those of its processes that have none of their own, and special ports of the
 * host. Who has power over the namespace when it gets a space has a host port
 * that allows to set the latter.
 *
 * A domain lives as long as a space of the namespace is open, whatever rights
 * it holds: a namespace is not kept for the sake of a server that has left it.
 */
int machipc_domain_init(void);
void machipc_domain_exit(void);

struct machipc_domain *machipc_domain_open(void);
void machipc_domain_put(struct machipc_domain *domain);
struct machipc_domain *machipc_domain_find(struct machipc_port *port);
bool machipc_domain_may_set(void);
struct machipc_port *machipc_domain_host(struct machipc_domain *domain);

void machipc_domain_get_bootstrap(struct machipc_domain *domain,
				  struct machipc_right *right);
int machipc_domain_set_bootstrap(struct machipc_domain *domain,
				 struct machipc_right *right,
				 struct machipc_reap *reap);
int machipc_domain_get_special(struct machipc_domain *domain, u32 which,
			       struct machipc_right *right);
int machipc_domain_set_special(struct machipc_domain *domain, u32 which,
			       struct machipc_right *right,
			       struct machipc_reap *reap);

#endif
