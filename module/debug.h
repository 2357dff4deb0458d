/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts of live objects, for tests and for people.
 *
 * They are files below /sys/class/machipc/machipc/objects. A count is raised
 * when an object is allocated and lowered when it is freed, so whatever stays
 * above its value after all processes have gone is a leak.
 */
#ifndef _MACHIPC_DEBUG_H
#define _MACHIPC_DEBUG_H

#include <linux/percpu.h>

struct attribute_group;

enum machipc_object {
	MACHIPC_SPACES,
	MACHIPC_NAMES,
	MACHIPC_PORTS,
	MACHIPC_PSETS,
	MACHIPC_KMSGS,
	MACHIPC_REQUESTS,
	MACHIPC_WATCHES,
	MACHIPC_USERS,
	MACHIPC_DOMAINS,
	MACHIPC_PROCESSES,
	MACHIPC_THREADS,
	MACHIPC_BYTES,
	MACHIPC_PAGES,
	MACHIPC_GUARD_VIOLATIONS,
	MACHIPC_NR_OBJECTS,
};

DECLARE_PER_CPU(long, machipc_objects[MACHIPC_NR_OBJECTS]);

extern const struct attribute_group *machipc_attribute_groups[];

/**
 * machipc_count() - change the count of live objects
 * @object: kind of object
 * @n: how many more, or less, there are now
 */
static inline void machipc_count(enum machipc_object object, long n)
{
	this_cpu_add(machipc_objects[object], n);
}

#endif
