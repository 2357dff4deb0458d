/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The steps of the model test. A step chooses an operation and its arguments,
 * from the step's own random numbers and from the state of the model, makes the
 * call, and has the model check what came of it.
 */
#ifndef MODEL_STEPS_H
#define MODEL_STEPS_H

#include "machipc_utils.h"
#include "model.h"

#include <stdlib.h>

/* As much as any message of this test needs with its trailer. */
#define STEP_BUFFER	256

/* What a step did, to be told when something went wrong. */
struct step_log {
	uint32_t step;
	uint8_t who;
	const char *what;
	uint32_t arg[7];
	kern_return_t kr;
	kern_return_t want;
};

struct steps {
	struct model_space *space;	/* of this process */
	uint64_t random;
	struct step_log *log;
};

static struct steps steps;

/* ---- random choices */

static inline uint32_t draw(void)
{
	uint64_t z = steps.random += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31)) >> 32;
}

static inline uint32_t below(uint32_t limit)
{
	return (uint64_t)draw() * limit >> 32;
}

static inline bool percent(uint32_t chance)
{
	return below(100) < chance;
}

#define one_of(array)	((array)[below(sizeof(array) / sizeof(*(array)))])

/* The task's own name stays, or the process could make no further call. */
static inline mach_port_name_t entry_of_type(uint32_t type)
{
	mach_port_name_t found[MODEL_SLOTS];
	uint32_t count = 0;

	for (int i = 1; i < MODEL_SLOTS; i++) {
		struct model_entry *entry = &steps.space->entry[i];
		mach_port_name_t name = model_name(steps.space, entry);

		if (entry->type & type && name != steps.space->self)
			found[count++] = name;
	}
	return count ? found[below(count)] : MACH_PORT_NULL;
}

static inline mach_port_name_t odd_name(void)
{
	mach_port_name_t name;

	switch (below(5)) {
	case 0:
		return MACH_PORT_NULL;
	case 1:
		return MACH_PORT_DEAD;
	case 2:
		return below(256);
	case 3:
		name = entry_of_type(~0U);
		return name ? name ^ 4 : 0x1003;
	default:
		return (1 + below(60)) << 8 | 3;
	}
}

/* A receive right, if possible with a message to take. */
static inline mach_port_name_t name_with_message(void)
{
	mach_port_name_t name = entry_of_type(MACH_PORT_TYPE_RECEIVE);

	for (int i = 0; i < 5; i++) {
		struct model_entry *entry = model_lookup(steps.space, name);

		if (entry && entry->port->head)
			return name;
		name = entry_of_type(MACH_PORT_TYPE_RECEIVE);
	}
	return name;
}

/* Mostly a name of that type. */
static inline mach_port_name_t some_name(uint32_t type)
{
	mach_port_name_t name = MACH_PORT_NULL;
	uint32_t dice = below(100);

	if (dice < 88)
		name = entry_of_type(type);
	else if (dice < 95)
		name = entry_of_type(~0U);
	if (!name)
		name = odd_name();
	return name == steps.space->self ? MACH_PORT_NULL : name;
}

static inline mach_port_name_t chosen_name(void)
{
	mach_port_name_t name;

	switch (below(10)) {
	case 0:
		name = odd_name();
		break;
	case 1:
		name = entry_of_type(~0U);
		break;
	case 2:
		return one_of(((uint32_t[]){ 0xffffff03, 0x50000fc, 0x6000003,
					     0x7fffff00 }));
	default:
		name = (1 + below(60)) << 8 | (percent(70) ? 3 : below(256));
		break;
	}
	return name == steps.space->self ? MACH_PORT_DEAD : name;
}

static const uint8_t dispositions[] = {
	16, 16, 17, 18, 19, 20, 21, 17, 18, 19, 20, 21, 0, 15, 22, 24, 26, 31,
};

/* Mostly one that suits the entry. */
static inline uint32_t some_disposition(mach_port_name_t name, bool header)
{
	struct model_entry *entry = model_lookup(steps.space, name);
	uint32_t disposition;

	if (!entry || percent(8))
		return one_of(dispositions);
	for (int i = 0; i < 20; i++) {
		disposition = one_of(dispositions);
		if (model_can_copyin(entry, disposition) &&
		    !(header && disposition == MACH_MSG_TYPE_MOVE_RECEIVE))
			return disposition;
	}
	return one_of(dispositions);
}

/* ---- one call and its answer */

static inline void note(const char *what, uint32_t a, uint32_t b, uint32_t c)
{
	steps.log->what = what;
	steps.log->arg[0] = a;
	steps.log->arg[1] = b;
	steps.log->arg[2] = c;
}

static inline void compare(kern_return_t kr, kern_return_t want)
{
	steps.log->kr = kr;
	steps.log->want = want;
	model_expect(kr == want, "result 0x%x (%d), expected 0x%x (%d)", kr, kr,
		     want, want);
}

static inline void compare_value(kern_return_t kr, uint64_t value,
				 uint64_t want)
{
	if (!kr)
		model_expect(value == want, "value 0x%lx, expected 0x%lx",
			     value, want);
}

/* ---- allocation */

static inline void step_allocate(void)
{
	static const uint32_t rights[] = { 1, 1, 1, 1, 1, 3, 3, 4, 0, 2, 5, 77 };
	mach_port_name_t name = TEST_POISON;
	uint32_t right = one_of(rights);
	kern_return_t kr = port_allocate(right, &name);

	note("allocate", right, name, 0);
	compare(kr, model_allocate(steps.space, right, name));
}

static inline void step_allocate_name(void)
{
	static const uint32_t rights[] = { 1, 1, 1, 3, 4, 2 };
	struct machipc_port_allocate arg = {
		.size = sizeof(arg),
		.task = self_task(),
		.right = one_of(rights),
		.flags = MACHIPC_ALLOCATE_NAME,
		.name = chosen_name(),
		.out_name = TEST_POISON,
	};
	int ret = machipc_ioctl(MACHIPC_IOC_PORT_ALLOCATE, &arg);

	note("allocate_name", arg.right, arg.name, arg.out_name);
	compare(ret ? ret : arg.out_kr,
		model_allocate_name(steps.space, arg.right, arg.name,
				    arg.out_name));
}

static inline void step_construct(void)
{
	uint32_t flags = below(0x80) | (percent(10) ? 0x8000 : 0);
	uint32_t qlimit = percent(10) ? 1025 : below(6);
	uint64_t context = below(3);
	mach_port_name_t name = TEST_POISON;
	kern_return_t kr;

	flags &= ~(MPO_TEMPOWNER | MPO_IMPORTANCE_RECEIVER |
		   MPO_DENAP_RECEIVER);
	if (percent(60))
		flags &= ~MPO_CONTEXT_AS_GUARD;
	kr = port_construct(flags, qlimit, context, &name);
	note("construct", flags, qlimit, context);
	steps.log->arg[3] = name;
	compare(kr, model_construct(steps.space, flags, qlimit, context, name));
}

static inline void step_reply_port(void)
{
	mach_port_name_t name = reply_port();

	note("reply_port", name, 0, 0);
	compare(KERN_SUCCESS, model_allocate(steps.space,
					     MACH_PORT_RIGHT_RECEIVE, name));
}

/* ---- references */

static inline void step_deallocate(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_SEND_RIGHTS |
					  MACH_PORT_TYPE_DEAD_NAME);
	kern_return_t kr = port_deallocate(name);

	note("deallocate", name, 0, 0);
	compare(kr, model_deallocate(steps.space, name));
}

static inline void step_destroy(void)
{
	mach_port_name_t name = some_name(~0U);
	kern_return_t kr = port_destroy(name);

	note("destroy", name, 0, 0);
	compare(kr, model_destroy(steps.space, name));
}

static inline int32_t some_delta(mach_port_name_t name)
{
	static const int32_t deltas[] = {
		0, 1, 2, -1, -1, -1, -2, -3, 65533, 65534, 65535, -65534,
		-65535, 65536, 70000, -65536, -70000, INT32_MAX, INT32_MIN,
	};
	struct model_entry *entry = model_lookup(steps.space, name);
	int32_t urefs = entry ? entry->urefs : 0;

	switch (below(4)) {
	case 0:
		return -urefs;
	case 1:
		return 65534 - urefs;
	case 2:
		return one_of(deltas);
	default:
		return (int32_t)below(4) - 2;
	}
}

static inline void step_mod_refs(void)
{
	uint32_t right = percent(95) ? below(5) : 5 + below(3);
	mach_port_name_t name = some_name(MACH_PORT_TYPE(right));
	int32_t delta = some_delta(name);
	kern_return_t kr = port_mod_refs(name, right, delta);

	note("mod_refs", name, right, delta);
	compare(kr, model_mod_refs(steps.space, name, right, delta));
}

static inline void step_destruct(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_RECEIVE);
	struct model_entry *entry = model_lookup(steps.space, name);
	int32_t delta = percent(50) ? 0 : (int32_t)below(5) - 3;
	uint64_t guard = below(3);
	kern_return_t kr;

	if (entry && percent(30))
		delta = -(int32_t)entry->urefs;
	kr = port_destruct(name, delta, guard);
	note("destruct", name, delta, guard);
	compare(kr, model_destruct(steps.space, name, delta, guard));
}

static inline void step_get_refs(void)
{
	mach_port_name_t name = some_name(~0U);
	uint64_t refs = TEST_POISON, want = 0;
	uint32_t right = below(8);
	kern_return_t kr = port_get_refs(name, right, &refs);

	note("get_refs", name, right, refs);
	compare(kr, model_get_refs(steps.space, name, right, &want));
	compare_value(kr, refs, want);
}

static inline void step_type(void)
{
	mach_port_name_t name = percent(5) ? steps.space->self : some_name(~0U);
	uint64_t type = TEST_POISON, want = 0;
	kern_return_t kr = port_get_type(name, &type);

	note("type", name, type, 0);
	compare(kr, model_type(steps.space, name, &want));
	compare_value(kr, type, want);
}

/* ---- inserting and extracting */

static inline void step_insert_right(void)
{
	mach_port_name_t poly = some_name(~MACH_PORT_TYPE_PORT_SET);
	uint32_t disposition = some_disposition(poly, percent(50));
	mach_port_name_t name = percent(50) ? poly : chosen_name();
	kern_return_t kr;

	if (percent(10))
		name = entry_of_type(~0U);
	if (name == steps.space->self)
		name = poly;
	kr = port_insert_right(name, poly, disposition);
	note("insert_right", name, poly, disposition);
	compare(kr, model_insert_right(steps.space, name, poly, disposition));
}

static inline void step_extract_right(void)
{
	mach_port_name_t name = some_name(~MACH_PORT_TYPE_PORT_SET);
	uint32_t disposition = some_disposition(name, percent(50));
	mach_port_name_t poly = TEST_POISON;
	mach_msg_type_name_t type = 0;
	kern_return_t kr = port_extract_right(name, disposition, &poly, &type);

	note("extract_right", name, disposition, poly);
	compare(kr, model_extract_right(steps.space, name, disposition, poly,
					type));
}

/* ---- sets */

static inline void step_insert_member(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_RECEIVE);
	mach_port_name_t pset = some_name(MACH_PORT_TYPE_PORT_SET);
	kern_return_t kr = port_insert_member(name, pset);

	note("insert_member", name, pset, 0);
	compare(kr, model_insert_member(steps.space, name, pset));
}

static inline void step_extract_member(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_RECEIVE);
	mach_port_name_t pset = some_name(MACH_PORT_TYPE_PORT_SET);
	kern_return_t kr = port_extract_member(name, pset);

	note("extract_member", name, pset, 0);
	compare(kr, model_extract_member(steps.space, name, pset));
}

static inline void step_move_member(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_RECEIVE);
	mach_port_name_t after = some_name(MACH_PORT_TYPE_PORT_SET);
	kern_return_t kr = port_move_member(name, after);

	note("move_member", name, after, 0);
	compare(kr, model_move_member(steps.space, name, after));
}

static inline void check_set(mach_port_name_t name)
{
	mach_port_name_t members[MODEL_SLOTS];
	uint32_t count = MODEL_SLOTS;
	kern_return_t kr = port_get_set_status(name, members, &count);

	note("get_set_status", name, kr ? 0 : count, 0);
	compare(kr, model_set_status(steps.space, name, members, count));
}

static inline void step_set_status(void)
{
	check_set(some_name(MACH_PORT_TYPE_PORT_SET));
}

/* ---- attributes of ports */

static inline void step_get_context(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_RECEIVE);
	uint64_t context = TEST_POISON, want = 0;
	kern_return_t kr = port_get_context(name, &context);

	note("get_context", name, context, 0);
	compare(kr, model_get_context(steps.space, name, &want));
	compare_value(kr, context, want);
}

static inline void step_set_context(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_RECEIVE);
	uint64_t context = below(3);
	kern_return_t kr = port_set_context(name, context);

	note("set_context", name, context, 0);
	compare(kr, model_set_context(steps.space, name, context));
}

static inline void step_guard(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_RECEIVE);
	uint64_t guard = below(3);
	bool strict = percent(30);
	kern_return_t kr = port_guard(name, guard, strict);

	note("guard", name, guard, strict);
	compare(kr, model_guard(steps.space, name, guard, strict));
}

static inline void step_unguard(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_RECEIVE);
	uint64_t guard = below(3);
	kern_return_t kr = port_unguard(name, guard);

	note("unguard", name, guard, 0);
	compare(kr, model_unguard(steps.space, name, guard));
}

static inline void step_set_qlimit(void)
{
	static const uint32_t limits[] = { 0, 1, 1, 2, 3, 5, 8, 1024, 1025 };
	mach_port_name_t name = some_name(MACH_PORT_TYPE_RECEIVE);
	uint32_t qlimit = one_of(limits);
	kern_return_t kr = port_set_qlimit(name, qlimit);

	note("set_qlimit", name, qlimit, 0);
	compare(kr, model_set_qlimit(steps.space, name, qlimit));
}

static inline void check_status(mach_port_name_t name)
{
	mach_port_status_t status, want;
	kern_return_t kr;

	memset(&status, 0xa5, sizeof(status));
	kr = port_get_status(name, &status);
	note("get_status", name, 0, 0);
	compare(kr, model_status(steps.space, name, &want));
	for (size_t i = 0; i < sizeof(want) / 4 && !kr; i++)
		model_expect(((uint32_t *)&status)[i] == ((uint32_t *)&want)[i],
			     "word %zu of the status of 0x%x is 0x%x, expected 0x%x",
			     i, name, ((uint32_t *)&status)[i],
			     ((uint32_t *)&want)[i]);
}

static inline void step_status(void)
{
	check_status(some_name(MACH_PORT_TYPE_RECEIVE));
}

static inline void step_set_mscount(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_RECEIVE);
	uint32_t mscount = below(4);
	kern_return_t kr = port_set_mscount(name, mscount);

	note("set_mscount", name, mscount, 0);
	compare(kr, model_set_mscount(steps.space, name, mscount));
}

static inline void step_set_seqno(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_RECEIVE);
	uint32_t seqno = below(1000);
	kern_return_t kr = port_set_seqno(name, seqno);

	note("set_seqno", name, seqno, 0);
	compare(kr, model_set_seqno(steps.space, name, seqno));
}

static inline void check_srights(mach_port_name_t name)
{
	uint64_t srights = TEST_POISON, want = 0;
	kern_return_t kr = port_get_srights(name, &srights);

	note("get_srights", name, srights, 0);
	compare(kr, model_get_srights(steps.space, name, &want));
	compare_value(kr, srights, want);
}

static inline void step_srights(void)
{
	check_srights(some_name(MACH_PORT_TYPE_RECEIVE));
}

static inline void step_peek(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_RECEIVE);
	struct model_entry *entry = model_lookup(steps.space, name);
	const struct model_message *msg = NULL;
	mach_msg_security_trailer_t trailer;
	struct machipc_port_peek arg = {
		.name = name,
		.trailer_type = MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_SENDER),
		.trailer_size = sizeof(trailer),
		.trailer = (uintptr_t)&trailer,
	};
	uint32_t seqno = 0;
	kern_return_t kr;

	if (entry && entry->port && percent(60))
		arg.seqno = entry->port->seqno + below(4) - percent(10);
	kr = port_peek(&arg);
	note("peek", name, arg.seqno, arg.out_seqno);
	compare(kr, model_peek(steps.space, name, arg.seqno, &msg, &seqno));
	if (!kr && msg)
		model_expect(arg.out_seqno == seqno &&
			     arg.out_msg_size == msg->size &&
			     arg.out_msg_id == msg->id &&
			     trailer.msgh_seqno == seqno &&
			     trailer.msgh_sender.val[1] == !msg->pid,
			     "peeked at %u: size %u, id %d; expected %u, %u, %d",
			     arg.out_seqno, arg.out_msg_size, arg.out_msg_id,
			     seqno, msg->size, msg->id);
}

/* ---- notifications */

static inline void step_request(void)
{
	static const int32_t ids[] = { 66, 66, 66, 69, 69, 70, 70, 72, 72, 72,
				       65, 71 };
	int32_t id = percent(97) ? one_of(ids) : 1234;
	bool receive = id == 69 || id == 70;
	mach_port_name_t name = some_name(receive ? MACH_PORT_TYPE_RECEIVE :
					  percent(60) ? MACH_PORT_TYPE_SEND :
							~0U);
	struct model_entry *entry = model_lookup(steps.space, name);
	mach_port_name_t notify = some_name(MACH_PORT_TYPE_RECEIVE);
	mach_port_name_t previous = TEST_POISON;
	uint32_t disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	uint32_t sync = id == 69 ? percent(5) : below(4);
	kern_return_t kr;

	if (id == 66)
		sync = percent(50);
	if (id == 70 && entry && entry->port && percent(60))
		sync = entry->port->mscount + percent(50);
	if (percent(3) && !receive)
		name = steps.space->self;
	if (percent(15)) {
		notify = some_name(MACH_PORT_TYPE_SEND_ONCE |
				   MACH_PORT_TYPE_DEAD_NAME);
		disposition = MACH_MSG_TYPE_MOVE_SEND_ONCE;
	} else if (percent(10)) {
		notify = MACH_PORT_NULL;
	} else if (percent(4)) {
		disposition = some_disposition(notify, false);
	}
	kr = port_request_notification(name, id, sync, notify, disposition,
				       &previous);
	note("request_notification", name, id, sync);
	steps.log->arg[3] = notify;
	steps.log->arg[4] = disposition;
	steps.log->arg[5] = previous;
	compare(kr, model_request(steps.space, name, id, sync, notify,
				  disposition, previous));
}

/* ---- the bootstrap port */

static inline void step_get_bootstrap(void)
{
	mach_port_name_t name = TEST_POISON;
	kern_return_t kr = task_get_special(TASK_BOOTSTRAP_PORT, &name);

	note("get_bootstrap", name, 0, 0);
	compare(kr, model_get_bootstrap(steps.space, name));
}

static inline uint32_t send_disposition(mach_port_name_t name)
{
	struct model_entry *entry = model_lookup(steps.space, name);

	if (entry && entry->type & MACH_PORT_TYPE_RECEIVE && percent(90))
		return MACH_MSG_TYPE_MAKE_SEND;
	return percent(50) ? MACH_MSG_TYPE_MOVE_SEND : MACH_MSG_TYPE_COPY_SEND;
}

static inline void step_set_bootstrap(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_SEND_RECEIVE |
					  MACH_PORT_TYPE_DEAD_NAME);
	uint32_t disposition = send_disposition(name);
	kern_return_t kr;

	if (percent(30))
		name = MACH_PORT_NULL;
	kr = task_set_special(TASK_BOOTSTRAP_PORT, name, disposition);
	note("set_bootstrap", name, disposition, 0);
	compare(kr, model_set_bootstrap(steps.space, name, disposition));
}

static inline void step_set_domain(void)
{
	mach_port_name_t name = some_name(MACH_PORT_TYPE_SEND_RECEIVE);
	uint32_t disposition = send_disposition(name);
	kern_return_t kr;

	if (percent(10))
		name = MACH_PORT_NULL;
	kr = domain_set_bootstrap(name, disposition);
	note("set_domain", name, disposition, 0);
	compare(kr, model_set_domain(steps.space, name, disposition));
}

/* ---- messages */

/* A message that is being put together, and where its arrays are. */
struct draft {
	uint32_t size;
	char byte[STEP_BUFFER];
};

static mach_port_name_t step_arrays[MODEL_ITEMS][2];

/* Whatever a message to a kernel port does is the subject of server_test.c. */
static inline bool is_kernel_name(mach_port_name_t name)
{
	struct model_entry *entry = model_lookup(steps.space, name);

	return entry && entry->port && entry->port->kernel;
}

/* For the rights of a message: the task port may be copied. */
static inline mach_port_name_t right_name(uint32_t *disposition)
{
	mach_port_name_t name;

	if (percent(2)) {
		*disposition = MACH_MSG_TYPE_COPY_SEND;
		return steps.space->self;
	}
	name = some_name(~MACH_PORT_TYPE_PORT_SET);
	*disposition = some_disposition(name, percent(60));
	return name;
}

static inline void append(struct draft *draft, const void *data, uint32_t size)
{
	memcpy(draft->byte + draft->size, data, size);
	draft->size += size;
}

static inline void add_port(struct draft *draft)
{
	mach_msg_port_descriptor_t port = { .type = MACH_MSG_PORT_DESCRIPTOR };
	uint32_t disposition;

	port.name = right_name(&disposition);
	port.disposition = disposition;
	if (percent(1))
		port.type = 9;
	append(draft, &port, sizeof(port));
}

static inline void add_array(struct draft *draft, uint32_t item)
{
	mach_msg_ool_ports_descriptor_t array = {
		.address = step_arrays[item],
		.copy = percent(98) ? below(2) : 2,
		.type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
		.count = below(3),
	};
	uint32_t disposition;

	for (int i = 0; i < 2; i++)
		step_arrays[item][i] = right_name(&disposition);
	/* Both may come from one entry, or the last one may be NULL. */
	if (percent(30))
		step_arrays[item][1] = step_arrays[item][0];
	else if (percent(30))
		step_arrays[item][1] = MACH_PORT_NULL;
	array.disposition = some_disposition(step_arrays[item][0],
					     percent(60));
	for (int i = 0; i < 2; i++)
		if (step_arrays[item][i] == steps.space->self &&
		    array.disposition != MACH_MSG_TYPE_COPY_SEND)
			step_arrays[item][i] = MACH_PORT_DEAD;
	append(draft, &array, sizeof(array));
}

static inline void choose_header(mach_msg_header_t *head)
{
	mach_port_name_t remote, local = MACH_PORT_NULL;
	uint32_t dest, reply = 0;

	do {
		remote = some_name(MACH_PORT_TYPE_PORT_RIGHTS);
	} while (is_kernel_name(remote));
	dest = some_disposition(remote, true);
	if (percent(15)) {
		local = remote;
		reply = some_disposition(local, true);
	} else if (percent(50)) {
		local = right_name(&reply);
		if (local != steps.space->self)
			reply = some_disposition(local, true);
	}
	head->msgh_bits = MACH_MSGH_BITS(dest, reply);
	head->msgh_size = draw();
	head->msgh_remote_port = remote;
	head->msgh_local_port = local;
	head->msgh_voucher_port = draw();
	head->msgh_id = 1000 + below(1000000);
}

static inline void choose_message(struct draft *draft)
{
	uint32_t count = below(MODEL_ITEMS), word = draw();
	mach_msg_header_t head;

	memset(draft, 0, sizeof(*draft));
	choose_header(&head);
	append(draft, &head, sizeof(head));
	if (percent(60)) {
		((mach_msg_header_t *)draft->byte)->msgh_bits |=
			MACH_MSGH_BITS_COMPLEX;
		append(draft, &count, sizeof(count));
		for (uint32_t i = 0; i < count; i++)
			if (percent(75))
				add_port(draft);
			else
				add_array(draft, i);
	}
	if (percent(60))
		append(draft, &word, sizeof(word));
	if (percent(1) && draft->size > 28)
		draft->size -= percent(50) ? 4 : 2;
}

/* The memory of the arrays of a message that has arrived, or come back. */
static inline void free_arrays(const char *buffer)
{
	const mach_msg_header_t *head = (const void *)buffer;
	const mach_msg_ool_ports_descriptor_t *array;
	const char *item = buffer + sizeof(mach_msg_base_t);
	uint32_t count;

	if (!(head->msgh_bits & MACH_MSGH_BITS_COMPLEX) ||
	    head->msgh_size < sizeof(mach_msg_base_t))
		return;
	memcpy(&count, buffer + sizeof(*head), sizeof(count));
	for (uint32_t i = 0; i < count && i < MODEL_ITEMS; i++) {
		array = (const void *)item;
		if (array->type == MACH_MSG_PORT_DESCRIPTOR) {
			item += sizeof(mach_msg_port_descriptor_t);
			continue;
		}
		if (array->address)
			munmap(array->address, 4096);
		item += sizeof(*array);
	}
}

static inline uint32_t send_options(void)
{
	return MACH_SEND_MSG | MACH_SEND_TIMEOUT |
	       (percent(30) ? MACH_SEND_NOTIFY : 0);
}

static inline void note_message(const char *what, const struct draft *draft)
{
	const mach_msg_header_t *head = (const void *)draft->byte;

	note(what, head->msgh_bits, head->msgh_remote_port,
	     head->msgh_local_port);
	steps.log->arg[3] = draft->size;
	steps.log->arg[4] = head->msgh_id;
}

static inline void step_send(void)
{
	struct draft draft, sent;
	uint32_t option = send_options();
	mach_msg_return_t mr;

	choose_message(&draft);
	sent = draft;
	mr = msg_trap(draft.byte, option, draft.size, 0, MACH_PORT_NULL, 0);
	note_message("send", &sent);
	steps.log->arg[5] = option;
	compare(mr, model_send(steps.space, sent.byte, sent.size, option, mr,
			       draft.byte));
	if (mr == MACH_SEND_TIMED_OUT)
		free_arrays(draft.byte);
}

/* Whether a message that is lost unseen could be one of several. */
static inline bool has_batches(mach_port_name_t name)
{
	struct model_entry *entry = model_lookup(steps.space, name);

	for (int i = 0; entry && i < MODEL_PORTS; i++) {
		struct model_port *port = &model->port[i];

		if (port->used && port->head && port->head->batch &&
		    (port == entry->port ||
		     (port->space == steps.space && port->sets[name >> 8])))
			return true;
	}
	return false;
}

struct reception {
	mach_port_name_t name;
	uint32_t option;
	uint32_t size;
	char before[STEP_BUFFER];
	char buffer[STEP_BUFFER];
};

static inline void choose_reception(struct reception *reception)
{
	static const uint32_t elements[] = { 0, 1, 2, 3, 4, 7, 8 };

	if (percent(40))
		reception->name = name_with_message();
	else
		reception->name = some_name(MACH_PORT_TYPE_RECEIVE |
					    MACH_PORT_TYPE_PORT_SET);
	reception->option = MACH_RCV_MSG | MACH_RCV_TIMEOUT |
			    MACH_RCV_TRAILER_ELEMENTS(one_of(elements));
	reception->size = STEP_BUFFER;
	memset(reception->before, 0xa5, sizeof(reception->before));
	if (percent(6)) {
		reception->size = 4 * below(34);
		reception->option |= MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY;
	} else if (percent(3) && !has_batches(reception->name)) {
		reception->size = 16 + 4 * below(30);
	}
	memcpy(reception->buffer, reception->before,
	       sizeof(reception->buffer));
}

static inline void compare_reception(struct reception *reception,
				     mach_msg_return_t mr)
{
	steps.log->arg[6] = ((uint32_t *)reception->buffer)[5];
	compare(mr, model_receive(steps.space, reception->name,
				  reception->option, reception->size,
				  reception->before, mr, reception->buffer));
	if (mr == MACH_MSG_SUCCESS)
		free_arrays(reception->buffer);
}

static inline void step_receive(void)
{
	struct reception reception;
	mach_msg_return_t mr;

	choose_reception(&reception);
	mr = msg_trap(reception.buffer, reception.option, 0, reception.size,
		      reception.name, 0);
	note("receive", reception.name, reception.option, reception.size);
	compare_reception(&reception, mr);
}

/* Both in one call: the receive happens if the send succeeds. */
static inline void step_send_receive(void)
{
	struct reception reception;
	mach_msg_return_t mr, send;
	struct draft draft, sent;

	choose_message(&draft);
	choose_reception(&reception);
	/* The port may change while the send is under way. */
	reception.size = STEP_BUFFER;
	reception.option |= send_options();
	sent = draft;
	mr = msg_overwrite(draft.byte, reception.option, draft.size,
			   reception.size, reception.name, 0, reception.buffer);
	note_message("send_receive", &sent);
	steps.log->arg[5] = reception.name;
	send = model_send(steps.space, sent.byte, sent.size, reception.option,
			  mr & 0x4000 ? MACH_MSG_SUCCESS : mr, draft.byte);
	if (send == MACH_MSG_SUCCESS) {
		compare_reception(&reception, mr);
		return;
	}
	compare(mr, send);
	if (mr == MACH_SEND_TIMED_OUT)
		free_arrays(draft.byte);
}

/* ---- the whole space */

static inline void check_entry(struct model_entry *entry)
{
	mach_port_name_t name = model_name(steps.space, entry);
	uint64_t refs = TEST_POISON;

	if (entry->type & (MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_DEAD_NAME)) {
		port_get_refs(name, entry->type & MACH_PORT_TYPE_SEND ?
					    MACH_PORT_RIGHT_SEND :
					    MACH_PORT_RIGHT_DEAD_NAME,
			      &refs);
		model_expect(refs == entry->urefs,
			     "name 0x%x has %lu references, expected %u", name,
			     refs, entry->urefs);
	}
	if (entry->type & MACH_PORT_TYPE_RECEIVE) {
		check_status(name);
		check_srights(name);
	}
	if (entry->type & MACH_PORT_TYPE_PORT_SET)
		check_set(name);
}

static inline void check_names(void)
{
	mach_port_name_t names[MODEL_SLOTS];
	mach_port_type_t types[MODEL_SLOTS];
	uint32_t count = MODEL_SLOTS, n = 0;
	kern_return_t kr = port_names(names, types, &count);

	note("names", count, 0, 0);
	compare(kr, KERN_SUCCESS);
	for (int i = 1; i < MODEL_SLOTS; i++) {
		struct model_entry *entry = &steps.space->entry[i];

		if (!entry->type)
			continue;
		model_expect(n < count &&
			     names[n] == model_name(steps.space, entry),
			     "name %u is 0x%x, expected 0x%x", n, names[n],
			     model_name(steps.space, entry));
		model_expect(types[n] == model_listed_type(entry),
			     "type of 0x%x is 0x%x, expected 0x%x", names[n],
			     types[n], model_listed_type(entry));
		n++;
	}
	model_expect(n == count, "%u names, expected %u", count, n);
}

static inline void check_space(void)
{
	check_names();
	for (int i = 1; i < MODEL_SLOTS; i++)
		if (steps.space->entry[i].type)
			check_entry(&steps.space->entry[i]);
}

/* ---- which step */

struct step_kind {
	void (*make)(void);
	uint32_t weight;
	uint32_t crowded;	/* its weight when there are many names */
};

static const struct step_kind step_kinds[] = {
	{ step_send, 240, 80 },
	{ step_receive, 260, 260 },
	{ step_send_receive, 30, 30 },
	{ step_request, 100, 60 },
	{ step_allocate, 40, 5 },
	{ step_allocate_name, 12, 3 },
	{ step_construct, 12, 2 },
	{ step_reply_port, 4, 1 },
	{ step_deallocate, 40, 200 },
	{ step_destroy, 10, 60 },
	{ step_mod_refs, 70, 120 },
	{ step_destruct, 8, 20 },
	{ step_get_refs, 10, 10 },
	{ step_type, 10, 10 },
	{ step_insert_right, 60, 40 },
	{ step_extract_right, 30, 10 },
	{ step_insert_member, 15, 15 },
	{ step_extract_member, 5, 5 },
	{ step_move_member, 8, 8 },
	{ step_set_status, 5, 5 },
	{ step_get_context, 4, 4 },
	{ step_set_context, 4, 4 },
	{ step_guard, 4, 4 },
	{ step_unguard, 6, 6 },
	{ step_set_qlimit, 20, 20 },
	{ step_status, 20, 20 },
	{ step_set_mscount, 3, 3 },
	{ step_set_seqno, 3, 3 },
	{ step_srights, 10, 10 },
	{ step_peek, 10, 10 },
	{ step_get_bootstrap, 10, 3 },
	{ step_set_bootstrap, 6, 6 },
	{ step_set_domain, 4, 4 },
	{ check_names, 10, 10 },
	{ check_space, 12, 12 },
};

#define STEP_KINDS	(sizeof(step_kinds) / sizeof(*step_kinds))

static inline bool is_crowded(void)
{
	uint32_t names = 0;

	for (int i = 1; i < MODEL_SLOTS; i++)
		names += steps.space->entry[i].type != 0;
	return names > 40;
}

static inline void make_step(void)
{
	bool crowded = is_crowded();
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < STEP_KINDS; i++)
		sum += crowded ? step_kinds[i].crowded : step_kinds[i].weight;
	sum = below(sum);
	for (i = 0; i < STEP_KINDS; i++) {
		uint32_t weight = crowded ? step_kinds[i].crowded :
					    step_kinds[i].weight;

		if (sum < weight)
			break;
		sum -= weight;
	}
	step_kinds[i].make();
}

#endif /* MODEL_STEPS_H */
