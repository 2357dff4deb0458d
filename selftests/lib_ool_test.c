// SPDX-License-Identifier: GPL-2.0
/*
 * libmachipc: mach_msg_destroy() of messages that were received with memory
 * and arrays.
 */
#include "ool_utils.h"

#include <mach/mach.h>

#define NAMES	3

FIXTURE(lib_ool) {
	mach_port_name_t port;		/* R, of the messages */
	mach_port_name_t right;		/* R+S, sent in them */
	char *pages;
	mach_port_name_t names[NAMES];
	struct message msg;
	struct message rcv;
	struct maps_image before;
};

FIXTURE_SETUP(lib_ool)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	self->right = port_new_send();
	self->pages = pattern_new(2 * PAGE, 1);
	ASSERT_NE(NULL, self->pages);
	for (int i = 0; i < NAMES; i++)
		self->names[i] = self->right;
	ool_init(&self->msg, self->port);
	/* What the first look at the address space needs is there. */
	ASSERT_TRUE(maps_read(&self->before));
}

FIXTURE_TEARDOWN(lib_ool)
{
}

/* M-157 */
TEST_F(lib_ool, destroyed_message_leaves_nothing)
{
	mach_port_name_t moved = port_new_send();
	uint32_t names;

	message_add_ool(&self->msg, self->pages + 5, PAGE, VIRTUAL, 0);
	message_add_right(&self->msg, self->right, COPY_SEND);
	message_add_ool_ports(&self->msg, self->names, NAMES, COPY_SEND, 0);
	message_add_right(&self->msg, self->right, MAKE_SEND_ONCE);
	message_add_right(&self->msg, moved, MOVE_RECEIVE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	names = name_count();
	ASSERT_TRUE(maps_read(&self->before));

	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	ASSERT_EQ(1 + 1 + NAMES, port_send_refs(self->right));
	ASSERT_EQ(names + 1, name_count());
	ASSERT_FALSE(maps_are(&self->before));

	mach_msg_destroy(&self->rcv.head);
	EXPECT_EQ(1, port_send_refs(self->right));
	EXPECT_EQ(names, name_count());
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(moved));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->right));
	EXPECT_TRUE(maps_are(&self->before));
}

/* M-158 */
TEST_F(lib_ool, destroyed_message_leaves_a_physical_copy)
{
	mach_msg_ool_descriptor_t *ool;
	uint32_t names;

	message_add_ool(&self->msg, self->pages, 2 * PAGE, PHYSICAL, 0);
	message_add_ool_ports(&self->msg, self->names, NAMES, COPY_SEND, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	names = name_count();

	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	ool = message_ool(&self->rcv, 0);
	mach_msg_destroy(&self->rcv.head);
	EXPECT_TRUE(pattern_is(ool->address, 2 * PAGE, 1));
	EXPECT_FALSE(is_mapped(message_names(&self->rcv, 1)));
	EXPECT_EQ(1, port_send_refs(self->right));
	EXPECT_EQ(names, name_count());
	/* The port that it was received from is the caller's as before. */
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->port));
	ASSERT_EQ(0, region_free(ool->address, 2 * PAGE));
	EXPECT_TRUE(maps_are(&self->before));
}

TEST_F(lib_ool, destroyed_message_leaves_volatile_memory)
{
	mach_msg_ool_descriptor_t *ool;

	message_add_ool(&self->msg, self->pages, PAGE, VIRTUAL, 0)->type =
		MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	ool = message_ool(&self->rcv, 0);
	mach_msg_destroy(&self->rcv.head);
	EXPECT_TRUE(pattern_is(ool->address, PAGE, 1));
}

/* What a refused send has given back is a message like any other. */
TEST_F(lib_ool, destroyed_message_that_came_back_leaves_nothing)
{
	ASSERT_TRUE(port_fill(self->port));
	message_add_ool(&self->msg, self->pages, PAGE, VIRTUAL, 0);
	message_add_ool_ports(&self->msg, self->names, NAMES, COPY_SEND, 0);
	message_add_right(&self->msg, self->right, COPY_SEND);
	ASSERT_TRUE(maps_read(&self->before));
	ASSERT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	ASSERT_EQ(1 + 1 + NAMES, port_send_refs(self->right));

	mach_msg_destroy(&self->msg.head);
	EXPECT_EQ(1, port_send_refs(self->right));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->port));
	EXPECT_TRUE(maps_are(&self->before));
}

TEST_HARNESS_MAIN
