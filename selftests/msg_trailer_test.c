// SPDX-License-Identifier: GPL-2.0
/*
 * Trailers: their sizes, who is said to have sent the message, and that each
 * byte that reaches the receiver was meant for it.
 */
#include "machipc_utils.h"

#include <stddef.h>

/* The layout that all trailers are a beginning of, as 64-bit receivers see it. */
struct max_trailer {
	uint32_t type;
	uint32_t size;
	uint32_t seqno;
	uint32_t sender[2];
	uint32_t audit[8];
	uint32_t context[2];
	uint32_t ad;
	uint32_t label;
};

FIXTURE(trailer) {
	mach_port_name_t port;		/* R + S(1) */
	struct message msg;
	struct message rcv;
};

FIXTURE_SETUP(trailer)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
		     MACH_PORT_NULL, 0);
}

FIXTURE_TEARDOWN(trailer)
{
}

static uint32_t trailer_size(int elements)
{
	static const uint32_t sizes[] = { 8, 12, 20, 52, 60, 68, 68, 68 };

	return elements < 8 ? sizes[elements] : 68;
}

static const struct max_trailer *trailer_of(struct message *msg)
{
	return message_trailer(msg);
}

/* Receives the next message with a trailer of so many elements. */
static mach_msg_return_t
receive_elements(mach_port_name_t name, struct message *msg, int elements)
{
	return msg_receive_option(name, msg, MACH_RCV_TIMEOUT |
				  MACH_RCV_TRAILER_ELEMENTS(elements), 0);
}

/* M-138 */
TEST(trailer_structures_have_the_documented_sizes)
{
	EXPECT_EQ(8, sizeof(mach_msg_trailer_t));
	EXPECT_EQ(12, sizeof(mach_msg_seqno_trailer_t));
	EXPECT_EQ(20, sizeof(mach_msg_security_trailer_t));
	EXPECT_EQ(52, sizeof(mach_msg_audit_trailer_t));
	EXPECT_EQ(60, sizeof(mach_msg_context_trailer_t));
	EXPECT_EQ(68, sizeof(mach_msg_mac_trailer_t));
	EXPECT_EQ(68, sizeof(mach_msg_max_trailer_t));
	EXPECT_EQ(52, offsetof(mach_msg_context_trailer_t, msgh_context));
	EXPECT_EQ(60, offsetof(mach_msg_mac_trailer_t, msgh_ad));
	EXPECT_EQ(64, offsetof(mach_msg_mac_trailer_t, msgh_labels));
}

/* M-138 */
TEST_F(trailer, size_follows_from_the_elements)
{
	for (int elements = 0; elements < 16; elements++) {
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  receive_elements(self->port, &self->rcv, elements));
		EXPECT_EQ(trailer_size(elements), trailer_of(&self->rcv)->size)
			TH_LOG("%d elements", elements);
		EXPECT_EQ(0, trailer_of(&self->rcv)->type);
	}
}

/* Gives the process four ids that differ from each other. */
static bool become_somebody(void)
{
	return !setresgid(40, 41, 42) && !setresuid(30, 31, 0);
}

/* M-139, S-3 */
TEST_F(trailer, tokens_tell_who_has_sent)
{
	const struct max_trailer *trailer;

	ASSERT_TRUE(become_somebody());
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  receive_elements(self->port, &self->rcv, 3));
	trailer = trailer_of(&self->rcv);
	EXPECT_EQ(31, trailer->sender[0]);
	EXPECT_EQ(41, trailer->sender[1]);
	EXPECT_EQ(31, trailer->audit[1]);
	EXPECT_EQ(41, trailer->audit[2]);
	EXPECT_EQ(30, trailer->audit[3]);
	EXPECT_EQ(40, trailer->audit[4]);
	EXPECT_EQ(getpid(), trailer->audit[5]);
	/* The kernel has version 0, a process never. */
	EXPECT_NE(0, trailer->audit[7]);
}

static void send_hello(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect();

	ASSERT_NE(MACH_PORT_NULL, parent);
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(parent, MACH_MSG_TYPE_COPY_SEND, 1));
}

/* M-139, S-9 */
TEST_F(trailer, tokens_of_another_process_are_its_own)
{
	const struct max_trailer *trailer;
	pid_t pids[2];
	uint32_t versions[2];

	ASSERT_TRUE(parent_publish(self->port));
	for (int i = 0; i < 2; i++) {
		pids[i] = child_start(_metadata, send_hello, NULL);
		ASSERT_TRUE(child_wait(pids[i]));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  receive_elements(self->port, &self->rcv, 3));
		trailer = trailer_of(&self->rcv);
		EXPECT_EQ(pids[i], trailer->audit[5]);
		versions[i] = trailer->audit[7];
	}
	/* A process number may come again, its version does not. */
	EXPECT_NE(versions[0], versions[1]);
}

/* M-140, S-2 */
TEST_F(trailer, tokens_are_those_of_the_time_of_sending)
{
	const struct max_trailer *trailer;

	ASSERT_TRUE(become_somebody());
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(0, setresuid(-1, 0, -1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  receive_elements(self->port, &self->rcv, 3));
	trailer = trailer_of(&self->rcv);
	EXPECT_EQ(31, trailer->sender[0]);
	EXPECT_EQ(31, trailer->audit[1]);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  receive_elements(self->port, &self->rcv, 3));
	trailer = trailer_of(&self->rcv);
	EXPECT_EQ(0, trailer->sender[0]);
	EXPECT_EQ(0, trailer->audit[1]);
}

/* M-141 */
TEST_F(trailer, context_is_that_of_the_time_of_receiving)
{
	const struct max_trailer *trailer;

	ASSERT_EQ(KERN_SUCCESS, port_set_context(self->port, 1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(KERN_SUCCESS,
		  port_set_context(self->port, 0x1122334455667788));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  receive_elements(self->port, &self->rcv, 4));
	trailer = trailer_of(&self->rcv);
	EXPECT_EQ(0x55667788, trailer->context[0]);
	EXPECT_EQ(0x11223344, trailer->context[1]);
}

/* M-142 */
TEST_F(trailer, notification_is_from_the_kernel)
{
	const struct max_trailer *trailer;
	mach_port_name_t about = port_new_send();

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(about, MACH_NOTIFY_NO_SENDERS, 1, self->port));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(about));
	ASSERT_EQ(KERN_SUCCESS,
		  port_deallocate(port_new_send_once(self->port)));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(about, MACH_NOTIFY_DEAD_NAME, 0, self->port));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(about));
	for (int i = 0; i < 3; i++) {
		static const mach_msg_id_t ids[] = {
			MACH_NOTIFY_NO_SENDERS,
			MACH_NOTIFY_SEND_ONCE,
			MACH_NOTIFY_PORT_DELETED,
		};

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  receive_elements(self->port, &self->rcv, 3));
		EXPECT_EQ(ids[i], self->rcv.head.msgh_id);
		trailer = trailer_of(&self->rcv);
		EXPECT_EQ(i, trailer->seqno);
		EXPECT_EQ(0, trailer->sender[0]);
		EXPECT_EQ(1, trailer->sender[1]);
		for (int j = 0; j < 8; j++)
			EXPECT_EQ(0, trailer->audit[j]);
	}
}

/* M-143, S-15 */
TEST_F(trailer, label_and_verdict_are_zero)
{
	static const int elements[] = { 5, 6, 7, 8, 9, 12, 15 };

	/* The low options are those to send and receive, and what is too long. */
	for (size_t i = 0; i < 16 * ARRAY_SIZE(elements); i++) {
		mach_msg_option_t low = i % 16;

		if (!(low & MACH_RCV_MSG))
			continue;
		memset(&self->rcv, 0xa5, sizeof(self->rcv));
		self->rcv.head = self->msg.head;
		if (!(low & MACH_SEND_MSG))
			ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_trap(&self->rcv, low | MACH_RCV_TIMEOUT |
				   MACH_RCV_TRAILER_ELEMENTS(elements[i / 16]),
				   self->msg.head.msgh_size, sizeof(self->rcv),
				   self->port, 0));
		EXPECT_EQ(0, trailer_of(&self->rcv)->ad);
		EXPECT_EQ(0, trailer_of(&self->rcv)->label);
	}
}

/* What the trailer of a message from this process has to be, byte for byte. */
static struct max_trailer own_trailer(uint32_t size, uint32_t seqno)
{
	return (struct max_trailer) {
		.size = size,
		.seqno = seqno,
		.sender = { geteuid(), getegid() },
		.audit = { 0, geteuid(), getegid(), getuid(), getgid(),
			   getpid(), 0, 0 },
		.context = { 0xc0ffee, 0 },
	};
}

/* M-144, M-171 */
TEST_F(trailer, each_byte_is_what_the_kernel_says)
{
	ASSERT_EQ(KERN_SUCCESS, port_set_context(self->port, 0xc0ffee));
	/* The sender claims otherwise, within the message and behind it. */
	memset(self->msg.byte, 0x77, sizeof(self->msg.byte));
	for (int elements = 0; elements < 16; elements++) {
		uint32_t size = trailer_size(elements);
		struct max_trailer own = own_trailer(size, 2 * elements + 1);
		struct max_trailer got = { 0 };

		/* The memory of this message may be used for the next one. */
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_trap(&self->msg, MACH_SEND_MSG, 120, 0,
				   MACH_PORT_NULL, 0));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_trap(&self->msg, MACH_SEND_MSG |
				   MACH_SEND_TRAILER, 32, 0, MACH_PORT_NULL,
				   0));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  receive_elements(self->port, &self->rcv, elements));
		memcpy(&got, trailer_of(&self->rcv), size);
		/* Those that have no meaning on the outside. */
		own.audit[0] = got.audit[0];
		own.audit[6] = got.audit[6];
		own.audit[7] = got.audit[7];
		EXPECT_EQ(0, memcmp(&own, &got, size))
			TH_LOG("%d elements", elements);
	}
}

/* M-171, S-12 */
TEST_F(trailer, each_byte_of_a_short_message_is_defined)
{
	ASSERT_EQ(KERN_SUCCESS, port_set_context(self->port, 0xc0ffee));
	self->msg.head.msgh_size = 400;
	/* No byte of the body is in the trailer of those who refuse it. */
	memset(self->msg.byte, 0x77, sizeof(self->msg.byte));
	for (int elements = 0; elements < 16; elements++) {
		uint32_t size = trailer_size(elements);
		const struct max_trailer expected = {
			.size = size,
			.seqno = elements,
			.sender = { 0, 1 },
			.context = { 0xc0ffee, 0 },
		};

		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		memset(&self->rcv, 0xa5, sizeof(self->rcv));
		ASSERT_EQ(MACH_RCV_TOO_LARGE,
			  msg_trap(&self->rcv, MACH_RCV_MSG |
				   MACH_RCV_TRAILER_ELEMENTS(elements), 0,
				   400, self->port, 0));
		EXPECT_EQ(24, self->rcv.head.msgh_size);
		EXPECT_EQ(0, memcmp(&expected, trailer_of(&self->rcv), size))
			TH_LOG("%d elements", elements);
	}
}

/* M-145, S-32 */
TEST_F(trailer, importance_is_never_raised)
{
	self->msg.head.msgh_bits |= MACH_MSGH_BITS_RAISEIMP;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(0x1100, self->rcv.head.msgh_bits);

	/* Also not if both sides declare interest. */
	self->msg.head.msgh_bits = MACH_MSG_TYPE_COPY_SEND;
	ASSERT_EQ(KERN_SUCCESS,
		  port_set_attributes(self->port, MACH_PORT_IMPORTANCE_RECEIVER,
				      NULL, 0));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(&self->msg, MACH_SEND_MSG | MACH_SEND_IMPORTANCE,
			   24, 0, MACH_PORT_NULL, 0));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(0x1100, self->rcv.head.msgh_bits);
}

/* M-173 */
TEST_F(trailer, nothing_is_read_behind_a_complex_header)
{
	char *edge = memory_edge();
	mach_msg_return_t mr;

	self->msg.head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	memcpy(edge - 24, &self->msg, 24);
	mr = msg_trap(edge - 24, MACH_SEND_MSG, 24, 0, MACH_PORT_NULL, 0);
	if (mr == MACH_SEND_MSG_TOO_SMALL)
		return;
	/* The other choice is to take it as a count of 0. */
	ASSERT_EQ(MACH_MSG_SUCCESS, mr);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(24, self->rcv.head.msgh_size);
	EXPECT_EQ(8, trailer_of(&self->rcv)->size);
}

TEST_HARNESS_MAIN
