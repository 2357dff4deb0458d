// SPDX-License-Identifier: GPL-2.0
/*
 * libmachipc and the life of a process: fork, clone, descriptors that are
 * closed behind its back, and a module that is not there.
 */
#include "machipc_utils.h"

#include <mach/mach.h>
#include <mach/mach_error.h>
#include <machipc.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

FIXTURE(lib_process) {
	mach_port_t task;
	mach_port_t port;
};

FIXTURE_SETUP(lib_process)
{
	ASSERT_TRUE(objects_settled());
	self->task = mach_task_self();
	/* The first names are the same in every space. */
	for (int i = 0; i < 3; i++)
		self->port = mach_reply_port();
	ASSERT_NE(MACH_PORT_NULL, self->port);
}

FIXTURE_TEARDOWN(lib_process)
{
}

static mach_port_type_t type_of(mach_port_t name)
{
	mach_port_type_t type = TEST_POISON;

	if (mach_port_type(mach_task_self(), name, &type) != KERN_SUCCESS)
		return MACH_PORT_TYPE_NONE;
	return type;
}

static uint32_t count_names(void)
{
	mach_msg_type_number_t count = TEST_POISON, type_count;
	mach_port_name_array_t names;
	mach_port_type_array_t types;

	mach_port_names(mach_task_self(), &names, &count, &types, &type_count);
	return count;
}

/* The descriptor of a door from @fd on; -1 if there is none. */
static int find_door(int fd)
{
	char path[64], link[64];

	for (; fd < 64; fd++) {
		ssize_t length;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		length = readlink(path, link, sizeof(link) - 1);
		if (length < 0)
			continue;
		link[length] = 0;
		if (!strcmp(link, MACHIPC_DEVICE))
			return fd;
	}
	return -1;
}

TEST_F(lib_process, one_descriptor_is_enough)
{
	int fd = find_door(0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, find_door(fd + 1));
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
}

static void role_forked(struct __test_metadata *_metadata, void *data)
{
	mach_port_t parents_port = *(mach_port_t *)data;

	/* Its own task port is the only name that it has. */
	ASSERT_NE(MACH_PORT_NULL, mach_task_self());
	EXPECT_EQ(1, count_names());
	EXPECT_EQ(MACH_PORT_TYPE_SEND, type_of(mach_task_self()));
	EXPECT_EQ(MACH_PORT_TYPE_NONE, type_of(parents_port));
	EXPECT_EQ(-1, find_door(find_door(0) + 1));
	EXPECT_NE(MACH_PORT_NULL, mig_get_reply_port());
}

/* P-193, P-204 */
TEST_F(lib_process, forked_child_has_a_space_of_its_own)
{
	pid_t pid = child_start(_metadata, role_forked, &self->port);

	EXPECT_TRUE(child_wait(pid));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, type_of(self->port));
	EXPECT_EQ(self->task, mach_task_self());
	EXPECT_EQ(4, count_names());
}

static void role_reply_port(struct __test_metadata *_metadata, void *data)
{
	mach_port_t mine = mig_get_reply_port();

	/* What the parent's threads had cached is nobody's here. */
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, type_of(mine));
	EXPECT_EQ(2, count_names());
	mig_dealloc_reply_port(mine);
	EXPECT_EQ(1, count_names());
}

/* P-193 */
TEST_F(lib_process, forked_child_has_a_reply_port_of_its_own)
{
	mach_port_t mine = mig_get_reply_port();
	pid_t pid = child_start(_metadata, role_reply_port, NULL);

	EXPECT_TRUE(child_wait(pid));
	EXPECT_EQ(mine, mig_get_reply_port());
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, type_of(mine));
}

static void role_nested(struct __test_metadata *_metadata, void *data)
{
	mach_port_t port = MACH_PORT_NULL;

	/* The first names are the same in every space. */
	for (int i = 0; i < 3; i++)
		port = mach_reply_port();
	ASSERT_NE(MACH_PORT_NULL, port);
	EXPECT_TRUE(child_wait(child_start(_metadata, role_forked, &port)));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, type_of(port));
}

/* P-193 */
TEST_F(lib_process, so_has_a_child_s_child)
{
	EXPECT_TRUE(child_wait(child_start(_metadata, role_nested, NULL)));
}

/*
 * Without the handlers of fork() only the kernel can tell. What was asked with
 * the parent's names is not done.
 */
static void after_clone(struct __test_metadata *_metadata, mach_port_t task,
			mach_port_t port)
{
	struct message msg;
	mach_port_t name;

	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &name));
	EXPECT_NE(MACH_PORT_NULL, mach_task_self());
	EXPECT_EQ(1, count_names());
	EXPECT_EQ(MACH_RCV_INVALID_NAME,
		  mach_msg(&msg.head, MACH_RCV_MSG, 0, sizeof(msg), port, 0, 0));
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
				     &name));
}

/* P-193, P-204 */
TEST_F(lib_process, clone_is_noticed)
{
	pid_t pid;

	fflush(stdout);
	fflush(stderr);
	pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	ASSERT_LE(0, pid);
	if (!pid) {
		if (!setjmp(_metadata->env))
			after_clone(_metadata, self->task, self->port);
		_exit(_metadata->passed && !_metadata->aborted ? 0 : 1);
	}
	EXPECT_TRUE(child_wait(pid));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, type_of(self->port));
}

TEST_F(lib_process, cloned_child_sends_nothing_by_mistake)
{
	struct message msg;
	pid_t pid;

	fflush(stdout);
	fflush(stderr);
	pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	ASSERT_LE(0, pid);
	if (!pid) {
		message_init(&msg, self->port, MACH_MSG_TYPE_MAKE_SEND, 0, 0);
		_exit(mach_msg_send(&msg.head) != MACH_SEND_INVALID_DEST);
	}
	EXPECT_TRUE(child_wait(pid));
}

/* Who closes the door leaves the space, and enters a new one. */
TEST_F(lib_process, closed_door_is_opened_again)
{
	ASSERT_EQ(0, close(find_door(0)));
	EXPECT_EQ(MACH_PORT_TYPE_NONE, type_of(self->port));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, type_of(mach_task_self()));
	EXPECT_NE(MACH_PORT_NULL, mach_reply_port());
	EXPECT_EQ(2, count_names());
}

TEST_F(lib_process, what_took_the_door_s_place_is_left_alone)
{
	int fd = find_door(0);
	int pipes[2];
	char byte;

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(fd, dup2(pipes[1], fd));
	EXPECT_NE(MACH_PORT_NULL, mach_reply_port());
	EXPECT_NE(fd, find_door(0));
	EXPECT_EQ(1, write(fd, "x", 1));
	EXPECT_EQ(1, read(pipes[0], &byte, 1));
}

static void role_without_streams(struct __test_metadata *_metadata, void *data)
{
	close(STDIN_FILENO);
	ASSERT_NE(MACH_PORT_NULL, mach_task_self());
	EXPECT_LT(STDERR_FILENO, find_door(0));
	EXPECT_EQ(-1, fcntl(STDIN_FILENO, F_GETFD));
}

TEST_F(lib_process, door_is_no_standard_stream)
{
	EXPECT_TRUE(child_wait(child_start(_metadata, role_without_streams,
					   NULL)));
}

static void *fetch_task_self(void *name)
{
	*(mach_port_t *)name = mach_task_self();
	return NULL;
}

static void role_threads(struct __test_metadata *_metadata, void *data)
{
	pthread_t thread[8];
	mach_port_t name[8];
	mach_port_urefs_t refs;

	for (int i = 0; i < 8; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, fetch_task_self,
					    &name[i]));
	for (int i = 0; i < 8; i++) {
		pthread_join(thread[i], NULL);
		EXPECT_EQ(mach_task_self(), name[i]);
	}
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_get_refs(mach_task_self(), mach_task_self(),
				     MACH_PORT_RIGHT_SEND, &refs));
	EXPECT_EQ(1, refs);
	EXPECT_EQ(-1, find_door(find_door(0) + 1));
}

/* P-179 */
TEST_F(lib_process, threads_that_begin_together_share_one_door)
{
	for (int i = 0; i < 20; i++)
		EXPECT_TRUE(child_wait(child_start(_metadata, role_threads,
						   NULL)));
}

TEST_F(lib_process, module_says_what_it_is)
{
	uint64_t features = TEST_POISON;
	uint32_t version = TEST_POISON;

	EXPECT_EQ(KERN_SUCCESS, machipc_query(&version, &features));
	EXPECT_EQ(MACHIPC_ABI_VERSION, version);
	EXPECT_EQ(0, features & ~(MACHIPC_HAS_OOL | MACHIPC_HAS_SCATTER |
				  MACHIPC_HAS_POLL));
}

/* A machine on which /dev and /sys are not what they should be. */
FIXTURE(lib_missing) {
	int message[2];
};

FIXTURE_VARIANT(lib_missing) {
	bool hide_sys;
	mode_t mode;		/* of the device, 0 if there is none */
	unsigned int major;	/* 0 stands for that of machipc */
	unsigned int minor;
	uid_t user;
	const char *words;	/* what the library has to say */
};

FIXTURE_VARIANT_ADD(lib_missing, module) {
	.hide_sys = true,
	.words = "modprobe machipc",
};

FIXTURE_VARIANT_ADD(lib_missing, device) {
	.words = "container",
};

FIXTURE_VARIANT_ADD(lib_missing, module_of_device) {
	.mode = 0666,
	.major = 239,
	.words = "modprobe machipc",
};

FIXTURE_VARIANT_ADD(lib_missing, permission) {
	.mode = 0600,
	.user = 65534,
	.words = "Permission denied",
};

/* /dev/null knows no command. */
FIXTURE_VARIANT_ADD(lib_missing, command) {
	.mode = 0666,
	.major = 1,
	.minor = 3,
	.words = "too old",
};

static dev_t device_number(unsigned int major, unsigned int minor)
{
	struct stat st;

	if (major)
		return makedev(major, minor);
	return stat(MACHIPC_DEVICE, &st) ? 0 : st.st_rdev;
}

FIXTURE_SETUP(lib_missing)
{
	dev_t device = device_number(variant->major, variant->minor);

	ASSERT_TRUE(objects_settled());
	if (geteuid())
		return;
	ASSERT_EQ(0, pipe(self->message));
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount("none", "/dev", "tmpfs", 0, NULL));
	if (variant->hide_sys)
		ASSERT_EQ(0, mount("none", "/sys", "tmpfs", 0, NULL));
	if (variant->mode) {
		ASSERT_EQ(0, mknod(MACHIPC_DEVICE, S_IFCHR | variant->mode,
				   device));
		ASSERT_EQ(0, chmod(MACHIPC_DEVICE, variant->mode));
	}
}

FIXTURE_TEARDOWN(lib_missing)
{
}

/* Calls that find no module. The test sees what is written to stderr. */
static void role_missing(struct __test_metadata *_metadata, void *data)
{
	struct message msg;
	mach_port_t name = TEST_POISON;
	uint64_t features;
	uint32_t version;

	EXPECT_EQ(MACH_PORT_NULL, mach_task_self());
	EXPECT_EQ(MACH_PORT_NULL, mach_reply_port());
	EXPECT_EQ(MACH_PORT_NULL, mig_get_reply_port());
	EXPECT_NE(KERN_SUCCESS,
		  mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
				     &name));
	EXPECT_EQ(TEST_POISON, name);
	EXPECT_NE(KERN_SUCCESS, machipc_query(&version, &features));

	message_init(&msg, 0x103, MACH_MSG_TYPE_COPY_SEND, 0, 0);
	EXPECT_EQ(MACH_SEND_INVALID_DEST, mach_msg_send(&msg.head));
	EXPECT_EQ(MACH_RCV_INVALID_NAME,
		  mach_msg(&msg.head, MACH_RCV_MSG, 0, sizeof(msg), 0x103, 0, 0));
	EXPECT_EQ(MACH_RCV_INVALID_NAME,
		  mach_msg_server_once(NULL, 100, 0x103, 0));
	mach_msg_destroy(&msg.head);
}

static void role_missing_quiet(struct __test_metadata *_metadata, void *data)
{
	const uid_t *user = data;
	FILE *output = stderr;

	/* The harness keeps the stream, the library gets the descriptor. */
	stderr = stdout;
	ASSERT_EQ(0, setuid(*user));
	role_missing(_metadata, NULL);
	stderr = output;
}

TEST_F(lib_missing, is_said_once_and_is_an_error)
{
	char text[1000] = "";
	ssize_t length;
	int saved = dup(STDERR_FILENO);
	pid_t pid;

	if (geteuid())
		SKIP(return, "needs root to mount");
	ASSERT_EQ(STDERR_FILENO, dup2(self->message[1], STDERR_FILENO));
	pid = child_start(_metadata, role_missing_quiet,
			  (void *)&variant->user);
	dup2(saved, STDERR_FILENO);
	close(self->message[1]);
	EXPECT_TRUE(child_wait(pid));

	length = read(self->message[0], text, sizeof(text) - 1);
	ASSERT_LT(0, length);
	EXPECT_EQ(0, strncmp(text, "libmachipc: ", 12));
	EXPECT_NE(NULL, strstr(text, variant->words)) {
		TH_LOG("it says: %s", text);
	}
	/* One line is all. */
	EXPECT_EQ(length - 1, strchr(text, '\n') - text);
}

TEST_HARNESS_MAIN
