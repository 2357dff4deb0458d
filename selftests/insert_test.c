// SPDX-License-Identifier: GPL-2.0
/*
 * mach_port_insert_right and mach_port_extract_right: what becomes of the entry
 * and of the right, also of one that could not be inserted.
 */
#include "port_utils.h"

#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND
#define MAKE_SEND_ONCE	MACH_MSG_TYPE_MAKE_SEND_ONCE
#define COPY_SEND	MACH_MSG_TYPE_COPY_SEND
#define MOVE_SEND	MACH_MSG_TYPE_MOVE_SEND
#define MOVE_SEND_ONCE	MACH_MSG_TYPE_MOVE_SEND_ONCE
#define MOVE_RECEIVE	MACH_MSG_TYPE_MOVE_RECEIVE

/* A name that is free and that the caller may choose. */
#define FREE_NAME	0x7703

FIXTURE(insert) {
};

FIXTURE_SETUP(insert)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
}

FIXTURE_TEARDOWN(insert)
{
}

TEST_F(insert, send_right_adds_a_reference_under_its_name)
{
	mach_port_name_t name = port_new();

	EXPECT_EQ(KERN_SUCCESS, port_insert_right(name, name, MAKE_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 1));
	EXPECT_EQ(KERN_SUCCESS, port_insert_right(name, name, MAKE_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 2));
	EXPECT_EQ(KERN_SUCCESS, port_insert_right(name, name, COPY_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 3));
	EXPECT_EQ(KERN_SUCCESS, port_insert_right(name, name, MOVE_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 3));
	EXPECT_EQ(1, port_srights(name));
}

TEST_F(insert, copied_send_right_adds_a_reference)
{
	mach_port_name_t name = entry_new(ENTRY_S, 2);

	EXPECT_EQ(KERN_SUCCESS, port_insert_right(name, name, COPY_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_S, 3));
}

/* The only way to rename a right. */
TEST_F(insert, last_send_right_moves_to_a_free_name)
{
	mach_port_name_t parking = port_new();
	mach_port_name_t name = port_new_parked(parking);

	EXPECT_EQ(KERN_SUCCESS, port_insert_right(FREE_NAME, name, MOVE_SEND));
	EXPECT_FALSE(port_exists(name));
	EXPECT_TRUE(entry_is(FREE_NAME, ENTRY_S, 1));
	/* The receive right comes back to where the send right is. */
	EXPECT_EQ(FREE_NAME, port_take(parking));
	EXPECT_TRUE(entry_is(FREE_NAME, ENTRY_RS, 1));
	EXPECT_EQ(1, port_srights(FREE_NAME));
}

TEST_F(insert, send_once_right_takes_a_free_name)
{
	mach_port_name_t name = port_new();

	EXPECT_EQ(KERN_SUCCESS,
		  port_insert_right(FREE_NAME, name, MAKE_SEND_ONCE));
	EXPECT_TRUE(entry_is(FREE_NAME, ENTRY_SO, 1));
	EXPECT_EQ(1, port_status(name).mps_sorights);
	EXPECT_EQ(0, msg_send_id(FREE_NAME, MOVE_SEND_ONCE, 7));
	EXPECT_EQ(7, msg_receive_id(name));
}

/* P-73 */
TEST_F(insert, receive_right_moves_to_a_free_name_with_its_queue)
{
	mach_port_name_t name = port_new();

	for (int id = 1; id <= 3; id++)
		ASSERT_EQ(0, msg_send_id(name, MAKE_SEND, id));
	EXPECT_EQ(KERN_SUCCESS,
		  port_insert_right(FREE_NAME, name, MOVE_RECEIVE));
	EXPECT_FALSE(port_exists(name));
	EXPECT_TRUE(entry_is(FREE_NAME, ENTRY_R, 0));
	for (int id = 1; id <= 3; id++)
		EXPECT_EQ(id, msg_receive_id(FREE_NAME));
}

/* Table of 5.4: a receive right may join the send right it belongs to. */
TEST_F(insert, receive_right_stays_with_its_send_right)
{
	mach_port_name_t name = port_new_sends(2);

	EXPECT_EQ(KERN_SUCCESS, port_insert_right(name, name, MOVE_RECEIVE));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 2));
}

/* P-69 */
TEST_F(insert, send_right_of_a_known_port_gets_no_second_name)
{
	mach_port_name_t name = port_new();

	EXPECT_EQ(KERN_RIGHT_EXISTS,
		  port_insert_right(FREE_NAME, name, MAKE_SEND));
	EXPECT_FALSE(port_exists(FREE_NAME));
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
	EXPECT_EQ(1, port_status(name).mps_mscount);
}

/* P-70 */
TEST_F(insert, known_port_comes_before_name_in_use)
{
	mach_port_name_t name = port_new(), other = port_new();

	EXPECT_EQ(KERN_RIGHT_EXISTS, port_insert_right(other, name, MAKE_SEND));
	EXPECT_TRUE(entry_is(other, ENTRY_R, 0));
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
}

/* P-71 */
TEST_F(insert, send_once_right_that_is_refused_notifies)
{
	mach_port_name_t name = port_new(), other = port_new();

	EXPECT_EQ(KERN_NAME_EXISTS,
		  port_insert_right(other, name, MAKE_SEND_ONCE));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(name));
	EXPECT_EQ(-1, msg_receive_id(name));
	EXPECT_EQ(-1, msg_receive_id(other));
}

/* P-72 */
TEST_F(insert, receive_right_that_is_refused_dies)
{
	mach_port_name_t name = port_new(), other = port_new();
	mach_port_name_t once = port_new_send_once(name);

	EXPECT_EQ(KERN_NAME_EXISTS,
		  port_insert_right(other, name, MOVE_RECEIVE));
	EXPECT_FALSE(port_exists(name));
	EXPECT_TRUE(entry_is(once, ENTRY_DN, 1));
	EXPECT_TRUE(entry_is(other, ENTRY_R, 0));
}

/* P-72 */
TEST_F(insert, receive_right_refused_beside_its_send_right_dies)
{
	mach_port_name_t name = port_new_sends(2), other = port_new();

	EXPECT_EQ(KERN_RIGHT_EXISTS,
		  port_insert_right(other, name, MOVE_RECEIVE));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
	EXPECT_TRUE(entry_is(other, ENTRY_R, 0));
}

/* P-74 */
TEST_F(insert, dead_name_is_an_invalid_capability)
{
	mach_port_name_t name = dead_name_new(3);

	EXPECT_EQ(KERN_INVALID_CAPABILITY,
		  port_insert_right(FREE_NAME, name, COPY_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 3));
	EXPECT_EQ(KERN_INVALID_CAPABILITY,
		  port_insert_right(FREE_NAME, name, MOVE_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
	EXPECT_EQ(KERN_INVALID_CAPABILITY,
		  port_insert_right(FREE_NAME, name, MOVE_SEND_ONCE));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 1));
	EXPECT_FALSE(port_exists(FREE_NAME));
}

/* P-75 */
TEST_F(insert, name_must_be_valid)
{
	mach_port_name_t name = port_new();

	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_insert_right(MACH_PORT_NULL, name, MAKE_SEND));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_insert_right(MACH_PORT_DEAD, name, MAKE_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
	EXPECT_EQ(0, port_srights(name));
}

TEST_F(insert, chosen_slot_must_be_free_and_not_the_first)
{
	mach_port_name_t name = port_new(), other = port_new();

	EXPECT_EQ(KERN_FAILURE,
		  port_insert_right(other ^ 4, name, MAKE_SEND_ONCE));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(name));
	EXPECT_EQ(KERN_FAILURE, port_insert_right(0x03, name, MAKE_SEND_ONCE));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(name));
	EXPECT_EQ(KERN_NO_SPACE,
		  port_insert_right(0xffffff03, name, MAKE_SEND_ONCE));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(name));
}

TEST_F(insert, slot_is_looked_at_before_the_port)
{
	mach_port_name_t name = port_new(), other = port_new();

	EXPECT_EQ(KERN_FAILURE,
		  port_insert_right(other ^ 4, name, MAKE_SEND));
	EXPECT_EQ(KERN_FAILURE, port_insert_right(0x03, name, MAKE_SEND));
	EXPECT_EQ(KERN_NO_SPACE,
		  port_insert_right(0xffffff03, name, MAKE_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
	EXPECT_EQ(0, port_srights(name));
}

TEST_F(insert, source_must_hold_the_right)
{
	mach_port_name_t receive = port_new(), send = entry_new(ENTRY_S, 1);

	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_insert_right(FREE_NAME, receive, COPY_SEND));
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_insert_right(FREE_NAME, receive, MOVE_SEND_ONCE));
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_insert_right(FREE_NAME, send, MAKE_SEND));
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_insert_right(FREE_NAME, send, MOVE_RECEIVE));
	EXPECT_EQ(KERN_INVALID_NAME,
		  port_insert_right(FREE_NAME, stale_name(), MAKE_SEND));
	EXPECT_FALSE(port_exists(FREE_NAME));
}

/* P-200 */
TEST_F(insert, send_right_that_is_refused_is_released)
{
	mach_port_name_t name = port_new_send();

	EXPECT_EQ(1, port_srights(name));
	EXPECT_EQ(KERN_RIGHT_EXISTS,
		  port_insert_right(FREE_NAME, name, MAKE_SEND));
	EXPECT_EQ(KERN_RIGHT_EXISTS,
		  port_insert_right(FREE_NAME, name, COPY_SEND));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_insert_right(MACH_PORT_NULL, name, MAKE_SEND));
	EXPECT_EQ(1, port_srights(name));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 1));
}

/* P-200 */
TEST_F(insert, refused_move_of_the_last_send_right_is_no_senders)
{
	mach_port_name_t name = port_new_send(), notify = port_new();
	mach_port_name_t other = port_new();
	uint32_t count;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_NO_SENDERS, 0, notify));
	EXPECT_EQ(KERN_RIGHT_EXISTS, port_insert_right(other, name, MOVE_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
	EXPECT_EQ(0, port_srights(name));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, note_receive(notify, &count));
}

/* P-76 */
TEST_F(insert, extract_takes_known_dispositions_only)
{
	mach_msg_type_name_t wrong[] = { 0, 15, 22, 24, 25, 26, ~0U };
	mach_port_name_t name = port_new_send(), poly = TEST_POISON;
	struct space_image image;

	ASSERT_TRUE(space_read(&image));
	for (int i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(KERN_INVALID_VALUE,
			  port_extract_right(name, wrong[i], &poly, NULL));
		EXPECT_EQ(KERN_INVALID_VALUE,
			  port_extract_right(MACH_PORT_NULL, wrong[i], &poly,
					     NULL));
	}
	EXPECT_EQ(TEST_POISON, poly);
	EXPECT_TRUE(space_is(&image));
}

/* P-76 */
TEST_F(insert, extract_needs_the_right)
{
	mach_port_name_t send = entry_new(ENTRY_S, 1), poly = TEST_POISON;

	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_extract_right(send, MAKE_SEND, &poly, NULL));
	EXPECT_EQ(TEST_POISON, poly);
	EXPECT_TRUE(entry_is(send, ENTRY_S, 1));
}

/* P-76 */
TEST_F(insert, extract_of_a_dead_name_gives_the_dead_marker)
{
	mach_port_name_t name = dead_name_new(3), poly = TEST_POISON;
	mach_msg_type_name_t type = TEST_POISON;

	EXPECT_EQ(KERN_SUCCESS,
		  port_extract_right(name, COPY_SEND, &poly, &type));
	EXPECT_EQ(MACH_PORT_DEAD, poly);
	EXPECT_EQ(MACH_MSG_TYPE_PORT_SEND, type);
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 3));
	EXPECT_EQ(KERN_SUCCESS,
		  port_extract_right(name, MOVE_SEND, &poly, &type));
	EXPECT_EQ(MACH_PORT_DEAD, poly);
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
	EXPECT_EQ(KERN_SUCCESS,
		  port_extract_right(name, MOVE_SEND_ONCE, &poly, &type));
	EXPECT_EQ(MACH_PORT_DEAD, poly);
	EXPECT_EQ(MACH_MSG_TYPE_PORT_SEND_ONCE, type);
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 1));
}

/* P-77 */
TEST_F(insert, extract_of_a_made_send_once_right_is_a_new_name)
{
	mach_port_name_t name = port_new(), poly = TEST_POISON;
	mach_msg_type_name_t type = TEST_POISON;
	uint32_t count = name_count();

	EXPECT_EQ(KERN_SUCCESS,
		  port_extract_right(name, MAKE_SEND_ONCE, &poly, &type));
	EXPECT_EQ(MACH_MSG_TYPE_PORT_SEND_ONCE, type);
	EXPECT_NE(name, poly);
	EXPECT_TRUE(entry_is(poly, ENTRY_SO, 1));
	EXPECT_EQ(count + 1, name_count());
}

TEST_F(insert, extract_of_a_send_right_adds_a_reference)
{
	mach_port_name_t name = port_new(), poly = TEST_POISON;
	mach_msg_type_name_t type = TEST_POISON;

	EXPECT_EQ(KERN_SUCCESS,
		  port_extract_right(name, MAKE_SEND, &poly, &type));
	EXPECT_EQ(name, poly);
	EXPECT_EQ(MACH_MSG_TYPE_PORT_SEND, type);
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 1));
	EXPECT_EQ(KERN_SUCCESS,
		  port_extract_right(name, COPY_SEND, &poly, &type));
	EXPECT_EQ(name, poly);
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 2));
}

TEST_F(insert, extract_of_a_receive_right_moves_it)
{
	mach_port_name_t name = port_new(), poly = TEST_POISON;
	mach_msg_type_name_t type = TEST_POISON;

	ASSERT_EQ(0, msg_send_id(name, MAKE_SEND, 7));
	EXPECT_EQ(KERN_SUCCESS,
		  port_extract_right(name, MOVE_RECEIVE, &poly, &type));
	EXPECT_EQ(MACH_MSG_TYPE_PORT_RECEIVE, type);
	EXPECT_TRUE(entry_is(poly, ENTRY_R, 0));
	EXPECT_EQ(7, msg_receive_id(poly));
}

TEST_HARNESS_MAIN
