// SPDX-License-Identifier: GPL-2.0
/*
 * What one can receive from, who gets a message, what ends a wait, and what
 * the header of a received message says.
 */
#include "machipc_utils.h"

FIXTURE(receive) {
	mach_port_name_t port;		/* R + S(1) */
	mach_port_name_t other;		/* R + S(1) */
	mach_port_name_t pset;
	struct message msg;
};

FIXTURE_SETUP(receive)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	self->other = port_new_send();
	self->pset = pset_new();
	ASSERT_NE(MACH_PORT_NULL, self->pset);
}

FIXTURE_TEARDOWN(receive)
{
}

static mach_msg_return_t send_copy(mach_port_name_t name, mach_msg_id_t id)
{
	return msg_send_id(name, MACH_MSG_TYPE_COPY_SEND, id);
}

static mach_port_seqno_t seqno_of(struct message *msg)
{
	const mach_msg_seqno_trailer_t *trailer = message_trailer(msg);

	return trailer->msgh_seqno;
}

static mach_msg_return_t
receive_seqno(mach_port_name_t name, struct message *msg)
{
	return msg_receive_option(name, msg, MACH_RCV_TIMEOUT |
				  MACH_RCV_TRAILER_ELEMENTS(1), 0);
}

/* M-95 */
TEST_F(receive, name_without_a_receive_right_is_invalid)
{
	mach_port_name_t names[] = {
		MACH_PORT_NULL,
		MACH_PORT_DEAD,
		stale_name(),
		dead_name_new(1),
		port_new_parked(self->other),
		port_new_dying(1),
		port_new_send_once(self->port),
		self_task(),
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(MACH_RCV_INVALID_NAME,
			  msg_receive(names[i], &self->msg))
			TH_LOG("name %zu", i);
	}
	EXPECT_EQ(0xa5a5a5a5, self->msg.head.msgh_bits);
}

/* M-96 */
TEST_F(receive, member_of_a_set_can_be_received_from)
{
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->pset));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 96));
	EXPECT_EQ(96, msg_receive_id(self->port));
	EXPECT_EQ(-1, msg_receive_id(self->pset));
}

/* M-97 */
TEST_F(receive, waiter_learns_that_its_port_was_destroyed)
{
	struct msg_thread receiver;

	ASSERT_TRUE(msg_thread_receive(&receiver, self->port));
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->port, MACH_PORT_RIGHT_RECEIVE, -1));
	EXPECT_EQ(MACH_RCV_PORT_CHANGED, msg_thread_join(&receiver));
}

/* M-97 */
TEST_F(receive, waiter_learns_that_its_port_was_moved)
{
	struct msg_thread receivers[2];

	ASSERT_TRUE(msg_thread_receive(&receivers[0], self->port));
	ASSERT_TRUE(msg_thread_receive(&receivers[1], self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->other, MACH_MSG_TYPE_COPY_SEND,
				 self->port, MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_EQ(MACH_RCV_PORT_CHANGED, msg_thread_join(&receivers[0]));
	EXPECT_EQ(MACH_RCV_PORT_CHANGED, msg_thread_join(&receivers[1]));
}

/* M-98 */
TEST_F(receive, waiter_learns_that_its_set_was_destroyed)
{
	struct msg_thread receiver;

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->pset));
	ASSERT_TRUE(msg_thread_receive(&receiver, self->pset));
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->pset, MACH_PORT_RIGHT_PORT_SET, -1));
	EXPECT_EQ(MACH_RCV_PORT_CHANGED, msg_thread_join(&receiver));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 98));
	EXPECT_EQ(98, msg_receive_id(self->port));
}

/* M-98 */
TEST_F(receive, messages_of_members_outlive_their_set)
{
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->pset));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 98));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->pset));
	EXPECT_EQ(98, msg_receive_id(self->port));
}

/* M-99 */
TEST_F(receive, waiter_on_a_set_is_not_disturbed_by_a_member)
{
	struct msg_thread receiver;
	mach_port_name_t moved = port_new(), left = port_new();
	mach_port_name_t names[] = { self->port, self->other, moved, left };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ASSERT_EQ(KERN_SUCCESS,
			  port_insert_member(names[i], self->pset));
	ASSERT_TRUE(msg_thread_receive(&receiver, self->pset));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(port_new(), MACH_MSG_TYPE_MAKE_SEND, moved,
				 MACH_MSG_TYPE_MOVE_RECEIVE));
	ASSERT_EQ(KERN_SUCCESS, port_extract_member(left, self->pset));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(left, self->pset));
	EXPECT_TRUE(msg_thread_stays_blocked(&receiver));

	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->other, 99));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receiver));
	EXPECT_EQ(99, receiver.msg.head.msgh_id);
	EXPECT_EQ(self->other, receiver.msg.head.msgh_local_port);
}

/* M-100 */
TEST_F(receive, port_with_messages_wakes_the_waiters_of_the_set_it_joins)
{
	struct msg_thread receivers[2];

	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 0));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 1));
	ASSERT_TRUE(msg_thread_receive(&receivers[0], self->pset));
	ASSERT_TRUE(msg_thread_receive(&receivers[1], self->pset));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->pset));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receivers[i]));
		EXPECT_EQ(i, receivers[i].msg.head.msgh_id);
	}
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
}

/* M-101 */
TEST_F(receive, empty_set_times_out)
{
	uint64_t start = now_ms();

	EXPECT_EQ(MACH_RCV_TIMED_OUT,
		  msg_receive_option(self->pset, &self->msg, MACH_RCV_TIMEOUT,
				     20));
	EXPECT_GE(now_ms() - start, 19);
}

/* M-102 */
TEST_F(receive, members_of_a_set_are_served_in_turn)
{
	int served[2] = { 0 };

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->pset));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->other, self->pset));
	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->port, 10));
	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->other, 10));
	for (int i = 0; i < 10; i++)
		ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, i));
	for (int i = 0; i < 10; i++)
		ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->other, i));
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->pset, &self->msg));
		served[self->msg.head.msgh_local_port == self->other]++;
	}
	EXPECT_LT(0, served[0]);
	EXPECT_LT(0, served[1]);
	/* None is lost on the way. */
	for (int i = 0; i < 16; i++)
		EXPECT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->pset, &self->msg));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(self->pset, &self->msg));
}

/* M-103 */
TEST_F(receive, sequence_numbers_count_the_messages_of_a_port)
{
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, i));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  receive_seqno(self->port, &self->msg));
		EXPECT_EQ(i, seqno_of(&self->msg));
	}
	/* Whether or not the number is asked for. */
	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 4));
	ASSERT_EQ(4, msg_receive_id(self->port));
	EXPECT_EQ(5, port_status(self->port).mps_seqno);
}

/* M-103 */
TEST_F(receive, members_of_a_set_keep_their_own_sequence_numbers)
{
	mach_port_seqno_t next[2] = { 0, 7 };

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->pset));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->other, self->pset));
	ASSERT_EQ(KERN_SUCCESS, port_set_seqno(self->other, 7));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, i));
		ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->other, i));
	}
	for (int i = 0; i < 6; i++) {
		int which;

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  receive_seqno(self->pset, &self->msg));
		which = self->msg.head.msgh_local_port == self->other;
		EXPECT_EQ(next[which]++, seqno_of(&self->msg));
	}
	EXPECT_EQ(3, next[0]);
	EXPECT_EQ(10, next[1]);
}

/* M-103 */
TEST_F(receive, message_handed_to_a_waiter_has_the_next_number)
{
	struct msg_thread receiver = {
		.option = MACH_RCV_MSG | MACH_RCV_TRAILER_ELEMENTS(1),
		.rcv_size = sizeof(receiver.msg),
		.rcv_name = self->port,
	};

	ASSERT_EQ(KERN_SUCCESS, port_set_seqno(self->port, 41));
	ASSERT_TRUE(msg_thread_start(&receiver));
	ASSERT_TRUE(wait_until_blocked(receiver.tid));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 0));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receiver));
	EXPECT_EQ(41, seqno_of(&receiver.msg));
	EXPECT_EQ(42, port_status(self->port).mps_seqno);
}

/* M-104 */
TEST_F(receive, local_port_names_the_member)
{
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->pset));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->pset, &self->msg));
	EXPECT_EQ(self->port, self->msg.head.msgh_local_port);
}

/* M-105 */
TEST_F(receive, queued_message_is_received_without_waiting)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 105));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_receive_option(self->port, &self->msg, MACH_RCV_TIMEOUT,
				     0));
	EXPECT_EQ(105, self->msg.head.msgh_id);
}

static void no_handler(int sig)
{
}

TEST_F(receive, signal_ends_a_wait)
{
	struct sigaction action = {
		.sa_handler = no_handler,
		.sa_flags = SA_RESTART,
	};
	struct msg_thread receiver;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_TRUE(msg_thread_receive(&receiver, self->port));
	ASSERT_EQ(0, pthread_kill(receiver.thread, SIGUSR1));
	EXPECT_EQ(MACH_RCV_INTERRUPTED, msg_thread_join(&receiver));
	EXPECT_EQ(0, receiver.msg.head.msgh_bits);
	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 1));
	EXPECT_EQ(1, msg_receive_id(self->port));
}

/* Sends from @port with a reply, receives, and leaves the header in @msg. */
static mach_msg_return_t
pass_header(struct message *msg, mach_port_name_t remote,
	    mach_msg_type_name_t remote_type, mach_port_name_t receive,
	    mach_port_name_t local, mach_msg_type_name_t local_type)
{
	mach_msg_return_t mr;

	message_init(msg, remote, remote_type, local, local_type);
	mr = msg_send(msg);
	return mr ? mr : msg_receive(receive, msg);
}

/* M-116 */
TEST_F(receive, bits_tell_of_the_reply_and_of_the_address)
{
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_header(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
			      self->port, self->other,
			      MACH_MSG_TYPE_MAKE_SEND_ONCE));
	EXPECT_EQ(0x1112, self->msg.head.msgh_bits);
}

/* M-117 */
TEST_F(receive, message_to_a_send_once_right_says_so)
{
	mach_port_name_t once = port_new_send_once(self->port);

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_header(&self->msg, once, MACH_MSG_TYPE_MOVE_SEND_ONCE,
			      self->port, MACH_PORT_NULL, 0));
	EXPECT_EQ(0x1200, self->msg.head.msgh_bits);
	EXPECT_EQ(self->port, self->msg.head.msgh_local_port);
	EXPECT_FALSE(port_exists(once));
}

/* M-118 */
TEST_F(receive, reply_right_works_and_is_gone_after_use)
{
	mach_port_name_t reply;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_header(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
			      self->port, self->other,
			      MACH_MSG_TYPE_MAKE_SEND_ONCE));
	reply = self->msg.head.msgh_remote_port;
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(reply));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(reply, MACH_MSG_TYPE_MOVE_SEND_ONCE, 118));
	EXPECT_FALSE(port_exists(reply));
	EXPECT_EQ(118, msg_receive_id(self->other));
}

/* M-119 */
TEST_F(receive, reply_right_of_a_known_port_keeps_its_name)
{
	mach_port_name_t known = port_new_parked(self->other);

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_header(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
			      self->port, known, MACH_MSG_TYPE_COPY_SEND));
	EXPECT_EQ(known, self->msg.head.msgh_remote_port);
	EXPECT_EQ(2, port_send_refs(known));
}

/* M-120 */
TEST_F(receive, send_once_rights_of_one_port_have_different_names)
{
	mach_port_name_t first;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_header(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
			      self->port, self->other,
			      MACH_MSG_TYPE_MAKE_SEND_ONCE));
	first = self->msg.head.msgh_remote_port;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_header(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
			      self->port, self->other,
			      MACH_MSG_TYPE_MAKE_SEND_ONCE));
	EXPECT_NE(first, self->msg.head.msgh_remote_port);
	EXPECT_NE(self->other, first);
	EXPECT_NE(self->other, self->msg.head.msgh_remote_port);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(first));
}

/* M-121 */
TEST_F(receive, reply_port_that_died_is_dead)
{
	uint32_t names;

	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
		     self->other, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->other));
	names = name_count();
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->msg));
	EXPECT_EQ(MACH_PORT_DEAD, self->msg.head.msgh_remote_port);
	EXPECT_EQ(0x1112, self->msg.head.msgh_bits);
	EXPECT_EQ(names, name_count());
}

/* M-122 */
TEST_F(receive, no_senders_fires_when_the_message_is_received)
{
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->port, MACH_NOTIFY_NO_SENDERS, 1,
			      self->other));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(self->port, MACH_MSG_TYPE_MOVE_SEND, 122));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->port));
	EXPECT_EQ(-1, msg_receive_id(self->other));
	EXPECT_EQ(122, msg_receive_id(self->port));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, msg_receive_id(self->other));
}

/* M-124 */
TEST_F(receive, reply_made_from_the_own_receive_right_has_its_name)
{
	mach_port_name_t own = port_new();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_header(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
			      self->port, own, MACH_MSG_TYPE_MAKE_SEND));
	EXPECT_EQ(own, self->msg.head.msgh_remote_port);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(own));
}

TEST_HARNESS_MAIN
