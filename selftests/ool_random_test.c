// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of random descriptors, good and bad, that are received with random
 * options into random buffers: what comes out is well-formed, and when all
 * names and memory are given up, nothing is left.
 */
#include "ool_utils.h"

#define MESSAGES	2000
#define PAGES		8	/* of the memory that a message is made from */
#define NAMES		12

FIXTURE(random) {
	uint32_t seed;
	mach_port_name_t port;		/* R, the destination */
	mach_port_name_t parking;	/* R */
	mach_port_name_t names[NAMES];
	char *pages;
	char *edge;			/* where a receive buffer may end */
	struct message msg;
	struct message rcv;
};

FIXTURE_VARIANT(random) {
	uint32_t seed;
};

FIXTURE_VARIANT_ADD(random, one) { .seed = 2463534242u };
FIXTURE_VARIANT_ADD(random, two) { .seed = 88172645u };
FIXTURE_VARIANT_ADD(random, three) { .seed = 521288629u };

FIXTURE_SETUP(random)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->seed = variant->seed;
	self->port = port_new();
	self->parking = port_new();
	ASSERT_TRUE(port_widen(self->parking));
	self->edge = memory_edge();
	ASSERT_NE(NULL, self->edge);
}

FIXTURE_TEARDOWN(random)
{
}

/* The next number of a fixed sequence, below @limit. */
static uint32_t next(FIXTURE_DATA(random) *self, uint32_t limit)
{
	self->seed ^= self->seed << 13;
	self->seed ^= self->seed >> 17;
	self->seed ^= self->seed << 5;
	return (self->seed >> 3) % limit;
}

/* Mostly names that can be sent in some way. */
static mach_port_name_t next_name(FIXTURE_DATA(random) *self)
{
	switch (next(self, 12)) {
	case 0:
		return MACH_PORT_NULL;
	case 1:
		return MACH_PORT_DEAD;
	case 2:
		return dead_name_new(1);
	case 3:
		return port_new();
	case 4:
		return port_new_send_once(self->parking);
	case 5:
		return stale_name();
	case 6:
		return self->port;
	default:
		return port_new_parked_sends(self->parking, 3);
	}
}

static uint8_t next_disposition(FIXTURE_DATA(random) *self)
{
	return next(self, 10) ? COPY_SEND - next(self, 2) * 2 :
				14 + next(self, 12);
}

/* An address in the pages, at their end, or nowhere. */
static const void *next_address(FIXTURE_DATA(random) *self)
{
	switch (next(self, 20)) {
	case 0:
		return self->pages + PAGES * PAGE - next(self, 50);
	case 1:
		return (void *)(uintptr_t)next(self, 5000);
	case 2:
		return (void *)-(uintptr_t)next(self, 5000);
	default:
		return self->pages + next(self, PAGES * PAGE);
	}
}

static uint32_t next_size(FIXTURE_DATA(random) *self)
{
	switch (next(self, 10)) {
	case 0:
		return 0;
	case 1:
		return -next(self, 5000);
	default:
		return next(self, 3 * PAGE);
	}
}

static uint8_t next_copy(FIXTURE_DATA(random) *self)
{
	return next(self, 30) ? next(self, 2) : next(self, 5);
}

static void add_descriptor(FIXTURE_DATA(random) *self)
{
	mach_msg_ool_ports_descriptor_t *ports;
	mach_msg_ool_descriptor_t *ool;

	switch (next(self, 10)) {
	case 0:
		message_add_right(&self->msg, next_name(self),
				  next_disposition(self));
		((mach_msg_port_descriptor_t *)
		 message_desc(&self->msg, self->msg.count - 1))->type =
			next(self, 8) ? 0 : 4 + next(self, 252);
		break;
	case 1:
	case 2:
	case 3:
		message_add_right(&self->msg, next_name(self),
				  next_disposition(self));
		break;
	case 4:
	case 5:
	case 6:
		for (int i = 0; i < NAMES; i++)
			self->names[i] = next_name(self);
		memcpy(self->pages + PAGE, self->names, sizeof(self->names));
		ports = message_add_ool_ports(&self->msg,
					      (void *)(self->pages + PAGE),
					      next(self, NAMES + 1),
					      next_disposition(self),
					      next(self, 2));
		ports->copy = next_copy(self);
		if (!next(self, 20))
			ports->address = (void *)next_address(self);
		if (!next(self, 20))
			ports->count = next_size(self);
		break;
	default:
		ool = message_add_ool(&self->msg, next_address(self),
				      next_size(self), next_copy(self),
				      !next(self, 4));
		if (next(self, 2))
			ool->type = MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
	}
}

static void make_message(FIXTURE_DATA(random) *self)
{
	uint32_t count = next(self, 8);

	self->pages = pattern_new((PAGES + 1) * PAGE, 0);
	mprotect(self->pages + PAGES * PAGE, PAGE, PROT_NONE);
	ool_init(&self->msg, self->port);
	self->msg.head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	self->msg.head.msgh_size += 4;
	self->msg.count = 0;
	while (count--)
		add_descriptor(self);
	switch (next(self, 12)) {
	case 0:
		self->msg.head.msgh_size -= 4 * next(self, 5);
		break;
	case 1:
		self->msg.count = next(self, 20);
		break;
	case 2:
		self->msg.head.msgh_remote_port = next_name(self);
		break;
	case 3:
		self->msg.head.msgh_bits |=
			MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
		self->msg.head.msgh_local_port = self->parking;
		break;
	}
}

static void free_name(mach_port_name_t name, uint8_t disposition)
{
	switch (disposition) {
	case MACH_MSG_TYPE_PORT_RECEIVE:
		port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1);
		break;
	case MACH_MSG_TYPE_PORT_SEND:
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		port_deallocate(name);
		break;
	}
}

/* Frees what the descriptors brought. Returns what is wrong with one of them. */
static const char *free_message(struct message *msg)
{
	for (uint32_t i = 0; i < msg->count; i++) {
		mach_msg_ool_ports_descriptor_t *ports;
		mach_msg_ool_descriptor_t *ool = message_ool(msg, i);
		mach_msg_port_descriptor_t *right;
		size_t size = ool->size;

		switch (ool->type) {
		case MACH_MSG_PORT_DESCRIPTOR:
			right = message_right(msg, i);
			if (right->pad1 || right->pad2)
				return "pad of a port descriptor";
			if (right->disposition > 18)
				return "disposition of a port descriptor";
			free_name(right->name, right->disposition);
			continue;
		case MACH_MSG_OOL_PORTS_DESCRIPTOR:
			ports = message_ool_ports(msg, i);
			if (ports->copy != 1 || !ports->deallocate)
				return "copy option of an array";
			if (ports->disposition > 18)
				return "disposition of an array";
			for (uint32_t j = 0; j < ports->count; j++)
				free_name(message_names(msg, i)[j],
					  ports->disposition);
			size = ports->count * 4;
			break;
		case MACH_MSG_OOL_DESCRIPTOR:
		case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
			if (ool->pad1)
				return "pad of a region";
			if (ool->copy > 1 || ool->deallocate != ool->copy)
				return "copy option of a region";
			break;
		default:
			return "type";
		}
		if (!size != !ool->address)
			return "address and size";
		if (!size)
			continue;
		if (!is_surrounded_by_zeros(ool->address, size))
			return "bytes around the memory";
		if (region_free(ool->address, size))
			return "memory";
	}
	return NULL;
}

/* Returns what is wrong. */
static const char *receive_somehow(FIXTURE_DATA(random) *self)
{
	static const mach_msg_size_t sizes[] = { 0, 24, 40, 100, 1024 };
	mach_msg_option_t option = MACH_RCV_MSG | MACH_RCV_TIMEOUT |
				   MACH_RCV_TRAILER_ELEMENTS(next(self, 9));
	mach_msg_size_t size = sizes[next(self, ARRAY_SIZE(sizes))];
	void *buffer = &self->rcv;

	if (!next(self, 6))
		buffer = self->edge - next(self, 300);
	if (next(self, 3))
		size = sizeof(self->rcv);
	if (next(self, 2))
		option |= MACH_RCV_LARGE;
	switch (msg_trap(buffer, option, 0, size, self->port, 0)) {
	case MACH_MSG_SUCCESS:
		if (buffer != &self->rcv) {
			memcpy(&self->rcv, buffer, 24);
			memcpy(&self->rcv, buffer, self->rcv.head.msgh_size);
		}
		free_name(self->rcv.head.msgh_remote_port,
			  MACH_MSGH_BITS_REMOTE(self->rcv.head.msgh_bits));
		if (!(self->rcv.head.msgh_bits & MACH_MSGH_BITS_COMPLEX))
			return NULL;
		return free_message(&self->rcv);
	case MACH_RCV_TOO_LARGE:
	case MACH_RCV_INVALID_DATA:
	case MACH_RCV_INVALID_NAME:	/* sent to itself */
	case MACH_RCV_TIMED_OUT:
		return NULL;
	}
	return "result of a receive";
}

/* Destroys all names but one, and what they hold. */
static bool free_names(mach_port_name_t keep)
{
	static mach_port_name_t names[65536];
	static mach_port_type_t types[65536];
	uint32_t count = ARRAY_SIZE(names);

	if (port_names(names, types, &count) || count > ARRAY_SIZE(names))
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (names[i] != keep && names[i] != self_task())
			port_destroy(names[i]);
	return true;
}

/* Sends one message. Returns what is wrong. */
static const char *send_somehow(FIXTURE_DATA(random) *self, int *sent)
{
	const char *wrong = NULL;
	mach_msg_return_t mr;

	make_message(self);
	mr = msg_send(&self->msg);
	/* What came back may be where the memory was that was sent. */
	if (mr == MACH_SEND_TIMED_OUT)
		wrong = free_message(&self->msg);
	*sent += mr == MACH_MSG_SUCCESS;
	munmap(self->pages, (PAGES + 1) * PAGE);
	return wrong;
}

/* Ports that have been sent or have died are replaced. */
static bool renew_ports(FIXTURE_DATA(random) *self)
{
	if (!(port_type(self->port) & MACH_PORT_TYPE_RECEIVE))
		self->port = port_new();
	if (port_type(self->parking) & MACH_PORT_TYPE_RECEIVE)
		return true;
	self->parking = port_new();
	return port_widen(self->parking);
}

TEST_F_TIMEOUT(random, nothing_is_left_of_random_messages, TEST_SLOW)
{
	const char *wrong;
	long pages = 0;
	int sent = 0;

	for (int i = 0; i < MESSAGES; i++) {
		ASSERT_TRUE(renew_ports(self));
		wrong = send_somehow(self, &sent);
		if (!wrong && next(self, 3))
			wrong = receive_somehow(self);
		ASSERT_EQ(NULL, wrong)
			TH_LOG("message %d: %s", i, wrong);
		if (i % 50 == 49) {
			ASSERT_TRUE(free_names(self->port));
			if (!pages)
				pages = address_space_pages();
		}
	}
	EXPECT_LT(MESSAGES / 10, sent);
	ASSERT_TRUE(free_names(MACH_PORT_NULL));
	EXPECT_EQ(1, name_count());
	EXPECT_EQ(0, object_excess("kmsgs"));
	EXPECT_EQ(0, object_excess("bytes"));
	EXPECT_LE(address_space_pages(), pages);
}

TEST_HARNESS_MAIN
