// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that end in the middle of a conversation: those that stay get the
 * documented result, at once.
 */
#include "machipc_utils.h"

/*
 * The test is the one who stays. The other one connects by the bootstrap port
 * and introduces itself there with a send right of its own port.
 */
FIXTURE(death) {
	mach_port_name_t door;		/* R, the bootstrap port */
	mach_port_name_t reply;		/* R */
	mach_port_name_t notify;	/* R, for dead-name notifications */
	struct message msg;
	pid_t pid;
};

FIXTURE_SETUP(death)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->door = port_new();
	self->reply = port_new();
	self->notify = port_new();
	ASSERT_TRUE(parent_publish(self->door));
}

FIXTURE_TEARDOWN(death)
{
}

/* In the child: makes a port and tells the parent of it. */
static mach_port_name_t introduce(mach_port_name_t *door)
{
	mach_port_name_t port;

	*door = child_connect();
	if (*door == MACH_PORT_NULL)
		return MACH_PORT_NULL;
	port = port_new();
	if (msg_send_right(*door, MACH_MSG_TYPE_COPY_SEND, port,
			   MACH_MSG_TYPE_MAKE_SEND))
		return MACH_PORT_NULL;
	return port;
}

/* In the parent: waits for the introduction of a child. */
static mach_port_name_t meet(mach_port_name_t door)
{
	struct message msg;

	return msg_receive_wait(door, &msg) ? MACH_PORT_NULL : msg.port[0].name;
}

/* Sends a request and waits for the answer in one call. */
static mach_msg_return_t
call(struct message *msg, mach_port_name_t service, mach_port_name_t reply)
{
	message_init(msg, service, MACH_MSG_TYPE_COPY_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	return msg_trap(msg, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
			msg->head.msgh_size, sizeof(*msg), reply,
			TEST_PATIENCE);
}

static void wait_for_death(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t door;

	ASSERT_NE(MACH_PORT_NULL, introduce(&door));
	pause();
}

/* Takes one request, and ends without an answer. */
static void take_and_exit(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t door, port = introduce(&door);
	struct message msg;

	ASSERT_NE(MACH_PORT_NULL, port);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(port, &msg));
}

/* M-83, P-110 */
TEST_F(death, server_that_exits_with_a_request_answers_by_notification)
{
	mach_port_name_t service;

	self->pid = child_start(_metadata, take_and_exit, NULL);
	service = meet(self->door);
	ASSERT_EQ(MACH_MSG_SUCCESS, call(&self->msg, service, self->reply));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, self->msg.head.msgh_id);
	EXPECT_TRUE(child_wait(self->pid));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(service));
}

/* P-188 */
TEST_F(death, server_killed_before_it_received_answers_by_notification)
{
	mach_port_name_t service;

	self->pid = child_start(_metadata, wait_for_death, NULL);
	service = meet(self->door);
	message_init(&self->msg, service, MACH_MSG_TYPE_COPY_SEND, self->reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_TRUE(child_kill(self->pid));
	/* The notification is there when the death is known. */
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->reply));
}

/* P-188, S-124 */
TEST_F(death, dead_name_notification_comes_before_the_exit_status)
{
	mach_port_name_t service;

	self->pid = child_start(_metadata, wait_for_death, NULL);
	service = meet(self->door);
	ASSERT_EQ(KERN_SUCCESS, port_notify(service, MACH_NOTIFY_DEAD_NAME, 0,
					    self->notify));
	ASSERT_TRUE(child_kill(self->pid));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->notify, &self->msg));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, self->msg.head.msgh_id);
	EXPECT_EQ(service, message_notified(&self->msg));
	EXPECT_EQ(2, port_refs(service, MACH_PORT_RIGHT_DEAD_NAME));
}

/* M-78, S-124 */
TEST_F(death, senders_blocked_on_a_killed_receiver_succeed)
{
	struct msg_thread senders[2];
	mach_port_name_t service;

	self->pid = child_start(_metadata, wait_for_death, NULL);
	service = meet(self->door);
	for (int i = 0; i < 5; i++)
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_send_id(service, MACH_MSG_TYPE_COPY_SEND, i));
	for (int i = 0; i < 2; i++)
		ASSERT_TRUE(msg_thread_send(&senders[i], service,
					    MACH_MSG_TYPE_COPY_SEND, i));
	ASSERT_TRUE(child_kill(self->pid));
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&senders[i]));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(service));
	EXPECT_EQ(1, port_refs(service, MACH_PORT_RIGHT_DEAD_NAME));
}

/* Asks its parent for something, and waits for ever. */
static void ask(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t door = child_connect(), reply = port_new();
	struct message msg;

	message_init(&msg, door, MACH_MSG_TYPE_COPY_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg_trap(&msg, MACH_SEND_MSG | MACH_RCV_MSG, 24, sizeof(msg), reply, 0);
}

TEST_F(death, reply_to_a_killed_client_has_an_invalid_destination)
{
	mach_port_name_t reply;

	self->pid = child_start(_metadata, ask, NULL);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->door, &self->msg));
	reply = self->msg.head.msgh_remote_port;
	EXPECT_EQ(MACH_PORT_TYPE_SEND_ONCE, port_type(reply));
	ASSERT_TRUE(wait_until_blocked(self->pid));
	ASSERT_TRUE(child_kill(self->pid));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  msg_send_id(reply, MACH_MSG_TYPE_MOVE_SEND_ONCE, 1));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(reply));
}

/* P-192 */
TEST_F(death, message_of_a_killed_sender_arrives)
{
	self->pid = child_start(_metadata, ask, NULL);
	ASSERT_TRUE(wait_until_blocked(self->pid));
	ASSERT_TRUE(child_kill(self->pid));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->door, &self->msg));
	EXPECT_EQ(MACH_PORT_DEAD, self->msg.head.msgh_remote_port);
	EXPECT_EQ(0x1112, self->msg.head.msgh_bits);
}

/* Blocks in a send to its parent's port. */
static void block_in_send(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t door = child_connect();
	struct message msg;

	message_init(&msg, door, MACH_MSG_TYPE_MOVE_SEND, MACH_PORT_NULL, 0);
	msg.head.msgh_id = 100;
	msg_trap(&msg, MACH_SEND_MSG, 24, 0, MACH_PORT_NULL, 0);
}

TEST_F(death, killed_sender_leaves_its_turn_to_the_next)
{
	struct msg_thread sender;

	ASSERT_TRUE(port_fill(self->door));
	self->pid = child_start(_metadata, block_in_send, NULL);
	ASSERT_TRUE(wait_until_blocked(self->pid));
	ASSERT_TRUE(msg_thread_send(&sender, self->door,
				    MACH_MSG_TYPE_MAKE_SEND, 200));
	ASSERT_TRUE(child_kill(self->pid));
	EXPECT_TRUE(msg_thread_stays_blocked(&sender));
	EXPECT_EQ(1, msg_receive_id(self->door));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
	for (int id = 2; id <= 5; id++)
		EXPECT_EQ(id, msg_receive_id(self->door));
	EXPECT_EQ(200, msg_receive_id(self->door));
	EXPECT_EQ(-1, msg_receive_id(self->door));
}

/* Blocks in a receive on its own port. */
static void block_in_receive(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t door, port = introduce(&door);
	struct message msg;

	msg_receive_option(port, &msg, 0, 0);
}

TEST_F(death, killed_receiver_dies_with_its_port)
{
	mach_port_name_t service;

	self->pid = child_start(_metadata, block_in_receive, NULL);
	service = meet(self->door);
	ASSERT_TRUE(wait_until_blocked(self->pid));
	ASSERT_TRUE(child_kill(self->pid));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  msg_send_id(service, MACH_MSG_TYPE_COPY_SEND, 1));
}

/* Holds what it is sent. */
static void hold(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t door, port = introduce(&door);
	struct message msg;

	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(port, &msg));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(door, MACH_MSG_TYPE_COPY_SEND, 1));
	pause();
}

/* P-188, P-189 */
TEST_F(death, rights_of_a_killed_holder_are_released)
{
	mach_port_name_t counted = port_new_send(), moved = port_new_send();
	mach_port_name_t service;

	self->pid = child_start(_metadata, hold, NULL);
	service = meet(self->door);
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(counted, MACH_NOTIFY_NO_SENDERS, 1,
			      self->notify));
	message_init(&self->msg, service, MACH_MSG_TYPE_MOVE_SEND,
		     MACH_PORT_NULL, 0);
	message_add_port(&self->msg, counted, MACH_MSG_TYPE_MOVE_SEND);
	message_add_port(&self->msg, self->reply, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&self->msg, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->door, &self->msg));
	EXPECT_EQ(-1, msg_receive_id(self->notify));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(moved));

	ASSERT_TRUE(child_kill(self->pid));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, msg_receive_id(self->notify));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(self->reply));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(moved));
}

#define KILLS	25

/* Answers each request with the rights that it carried. */
static void serve(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t door, port = introduce(&door);
	struct message msg;

	while (!msg_receive_option(port, &msg, 0, 0)) {
		struct message answer;

		message_init(&answer, msg.head.msgh_remote_port,
			     MACH_MSG_TYPE_MOVE_SEND_ONCE, MACH_PORT_NULL, 0);
		answer.head.msgh_id = msg.head.msgh_id + 100;
		message_add_port(&answer, msg.port[0].name,
				 MACH_MSG_TYPE_MOVE_RECEIVE);
		message_add_port(&answer, msg.port[1].name,
				 MACH_MSG_TYPE_MOVE_SEND);
		msg_send(&answer);
	}
}

/* Asks as long as there are answers; the result that was none. */
static mach_msg_return_t
ask_until_death(struct message *msg, mach_port_name_t service,
		mach_port_name_t reply, int *answers)
{
	mach_port_name_t moved = port_new(), kept = port_new();
	mach_msg_return_t mr;

	for (;;) {
		message_init(msg, service, MACH_MSG_TYPE_COPY_SEND, reply,
			     MACH_MSG_TYPE_MAKE_SEND_ONCE);
		msg->head.msgh_id = 7;
		message_add_port(msg, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
		message_add_port(msg, kept, MACH_MSG_TYPE_MAKE_SEND);
		mr = msg_trap(msg, MACH_SEND_MSG | MACH_RCV_MSG |
			      MACH_RCV_TIMEOUT, msg->head.msgh_size,
			      sizeof(*msg), reply, TEST_PATIENCE);
		if (mr || msg->head.msgh_id != 107)
			break;
		++*answers;
		moved = msg->port[0].name;
		port_deallocate(msg->port[1].name);
	}
	/* Whatever the server had is dead; a refused message took nothing. */
	if (mr)
		port_destroy(moved);
	port_destroy(kept);
	return mr;
}

struct killer {
	pthread_t thread;
	pid_t pid;
	uint32_t delay;
};

static void *kill_later(void *data)
{
	struct killer *killer = data;

	usleep(killer->delay);
	kill(killer->pid, SIGKILL);
	return NULL;
}

/* The client gets its answer, a notification, or hears that nobody is there. */
TEST_F(death, server_may_be_killed_at_any_moment)
{
	int answers = 0, notified = 0;
	uint32_t names = name_count();

	for (int i = 0; i < KILLS; i++) {
		struct killer killer = { .delay = 137 * i * i % 20011 };
		mach_port_name_t service;
		mach_msg_return_t mr;
		int status;

		killer.pid = child_start(_metadata, serve, NULL);
		service = meet(self->door);
		ASSERT_NE(MACH_PORT_NULL, service);
		ASSERT_EQ(0, pthread_create(&killer.thread, NULL, kill_later,
					    &killer));
		mr = ask_until_death(&self->msg, service, self->reply,
				     &answers);
		if (mr == MACH_MSG_SUCCESS) {
			ASSERT_EQ(MACH_NOTIFY_SEND_ONCE,
				  self->msg.head.msgh_id);
			notified++;
		} else {
			ASSERT_EQ(MACH_SEND_INVALID_DEST, mr);
		}
		pthread_join(killer.thread, NULL);
		ASSERT_EQ(killer.pid, waitpid(killer.pid, &status, 0));
		ASSERT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(service));
		ASSERT_EQ(KERN_SUCCESS, port_destroy(service));
		ASSERT_EQ(-1, msg_receive_id(self->reply));
		ASSERT_EQ(names, name_count());
	}
	TH_LOG("%d answers, %d notifications", answers, notified);
}

static void ask_for_ever(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t door = child_connect();
	struct message msg;
	int answers = 0;

	ask_until_death(&msg, door, port_new(), &answers);
}

/* The server goes on, whatever it finds in place of its clients. */
TEST_F(death, clients_may_be_killed_at_any_moment)
{
	int served = 0, dead = 0;
	uint32_t names;

	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->door, 1));
	names = name_count();
	for (int i = 0; i < KILLS; i++) {
		struct killer killer = { .delay = 137 * i * i % 20011 };
		pid_t other;
		int status;

		killer.pid = child_start(_metadata, ask_for_ever, NULL);
		/* A second client makes the first one wait for its turn. */
		other = child_start(_metadata, ask_for_ever, NULL);
		ASSERT_EQ(0, pthread_create(&killer.thread, NULL, kill_later,
					    &killer));
		while (waitpid(killer.pid, &status, WNOHANG) != killer.pid) {
			struct message answer;
			mach_msg_return_t mr;

			if (msg_receive_option(self->door, &self->msg,
					       MACH_RCV_TIMEOUT, 1))
				continue;
			message_init(&answer, self->msg.head.msgh_remote_port,
				     MACH_MSG_TYPE_MOVE_SEND_ONCE,
				     MACH_PORT_NULL, 0);
			answer.head.msgh_id = self->msg.head.msgh_id + 100;
			message_add_port(&answer, self->msg.port[0].name,
					 MACH_MSG_TYPE_MOVE_RECEIVE);
			message_add_port(&answer, self->msg.port[1].name,
					 MACH_MSG_TYPE_MOVE_SEND);
			mr = msg_send(&answer);
			if (mr == MACH_MSG_SUCCESS) {
				served++;
				continue;
			}
			ASSERT_EQ(MACH_SEND_INVALID_DEST, mr);
			dead++;
			port_destroy(answer.head.msgh_remote_port);
			port_destroy(answer.port[0].name);
			port_destroy(answer.port[1].name);
		}
		pthread_join(killer.thread, NULL);
		ASSERT_TRUE(child_kill(other));
		/* Requests of the dead are still there. */
		while (!msg_receive(self->door, &self->msg)) {
			port_destroy(self->msg.head.msgh_remote_port);
			port_destroy(self->msg.port[0].name);
			port_destroy(self->msg.port[1].name);
		}
		ASSERT_EQ(names, name_count());
	}
	TH_LOG("%d served, %d found dead", served, dead);
}

TEST_HARNESS_MAIN
