// SPDX-License-Identifier: GPL-2.0
/*
 * What a receiver can ask and set: context and guard, attributes, counts, and
 * a look at a message that stays queued.
 */
#include "port_utils.h"

#define GUARD	0x1234567890abcdefULL

FIXTURE(attr) {
	mach_port_name_t name;
};

FIXTURE_SETUP(attr)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->name = port_new();
	ASSERT_NE(MACH_PORT_NULL, self->name);
}

FIXTURE_TEARDOWN(attr)
{
}

TEST_F(attr, context_is_kept)
{
	EXPECT_EQ(0, port_context(self->name));
	EXPECT_EQ(KERN_SUCCESS, port_set_context(self->name, GUARD));
	EXPECT_EQ(GUARD, port_context(self->name));
	EXPECT_EQ(0, port_status(self->name).mps_flags);
}

TEST_F(attr, guard_shows_in_the_flags)
{
	ASSERT_EQ(KERN_SUCCESS, port_guard(self->name, GUARD, false));
	EXPECT_EQ(0x02, port_status(self->name).mps_flags);
	ASSERT_EQ(KERN_SUCCESS, port_unguard(self->name, GUARD));
	EXPECT_EQ(0, port_status(self->name).mps_flags);
	ASSERT_EQ(KERN_SUCCESS, port_guard(self->name, GUARD, true));
	EXPECT_EQ(0x06, port_status(self->name).mps_flags);
}

/* P-78 */
TEST_F(attr, guard_needs_a_context_of_0)
{
	ASSERT_EQ(KERN_SUCCESS, port_set_context(self->name, 1));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, port_guard(self->name, 2, false));
	EXPECT_EQ(1, port_context(self->name));
	EXPECT_EQ(0, port_status(self->name).mps_flags);
}

/* P-78 */
TEST_F(attr, guard_with_0_succeeds_twice)
{
	EXPECT_EQ(KERN_SUCCESS, port_guard(self->name, 0, false));
	EXPECT_EQ(KERN_SUCCESS, port_guard(self->name, 0, false));
	EXPECT_EQ(0x02, port_status(self->name).mps_flags);
}

/* P-79 */
TEST_F(attr, set_context_changes_a_plain_guard)
{
	ASSERT_EQ(KERN_SUCCESS, port_guard(self->name, GUARD, false));
	EXPECT_EQ(GUARD, port_context(self->name));
	EXPECT_EQ(KERN_SUCCESS, port_set_context(self->name, 7));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, port_unguard(self->name, GUARD));
	EXPECT_EQ(0x02, port_status(self->name).mps_flags);
	EXPECT_EQ(KERN_SUCCESS, port_unguard(self->name, 7));
	EXPECT_EQ(0, port_context(self->name));
}

TEST_F(attr, strict_guard_hides_the_context)
{
	ASSERT_EQ(KERN_SUCCESS, port_guard(self->name, GUARD, true));
	EXPECT_EQ(0, port_context(self->name));
	ASSERT_EQ(KERN_SUCCESS, port_unguard(self->name, GUARD));
	EXPECT_EQ(0, port_context(self->name));
}

/* P-80, P-203 */
TEST_F(attr, guard_refuses_destruction)
{
	mach_port_name_t name = port_new_sends(3);
	struct space_image image;

	ASSERT_EQ(KERN_SUCCESS, port_guard(name, GUARD, false));
	ASSERT_TRUE(space_read(&image));
	EXPECT_EQ(KERN_INVALID_RIGHT, port_destroy(name));
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, port_destruct(name, 0, GUARD + 1));
	EXPECT_TRUE(space_is(&image));
	EXPECT_EQ(GUARD, port_context(name));
	EXPECT_EQ(0x02, port_status(name).mps_flags);
	EXPECT_EQ(KERN_SUCCESS, port_unguard(name, GUARD));
}

/* P-80 */
TEST_F(attr, strict_guard_refuses_another_context)
{
	ASSERT_EQ(KERN_SUCCESS, port_guard(self->name, GUARD, true));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, port_set_context(self->name, 7));
	EXPECT_EQ(KERN_SUCCESS, port_unguard(self->name, GUARD));
}

/* P-80 */
TEST_F(attr, unguard_needs_a_guard_and_its_value)
{
	EXPECT_EQ(KERN_INVALID_ARGUMENT, port_unguard(self->name, 0));
	ASSERT_EQ(KERN_SUCCESS, port_guard(self->name, GUARD, false));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, port_unguard(self->name, 0));
	EXPECT_EQ(0x02, port_status(self->name).mps_flags);
	EXPECT_EQ(GUARD, port_context(self->name));
}

/* P-81 */
TEST_F(attr, guard_of_0_allows_destroy_and_no_mod_refs)
{
	ASSERT_EQ(KERN_SUCCESS, port_guard(self->name, 0, false));
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  port_mod_refs(self->name, MACH_PORT_RIGHT_RECEIVE, -1));
	EXPECT_TRUE(entry_is(self->name, ENTRY_R, 0));
	EXPECT_EQ(KERN_SUCCESS, port_destroy(self->name));
	EXPECT_FALSE(port_exists(self->name));
}

TEST_F(attr, guard_leaves_send_rights_free)
{
	mach_port_name_t name = port_new_sends(2);

	ASSERT_EQ(KERN_SUCCESS, port_guard(name, GUARD, true));
	EXPECT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(KERN_SUCCESS, port_mod_refs(name, MACH_PORT_RIGHT_SEND, -1));
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
}

/* P-82 */
TEST_F(attr, get_attributes_needs_room_and_tells_the_count)
{
	uint32_t info[MACHIPC_PORT_INFO_MAX], count = 9;

	EXPECT_EQ(KERN_FAILURE,
		  port_get_attributes(self->name, MACH_PORT_RECEIVE_STATUS,
				      info, &count));
	count = 17;
	EXPECT_EQ(KERN_SUCCESS,
		  port_get_attributes(self->name, MACH_PORT_RECEIVE_STATUS,
				      info, &count));
	EXPECT_EQ(10, count);
}

/* The size of the answer is looked at before the name is. */
TEST_F(attr, count_too_small_comes_before_the_name)
{
	uint32_t info[MACHIPC_PORT_INFO_MAX], count = 0;

	EXPECT_EQ(KERN_FAILURE,
		  port_get_attributes(stale_name(), MACH_PORT_LIMITS_INFO,
				      info, &count));
	count = 16;
	EXPECT_EQ(KERN_FAILURE,
		  port_get_attributes(MACH_PORT_NULL, MACH_PORT_INFO_EXT,
				      info, &count));
	EXPECT_EQ(KERN_FAILURE,
		  port_set_attributes(stale_name(), MACH_PORT_LIMITS_INFO,
				      info, 0));
}

TEST_F(attr, info_ext_is_the_status_and_seven_words)
{
	mach_port_info_ext_t info;
	mach_port_status_t status = port_status(self->name);
	uint32_t count = MACH_PORT_INFO_EXT_COUNT;

	memset(&info, 0xa5, sizeof(info));
	ASSERT_EQ(KERN_SUCCESS,
		  port_get_attributes(self->name, MACH_PORT_INFO_EXT, &info,
				      &count));
	EXPECT_EQ(17, count);
	EXPECT_EQ(0, memcmp(&info.mpie_status, &status, sizeof(status)));
	EXPECT_EQ(0, info.mpie_boost_cnt);
	for (int i = 0; i < ARRAY_SIZE(info.reserved); i++)
		EXPECT_EQ(0, info.reserved[i]);
}

/* P-83 */
TEST_F(attr, queue_limit_above_1024_comes_before_the_name)
{
	EXPECT_EQ(KERN_INVALID_VALUE, port_set_qlimit(stale_name(), 1025));
	EXPECT_EQ(KERN_INVALID_VALUE, port_set_qlimit(MACH_PORT_NULL, ~0U));
	EXPECT_EQ(KERN_INVALID_VALUE, port_set_qlimit(self->name, 1025));
	EXPECT_EQ(5, port_status(self->name).mps_qlimit);
}

/* P-83 */
TEST_F(attr, queue_limit_goes_from_0_to_1024)
{
	uint32_t limits[] = { 1024, 0 }, limit, count = 1;

	for (int i = 0; i < ARRAY_SIZE(limits); i++) {
		EXPECT_EQ(KERN_SUCCESS, port_set_qlimit(self->name, limits[i]));
		EXPECT_EQ(limits[i], port_status(self->name).mps_qlimit);
		EXPECT_EQ(KERN_SUCCESS,
			  port_get_attributes(self->name, MACH_PORT_LIMITS_INFO,
					      &limit, &count));
		EXPECT_EQ(limits[i], limit);
	}
}

/* P-84 */
TEST_F(attr, flavor_that_cannot_be_set_or_got_is_an_invalid_argument)
{
	int unsettable[] = { 2, 7, 99 }, ungettable[] = { 4, 5, 6, 99 };
	uint32_t info[MACHIPC_PORT_INFO_MAX] = { 0 };

	for (int i = 0; i < ARRAY_SIZE(unsettable); i++) {
		EXPECT_EQ(KERN_INVALID_ARGUMENT,
			  port_set_attributes(self->name, unsettable[i], info,
					      MACHIPC_PORT_INFO_MAX));
	}
	for (int i = 0; i < ARRAY_SIZE(ungettable); i++) {
		uint32_t count = MACHIPC_PORT_INFO_MAX;

		EXPECT_EQ(KERN_INVALID_ARGUMENT,
			  port_get_attributes(self->name, ungettable[i], info,
					      &count));
	}
}

TEST_F(attr, importance_shows_in_the_flags)
{
	EXPECT_EQ(KERN_SUCCESS,
		  port_set_attributes(self->name, MACH_PORT_TEMPOWNER, NULL,
				      0));
	EXPECT_EQ(KERN_SUCCESS,
		  port_set_attributes(self->name,
				      MACH_PORT_IMPORTANCE_RECEIVER, NULL, 0));
	EXPECT_NE(0, port_status(self->name).mps_flags &
		     MACH_PORT_STATUS_FLAG_IMP_DONATION);
}

TEST_F(attr, request_table_doubles)
{
	uint32_t sizes[] = { 0, 2, 4, 4, 8 }, size, count;

	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		size = TEST_POISON;
		count = MACH_PORT_DNREQUESTS_SIZE_COUNT;
		EXPECT_EQ(KERN_SUCCESS,
			  port_get_attributes(self->name,
					      MACH_PORT_DNREQUESTS_SIZE, &size,
					      &count));
		EXPECT_EQ(sizes[i], size);
		ASSERT_EQ(KERN_SUCCESS,
			  port_notify(port_new_send_once(self->name),
				      MACH_NOTIFY_DEAD_NAME, 0, self->name));
	}
}

/* P-85 */
TEST_F(attr, messages_above_a_lowered_limit_stay)
{
	for (int id = 0; id < 4; id++)
		ASSERT_EQ(0, msg_send_id(self->name, MACH_MSG_TYPE_MAKE_SEND,
					 id));
	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->name, 1));
	EXPECT_EQ(4, port_status(self->name).mps_msgcount);
	for (int id = 0; id < 4; id++)
		EXPECT_EQ(id, msg_receive_id(self->name));
}

/* P-86 */
TEST_F(attr, limit_raised_by_2_releases_2_of_3_senders)
{
	struct msg_thread sender[3];
	uint64_t end = now_ms() + TEST_PATIENCE;
	int done;

	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->name, 1));
	ASSERT_EQ(0, msg_send_id(self->name, MACH_MSG_TYPE_MAKE_SEND, 0));
	for (int i = 0; i < 3; i++)
		ASSERT_TRUE(msg_thread_send(&sender[i], self->name,
					    MACH_MSG_TYPE_MAKE_SEND, 1));

	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->name, 3));
	do {
		done = 0;
		for (int i = 0; i < 3; i++)
			done += msg_thread_done(&sender[i]);
	} while (done < 2 && now_ms() < end);
	for (int i = 0; i < 3; i++)
		if (!msg_thread_done(&sender[i]))
			EXPECT_TRUE(wait_until_blocked(sender[i].tid));
	EXPECT_EQ(2, done);
	EXPECT_EQ(3, port_status(self->name).mps_msgcount);

	/* The third goes when there is room for it. */
	EXPECT_EQ(0, msg_receive_id(self->name));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender[i]));
	EXPECT_EQ(3, port_status(self->name).mps_msgcount);
}

/* P-89 */
TEST_F(attr, make_send_count_goes_on_from_what_was_set)
{
	ASSERT_EQ(KERN_SUCCESS, port_set_mscount(self->name, 7));
	EXPECT_EQ(7, port_status(self->name).mps_mscount);
	ASSERT_EQ(KERN_SUCCESS, port_insert_right(self->name, self->name,
						  MACH_MSG_TYPE_MAKE_SEND));
	EXPECT_EQ(8, port_status(self->name).mps_mscount);
}

TEST_F(attr, sequence_number_goes_on_from_what_was_set)
{
	ASSERT_EQ(KERN_SUCCESS, port_set_seqno(self->name, 0xffffffff));
	EXPECT_EQ(0xffffffff, port_status(self->name).mps_seqno);
	ASSERT_EQ(0, msg_send_id(self->name, MACH_MSG_TYPE_MAKE_SEND, 0));
	ASSERT_EQ(0, msg_receive_id(self->name));
	EXPECT_EQ(0, port_status(self->name).mps_seqno);
}

/* Queues two messages, of ids 1 and 2 and of different sizes. */
static bool queue_two(mach_port_name_t name)
{
	struct message msg;

	if (msg_send_id(name, MACH_MSG_TYPE_MAKE_SEND, 1))
		return false;
	message_init(&msg, name, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0);
	msg.head.msgh_id = 2;
	msg.head.msgh_size += 8;
	return msg_send(&msg) == MACH_MSG_SUCCESS;
}

static struct machipc_port_peek peek(mach_port_name_t name, uint32_t seqno,
				     uint32_t elements, void *trailer,
				     uint32_t trailer_size)
{
	struct machipc_port_peek arg = {
		.name = name,
		.trailer_type = MACH_RCV_TRAILER_ELEMENTS(elements),
		.seqno = seqno,
		.trailer_size = trailer_size,
		.trailer = (uintptr_t)trailer,
		.out_seqno = TEST_POISON,
		.out_msg_size = TEST_POISON,
		.out_msg_id = TEST_POISON,
		.out_trailer_size = TEST_POISON,
	};
	kern_return_t kr = port_peek(&arg);

	arg.out_kr = kr;
	return arg;
}

/* P-87 */
TEST_F(attr, peek_at_an_empty_queue_is_a_failure)
{
	mach_msg_audit_trailer_t trailer;

	EXPECT_EQ(KERN_FAILURE,
		  peek(self->name, 0, MACH_RCV_TRAILER_AUDIT, &trailer,
		       sizeof(trailer)).out_kr);
}

/* P-87 */
TEST_F(attr, peek_tells_of_the_first_message_and_leaves_it)
{
	mach_msg_audit_trailer_t trailer;
	struct machipc_port_peek arg;

	ASSERT_EQ(KERN_SUCCESS, port_set_seqno(self->name, 40));
	ASSERT_TRUE(queue_two(self->name));
	memset(&trailer, 0xa5, sizeof(trailer));
	arg = peek(self->name, 0, MACH_RCV_TRAILER_AUDIT, &trailer,
		   sizeof(trailer));
	EXPECT_EQ(KERN_SUCCESS, arg.out_kr);
	EXPECT_EQ(40, arg.out_seqno);
	EXPECT_EQ(1, arg.out_msg_id);
	EXPECT_EQ(24, arg.out_msg_size);
	EXPECT_EQ(52, arg.out_trailer_size);
	EXPECT_EQ(0, trailer.msgh_trailer_type);
	EXPECT_EQ(52, trailer.msgh_trailer_size);
	EXPECT_EQ(40, trailer.msgh_seqno);
	EXPECT_EQ(getpid(), trailer.msgh_audit.val[5]);
	EXPECT_EQ(2, port_status(self->name).mps_msgcount);
	EXPECT_EQ(40, port_status(self->name).mps_seqno);
}

/* P-88 */
TEST_F(attr, peek_finds_a_message_by_its_sequence_number)
{
	mach_msg_audit_trailer_t trailer;
	struct machipc_port_peek arg;

	ASSERT_EQ(KERN_SUCCESS, port_set_seqno(self->name, 40));
	ASSERT_TRUE(queue_two(self->name));
	arg = peek(self->name, 41, MACH_RCV_TRAILER_AUDIT, &trailer,
		   sizeof(trailer));
	EXPECT_EQ(KERN_SUCCESS, arg.out_kr);
	EXPECT_EQ(41, arg.out_seqno);
	EXPECT_EQ(2, arg.out_msg_id);
	EXPECT_EQ(32, arg.out_msg_size);
	EXPECT_EQ(41, trailer.msgh_seqno);
}

/* P-88 */
TEST_F(attr, peek_finds_nothing_before_or_behind_the_queue)
{
	static const uint32_t outside[] = {
		1, 38, 39, 42, 43, 40 + 65536, 41 + 65536, 40 - 65536,
		40 + 0x80000000, UINT32_MAX,
	};
	mach_msg_audit_trailer_t trailer;

	ASSERT_EQ(KERN_SUCCESS, port_set_seqno(self->name, 40));
	ASSERT_TRUE(queue_two(self->name));
	for (int i = 0; i < ARRAY_SIZE(outside); i++)
		EXPECT_EQ(KERN_FAILURE, peek(self->name, outside[i], 0,
					     &trailer, sizeof(trailer)).out_kr);
	EXPECT_EQ(2, port_status(self->name).mps_msgcount);
}

/* P-88 */
TEST_F(attr, peek_finds_a_message_whose_number_begins_anew)
{
	mach_msg_audit_trailer_t trailer;
	struct machipc_port_peek arg;

	ASSERT_EQ(KERN_SUCCESS, port_set_seqno(self->name, UINT32_MAX - 1));
	for (int i = 0; i < 2; i++)
		ASSERT_TRUE(queue_two(self->name));
	arg = peek(self->name, 1, MACH_RCV_TRAILER_AUDIT, &trailer,
		   sizeof(trailer));
	EXPECT_EQ(KERN_SUCCESS, arg.out_kr);
	EXPECT_EQ(1, arg.out_seqno);
	EXPECT_EQ(2, arg.out_msg_id);
	EXPECT_EQ(1, trailer.msgh_seqno);
	EXPECT_EQ(KERN_FAILURE, peek(self->name, UINT32_MAX - 2, 0, &trailer,
				     sizeof(trailer)).out_kr);
	EXPECT_EQ(KERN_FAILURE, peek(self->name, 2, 0, &trailer,
				     sizeof(trailer)).out_kr);
}

/* P-88 */
TEST_F(attr, peek_writes_no_trailer_beyond_the_audit_token)
{
	mach_msg_max_trailer_t trailer;

	ASSERT_TRUE(queue_two(self->name));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  peek(self->name, 0, MACH_RCV_TRAILER_CTX, &trailer,
		       sizeof(trailer)).out_kr);
}

TEST_F(attr, peek_writes_the_trailer_that_was_asked_for)
{
	uint32_t sizes[] = { 8, 12, 20, 52 };
	uint8_t trailer[60];

	ASSERT_TRUE(queue_two(self->name));
	for (uint32_t elements = 0; elements < 4; elements++) {
		memset(trailer, 0xa5, sizeof(trailer));
		EXPECT_EQ(sizes[elements],
			  peek(self->name, 0, elements, trailer,
			       sizeof(trailer)).out_trailer_size);
		EXPECT_EQ(sizes[elements], trailer[4]);
		EXPECT_EQ(0xa5, trailer[sizes[elements]]);
		EXPECT_EQ(KERN_INVALID_VALUE,
			  peek(self->name, 0, elements, trailer,
			       sizes[elements] - 1).out_kr);
	}
}

TEST_HARNESS_MAIN
