// SPDX-License-Identifier: GPL-2.0
/*
 * Messages that bring more rights than the receiver has room for names.
 */
#include "machipc_utils.h"

FIXTURE(names) {
	unsigned long limit;		/* of the module, before the test */
	mach_port_name_t port;		/* R + S(1) */
	mach_port_name_t reply;		/* R */
	struct message msg;
	struct message rcv;
};

FIXTURE_SETUP(names)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->limit = parameter_read("max_names");
	ASSERT_NE(0, self->limit);
	self->port = port_new_send();
	self->reply = port_new();
	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
		     MACH_PORT_NULL, 0);
	self->msg.head.msgh_id = 5;
}

FIXTURE_TEARDOWN(names)
{
	parameter_write("max_names", self->limit);
}

/* Leaves room for @free more names in this space. */
static bool leave_names(uint32_t free)
{
	mach_port_name_t name = MACH_PORT_NULL;

	if (!parameter_write("max_names", name_count() + free))
		return false;
	for (uint32_t i = 0; i < free; i++)
		if (port_allocate(MACH_PORT_RIGHT_DEAD_NAME, &name))
			return false;
	if (port_allocate(MACH_PORT_RIGHT_DEAD_NAME, &name) != KERN_NO_SPACE)
		return false;
	/* What the check took is given back. */
	return parameter_write("max_names", name_count() + free);
}

TEST_F(names, allocation_beyond_the_limit_is_no_space)
{
	mach_port_name_t name = TEST_POISON;

	ASSERT_TRUE(leave_names(1));
	EXPECT_EQ(KERN_SUCCESS, port_allocate(MACH_PORT_RIGHT_RECEIVE, &name));
	EXPECT_EQ(KERN_NO_SPACE, port_allocate(MACH_PORT_RIGHT_RECEIVE, &name));
	EXPECT_EQ(MACH_PORT_NULL, reply_port());
	EXPECT_EQ(KERN_SUCCESS, port_destroy(name));
	EXPECT_EQ(KERN_SUCCESS, port_allocate(MACH_PORT_RIGHT_RECEIVE, &name));
}

/* M-123 */
TEST_F(names, reply_without_a_name_is_a_header_error)
{
	const mach_msg_trailer_t *trailer;

	self->msg.head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	self->msg.head.msgh_local_port = self->reply;
	message_add_port(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_TRUE(leave_names(0));

	EXPECT_EQ(0x1000600b, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(MACH_MSGH_BITS_COMPLEX | 0x1112, self->rcv.head.msgh_bits);
	EXPECT_EQ(24, self->rcv.head.msgh_size);
	EXPECT_EQ(MACH_PORT_NULL, self->rcv.head.msgh_remote_port);
	EXPECT_EQ(self->port, self->rcv.head.msgh_local_port);
	EXPECT_EQ(5, self->rcv.head.msgh_id);
	trailer = message_trailer(&self->rcv);
	EXPECT_EQ(0, trailer->msgh_trailer_type);
	EXPECT_EQ(8, trailer->msgh_trailer_size);
	EXPECT_EQ(0xa5a5a5a5, self->rcv.word[2]);

	/* The message is gone, and so are its rights. */
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->reply));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(1, port_send_refs(self->port));
}

/* M-170 */
TEST_F(names, reply_needs_room_even_if_it_has_a_name)
{
	self->msg.head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND);
	self->msg.head.msgh_local_port = self->reply;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_TRUE(leave_names(0));

	EXPECT_EQ(0x1000600b, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(MACH_PORT_NULL, self->rcv.head.msgh_remote_port);
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->reply));
}

/* M-132 */
TEST_F(names, rights_without_a_name_are_a_body_error)
{
	mach_port_name_t once = port_new();

	message_add_port(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND);
	message_add_port(&self->msg, once, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&self->msg, once, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	self->msg.word[1 + 9] = 0xcafecafe;
	self->msg.head.msgh_size += 4;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_TRUE(leave_names(0));

	EXPECT_EQ(0x1000600c, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(3, self->rcv.count);
	/* A right that needs no new name is received. */
	EXPECT_EQ(self->port, self->rcv.port[0].name);
	EXPECT_EQ(2, port_send_refs(self->port));
	for (int i = 1; i < 3; i++) {
		EXPECT_EQ(MACH_PORT_NULL, self->rcv.port[i].name);
		EXPECT_EQ(18, self->rcv.port[i].disposition);
		EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
	}
	EXPECT_EQ(-1, msg_receive_id(once));
	EXPECT_EQ(0xcafecafe, self->rcv.word[1 + 9]);
}

/* M-132 */
TEST_F(names, one_name_serves_one_of_two_rights)
{
	mach_port_name_t once = port_new(), got = MACH_PORT_NULL;

	message_add_port(&self->msg, once, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&self->msg, once, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_TRUE(leave_names(1));

	EXPECT_EQ(0x1000600c, msg_receive(self->port, &self->rcv));
	for (int i = 0; i < 2; i++)
		if (self->rcv.port[i].name != MACH_PORT_NULL)
			got = self->rcv.port[i].name;
	EXPECT_EQ(got, self->rcv.port[0].name ^ self->rcv.port[1].name);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(got));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
	EXPECT_EQ(-1, msg_receive_id(once));
}

TEST_F(names, receive_right_without_a_name_dies)
{
	mach_port_name_t moved = port_new();

	message_add_port(&self->msg, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_TRUE(leave_names(0));
	EXPECT_EQ(0x1000600c, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(MACH_PORT_NULL, self->rcv.port[0].name);
	EXPECT_EQ(16, self->rcv.port[0].disposition);
}

TEST_F(names, right_that_cannot_be_given_back_is_destroyed)
{
	ASSERT_TRUE(port_fill(self->port));
	self->msg.head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	self->msg.head.msgh_local_port = self->reply;
	ASSERT_TRUE(leave_names(0));
	EXPECT_EQ(MACH_SEND_TIMED_OUT | MACH_MSG_IPC_SPACE,
		  msg_send(&self->msg));
	EXPECT_EQ(0x1211, self->msg.head.msgh_bits);
	EXPECT_EQ(self->port, self->msg.head.msgh_remote_port);
	EXPECT_EQ(MACH_PORT_NULL, self->msg.head.msgh_local_port);
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->reply));
}

TEST_HARNESS_MAIN
