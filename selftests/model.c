// SPDX-License-Identifier: GPL-2.0
/*
 * The reference model: names and entries, ports and their death, rights on
 * their way, notifications, and the life of spaces. Sections are those of
 * spec/ports.md.
 */
#include "model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct model *model;

void model_complain(const char *format, ...)
{
	va_list args;

	if (model->complaint[0])
		return;
	va_start(args, format);
	vsnprintf(model->complaint, sizeof(model->complaint), format, args);
	va_end(args);
}

/* ---- 1. Names */

static struct model_space *space_of(const struct model_entry *entry)
{
	size_t offset = (const char *)entry - (const char *)model->space;

	return &model->space[offset / sizeof(struct model_space)];
}

static uint32_t index_of(const struct model_entry *entry)
{
	return entry - space_of(entry)->entry;
}

mach_port_name_t model_name(const struct model_space *space,
			    const struct model_entry *entry)
{
	return (uint32_t)(entry - space->entry) << 8 | entry->gen;
}

struct model_entry *model_lookup(struct model_space *space,
				 mach_port_name_t name)
{
	struct model_entry *entry;

	if (!name || name >> 8 >= MODEL_SLOTS)
		return NULL;
	entry = &space->entry[name >> 8];
	return entry->type && entry->gen == (name & 0xff) ? entry : NULL;
}

/* The free list is a ring around slot 0. */
static void unlink_slot(struct model_space *space, struct model_entry *entry)
{
	space->entry[entry->prev].next = entry->next;
	space->entry[entry->next].prev = entry->prev;
}

static void link_slot_first(struct model_space *space,
			    struct model_entry *entry)
{
	entry->prev = 0;
	entry->next = space->entry[0].next;
	space->entry[entry->next].prev = index_of(entry);
	space->entry[0].next = index_of(entry);
}

/*
 * The slot of the name that the module has picked. It is the first free one; or
 * among the first ones if a call picks several in an order of its own.
 */
struct model_entry *model_pick(struct model_space *space,
			       mach_port_name_t actual, unsigned int among)
{
	struct model_entry *first = &space->entry[space->entry[0].next];
	struct model_entry *entry = first;

	while (index_of(entry) && index_of(entry) != actual >> 8 && among-- > 1)
		entry = &space->entry[entry->next];
	if (index_of(entry) != actual >> 8) {
		model_complain("picked name 0x%x, not the first free one 0x%x",
			       actual, index_of(first) << 8 |
			       (uint8_t)(first->gen + 4));
		entry = first;
	}
	entry->gen += 4;
	model_expect(entry->gen == (actual & 0xff),
		     "picked name 0x%x, expected 0x%x", actual,
		     model_name(space, entry));
	unlink_slot(space, entry);
	return entry;
}

/* Steps 3 to 7 of 1.3. The entry may be in use, and is not taken yet. */
kern_return_t model_slot(struct model_space *space, mach_port_name_t name,
			 struct model_entry **entry)
{
	uint32_t index = name >> 8;

	if (!index)
		return KERN_FAILURE;
	if (index >= MODEL_NAMES_MAX)
		return KERN_NO_SPACE;
	if (index >= MODEL_SLOTS) {
		model_complain("name 0x%x is too large for the model", name);
		return KERN_NO_SPACE;
	}
	*entry = &space->entry[index];
	if ((*entry)->type && (*entry)->gen != (name & 0xff))
		return KERN_FAILURE;
	return KERN_SUCCESS;
}

void model_take_slot(struct model_space *space, struct model_entry *entry,
		     mach_port_name_t name)
{
	unlink_slot(space, entry);
	entry->gen = name & 0xff;
}

/* Whoever frees an entry has taken its request before. */
void model_free_entry(struct model_entry *entry)
{
	entry->type = 0;
	entry->urefs = 0;
	entry->port = NULL;
	link_slot_first(space_of(entry), entry);
}

/* The entry that a right of @port coalesces with (1.4). */
struct model_entry *model_find_port(struct model_space *space,
				    const struct model_port *port)
{
	for (int i = 1; i < MODEL_SLOTS; i++) {
		struct model_entry *entry = &space->entry[i];

		if (entry->port == port &&
		    entry->type & MACH_PORT_TYPE_SEND_RECEIVE)
			return entry;
	}
	return NULL;
}

/* ---- 2. References and ports */

#define PEGGED	MACH_PORT_UREFS_MAX

void model_add_urefs(struct model_entry *entry, int64_t delta)
{
	if (entry->urefs == PEGGED)
		return;
	if (entry->urefs + delta >= PEGGED)
		entry->urefs = PEGGED;
	else
		entry->urefs += delta;
}

struct model_port *model_port_new(void)
{
	for (int i = 0; i < MODEL_PORTS; i++) {
		struct model_port *port = &model->port[i];

		if (port->used)
			continue;
		memset(port, 0, sizeof(*port));
		port->used = true;
		port->alive = true;
		port->qlimit = MACH_PORT_QLIMIT_DEFAULT;
		return port;
	}
	model_complain("the model has no more ports");
	return &model->port[0];
}

/* The receive right of @port enters a free entry. */
void model_entry_receive(struct model_space *space, struct model_entry *entry,
			 struct model_port *port)
{
	entry->type = MACH_PORT_TYPE_RECEIVE;
	entry->port = port;
	port->space = space;
}

bool model_full(const struct model_port *port)
{
	return port->msgcount >= port->qlimit;
}

/* A dead port is remembered as long as there are rights of it. */
static void forget_if_dead(struct model_port *port)
{
	if (!port->alive && !port->srights && !port->sorights)
		port->used = false;
}

/* The receive right leaves a space, 7.1 and 7.2: steps common to both. */
static void reset_port(struct model_port *port)
{
	memset(port->sets, 0, sizeof(port->sets));
	port->space = NULL;
	port->mscount = 0;
	port->seqno = 0;
	port->context = 0;
	port->guarded = false;
	port->strict = false;
}

/* ---- 9. Notifications */

struct model_message *model_message_new(void)
{
	for (int i = 0; i < MODEL_MESSAGES; i++) {
		struct model_message *msg = &model->message[i];

		if (msg->used)
			continue;
		memset(msg, 0, sizeof(*msg));
		msg->used = true;
		return msg;
	}
	model_complain("the model has no more messages");
	return &model->message[0];
}

void model_post(struct model_port *port, struct model_message *msg)
{
	msg->next = NULL;
	if (port->tail)
		port->tail->next = msg;
	else
		port->head = msg;
	port->tail = msg;
	port->msgcount++;
}

static struct model_message *kernel_message(struct model_port *port, int32_t id,
					    uint32_t size)
{
	struct model_message *msg = model_message_new();

	msg->id = id;
	msg->size = size;
	msg->dest.type = MACH_MSG_TYPE_PORT_SEND_ONCE;
	msg->dest.port = port;
	return msg;
}

/* Uses up a send-once right of @notify. */
void model_notice(struct model_port *notify, int32_t id, uint32_t value,
		  uint32_t batch)
{
	struct model_message *msg;

	if (!notify->alive) {
		notify->sorights--;
		forget_if_dead(notify);
		return;
	}
	msg = kernel_message(notify, id, id == MACH_NOTIFY_SEND_ONCE ? 24 : 36);
	msg->word = value;
	msg->batch = batch;
	model_post(notify, msg);
}

void model_port_deleted(struct model_port *notify, mach_port_name_t name)
{
	if (notify)
		model_notice(notify, MACH_NOTIFY_PORT_DELETED, name, 0);
}

static struct model_port *take_request(struct model_entry *entry)
{
	struct model_port *notify = entry->notify;

	entry->notify = NULL;
	entry->send_possible = false;
	entry->armed = false;
	return notify;
}

/* A message has been received from @port (9.5). */
void model_fire_armed(struct model_port *port)
{
	uint32_t batch = ++model->batches;

	for (int s = 0; s < MODEL_SPACES; s++) {
		struct model_space *space = &model->space[s];

		for (int i = 1; i < MODEL_SLOTS; i++) {
			struct model_entry *entry = &space->entry[i];

			if (entry->port == port && entry->armed)
				model_notice(take_request(entry),
					     MACH_NOTIFY_SEND_POSSIBLE,
					     model_name(space, entry), batch);
		}
	}
}

/* ---- 7. Death */

/* 7.3, for a receive right of @port in a message to @dest */
bool model_circular(const struct model_port *port,
		    const struct model_port *dest)
{
	while (dest && dest->alive && dest != port)
		dest = dest->transit;
	return dest == port;
}

static void drop_message_rights(struct model_message *msg)
{
	model_drop_right(&msg->dest);
	model_drop_right(&msg->reply);
	for (int i = 0; i < MODEL_RIGHTS; i++)
		model_drop_right(&msg->right[i]);
	msg->used = false;
}

static void reap_later(struct model_message *msg)
{
	msg->next = NULL;
	if (model->reap_tail)
		model->reap_tail->next = msg;
	else
		model->reap_head = msg;
	model->reap_tail = msg;
}

/* 7.4: what is found inside of a message goes to the end of the list. */
static void reap(void)
{
	struct model_message *msg;

	if (model->reaping)
		return;
	model->reaping = true;
	while ((msg = model->reap_head)) {
		model->reap_head = msg->next;
		if (!msg->next)
			model->reap_tail = NULL;
		drop_message_rights(msg);
	}
	model->reaping = false;
}

void model_destroy_message(struct model_message *msg)
{
	reap_later(msg);
	reap();
}

/* More dead-name requests than there are on any one port. */
#define DEATH_NOTICES_MAX	100

struct death_notice {
	struct model_port *notify;
	mach_port_name_t name;
};

/* 3.3, for one entry */
static void turn_into_dead_name(struct model_space *space,
				struct model_entry *entry,
				struct death_notice *notice)
{
	notice->name = model_name(space, entry);
	notice->notify = take_request(entry);
	if (entry->type == MACH_PORT_TYPE_SEND_ONCE) {
		entry->urefs = 1;
		entry->port->sorights--;
	} else {
		entry->port->srights--;
	}
	entry->type = MACH_PORT_TYPE_DEAD_NAME;
	entry->port = NULL;
	if (notice->notify)
		model_add_urefs(entry, 1);
}

static void kill_port(struct model_port *port)
{
	struct death_notice notice[DEATH_NOTICES_MAX + 1];
	uint32_t batch = ++model->batches;
	struct model_message *msg, *next;
	struct model_port *notify;
	int count = 0;

	port->alive = false;
	port->transit = NULL;
	for (int s = 0; s < MODEL_SPACES; s++) {
		struct model_space *space = &model->space[s];

		for (int i = 1; i < MODEL_SLOTS; i++) {
			struct model_entry *entry = &space->entry[i];

			if (entry->port != port)
				continue;
			turn_into_dead_name(space, entry, &notice[count]);
			if (!notice[count].notify)
				continue;
			if (++count > DEATH_NOTICES_MAX) {
				model_complain("too many dead-name requests");
				return;
			}
		}
	}
	port->srights++;	/* keeps the port until the end */
	notify = port->nsreq;
	port->nsreq = NULL;
	if (notify)
		model_notice(notify, MACH_NOTIFY_SEND_ONCE, 0, 0);
	msg = port->head;
	port->head = NULL;
	port->tail = NULL;
	port->msgcount = 0;
	for (; msg; msg = next) {
		next = msg->next;
		reap_later(msg);
	}
	reap();
	for (int i = 0; i < count; i++)
		model_notice(notice[i].notify, MACH_NOTIFY_DEAD_NAME,
			     notice[i].name, batch);
	port->srights--;
	forget_if_dead(port);
}

/* 7.2 */
static void destroy_port(struct model_port *port)
{
	struct model_port *notify = port->pdreq;
	struct model_message *msg;

	reset_port(port);
	port->transit = NULL;
	port->pdreq = NULL;
	if (!notify) {
		kill_port(port);
		return;
	}
	if (!notify->alive || model_circular(port, notify)) {
		model_notice(notify, MACH_NOTIFY_SEND_ONCE, 0, 0);
		kill_port(port);
		return;
	}
	msg = kernel_message(notify, MACH_NOTIFY_PORT_DESTROYED, 40);
	msg->complex = true;
	msg->items = 1;
	msg->item[0].type = MACH_MSG_PORT_DESCRIPTOR;
	msg->item[0].disposition = MACH_MSG_TYPE_PORT_RECEIVE;
	msg->item[0].count = 1;
	msg->right[0].type = MACH_MSG_TYPE_PORT_RECEIVE;
	msg->right[0].port = port;
	port->transit = notify;
	model_post(notify, msg);
}

/* ---- 5.2 Rights leave an entry */

void model_drop_send(struct model_port *port)
{
	struct model_port *notify = port->nsreq;

	port->srights--;
	if (port->srights == 0 && port->alive && notify) {
		port->nsreq = NULL;
		model_notice(notify, MACH_NOTIFY_NO_SENDERS, port->mscount, 0);
	}
	forget_if_dead(port);
}

void model_drop_right(struct model_right *right)
{
	struct model_port *port = right->port;

	right->port = NULL;
	if (!port)
		return;
	switch (right->type) {
	case MACH_MSG_TYPE_PORT_SEND:
		model_drop_send(port);
		break;
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		model_notice(port, MACH_NOTIFY_SEND_ONCE, 0, 0);
		break;
	case MACH_MSG_TYPE_PORT_RECEIVE:
		destroy_port(port);
		break;
	}
}

/* The send or send-once right of an entry goes, with all its references. */
void model_drop_entry(struct model_entry *entry)
{
	mach_port_name_t name = model_name(space_of(entry), entry);
	struct model_right right = { .port = entry->port };
	struct model_port *notify = NULL;

	right.type = entry->type == MACH_PORT_TYPE_SEND_ONCE ?
			     MACH_MSG_TYPE_PORT_SEND_ONCE :
			     MACH_MSG_TYPE_PORT_SEND;
	if (entry->type == MACH_PORT_TYPE_SEND_RECEIVE) {
		entry->type = MACH_PORT_TYPE_RECEIVE;
		entry->urefs = 0;
	} else {
		notify = take_request(entry);
		model_free_entry(entry);
	}
	model_drop_right(&right);
	model_port_deleted(notify, name);
}

/* @count references of a send right or a dead name. */
void model_drop_urefs(struct model_entry *entry, uint32_t count)
{
	if (entry->urefs == PEGGED && count != PEGGED)
		return;
	if (entry->urefs > count)
		entry->urefs -= count;
	else if (entry->type == MACH_PORT_TYPE_DEAD_NAME)
		model_free_entry(entry);
	else
		model_drop_entry(entry);
}

void model_drop_set(struct model_entry *entry)
{
	struct model_space *space = space_of(entry);

	for (int i = 0; i < MODEL_PORTS; i++)
		if (model->port[i].used && model->port[i].space == space)
			model->port[i].sets[index_of(entry)] = false;
	model_free_entry(entry);
}

/* As mod_refs RECEIVE -1. */
void model_drop_receive(struct model_entry *entry)
{
	mach_port_name_t name = model_name(space_of(entry), entry);
	struct model_port *port = entry->port;
	struct model_port *notify = NULL;

	if (entry->type == MACH_PORT_TYPE_SEND_RECEIVE) {
		entry->type = MACH_PORT_TYPE_SEND;
	} else {
		notify = take_request(entry);
		model_free_entry(entry);
	}
	destroy_port(port);
	model_port_deleted(notify, name);
}

static void destroy_both(struct model_entry *entry)
{
	mach_port_name_t name = model_name(space_of(entry), entry);
	struct model_port *deleted = take_request(entry);
	struct model_port *port = entry->port;
	struct model_port *no_senders = NULL;
	uint32_t mscount = port->mscount;

	model_free_entry(entry);
	port->srights--;
	if (!port->srights) {
		no_senders = port->nsreq;
		port->nsreq = NULL;
	}
	destroy_port(port);
	if (no_senders)
		model_notice(no_senders, MACH_NOTIFY_NO_SENDERS, mscount, 0);
	model_port_deleted(deleted, name);
}

/* mach_port_destroy without the check of the guard */
void model_destroy_entry(struct model_entry *entry)
{
	switch (entry->type) {
	case MACH_PORT_TYPE_DEAD_NAME:
		model_free_entry(entry);
		break;
	case MACH_PORT_TYPE_PORT_SET:
		model_drop_set(entry);
		break;
	case MACH_PORT_TYPE_SEND:
	case MACH_PORT_TYPE_SEND_ONCE:
		model_drop_entry(entry);
		break;
	case MACH_PORT_TYPE_RECEIVE:
		model_drop_receive(entry);
		break;
	case MACH_PORT_TYPE_SEND_RECEIVE:
		destroy_both(entry);
		break;
	}
}

/* ---- 6. Copyin and copyout */

uint32_t model_received_type(uint32_t disposition)
{
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		return MACH_MSG_TYPE_PORT_RECEIVE;
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_COPY_SEND:
	case MACH_MSG_TYPE_MAKE_SEND:
		return MACH_MSG_TYPE_PORT_SEND;
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return MACH_MSG_TYPE_PORT_SEND_ONCE;
	}
	return 0;
}

bool model_can_copyin(const struct model_entry *entry, uint32_t disposition)
{
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
	case MACH_MSG_TYPE_MAKE_SEND:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return entry->type & MACH_PORT_TYPE_RECEIVE;
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_COPY_SEND:
		return entry->type &
		       (MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_DEAD_NAME);
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		return entry->type &
		       (MACH_PORT_TYPE_SEND_ONCE | MACH_PORT_TYPE_DEAD_NAME);
	}
	return false;
}

static struct model_port *move_receive(struct model_entry *entry)
{
	reset_port(entry->port);
	if (entry->type == MACH_PORT_TYPE_SEND_RECEIVE) {
		entry->type = MACH_PORT_TYPE_SEND;
		return NULL;
	}
	model_free_entry(entry);
	return take_request(entry);
}

static struct model_port *move_send(struct model_entry *entry)
{
	if (entry->urefs == PEGGED || entry->urefs > 1) {
		entry->port->srights++;
		if (entry->urefs != PEGGED)
			entry->urefs--;
		return NULL;
	}
	if (entry->type == MACH_PORT_TYPE_SEND_RECEIVE) {
		entry->type = MACH_PORT_TYPE_RECEIVE;
		entry->urefs = 0;
		return NULL;
	}
	model_free_entry(entry);
	return take_request(entry);
}

/*
 * Takes a right that model_can_copyin() has found there. Returns whom to tell
 * that the entry is gone.
 */
struct model_port *model_copyin(struct model_entry *entry, uint32_t disposition,
				struct model_right *right)
{
	right->type = model_received_type(disposition);
	right->port = entry->port;
	right->null = MACH_PORT_NULL;
	if (entry->type == MACH_PORT_TYPE_DEAD_NAME) {
		right->null = MACH_PORT_DEAD;
		if (disposition != MACH_MSG_TYPE_COPY_SEND)
			model_drop_urefs(entry, 1);
		return NULL;
	}
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		return move_receive(entry);
	case MACH_MSG_TYPE_MOVE_SEND:
		return move_send(entry);
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		model_free_entry(entry);
		return take_request(entry);
	case MACH_MSG_TYPE_COPY_SEND:
		entry->port->srights++;
		break;
	case MACH_MSG_TYPE_MAKE_SEND:
		entry->port->mscount++;
		entry->port->srights++;
		break;
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		entry->port->sorights++;
		break;
	}
	return NULL;
}

bool model_is_dead(const struct model_right *right)
{
	return right->port ? !right->port->alive :
			     right->null == MACH_PORT_DEAD;
}

static void copyout_send(struct model_space *space, struct model_port *port,
			 mach_port_name_t actual, unsigned int among)
{
	struct model_entry *entry = model_find_port(space, port);

	if (!entry) {
		entry = model_pick(space, actual, among);
		entry->type = MACH_PORT_TYPE_SEND;
		entry->port = port;
		entry->urefs = 1;
		return;
	}
	model_expect(actual == model_name(space, entry),
		     "a send right arrived as 0x%x, known as 0x%x", actual,
		     model_name(space, entry));
	if (entry->type & MACH_PORT_TYPE_SEND) {
		model_add_urefs(entry, 1);
		port->srights--;
		return;
	}
	entry->type |= MACH_PORT_TYPE_SEND;
	entry->urefs = 1;
}

static void copyout_receive(struct model_space *space, struct model_port *port,
			    mach_port_name_t actual, unsigned int among)
{
	struct model_entry *entry = model_find_port(space, port);

	port->transit = NULL;
	if (!entry) {
		entry = model_pick(space, actual, among);
		model_entry_receive(space, entry, port);
		return;
	}
	model_expect(actual == model_name(space, entry),
		     "a receive right arrived as 0x%x, known as 0x%x", actual,
		     model_name(space, entry));
	entry->type |= MACH_PORT_TYPE_RECEIVE;
	port->space = space;
}

/* @actual: the name that it got; @among: see model_pick() */
void model_copyout(struct model_space *space, const struct model_right *right,
		   mach_port_name_t actual, unsigned int among)
{
	struct model_port *port = right->port;
	struct model_entry *entry;

	if (!port) {
		model_expect(actual == right->null,
			     "name 0x%x arrived as 0x%x", right->null, actual);
		return;
	}
	if (!port->alive) {
		model_expect(actual == MACH_PORT_DEAD,
			     "right of a dead port arrived as 0x%x", actual);
		if (right->type == MACH_MSG_TYPE_PORT_SEND)
			port->srights--;
		else
			port->sorights--;
		forget_if_dead(port);
		return;
	}
	switch (right->type) {
	case MACH_MSG_TYPE_PORT_SEND:
		copyout_send(space, port, actual, among);
		break;
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		entry = model_pick(space, actual, among);
		entry->type = MACH_PORT_TYPE_SEND_ONCE;
		entry->port = port;
		entry->urefs = 1;
		break;
	case MACH_MSG_TYPE_PORT_RECEIVE:
		copyout_receive(space, port, actual, among);
		break;
	}
}

/* ---- 11. Processes */

void model_reset(void)
{
	memset(model, 0, sizeof(*model));
}

void model_space_start(struct model_space *space, int pid,
		       mach_port_name_t self)
{
	struct model_right right = { .type = MACH_MSG_TYPE_PORT_SEND };

	memset(space->entry, 0, sizeof(space->entry));
	for (int i = 0; i < MODEL_SLOTS; i++) {
		space->entry[i].gen = 0xff;
		space->entry[i].next = (i + 1) % MODEL_SLOTS;
		space->entry[i].prev = (i + MODEL_SLOTS - 1) % MODEL_SLOTS;
	}
	space->alive = true;
	space->pid = pid;
	space->self = self;
	space->task = model_port_new();
	space->task->kernel = true;
	space->task->srights = 2;	/* one is the task's own */
	right.port = space->task;
	model_copyout(space, &right, self, 1);
}

void model_space_die(struct model_space *space)
{
	space->alive = false;
	for (int i = 1; i < MODEL_SLOTS; i++)
		model_destroy_entry(&space->entry[i]);
	space->task->srights--;
	kill_port(space->task);
}

/* What a process keeps although its space may have died before. */
void model_process_die(struct model_space *space)
{
	model_space_die(space);
	model_drop_right(&space->bootstrap);
	space->bootstrap.type = 0;
}
