// SPDX-License-Identifier: GPL-2.0
/*
 * Allocation of rights, changes of their references, destruction, and the list
 * of names.
 */
#include "port_utils.h"

FIXTURE(port) {
};

FIXTURE_SETUP(port)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
}

FIXTURE_TEARDOWN(port)
{
}

/* P-46 */
TEST_F(port, only_receive_rights_sets_and_dead_names_are_allocated)
{
	mach_port_right_t rights[] = {
		MACH_PORT_RIGHT_SEND, MACH_PORT_RIGHT_SEND_ONCE,
		MACH_PORT_RIGHT_LABELH, MACH_PORT_RIGHT_NUMBER, 77,
	};
	mach_port_name_t name = TEST_POISON;
	uint32_t count = name_count();

	for (int i = 0; i < ARRAY_SIZE(rights); i++) {
		EXPECT_EQ(KERN_INVALID_VALUE, port_allocate(rights[i], &name));
		EXPECT_EQ(KERN_INVALID_VALUE,
			  port_allocate_name(rights[i], 0x7703));
	}
	EXPECT_EQ(TEST_POISON, name);
	EXPECT_EQ(count, name_count());
}

/* P-47 */
TEST_F(port, allocated_dead_name_has_one_reference)
{
	mach_port_name_t name = MACH_PORT_NULL;

	ASSERT_EQ(KERN_SUCCESS,
		  port_allocate(MACH_PORT_RIGHT_DEAD_NAME, &name));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 1));
}

/* P-47 */
TEST_F(port, allocated_set_is_empty)
{
	mach_port_name_t name = pset_new(), members[1];
	uint32_t count = 1;

	EXPECT_TRUE(entry_is(name, ENTRY_PS, 0));
	EXPECT_EQ(KERN_SUCCESS, port_get_set_status(name, members, &count));
	EXPECT_EQ(0, count);
}

/* P-48 */
TEST_F(port, allocated_dead_name_does_not_get_the_name_chosen)
{
	uint32_t count = name_count();

	ASSERT_EQ(KERN_SUCCESS,
		  port_allocate_name(MACH_PORT_RIGHT_DEAD_NAME, 0x7703));
	EXPECT_EQ(KERN_INVALID_NAME, port_get_type(0x7703, NULL));
	EXPECT_EQ(count + 1, name_count());
}

TEST_F(port, allocated_dead_name_is_told_by_its_own_name)
{
	struct machipc_port_allocate arg = {
		.size = sizeof(arg),
		.task = self_task(),
		.right = MACH_PORT_RIGHT_DEAD_NAME,
		.flags = MACHIPC_ALLOCATE_NAME,
		.name = 0x7703,
	};

	ASSERT_EQ(0, machipc_ioctl(MACHIPC_IOC_PORT_ALLOCATE, &arg));
	ASSERT_EQ(KERN_SUCCESS, arg.out_kr);
	EXPECT_TRUE(entry_is(arg.out_name, ENTRY_DN, 1));
}

/* P-51 */
TEST_F(port, construct_inserts_a_send_right)
{
	mach_port_name_t name = MACH_PORT_NULL;
	mach_port_status_t status;

	ASSERT_EQ(KERN_SUCCESS,
		  port_construct(MPO_INSERT_SEND_RIGHT, 0, 0, &name));
	EXPECT_EQ(0x30000, port_type(name));
	EXPECT_EQ(1, port_send_refs(name));
	status = port_status(name);
	EXPECT_EQ(1, status.mps_mscount);
	EXPECT_NE(0, status.mps_srights);
}

TEST_F(port, construct_sets_the_queue_limit_if_asked)
{
	mach_port_name_t name = MACH_PORT_NULL;

	ASSERT_EQ(KERN_SUCCESS, port_construct(MPO_QLIMIT, 1024, 0, &name));
	EXPECT_EQ(1024, port_status(name).mps_qlimit);
	ASSERT_EQ(KERN_SUCCESS, port_construct(0, 1024, 0, &name));
	EXPECT_EQ(5, port_status(name).mps_qlimit);
}

/* P-52 */
TEST_F(port, construct_with_a_limit_too_large_leaves_no_port)
{
	mach_port_name_t name = TEST_POISON;
	uint32_t count = name_count();

	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_construct(MPO_QLIMIT, 1025, 0, &name));
	EXPECT_EQ(TEST_POISON, name);
	EXPECT_EQ(count, name_count());
}

/* P-53 */
TEST_F(port, construct_with_strict_alone_does_not_guard)
{
	mach_port_name_t name = MACH_PORT_NULL;

	ASSERT_EQ(KERN_SUCCESS, port_construct(MPO_STRICT, 0, 0x1234, &name));
	EXPECT_EQ(0, port_status(name).mps_flags);
	EXPECT_EQ(0x1234, port_context(name));
	EXPECT_EQ(KERN_SUCCESS, port_destroy(name));
}

/* P-54 */
TEST_F(port, construct_with_a_strict_guard_hides_the_context)
{
	mach_port_name_t name = MACH_PORT_NULL;

	ASSERT_EQ(KERN_SUCCESS,
		  port_construct(MPO_CONTEXT_AS_GUARD | MPO_STRICT, 0, 0x1234,
				 &name));
	EXPECT_EQ(0x06, port_status(name).mps_flags);
	EXPECT_EQ(0, port_context(name));
}

TEST_F(port, construct_with_a_guard_shows_the_context)
{
	mach_port_name_t name = MACH_PORT_NULL;

	ASSERT_EQ(KERN_SUCCESS,
		  port_construct(MPO_CONTEXT_AS_GUARD, 0, 0x1234, &name));
	EXPECT_EQ(0x02, port_status(name).mps_flags);
	EXPECT_EQ(0x1234, port_context(name));
}

/* P-55, P-201 */
TEST_F(port, construct_ignores_unknown_flags)
{
	mach_port_name_t queue = port_new();

	for (int bit = 7; bit < 32; bit++) {
		mach_port_name_t name = MACH_PORT_NULL;
		mach_port_status_t status;

		ASSERT_EQ(KERN_SUCCESS,
			  port_construct(1U << bit, 9, 0, &name));
		EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
		status = port_status(name);
		EXPECT_EQ(5, status.mps_qlimit);
		EXPECT_EQ(0, status.mps_flags);
		/* Later systems have ports that refuse some of this. */
		EXPECT_EQ(KERN_SUCCESS,
			  port_insert_right(name, name,
					    MACH_MSG_TYPE_MAKE_SEND));
		EXPECT_TRUE(port_park(name, queue));
		EXPECT_EQ(name, port_take(queue));
	}
}

/* P-201 */
TEST_F(port, routines_of_later_systems_are_unknown)
{
	mach_port_name_t reply = reply_port();
	struct message msg;

	for (mach_msg_id_t id = 3236; id <= 3242; id++) {
		message_init(&msg, self_task(), MACH_MSG_TYPE_COPY_SEND, reply,
			     MACH_MSG_TYPE_MAKE_SEND_ONCE);
		msg.head.msgh_id = id;
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(reply, &msg));
		EXPECT_EQ(id + 100, msg.head.msgh_id);
		EXPECT_EQ(MIG_BAD_ID, (kern_return_t)msg.word[2]);
	}
}

/* P-56 */
TEST_F(port, mod_refs_of_no_kind_is_an_invalid_value_first)
{
	mach_port_name_t names[] = {
		port_new(), MACH_PORT_NULL, MACH_PORT_DEAD, stale_name(),
	};

	for (int i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(KERN_INVALID_VALUE,
			  port_mod_refs(names[i], MACH_PORT_RIGHT_NUMBER, -1));
		EXPECT_EQ(KERN_INVALID_VALUE,
			  port_mod_refs(names[i], 77, 0));
	}
}

/* P-57 */
TEST_F(port, mod_refs_of_a_receive_right_takes_0_and_minus_1)
{
	mach_port_name_t name = port_new(), send = entry_new(ENTRY_S, 1);
	mach_port_right_t right = MACH_PORT_RIGHT_RECEIVE;

	EXPECT_EQ(KERN_SUCCESS, port_mod_refs(name, right, 0));
	EXPECT_EQ(KERN_INVALID_VALUE, port_mod_refs(name, right, 1));
	EXPECT_EQ(KERN_INVALID_VALUE, port_mod_refs(name, right, -2));
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
	EXPECT_EQ(KERN_SUCCESS, port_mod_refs(name, right, -1));
	EXPECT_FALSE(port_exists(name));

	EXPECT_EQ(KERN_INVALID_RIGHT, port_mod_refs(send, right, -1));
}

/* P-58 */
TEST_F(port, mod_refs_destroys_a_set)
{
	mach_port_name_t set = pset_new(), name = port_new();
	mach_port_right_t right = MACH_PORT_RIGHT_PORT_SET;

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(name, set));
	EXPECT_EQ(KERN_INVALID_VALUE, port_mod_refs(set, right, 1));
	EXPECT_EQ(KERN_INVALID_VALUE, port_mod_refs(set, right, -2));
	EXPECT_EQ(1, port_status(name).mps_pset);
	EXPECT_EQ(KERN_SUCCESS, port_mod_refs(set, right, -1));
	EXPECT_FALSE(port_exists(set));
	EXPECT_EQ(0, port_status(name).mps_pset);
	EXPECT_EQ(KERN_INVALID_RIGHT, port_mod_refs(name, right, -1));
}

/* P-59 */
TEST_F(port, mod_refs_of_a_send_once_right_notifies_its_port)
{
	mach_port_name_t name = port_new(), once = port_new_send_once(name);
	mach_port_right_t right = MACH_PORT_RIGHT_SEND_ONCE;

	EXPECT_EQ(KERN_INVALID_VALUE, port_mod_refs(once, right, 1));
	EXPECT_EQ(KERN_INVALID_VALUE, port_mod_refs(once, right, -2));
	EXPECT_EQ(-1, msg_receive_id(name));
	EXPECT_EQ(KERN_SUCCESS, port_mod_refs(once, right, -1));
	EXPECT_FALSE(port_exists(once));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(name));
}

/* P-60 */
TEST_F(port, mod_refs_below_0_changes_nothing)
{
	mach_port_name_t send = entry_new(ENTRY_S, 2), dead = dead_name_new(2);
	struct space_image image;

	ASSERT_TRUE(space_read(&image));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_mod_refs(send, MACH_PORT_RIGHT_SEND, -3));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_mod_refs(send, MACH_PORT_RIGHT_SEND, -70000));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_mod_refs(dead, MACH_PORT_RIGHT_DEAD_NAME, -3));
	EXPECT_TRUE(space_is(&image));
}

/* P-61 */
TEST_F(port, mod_refs_of_the_last_send_right_leaves_the_receive_right)
{
	mach_port_name_t name = port_new_sends(3), notify = port_new();
	uint32_t count;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_NO_SENDERS, 0, notify));
	EXPECT_EQ(KERN_SUCCESS, port_mod_refs(name, MACH_PORT_RIGHT_SEND, -2));
	EXPECT_EQ(NOTE_NONE, note_receive(notify, &count));
	EXPECT_EQ(KERN_SUCCESS, port_mod_refs(name, MACH_PORT_RIGHT_SEND, -1));
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, note_receive(notify, &count));
	EXPECT_EQ(1, count);
}

/* P-61 */
TEST_F(port, mod_refs_of_not_the_last_send_right_is_silent)
{
	mach_port_name_t name = port_new_sends(2), notify = port_new();
	mach_port_name_t queue = port_new();
	uint32_t count;

	ASSERT_EQ(0, msg_send_right(queue, MACH_MSG_TYPE_MAKE_SEND, name,
				    MACH_MSG_TYPE_COPY_SEND));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_NO_SENDERS, 0, notify));
	EXPECT_EQ(KERN_SUCCESS, port_mod_refs(name, MACH_PORT_RIGHT_SEND, -2));
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
	EXPECT_EQ(NOTE_NONE, note_receive(notify, &count));
}

/* P-62 */
TEST_F(port, deallocate_is_for_send_rights)
{
	mach_port_name_t receive = port_new(), set = pset_new();
	mach_port_name_t name = port_new_sends(2);

	EXPECT_EQ(KERN_INVALID_RIGHT, port_deallocate(receive));
	EXPECT_TRUE(entry_is(receive, ENTRY_R, 0));
	EXPECT_EQ(KERN_INVALID_RIGHT, port_deallocate(set));
	EXPECT_TRUE(entry_is(set, ENTRY_PS, 0));

	EXPECT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 1));
	EXPECT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
}

TEST_F(port, deallocate_of_the_last_reference_frees_the_name)
{
	mach_port_name_t send = entry_new(ENTRY_S, 2), dead = dead_name_new(2);

	EXPECT_EQ(KERN_SUCCESS, port_deallocate(send));
	EXPECT_TRUE(entry_is(send, ENTRY_S, 1));
	EXPECT_EQ(KERN_SUCCESS, port_deallocate(send));
	EXPECT_FALSE(port_exists(send));

	EXPECT_EQ(KERN_SUCCESS, port_deallocate(dead));
	EXPECT_TRUE(entry_is(dead, ENTRY_DN, 1));
	EXPECT_EQ(KERN_SUCCESS, port_deallocate(dead));
	EXPECT_FALSE(port_exists(dead));
}

/* P-63 */
TEST_F(port, destroy_frees_a_name_with_both_rights)
{
	mach_port_name_t name = port_new_sends(3);
	mach_port_name_t once = port_new_send_once(name);

	EXPECT_EQ(KERN_SUCCESS, port_destroy(name));
	EXPECT_EQ(KERN_INVALID_NAME, port_get_type(name, NULL));
	EXPECT_TRUE(entry_is(once, ENTRY_DN, 1));
}

/* Table of mach_port_destroy: whatever is under the name goes at once. */
TEST_F(port, destroy_frees_every_kind_of_name)
{
	for (int state = ENTRY_R; state <= ENTRY_SO_DIED; state++) {
		mach_port_name_t name = entry_new(state, 3);

		ASSERT_NE(MACH_PORT_NULL, name);
		EXPECT_EQ(KERN_SUCCESS, port_destroy(name)) {
			TH_LOG("state %d", state);
		}
		EXPECT_FALSE(port_exists(name));
	}
}

TEST_F(port, destroy_of_a_send_once_right_notifies_its_port)
{
	mach_port_name_t name = port_new(), once = port_new_send_once(name);

	EXPECT_EQ(KERN_SUCCESS, port_destroy(once));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(name));
	EXPECT_EQ(-1, msg_receive_id(name));
}

/* P-64 */
TEST_F(port, destruct_leaves_send_rights_as_a_dead_name)
{
	mach_port_name_t name = port_new_sends(2);

	EXPECT_EQ(KERN_SUCCESS, port_destruct(name, 0, 0));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
}

/* P-64 */
TEST_F(port, destruct_with_all_send_rights_frees_the_name)
{
	mach_port_name_t name = port_new_sends(2);

	EXPECT_EQ(KERN_SUCCESS, port_destruct(name, -2, 0));
	EXPECT_FALSE(port_exists(name));
}

TEST_F(port, destruct_takes_some_send_rights)
{
	mach_port_name_t name = port_new_sends(3);

	EXPECT_EQ(KERN_SUCCESS, port_destruct(name, -2, 0));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 1));
}

/* P-65 */
TEST_F(port, destruct_refuses_a_wrong_delta)
{
	mach_port_name_t name = port_new_sends(2), receive = port_new();

	EXPECT_EQ(KERN_INVALID_VALUE, port_destruct(name, -3, 0));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 2));
	EXPECT_EQ(KERN_INVALID_VALUE, port_destruct(name, 1, 0));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 2));
	EXPECT_EQ(KERN_INVALID_RIGHT, port_destruct(receive, -1, 0));
	EXPECT_TRUE(entry_is(receive, ENTRY_R, 0));
	EXPECT_EQ(KERN_INVALID_NAME, port_destruct(MACH_PORT_NULL, 0, 0));
}

/* P-66 */
TEST_F(port, destruct_needs_the_guard)
{
	mach_port_name_t name = port_new_sends(2);

	ASSERT_EQ(KERN_SUCCESS, port_guard(name, 0x1234, true));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, port_destruct(name, -1, 0x4321));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, port_destruct(name, -1, 0));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 2));
	EXPECT_EQ(0x06, port_status(name).mps_flags);
	EXPECT_EQ(KERN_SUCCESS, port_destruct(name, -1, 0x1234));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 1));
}

/* The send rights go before the port does. */
TEST_F(port, destruct_of_the_last_send_right_is_no_senders)
{
	mach_port_name_t name = port_new_sends(2), notify = port_new();
	uint32_t count;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_NO_SENDERS, 0, notify));
	EXPECT_EQ(KERN_SUCCESS, port_destruct(name, -2, 0));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, note_receive(notify, &count));
	EXPECT_EQ(1, count);
	EXPECT_EQ(NOTE_NONE, note_receive(notify, &count));
}

/* P-67 */
TEST_F(port, names_lists_each_name_once_in_order)
{
	mach_port_name_t names[SPACE_IMAGE_MAX], high = 0x7703;
	mach_port_type_t types[SPACE_IMAGE_MAX];
	uint32_t count = SPACE_IMAGE_MAX;
	uint32_t hidden = MACH_PORT_TYPE_SPREQUEST |
			  MACH_PORT_TYPE_SPREQUEST_DELAYED;

	ASSERT_EQ(KERN_SUCCESS,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, high));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(high, MACH_NOTIFY_SEND_POSSIBLE, 0, port_new()));
	for (int state = ENTRY_R; state <= ENTRY_DN; state++)
		ASSERT_NE(MACH_PORT_NULL, entry_new(state, 2));
	/* A slot that was used before, and one that is free. */
	ASSERT_EQ(KERN_SUCCESS, port_destroy(port_new()));
	ASSERT_NE(MACH_PORT_NULL, port_new());
	ASSERT_NE(MACH_PORT_NULL, stale_name());

	ASSERT_EQ(KERN_SUCCESS, port_names(names, types, &count));
	ASSERT_LE(count, SPACE_IMAGE_MAX);
	for (int i = 0; i < count; i++) {
		if (i)
			EXPECT_LT(MACH_PORT_INDEX(names[i - 1]),
				  MACH_PORT_INDEX(names[i]));
		EXPECT_EQ(types[i] & ~hidden, port_type(names[i]));
	}
	EXPECT_EQ(high, names[count - 1]);
	EXPECT_EQ(hidden, types[count - 1] & hidden);
	EXPECT_EQ(count, name_count());
}

/* P-182 */
TEST_F(port, reply_port_is_a_new_receive_right_each_time)
{
	mach_port_name_t first = reply_port(), second = reply_port();

	EXPECT_NE(first, second);
	EXPECT_TRUE(entry_is(first, ENTRY_R, 0));
	EXPECT_TRUE(entry_is(second, ENTRY_R, 0));
}

/* P-179 */
TEST_F(port, task_self_adds_a_reference_to_one_name)
{
	mach_port_name_t name = self_port(MACHIPC_SELF_TASK);
	uint32_t refs;

	machipc_task = name;
	refs = port_send_refs(name);
	EXPECT_TRUE(entry_is(name, ENTRY_S, refs));
	for (int i = 1; i <= 3; i++) {
		EXPECT_EQ(name, self_port(MACHIPC_SELF_TASK));
		EXPECT_EQ(refs + i, port_send_refs(name));
	}
}

TEST_F(port, host_self_adds_a_reference_to_one_name)
{
	mach_port_name_t name = self_port(MACHIPC_SELF_HOST);

	EXPECT_TRUE(entry_is(name, ENTRY_S, 1));
	EXPECT_NE(name, self_task());
	EXPECT_EQ(name, self_port(MACHIPC_SELF_HOST));
	EXPECT_TRUE(entry_is(name, ENTRY_S, 2));
}

TEST_F(port, own_task_is_not_received_from)
{
	struct message msg;

	EXPECT_EQ(MACH_RCV_INVALID_NAME, msg_receive(self_task(), &msg));
}

TEST_HARNESS_MAIN
