// SPDX-License-Identifier: GPL-2.0
/*
 * Who has sent a message, where sender and receiver have other names for that:
 * in user namespaces of their own, with a login session or without.
 */
#include "port_utils.h"

#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND
#define COPY_SEND	MACH_MSG_TYPE_COPY_SEND

#define AUDIT_TRAILER	MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT)

/* What root of a user namespace is called outside, with the ids after it. */
#define OUTSIDE		100000
#define ID_MAP		"0 100000 65536\n"

#define OVERFLOW_ID	65534
#define UNSET		0xffffffffU

/* The words of an audit token. */
enum {
	LOGIN_UID, EUID, EGID, RUID, RGID, PID, SESSION, VERSION,
};

struct tokens {
	uint32_t sender[2];
	uint32_t audit[8];
};

/* The port is also where children send to, whatever their namespaces. */
FIXTURE(token) {
	mach_port_name_t port;		/* R + S(1) */
	mach_port_name_t peer;		/* send right of a child's port */
	struct tokens first;
	struct tokens second;
	pid_t pid;
};

FIXTURE_SETUP(token)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	ASSERT_EQ(KERN_SUCCESS,
		  task_set_special(TASK_BOOTSTRAP_PORT, self->port, COPY_SEND));
}

FIXTURE_TEARDOWN(token)
{
}

static mach_msg_return_t hello(mach_port_name_t to)
{
	return msg_send_id(to, COPY_SEND, 1);
}

/*
 * Waits for a message, and says what its trailer says of the sender. @right
 * becomes the right that is in the message; NULL if there is to be none.
 */
static bool receive_tokens(mach_port_name_t port, struct tokens *tokens,
			   mach_port_name_t *right)
{
	mach_msg_audit_trailer_t *trailer;
	struct message msg;

	if (msg_receive_option(port, &msg, MACH_RCV_TIMEOUT | AUDIT_TRAILER,
			       TEST_PATIENCE))
		return false;
	if (right)
		*right = msg.port[0].name;
	trailer = message_trailer(&msg);
	memcpy(tokens->sender, &trailer->msgh_sender, sizeof(tokens->sender));
	memcpy(tokens->audit, &trailer->msgh_audit, sizeof(tokens->audit));
	/* S-3 */
	return tokens->sender[0] == tokens->audit[EUID] &&
	       tokens->sender[1] == tokens->audit[EGID];
}

/* ---- logins */

static bool kernel_knows_logins(void)
{
	return !access("/proc/self/loginuid", F_OK);
}

/* Begins a login session of that user, or ends the one that there is. */
static bool login_as(uint32_t uid)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", uid);
	return file_write("/proc/self/loginuid", text);
}

static uint32_t own_session(void)
{
	FILE *file = fopen("/proc/self/sessionid", "r");
	uint32_t session = 0;

	if (file && fscanf(file, "%u", &session) != 1)
		session = 0;
	if (file)
		fclose(file);
	return session;
}

/* S-1, S-2 */
TEST_F(token, login_is_that_of_the_time_of_sending)
{
	uint32_t sessions[2];

	if (!kernel_knows_logins())
		SKIP(return, "the kernel has no audit");
	ASSERT_EQ(0, setresgid(40, 41, 42));
	ASSERT_TRUE(login_as(1234));
	sessions[0] = own_session();
	ASSERT_EQ(0, setresuid(30, 31, 0));
	ASSERT_EQ(MACH_MSG_SUCCESS, hello(self->port));
	ASSERT_EQ(0, setresuid(-1, 0, -1));
	ASSERT_TRUE(login_as(4321));
	sessions[1] = own_session();
	ASSERT_NE(sessions[0], sessions[1]);
	ASSERT_EQ(MACH_MSG_SUCCESS, hello(self->port));

	ASSERT_TRUE(receive_tokens(self->port, &self->first, NULL));
	EXPECT_EQ(1234, self->first.audit[LOGIN_UID]);
	EXPECT_EQ(31, self->first.audit[EUID]);
	EXPECT_EQ(41, self->first.audit[EGID]);
	EXPECT_EQ(30, self->first.audit[RUID]);
	EXPECT_EQ(40, self->first.audit[RGID]);
	EXPECT_EQ(getpid(), self->first.audit[PID]);
	EXPECT_EQ(sessions[0], self->first.audit[SESSION]);
	ASSERT_TRUE(receive_tokens(self->port, &self->second, NULL));
	EXPECT_EQ(4321, self->second.audit[LOGIN_UID]);
	EXPECT_EQ(0, self->second.audit[EUID]);
	EXPECT_EQ(sessions[1], self->second.audit[SESSION]);
}

/* S-8 */
TEST_F(token, sender_without_a_login_has_none)
{
	ASSERT_TRUE(!kernel_knows_logins() || login_as(UNSET));
	ASSERT_EQ(MACH_MSG_SUCCESS, hello(self->port));
	ASSERT_TRUE(receive_tokens(self->port, &self->first, NULL));
	EXPECT_EQ(UNSET, self->first.audit[LOGIN_UID]);
	EXPECT_EQ(UNSET, self->first.audit[SESSION]);
}

/* ---- the version of a process */

static void *send_from_thread(void *data)
{
	return (void *)(intptr_t)hello(*(mach_port_name_t *)data);
}

/* S-10 */
TEST_F(token, version_is_that_of_all_threads_and_users)
{
	pthread_t thread;
	void *mr = NULL;
	uint32_t version;

	ASSERT_EQ(MACH_MSG_SUCCESS, hello(self->port));
	ASSERT_TRUE(receive_tokens(self->port, &self->first, NULL));
	version = self->first.audit[VERSION];
	EXPECT_NE(0, version);

	ASSERT_EQ(0, pthread_create(&thread, NULL, send_from_thread,
				    &self->port));
	ASSERT_EQ(0, pthread_join(thread, &mr));
	ASSERT_EQ(NULL, mr);
	ASSERT_TRUE(receive_tokens(self->port, &self->first, NULL));
	EXPECT_EQ(version, self->first.audit[VERSION]);

	ASSERT_EQ(0, setresuid(30, 31, 32));
	ASSERT_EQ(MACH_MSG_SUCCESS, hello(self->port));
	ASSERT_TRUE(receive_tokens(self->port, &self->first, NULL));
	EXPECT_EQ(31, self->first.audit[EUID]);
	EXPECT_EQ(version, self->first.audit[VERSION]);
}

static void say_hello(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect();

	ASSERT_NE(MACH_PORT_NULL, parent);
	EXPECT_EQ(MACH_MSG_SUCCESS, hello(parent));
}

/* S-9 */
TEST_F(token, version_of_a_forked_child_is_its_own)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, hello(self->port));
	ASSERT_TRUE(receive_tokens(self->port, &self->first, NULL));
	self->pid = child_start(_metadata, say_hello, NULL);
	ASSERT_TRUE(receive_tokens(self->port, &self->second, NULL));
	EXPECT_EQ(getpid(), self->first.audit[PID]);
	EXPECT_EQ(self->pid, self->second.audit[PID]);
	EXPECT_NE(self->first.audit[VERSION], self->second.audit[VERSION]);
	EXPECT_TRUE(child_wait(self->pid));
}

/* ---- user namespaces */

/*
 * Starts a child in a user namespace that has the ids of ID_MAP. It says hello
 * with a right of its port.
 */
static bool start_in_namespace(struct __test_metadata *_metadata,
			       FIXTURE_DATA(token) *self, child_role *role)
{
	const struct clone_args args = {
		.flags = CLONE_NEWUSER,
		.exit_signal = SIGCHLD,
	};
	char path[64];
	bool good;
	int pipes[2];

	if (pipe(pipes))
		return false;
	self->pid = child_clone(_metadata, &args, role, pipes);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", self->pid);
	good = file_write(path, ID_MAP);
	snprintf(path, sizeof(path), "/proc/%d/gid_map", self->pid);
	good = file_write(path, ID_MAP) && good;
	good = write(pipes[1], "", 1) == 1 && good;
	close(pipes[0]);
	close(pipes[1]);
	return good;
}

/* In the child: becomes root of its namespace, when that has its ids. */
static mach_port_name_t be_root(int pipes[2], mach_port_name_t *parent)
{
	char byte;

	if (read(pipes[0], &byte, 1) != 1 || setresgid(0, 0, 0) ||
	    setresuid(0, 0, 0))
		return MACH_PORT_NULL;
	return peer_hello(parent);
}

static void be_root_to_itself(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = be_root(data, &parent);
	struct tokens tokens;

	ASSERT_NE(MACH_PORT_NULL, own);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(own, MAKE_SEND, 1));
	ASSERT_TRUE(receive_tokens(own, &tokens, NULL));
	for (int i = EUID; i <= RGID; i++)
		EXPECT_EQ(0, tokens.audit[i]);
}

/* S-6 */
TEST_F(token, root_of_a_user_namespace_is_somebody_outside)
{
	ASSERT_TRUE(start_in_namespace(_metadata, self, be_root_to_itself));
	ASSERT_TRUE(receive_tokens(self->port, &self->first, &self->peer));
	EXPECT_EQ(OUTSIDE, self->first.sender[0]);
	EXPECT_EQ(OUTSIDE, self->first.sender[1]);
	for (int i = EUID; i <= RGID; i++)
		EXPECT_EQ(OUTSIDE, self->first.audit[i]);
	EXPECT_TRUE(child_wait(self->pid));
}

static void be_told_of_strangers(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = be_root(data, &parent);
	struct tokens tokens;

	ASSERT_NE(MACH_PORT_NULL, own);
	/* From root outside, who has no name in here. */
	ASSERT_TRUE(receive_tokens(own, &tokens, NULL));
	EXPECT_EQ(OVERFLOW_ID, tokens.sender[0]);
	EXPECT_EQ(OVERFLOW_ID, tokens.sender[1]);
	for (int i = EUID; i <= RGID; i++)
		EXPECT_EQ(OVERFLOW_ID, tokens.audit[i]);
	EXPECT_EQ(UNSET, tokens.audit[LOGIN_UID]);
	/* From two who have, as user and as group. */
	ASSERT_TRUE(receive_tokens(own, &tokens, NULL));
	EXPECT_EQ(5, tokens.audit[EUID]);
	EXPECT_EQ(OVERFLOW_ID, tokens.audit[RUID]);
	EXPECT_EQ(OVERFLOW_ID, tokens.audit[EGID]);
	EXPECT_EQ(6, tokens.audit[RGID]);
	EXPECT_EQ(UNSET, tokens.audit[LOGIN_UID]);
}

/* S-7 */
TEST_F(token, user_without_a_name_in_the_receivers_namespace_is_nobody)
{
	ASSERT_TRUE(!kernel_knows_logins() || login_as(1234));
	ASSERT_TRUE(start_in_namespace(_metadata, self, be_told_of_strangers));
	ASSERT_TRUE(receive_tokens(self->port, &self->first, &self->peer));
	ASSERT_EQ(MACH_MSG_SUCCESS, hello(self->peer));
	ASSERT_EQ(0, setresgid(OUTSIDE + 6, 0, 0));
	ASSERT_EQ(0, setresuid(0, OUTSIDE + 5, 0));
	ASSERT_EQ(MACH_MSG_SUCCESS, hello(self->peer));
	EXPECT_TRUE(child_wait(self->pid));
}

TEST_HARNESS_MAIN
