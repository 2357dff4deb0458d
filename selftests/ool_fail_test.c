// SPDX-License-Identifier: GPL-2.0
/*
 * Out-of-line memory that cannot be read, is too much, finds no room at the
 * receiver or comes back: what it costs, and that nothing is left of it.
 */
#include "ool_utils.h"

FIXTURE(fail) {
	mach_port_name_t port;		/* the destination: R */
	mach_port_name_t parking;	/* where a receive right is parked */
	mach_port_name_t send;		/* S(1) */
	long parked;			/* bytes in transit */
	struct message msg;		/* to the destination */
	struct message rcv;
};

FIXTURE_SETUP(fail)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	self->parking = port_new();
	self->send = port_new_parked(self->parking);
	ASSERT_EQ(MACH_PORT_TYPE_SEND, port_type(self->send));
	self->parked = object_excess("bytes");
	ool_init(&self->msg, self->port);
}

FIXTURE_TEARDOWN(fail)
{
}

/* M-63 */
TEST_F(fail, region_with_an_unmapped_page_is_invalid)
{
	for (int hole = 0; hole < 4; hole++) {
		for (int i = 0; i < 4; i++) {
			char *data = pages_new(4 * PAGE);

			ASSERT_NE(NULL, data);
			ASSERT_EQ(0, munmap(data + hole * PAGE, PAGE));
			EXPECT_EQ(MACH_SEND_INVALID_MEMORY,
				  ool_send(self->port, data + 1,
					   4 * PAGE - 2, i % 2, i / 2));
			/* It is left in place, whatever was to be done. */
			EXPECT_EQ(0xf & ~(1 << hole), pages_mapped(data, 4));
			munmap(data, 4 * PAGE);
		}
	}
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
}

TEST_F(fail, region_that_cannot_be_read_is_invalid)
{
	for (int shut = 0; shut < 4; shut++) {
		char *data = pages_new(4 * PAGE);

		ASSERT_NE(NULL, data);
		ASSERT_EQ(0, mprotect(data + shut * PAGE, PAGE, PROT_NONE));
		EXPECT_EQ(MACH_SEND_INVALID_MEMORY,
			  ool_send(self->port, data, 4 * PAGE, VIRTUAL, 1));
		EXPECT_EQ(0xf, pages_mapped(data, 4));
	}
}

TEST_F(fail, region_that_the_process_cannot_have_is_invalid)
{
	static const struct {
		uint64_t address;
		uint32_t size;
	} regions[] = {
		{ 0, 1 }, { 1, 4096 }, { 0x7fffffffe000, 8192 },
		{ 0x7ffffffff000, 1 }, { 0x800000000000, 1 },
		{ 0xffff888000000000, 64 }, { 0xffffffff81000000, 64 },
		{ 0xffffffffff600000, 64 }, { -1, 1 }, { -1, 2 },
		{ -4096, 4096 }, { -4096, 8192 },
	};

	for (int i = 0; i < ARRAY_SIZE(regions); i++) {
		for (int deallocate = 0; deallocate < 2; deallocate++) {
			EXPECT_EQ(MACH_SEND_INVALID_MEMORY,
				  ool_send(self->port,
					   (void *)regions[i].address,
					   regions[i].size, VIRTUAL,
					   deallocate))
				TH_LOG("region %d", i);
		}
	}
}

/* M-58 */
TEST_F(fail, bad_copy_option_of_volatile_memory_is_found_first)
{
	for (int copy = 2; copy < 256; copy += copy < 5 ? 1 : 50) {
		char *page = pages_new(PAGE);
		mach_port_name_t dest = port_new_parked(port_new());
		mach_msg_ool_descriptor_t *ool;

		message_init(&self->msg, dest, MACH_MSG_TYPE_MOVE_SEND,
			     MACH_PORT_NULL, 0);
		message_add_right(&self->msg, self->send,
				  MACH_MSG_TYPE_MOVE_SEND);
		message_add_ool(&self->msg, page, PAGE, VIRTUAL, 1);
		ool = message_add_ool(&self->msg, page, PAGE, copy, 1);
		ool->type = MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
		EXPECT_EQ(MACH_SEND_INVALID_TYPE, msg_send(&self->msg))
			TH_LOG("copy %d", copy);
		EXPECT_EQ(1, port_send_refs(self->send));
		EXPECT_TRUE(is_mapped(page));
		EXPECT_FALSE(port_exists(dest));
	}
}

TEST_F(fail, descriptor_that_is_cut_off_is_too_small)
{
	char *page = pages_new(PAGE);

	for (int missing = 4; missing <= 16; missing += 4) {
		mach_port_name_t dest = port_new_parked(port_new());

		message_init(&self->msg, dest, MACH_MSG_TYPE_MOVE_SEND,
			     MACH_PORT_NULL, 0);
		message_add_right(&self->msg, self->send,
				  MACH_MSG_TYPE_MOVE_SEND);
		message_add_ool(&self->msg, page, PAGE, VIRTUAL, 1);
		self->msg.head.msgh_size -= missing;
		EXPECT_EQ(MACH_SEND_MSG_TOO_SMALL, msg_send(&self->msg));
		EXPECT_EQ(1, port_send_refs(self->send));
		EXPECT_TRUE(is_mapped(page));
		EXPECT_FALSE(port_exists(dest));
	}
}

/* M-11 */
TEST_F(fail, physical_copies_are_limited)
{
	char *data = pages_new(8 << 20);
	mach_port_name_t dest = port_new_parked(port_new());

	ASSERT_NE(NULL, data);
	EXPECT_EQ(0x400, ool_send(self->port, data, 8 << 20, PHYSICAL, 0));
	EXPECT_EQ(0x400, ool_send(self->port, data, PHYSICAL_MAX + 1, PHYSICAL,
				  0));
	EXPECT_EQ(0x400, ool_send(self->port, data, 0xffffffff, PHYSICAL, 0));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  ool_send(self->port, data, PHYSICAL_MAX, PHYSICAL, 0));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  ool_send(self->port, data, 8 << 20, VIRTUAL, 0));

	/* It is found before anything of the body is taken. */
	message_init(&self->msg, dest, MACH_MSG_TYPE_MOVE_SEND, MACH_PORT_NULL,
		     0);
	message_add_right(&self->msg, self->send, MACH_MSG_TYPE_MOVE_SEND);
	message_add_ool(&self->msg, data, PAGE, VIRTUAL, 1);
	message_add_ool(&self->msg, data, 8 << 20, PHYSICAL, 0);
	EXPECT_EQ(0x400, msg_send(&self->msg));
	EXPECT_FALSE(port_exists(dest));
	EXPECT_EQ(1, port_send_refs(self->send));
	EXPECT_TRUE(is_mapped(data));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  ool_send(self->port, data, 8 << 20, PHYSICAL, 1));
}

TEST_F(fail, limit_of_physical_copies_is_for_the_whole_message)
{
	char *data = pages_new(4 << 20);
	mach_msg_ool_descriptor_t *ool;

	ASSERT_NE(NULL, data);
	/* Sizes count in whole pages: 3 MiB + 1 is 3 MiB + 4 KiB. */
	message_add_ool(&self->msg, data, 4 << 20, PHYSICAL, 0);
	ool = message_add_ool(&self->msg, data, (3 << 20) + 1, PHYSICAL, 0);
	ool->type = MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
	EXPECT_EQ(0x400, msg_send(&self->msg));
	ool->size--;
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));

	/* What is empty, virtual or removed does not count. */
	ool_init(&self->msg, self->port);
	message_add_ool(&self->msg, data, 4 << 20, PHYSICAL, 0);
	message_add_ool(&self->msg, data, 3 << 20, PHYSICAL, 0);
	message_add_ool(&self->msg, data, 4 << 20, VIRTUAL, 0);
	message_add_ool(&self->msg, data, 0, PHYSICAL, 0);
	message_add_ool(&self->msg, data, 4 << 20, PHYSICAL, 1);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
}

TEST_F(fail, small_physical_copies_are_not_limited)
{
	const int count = 2000;
	const mach_msg_size_t size = 28 + count * 16 + 8;
	struct message *msg = calloc(1, size);
	char *data = pattern_new(PAGE, 3);

	ASSERT_NE(NULL, msg);
	ASSERT_NE(NULL, data);
	ool_init(msg, self->port);
	for (int i = 0; i < count; i++)
		message_add_ool(msg, data, PAGE, PHYSICAL, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(msg, MACH_SEND_MSG | MACH_RCV_MSG, size - 8, size,
			   self->port, 0));
	ASSERT_EQ(count, msg->count);
	for (int i = 0; i < count; i++)
		ASSERT_TRUE(pattern_is(message_ool(msg, i)->address, PAGE, 3));
}

TEST_F(fail, failure_leaves_what_comes_after_it)
{
	char *first = pattern_new(PAGE, 1), *third = pattern_new(PAGE, 3);
	char *second = pages_new(2 * PAGE);
	struct message before;

	ASSERT_EQ(0, munmap(second + PAGE, PAGE));
	message_add_ool(&self->msg, first, PAGE, VIRTUAL, 1);
	message_add_ool(&self->msg, second, 2 * PAGE, VIRTUAL, 1);
	message_add_ool(&self->msg, third, PAGE, VIRTUAL, 1);
	message_add_right(&self->msg, self->send, MACH_MSG_TYPE_MOVE_SEND);
	before = self->msg;
	EXPECT_EQ(MACH_SEND_INVALID_MEMORY, msg_send(&self->msg));
	EXPECT_EQ(0, memcmp(&before, &self->msg, sizeof(before)));
	EXPECT_FALSE(is_mapped(first));
	EXPECT_TRUE(is_mapped(second));
	EXPECT_TRUE(pattern_is(third, PAGE, 3));
	EXPECT_EQ(1, port_send_refs(self->send));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
}

/*
 * Sends a request for which @remote is copied and a send-once right made from
 * @reply, with a region and then a right to copy.
 */
static mach_msg_return_t
send_request(mach_port_name_t remote, mach_port_name_t reply,
	     const void *address, uint32_t size, mach_port_name_t right)
{
	struct message msg;

	message_init(&msg, remote, MACH_MSG_TYPE_COPY_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_ool(&msg, address, size, VIRTUAL, 0);
	message_add_right(&msg, right, MACH_MSG_TYPE_COPY_SEND);
	return msg_send(&msg);
}

/* M-39, M-62, M-63 */
TEST_F(fail, request_with_memory_fails_for_what_comes_first)
{
	mach_port_name_t remote = self->send;
	mach_port_name_t reply = port_new();
	char *good = pattern_new(3 * PAGE, 1), *bad = pages_new(2 * PAGE);
	const mach_port_name_t unknown = 0x12345600;

	ASSERT_EQ(0, munmap(bad + PAGE, PAGE));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_request(unknown, unknown, bad, 2 * PAGE, unknown));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_request(unknown, reply, good, 3 * PAGE, remote));
	EXPECT_EQ(MACH_SEND_INVALID_REPLY,
		  send_request(remote, unknown, bad, 2 * PAGE, unknown));
	EXPECT_EQ(MACH_SEND_INVALID_REPLY,
		  send_request(remote, unknown, good, 3 * PAGE, remote));
	EXPECT_EQ(self->parked, object_excess("bytes"));
	EXPECT_EQ(0, port_status(reply).mps_msgcount);

	/* From here on the reply right is made, and tells of its end. */
	EXPECT_EQ(MACH_SEND_INVALID_MEMORY,
		  send_request(remote, reply, bad, 2 * PAGE, unknown));
	EXPECT_EQ(1, port_status(reply).mps_msgcount);
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  send_request(remote, reply, good, 3 * PAGE, unknown));
	EXPECT_EQ(2, port_status(reply).mps_msgcount);
	EXPECT_EQ(1, port_send_refs(remote));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(reply, &self->rcv));
		EXPECT_EQ(71, self->rcv.head.msgh_id);
	}
	EXPECT_EQ(self->parked, object_excess("bytes"));
}

/* M-92 */
TEST_F(fail, memory_of_a_message_that_timed_out_comes_back)
{
	char *data = pattern_new(3 * PAGE, 9);
	mach_msg_ool_descriptor_t *ool;

	ASSERT_TRUE(port_fill(self->port));
	message_add_ool(&self->msg, data + 1, 2 * PAGE, VIRTUAL, 1);
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	EXPECT_EQ(24 + 4 + 16, self->msg.head.msgh_size);
	ool = message_ool(&self->msg, 0);
	ASSERT_NE(NULL, ool);
	EXPECT_EQ(MACH_MSG_OOL_DESCRIPTOR, ool->type);
	EXPECT_EQ(VIRTUAL, ool->copy);
	EXPECT_EQ(1, ool->deallocate);
	ASSERT_EQ(2 * PAGE, ool->size);
	ASSERT_NE(NULL, ool->address);
	EXPECT_EQ(0, memcmp(pattern_new(3 * PAGE, 9) + 1, ool->address,
			    2 * PAGE));

	/* It can be sent again as it is. */
	EXPECT_EQ(1, msg_receive_id(self->port));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_FALSE(is_mapped(ool->address));
	for (int id = 2; id < 6; id++)
		EXPECT_EQ(id, msg_receive_id(self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(0, memcmp(pattern_new(3 * PAGE, 9) + 1,
			    message_ool(&self->rcv, 0)->address, 2 * PAGE));
}

TEST_F(fail, memory_that_was_kept_comes_back_as_a_copy)
{
	char *data = pattern_new(PAGE, 9);
	mach_msg_ool_descriptor_t *ool;

	ASSERT_TRUE(port_fill(self->port));
	message_add_ool(&self->msg, data, PAGE, PHYSICAL, 0);
	ool = message_add_ool(&self->msg, data, PAGE, VIRTUAL, 0);
	ool->type = MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
	message_add_ool(&self->msg, data, 0, VIRTUAL, 0);
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	for (int i = 0; i < 2; i++) {
		ool = message_ool(&self->msg, i);
		EXPECT_EQ(i ? VIRTUAL : PHYSICAL, ool->copy);
		EXPECT_EQ(i, ool->deallocate);
		EXPECT_EQ(i ? 3 : 1, ool->type);
		ASSERT_EQ(PAGE, ool->size);
		EXPECT_NE(data, ool->address);
		EXPECT_TRUE(pattern_is(ool->address, PAGE, 9));
	}
	EXPECT_EQ(NULL, message_ool(&self->msg, 2)->address);
	EXPECT_EQ(0, message_ool(&self->msg, 2)->size);
	EXPECT_TRUE(pattern_is(data, PAGE, 9));
}

/* M-131 */
TEST_F(fail, region_without_room_is_lost_alone)
{
	char *big = pages_new(8 << 20), *small = pattern_new(PAGE, 5);
	mach_msg_ool_descriptor_t *ool;
	struct rlimit limit;
	mach_msg_return_t mr;

	ASSERT_NE(NULL, big);
	message_add_right(&self->msg, self->send, MACH_MSG_TYPE_COPY_SEND);
	message_add_ool(&self->msg, small, PAGE, VIRTUAL, 0);
	message_add_ool(&self->msg, big, 8 << 20, VIRTUAL, 0);
	message_add_ool(&self->msg, small, PAGE, PHYSICAL, 0);
	message_add_right(&self->msg, self->send, MACH_MSG_TYPE_COPY_SEND);
	*(uint32_t *)message_trailer(&self->msg) = 0xcafecafe;
	self->msg.head.msgh_size += 4;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));

	ASSERT_TRUE(limit_address_space(1 << 20, &limit));
	mr = msg_receive(self->port, &self->rcv);
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &limit));
	EXPECT_TRUE(mr == 0x1000500c || mr == 0x1000440c)
		TH_LOG("result 0x%x", mr);

	EXPECT_EQ(self->msg.head.msgh_size, self->rcv.head.msgh_size);
	ool = message_ool(&self->rcv, 2);
	ASSERT_NE(NULL, ool);
	EXPECT_EQ(MACH_MSG_OOL_DESCRIPTOR, ool->type);
	EXPECT_EQ(NULL, ool->address);
	EXPECT_EQ(0, ool->size);
	EXPECT_EQ(self->send, message_right(&self->rcv, 0)->name);
	EXPECT_EQ(self->send, message_right(&self->rcv, 4)->name);
	EXPECT_EQ(3, port_send_refs(self->send));
	for (int i = 1; i < 4; i += 2) {
		ASSERT_EQ(PAGE, message_ool(&self->rcv, i)->size);
		EXPECT_TRUE(pattern_is(message_ool(&self->rcv, i)->address,
				       PAGE, 5));
	}
	EXPECT_EQ(0xcafecafe, *((uint32_t *)message_trailer(&self->rcv) - 1));
	/* The data is discarded. */
	EXPECT_EQ(self->parked, object_excess("bytes"));
}

TEST_F(fail, memory_beyond_the_share_of_the_sender_is_refused)
{
	unsigned long limit = parameter_read("max_user_bytes");
	char *data;

	ASSERT_NE(0, limit);
	if (limit >= 0xfffff000)
		SKIP(return, "max_user_bytes does not limit one region");
	data = pages_new(limit);
	ASSERT_NE(NULL, data);
	/* Nothing that could be read is missing: there is no buffer for it. */
	EXPECT_EQ(0x400, ool_send(self->port, data, limit, VIRTUAL, 1));
	EXPECT_TRUE(is_mapped(data));
	EXPECT_EQ(self->parked, object_excess("bytes"));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  ool_send(self->port, data, limit / 8, VIRTUAL, 1));
	EXPECT_LE(limit / 8, object_excess("bytes"));
}

/* Sends all kinds of descriptors to the destination. */
static mach_msg_return_t send_all_kinds(FIXTURE_DATA(fail) *self)
{
	char *data = pattern_new(3 * PAGE, 1);
	mach_port_name_t names[3] = { self->send, MACH_PORT_DEAD, self->send };
	mach_msg_ool_descriptor_t *ool;
	mach_msg_return_t mr;

	message_add_ool(&self->msg, data + 1, 2 * PAGE, VIRTUAL, 0);
	message_add_ool_ports(&self->msg, names, 3, MACH_MSG_TYPE_COPY_SEND, 0);
	ool = message_add_ool(&self->msg, data, 2 * PAGE, PHYSICAL, 0);
	ool->type = MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
	message_add_right(&self->msg, self->send, MACH_MSG_TYPE_COPY_SEND);
	message_add_ool(&self->msg, data, 0, VIRTUAL, 0);
	mr = msg_send(&self->msg);
	return region_free(data, 3 * PAGE) ? TEST_POISON : mr;
}

TEST_F(fail, nothing_stays_of_a_message_that_cannot_be_written)
{
	char *edge = memory_edge();
	static struct maps_image maps;
	static struct space_image space;

	ASSERT_TRUE(space_read(&space));
	/* None, the header only, all but the last byte. */
	for (int room = 0; room < 3; room++) {
		static const size_t rooms[] = { 0, 24, 28 + 4 * 16 + 12 + 7 };

		ool_init(&self->msg, self->port);
		ASSERT_EQ(MACH_MSG_SUCCESS, send_all_kinds(self));
		ASSERT_TRUE(maps_read(&maps));
		EXPECT_EQ(MACH_RCV_INVALID_DATA,
			  msg_trap(edge - rooms[room],
				   MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
				   PAGE, self->port, 0));
		EXPECT_TRUE(maps_are(&maps)) TH_LOG("room %d", room);
		EXPECT_TRUE(space_is(&space));
		EXPECT_EQ(0, port_status(self->port).mps_msgcount);
		EXPECT_EQ(self->parked, object_excess("bytes"));
	}
}

TEST_F(fail, nothing_stays_of_a_message_that_cannot_be_given_back)
{
	static struct maps_image maps;
	struct message *msg = (void *)pages_new(PAGE);

	ASSERT_TRUE(port_fill(self->port));
	ool_init(msg, self->port);
	message_add_ool(msg, &maps, sizeof(maps), VIRTUAL, 0);
	ASSERT_EQ(0, mprotect(msg, PAGE, PROT_READ));
	ASSERT_TRUE(maps_read(&maps));
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(msg));
	EXPECT_TRUE(maps_are(&maps));
}

TEST_HARNESS_MAIN
