/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOOLS_SERVICES_H
#define TOOLS_SERVICES_H

/*
 * DOC: The table of services
 *
 * A service is a send right with a name and a user. Each user has names of
 * his own: nobody can take a name away from another user by being first.
 *
 * The table holds one user reference of the right for each service, and one
 * dead-name request for each right. When the port dies, for whatever reason,
 * the kernel turns the right into a dead name with one reference more, that of
 * the notification. So the name of the right cannot be reused before the
 * notification is read, also where the table has noticed the death sooner.
 */

#include <stdbool.h>
#include <sys/types.h>
#include <mach/mach.h>
#include <servers/bootstrap.h>

/* At most so many names for a user, and for all but root together. */
#define SERVICES_PER_USER	256
#define SERVICES_MAX		4096

/**
 * struct service - one name
 * @next: the next in the same bucket
 * @port: a send right, or by now a dead name
 * @uid: effective user of the process that made the service
 * @checked_in: the port was made by the server and counts as its user's for
 *	as long as it lives, so the name cannot be given back before
 * @name: the name, see bootstrap_name_is_valid()
 */
struct service {
	struct service *next;
	mach_port_t port;
	uid_t uid;
	bool checked_in;
	char name[BOOTSTRAP_MAX_NAME_LEN];
};

/**
 * services_init() - prepare the empty table
 * @notify: receive right that gets the dead-name notifications
 */
void services_init(mach_port_t notify);

/**
 * service_find() - find a name of one user
 * @name: the name
 * @uid: its user
 *
 * Return: the service, whose port was alive a moment ago, or NULL.
 */
struct service *service_find(const char *name, uid_t uid);

/**
 * service_find_any() - find a name, whoever has it
 * @name: the name
 *
 * Return: as service_find().
 */
struct service *service_find_any(const char *name);

/**
 * service_next() - find the name that follows another
 * @name: the name that was read last, which need not exist any more
 * @uid: its user
 * @reader: the user whose names count, beside those of root
 * @all: the names of everybody count
 *
 * Names are in the order of strcmp(), equal ones in that of their users.
 *
 * Return: as service_find().
 */
struct service *service_next(const char *name, uid_t uid, uid_t reader,
			     bool all);

/**
 * service_insert() - add a name that service_find() does not find
 * @name: the name
 * @uid: its user
 * @port: the right; the table takes over one reference of a send right, on
 *	success only
 *
 * Return: the service, or NULL where there is no room for it.
 */
struct service *service_insert(const char *name, uid_t uid, mach_port_t port);

/**
 * service_remove() - free a name and its reference of the right
 * @service: what service_find() found; invalid from here on
 */
void service_remove(struct service *service);

/**
 * services_port_died() - free all names of a port
 * @port: the name in a dead-name notification, whose reference is released
 */
void services_port_died(mach_port_t port);

#endif
