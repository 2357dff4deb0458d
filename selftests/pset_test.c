// SPDX-License-Identifier: GPL-2.0
/*
 * Port sets: who is a member, who gets a message, and what is left when a
 * member or the set goes.
 */
#include "port_utils.h"

#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND

#define MEMBERS_MAX	8

FIXTURE(pset) {
	mach_port_name_t set;
	mach_port_name_t other_set;
	mach_port_name_t name;
	mach_port_name_t other;
};

FIXTURE_SETUP(pset)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->set = pset_new();
	self->other_set = pset_new();
	self->name = port_new();
	self->other = port_new();
	ASSERT_NE(MACH_PORT_NULL, self->other);
}

FIXTURE_TEARDOWN(pset)
{
}

static bool is_member(mach_port_name_t name, mach_port_name_t set)
{
	mach_port_name_t members[MEMBERS_MAX];
	uint32_t count = MEMBERS_MAX;

	if (port_get_set_status(set, members, &count) || count > MEMBERS_MAX)
		return false;
	for (int i = 0; i < count; i++)
		if (members[i] == name)
			return true;
	return false;
}

static uint32_t member_count(mach_port_name_t set)
{
	uint32_t count = 0;

	return port_get_set_status(set, NULL, &count) ? TEST_POISON : count;
}

/* Both ports are members of the set. */
static bool insert_both(const FIXTURE_DATA(pset) * self)
{
	return port_insert_member(self->name, self->set) == KERN_SUCCESS &&
	       port_insert_member(self->other, self->set) == KERN_SUCCESS;
}

/* P-144 */
TEST_F(pset, members_are_listed_in_order_of_their_index)
{
	mach_port_name_t members[MEMBERS_MAX], third = port_new();
	uint32_t count = MEMBERS_MAX;

	EXPECT_EQ(0, member_count(self->set));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(third, self->set));
	ASSERT_TRUE(insert_both(self));
	ASSERT_EQ(KERN_SUCCESS,
		  port_get_set_status(self->set, members, &count));
	ASSERT_EQ(3, count);
	EXPECT_EQ(self->name, members[0]);
	EXPECT_EQ(self->other, members[1]);
	EXPECT_EQ(third, members[2]);
}

/* P-144 */
TEST_F(pset, members_are_those_of_a_set)
{
	mach_port_name_t names[] = {
		self->name, entry_new(ENTRY_S, 1), dead_name_new(1),
	};
	uint32_t count = 0;

	for (int i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(KERN_INVALID_RIGHT,
			  port_get_set_status(names[i], NULL, &count));
	}
}

/* P-131 */
TEST_F(pset, message_to_a_member_of_two_sets_comes_once)
{
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->name, self->set));
	ASSERT_EQ(KERN_SUCCESS,
		  port_insert_member(self->name, self->other_set));
	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 1));
	EXPECT_EQ(1, msg_receive_id(self->other_set));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(self->set, &msg));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(self->name, &msg));

	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 2));
	EXPECT_EQ(2, msg_receive_id(self->set));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(self->other_set, &msg));
}

/* P-132 */
TEST_F(pset, message_tells_the_member)
{
	struct message msg;

	ASSERT_TRUE(insert_both(self));
	ASSERT_EQ(0, msg_send_id(self->other, MAKE_SEND, 1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->set, &msg));
	EXPECT_EQ(self->other, msg.head.msgh_local_port);
}

/* P-132 */
TEST_F(pset, member_is_received_from_directly)
{
	struct message msg;

	ASSERT_TRUE(insert_both(self));
	ASSERT_EQ(0, msg_send_id(self->other, MAKE_SEND, 1));
	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 2));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->name, &msg));
	EXPECT_EQ(2, msg.head.msgh_id);
	EXPECT_EQ(self->name, msg.head.msgh_local_port);
}

/* P-133 */
TEST_F(pset, member_is_not_inserted_twice)
{
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->name, self->set));
	EXPECT_EQ(KERN_ALREADY_IN_SET,
		  port_insert_member(self->name, self->set));
	EXPECT_EQ(1, member_count(self->set));
}

/* P-206 */
TEST_F(pset, port_is_in_sixty_four_sets_at_most)
{
	mach_port_name_t set = self->set;

	for (int i = 0; i < 64; i++) {
		ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->name, set));
		set = pset_new();
		ASSERT_NE(MACH_PORT_NULL, set);
	}
	EXPECT_EQ(KERN_RESOURCE_SHORTAGE, port_insert_member(self->name, set));
	EXPECT_EQ(KERN_ALREADY_IN_SET,
		  port_insert_member(self->name, self->set));
	EXPECT_EQ(0, member_count(set));
	ASSERT_EQ(KERN_SUCCESS, port_extract_member(self->name, self->set));
	EXPECT_EQ(KERN_SUCCESS, port_insert_member(self->name, set));
	EXPECT_EQ(1, member_count(set));
}

/* P-134 */
TEST_F(pset, only_a_receive_right_becomes_a_member_of_a_set)
{
	mach_port_name_t send = entry_new(ENTRY_S, 1);

	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_insert_member(self->other_set, self->set));
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_insert_member(self->set, self->set));
	EXPECT_EQ(KERN_INVALID_RIGHT, port_insert_member(send, self->set));
	EXPECT_EQ(0, member_count(self->set));
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_insert_member(self->name, self->other));
	EXPECT_EQ(0, port_status(self->name).mps_pset);
}

/* P-135 */
TEST_F(pset, unknown_names_come_before_wrong_rights)
{
	mach_port_name_t stale = stale_name();

	EXPECT_EQ(KERN_INVALID_NAME, port_insert_member(stale, self->name));
	EXPECT_EQ(KERN_INVALID_NAME, port_insert_member(self->set, stale));
	EXPECT_EQ(KERN_INVALID_NAME, port_extract_member(stale, self->name));
	EXPECT_EQ(KERN_INVALID_NAME, port_extract_member(self->set, stale));
}

/* P-136 */
TEST_F(pset, extract_takes_a_member_only)
{
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->other, self->set));
	EXPECT_EQ(KERN_NOT_IN_SET, port_extract_member(self->name, self->set));
	EXPECT_TRUE(is_member(self->other, self->set));
}

/* What was queued before stays with the port. */
TEST_F(pset, extracted_port_is_not_received_from)
{
	struct message msg;

	ASSERT_TRUE(insert_both(self));
	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 1));
	EXPECT_EQ(KERN_SUCCESS, port_extract_member(self->name, self->set));
	EXPECT_FALSE(is_member(self->name, self->set));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(self->set, &msg));
	EXPECT_EQ(1, msg_receive_id(self->name));
}

/* P-137 */
TEST_F(pset, moved_member_leaves_all_other_sets)
{
	mach_port_name_t third = pset_new();

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->name, self->set));
	ASSERT_EQ(KERN_SUCCESS,
		  port_insert_member(self->name, self->other_set));
	EXPECT_EQ(KERN_SUCCESS, port_move_member(self->name, third));
	EXPECT_FALSE(is_member(self->name, self->set));
	EXPECT_FALSE(is_member(self->name, self->other_set));
	EXPECT_TRUE(is_member(self->name, third));
}

TEST_F(pset, member_moves_into_its_own_set)
{
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->name, self->set));
	EXPECT_EQ(KERN_SUCCESS, port_move_member(self->name, self->set));
	EXPECT_TRUE(is_member(self->name, self->set));
}

/* P-138 */
TEST_F(pset, move_to_no_set_leaves_all)
{
	EXPECT_EQ(KERN_SUCCESS, port_move_member(self->name, MACH_PORT_NULL));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->name, self->set));
	EXPECT_EQ(KERN_SUCCESS, port_move_member(self->name, MACH_PORT_NULL));
	EXPECT_FALSE(is_member(self->name, self->set));
}

/* P-138 */
TEST_F(pset, move_that_is_refused_changes_no_membership)
{
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->name, self->set));
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_move_member(self->name, MACH_PORT_DEAD));
	EXPECT_EQ(KERN_INVALID_NAME,
		  port_move_member(self->name, stale_name()));
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_move_member(self->name, self->other));
	EXPECT_TRUE(is_member(self->name, self->set));
	EXPECT_EQ(1, member_count(self->set));
}

/* P-139 */
TEST_F(pset, status_says_whether_the_port_is_in_any_set)
{
	EXPECT_EQ(0, port_status(self->name).mps_pset);
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->name, self->set));
	EXPECT_EQ(1, port_status(self->name).mps_pset);
	ASSERT_EQ(KERN_SUCCESS,
		  port_insert_member(self->name, self->other_set));
	EXPECT_EQ(1, port_status(self->name).mps_pset);
	ASSERT_EQ(KERN_SUCCESS, port_move_member(self->name, MACH_PORT_NULL));
	EXPECT_EQ(0, port_status(self->name).mps_pset);
}

/* P-140 */
TEST_F(pset, queue_of_a_new_member_is_handed_to_those_who_wait)
{
	struct msg_thread receiver[2];

	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 1));
	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 2));
	ASSERT_TRUE(msg_thread_receive(&receiver[0], self->set));
	ASSERT_TRUE(msg_thread_receive(&receiver[1], self->set));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->name, self->set));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receiver[0]));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receiver[1]));
	EXPECT_EQ(3, receiver[0].msg.head.msgh_id +
		     receiver[1].msg.head.msgh_id);
	EXPECT_EQ(0, port_status(self->name).mps_msgcount);
}

TEST_F(pset, moved_member_is_handed_over_as_well)
{
	struct msg_thread receiver;

	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 1));
	ASSERT_TRUE(msg_thread_receive(&receiver, self->set));
	ASSERT_EQ(KERN_SUCCESS, port_move_member(self->name, self->set));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receiver));
	EXPECT_EQ(1, receiver.msg.head.msgh_id);
}

/* P-141 */
TEST_F(pset, receiver_on_a_set_is_woken_when_the_set_goes)
{
	struct msg_thread receiver;

	ASSERT_TRUE(insert_both(self));
	ASSERT_TRUE(msg_thread_receive(&receiver, self->set));
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->set, MACH_PORT_RIGHT_PORT_SET, -1));
	EXPECT_EQ(0x10004006, msg_thread_join(&receiver));
	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 7));
	EXPECT_EQ(7, msg_receive_id(self->name));
}

TEST_F(pset, destroyed_set_leaves_queues_and_other_sets)
{
	ASSERT_TRUE(insert_both(self));
	ASSERT_EQ(KERN_SUCCESS,
		  port_insert_member(self->name, self->other_set));
	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 7));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->set));
	EXPECT_FALSE(port_exists(self->set));
	EXPECT_EQ(1, port_status(self->name).mps_pset);
	EXPECT_EQ(0, port_status(self->other).mps_pset);
	EXPECT_EQ(7, msg_receive_id(self->other_set));
}

/* P-142 */
TEST_F(pset, destroyed_member_leaves_the_set)
{
	ASSERT_TRUE(insert_both(self));
	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 1));
	ASSERT_EQ(0, msg_send_id(self->other, MAKE_SEND, 2));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->name));
	EXPECT_EQ(1, member_count(self->set));
	EXPECT_TRUE(is_member(self->other, self->set));
	EXPECT_EQ(2, msg_receive_id(self->set));
	EXPECT_EQ(-1, msg_receive_id(self->set));
}

/* P-143 */
TEST_F(pset, waiter_on_the_port_comes_before_one_on_the_set)
{
	struct msg_thread on_set, on_port;

	ASSERT_TRUE(insert_both(self));
	ASSERT_TRUE(msg_thread_receive(&on_set, self->set));
	ASSERT_TRUE(msg_thread_receive(&on_port, self->name));
	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 1));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&on_port));
	EXPECT_TRUE(wait_until_blocked(on_set.tid));
	EXPECT_FALSE(msg_thread_done(&on_set));
	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 2));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&on_set));
	EXPECT_EQ(2, on_set.msg.head.msgh_id);
}

/* Neither the thread on the port nor the one on the set takes notice. */
TEST_F(pset, joining_and_leaving_disturbs_no_waiter)
{
	struct msg_thread on_set, on_port;

	ASSERT_TRUE(msg_thread_receive(&on_set, self->set));
	ASSERT_TRUE(msg_thread_receive(&on_port, self->name));
	ASSERT_TRUE(insert_both(self));
	ASSERT_EQ(KERN_SUCCESS, port_extract_member(self->name, self->set));
	EXPECT_TRUE(wait_until_blocked(on_set.tid));
	EXPECT_TRUE(wait_until_blocked(on_port.tid));
	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 1));
	ASSERT_EQ(0, msg_send_id(self->other, MAKE_SEND, 2));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&on_port));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&on_set));
	EXPECT_EQ(1, on_port.msg.head.msgh_id);
	EXPECT_EQ(2, on_set.msg.head.msgh_id);
}

/* Whether the message to @other comes while @name never runs out of them. */
static bool is_served_beside(mach_port_name_t set, mach_port_name_t name,
			     mach_port_name_t other)
{
	mach_msg_id_t id;

	if (!port_fill(name) || msg_send_id(other, MAKE_SEND, 100))
		return false;
	for (int i = 0; i < 20; i++) {
		id = msg_receive_id(set);
		if (id == 100)
			return true;
		if (id == -1 || msg_send_id(name, MAKE_SEND, 1))
			return false;
	}
	return false;
}

/* P-145 */
TEST_F(pset, member_that_is_flooded_does_not_starve_another)
{
	ASSERT_TRUE(insert_both(self));
	EXPECT_TRUE(is_served_beside(self->set, self->name, self->other));
	while (msg_receive_id(self->set) != -1)
		;
	/* Neither by the order in which they joined. */
	EXPECT_TRUE(is_served_beside(self->set, self->other, self->name));
}

TEST_HARNESS_MAIN
