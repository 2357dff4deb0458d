// SPDX-License-Identifier: GPL-2.0
/*
 * libmachipc: what it adds to the calls that it passes on. Names that are
 * cached, memory that is handed out, rights that a message carries.
 *
 * Tests look at the space through a second door of the same process.
 */
#include "machipc_utils.h"

#include <stdlib.h>
#include <mach/mach.h>
#include <mach/mach_error.h>

FIXTURE(lib) {
	mach_port_t port;
};

FIXTURE_SETUP(lib)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
				     &self->port));
}

FIXTURE_TEARDOWN(lib)
{
}

/* P-179 */
TEST_F(lib, task_self_trap_adds_a_reference)
{
	mach_port_t name = task_self_trap();
	uint32_t refs = port_send_refs(name);

	EXPECT_EQ(name, task_self_trap());
	EXPECT_EQ(refs + 1, port_send_refs(name));
	EXPECT_EQ(name, task_self_trap());
	EXPECT_EQ(refs + 2, port_send_refs(name));
}

/* P-179 */
TEST_F(lib, mach_task_self_adds_none)
{
	mach_port_t name = mach_task_self();
	uint32_t refs = port_send_refs(name);

	ASSERT_NE(MACH_PORT_NULL, name);
	EXPECT_EQ(name, mach_task_self());
	EXPECT_EQ(name, (mach_task_self)());
	EXPECT_EQ(name, mach_task_self_);
	EXPECT_EQ(refs, port_send_refs(name));
}

TEST_F(lib, host_self_adds_a_reference)
{
	mach_port_t host = mach_host_self();

	ASSERT_EQ(MACH_PORT_TYPE_SEND, port_type(host));
	EXPECT_EQ(1, port_send_refs(host));
	EXPECT_EQ(host, mach_host_self());
	EXPECT_EQ(2, port_send_refs(host));
	EXPECT_NE(host, mach_task_self());
}

/* P-182 */
TEST_F(lib, reply_port_is_new_each_time)
{
	mach_port_t first = mach_reply_port();
	mach_port_t second = mach_reply_port();

	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(first));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(second));
	EXPECT_NE(first, second);
}

/* P-42 */
TEST_F(lib, no_task_is_no_destination)
{
	mach_port_t name = TEST_POISON;

	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  mach_port_allocate(MACH_PORT_NULL, MACH_PORT_RIGHT_RECEIVE,
				     &name));
	EXPECT_EQ(TEST_POISON, name);
}

/* P-68 */
TEST_F(lib, rename_is_not_supported)
{
	EXPECT_EQ(KERN_NOT_SUPPORTED,
		  mach_port_rename(mach_task_self(), self->port, 0x5003));
	EXPECT_EQ(KERN_NOT_SUPPORTED,
		  mach_port_rename(mach_task_self(), 0, 0));
	EXPECT_EQ(MACH_SEND_INVALID_DEST, mach_port_rename(0, 0, 0));
}

/* P-49 */
TEST_F(lib, allocation_options_are_checked)
{
	mach_port_qos_t named = { .name = 1 };
	mach_port_qos_t plain = { 0 };
	mach_port_t name = 0x5003;

	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  mach_port_allocate_qos(mach_task_self(),
					 MACH_PORT_RIGHT_RECEIVE, &named,
					 &name));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  mach_port_allocate_full(mach_task_self(),
					  MACH_PORT_RIGHT_RECEIVE, self->port,
					  &plain, &name));
	EXPECT_EQ(0x5003, name);
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_allocate_full(mach_task_self(),
					  MACH_PORT_RIGHT_RECEIVE,
					  MACH_PORT_NULL, &named, &name));
	EXPECT_EQ(0x5003, name);
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(0x5003));
}

/* P-50 */
TEST_F(lib, only_a_port_has_a_reserve)
{
	mach_port_qos_t qos = { .prealloc = 1, .len = 100 };
	mach_port_t name = TEST_POISON;

	EXPECT_EQ(KERN_INVALID_VALUE,
		  mach_port_allocate_qos(mach_task_self(),
					 MACH_PORT_RIGHT_PORT_SET, &qos,
					 &name));
	EXPECT_EQ(TEST_POISON, name);
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_allocate_qos(mach_task_self(),
					 MACH_PORT_RIGHT_RECEIVE, &qos, &name));
	qos.len = UINT32_MAX - MAX_TRAILER_SIZE + 1;
	EXPECT_EQ(KERN_RESOURCE_SHORTAGE,
		  mach_port_allocate_qos(mach_task_self(),
					 MACH_PORT_RIGHT_RECEIVE, &qos, &name));
}

/* Pages of the address space in use. */
static long mapped_pages(void)
{
	char text[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY);

	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return atol(text);
}

/* P-67 */
TEST_F(lib, names_fill_more_than_a_page)
{
	uint32_t more = vm_page_size / sizeof(mach_port_t) + 10;
	mach_msg_type_number_t count, type_count;
	mach_port_name_array_t names;
	mach_port_type_array_t types;
	long pages;

	for (uint32_t i = 0; i < more; i++)
		ASSERT_NE(MACH_PORT_NULL, mach_reply_port());
	pages = mapped_pages();
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_names(mach_task_self(), &names, &count, &types,
				  &type_count));
	EXPECT_EQ(pages + 4, mapped_pages());
	EXPECT_EQ(name_count(), count);
	EXPECT_EQ(count, type_count);
	for (uint32_t i = 0; i < count; i++) {
		ASSERT_EQ(port_type(names[i]), types[i]);
		if (i)
			ASSERT_LT(MACH_PORT_INDEX(names[i - 1]),
				  MACH_PORT_INDEX(names[i]));
	}
	EXPECT_EQ(KERN_SUCCESS,
		  vm_deallocate(mach_task_self(), (vm_address_t)names,
				count * sizeof(*names)));
	EXPECT_EQ(KERN_SUCCESS,
		  vm_deallocate(mach_task_self(), (vm_address_t)types,
				count * sizeof(*types)));
	EXPECT_EQ(pages, mapped_pages());
}

static bool is_mapped(const void *address)
{
	unsigned char resident;
	vm_address_t page = trunc_page((vm_address_t)address);

	return mincore((void *)page, 1, &resident) == 0;
}

/* P-144 */
TEST_F(lib, empty_list_is_no_memory)
{
	mach_port_name_array_t members = &self->port;
	mach_msg_type_number_t count = TEST_POISON;
	mach_port_t pset = pset_new();
	long pages = mapped_pages();

	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_get_set_status(mach_task_self(), pset, &members,
					   &count));
	EXPECT_EQ(0, count);
	EXPECT_EQ(NULL, members);
	EXPECT_EQ(pages, mapped_pages());
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  mach_port_get_set_status(mach_task_self(), self->port,
					   &members, &count));
}

/* P-82 */
TEST_F(lib, attributes_may_have_more_room)
{
	mach_port_info_ext_t info[2];
	mach_msg_type_number_t count = 2 * MACH_PORT_INFO_EXT_COUNT;

	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_get_attributes(mach_task_self(), self->port,
					   MACH_PORT_RECEIVE_STATUS,
					   (mach_port_info_t)info, &count));
	EXPECT_EQ(MACH_PORT_RECEIVE_STATUS_COUNT, count);
	EXPECT_EQ(MACH_PORT_QLIMIT_DEFAULT, info[0].mpie_status.mps_qlimit);
}

TEST_F(lib, negative_delta_reaches_the_kernel)
{
	mach_port_t name = port_new_send();

	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_mod_refs(mach_task_self(), name,
				     MACH_PORT_RIGHT_SEND, 4));
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_mod_refs(mach_task_self(), name,
				     MACH_PORT_RIGHT_SEND, -3));
	EXPECT_EQ(2, port_send_refs(name));
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_destruct(mach_task_self(), name, -2, 0));
	EXPECT_FALSE(port_exists(name));
}

static void *get_reply_port(void *port)
{
	*(mach_port_t *)port = mig_get_reply_port();
	return NULL;
}

TEST_F(lib, reply_port_is_kept_by_each_thread)
{
	mach_port_t mine = mig_get_reply_port();
	mach_port_t other = MACH_PORT_NULL;
	pthread_t thread;

	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(mine));
	EXPECT_EQ(mine, mig_get_reply_port());
	ASSERT_EQ(0, pthread_create(&thread, NULL, get_reply_port, &other));
	pthread_join(thread, NULL);
	EXPECT_NE(MACH_PORT_NULL, other);
	EXPECT_NE(mine, other);
	/* It ends with its thread. */
	EXPECT_FALSE(port_exists(other));

	mig_dealloc_reply_port(mine);
	EXPECT_FALSE(port_exists(mine));
	EXPECT_NE(mine, mig_get_reply_port());
}

/* M-165 */
TEST_F(lib, ndr_record_is_that_of_the_machine)
{
	static const unsigned char little[8] = { 0, 0, 0, 0, 1, 0, 0, 0 };

	EXPECT_EQ(8, sizeof(NDR_record));
	EXPECT_EQ(0, memcmp(little, &NDR_record, sizeof(little)));
	EXPECT_EQ(36, sizeof(mig_reply_error_t));
}

/* M-166 */
TEST_F(lib, mig_codes)
{
	EXPECT_EQ(-300, MIG_TYPE_ERROR);
	EXPECT_EQ(-301, MIG_REPLY_MISMATCH);
	EXPECT_EQ(-302, MIG_REMOTE_ERROR);
	EXPECT_EQ(-303, MIG_BAD_ID);
	EXPECT_EQ(-304, MIG_BAD_ARGUMENTS);
	EXPECT_EQ(-305, MIG_NO_REPLY);
	EXPECT_EQ(-306, MIG_EXCEPTION);
	EXPECT_EQ(-307, MIG_ARRAY_TOO_LARGE);
	EXPECT_EQ(-308, MIG_SERVER_DIED);
	EXPECT_EQ(-309, MIG_TRAILER_ERROR);
}

TEST_F(lib, strings_are_always_terminated)
{
	char text[8];

	memset(text, 'x', sizeof(text));
	EXPECT_EQ(5, mig_strncpy(text, "mach", sizeof(text)));
	EXPECT_STREQ("mach", text);
	EXPECT_EQ('x', text[5]);
	EXPECT_EQ(8, mig_strncpy(text, "longer than that", sizeof(text)));
	EXPECT_STREQ("longer ", text);
	EXPECT_EQ(3, mig_strncpy_zerofill(text, "ab", sizeof(text)));
	EXPECT_EQ(0, memcmp(text, "ab\0\0\0\0\0", sizeof(text)));
	EXPECT_EQ(0, mig_strncpy(text, "c", 0));
	EXPECT_STREQ("ab", text);
}

TEST_F(lib, reply_setup_answers_the_reply_right)
{
	mach_msg_header_t request = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND_ONCE,
					    MACH_MSG_TYPE_PORT_SEND),
		.msgh_remote_port = 0x103,
		.msgh_local_port = 0x203,
		.msgh_id = 400,
	};
	mig_reply_error_t reply;

	memset(&reply, 0xa5, sizeof(reply));
	mig_reply_setup(&request, &reply.Head);
	EXPECT_EQ(MACH_MSG_TYPE_MOVE_SEND_ONCE, reply.Head.msgh_bits);
	EXPECT_EQ(0x103, reply.Head.msgh_remote_port);
	EXPECT_EQ(MACH_PORT_NULL, reply.Head.msgh_local_port);
	EXPECT_EQ(36, reply.Head.msgh_size);
	EXPECT_EQ(500, reply.Head.msgh_id);
	EXPECT_EQ(MIG_BAD_ID, reply.RetCode);
}

/* M-29 */
TEST_F(lib, results_have_words)
{
	const char *unknown = mach_error_string(0x3fff);

	for (int code = KERN_SUCCESS; code <= KERN_DENIED; code++)
		EXPECT_STRNE(unknown, mach_error_string(code));
	for (int code = MIG_TYPE_ERROR; code >= MIG_TRAILER_ERROR; code--)
		EXPECT_STRNE(unknown, mach_error_string(code));
	EXPECT_STRNE(unknown, mach_error_string(MACH_SEND_INVALID_DEST));
	EXPECT_STRNE(unknown, mach_error_string(MACH_SEND_AUX_TOO_LARGE));
	EXPECT_STRNE(unknown, mach_error_string(MACH_RCV_INVALID_ARGUMENTS));
	EXPECT_STREQ(unknown, mach_error_string(MACH_SEND_AUX_TOO_LARGE + 1));
	EXPECT_STREQ(unknown, mach_error_string(-1));
	/* What is or-ed into a code does not change its name. */
	EXPECT_STREQ(mach_error_string(MACH_RCV_BODY_ERROR),
		     mach_error_string(MACH_RCV_BODY_ERROR |
				       MACH_MSG_IPC_SPACE));
	EXPECT_STREQ("(ipc/send)", mach_error_type(MACH_SEND_NO_BUFFER));
	EXPECT_STREQ("(ipc/rcv)", mach_error_type(MACH_RCV_TIMED_OUT));
	EXPECT_STREQ("(ipc/mig)", mach_error_type(MIG_BAD_ID));
	EXPECT_STREQ("(os/kern)", mach_error_type(KERN_INVALID_NAME));
}

TEST_F(lib, memory_comes_in_pages)
{
	vm_address_t address = 1;
	char *byte;

	ASSERT_EQ(KERN_SUCCESS,
		  vm_allocate(mach_task_self(), &address, 1, VM_FLAGS_ANYWHERE));
	EXPECT_EQ(0, address & vm_page_mask);
	byte = (char *)address;
	EXPECT_EQ(0, byte[vm_page_size - 1]);
	byte[vm_page_size - 1] = 1;
	EXPECT_EQ(KERN_NO_SPACE,
		  vm_allocate(mach_task_self(), &address, 1, VM_FLAGS_FIXED));
	EXPECT_EQ(1, byte[vm_page_size - 1]);
	EXPECT_EQ(KERN_SUCCESS,
		  vm_allocate(mach_task_self(), &address, 1,
			      VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE));
	EXPECT_EQ(0, byte[vm_page_size - 1]);
	EXPECT_EQ(KERN_SUCCESS,
		  vm_deallocate(mach_task_self(), address + 1, 1));
	EXPECT_FALSE(is_mapped(byte));
}

TEST_F(lib, memory_of_others_is_out_of_reach)
{
	vm_address_t address = 0;

	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  vm_allocate(MACH_PORT_NULL, &address, 1, VM_FLAGS_ANYWHERE));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  vm_allocate(self->port, &address, 1, VM_FLAGS_ANYWHERE));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, vm_deallocate(self->port, 0, 1));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  vm_deallocate(mach_task_self(), UINTPTR_MAX - 10, 100));
}

/* M-157 */
TEST_F(lib, destroy_leaves_the_space_as_before_the_receive)
{
	mach_port_t moved = port_new_send();
	mach_port_t other = port_new_send();
	mach_port_t reply = port_new();
	struct message msg;
	uint32_t names;

	message_init(&msg, self->port, MACH_MSG_TYPE_MAKE_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&msg, other, MACH_MSG_TYPE_COPY_SEND);
	message_add_port(&msg, other, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&msg, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	message_add_port(&msg, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	names = name_count();

	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &msg));
	ASSERT_EQ(2, port_send_refs(other));
	ASSERT_LT(names, name_count());
	mach_msg_destroy(&msg.head);
	EXPECT_EQ(names, name_count());
	EXPECT_EQ(1, port_send_refs(other));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(moved));
	/* Send-once rights do not go in silence. */
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(reply));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(other));
}

/* A message as it is received: two descriptors of out-of-line items. */
struct ool_message {
	mach_msg_base_t base;
	mach_msg_ool_descriptor_t memory;
	mach_msg_ool_ports_descriptor_t ports;
};

static void *map_page(void)
{
	vm_address_t address = 0;

	vm_allocate(mach_task_self(), &address, 1, VM_FLAGS_ANYWHERE);
	return (void *)address;
}

static void ool_message_init(struct ool_message *msg, mach_port_t right,
			     uint8_t copy, uint8_t memory_type)
{
	mach_port_t *names = map_page();

	names[0] = right;
	names[1] = MACH_PORT_DEAD;
	names[2] = right;
	*msg = (struct ool_message) {
		.base.header.msgh_bits = MACH_MSGH_BITS_COMPLEX,
		.base.body.msgh_descriptor_count = 2,
		.memory = {
			.address = map_page(),
			.size = 10,
			.deallocate = copy == MACH_MSG_VIRTUAL_COPY,
			.copy = copy,
			.type = memory_type,
		},
		.ports = {
			.address = names,
			.count = 3,
			.deallocate = 1,
			.copy = MACH_MSG_VIRTUAL_COPY,
			.disposition = MACH_MSG_TYPE_PORT_SEND,
			.type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
		},
	};
}

/* M-157 */
TEST_F(lib, destroy_frees_out_of_line_items)
{
	mach_port_t right = port_new_send();
	struct ool_message msg;

	ASSERT_EQ(KERN_SUCCESS, port_mod_refs(right, MACH_PORT_RIGHT_SEND, 2));
	ool_message_init(&msg, right, MACH_MSG_VIRTUAL_COPY,
			 MACH_MSG_OOL_DESCRIPTOR);
	mach_msg_destroy(&msg.base.header);
	EXPECT_FALSE(is_mapped(msg.memory.address));
	EXPECT_FALSE(is_mapped(msg.ports.address));
	EXPECT_EQ(1, port_send_refs(right));
}

/* M-158 */
TEST_F(lib, destroy_leaves_a_physical_copy)
{
	struct ool_message msg;

	ool_message_init(&msg, MACH_PORT_NULL, MACH_MSG_PHYSICAL_COPY,
			 MACH_MSG_OOL_DESCRIPTOR);
	mach_msg_destroy(&msg.base.header);
	EXPECT_TRUE(is_mapped(msg.memory.address));
	EXPECT_FALSE(is_mapped(msg.ports.address));
}

TEST_F(lib, destroy_leaves_volatile_memory)
{
	struct ool_message msg;

	ool_message_init(&msg, MACH_PORT_NULL, MACH_MSG_VIRTUAL_COPY,
			 MACH_MSG_OOL_VOLATILE_DESCRIPTOR);
	mach_msg_destroy(&msg.base.header);
	EXPECT_TRUE(is_mapped(msg.memory.address));
	EXPECT_FALSE(is_mapped(msg.ports.address));
}

/* M-158 */
TEST_F(lib, destroy_leaves_the_local_port)
{
	mach_port_t local = port_new_send();
	struct message msg;

	message_init(&msg, MACH_PORT_NULL, 0, local, MACH_MSG_TYPE_PORT_SEND);
	mach_msg_destroy(&msg.head);
	EXPECT_EQ(1, port_send_refs(local));
}

/* M-159 */
TEST_F(lib, destroy_makes_what_was_not_sent)
{
	struct message msg;

	message_init(&msg, MACH_PORT_NULL, 0, MACH_PORT_NULL, 0);
	message_add_port(&msg, self->port, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&msg, self->port, MACH_MSG_TYPE_MAKE_SEND);
	message_add_port(&msg, self->port, MACH_MSG_TYPE_COPY_SEND);
	mach_msg_destroy(&msg.head);
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->port));
	EXPECT_EQ(1, port_status(self->port).mps_mscount);
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->port));
	EXPECT_EQ(-1, msg_receive_id(self->port));
}

TEST_HARNESS_MAIN
