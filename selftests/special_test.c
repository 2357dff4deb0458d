// SPDX-License-Identifier: GPL-2.0
/*
 * Special ports: of a process, which children copy, and the bootstrap port of a
 * pid namespace, which all have who have none of their own.
 */
#include "port_utils.h"

#include <sys/socket.h>

#include <mach/task_special_ports.h>

#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND
#define COPY_SEND	MACH_MSG_TYPE_COPY_SEND
#define MOVE_SEND	MACH_MSG_TYPE_MOVE_SEND

FIXTURE(special) {
	mach_port_name_t name;
};

FIXTURE_SETUP(special)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->name = port_new_send();
	ASSERT_NE(MACH_PORT_NULL, self->name);
}

FIXTURE_TEARDOWN(special)
{
}

static kern_return_t set_bootstrap(mach_port_name_t name,
				   mach_msg_type_name_t type)
{
	return task_set_special(TASK_BOOTSTRAP_PORT, name, type);
}

/* The bootstrap port; TEST_POISON if the call fails. */
static mach_port_name_t get_bootstrap(void)
{
	mach_port_name_t name = TEST_POISON;

	task_get_special(TASK_BOOTSTRAP_PORT, &name);
	return name;
}

TEST_F(special, bootstrap_port_is_null_before_anyone_sets_it)
{
	EXPECT_EQ(MACH_PORT_NULL, get_bootstrap());
}

/* P-183, S-81 */
TEST_F(special, bootstrap_port_that_was_set_is_got)
{
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(self->name, COPY_SEND));
	EXPECT_TRUE(entry_is(self->name, ENTRY_RS, 1));
	EXPECT_EQ(self->name, get_bootstrap());
	EXPECT_TRUE(entry_is(self->name, ENTRY_RS, 2));
	EXPECT_EQ(self->name, get_bootstrap());
	EXPECT_TRUE(entry_is(self->name, ENTRY_RS, 3));
}

/* P-183, S-81 */
TEST_F(special, null_clears_the_bootstrap_port)
{
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(self->name, COPY_SEND));
	EXPECT_EQ(2, port_srights(self->name));
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(MACH_PORT_NULL, COPY_SEND));
	EXPECT_EQ(MACH_PORT_NULL, get_bootstrap());
	EXPECT_EQ(1, port_srights(self->name));
}

/* P-184, S-81 */
TEST_F(special, bootstrap_port_that_died_is_dead)
{
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(self->name, COPY_SEND));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->name));
	EXPECT_EQ(MACH_PORT_DEAD, get_bootstrap());
}

TEST_F(special, bootstrap_port_that_was_dead_before_is_dead)
{
	mach_port_name_t dead = dead_name_new(1);

	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(dead, COPY_SEND));
	EXPECT_EQ(MACH_PORT_DEAD, get_bootstrap());
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(self->name, COPY_SEND));
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(MACH_PORT_DEAD, COPY_SEND));
	EXPECT_EQ(MACH_PORT_DEAD, get_bootstrap());
}

/* S-83 */
TEST_F(special, set_takes_a_reference_if_it_moves_one)
{
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->name, MACH_PORT_RIGHT_SEND, 2));
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(self->name, MOVE_SEND));
	EXPECT_TRUE(entry_is(self->name, ENTRY_RS, 2));
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(self->name, COPY_SEND));
	EXPECT_TRUE(entry_is(self->name, ENTRY_RS, 2));
}

TEST_F(special, another_one_releases_the_one_before)
{
	mach_port_name_t notify = port_new(), name = port_new();
	uint32_t count;

	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(name, MAKE_SEND));
	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS, 0,
					    notify));
	EXPECT_EQ(NOTE_NONE, note_receive(notify, &count));
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(self->name, COPY_SEND));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, note_receive(notify, &count));
}

TEST_F(special, set_that_is_refused_changes_nothing)
{
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(self->name, COPY_SEND));
	EXPECT_NE(KERN_SUCCESS, set_bootstrap(stale_name(), COPY_SEND));
	EXPECT_NE(KERN_SUCCESS, set_bootstrap(port_new(), COPY_SEND));
	EXPECT_NE(KERN_SUCCESS,
		  set_bootstrap(port_new(), MACH_MSG_TYPE_MAKE_SEND_ONCE));
	EXPECT_EQ(self->name, get_bootstrap());
}

/* P-185, S-82 */
TEST_F(special, unknown_special_port_is_an_invalid_argument)
{
	int unknown[] = { 0, 5, 6, 8, 11, 1000 };
	mach_port_name_t name;

	for (int i = 0; i < ARRAY_SIZE(unknown); i++) {
		EXPECT_EQ(KERN_INVALID_ARGUMENT,
			  task_get_special(unknown[i], &name));
		EXPECT_EQ(KERN_INVALID_ARGUMENT,
			  task_set_special(unknown[i], self->name, COPY_SEND));
	}
	EXPECT_TRUE(entry_is(self->name, ENTRY_RS, 1));
}

/* What is got of a special port; TEST_POISON if the call fails. */
static mach_port_name_t get_special(int which)
{
	mach_port_name_t name = TEST_POISON;

	task_get_special(which, &name);
	return name;
}

/* P-185, S-82 */
TEST_F(special, task_name_is_got_and_never_set)
{
	mach_port_name_t name = get_special(TASK_NAME_PORT);
	uint64_t kind = TEST_POISON;

	EXPECT_TRUE(entry_is(name, ENTRY_S, 1));
	EXPECT_NE(self_task(), name);
	EXPECT_EQ(KERN_SUCCESS,
		  port_call(MACHIPC_IOC_PORT_KOBJECT, name, 0, 0, &kind));
	EXPECT_EQ(20, kind);
	EXPECT_EQ(name, get_special(TASK_NAME_PORT));
	EXPECT_TRUE(entry_is(name, ENTRY_S, 2));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  task_set_special(TASK_NAME_PORT, self->name, COPY_SEND));
	EXPECT_TRUE(entry_is(self->name, ENTRY_RS, 1));
}

/* P-185, S-82 */
TEST_F(special, ports_that_are_set_once)
{
	int once[] = { TASK_SEATBELT_PORT, TASK_ACCESS_PORT };
	mach_port_name_t name;

	for (int i = 0; i < ARRAY_SIZE(once); i++) {
		EXPECT_EQ(MACH_PORT_NULL, get_special(once[i]));
		/* None was set, so there is nothing to protect. */
		EXPECT_EQ(KERN_SUCCESS, task_set_special(once[i],
							 MACH_PORT_NULL,
							 COPY_SEND));
		name = port_new_send();
		EXPECT_EQ(KERN_SUCCESS,
			  task_set_special(once[i], name, COPY_SEND));
		EXPECT_EQ(KERN_NO_ACCESS,
			  task_set_special(once[i], self->name, COPY_SEND));
		EXPECT_EQ(KERN_NO_ACCESS, task_set_special(once[i],
							   MACH_PORT_NULL,
							   COPY_SEND));
		EXPECT_EQ(name, get_special(once[i]));
		EXPECT_EQ(1, port_srights(self->name));
		/* One that died can be replaced. */
		ASSERT_EQ(KERN_SUCCESS, port_destroy(name));
		EXPECT_EQ(MACH_PORT_DEAD, get_special(once[i]));
		EXPECT_EQ(KERN_SUCCESS,
			  task_set_special(once[i], self->name, COPY_SEND));
		EXPECT_EQ(self->name, get_special(once[i]));
		ASSERT_EQ(KERN_SUCCESS, port_destroy(self->name));
		self->name = port_new_send();
	}
}

TEST_F(special, port_that_is_set_takes_the_place_of_oneself)
{
	struct {
		int which;
		uint32_t self;
	} port[] = {
		{ TASK_KERNEL_PORT, MACHIPC_SELF_TASK },
		{ TASK_HOST_PORT, MACHIPC_SELF_HOST },
	};

	self_task();
	for (int i = 0; i < ARRAY_SIZE(port); i++) {
		EXPECT_EQ(self_port(port[i].self), get_special(port[i].which));
		ASSERT_EQ(KERN_SUCCESS, task_set_special(port[i].which,
							 self->name,
							 COPY_SEND));
		EXPECT_EQ(self->name, self_port(port[i].self));
		EXPECT_EQ(self->name, get_special(port[i].which));
		ASSERT_EQ(KERN_SUCCESS, task_set_special(port[i].which,
							 MACH_PORT_NULL,
							 COPY_SEND));
		EXPECT_EQ(MACH_PORT_NULL, self_port(port[i].self));
		EXPECT_EQ(MACH_PORT_NULL, get_special(port[i].which));
		EXPECT_EQ(1, port_srights(self->name));
	}
}

/* A dead right is not the same as none. */
TEST_F(special, dead_name_that_is_set_is_got_as_dead)
{
	ASSERT_EQ(KERN_SUCCESS, task_set_special(TASK_DEBUG_CONTROL_PORT,
						 dead_name_new(1), COPY_SEND));
	EXPECT_EQ(MACH_PORT_DEAD, get_special(TASK_DEBUG_CONTROL_PORT));
}

static void send_name(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(parent, COPY_SEND, get_special(TASK_NAME_PORT),
				 MOVE_SEND));
	pause();
}

TEST_F(special, task_name_dies_with_the_process)
{
	mach_port_name_t notify = port_new();
	struct message msg;
	uint32_t dead;
	pid_t child;

	ASSERT_TRUE(parent_publish(self->name));
	child = child_start(_metadata, send_name, NULL);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->name, &msg));
	ASSERT_EQ(KERN_SUCCESS, port_notify(msg.port[0].name,
					    MACH_NOTIFY_DEAD_NAME, 0, notify));
	ASSERT_TRUE(child_kill(child));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, note_receive(notify, &dead));
	EXPECT_EQ(msg.port[0].name, dead);
}

/* One end of two pipes, to take turns. */
struct turns {
	int to_child[2];
	int to_parent[2];
};

static bool turns_make(struct turns *turns)
{
	return !pipe(turns->to_child) && !pipe(turns->to_parent);
}

static bool turn_give(int *pipe)
{
	return write(pipe[1], "", 1) == 1;
}

static bool turn_take(int *pipe)
{
	char byte;

	return read(pipe[0], &byte, 1) == 1;
}

static void keep_bootstrap(struct __test_metadata *_metadata, void *data)
{
	struct turns *turns = data;
	mach_port_name_t name = child_connect();

	ASSERT_TRUE(turn_give(turns->to_parent));
	ASSERT_TRUE(turn_take(turns->to_child));
	EXPECT_EQ(name, get_bootstrap());
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send_id(name, COPY_SEND, 7));
}

static void bind_only(struct __test_metadata *_metadata, void *data)
{
	struct turns *turns = data;

	ASSERT_EQ(0, space_open());
	ASSERT_TRUE(turn_give(turns->to_parent));
	ASSERT_TRUE(turn_take(turns->to_child));
}

/* S-86 */
TEST_F(special, child_keeps_the_bootstrap_port_that_it_has_copied)
{
	struct turns turns;
	pid_t child;

	ASSERT_TRUE(turns_make(&turns));
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(self->name, COPY_SEND));
	child = child_start(_metadata, keep_bootstrap, &turns);
	ASSERT_TRUE(turn_take(turns.to_parent));
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(port_new(), MAKE_SEND));
	ASSERT_TRUE(turn_give(turns.to_child));
	EXPECT_TRUE(child_wait(child));
	EXPECT_EQ(7, msg_receive_id(self->name));
}

/* P-195 */
TEST_F(special, child_holds_a_send_right_of_its_bootstrap_port_only)
{
	mach_port_name_t other = port_new_send();
	struct turns turns;
	pid_t child;

	ASSERT_TRUE(turns_make(&turns));
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(self->name, COPY_SEND));
	ASSERT_EQ(2, port_srights(self->name));
	child = child_start(_metadata, bind_only, &turns);
	ASSERT_TRUE(turn_take(turns.to_parent));
	EXPECT_EQ(3, port_srights(self->name));
	EXPECT_EQ(1, port_srights(other));
	ASSERT_TRUE(turn_give(turns.to_child));
	EXPECT_TRUE(child_wait(child));
	EXPECT_EQ(2, port_srights(self->name));
}

/* Hands its door to whoever listens, and ends. */
static void hand_over_door(struct __test_metadata *_metadata, void *data)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr head;
	} control = { .head = {
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	} };
	struct iovec byte = { "", 1 };
	struct msghdr msg = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.room),
	};

	ASSERT_EQ(0, setuid(65534));
	ASSERT_EQ(0, space_open());
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(port_new_send(), COPY_SEND));
	memcpy(CMSG_DATA(&control.head), &machipc_fd, sizeof(int));
	ASSERT_EQ(1, sendmsg(((int *)data)[1], &msg, 0));
}

static void take_door(struct __test_metadata *_metadata, void *data)
{
	char room[CMSG_SPACE(sizeof(int))], got;
	struct iovec byte = { &got, 1 };
	struct msghdr msg = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};

	EXPECT_TRUE(child_wait(child_start(_metadata, hand_over_door, data)));
	ASSERT_EQ(1, recvmsg(((int *)data)[0], &msg, 0));
	ASSERT_NE(NULL, CMSG_FIRSTHDR(&msg));
	ASSERT_EQ(0, space_open());
	EXPECT_EQ(MACH_PORT_NULL, get_bootstrap());
}

/* Else anybody could tell it where to look up services. */
TEST_F(special, nothing_is_inherited_by_the_door_of_another_user)
{
	int sockets[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets));
	EXPECT_TRUE(child_wait(child_start(_metadata, take_door, sockets)));
}

static void become_nobody(struct __test_metadata *_metadata, void *data)
{
	(void)data;
	ASSERT_EQ(0, space_open());
	ASSERT_EQ(0, setuid(65534));
	EXPECT_EQ(CALL_ERROR(EPERM), domain_set_bootstrap(port_new(),
							  MAKE_SEND));
}

TEST_F(special, bootstrap_port_of_the_namespace_needs_privilege)
{
	EXPECT_TRUE(child_wait(child_start(_metadata, become_nobody, NULL)));
	EXPECT_EQ(MACH_PORT_NULL, get_bootstrap());
}

TEST_F(special, bootstrap_port_of_the_namespace_is_for_all_without_one)
{
	mach_port_name_t own = port_new_send();

	ASSERT_EQ(KERN_SUCCESS, domain_set_bootstrap(self->name, COPY_SEND));
	EXPECT_EQ(self->name, get_bootstrap());
	ASSERT_EQ(KERN_SUCCESS, set_bootstrap(own, COPY_SEND));
	EXPECT_EQ(own, get_bootstrap());
	EXPECT_EQ(KERN_SUCCESS,
		  domain_set_bootstrap(MACH_PORT_NULL, COPY_SEND));
}

TEST_F(special, bootstrap_port_of_the_namespace_is_not_overwritten)
{
	ASSERT_EQ(KERN_SUCCESS, domain_set_bootstrap(self->name, COPY_SEND));
	EXPECT_EQ(KERN_NO_ACCESS, domain_set_bootstrap(port_new(), MAKE_SEND));
	EXPECT_EQ(self->name, get_bootstrap());
	EXPECT_EQ(KERN_SUCCESS,
		  domain_set_bootstrap(MACH_PORT_NULL, COPY_SEND));
	EXPECT_EQ(MACH_PORT_NULL, get_bootstrap());
	EXPECT_EQ(1, port_srights(self->name));
}

static void serve_namespace(struct __test_metadata *_metadata, void *data)
{
	struct turns *turns = data;

	ASSERT_EQ(0, space_open());
	ASSERT_EQ(KERN_SUCCESS, domain_set_bootstrap(port_new(), MAKE_SEND));
	ASSERT_TRUE(turn_give(turns->to_parent));
	pause();
}

/* S-90 */
TEST_F(special, dead_server_of_the_namespace_is_replaced)
{
	mach_port_name_t notify = port_new(), name;
	struct turns turns;
	uint32_t dead;
	pid_t child;

	ASSERT_TRUE(turns_make(&turns));
	child = child_start(_metadata, serve_namespace, &turns);
	ASSERT_TRUE(turn_take(turns.to_parent));
	name = get_bootstrap();
	ASSERT_TRUE(entry_is(name, ENTRY_S, 1));
	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_DEAD_NAME, 0,
					    notify));
	EXPECT_EQ(KERN_NO_ACCESS, domain_set_bootstrap(self->name, COPY_SEND));

	ASSERT_TRUE(child_kill(child));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, note_receive(notify, &dead));
	EXPECT_EQ(name, dead);
	EXPECT_FALSE(MACH_PORT_VALID(get_bootstrap()));
	EXPECT_EQ(KERN_SUCCESS, domain_set_bootstrap(self->name, COPY_SEND));
	EXPECT_EQ(self->name, get_bootstrap());
}

static void serve_new_namespace(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t name;

	(void)data;
	ASSERT_EQ(0, space_open());
	EXPECT_EQ(MACH_PORT_NULL, get_bootstrap());
	name = port_new_send();
	EXPECT_EQ(KERN_SUCCESS, domain_set_bootstrap(name, COPY_SEND));
	EXPECT_EQ(name, get_bootstrap());
}

static void enter_namespace(struct __test_metadata *_metadata, void *data)
{
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	EXPECT_TRUE(child_wait(child_start(_metadata, serve_new_namespace,
					   data)));
}

/* S-88 */
TEST_F(special, other_pid_namespace_has_a_bootstrap_port_of_its_own)
{
	ASSERT_EQ(KERN_SUCCESS, domain_set_bootstrap(self->name, COPY_SEND));
	EXPECT_TRUE(child_wait(child_start(_metadata, enter_namespace, NULL)));
	EXPECT_EQ(self->name, get_bootstrap());
}

TEST_HARNESS_MAIN
