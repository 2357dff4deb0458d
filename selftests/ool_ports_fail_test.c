// SPDX-License-Identifier: GPL-2.0
/*
 * Out-of-line arrays of ports that are too much, are bad in part, find no room
 * at the receiver or are destroyed: what becomes of their rights.
 */
#include "ool_utils.h"

FIXTURE(ports_fail) {
	mach_port_name_t port;		/* the destination: R */
	mach_port_name_t parking;	/* R, where receive rights are parked */
	mach_port_name_t send;		/* S(1) */
	unsigned long max_names;	/* limits of the module, before */
	unsigned long max_user_bytes;
	struct message msg;		/* to the destination */
	struct message rcv;
};

FIXTURE_SETUP(ports_fail)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->max_names = parameter_read("max_names");
	self->max_user_bytes = parameter_read("max_user_bytes");
	ASSERT_NE(0, self->max_names);
	ASSERT_NE(0, self->max_user_bytes);
	self->port = port_new();
	self->parking = port_new();
	ASSERT_TRUE(port_widen(self->parking));
	self->send = port_new_parked(self->parking);
	ASSERT_EQ(MACH_PORT_TYPE_SEND, port_type(self->send));
	ool_init(&self->msg, self->port);
}

FIXTURE_TEARDOWN(ports_fail)
{
	parameter_write("max_names", self->max_names);
	parameter_write("max_user_bytes", self->max_user_bytes);
}

/* M-10 */
TEST_F(ports_fail, array_has_as_many_elements_as_a_message_may_have_ports)
{
	mach_port_name_t *names = (void *)pages_new(0x20000);

	ASSERT_NE(NULL, names);
	EXPECT_EQ(MACH_SEND_TOO_LARGE,
		  array_send(self->port, names, PORTS_MAX + 1, COPY_SEND));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  array_pass(&self->rcv, self->port, names, PORTS_MAX,
			     COPY_SEND));
	EXPECT_EQ(PORTS_MAX, message_ool_ports(&self->rcv, 0)->count);
	EXPECT_TRUE(bytes_are(message_names(&self->rcv, 0), PORTS_MAX * 4, 0));
}

/* M-10, M-170 */
TEST_F(ports_fail, ports_of_all_descriptors_count)
{
	mach_port_name_t *names = (void *)pages_new(0x20000);
	mach_msg_ool_ports_descriptor_t *array;

	ASSERT_NE(NULL, names);
	message_add_right(&self->msg, MACH_PORT_NULL, COPY_SEND);
	message_add_ool_ports(&self->msg, names, 6000, COPY_SEND, 0);
	message_add_right(&self->msg, MACH_PORT_DEAD, COPY_SEND);
	message_add_ool(&self->msg, names, 0x20000, VIRTUAL, 0);
	array = message_add_ool_ports(&self->msg, names, PORTS_MAX - 6000 - 1,
				      COPY_SEND, 0);
	EXPECT_EQ(MACH_SEND_TOO_LARGE, msg_send(&self->msg));
	array->count--;
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
}

TEST_F(ports_fail, limit_is_checked_before_anything_is_taken)
{
	static const uint32_t counts[] = {
		PORTS_MAX + 1, ARRAY_MAX, ARRAY_MAX + 1, 0x3fffffff,
		0x40000000, 0x40000001, 0x7fffffff, 0x80000000, 0xffffffff,
	};
	char *page = pages_new(PAGE);

	for (int i = 0; i < ARRAY_SIZE(counts); i++) {
		mach_port_name_t dest = port_new_parked(port_new());

		message_init(&self->msg, dest, MOVE_SEND, MACH_PORT_NULL, 0);
		message_add_right(&self->msg, self->send, MOVE_SEND);
		message_add_ool(&self->msg, page, PAGE, VIRTUAL, 1);
		/* There is nothing to be read. */
		message_add_ool_ports(&self->msg, (void *)1, counts[i],
				      COPY_SEND, 1);
		EXPECT_EQ(MACH_SEND_TOO_LARGE, msg_send(&self->msg));
		EXPECT_EQ(1, port_send_refs(self->send));
		EXPECT_TRUE(is_mapped(page));
		EXPECT_FALSE(port_exists(dest));
	}
}

/* The sum of two counts is small again after 32 bits. */
TEST_F(ports_fail, sum_of_counts_cannot_overflow)
{
	for (int i = 0; i < 60; i++)
		message_add_ool_ports(&self->msg, NULL,
				      i < 58 ? ARRAY_MAX : 0x80000000, 0, 0);
	EXPECT_EQ(MACH_SEND_TOO_LARGE, msg_send(&self->msg));
}

/* M-16 */
TEST_F(ports_fail, disposition_that_makes_no_right_is_invalid)
{
	static const uint8_t wrong[] = { 0, 1, 15, 22, 23, 24, 25, 26, 255 };
	mach_port_name_t names[] = { MACH_PORT_NULL, port_new_send() };

	for (int i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
			  array_send(self->port, names, 2, wrong[i]))
			TH_LOG("disposition %u", wrong[i]);
	}
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(names[1]));
}

/* M-68, M-170 */
TEST_F(ports_fail, bad_copy_option_is_found_when_it_is_the_turn)
{
	for (int copy = 2; copy < 256; copy += copy < 5 ? 1 : 50) {
		mach_port_name_t before = port_new_parked(self->parking);
		mach_msg_ool_ports_descriptor_t *array;
		char *page = pages_new(PAGE);

		ool_init(&self->msg, self->port);
		message_add_right(&self->msg, before, MOVE_SEND);
		message_add_ool(&self->msg, page, PAGE, VIRTUAL, 1);
		/* The option counts before the address, and without any. */
		array = message_add_ool_ports(&self->msg, (void *)1, copy % 3,
					      COPY_SEND, 0);
		array->copy = copy;
		message_add_right(&self->msg, self->send, MOVE_SEND);
		EXPECT_EQ(MACH_SEND_INVALID_TYPE, msg_send(&self->msg))
			TH_LOG("copy %d", copy);
		EXPECT_FALSE(port_exists(before));
		EXPECT_FALSE(is_mapped(page));
		EXPECT_EQ(1, port_send_refs(self->send));
	}
}

/* M-69 */
TEST_F(ports_fail, rights_before_a_bad_element_are_lost)
{
	mach_port_name_t names[3] = {
		port_new_parked(self->parking), port_new_parked(self->parking),
		stale_name(),
	};

	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  array_send(self->port, names, 3, MOVE_SEND));
	EXPECT_FALSE(port_exists(names[0]));
	EXPECT_FALSE(port_exists(names[1]));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
}

/* M-69 */
TEST_F(ports_fail, rights_after_a_bad_element_are_untouched)
{
	for (int bad = 0; bad < 6; bad++) {
		mach_port_name_t names[6];

		for (int i = 0; i < 6; i++)
			names[i] = i == bad ? self->port :
					      port_new_parked_sends(self->parking, 2);
		EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
			  array_send(self->port, names, 6, MOVE_SEND));
		for (int i = 0; i < 6; i++) {
			if (i == bad)
				continue;
			EXPECT_EQ(i < bad ? 1 : 2, port_send_refs(names[i]))
				TH_LOG("bad %d, element %d", bad, i);
		}
	}
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->port));
}

/* What is left in memory of names that look like a type is never a right. */
TEST_F(ports_fail, elements_after_a_bad_one_are_not_looked_at)
{
	for (int type = MACH_MSG_TYPE_PORT_RECEIVE;
	     type <= MACH_MSG_TYPE_PORT_SEND_ONCE; type++) {
		mach_port_name_t names[64];

		for (int i = 0; i < ARRAY_SIZE(names); i++)
			names[i] = type;
		names[0] = MACH_PORT_NULL;
		names[1] = stale_name();
		EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
			  array_send(self->port, names, ARRAY_SIZE(names),
				     COPY_SEND));
	}
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->port));
}

TEST_F(ports_fail, receive_rights_before_a_bad_element_die)
{
	mach_port_name_t names[3] = {
		port_new_send(), self->send, port_new_send(),
	};

	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  array_send(self->port, names, 3, MOVE_RECEIVE));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(names[0]));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(names[1]));
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(names[2]));
}

TEST_F(ports_fail, send_once_rights_before_a_bad_element_tell_their_port)
{
	mach_port_name_t once = port_new();
	mach_port_name_t names[3] = { once, once, stale_name() };

	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  array_send(self->port, names, 3, MAKE_SEND_ONCE));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
	EXPECT_EQ(-1, msg_receive_id(once));
}

/* M-70 */
TEST_F(ports_fail, array_with_a_bad_name_is_removed_all_the_same)
{
	mach_port_name_t *names = (void *)pages_new(2 * PAGE);

	names[0] = stale_name();
	message_add_ool_ports(&self->msg, names, 3, COPY_SEND, 1);
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT, msg_send(&self->msg));
	EXPECT_EQ(2, pages_mapped((void *)names, 2));
}

TEST_F(ports_fail, array_that_cannot_be_read_is_invalid_memory)
{
	char *pages = pages_new(2 * PAGE);
	mach_port_name_t *names = (void *)(pages + PAGE) - 8;

	ASSERT_EQ(0, munmap(pages + PAGE, PAGE));
	/* A bad name in the part that can be read does not count. */
	names[0] = self->send;
	names[1] = stale_name();
	message_add_ool_ports(&self->msg, names, 3, MOVE_SEND, 1);
	EXPECT_EQ(MACH_SEND_INVALID_MEMORY, msg_send(&self->msg));
	EXPECT_EQ(1, port_send_refs(self->send));
	EXPECT_TRUE(is_mapped(pages));
}

TEST_F(ports_fail, more_moves_than_references_are_invalid)
{
	mach_port_name_t names[3] = { self->send, self->send, self->send };

	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->send, MACH_PORT_RIGHT_SEND, 1));
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  array_send(self->port, names, 3, MOVE_SEND));
	EXPECT_FALSE(port_exists(self->send));
}

TEST_F(ports_fail, receive_right_cannot_be_moved_twice)
{
	mach_port_name_t moved = port_new_send();
	mach_port_name_t names[2] = { moved, moved };

	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  array_send(self->port, names, 2, MOVE_RECEIVE));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(moved));
}

TEST_F(ports_fail, rights_of_a_message_that_is_destroyed_are_released)
{
	mach_port_name_t once = port_new(), moved = port_new_send();
	mach_port_name_t counted = port_new_send(), notify = port_new();
	mach_port_name_t pair[2] = { once, once };
	struct message rcv;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(counted, MACH_NOTIFY_NO_SENDERS, 1, notify));
	message_add_ool_ports(&self->msg, pair, 2, MAKE_SEND_ONCE, 0);
	message_add_ool_ports(&self->msg, &moved, 1, MOVE_RECEIVE, 0);
	message_add_ool_ports(&self->msg, &counted, 1, MOVE_SEND, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(-1, msg_receive_id(notify));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  msg_trap(&rcv, MACH_RCV_MSG, 0, 28, self->port, 0));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
	EXPECT_EQ(-1, msg_receive_id(once));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(moved));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, msg_receive_id(notify));
}

TEST_F(ports_fail, rights_of_a_message_that_cannot_be_written_are_released)
{
	mach_port_name_t once = port_new(), moved = port_new_send();
	mach_port_name_t counted = port_new_send(), notify = port_new();
	mach_port_name_t pair[2] = { once, once };
	static struct space_image space;
	static struct maps_image maps;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(counted, MACH_NOTIFY_NO_SENDERS, 1, notify));
	ASSERT_TRUE(space_read(&space));
	ASSERT_TRUE(maps_read(&maps));
	message_add_ool_ports(&self->msg, pair, 2, MAKE_SEND_ONCE, 0);
	message_add_ool_ports(&self->msg, &moved, 1, MOVE_RECEIVE, 0);
	message_add_ool_ports(&self->msg, &counted, 1, MOVE_SEND, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_INVALID_DATA,
		  msg_trap(NULL, MACH_RCV_MSG, 0, 1000, self->port, 0));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
	EXPECT_EQ(-1, msg_receive_id(once));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(moved));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, msg_receive_id(notify));
	EXPECT_EQ(space.count, name_count());
	EXPECT_TRUE(maps_are(&maps));
}

/* M-131 */
TEST_F(ports_fail, array_without_room_is_lost_with_its_rights)
{
	mach_port_name_t *names = (void *)pages_new(PORTS_MAX * 4);
	mach_msg_ool_ports_descriptor_t *array;
	mach_port_name_t once = port_new();
	struct rlimit limit;
	mach_msg_return_t mr;

	ASSERT_NE(NULL, names);
	names[0] = once;
	names[PORTS_MAX - 4] = once;
	message_add_ool_ports(&self->msg, names, PORTS_MAX - 3, MAKE_SEND_ONCE,
			      0);
	message_add_right(&self->msg, self->send, COPY_SEND);
	message_add_ool_ports(&self->msg, &self->send, 1, COPY_SEND, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));

	ASSERT_TRUE(limit_address_space(2 * PAGE, &limit));
	mr = msg_receive(self->port, &self->rcv);
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &limit));
	EXPECT_TRUE(mr == 0x1000500c || mr == 0x1000440c)
		TH_LOG("result 0x%x", mr);

	array = message_ool_ports(&self->rcv, 0);
	ASSERT_NE(NULL, array);
	EXPECT_EQ(MACH_MSG_OOL_PORTS_DESCRIPTOR, array->type);
	EXPECT_EQ(NULL, array->address);
	EXPECT_EQ(PORTS_MAX - 3, array->count);
	EXPECT_EQ(18, array->disposition);
	EXPECT_EQ(1, array->deallocate);
	EXPECT_EQ(1, array->copy);
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
	EXPECT_EQ(self->send, message_right(&self->rcv, 1)->name);
	ASSERT_EQ(1, message_ool_ports(&self->rcv, 2)->count);
	EXPECT_EQ(self->send, message_names(&self->rcv, 2)[0]);
	EXPECT_EQ(3, port_send_refs(self->send));
}

/* M-132 */
TEST_F(ports_fail, elements_without_a_name_are_null)
{
	mach_port_name_t once = port_new(), *got;
	mach_port_name_t names[4] = { once, MACH_PORT_DEAD, once, once };
	int arrived = 0;

	message_add_ool_ports(&self->msg, names, 4, MAKE_SEND_ONCE, 0);
	message_add_ool_ports(&self->msg, &self->send, 1, COPY_SEND, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_TRUE(parameter_write("max_names", name_count() + 1));
	EXPECT_EQ(0x1000600c, msg_receive(self->port, &self->rcv));
	ASSERT_EQ(4, message_ool_ports(&self->rcv, 0)->count);
	got = message_names(&self->rcv, 0);
	EXPECT_EQ(MACH_PORT_DEAD, got[1]);
	for (int i = 0; i < 4; i++) {
		if (i == 1 || got[i] == MACH_PORT_NULL)
			continue;
		EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(got[i]));
		arrived++;
	}
	EXPECT_EQ(1, arrived);
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
	EXPECT_EQ(-1, msg_receive_id(once));
	/* A right that needs no new name is received. */
	EXPECT_EQ(self->send, message_names(&self->rcv, 1)[0]);
}

TEST_F(ports_fail, special_bits_of_memory_and_names_accumulate)
{
	mach_port_name_t once = port_new();
	char *big = pages_new(4 << 20);
	struct rlimit limit;
	mach_msg_return_t mr;

	message_add_ool_ports(&self->msg, &once, 1, MAKE_SEND_ONCE, 0);
	message_add_ool(&self->msg, big, 4 << 20, VIRTUAL, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_TRUE(parameter_write("max_names", name_count()));
	ASSERT_TRUE(limit_address_space(1 << 20, &limit));
	mr = msg_receive(self->port, &self->rcv);
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &limit));
	EXPECT_TRUE(mr == 0x1000700c || mr == 0x1000640c)
		TH_LOG("result 0x%x", mr);
	EXPECT_EQ(MACH_PORT_NULL, message_names(&self->rcv, 0)[0]);
	EXPECT_EQ(0, message_ool(&self->rcv, 1)->size);
}

TEST_F(ports_fail, array_beyond_the_share_of_the_sender_has_no_buffer)
{
	mach_port_name_t *names = (void *)pages_new(PORTS_MAX * 4);

	ASSERT_NE(NULL, names);
	names[0] = self->send;
	ASSERT_TRUE(parameter_write("max_user_bytes", 65536));
	message_add_ool_ports(&self->msg, names, PORTS_MAX, MOVE_SEND, 1);
	EXPECT_EQ(MACH_SEND_NO_BUFFER, msg_send(&self->msg));
	EXPECT_EQ(1, port_send_refs(self->send));
	EXPECT_TRUE(is_mapped(names));
}

TEST_HARNESS_MAIN
