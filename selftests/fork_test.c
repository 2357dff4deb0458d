// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that fork and execute, and descriptors that are copied and closed:
 * whose space it is, and how long it lasts.
 */
#include "port_utils.h"

#include <sys/sendfile.h>
#include <mach/task_special_ports.h>

#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND
#define COPY_SEND	MACH_MSG_TYPE_COPY_SEND

/* What main() does in place of the tests. */
#define ROLE_EXECUTED	"executed"
#define ROLE_STALE	"stale"
#define ROLE_EXIT	"exit"
#define ROLE_SETUID	"setuid"
#define ROLE_WAIT	"wait"

#define NOBODY		65534
#define SETUID_PROGRAM	"/tmp/fork_test_setuid"

/* The id of a message that says that something has been done. */
#define DONE		42

/* Starts a child whose role begins with peer_hello(). */
#define start_peer(_role, _data) \
	peer_start(_metadata, self->queue, &self->peer, _role, _data)

FIXTURE(fork) {
	mach_port_name_t queue;		/* the children's way to the parent */
	mach_port_name_t peer;		/* send right of a child's port */
};

FIXTURE_SETUP(fork)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->queue = port_new();
	ASSERT_TRUE(parent_publish(self->queue));
}

FIXTURE_TEARDOWN(fork)
{
}

/* Looks into its own space for the names of its parent. */
static void look_around(struct __test_metadata *_metadata, void *data)
{
	struct space_image *image = data, own;

	ASSERT_EQ(0, space_open());
	ASSERT_TRUE(space_read(&own));
	EXPECT_EQ(1, own.count);
	for (int i = 0; i < image->count; i++) {
		if (image->name[i] == self_task())
			continue;
		EXPECT_EQ(KERN_INVALID_NAME,
			  port_get_type(image->name[i], NULL));
	}
	ASSERT_NE(MACH_PORT_NULL, port_new_sends(3));
}

/* P-193, P-204 */
TEST_F(fork, forked_child_has_none_of_the_names)
{
	struct space_image image;

	for (int state = ENTRY_R; state <= ENTRY_DN; state++)
		ASSERT_NE(MACH_PORT_NULL, entry_new(state, 2));
	ASSERT_TRUE(space_read(&image));
	EXPECT_TRUE(child_wait(child_start(_metadata, look_around, &image)));
	EXPECT_TRUE(space_is(&image));
}

static void close_door(struct __test_metadata *_metadata, void *data)
{
	EXPECT_EQ(0, close(*(int *)data));
}

/* P-204 */
TEST_F(fork, forked_child_that_closes_the_door_leaves_it_open)
{
	struct space_image image;
	int fd = machipc_fd;

	ASSERT_TRUE(space_read(&image));
	EXPECT_TRUE(child_wait(child_start(_metadata, close_door, &fd)));
	EXPECT_TRUE(space_is(&image));
}

/* P-205 */
TEST_F(fork, space_lives_while_one_of_two_duplicates_is_open)
{
	struct space_image image;
	int first = machipc_fd, second = dup(first);

	ASSERT_TRUE(space_read(&image));
	ASSERT_EQ(0, close(first));
	machipc_fd = second;
	EXPECT_TRUE(space_is(&image));
	first = dup(second);
	ASSERT_EQ(0, close(first));
	EXPECT_TRUE(space_is(&image));
}

static void *exit_with_own_table(void *data)
{
	*(bool *)data = !unshare(CLONE_FILES);
	return NULL;
}

/* P-198 */
TEST_F(fork, thread_with_its_own_descriptors_exits_alone)
{
	struct space_image image;
	bool unshared = false;
	pthread_t thread;

	ASSERT_TRUE(space_read(&image));
	ASSERT_EQ(0, pthread_create(&thread, NULL, exit_with_own_table,
				    &unshared));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_TRUE(unshared);
	EXPECT_TRUE(space_is(&image));
}

static void *close_in_own_table(void *data)
{
	if (unshare(CLONE_FILES) || close(machipc_fd))
		*(bool *)data = false;
	return NULL;
}

/* P-205 */
TEST_F(fork, thread_with_its_own_descriptors_closes_only_its_own)
{
	struct space_image image;
	bool closed = true;
	pthread_t thread;

	ASSERT_TRUE(space_read(&image));
	ASSERT_EQ(0, pthread_create(&thread, NULL, close_in_own_table,
				    &closed));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_TRUE(closed);
	EXPECT_TRUE(space_is(&image));
}

/*
 * Waits for a word of its parent and exits, and leaves its door to a child that
 * waits for the end of the pipe.
 */
static void bequeath_door(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent;
	int *pipe = data;
	char byte;

	ASSERT_NE(MACH_PORT_NULL, peer_hello(&parent));
	close(pipe[1]);
	ASSERT_EQ(1, read(pipe[0], &byte, 1));
	if (fork())
		return;
	_exit(read(pipe[0], &byte, 1));
}

/* P-188 */
TEST_F(fork, space_ends_with_its_process_though_a_child_has_the_door)
{
	pid_t child;
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	child = start_peer(bequeath_door, pipes);
	ASSERT_EQ(1, write(pipes[1], "", 1));
	ASSERT_TRUE(child_wait(child));
	EXPECT_TRUE(entry_is(self->peer, ENTRY_DN, 1));
	close(pipes[0]);
	close(pipes[1]);
}

/* Waits for a word of its parent, then becomes another program. */
static void execute(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = peer_hello(&parent);
	int *pipe = data;
	char name[16], byte;

	snprintf(name, sizeof(name), "%u", own);
	ASSERT_EQ(1, read(pipe[0], &byte, 1));
	execl("/proc/self/exe", "fork_test", ROLE_EXECUTED, name, NULL);
	ASSERT_TRUE(false);
}

/* What it has become: without names, but with its bootstrap port. */
static int executed(const char *old_name)
{
	mach_port_name_t parent = child_connect();

	if (parent == MACH_PORT_NULL || name_count() != 2 ||
	    port_exists(strtoul(old_name, NULL, 0)))
		return 1;
	return msg_send_id(parent, COPY_SEND, DONE) ? 1 : 0;
}

/* P-196, S-125 */
TEST_F(fork, program_that_is_replaced_leaves_its_rights)
{
	mach_port_name_t notify = port_new();
	struct msg_thread sender;
	struct message msg;
	uint32_t name;
	pid_t child;
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	child = start_peer(execute, pipes);
	ASSERT_EQ(KERN_SUCCESS, port_notify(self->peer, MACH_NOTIFY_DEAD_NAME,
					    0, notify));
	for (int i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		ASSERT_EQ(0, msg_send_id(self->peer, COPY_SEND, i));
	ASSERT_TRUE(msg_thread_send(&sender, self->peer, COPY_SEND, 9));

	ASSERT_EQ(1, write(pipes[1], "", 1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->queue, &msg));
	EXPECT_EQ(DONE, msg.head.msgh_id);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, note_receive(notify, &name));
	EXPECT_TRUE(entry_is(self->peer, ENTRY_DN, 2));
	EXPECT_TRUE(child_wait(child));
}

/* The version that the audit token of the next message says. */
static uint32_t receive_version(mach_port_name_t queue, pid_t pid)
{
	struct message msg;
	mach_msg_audit_trailer_t *trailer;

	if (msg_receive_option(queue, &msg, MACH_RCV_TIMEOUT |
			       MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
			       TEST_PATIENCE))
		return 0;
	trailer = message_trailer(&msg);
	return trailer->msgh_audit.val[5] == pid ? trailer->msgh_audit.val[7] : 0;
}

/* M-139, S-9 */
TEST_F(fork, program_that_is_replaced_has_another_version)
{
	uint32_t before, after;
	pid_t child;
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	child = child_start(_metadata, execute, pipes);
	before = receive_version(self->queue, child);
	ASSERT_EQ(1, write(pipes[1], "", 1));
	after = receive_version(self->queue, child);
	EXPECT_NE(0, before);
	EXPECT_NE(0, after);
	EXPECT_NE(before, after);
	EXPECT_TRUE(child_wait(child));
}

/* P-196 */
TEST_F(fork, bootstrap_port_of_its_own_outlives_exec)
{
	mach_port_name_t own = port_new();
	struct message msg;
	pid_t child;
	int pipes[2];

	/* The child copies this one, in place of the namespace's. */
	ASSERT_EQ(KERN_SUCCESS, task_set_special(TASK_BOOTSTRAP_PORT, own,
						 MAKE_SEND));
	self->queue = own;
	ASSERT_EQ(0, pipe(pipes));
	child = start_peer(execute, pipes);
	ASSERT_NE(MACH_PORT_NULL, self->peer);
	ASSERT_EQ(1, write(pipes[1], "", 1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(own, &msg));
	EXPECT_EQ(DONE, msg.head.msgh_id);
	EXPECT_TRUE(child_wait(child));
}

/* This program once more, to be executed with its owner's power. */
static bool make_setuid_program(void)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(SETUID_PROGRAM, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct stat st;
	bool good;

	good = !fstat(from, &st) &&
	       sendfile(to, from, NULL, st.st_size) == st.st_size &&
	       !fchmod(to, 04755);
	close(from);
	close(to);
	return good;
}

static void execute_setuid(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own;
	char name[16], byte;

	ASSERT_EQ(0, setuid(NOBODY));
	own = peer_hello(&parent);
	snprintf(name, sizeof(name), "%u", own);
	ASSERT_EQ(1, read(((int *)data)[0], &byte, 1));
	execl(SETUID_PROGRAM, "fork_test", ROLE_SETUID, name, NULL);
	ASSERT_TRUE(false);
}

static int executed_setuid(const char *old_name)
{
	return getuid() == NOBODY && !geteuid() ? executed(old_name) : 1;
}

/* Becomes a program that does not know of ports, with all of its doors. */
static void execute_waiter(struct __test_metadata *_metadata, int *pipes,
			   const char *program)
{
	char number[16], byte;

	ASSERT_EQ(1, read(pipes[0], &byte, 1));
	snprintf(number, sizeof(number), "%d", pipes[0]);
	execl(program, "fork_test", ROLE_WAIT, number, NULL);
	ASSERT_TRUE(false);
}

static int wait_for_word(const char *number)
{
	char byte;

	return read(strtoul(number, NULL, 0), &byte, 1) != 1;
}

static void keep_door(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent;

	ASSERT_NE(MACH_PORT_NULL, peer_hello(&parent));
	ASSERT_EQ(0, fcntl(machipc_fd, F_SETFD, 0));
	execute_waiter(_metadata, data, "/proc/self/exe");
}

/* Has the child execute a waiter: its port is dead before that has ended. */
static bool dies_by_exec(mach_port_name_t peer, int pipe, pid_t child)
{
	mach_port_name_t notify = port_new();
	struct message msg;

	return !port_notify(peer, MACH_NOTIFY_DEAD_NAME, 0, notify) &&
	       write(pipe, "", 1) == 1 && !msg_receive_wait(notify, &msg) &&
	       msg.head.msgh_id == MACH_NOTIFY_DEAD_NAME &&
	       write(pipe, "", 1) == 1 && child_wait(child);
}

/* P-196, S-125 */
TEST_F(fork, program_that_keeps_the_door_leaves_its_rights)
{
	int pipes[2];
	pid_t child;

	ASSERT_EQ(0, pipe(pipes));
	child = start_peer(keep_door, pipes);
	EXPECT_TRUE(dies_by_exec(self->peer, pipes[1], child));
}

/* A thread with a table of its own opens a door there, and gives it away. */
static void *open_apart(void *data)
{
	mach_port_name_t parent;
	int *sockets = data;

	if (unshare(CLONE_FILES) || peer_hello(&parent) == MACH_PORT_NULL ||
	    send_descriptor(sockets[1], machipc_fd))
		return data;
	pause();
	return NULL;
}

static void keep_door_apart(struct __test_metadata *_metadata, void *data)
{
	int *pipes = data;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, open_apart, pipes + 2));
	execute_waiter(_metadata, pipes, "/proc/self/exe");
}

/* P-196, S-125, S-128 */
TEST_F(fork, door_that_a_thread_gave_away_does_not_outlive_exec)
{
	int pipes[4], door;
	pid_t child;

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pipes + 2));
	child = start_peer(keep_door_apart, pipes);
	ASSERT_NE(MACH_PORT_NULL, self->peer);
	door = receive_descriptor(pipes[2]);
	ASSERT_LE(0, door);
	EXPECT_TRUE(dies_by_exec(self->peer, pipes[1], child));
	EXPECT_EQ(0, close(door));
}

/* Hands out its task port, and becomes a program of another user. */
static void leave_task_port(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent;

	ASSERT_EQ(0, setuid(NOBODY));
	parent = child_connect();
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_right(parent, COPY_SEND,
						   self_task(), COPY_SEND));
	ASSERT_EQ(0, fcntl(machipc_fd, F_SETFD, 0));
	execute_waiter(_metadata, data, SETUID_PROGRAM);
}

/* The user that a task port says to stand for; -1 if it says nothing. */
static int user_of(mach_port_name_t task, mach_port_name_t reply)
{
	struct message msg;

	message_init(&msg, task, COPY_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg.head.msgh_id = 3405;
	msg.head.msgh_size += 4 * sizeof(msg.word[0]);
	msg.word[0] = 0;
	msg.word[1] = 1;
	msg.word[2] = 13;	/* TASK_SECURITY_TOKEN */
	msg.word[3] = 2;
	if (msg_trap(&msg, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
		     msg.head.msgh_size, sizeof(msg), reply, TEST_PATIENCE) ||
	    msg.word[2] || msg.word[3] != 2)
		return -1;
	return msg.word[4];
}

/* P-196, S-13 */
TEST_F(fork, task_port_never_stands_for_the_program_that_replaces_its_own)
{
	mach_port_name_t reply = port_new(), task;
	struct message msg;
	pid_t child;
	int pipes[2], user;

	if (geteuid())
		SKIP(return, "needs root to make a setuid program");
	ASSERT_TRUE(make_setuid_program());
	for (int round = 0; round < 20; round++) {
		ASSERT_EQ(0, pipe(pipes));
		child = child_start(_metadata, leave_task_port, pipes);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive_wait(self->queue, &msg));
		task = msg.port[0].name;
		ASSERT_EQ(NOBODY, user_of(task, reply));
		/* In every other round it exits at once, and is a zombie. */
		ASSERT_EQ(1, write(pipes[1], "", 1));
		if (round % 2)
			ASSERT_EQ(1, write(pipes[1], "", 1));
		do {
			user = user_of(task, reply);
			ASSERT_TRUE(user == NOBODY || user == -1);
		} while (user == NOBODY);
		for (int i = 0; i < 50; i++)
			ASSERT_EQ(-1, user_of(task, reply));
		if (round % 2 == 0)
			ASSERT_EQ(1, write(pipes[1], "", 1));
		EXPECT_TRUE(child_wait(child));
		EXPECT_EQ(KERN_SUCCESS, port_destroy(task));
		close(pipes[0]);
		close(pipes[1]);
	}
	EXPECT_EQ(0, unlink(SETUID_PROGRAM));
}

/* P-196 */
TEST_F(fork, setuid_program_has_the_bootstrap_port_alone)
{
	mach_port_name_t notify = port_new();
	struct message msg;
	uint32_t name;
	pid_t child;
	int pipes[2];

	if (geteuid())
		SKIP(return, "needs root to make a setuid program");
	ASSERT_TRUE(make_setuid_program());
	ASSERT_EQ(0, pipe(pipes));
	child = start_peer(execute_setuid, pipes);
	ASSERT_EQ(KERN_SUCCESS, port_notify(self->peer, MACH_NOTIFY_DEAD_NAME,
					    0, notify));
	ASSERT_EQ(1, write(pipes[1], "", 1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->queue, &msg));
	EXPECT_EQ(DONE, msg.head.msgh_id);
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, note_receive(notify, &name));
	EXPECT_EQ(self->peer, name);
	EXPECT_TRUE(child_wait(child));
	EXPECT_EQ(0, unlink(SETUID_PROGRAM));
}

/*
 * Keeps its door over exec, which the new program cannot use, and leaves
 * another port in place of its task port.
 */
static void execute_with_door(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = peer_hello(&parent);
	char number[16];

	(void)data;
	ASSERT_NE(MACH_PORT_NULL, own);
	ASSERT_EQ(KERN_SUCCESS,
		  task_set_special(TASK_KERNEL_PORT, own, MAKE_SEND));
	ASSERT_EQ(0, fcntl(machipc_fd, F_SETFD, 0));
	snprintf(number, sizeof(number), "%d", machipc_fd);
	execl("/proc/self/exe", "fork_test", ROLE_STALE, number, NULL);
	ASSERT_TRUE(false);
}

/* The new program sets it, too; the end of the old one's space is not its. */
static bool keeps_kernel_port(int old_door)
{
	mach_port_name_t own = port_new(), name = TEST_POISON;

	if (task_get_special(TASK_KERNEL_PORT, &name) ||
	    name != self_port(MACHIPC_SELF_TASK) ||
	    task_set_special(TASK_KERNEL_PORT, own, MAKE_SEND) ||
	    close(old_door) || task_get_special(TASK_KERNEL_PORT, &name) ||
	    name != own || port_destroy(own))
		return false;
	return !task_set_special(TASK_KERNEL_PORT, MACH_PORT_NULL, COPY_SEND);
}

static int stale(const char *number)
{
	struct machipc_reply_port arg = { .size = sizeof(arg) };
	int door = strtoul(number, NULL, 0);

	machipc_fd = door;
	if (machipc_ioctl(MACHIPC_IOC_REPLY_PORT, &arg) != -ESTALE)
		return 1;
	if (space_open() || !keeps_kernel_port(door) || space_close())
		return 2;
	return executed("0");
}

TEST_F(fork, door_that_survives_exec_is_stale)
{
	pid_t child = start_peer(execute_with_door, NULL);

	EXPECT_TRUE(child_wait(child));
	EXPECT_EQ(DONE, msg_receive_id(self->queue));
	EXPECT_TRUE(entry_is(self->peer, ENTRY_DN, 1));
}

/* P-197 */
TEST_F(fork, failed_exec_leaves_all_names)
{
	int fd = syscall(SYS_memfd_create, "junk", 0);
	char junk[] = "junk", *argv[] = { junk, NULL };
	struct space_image image;

	ASSERT_LE(0, fd);
	ASSERT_EQ(4, write(fd, junk, 4));
	ASSERT_NE(MACH_PORT_NULL, port_new_sends(3));
	ASSERT_TRUE(space_read(&image));
	EXPECT_EQ(-1, execl("/no/such/program", "program", NULL));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, execl("/proc", "proc", NULL));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, syscall(SYS_execveat, fd, "", argv, argv + 1,
			      AT_EMPTY_PATH));
	EXPECT_EQ(ENOEXEC, errno);
	EXPECT_TRUE(space_is(&image));
}

/* S-127 */
TEST_F(fork, space_outlives_a_vfork_child_that_exits)
{
	struct space_image image;
	int status = -1;
	pid_t pid;

	ASSERT_TRUE(space_read(&image));
	pid = vfork();
	if (!pid)
		_exit(0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(space_is(&image));
}

/* S-127 */
TEST_F(fork, space_outlives_a_vfork_child_that_executes)
{
	struct space_image image;
	int status = -1;
	pid_t pid;

	ASSERT_TRUE(space_read(&image));
	pid = vfork();
	if (!pid) {
		execl("/proc/self/exe", "fork_test", ROLE_EXIT, NULL);
		_exit(1);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(space_is(&image));
}

/* It shares the address space and is another process all the same. */
TEST_F(fork, vfork_child_has_no_use_of_the_door)
{
	struct machipc_reply_port arg = { .size = sizeof(arg) };
	struct space_image image;
	int status = -1;
	pid_t pid;

	ASSERT_TRUE(space_read(&image));
	pid = vfork();
	if (!pid)
		_exit(machipc_ioctl(MACHIPC_IOC_REPLY_PORT, &arg) != -ESTALE);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(space_is(&image));
}

/* S-131 */
TEST_F(fork, module_stays_while_a_door_is_open)
{
	EXPECT_EQ(-1, syscall(SYS_delete_module, "machipc", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
	EXPECT_NE(MACH_PORT_NULL, port_new());
}

#define main harness_main
TEST_HARNESS_MAIN
#undef main

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], ROLE_EXECUTED))
		_exit(executed(argv[2]));
	if (argc > 2 && !strcmp(argv[1], ROLE_STALE))
		_exit(stale(argv[2]));
	if (argc > 2 && !strcmp(argv[1], ROLE_SETUID))
		_exit(executed_setuid(argv[2]));
	if (argc > 2 && !strcmp(argv[1], ROLE_WAIT))
		_exit(wait_for_word(argv[2]));
	if (argc > 1 && !strcmp(argv[1], ROLE_EXIT))
		_exit(0);
	return harness_main(argc, argv);
}
