// SPDX-License-Identifier: GPL-2.0
/*
 * Scatter lists: a receiver says where out-of-line data is to go. The rules
 * are those of messages.md 17 for the compatible implementation.
 */
#include "machipc_utils.h"

#define REGION_SIZE	6000
#define CANARY		0x5a

/* A message with two regions, and the buffer that it is received into. */
struct regions {
	mach_msg_header_t head;
	mach_msg_body_t body;
	mach_msg_ool_descriptor_t ool[2];
	mach_msg_max_trailer_t trailer;
};

#define REGIONS_SIZE	offsetof(struct regions, trailer)

FIXTURE(scatter) {
	mach_port_name_t port;
	char *data;
	char *place;
	struct regions rcv;
};

FIXTURE_SETUP(scatter)
{
	struct regions msg = {
		.head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
			MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
		.body.msgh_descriptor_count = 2,
	};

	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	self->data = malloc(2 * REGION_SIZE);
	self->place = malloc(2 * REGION_SIZE);
	ASSERT_NE(NULL, self->data);
	ASSERT_NE(NULL, self->place);
	memset(self->place, CANARY, 2 * REGION_SIZE);
	for (int i = 0; i < 2; i++) {
		memset(self->data + i * REGION_SIZE, 'a' + i, REGION_SIZE);
		msg.ool[i].address = self->data + i * REGION_SIZE;
		msg.ool[i].size = REGION_SIZE;
		msg.ool[i].type = MACH_MSG_OOL_DESCRIPTOR;
		msg.ool[i].copy = MACH_MSG_VIRTUAL_COPY;
	}
	msg.head.msgh_remote_port = self->port;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(&msg, MACH_SEND_MSG, REGIONS_SIZE, 0,
			   MACH_PORT_NULL, 0));

	/* The list: both regions go to places of one's own. */
	memset(&self->rcv, 0, sizeof(self->rcv));
	self->rcv.body.msgh_descriptor_count = 2;
	for (int i = 0; i < 2; i++) {
		self->rcv.ool[i].address = self->place + i * REGION_SIZE;
		self->rcv.ool[i].size = REGION_SIZE;
		self->rcv.ool[i].type = MACH_MSG_OOL_DESCRIPTOR;
		self->rcv.ool[i].copy = MACH_MSG_OVERWRITE;
	}
}

FIXTURE_TEARDOWN(scatter)
{
	free(self->data);
	free(self->place);
}

static mach_msg_return_t receive(struct regions *rcv, mach_port_name_t port,
				 uint32_t list_size)
{
	struct machipc_msg arg = {
		.size = sizeof(arg),
		.option = MACH_RCV_MSG | MACH_RCV_TIMEOUT | MACH_RCV_OVERWRITE,
		.msg = (uintptr_t)rcv,
		.rcv_size = sizeof(*rcv),
		.rcv_name = port,
		.scatter_size = list_size,
		.out_result = TEST_POISON,
	};

	return machipc_ioctl(MACHIPC_IOC_MSG, &arg) ? -1 : arg.out_result;
}

static bool is_filled(const char *at, char with)
{
	for (int i = 0; i < REGION_SIZE; i++)
		if (at[i] != with)
			return false;
	return true;
}

/* Both regions are in fresh memory, and nothing was written to the places. */
static void expect_allocated(struct __test_metadata *_metadata,
			     struct regions *rcv, const char *place)
{
	for (int i = 0; i < 2; i++) {
		EXPECT_NE(place + i * REGION_SIZE,
			  (char *)rcv->ool[i].address);
		EXPECT_EQ(MACH_MSG_VIRTUAL_COPY, rcv->ool[i].copy);
		EXPECT_EQ(1, rcv->ool[i].deallocate);
		ASSERT_NE(NULL, rcv->ool[i].address);
		EXPECT_TRUE(is_filled(rcv->ool[i].address, 'a' + i));
		EXPECT_TRUE(is_filled(place + i * REGION_SIZE, CANARY));
	}
}

TEST_F(scatter, regions_go_where_the_list_says)
{
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  receive(&self->rcv, self->port, REGIONS_SIZE));
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(self->place + i * REGION_SIZE,
			  (char *)self->rcv.ool[i].address);
		EXPECT_EQ(REGION_SIZE, self->rcv.ool[i].size);
		EXPECT_EQ(MACH_MSG_OVERWRITE, self->rcv.ool[i].copy);
		EXPECT_EQ(0, self->rcv.ool[i].deallocate);
		EXPECT_TRUE(is_filled(self->place + i * REGION_SIZE, 'a' + i));
	}
}

TEST_F(scatter, entry_that_is_not_overwrite_is_allocated)
{
	self->rcv.ool[1].copy = MACH_MSG_ALLOCATE;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  receive(&self->rcv, self->port, REGIONS_SIZE));
	EXPECT_TRUE(is_filled(self->place, 'a'));
	EXPECT_EQ(MACH_MSG_VIRTUAL_COPY, self->rcv.ool[1].copy);
	EXPECT_EQ(1, self->rcv.ool[1].deallocate);
	EXPECT_TRUE(is_filled(self->rcv.ool[1].address, 'b'));
	EXPECT_TRUE(is_filled(self->place + REGION_SIZE, CANARY));
}

TEST_F(scatter, surplus_descriptors_of_the_message_are_allocated)
{
	self->rcv.body.msgh_descriptor_count = 1;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  receive(&self->rcv, self->port, REGIONS_SIZE));
	EXPECT_TRUE(is_filled(self->place, 'a'));
	EXPECT_TRUE(is_filled(self->rcv.ool[1].address, 'b'));
	EXPECT_EQ(1, self->rcv.ool[1].deallocate);
}

TEST_F(scatter, place_too_small_has_the_list_ignored)
{
	self->rcv.ool[1].size = REGION_SIZE - 1;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  receive(&self->rcv, self->port, REGIONS_SIZE));
	expect_allocated(_metadata, &self->rcv, self->place);
}

TEST_F(scatter, pair_of_two_kinds_has_the_list_ignored)
{
	self->rcv.ool[1].type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  receive(&self->rcv, self->port, REGIONS_SIZE));
	expect_allocated(_metadata, &self->rcv, self->place);
}

TEST_F(scatter, volatile_counts_as_memory)
{
	self->rcv.ool[0].type = MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  receive(&self->rcv, self->port, REGIONS_SIZE));
	EXPECT_TRUE(is_filled(self->place, 'a'));
	EXPECT_EQ(MACH_MSG_OOL_DESCRIPTOR, self->rcv.ool[0].type);
}

TEST_F(scatter, count_beyond_the_list_has_it_ignored)
{
	self->rcv.body.msgh_descriptor_count = 3;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  receive(&self->rcv, self->port, REGIONS_SIZE));
	expect_allocated(_metadata, &self->rcv, self->place);
}

TEST_F(scatter, list_without_a_count_is_ignored)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, receive(&self->rcv, self->port, 27));
	expect_allocated(_metadata, &self->rcv, self->place);
}

/* M-147 */
TEST_F(scatter, trap_without_a_list_length_knows_no_list)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, receive(&self->rcv, self->port, 0));
	expect_allocated(_metadata, &self->rcv, self->place);
}

TEST_F(scatter, place_that_cannot_be_written_loses_its_region_only)
{
	self->rcv.ool[0].address = (void *)16;
	ASSERT_EQ(MACH_RCV_BODY_ERROR | MACH_MSG_VM_KERNEL,
		  receive(&self->rcv, self->port, REGIONS_SIZE));
	EXPECT_EQ(NULL, self->rcv.ool[0].address);
	EXPECT_EQ(0, self->rcv.ool[0].size);
	EXPECT_TRUE(is_filled(self->place + REGION_SIZE, 'b'));
}

TEST_HARNESS_MAIN
