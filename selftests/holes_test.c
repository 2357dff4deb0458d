// SPDX-License-Identifier: GPL-2.0
/*
 * Holes that other implementations of Mach have had, and that are the subject
 * of no other program: process numbers that come again, notifications that a
 * user makes, addresses of the kernel in what anybody can read. README lists
 * all of them.
 */
#include "ool_utils.h"
#include "poll_utils.h"

#include <dirent.h>

#define COPY_SEND	MACH_MSG_TYPE_COPY_SEND
#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND
#define MAKE_SEND_ONCE	MACH_MSG_TYPE_MAKE_SEND_ONCE

#define AUDIT_TRAILER	MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT)

FIXTURE(holes) {
	mach_port_name_t queue;		/* the children's way to the parent */
	struct message msg;
};

FIXTURE_SETUP(holes)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->queue = port_new();
	ASSERT_TRUE(parent_publish(self->queue));
}

FIXTURE_TEARDOWN(holes)
{
}

/* ---- a process number that comes again */

/* As child_start(), with a process number that is free. */
static pid_t child_start_as(struct __test_metadata *_metadata, pid_t number,
			    child_role *role)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&number,
		.set_tid_size = 1,
	};

	return child_clone(_metadata, &args, role, NULL);
}

/* Hands out its task port, and leaves a bootstrap port of its own. */
static void leave_traces(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect();

	ASSERT_NE(MACH_PORT_NULL, parent);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_right(parent, COPY_SEND,
						   self_task(), COPY_SEND));
	ASSERT_EQ(KERN_SUCCESS, task_set_special(TASK_BOOTSTRAP_PORT,
						 port_new(), MAKE_SEND));
}

/* Has nothing of the one before: finds the parent as any process does. */
static void come_again(struct __test_metadata *_metadata, void *data)
{
	leave_traces(_metadata, data);
	pause();
}

/* Takes the message of a child; its audit token. */
static bool take_hello(mach_port_name_t queue, struct message *msg,
		       uint32_t token[8])
{
	mach_msg_audit_trailer_t *trailer;

	if (msg_receive_option(queue, msg, MACH_RCV_TIMEOUT | AUDIT_TRAILER,
			       TEST_PATIENCE) || msg->count != 1)
		return false;
	trailer = message_trailer(msg);
	memcpy(token, &trailer->msgh_audit, 8 * sizeof(*token));
	return true;
}

/* M-139, S-9, S-125 */
TEST_F(holes, process_number_that_comes_again_is_another_process)
{
	mach_port_name_t first, second;
	uint32_t before[8], after[8];
	pid_t pid = child_start(_metadata, leave_traces, NULL);

	ASSERT_TRUE(child_wait(pid));
	ASSERT_TRUE(take_hello(self->queue, &self->msg, before));
	first = self->msg.port[0].name;
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(first));

	ASSERT_EQ(pid, child_start_as(_metadata, pid, come_again));
	ASSERT_TRUE(take_hello(self->queue, &self->msg, after));
	second = self->msg.port[0].name;
	EXPECT_NE(first, second);
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(first));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(second));
	EXPECT_EQ(pid, before[5]);
	EXPECT_EQ(pid, after[5]);
	EXPECT_NE(before[7], after[7]);
	EXPECT_TRUE(child_kill(pid));
}

/* ---- notifications that no kernel has made */

/*
 * As root of group 1 the sender has the kernel's security token, but never its
 * audit token.
 */
/* M-144 */
TEST_F(holes, notification_of_a_user_has_the_tokens_of_the_user)
{
	struct message *msg = &self->msg;
	mach_msg_audit_trailer_t *trailer;

	ASSERT_EQ(0, setresgid(-1, 1, -1));
	message_init(msg, self->queue, MAKE_SEND_ONCE, MACH_PORT_NULL, 0);
	msg->head.msgh_id = MACH_NOTIFY_DEAD_NAME;
	msg->head.msgh_size += 3 * sizeof(msg->word[0]);
	msg->word[2] = self->queue;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(msg));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_receive_option(self->queue, msg,
				     MACH_RCV_TIMEOUT | AUDIT_TRAILER, 0));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, msg->head.msgh_id);
	trailer = message_trailer(msg);
	EXPECT_EQ(0, trailer->msgh_sender.val[0]);
	EXPECT_EQ(1, trailer->msgh_sender.val[1]);
	EXPECT_EQ(getpid(), trailer->msgh_audit.val[5]);
	EXPECT_NE(0, trailer->msgh_audit.val[7]);
}

/* S-71 */
TEST_F(holes, notification_to_the_kernel_is_an_unknown_request)
{
	mach_port_name_t ports[] = {
		self_port(MACHIPC_SELF_HOST), self_task(),
		self_port(MACHIPC_SELF_THREAD),
	};
	struct message *msg = &self->msg;
	uint64_t type = 0;

	for (int i = 0; i < ARRAY_SIZE(ports); i++) {
		for (int id = 64; id <= 72; id++) {
			message_init(msg, ports[i], COPY_SEND, self->queue,
				     MAKE_SEND_ONCE);
			msg->head.msgh_id = id;
			msg->head.msgh_size += 3 * sizeof(msg->word[0]);
			msg->word[2] = ports[i];
			ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(msg));
			ASSERT_EQ(MACH_MSG_SUCCESS,
				  msg_receive(self->queue, msg));
			EXPECT_EQ(id + 100, msg->head.msgh_id);
			EXPECT_EQ(-303, (int)msg->word[2]);
		}
		EXPECT_EQ(KERN_SUCCESS, port_get_type(ports[i], &type));
		EXPECT_EQ(MACH_PORT_TYPE_SEND, type);
	}
}

/* ---- addresses of the kernel */

/* Whether the text has a number of the upper half, with or without 0x. */
static bool has_kernel_address(const char *text)
{
	const char *digits = "0123456789abcdefABCDEF";

	for (; *text; text++) {
		size_t length = strspn(text, digits);

		if (length >= 16 && !strncasecmp(text + length - 16, "ffff", 4))
			return true;
		/* In decimal, from 2^63 on. */
		if (strspn(text, "0123456789") >= 19 &&
		    strtoull(text, NULL, 10) > INT64_MAX)
			return true;
		if (length)
			text += length - 1;
	}
	return false;
}

/* Whether a line of the file that contains @word has one; -1 without a line. */
static int file_tells(const char *path, const char *word)
{
	FILE *file = fopen(path, "r");
	char line[4096];
	int tells = -1;

	while (file && tells < 1 && fgets(line, sizeof(line), file))
		if (strstr(line, word))
			tells = has_kernel_address(line);
	if (file)
		fclose(file);
	return tells;
}

static bool link_tells(int fd)
{
	char path[64], target[256] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, target, sizeof(target) - 1) < 1 ||
	       has_kernel_address(target);
}

/* Files of which nobody may read an address; returns how many it has read. */
static int read_directory(struct __test_metadata *_metadata, const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[512];
	int count = 0;

	while (directory && (entry = readdir(directory))) {
		if (entry->d_type != DT_REG)
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		EXPECT_EQ(0, file_tells(name, ""))
			TH_LOG("%s", name);
		count++;
	}
	if (directory)
		closedir(directory);
	return count;
}

/* M-169 */
TEST_F(holes, no_file_holds_a_kernel_address)
{
	char *memory = pattern_new(PAGE, 1);
	char path[64];
	int fd;

	EXPECT_LT(0, read_directory(_metadata, MACHIPC_OBJECTS));
	EXPECT_LT(0, read_directory(_metadata,
				    "/sys/module/machipc/parameters"));
	fd = watch_receive(self->queue);
	ASSERT_LE(0, fd);
	EXPECT_FALSE(link_tells(fd));
	EXPECT_FALSE(link_tells(machipc_fd));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	EXPECT_EQ(0, file_tells(path, ""));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", machipc_fd);
	EXPECT_EQ(0, file_tells(path, ""));

	ASSERT_EQ(KERN_SUCCESS, port_insert_right(self->queue, self->queue,
						  MAKE_SEND));
	ASSERT_EQ(MACH_MSG_SUCCESS, ool_send(self->queue, memory, PAGE,
					     MACH_MSG_VIRTUAL_COPY, 0));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->queue, &self->msg));
	EXPECT_EQ(0, file_tells("/proc/self/maps", "[machipc]"));
	EXPECT_EQ(0, close(fd));
}

TEST_HARNESS_MAIN
