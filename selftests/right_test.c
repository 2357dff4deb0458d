// SPDX-License-Identifier: GPL-2.0
/*
 * Rights: what each kind answers, how user references count, what a port
 * counts, and how the names of a dead port turn into dead names.
 */
#include "port_utils.h"

#define UREFS_MAX	MACH_PORT_UREFS_MAX

FIXTURE(right) {
};

FIXTURE_SETUP(right)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
}

FIXTURE_TEARDOWN(right)
{
}

/* One entry in each of its states. */
FIXTURE(entry) {
	mach_port_name_t name;
};

FIXTURE_VARIANT(entry) {
	enum entry_state state;
	mach_port_type_t type;
	uint32_t refs[MACH_PORT_RIGHT_NUMBER];	/* by MACH_PORT_RIGHT_* */
	bool receives;
};

FIXTURE_VARIANT_ADD(entry, receive) {
	.state = ENTRY_R,
	.type = 0x20000,
	.refs = { 0, 1, 0, 0, 0, 0 },
	.receives = true,
};

FIXTURE_VARIANT_ADD(entry, send) {
	.state = ENTRY_S,
	.type = 0x10000,
	.refs = { 3, 0, 0, 0, 0, 0 },
};

FIXTURE_VARIANT_ADD(entry, send_receive) {
	.state = ENTRY_RS,
	.type = 0x30000,
	.refs = { 3, 1, 0, 0, 0, 0 },
	.receives = true,
};

FIXTURE_VARIANT_ADD(entry, send_once) {
	.state = ENTRY_SO,
	.type = 0x40000,
	.refs = { 0, 0, 1, 0, 0, 0 },
};

FIXTURE_VARIANT_ADD(entry, port_set) {
	.state = ENTRY_PS,
	.type = 0x80000,
	.refs = { 0, 0, 0, 1, 0, 0 },
	.receives = true,
};

FIXTURE_VARIANT_ADD(entry, dead_name) {
	.state = ENTRY_DN,
	.type = 0x100000,
	.refs = { 0, 0, 0, 0, 3, 0 },
};

FIXTURE_SETUP(entry)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->name = entry_new(variant->state, 3);
	ASSERT_NE(MACH_PORT_NULL, self->name);
}

FIXTURE_TEARDOWN(entry)
{
}

TEST_F(entry, type_tells_the_rights)
{
	EXPECT_EQ(variant->type, port_type(self->name));
	EXPECT_EQ(variant->type, port_listed_type(self->name));
}

TEST_F(entry, get_refs_counts_each_right)
{
	for (int right = 0; right < MACH_PORT_RIGHT_NUMBER; right++) {
		EXPECT_EQ(variant->refs[right], port_refs(self->name, right)) {
			TH_LOG("right %d", right);
		}
	}
}

TEST_F(entry, get_refs_of_no_kind_is_an_invalid_value)
{
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_get_refs(self->name, MACH_PORT_RIGHT_NUMBER, NULL));
	EXPECT_EQ(KERN_INVALID_VALUE, port_get_refs(self->name, ~0U, NULL));
}

TEST_F(entry, receives_only_with_the_right_to)
{
	struct message msg;

	EXPECT_EQ(variant->receives ? MACH_RCV_TIMED_OUT :
				      MACH_RCV_INVALID_NAME,
		  msg_receive(self->name, &msg));
}

/* P-202 */
TEST_F(entry, mod_refs_of_labelh_is_an_invalid_right)
{
	struct space_image image;

	ASSERT_TRUE(space_read(&image));
	for (int delta = -1; delta <= 1; delta++) {
		EXPECT_EQ(KERN_INVALID_RIGHT,
			  port_mod_refs(self->name, MACH_PORT_RIGHT_LABELH,
					delta));
	}
	EXPECT_TRUE(space_is(&image));
}

/* Which right is wrong comes before whether the delta is. */
TEST_F(entry, mod_refs_of_a_right_it_lacks_is_an_invalid_right)
{
	mach_port_delta_t deltas[] = { 0, 1, -1, -2, 70000, -70000 };
	struct space_image image;

	ASSERT_TRUE(space_read(&image));
	for (int right = 0; right < MACH_PORT_RIGHT_LABELH; right++) {
		if (variant->refs[right])
			continue;
		for (int i = 0; i < ARRAY_SIZE(deltas); i++) {
			EXPECT_EQ(KERN_INVALID_RIGHT,
				  port_mod_refs(self->name, right, deltas[i]));
		}
	}
	EXPECT_TRUE(space_is(&image));
}

TEST_F(entry, mod_refs_by_nothing_changes_nothing)
{
	struct space_image image;

	ASSERT_TRUE(space_read(&image));
	for (int right = 0; right < MACH_PORT_RIGHT_LABELH; right++) {
		if (!variant->refs[right])
			continue;
		EXPECT_EQ(KERN_SUCCESS, port_mod_refs(self->name, right, 0));
	}
	EXPECT_TRUE(space_is(&image));
}

/* P-16 */
TEST_F(right, new_port_has_the_documented_state)
{
	mach_port_status_t status = port_status(port_new());

	EXPECT_EQ(0, status.mps_pset);
	EXPECT_EQ(0, status.mps_seqno);
	EXPECT_EQ(0, status.mps_mscount);
	EXPECT_EQ(5, status.mps_qlimit);
	EXPECT_EQ(0, status.mps_msgcount);
	EXPECT_EQ(0, status.mps_sorights);
	EXPECT_EQ(0, status.mps_srights);
	EXPECT_EQ(0, status.mps_pdrequest);
	EXPECT_EQ(0, status.mps_nsrequest);
	EXPECT_EQ(0, status.mps_flags);
}

/* P-17 */
TEST_F(right, make_send_counts_and_copy_and_move_do_not)
{
	mach_port_name_t queue = port_new(), name = port_new();

	ASSERT_EQ(KERN_SUCCESS,
		  port_insert_right(name, name, MACH_MSG_TYPE_MAKE_SEND));
	EXPECT_EQ(1, port_status(name).mps_mscount);
	ASSERT_EQ(0, msg_send_right(queue, MACH_MSG_TYPE_MAKE_SEND, name,
				    MACH_MSG_TYPE_MAKE_SEND));
	EXPECT_EQ(2, port_status(name).mps_mscount);
	ASSERT_EQ(0, msg_send_id(name, MACH_MSG_TYPE_MAKE_SEND, 0));
	EXPECT_EQ(3, port_status(name).mps_mscount);

	ASSERT_EQ(0, msg_send_right(queue, MACH_MSG_TYPE_MAKE_SEND, name,
				    MACH_MSG_TYPE_COPY_SEND));
	ASSERT_EQ(0, msg_send_id(name, MACH_MSG_TYPE_COPY_SEND, 0));
	ASSERT_EQ(0, msg_send_right(queue, MACH_MSG_TYPE_MAKE_SEND, name,
				    MACH_MSG_TYPE_MOVE_SEND));
	EXPECT_EQ(3, port_status(name).mps_mscount);
}

/* P-18 */
TEST_F(right, reference_65535_stays)
{
	mach_port_name_t name = entry_new(ENTRY_S, 1);

	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_SEND, UREFS_MAX - 2));
	EXPECT_EQ(UREFS_MAX - 1, port_send_refs(name));
	ASSERT_EQ(KERN_SUCCESS, port_mod_refs(name, MACH_PORT_RIGHT_SEND, 1));
	EXPECT_EQ(UREFS_MAX, port_send_refs(name));
	EXPECT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(UREFS_MAX, port_send_refs(name));
}

/* P-19 */
TEST_F(right, delta_beyond_65535_is_an_invalid_value)
{
	mach_port_name_t name = entry_new(ENTRY_S, 1);

	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_mod_refs(name, MACH_PORT_RIGHT_SEND, 70000));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_mod_refs(name, MACH_PORT_RIGHT_SEND, UREFS_MAX + 1));
	EXPECT_EQ(1, port_send_refs(name));
	EXPECT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_SEND, UREFS_MAX));
	EXPECT_EQ(UREFS_MAX, port_send_refs(name));
}

/* P-20 */
TEST_F(right, pegged_send_right_goes_by_delta_65535_only)
{
	mach_port_name_t name = entry_new(ENTRY_S, UREFS_MAX);

	EXPECT_EQ(KERN_SUCCESS, port_mod_refs(name, MACH_PORT_RIGHT_SEND, -1));
	EXPECT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_SEND, 1 - UREFS_MAX));
	EXPECT_EQ(KERN_SUCCESS, port_mod_refs(name, MACH_PORT_RIGHT_SEND, 9));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_mod_refs(name, MACH_PORT_RIGHT_SEND, UREFS_MAX + 1));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_mod_refs(name, MACH_PORT_RIGHT_SEND, -UREFS_MAX - 1));
	EXPECT_EQ(UREFS_MAX, port_send_refs(name));
	EXPECT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_SEND, -UREFS_MAX));
	EXPECT_FALSE(port_exists(name));
}

TEST_F(right, pegged_dead_name_goes_by_delta_65535_only)
{
	mach_port_name_t name = dead_name_new(UREFS_MAX);
	mach_port_right_t right = MACH_PORT_RIGHT_DEAD_NAME;

	EXPECT_EQ(KERN_SUCCESS, port_mod_refs(name, right, -1));
	EXPECT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(UREFS_MAX, port_refs(name, right));
	EXPECT_EQ(KERN_SUCCESS, port_mod_refs(name, right, -UREFS_MAX));
	EXPECT_FALSE(port_exists(name));
}

/* P-21 */
TEST_F(right, pegged_name_receives_one_more_right)
{
	mach_port_name_t queue = port_new(), name = port_new_sends(UREFS_MAX);

	ASSERT_EQ(0, msg_send_right(queue, MACH_MSG_TYPE_MAKE_SEND, name,
				    MACH_MSG_TYPE_COPY_SEND));
	EXPECT_EQ(name, port_take(queue));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, UREFS_MAX));
	EXPECT_EQ(1, port_srights(name));
}

TEST_F(right, move_send_of_a_pegged_name_leaves_it)
{
	mach_port_name_t queue = port_new(), name = port_new_sends(UREFS_MAX);

	ASSERT_EQ(0, msg_send_right(queue, MACH_MSG_TYPE_MAKE_SEND, name,
				    MACH_MSG_TYPE_MOVE_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, UREFS_MAX));
	EXPECT_EQ(2, port_srights(name));
}

TEST_F(right, destroy_frees_a_pegged_name)
{
	mach_port_name_t name = entry_new(ENTRY_S, UREFS_MAX);

	EXPECT_EQ(KERN_SUCCESS, port_destroy(name));
	EXPECT_FALSE(port_exists(name));
}

/* P-22 */
TEST_F(right, status_counts_messages_and_receives)
{
	mach_port_name_t name = port_new();
	mach_port_status_t status;

	for (int id = 0; id < 3; id++)
		ASSERT_EQ(0, msg_send_id(name, MACH_MSG_TYPE_MAKE_SEND, id));
	status = port_status(name);
	EXPECT_EQ(3, status.mps_msgcount);
	EXPECT_EQ(0, status.mps_seqno);

	EXPECT_EQ(0, msg_receive_id(name));
	EXPECT_EQ(1, msg_receive_id(name));
	status = port_status(name);
	EXPECT_EQ(1, status.mps_msgcount);
	EXPECT_EQ(2, status.mps_seqno);
}

/* P-23 */
TEST_F(right, queued_message_counts_its_send_once_right)
{
	mach_port_name_t name = port_new();

	ASSERT_EQ(0, msg_send_id(name, MACH_MSG_TYPE_MAKE_SEND_ONCE, 7));
	EXPECT_EQ(1, port_status(name).mps_sorights);
	ASSERT_EQ(7, msg_receive_id(name));
	EXPECT_EQ(0, port_status(name).mps_sorights);
}

/* P-23 */
TEST_F(right, message_for_a_waiting_thread_leaves_no_send_once_right)
{
	mach_port_name_t name = port_new(), once = port_new_send_once(name);
	struct msg_thread receiver;

	EXPECT_EQ(1, port_status(name).mps_sorights);
	ASSERT_TRUE(msg_thread_receive(&receiver, name));
	ASSERT_EQ(0, msg_send_id(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 7));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receiver));
	EXPECT_EQ(0, port_status(name).mps_sorights);
}

/* P-24 */
TEST_F(right, request_counts_as_a_send_once_right)
{
	mach_port_name_t notify = port_new(), name = port_new_send();

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_DEAD_NAME, 0, notify));
	EXPECT_EQ(1, port_status(notify).mps_sorights);
}

/* P-25 */
TEST_F(right, limit_0_stops_send_rights_and_no_send_once_rights)
{
	mach_port_name_t name = port_new();

	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(name, 0));
	EXPECT_EQ(MACH_SEND_TIMED_OUT,
		  msg_send_id(name, MACH_MSG_TYPE_MAKE_SEND, 1));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(name, MACH_MSG_TYPE_MAKE_SEND_ONCE, 2));
	EXPECT_EQ(2, msg_receive_id(name));
}

/* P-26 */
TEST_F(right, get_srights_counts_entries_and_not_references)
{
	mach_port_name_t queue = port_new(), name = port_new_sends(7);

	EXPECT_EQ(1, port_srights(name));
	ASSERT_EQ(0, msg_send_right(queue, MACH_MSG_TYPE_MAKE_SEND, name,
				    MACH_MSG_TYPE_COPY_SEND));
	EXPECT_EQ(2, port_srights(name));
	ASSERT_EQ(0, msg_send_id(name, MACH_MSG_TYPE_COPY_SEND, 0));
	EXPECT_EQ(3, port_srights(name));
}

/* P-27, P-34 */
TEST_F(right, send_right_of_a_dead_port_is_a_dead_name)
{
	mach_port_name_t name = port_new_dying(2);

	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0x100000, port_type(name));
		EXPECT_EQ(2, port_refs(name, MACH_PORT_RIGHT_DEAD_NAME));
		EXPECT_EQ(0, port_refs(name, MACH_PORT_RIGHT_SEND));
	}
}

/* P-28, P-34 */
TEST_F(right, dead_name_request_gives_one_reference_once)
{
	mach_port_name_t parking = port_new(), notify = port_new();
	mach_port_name_t name = port_new_parked_sends(parking, 2);

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_DEAD_NAME, 0, notify));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(parking));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0x100000, port_type(name));
		EXPECT_EQ(3, port_refs(name, MACH_PORT_RIGHT_DEAD_NAME));
	}
}

/* P-29 */
TEST_F(right, send_once_right_of_a_dead_port_has_one_reference)
{
	mach_port_name_t name = entry_new(ENTRY_SO_DIED, 1);

	EXPECT_TRUE(entry_is(name, ENTRY_DN, 1));
	EXPECT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_FALSE(port_exists(name));
}

/* P-30 */
TEST_F(right, send_once_right_with_a_request_leaves_two_references)
{
	mach_port_name_t port = port_new(), notify = port_new();
	mach_port_name_t name = port_new_send_once(port);

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_DEAD_NAME, 0, notify));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(port));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
}

/* P-31 */
TEST_F(right, references_of_a_dead_port_are_those_of_a_dead_name)
{
	mach_port_name_t name = port_new_dying(2);

	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_mod_refs(name, MACH_PORT_RIGHT_SEND, -1));
	EXPECT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_DEAD_NAME, -1));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 1));
}

TEST_F(right, deallocate_takes_a_reference_of_the_dead_name)
{
	mach_port_name_t name = port_new_dying(2);

	EXPECT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 1));
	name = entry_new(ENTRY_SO_DIED, 1);
	EXPECT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_FALSE(port_exists(name));
}

/* P-32 */
TEST_F(right, live_send_right_has_no_dead_name_references)
{
	mach_port_name_t name = entry_new(ENTRY_S, 1);

	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_mod_refs(name, MACH_PORT_RIGHT_DEAD_NAME, 0));
	EXPECT_TRUE(entry_is(name, ENTRY_S, 1));
}

/* P-33 */
TEST_F(right, receiver_that_holds_send_rights_keeps_a_dead_name)
{
	mach_port_name_t name = port_new_sends(2);
	mach_port_name_t once = port_new_send_once(name);

	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
	EXPECT_TRUE(entry_is(once, ENTRY_DN, 1));
}

/* P-35 */
TEST_F(right, fired_send_possible_request_gives_no_reference)
{
	mach_port_name_t parking = port_new(), notify = port_new();
	mach_port_name_t name = port_new_sends(2);
	uint32_t value;

	ASSERT_TRUE(port_fill(name));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_SEND_POSSIBLE, 1, notify));
	ASSERT_EQ(1, msg_receive_id(name));
	ASSERT_EQ(MACH_NOTIFY_SEND_POSSIBLE, note_receive(notify, &value));

	ASSERT_TRUE(port_park(name, parking));
	ASSERT_TRUE(entry_is(name, ENTRY_S, 2));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(parking));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
	EXPECT_EQ(NOTE_NONE, note_receive(notify, &value));
}

/* The same where the receive right is in the space. */
TEST_F(right, fired_send_possible_request_of_the_receiver_gives_none)
{
	mach_port_name_t notify = port_new(), name = port_new_sends(2);
	uint32_t value;

	ASSERT_TRUE(port_fill(name));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_SEND_POSSIBLE, 1, notify));
	ASSERT_EQ(1, msg_receive_id(name));
	ASSERT_EQ(MACH_NOTIFY_SEND_POSSIBLE, note_receive(notify, &value));
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
}

/* P-36 */
TEST_F(right, names_lists_a_right_of_a_dead_port_as_dead_name)
{
	mach_port_name_t send = port_new_dying(2);
	mach_port_name_t once = entry_new(ENTRY_SO_DIED, 1);

	EXPECT_EQ(0x100000, port_listed_type(send));
	EXPECT_EQ(0x100000, port_listed_type(once));
}

/* P-199 */
TEST_F(right, references_never_overflow)
{
	mach_port_name_t queue = port_new(), notify = port_new();
	mach_port_name_t name = port_new_sends(UREFS_MAX - 1);

	ASSERT_TRUE(port_widen(queue));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(KERN_SUCCESS,
			  port_mod_refs(name, MACH_PORT_RIGHT_SEND, 1));
		EXPECT_EQ(KERN_SUCCESS,
			  port_mod_refs(name, MACH_PORT_RIGHT_SEND, UREFS_MAX));
		EXPECT_EQ(KERN_SUCCESS,
			  port_insert_right(name, name,
					    MACH_MSG_TYPE_MAKE_SEND));
		EXPECT_EQ(0, msg_send_right(queue, MACH_MSG_TYPE_MAKE_SEND,
					    name, MACH_MSG_TYPE_MAKE_SEND));
		EXPECT_EQ(name, port_take(queue));
	}
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(KERN_SUCCESS,
			  port_notify(name, MACH_NOTIFY_DEAD_NAME, 1, notify));
		EXPECT_EQ(KERN_SUCCESS,
			  port_mod_refs(name, MACH_PORT_RIGHT_DEAD_NAME, 1));
		EXPECT_EQ(KERN_SUCCESS,
			  port_mod_refs(name, MACH_PORT_RIGHT_DEAD_NAME,
					UREFS_MAX));
	}
	EXPECT_TRUE(entry_is(name, ENTRY_DN, UREFS_MAX));
}

TEST_HARNESS_MAIN
