// SPDX-License-Identifier: GPL-2.0
/*
 * Trace points of the kernel that tell of the life of processes.
 */
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "probe.h"

struct search {
	const char *name;
	struct tracepoint *found;
};

static void compare(struct tracepoint *tracepoint, void *data)
{
	struct search *search = data;

	if (!strcmp(tracepoint->name, search->name))
		search->found = tracepoint;
}

/**
 * machipc_probe_find() - find a trace point that is not exported
 * @name: its name
 *
 * Return: the trace point, NULL if the kernel was built without.
 */
struct tracepoint *machipc_probe_find(const char *name)
{
	struct search search = { .name = name };

	for_each_kernel_tracepoint(compare, &search);
	return search.found;
}
