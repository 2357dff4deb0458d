// SPDX-License-Identifier: GPL-2.0
/*
 * The table of services: which user's name stands for which right.
 */

#include <stdlib.h>
#include <string.h>
#include <mach/mach.h>
#include "log.h"
#include "services.h"

#define BUCKETS	256

static struct service *buckets[BUCKETS];
static mach_port_t notify_port;

void services_init(mach_port_t notify)
{
	notify_port = notify;
}

static struct service **bucket_of(const char *name)
{
	unsigned int hash = 5381;

	while (*name)
		hash = hash * 33 + (unsigned char)*name++;
	return &buckets[hash % BUCKETS];
}

static bool is_dead(const struct service *service)
{
	mach_port_type_t type;
	kern_return_t kr;

	kr = mach_port_type(mach_task_self(), service->port, &type);
	return kr != KERN_SUCCESS || (type & MACH_PORT_TYPE_DEAD_NAME);
}

/* Unlinks *@link. */
static void remove_at(struct service **link)
{
	struct service *service = *link;

	*link = service->next;
	mach_port_deallocate(mach_task_self(), service->port);
	free(service);
}

static void remove_dead(struct service **link)
{
	log_event("uid %u: the port of %s died, the name is free",
		  (*link)->uid, (*link)->name);
	remove_at(link);
}

/*
 * The notification of a death may still be queued behind the request that is
 * being served. Whoever has seen a service die finds its name free even so.
 */
static struct service *alive_at(struct service **link)
{
	if (!is_dead(*link))
		return *link;
	remove_dead(link);
	return NULL;
}

struct service *service_find(const char *name, uid_t uid)
{
	struct service **link;

	for (link = bucket_of(name); *link; link = &(*link)->next) {
		if ((*link)->uid == uid && !strcmp((*link)->name, name))
			return alive_at(link);
	}
	return NULL;
}

struct service *service_find_any(const char *name)
{
	struct service *service = *bucket_of(name);

	while (service && (strcmp(service->name, name) || is_dead(service)))
		service = service->next;
	return service;
}

/* Where a service stands in the list: below 0 before the other, above 0 after. */
static int compare(const struct service *service, const char *name, uid_t uid)
{
	int order = strcmp(service->name, name);

	return order ? order : (service->uid > uid) - (service->uid < uid);
}

struct service *service_next(const char *name, uid_t uid, uid_t reader,
			     bool all)
{
	struct service *service, *next = NULL;
	unsigned int i;

	for (i = 0; i < BUCKETS; i++) {
		for (service = buckets[i]; service; service = service->next) {
			if (!all && service->uid != 0 && service->uid != reader)
				continue;
			if (compare(service, name, uid) > 0 &&
			    (!next ||
			     compare(service, next->name, next->uid) < 0) &&
			    !is_dead(service))
				next = service;
		}
	}
	return next;
}

/* How many names there are: of a user, of all but root, of a port. */
struct count {
	unsigned int user;
	unsigned int others;
	unsigned int port;
};

static struct count count_services(uid_t uid, mach_port_t port)
{
	const struct service *service;
	struct count count = {};
	unsigned int i;

	for (i = 0; i < BUCKETS; i++) {
		for (service = buckets[i]; service; service = service->next) {
			count.user += service->uid == uid;
			count.others += service->uid != 0;
			count.port += service->port == port;
		}
	}
	return count;
}

/*
 * A second request would replace the first, which is as good. Where the port
 * has died already, the notification is sent at once.
 */
static kern_return_t request_notification(mach_port_t port)
{
	mach_port_t previous = MACH_PORT_NULL;
	kern_return_t kr;

	kr = mach_port_request_notification(mach_task_self(), port,
					    MACH_NOTIFY_DEAD_NAME, 1,
					    notify_port,
					    MACH_MSG_TYPE_MAKE_SEND_ONCE,
					    &previous);
	if (kr == KERN_SUCCESS && MACH_PORT_VALID(previous))
		mach_port_deallocate(mach_task_self(), previous);
	return kr;
}

static bool has_room(uid_t uid, const struct count *count)
{
	return count->user < SERVICES_PER_USER &&
	       (uid == 0 || count->others < SERVICES_MAX);
}

struct service *service_insert(const char *name, uid_t uid, mach_port_t port)
{
	struct count count = count_services(uid, port);
	struct service **bucket = bucket_of(name);
	struct service *service;

	if (!has_room(uid, &count))
		return NULL;
	service = calloc(1, sizeof(*service));
	if (!service)
		return NULL;
	if (!count.port && request_notification(port) != KERN_SUCCESS) {
		free(service);
		return NULL;
	}

	service->port = port;
	service->uid = uid;
	strcpy(service->name, name);
	service->next = *bucket;
	*bucket = service;
	return service;
}

void service_remove(struct service *service)
{
	struct service **link = bucket_of(service->name);

	while (*link != service)
		link = &(*link)->next;
	remove_at(link);
}

void services_port_died(mach_port_t port)
{
	struct service **link;
	unsigned int i;

	for (i = 0; i < BUCKETS; i++) {
		link = &buckets[i];
		while (*link) {
			if ((*link)->port == port)
				remove_dead(link);
			else
				link = &(*link)->next;
		}
	}
	mach_port_deallocate(mach_task_self(), port);
}
