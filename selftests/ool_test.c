// SPDX-License-Identifier: GPL-2.0
/*
 * Out-of-line memory: what a descriptor may say, what it takes from the
 * sender, and what the receiver gets.
 */
#include "ool_utils.h"

FIXTURE(ool) {
	mach_port_name_t port;		/* the destination: R */
	mach_port_name_t parking;	/* where a receive right is parked */
	mach_port_name_t send;		/* S(1) */
	struct message msg;		/* to the destination */
	struct message rcv;
};

FIXTURE_SETUP(ool)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	self->parking = port_new();
	self->send = port_new_parked(self->parking);
	ASSERT_EQ(MACH_PORT_TYPE_SEND, port_type(self->send));
	ool_init(&self->msg, self->port);
}

FIXTURE_TEARDOWN(ool)
{
}

TEST_F(ool, module_says_that_it_has_the_feature)
{
	struct machipc_query query = { .size = sizeof(query) };

	ASSERT_EQ(0, machipc_ioctl(MACHIPC_IOC_QUERY, &query));
	EXPECT_TRUE(query.out_features & MACHIPC_FEATURE_OOL);
}

static const uint32_t sizes[] = {
	1, 4095, 4096, 4097, 65536, 1 << 20, 16 << 20,
};

TEST_F(ool, region_of_any_size_arrives)
{
	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *data = pattern_new(sizes[i], i);
		mach_msg_ool_descriptor_t *ool;

		ASSERT_NE(NULL, data);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_pass(&self->rcv, self->port, data, sizes[i],
				   VIRTUAL, 0));
		ool = message_ool(&self->rcv, 0);
		ASSERT_NE(NULL, ool);
		EXPECT_EQ(MACH_MSG_OOL_DESCRIPTOR, ool->type);
		ASSERT_EQ(sizes[i], ool->size);
		EXPECT_TRUE(pattern_is(ool->address, ool->size, i));
		/* The sender still has what it sent. */
		EXPECT_NE(data, ool->address);
		EXPECT_TRUE(pattern_is(data, sizes[i], i));
		EXPECT_EQ(0, region_free(ool->address, ool->size));
		EXPECT_EQ(0, region_free(data, sizes[i]));
	}
}

TEST_F(ool, physical_region_of_any_size_arrives_on_a_page_boundary)
{
	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		char *data = pattern_new(sizes[i] + 1, i);
		bool keep = sizes[i] <= PHYSICAL_MAX;
		mach_msg_ool_descriptor_t *ool;

		ASSERT_NE(NULL, data);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_send(self->port, data, sizes[i], PHYSICAL,
				   !keep));
		EXPECT_EQ(keep, is_mapped(data));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		ool = message_ool(&self->rcv, 0);
		ASSERT_NE(NULL, ool);
		ASSERT_EQ(sizes[i], ool->size);
		EXPECT_EQ(page_floor(ool->address), (uintptr_t)ool->address);
		EXPECT_TRUE(pattern_is(ool->address, ool->size, i));
		EXPECT_EQ(0, region_free(ool->address, ool->size));
		region_free(data, sizes[i] + 1);
	}
}

/* M-133 */
TEST_F(ool, bytes_around_an_unaligned_region_are_zero)
{
	static const uint32_t offsets[] = { 0, 1, 123, 4095 };
	static const uint32_t lengths[] = { 1, 2, 4095, 4096, 5000, 70000 };
	const size_t total = 20 * PAGE;
	char *data = pages_new(total);

	ASSERT_NE(NULL, data);
	for (int i = 0; i < ARRAY_SIZE(offsets) * ARRAY_SIZE(lengths); i++) {
		uint32_t offset = offsets[i % ARRAY_SIZE(offsets)];
		uint32_t size = lengths[i / ARRAY_SIZE(offsets)];
		mach_msg_ool_descriptor_t *ool;

		for (int copy = PHYSICAL; copy <= VIRTUAL; copy++) {
			memset(data, 0xa5, total);
			pattern_fill(data + offset, size, i);
			ASSERT_EQ(MACH_MSG_SUCCESS,
				  ool_pass(&self->rcv, self->port,
					   data + offset, size, copy, 0));
			ool = message_ool(&self->rcv, 0);
			ASSERT_EQ(size, ool->size);
			EXPECT_TRUE(pattern_is(ool->address, size, i));
			EXPECT_TRUE(is_surrounded_by_zeros(ool->address, size))
				TH_LOG("offset %u, size %u, copy %d", offset,
				       size, copy);
			EXPECT_EQ(0, region_free(ool->address, size));
		}
	}
}

/* M-133 */
TEST_F(ool, tail_of_the_page_shows_nothing_of_earlier_messages)
{
	char *old = pages_new(64 * PAGE);

	ASSERT_NE(NULL, old);
	memset(old, 0xa5, 64 * PAGE);
	for (uint32_t size = 1; size < 20000; size += 1777) {
		mach_msg_ool_descriptor_t *ool;

		/* Memory of the kernel that has just been in use. */
		for (int i = 0; i < 4; i++)
			ASSERT_EQ(MACH_MSG_SUCCESS,
				  ool_send(self->port, old, 64 * PAGE >> i,
					   VIRTUAL, 0));
		ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
		self->port = port_new();
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_pass(&self->rcv, self->port, old, size, VIRTUAL,
				   0));
		ool = message_ool(&self->rcv, 0);
		ASSERT_EQ(size, ool->size);
		EXPECT_TRUE(bytes_are(ool->address, size, 0xa5));
		EXPECT_TRUE(is_surrounded_by_zeros(ool->address, size));
	}
}

/* M-125 */
TEST_F(ool, received_deallocate_tells_the_copy_option)
{
	for (int i = 0; i < 4; i++) {
		uint8_t copy = i % 2 ? VIRTUAL : PHYSICAL;
		char *data = pattern_new(5000, i);
		mach_msg_ool_descriptor_t *ool;

		ASSERT_NE(NULL, data);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_pass(&self->rcv, self->port, data, 5000, copy,
				   i / 2));
		ool = message_ool(&self->rcv, 0);
		EXPECT_EQ(copy, ool->copy);
		EXPECT_EQ(copy == VIRTUAL, ool->deallocate);
		EXPECT_EQ(5000, ool->size);
		EXPECT_TRUE(pattern_is(ool->address, 5000, i));
	}
}

/* M-127 */
TEST_F(ool, volatile_region_arrives_as_one)
{
	for (int i = 0; i < 4; i++) {
		uint8_t copy = i % 2 ? VIRTUAL : PHYSICAL;
		char *data = pattern_new(5000, i);
		mach_msg_ool_descriptor_t *ool;

		ASSERT_NE(NULL, data);
		ool_init(&self->msg, self->port);
		ool = message_add_ool(&self->msg, data, 5000, copy, i / 2);
		ool->type = MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		EXPECT_EQ(i / 2, !is_mapped(data));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		ool = message_ool(&self->rcv, 0);
		EXPECT_EQ(3, ool->type);
		EXPECT_EQ(5000, ool->size);
		EXPECT_EQ(copy, ool->copy);
		EXPECT_EQ(copy == VIRTUAL, ool->deallocate);
		EXPECT_TRUE(pattern_is(ool->address, 5000, i));
	}
}

/* M-9 */
TEST_F(ool, pad_of_a_received_descriptor_is_zero)
{
	static const uint8_t types[] = {
		MACH_MSG_OOL_DESCRIPTOR, MACH_MSG_OOL_VOLATILE_DESCRIPTOR,
	};

	for (int i = 0; i < ARRAY_SIZE(types); i++) {
		mach_msg_ool_descriptor_t *ool;

		ool_init(&self->msg, self->port);
		for (int empty = 0; empty < 2; empty++) {
			ool = message_add_ool(&self->msg, self,
					      empty ? 0 : sizeof(*self),
					      VIRTUAL, 0);
			ool->type = types[i];
			ool->pad1 = 0xee;
		}
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		EXPECT_EQ(0, message_ool(&self->rcv, 0)->pad1);
		EXPECT_EQ(0, message_ool(&self->rcv, 1)->pad1);
	}
}

/* M-64 */
TEST_F(ool, address_of_an_empty_region_is_ignored)
{
	char *page = pages_new(PAGE);
	void *const addresses[] = {
		NULL, (void *)1, page, page + 7, memory_edge(),
		(void *)0x7ffffffffffff000, (void *)0xffff888000000000, (void *)-1,
	};

	for (int i = 0; i < ARRAY_SIZE(addresses) * 4; i++) {
		mach_msg_ool_descriptor_t *ool;
		uint8_t copy = i & 1 ? VIRTUAL : PHYSICAL;

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_pass(&self->rcv, self->port, addresses[i / 4], 0,
				   copy, !!(i & 2)));
		ool = message_ool(&self->rcv, 0);
		EXPECT_EQ(NULL, ool->address);
		EXPECT_EQ(0, ool->size);
		EXPECT_EQ(MACH_MSG_OOL_DESCRIPTOR, ool->type);
		EXPECT_EQ(copy, ool->copy);
		EXPECT_EQ(copy == VIRTUAL, ool->deallocate);
	}
	/* No page is touched by nothing. */
	EXPECT_TRUE(is_mapped(page));
}

/* M-65 */
TEST_F(ool, deallocate_removes_all_pages_that_the_region_touches)
{
	static const struct {
		uint32_t offset, size;
		unsigned int left;	/* of six pages */
	} regions[] = {
		{ 4096, 4096, 0x3d }, { 4096, 4097, 0x39 },
		{ 4096, 1, 0x3d }, { 8191, 1, 0x3d }, { 8191, 2, 0x39 },
		{ 4095, 2, 0x3c }, { 4096 + 100, 2 * 4096, 0x31 },
		{ 4096 + 100, 3 * 4096 - 100, 0x31 }, { 0, 6 * 4096, 0 },
		{ 1, 6 * 4096 - 2, 0 },
	};

	for (int i = 0; i < ARRAY_SIZE(regions) * 2; i++) {
		char *pages = pattern_new(6 * PAGE, i);
		uint32_t offset = regions[i / 2].offset;
		uint32_t size = regions[i / 2].size;
		char *copy = malloc(size);

		ASSERT_NE(NULL, pages);
		ASSERT_NE(NULL, copy);
		memcpy(copy, pages + offset, size);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_send(self->port, pages + offset, size, i % 2, 1));
		EXPECT_EQ(regions[i / 2].left, pages_mapped(pages, 6))
			TH_LOG("offset %u, size %u", offset, size);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		EXPECT_EQ(0, memcmp(copy, message_ool(&self->rcv, 0)->address,
				    size));
		free(copy);
	}
}

TEST_F(ool, deallocate_is_any_number_but_zero)
{
	static const uint8_t flags[] = { 2, 0x80, 0xff };

	for (int i = 0; i < ARRAY_SIZE(flags); i++) {
		char *page = pages_new(PAGE);

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_pass(&self->rcv, self->port, page, PAGE, VIRTUAL,
				   flags[i]));
		EXPECT_EQ(1, message_ool(&self->rcv, 0)->deallocate);
		EXPECT_TRUE(page == message_ool(&self->rcv, 0)->address ||
			    !is_mapped(page));
	}
}

TEST_F(ool, deallocate_removes_mappings_of_several_kinds)
{
	char *pages = pattern_new(6 * PAGE, 0);
	int fd = memfd_create("region", MFD_CLOEXEC);

	ASSERT_NE(NULL, pages);
	ASSERT_EQ(PAGE, pwrite(fd, pages + 2 * PAGE, PAGE, 0));
	ASSERT_EQ(0, mprotect(pages + PAGE, PAGE, PROT_READ));
	ASSERT_EQ(pages + 2 * PAGE,
		  mmap(pages + 2 * PAGE, PAGE, PROT_READ,
		       MAP_SHARED | MAP_FIXED, fd, 0));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_send(self->port, pages + 100, 4 * PAGE, PHYSICAL, 1));
	EXPECT_EQ(0x20, pages_mapped(pages, 6));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	ASSERT_NE(NULL, message_ool(&self->rcv, 0)->address);
	pages = pattern_new(6 * PAGE, 0);
	EXPECT_EQ(0, memcmp(pages + 100, message_ool(&self->rcv, 0)->address,
			    4 * PAGE));
	close(fd);
}

/* M-66 */
TEST_F(ool, receiver_sees_the_region_as_of_the_send)
{
	for (int i = 0; i < ARRAY_SIZE(sizes) - 1; i++) {
		for (int copy = PHYSICAL; copy <= VIRTUAL; copy++) {
			char *data = pattern_new(sizes[i], i);
			mach_msg_ool_descriptor_t *ool;

			ASSERT_NE(NULL, data);
			ASSERT_EQ(MACH_MSG_SUCCESS,
				  ool_send(self->port, data, sizes[i], copy,
					   0));
			memset(data, 0xee, sizes[i]);
			ASSERT_EQ(MACH_MSG_SUCCESS,
				  msg_receive(self->port, &self->rcv));
			ool = message_ool(&self->rcv, 0);
			EXPECT_TRUE(pattern_is(ool->address, sizes[i], i));
			memset(data, 0xdd, sizes[i]);
			EXPECT_TRUE(pattern_is(ool->address, sizes[i], i));
			/* Nor is the receiver's copy the sender's. */
			memset(ool->address, 0xcc, sizes[i]);
			EXPECT_TRUE(bytes_are(data, sizes[i], 0xdd));
		}
	}
}

/* M-66 */
TEST_F(ool, receiver_sees_a_shared_file_as_of_the_send)
{
	int fd = memfd_create("region", MFD_CLOEXEC);
	char *data;

	ASSERT_EQ(0, ftruncate(fd, 16 * PAGE));
	data = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, data);
	for (int copy = PHYSICAL; copy <= VIRTUAL; copy++) {
		pattern_fill(data, 16 * PAGE, copy);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_send(self->port, data, 16 * PAGE, copy, 0));
		ASSERT_EQ(3, pwrite(fd, "new", 3, 5 * PAGE));
		data[9 * PAGE] ^= 1;
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		EXPECT_TRUE(pattern_is(message_ool(&self->rcv, 0)->address,
				       16 * PAGE, copy));
	}
	close(fd);
}

/* M-134 */
TEST_F(ool, order_of_descriptors_of_all_kinds_is_kept)
{
	static const char kinds[] = "pvoaeopa";
	mach_port_name_t names[2] = { MACH_PORT_DEAD, self->send };
	mach_msg_ool_descriptor_t *ool;
	char *data = pages_new(8 * PAGE);

	for (int i = 0; kinds[i]; i++) {
		char *region = data + i * PAGE + i;

		pattern_fill(region, 100 + i, i);
		switch (kinds[i]) {
		case 'p':
			message_add_right(&self->msg, self->send,
					  MACH_MSG_TYPE_COPY_SEND);
			break;
		case 'a':
			message_add_ool_ports(&self->msg, names, 2,
					      MACH_MSG_TYPE_COPY_SEND, 0);
			break;
		default:
			ool = message_add_ool(&self->msg, region,
					      kinds[i] == 'e' ? 0 : 100 + i,
					      i % 2, 0);
			if (kinds[i] == 'v')
				ool->type = MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
		}
	}
	pattern_fill(message_trailer(&self->msg), 400, 77);
	self->msg.head.msgh_size += 400;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	ASSERT_EQ(self->msg.head.msgh_size, self->rcv.head.msgh_size);
	ASSERT_EQ(8, self->rcv.count);
	for (int i = 0; kinds[i]; i++) {
		switch (kinds[i]) {
		case 'p':
			EXPECT_EQ(0, message_right(&self->rcv, i)->type);
			EXPECT_EQ(self->send,
				  message_right(&self->rcv, i)->name);
			break;
		case 'a':
			EXPECT_EQ(2, message_ool_ports(&self->rcv, i)->type);
			EXPECT_EQ(0, memcmp(message_names(&self->rcv, i),
					    names, sizeof(names)));
			break;
		case 'e':
			EXPECT_EQ(0, message_ool(&self->rcv, i)->size);
			break;
		default:
			ool = message_ool(&self->rcv, i);
			EXPECT_EQ(kinds[i] == 'v' ? 3 : 1, ool->type);
			EXPECT_EQ(i % 2, ool->copy);
			ASSERT_EQ(100 + i, ool->size);
			EXPECT_TRUE(pattern_is(ool->address, ool->size, i));
		}
	}
	EXPECT_TRUE(pattern_is(message_desc(&self->rcv, 7) + 16, 400, 77));
	EXPECT_EQ(1 + 2 + 2, port_send_refs(self->send));
}

/* M-66 */
TEST_F(ool, usual_message_carries_regions_and_rights)
{
	mach_port_name_t port = port_new_send();
	char *small = pattern_new(100, 1), *large = pattern_new(3 * PAGE, 2);
	struct msg_thread thread;
	struct message *rcv;

	for (int waiting = 0; waiting < 2; waiting++) {
		message_init(&self->msg, port, MACH_MSG_TYPE_COPY_SEND,
			     MACH_PORT_NULL, 0);
		message_add_ool(&self->msg, small, 100, VIRTUAL, 0);
		message_add_right(&self->msg, self->send,
				  MACH_MSG_TYPE_COPY_SEND);
		message_add_ool(&self->msg, large + 7, 3 * PAGE - 7, VIRTUAL,
				0);
		message_add_ool(&self->msg, NULL, 0, VIRTUAL, 0);
		if (waiting)
			ASSERT_TRUE(msg_thread_receive(&thread, port));
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		pattern_fill(large, 3 * PAGE, 3);
		if (waiting) {
			EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&thread));
			rcv = &thread.msg;
		} else {
			rcv = &self->rcv;
			EXPECT_EQ(MACH_MSG_SUCCESS, msg_receive(port, rcv));
		}
		ASSERT_EQ(4, rcv->count);
		EXPECT_EQ(port, rcv->head.msgh_local_port);
		EXPECT_TRUE(pattern_is(message_ool(rcv, 0)->address, 100, 1));
		EXPECT_EQ(self->send, message_right(rcv, 1)->name);
		pattern_fill(large, 3 * PAGE, 2);
		EXPECT_EQ(0, memcmp(message_ool(rcv, 2)->address, large + 7,
				    3 * PAGE - 7));
		EXPECT_EQ(0, message_ool(rcv, 3)->size);
	}
	EXPECT_EQ(1 + 2, port_send_refs(self->send));
	EXPECT_EQ(1, port_send_refs(port));
}

/* M-147 */
TEST_F(ool, list_of_regions_to_overwrite_is_ignored)
{
	char *data = pattern_new(2 * PAGE, 1), *list = pattern_new(2 * PAGE, 2);
	mach_port_name_t names[2] = { self->send, MACH_PORT_NULL };
	mach_msg_ool_ports_descriptor_t *ports;
	mach_msg_ool_descriptor_t *ool;

	message_add_ool(&self->msg, data, 2 * PAGE, PHYSICAL, 0);
	message_add_ool_ports(&self->msg, names, 2, MACH_MSG_TYPE_COPY_SEND, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));

	message_init(&self->rcv, 0, 0, 0, 0);
	message_add_ool(&self->rcv, list, 2 * PAGE, MACH_MSG_OVERWRITE, 0);
	ports = message_add_ool_ports(&self->rcv, (void *)(list + PAGE), 2, 0,
				      0);
	ports->copy = MACH_MSG_OVERWRITE;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_overwrite(NULL, MACH_RCV_MSG | MACH_RCV_OVERWRITE |
				MACH_RCV_TIMEOUT, 0, sizeof(self->rcv),
				self->port, 0, &self->rcv));
	ool = message_ool(&self->rcv, 0);
	EXPECT_EQ(PHYSICAL, ool->copy);
	EXPECT_EQ(0, ool->deallocate);
	EXPECT_NE(list, ool->address);
	EXPECT_TRUE(pattern_is(ool->address, 2 * PAGE, 1));
	ports = message_ool_ports(&self->rcv, 1);
	EXPECT_EQ(VIRTUAL, ports->copy);
	EXPECT_EQ(1, ports->deallocate);
	EXPECT_NE((void *)(list + PAGE), ports->address);
	EXPECT_EQ(self->send, message_names(&self->rcv, 1)[0]);
	EXPECT_TRUE(pattern_is(list, 2 * PAGE, 2));
}

TEST_F(ool, large_message_takes_no_memory_until_it_is_received)
{
	char *data = pattern_new(5 * PAGE, 1);
	static struct maps_image maps;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_send(self->port, data, 5 * PAGE, VIRTUAL, 0));
	ASSERT_TRUE(maps_read(&maps));
	EXPECT_EQ(MACH_RCV_TOO_LARGE,
		  msg_trap(&self->rcv, MACH_RCV_MSG | MACH_RCV_LARGE, 0, 51,
			   self->port, 0));
	EXPECT_EQ(44, self->rcv.head.msgh_size);
	EXPECT_TRUE(maps_are(&maps));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(&self->rcv, MACH_RCV_MSG | MACH_RCV_LARGE, 0, 52,
			   self->port, 0));
	EXPECT_TRUE(pattern_is(message_ool(&self->rcv, 0)->address, 5 * PAGE,
			       1));
}

TEST_HARNESS_MAIN
