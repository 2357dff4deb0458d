// SPDX-License-Identifier: GPL-2.0
/*
 * The whole space of calls to the device: every number, size and alignment,
 * addresses of every kind and descriptors that are none. What is wrong gets
 * the errno that uapi/linux/machipc.h documents, and changes nothing.
 */
#include "abi_commands.h"

#include <sys/eventfd.h>

#define PAGE		4096
#define NAMES_MAX	16

/* What there is in a space: its names, and the queue of one port. */
struct picture {
	uint32_t count;
	mach_port_name_t names[NAMES_MAX];
	mach_port_type_t types[NAMES_MAX];
	uint64_t sends;
	mach_port_status_t status;
};

FIXTURE(sweep) {
	mach_port_name_t port;		/* R, S(1), with a message */
	struct picture before;
	char *page;			/* with one behind it that cannot be used */
};

static struct picture take_picture(mach_port_name_t port)
{
	struct picture picture = { .count = NAMES_MAX };

	port_names(picture.names, picture.types, &picture.count);
	picture.sends = port_send_refs(port);
	picture.status = port_status(port);
	return picture;
}

FIXTURE_SETUP(sweep)
{
	char *edge = memory_edge();

	ASSERT_TRUE(objects_settled());
	ASSERT_NE(NULL, edge);
	self->page = edge - PAGE;
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(self->port, MACH_MSG_TYPE_COPY_SEND, 1));
	ASSERT_NE(MACH_PORT_NULL, self_task());
	self->before = take_picture(self->port);
	ASSERT_EQ(2, self->before.count);
	ASSERT_EQ(1, self->before.status.mps_msgcount);
}

FIXTURE_TEARDOWN(sweep)
{
	struct picture after = take_picture(self->port);

	EXPECT_EQ(0, memcmp(&self->before, &after, sizeof(after)));
}

/* A structure that is right but for its command: the own task and a name. */
static void fill(char *page, uint32_t size, mach_port_name_t name)
{
	uint32_t words[3] = { size, self_task(), name };

	memset(page, 0, PAGE);
	memcpy(page, words, sizeof(words));
}

/* Two commands give something without being told what. It is given back. */
static int run_and_undo(const struct command *command, void *at)
{
	struct machipc_reply_port reply;
	struct machipc_self task;
	int ret = machipc_ioctl(command->cmd, at);

	memcpy(&reply, at, sizeof(reply));
	memcpy(&task, at, sizeof(task));
	if (!ret && command->cmd == MACHIPC_IOC_REPLY_PORT)
		port_destroy(reply.out_name);
	if (!ret && command->cmd == MACHIPC_IOC_SELF)
		port_deallocate(task.out_name);
	return ret;
}

TEST_F(sweep, every_other_number_is_enotty)
{
	for (unsigned int nr = 0; nr < 256; nr++) {
		unsigned int cmd = _IO(MACHIPC_IOC_TYPE, nr);

		if (is_command(nr))
			continue;
		fill(self->page, 64, self->port);
		EXPECT_EQ(-ENOTTY, machipc_ioctl(cmd, self->page))
			TH_LOG("number %u", nr);
		EXPECT_EQ(-ENOTTY, machipc_ioctl(cmd, NULL))
			TH_LOG("number %u at NULL", nr);
	}
}

/* The same numbers as those of commands, in each direction and size. */
TEST_F(sweep, every_other_direction_and_size_is_enotty)
{
	static const unsigned int sizes[] = { 0, 1, 4, 8, 40, 56, 4096, 16383 };

	for (unsigned int nr = 0; nr < 256; nr++)
		for (int i = 0; i < 4 * ARRAY_SIZE(sizes); i++) {
			unsigned int direction = i % 4;
			unsigned int size = sizes[i / 4];

			if (!direction && !size)
				continue;
			fill(self->page, 64, self->port);
			ASSERT_EQ(-ENOTTY,
				  machipc_ioctl(_IOC(direction,
						     MACHIPC_IOC_TYPE, nr,
						     size), self->page))
				TH_LOG("number %u, direction %u, size %u", nr,
				       direction, size);
		}
}

TEST_F(sweep, every_other_type_is_enotty)
{
	for (unsigned int type = 0x80; type < 256; type++)
		for (unsigned int nr = 0; nr < 256; nr++) {
			if (type == MACHIPC_IOC_TYPE)
				continue;
			fill(self->page, 64, self->port);
			ASSERT_EQ(-ENOTTY,
				  machipc_ioctl(_IO(type, nr), self->page))
				TH_LOG("type %u, number %u", type, nr);
		}
}

/* Zeros behind what is known are fine up to a page in all. */
TEST_F(sweep, every_size_is_too_small_or_accepted_or_too_large)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, pages);
	for (const struct command *command = commands;
	     command < commands_end; command++)
		for (uint32_t size = 0; size < PAGE + 8; size++) {
			int expected = 0;

			if (size < command->size)
				expected = -EINVAL;
			else if (size > PAGE)
				expected = -E2BIG;
			memset(pages, 0, command->size);
			memcpy(pages, &size, sizeof(size));
			ASSERT_EQ(expected, run_and_undo(command, pages))
				TH_LOG("%s, size %u", command->name, size);
		}
	munmap(pages, 2 * PAGE);
}

TEST_F(sweep, every_huge_size_is_too_large)
{
	for (const struct command *command = commands;
	     command < commands_end; command++)
		for (int bit = 13; bit < 32; bit++) {
			fill(self->page, 1U << bit, self->port);
			EXPECT_EQ(-E2BIG,
				  machipc_ioctl(command->cmd, self->page))
				TH_LOG("%s, size %u", command->name, 1U << bit);
			fill(self->page, -(1U << (31 - bit)), self->port);
			EXPECT_EQ(-E2BIG,
				  machipc_ioctl(command->cmd, self->page))
				TH_LOG("%s, size -%u", command->name,
				       1U << (31 - bit));
		}
}

/* One bit behind what is known. */
TEST_F(sweep, every_unknown_byte_has_to_be_zero)
{
	for (const struct command *command = commands;
	     command < commands_end; command++)
		for (uint32_t at = command->size; at < command->size + 80;
		     at++) {
			uint32_t size = command->size + 80;

			memset(self->page, 0, PAGE);
			memcpy(self->page, &size, sizeof(size));
			self->page[at] = 0x80;
			ASSERT_EQ(-E2BIG,
				  machipc_ioctl(command->cmd, self->page))
				TH_LOG("%s, byte %u", command->name, at);
		}
}

/* However little of the structure lies behind the end of memory. */
TEST_F(sweep, every_cut_structure_is_efault)
{
	for (const struct command *command = commands;
	     command < commands_end; command++)
		for (uint32_t cut = 1; cut < command->size; cut++) {
			char *at = self->page + PAGE - command->size + cut;
			uint32_t size = command->size;

			memset(self->page, 0, PAGE);
			memcpy(at, &size, size - cut < sizeof(size) ?
			       size - cut : sizeof(size));
			EXPECT_EQ(-EFAULT, machipc_ioctl(command->cmd, at))
				TH_LOG("%s, %u bytes cut", command->name, cut);
		}
}

/* Of the kernel, of nobody, and around the ends of both halves. */
TEST_F(sweep, every_address_that_is_no_memory_of_ours_is_efault)
{
	static const uint64_t bases[] = {
		0, 0x00007ffffffff000, 0x0000800000000000, 0x00ffffffffffffff,
		0x0100000000000000, 0x8000000000000000, 0xffff7fffffffffff,
		0xffff800000000000, 0xffff888000000000, 0xffffc90000000000,
		0xffffea0000000000, 0xffffffff81000000, 0xffffffffa0000000,
		0xffffffffff600000, 0xfffffffffffff000,
	};

	for (const struct command *command = commands;
	     command < commands_end; command++)
		for (int i = 0; i < ARRAY_SIZE(bases); i++)
			for (uint64_t byte = 0; byte < 8; byte++) {
				void *at = (void *)(bases[i] + byte);

				EXPECT_EQ(-EFAULT,
					  machipc_ioctl(command->cmd, at))
					TH_LOG("%s at %p", command->name, at);
			}
	for (const struct command *command = commands;
	     command < commands_end; command++)
		for (uintptr_t back = 1; back <= command->size; back++) {
			void *at = (void *)-back;

			EXPECT_EQ(-EFAULT, machipc_ioctl(command->cmd, at))
				TH_LOG("%s at %p", command->name, at);
		}
}

/*
 * A command that had done its work would have: each gives nothing and takes
 * nothing here, as no task is named.
 */
TEST_F(sweep, every_structure_that_cannot_be_written_is_efault)
{
	for (const struct command *command = commands;
	     command < commands_end; command++) {
		uint32_t size = command->size;

		memset(self->page, 0, PAGE);
		memcpy(self->page, &size, sizeof(size));
		ASSERT_EQ(0, mprotect(self->page, PAGE, PROT_READ));
		EXPECT_EQ(-EFAULT, machipc_ioctl(command->cmd, self->page))
			TH_LOG("%s, read-only", command->name);
		ASSERT_EQ(0, mprotect(self->page, PAGE, PROT_NONE));
		EXPECT_EQ(-EFAULT, machipc_ioctl(command->cmd, self->page))
			TH_LOG("%s, no access", command->name);
		ASSERT_EQ(0, mprotect(self->page, PAGE,
				      PROT_READ | PROT_WRITE));
	}
}

/* Expects one errno of each command on a descriptor. */
static void expect_errno(struct __test_metadata *_metadata, char *page, int fd,
			 int err)
{
	int own = machipc_fd;

	for (const struct command *command = commands;
	     command < commands_end; command++) {
		int ret;

		fill(page, command->size, MACH_PORT_NULL);
		machipc_fd = fd;
		ret = machipc_ioctl(command->cmd, page);
		machipc_fd = own;
		EXPECT_EQ(-err, ret)
			TH_LOG("%s", command->name);
	}
}

TEST_F(sweep, descriptor_that_is_closed_is_ebadf)
{
	int fd = dup(machipc_fd);

	ASSERT_EQ(0, close(fd));
	expect_errno(_metadata, self->page, fd, EBADF);
	expect_errno(_metadata, self->page, -1, EBADF);
}

/* It names the device and is no door to it. */
TEST_F(sweep, descriptor_of_the_path_is_ebadf)
{
	int fd = open(MACHIPC_DEVICE, O_PATH | O_CLOEXEC);

	ASSERT_LE(0, fd);
	expect_errno(_metadata, self->page, fd, EBADF);
	close(fd);
}

TEST_F(sweep, descriptor_of_another_device_is_enotty)
{
	int fds[] = {
		open("/dev/null", O_RDWR | O_CLOEXEC),
		eventfd(0, EFD_CLOEXEC),
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
	};

	for (int i = 0; i < ARRAY_SIZE(fds); i++) {
		ASSERT_LE(0, fds[i]);
		expect_errno(_metadata, self->page, fds[i], ENOTTY);
		close(fds[i]);
	}
}

TEST_F(sweep, port_descriptor_has_no_commands)
{
	struct machipc_port_op watch = {
		.size = sizeof(watch),
		.task = self_task(),
		.name = self->port,
		.arg = MACH_PORT_RIGHT_RECEIVE,
	};

	ASSERT_EQ(0, machipc_ioctl(MACHIPC_IOC_PORT_WATCH, &watch));
	ASSERT_EQ(KERN_SUCCESS, watch.out_kr);
	expect_errno(_metadata, self->page, watch.out, ENOTTY);
	close(watch.out);
}

/* Whatever it may be read or written for: neither is done by a command. */
TEST_F(sweep, door_of_any_mode_does)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };
	int own = machipc_fd;

	for (int i = 0; i < ARRAY_SIZE(modes); i++) {
		struct machipc_self arg = { .size = sizeof(arg) };
		int fd = open(MACHIPC_DEVICE, modes[i] | O_CLOEXEC);

		ASSERT_LE(0, fd);
		machipc_fd = fd;
		EXPECT_EQ(0, machipc_ioctl(MACHIPC_IOC_SELF, &arg));
		EXPECT_EQ(self_task(), arg.out_name);
		machipc_fd = own;
		close(fd);
	}
}

/* A closed door is no longer one, while a call by it goes on. */
struct closer {
	pthread_t thread;
	int fd;
	bool stop;
};

static void *close_again_and_again(void *data)
{
	struct closer *closer = data;

	while (!__atomic_load_n(&closer->stop, __ATOMIC_RELAXED)) {
		dup3(machipc_fd, closer->fd, O_CLOEXEC);
		close(closer->fd);
	}
	return NULL;
}

TEST_F(sweep, door_that_is_closed_during_calls_is_ebadf_or_does)
{
	struct closer closer = { .fd = 100 };
	uint64_t end = now_ms() + 500;
	int good = 0;

	ASSERT_EQ(0, pthread_create(&closer.thread, NULL,
				    close_again_and_again, &closer));
	while (now_ms() < end || !good) {
		struct machipc_query query = { .size = sizeof(query) };
		int ret = ioctl(closer.fd, MACHIPC_IOC_QUERY, &query) ?
			  -errno : 0;

		ASSERT_TRUE(!ret || ret == -EBADF);
		good += !ret;
	}
	__atomic_store_n(&closer.stop, true, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(closer.thread, NULL));
}

TEST_HARNESS_MAIN
