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

/* Nothing is allocated or released under the mutex. */
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

static void free_domains(struct list_head *list)
{
	struct domain *domain, *next;

	list_for_each_entry_safe(domain, next, list, node) {
		machipc_right_release_send(domain->port);
		put_pid_ns(domain->ns);
		kfree(domain);
		machipc_count(MACHIPC_DOMAINS, -1);
	}
}

/* Frees the domains that have a default of @port, or all if that is NULL. */
static void forget_domains(struct machipc_port *port)
{
	struct domain *domain, *next;
	LIST_HEAD(gone);

	mutex_lock(&domains_mutex);
	list_for_each_entry_safe(domain, next, &domains, node) {
		if (!port || domain->port == port)
			list_move(&domain->node, &gone);
	}
	mutex_unlock(&domains_mutex);
	free_domains(&gone);
}

/* A namespace whose server has died is not kept alive for its sake. */
static void port_died(struct machipc_port *port)
{
	forget_domains(port);
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

static struct domain *alloc_domain(struct pid_namespace *ns,
				   struct machipc_right *right)
{
	struct domain *domain;

	domain = kzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);
	if (!domain)
		return NULL;
	domain->ns = get_pid_ns(ns);
	domain->port = right->port;
	right->port = NULL;
	machipc_count(MACHIPC_DOMAINS, 1);
	return domain;
}

/*
 * Replaces what the namespace has by @fresh, or by none if that is NULL. Puts
 * what has to be freed into @gone.
 */
static int replace(struct pid_namespace *ns, struct domain *fresh,
		   struct list_head *gone)
{
	struct domain *old;
	int kr = KERN_SUCCESS;

	lockdep_assert_held(&domains_mutex);

	old = find_domain(ns);
	if (old && fresh && !machipc_port_dead(old->port))
		kr = KERN_NO_ACCESS;
	else if (old)
		list_move(&old->node, gone);
	if (!fresh)
		return kr;
	/* A death is not told of before the domain is in the list. */
	if (!kr && watch_port(fresh->port))
		list_add(&fresh->node, &domains);
	else
		list_add(&fresh->node, gone);
	return kr;
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
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct domain *fresh = NULL;
	LIST_HEAD(gone);
	int kr;

	if (right->port) {
		fresh = alloc_domain(ns, right);
		if (!fresh) {
			machipc_right_release(right, reap);
			return KERN_RESOURCE_SHORTAGE;
		}
	}
	mutex_lock(&domains_mutex);
	kr = replace(ns, fresh, &gone);
	mutex_unlock(&domains_mutex);
	free_domains(&gone);
	return kr;
}

/**
 * machipc_domain_exit() - forget all domains, at unload
 */
void machipc_domain_exit(void)
{
	forget_domains(NULL);
}
