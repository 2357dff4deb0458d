// SPDX-License-Identifier: GPL-2.0
/*
 * Names: how the module picks them, how a caller chooses one, and what each
 * call answers to a name that denotes nothing or the wrong right.
 */
#include "port_utils.h"

/* Generations that a slot goes through before a name comes back. */
#define NAME_CYCLE	64

/* The name that the slot of @name gets next. */
static mach_port_name_t next_name(mach_port_name_t name)
{
	return (name & ~0xffU) | ((name + 4) & 0xff);
}

FIXTURE(name) {
};

FIXTURE_SETUP(name)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
}

FIXTURE_TEARDOWN(name)
{
}

/* P-2 */
TEST_F(name, first_name_of_a_space_is_0x103)
{
	EXPECT_EQ(0x103, reply_port());
}

/* P-2 */
TEST_F(name, first_name_is_0x103_also_for_the_task)
{
	EXPECT_EQ(0x103, self_port(MACHIPC_SELF_TASK));
}

/* P-1 */
TEST_F(name, picked_name_ends_in_binary_11)
{
	mach_port_right_t rights[] = {
		MACH_PORT_RIGHT_RECEIVE,
		MACH_PORT_RIGHT_PORT_SET,
		MACH_PORT_RIGHT_DEAD_NAME,
	};
	mach_port_name_t name = 0;

	for (int i = 0; i < 300; i++) {
		ASSERT_EQ(KERN_SUCCESS, port_allocate(rights[i % 3], &name));
		ASSERT_EQ(3, name & 3);
		if (i % 5 == 0)
			ASSERT_EQ(KERN_SUCCESS, port_destroy(name));
	}
}

/* P-3 */
TEST_F(name, freed_slot_is_taken_at_once_with_the_next_generation)
{
	mach_port_name_t name = port_new(), other = port_new();

	ASSERT_NE(MACH_PORT_NULL, other);
	ASSERT_EQ(KERN_SUCCESS, port_destroy(name));
	EXPECT_EQ(next_name(name), port_new());
}

/* P-4 */
TEST_F(name, name_comes_back_after_64_rounds_and_not_before)
{
	mach_port_name_t first = port_new(), name = first;

	for (int round = 1; round <= NAME_CYCLE; round++) {
		mach_port_name_t expected = next_name(name);

		ASSERT_EQ(KERN_SUCCESS, port_destroy(name));
		name = port_new();
		ASSERT_EQ(expected, name);
		ASSERT_EQ(round == NAME_CYCLE, name == first);
	}
}

/* P-15 */
TEST_F(name, slot_of_a_dead_name_is_free_after_its_last_reference)
{
	mach_port_name_t name = dead_name_new(2);

	EXPECT_NE(MACH_PORT_INDEX(name), MACH_PORT_INDEX(port_new()));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_NE(MACH_PORT_INDEX(name), MACH_PORT_INDEX(port_new()));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(next_name(name), port_new());
}

/* P-6 */
TEST_F(name, null_and_dead_cannot_be_chosen)
{
	uint32_t count = name_count();

	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, MACH_PORT_NULL));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, MACH_PORT_DEAD));
	EXPECT_EQ(count, name_count());
}

/* P-6 */
TEST_F(name, index_0_cannot_be_chosen)
{
	EXPECT_EQ(KERN_FAILURE,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, 0x03));
	EXPECT_EQ(KERN_FAILURE,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, 0xff));
}

/* P-7 */
TEST_F(name, free_slot_can_be_chosen)
{
	ASSERT_EQ(KERN_SUCCESS,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, 0x4703));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(0x4703));
	ASSERT_EQ(KERN_SUCCESS,
		  port_allocate_name(MACH_PORT_RIGHT_PORT_SET, 0x4803));
	EXPECT_EQ(MACH_PORT_TYPE_PORT_SET, port_type(0x4803));
}

/* P-8 */
TEST_F(name, name_in_use_cannot_be_chosen)
{
	mach_port_name_t name = port_new();
	struct space_image image;

	ASSERT_TRUE(space_read(&image));
	EXPECT_EQ(KERN_NAME_EXISTS,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, name));
	EXPECT_EQ(KERN_NAME_EXISTS,
		  port_allocate_name(MACH_PORT_RIGHT_PORT_SET, name));
	EXPECT_TRUE(space_is(&image));
}

/* P-9 */
TEST_F(name, slot_in_use_cannot_be_chosen_by_another_name)
{
	mach_port_name_t name = port_new();
	struct space_image image;

	ASSERT_TRUE(space_read(&image));
	EXPECT_EQ(KERN_FAILURE,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, name ^ 4));
	EXPECT_EQ(KERN_FAILURE,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, name ^ 1));
	EXPECT_TRUE(space_is(&image));
}

/* P-10 */
TEST_F(name, chosen_low_byte_is_kept_by_the_slot)
{
	ASSERT_EQ(KERN_SUCCESS,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, 0x1000));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(0x1000));
	EXPECT_EQ(0x1004, port_new());
}

/* P-11 */
TEST_F(name, index_beyond_any_table_is_no_space)
{
	uint32_t count = name_count();

	EXPECT_EQ(KERN_NO_SPACE,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, 0xffffff03));
	EXPECT_EQ(count, name_count());
}

/* Slots below a chosen one are still there to be picked. */
TEST_F(name, chosen_name_leaves_lower_slots_free)
{
	mach_port_name_t name = port_new();

	ASSERT_EQ(KERN_SUCCESS,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, 0x6403));
	EXPECT_EQ(MACH_PORT_INDEX(name) + 1, MACH_PORT_INDEX(port_new()));
	for (int i = 0; i < 200; i++) {
		name = port_new();
		ASSERT_NE(MACH_PORT_NULL, name);
		ASSERT_NE(0x64, MACH_PORT_INDEX(name));
	}
}

/* P-12 */
TEST_F(name, send_right_shares_the_name_of_the_receive_right)
{
	mach_port_name_t name = port_new();
	uint32_t count = name_count();

	ASSERT_EQ(KERN_SUCCESS,
		  port_insert_right(name, name, MACH_MSG_TYPE_MAKE_SEND));
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(name));
	EXPECT_EQ(count, name_count());
}

/* P-13 */
TEST_F(name, send_rights_of_one_port_share_a_name)
{
	mach_port_name_t queue = port_new(), port = port_new();
	mach_port_name_t first;

	/* Both rights are made, then the receive right goes as well. */
	ASSERT_EQ(0, msg_send_right(queue, MACH_MSG_TYPE_MAKE_SEND, port,
				    MACH_MSG_TYPE_MAKE_SEND));
	ASSERT_EQ(0, msg_send_right(queue, MACH_MSG_TYPE_MAKE_SEND, port,
				    MACH_MSG_TYPE_MAKE_SEND));
	ASSERT_TRUE(port_park(port, queue));
	ASSERT_FALSE(port_exists(port));

	first = port_take(queue);
	EXPECT_TRUE(entry_is(first, ENTRY_S, 1));
	EXPECT_EQ(first, port_take(queue));
	EXPECT_TRUE(entry_is(first, ENTRY_S, 2));
}

/* P-14 */
TEST_F(name, each_send_once_right_has_a_name_of_its_own)
{
	mach_port_name_t queue = port_new(), port = port_new();
	mach_port_name_t first, second;

	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, msg_send_right(queue, MACH_MSG_TYPE_MAKE_SEND,
					    port,
					    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	}
	first = port_take(queue);
	second = port_take(queue);
	EXPECT_TRUE(entry_is(first, ENTRY_SO, 1));
	EXPECT_TRUE(entry_is(second, ENTRY_SO, 1));
	EXPECT_NE(first, second);
	EXPECT_NE(port, first);
	EXPECT_NE(port, second);
}

/* P-39 */
TEST_F(name, send_references_of_no_name_are_one)
{
	EXPECT_EQ(1, port_refs(MACH_PORT_NULL, MACH_PORT_RIGHT_SEND));
	EXPECT_EQ(1, port_refs(MACH_PORT_DEAD, MACH_PORT_RIGHT_SEND));
	EXPECT_EQ(1, port_refs(MACH_PORT_NULL, MACH_PORT_RIGHT_SEND_ONCE));
	EXPECT_EQ(1, port_refs(MACH_PORT_DEAD, MACH_PORT_RIGHT_SEND_ONCE));
}

/* P-40 */
TEST_F(name, type_of_the_dead_marker_is_dead_name)
{
	uint64_t type = TEST_POISON;

	EXPECT_EQ(KERN_SUCCESS, port_get_type(MACH_PORT_DEAD, &type));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, type);
	EXPECT_EQ(KERN_INVALID_NAME, port_get_type(MACH_PORT_NULL, &type));
}

/* P-41 */
TEST_F(name, limits_of_no_name_are_nothing)
{
	mach_port_limits_t limits;
	uint32_t count = MACH_PORT_LIMITS_INFO_COUNT;

	EXPECT_EQ(KERN_SUCCESS,
		  port_get_attributes(MACH_PORT_NULL, MACH_PORT_LIMITS_INFO,
				      &limits, &count));
	EXPECT_EQ(0, count);
}

TEST_F(name, request_table_of_no_name_is_empty)
{
	uint32_t size = TEST_POISON, count = MACH_PORT_DNREQUESTS_SIZE_COUNT;

	EXPECT_EQ(KERN_SUCCESS,
		  port_get_attributes(MACH_PORT_DEAD, MACH_PORT_DNREQUESTS_SIZE,
				      &size, &count));
	EXPECT_EQ(1, count);
	EXPECT_EQ(0, size);
}

/* P-42 */
TEST_F(name, call_without_a_task_is_an_invalid_destination)
{
	uint32_t count = name_count();
	mach_port_name_t name = TEST_POISON;

	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  port_allocate_as(MACH_PORT_NULL, MACH_PORT_RIGHT_RECEIVE,
				   &name));
	EXPECT_EQ(TEST_POISON, name);
	EXPECT_EQ(count, name_count());
}

/*
 * Every call that looks a name up, with all other arguments valid: what it
 * answers to MACH_PORT_NULL and MACH_PORT_DEAD, and whether it is for receive
 * rights only.
 */
FIXTURE(lookup) {
	mach_port_name_t port;
	mach_port_name_t set;
};

FIXTURE_VARIANT(lookup) {
	kern_return_t (*call)(const FIXTURE_DATA(lookup) *self,
			      mach_port_name_t name);
	kern_return_t null;
	kern_return_t dead;
	bool receive;
};

#define LOOK_UP(_name, _null, _dead, _receive, _call)			\
	static kern_return_t						\
	call_##_name(const FIXTURE_DATA(lookup) *self,			\
		     mach_port_name_t name)				\
	{								\
		(void)self;						\
		return _call;						\
	}								\
	FIXTURE_VARIANT_ADD(lookup, _name) {				\
		.call = call_##_name,					\
		.null = _null,						\
		.dead = _dead,						\
		.receive = _receive,					\
	}

static kern_return_t get_info(mach_port_name_t name, int flavor)
{
	uint32_t info[MACHIPC_PORT_INFO_MAX], count = MACHIPC_PORT_INFO_MAX;

	return port_get_attributes(name, flavor, info, &count);
}

static kern_return_t get_members(mach_port_name_t name)
{
	uint32_t count = 0;

	return port_get_set_status(name, NULL, &count);
}

static kern_return_t extract(mach_port_name_t name, mach_msg_type_name_t type)
{
	mach_port_name_t poly;

	return port_extract_right(name, type, &poly, NULL);
}

static kern_return_t peek(mach_port_name_t name)
{
	uint8_t trailer[MACH_MSG_TRAILER_MINIMUM_SIZE];
	struct machipc_port_peek arg = {
		.name = name,
		.trailer = (uintptr_t)trailer,
		.trailer_size = sizeof(trailer),
	};

	return port_peek(&arg);
}

LOOK_UP(destroy, 0, 0, false, port_destroy(name));
LOOK_UP(deallocate, 0, 0, false, port_deallocate(name));
LOOK_UP(mod_refs_send, 0, 0, false,
	port_mod_refs(name, MACH_PORT_RIGHT_SEND, -5));
LOOK_UP(mod_refs_send_once, 0, 0, false,
	port_mod_refs(name, MACH_PORT_RIGHT_SEND_ONCE, -1));
LOOK_UP(mod_refs_receive, KERN_INVALID_NAME, KERN_INVALID_NAME, true,
	port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1));
LOOK_UP(mod_refs_port_set, KERN_INVALID_NAME, KERN_INVALID_NAME, false,
	port_mod_refs(name, MACH_PORT_RIGHT_PORT_SET, -1));
LOOK_UP(mod_refs_dead_name, KERN_INVALID_NAME, KERN_INVALID_NAME, false,
	port_mod_refs(name, MACH_PORT_RIGHT_DEAD_NAME, -1));
LOOK_UP(mod_refs_labelh, KERN_INVALID_NAME, KERN_INVALID_NAME, false,
	port_mod_refs(name, MACH_PORT_RIGHT_LABELH, -1));
LOOK_UP(get_refs_send, 0, 0, false,
	port_get_refs(name, MACH_PORT_RIGHT_SEND, NULL));
LOOK_UP(get_refs_send_once, 0, 0, false,
	port_get_refs(name, MACH_PORT_RIGHT_SEND_ONCE, NULL));
LOOK_UP(get_refs_receive, KERN_INVALID_NAME, KERN_INVALID_NAME, false,
	port_get_refs(name, MACH_PORT_RIGHT_RECEIVE, NULL));
LOOK_UP(get_refs_port_set, KERN_INVALID_NAME, KERN_INVALID_NAME, false,
	port_get_refs(name, MACH_PORT_RIGHT_PORT_SET, NULL));
LOOK_UP(get_refs_dead_name, KERN_INVALID_NAME, KERN_INVALID_NAME, false,
	port_get_refs(name, MACH_PORT_RIGHT_DEAD_NAME, NULL));
LOOK_UP(get_refs_labelh, KERN_INVALID_NAME, KERN_INVALID_NAME, false,
	port_get_refs(name, MACH_PORT_RIGHT_LABELH, NULL));
LOOK_UP(destruct, KERN_INVALID_NAME, KERN_INVALID_NAME, true,
	port_destruct(name, 0, 0));
LOOK_UP(type, KERN_INVALID_NAME, 0, false, port_get_type(name, NULL));
LOOK_UP(insert_right, KERN_INVALID_NAME, KERN_INVALID_NAME, true,
	port_insert_right(0x7703, name, MACH_MSG_TYPE_MAKE_SEND));
LOOK_UP(extract_right, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	extract(name, MACH_MSG_TYPE_MAKE_SEND_ONCE));
LOOK_UP(insert_member, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	port_insert_member(name, self->set));
LOOK_UP(insert_into, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, false,
	port_insert_member(self->port, name));
LOOK_UP(extract_member, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	port_extract_member(name, self->set));
LOOK_UP(extract_from, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, false,
	port_extract_member(self->port, name));
LOOK_UP(move_member, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	port_move_member(name, self->set));
LOOK_UP(get_set_status, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, false,
	get_members(name));
LOOK_UP(get_context, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	port_get_context(name, NULL));
LOOK_UP(set_context, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	port_set_context(name, 1));
LOOK_UP(guard, KERN_INVALID_NAME, KERN_INVALID_NAME, true,
	port_guard(name, 1, false));
LOOK_UP(unguard, KERN_INVALID_NAME, KERN_INVALID_NAME, true,
	port_unguard(name, 1));
LOOK_UP(get_limits, 0, 0, true, get_info(name, MACH_PORT_LIMITS_INFO));
LOOK_UP(get_status, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	get_info(name, MACH_PORT_RECEIVE_STATUS));
LOOK_UP(get_dnrequests, 0, 0, true, get_info(name, MACH_PORT_DNREQUESTS_SIZE));
LOOK_UP(get_info_ext, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	get_info(name, MACH_PORT_INFO_EXT));
LOOK_UP(set_limits, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	port_set_qlimit(name, 1));
LOOK_UP(set_tempowner, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	port_set_attributes(name, MACH_PORT_TEMPOWNER, NULL, 0));
LOOK_UP(set_mscount, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	port_set_mscount(name, 1));
LOOK_UP(set_seqno, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	port_set_seqno(name, 1));
LOOK_UP(get_srights, KERN_INVALID_NAME, KERN_INVALID_NAME, true,
	port_get_srights(name, NULL));
LOOK_UP(peek, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true, peek(name));
LOOK_UP(request_no_senders, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	port_cancel(name, MACH_NOTIFY_NO_SENDERS, NULL));
LOOK_UP(request_port_destroyed, KERN_INVALID_RIGHT, KERN_INVALID_RIGHT, true,
	port_cancel(name, MACH_NOTIFY_PORT_DESTROYED, NULL));
LOOK_UP(request_dead_name, KERN_INVALID_ARGUMENT, KERN_INVALID_ARGUMENT, false,
	port_cancel(name, MACH_NOTIFY_DEAD_NAME, NULL));
LOOK_UP(request_send_possible, KERN_INVALID_ARGUMENT, KERN_INVALID_ARGUMENT,
	false,
	port_cancel(name, MACH_NOTIFY_SEND_POSSIBLE, NULL));

FIXTURE_SETUP(lookup)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	self->set = pset_new();
	ASSERT_NE(MACH_PORT_NULL, self->set);
}

FIXTURE_TEARDOWN(lookup)
{
}

/* P-37, P-38, P-39, P-40, P-41 */
TEST_F(lookup, null_or_dead_is_answered_before_any_lookup)
{
	struct space_image image;

	ASSERT_TRUE(space_read(&image));
	EXPECT_EQ(variant->null, variant->call(self, MACH_PORT_NULL));
	EXPECT_EQ(variant->dead, variant->call(self, MACH_PORT_DEAD));
	EXPECT_TRUE(space_is(&image));
}

/* P-5 */
TEST_F(lookup, stale_name_is_unknown_while_the_new_one_works)
{
	mach_port_name_t stale = stale_name(), name = port_new();
	struct space_image image;

	ASSERT_EQ(next_name(stale), name);
	ASSERT_TRUE(space_read(&image));
	EXPECT_EQ(KERN_INVALID_NAME, variant->call(self, stale));
	EXPECT_EQ(KERN_INVALID_NAME, variant->call(self, 0xffffff03));
	EXPECT_EQ(KERN_INVALID_NAME, variant->call(self, 0xff));
	EXPECT_TRUE(space_is(&image));
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
}

TEST_F(lookup, other_right_is_refused)
{
	enum entry_state states[] = {
		ENTRY_S, ENTRY_SO, ENTRY_PS, ENTRY_DN, ENTRY_S_DIED,
		ENTRY_SO_DIED,
	};

	if (!variant->receive)
		return;
	for (int i = 0; i < ARRAY_SIZE(states); i++) {
		mach_port_name_t name = entry_new(states[i], 2);
		struct space_image image;

		ASSERT_TRUE(space_read(&image));
		EXPECT_EQ(KERN_INVALID_RIGHT, variant->call(self, name)) {
			TH_LOG("state %d", states[i]);
		}
		EXPECT_TRUE(space_is(&image));
	}
}

/* P-42 */
TEST_F(lookup, other_task_is_an_invalid_destination)
{
	mach_port_name_t task = self_task(), name = port_new_send();
	mach_port_name_t other[] = {
		name, self->set, stale_name(), dead_name_new(1),
		MACH_PORT_DEAD,
	};
	struct space_image image;

	ASSERT_TRUE(space_read(&image));
	for (int i = 0; i < ARRAY_SIZE(other); i++) {
		machipc_task = other[i];
		EXPECT_EQ(MACH_SEND_INVALID_DEST, variant->call(self, name));
	}
	machipc_task = task;
	EXPECT_TRUE(space_is(&image));
}

TEST_HARNESS_MAIN
