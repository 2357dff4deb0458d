// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/* bootstrap_info(): the list of services as arrays. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <mach/mach.h>
#include "bootstrap_list.h"
#include "vm.h"

struct list {
	struct bootstrap_listed *line;
	mach_msg_type_number_t count;
	size_t room;
};

static bool append(struct list *list, const struct bootstrap_listed *line)
{
	size_t room = list->room ? 2 * list->room : 32;
	struct bootstrap_listed *longer;

	if (list->count == list->room) {
		longer = reallocarray(list->line, room, sizeof(*line));
		if (!longer)
			return false;
		list->line = longer;
		list->room = room;
	}
	list->line[list->count++] = *line;
	return true;
}

static kern_return_t read_list(mach_port_t bp, struct list *list)
{
	struct bootstrap_listed last = {};
	kern_return_t kr;

	while ((kr = machipc_bootstrap_next(bp, &last)) == KERN_SUCCESS) {
		if (!append(list, &last))
			return KERN_RESOURCE_SHORTAGE;
	}
	return kr == BOOTSTRAP_UNKNOWN_SERVICE ? KERN_SUCCESS : kr;
}

struct columns {
	name_array_t service;
	name_array_t server;
	bootstrap_status_array_t status;
};

/* Pages of their own, for the caller to deallocate. */
static void *allocate(size_t size)
{
	vm_address_t address;

	if (machipc_map(&address, size) != KERN_SUCCESS)
		return NULL;
	return (void *)address;
}

static void release(void *array, size_t size)
{
	if (array)
		machipc_unmap((vm_address_t)array, size);
}

static bool allocate_columns(struct columns *columns, size_t count)
{
	columns->service = allocate(count * sizeof(name_t));
	columns->server = allocate(count * sizeof(name_t));
	columns->status = allocate(count * sizeof(bootstrap_status_t));
	return columns->service && columns->server && columns->status;
}

static void release_columns(struct columns *columns, size_t count)
{
	release(columns->service, count * sizeof(name_t));
	release(columns->server, count * sizeof(name_t));
	release(columns->status, count * sizeof(bootstrap_status_t));
}

static void fill_columns(struct columns *columns, const struct list *list)
{
	for (mach_msg_type_number_t i = 0; i < list->count; i++) {
		const struct bootstrap_listed *line = &list->line[i];

		memcpy(columns->service[i], line->name, sizeof(name_t));
		snprintf(columns->server[i], sizeof(name_t), "%u", line->user);
		columns->status[i] = BOOTSTRAP_STATUS_ACTIVE;
	}
}

static kern_return_t make_columns(mach_port_t bp, struct list *list,
				  struct columns *columns)
{
	kern_return_t kr = read_list(bp, list);

	if (kr != KERN_SUCCESS || !list->count)
		return kr;
	if (!allocate_columns(columns, list->count)) {
		release_columns(columns, list->count);
		return KERN_RESOURCE_SHORTAGE;
	}
	fill_columns(columns, list);
	return KERN_SUCCESS;
}

kern_return_t bootstrap_info(mach_port_t bp, name_array_t *service_names,
			     mach_msg_type_number_t *service_names_count,
			     name_array_t *server_names,
			     mach_msg_type_number_t *server_names_count,
			     bootstrap_status_array_t *service_active,
			     mach_msg_type_number_t *service_active_count)
{
	struct columns columns = {};
	struct list list = {};
	kern_return_t kr = make_columns(bp, &list, &columns);

	free(list.line);
	if (kr != KERN_SUCCESS)
		return kr;
	*service_names = columns.service;
	*server_names = columns.server;
	*service_active = columns.status;
	*service_names_count = list.count;
	*server_names_count = list.count;
	*service_active_count = list.count;
	return KERN_SUCCESS;
}
