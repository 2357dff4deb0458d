// SPDX-License-Identifier: GPL-2.0
/*
 * How the header of a message is taken: destination, reply and voucher, which
 * of several faults is reported, and that a fault takes nothing.
 */
#include "machipc_utils.h"

FIXTURE(header) {
	mach_port_name_t port;		/* the destination: R + S(1) */
	mach_port_name_t reply;		/* R + S(1) */
	mach_port_name_t dead;		/* a dead name, two references */
	mach_port_name_t unknown;	/* no name any more */
	struct message msg;
};

FIXTURE_SETUP(header)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	self->reply = port_new_send();
	self->dead = dead_name_new(2);
	self->unknown = stale_name();
	ASSERT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(self->port));
	ASSERT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(self->reply));
	ASSERT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(self->dead));
	ASSERT_FALSE(port_exists(self->unknown));
}

FIXTURE_TEARDOWN(header)
{
}

/* Sends a header of the four fields that matter. */
static mach_msg_return_t
send_header(mach_port_name_t remote, mach_msg_type_name_t remote_type,
	    mach_port_name_t local, mach_msg_type_name_t local_type)
{
	struct message msg;

	message_init(&msg, remote, remote_type, local, local_type);
	return msg_send(&msg);
}

/* The same to @remote by COPY_SEND, with a voucher instead of a reply. */
static mach_msg_return_t
send_voucher(mach_port_name_t remote, mach_port_name_t voucher,
	     mach_msg_type_name_t voucher_type)
{
	struct message msg;

	message_init(&msg, remote, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0);
	msg.head.msgh_voucher_port = voucher;
	msg.head.msgh_bits |= voucher_type << 16;
	return msg_send(&msg);
}

/* M-33 */
TEST_F(header, unreadable_message_is_invalid_data)
{
	char *edge = memory_edge();

	ASSERT_NE(NULL, edge);
	EXPECT_EQ(MACH_SEND_INVALID_DATA,
		  msg_trap(NULL, MACH_SEND_MSG, 24, 0, MACH_PORT_NULL, 0));
	EXPECT_EQ(MACH_SEND_INVALID_DATA,
		  msg_trap(edge, MACH_SEND_MSG, 24, 0, MACH_PORT_NULL, 0));
}

/* M-33 */
TEST_F(header, unreadable_tail_is_invalid_data)
{
	char *edge = memory_edge();

	ASSERT_NE(NULL, edge);
	message_init(&self->msg, self->port, MACH_MSG_TYPE_MOVE_SEND,
		     self->reply, MACH_MSG_TYPE_MOVE_SEND);
	for (int missing = 4; missing < 100; missing += 4) {
		mach_msg_size_t size = 100;
		char *start = edge - size + missing;

		memcpy(start, &self->msg, edge - start);
		EXPECT_EQ(MACH_SEND_INVALID_DATA,
			  msg_trap(start, MACH_SEND_MSG, size, 0,
				   MACH_PORT_NULL, 0))
			TH_LOG("%d bytes missing", missing);
	}
	EXPECT_EQ(1, port_send_refs(self->port));
	EXPECT_EQ(1, port_send_refs(self->reply));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
}

TEST_F(header, exactly_the_size_is_read)
{
	char *edge = memory_edge();

	ASSERT_NE(NULL, edge);
	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
		     MACH_PORT_NULL, 0);
	for (mach_msg_size_t size = 24; size <= 40; size += 4) {
		memcpy(edge - size, &self->msg, size);
		EXPECT_EQ(MACH_MSG_SUCCESS,
			  msg_trap(edge - size, MACH_SEND_MSG, size, 0,
				   MACH_PORT_NULL, 0))
			TH_LOG("size %u", size);
	}
	EXPECT_EQ(5, port_status(self->port).mps_msgcount);
}

/* M-34 */
TEST_F(header, destination_disposition_that_yields_no_send_right)
{
	static const mach_msg_type_name_t wrong[] = { 0, 1, 15, 16, 22, 31 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(MACH_SEND_INVALID_HEADER,
			  send_header(self->port, wrong[i], MACH_PORT_NULL, 0))
			TH_LOG("disposition %u", wrong[i]);
	}
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(self->port));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
}

TEST_F(header, reply_disposition_that_yields_no_send_right)
{
	static const mach_msg_type_name_t wrong[] = { 1, 15, 16, 22, 31 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(MACH_SEND_INVALID_HEADER,
			  send_header(self->port, MACH_MSG_TYPE_COPY_SEND,
				      self->reply, wrong[i]))
			TH_LOG("disposition %u", wrong[i]);
	}
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(self->reply));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
}

/* M-35 */
TEST_F(header, reply_name_needs_a_disposition)
{
	EXPECT_EQ(MACH_SEND_INVALID_HEADER,
		  send_header(self->port, MACH_MSG_TYPE_COPY_SEND,
			      MACH_PORT_DEAD, 0));
	EXPECT_EQ(MACH_SEND_INVALID_HEADER,
		  send_header(self->port, MACH_MSG_TYPE_COPY_SEND,
			      self->reply, 0));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
}

/* M-35 */
TEST_F(header, dead_reply_is_delivered_with_its_disposition)
{
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  send_header(self->port, MACH_MSG_TYPE_COPY_SEND,
			      MACH_PORT_DEAD, MACH_MSG_TYPE_MAKE_SEND_ONCE));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->msg));
	EXPECT_EQ(MACH_PORT_DEAD, self->msg.head.msgh_remote_port);
	EXPECT_EQ(MACH_MSG_TYPE_PORT_SEND_ONCE,
		  MACH_MSGH_BITS_REMOTE(self->msg.head.msgh_bits));
}

/* M-36 */
TEST_F(header, null_reply_is_delivered_with_its_disposition)
{
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  send_header(self->port, MACH_MSG_TYPE_COPY_SEND,
			      MACH_PORT_NULL, MACH_MSG_TYPE_MAKE_SEND_ONCE));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->msg));
	EXPECT_EQ(MACH_PORT_NULL, self->msg.head.msgh_remote_port);
	EXPECT_EQ(MACH_MSG_TYPE_PORT_SEND_ONCE,
		  MACH_MSGH_BITS_REMOTE(self->msg.head.msgh_bits));
}

/* M-37 */
TEST_F(header, bad_disposition_wins_over_null_destination)
{
	EXPECT_EQ(MACH_SEND_INVALID_HEADER,
		  send_header(MACH_PORT_NULL, 0, MACH_PORT_NULL, 0));
	EXPECT_EQ(MACH_SEND_INVALID_HEADER,
		  send_header(MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND,
			      self->reply, 16));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_header(MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND,
			      MACH_PORT_NULL, 0));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_header(MACH_PORT_DEAD, MACH_MSG_TYPE_COPY_SEND,
			      MACH_PORT_NULL, 0));
}

/* M-38, S-61 */
TEST_F(header, null_destination_wins_over_bad_voucher)
{
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_voucher(MACH_PORT_NULL, MACH_PORT_DEAD,
			       MACH_MSG_TYPE_COPY_SEND));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_voucher(MACH_PORT_DEAD, self->port,
			       MACH_MSG_TYPE_MAKE_SEND));
}

/* M-38, S-61 */
TEST_F(header, bad_voucher_wins_over_unknown_destination)
{
	EXPECT_EQ(MACH_SEND_INVALID_VOUCHER,
		  send_voucher(self->unknown, MACH_PORT_DEAD,
			       MACH_MSG_TYPE_COPY_SEND));
	EXPECT_EQ(MACH_SEND_INVALID_VOUCHER,
		  send_voucher(self->unknown, self->port,
			       MACH_MSG_TYPE_MAKE_SEND));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_voucher(self->unknown, MACH_PORT_NULL, 0));
}

/* M-39 */
TEST_F(header, unknown_destination_wins_over_unknown_reply)
{
	mach_port_name_t receive = port_new();

	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_header(self->unknown, MACH_MSG_TYPE_COPY_SEND,
			      stale_name(), MACH_MSG_TYPE_MAKE_SEND_ONCE));
	/* A reply that cannot be wins over a destination of the wrong kind. */
	EXPECT_EQ(MACH_SEND_INVALID_REPLY,
		  send_header(receive, MACH_MSG_TYPE_COPY_SEND, self->unknown,
			      MACH_MSG_TYPE_MAKE_SEND_ONCE));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_header(receive, MACH_MSG_TYPE_COPY_SEND, self->reply,
			      MACH_MSG_TYPE_MAKE_SEND_ONCE));
}

/* M-40 */
TEST_F(header, dead_destination_keeps_its_references)
{
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_header(self->dead, MACH_MSG_TYPE_MOVE_SEND,
			      MACH_PORT_NULL, 0));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_header(self->dead, MACH_MSG_TYPE_COPY_SEND,
			      MACH_PORT_NULL, 0));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_header(self->dead, MACH_MSG_TYPE_MOVE_SEND_ONCE,
			      MACH_PORT_NULL, 0));
	EXPECT_EQ(2, port_refs(self->dead, MACH_PORT_RIGHT_DEAD_NAME));
}

/* M-41 */
TEST_F(header, destination_that_died_becomes_a_dead_name)
{
	mach_port_name_t dying = port_new_dying(2);

	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  send_header(dying, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL,
			      0));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(dying));
	EXPECT_EQ(2, port_refs(dying, MACH_PORT_RIGHT_DEAD_NAME));
}

FIXTURE(wrong) {
	mach_port_name_t reply;
};

FIXTURE_VARIANT(wrong) {
	mach_msg_type_name_t type;
	bool receive, send, once;	/* whether it can be made from these */
};

FIXTURE_VARIANT_ADD(wrong, move_send) {
	.type = MACH_MSG_TYPE_MOVE_SEND,
	.send = true,
};

FIXTURE_VARIANT_ADD(wrong, copy_send) {
	.type = MACH_MSG_TYPE_COPY_SEND,
	.send = true,
};

FIXTURE_VARIANT_ADD(wrong, move_send_once) {
	.type = MACH_MSG_TYPE_MOVE_SEND_ONCE,
	.once = true,
};

FIXTURE_VARIANT_ADD(wrong, make_send) {
	.type = MACH_MSG_TYPE_MAKE_SEND,
	.receive = true,
};

FIXTURE_VARIANT_ADD(wrong, make_send_once) {
	.type = MACH_MSG_TYPE_MAKE_SEND_ONCE,
	.receive = true,
};

FIXTURE_SETUP(wrong)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->reply = port_new_send();
}

FIXTURE_TEARDOWN(wrong)
{
}

static mach_msg_return_t send_to(mach_port_name_t name,
				 mach_msg_type_name_t type)
{
	return send_header(name, type, MACH_PORT_NULL, 0);
}

TEST_F(wrong, destination_needs_the_right_of_its_disposition)
{
	mach_port_name_t receive = port_new(), parking = port_new();
	mach_port_name_t send = port_new_parked(parking);
	mach_port_name_t once = port_new_send_once(parking);
	mach_port_name_t pset = pset_new();
	const mach_msg_return_t bad = MACH_SEND_INVALID_DEST;

	EXPECT_EQ(variant->receive ? 0 : bad, send_to(receive, variant->type));
	EXPECT_EQ(variant->send ? 0 : bad, send_to(send, variant->type));
	EXPECT_EQ(variant->once ? 0 : bad, send_to(once, variant->type));
	EXPECT_EQ(bad, send_to(pset, variant->type));
	/* What was refused is still there. */
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(receive));
	EXPECT_EQ(MACH_PORT_TYPE_PORT_SET, port_type(pset));
	if (!variant->send)
		EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(send));
	if (!variant->once)
		EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(once));
}

/* M-42 */
TEST_F(wrong, reply_needs_the_right_of_its_disposition)
{
	mach_port_name_t receive = port_new(), parking = port_new();
	mach_port_name_t send = port_new_parked(parking);
	mach_port_name_t once = port_new_send_once(parking);
	mach_port_name_t pset = pset_new();
	mach_port_name_t port = port_new_send();
	struct {
		mach_port_name_t name;
		bool good;
	} replies[] = {
		{ receive, variant->receive },
		{ send, variant->send },
		{ once, variant->once },
		{ pset, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		uint32_t type = port_type(replies[i].name);

		if (replies[i].good)
			continue;
		EXPECT_EQ(MACH_SEND_INVALID_REPLY,
			  send_header(port, MACH_MSG_TYPE_MOVE_SEND,
				      replies[i].name, variant->type))
			TH_LOG("reply %zu", i);
		EXPECT_EQ(type, port_type(replies[i].name));
		EXPECT_EQ(1, port_send_refs(port));
	}
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		if (!replies[i].good)
			continue;
		EXPECT_EQ(MACH_MSG_SUCCESS,
			  send_header(port, MACH_MSG_TYPE_MOVE_SEND,
				      replies[i].name, variant->type));
	}
	EXPECT_EQ(1, port_status(port).mps_msgcount);
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(port));
}

TEST_F(wrong, destination_right_is_consumed_by_move_only)
{
	mach_port_name_t parking = port_new();
	mach_port_name_t name = variant->receive ? port_new() :
				variant->send ? port_new_parked(parking) :
				port_new_send_once(parking);
	bool moved = variant->type == MACH_MSG_TYPE_MOVE_SEND ||
		     variant->type == MACH_MSG_TYPE_MOVE_SEND_ONCE;

	ASSERT_EQ(MACH_MSG_SUCCESS, send_to(name, variant->type));
	EXPECT_EQ(!moved, port_exists(name));
}

/* M-48, M-170, S-61 */
TEST_F(header, voucher_of_the_wrong_kind_is_invalid)
{
	/* Dispositions first, then what the name stands for. */
	EXPECT_EQ(MACH_SEND_INVALID_VOUCHER,
		  send_voucher(self->port, self->reply,
			       MACH_MSG_TYPE_MAKE_SEND));
	EXPECT_EQ(MACH_SEND_INVALID_VOUCHER,
		  send_voucher(self->port, self->reply,
			       MACH_MSG_TYPE_MAKE_SEND_ONCE));
	EXPECT_EQ(MACH_SEND_INVALID_VOUCHER,
		  send_voucher(self->port, MACH_PORT_NULL,
			       MACH_MSG_TYPE_MAKE_SEND));
	EXPECT_EQ(MACH_SEND_INVALID_VOUCHER,
		  send_voucher(self->port, MACH_PORT_DEAD,
			       MACH_MSG_TYPE_MOVE_SEND));
	EXPECT_EQ(MACH_SEND_INVALID_VOUCHER,
		  send_voucher(self->port, self->reply,
			       MACH_MSG_TYPE_COPY_SEND));
	EXPECT_EQ(MACH_SEND_INVALID_VOUCHER,
		  send_voucher(self->port, self->reply,
			       MACH_MSG_TYPE_MOVE_SEND));
	EXPECT_EQ(MACH_SEND_INVALID_VOUCHER,
		  send_voucher(self->port, self->unknown,
			       MACH_MSG_TYPE_COPY_SEND));
	EXPECT_EQ(1, port_send_refs(self->reply));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
}

/* M-49, S-62 */
TEST_F(header, null_voucher_is_seen_by_those_who_ask)
{
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  send_voucher(self->port, MACH_PORT_NULL,
			       MACH_MSG_TYPE_COPY_SEND));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->msg));
	EXPECT_EQ(0, MACH_MSGH_BITS_VOUCHER(self->msg.head.msgh_bits));
	EXPECT_EQ(MACH_PORT_NULL, self->msg.head.msgh_voucher_port);

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  send_voucher(self->port, MACH_PORT_NULL,
			       MACH_MSG_TYPE_MOVE_SEND));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_receive_option(self->port, &self->msg, MACH_RCV_VOUCHER,
				     0));
	EXPECT_EQ(MACH_MSG_TYPE_MOVE_SEND,
		  MACH_MSGH_BITS_VOUCHER(self->msg.head.msgh_bits));
	EXPECT_EQ(MACH_PORT_NULL, self->msg.head.msgh_voucher_port);
}

/* M-50 */
TEST_F(header, reply_that_is_dead_is_sent_as_dead)
{
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  send_header(self->port, MACH_MSG_TYPE_COPY_SEND, self->dead,
			      MACH_MSG_TYPE_COPY_SEND));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->msg));
	EXPECT_EQ(MACH_PORT_DEAD, self->msg.head.msgh_remote_port);
	EXPECT_EQ(0x1111, self->msg.head.msgh_bits);
	EXPECT_EQ(2, port_refs(self->dead, MACH_PORT_RIGHT_DEAD_NAME));
}

/* M-50 */
TEST_F(header, reply_that_has_just_died_is_sent_as_dead)
{
	mach_port_name_t dying = port_new_dying(1);

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  send_header(self->port, MACH_MSG_TYPE_COPY_SEND, dying,
			      MACH_MSG_TYPE_COPY_SEND));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->msg));
	EXPECT_EQ(MACH_PORT_DEAD, self->msg.head.msgh_remote_port);
	EXPECT_EQ(0x1111, self->msg.head.msgh_bits);
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(dying));
}

/* M-51 */
TEST_F(header, last_send_right_moved_fires_port_deleted)
{
	mach_port_name_t parking = port_new(), notify = port_new();
	mach_port_name_t name = port_new_parked(parking);

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_DEAD_NAME, 0, notify));
	ASSERT_EQ(KERN_SUCCESS, port_mod_refs(name, MACH_PORT_RIGHT_SEND, 1));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_to(name, MACH_MSG_TYPE_MOVE_SEND));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(notify, &self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, send_to(name, MACH_MSG_TYPE_MOVE_SEND));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(notify, &self->msg));
	EXPECT_EQ(MACH_NOTIFY_PORT_DELETED, self->msg.head.msgh_id);
	EXPECT_EQ(name, message_notified(&self->msg));
	EXPECT_FALSE(port_exists(name));
}

/* Sends without waiting, and arms the request of the name if it is full. */
static mach_msg_return_t send_notify(mach_port_name_t name)
{
	struct message msg;

	message_init(&msg, name, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0);
	return msg_trap(&msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT |
			MACH_SEND_NOTIFY, 24, 0, MACH_PORT_NULL, 0);
}

/* M-52 */
TEST_F(header, send_notify_arms_the_request_of_a_full_port)
{
	mach_port_name_t notify = port_new();

	ASSERT_TRUE(port_fill(self->port));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->port, MACH_NOTIFY_SEND_POSSIBLE, 0,
			      notify));
	EXPECT_EQ(MACH_SEND_TIMED_OUT, send_notify(self->port));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(notify, &self->msg));

	EXPECT_EQ(1, msg_receive_id(self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(notify, &self->msg));
	EXPECT_EQ(MACH_NOTIFY_SEND_POSSIBLE, self->msg.head.msgh_id);
	EXPECT_EQ(self->port, message_notified(&self->msg));

	EXPECT_EQ(2, msg_receive_id(self->port));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(notify, &self->msg));
}

/* The notification about the reply right comes into the queue later. */
/* M-52 */
TEST_F(header, send_notify_looks_at_the_queue_before_it_takes_rights)
{
	mach_port_name_t other = port_new();
	mach_port_name_t once = port_new_send_once(other);

	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->port, 1));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->port, MACH_NOTIFY_SEND_POSSIBLE, 0,
			      other));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(once, MACH_NOTIFY_DEAD_NAME, 0, self->port));
	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND, once,
		     MACH_MSG_TYPE_MOVE_SEND_ONCE);
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(&self->msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT |
			   MACH_SEND_NOTIFY, 24, 0, MACH_PORT_NULL, 0));
	EXPECT_EQ(MACH_NOTIFY_PORT_DELETED, msg_receive_id(self->port));
	EXPECT_EQ(2, port_status(self->port).mps_seqno +
		     port_status(self->port).mps_msgcount);
}

static void arm_and_wait(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t full = child_connect(), notify = port_new();
	struct message msg;

	ASSERT_NE(MACH_PORT_NULL, full);
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(full, MACH_NOTIFY_SEND_POSSIBLE, 0, notify));
	ASSERT_EQ(MACH_SEND_TIMED_OUT, send_notify(full));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(notify, &msg));
	EXPECT_EQ(MACH_NOTIFY_SEND_POSSIBLE, msg.head.msgh_id);
	EXPECT_EQ(full, message_notified(&msg));
}

/* M-53 */
TEST_F(header, two_tasks_armed_on_one_port_are_both_notified)
{
	mach_port_name_t notify = port_new();
	pid_t pid;

	ASSERT_TRUE(port_fill(self->port));
	ASSERT_TRUE(parent_publish(self->port));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->port, MACH_NOTIFY_SEND_POSSIBLE, 0,
			      notify));
	EXPECT_EQ(MACH_SEND_TIMED_OUT, send_notify(self->port));
	pid = child_start(_metadata, arm_and_wait, NULL);
	ASSERT_TRUE(wait_until_blocked(pid));

	EXPECT_EQ(1, msg_receive_id(self->port));
	EXPECT_EQ(MACH_NOTIFY_SEND_POSSIBLE, msg_receive_id(notify));
	EXPECT_TRUE(child_wait(pid));
}

/* M-54 */
TEST_F(header, send_notify_without_a_request_changes_nothing)
{
	EXPECT_EQ(MACH_MSG_SUCCESS, send_notify(self->port));
	ASSERT_TRUE(port_fill(self->port));
	EXPECT_EQ(MACH_SEND_TIMED_OUT, send_notify(self->port));
	EXPECT_EQ(5, port_status(self->port).mps_msgcount);
}

TEST_F(header, send_notify_ignores_the_request_of_a_send_once_right)
{
	mach_port_name_t notify = port_new();
	mach_port_name_t once = port_new_send_once(self->port);

	ASSERT_TRUE(port_fill(self->port));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(once, MACH_NOTIFY_SEND_POSSIBLE, 0, notify));
	message_init(&self->msg, once, MACH_MSG_TYPE_MOVE_SEND_ONCE,
		     MACH_PORT_NULL, 0);
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(&self->msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT |
			   MACH_SEND_NOTIFY, 24, 0, MACH_PORT_NULL, 0));
	/* The name is gone with the right, which its request reports. */
	EXPECT_EQ(MACH_NOTIFY_PORT_DELETED, msg_receive_id(notify));
	EXPECT_EQ(1, msg_receive_id(self->port));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(notify, &self->msg));
}

/* A promoted send may go over the limit, but only while it is not reached. */
TEST_F(header, send_notify_on_a_port_with_room_succeeds)
{
	mach_port_name_t notify = port_new();

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(self->port, MACH_NOTIFY_SEND_POSSIBLE, 0,
			      notify));
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(MACH_MSG_SUCCESS, send_notify(self->port));
	EXPECT_EQ(0, msg_receive_id(self->port));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(notify, &self->msg));
}

TEST_F(header, moved_right_arrives_at_the_reply)
{
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  send_header(self->port, MACH_MSG_TYPE_MOVE_SEND, self->reply,
			      MACH_MSG_TYPE_MOVE_SEND));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->port));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->reply));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->msg));
	EXPECT_EQ(self->reply, self->msg.head.msgh_remote_port);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(self->reply));
}

TEST_HARNESS_MAIN
