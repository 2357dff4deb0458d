// SPDX-License-Identifier: GPL-2.0
/*
 * Receive rights that move and ports that die: what goes along, who is woken,
 * what becomes of the queue, and rings of ports in each other's queues.
 */
#include "port_utils.h"

#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND
#define MAKE_SEND_ONCE	MACH_MSG_TYPE_MAKE_SEND_ONCE
#define COPY_SEND	MACH_MSG_TYPE_COPY_SEND
#define MOVE_RECEIVE	MACH_MSG_TYPE_MOVE_RECEIVE

FIXTURE(move) {
	mach_port_name_t queue;		/* where a right is moved through */
	mach_port_name_t notify;
	mach_port_name_t name;
};

FIXTURE_SETUP(move)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->queue = port_new();
	self->notify = port_new();
	self->name = port_new();
	ASSERT_NE(MACH_PORT_NULL, self->name);
}

FIXTURE_TEARDOWN(move)
{
}

/* Each way to lose a receive right for good. */
static kern_return_t destroy_by_mod_refs(mach_port_name_t name)
{
	return port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1);
}

static kern_return_t destroy_by_destruct(mach_port_name_t name)
{
	return port_destruct(name, 0, 0);
}

static kern_return_t destroy_in_transit(mach_port_name_t name)
{
	mach_port_name_t parking = port_new();

	if (!port_park(name, parking))
		return KERN_FAILURE;
	return port_destroy(parking);
}

/* What each of them does to those who know the port. */
FIXTURE(death) {
	mach_port_name_t name;
	mach_port_name_t notify;
};

FIXTURE_VARIANT(death) {
	kern_return_t (*destroy)(mach_port_name_t name);
};

FIXTURE_VARIANT_ADD(death, by_destroy) {
	.destroy = port_destroy,
};

FIXTURE_VARIANT_ADD(death, by_mod_refs) {
	.destroy = destroy_by_mod_refs,
};

FIXTURE_VARIANT_ADD(death, by_destruct) {
	.destroy = destroy_by_destruct,
};

FIXTURE_VARIANT_ADD(death, in_transit) {
	.destroy = destroy_in_transit,
};

FIXTURE_SETUP(death)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->name = port_new();
	self->notify = port_new();
	ASSERT_NE(MACH_PORT_NULL, self->notify);
}

FIXTURE_TEARDOWN(death)
{
}

/* A foreign receiver: takes over a port with three messages in its queue. */
static void take_over_queue(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect(), own = port_new(), name;
	struct message msg;

	(void)data;
	ASSERT_NE(MACH_PORT_NULL, parent);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(parent, COPY_SEND, own, MAKE_SEND));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(own, &msg));
	name = msg.port[0].name;
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
	for (int i = 0; i < 3; i++) {
		mach_msg_seqno_trailer_t *trailer;

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive_option(name, &msg, MACH_RCV_TIMEOUT |
					     MACH_RCV_TRAILER_ELEMENTS(1), 0));
		trailer = message_trailer(&msg);
		EXPECT_EQ(10 + i, msg.head.msgh_id);
		EXPECT_EQ(i, trailer->msgh_seqno);
	}
}

/* P-111 */
TEST_F(move, queue_moves_to_the_new_owner_in_order)
{
	struct message msg;
	pid_t child;

	ASSERT_TRUE(parent_publish(self->queue));
	child = child_start(_metadata, take_over_queue, NULL);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->queue, &msg));

	/* One that is received leaves a sequence number to start from. */
	for (int id = 9; id < 13; id++)
		ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, id));
	ASSERT_EQ(9, msg_receive_id(self->name));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(msg.port[0].name, COPY_SEND, self->name,
				 MOVE_RECEIVE));
	EXPECT_FALSE(port_exists(self->name));
	EXPECT_TRUE(child_wait(child));
}

/* P-112, P-113 */
TEST_F(move, port_arrives_without_counts_guard_and_sets)
{
	mach_port_name_t set = pset_new();
	mach_port_status_t status;

	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->name, 9));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->name, set));
	ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, 1));
	ASSERT_EQ(1, msg_receive_id(self->name));
	ASSERT_EQ(KERN_SUCCESS, port_guard(self->name, 0x1234, true));
	status = port_status(self->name);
	ASSERT_EQ(1, status.mps_pset);
	ASSERT_EQ(1, status.mps_seqno);
	ASSERT_EQ(1, status.mps_mscount);

	ASSERT_TRUE(port_park(self->name, self->queue));
	self->name = port_take(self->queue);
	status = port_status(self->name);
	EXPECT_EQ(0, status.mps_pset);
	EXPECT_EQ(0, status.mps_seqno);
	EXPECT_EQ(0, status.mps_mscount);
	EXPECT_EQ(9, status.mps_qlimit);
	EXPECT_EQ(0, status.mps_flags);
	EXPECT_EQ(0, port_context(self->name));
	EXPECT_EQ(KERN_SUCCESS, port_destroy(self->name));
}

/* P-112 */
TEST_F(move, plain_context_is_lost)
{
	ASSERT_EQ(KERN_SUCCESS, port_set_context(self->name, 0x1234));
	ASSERT_TRUE(port_park(self->name, self->queue));
	EXPECT_EQ(0, port_context(port_take(self->queue)));
}

/* P-114 */
TEST_F(move, no_senders_request_goes_along)
{
	mach_port_name_t name = port_new_send();
	uint32_t count;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_NO_SENDERS, 0, self->notify));
	ASSERT_TRUE(port_park(name, self->queue));
	ASSERT_EQ(name, port_take(self->queue));
	EXPECT_NE(0, port_status(name).mps_nsrequest);
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &count));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, note_receive(self->notify, &count));
	EXPECT_EQ(0, count);
}

/* P-115 */
TEST_F(move, receiver_is_woken_when_the_right_moves)
{
	struct msg_thread receiver;

	ASSERT_TRUE(msg_thread_receive(&receiver, self->name));
	ASSERT_TRUE(port_park(self->name, self->queue));
	EXPECT_EQ(MACH_RCV_PORT_CHANGED, msg_thread_join(&receiver));
}

/* P-115 */
TEST_F(death, receiver_is_woken)
{
	struct msg_thread receiver;

	ASSERT_TRUE(msg_thread_receive(&receiver, self->name));
	ASSERT_EQ(KERN_SUCCESS, variant->destroy(self->name));
	EXPECT_EQ(MACH_RCV_PORT_CHANGED, msg_thread_join(&receiver));
}

/* P-116 */
TEST_F(death, receiver_on_a_set_sleeps_on)
{
	mach_port_name_t set = pset_new(), other = port_new();
	struct msg_thread receiver;

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->name, set));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(other, set));
	ASSERT_TRUE(msg_thread_receive(&receiver, set));
	ASSERT_EQ(KERN_SUCCESS, variant->destroy(self->name));
	EXPECT_TRUE(wait_until_blocked(receiver.tid));
	EXPECT_FALSE(msg_thread_done(&receiver));
	ASSERT_EQ(0, msg_send_id(other, MAKE_SEND, 7));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receiver));
	EXPECT_EQ(7, receiver.msg.head.msgh_id);
}

/* P-116 */
TEST_F(move, receiver_on_a_set_sleeps_on_when_a_member_moves)
{
	mach_port_name_t set = pset_new();
	struct msg_thread receiver;

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->name, set));
	ASSERT_TRUE(msg_thread_receive(&receiver, set));
	ASSERT_TRUE(port_park(self->name, self->queue));
	EXPECT_TRUE(wait_until_blocked(receiver.tid));
	EXPECT_FALSE(msg_thread_done(&receiver));
	EXPECT_EQ(KERN_SUCCESS, port_destroy(set));
	EXPECT_EQ(MACH_RCV_PORT_CHANGED, msg_thread_join(&receiver));
}

/* P-117 */
TEST_F(move, blocked_sender_waits_for_the_new_owner)
{
	struct msg_thread sender;

	ASSERT_TRUE(port_fill(self->name));
	ASSERT_TRUE(msg_thread_send(&sender, self->name, MAKE_SEND, 7));
	ASSERT_TRUE(port_park(self->name, self->queue));
	self->name = port_take(self->queue);
	EXPECT_TRUE(wait_until_blocked(sender.tid));
	EXPECT_FALSE(msg_thread_done(&sender));

	for (int id = 1; id <= MACH_PORT_QLIMIT_DEFAULT; id++)
		EXPECT_EQ(id, msg_receive_id(self->name));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
	EXPECT_EQ(7, msg_receive_id(self->name));
}

/* P-118 */
TEST_F(death, blocked_sender_succeeds_and_its_message_dies)
{
	struct msg_thread sender;

	ASSERT_TRUE(port_fill(self->name));
	memset(&sender, 0, sizeof(sender));
	message_init(&sender.msg, self->name, MAKE_SEND, self->notify,
		     MAKE_SEND_ONCE);
	message_add_port(&sender.msg, self->notify, MAKE_SEND_ONCE);
	sender.option = MACH_SEND_MSG;
	ASSERT_TRUE(msg_thread_start(&sender));
	ASSERT_TRUE(wait_until_blocked(sender.tid));

	ASSERT_EQ(KERN_SUCCESS, variant->destroy(self->name));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->notify));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->notify));
	EXPECT_EQ(-1, msg_receive_id(self->notify));
}

/* P-119 */
TEST_F(move, port_in_transit_takes_messages_up_to_its_limit)
{
	mach_port_name_t name = port_new_parked(self->queue);

	for (int id = 0; id < MACH_PORT_QLIMIT_DEFAULT; id++)
		EXPECT_EQ(0, msg_send_id(name, COPY_SEND, id));
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send_id(name, COPY_SEND, 99));
	ASSERT_EQ(name, port_take(self->queue));
	for (int id = 0; id < MACH_PORT_QLIMIT_DEFAULT; id++)
		EXPECT_EQ(id, msg_receive_id(name));
}

/* P-120 */
TEST_F(death, queued_reply_right_notifies)
{
	struct message msg;

	message_init(&msg, self->name, MAKE_SEND, self->notify,
		     MAKE_SEND_ONCE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_EQ(-1, msg_receive_id(self->notify));
	ASSERT_EQ(KERN_SUCCESS, variant->destroy(self->name));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->notify));
	EXPECT_EQ(-1, msg_receive_id(self->notify));
}

/* P-121 */
TEST_F(death, queued_receive_right_dies)
{
	mach_port_name_t send = port_new_parked(self->name), port = port_new();
	mach_port_name_t once = port_new_send_once(port);

	ASSERT_TRUE(port_park(port, self->name));
	ASSERT_EQ(KERN_SUCCESS, variant->destroy(self->name));
	EXPECT_TRUE(entry_is(send, ENTRY_DN, 1));
	EXPECT_TRUE(entry_is(once, ENTRY_DN, 1));
}

/* P-122 */
TEST_F(death, no_senders_request_ends_in_send_once)
{
	mach_port_name_t holder = port_new();

	/* A send right that is neither in the entry nor in the queue. */
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(holder, MAKE_SEND, self->name, MAKE_SEND));
	ASSERT_EQ(KERN_SUCCESS, port_notify(self->name, MACH_NOTIFY_NO_SENDERS,
					    0, self->notify));
	ASSERT_EQ(KERN_SUCCESS, variant->destroy(self->name));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->notify));
	EXPECT_EQ(-1, msg_receive_id(self->notify));
}

/* P-123 */
TEST_F(move, destroy_of_the_last_send_right_too_is_no_senders)
{
	mach_port_name_t name = port_new_sends(3);
	uint32_t count;

	ASSERT_EQ(KERN_SUCCESS, port_set_mscount(name, 12));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_NO_SENDERS, 0, self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(name));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, note_receive(self->notify, &count));
	EXPECT_EQ(12, count);
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &count));
}

/* P-124 */
TEST_F(move, port_sent_to_itself_dies)
{
	mach_port_name_t name = port_new_sends(2);

	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(name, COPY_SEND, name, MOVE_RECEIVE));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
}

/* P-125 */
TEST_F(move, ring_of_two_ports_dies)
{
	mach_port_name_t a = port_new_send(), b = port_new_send();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(b, COPY_SEND, a, MOVE_RECEIVE));
	EXPECT_TRUE(entry_is(a, ENTRY_S, 1));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(a, COPY_SEND, b, MOVE_RECEIVE));
	EXPECT_TRUE(entry_is(a, ENTRY_DN, 1));
	EXPECT_TRUE(entry_is(b, ENTRY_DN, 1));
}

/* P-126 */
TEST_F(move, ring_of_three_ports_dies)
{
	mach_port_name_t a = port_new_send(), b = port_new_send();
	mach_port_name_t c = port_new_send();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(b, COPY_SEND, a, MOVE_RECEIVE));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(c, COPY_SEND, b, MOVE_RECEIVE));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(a, COPY_SEND, c, MOVE_RECEIVE));
	EXPECT_TRUE(entry_is(a, ENTRY_DN, 1));
	EXPECT_TRUE(entry_is(b, ENTRY_DN, 1));
	EXPECT_TRUE(entry_is(c, ENTRY_DN, 1));
}

/* P-126 */
TEST_F(move, chain_without_a_ring_is_delivered)
{
	mach_port_name_t a = port_new_send(), b = port_new_send();
	mach_port_name_t c = port_new_send();

	ASSERT_EQ(0, msg_send_id(a, COPY_SEND, 7));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(b, COPY_SEND, a, MOVE_RECEIVE));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(c, COPY_SEND, b, MOVE_RECEIVE));
	EXPECT_EQ(b, port_take(c));
	EXPECT_EQ(a, port_take(b));
	EXPECT_EQ(7, msg_receive_id(a));
}

/* Received rights are no part of a ring any more. */
TEST_F(move, right_that_was_received_can_be_sent_back)
{
	mach_port_name_t a = port_new_send(), b = port_new_send();

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_send_right(b, COPY_SEND, a, MOVE_RECEIVE));
		ASSERT_EQ(a, port_take(b));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_send_right(a, COPY_SEND, b, MOVE_RECEIVE));
		ASSERT_EQ(b, port_take(a));
	}
}

/* P-127 */
TEST_F(death, port_destroyed_request_saves_the_port)
{
	mach_port_name_t once = port_new_send_once(self->name);
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->name, 9));
	for (int id = 1; id <= 3; id++)
		ASSERT_EQ(0, msg_send_id(self->name, MAKE_SEND, id));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->name, MACH_NOTIFY_PORT_DESTROYED, 0,
			      self->notify));
	EXPECT_NE(0, port_status(self->name).mps_pdrequest);
	ASSERT_EQ(KERN_SUCCESS, variant->destroy(self->name));
	EXPECT_FALSE(port_exists(self->name));
	EXPECT_TRUE(entry_is(once, ENTRY_SO, 1));

	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->notify, &msg));
	EXPECT_EQ(MACH_NOTIFY_PORT_DESTROYED, msg.head.msgh_id);
	EXPECT_TRUE(entry_is(msg.port[0].name, ENTRY_R, 0));
	EXPECT_EQ(9, port_status(msg.port[0].name).mps_qlimit);
	EXPECT_EQ(0, port_status(msg.port[0].name).mps_pdrequest);
	for (int id = 1; id <= 3; id++)
		EXPECT_EQ(id, msg_receive_id(msg.port[0].name));
}

/* P-129 */
TEST_F(move, port_destroyed_request_leaves_the_send_rights)
{
	mach_port_name_t name = port_new_sends(2);
	uint32_t right;

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_PORT_DESTROYED,
					    0, self->notify));
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1));
	EXPECT_TRUE(entry_is(name, ENTRY_S, 2));
	EXPECT_EQ(MACH_NOTIFY_PORT_DESTROYED,
		  note_receive(self->notify, &right));
	EXPECT_EQ(name, right);
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 2));
}

/* P-130 */
TEST_F(death, port_destroyed_request_is_used_up)
{
	mach_port_name_t once = port_new_send_once(self->name);
	uint32_t right;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->name, MACH_NOTIFY_PORT_DESTROYED, 0,
			      self->notify));
	ASSERT_EQ(KERN_SUCCESS, variant->destroy(self->name));
	ASSERT_EQ(MACH_NOTIFY_PORT_DESTROYED,
		  note_receive(self->notify, &right));
	ASSERT_EQ(KERN_SUCCESS, variant->destroy(right));
	EXPECT_FALSE(port_exists(right));
	EXPECT_TRUE(entry_is(once, ENTRY_DN, 1));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &right));
}

/* P-176 */
TEST_F(death, port_destroyed_request_to_a_dead_port_saves_nothing)
{
	mach_port_name_t once = port_new_send_once(self->name);

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->name, MACH_NOTIFY_PORT_DESTROYED, 0,
			      self->notify));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->notify));
	ASSERT_EQ(KERN_SUCCESS, variant->destroy(self->name));
	EXPECT_FALSE(port_exists(self->name));
	EXPECT_TRUE(entry_is(once, ENTRY_DN, 1));
}

/* P-177 */
TEST_F(death, port_destroyed_request_to_itself_saves_nothing)
{
	mach_port_name_t once = port_new_send_once(self->name);

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->name, MACH_NOTIFY_PORT_DESTROYED, 0,
			      self->name));
	ASSERT_EQ(KERN_SUCCESS, variant->destroy(self->name));
	EXPECT_FALSE(port_exists(self->name));
	EXPECT_TRUE(entry_is(once, ENTRY_DN, 1));
}

/* The notify port waits in the queue of the port that it would be given. */
TEST_F(death, port_destroyed_request_to_its_own_queue_saves_nothing)
{
	mach_port_name_t once = port_new_send_once(self->name);
	mach_port_name_t other = port_new_send_once(self->notify);

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->name, MACH_NOTIFY_PORT_DESTROYED, 0,
			      self->notify));
	ASSERT_TRUE(port_park(self->notify, self->name));
	ASSERT_EQ(KERN_SUCCESS, variant->destroy(self->name));
	EXPECT_TRUE(entry_is(once, ENTRY_DN, 1));
	EXPECT_TRUE(entry_is(other, ENTRY_DN, 1));
}

/* It is the one that is told, if it survives. */
TEST_F(death, port_destroyed_request_to_its_own_queue_dies_as_a_right_does)
{
	mach_port_name_t saver = port_new(), notify = TEST_POISON;
	uint32_t none;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->name, MACH_NOTIFY_PORT_DESTROYED, 0,
			      self->notify));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->notify, MACH_NOTIFY_PORT_DESTROYED, 0,
			      saver));
	ASSERT_TRUE(port_park(self->notify, self->name));
	ASSERT_EQ(KERN_SUCCESS, variant->destroy(self->name));

	EXPECT_EQ(MACH_NOTIFY_PORT_DESTROYED, note_receive(saver, &notify));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, note_receive(notify, &none));
	EXPECT_EQ(NOTE_NONE, note_receive(notify, &none));
}

TEST_HARNESS_MAIN
