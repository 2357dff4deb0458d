// SPDX-License-Identifier: GPL-2.0
/*
 * The message that could not be queued comes back to its sender, in a form
 * that can be sent again.
 */
#include "machipc_utils.h"

FIXTURE(giveback) {
	mach_port_name_t parking;	/* holds the receive right of port */
	mach_port_name_t port;		/* S(3), its queue full */
	mach_port_name_t reply;		/* R */
	struct message msg;
	struct message rcv;
};

/* Brings the receive right of the destination back, and makes room in it. */
static mach_msg_return_t drain(FIXTURE_DATA(giveback) *self)
{
	mach_msg_return_t mr = msg_receive(self->parking, &self->rcv);

	while (!mr)
		mr = msg_receive(self->port, &self->rcv);
	return mr == MACH_RCV_TIMED_OUT ? MACH_MSG_SUCCESS : mr;
}

FIXTURE_SETUP(giveback)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->parking = port_new();
	self->port = port_new_send();
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->port, MACH_PORT_RIGHT_SEND, 2));
	ASSERT_TRUE(port_fill(self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->parking, MACH_MSG_TYPE_MAKE_SEND,
				 self->port, MACH_MSG_TYPE_MOVE_RECEIVE));
	ASSERT_EQ(3, port_send_refs(self->port));
	self->reply = port_new();
	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
		     MACH_PORT_NULL, 0);
}

FIXTURE_TEARDOWN(giveback)
{
}

/* M-88 */
TEST_F(giveback, copied_destination_comes_back_as_a_moved_one)
{
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	EXPECT_EQ(self->port, self->msg.head.msgh_remote_port);
	EXPECT_EQ(MACH_MSG_TYPE_MOVE_SEND, self->msg.head.msgh_bits);
	EXPECT_EQ(4, port_send_refs(self->port));
}

TEST_F(giveback, moved_destination_comes_back)
{
	self->msg.head.msgh_bits = MACH_MSG_TYPE_MOVE_SEND;
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	EXPECT_EQ(self->port, self->msg.head.msgh_remote_port);
	EXPECT_EQ(MACH_MSG_TYPE_MOVE_SEND, self->msg.head.msgh_bits);
	EXPECT_EQ(3, port_send_refs(self->port));
}

TEST_F(giveback, made_destination_comes_back_under_the_receive_right)
{
	mach_port_name_t full = port_new();

	ASSERT_TRUE(port_fill(full));
	message_init(&self->msg, full, MACH_MSG_TYPE_MAKE_SEND,
		     MACH_PORT_NULL, 0);
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	EXPECT_EQ(full, self->msg.head.msgh_remote_port);
	EXPECT_EQ(MACH_MSG_TYPE_MOVE_SEND, self->msg.head.msgh_bits);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(full));
	EXPECT_EQ(1, port_send_refs(full));
}

/* M-89 */
TEST_F(giveback, made_send_once_reply_comes_back_under_a_new_name)
{
	self->msg.head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	self->msg.head.msgh_local_port = self->reply;
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	EXPECT_EQ(0x1211, self->msg.head.msgh_bits);
	EXPECT_NE(self->reply, self->msg.head.msgh_local_port);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE,
		  port_type(self->msg.head.msgh_local_port));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->reply));
	/* It is a right of the reply port. */
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(self->msg.head.msgh_local_port,
			      MACH_MSG_TYPE_MOVE_SEND_ONCE, 89));
	EXPECT_EQ(89, msg_receive_id(self->reply));
}

/* M-90 */
TEST_F(giveback, buffer_can_be_sent_again)
{
	mach_port_name_t carried = port_new_send();
	uint32_t names = name_count();

	self->msg.head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	self->msg.head.msgh_local_port = self->reply;
	self->msg.head.msgh_id = 90;
	message_add_port(&self->msg, carried, MACH_MSG_TYPE_COPY_SEND);
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, drain(self));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(3, port_send_refs(self->port));
	EXPECT_EQ(1, port_send_refs(carried));
	EXPECT_EQ(names, name_count());

	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(90, self->rcv.head.msgh_id);
	EXPECT_EQ(MACH_MSGH_BITS_COMPLEX | 0x1112, self->rcv.head.msgh_bits);
	EXPECT_EQ(carried, self->rcv.port[0].name);
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(self->rcv.head.msgh_remote_port,
			      MACH_MSG_TYPE_MOVE_SEND_ONCE, 91));
	EXPECT_EQ(91, msg_receive_id(self->reply));
	/* One send-once right was made, and it was used. */
	EXPECT_EQ(-1, msg_receive_id(self->reply));
}

/* M-91 */
TEST_F(giveback, moved_receive_right_comes_back_with_its_queue)
{
	mach_port_name_t moved = port_new();
	const mach_msg_seqno_trailer_t *trailer;

	for (int id = 0; id < 3; id++)
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_send_id(moved, MACH_MSG_TYPE_MAKE_SEND, id));
	EXPECT_EQ(0, msg_receive_id(moved));
	message_add_port(&self->msg, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	EXPECT_EQ(MACH_MSG_TYPE_MOVE_RECEIVE, self->msg.port[0].disposition);
	moved = self->msg.port[0].name;
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(moved));
	EXPECT_EQ(0, port_status(moved).mps_seqno);
	for (int id = 1; id < 3; id++) {
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive_option(moved, &self->rcv,
					     MACH_RCV_TRAILER_ELEMENTS(1), 0));
		EXPECT_EQ(id, self->rcv.head.msgh_id);
		trailer = message_trailer(&self->rcv);
		EXPECT_EQ(id - 1, trailer->msgh_seqno);
	}
}

TEST_F(giveback, body_comes_back_with_converted_dispositions)
{
	mach_port_name_t carried = port_new();

	message_add_port(&self->msg, carried, MACH_MSG_TYPE_MAKE_SEND);
	message_add_port(&self->msg, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND);
	message_add_port(&self->msg, carried, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	self->msg.port[0].pad1 = TEST_POISON;
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	EXPECT_EQ(MACH_MSGH_BITS_COMPLEX | 0x0011, self->msg.head.msgh_bits);
	EXPECT_EQ(3, self->msg.count);
	EXPECT_EQ(carried, self->msg.port[0].name);
	EXPECT_EQ(17, self->msg.port[0].disposition);
	EXPECT_EQ(0, self->msg.port[0].pad1);
	EXPECT_EQ(MACH_PORT_NULL, self->msg.port[1].name);
	EXPECT_EQ(17, self->msg.port[1].disposition);
	EXPECT_EQ(18, self->msg.port[2].disposition);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(self->msg.port[2].name));
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(carried));
}

/* M-93 */
TEST_F(giveback, no_byte_is_written_after_the_message)
{
	memset(self->msg.byte, 0x5c, sizeof(self->msg.byte));
	self->msg.head.msgh_size = 0x7777;
	EXPECT_EQ(MACH_SEND_TIMED_OUT,
		  msg_trap(&self->msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT, 40,
			   0, MACH_PORT_NULL, 0));
	EXPECT_EQ(40, self->msg.head.msgh_size);
	for (size_t i = 0; i < sizeof(self->msg.byte); i++)
		ASSERT_EQ(0x5c, self->msg.byte[i]);
}

TEST_F(giveback, id_and_data_come_back)
{
	self->msg.head.msgh_id = -93;
	self->msg.head.msgh_voucher_port = 0x12345678;
	self->msg.head.msgh_size = 28;
	self->msg.word[0] = 0xcafecafe;
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	EXPECT_EQ(-93, self->msg.head.msgh_id);
	EXPECT_EQ(0x12345678, self->msg.head.msgh_voucher_port);
	EXPECT_EQ(0xcafecafe, self->msg.word[0]);
}

TEST_F(giveback, read_only_buffer_does_not_change_the_result)
{
	char *page = memory_edge() - 4096;

	memcpy(page, &self->msg, sizeof(self->msg.head));
	ASSERT_EQ(0, mprotect(page, 4096, PROT_READ));
	EXPECT_EQ(MACH_SEND_TIMED_OUT,
		  msg_trap(page, MACH_SEND_MSG | MACH_SEND_TIMEOUT, 24, 0,
			   MACH_PORT_NULL, 0));
}

TEST_F(giveback, dead_reply_comes_back_dead)
{
	self->msg.head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_COPY_SEND);
	self->msg.head.msgh_local_port = dead_name_new(1);
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	EXPECT_EQ(MACH_PORT_DEAD, self->msg.head.msgh_local_port);
	EXPECT_EQ(0x1111, self->msg.head.msgh_bits);
}

/* In a call that sends and receives, the buffer for the receive is left alone. */
TEST_F(giveback, receive_buffer_is_not_touched)
{
	memset(&self->rcv, 0xa5, sizeof(self->rcv));
	EXPECT_EQ(MACH_SEND_TIMED_OUT,
		  msg_overwrite(&self->msg, MACH_SEND_MSG | MACH_RCV_MSG |
				MACH_SEND_TIMEOUT, 24, sizeof(self->rcv),
				self->reply, 0, &self->rcv));
	EXPECT_EQ(MACH_MSG_TYPE_MOVE_SEND, self->msg.head.msgh_bits);
	for (size_t i = 0; i < sizeof(self->rcv) / 4; i++)
		ASSERT_EQ(0xa5a5a5a5, ((uint32_t *)&self->rcv)[i]);
}

static void no_handler(int sig)
{
}

/* A signal gives back just as a timeout does. */
TEST_F(giveback, interrupted_send_gives_back)
{
	struct sigaction action = { .sa_handler = no_handler };
	struct msg_thread sender;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_TRUE(msg_thread_send(&sender, self->port,
				    MACH_MSG_TYPE_COPY_SEND, 100));
	ASSERT_EQ(0, pthread_kill(sender.thread, SIGUSR1));
	EXPECT_EQ(MACH_SEND_INTERRUPTED, msg_thread_join(&sender));
	EXPECT_EQ(MACH_MSG_TYPE_MOVE_SEND, sender.msg.head.msgh_bits);
	EXPECT_EQ(self->port, sender.msg.head.msgh_remote_port);
	EXPECT_EQ(4, port_send_refs(self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS, drain(self));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&sender.msg));
	EXPECT_EQ(100, msg_receive_id(self->port));
}

TEST_HARNESS_MAIN
