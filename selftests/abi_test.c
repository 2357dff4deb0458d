// SPDX-License-Identifier: GPL-2.0
/*
 * The contract of /dev/machipc that holds whatever the commands do: numbers,
 * layouts, sizes that grow, errnos, and whose descriptor it is.
 */
#include "abi_commands.h"

#define EXTRA	64	/* bytes of a structure from the future */

FIXTURE(abi) {
	struct argument arg;
};

FIXTURE_SETUP(abi)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
}

FIXTURE_TEARDOWN(abi)
{
}

TEST_F(abi, command_numbers_have_the_documented_values)
{
	for (const struct command *command = commands;
	     command < commands_end; command++) {
		EXPECT_EQ(_IO(0xE0, command->nr), command->cmd)
			TH_LOG("%s", command->name);
	}
}

#define EXPECT_LAYOUT(_type, _size, _last, _offset) \
	do { \
		EXPECT_EQ((_size), sizeof(struct _type)); \
		EXPECT_EQ((_offset), offsetof(struct _type, _last)); \
	} while (0)

TEST_F(abi, structures_have_the_layout_of_the_first_release)
{
	EXPECT_LAYOUT(machipc_query, 16, out_features, 8);
	EXPECT_LAYOUT(machipc_msg, 56, reserved, 52);
	EXPECT_LAYOUT(machipc_self, 16, out_name, 8);
	EXPECT_LAYOUT(machipc_reply_port, 8, out_name, 4);
	EXPECT_LAYOUT(machipc_port_op, 40, out_kr, 32);
	EXPECT_LAYOUT(machipc_port_allocate, 32, out_kr, 24);
	EXPECT_LAYOUT(machipc_port_construct, 32, out_kr, 28);
	EXPECT_LAYOUT(machipc_port_list, 40, out_kr, 36);
	EXPECT_LAYOUT(machipc_port_right, 32, out_kr, 28);
	EXPECT_LAYOUT(machipc_port_request_notification, 40, out_kr, 32);
	EXPECT_LAYOUT(machipc_port_attributes, 96, info, 28);
	EXPECT_LAYOUT(machipc_port_peek, 56, out_kr, 48);

	EXPECT_EQ(8, offsetof(struct machipc_msg, msg));
	EXPECT_EQ(16, offsetof(struct machipc_msg, rcv_msg));
	EXPECT_EQ(24, offsetof(struct machipc_msg, send_size));
	EXPECT_EQ(32, offsetof(struct machipc_msg, rcv_name));
	EXPECT_EQ(16, offsetof(struct machipc_port_op, value));
	EXPECT_EQ(24, offsetof(struct machipc_port_op, out));
	EXPECT_EQ(16, offsetof(struct machipc_port_list, names));
	EXPECT_EQ(32, offsetof(struct machipc_port_list, out_count));
}

TEST_F(abi, query_tells_the_version)
{
	struct machipc_query query = {
		.size = sizeof(query),
		.out_abi_version = TEST_POISON,
		.out_features = ~0ULL,
	};

	ASSERT_EQ(0, machipc_ioctl(MACHIPC_IOC_QUERY, &query));
	EXPECT_EQ(MACHIPC_ABI_VERSION, query.out_abi_version);
	EXPECT_EQ(0, query.out_features & ~(MACHIPC_FEATURE_OOL |
					    MACHIPC_FEATURE_SCATTER |
					    MACHIPC_FEATURE_POLL));
}

TEST_F(abi, unknown_command_is_enotty)
{
	struct argument arg = { .size = sizeof(arg) };

	for (unsigned int nr = 0; nr < 256; nr++) {
		if (!is_command(nr)) {
			EXPECT_EQ(-ENOTTY, machipc_ioctl(_IO(MACHIPC_IOC_TYPE,
							     nr), &arg))
				TH_LOG("%u", nr);
		}
		/* A known number under another type, direction or size. */
		EXPECT_EQ(-ENOTTY, machipc_ioctl(_IO(0xE1, nr), &arg));
		EXPECT_EQ(-ENOTTY, machipc_ioctl(_IOWR(MACHIPC_IOC_TYPE, nr,
						       int), &arg));
	}
}

TEST_F(abi, structure_too_short_is_einval)
{
	for (const struct command *command = commands;
	     command < commands_end; command++) {
		self->arg.size = command->size - 1;
		EXPECT_EQ(-EINVAL, command_run(command, &self->arg))
			TH_LOG("%s", command->name);
		self->arg.size = 4;
		EXPECT_EQ(-EINVAL, command_run(command, &self->arg))
			TH_LOG("%s of size 4", command->name);
		self->arg.size = 0;
		EXPECT_EQ(-EINVAL, command_run(command, &self->arg))
			TH_LOG("%s of size 0", command->name);
	}
}

TEST_F(abi, structure_of_exact_size_is_accepted)
{
	for (const struct command *command = commands;
	     command < commands_end; command++) {
		memset(&self->arg, 0, sizeof(self->arg));
		self->arg.size = command->size;
		EXPECT_EQ(0, command_run(command, &self->arg))
			TH_LOG("%s", command->name);
	}
}

TEST_F(abi, longer_structure_with_zeros_is_accepted)
{
	for (const struct command *command = commands;
	     command < commands_end; command++) {
		memset(&self->arg, 0, sizeof(self->arg));
		self->arg.size = command->size + EXTRA;
		EXPECT_EQ(0, command_run(command, &self->arg))
			TH_LOG("%s", command->name);
	}
}

TEST_F(abi, longer_structure_with_garbage_is_e2big)
{
	for (const struct command *command = commands;
	     command < commands_end; command++) {
		memset(&self->arg, 0, sizeof(self->arg));
		self->arg.size = command->size + EXTRA;
		self->arg.byte[command->size + EXTRA - 1] = 1;
		EXPECT_EQ(-E2BIG, command_run(command, &self->arg))
			TH_LOG("%s", command->name);
	}
}

TEST_F(abi, structure_longer_than_a_page_is_e2big)
{
	uint32_t *size = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, size);
	*size = 4096;
	EXPECT_EQ(0, machipc_ioctl(MACHIPC_IOC_QUERY, size));
	*size = 4097;
	EXPECT_EQ(-E2BIG, machipc_ioctl(MACHIPC_IOC_QUERY, size));
	*size = UINT32_MAX;
	EXPECT_EQ(-E2BIG, machipc_ioctl(MACHIPC_IOC_QUERY, size));
	munmap(size, 2 * 4096);
}

TEST_F(abi, only_the_known_bytes_of_a_longer_structure_are_written)
{
	struct argument arg = { .size = sizeof(struct machipc_query) + EXTRA };

	ASSERT_EQ(0, machipc_ioctl(MACHIPC_IOC_QUERY, &arg));
	for (size_t i = sizeof(struct machipc_query); i < sizeof(arg); i++)
		ASSERT_EQ(0, arg.byte[i]);
	EXPECT_EQ(sizeof(struct machipc_query) + EXTRA, arg.size);
}

TEST_F(abi, reserved_word_that_is_not_zero_is_einval)
{
	for (const struct command *command = commands;
	     command < commands_end; command++) {
		for (int i = 0; i < 4 && command->reserved[i]; i++) {
			memset(&self->arg, 0, sizeof(self->arg));
			self->arg.size = command->size;
			self->arg.byte[command->reserved[i]] = 1;
			EXPECT_EQ(-EINVAL, command_run(command, &self->arg))
				TH_LOG("%s, offset %zu", command->name,
				       command->reserved[i]);
		}
	}
}

TEST_F(abi, unknown_allocate_flag_is_einval)
{
	struct machipc_port_allocate arg = {
		.size = sizeof(arg),
		.task = self_task(),
		.right = MACH_PORT_RIGHT_RECEIVE,
		.flags = 2,
	};
	uint32_t names = name_count();

	EXPECT_EQ(-EINVAL, machipc_ioctl(MACHIPC_IOC_PORT_ALLOCATE, &arg));
	EXPECT_EQ(names, name_count());
}

TEST_F(abi, unknown_self_is_einval)
{
	struct machipc_self arg = { .size = sizeof(arg), .which = 3 };

	EXPECT_EQ(-EINVAL, machipc_ioctl(MACHIPC_IOC_SELF, &arg));
}

TEST_F(abi, structure_at_bad_address_is_efault)
{
	void *bad[] = {
		mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
		NULL,
		/* Ends of memory, of no half of it, of the kernel's. */
		(void *)0x00007ffffffff000, (void *)0x0000800000000000,
		(void *)0x8000000000000000, (void *)0xffff888000000000,
		(void *)0xffffffff81000000, (void *)-8,
	};

	ASSERT_NE(MAP_FAILED, bad[0]);
	for (const struct command *command = commands;
	     command < commands_end; command++) {
		for (int i = 0; i < ARRAY_SIZE(bad); i++) {
			EXPECT_EQ(-EFAULT, machipc_ioctl(command->cmd, bad[i]))
				TH_LOG("%s at %p", command->name, bad[i]);
		}
	}
}

TEST_F(abi, structure_may_be_at_any_address)
{
	char memory[4096 + 8];

	for (const struct command *command = commands;
	     command < commands_end; command++) {
		struct argument plain = { .size = command->size };
		int ret = command_run(command, &plain);

		for (int offset = 1; offset < 8; offset++) {
			struct argument arg = { .size = command->size };

			memcpy(memory + offset, &arg, sizeof(arg));
			EXPECT_EQ(ret, machipc_ioctl(command->cmd,
						     memory + offset))
				TH_LOG("%s at %d", command->name, offset);
		}
	}
}

TEST_F(abi, structure_cut_by_the_end_of_memory_is_efault)
{
	char *edge = memory_edge();

	ASSERT_NE(NULL, edge);
	for (const struct command *command = commands;
	     command < commands_end; command++) {
		uint32_t *arg = (uint32_t *)(edge - command->size + 4);

		memset(arg, 0, command->size - 4);
		*arg = command->size;
		EXPECT_EQ(-EFAULT, machipc_ioctl(command->cmd, arg))
			TH_LOG("%s", command->name);
	}
}

/* Runs the command on a copy of @arg that can be read and not written. */
static int run_read_only(unsigned long cmd, const void *arg, size_t size)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return -errno;
	memcpy(page, arg, size);
	if (mprotect(page, 4096, PROT_READ))
		return -errno;
	return machipc_ioctl(cmd, page);
}

TEST_F(abi, right_that_cannot_be_reported_is_released)
{
	struct machipc_port_allocate allocate = {
		.size = sizeof(allocate),
		.task = self_task(),
		.right = MACH_PORT_RIGHT_RECEIVE,
	};
	struct machipc_port_construct construct = {
		.size = sizeof(construct),
		.task = self_task(),
	};
	struct machipc_reply_port reply = { .size = sizeof(reply) };
	struct machipc_self task = { .size = sizeof(task) };
	struct machipc_port_right extract = {
		.size = sizeof(extract),
		.task = self_task(),
		.name = port_new(),
		.disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE,
	};
	uint32_t refs = port_send_refs(self_task());
	uint32_t names = name_count();

	EXPECT_EQ(-EFAULT,
		  run_read_only(MACHIPC_IOC_PORT_ALLOCATE,
				&allocate, sizeof(allocate)));
	EXPECT_EQ(-EFAULT,
		  run_read_only(MACHIPC_IOC_PORT_CONSTRUCT,
				&construct, sizeof(construct)));
	EXPECT_EQ(-EFAULT,
		  run_read_only(MACHIPC_IOC_REPLY_PORT,
				&reply, sizeof(reply)));
	EXPECT_EQ(-EFAULT,
		  run_read_only(MACHIPC_IOC_SELF,
				&task, sizeof(task)));
	EXPECT_EQ(-EFAULT,
		  run_read_only(MACHIPC_IOC_PORT_EXTRACT_RIGHT,
				&extract, sizeof(extract)));
	EXPECT_EQ(names, name_count());
	EXPECT_EQ(refs, port_send_refs(self_task()));
}

TEST_F(abi, descriptor_that_cannot_be_reported_is_not_made)
{
	struct machipc_port_op watch = {
		.size = sizeof(watch),
		.task = self_task(),
		.name = port_new(),
		.arg = MACH_PORT_RIGHT_RECEIVE,
	};
	int next = dup(machipc_fd);

	ASSERT_EQ(0, close(next));
	EXPECT_EQ(-EFAULT,
		  run_read_only(MACHIPC_IOC_PORT_WATCH,
				&watch, sizeof(watch)));
	EXPECT_EQ(0, object_excess("watches"));
	/* The lowest free one is free again. */
	EXPECT_EQ(next, dup(machipc_fd));
}

/* The name that was asked for is not the one of the dead name. */
TEST_F(abi, dead_name_that_cannot_be_reported_is_released)
{
	struct machipc_port_allocate allocate = {
		.size = sizeof(allocate),
		.task = self_task(),
		.right = MACH_PORT_RIGHT_DEAD_NAME,
		.flags = MACHIPC_ALLOCATE_NAME,
		.name = port_new(),
	};
	uint32_t names = name_count();

	EXPECT_EQ(-EFAULT,
		  run_read_only(MACHIPC_IOC_PORT_ALLOCATE,
				&allocate, sizeof(allocate)));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(allocate.name));
	EXPECT_EQ(names, name_count());
}

TEST_F(abi, result_of_mach_msg_that_cannot_be_written_is_efault)
{
	mach_port_name_t port = port_new();
	struct message msg;
	struct machipc_msg arg = {
		.size = sizeof(arg),
		.option = MACH_SEND_MSG,
		.msg = (uintptr_t)&msg,
		.send_size = sizeof(msg.head),
	};

	message_init(&msg, port, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0);
	msg.head.msgh_id = 7;
	EXPECT_EQ(-EFAULT,
		  run_read_only(MACHIPC_IOC_MSG,
				&arg, sizeof(arg)));
	/* The message was sent all the same. */
	EXPECT_EQ(7, msg_receive_id(port));
}

TEST_F(abi, names_are_not_written_beyond_their_capacity)
{
	mach_port_name_t names[4] = { TEST_POISON, TEST_POISON };
	mach_port_type_t types[4] = { TEST_POISON, TEST_POISON };
	uint32_t count = 1;

	ASSERT_NE(MACH_PORT_NULL, self_task());
	ASSERT_NE(MACH_PORT_NULL, port_new());
	ASSERT_EQ(KERN_SUCCESS, port_names(names, types, &count));
	EXPECT_EQ(2, count);
	EXPECT_EQ(TEST_POISON, names[0]);
	EXPECT_EQ(TEST_POISON, types[0]);

	ASSERT_EQ(KERN_SUCCESS, port_names(names, types, &count));
	EXPECT_EQ(2, count);
	EXPECT_LT(names[0], names[1]);
	EXPECT_EQ(0, names[2]);
}

TEST_F(abi, names_at_bad_address_is_efault)
{
	uint32_t count = 4;

	ASSERT_NE(MACH_PORT_NULL, self_task());
	EXPECT_EQ(CALL_ERROR(EFAULT), port_names(NULL, NULL, &count));
}

/* Expects ESTALE of each command on a descriptor that is not one's own. */
static void expect_stale(struct __test_metadata *_metadata)
{
	for (const struct command *command = commands;
	     command < commands_end; command++) {
		struct argument arg = { .size = command->size };
		int ret = command->cmd == MACHIPC_IOC_QUERY ? 0 : -ESTALE;

		EXPECT_EQ(ret, command_run(command, &arg))
			TH_LOG("%s", command->name);
	}
}

static void use_inherited(struct __test_metadata *_metadata, void *data)
{
	machipc_fd = *(int *)data;
	expect_stale(_metadata);
}

/* S-126 */
TEST_F(abi, descriptor_inherited_over_fork_is_stale)
{
	mach_port_name_t port = port_new_send();
	int fd = machipc_fd;

	EXPECT_TRUE(child_wait(child_start(_metadata, use_inherited, &fd)));
	/* The child's use and exit left the space of the parent alone. */
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(port));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1));
}

static void reopen(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t *parents = data;
	mach_port_name_t bootstrap = MACH_PORT_NULL;

	ASSERT_EQ(0, space_open());
	EXPECT_EQ(1, name_count());
	EXPECT_FALSE(port_exists(*parents));
	ASSERT_EQ(KERN_SUCCESS, task_get_special(TASK_BOOTSTRAP_PORT,
						 &bootstrap));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(bootstrap, MACH_MSG_TYPE_COPY_SEND, 42));
}

/* S-126 */
TEST_F(abi, forked_child_that_reopens_has_an_empty_space_and_the_bootstrap)
{
	mach_port_name_t port = port_new_send();

	ASSERT_EQ(KERN_SUCCESS, task_set_special(TASK_BOOTSTRAP_PORT, port,
						 MACH_MSG_TYPE_COPY_SEND));
	/* The child must not find the name that it asks for. */
	for (int i = 0; i < 8; i++)
		port = port_new();
	EXPECT_TRUE(child_wait(child_start(_metadata, reopen, &port)));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(port));
}

/* Takes its parent's bootstrap port, and gives its own door away. */
static void give_away(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect();

	ASSERT_NE(MACH_PORT_NULL, parent);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(parent, MACH_MSG_TYPE_COPY_SEND, port_new(),
				 MACH_MSG_TYPE_MAKE_SEND));
	ASSERT_EQ(0, send_descriptor(*(int *)data, machipc_fd));
	pause();
}

/* S-128 */
TEST_F(abi, descriptor_passed_over_a_socket_is_stale)
{
	mach_port_name_t port = port_new(), other;
	struct message msg;
	int own = machipc_fd;
	int sock[2];
	pid_t pid;

	ASSERT_TRUE(parent_publish(port));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	pid = child_start(_metadata, give_away, &sock[1]);
	machipc_fd = receive_descriptor(sock[0]);
	ASSERT_LE(0, machipc_fd);
	expect_stale(_metadata);
	machipc_fd = own;

	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(port, &msg));
	other = msg.port[0].name;
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(other));
	/* The space ends with its owner, not with the last descriptor. */
	ASSERT_TRUE(child_kill(pid));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(other));
}

/* S-128 */
TEST_F(abi, descriptor_of_a_dead_owner_stays_stale)
{
	int sock[2];
	pid_t pid;

	ASSERT_TRUE(parent_publish(port_new()));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	pid = child_start(_metadata, give_away, &sock[1]);
	machipc_fd = receive_descriptor(sock[0]);
	ASSERT_LE(0, machipc_fd);
	ASSERT_TRUE(child_kill(pid));
	expect_stale(_metadata);
}

/* P-205 */
TEST_F(abi, second_door_leads_to_the_same_space)
{
	mach_port_name_t port = port_new();
	int first = machipc_fd;

	ASSERT_EQ(0, space_open());
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(port));
	ASSERT_EQ(0, close(first));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(port));
}

TEST_F(abi, space_ends_with_its_last_door)
{
	long spaces = object_excess("spaces");
	mach_port_name_t port = port_new();

	ASSERT_EQ(1, spaces);
	ASSERT_EQ(0, space_close());
	EXPECT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	EXPECT_EQ(1, name_count());
	EXPECT_FALSE(port_exists(port));
}

TEST_F(abi, names_of_another_task_are_not_for_the_taking)
{
	mach_port_name_t port = port_new_send(), name = TEST_POISON;

	/* Neither nothing, nor the unknown, nor an ordinary port is a task. */
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  port_allocate_as(MACH_PORT_NULL, MACH_PORT_RIGHT_RECEIVE,
				   &name));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  port_allocate_as(MACH_PORT_DEAD, MACH_PORT_RIGHT_RECEIVE,
				   &name));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  port_allocate_as(stale_name(), MACH_PORT_RIGHT_RECEIVE,
				   &name));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  port_allocate_as(port, MACH_PORT_RIGHT_RECEIVE, &name));
	EXPECT_EQ(TEST_POISON, name);
}

TEST_HARNESS_MAIN
