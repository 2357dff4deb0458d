// SPDX-License-Identifier: GPL-2.0
/*
 * Counts of live objects, for tests and for people.
 */
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/sysfs.h>

#include "debug.h"

DEFINE_PER_CPU(long, machipc_objects[MACHIPC_NR_OBJECTS]);

struct object_attribute {
	struct device_attribute attr;
	enum machipc_object object;
};

static ssize_t object_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct object_attribute *oa;
	long sum = 0;
	int cpu;

	oa = container_of(attr, struct object_attribute, attr);
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(machipc_objects[oa->object], cpu));
	return sysfs_emit(buf, "%ld\n", sum);
}

#define OBJECT_ATTRIBUTE(_name, _object)				\
	static struct object_attribute object_attr_##_name = {		\
		.attr = __ATTR(_name, 0444, object_show, NULL),		\
		.object = _object,					\
	}

OBJECT_ATTRIBUTE(spaces, MACHIPC_SPACES);
OBJECT_ATTRIBUTE(names, MACHIPC_NAMES);
OBJECT_ATTRIBUTE(ports, MACHIPC_PORTS);
OBJECT_ATTRIBUTE(psets, MACHIPC_PSETS);
OBJECT_ATTRIBUTE(kmsgs, MACHIPC_KMSGS);
OBJECT_ATTRIBUTE(requests, MACHIPC_REQUESTS);
OBJECT_ATTRIBUTE(watches, MACHIPC_WATCHES);
OBJECT_ATTRIBUTE(users, MACHIPC_USERS);
OBJECT_ATTRIBUTE(domains, MACHIPC_DOMAINS);
OBJECT_ATTRIBUTE(processes, MACHIPC_PROCESSES);
OBJECT_ATTRIBUTE(threads, MACHIPC_THREADS);
OBJECT_ATTRIBUTE(bytes, MACHIPC_BYTES);
OBJECT_ATTRIBUTE(pages, MACHIPC_PAGES);

static struct attribute *object_attrs[] = {
	&object_attr_spaces.attr.attr,
	&object_attr_names.attr.attr,
	&object_attr_ports.attr.attr,
	&object_attr_psets.attr.attr,
	&object_attr_kmsgs.attr.attr,
	&object_attr_requests.attr.attr,
	&object_attr_watches.attr.attr,
	&object_attr_users.attr.attr,
	&object_attr_domains.attr.attr,
	&object_attr_processes.attr.attr,
	&object_attr_threads.attr.attr,
	&object_attr_bytes.attr.attr,
	&object_attr_pages.attr.attr,
	NULL,
};

static const struct attribute_group object_group = {
	.name = "objects",
	.attrs = object_attrs,
};

OBJECT_ATTRIBUTE(guard_violations, MACHIPC_GUARD_VIOLATIONS);

static struct attribute *event_attrs[] = {
	&object_attr_guard_violations.attr.attr,
	NULL,
};

static const struct attribute_group event_group = {
	.name = "events",
	.attrs = event_attrs,
};

const struct attribute_group *machipc_attribute_groups[] = {
	&object_group,
	&event_group,
	NULL,
};
