// SPDX-License-Identifier: GPL-2.0
/*
 * A message whose destination and reply are the same name: both rights have to
 * come from one entry.
 */
#include "machipc_utils.h"

#define DISPOSITIONS	5

static const mach_msg_type_name_t dispositions[DISPOSITIONS] = {
	MACH_MSG_TYPE_MOVE_SEND,
	MACH_MSG_TYPE_COPY_SEND,
	MACH_MSG_TYPE_MAKE_SEND,
	MACH_MSG_TYPE_MAKE_SEND_ONCE,
	MACH_MSG_TYPE_MOVE_SEND_ONCE,
};

/* What the name is before each send. */
enum state {
	UNKNOWN,	/* no name any more */
	RECEIVE,	/* a receive right alone */
	SEND,		/* send rights alone */
	SEND_RECEIVE,	/* both */
	SEND_ONCE,
	DEAD_NAME,
	DYING,		/* send rights of a port that has just died */
	PORT_SET,
};

FIXTURE(pair) {
	mach_port_name_t parking;	/* holds what shall not be received */
	struct message msg;
};

/*
 * @table: a row for each disposition of the destination, a column for each of
 *	the reply, both in the order of dispositions[]. A digit is success and
 *	the send references taken, 'D' INVALID_DEST, 'R' INVALID_REPLY.
 */
FIXTURE_VARIANT(pair) {
	enum state state;
	uint32_t refs;
	const char *table[DISPOSITIONS];
};

FIXTURE_VARIANT_ADD(pair, unknown) {
	.state = UNKNOWN,
	.table = { "DDDDD", "DDDDD", "DDDDD", "DDDDD", "DDDDD" },
};

FIXTURE_VARIANT_ADD(pair, receive) {
	.state = RECEIVE,
	.table = { "RRDDR", "RRDDR", "RR00R", "RR00R", "RRDDR" },
};

FIXTURE_VARIANT_ADD(pair, send_1) {
	.state = SEND,
	.refs = 1,
	.table = { "D1RRR", "10RRR", "DDRRR", "DDRRR", "DDRRR" },
};

FIXTURE_VARIANT_ADD(pair, send_2) {
	.state = SEND,
	.refs = 2,
	.table = { "21RRR", "10RRR", "DDRRR", "DDRRR", "DDRRR" },
};

FIXTURE_VARIANT_ADD(pair, send_receive_1) {
	.state = SEND_RECEIVE,
	.refs = 1,
	.table = { "D111R", "1000R", "1000R", "1000R", "DDDDR" },
};

FIXTURE_VARIANT_ADD(pair, send_receive_2) {
	.state = SEND_RECEIVE,
	.refs = 2,
	.table = { "2111R", "1000R", "1000R", "1000R", "DDDDR" },
};

FIXTURE_VARIANT_ADD(pair, send_once) {
	.state = SEND_ONCE,
	.table = { "RRRRD", "RRRRD", "RRRRD", "RRRRD", "RRRRD" },
};

FIXTURE_VARIANT_ADD(pair, dead_name) {
	.state = DEAD_NAME,
	.refs = 2,
	.table = { "DDRRD", "DDRRD", "DDRRD", "DDRRD", "DDRRD" },
};

FIXTURE_VARIANT_ADD(pair, dying) {
	.state = DYING,
	.refs = 2,
	.table = { "DDRRD", "DDRRD", "DDRRD", "DDRRD", "DDRRD" },
};

FIXTURE_VARIANT_ADD(pair, port_set) {
	.state = PORT_SET,
	.table = { "RRRRR", "RRRRR", "RRRRR", "RRRRR", "RRRRR" },
};

FIXTURE_SETUP(pair)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->parking = port_new();
	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->parking,
						MACH_PORT_QLIMIT_LARGE));
}

FIXTURE_TEARDOWN(pair)
{
}

static mach_port_name_t
name_in_state(mach_port_name_t parking, enum state state, uint32_t refs)
{
	mach_port_name_t name = MACH_PORT_NULL;

	switch (state) {
	case UNKNOWN:
		return stale_name();
	case RECEIVE:
		return port_new();
	case SEND:
		name = port_new_parked(parking);
		break;
	case SEND_RECEIVE:
		name = port_new_send();
		break;
	case SEND_ONCE:
		return port_new_send_once(parking);
	case DEAD_NAME:
		return dead_name_new(refs);
	case DYING:
		return port_new_dying(refs);
	case PORT_SET:
		return pset_new();
	}
	if (refs > 1 && port_mod_refs(name, MACH_PORT_RIGHT_SEND, refs - 1))
		return MACH_PORT_NULL;
	return name;
}

static mach_port_type_t type_in_state(enum state state)
{
	switch (state) {
	case UNKNOWN:
		break;
	case RECEIVE:
		return MACH_PORT_TYPE_RECEIVE;
	case SEND:
		return MACH_PORT_TYPE_SEND;
	case SEND_RECEIVE:
		return MACH_PORT_TYPE_SEND_RECEIVE;
	case SEND_ONCE:
		return MACH_PORT_TYPE_SEND_ONCE;
	case DEAD_NAME:
	case DYING:
		return MACH_PORT_TYPE_DEAD_NAME;
	case PORT_SET:
		return MACH_PORT_TYPE_PORT_SET;
	}
	return TEST_POISON;	/* what port_type() says of a name that is none */
}

static mach_msg_return_t
send_pair(mach_port_name_t name, mach_msg_type_name_t destination,
	  mach_msg_type_name_t reply)
{
	struct message msg;

	message_init(&msg, name, destination, name, reply);
	return msg_send(&msg);
}

static mach_msg_return_t expected_result(char cell)
{
	switch (cell) {
	case 'D':
		return MACH_SEND_INVALID_DEST;
	case 'R':
		return MACH_SEND_INVALID_REPLY;
	default:
		return MACH_MSG_SUCCESS;
	}
}

/* What should be left of the name. */
static mach_port_type_t
expected_type(enum state state, uint32_t refs, char cell)
{
	mach_port_type_t type = type_in_state(state);

	if (expected_result(cell) != MACH_MSG_SUCCESS || cell - '0' < refs)
		return type;
	if (type & MACH_PORT_TYPE_RECEIVE)
		return MACH_PORT_TYPE_RECEIVE;
	return TEST_POISON;
}

/* M-39, M-43, M-44, M-45, M-46, M-47 */
TEST_F(pair, both_rights_come_from_one_entry)
{
	for (int row = 0; row < DISPOSITIONS; row++) {
		for (int column = 0; column < DISPOSITIONS; column++) {
			char cell = variant->table[row][column];
			mach_msg_return_t mr = expected_result(cell);
			mach_port_name_t name =
				name_in_state(self->parking, variant->state,
					      variant->refs);
			uint32_t left = variant->refs;
			mach_port_type_t type;

			if (mr == MACH_MSG_SUCCESS)
				left -= cell - '0';
			EXPECT_EQ(mr, send_pair(name, dispositions[row],
						dispositions[column]))
				TH_LOG("destination %u, reply %u",
				       dispositions[row], dispositions[column]);
			type = port_type(name);
			EXPECT_EQ(expected_type(variant->state, variant->refs,
						cell), type)
				TH_LOG("destination %u, reply %u",
				       dispositions[row], dispositions[column]);
			if (type == TEST_POISON)
				continue;
			if (type & MACH_PORT_TYPE_SEND)
				EXPECT_EQ(left, port_send_refs(name));
			if (type & MACH_PORT_TYPE_DEAD_NAME) {
				EXPECT_EQ(left, port_refs(name,
							  MACH_PORT_RIGHT_DEAD_NAME));
			}
		}
	}
}

FIXTURE(one_name) {
	mach_port_name_t parking;
	mach_port_name_t name;		/* send rights of a port that is parked */
	struct message msg;
};

FIXTURE_SETUP(one_name)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->parking = port_new();
	self->name = port_new_parked(self->parking);
	ASSERT_EQ(MACH_PORT_TYPE_SEND, port_type(self->name));
}

FIXTURE_TEARDOWN(one_name)
{
}

/* Gets the receive right of the parked port back; the port's new name. */
static mach_port_name_t unpark(mach_port_name_t parking)
{
	struct message msg;

	if (msg_receive(parking, &msg))
		return MACH_PORT_NULL;
	return msg.port[0].name;
}

/* M-43 */
TEST_F(one_name, two_moves_need_two_references)
{
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_pair(self->name, MACH_MSG_TYPE_MOVE_SEND,
			    MACH_MSG_TYPE_MOVE_SEND));
	EXPECT_EQ(1, port_send_refs(self->name));

	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->name, MACH_PORT_RIGHT_SEND, 1));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  send_pair(self->name, MACH_MSG_TYPE_MOVE_SEND,
			    MACH_MSG_TYPE_MOVE_SEND));
	EXPECT_FALSE(port_exists(self->name));
}

/* M-44 */
TEST_F(one_name, move_and_copy_live_on_one_reference)
{
	mach_port_name_t port;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  send_pair(self->name, MACH_MSG_TYPE_MOVE_SEND,
			    MACH_MSG_TYPE_COPY_SEND));
	EXPECT_FALSE(port_exists(self->name));

	port = unpark(self->parking);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(port, &self->msg));
	EXPECT_EQ(port, self->msg.head.msgh_remote_port);
	EXPECT_EQ(0x1111, self->msg.head.msgh_bits);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(port));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(port, MACH_MSG_TYPE_MOVE_SEND, 1));
}

/* M-45 */
TEST_F(one_name, copy_and_make_send_once)
{
	mach_port_name_t port = port_new_send();
	mach_port_name_t once;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  send_pair(port, MACH_MSG_TYPE_COPY_SEND,
			    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(port, &self->msg));
	EXPECT_EQ(0x1112, self->msg.head.msgh_bits);
	once = self->msg.head.msgh_remote_port;
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(once));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 45));
	EXPECT_EQ(45, msg_receive_id(port));
}

/* M-46 */
TEST_F(one_name, make_needs_the_receive_right)
{
	EXPECT_EQ(MACH_SEND_INVALID_REPLY,
		  send_pair(self->name, MACH_MSG_TYPE_COPY_SEND,
			    MACH_MSG_TYPE_MAKE_SEND));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_pair(self->name, MACH_MSG_TYPE_MAKE_SEND,
			    MACH_MSG_TYPE_COPY_SEND));
	EXPECT_EQ(1, port_send_refs(self->name));
}

/* M-47 */
TEST_F(one_name, send_once_right_cannot_be_both)
{
	mach_port_name_t once = port_new_send_once(self->parking);

	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_pair(once, MACH_MSG_TYPE_MOVE_SEND_ONCE,
			    MACH_MSG_TYPE_MOVE_SEND_ONCE));
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(once));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 47));
}

TEST_F(one_name, two_moves_of_the_last_references_fire_port_deleted_once)
{
	mach_port_name_t notify = port_new();

	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->name, MACH_PORT_RIGHT_SEND, 1));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->name, MACH_NOTIFY_DEAD_NAME, 0, notify));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  send_pair(self->name, MACH_MSG_TYPE_MOVE_SEND,
			    MACH_MSG_TYPE_MOVE_SEND));
	EXPECT_EQ(MACH_NOTIFY_PORT_DELETED, msg_receive_id(notify));
	EXPECT_EQ(-1, msg_receive_id(notify));
}

TEST_HARNESS_MAIN
