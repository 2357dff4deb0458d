// SPDX-License-Identifier: GPL-2.0
/*
 * The bootstrap port that the processes of a pid namespace have by default.
 *
 * A domain is a pid namespace in which a default was set. It keeps a send
 * right, so the server that owns the port can tell by no-senders that nobody
 * can look anything up any more.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "debug.h"
#include "domain.h"
#include "kmsg.h"
#include "port.h"
#include "reap.h"
#include "right.h"

/**
 * struct domain - the default bootstrap right of one pid namespace
 * @node: in the list of domains
 * @ns: the namespace, with a reference
 * @port: the send right
 *
 * Protected by domains_mutex.
 */
struct domain {
	struct list_head node;
	struct pid_namespace *ns;
	struct machipc_port *port;
};

static LIST_HEAD(domains);
static DEFINE_MUTEX(domains_mutex);

static struct domain *find_domain(struct pid_namespace *ns)
{
	struct domain *domain;

	lockdep_assert_held(&domains_mutex);

	list_for_each_entry(domain, &domains, node) {
		if (domain->ns == ns)
			return domain;
	}
	return NULL;
}

static void free_domain(struct domain *domain)
{
	list_del(&domain->node);
	machipc_right_release_send(domain->port);
	put_pid_ns(domain->ns);
	kfree(domain);
	machipc_count(MACHIPC_DOMAINS, -1);
}

/* A namespace whose server has died is not kept alive for its sake. */
static void port_died(struct machipc_port *port)
{
	struct domain *domain, *next;

	mutex_lock(&domains_mutex);
	list_for_each_entry_safe(domain, next, &domains, node) {
		if (domain->port == port)
			free_domain(domain);
	}
	mutex_unlock(&domains_mutex);
}

/* Asks to be told of the death of a port. Returns false if it is dead. */
static bool watch_port(struct machipc_port *port)
{
	bool alive;

	spin_lock(&port->lock);
	alive = !port->dead;
	if (alive)
		port->died = port_died;
	spin_unlock(&port->lock);
	return alive;
}

/**
 * machipc_domain_get() - copy the default of a pid namespace
 * @ns: the namespace
 * @right: where to put it; unchanged if there is none
 */
void machipc_domain_get(struct pid_namespace *ns, struct machipc_right *right)
{
	struct domain *domain;

	mutex_lock(&domains_mutex);
	domain = find_domain(ns);
	if (domain)
		machipc_right_copy_send(domain->port, right);
	mutex_unlock(&domains_mutex);
}

/**
 * machipc_domain_may_set() - whether the caller may set the default of its
 *	pid namespace
 */
bool machipc_domain_may_set(void)
{
	return ns_capable(task_active_pid_ns(current)->user_ns, CAP_SYS_ADMIN);
}

static int set_locked(struct machipc_right *right)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct domain *domain;

	lockdep_assert_held(&domains_mutex);

	domain = find_domain(ns);
	if (!right->port) {
		if (domain)
			free_domain(domain);
		return KERN_SUCCESS;
	}
	if (domain && !machipc_port_dead(domain->port))
		return KERN_NO_ACCESS;
	if (domain)
		free_domain(domain);
	domain = kzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);
	if (!domain)
		return KERN_RESOURCE_SHORTAGE;
	domain->ns = get_pid_ns(ns);
	domain->port = right->port;
	right->port = NULL;
	list_add(&domain->node, &domains);
	machipc_count(MACHIPC_DOMAINS, 1);
	/* It cannot be told of before it is in the list: the mutex is held. */
	if (!watch_port(domain->port))
		free_domain(domain);
	return KERN_SUCCESS;
}

/**
 * machipc_domain_set() - set the default of the caller's pid namespace
 * @right: a send right, or none to clear it; consumed
 * @reap: gets what dies
 *
 * Return: KERN_SUCCESS, KERN_NO_ACCESS if a live one is set,
 * KERN_RESOURCE_SHORTAGE.
 */
int machipc_domain_set(struct machipc_right *right, struct machipc_reap *reap)
{
	int kr;

	mutex_lock(&domains_mutex);
	kr = set_locked(right);
	mutex_unlock(&domains_mutex);
	machipc_right_release(right, reap);
	return kr;
}

/**
 * machipc_domain_exit() - forget all domains, at unload
 */
void machipc_domain_exit(void)
{
	struct domain *domain, *next;

	mutex_lock(&domains_mutex);
	list_for_each_entry_safe(domain, next, &domains, node)
		free_domain(domain);
	mutex_unlock(&domains_mutex);
}
