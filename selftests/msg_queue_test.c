// SPDX-License-Identifier: GPL-2.0
/*
 * Queues: when a message is admitted, who waits, in which order, and what
 * becomes of messages whose port dies.
 */
#include "machipc_utils.h"

FIXTURE(queue) {
	mach_port_name_t port;		/* R + S(1), queue limit 5 */
	struct message msg;
};

FIXTURE_SETUP(queue)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	ASSERT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(self->port));
}

FIXTURE_TEARDOWN(queue)
{
}

static mach_msg_return_t send_copy(mach_port_name_t name, mach_msg_id_t id)
{
	return msg_send_id(name, MACH_MSG_TYPE_COPY_SEND, id);
}

/* Sends through a send-once right made from the receive right @name. */
static mach_msg_return_t send_once(mach_port_name_t name, mach_msg_id_t id)
{
	return msg_send_id(name, MACH_MSG_TYPE_MAKE_SEND_ONCE, id);
}

/* M-72 */
TEST_F(queue, default_limit_is_five)
{
	for (int id = 0; id < 5; id++)
		EXPECT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, id));
	EXPECT_EQ(MACH_SEND_TIMED_OUT, send_copy(self->port, 5));
	EXPECT_EQ(5, port_status(self->port).mps_msgcount);
}

/* M-73 */
TEST_F(queue, send_once_right_goes_over_the_limit)
{
	ASSERT_TRUE(port_fill(self->port));
	EXPECT_EQ(MACH_MSG_SUCCESS, send_once(self->port, 6));
	EXPECT_EQ(6, port_status(self->port).mps_msgcount);
}

/* M-74 */
TEST_F(queue, limit_zero_is_full_even_for_a_waiting_receiver)
{
	struct msg_thread receiver;

	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->port, 0));
	ASSERT_TRUE(msg_thread_receive(&receiver, self->port));
	EXPECT_EQ(MACH_SEND_TIMED_OUT, send_copy(self->port, 1));
	EXPECT_TRUE(msg_thread_stays_blocked(&receiver));
	EXPECT_EQ(MACH_MSG_SUCCESS, send_once(self->port, 2));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receiver));
	EXPECT_EQ(2, receiver.msg.head.msgh_id);
}

/* M-75 */
TEST_F(queue, blocked_sender_proceeds_after_a_receive)
{
	struct msg_thread sender;

	ASSERT_TRUE(port_fill(self->port));
	ASSERT_TRUE(msg_thread_send(&sender, self->port,
				    MACH_MSG_TYPE_COPY_SEND, 100));
	EXPECT_TRUE(msg_thread_stays_blocked(&sender));
	EXPECT_EQ(1, msg_receive_id(self->port));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
	for (int id = 2; id <= 5; id++)
		EXPECT_EQ(id, msg_receive_id(self->port));
	EXPECT_EQ(100, msg_receive_id(self->port));
	EXPECT_EQ(-1, msg_receive_id(self->port));
}

/* M-75 */
TEST_F(queue, blocked_senders_proceed_in_the_order_they_blocked)
{
	struct msg_thread senders[3];

	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->port, 1));
	ASSERT_TRUE(port_fill(self->port));
	for (int i = 0; i < 3; i++)
		ASSERT_TRUE(msg_thread_send(&senders[i], self->port,
					    MACH_MSG_TYPE_COPY_SEND, 100 + i));
	EXPECT_EQ(1, msg_receive_id(self->port));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&senders[i]));
		if (i < 2)
			EXPECT_TRUE(is_blocked(senders[i + 1].tid));
		EXPECT_EQ(100 + i, msg_receive_id(self->port));
	}
}

/* M-76 */
TEST_F(queue, slot_handed_over_cannot_be_taken_by_a_poll)
{
	struct msg_thread sender;

	ASSERT_TRUE(port_fill(self->port));
	ASSERT_TRUE(msg_thread_send(&sender, self->port,
				    MACH_MSG_TYPE_COPY_SEND, 100));
	EXPECT_EQ(1, msg_receive_id(self->port));
	EXPECT_EQ(MACH_SEND_TIMED_OUT, send_copy(self->port, 101));
	EXPECT_EQ(5, port_status(self->port).mps_msgcount);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
}

/* M-77 */
TEST_F(queue, messages_over_the_limit_drain_before_a_sender_proceeds)
{
	struct msg_thread sender;

	ASSERT_TRUE(port_fill(self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_once(self->port, 6));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_once(self->port, 7));
	ASSERT_TRUE(msg_thread_send(&sender, self->port,
				    MACH_MSG_TYPE_COPY_SEND, 100));
	EXPECT_EQ(1, msg_receive_id(self->port));
	EXPECT_EQ(2, msg_receive_id(self->port));
	EXPECT_TRUE(msg_thread_stays_blocked(&sender));
	EXPECT_EQ(5, port_status(self->port).mps_msgcount);
	EXPECT_EQ(3, msg_receive_id(self->port));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
	EXPECT_EQ(5, port_status(self->port).mps_msgcount);
}

/* M-78 */
TEST_F(queue, sender_to_a_dying_port_succeeds)
{
	struct msg_thread sender;

	ASSERT_TRUE(port_fill(self->port));
	ASSERT_TRUE(msg_thread_send(&sender, self->port,
				    MACH_MSG_TYPE_COPY_SEND, 100));
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->port, MACH_PORT_RIGHT_RECEIVE, -1));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(self->port));
}

/* M-79 */
TEST_F(queue, raised_limit_releases_that_many_senders)
{
	struct msg_thread senders[3];

	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->port, 1));
	ASSERT_TRUE(port_fill(self->port));
	for (int i = 0; i < 3; i++)
		ASSERT_TRUE(msg_thread_send(&senders[i], self->port,
					    MACH_MSG_TYPE_COPY_SEND, 100 + i));
	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->port, 3));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&senders[0]));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&senders[1]));
	EXPECT_TRUE(msg_thread_stays_blocked(&senders[2]));
	EXPECT_EQ(3, port_status(self->port).mps_msgcount);
	EXPECT_EQ(1, msg_receive_id(self->port));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&senders[2]));
}

TEST_F(queue, lowered_limit_drops_nothing)
{
	for (int id = 0; id < 4; id++)
		ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, id));
	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->port, 2));
	EXPECT_EQ(4, port_status(self->port).mps_msgcount);
	EXPECT_EQ(0, msg_receive_id(self->port));
	EXPECT_EQ(1, msg_receive_id(self->port));
	EXPECT_EQ(MACH_SEND_TIMED_OUT, send_copy(self->port, 4));
	EXPECT_EQ(2, msg_receive_id(self->port));
	EXPECT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 4));
}

/* What no limit holds back, the kernel's own does. */
TEST_F_TIMEOUT(queue, send_once_right_stops_at_the_limit_of_the_kernel,
	       TEST_SLOW)
{
	mach_port_name_t port = port_new(), once;

	for (int id = 0; id < MACH_PORT_QLIMIT_KERNEL; id++)
		ASSERT_EQ(MACH_MSG_SUCCESS, send_once(port, id));
	EXPECT_EQ(MACH_SEND_TIMED_OUT, send_once(port, -2));
	/* There is no wait, and the message is given back. */
	once = port_new_send_once(port);
	message_init(&self->msg, once, MACH_MSG_TYPE_MOVE_SEND_ONCE,
		     MACH_PORT_NULL, 0);
	EXPECT_EQ(MACH_SEND_NO_BUFFER,
		  msg_trap(&self->msg, MACH_SEND_MSG, 24, 0, MACH_PORT_NULL,
			   0));
	once = self->msg.head.msgh_remote_port;
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(once));
	EXPECT_EQ(0, msg_receive_id(port));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 1));
}

/* M-80 */
TEST_F(queue, messages_arrive_in_the_order_they_were_sent)
{
	ASSERT_EQ(KERN_SUCCESS,
		  port_set_qlimit(self->port, MACH_PORT_QLIMIT_LARGE));
	for (int id = 0; id < 300; id++) {
		/* Through both kinds of right, which share the queue. */
		ASSERT_EQ(MACH_MSG_SUCCESS, id % 3 ? send_copy(self->port, id) :
						     send_once(self->port, id));
	}
	for (int id = 0; id < 300; id++)
		ASSERT_EQ(id, msg_receive_id(self->port));
}

/* M-81 */
TEST_F(queue, port_sent_to_itself_dies)
{
	mach_port_name_t reply = port_new();

	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&self->msg, self->port, MACH_MSG_TYPE_MOVE_RECEIVE);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(self->port));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(reply));
}

/* M-82 */
TEST_F(queue, two_ports_in_each_others_queue_die)
{
	mach_port_name_t a = port_new_send(), b = port_new_send();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(b, MACH_MSG_TYPE_COPY_SEND, a,
				 MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(a));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(a, MACH_MSG_TYPE_COPY_SEND, b,
				 MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(a));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(b));
}

TEST_F(queue, ring_of_three_ports_dies_and_a_chain_does_not)
{
	mach_port_name_t a = port_new_send(), b = port_new_send();
	mach_port_name_t c = port_new_send();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(b, MACH_MSG_TYPE_COPY_SEND, a,
				 MACH_MSG_TYPE_MOVE_RECEIVE));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(c, MACH_MSG_TYPE_COPY_SEND, b,
				 MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(a));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(b));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(a, MACH_MSG_TYPE_COPY_SEND, c,
				 MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(a));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(b));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(c));
}

/* M-83 */
TEST_F(queue, reply_port_is_told_when_the_port_dies_with_the_request)
{
	mach_port_name_t reply = port_new();

	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(-1, msg_receive_id(reply));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(reply));
	EXPECT_EQ(-1, msg_receive_id(reply));
}

/* M-84 */
TEST_F(queue, send_once_notification_has_the_documented_form)
{
	const mach_msg_audit_trailer_t *trailer;

	ASSERT_EQ(KERN_SUCCESS,
		  port_deallocate(port_new_send_once(self->port)));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_receive_option(self->port, &self->msg,
				     MACH_RCV_TRAILER_ELEMENTS(3), 0));
	EXPECT_EQ(24, self->msg.head.msgh_size);
	EXPECT_EQ(0x1200, self->msg.head.msgh_bits);
	EXPECT_EQ(MACH_PORT_NULL, self->msg.head.msgh_remote_port);
	EXPECT_EQ(self->port, self->msg.head.msgh_local_port);
	EXPECT_EQ(0, self->msg.head.msgh_voucher_port);
	EXPECT_EQ(71, self->msg.head.msgh_id);
	trailer = message_trailer(&self->msg);
	EXPECT_EQ(0, trailer->msgh_sender.val[0]);
	EXPECT_EQ(1, trailer->msgh_sender.val[1]);
}

/* M-85 */
TEST_F(queue, waiter_on_the_port_comes_before_one_on_its_set)
{
	struct msg_thread direct, indirect;
	mach_port_name_t pset = pset_new();

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, pset));
	/* The one on the set has waited for longer. */
	ASSERT_TRUE(msg_thread_receive(&indirect, pset));
	ASSERT_TRUE(msg_thread_receive(&direct, self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 1));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&direct));
	EXPECT_TRUE(msg_thread_stays_blocked(&indirect));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, 2));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&indirect));
	EXPECT_EQ(2, indirect.msg.head.msgh_id);
}

TEST_F(queue, waiters_are_served_in_the_order_they_came)
{
	struct msg_thread receivers[3];

	for (int i = 0; i < 3; i++)
		ASSERT_TRUE(msg_thread_receive(&receivers[i], self->port));
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, i));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receivers[i]));
		EXPECT_EQ(i, receivers[i].msg.head.msgh_id);
	}
}

/* M-86 */
TEST_F(queue, sender_stays_blocked_while_the_port_moves)
{
	mach_port_name_t moved = port_new_send();
	struct msg_thread sender;

	ASSERT_TRUE(port_fill(moved));
	ASSERT_TRUE(msg_thread_send(&sender, moved, MACH_MSG_TYPE_COPY_SEND,
				    100));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->port, MACH_MSG_TYPE_COPY_SEND, moved,
				 MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_TRUE(msg_thread_stays_blocked(&sender));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->msg));
	EXPECT_EQ(moved, self->msg.port[0].name);
	EXPECT_TRUE(msg_thread_stays_blocked(&sender));
	for (int id = 1; id <= 5; id++) {
		EXPECT_EQ(id, msg_receive_id(moved));
		if (id == 1)
			EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
	}
	EXPECT_EQ(100, msg_receive_id(moved));
}

/* M-87 */
TEST_F_TIMEOUT(queue, ten_thousand_nested_messages_die_together, TEST_SLOW)
{
	mach_port_name_t outer = port_new(), inner = MACH_PORT_NULL;
	mach_port_name_t reply = port_new();

	/* The innermost message tells when it is destroyed. */
	message_init(&self->msg, outer, MACH_MSG_TYPE_MAKE_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	for (int depth = 0; depth < 10000; depth++) {
		inner = outer;
		outer = port_new();
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_send_right(outer, MACH_MSG_TYPE_MAKE_SEND, inner,
					 MACH_MSG_TYPE_MOVE_RECEIVE));
	}
	EXPECT_LE(10000, object_excess("ports"));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(outer));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(reply));
	/* What is left is for the fixture of the next test to count. */
	EXPECT_GE(10, name_count());
}

/* Rights that a message on a queue carries are released with its port. */
TEST_F(queue, rights_in_a_dead_queue_are_released)
{
	mach_port_name_t counted = port_new_send(), notify = port_new();
	mach_port_name_t once = port_new();

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(counted, MACH_NOTIFY_NO_SENDERS, 1, notify));
	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND, counted,
		     MACH_MSG_TYPE_MOVE_SEND);
	message_add_port(&self->msg, counted, MACH_MSG_TYPE_MAKE_SEND);
	message_add_port(&self->msg, once, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(-1, msg_receive_id(notify));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(notify, &self->msg));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, self->msg.head.msgh_id);
	EXPECT_EQ(2, message_notified(&self->msg));
	EXPECT_EQ(-1, msg_receive_id(notify));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
}

TEST_HARNESS_MAIN
