// SPDX-License-Identifier: GPL-2.0
/*
 * Out-of-line arrays of ports: what they take from the sender, and what the
 * receiver gets.
 */
#include "ool_utils.h"

FIXTURE(ports) {
	mach_port_name_t port;		/* the destination: R */
	mach_port_name_t parking;	/* R, where receive rights are parked */
	mach_port_name_t send;		/* S(1) */
	struct message msg;		/* to the destination */
	struct message rcv;
};

FIXTURE_SETUP(ports)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	self->parking = port_new();
	ASSERT_TRUE(port_widen(self->parking));
	self->send = port_new_parked(self->parking);
	ASSERT_EQ(MACH_PORT_TYPE_SEND, port_type(self->send));
	ool_init(&self->msg, self->port);
}

FIXTURE_TEARDOWN(ports)
{
}

TEST_F(ports, greatest_array_of_rights_arrives)
{
	mach_port_name_t *names = (void *)pages_new(PORTS_MAX * 4);

	ASSERT_NE(NULL, names);
	for (int i = 0; i < PORTS_MAX; i++)
		names[i] = self->send;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  array_pass(&self->rcv, self->port, names, PORTS_MAX,
			     COPY_SEND));
	EXPECT_EQ(0, memcmp(names, message_names(&self->rcv, 0),
			    PORTS_MAX * 4));
	EXPECT_EQ(1 + PORTS_MAX, port_send_refs(self->send));
	/* All of them in one go the other way. */
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  array_send(self->port, names, PORTS_MAX, MOVE_SEND));
	EXPECT_EQ(1, port_send_refs(self->send));
}

TEST_F(ports, greatest_array_of_send_once_rights_arrives)
{
	mach_port_name_t *names = (void *)pages_new(PORTS_MAX * 4);
	uint32_t before = name_count();

	ASSERT_NE(NULL, names);
	for (int i = 0; i < PORTS_MAX; i++)
		names[i] = self->parking;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  array_pass(&self->rcv, self->port, names, PORTS_MAX,
			     MAKE_SEND_ONCE));
	EXPECT_EQ(before + PORTS_MAX, name_count());
	EXPECT_EQ(PORTS_MAX, port_status(self->parking).mps_sorights);
	names = message_names(&self->rcv, 0);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(names[0]));
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(names[PORTS_MAX - 1]));
	/* A dead port has nobody to tell. */
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->parking));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  array_pass(&self->rcv, self->port, names, PORTS_MAX,
			     MOVE_SEND_ONCE));
	EXPECT_TRUE(bytes_are(message_names(&self->rcv, 0), PORTS_MAX * 4,
			      0xff));
	EXPECT_GE(before, name_count());
}

/* M-126 */
TEST_F(ports, array_arrives_to_be_deallocated_whatever_was_sent)
{
	for (int i = 0; i < 4; i++) {
		mach_port_name_t *names = (void *)pages_new(PAGE);
		mach_msg_ool_ports_descriptor_t *array;

		names[0] = self->send;
		ool_init(&self->msg, self->port);
		array = message_add_ool_ports(&self->msg, names, 1, COPY_SEND,
					      i / 2);
		array->copy = i % 2 ? VIRTUAL : PHYSICAL;
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		EXPECT_EQ(i / 2, !is_mapped(names));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		array = message_ool_ports(&self->rcv, 0);
		EXPECT_EQ(MACH_MSG_OOL_PORTS_DESCRIPTOR, array->type);
		EXPECT_EQ(1, array->copy);
		EXPECT_EQ(1, array->deallocate);
		EXPECT_EQ(1, array->count);
		EXPECT_EQ(self->send, message_names(&self->rcv, 0)[0]);
	}
}

TEST_F(ports, empty_array_arrives_without_an_address)
{
	char *page = pages_new(PAGE);
	void *const addresses[] = { NULL, page, (void *)-1 };

	for (int i = 0; i < ARRAY_SIZE(addresses); i++) {
		mach_msg_ool_ports_descriptor_t *array;

		ool_init(&self->msg, self->port);
		message_add_ool_ports(&self->msg, addresses[i], 0, COPY_SEND,
				      1);
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		array = message_ool_ports(&self->rcv, 0);
		EXPECT_EQ(NULL, array->address);
		EXPECT_EQ(0, array->count);
		EXPECT_EQ(1, array->copy);
		EXPECT_EQ(1, array->deallocate);
		EXPECT_EQ(17, array->disposition);
	}
	EXPECT_TRUE(is_mapped(page));
}

/* M-13 */
TEST_F(ports, elements_arrive_as_the_right_that_the_disposition_makes)
{
	static const struct {
		mach_msg_type_name_t sent, received;
		enum entry_state entry;
		mach_port_type_t type;
	} cases[] = {
		{ MOVE_RECEIVE, 16, ENTRY_R, MACH_PORT_TYPE_RECEIVE },
		{ MOVE_RECEIVE, 16, ENTRY_RS, MACH_PORT_TYPE_SEND_RECEIVE },
		{ MOVE_SEND, 17, ENTRY_S, MACH_PORT_TYPE_SEND },
		{ MOVE_SEND, 17, ENTRY_RS, MACH_PORT_TYPE_SEND_RECEIVE },
		{ MOVE_SEND_ONCE, 18, ENTRY_SO, MACH_PORT_TYPE_SEND_ONCE },
		{ COPY_SEND, 17, ENTRY_S, MACH_PORT_TYPE_SEND },
		{ MAKE_SEND, 17, ENTRY_R, MACH_PORT_TYPE_SEND_RECEIVE },
		{ MAKE_SEND_ONCE, 18, ENTRY_R, MACH_PORT_TYPE_SEND_ONCE },
	};

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		mach_port_name_t names[3], *got;

		for (int j = 0; j < 3; j++)
			names[j] = entry_new(cases[i].entry, 1);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  array_pass(&self->rcv, self->port, names, 3,
				     cases[i].sent));
		EXPECT_EQ(cases[i].received,
			  message_ool_ports(&self->rcv, 0)->disposition);
		got = message_names(&self->rcv, 0);
		for (int j = 0; j < 3; j++) {
			EXPECT_EQ(cases[i].type, port_type(got[j]))
				TH_LOG("case %d, element %d", i, j);
		}
		EXPECT_NE(got[0], got[1]);
		EXPECT_NE(got[1], got[2]);
	}
}

/* M-14 */
TEST_F(ports, disposition_of_nothing_is_converted)
{
	static const mach_port_name_t names[] = {
		MACH_PORT_NULL, MACH_PORT_DEAD, MACH_PORT_NULL,
	};
	static const uint8_t dispositions[][2] = {
		{ 0, 0 }, { 15, 0 }, { 16, 16 }, { 17, 17 }, { 18, 18 },
		{ 19, 17 }, { 20, 17 }, { 21, 18 }, { 22, 0 }, { 99, 0 },
		{ 255, 0 },
	};

	for (int i = 0; i < ARRAY_SIZE(dispositions); i++) {
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  array_pass(&self->rcv, self->port, names, 3,
				     dispositions[i][0]));
		EXPECT_EQ(dispositions[i][1],
			  message_ool_ports(&self->rcv, 0)->disposition);
		EXPECT_EQ(0, memcmp(names, message_names(&self->rcv, 0),
				    sizeof(names)));
	}
}

/* M-67, M-134 */
TEST_F(ports, order_of_elements_is_kept)
{
	mach_port_name_t names[] = {
		MACH_PORT_NULL, MACH_PORT_DEAD, port_new(), MACH_PORT_NULL,
		self->parking, MACH_PORT_DEAD, port_new(), port_new(),
	};

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  array_pass(&self->rcv, self->port, names, 8, MAKE_SEND));
	EXPECT_EQ(8, message_ool_ports(&self->rcv, 0)->count);
	EXPECT_EQ(0, memcmp(names, message_names(&self->rcv, 0),
			    sizeof(names)));
}

TEST_F(ports, array_is_alone_on_its_pages)
{
	for (uint32_t count = 1; count < 3000; count += 1022) {
		mach_port_name_t *names = malloc(count * 4);

		for (uint32_t i = 0; i < count; i++)
			names[i] = self->send;
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  array_pass(&self->rcv, self->port, names, count,
				     COPY_SEND));
		EXPECT_TRUE(is_surrounded_by_zeros(message_names(&self->rcv, 0),
						   count * 4));
		EXPECT_EQ(0, region_free(message_names(&self->rcv, 0),
					 count * 4));
		free(names);
	}
}

TEST_F(ports, names_are_read_from_any_address)
{
	char *data = pages_new(2 * PAGE);

	for (int offset = 1; offset < 5; offset++) {
		char *at = data + PAGE - 8 + offset;
		mach_port_name_t names[4] = {
			self->send, MACH_PORT_NULL, MACH_PORT_DEAD, self->send,
		};

		memcpy(at, names, sizeof(names));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  array_pass(&self->rcv, self->port, (void *)at, 4,
				     COPY_SEND));
		EXPECT_EQ(0, memcmp(names, message_names(&self->rcv, 0),
				    sizeof(names)));
	}
}

/* M-172 */
TEST_F(ports, deallocate_removes_four_bytes_a_name)
{
	static const struct {
		uint32_t start, count;	/* in names */
		unsigned int left;	/* of four pages */
	} arrays[] = {
		{ 0, 1024, 0xe }, { 1023, 1, 0xe }, { 0, 1, 0xe },
		{ 1000, 24, 0xe }, { 1024, 1024, 0xd }, { 1023, 2, 0xc },
		{ 0, 1025, 0xc }, { 512, 1536, 0xc }, { 0, 4096, 0 },
	};

	for (int i = 0; i < ARRAY_SIZE(arrays); i++) {
		mach_port_name_t *names = (void *)pages_new(4 * PAGE);

		ool_init(&self->msg, self->port);
		message_add_ool_ports(&self->msg, names + arrays[i].start,
				      arrays[i].count, COPY_SEND, 1);
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		EXPECT_EQ(arrays[i].left, pages_mapped((void *)names, 4))
			TH_LOG("array %d", i);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
	}
}

TEST_F(ports, dead_names_are_sent_as_dead)
{
	mach_port_name_t names[] = {
		dead_name_new(3), self->send, port_new_dying(2),
	};

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  array_pass(&self->rcv, self->port, names, 3, COPY_SEND));
	EXPECT_EQ(MACH_PORT_DEAD, message_names(&self->rcv, 0)[0]);
	EXPECT_EQ(self->send, message_names(&self->rcv, 0)[1]);
	EXPECT_EQ(MACH_PORT_DEAD, message_names(&self->rcv, 0)[2]);
	EXPECT_EQ(3, port_refs(names[0], MACH_PORT_RIGHT_DEAD_NAME));
	EXPECT_EQ(2, port_refs(names[2], MACH_PORT_RIGHT_DEAD_NAME));

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  array_send(self->port, names, 3, MOVE_SEND));
	EXPECT_EQ(2, port_refs(names[0], MACH_PORT_RIGHT_DEAD_NAME));
	EXPECT_EQ(1, port_refs(names[2], MACH_PORT_RIGHT_DEAD_NAME));
}

/* M-128 */
TEST_F(ports, copies_of_one_send_right_arrive_under_one_name)
{
	mach_port_name_t names[3] = { self->send, self->send, self->send };

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  array_pass(&self->rcv, self->port, names, 3, COPY_SEND));
	EXPECT_EQ(0, memcmp(names, message_names(&self->rcv, 0),
			    sizeof(names)));
	EXPECT_EQ(1 + 3, port_send_refs(self->send));
}

/* M-128 */
TEST_F(ports, copies_in_different_descriptors_arrive_under_one_name)
{
	mach_port_name_t names[2] = { self->send, self->send }, got;

	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->send, MACH_PORT_RIGHT_SEND, 4));
	message_add_ool_ports(&self->msg, names, 2, MOVE_SEND, 0);
	message_add_right(&self->msg, self->send, MOVE_SEND);
	message_add_ool_ports(&self->msg, names, 2, MOVE_SEND, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_FALSE(port_exists(self->send));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	got = message_right(&self->rcv, 1)->name;
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(got, message_names(&self->rcv, 0)[i]);
		EXPECT_EQ(got, message_names(&self->rcv, 2)[i]);
	}
	EXPECT_EQ(5, port_send_refs(got));
}

/* M-81 */
TEST_F(ports, port_sent_to_itself_in_an_array_dies)
{
	mach_port_name_t other = port_new_send(), dest = port_new_send();
	mach_port_name_t names[3] = { other, dest, port_new_send() };

	message_init(&self->msg, dest, COPY_SEND, MACH_PORT_NULL, 0);
	message_add_ool_ports(&self->msg, names, 3, MOVE_RECEIVE, 0);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(names[i]));
}

TEST_F(ports, receive_rights_join_the_send_rights_of_their_ports)
{
	mach_port_name_t names[2] = { port_new_send(), port_new_send() };

	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(names[1], COPY_SEND, 7));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  array_pass(&self->rcv, self->port, names, 2, MOVE_RECEIVE));
	EXPECT_EQ(0, memcmp(names, message_names(&self->rcv, 0),
			    sizeof(names)));
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(names[0]));
	EXPECT_EQ(7, msg_receive_id(names[1]));
}

/* M-130 */
TEST_F(ports, rights_of_ports_that_died_in_transit_arrive_dead)
{
	mach_port_name_t names[3] = {
		port_new_send(), self->send, port_new_send(),
	};

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  array_send(self->port, names, 3, COPY_SEND));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(names[0]));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(names[2]));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(MACH_PORT_DEAD, message_names(&self->rcv, 0)[0]);
	EXPECT_EQ(self->send, message_names(&self->rcv, 0)[1]);
	EXPECT_EQ(MACH_PORT_DEAD, message_names(&self->rcv, 0)[2]);
	EXPECT_EQ(17, message_ool_ports(&self->rcv, 0)->disposition);
}

TEST_F(ports, array_of_a_message_that_timed_out_comes_back)
{
	mach_port_name_t moved[2] = { port_new(), port_new() }, *names;
	mach_msg_ool_ports_descriptor_t *array;

	ASSERT_TRUE(port_fill(self->port));
	names = (void *)pages_new(PAGE);
	names[0] = self->send;
	names[1] = MACH_PORT_DEAD;
	message_add_ool_ports(&self->msg, names, 2, COPY_SEND, 1);
	message_add_ool_ports(&self->msg, moved, 2, MOVE_RECEIVE, 0);
	ASSERT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	array = message_ool_ports(&self->msg, 0);
	EXPECT_EQ(17, array->disposition);
	EXPECT_EQ(1, array->copy);
	EXPECT_EQ(1, array->deallocate);
	EXPECT_EQ(2, array->count);
	EXPECT_EQ(self->send, message_names(&self->msg, 0)[0]);
	EXPECT_EQ(MACH_PORT_DEAD, message_names(&self->msg, 0)[1]);
	EXPECT_EQ(2, port_send_refs(self->send));
	array = message_ool_ports(&self->msg, 1);
	EXPECT_EQ(16, array->disposition);
	EXPECT_EQ(2, array->count);
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(MACH_PORT_TYPE_RECEIVE,
			  port_type(message_names(&self->msg, 1)[i]));

	/* It can be sent again as it is. */
	names = message_names(&self->msg, 0);
	EXPECT_EQ(1, msg_receive_id(self->port));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_FALSE(is_mapped(names));
	EXPECT_EQ(1, port_send_refs(self->send));
}

/* Passes on the rights that it is sent, with one of its own. */
static void pass_on(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = peer_hello(&parent);
	mach_port_name_t *names;
	struct message msg;

	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(own, &msg));
	ASSERT_EQ(3, message_ool_ports(&msg, 0)->count);
	ASSERT_EQ(17, message_ool_ports(&msg, 0)->disposition);
	/* The page has room for one more. */
	names = message_names(&msg, 0);
	names[3] = port_new_send();
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(names[0]));
	EXPECT_EQ(MACH_PORT_DEAD, names[1]);
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(names[2]));
	/* The names are this process' own. */
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send_id(names[2], COPY_SEND, 5));
	message_init(&msg, parent, COPY_SEND, MACH_PORT_NULL, 0);
	message_add_ool_ports(&msg, names, 4, MOVE_SEND, 1);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_FALSE(is_mapped(names));
}

TEST_F(ports, array_travels_between_processes)
{
	mach_port_name_t names[3] = { self->send, MACH_PORT_DEAD, port_new() };
	mach_port_name_t peer, *got;
	pid_t child;

	ASSERT_EQ(KERN_SUCCESS,
		  port_insert_right(names[2], names[2], MAKE_SEND));
	ASSERT_TRUE(parent_publish(self->port));
	child = peer_start(_metadata, self->port, &peer, pass_on, NULL);
	message_init(&self->msg, peer, COPY_SEND, MACH_PORT_NULL, 0);
	message_add_ool_ports(&self->msg, names, 3, COPY_SEND, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->port, &self->rcv));
	EXPECT_TRUE(child_wait(child));
	ASSERT_EQ(4, message_ool_ports(&self->rcv, 0)->count);
	got = message_names(&self->rcv, 0);
	EXPECT_EQ(0, memcmp(names, got, sizeof(names)));
	EXPECT_EQ(5, msg_receive_id(names[2]));
	/* The child's own port has died with it since. */
	EXPECT_EQ(2, port_send_refs(names[0]));
	EXPECT_EQ(2, port_send_refs(names[2]));
}

TEST_HARNESS_MAIN
