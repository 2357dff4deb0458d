// SPDX-License-Identifier: GPL-2.0
/*
 * The reference model: the mach_port_* calls, each with its order of checks.
 * Sections are those of spec/ports.md.
 */
#include "model.h"

#include <string.h>

static bool has(const struct model_entry *entry, uint32_t type)
{
	return entry->type & type;
}

/* The prologue of 4.5 for calls on a receive right. */
static kern_return_t find_receive(struct model_space *space,
				  mach_port_name_t name, kern_return_t invalid,
				  struct model_entry **entry)
{
	if (!MACH_PORT_VALID(name))
		return invalid;
	*entry = model_lookup(space, name);
	if (!*entry)
		return KERN_INVALID_NAME;
	return has(*entry, MACH_PORT_TYPE_RECEIVE) ? KERN_SUCCESS :
						     KERN_INVALID_RIGHT;
}

/* ---- 5.1 Allocation */

static bool can_allocate(uint32_t right)
{
	return right == MACH_PORT_RIGHT_RECEIVE ||
	       right == MACH_PORT_RIGHT_PORT_SET ||
	       right == MACH_PORT_RIGHT_DEAD_NAME;
}

static void fill_entry(struct model_space *space, struct model_entry *entry,
		       uint32_t right)
{
	if (right == MACH_PORT_RIGHT_RECEIVE) {
		model_entry_receive(space, entry, model_port_new());
		return;
	}
	entry->type = MACH_PORT_TYPE(right);
	entry->urefs = right == MACH_PORT_RIGHT_DEAD_NAME;
}

kern_return_t model_allocate(struct model_space *space, uint32_t right,
			     mach_port_name_t actual)
{
	if (!can_allocate(right))
		return KERN_INVALID_VALUE;
	fill_entry(space, model_pick(space, actual, 1), right);
	return KERN_SUCCESS;
}

/* The name of a dead name is picked all the same (14, number 4). */
kern_return_t model_allocate_name(struct model_space *space, uint32_t right,
				  mach_port_name_t name,
				  mach_port_name_t actual)
{
	struct model_entry *entry;
	kern_return_t kr;

	if (!MACH_PORT_VALID(name) || !can_allocate(right))
		return KERN_INVALID_VALUE;
	if (right == MACH_PORT_RIGHT_DEAD_NAME)
		return model_allocate(space, right, actual);
	kr = model_slot(space, name, &entry);
	if (kr)
		return kr;
	if (entry->type)
		return KERN_NAME_EXISTS;
	model_take_slot(space, entry, name);
	fill_entry(space, entry, right);
	model_expect(actual == name, "name 0x%x allocated for 0x%x", actual,
		     name);
	return KERN_SUCCESS;
}

kern_return_t model_construct(struct model_space *space, uint32_t flags,
			      uint32_t qlimit, uint64_t context,
			      mach_port_name_t actual)
{
	struct model_entry *entry;
	struct model_port *port;

	if (flags & MPO_QLIMIT && qlimit > MACH_PORT_QLIMIT_MAX)
		return KERN_INVALID_VALUE;
	entry = model_pick(space, actual, 1);
	fill_entry(space, entry, MACH_PORT_RIGHT_RECEIVE);
	port = entry->port;
	port->context = context;
	port->guarded = flags & MPO_CONTEXT_AS_GUARD;
	port->strict = port->guarded && flags & MPO_STRICT;
	if (flags & MPO_QLIMIT)
		port->qlimit = qlimit;
	if (flags & MPO_INSERT_SEND_RIGHT) {
		entry->type |= MACH_PORT_TYPE_SEND;
		entry->urefs = 1;
		port->srights = 1;
		port->mscount = 1;
	}
	return KERN_SUCCESS;
}

/* ---- 5.2 References and destruction */

kern_return_t model_destroy(struct model_space *space, mach_port_name_t name)
{
	struct model_entry *entry;

	if (!MACH_PORT_VALID(name))
		return KERN_SUCCESS;
	entry = model_lookup(space, name);
	if (!entry)
		return KERN_INVALID_NAME;
	if (has(entry, MACH_PORT_TYPE_RECEIVE) && entry->port->guarded &&
	    entry->port->context)
		return KERN_INVALID_RIGHT;
	model_destroy_entry(entry);
	return KERN_SUCCESS;
}

kern_return_t model_deallocate(struct model_space *space, mach_port_name_t name)
{
	struct model_entry *entry;

	if (!MACH_PORT_VALID(name))
		return KERN_SUCCESS;
	entry = model_lookup(space, name);
	if (!entry)
		return KERN_INVALID_NAME;
	if (!has(entry, MACH_PORT_TYPE_SEND_RIGHTS | MACH_PORT_TYPE_DEAD_NAME))
		return KERN_INVALID_RIGHT;
	model_drop_urefs(entry, 1);
	return KERN_SUCCESS;
}

static kern_return_t mod_urefs(struct model_entry *entry, int64_t delta)
{
	const int64_t max = MACH_PORT_UREFS_MAX;

	if (delta > max || delta < -max)
		return KERN_INVALID_VALUE;
	if (entry->urefs != max && entry->urefs + delta < 0)
		return KERN_INVALID_VALUE;
	if (delta > 0)
		model_add_urefs(entry, delta);
	else if (delta == -max || (delta < 0 && entry->urefs != max))
		model_drop_urefs(entry, -delta);
	return KERN_SUCCESS;
}

/* A right that is one: delta is 0 or -1. */
static kern_return_t check_delta(int32_t delta)
{
	return delta > 0 || delta < -1 ? KERN_INVALID_VALUE : KERN_SUCCESS;
}

kern_return_t model_mod_refs(struct model_space *space, mach_port_name_t name,
			     uint32_t right, int32_t delta)
{
	struct model_entry *entry;
	kern_return_t kr;

	if (right >= MACH_PORT_RIGHT_NUMBER)
		return KERN_INVALID_VALUE;
	if (!MACH_PORT_VALID(name))
		return right == MACH_PORT_RIGHT_SEND ||
		       right == MACH_PORT_RIGHT_SEND_ONCE ? KERN_SUCCESS :
							    KERN_INVALID_NAME;
	entry = model_lookup(space, name);
	if (!entry)
		return KERN_INVALID_NAME;
	if (!has(entry, MACH_PORT_TYPE(right)))
		return KERN_INVALID_RIGHT;
	if (right == MACH_PORT_RIGHT_SEND || right == MACH_PORT_RIGHT_DEAD_NAME)
		return mod_urefs(entry, delta);
	kr = check_delta(delta);
	if (kr || !delta)
		return kr;
	switch (right) {
	case MACH_PORT_RIGHT_RECEIVE:
		if (entry->port->guarded)
			return KERN_INVALID_RIGHT;
		model_drop_receive(entry);
		break;
	case MACH_PORT_RIGHT_SEND_ONCE:
		model_drop_entry(entry);
		break;
	case MACH_PORT_RIGHT_PORT_SET:
		model_drop_set(entry);
		break;
	}
	return KERN_SUCCESS;
}

kern_return_t model_get_refs(struct model_space *space, mach_port_name_t name,
			     uint32_t right, uint64_t *refs)
{
	struct model_entry *entry;

	if (right >= MACH_PORT_RIGHT_NUMBER)
		return KERN_INVALID_VALUE;
	if (!MACH_PORT_VALID(name)) {
		*refs = 1;
		return right == MACH_PORT_RIGHT_SEND ||
		       right == MACH_PORT_RIGHT_SEND_ONCE ? KERN_SUCCESS :
							    KERN_INVALID_NAME;
	}
	entry = model_lookup(space, name);
	if (!entry)
		return KERN_INVALID_NAME;
	*refs = 0;
	if (!has(entry, MACH_PORT_TYPE(right)))
		return KERN_SUCCESS;
	if (right == MACH_PORT_RIGHT_SEND || right == MACH_PORT_RIGHT_DEAD_NAME)
		*refs = entry->urefs;
	else
		*refs = 1;
	return KERN_SUCCESS;
}

kern_return_t model_destruct(struct model_space *space, mach_port_name_t name,
			     int32_t srdelta, uint64_t guard)
{
	struct model_entry *entry;
	struct model_port *port;
	kern_return_t kr = find_receive(space, name, KERN_INVALID_NAME, &entry);
	bool pegged;

	if (kr)
		return kr;
	port = entry->port;
	pegged = entry->urefs == MACH_PORT_UREFS_MAX;
	if (srdelta && !has(entry, MACH_PORT_TYPE_SEND))
		return KERN_INVALID_RIGHT;
	if (srdelta > 0)
		return KERN_INVALID_VALUE;
	if (port->guarded && port->context != guard)
		return KERN_INVALID_ARGUMENT;
	if (-(int64_t)srdelta > entry->urefs)
		return KERN_INVALID_VALUE;
	if (srdelta && !(pegged && srdelta != -MACH_PORT_UREFS_MAX))
		model_drop_urefs(entry, -srdelta);
	model_drop_receive(entry);
	return KERN_SUCCESS;
}

/* ---- 5.3 Listing */

uint32_t model_listed_type(const struct model_entry *entry)
{
	uint32_t type = entry->type;

	if (entry->notify)
		type |= MACH_PORT_TYPE_DNREQUEST;
	if (entry->notify && entry->send_possible)
		type |= MACH_PORT_TYPE_SPREQUEST;
	if (entry->notify && entry->send_possible && !entry->armed)
		type |= MACH_PORT_TYPE_SPREQUEST_DELAYED;
	return type;
}

kern_return_t model_type(struct model_space *space, mach_port_name_t name,
			 uint64_t *type)
{
	struct model_entry *entry;

	*type = MACH_PORT_TYPE_DEAD_NAME;
	if (name == MACH_PORT_NULL)
		return KERN_INVALID_NAME;
	if (name == MACH_PORT_DEAD)
		return KERN_SUCCESS;
	entry = model_lookup(space, name);
	if (!entry)
		return KERN_INVALID_NAME;
	*type = model_listed_type(entry) & ~(MACH_PORT_TYPE_SPREQUEST |
					     MACH_PORT_TYPE_SPREQUEST_DELAYED);
	return KERN_SUCCESS;
}

/* ---- 5.4 Inserting and extracting rights */

static kern_return_t take_poly(struct model_space *space, mach_port_name_t poly,
			       uint32_t disposition, struct model_right *right)
{
	struct model_entry *entry = model_lookup(space, poly);

	if (!entry)
		return KERN_INVALID_NAME;
	if (!model_can_copyin(entry, disposition))
		return KERN_INVALID_RIGHT;
	model_port_deleted(model_copyin(entry, disposition, right), poly);
	return KERN_SUCCESS;
}

static kern_return_t insert(struct model_space *space, mach_port_name_t name,
			    const struct model_right *right)
{
	struct model_entry *entry, *known = NULL;
	kern_return_t kr;

	if (!MACH_PORT_VALID(name))
		return KERN_INVALID_VALUE;
	if (!right->port)
		return KERN_INVALID_CAPABILITY;
	kr = model_slot(space, name, &entry);
	if (kr)
		return kr;
	if (right->type != MACH_MSG_TYPE_PORT_SEND_ONCE)
		known = model_find_port(space, right->port);
	if (known && known != entry) {
		/* The name was taken before the right turned out known. */
		if (!entry->type) {
			model_take_slot(space, entry, name);
			model_free_entry(entry);
		}
		return KERN_RIGHT_EXISTS;
	}
	if (entry->type && !known)
		return KERN_NAME_EXISTS;
	if (!entry->type) {
		model_take_slot(space, entry, name);
		entry->port = right->port;
	}
	switch (right->type) {
	case MACH_MSG_TYPE_PORT_SEND:
		if (has(entry, MACH_PORT_TYPE_SEND)) {
			model_add_urefs(entry, 1);
			right->port->srights--;
		} else {
			entry->type |= MACH_PORT_TYPE_SEND;
			entry->urefs = 1;
		}
		break;
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		entry->type = MACH_PORT_TYPE_SEND_ONCE;
		entry->urefs = 1;
		break;
	case MACH_MSG_TYPE_PORT_RECEIVE:
		entry->type |= MACH_PORT_TYPE_RECEIVE;
		right->port->space = space;
		break;
	}
	return KERN_SUCCESS;
}

kern_return_t model_insert_right(struct model_space *space,
				 mach_port_name_t name, mach_port_name_t poly,
				 uint32_t disposition)
{
	struct model_right right = {};
	kern_return_t kr = take_poly(space, poly, disposition, &right);

	if (kr)
		return kr;
	kr = insert(space, name, &right);
	if (kr)
		model_drop_right(&right);
	return kr;
}

kern_return_t model_extract_right(struct model_space *space,
				  mach_port_name_t name, uint32_t disposition,
				  mach_port_name_t actual, uint32_t type)
{
	struct model_right right = {};
	kern_return_t kr;

	if (!MACH_MSG_TYPE_PORT_ANY(disposition))
		return KERN_INVALID_VALUE;
	if (!MACH_PORT_VALID(name))
		return KERN_INVALID_RIGHT;
	kr = take_poly(space, name, disposition, &right);
	if (kr)
		return kr;
	model_copyout(space, &right, actual, 1);
	model_expect(type == right.type, "extracted %u, expected %u", type,
		     right.type);
	return KERN_SUCCESS;
}

/* ---- 8. Port sets */

static kern_return_t find_member(struct model_space *space,
				 mach_port_name_t name, mach_port_name_t pset,
				 struct model_entry **member,
				 struct model_entry **set)
{
	if (!MACH_PORT_VALID(name) || !MACH_PORT_VALID(pset))
		return KERN_INVALID_RIGHT;
	*member = model_lookup(space, name);
	*set = model_lookup(space, pset);
	if (!*member || !*set)
		return KERN_INVALID_NAME;
	if (!has(*member, MACH_PORT_TYPE_RECEIVE) ||
	    !has(*set, MACH_PORT_TYPE_PORT_SET))
		return KERN_INVALID_RIGHT;
	return KERN_SUCCESS;
}

kern_return_t model_insert_member(struct model_space *space,
				  mach_port_name_t name, mach_port_name_t pset)
{
	struct model_entry *member, *set;
	kern_return_t kr = find_member(space, name, pset, &member, &set);

	if (kr)
		return kr;
	if (member->port->sets[pset >> 8])
		return KERN_ALREADY_IN_SET;
	member->port->sets[pset >> 8] = true;
	return KERN_SUCCESS;
}

kern_return_t model_extract_member(struct model_space *space,
				   mach_port_name_t name, mach_port_name_t pset)
{
	struct model_entry *member, *set;
	kern_return_t kr = find_member(space, name, pset, &member, &set);

	if (kr)
		return kr;
	if (!member->port->sets[pset >> 8])
		return KERN_NOT_IN_SET;
	member->port->sets[pset >> 8] = false;
	return KERN_SUCCESS;
}

kern_return_t model_move_member(struct model_space *space,
				mach_port_name_t name, mach_port_name_t after)
{
	struct model_entry *member, *set;

	if (!MACH_PORT_VALID(name) || after == MACH_PORT_DEAD)
		return KERN_INVALID_RIGHT;
	member = model_lookup(space, name);
	if (!member)
		return KERN_INVALID_NAME;
	if (!has(member, MACH_PORT_TYPE_RECEIVE))
		return KERN_INVALID_RIGHT;
	if (after != MACH_PORT_NULL) {
		set = model_lookup(space, after);
		if (!set)
			return KERN_INVALID_NAME;
		if (!has(set, MACH_PORT_TYPE_PORT_SET))
			return KERN_INVALID_RIGHT;
	}
	memset(member->port->sets, 0, sizeof(member->port->sets));
	if (after != MACH_PORT_NULL)
		member->port->sets[after >> 8] = true;
	return KERN_SUCCESS;
}

kern_return_t model_set_status(struct model_space *space, mach_port_name_t name,
			       const mach_port_name_t *members, uint32_t count)
{
	struct model_entry *set;
	uint32_t n = 0;

	if (!MACH_PORT_VALID(name))
		return KERN_INVALID_RIGHT;
	set = model_lookup(space, name);
	if (!set)
		return KERN_INVALID_NAME;
	if (!has(set, MACH_PORT_TYPE_PORT_SET))
		return KERN_INVALID_RIGHT;
	for (int i = 1; i < MODEL_SLOTS; i++) {
		struct model_entry *entry = &space->entry[i];

		if (!has(entry, MACH_PORT_TYPE_RECEIVE) ||
		    !entry->port->sets[name >> 8])
			continue;
		model_expect(n < count && members[n] == model_name(space, entry),
			     "member %u of set 0x%x is not 0x%x", n, name,
			     model_name(space, entry));
		n++;
	}
	model_expect(n == count, "set 0x%x has %u members, expected %u", name,
		     count, n);
	return KERN_SUCCESS;
}

/* ---- 5.5 Context and guard */

kern_return_t model_get_context(struct model_space *space,
				mach_port_name_t name, uint64_t *context)
{
	struct model_entry *entry;
	kern_return_t kr = find_receive(space, name, KERN_INVALID_RIGHT,
					&entry);

	if (kr)
		return kr;
	*context = entry->port->strict ? 0 : entry->port->context;
	return KERN_SUCCESS;
}

kern_return_t model_set_context(struct model_space *space,
				mach_port_name_t name, uint64_t context)
{
	struct model_entry *entry;
	kern_return_t kr = find_receive(space, name, KERN_INVALID_RIGHT,
					&entry);

	if (kr)
		return kr;
	if (entry->port->strict)
		return KERN_INVALID_ARGUMENT;
	entry->port->context = context;
	return KERN_SUCCESS;
}

kern_return_t model_guard(struct model_space *space, mach_port_name_t name,
			  uint64_t guard, bool strict)
{
	struct model_entry *entry;
	kern_return_t kr = find_receive(space, name, KERN_INVALID_NAME, &entry);

	if (kr)
		return kr;
	if (entry->port->context)
		return KERN_INVALID_ARGUMENT;
	entry->port->context = guard;
	entry->port->guarded = true;
	entry->port->strict = strict;
	return KERN_SUCCESS;
}

kern_return_t model_unguard(struct model_space *space, mach_port_name_t name,
			    uint64_t guard)
{
	struct model_entry *entry;
	kern_return_t kr = find_receive(space, name, KERN_INVALID_NAME, &entry);

	if (kr)
		return kr;
	if (!entry->port->guarded || entry->port->context != guard)
		return KERN_INVALID_ARGUMENT;
	entry->port->context = 0;
	entry->port->guarded = false;
	entry->port->strict = false;
	return KERN_SUCCESS;
}

/* ---- 5.6 Attributes, 5.7 Counts and peek, 5.8 */

kern_return_t model_set_qlimit(struct model_space *space, mach_port_name_t name,
			       uint32_t qlimit)
{
	struct model_entry *entry;
	kern_return_t kr;

	if (qlimit > MACH_PORT_QLIMIT_MAX)
		return KERN_INVALID_VALUE;
	kr = find_receive(space, name, KERN_INVALID_RIGHT, &entry);
	if (!kr)
		entry->port->qlimit = qlimit;
	return kr;
}

kern_return_t model_status(struct model_space *space, mach_port_name_t name,
			   mach_port_status_t *status)
{
	struct model_entry *entry;
	struct model_port *port;
	kern_return_t kr = find_receive(space, name, KERN_INVALID_RIGHT,
					&entry);

	memset(status, 0, sizeof(*status));
	if (kr)
		return kr;
	port = entry->port;
	for (int i = 0; i < MODEL_SLOTS; i++)
		if (port->sets[i])
			status->mps_pset = 1;
	status->mps_seqno = port->seqno;
	status->mps_mscount = port->mscount;
	status->mps_qlimit = port->qlimit;
	status->mps_msgcount = port->msgcount;
	status->mps_sorights = port->sorights;
	status->mps_srights = port->srights > 0;
	status->mps_pdrequest = !!port->pdreq;
	status->mps_nsrequest = !!port->nsreq;
	if (port->guarded)
		status->mps_flags |= MACH_PORT_STATUS_FLAG_GUARDED;
	if (port->strict)
		status->mps_flags |= MACH_PORT_STATUS_FLAG_STRICT_GUARD;
	return KERN_SUCCESS;
}

kern_return_t model_set_mscount(struct model_space *space,
				mach_port_name_t name, uint32_t mscount)
{
	struct model_entry *entry;
	kern_return_t kr = find_receive(space, name, KERN_INVALID_RIGHT,
					&entry);

	if (!kr)
		entry->port->mscount = mscount;
	return kr;
}

kern_return_t model_set_seqno(struct model_space *space, mach_port_name_t name,
			      uint32_t seqno)
{
	struct model_entry *entry;
	kern_return_t kr = find_receive(space, name, KERN_INVALID_RIGHT,
					&entry);

	if (!kr)
		entry->port->seqno = seqno;
	return kr;
}

kern_return_t model_get_srights(struct model_space *space,
				mach_port_name_t name, uint64_t *srights)
{
	struct model_entry *entry;
	kern_return_t kr = find_receive(space, name, KERN_INVALID_NAME, &entry);

	if (!kr)
		*srights = entry->port->srights;
	return kr;
}

/* @msg: a message of a batch may be another one of that batch. */
kern_return_t model_peek(struct model_space *space, mach_port_name_t name,
			 uint32_t seqno, const struct model_message **msg,
			 uint32_t *actual_seqno)
{
	struct model_entry *entry;
	uint32_t distance;
	kern_return_t kr = find_receive(space, name, KERN_INVALID_RIGHT,
					&entry);

	if (kr)
		return kr;
	distance = seqno ? seqno - entry->port->seqno : 0;
	if (distance >= entry->port->msgcount)
		return KERN_FAILURE;
	*actual_seqno = entry->port->seqno + distance;
	*msg = entry->port->head;
	while (distance--)
		*msg = (*msg)->next;
	return KERN_SUCCESS;
}

/* ---- 9.4, 9.5 Requests */

/* What a request is replaced by, and what it was before. */
struct request {
	struct model_space *space;
	mach_port_name_t name;
	int32_t id;
	uint32_t sync;
	struct model_port *notify;	/* NULL cancels */
	struct model_port *previous;
};

static kern_return_t request_port_destroyed(struct request *request)
{
	struct model_entry *entry;
	kern_return_t kr;

	if (request->sync)
		return KERN_INVALID_VALUE;
	kr = find_receive(request->space, request->name, KERN_INVALID_RIGHT,
			  &entry);
	if (kr)
		return kr;
	request->previous = entry->port->pdreq;
	entry->port->pdreq = request->notify;
	return KERN_SUCCESS;
}

static kern_return_t request_no_senders(struct request *request)
{
	struct model_entry *entry;
	struct model_port *port;
	kern_return_t kr = find_receive(request->space, request->name,
					KERN_INVALID_RIGHT, &entry);

	if (kr)
		return kr;
	port = entry->port;
	request->previous = port->nsreq;
	port->nsreq = NULL;
	if (request->notify && !port->srights &&
	    request->sync <= port->mscount)
		model_notice(request->notify, MACH_NOTIFY_NO_SENDERS,
			     port->mscount, 0);
	else
		port->nsreq = request->notify;
	return KERN_SUCCESS;
}

static bool send_is_possible(const struct model_entry *entry)
{
	return entry->type == MACH_PORT_TYPE_SEND_ONCE ||
	       entry->port->kernel || !model_full(entry->port);
}

static kern_return_t request_entry(struct request *request)
{
	bool send_possible = request->id == MACH_NOTIFY_SEND_POSSIBLE;
	struct model_entry *entry;

	if (!MACH_PORT_VALID(request->name))
		return KERN_INVALID_ARGUMENT;
	entry = model_lookup(request->space, request->name);
	if (!entry)
		return KERN_INVALID_NAME;
	if (request->notify && has(entry, MACH_PORT_TYPE_PORT_SET))
		return KERN_INVALID_RIGHT;
	if (request->notify && has(entry, MACH_PORT_TYPE_DEAD_NAME)) {
		if (!send_possible && !request->sync)
			return KERN_INVALID_ARGUMENT;
		model_add_urefs(entry, 1);
		model_notice(request->notify, MACH_NOTIFY_DEAD_NAME,
			     request->name, 0);
		return KERN_SUCCESS;
	}
	request->previous = entry->notify;
	entry->notify = NULL;
	entry->send_possible = false;
	entry->armed = false;
	if (!request->notify)
		return KERN_SUCCESS;
	if (send_possible && request->sync && send_is_possible(entry)) {
		model_notice(request->notify, MACH_NOTIFY_SEND_POSSIBLE,
			     request->name, 0);
		return KERN_SUCCESS;
	}
	entry->notify = request->notify;
	entry->send_possible = send_possible;
	entry->armed = send_possible && request->sync;
	return KERN_SUCCESS;
}

static kern_return_t request_by_id(struct request *request,
				   const struct model_right *notify)
{
	if (model_is_dead(notify))
		return KERN_INVALID_CAPABILITY;
	switch (request->id) {
	case MACH_NOTIFY_PORT_DESTROYED:
		return request_port_destroyed(request);
	case MACH_NOTIFY_NO_SENDERS:
		return request_no_senders(request);
	case MACH_NOTIFY_DEAD_NAME:
	case MACH_NOTIFY_SEND_POSSIBLE:
		return request_entry(request);
	}
	return KERN_INVALID_VALUE;
}

/* A port argument of a call, 4.3 */
static kern_return_t take_argument(struct model_space *space,
				   mach_port_name_t name, uint32_t disposition,
				   struct model_right *right)
{
	right->type = model_received_type(disposition);
	right->null = name;
	if (MACH_PORT_VALID(name) &&
	    take_poly(space, name, disposition, right))
		return MACH_SEND_INVALID_RIGHT;
	return KERN_SUCCESS;
}

kern_return_t model_request(struct model_space *space, mach_port_name_t name,
			    int32_t id, uint32_t sync, mach_port_name_t notify,
			    uint32_t disposition, mach_port_name_t actual)
{
	struct request request = {
		.space = space,
		.name = name,
		.id = id,
		.sync = sync,
	};
	struct model_right previous = { .type = MACH_MSG_TYPE_PORT_SEND_ONCE };
	struct model_right right = {};
	kern_return_t kr = take_argument(space, notify, disposition, &right);

	if (kr)
		return kr;
	if (right.type != MACH_MSG_TYPE_PORT_SEND_ONCE) {
		model_drop_right(&right);
		return -300;	/* MIG_TYPE_ERROR */
	}
	request.notify = right.port;
	kr = request_by_id(&request, &right);
	if (kr) {
		model_drop_right(&right);
		return kr;
	}
	previous.port = request.previous;
	model_copyout(space, &previous, actual, 1);
	return KERN_SUCCESS;
}

/* ---- 10. The bootstrap port */

kern_return_t model_get_bootstrap(struct model_space *space,
				  mach_port_name_t actual)
{
	struct model_right right = space->bootstrap;

	if (!right.type)
		right = model->domain;
	if (right.port)
		right.port->srights++;
	model_copyout(space, &right, actual, 1);
	return KERN_SUCCESS;
}

kern_return_t model_set_bootstrap(struct model_space *space,
				  mach_port_name_t name, uint32_t disposition)
{
	struct model_right right = {};
	kern_return_t kr = take_argument(space, name, disposition, &right);

	if (kr)
		return kr;
	model_drop_right(&space->bootstrap);
	space->bootstrap = right;
	return KERN_SUCCESS;
}

kern_return_t model_set_domain(struct model_space *space,
			       mach_port_name_t name, uint32_t disposition)
{
	struct model_right right = {};
	kern_return_t kr = take_argument(space, name, disposition, &right);

	if (kr)
		return kr;
	if (right.port && model->domain.port && model->domain.port->alive) {
		model_drop_right(&right);
		return KERN_NO_ACCESS;
	}
	model_drop_right(&model->domain);
	model->domain = right;
	return KERN_SUCCESS;
}
