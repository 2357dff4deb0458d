// SPDX-License-Identifier: GPL-2.0
/*
 * Trace points: what they say of a message, in which order, and what they do
 * not say.
 */
#include "machipc_utils.h"

#include <sys/mount.h>

#define TRACING		"/sys/kernel/tracing/"
#define EVENTS		TRACING "events/machipc/"
#define LINES_MAX	64

FIXTURE(trace) {
	mach_port_name_t port;
	int nr_lines;
	char lines[LINES_MAX][256];
};

FIXTURE_SETUP(trace)
{
	mount("tracefs", TRACING, "tracefs", 0, NULL);
	if (access(EVENTS, F_OK))
		SKIP(return, "the kernel has no event tracing");
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	ASSERT_TRUE(file_write(TRACING "trace", "\n"));
	ASSERT_TRUE(file_write(EVENTS "enable", "1"));
}

FIXTURE_TEARDOWN(trace)
{
	file_write(EVENTS "enable", "0");
}

/* Stops tracing and reads what this process did. */
static bool read_trace(FIXTURE_DATA(trace) *self)
{
	char pid[32], line[256];
	FILE *file;

	if (!file_write(EVENTS "enable", "0"))
		return false;
	file = fopen(TRACING "trace", "r");
	if (!file)
		return false;
	snprintf(pid, sizeof(pid), "-%d ", getpid());
	while (self->nr_lines < LINES_MAX && fgets(line, sizeof(line), file))
		if (line[0] != '#' && strstr(line, pid))
			strcpy(self->lines[self->nr_lines++], line);
	fclose(file);
	return true;
}

static bool is_event(FIXTURE_DATA(trace) *self, int i, const char *event)
{
	char word[64];

	snprintf(word, sizeof(word), " machipc_%s:", event);
	return i < self->nr_lines && strstr(self->lines[i], word);
}

static unsigned int field(FIXTURE_DATA(trace) *self, int i, const char *name)
{
	char word[64];
	char *at;

	snprintf(word, sizeof(word), " %s=", name);
	at = strstr(self->lines[i], word);
	return at ? strtoul(at + strlen(word), NULL, 0) : TEST_POISON;
}

/* M-167, S-115 */
TEST_F(trace, message_is_followed_from_send_to_free)
{
	static const char * const events[] = {
		"kmsg_info_start", "kmsg_link", "msg_send", "kmsg_info_end",
		"msg_recv_voucher_refused", "kmsg_link", "kmsg_free",
	};
	unsigned int tag;
	struct message rcv;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(self->port, MACH_MSG_TYPE_COPY_SEND, 77));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &rcv));
	ASSERT_TRUE(read_trace(self));
	ASSERT_EQ(7, self->nr_lines);
	for (int i = 0; i < 7; i++) {
		EXPECT_TRUE(is_event(self, i, events[i]))
			TH_LOG("%s: %s", events[i], self->lines[i]);
	}
	tag = field(self, 1, "tag");
	EXPECT_EQ(tag, field(self, 2, "tag"));
	EXPECT_EQ(tag, field(self, 4, "tag"));
	EXPECT_EQ(tag, field(self, 5, "tag"));
	EXPECT_EQ(tag, field(self, 6, "tag"));
	EXPECT_EQ(0, field(self, 1, "receive"));
	EXPECT_EQ(1, field(self, 5, "receive"));
	EXPECT_EQ(77, field(self, 2, "id"));
	EXPECT_EQ(getpid(), field(self, 3, "sender"));
	EXPECT_EQ(getpid(), field(self, 3, "receiver"));
	EXPECT_EQ(0, field(self, 3, "result"));
}

/* M-167 */
TEST_F(trace, receiver_of_vouchers_has_an_event_of_its_own)
{
	struct message rcv;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(self->port, MACH_MSG_TYPE_COPY_SEND, 77));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(&rcv, MACH_RCV_MSG | MACH_RCV_VOUCHER |
			   MACH_RCV_TIMEOUT, 0, sizeof(rcv), self->port, 0));
	ASSERT_TRUE(read_trace(self));
	EXPECT_TRUE(is_event(self, 4, "msg_recv"));
}

/* M-168, S-116 */
TEST_F(trace, send_that_times_out_tells_its_error)
{
	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->port, 0));
	ASSERT_EQ(MACH_SEND_TIMED_OUT,
		  msg_send_id(self->port, MACH_MSG_TYPE_COPY_SEND, 1));
	ASSERT_TRUE(read_trace(self));
	EXPECT_TRUE(is_event(self, 0, "kmsg_info_start"));
	ASSERT_LT(1, self->nr_lines);
	EXPECT_TRUE(is_event(self, self->nr_lines - 1, "kmsg_info_end"));
	for (int i = 0; i < self->nr_lines; i++)
		EXPECT_EQ(NULL, strstr(self->lines[i], "machipc_msg_recv"));
	EXPECT_EQ(MACH_SEND_TIMED_OUT,
		  field(self, self->nr_lines - 1, "result"));
}

/* Kernel addresses are in the upper half and have 16 digits. */
static bool has_kernel_address(const char *line)
{
	while ((line = strstr(line, "0xffff"))) {
		line += 2;
		if (strspn(line, "0123456789abcdef") == 16)
			return true;
	}
	return false;
}

/* M-169, S-118 */
TEST_F(trace, no_field_is_a_kernel_address)
{
	struct message rcv;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(self->port, MACH_MSG_TYPE_COPY_SEND, 1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &rcv));
	ASSERT_TRUE(read_trace(self));
	ASSERT_LT(0, self->nr_lines);
	for (int i = 0; i < self->nr_lines; i++) {
		EXPECT_FALSE(has_kernel_address(self->lines[i]))
			TH_LOG("%s", self->lines[i]);
	}
	EXPECT_EQ((uint32_t)(uintptr_t)&rcv, field(self, 5, "address"));
}

TEST_F(trace, violated_guard_is_reported)
{
	ASSERT_EQ(KERN_SUCCESS, port_guard(self->port, 5, 0));
	ASSERT_EQ(KERN_INVALID_ARGUMENT, port_unguard(self->port, 6));
	ASSERT_TRUE(read_trace(self));
	ASSERT_EQ(1, self->nr_lines);
	EXPECT_TRUE(is_event(self, 0, "guard_violation"));
	EXPECT_EQ(self->port, field(self, 0, "name"));
	EXPECT_EQ(16, field(self, 0, "violation"));
}

FIXTURE(kill) {
	bool was;
};

FIXTURE_SETUP(kill)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_TRUE(file_write("/sys/module/machipc/parameters/kill_guard_violators",
			       "Y"));
}

FIXTURE_TEARDOWN(kill)
{
	file_write("/sys/module/machipc/parameters/kill_guard_violators", "N");
}

/* P-80 */
TEST_F(kill, violator_is_killed_where_that_is_wanted)
{
	mach_port_name_t port;
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		if (space_open())
			_exit(2);
		port = port_new();
		if (port_guard(port, 5, 0))
			_exit(3);
		port_unguard(port, 6);
		_exit(4);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
}

TEST_HARNESS_MAIN
