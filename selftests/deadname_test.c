// SPDX-License-Identifier: GPL-2.0
/*
 * Requests about a name: dead-name and send-possible, and port-deleted, which
 * comes when the name goes before the port does.
 */
#include "port_utils.h"

#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND
#define MAKE_SEND_ONCE	MACH_MSG_TYPE_MAKE_SEND_ONCE
#define COPY_SEND	MACH_MSG_TYPE_COPY_SEND
#define MOVE_SEND	MACH_MSG_TYPE_MOVE_SEND
#define MOVE_SEND_ONCE	MACH_MSG_TYPE_MOVE_SEND_ONCE
#define MOVE_RECEIVE	MACH_MSG_TYPE_MOVE_RECEIVE

#define DEAD_NAME	MACH_NOTIFY_DEAD_NAME
#define SEND_POSSIBLE	MACH_NOTIFY_SEND_POSSIBLE
#define PORT_DELETED	MACH_NOTIFY_PORT_DELETED

#define DNREQUEST	0x80000000
#define SPREQUEST	0x40000000
#define SPREQUEST_DELAYED	0x20000000

FIXTURE(dead_name) {
	mach_port_name_t notify;
	mach_port_name_t queue;
	uint32_t value;
};

FIXTURE_SETUP(dead_name)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->notify = port_new();
	self->queue = port_new();
	ASSERT_NE(MACH_PORT_NULL, self->queue);
}

FIXTURE_TEARDOWN(dead_name)
{
}

/* A send through @name with MACH_SEND_NOTIFY; it must not wait. */
static mach_msg_return_t send_notify(mach_port_name_t name)
{
	struct message msg;

	message_init(&msg, name, COPY_SEND, MACH_PORT_NULL, 0);
	return msg_trap(&msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT |
			MACH_SEND_NOTIFY, msg.head.msgh_size, 0,
			MACH_PORT_NULL, 0);
}

/* P-159 */
TEST_F(dead_name, death_is_told_with_a_reference)
{
	mach_port_name_t name = port_new_parked_sends(self->queue, 2);

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, DEAD_NAME, 0, self->notify));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->queue));
	EXPECT_EQ(DEAD_NAME, note_receive(self->notify, &self->value));
	EXPECT_EQ(name, self->value);
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 3));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

/* The receiver that keeps send rights is told as well. */
TEST_F(dead_name, death_is_told_to_the_receiver_that_holds_send_rights)
{
	mach_port_name_t name = port_new_sends(2);

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, DEAD_NAME, 0, self->notify));
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1));
	EXPECT_EQ(DEAD_NAME, note_receive(self->notify, &self->value));
	EXPECT_EQ(name, self->value);
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 3));
}

/* P-160 */
TEST_F(dead_name, request_on_a_dead_name_fires_at_once_with_sync)
{
	enum entry_state states[] = { ENTRY_DN, ENTRY_S_DIED, ENTRY_SO_DIED };

	for (int i = 0; i < ARRAY_SIZE(states); i++) {
		mach_port_name_t name = entry_new(states[i], 1);
		mach_port_name_t previous = TEST_POISON;

		EXPECT_EQ(KERN_INVALID_ARGUMENT,
			  port_notify(name, DEAD_NAME, 0, self->notify));
		EXPECT_EQ(71, note_receive(self->notify, &self->value));
		EXPECT_TRUE(entry_is(name, ENTRY_DN, 1));

		EXPECT_EQ(KERN_SUCCESS,
			  port_request_notification(name, DEAD_NAME, 1,
						    self->notify,
						    MAKE_SEND_ONCE,
						    &previous));
		EXPECT_EQ(MACH_PORT_NULL, previous);
		EXPECT_EQ(DEAD_NAME, note_receive(self->notify, &self->value));
		EXPECT_EQ(name, self->value);
		EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
	}
}

TEST_F(dead_name, send_possible_on_a_dead_name_is_dead_name_at_once)
{
	for (uint32_t sync = 0; sync < 2; sync++) {
		mach_port_name_t name = entry_new(ENTRY_S_DIED, 1);

		EXPECT_EQ(KERN_SUCCESS,
			  port_notify(name, SEND_POSSIBLE, sync, self->notify));
		EXPECT_EQ(DEAD_NAME, note_receive(self->notify, &self->value));
		EXPECT_EQ(name, self->value);
		EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
	}
}

TEST_F(dead_name, pegged_dead_name_takes_no_reference)
{
	mach_port_name_t name = dead_name_new(MACH_PORT_UREFS_MAX);

	EXPECT_EQ(KERN_SUCCESS, port_notify(name, DEAD_NAME, 1, self->notify));
	EXPECT_EQ(DEAD_NAME, note_receive(self->notify, &self->value));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, MACH_PORT_UREFS_MAX));
}

/* P-161 */
TEST_F(dead_name, set_has_no_death_to_tell_of)
{
	mach_port_name_t name = pset_new();

	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_notify(name, DEAD_NAME, 0, self->notify));
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_notify(name, DEAD_NAME, 1, self->notify));
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_notify(name, SEND_POSSIBLE, 1, self->notify));
	EXPECT_EQ(MACH_PORT_TYPE_PORT_SET, port_listed_type(name));
}

/* P-161 */
TEST_F(dead_name, cancel_of_nothing_gives_null)
{
	mach_port_name_t names[] = {
		pset_new(), dead_name_new(1), port_new_send(),
		port_new_send_once(self->queue), entry_new(ENTRY_S_DIED, 1),
	};

	for (int i = 0; i < ARRAY_SIZE(names); i++) {
		mach_port_name_t previous = TEST_POISON;

		EXPECT_EQ(KERN_SUCCESS,
			  port_cancel(names[i], DEAD_NAME, &previous));
		EXPECT_EQ(MACH_PORT_NULL, previous);
	}
}

/* P-162 */
TEST_F(dead_name, deallocated_name_is_port_deleted)
{
	mach_port_name_t name = port_new_parked(self->queue);

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, DEAD_NAME, 0, self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(PORT_DELETED, note_receive(self->notify, &self->value));
	EXPECT_EQ(name, self->value);
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->queue));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

/* P-163 */
TEST_F(dead_name, used_send_once_right_is_port_deleted)
{
	mach_port_name_t port = port_new(), once = port_new_send_once(port);

	ASSERT_EQ(KERN_SUCCESS, port_notify(once, DEAD_NAME, 0, self->notify));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(once, MOVE_SEND_ONCE, 7));
	EXPECT_EQ(PORT_DELETED, note_receive(self->notify, &self->value));
	EXPECT_EQ(once, self->value);
	EXPECT_EQ(7, msg_receive_id(port));
}

TEST_F(dead_name, used_reply_right_is_port_deleted)
{
	mach_port_name_t port = port_new(), once = port_new_send_once(port);
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS, port_notify(once, DEAD_NAME, 0, self->notify));
	message_init(&msg, self->queue, MAKE_SEND, once, MOVE_SEND_ONCE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_EQ(PORT_DELETED, note_receive(self->notify, &self->value));
	EXPECT_EQ(once, self->value);
}

TEST_F(dead_name, dropped_send_once_right_is_told_of_first)
{
	mach_port_name_t once = port_new_send_once(self->notify);

	ASSERT_EQ(KERN_SUCCESS, port_notify(once, DEAD_NAME, 0, self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(once));
	EXPECT_EQ(71, note_receive(self->notify, &self->value));
	EXPECT_EQ(PORT_DELETED, note_receive(self->notify, &self->value));
	EXPECT_EQ(once, self->value);
}

/* P-164 */
TEST_F(dead_name, receive_right_that_dies_is_port_deleted)
{
	mach_port_name_t name = port_new();

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, DEAD_NAME, 0, self->notify));
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1));
	EXPECT_EQ(PORT_DELETED, note_receive(self->notify, &self->value));
	EXPECT_EQ(name, self->value);
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

TEST_F(dead_name, receive_right_that_moves_is_port_deleted)
{
	mach_port_name_t name = port_new();

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, DEAD_NAME, 0, self->notify));
	ASSERT_TRUE(port_park(name, self->queue));
	EXPECT_EQ(PORT_DELETED, note_receive(self->notify, &self->value));
	EXPECT_EQ(name, self->value);
}

/* P-165 */
TEST_F(dead_name, losing_the_send_half_is_silent)
{
	mach_port_name_t name = port_new_send();

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, DEAD_NAME, 0, self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_mod_refs(name, MACH_PORT_RIGHT_SEND, -1));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE | DNREQUEST, port_type(name));
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1));
	EXPECT_EQ(PORT_DELETED, note_receive(self->notify, &self->value));
	EXPECT_EQ(name, self->value);
}

/* P-166 */
TEST_F(dead_name, losing_the_receive_half_is_silent_until_death)
{
	mach_port_name_t name = port_new_sends(2);

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, DEAD_NAME, 0, self->notify));
	ASSERT_TRUE(port_park(name, self->queue));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
	EXPECT_EQ(MACH_PORT_TYPE_SEND | DNREQUEST, port_type(name));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->queue));
	EXPECT_EQ(DEAD_NAME, note_receive(self->notify, &self->value));
	EXPECT_EQ(name, self->value);
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 3));
}

/* Destroying both rights at once is the end of the name, not of the port. */
TEST_F(dead_name, destroyed_name_with_both_rights_is_port_deleted)
{
	mach_port_name_t name = port_new_send();

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, DEAD_NAME, 0, self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(name));
	EXPECT_EQ(PORT_DELETED, note_receive(self->notify, &self->value));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

/* P-167 */
TEST_F(dead_name, send_possible_on_a_queue_with_room_fires_at_once)
{
	mach_port_name_t name = port_new_send(), previous = TEST_POISON;

	ASSERT_EQ(KERN_SUCCESS,
		  port_request_notification(name, SEND_POSSIBLE, 1,
					    self->notify, MAKE_SEND_ONCE,
					    &previous));
	EXPECT_EQ(MACH_PORT_NULL, previous);
	EXPECT_EQ(SEND_POSSIBLE, note_receive(self->notify, &self->value));
	EXPECT_EQ(name, self->value);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_listed_type(name));
}

/* P-168 */
TEST_F(dead_name, send_possible_on_a_full_queue_fires_at_receive)
{
	mach_port_name_t name = port_new_send();

	ASSERT_TRUE(port_fill(name));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, SEND_POSSIBLE, 1, self->notify));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
	ASSERT_EQ(1, msg_receive_id(name));
	EXPECT_EQ(SEND_POSSIBLE, note_receive(self->notify, &self->value));
	EXPECT_EQ(name, self->value);
	ASSERT_EQ(2, msg_receive_id(name));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

/* Raising the limit makes room, but nobody is told of it. */
TEST_F(dead_name, raised_limit_does_not_fire_send_possible)
{
	mach_port_name_t name = port_new_send();

	ASSERT_TRUE(port_fill(name));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, SEND_POSSIBLE, 1, self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(name, 9));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

/* A message that is lost makes room as well, and nobody is told of it. */
TEST_F(dead_name, message_too_large_does_not_fire_send_possible)
{
	mach_port_name_t name = port_new_send();
	struct message msg;

	ASSERT_TRUE(port_fill(name));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, SEND_POSSIBLE, 1, self->notify));
	ASSERT_EQ(MACH_RCV_TOO_LARGE,
		  msg_trap(&msg, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			   sizeof(msg.head), name, 0));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
	ASSERT_EQ(2, msg_receive_id(name));
	EXPECT_EQ(SEND_POSSIBLE, note_receive(self->notify, &self->value));
}

/* P-169 */
TEST_F(dead_name, delayed_send_possible_waits_for_a_send)
{
	mach_port_name_t name = port_new_send();

	ASSERT_TRUE(port_fill(name));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, SEND_POSSIBLE, 0, self->notify));
	ASSERT_EQ(1, msg_receive_id(name));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));

	/* Through a send right of this name, while the queue is full again. */
	ASSERT_EQ(0, msg_send_id(name, COPY_SEND, 0));
	ASSERT_EQ(MACH_SEND_TIMED_OUT, msg_send_id(name, COPY_SEND, 0));
	ASSERT_EQ(2, msg_receive_id(name));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));

	ASSERT_EQ(0, msg_send_id(name, COPY_SEND, 0));
	ASSERT_EQ(MACH_SEND_TIMED_OUT, send_notify(name));
	ASSERT_EQ(3, msg_receive_id(name));
	EXPECT_EQ(SEND_POSSIBLE, note_receive(self->notify, &self->value));
	EXPECT_EQ(name, self->value);
}

/* The send did not meet a full queue, so its sender has nothing to hear of. */
TEST_F(dead_name, send_to_a_queue_with_room_arms_nothing)
{
	mach_port_name_t name = port_new_send();

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, SEND_POSSIBLE, 0, self->notify));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_notify(name));
	ASSERT_EQ(0, msg_receive_id(name));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

/* Only a send-possible request has something to wait for in a queue. */
TEST_F(dead_name, dead_name_request_is_not_armed_by_a_send)
{
	mach_port_name_t name = port_new_send();

	ASSERT_TRUE(port_fill(name));
	ASSERT_EQ(KERN_SUCCESS, port_notify(name, DEAD_NAME, 0, self->notify));
	ASSERT_EQ(MACH_SEND_TIMED_OUT, send_notify(name));
	ASSERT_EQ(1, msg_receive_id(name));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
	EXPECT_NE(0, port_type(name) & DNREQUEST);
}

/* P-170 */
TEST_F(dead_name, send_possible_of_a_port_that_dies_is_dead_name)
{
	mach_port_name_t name = port_new_send();

	ASSERT_TRUE(port_fill(name));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, SEND_POSSIBLE, 1, self->notify));
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1));
	EXPECT_EQ(DEAD_NAME, note_receive(self->notify, &self->value));
	EXPECT_EQ(name, self->value);
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

/* P-171 */
TEST_F(dead_name, send_possible_of_a_send_once_right_fires_at_once)
{
	mach_port_name_t port = port_new(), once = port_new_send_once(port);

	ASSERT_TRUE(port_fill(port));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(once, SEND_POSSIBLE, 1, self->notify));
	EXPECT_EQ(SEND_POSSIBLE, note_receive(self->notify, &self->value));
	EXPECT_EQ(once, self->value);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_listed_type(once));
}

/* P-172 */
TEST_F(dead_name, one_request_a_name)
{
	mach_port_name_t name = port_new_send(), previous = TEST_POISON;
	mach_port_name_t other = port_new();

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, SEND_POSSIBLE, 0, self->notify));
	ASSERT_EQ(KERN_SUCCESS,
		  port_request_notification(name, DEAD_NAME, 0, other,
					    MAKE_SEND_ONCE, &previous));
	EXPECT_TRUE(entry_is(previous, ENTRY_SO, 1));
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE | DNREQUEST,
		  port_listed_type(name));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(previous));
	EXPECT_EQ(71, note_receive(self->notify, &self->value));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(name));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
	EXPECT_EQ(PORT_DELETED, note_receive(other, &self->value));
}

/* P-173 */
TEST_F(dead_name, names_shows_the_kind_of_request_and_type_does_not)
{
	mach_port_name_t name = port_new_send();
	uint32_t type = MACH_PORT_TYPE_SEND_RECEIVE;

	EXPECT_EQ(type, port_listed_type(name));
	ASSERT_EQ(KERN_SUCCESS, port_notify(name, DEAD_NAME, 0, self->notify));
	EXPECT_EQ(type | DNREQUEST, port_listed_type(name));
	EXPECT_EQ(type | DNREQUEST, port_type(name));

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, SEND_POSSIBLE, 0, self->notify));
	EXPECT_EQ(type | DNREQUEST | SPREQUEST | SPREQUEST_DELAYED,
		  port_listed_type(name));
	EXPECT_EQ(type | DNREQUEST, port_type(name));

	ASSERT_TRUE(port_fill(name));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, SEND_POSSIBLE, 1, self->notify));
	EXPECT_EQ(type | DNREQUEST | SPREQUEST, port_listed_type(name));
	EXPECT_EQ(type | DNREQUEST, port_type(name));

	ASSERT_EQ(1, msg_receive_id(name));
	EXPECT_EQ(type, port_listed_type(name));
	EXPECT_EQ(type, port_type(name));
}

/* Task B: sends a right to be notified by, and tells what it was told. */
static void be_notified(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect(), own = port_new();
	struct message msg;
	uint32_t name;

	(void)data;
	ASSERT_NE(MACH_PORT_NULL, parent);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(parent, COPY_SEND, own, MAKE_SEND_ONCE));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(own, &msg));
	EXPECT_EQ(DEAD_NAME, msg.head.msgh_id);
	name = message_notified(&msg);
	EXPECT_FALSE(port_exists(name));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(parent, COPY_SEND, name));
}

/* P-178 */
TEST_F(dead_name, other_task_is_told_the_name_of_the_requester)
{
	mach_port_name_t parking = port_new(), name = TEST_POISON;
	struct message msg;
	pid_t child;

	/* A name that the child, with its few rights, does not have. */
	for (int i = 0; i < 50; i++)
		name = port_new();
	ASSERT_EQ(KERN_SUCCESS, port_insert_right(name, name, MAKE_SEND));
	ASSERT_TRUE(port_park(name, parking));

	ASSERT_TRUE(parent_publish(self->queue));
	child = child_start(_metadata, be_notified, NULL);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->queue, &msg));
	ASSERT_EQ(KERN_SUCCESS,
		  port_request_notification(name, DEAD_NAME, 0,
					    msg.port[0].name, MOVE_SEND_ONCE,
					    NULL));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(parking));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->queue, &msg));
	EXPECT_EQ(name, msg.head.msgh_id);
	EXPECT_TRUE(child_wait(child));
}

TEST_HARNESS_MAIN
