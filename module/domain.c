// SPDX-License-Identifier: GPL-2.0
/*
 * What the processes of a pid namespace share.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/pid_namespace.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "debug.h"
#include "domain.h"
#include "kmsg.h"
#include "port.h"
#include "reap.h"
#include "right.h"

/**
 * struct machipc_domain - a pid namespace with port spaces
 * @node: in the list of domains
 * @refs: spaces, and calls on @host in progress
 * @ns: the namespace, with a reference; constant
 * @host: the host port of who has power over the namespace; constant
 * @bootstrap: send right to the default bootstrap port, if any
 * @special: send rights to the special ports of the host, if any
 *
 * What is not constant is protected by domains_mutex.
 */
struct machipc_domain {
	struct list_head node;
	refcount_t refs;
	struct pid_namespace *ns;
	struct machipc_port *host;
	struct machipc_right bootstrap;
	struct machipc_right special[HOST_MAX_SPECIAL_PORT + 1];
};

/* Nothing is allocated or released under the mutex. */
static LIST_HEAD(domains);
static DEFINE_MUTEX(domains_mutex);

/* The host port of everybody else. */
static struct machipc_port *plain_host;

int machipc_domain_init(void)
{
	plain_host = machipc_port_alloc(NULL, MACHIPC_KOBJECT_HOST);
	return plain_host ? 0 : -ENOMEM;
}

void machipc_domain_exit(void)
{
	machipc_port_put(plain_host);
}

/* The domain of the current process, with a reference for the caller. */
static struct machipc_domain *get_domain(void)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct machipc_domain *domain;

	lockdep_assert_held(&domains_mutex);

	list_for_each_entry(domain, &domains, node) {
		if (domain->ns != ns)
			continue;
		refcount_inc(&domain->refs);
		return domain;
	}
	return NULL;
}

static struct machipc_domain *alloc_domain(void)
{
	struct machipc_domain *domain;

	domain = kzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);
	if (!domain)
		return NULL;
	domain->host = machipc_port_alloc(NULL, MACHIPC_KOBJECT_HOST_PRIV);
	if (!domain->host) {
		kfree(domain);
		return NULL;
	}
	/* Nobody else can see the port yet. */
	domain->host->object = domain;
	refcount_set(&domain->refs, 1);
	domain->ns = get_pid_ns(task_active_pid_ns(current));
	machipc_count(MACHIPC_DOMAINS, 1);
	return domain;
}

static void free_domain(struct machipc_domain *domain)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);
	unsigned int i;

	machipc_port_disown(domain->host);
	machipc_port_destroy(domain->host, &reap);
	machipc_right_release(&domain->bootstrap, &reap);
	for (i = 0; i < ARRAY_SIZE(domain->special); i++)
		machipc_right_release(&domain->special[i], &reap);
	put_pid_ns(domain->ns);
	kfree(domain);
	machipc_count(MACHIPC_DOMAINS, -1);
}

/* Makes a domain for the current process, unless another one is faster. */
static struct machipc_domain *make_domain(void)
{
	struct machipc_domain *fresh = alloc_domain();
	struct machipc_domain *domain;

	if (!fresh)
		return NULL;
	mutex_lock(&domains_mutex);
	domain = get_domain();
	if (!domain)
		list_add(&fresh->node, &domains);
	mutex_unlock(&domains_mutex);
	if (!domain)
		return fresh;
	free_domain(fresh);
	return domain;
}

/**
 * machipc_domain_open() - get the domain of the current process
 *
 * Context: May sleep.
 * Return: the domain with a reference for the caller, or NULL if there is no
 * memory for one.
 */
struct machipc_domain *machipc_domain_open(void)
{
	struct machipc_domain *domain;

	mutex_lock(&domains_mutex);
	domain = get_domain();
	mutex_unlock(&domains_mutex);
	return domain ? domain : make_domain();
}

/**
 * machipc_domain_put() - release a reference
 * @domain: the domain
 *
 * Context: May sleep.
 */
void machipc_domain_put(struct machipc_domain *domain)
{
	if (!refcount_dec_and_mutex_lock(&domain->refs, &domains_mutex))
		return;
	list_del(&domain->node);
	mutex_unlock(&domains_mutex);
	free_domain(domain);
}

/**
 * machipc_domain_find() - find the domain that a host port has power over
 * @port: a port with MACHIPC_KOBJECT_HOST_PRIV
 *
 * Return: the domain with a reference for the caller; NULL if it has gone.
 */
struct machipc_domain *machipc_domain_find(struct machipc_port *port)
{
	struct machipc_domain *domain;

	spin_lock(&port->lock);
	domain = port->object;
	if (domain && !refcount_inc_not_zero(&domain->refs))
		domain = NULL;
	spin_unlock(&port->lock);
	return domain;
}

/**
 * machipc_domain_may_set() - whether the current process has power over its
 *	domain
 */
bool machipc_domain_may_set(void)
{
	return ns_capable_noaudit(task_active_pid_ns(current)->user_ns,
				  CAP_SYS_ADMIN);
}

/**
 * machipc_domain_host() - the host port of the current process
 * @domain: its domain
 *
 * Return: the port, which lives at least as long as the domain.
 */
struct machipc_port *machipc_domain_host(struct machipc_domain *domain)
{
	return machipc_domain_may_set() ? domain->host : plain_host;
}

/**
 * machipc_domain_get_bootstrap() - copy the default bootstrap port
 * @domain: the domain
 * @right: where to put a send right, which may be null or dead
 */
void machipc_domain_get_bootstrap(struct machipc_domain *domain,
				  struct machipc_right *right)
{
	mutex_lock(&domains_mutex);
	machipc_right_copy(&domain->bootstrap, right);
	mutex_unlock(&domains_mutex);
}

/**
 * machipc_domain_set_bootstrap() - set the default bootstrap port
 * @domain: the domain
 * @right: a send right, or none to clear it; consumed
 * @reap: gets what dies
 *
 * Return: KERN_SUCCESS, KERN_NO_ACCESS if a live one would be replaced.
 */
int machipc_domain_set_bootstrap(struct machipc_domain *domain,
				 struct machipc_right *right,
				 struct machipc_reap *reap)
{
	int kr = KERN_NO_ACCESS;

	mutex_lock(&domains_mutex);
	if (!right->port || !machipc_right_valid(&domain->bootstrap)) {
		swap(*right, domain->bootstrap);
		kr = KERN_SUCCESS;
	}
	mutex_unlock(&domains_mutex);
	machipc_right_release(right, reap);
	return kr;
}

/**
 * machipc_domain_get_special() - copy a special port of the host
 * @domain: the domain
 * @which: HOST_*_PORT, or another number in that range
 * @right: where to put a send right, which may be null or dead
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT if there is no such port, or
 * none that can be got.
 */
int machipc_domain_get_special(struct machipc_domain *domain, u32 which,
			       struct machipc_right *right)
{
	if (which < HOST_PORT || which > HOST_MAX_SPECIAL_PORT)
		return KERN_INVALID_ARGUMENT;
	which = array_index_nospec(which, HOST_MAX_SPECIAL_PORT + 1);
	mutex_lock(&domains_mutex);
	if (which == HOST_PORT)
		machipc_right_copy_send(plain_host, right);
	else if (which == HOST_PRIV_PORT)
		machipc_right_copy_send(domain->host, right);
	else
		machipc_right_copy(&domain->special[which], right);
	mutex_unlock(&domains_mutex);
	return KERN_SUCCESS;
}

/**
 * machipc_domain_set_special() - set a special port of the host
 * @domain: the domain
 * @which: which one
 * @right: a send right, or none to clear it; consumed on success
 * @reap: gets what dies
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT if there is no such port, or
 * none that can be set.
 */
int machipc_domain_set_special(struct machipc_domain *domain, u32 which,
			       struct machipc_right *right,
			       struct machipc_reap *reap)
{
	if (which <= HOST_MAX_SPECIAL_KERNEL_PORT ||
	    which > HOST_MAX_SPECIAL_PORT)
		return KERN_INVALID_ARGUMENT;
	which = array_index_nospec(which, HOST_MAX_SPECIAL_PORT + 1);
	mutex_lock(&domains_mutex);
	swap(*right, domain->special[which]);
	mutex_unlock(&domains_mutex);
	machipc_right_release(right, reap);
	return KERN_SUCCESS;
}
