// SPDX-License-Identifier: GPL-2.0
/*
 * Processes and threads that die: what their peers learn, and that it is there
 * when waitpid() returns.
 */
#include "port_utils.h"

#include <sys/ptrace.h>

#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND
#define MAKE_SEND_ONCE	MACH_MSG_TYPE_MAKE_SEND_ONCE
#define COPY_SEND	MACH_MSG_TYPE_COPY_SEND
#define MOVE_SEND	MACH_MSG_TYPE_MOVE_SEND
#define MOVE_SEND_ONCE	MACH_MSG_TYPE_MOVE_SEND_ONCE

/* The id of a message that says that something has been done. */
#define DONE		42

/* Starts a child whose role begins with peer_hello(). */
#define start_peer(_role, _data) \
	peer_start(_metadata, self->queue, &self->peer, _role, _data)

FIXTURE(life) {
	mach_port_name_t queue;		/* the children's way to the parent */
	mach_port_name_t notify;
	mach_port_name_t peer;		/* send right of a child's port */
	uint32_t value;
};

FIXTURE_SETUP(life)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->queue = port_new();
	self->notify = port_new();
	ASSERT_TRUE(parent_publish(self->queue));
}

FIXTURE_TEARDOWN(life)
{
}

/* Receives one message, keeps the rights in it, and says so. */
static mach_port_name_t keep(mach_port_name_t own, mach_port_name_t parent)
{
	struct message msg;

	if (msg_receive_wait(own, &msg) || msg_send_id(parent, COPY_SEND, DONE))
		return MACH_PORT_NULL;
	return msg.port[0].name;
}

static void serve(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = peer_hello(&parent);

	(void)data;
	ASSERT_NE(MACH_PORT_NULL, own);
	pause();
}

static void serve_guarded(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = peer_hello(&parent);

	(void)data;
	ASSERT_EQ(KERN_SUCCESS, port_guard(own, 0x1234, true));
	ASSERT_NE(MACH_PORT_NULL, keep(own, parent));
	pause();
}

static void hold(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = peer_hello(&parent);

	(void)data;
	ASSERT_NE(MACH_PORT_NULL, keep(own, parent));
	pause();
}

/* P-188, S-124 */
TEST_F(life, killed_receiver_is_dead_when_waitpid_returns)
{
	mach_port_name_t reply = port_new();
	pid_t child = start_peer(serve, NULL);
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS, port_notify(self->peer, MACH_NOTIFY_DEAD_NAME,
					    0, self->notify));
	message_init(&msg, self->peer, COPY_SEND, reply, MAKE_SEND_ONCE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));

	ASSERT_TRUE(child_kill(child));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(self->peer, self->value);
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(reply));
	EXPECT_TRUE(entry_is(self->peer, ENTRY_DN, 2));
}

/* P-188, S-124 */
TEST_F(life, sender_blocked_on_a_killed_receiver_returns)
{
	pid_t child = start_peer(serve, NULL);
	struct msg_thread sender;

	for (int i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		ASSERT_EQ(0, msg_send_id(self->peer, COPY_SEND, i));
	ASSERT_TRUE(msg_thread_send(&sender, self->peer, COPY_SEND, 9));
	ASSERT_TRUE(child_kill(child));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
}

/* P-189 */
TEST_F(life, killed_holder_of_the_last_send_right_is_no_senders)
{
	pid_t child = start_peer(hold, NULL);
	mach_port_name_t name = port_new();
	struct message msg;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->peer, COPY_SEND, name, MAKE_SEND));
	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS, 1,
					    self->notify));
	/* The child has the right before it dies. */
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->queue, &msg));
	EXPECT_EQ(NOTE_NONE, note_receive(self->notify, &self->value));
	ASSERT_TRUE(child_kill(child));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(1, self->value);
}

/* P-189 */
TEST_F(life, killed_holder_of_a_send_once_right_notifies)
{
	pid_t child = start_peer(hold, NULL);
	mach_port_name_t name = port_new();
	struct message msg;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->peer, COPY_SEND, name, MAKE_SEND_ONCE));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->queue, &msg));
	EXPECT_EQ(-1, msg_receive_id(name));
	ASSERT_TRUE(child_kill(child));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(name));
	EXPECT_EQ(-1, msg_receive_id(name));
}

static void hold_three(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = peer_hello(&parent);
	mach_port_name_t last = own;

	(void)data;
	for (int i = 0; i < 3; i++) {
		mach_port_name_t name = keep(own, parent);

		ASSERT_LT(MACH_PORT_INDEX(last), MACH_PORT_INDEX(name));
		last = name;
	}
	pause();
}

/* Names are cleaned one after the other, in the order of their index. */
TEST_F(life, killed_process_gives_up_its_names_in_order)
{
	pid_t child = start_peer(hold_three, NULL);
	struct message msg;

	for (int i = 1; i <= 3; i++) {
		mach_port_name_t name = port_new();

		ASSERT_EQ(0, msg_send_right(self->peer, COPY_SEND, name,
					    MAKE_SEND));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive_wait(self->queue, &msg));
		ASSERT_EQ(KERN_SUCCESS, port_set_mscount(name, i));
		ASSERT_EQ(KERN_SUCCESS,
			  port_notify(name, MACH_NOTIFY_NO_SENDERS, 0,
				      self->notify));
	}
	ASSERT_TRUE(child_kill(child));
	for (int i = 1; i <= 3; i++) {
		EXPECT_EQ(MACH_NOTIFY_NO_SENDERS,
			  note_receive(self->notify, &self->value));
		EXPECT_EQ(i, self->value);
	}
}

/* The right is still in the child's queue, in nobody's space. */
TEST_F(life, killed_owner_of_a_queue_drops_the_rights_in_it)
{
	pid_t child = start_peer(serve, NULL);
	mach_port_name_t name = port_new(), moved = port_new();
	mach_port_name_t once = port_new_send_once(moved);
	struct message msg;

	message_init(&msg, self->peer, COPY_SEND, MACH_PORT_NULL, 0);
	message_add_port(&msg, name, MAKE_SEND_ONCE);
	message_add_port(&msg, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	ASSERT_TRUE(child_kill(child));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(name));
	EXPECT_TRUE(entry_is(once, ENTRY_DN, 1));
}

/* Entrusts its port to the owner of the send-once right that it gets. */
static void bequeath(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = peer_hello(&parent);
	struct message msg;

	(void)data;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(own, &msg));
	ASSERT_EQ(KERN_SUCCESS,
		  port_request_notification(own, MACH_NOTIFY_PORT_DESTROYED, 0,
					    msg.port[0].name, MOVE_SEND_ONCE,
					    NULL));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(parent, COPY_SEND, DONE));
	pause();
}

/* P-128, P-190 */
TEST_F(life, port_destroyed_request_outlives_a_kill)
{
	pid_t child = start_peer(bequeath, NULL);
	struct message msg;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(self->peer, COPY_SEND, self->notify,
				 MAKE_SEND_ONCE));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->queue, &msg));
	for (int id = 1; id <= 3; id++)
		ASSERT_EQ(0, msg_send_id(self->peer, COPY_SEND, id));

	ASSERT_TRUE(child_kill(child));
	EXPECT_TRUE(entry_is(self->peer, ENTRY_S, 1));
	ASSERT_EQ(0, msg_send_id(self->peer, COPY_SEND, 4));
	EXPECT_EQ(MACH_NOTIFY_PORT_DESTROYED,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(self->peer, self->value);
	EXPECT_TRUE(entry_is(self->peer, ENTRY_RS, 1));
	for (int id = 1; id <= 4; id++)
		EXPECT_EQ(id, msg_receive_id(self->peer));
}

/* P-191 */
TEST_F(life, guard_does_not_outlive_a_kill)
{
	pid_t child = start_peer(serve_guarded, NULL);
	struct message msg;

	ASSERT_EQ(0, msg_send_right(self->peer, COPY_SEND, self->notify,
				    MAKE_SEND));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->queue, &msg));
	ASSERT_TRUE(child_kill(child));
	EXPECT_TRUE(entry_is(self->peer, ENTRY_DN, 1));
}

/* Answers one message. */
static void answer(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = peer_hello(&parent);
	struct message msg;

	(void)data;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(own, &msg));
	EXPECT_EQ(7, msg.head.msgh_id);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(parent, COPY_SEND, DONE));
}

/* Sends a message whose answer goes to the right that it gets. */
static void refer(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = peer_hello(&parent);
	struct message msg;

	(void)data;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(own, &msg));
	message_init(&msg, parent, COPY_SEND, msg.port[0].name, MOVE_SEND);
	msg.head.msgh_id = 6;
	msg.head.msgh_size += 4;
	msg.word[0] = 0x12345678;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	pause();
}

/* P-192 */
TEST_F(life, message_outlives_its_sender)
{
	pid_t third = start_peer(answer, NULL), sender;
	mach_port_name_t third_port = self->peer;
	struct message msg;
	uint64_t end = now_ms() + TEST_PATIENCE;

	sender = start_peer(refer, NULL);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_right(self->peer, COPY_SEND,
						   third_port, MOVE_SEND));
	while (!port_status(self->queue).mps_msgcount && now_ms() < end)
		nap();
	ASSERT_TRUE(child_kill(sender));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->queue, &msg));
	EXPECT_EQ(6, msg.head.msgh_id);
	EXPECT_EQ(0x12345678, msg.word[0]);
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(msg.head.msgh_remote_port, MOVE_SEND, 7));
	EXPECT_TRUE(child_wait(third));
	EXPECT_EQ(DONE, msg_receive_id(self->queue));
}

static void *make_port(void *data)
{
	*(mach_port_name_t *)data = port_new_send();
	return NULL;
}

/* P-198 */
TEST_F(life, thread_that_exits_leaves_its_names)
{
	mach_port_name_t name = MACH_PORT_NULL;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, make_port, &name));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 1));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send_id(name, COPY_SEND, 7));
	EXPECT_EQ(7, msg_receive_id(name));
}

/* Whether the leader of the process has ended as a thread. */
static bool leader_has_exited(void)
{
	uint64_t end = now_ms() + TEST_PATIENCE;
	char state = 0;
	FILE *file;

	while (state != 'Z' && now_ms() < end) {
		nap();
		file = fopen("/proc/self/stat", "r");
		if (!file)
			return false;
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		fclose(file);
	}
	return state == 'Z';
}

static void *outlive_the_leader(void *data)
{
	mach_port_name_t name = *(mach_port_name_t *)data;
	bool good = leader_has_exited() && entry_is(name, ENTRY_RS, 1);

	/* One of two doors is closed by what is left of the process. */
	good = good && !close(dup(machipc_fd)) && entry_is(name, ENTRY_RS, 1);
	_exit(!good);
}

static void exit_as_leader(struct __test_metadata *_metadata, void *data)
{
	static mach_port_name_t name;
	pthread_t thread;

	(void)data;
	ASSERT_EQ(0, space_open());
	name = port_new_send();
	ASSERT_EQ(0, pthread_create(&thread, NULL, outlive_the_leader, &name));
	pthread_exit(NULL);
}

/* P-198 */
TEST_F(life, first_thread_that_exits_leaves_the_space_to_the_others)
{
	EXPECT_TRUE(child_wait(child_start(_metadata, exit_as_leader, NULL)));
}

/* A stop ends the wait, as any signal does. */
static void answer_after_stop(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own = peer_hello(&parent);
	mach_msg_return_t mr;
	struct message msg;

	(void)data;
	do {
		mr = msg_receive_wait(own, &msg);
	} while (mr == MACH_RCV_INTERRUPTED);
	ASSERT_EQ(MACH_MSG_SUCCESS, mr);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(parent, COPY_SEND, DONE));
}

/* S-132 */
TEST_F(life, stopped_process_keeps_its_space)
{
	pid_t child = start_peer(answer_after_stop, NULL);
	int status;

	ASSERT_EQ(0, kill(child, SIGSTOP));
	ASSERT_EQ(child, waitpid(child, &status, WUNTRACED));
	ASSERT_TRUE(WIFSTOPPED(status));
	EXPECT_TRUE(entry_is(self->peer, ENTRY_S, 1));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send_id(self->peer, COPY_SEND, 7));
	ASSERT_EQ(0, kill(child, SIGCONT));
	EXPECT_TRUE(child_wait(child));
	EXPECT_EQ(DONE, msg_receive_id(self->queue));
}

/* S-132 */
TEST_F(life, process_in_a_debugger_keeps_its_space)
{
	pid_t child = start_peer(answer_after_stop, NULL);
	int status;

	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, child, NULL, NULL));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, child, NULL, NULL));
	ASSERT_EQ(child, waitpid(child, &status, __WALL));
	ASSERT_TRUE(WIFSTOPPED(status));
	EXPECT_TRUE(entry_is(self->peer, ENTRY_S, 1));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send_id(self->peer, COPY_SEND, 7));
	EXPECT_EQ(-1, msg_receive_id(self->queue));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, child, NULL, NULL));
	EXPECT_TRUE(child_wait(child));
	EXPECT_EQ(DONE, msg_receive_id(self->queue));
}

/* A cgroup for a child of this process. */
#define GROUP		"/sys/fs/cgroup/life"
#define GROUP_PROCS	GROUP "/cgroup.procs"
#define GROUP_FREEZE	GROUP "/cgroup.freeze"
#define GROUP_EVENTS	GROUP "/cgroup.events"
#define GROUP_MEMORY	GROUP "/memory.max"

/* Whether the cgroup gets frozen, or not frozen, in time. */
static bool group_becomes(const char *event)
{
	uint64_t end = now_ms() + TEST_PATIENCE;
	char text[200];
	ssize_t length;
	int fd;

	do {
		fd = open(GROUP_EVENTS, O_RDONLY | O_CLOEXEC);
		length = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[length < 0 ? 0 : length] = 0;
		if (strstr(text, event))
			return true;
		nap();
	} while (now_ms() < end);
	return false;
}

static bool group_make(const char *file)
{
	if (!mkdir(GROUP, 0755) && !access(file, W_OK))
		return true;
	rmdir(GROUP);
	return false;
}

static void answer_in_group(struct __test_metadata *_metadata, void *data)
{
	ASSERT_TRUE(file_write(GROUP_PROCS, "0"));
	answer_after_stop(_metadata, data);
}

/* S-132 */
TEST_F(life, frozen_process_keeps_its_space)
{
	pid_t child;

	if (!group_make(GROUP_FREEZE))
		SKIP(return, "needs root and a cgroup that can be frozen");
	child = start_peer(answer_in_group, NULL);
	ASSERT_TRUE(file_write(GROUP_FREEZE, "1"));
	ASSERT_TRUE(group_becomes("frozen 1"));
	EXPECT_TRUE(entry_is(self->peer, ENTRY_S, 1));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send_id(self->peer, COPY_SEND, 7));
	EXPECT_EQ(-1, msg_receive_id(self->queue));
	ASSERT_TRUE(file_write(GROUP_FREEZE, "0"));
	EXPECT_TRUE(child_wait(child));
	EXPECT_EQ(DONE, msg_receive_id(self->queue));
	EXPECT_EQ(0, rmdir(GROUP));
}

#define TOO_MUCH	(64 << 20)

/* Waits for a message, then touches more memory than it may have. */
static void run_out_of_memory(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent, own;
	struct message msg;
	char *memory;

	ASSERT_TRUE(file_write(GROUP_PROCS, "0"));
	own = peer_hello(&parent);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(own, &msg));
	memory = mmap(NULL, TOO_MUCH, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, memory);
	memset(memory, 1, TOO_MUCH);
	pause();
}

/* P-188, S-132 */
TEST_F(life, process_that_runs_out_of_memory_loses_its_space)
{
	int status;
	pid_t child;

	if (!group_make(GROUP_MEMORY))
		SKIP(return, "needs root and a memory cgroup");
	ASSERT_TRUE(file_write(GROUP_MEMORY, "8388608"));
	child = start_peer(run_out_of_memory, NULL);
	ASSERT_EQ(KERN_SUCCESS, port_notify(self->peer, MACH_NOTIFY_DEAD_NAME,
					    0, self->notify));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(self->peer, COPY_SEND, 7));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME,
		  note_receive(self->notify, &self->value));
	EXPECT_EQ(self->peer, self->value);
	EXPECT_EQ(0, rmdir(GROUP));
}

TEST_HARNESS_MAIN
