// SPDX-License-Identifier: GPL-2.0
/*
 * Rights on their way: what a disposition takes from an entry (copyin), what a
 * received right adds to one (copyout), and the life of a send-once right.
 */
#include "port_utils.h"

#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND
#define MAKE_SEND_ONCE	MACH_MSG_TYPE_MAKE_SEND_ONCE
#define COPY_SEND	MACH_MSG_TYPE_COPY_SEND
#define MOVE_SEND	MACH_MSG_TYPE_MOVE_SEND
#define MOVE_SEND_ONCE	MACH_MSG_TYPE_MOVE_SEND_ONCE
#define MOVE_RECEIVE	MACH_MSG_TYPE_MOVE_RECEIVE

/* The entries that each disposition is tried on. */
static const struct {
	enum entry_state state;
	uint32_t refs;
} entries[] = {
	{ ENTRY_FREE, 0 }, { ENTRY_R, 0 }, { ENTRY_S, 1 }, { ENTRY_S, 3 },
	{ ENTRY_RS, 1 }, { ENTRY_RS, 3 }, { ENTRY_SO, 1 }, { ENTRY_PS, 0 },
	{ ENTRY_DN, 1 }, { ENTRY_DN, 3 }, { ENTRY_S_DIED, 3 },
	{ ENTRY_SO_DIED, 1 },
};

/* What it leaves there, and what it yields. */
struct outcome {
	kern_return_t kr;
	bool dead;		/* a dead name: MACH_PORT_DEAD is carried */
	enum entry_state state;
	uint32_t refs;
};

/* The entry stays as it is; one of a dead port is a dead name by now. */
#define UNKNOWN			{ .kr = KERN_INVALID_NAME }
#define REFUSED(_state, _refs) \
	{ .kr = KERN_INVALID_RIGHT, .state = ENTRY_##_state, .refs = _refs }
#define LEAVES(_state, _refs) \
	{ .state = ENTRY_##_state, .refs = _refs }
#define DEAD(_state, _refs) \
	{ .dead = true, .state = ENTRY_##_state, .refs = _refs }

FIXTURE(copyin) {
	mach_port_name_t queue;
};

FIXTURE_VARIANT(copyin) {
	mach_msg_type_name_t disposition;
	mach_msg_type_name_t carried;
	struct outcome outcome[ARRAY_SIZE(entries)];
};

FIXTURE_VARIANT_ADD(copyin, move_receive) {
	.disposition = MOVE_RECEIVE,
	.carried = MACH_MSG_TYPE_PORT_RECEIVE,
	.outcome = {
		UNKNOWN, LEAVES(FREE, 0), REFUSED(S, 1), REFUSED(S, 3),
		LEAVES(S, 1), LEAVES(S, 3), REFUSED(SO, 1), REFUSED(PS, 0),
		REFUSED(DN, 1), REFUSED(DN, 3), REFUSED(DN, 3), REFUSED(DN, 1),
	},
};

FIXTURE_VARIANT_ADD(copyin, move_send) {
	.disposition = MOVE_SEND,
	.carried = MACH_MSG_TYPE_PORT_SEND,
	.outcome = {
		UNKNOWN, REFUSED(R, 0), LEAVES(FREE, 0), LEAVES(S, 2),
		LEAVES(R, 0), LEAVES(RS, 2), REFUSED(SO, 1), REFUSED(PS, 0),
		DEAD(FREE, 0), DEAD(DN, 2), DEAD(DN, 2), DEAD(FREE, 0),
	},
};

FIXTURE_VARIANT_ADD(copyin, move_send_once) {
	.disposition = MOVE_SEND_ONCE,
	.carried = MACH_MSG_TYPE_PORT_SEND_ONCE,
	.outcome = {
		UNKNOWN, REFUSED(R, 0), REFUSED(S, 1), REFUSED(S, 3),
		REFUSED(RS, 1), REFUSED(RS, 3), LEAVES(FREE, 0), REFUSED(PS, 0),
		DEAD(FREE, 0), DEAD(DN, 2), DEAD(DN, 2), DEAD(FREE, 0),
	},
};

FIXTURE_VARIANT_ADD(copyin, copy_send) {
	.disposition = COPY_SEND,
	.carried = MACH_MSG_TYPE_PORT_SEND,
	.outcome = {
		UNKNOWN, REFUSED(R, 0), LEAVES(S, 1), LEAVES(S, 3),
		LEAVES(RS, 1), LEAVES(RS, 3), REFUSED(SO, 1), REFUSED(PS, 0),
		DEAD(DN, 1), DEAD(DN, 3), DEAD(DN, 3), DEAD(DN, 1),
	},
};

FIXTURE_VARIANT_ADD(copyin, make_send) {
	.disposition = MAKE_SEND,
	.carried = MACH_MSG_TYPE_PORT_SEND,
	.outcome = {
		UNKNOWN, LEAVES(R, 0), REFUSED(S, 1), REFUSED(S, 3),
		LEAVES(RS, 1), LEAVES(RS, 3), REFUSED(SO, 1), REFUSED(PS, 0),
		REFUSED(DN, 1), REFUSED(DN, 3), REFUSED(DN, 3), REFUSED(DN, 1),
	},
};

FIXTURE_VARIANT_ADD(copyin, make_send_once) {
	.disposition = MAKE_SEND_ONCE,
	.carried = MACH_MSG_TYPE_PORT_SEND_ONCE,
	.outcome = {
		UNKNOWN, LEAVES(R, 0), REFUSED(S, 1), REFUSED(S, 3),
		LEAVES(RS, 1), LEAVES(RS, 3), REFUSED(SO, 1), REFUSED(PS, 0),
		REFUSED(DN, 1), REFUSED(DN, 3), REFUSED(DN, 3), REFUSED(DN, 1),
	},
};

FIXTURE_SETUP(copyin)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->queue = port_new();
	ASSERT_TRUE(port_widen(self->queue));
}

FIXTURE_TEARDOWN(copyin)
{
}

/* Whether a right that arrives has the name that its port still has here. */
static bool rejoins(mach_msg_type_name_t carried, const struct outcome *outcome)
{
	return carried != MACH_MSG_TYPE_PORT_SEND_ONCE && !outcome->dead &&
	       outcome->state != ENTRY_FREE;
}

/* P-92, P-93, P-94, P-95, P-96, P-97 */
TEST_F(copyin, descriptor_takes_from_the_entry)
{
	for (int i = 0; i < ARRAY_SIZE(entries); i++) {
		const struct outcome *outcome = &variant->outcome[i];
		mach_port_name_t name = entry_new(entries[i].state,
						  entries[i].refs);
		struct message msg;
		mach_msg_return_t mr;

		mr = msg_send_right(self->queue, MAKE_SEND, name,
				    variant->disposition);
		EXPECT_EQ(outcome->kr ? MACH_SEND_INVALID_RIGHT :
					MACH_MSG_SUCCESS, mr) {
			TH_LOG("state %d", entries[i].state);
		}
		EXPECT_TRUE(entry_is(name, outcome->state, outcome->refs)) {
			TH_LOG("state %d(%d) is %x", entries[i].state,
			       entries[i].refs, port_type(name));
		}
		if (mr)
			continue;
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->queue, &msg));
		EXPECT_EQ(variant->carried, msg.port[0].disposition);
		EXPECT_EQ(outcome->dead, msg.port[0].name == MACH_PORT_DEAD);
		/* It is of the same port if it comes back to what was left. */
		EXPECT_EQ(rejoins(variant->carried, outcome),
			  msg.port[0].name == name);
	}
}

TEST_F(copyin, refusal_tells_an_unknown_name_from_a_wrong_right)
{
	for (int i = 0; i < ARRAY_SIZE(entries); i++) {
		const struct outcome *outcome = &variant->outcome[i];
		mach_port_name_t name = entry_new(entries[i].state,
						  entries[i].refs);
		mach_port_name_t poly = TEST_POISON;
		struct space_image image;

		if (!outcome->kr)
			continue;
		ASSERT_TRUE(space_read(&image));
		EXPECT_EQ(outcome->kr,
			  port_extract_right(name, variant->disposition, &poly,
					     NULL));
		EXPECT_EQ(TEST_POISON, poly);
		EXPECT_TRUE(space_is(&image));
	}
}

/* P-98 */
TEST_F(copyin, null_and_dead_are_carried_as_they_are)
{
	mach_port_name_t names[] = { MACH_PORT_NULL, MACH_PORT_DEAD };
	struct message msg;

	for (int i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_send_right(self->queue, MAKE_SEND, names[i],
					 variant->disposition));
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->queue, &msg));
		EXPECT_EQ(names[i], msg.port[0].name);
		EXPECT_EQ(variant->carried, msg.port[0].disposition);
	}
}

/*
 * A right of a port that arrives where the space has already something of the
 * port, or nothing.
 */
FIXTURE(copyout) {
	mach_port_name_t queue;
	mach_port_name_t parking;
	mach_port_name_t name;
};

FIXTURE_VARIANT(copyout) {
	mach_msg_type_name_t disposition;
	uint32_t sends;		/* references to a send right before */
	bool parked;		/* the receive right is elsewhere */
	bool same_name;
	enum entry_state state;
	uint32_t refs;
};

#define COPYOUT(_name, ...) \
	FIXTURE_VARIANT_ADD(copyout, _name) { __VA_ARGS__ }

COPYOUT(send_to_nothing, MAKE_SEND, 0, true, false, ENTRY_S, 1);
COPYOUT(send_to_send, COPY_SEND, 2, true, true, ENTRY_S, 3);
COPYOUT(send_to_receive, MAKE_SEND, 0, false, true, ENTRY_RS, 1);
COPYOUT(send_to_both, COPY_SEND, 2, false, true, ENTRY_RS, 3);
COPYOUT(send_once_to_nothing, MAKE_SEND_ONCE, 0, true, false, ENTRY_SO, 1);
COPYOUT(send_once_to_send, MAKE_SEND_ONCE, 2, true, false, ENTRY_SO, 1);
COPYOUT(send_once_to_receive, MAKE_SEND_ONCE, 0, false, false, ENTRY_SO, 1);
COPYOUT(send_once_to_both, MAKE_SEND_ONCE, 2, false, false, ENTRY_SO, 1);
COPYOUT(receive_to_nothing, MOVE_RECEIVE, 0, false, false, ENTRY_R, 0);
COPYOUT(receive_to_send, MOVE_RECEIVE, 2, false, true, ENTRY_RS, 2);

FIXTURE_SETUP(copyout)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->queue = port_new();
	self->parking = port_new();
	self->name = variant->sends ? port_new_sends(variant->sends) :
				      port_new();
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->queue, MAKE_SEND, self->name,
				 variant->disposition));
	/* Its slot shall not be the one that is free for the new name. */
	if (variant->parked)
		ASSERT_TRUE(port_park(self->name, self->parking));
	ASSERT_NE(MACH_PORT_NULL, port_new());
}

FIXTURE_TEARDOWN(copyout)
{
}

/* P-106 */
TEST_F(copyout, right_joins_what_is_there)
{
	uint32_t count = name_count();
	mach_port_name_t name = port_take(self->queue);

	EXPECT_EQ(variant->same_name, name == self->name);
	EXPECT_EQ(count + !variant->same_name, name_count());
	EXPECT_TRUE(entry_is(name, variant->state, variant->refs)) {
		TH_LOG("type %x, %d references", port_type(name),
		       port_send_refs(name));
	}
}

TEST_F(copyout, rights_of_the_port_are_counted_by_entry)
{
	bool send = variant->disposition == MAKE_SEND || variant->sends;
	mach_port_name_t name = port_take(self->queue);
	mach_port_status_t status;

	if (variant->parked)
		name = port_take(self->parking);
	else if (variant->disposition == MAKE_SEND_ONCE)
		name = self->name;
	status = port_status(name);
	EXPECT_EQ(send, port_srights(name));
	EXPECT_EQ(send, status.mps_srights);
	EXPECT_EQ(variant->disposition == MAKE_SEND_ONCE, status.mps_sorights);
}

FIXTURE(carry) {
	mach_port_name_t queue;
	mach_port_name_t notify;
};

FIXTURE_SETUP(carry)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->queue = port_new();
	self->notify = port_new();
	ASSERT_NE(MACH_PORT_NULL, self->notify);
}

FIXTURE_TEARDOWN(carry)
{
}

/* Sends to @name, which is the reply port as well. */
static mach_msg_return_t send_both(mach_port_name_t name,
				   mach_msg_type_name_t remote,
				   mach_msg_type_name_t local)
{
	struct message msg;

	message_init(&msg, name, remote, name, local);
	return msg_send(&msg);
}

/* P-99 */
TEST_F(carry, dead_name_is_no_destination)
{
	mach_port_name_t name = dead_name_new(2);

	EXPECT_EQ(MACH_SEND_INVALID_DEST, msg_send_id(name, COPY_SEND, 0));
	EXPECT_EQ(MACH_SEND_INVALID_DEST, msg_send_id(name, MOVE_SEND, 0));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  msg_send_id(name, MOVE_SEND_ONCE, 0));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
}

/* P-99 */
TEST_F(carry, dead_name_as_reply_port_arrives_dead)
{
	mach_port_name_t name = dead_name_new(2);
	struct message msg;

	message_init(&msg, self->queue, MAKE_SEND, name, MOVE_SEND);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->queue, &msg));
	EXPECT_EQ(MACH_PORT_DEAD, msg.head.msgh_remote_port);
	EXPECT_EQ(MACH_MSG_TYPE_PORT_SEND,
		  MACH_MSGH_BITS_REMOTE(msg.head.msgh_bits));
}

/* P-100 */
TEST_F(carry, destination_and_reply_moved_need_two_references)
{
	mach_port_name_t one = entry_new(ENTRY_S, 1);
	mach_port_name_t two = entry_new(ENTRY_S, 2);

	EXPECT_EQ(MACH_SEND_INVALID_DEST, send_both(one, MOVE_SEND, MOVE_SEND));
	EXPECT_TRUE(entry_is(one, ENTRY_S, 1));
	EXPECT_EQ(MACH_MSG_SUCCESS, send_both(two, MOVE_SEND, MOVE_SEND));
	EXPECT_FALSE(port_exists(two));
}

/* P-101 */
TEST_F(carry, destination_copied_and_reply_moved_take_one_reference)
{
	mach_port_name_t name = entry_new(ENTRY_S, 2);

	EXPECT_EQ(MACH_MSG_SUCCESS, send_both(name, COPY_SEND, MOVE_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_S, 1));
}

/* P-102 */
TEST_F(carry, send_once_right_is_not_destination_and_reply)
{
	mach_port_name_t name = port_new_send_once(self->queue);

	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_both(name, MOVE_SEND_ONCE, MOVE_SEND_ONCE));
	EXPECT_TRUE(entry_is(name, ENTRY_SO, 1));
}

/* P-103 */
TEST_F(carry, right_before_a_bad_descriptor_is_lost)
{
	mach_port_name_t parking = port_new();
	mach_port_name_t name = port_new_parked(parking);
	struct message msg;

	message_init(&msg, self->queue, MAKE_SEND, MACH_PORT_NULL, 0);
	message_add_port(&msg, name, MOVE_SEND);
	message_add_port(&msg, stale_name(), COPY_SEND);
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT, msg_send(&msg));
	EXPECT_FALSE(port_exists(name));
	name = port_take(parking);
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
	EXPECT_EQ(0, port_srights(name));
}

/* P-104 */
TEST_F(carry, moved_name_with_a_request_is_port_deleted)
{
	mach_port_name_t name = entry_new(ENTRY_S, 1);
	uint32_t deleted;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_DEAD_NAME, 0, self->notify));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->queue, MAKE_SEND, name, MOVE_SEND));
	EXPECT_EQ(MACH_NOTIFY_PORT_DELETED,
		  note_receive(self->notify, &deleted));
	EXPECT_EQ(name, deleted);
}

/* P-105 */
TEST_F(carry, send_right_sent_to_oneself_adds_a_reference)
{
	mach_port_name_t name = port_new_send();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->queue, MAKE_SEND, name, COPY_SEND));
	EXPECT_NE(0, port_status(name).mps_srights);
	EXPECT_EQ(name, port_take(self->queue));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 2));
	EXPECT_NE(0, port_status(name).mps_srights);
}

/* P-105 */
TEST_F(carry, last_send_right_sent_to_oneself_is_never_away)
{
	mach_port_name_t name = port_new_send();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->queue, MAKE_SEND, name, MOVE_SEND));
	EXPECT_TRUE(entry_is(name, ENTRY_R, 0));
	EXPECT_NE(0, port_status(name).mps_srights);
	EXPECT_EQ(name, port_take(self->queue));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 1));
}

/* P-107 */
TEST_F(carry, right_of_a_port_that_died_in_a_queue_arrives_dead)
{
	mach_msg_type_name_t types[] = { MAKE_SEND, MAKE_SEND_ONCE };

	for (int i = 0; i < ARRAY_SIZE(types); i++) {
		mach_port_name_t name = port_new();
		uint32_t count;

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_send_right(self->queue, MAKE_SEND, name,
					 types[i]));
		ASSERT_EQ(KERN_SUCCESS, port_destroy(name));
		count = name_count();
		EXPECT_EQ(MACH_PORT_DEAD, port_take(self->queue));
		EXPECT_EQ(count, name_count());
	}
}

/* P-108 */
TEST_F(carry, last_send_right_in_a_queue_is_a_sender)
{
	mach_port_name_t name = port_new_send();
	uint32_t count;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_NO_SENDERS, 0, self->notify));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->queue, MAKE_SEND, name, MOVE_SEND));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &count));
	ASSERT_EQ(name, port_take(self->queue));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &count));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(name));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, note_receive(self->notify, &count));
	EXPECT_EQ(1, count);
}

/* P-109 */
TEST_F(carry, last_send_right_as_destination_is_gone_at_receive)
{
	mach_port_name_t name = port_new_send();
	uint32_t count;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_NO_SENDERS, 0, self->notify));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(name, MOVE_SEND, 7));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &count));
	ASSERT_EQ(7, msg_receive_id(name));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, note_receive(self->notify, &count));
}

/* P-110 */
TEST_F(carry, send_once_right_dropped_is_one_notification)
{
	mach_port_name_t once = port_new_send_once(self->queue);

	ASSERT_EQ(KERN_SUCCESS, port_deallocate(once));
	EXPECT_FALSE(port_exists(once));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->queue));
	EXPECT_EQ(-1, msg_receive_id(self->queue));
}

/* P-110 */
TEST_F(carry, send_once_right_used_is_no_notification)
{
	mach_port_name_t once = port_new_send_once(self->queue);

	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(once, MOVE_SEND_ONCE, 7));
	EXPECT_FALSE(port_exists(once));
	EXPECT_EQ(7, msg_receive_id(self->queue));
	EXPECT_EQ(-1, msg_receive_id(self->queue));
}

TEST_HARNESS_MAIN
