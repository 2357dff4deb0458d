// SPDX-License-Identifier: GPL-2.0
/*
 * What holds for every mach_msg call: layouts, codes, sizes, options, timeouts,
 * and which of the buffers is touched.
 */
#include "machipc_utils.h"

#include <stddef.h>

FIXTURE(basic) {
	mach_port_name_t port;	/* a receive right with a send right */
	struct message msg;
};

FIXTURE_SETUP(basic)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	ASSERT_NE(MACH_PORT_NULL, self->port);
	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
		     MACH_PORT_NULL, 0);
}

FIXTURE_TEARDOWN(basic)
{
}

/* Sends the message with an option and a size of one's own. */
#define send_as(_self, _option, _size) \
	msg_trap(&(_self)->msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT | (_option), \
		 _size, 0, MACH_PORT_NULL, 0)

/* M-1 */
TEST(layouts_have_the_documented_sizes)
{
	mach_msg_descriptor_t descriptor = { 0 };
	uint8_t *byte = (uint8_t *)&descriptor;

	EXPECT_EQ(24, sizeof(mach_msg_header_t));
	EXPECT_EQ(8, offsetof(mach_msg_header_t, msgh_remote_port));
	EXPECT_EQ(12, offsetof(mach_msg_header_t, msgh_local_port));
	EXPECT_EQ(16, offsetof(mach_msg_header_t, msgh_voucher_port));
	EXPECT_EQ(20, offsetof(mach_msg_header_t, msgh_id));
	EXPECT_EQ(28, sizeof(mach_msg_base_t));
	EXPECT_EQ(12, sizeof(mach_msg_port_descriptor_t));
	EXPECT_EQ(sizeof(void *) + 8, sizeof(mach_msg_ool_descriptor_t));
	EXPECT_EQ(sizeof(void *) + 8, sizeof(mach_msg_ool_ports_descriptor_t));

	descriptor.type.type = 0xab;
	EXPECT_EQ(0xab, byte[11]);
	descriptor.port.disposition = 0xcd;
	EXPECT_EQ(0xcd, byte[10]);
	descriptor.ool_ports.disposition = 0xef;
	EXPECT_EQ(0xef, byte[10]);
}

/* M-27 */
TEST(codes_have_the_documented_values)
{
	static const struct {
		unsigned int value;
		unsigned int code;
	} codes[] = {
		{ 0x00000000, MACH_MSG_SUCCESS },
		{ 0x00002000, MACH_MSG_IPC_SPACE },
		{ 0x00001000, MACH_MSG_VM_SPACE },
		{ 0x00000800, MACH_MSG_IPC_KERNEL },
		{ 0x00000400, MACH_MSG_VM_KERNEL },
		{ 0x10000001, MACH_SEND_IN_PROGRESS },
		{ 0x10000002, MACH_SEND_INVALID_DATA },
		{ 0x10000003, MACH_SEND_INVALID_DEST },
		{ 0x10000004, MACH_SEND_TIMED_OUT },
		{ 0x10000005, MACH_SEND_INVALID_VOUCHER },
		{ 0x10000007, MACH_SEND_INTERRUPTED },
		{ 0x10000008, MACH_SEND_MSG_TOO_SMALL },
		{ 0x10000009, MACH_SEND_INVALID_REPLY },
		{ 0x1000000a, MACH_SEND_INVALID_RIGHT },
		{ 0x1000000b, MACH_SEND_INVALID_NOTIFY },
		{ 0x1000000c, MACH_SEND_INVALID_MEMORY },
		{ 0x1000000d, MACH_SEND_NO_BUFFER },
		{ 0x1000000e, MACH_SEND_TOO_LARGE },
		{ 0x1000000f, MACH_SEND_INVALID_TYPE },
		{ 0x10000010, MACH_SEND_INVALID_HEADER },
		{ 0x10000011, MACH_SEND_INVALID_TRAILER },
		{ 0x10000015, MACH_SEND_INVALID_RT_OOL_SIZE },
		{ 0x10004001, MACH_RCV_IN_PROGRESS },
		{ 0x10004002, MACH_RCV_INVALID_NAME },
		{ 0x10004003, MACH_RCV_TIMED_OUT },
		{ 0x10004004, MACH_RCV_TOO_LARGE },
		{ 0x10004005, MACH_RCV_INTERRUPTED },
		{ 0x10004006, MACH_RCV_PORT_CHANGED },
		{ 0x10004007, MACH_RCV_INVALID_NOTIFY },
		{ 0x10004008, MACH_RCV_INVALID_DATA },
		{ 0x10004009, MACH_RCV_PORT_DIED },
		{ 0x1000400a, MACH_RCV_IN_SET },
		{ 0x1000400b, MACH_RCV_HEADER_ERROR },
		{ 0x1000400c, MACH_RCV_BODY_ERROR },
		{ 0x1000400d, MACH_RCV_INVALID_TYPE },
		{ 0x1000400e, MACH_RCV_SCATTER_SMALL },
		{ 0x1000400f, MACH_RCV_INVALID_TRAILER },
		{ 0x10004011, MACH_RCV_IN_PROGRESS_TIMED },
		{ 0x10008001, MACH_PEEK_IN_PROGRESS },
		{ 0x10008002, MACH_PEEK_READY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		EXPECT_EQ(codes[i].value, codes[i].code);
}

TEST(numbers_of_later_systems_have_the_documented_values)
{
	static const struct {
		unsigned int value;
		unsigned int number;
	} numbers[] = {
		{ 0x00100000, MACH_SEND_SYNC_OVERRIDE },
		{ 0x00004000, MACH_RCV_SYNC_WAIT },
		{ 0x00200000, MACH_SEND_PROPAGATE_QOS },
		{ 0x00200000, MACH_SEND_SYNC_USE_THRPRI },
		{ 0x00400000, MACH_SEND_KERNEL },
		{ 0x00008000, MACH_RCV_SYNC_PEEK },
		{ 0x00800000, MACH_SEND_SYNC_BOOTSTRAP_CHECKIN },
		{ 0x00001000, MACH_RCV_GUARDED_DESC },
		{ 0x00000200, MACH_MSG_STRICT_REPLY },
		{ 0x00010000, MACH_SEND_FILTER_NONFATAL },
		{ 0x10000012, MACH_SEND_INVALID_CONTEXT },
		{ 0x10000013, MACH_SEND_INVALID_OPTIONS },
		{ 0x10000016, MACH_SEND_NO_GRANT_DEST },
		{ 0x10000017, MACH_SEND_MSG_FILTERED },
		{ 0x10000018, MACH_SEND_AUX_TOO_SMALL },
		{ 0x10000019, MACH_SEND_AUX_TOO_LARGE },
		{ 0x10004012, MACH_RCV_INVALID_REPLY },
		{ 0x10004013, MACH_RCV_INVALID_ARGUMENTS },
		{ 4, MACH_MSG_GUARDED_PORT_DESCRIPTOR },
		{ 1, MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE },
		{ 2, MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		EXPECT_EQ(numbers[i].value, numbers[i].number);
}

TEST(guarded_descriptor_has_the_documented_layout)
{
	mach_msg_guarded_port_descriptor64_t wide = { 0 };
	mach_msg_guarded_port_descriptor32_t narrow = { 0 };

	EXPECT_EQ(16, sizeof(wide));
	EXPECT_EQ(8, offsetof(mach_msg_guarded_port_descriptor64_t, flags));
	EXPECT_EQ(12, offsetof(mach_msg_guarded_port_descriptor64_t, name));
	wide.disposition = 0xab;
	wide.type = 0xcd;
	EXPECT_EQ(0xab, ((uint8_t *)&wide)[10]);
	EXPECT_EQ(0xcd, ((uint8_t *)&wide)[11]);

	EXPECT_EQ(12, sizeof(narrow));
	EXPECT_EQ(4, offsetof(mach_msg_guarded_port_descriptor32_t, name));
	EXPECT_EQ(8, offsetof(mach_msg_guarded_port_descriptor32_t, flags));
	narrow.disposition = 0xab;
	narrow.type = 0xcd;
	EXPECT_EQ(0xab, ((uint8_t *)&narrow)[10]);
	EXPECT_EQ(0xcd, ((uint8_t *)&narrow)[11]);
}

/* M-2 */
TEST_F(basic, size_below_header_or_unaligned_is_too_small)
{
	EXPECT_EQ(MACH_SEND_MSG_TOO_SMALL, send_as(self, 0, 0));
	EXPECT_EQ(MACH_SEND_MSG_TOO_SMALL, send_as(self, 0, 20));
	EXPECT_EQ(MACH_SEND_MSG_TOO_SMALL, send_as(self, 0, 26));
	EXPECT_EQ(MACH_SEND_MSG_TOO_SMALL, send_as(self, 0, 27));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
	EXPECT_EQ(MACH_MSG_SUCCESS, send_as(self, 0, 24));
	EXPECT_EQ(MACH_MSG_SUCCESS, send_as(self, 0, 28));
	EXPECT_EQ(2, port_status(self->port).mps_msgcount);
}

/* M-3 */
TEST_F(basic, size_above_the_limit_is_too_large_before_the_buffer_is_read)
{
	EXPECT_EQ(MACH_SEND_TOO_LARGE, send_as(self, 0, 50331584));
	EXPECT_EQ(MACH_SEND_TOO_LARGE,
		  msg_trap(NULL, MACH_SEND_MSG | MACH_SEND_TIMEOUT, 50331584,
			   0, MACH_PORT_NULL, 0));
	/* The size is checked before the limit, and a bad size comes first. */
	EXPECT_EQ(MACH_SEND_MSG_TOO_SMALL,
		  msg_trap(NULL, MACH_SEND_MSG | MACH_SEND_TIMEOUT, 50331585,
			   0, MACH_PORT_NULL, 0));
}

/* M-4 */
TEST_F(basic, size_in_the_header_is_ignored)
{
	struct message msg;

	self->msg.head.msgh_size = 0x12345678;
	ASSERT_EQ(MACH_MSG_SUCCESS, send_as(self, 0, 40));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &msg));
	EXPECT_EQ(40, msg.head.msgh_size);
}

/* M-5 */
TEST_F(basic, bits_that_users_may_not_set_are_dropped)
{
	struct message msg;

	self->msg.head.msgh_bits |= 0x70000000;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &msg));
	EXPECT_EQ(MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND),
		  msg.head.msgh_bits);
}

/* M-6, M-170 */
TEST_F(basic, disposition_is_taken_from_five_bits)
{
	struct message msg;

	self->msg.head.msgh_bits = 0x33;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	/* COPY_SEND: MOVE_SEND would take the reference. */
	EXPECT_EQ(1, port_send_refs(self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &msg));
	EXPECT_EQ(0x1100, msg.head.msgh_bits);
}

/* M-7 */
TEST_F(basic, id_and_inline_bytes_arrive_unchanged)
{
	struct message msg;

	self->msg.head.msgh_id = -123456;
	self->msg.head.msgh_size = sizeof(self->msg) - 100;
	for (size_t i = 0; i < sizeof(self->msg.byte); i++)
		self->msg.byte[i] = i * 7 + (i >> 8);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &msg));
	EXPECT_EQ(-123456, msg.head.msgh_id);
	EXPECT_EQ(sizeof(self->msg) - 100, msg.head.msgh_size);
	EXPECT_EQ(0, memcmp(msg.byte, self->msg.byte,
			    sizeof(self->msg) - 100 - sizeof(msg.head)));
}

/* A large message takes other paths than one that fits into a slab object. */
TEST_F(basic, bytes_of_a_large_message_arrive_unchanged)
{
	const mach_msg_size_t size = 300004;
	char *sent = malloc(size), *received = calloc(1, size + 100);
	mach_msg_header_t *head = (mach_msg_header_t *)sent;

	ASSERT_TRUE(sent && received);
	for (mach_msg_size_t i = 0; i < size; i++)
		sent[i] = i * 31 + (i >> 12);
	*head = self->msg.head;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(sent, MACH_SEND_MSG, size, 0, MACH_PORT_NULL, 0));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(received, MACH_RCV_MSG, 0, size + 100, self->port,
			   0));
	EXPECT_EQ(size, ((mach_msg_header_t *)received)->msgh_size);
	EXPECT_EQ(0, memcmp(sent + sizeof(*head), received + sizeof(*head),
			    size - sizeof(*head)));
	/* The trailer of 8 bytes, and nothing after it. */
	EXPECT_EQ(8, ((uint32_t *)(received + size))[1]);
	EXPECT_EQ(0, ((uint32_t *)(received + size))[2]);
}

/* M-8, S-62 */
TEST_F(basic, word_without_voucher_disposition_is_passed_through)
{
	struct message msg;

	self->msg.head.msgh_voucher_port = 0x12345678;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &msg));
	EXPECT_EQ(0x12345678, msg.head.msgh_voucher_port);
	EXPECT_EQ(0, MACH_MSGH_BITS_VOUCHER(msg.head.msgh_bits));
}

/* M-19 */
TEST_F(basic, no_option_does_nothing)
{
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_overwrite((void *)8, MACH_MSG_OPTION_NONE, 3, 5,
				MACH_PORT_DEAD, 7, (void *)16));
	/* Bits for halves that were not asked for. */
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_overwrite((void *)8, MACH_SEND_TIMEOUT | MACH_RCV_LARGE,
				3, 5, MACH_PORT_DEAD, 7, (void *)16));
}

/* M-20 */
TEST_F(basic, user_cannot_ask_to_send_always)
{
	ASSERT_TRUE(port_fill(self->port));
	EXPECT_EQ(MACH_SEND_TIMED_OUT, send_as(self, MACH_SEND_ALWAYS, 24));
}

/* M-21 */
TEST_F(basic, receive_times_out)
{
	struct message msg;
	uint64_t start = now_ms();

	EXPECT_EQ(MACH_RCV_TIMED_OUT,
		  msg_receive_option(self->port, &msg, MACH_RCV_TIMEOUT, 0));
	EXPECT_LT(now_ms() - start, 1000);

	start = now_ms();
	EXPECT_EQ(MACH_RCV_TIMED_OUT,
		  msg_receive_option(self->port, &msg, MACH_RCV_TIMEOUT, 50));
	EXPECT_GE(now_ms() - start, 49);
	EXPECT_EQ(0xa5a5a5a5, msg.head.msgh_bits);
}

TEST_F(basic, send_times_out)
{
	uint64_t start = now_ms();

	ASSERT_TRUE(port_fill(self->port));
	EXPECT_EQ(MACH_SEND_TIMED_OUT,
		  msg_trap(&self->msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT, 24,
			   0, MACH_PORT_NULL, 50));
	EXPECT_GE(now_ms() - start, 49);
}

/* M-22 */
TEST_F(basic, timeout_without_its_bit_does_not_limit_the_receive)
{
	struct msg_thread receiver = {
		.option = MACH_RCV_MSG | MACH_SEND_TIMEOUT,
		.rcv_size = sizeof(receiver.msg),
		.rcv_name = self->port,
		.timeout = 1,
	};

	ASSERT_TRUE(msg_thread_start(&receiver));
	ASSERT_TRUE(wait_until_blocked(receiver.tid));
	EXPECT_TRUE(msg_thread_stays_blocked(&receiver));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receiver));
}

/* M-22 */
TEST_F(basic, timeout_without_its_bit_does_not_limit_the_send)
{
	struct msg_thread sender = {
		.msg = self->msg,
		.option = MACH_SEND_MSG | MACH_RCV_TIMEOUT,
		.timeout = 1,
	};

	ASSERT_TRUE(port_fill(self->port));
	ASSERT_TRUE(msg_thread_start(&sender));
	ASSERT_TRUE(wait_until_blocked(sender.tid));
	EXPECT_TRUE(msg_thread_stays_blocked(&sender));
	EXPECT_EQ(1, msg_receive_id(self->port));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
}

/* M-23 */
TEST_F(basic, trailer_type_has_no_effect)
{
	struct message msg;
	const mach_msg_trailer_t *trailer;

	for (int type = 0; type < 16; type++) {
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive_option(self->port, &msg,
					     MACH_RCV_TRAILER_TYPE(type), 0));
		trailer = message_trailer(&msg);
		EXPECT_EQ(0, trailer->msgh_trailer_type);
		EXPECT_EQ(8, trailer->msgh_trailer_size);
	}
}

/* M-24 */
TEST_F(basic, nothing_is_received_after_a_failed_send)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	self->msg.head.msgh_remote_port = MACH_PORT_NULL;
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  msg_trap(&self->msg, MACH_SEND_MSG | MACH_RCV_MSG, 24,
			   sizeof(self->msg), self->port, 0));
	EXPECT_EQ(1, port_status(self->port).mps_msgcount);
}

/* M-25 */
TEST_F(basic, message_is_sent_before_a_bad_receive_name_is_found)
{
	self->msg.head.msgh_id = 25;
	EXPECT_EQ(MACH_RCV_INVALID_NAME,
		  msg_trap(&self->msg, MACH_SEND_MSG | MACH_RCV_MSG, 24,
			   sizeof(self->msg), stale_name(), 0));
	EXPECT_EQ(25, msg_receive_id(self->port));
}

/* A trailer that claims to be from the kernel. */
static const mach_msg_audit_trailer_t forged = {
	.msgh_trailer_size = sizeof(forged),
	.msgh_seqno = 77,
	.msgh_sender = { { 0, 1 } },
};

/* M-26 */
TEST_F(basic, trailer_of_the_sender_is_ignored)
{
	const mach_msg_audit_trailer_t *trailer;
	struct message msg;

	memcpy(self->msg.byte, &forged, sizeof(forged));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_as(self, MACH_SEND_TRAILER, 24));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_receive_option(self->port, &msg,
				     MACH_RCV_TRAILER_ELEMENTS(3), 0));
	ASSERT_EQ(24, msg.head.msgh_size);
	trailer = message_trailer(&msg);
	EXPECT_EQ(0, trailer->msgh_seqno);
	EXPECT_EQ(geteuid(), trailer->msgh_sender.val[0]);
	EXPECT_EQ(getegid(), trailer->msgh_sender.val[1]);
	EXPECT_EQ(getpid(), trailer->msgh_audit.val[5]);
}

/* M-26 */
TEST_F(basic, trailer_within_the_size_of_the_message_is_data)
{
	const mach_msg_audit_trailer_t *trailer;
	struct message msg;

	memcpy(self->msg.byte, &forged, sizeof(forged));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_as(self, MACH_SEND_TRAILER,
					    24 + sizeof(forged)));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_receive_option(self->port, &msg,
				     MACH_RCV_TRAILER_ELEMENTS(3), 0));
	ASSERT_EQ(24 + sizeof(forged), msg.head.msgh_size);
	EXPECT_EQ(0, memcmp(msg.byte, &forged, sizeof(forged)));
	trailer = message_trailer(&msg);
	EXPECT_EQ(0, trailer->msgh_seqno);
	EXPECT_EQ(getegid(), trailer->msgh_sender.val[1]);
}

/* M-29 */
TEST(special_bits_can_be_stripped)
{
	EXPECT_EQ(0x3e00, MACH_MSG_MASK);
	EXPECT_EQ(MACH_RCV_BODY_ERROR,
		  (MACH_RCV_BODY_ERROR | MACH_MSG_IPC_SPACE |
		   MACH_MSG_VM_KERNEL) & ~0x3e00);
	EXPECT_EQ(MACH_RCV_HEADER_ERROR,
		  (MACH_RCV_HEADER_ERROR | MACH_MSG_IPC_SPACE |
		   MACH_MSG_VM_SPACE | MACH_MSG_IPC_KERNEL) & ~0x3e00);
}

/* M-30 */
TEST_F(basic, buffer_is_unchanged_by_a_send)
{
	struct message before;

	self->msg.head.msgh_local_port = self->port;
	self->msg.head.msgh_bits =
		MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
			       MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&self->msg, self->port, MACH_MSG_TYPE_MAKE_SEND);
	self->msg.port[0].pad1 = TEST_POISON;
	before = self->msg;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_EQ(0, memcmp(&before, &self->msg, sizeof(before)));
}

/* M-31 */
TEST_F(basic, receive_goes_to_its_own_buffer)
{
	struct message before = self->msg, msg;

	memset(&msg, 0xa5, sizeof(msg));
	self->msg.head.msgh_id = 31;
	before.head.msgh_id = 31;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_overwrite(&self->msg, MACH_SEND_MSG | MACH_RCV_MSG, 24,
				sizeof(msg), self->port, 0, &msg));
	EXPECT_EQ(0, memcmp(&before, &self->msg, sizeof(before)));
	EXPECT_EQ(31, msg.head.msgh_id);
	EXPECT_EQ(self->port, msg.head.msgh_local_port);
}

/* M-32 */
TEST_F(basic, receive_without_its_own_buffer_goes_to_the_first)
{
	self->msg.head.msgh_id = 32;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_overwrite(&self->msg, MACH_SEND_MSG | MACH_RCV_MSG, 24,
				sizeof(self->msg), self->port, 0, NULL));
	EXPECT_EQ(32, self->msg.head.msgh_id);
	EXPECT_EQ(self->port, self->msg.head.msgh_local_port);
	EXPECT_EQ(MACH_PORT_NULL, self->msg.head.msgh_remote_port);
}

/* M-147, M-170 */
TEST_F(basic, scatter_list_is_ignored)
{
	char memory[64], before[64];
	const mach_msg_ool_descriptor_t entry = {
		.address = memory,
		.size = sizeof(memory),
		.copy = MACH_MSG_OVERWRITE,
		.type = MACH_MSG_OOL_DESCRIPTOR,
	};
	struct message list = { .count = 1 };

	memcpy(list.port, &entry, sizeof(entry));
	memset(memory, 0x5c, sizeof(memory));
	memcpy(before, memory, sizeof(memory));
	message_add_port(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_overwrite(NULL, MACH_RCV_MSG | MACH_RCV_OVERWRITE, 0,
				sizeof(list), self->port, 0, &list));
	EXPECT_EQ(1, list.count);
	EXPECT_EQ(self->port, list.port[0].name);
	EXPECT_EQ(MACH_MSG_PORT_DESCRIPTOR, list.port[0].type);
	EXPECT_EQ(0, memcmp(before, memory, sizeof(memory)));
}

/* M-148 */
TEST_F(basic, overwrite_option_without_a_second_buffer_uses_the_first)
{
	struct message msg;

	self->msg.head.msgh_id = 148;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_receive_option(self->port, &msg, MACH_RCV_OVERWRITE, 0));
	EXPECT_EQ(148, msg.head.msgh_id);
}

FIXTURE(later) {
	mach_port_name_t port;
};

FIXTURE_VARIANT(later) {
	mach_msg_option_t option;
};

FIXTURE_VARIANT_ADD(later, sync_override) {
	.option = MACH_SEND_SYNC_OVERRIDE,
};

FIXTURE_VARIANT_ADD(later, propagate_qos) {
	.option = MACH_SEND_PROPAGATE_QOS,
};

FIXTURE_VARIANT_ADD(later, sync_bootstrap_checkin) {
	.option = MACH_SEND_SYNC_BOOTSTRAP_CHECKIN,
};

FIXTURE_VARIANT_ADD(later, filter_nonfatal) {
	.option = MACH_SEND_FILTER_NONFATAL,
};

FIXTURE_VARIANT_ADD(later, sync_wait) {
	.option = MACH_RCV_SYNC_WAIT,
};

FIXTURE_VARIANT_ADD(later, sync_peek) {
	.option = MACH_RCV_SYNC_PEEK,
};

FIXTURE_VARIANT_ADD(later, guarded_desc) {
	.option = MACH_RCV_GUARDED_DESC,
};

FIXTURE_VARIANT_ADD(later, strict_reply) {
	.option = MACH_MSG_STRICT_REPLY,
};

FIXTURE_SETUP(later)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
}

FIXTURE_TEARDOWN(later)
{
}

/* M-174 */
TEST_F(later, option_bit_is_ignored)
{
	struct message msg;

	message_init(&msg, self->port, MACH_MSG_TYPE_COPY_SEND, self->port,
		     MACH_MSG_TYPE_MAKE_SEND);
	message_add_port(&msg, self->port, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg.head.msgh_id = 174;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(&msg, MACH_SEND_MSG | MACH_RCV_MSG | variant->option,
			   msg.head.msgh_size, sizeof(msg), self->port, 0));
	EXPECT_EQ(174, msg.head.msgh_id);
	EXPECT_EQ(MACH_MSGH_BITS_COMPLEX | 0x1111, msg.head.msgh_bits);
	EXPECT_EQ(40, msg.head.msgh_size);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(msg.port[0].name));

	/* The bit changes no failure either. */
	EXPECT_EQ(MACH_RCV_TIMED_OUT,
		  msg_trap(&msg, MACH_RCV_MSG | MACH_RCV_TIMEOUT |
			   variant->option, 0, sizeof(msg), self->port, 0));
	ASSERT_TRUE(port_fill(self->port));
	message_init(&msg, self->port, MACH_MSG_TYPE_COPY_SEND,
		     MACH_PORT_NULL, 0);
	EXPECT_EQ(MACH_SEND_TIMED_OUT,
		  msg_trap(&msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT |
			   variant->option, 24, 0, MACH_PORT_NULL, 0));
}

TEST_HARNESS_MAIN
