// SPDX-License-Identifier: GPL-2.0
/*
 * The body of a complex message: which rights its descriptors yield, what a
 * bad descriptor costs, and what the receiver gets.
 */
#include "machipc_utils.h"

FIXTURE(body) {
	mach_port_name_t port;		/* the destination: R + S(1) */
	mach_port_name_t parking;	/* where a receive right is parked */
	mach_port_name_t send;		/* S(1) */
	struct message msg;
	struct message rcv;
};

FIXTURE_SETUP(body)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	self->parking = port_new();
	ASSERT_EQ(KERN_SUCCESS,
		  port_set_qlimit(self->parking, MACH_PORT_QLIMIT_LARGE));
	self->send = port_new_parked(self->parking);
	ASSERT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(self->port));
	ASSERT_EQ(MACH_PORT_TYPE_SEND, port_type(self->send));
	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
		     MACH_PORT_NULL, 0);
}

FIXTURE_TEARDOWN(body)
{
}

/* Sends @name alone and receives the message. */
static mach_msg_return_t
pass_right(struct message *rcv, mach_port_name_t port, mach_port_name_t name,
	   mach_msg_type_name_t disposition)
{
	mach_msg_return_t mr = msg_send_right(port, MACH_MSG_TYPE_COPY_SEND,
					      name, disposition);

	return mr ? mr : msg_receive(port, rcv);
}

/* M-9, M-170 */
TEST_F(body, pads_of_a_received_descriptor_are_zero)
{
	message_add_port(&self->msg, self->send, MACH_MSG_TYPE_COPY_SEND);
	self->msg.port[0].pad1 = TEST_POISON;
	self->msg.port[0].pad2 = 0xdead;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(self->send, self->rcv.port[0].name);
	EXPECT_EQ(0, self->rcv.port[0].pad1);
	EXPECT_EQ(0, self->rcv.port[0].pad2);
	EXPECT_EQ(MACH_MSG_PORT_DESCRIPTOR, self->rcv.port[0].type);
}

/* M-13 */
TEST_F(body, dispositions_arrive_as_the_right_that_they_make)
{
	mach_port_name_t made = port_new(), moved = port_new();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, self->send,
			     MACH_MSG_TYPE_COPY_SEND));
	EXPECT_EQ(17, self->rcv.port[0].disposition);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, self->send,
			     MACH_MSG_TYPE_MOVE_SEND));
	EXPECT_EQ(17, self->rcv.port[0].disposition);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, made,
			     MACH_MSG_TYPE_MAKE_SEND));
	EXPECT_EQ(17, self->rcv.port[0].disposition);
	EXPECT_EQ(made, self->rcv.port[0].name);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, made,
			     MACH_MSG_TYPE_MAKE_SEND_ONCE));
	EXPECT_EQ(18, self->rcv.port[0].disposition);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(self->rcv.port[0].name));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, self->rcv.port[0].name,
			     MACH_MSG_TYPE_MOVE_SEND_ONCE));
	EXPECT_EQ(18, self->rcv.port[0].disposition);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, moved,
			     MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_EQ(16, self->rcv.port[0].disposition);
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->rcv.port[0].name));
}

/* M-14 */
TEST_F(body, null_is_carried_with_the_converted_disposition)
{
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, MACH_PORT_NULL,
			     MACH_MSG_TYPE_COPY_SEND));
	EXPECT_EQ(MACH_PORT_NULL, self->rcv.port[0].name);
	EXPECT_EQ(17, self->rcv.port[0].disposition);

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, MACH_PORT_NULL, 99));
	EXPECT_EQ(MACH_PORT_NULL, self->rcv.port[0].name);
	EXPECT_EQ(0, self->rcv.port[0].disposition);
}

TEST_F(body, dead_is_carried_with_the_converted_disposition)
{
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, MACH_PORT_DEAD,
			     MACH_MSG_TYPE_MAKE_SEND_ONCE));
	EXPECT_EQ(MACH_PORT_DEAD, self->rcv.port[0].name);
	EXPECT_EQ(18, self->rcv.port[0].disposition);

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, MACH_PORT_DEAD,
			     MACH_MSG_TYPE_COPY_RECEIVE));
	EXPECT_EQ(MACH_PORT_DEAD, self->rcv.port[0].name);
	EXPECT_EQ(0, self->rcv.port[0].disposition);
}

/* M-15 */
TEST_F(body, dead_name_is_sent_as_dead)
{
	mach_port_name_t dead = dead_name_new(2);

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, dead,
			     MACH_MSG_TYPE_COPY_SEND));
	EXPECT_EQ(MACH_PORT_DEAD, self->rcv.port[0].name);
	EXPECT_EQ(2, port_refs(dead, MACH_PORT_RIGHT_DEAD_NAME));

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, dead,
			     MACH_MSG_TYPE_MOVE_SEND));
	EXPECT_EQ(MACH_PORT_DEAD, self->rcv.port[0].name);
	EXPECT_EQ(1, port_refs(dead, MACH_PORT_RIGHT_DEAD_NAME));
}

/* M-16 */
TEST_F(body, disposition_that_makes_no_right_is_invalid)
{
	static const mach_msg_type_name_t wrong[] = {
		0, 1, 15, 22, 23, 24, 25, 26, 255,
	};
	mach_port_name_t names[] = {
		self->port, self->send, port_new_send_once(self->parking),
		dead_name_new(1),
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(names); j++) {
			EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
				  msg_send_right(self->port,
						 MACH_MSG_TYPE_COPY_SEND,
						 names[j], wrong[i]))
				TH_LOG("disposition %u, name %zu", wrong[i], j);
			EXPECT_TRUE(port_exists(names[j]));
		}
	}
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
}

/* M-17 */
TEST_F(body, moved_receive_right_keeps_its_queue_and_restarts_its_numbers)
{
	mach_port_name_t moved = port_new();
	const mach_msg_seqno_trailer_t *trailer;

	for (int id = 0; id < 5; id++)
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_send_id(moved, MACH_MSG_TYPE_MAKE_SEND, id));
	EXPECT_EQ(0, msg_receive_id(moved));
	EXPECT_EQ(1, msg_receive_id(moved));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  pass_right(&self->rcv, self->port, moved,
			     MACH_MSG_TYPE_MOVE_RECEIVE));
	moved = self->rcv.port[0].name;
	for (int id = 2; id < 5; id++) {
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive_option(moved, &self->rcv,
					     MACH_RCV_TRAILER_ELEMENTS(1), 0));
		EXPECT_EQ(id, self->rcv.head.msgh_id);
		trailer = message_trailer(&self->rcv);
		EXPECT_EQ(id - 2, trailer->msgh_seqno);
	}
}

/* M-18 */
TEST_F(body, make_send_counts_and_make_send_once_does_not)
{
	mach_port_name_t made = port_new();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->port, MACH_MSG_TYPE_COPY_SEND, made,
				 MACH_MSG_TYPE_MAKE_SEND_ONCE));
	EXPECT_EQ(0, port_status(made).mps_mscount);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->port, MACH_MSG_TYPE_COPY_SEND, made,
				 MACH_MSG_TYPE_MAKE_SEND));
	EXPECT_EQ(1, port_status(made).mps_mscount);
}

/* M-55 */
TEST_F(body, complex_message_without_descriptors_stays_complex)
{
	self->msg.head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	self->msg.head.msgh_size = 36;
	self->msg.word[1] = 0x11111111;
	self->msg.word[2] = 0x22222222;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(MACH_MSGH_BITS_COMPLEX | 0x1100, self->rcv.head.msgh_bits);
	EXPECT_EQ(36, self->rcv.head.msgh_size);
	EXPECT_EQ(0, self->rcv.count);
	EXPECT_EQ(0x11111111, self->rcv.word[1]);
	EXPECT_EQ(0x22222222, self->rcv.word[2]);
}

/* M-56 */
TEST_F(body, descriptors_beyond_the_end_are_too_small)
{
	message_init(&self->msg, self->send, MACH_MSG_TYPE_MOVE_SEND,
		     MACH_PORT_NULL, 0);
	message_add_port(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND);
	self->msg.count = 2;
	EXPECT_EQ(MACH_SEND_MSG_TOO_SMALL, msg_send(&self->msg));
	/* The rights of the header are lost, those of the body are not. */
	EXPECT_FALSE(port_exists(self->send));
	EXPECT_EQ(1, port_send_refs(self->port));
}

TEST_F(body, descriptor_count_cannot_overflow)
{
	static const uint32_t counts[] = {
		17, 0x0fffffff, 0x15555556, 0x7fffffff, 0x80000000, 0xffffffff,
	};

	message_add_port(&self->msg, MACH_PORT_NULL, 0);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		self->msg.count = counts[i];
		EXPECT_EQ(MACH_SEND_MSG_TOO_SMALL, msg_send(&self->msg))
			TH_LOG("count 0x%x", counts[i]);
	}
}

/* M-57 */
TEST_F(body, size_is_checked_before_types)
{
	message_add_port(&self->msg, MACH_PORT_NULL, 0);
	self->msg.port[0].type = 9;
	self->msg.count = 2;
	EXPECT_EQ(MACH_SEND_MSG_TOO_SMALL, msg_send(&self->msg));
	self->msg.count = 1;
	EXPECT_EQ(MACH_SEND_INVALID_TYPE, msg_send(&self->msg));
}

/* Appends a descriptor that is larger than a port descriptor. */
static void add_ool(struct message *msg, void *address, uint32_t size,
		    uint8_t copy)
{
	const mach_msg_ool_descriptor_t ool = {
		.address = address,
		.size = size,
		.copy = copy,
		.type = MACH_MSG_OOL_DESCRIPTOR,
	};

	memcpy((char *)msg + msg->head.msgh_size, &ool, sizeof(ool));
	msg->head.msgh_size += sizeof(ool);
	msg->count++;
}

/* M-58 */
TEST_F(body, bad_copy_option_is_found_before_a_right_is_taken)
{
	mach_port_name_t other = port_new_parked(self->parking);

	for (int copy = 2; copy < 5; copy++) {
		uint32_t refs = port_send_refs(self->port);

		ASSERT_EQ(KERN_SUCCESS,
			  port_insert_right(self->port, self->port,
					    MACH_MSG_TYPE_MAKE_SEND));
		message_init(&self->msg, self->port, MACH_MSG_TYPE_MOVE_SEND,
			     MACH_PORT_NULL, 0);
		message_add_port(&self->msg, other, MACH_MSG_TYPE_MOVE_SEND);
		add_ool(&self->msg, &self->rcv, 4, copy);
		EXPECT_EQ(MACH_SEND_INVALID_TYPE, msg_send(&self->msg))
			TH_LOG("copy %d", copy);
		EXPECT_EQ(1, port_send_refs(other));
		EXPECT_EQ(refs, port_send_refs(self->port));
	}
}

/* M-59 */
TEST_F(body, rights_before_an_unknown_type_are_lost)
{
	message_add_port(&self->msg, self->send, MACH_MSG_TYPE_MOVE_SEND);
	message_add_port(&self->msg, MACH_PORT_NULL, 0);
	self->msg.port[1].type = 9;
	EXPECT_EQ(MACH_SEND_INVALID_TYPE, msg_send(&self->msg));
	EXPECT_FALSE(port_exists(self->send));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
}

TEST_F(body, rights_after_a_bad_one_are_untouched)
{
	message_add_port(&self->msg, stale_name(), MACH_MSG_TYPE_COPY_SEND);
	message_add_port(&self->msg, self->send, MACH_MSG_TYPE_MOVE_SEND);
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT, msg_send(&self->msg));
	EXPECT_EQ(1, port_send_refs(self->send));
}

/* M-60 */
TEST_F(body, moved_receive_right_dies_with_a_bad_message)
{
	mach_port_name_t moved = port_new_send();

	message_add_port(&self->msg, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	message_add_port(&self->msg, stale_name(), MACH_MSG_TYPE_COPY_SEND);
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT, msg_send(&self->msg));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(moved));
	EXPECT_EQ(1, port_refs(moved, MACH_PORT_RIGHT_DEAD_NAME));
}

/* M-61 */
TEST_F(body, destination_of_a_bad_message_is_told_of_its_send_once_right)
{
	mach_port_name_t once = port_new_send_once(self->port);

	message_init(&self->msg, once, MACH_MSG_TYPE_MOVE_SEND_ONCE,
		     MACH_PORT_NULL, 0);
	message_add_port(&self->msg, stale_name(), MACH_MSG_TYPE_COPY_SEND);
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT, msg_send(&self->msg));
	EXPECT_FALSE(port_exists(once));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->port));
	EXPECT_EQ(-1, msg_receive_id(self->port));
}

/* M-62 */
TEST_F(body, reply_port_of_a_bad_message_is_told_of_its_send_once_right)
{
	mach_port_name_t reply = port_new();

	message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&self->msg, stale_name(), MACH_MSG_TYPE_COPY_SEND);
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT, msg_send(&self->msg));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(reply));
	EXPECT_EQ(-1, msg_receive_id(self->port));
}

TEST_F(body, buffer_of_a_bad_message_is_unchanged)
{
	struct message before;

	message_add_port(&self->msg, self->send, MACH_MSG_TYPE_MOVE_SEND);
	message_add_port(&self->msg, stale_name(), MACH_MSG_TYPE_COPY_SEND);
	before = self->msg;
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT, msg_send(&self->msg));
	EXPECT_EQ(0, memcmp(&before, &self->msg, sizeof(before)));
}

TEST_F(body, no_senders_fires_when_a_bad_message_dies)
{
	mach_port_name_t counted = port_new_send(), notify = port_new();

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(counted, MACH_NOTIFY_NO_SENDERS, 1, notify));
	message_init(&self->msg, counted, MACH_MSG_TYPE_MOVE_SEND,
		     MACH_PORT_NULL, 0);
	message_add_port(&self->msg, stale_name(), MACH_MSG_TYPE_COPY_SEND);
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT, msg_send(&self->msg));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, msg_receive_id(notify));
}

/* M-71 */
TEST_F(body, move_receive_needs_the_receive_right)
{
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  msg_send_right(self->port, MACH_MSG_TYPE_COPY_SEND,
				 self->send, MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  msg_send_right(self->port, MACH_MSG_TYPE_COPY_SEND,
				 self_task(), MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  msg_send_right(self->port, MACH_MSG_TYPE_COPY_SEND,
				 pset_new(), MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(self->send));
}

/* M-128 */
TEST_F(body, copies_of_one_send_right_arrive_under_one_name)
{
	for (int i = 0; i < 3; i++)
		message_add_port(&self->msg, self->send,
				 MACH_MSG_TYPE_COPY_SEND);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(self->send, self->rcv.port[i].name);
	EXPECT_EQ(4, port_send_refs(self->send));
}

/* M-128 */
TEST_F(body, copies_of_an_unknown_send_right_arrive_under_one_name)
{
	uint64_t srights = 0;

	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->send, MACH_PORT_RIGHT_SEND, 2));
	for (int i = 0; i < 3; i++)
		message_add_port(&self->msg, self->send,
				 MACH_MSG_TYPE_MOVE_SEND);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_FALSE(port_exists(self->send));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(self->rcv.port[0].name, self->rcv.port[1].name);
	EXPECT_EQ(self->rcv.port[0].name, self->rcv.port[2].name);
	EXPECT_EQ(3, port_send_refs(self->rcv.port[0].name));

	/* One holding entry is one right. */
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->parking, &self->rcv));
	ASSERT_EQ(KERN_SUCCESS,
		  port_get_srights(self->rcv.port[0].name, &srights));
	EXPECT_EQ(1, srights);
}

/* M-129 */
TEST_F(body, receive_right_joins_the_send_right_of_its_port)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->parking, &self->rcv));
	EXPECT_EQ(self->send, self->rcv.port[0].name);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(self->send));
	EXPECT_EQ(1, port_send_refs(self->send));
}

/* M-130 */
TEST_F(body, right_of_a_port_that_died_in_transit_arrives_dead)
{
	mach_port_name_t dying = port_new_send();
	uint32_t names = name_count();

	message_add_port(&self->msg, dying, MACH_MSG_TYPE_MOVE_SEND);
	message_add_port(&self->msg, dying, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&self->msg, self->send, MACH_MSG_TYPE_COPY_SEND);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(dying));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(MACH_PORT_DEAD, self->rcv.port[0].name);
	EXPECT_EQ(17, self->rcv.port[0].disposition);
	EXPECT_EQ(MACH_PORT_DEAD, self->rcv.port[1].name);
	EXPECT_EQ(18, self->rcv.port[1].disposition);
	EXPECT_EQ(self->send, self->rcv.port[2].name);
	EXPECT_EQ(names - 1, name_count());
}

/* M-134 */
TEST_F(body, order_of_descriptors_is_kept)
{
	mach_port_name_t ports[6];

	for (int i = 0; i < 6; i++)
		ports[i] = port_new_parked(self->parking);
	message_add_port(&self->msg, MACH_PORT_DEAD, MACH_MSG_TYPE_COPY_SEND);
	for (int i = 5; i >= 0; i--)
		message_add_port(&self->msg, ports[i],
				 MACH_MSG_TYPE_COPY_SEND);
	message_add_port(&self->msg, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND);
	/* Data right behind the last descriptor. */
	*(uint32_t *)&self->msg.port[8] = 0x12344321;
	self->msg.head.msgh_size += 4;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	ASSERT_EQ(8, self->rcv.count);
	EXPECT_EQ(MACH_PORT_DEAD, self->rcv.port[0].name);
	for (int i = 0; i < 6; i++)
		EXPECT_EQ(ports[5 - i], self->rcv.port[i + 1].name);
	EXPECT_EQ(MACH_PORT_NULL, self->rcv.port[7].name);
	EXPECT_EQ(0x12344321, *(uint32_t *)&self->rcv.port[8]);
}

TEST_F(body, hundreds_of_descriptors_are_delivered)
{
	const int count = 500;
	const mach_msg_size_t size = 28 + count * 12;
	struct message *msg = calloc(1, size + 8);
	const mach_msg_port_descriptor_t *port = msg->port;

	ASSERT_NE(NULL, msg);
	memcpy(msg, &self->msg.head, sizeof(self->msg.head));
	for (int i = 0; i < count; i++)
		message_add_port(msg, self->port, MACH_MSG_TYPE_MAKE_SEND);
	ASSERT_EQ(size, msg->head.msgh_size);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(msg, MACH_SEND_MSG | MACH_RCV_MSG, size, size + 8,
			   self->port, 0));
	ASSERT_EQ(count, msg->count);
	for (int i = 0; i < count; i++)
		ASSERT_EQ(self->port, port[i].name);
	EXPECT_EQ(1 + count, port_send_refs(self->port));
	EXPECT_EQ(count + 1, port_status(self->port).mps_mscount);
}

/* M-175 */
TEST_F(body, guarded_descriptor_is_an_invalid_type)
{
	message_add_port(&self->msg, self->send, MACH_MSG_TYPE_COPY_SEND);
	self->msg.port[0].type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
	self->msg.head.msgh_size += 4;
	EXPECT_EQ(MACH_SEND_INVALID_TYPE, msg_send(&self->msg));
}

TEST_HARNESS_MAIN
