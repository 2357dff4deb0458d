// SPDX-License-Identifier: GPL-2.0
/*
 * Receive buffers that are too small, and those that cannot be written.
 */
#include "machipc_utils.h"

#define SIZE	100	/* of the message that is received */

FIXTURE(size) {
	mach_port_name_t port;		/* R + S(1) */
	mach_port_name_t reply;		/* R */
	struct message msg;
	struct message rcv;
};

FIXTURE_SETUP(size)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	self->reply = port_new();
	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
		     MACH_PORT_NULL, 0);
	self->msg.head.msgh_id = 42;
	self->msg.head.msgh_size = SIZE;
	memset(self->msg.byte, 0x5c, SIZE - sizeof(self->msg.head));
	memset(&self->rcv, 0xa5, sizeof(self->rcv));
}

FIXTURE_TEARDOWN(size)
{
}

static void want_reply(FIXTURE_DATA(size) *self)
{
	self->msg.head.msgh_bits =
		MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
			       MACH_MSG_TYPE_MAKE_SEND_ONCE);
	self->msg.head.msgh_local_port = self->reply;
}

/* Receives without waiting into a buffer of @size bytes; does not poison it. */
static mach_msg_return_t
receive_size(void *buffer, mach_port_name_t name, mach_msg_size_t size,
	     mach_msg_option_t option)
{
	return msg_trap(buffer, MACH_RCV_MSG | MACH_RCV_TIMEOUT | option, 0,
			size, name, 0);
}

static bool is_poison(const struct message *msg, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (((const uint8_t *)msg)[i] != 0xa5)
			return false;
	return true;
}

/* M-106 */
TEST_F(size, message_and_smallest_trailer_have_to_fit)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(&self->rcv, self->port, SIZE + 7,
			       MACH_RCV_LARGE));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  receive_size(&self->rcv, self->port, SIZE + 8,
			       MACH_RCV_LARGE));
	EXPECT_EQ(SIZE, self->rcv.head.msgh_size);
}

/* M-106 */
TEST_F(size, message_that_does_not_fit_is_too_large)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(&self->rcv, self->port, SIZE + 7, 0));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  receive_size(&self->rcv, self->port, SIZE + 8, 0));
}

/* M-107 */
TEST_F(size, trailer_that_is_asked_for_has_to_fit)
{
	const mach_msg_option_t audit = MACH_RCV_TRAILER_ELEMENTS(3);

	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(&self->rcv, self->port, SIZE + 51,
			       MACH_RCV_LARGE | audit));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  receive_size(&self->rcv, self->port, SIZE + 52,
			       MACH_RCV_LARGE | audit));
}

/* M-108 */
TEST_F(size, large_message_stays_and_its_size_is_reported)
{
	const mach_msg_seqno_trailer_t *trailer;

	ASSERT_EQ(KERN_SUCCESS, port_set_seqno(self->port, 8));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(&self->rcv, self->port, SIZE,
			       MACH_RCV_LARGE | MACH_RCV_TRAILER_ELEMENTS(3)));
	EXPECT_TRUE(is_poison(&self->rcv, 0, 4));
	EXPECT_EQ(SIZE, self->rcv.head.msgh_size);
	EXPECT_TRUE(is_poison(&self->rcv, 8, sizeof(self->rcv)));
	EXPECT_EQ(1, port_status(self->port).mps_msgcount);
	EXPECT_EQ(8, port_status(self->port).mps_seqno);

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_receive_option(self->port, &self->rcv,
				     MACH_RCV_LARGE |
				     MACH_RCV_TRAILER_ELEMENTS(1), 0));
	EXPECT_EQ(42, self->rcv.head.msgh_id);
	trailer = message_trailer(&self->rcv);
	EXPECT_EQ(8, trailer->msgh_seqno);
}

/* M-109 */
TEST_F(size, large_message_is_reported_without_a_buffer)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(NULL, self->port, 0, MACH_RCV_LARGE));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(NULL, self->port, 15,
			       MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY));
	EXPECT_EQ(1, port_status(self->port).mps_msgcount);
}

/* M-170 */
TEST_F(size, report_is_not_written_into_less_than_sixteen_bytes)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(&self->rcv, self->port, 15, MACH_RCV_LARGE));
	EXPECT_TRUE(is_poison(&self->rcv, 0, sizeof(self->rcv)));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(&self->rcv, self->port, 16, MACH_RCV_LARGE));
	EXPECT_EQ(SIZE, self->rcv.head.msgh_size);
	EXPECT_TRUE(is_poison(&self->rcv, 8, sizeof(self->rcv)));
}

TEST_F(size, report_that_cannot_be_written_leaves_the_message)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_INVALID_DATA,
		  receive_size(memory_edge(), self->port, 16, MACH_RCV_LARGE));
	EXPECT_EQ(1, port_status(self->port).mps_msgcount);
	EXPECT_EQ(42, msg_receive_id(self->port));
}

/* M-110 */
TEST_F(size, member_that_holds_the_large_message_is_reported)
{
	mach_port_name_t pset = pset_new();

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->reply, pset));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, pset));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(&self->rcv, pset, 24,
			       MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY));
	EXPECT_TRUE(is_poison(&self->rcv, 0, 4));
	EXPECT_EQ(SIZE, self->rcv.head.msgh_size);
	EXPECT_TRUE(is_poison(&self->rcv, 8, 12));
	EXPECT_EQ(self->port, self->rcv.head.msgh_local_port);
	EXPECT_TRUE(is_poison(&self->rcv, 16, sizeof(self->rcv)));
	EXPECT_EQ(1, port_status(self->port).mps_msgcount);
}

static mach_port_seqno_t next_seqno(FIXTURE_DATA(size) *self)
{
	const mach_msg_seqno_trailer_t *trailer;

	if (msg_receive_option(self->port, &self->rcv, MACH_RCV_TIMEOUT |
			       MACH_RCV_TRAILER_ELEMENTS(1), 0))
		return TEST_POISON;
	trailer = message_trailer(&self->rcv);
	return trailer->msgh_seqno;
}

/* M-111 */
TEST_F(size, message_lost_to_a_small_buffer_counts)
{
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(0, next_seqno(self));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(&self->rcv, self->port, SIZE, 0));
	EXPECT_EQ(1, port_status(self->port).mps_msgcount);
	EXPECT_EQ(2, next_seqno(self));
}

/* M-112 */
TEST_F(size, header_of_the_lost_message_is_received)
{
	const mach_msg_audit_trailer_t *trailer;

	want_reply(self);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(&self->rcv, self->port, SIZE,
			       MACH_RCV_TRAILER_ELEMENTS(3)));
	EXPECT_EQ(0x1112, self->rcv.head.msgh_bits);
	EXPECT_EQ(24, self->rcv.head.msgh_size);
	EXPECT_EQ(MACH_PORT_NULL, self->rcv.head.msgh_remote_port);
	EXPECT_EQ(self->port, self->rcv.head.msgh_local_port);
	EXPECT_EQ(0, self->rcv.head.msgh_voucher_port);
	EXPECT_EQ(42, self->rcv.head.msgh_id);
	trailer = message_trailer(&self->rcv);
	EXPECT_EQ(0, trailer->msgh_trailer_type);
	EXPECT_EQ(52, trailer->msgh_trailer_size);
	EXPECT_EQ(0, trailer->msgh_seqno);
	EXPECT_EQ(0, trailer->msgh_sender.val[0]);
	EXPECT_EQ(1, trailer->msgh_sender.val[1]);
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(0, trailer->msgh_audit.val[i]);
	EXPECT_TRUE(is_poison(&self->rcv, 24 + 52, sizeof(self->rcv)));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->reply));
	EXPECT_EQ(-1, msg_receive_id(self->port));
}

TEST_F(size, header_of_the_lost_message_keeps_what_was_no_right)
{
	self->msg.head.msgh_local_port = MACH_PORT_DEAD;
	self->msg.head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND);
	self->msg.head.msgh_voucher_port = 0x12345678;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(&self->rcv, self->port, SIZE, 0));
	EXPECT_EQ(0x1111, self->rcv.head.msgh_bits);
	EXPECT_EQ(MACH_PORT_DEAD, self->rcv.head.msgh_remote_port);
	EXPECT_EQ(0x12345678, self->rcv.head.msgh_voucher_port);
}

/* M-113 */
TEST_F(size, receive_right_in_the_lost_message_dies)
{
	mach_port_name_t moved = port_new_send();

	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
		     MACH_PORT_NULL, 0);
	message_add_port(&self->msg, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(moved));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(&self->rcv, self->port, 40, 0));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(moved));
	/* The bits stay those of the message, although there is no body. */
	EXPECT_EQ(MACH_MSGH_BITS_COMPLEX | 0x1100, self->rcv.head.msgh_bits);
}

TEST_F(size, lost_message_does_not_fire_send_possible)
{
	ASSERT_TRUE(port_fill(self->port));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->port, MACH_NOTIFY_SEND_POSSIBLE, 1,
			      self->reply));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  receive_size(&self->rcv, self->port, 24, 0));
	EXPECT_EQ(-1, msg_receive_id(self->reply));
	EXPECT_EQ(2, msg_receive_id(self->port));
	EXPECT_EQ(MACH_NOTIFY_SEND_POSSIBLE, msg_receive_id(self->reply));
}

/* M-114 */
TEST_F(size, no_byte_is_written_beyond_the_buffer)
{
	static const mach_msg_option_t options[] = {
		0,
		MACH_RCV_TRAILER_ELEMENTS(3),
		MACH_RCV_TRAILER_ELEMENTS(8),
		MACH_RCV_LARGE,
		MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY,
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		for (mach_msg_size_t size = 0; size < SIZE + 8; size += 3) {
			char *edge = memory_edge();

			ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
			memset(&self->rcv, 0xa5, sizeof(self->rcv));
			EXPECT_EQ(MACH_RCV_TOO_LARGE,
				  receive_size(&self->rcv, self->port, size,
					       options[i]))
				TH_LOG("size %u, option 0x%x", size,
				       options[i]);
			EXPECT_TRUE(is_poison(&self->rcv, size,
					      sizeof(self->rcv)))
				TH_LOG("size %u, option 0x%x", size,
				       options[i]);
			/* Nor is it read or tried. */
			if (!port_status(self->port).mps_msgcount)
				ASSERT_EQ(MACH_MSG_SUCCESS,
					  msg_send(&self->msg));
			EXPECT_EQ(MACH_RCV_TOO_LARGE,
				  receive_size(edge - size, self->port, size,
					       options[i]))
				TH_LOG("size %u, option 0x%x", size,
				       options[i]);
			munmap(edge - 4096, 8192);
			while (msg_receive_id(self->port) >= 0)
				continue;
		}
	}
}

TEST_F(size, header_of_a_lost_message_that_cannot_be_written)
{
	want_reply(self);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_INVALID_DATA,
		  receive_size(memory_edge(), self->port, SIZE, 0));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
	EXPECT_EQ(1, port_status(self->port).mps_seqno);
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->reply));
}

/* M-115 */
TEST_F(size, message_goes_to_the_next_waiter_with_room)
{
	struct msg_thread small = {
		.option = MACH_RCV_MSG | MACH_RCV_LARGE,
		.rcv_size = 40,
		.rcv_name = self->port,
	};
	struct msg_thread large;

	ASSERT_TRUE(msg_thread_start(&small));
	ASSERT_TRUE(wait_until_blocked(small.tid));
	ASSERT_TRUE(msg_thread_receive(&large, self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_TOO_LARGE, msg_thread_join(&small));
	EXPECT_EQ(SIZE, small.msg.head.msgh_size);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&large));
	EXPECT_EQ(42, large.msg.head.msgh_id);
	EXPECT_EQ(1, port_status(self->port).mps_seqno);
}

TEST_F(size, waiter_with_a_small_buffer_takes_the_message_unless_large)
{
	struct msg_thread small = {
		.option = MACH_RCV_MSG,
		.rcv_size = 40,
		.rcv_name = self->port,
	};

	ASSERT_TRUE(msg_thread_start(&small));
	ASSERT_TRUE(wait_until_blocked(small.tid));
	want_reply(self);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_TOO_LARGE, msg_thread_join(&small));
	EXPECT_EQ(24, small.msg.head.msgh_size);
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->reply));
}

/* M-135 */
TEST_F(size, message_into_a_bad_buffer_is_gone)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_INVALID_DATA,
		  receive_size(memory_edge(), self->port, 1000, 0));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
	EXPECT_EQ(1, port_status(self->port).mps_seqno);
}

/* The rights are released as if the message had been destroyed. */
TEST_F(size, rights_of_a_message_into_a_bad_buffer_are_released)
{
	mach_port_name_t moved = port_new_send(), once = port_new();
	uint32_t names = name_count();

	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
		     self->reply, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&self->msg, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	message_add_port(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND);
	message_add_port(&self->msg, once, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_RCV_INVALID_DATA,
		  receive_size(memory_edge(), self->port, 1000, 0));
	EXPECT_EQ(names, name_count());
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(moved));
	EXPECT_EQ(1, port_send_refs(self->port));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->reply));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(once));
}

/* M-136 */
TEST_F(size, nothing_is_written_after_the_trailer)
{
	for (int elements = 0; elements < 16; elements++) {
		const mach_msg_trailer_t *trailer;

		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive_option(self->port, &self->rcv,
					     MACH_RCV_TRAILER_ELEMENTS(elements),
					     0));
		trailer = message_trailer(&self->rcv);
		EXPECT_TRUE(is_poison(&self->rcv,
				      SIZE + trailer->msgh_trailer_size,
				      sizeof(self->rcv)));
	}
}

/* M-137 */
TEST_F(size, trailer_follows_the_message)
{
	for (mach_msg_size_t size = 24; size < 64; size += 4) {
		const mach_msg_security_trailer_t *trailer;

		self->msg.head.msgh_size = size;
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive_option(self->port, &self->rcv,
					     MACH_RCV_TRAILER_ELEMENTS(2), 0));
		trailer = (void *)((char *)&self->rcv + size);
		EXPECT_EQ(0, trailer->msgh_trailer_type);
		EXPECT_EQ(20, trailer->msgh_trailer_size);
	}
}

TEST_HARNESS_MAIN
