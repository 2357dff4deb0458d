// SPDX-License-Identifier: GPL-2.0
/*
 * Notifications: who may ask for which, when each is sent, what it says, and
 * what is sent in its place.
 */
#include "port_utils.h"

#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND
#define MAKE_SEND_ONCE	MACH_MSG_TYPE_MAKE_SEND_ONCE
#define COPY_SEND	MACH_MSG_TYPE_COPY_SEND
#define MOVE_SEND	MACH_MSG_TYPE_MOVE_SEND
#define MOVE_SEND_ONCE	MACH_MSG_TYPE_MOVE_SEND_ONCE
#define MOVE_RECEIVE	MACH_MSG_TYPE_MOVE_RECEIVE

FIXTURE(notify) {
	mach_port_name_t notify;	/* gets the notifications */
	mach_port_name_t queue;		/* for rights in transit */
	mach_port_name_t name;		/* what they are about */
	uint32_t value;
};

FIXTURE_SETUP(notify)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->notify = port_new();
	self->queue = port_new();
	self->name = port_new();
	ASSERT_NE(MACH_PORT_NULL, self->name);
}

FIXTURE_TEARDOWN(notify)
{
}

/* Every notification has a test that fills one in; here is what they share. */
static bool is_from_the_kernel(struct message *msg, mach_port_name_t notify)
{
	mach_msg_audit_trailer_t *trailer = message_trailer(msg);
	uint32_t audit = 0;

	for (int i = 0; i < ARRAY_SIZE(trailer->msgh_audit.val); i++)
		audit |= trailer->msgh_audit.val[i];
	return msg->head.msgh_remote_port == MACH_PORT_NULL &&
	       msg->head.msgh_local_port == notify &&
	       msg->head.msgh_voucher_port == MACH_PORT_NULL &&
	       trailer->msgh_trailer_type == 0 &&
	       trailer->msgh_trailer_size == 52 &&
	       trailer->msgh_sender.val[0] == 0 &&
	       trailer->msgh_sender.val[1] == 1 && audit == 0;
}

static const uint8_t ndr[8] = { 0, 0, 0, 0, 1, 0, 0, 0 };

static mach_msg_return_t
receive_with_audit(mach_port_name_t notify, struct message *msg)
{
	return msg_receive_option(notify, msg, MACH_RCV_TIMEOUT |
			MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT), 0);
}

/* P-146, P-148 */
TEST_F(notify, dead_name_has_the_documented_layout)
{
	mach_port_name_t name = port_new_parked(self->queue);
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_DEAD_NAME, 0, self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->queue));
	ASSERT_EQ(MACH_MSG_SUCCESS, receive_with_audit(self->notify, &msg));
	EXPECT_EQ(72, msg.head.msgh_id);
	EXPECT_EQ(36, msg.head.msgh_size);
	EXPECT_EQ(0x1200, msg.head.msgh_bits);
	EXPECT_EQ(0, memcmp(msg.byte, ndr, sizeof(ndr)));
	EXPECT_EQ(name, msg.word[2]);
	EXPECT_TRUE(is_from_the_kernel(&msg, self->notify));
}

/* P-147, P-148 */
TEST_F(notify, no_senders_has_the_documented_layout)
{
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS, port_set_mscount(self->name, 0x1234));
	ASSERT_EQ(KERN_SUCCESS, port_notify(self->name, MACH_NOTIFY_NO_SENDERS,
					    0, self->notify));
	ASSERT_EQ(MACH_MSG_SUCCESS, receive_with_audit(self->notify, &msg));
	EXPECT_EQ(70, msg.head.msgh_id);
	EXPECT_EQ(36, msg.head.msgh_size);
	EXPECT_EQ(0x1200, msg.head.msgh_bits);
	EXPECT_EQ(0, memcmp(msg.byte, ndr, sizeof(ndr)));
	EXPECT_EQ(0x1234, msg.word[2]);
	EXPECT_TRUE(is_from_the_kernel(&msg, self->notify));
}

/* P-147, P-148 */
TEST_F(notify, send_once_has_the_documented_layout)
{
	mach_port_name_t once = port_new_send_once(self->notify);
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS, port_deallocate(once));
	ASSERT_EQ(MACH_MSG_SUCCESS, receive_with_audit(self->notify, &msg));
	EXPECT_EQ(71, msg.head.msgh_id);
	EXPECT_EQ(24, msg.head.msgh_size);
	EXPECT_EQ(0x1200, msg.head.msgh_bits);
	EXPECT_TRUE(is_from_the_kernel(&msg, self->notify));
}

/* P-147, P-148 */
TEST_F(notify, port_destroyed_has_the_documented_layout)
{
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS, port_notify(self->name,
					    MACH_NOTIFY_PORT_DESTROYED, 0,
					    self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->name));
	ASSERT_EQ(MACH_MSG_SUCCESS, receive_with_audit(self->notify, &msg));
	EXPECT_EQ(69, msg.head.msgh_id);
	EXPECT_EQ(40, msg.head.msgh_size);
	EXPECT_EQ(0x80001200, msg.head.msgh_bits);
	EXPECT_EQ(1, msg.count);
	EXPECT_EQ(16, msg.port[0].disposition);
	EXPECT_EQ(0, msg.port[0].type);
	EXPECT_EQ(0, msg.word[2]);
	EXPECT_TRUE(entry_is(msg.port[0].name, ENTRY_R, 0));
	EXPECT_TRUE(is_from_the_kernel(&msg, self->notify));
}

/* P-149 */
TEST_F(notify, no_senders_of_a_fresh_port_fires_at_once_for_sync_0)
{
	ASSERT_EQ(KERN_SUCCESS, port_notify(self->name, MACH_NOTIFY_NO_SENDERS,
					    0, self->notify));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(0, self->value);
	EXPECT_EQ(0, port_status(self->name).mps_nsrequest);
}

/* P-149 */
TEST_F(notify, no_senders_of_a_fresh_port_waits_for_sync_1)
{
	ASSERT_EQ(KERN_SUCCESS, port_notify(self->name, MACH_NOTIFY_NO_SENDERS,
					    1, self->notify));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
	EXPECT_NE(0, port_status(self->name).mps_nsrequest);
}

/* P-150 */
TEST_F(notify, no_senders_tells_how_many_were_made)
{
	mach_port_name_t name = self->name;

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS, 1,
					    self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_insert_right(name, name, MAKE_SEND));
	ASSERT_EQ(KERN_SUCCESS, port_insert_right(name, name, MAKE_SEND));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(2, self->value);
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

/* P-151 */
TEST_F(notify, no_senders_fires_once)
{
	mach_port_name_t name = port_new_send();

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS, 0,
					    self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	ASSERT_EQ(MACH_NOTIFY_NO_SENDERS,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(0, port_status(name).mps_nsrequest);
	ASSERT_EQ(KERN_SUCCESS, port_insert_right(name, name, MAKE_SEND));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

/* P-152 */
TEST_F(notify, no_senders_waits_for_the_next_generation)
{
	mach_port_name_t name = port_new_send();

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS, 0,
					    self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	ASSERT_EQ(MACH_NOTIFY_NO_SENDERS,
		  note_receive(self->notify, &self->value));
	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS,
					    self->value + 1, self->notify));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
	ASSERT_EQ(KERN_SUCCESS, port_insert_right(name, name, MAKE_SEND));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(2, self->value);
}

/* P-153 */
TEST_F(notify, no_senders_for_the_same_generation_fires_at_once)
{
	mach_port_name_t name = port_new_send();

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS, 0,
					    self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(MACH_NOTIFY_NO_SENDERS,
			  note_receive(self->notify, &self->value));
		EXPECT_EQ(1, self->value);
		EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
		ASSERT_EQ(KERN_SUCCESS,
			  port_notify(name, MACH_NOTIFY_NO_SENDERS, 1,
				      self->notify));
		EXPECT_EQ(0, port_status(name).mps_nsrequest);
	}
}

TEST_F(notify, set_mscount_does_not_fire)
{
	ASSERT_EQ(KERN_SUCCESS, port_notify(self->name, MACH_NOTIFY_NO_SENDERS,
					    1, self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_set_mscount(self->name, 9));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

/* P-156 */
TEST_F(notify, no_senders_waits_for_the_last_holder)
{
	mach_port_name_t name = port_new_send();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->queue, MAKE_SEND, name, COPY_SEND));
	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS, 0,
					    self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->queue));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS,
		  note_receive(self->notify, &self->value));
}

TEST_F(notify, no_senders_may_go_to_the_port_itself)
{
	mach_port_name_t name = port_new_send();

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_NO_SENDERS, 0, name));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, note_receive(name, &self->value));
}

/* One kind of request, on a name that it is for. */
FIXTURE(request) {
	mach_port_name_t notify;
	mach_port_name_t name;
	uint32_t value;
};

FIXTURE_VARIANT(request) {
	mach_msg_id_t id;
};

FIXTURE_VARIANT_ADD(request, send_possible) {
	.id = MACH_NOTIFY_SEND_POSSIBLE,
};

FIXTURE_VARIANT_ADD(request, port_destroyed) {
	.id = MACH_NOTIFY_PORT_DESTROYED,
};

FIXTURE_VARIANT_ADD(request, no_senders) {
	.id = MACH_NOTIFY_NO_SENDERS,
};

FIXTURE_VARIANT_ADD(request, dead_name) {
	.id = MACH_NOTIFY_DEAD_NAME,
};

FIXTURE_SETUP(request)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->notify = port_new();
	self->name = port_new_send();
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->name, variant->id, 0, self->notify));
}

FIXTURE_TEARDOWN(request)
{
}

/* P-154 */
TEST_F(request, another_one_gives_the_previous_right_back)
{
	mach_port_name_t other = port_new(), previous = TEST_POISON;

	ASSERT_EQ(KERN_SUCCESS,
		  port_request_notification(self->name, variant->id, 0, other,
					    MAKE_SEND_ONCE, &previous));
	EXPECT_TRUE(entry_is(previous, ENTRY_SO, 1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(previous, MOVE_SEND_ONCE, 7));
	EXPECT_EQ(7, msg_receive_id(self->notify));
	EXPECT_EQ(NOTE_NONE, note_receive(other, &self->value));
}

/* P-155 */
TEST_F(request, cancelled_one_gives_its_right_back_and_never_fires)
{
	mach_port_name_t previous = TEST_POISON;

	ASSERT_EQ(KERN_SUCCESS,
		  port_cancel(self->name, variant->id, &previous));
	EXPECT_TRUE(entry_is(previous, ENTRY_SO, 1));
	EXPECT_EQ(0x30000, port_listed_type(self->name));
	EXPECT_EQ(0, port_status(self->name).mps_nsrequest);
	EXPECT_EQ(0, port_status(self->name).mps_pdrequest);
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->name));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

TEST_F(request, cancelled_twice_gives_nothing)
{
	mach_port_name_t previous = TEST_POISON;

	ASSERT_EQ(KERN_SUCCESS, port_cancel(self->name, variant->id, NULL));
	EXPECT_EQ(KERN_SUCCESS,
		  port_cancel(self->name, variant->id, &previous));
	EXPECT_EQ(MACH_PORT_NULL, previous);
}

/* P-175 */
TEST_F(request, dead_notify_port_is_no_obstacle)
{
	mach_port_name_t other = port_new();

	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->notify));
	EXPECT_EQ(KERN_SUCCESS, port_destroy(self->name));
	EXPECT_FALSE(port_exists(self->name));
	EXPECT_EQ(NOTE_NONE, note_receive(other, &self->value));
}

TEST_F(request, previous_right_of_a_dead_notify_port_is_dead)
{
	mach_port_name_t previous = TEST_POISON;

	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->notify));
	EXPECT_EQ(KERN_SUCCESS,
		  port_cancel(self->name, variant->id, &previous));
	EXPECT_EQ(MACH_PORT_DEAD, previous);
}

/* P-174 */
TEST_F(request, full_notify_port_gets_the_notification)
{
	ASSERT_TRUE(port_fill(self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->name));
	EXPECT_EQ(MACH_PORT_QLIMIT_DEFAULT + 1,
		  port_status(self->notify).mps_msgcount);
}

/* P-157 */
TEST_F(notify, port_destroyed_takes_no_sync)
{
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_notify(self->name, MACH_NOTIFY_PORT_DESTROYED, 1,
			      self->notify));
	EXPECT_EQ(0, port_status(self->name).mps_pdrequest);
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_notify(stale_name(), MACH_NOTIFY_PORT_DESTROYED, 1,
			      self->notify));
}

/* P-158 */
TEST_F(notify, other_ids_cannot_be_requested)
{
	mach_msg_id_t ids[] = { 65, 71, 64, 67, 68, 77, 1234, 0, -1 };

	for (int i = 0; i < ARRAY_SIZE(ids); i++) {
		EXPECT_EQ(KERN_INVALID_VALUE,
			  port_notify(self->name, ids[i], 0, self->notify));
		EXPECT_EQ(KERN_INVALID_CAPABILITY,
			  port_notify(self->name, ids[i], 0, MACH_PORT_DEAD));
	}
}

/* P-44 */
TEST_F(notify, request_that_is_refused_notifies_once)
{
	EXPECT_EQ(KERN_INVALID_NAME,
		  port_notify(stale_name(), MACH_NOTIFY_NO_SENDERS, 0,
			      self->notify));
	EXPECT_EQ(71, msg_receive_id(self->notify));
	EXPECT_EQ(-1, msg_receive_id(self->notify));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_notify(self->name, 1234, 0, self->notify));
	EXPECT_EQ(71, msg_receive_id(self->notify));
	EXPECT_EQ(-1, msg_receive_id(self->notify));
}

/* P-45 */
TEST_F(notify, notify_right_must_be_send_once)
{
	mach_msg_type_name_t types[] = { MAKE_SEND, MOVE_RECEIVE };

	for (int i = 0; i < ARRAY_SIZE(types); i++) {
		mach_port_name_t port = port_new();
		mach_port_name_t once = port_new_send_once(port);

		EXPECT_EQ(MIG_TYPE_ERROR,
			  port_request_notification(self->name,
						    MACH_NOTIFY_NO_SENDERS, 1,
						    port, types[i], NULL));
		/* The right was taken, and is destroyed. */
		if (types[i] == MAKE_SEND)
			EXPECT_EQ(1, port_status(port).mps_mscount);
		EXPECT_TRUE(entry_is(once, types[i] == MAKE_SEND ? ENTRY_SO :
								   ENTRY_DN,
				     1));
	}
	EXPECT_EQ(MIG_TYPE_ERROR,
		  port_request_notification(self->name, MACH_NOTIFY_NO_SENDERS,
					    1, MACH_PORT_NULL, MAKE_SEND,
					    NULL));
	EXPECT_EQ(0, port_status(self->name).mps_nsrequest);
}

TEST_F(notify, notify_right_may_be_moved)
{
	mach_port_name_t once = port_new_send_once(self->notify);

	ASSERT_EQ(KERN_SUCCESS,
		  port_request_notification(self->name, MACH_NOTIFY_NO_SENDERS,
					    0, once, MOVE_SEND_ONCE, NULL));
	EXPECT_FALSE(port_exists(once));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS,
		  note_receive(self->notify, &self->value));
}

TEST_F(notify, moved_notify_port_gets_the_notification)
{
	mach_port_name_t name = port_new_send();

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS, 0,
					    self->notify));
	ASSERT_TRUE(port_park(self->notify, self->queue));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS,
		  note_receive(port_take(self->queue), &self->value));
}

/*
 * The order of what one operation sends to one port: first what comes of the
 * port's own end, then no-senders, then what is about the name.
 */
TEST_F(notify, end_of_a_send_right_is_told_in_order)
{
	mach_port_name_t name = port_new_send();

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS, 0,
					    self->notify));
	ASSERT_TRUE(port_park(name, self->queue));
	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_DEAD_NAME, 0,
					    self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(MACH_NOTIFY_PORT_DELETED,
		  note_receive(self->notify, &self->value));
}

TEST_F(notify, destroy_of_both_rights_is_told_in_order)
{
	mach_port_name_t name = port_new_send();
	struct message msg;

	message_init(&msg, name, MAKE_SEND_ONCE, self->notify, MAKE_SEND_ONCE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS, 0,
					    self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_DEAD_NAME, 0,
					    self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(name));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(MACH_NOTIFY_PORT_DELETED,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
}

TEST_F(notify, death_is_told_after_the_queue_has_gone)
{
	mach_port_name_t once = port_new_send_once(self->name);
	struct message msg;

	message_init(&msg, self->name, MAKE_SEND, self->notify,
		     MAKE_SEND_ONCE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	ASSERT_EQ(KERN_SUCCESS, port_notify(self->name, MACH_NOTIFY_DEAD_NAME,
					    0, self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_notify(once, MACH_NOTIFY_DEAD_NAME, 0,
					    self->notify));
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->name, MACH_PORT_RIGHT_RECEIVE, -1));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(once, self->value);
	EXPECT_EQ(MACH_NOTIFY_PORT_DELETED,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(self->name, self->value);
}

TEST_F(notify, receive_tells_of_room_before_no_senders)
{
	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->name, 1));
	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 7));
	ASSERT_EQ(KERN_SUCCESS, port_notify(self->name, MACH_NOTIFY_NO_SENDERS,
					    0, self->notify));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->name, MACH_NOTIFY_SEND_POSSIBLE, 1,
			      self->notify));
	ASSERT_EQ(7, msg_receive_id(self->name));
	EXPECT_EQ(MACH_NOTIFY_SEND_POSSIBLE,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS,
		  note_receive(self->notify, &self->value));
}

TEST_HARNESS_MAIN
