// SPDX-License-Identifier: GPL-2.0
/*
 * libmachipc: calls that a signal interrupts, and servers.
 *
 * The interrupted thread is seen asleep in the kernel before the signal, and
 * again after its handler has run.
 */
#include "machipc_utils.h"

#include <mach/mach.h>
#include <sys/time.h>

/* Milliseconds that a test waits to see a timeout pass. */
#define SHORT_TIME	200

static int signals;

static void count_signal(int number)
{
	__atomic_add_fetch(&signals, 1, __ATOMIC_RELAXED);
}

FIXTURE(lib_msg) {
	mach_port_t port;
	mach_port_t reply;
};

FIXTURE_SETUP(lib_msg)
{
	struct sigaction action = { .sa_handler = count_signal };

	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	self->port = port_new_send();
	self->reply = port_new();
}

FIXTURE_TEARDOWN(lib_msg)
{
}

static void *lib_thread_main(void *data)
{
	struct msg_thread *thread = data;

	__atomic_store_n(&thread->tid, gettid(), __ATOMIC_RELEASE);
	thread->mr = mach_msg(&thread->msg.head, thread->option,
			      thread->msg.head.msgh_size, thread->rcv_size,
			      thread->rcv_name, thread->timeout,
			      MACH_PORT_NULL);
	__atomic_store_n(&thread->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Starts a thread that calls the library, and lets it fall asleep. */
static bool lib_thread_start(struct msg_thread *thread)
{
	thread->tid = 0;
	thread->done = false;
	thread->mr = TEST_POISON;
	if (pthread_create(&thread->thread, NULL, lib_thread_main, thread))
		return false;
	while (!__atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE))
		sched_yield();
	return wait_until_blocked(thread->tid);
}

static bool lib_thread_receive(struct msg_thread *thread, mach_port_t name,
			       mach_msg_option_t option)
{
	memset(thread, 0, sizeof(*thread));
	thread->option = MACH_RCV_MSG | option;
	thread->rcv_size = sizeof(thread->msg);
	thread->rcv_name = name;
	return lib_thread_start(thread);
}

static bool lib_thread_send(struct msg_thread *thread, mach_port_t name,
			    mach_msg_option_t option)
{
	memset(thread, 0, sizeof(*thread));
	message_init(&thread->msg, name, MACH_MSG_TYPE_COPY_SEND,
		     MACH_PORT_NULL, 0);
	thread->msg.head.msgh_id = 154;
	thread->option = MACH_SEND_MSG | option;
	return lib_thread_start(thread);
}

/* Asks @name and waits for the answer on @reply. */
static void lib_thread_init_rpc(struct msg_thread *thread, mach_port_t name,
				mach_port_t reply)
{
	memset(thread, 0, sizeof(*thread));
	message_init(&thread->msg, name, MACH_MSG_TYPE_COPY_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	thread->msg.head.msgh_id = 155;
	thread->option = MACH_SEND_MSG | MACH_RCV_MSG;
	thread->rcv_size = sizeof(thread->msg);
	thread->rcv_name = reply;
}

/* Has the thread run its signal handler. */
static bool interrupt(struct msg_thread *thread)
{
	int before = __atomic_load_n(&signals, __ATOMIC_RELAXED);
	uint64_t end = now_ms() + TEST_PATIENCE;

	if (pthread_kill(thread->thread, SIGUSR1))
		return false;
	while (__atomic_load_n(&signals, __ATOMIC_RELAXED) == before) {
		if (now_ms() > end)
			return false;
		nap();
	}
	return true;
}

/* A signal to this thread every few milliseconds. */
static int set_alarm(int ms)
{
	struct itimerval timer = {
		.it_value.tv_usec = ms * 1000,
		.it_interval.tv_usec = ms * 1000,
	};

	return setitimer(ITIMER_REAL, &timer, NULL);
}

/* M-153 */
TEST_F(lib_msg, receive_goes_on_after_a_signal)
{
	struct msg_thread thread;

	ASSERT_TRUE(lib_thread_receive(&thread, self->port, 0));
	for (int i = 0; i < 3; i++) {
		ASSERT_TRUE(interrupt(&thread));
		ASSERT_TRUE(wait_until_blocked(thread.tid));
	}
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(self->port, MACH_MSG_TYPE_COPY_SEND, 153));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&thread));
	EXPECT_EQ(153, thread.msg.head.msgh_id);
}

/* M-153 */
TEST_F(lib_msg, receive_ends_by_a_signal_if_wanted)
{
	struct msg_thread thread;

	ASSERT_TRUE(lib_thread_receive(&thread, self->port,
				       MACH_RCV_INTERRUPT));
	ASSERT_TRUE(interrupt(&thread));
	EXPECT_EQ(MACH_RCV_INTERRUPTED, msg_thread_join(&thread));
}

TEST_F(lib_msg, trap_ends_by_a_signal)
{
	struct message msg;

	ASSERT_EQ(0, set_alarm(10));
	EXPECT_EQ(MACH_RCV_INTERRUPTED,
		  mach_msg_trap(&msg.head, MACH_RCV_MSG, 0, sizeof(msg),
				self->port, 0, 0));
	set_alarm(0);
}

/* M-154 */
TEST_F(lib_msg, send_goes_on_after_a_signal)
{
	struct msg_thread thread;
	struct message msg;

	ASSERT_TRUE(port_fill(self->port));
	ASSERT_TRUE(lib_thread_send(&thread, self->port, 0));
	for (int i = 0; i < 3; i++) {
		ASSERT_TRUE(interrupt(&thread));
		ASSERT_TRUE(wait_until_blocked(thread.tid));
	}
	for (int i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		ASSERT_EQ(i + 1, msg_receive_id(self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->port, &msg));
	EXPECT_EQ(154, msg.head.msgh_id);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&thread));
	EXPECT_EQ(-1, msg_receive_id(self->port));
	EXPECT_EQ(1, port_send_refs(self->port));
}

/* M-154, M-156 */
TEST_F(lib_msg, send_ends_by_a_signal_if_wanted)
{
	struct msg_thread thread;

	ASSERT_TRUE(port_fill(self->port));
	ASSERT_TRUE(lib_thread_send(&thread, self->port, MACH_SEND_INTERRUPT));
	ASSERT_TRUE(interrupt(&thread));
	ASSERT_EQ(MACH_SEND_INTERRUPTED, msg_thread_join(&thread));

	/* The message is back, and can be sent. */
	EXPECT_EQ(self->port, thread.msg.head.msgh_remote_port);
	EXPECT_EQ(MACH_MSG_TYPE_MOVE_SEND, thread.msg.head.msgh_bits);
	EXPECT_EQ(2, port_send_refs(self->port));
	ASSERT_NE(-1, msg_receive_id(self->port));
	EXPECT_EQ(MACH_MSG_SUCCESS, mach_msg_send(&thread.msg.head));
	EXPECT_EQ(1, port_send_refs(self->port));
}

/* M-155 */
TEST_F(lib_msg, interrupted_rpc_sends_once)
{
	struct msg_thread thread;
	struct message request;

	lib_thread_init_rpc(&thread, self->port, self->reply);
	ASSERT_TRUE(lib_thread_start(&thread));
	for (int i = 0; i < 3; i++) {
		ASSERT_TRUE(interrupt(&thread));
		ASSERT_TRUE(wait_until_blocked(thread.tid));
	}
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &request));
	EXPECT_EQ(-1, msg_receive_id(self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(request.head.msgh_remote_port,
			      MACH_MSG_TYPE_MOVE_SEND_ONCE, 255));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&thread));
	EXPECT_EQ(255, thread.msg.head.msgh_id);
}

/* M-21 */
TEST_F(lib_msg, signals_do_not_stretch_a_receive)
{
	struct message msg;
	uint64_t begin = now_ms();

	ASSERT_EQ(0, set_alarm(SHORT_TIME / 10));
	EXPECT_EQ(MACH_RCV_TIMED_OUT,
		  mach_msg(&msg.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			   sizeof(msg), self->port, SHORT_TIME, 0));
	set_alarm(0);
	EXPECT_LE(SHORT_TIME, now_ms() - begin);
	EXPECT_GT(TEST_PATIENCE, now_ms() - begin);
	EXPECT_LT(1, signals);
}

TEST_F(lib_msg, signals_do_not_stretch_a_send)
{
	struct message msg;
	uint64_t begin;

	ASSERT_TRUE(port_fill(self->port));
	message_init(&msg, self->port, MACH_MSG_TYPE_COPY_SEND, self->reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	begin = now_ms();
	ASSERT_EQ(0, set_alarm(SHORT_TIME / 10));
	EXPECT_EQ(MACH_SEND_TIMED_OUT,
		  mach_msg(&msg.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT |
			   MACH_RCV_MSG | MACH_RCV_TIMEOUT, 24, sizeof(msg),
			   self->reply, SHORT_TIME, 0));
	set_alarm(0);
	EXPECT_LE(SHORT_TIME, now_ms() - begin);
	EXPECT_GT(TEST_PATIENCE, now_ms() - begin);
	EXPECT_LT(1, signals);
}

/* The time for the answer begins when the question has been sent. */
TEST_F(lib_msg, time_in_a_full_queue_is_not_the_reply_s)
{
	struct msg_thread thread;
	struct message request;

	ASSERT_TRUE(port_fill(self->port));
	lib_thread_init_rpc(&thread, self->port, self->reply);
	thread.option |= MACH_RCV_TIMEOUT;
	thread.timeout = SHORT_TIME;
	ASSERT_TRUE(lib_thread_start(&thread));
	usleep(SHORT_TIME * 1000 + 20000);

	for (int i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		ASSERT_EQ(i + 1, msg_receive_id(self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->port, &request));

	/* Interrupted in its receive half, later than its own start allows. */
	ASSERT_TRUE(wait_until_blocked(thread.tid));
	ASSERT_TRUE(interrupt(&thread));
	ASSERT_TRUE(wait_until_blocked(thread.tid));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(request.head.msgh_remote_port,
			      MACH_MSG_TYPE_MOVE_SEND_ONCE, 255));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&thread));
}

TEST_F(lib_msg, header_says_what_to_send_and_receive)
{
	struct message msg;

	message_init(&msg, self->port, MACH_MSG_TYPE_COPY_SEND, 0, 0);
	msg.head.msgh_size = 40;
	msg.word[3] = 0x1234;
	ASSERT_EQ(MACH_MSG_SUCCESS, mach_msg_send(&msg.head));
	memset(&msg, 0xa5, sizeof(msg));
	msg.head.msgh_size = sizeof(msg);
	msg.head.msgh_local_port = self->port;
	ASSERT_EQ(MACH_MSG_SUCCESS, mach_msg_receive(&msg.head));
	EXPECT_EQ(40, msg.head.msgh_size);
	EXPECT_EQ(0x1234, msg.word[3]);
}

/* The server: what it does is in the request, and what it did is here. */
enum {
	SERVE_REPLY = 1,	/* success, and a word of the request + 1 */
	SERVE_SILENCE,		/* no reply */
	SERVE_ERROR,		/* a result that is none of success */
	SERVE_TOO_LATE,		/* a reply to a client that has died meanwhile */
};

static int served;
static mach_port_t client_port;

struct server_reply {
	mig_reply_error_t error;
	uint32_t word;
};

static boolean_t serve(mach_msg_header_t *request, mach_msg_header_t *out)
{
	const struct message *msg = (struct message *)request;
	struct server_reply *reply = (struct server_reply *)out;

	__atomic_add_fetch(&served, 1, __ATOMIC_RELAXED);
	mig_reply_setup(request, out);
	switch (request->msgh_id) {
	case SERVE_REPLY:
		reply->error.Head.msgh_size = sizeof(*reply);
		reply->error.RetCode = KERN_SUCCESS;
		reply->word = msg->word[0] + 1;
		break;
	case SERVE_SILENCE:
		reply->error.RetCode = MIG_NO_REPLY;
		break;
	case SERVE_ERROR:
		reply->error.RetCode = KERN_FAILURE;
		break;
	case SERVE_TOO_LATE:
		port_destroy(client_port);
		break;
	}
	return TRUE;
}

static mach_msg_return_t serve_once(mach_port_t port)
{
	return mach_msg_server_once(serve, 100, port, 0);
}

/* Queues a request of @size bytes for the server, with a reply right. */
static mach_msg_return_t ask(mach_port_t port, mach_port_t reply,
			     mach_msg_id_t id, mach_msg_size_t size)
{
	struct message msg;

	message_init(&msg, port, MACH_MSG_TYPE_COPY_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg.head.msgh_id = id;
	msg.head.msgh_size = size;
	msg.word[0] = 41;
	return msg_send(&msg);
}

/* M-160 */
TEST_F(lib_msg, server_handles_one_request)
{
	struct message msg;

	ASSERT_EQ(MACH_MSG_SUCCESS, ask(self->port, self->reply, SERVE_REPLY, 28));
	ASSERT_EQ(MACH_MSG_SUCCESS, ask(self->port, self->reply, SERVE_REPLY, 28));
	EXPECT_EQ(MACH_MSG_SUCCESS, serve_once(self->port));
	EXPECT_EQ(1, served);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->reply, &msg));
	EXPECT_EQ(SERVE_REPLY + 100, msg.head.msgh_id);
	EXPECT_EQ(KERN_SUCCESS, ((mig_reply_error_t *)&msg)->RetCode);
	EXPECT_EQ(42, ((struct server_reply *)&msg)->word);
	EXPECT_EQ(-1, msg_receive_id(self->reply));
	EXPECT_EQ(1, port_status(self->port).mps_msgcount);
}

/* M-160 */
TEST_F(lib_msg, server_sends_no_reply_if_told_so)
{
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ask(self->port, self->reply, SERVE_SILENCE, 28));
	EXPECT_EQ(MACH_MSG_SUCCESS, serve_once(self->port));
	EXPECT_EQ(1, served);
	EXPECT_EQ(-1, msg_receive_id(self->reply));
}

TEST_F(lib_msg, server_destroys_what_it_refuses)
{
	mach_port_t right = port_new_send();
	struct message msg;

	message_init(&msg, self->port, MACH_MSG_TYPE_COPY_SEND, self->reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&msg, right, MACH_MSG_TYPE_COPY_SEND);
	msg.head.msgh_id = SERVE_ERROR;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_EQ(MACH_MSG_SUCCESS, serve_once(self->port));
	EXPECT_EQ(1, port_send_refs(right));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->reply, &msg));
	EXPECT_EQ(KERN_FAILURE, ((mig_reply_error_t *)&msg)->RetCode);
}

/* M-161 */
TEST_F(lib_msg, server_does_not_mind_a_dead_client)
{
	uint32_t names = name_count();

	ASSERT_EQ(MACH_MSG_SUCCESS, ask(self->port, self->reply, SERVE_REPLY, 28));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->reply));
	EXPECT_EQ(MACH_MSG_SUCCESS, serve_once(self->port));
	EXPECT_EQ(1, served);
	EXPECT_EQ(names - 1, name_count());
}

/* M-161 */
TEST_F(lib_msg, server_does_not_mind_a_client_that_dies)
{
	uint32_t names = name_count();

	client_port = self->reply;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ask(self->port, self->reply, SERVE_TOO_LATE, 28));
	EXPECT_EQ(MACH_MSG_SUCCESS, serve_once(self->port));
	EXPECT_EQ(1, served);
	/* Neither the port nor what the reply right has become. */
	EXPECT_EQ(names - 1, name_count());
}

/* M-162 */
TEST_F(lib_msg, server_takes_a_request_of_any_size)
{
	static char large[20000];
	mach_msg_header_t *head = (mach_msg_header_t *)large;

	*head = (mach_msg_header_t) {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					    MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.msgh_size = sizeof(large),
		.msgh_remote_port = self->port,
		.msgh_local_port = self->reply,
		.msgh_id = SERVE_REPLY,
	};
	ASSERT_EQ(MACH_MSG_SUCCESS, mach_msg_send(head));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  mach_msg_server_once(serve, 100, self->port, MACH_RCV_LARGE));
	EXPECT_EQ(1, served);
	EXPECT_EQ(SERVE_REPLY + 100, msg_receive_id(self->reply));
}

struct server_thread {
	pthread_t thread;
	mach_port_t port;
	mach_msg_return_t mr;
};

static void *server_main(void *data)
{
	struct server_thread *server = data;

	server->mr = mach_msg_server(serve, 100, server->port, 0);
	return NULL;
}

#define RPCS	500

static void *client_main(void *data)
{
	mach_port_t port = *(mach_port_t *)data;
	mach_port_t reply = mig_get_reply_port();
	uintptr_t answers = 0;
	struct message msg;

	for (int i = 0; i < RPCS; i++) {
		message_init(&msg, port, MACH_MSG_TYPE_COPY_SEND, reply,
			     MACH_MSG_TYPE_MAKE_SEND_ONCE);
		msg.head.msgh_id = SERVE_REPLY;
		msg.word[0] = i;
		if (mach_msg(&msg.head, MACH_SEND_MSG | MACH_RCV_MSG |
			     MACH_RCV_TIMEOUT, 28, sizeof(msg), reply,
			     TEST_PATIENCE, MACH_PORT_NULL))
			break;
		answers += ((struct server_reply *)&msg)->word == i + 1;
	}
	return (void *)answers;
}

/* M-163 */
TEST_F(lib_msg, server_answers_until_its_port_dies)
{
	struct server_thread server = { .port = self->port };
	pthread_t client[2];
	void *answers;

	ASSERT_EQ(0, pthread_create(&server.thread, NULL, server_main, &server));
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&client[i], NULL, client_main,
					    &self->port));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(client[i], &answers));
		EXPECT_EQ(RPCS, (uintptr_t)answers);
	}
	EXPECT_EQ(2 * RPCS, served);
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
	pthread_join(server.thread, NULL);
	EXPECT_TRUE(server.mr == MACH_RCV_PORT_CHANGED ||
		    server.mr == MACH_RCV_INVALID_NAME);
}

/* M-164 */
TEST_F(lib_msg, server_does_not_wait_for_a_client)
{
	struct server_thread server = { .port = self->port };
	mach_port_t full = port_new();
	struct message msg;

	ASSERT_TRUE(port_fill(full));
	ASSERT_EQ(0, pthread_create(&server.thread, NULL, server_main, &server));

	/* A reply right that can be made to wait. */
	message_init(&msg, self->port, MACH_MSG_TYPE_COPY_SEND, full,
		     MACH_MSG_TYPE_MAKE_SEND);
	msg.head.msgh_id = SERVE_REPLY;
	msg.head.msgh_size = 28;
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));

	ASSERT_EQ(MACH_MSG_SUCCESS, ask(self->port, self->reply, SERVE_REPLY, 28));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->reply, &msg));
	EXPECT_EQ(MACH_PORT_QLIMIT_DEFAULT, port_status(full).mps_msgcount);
	/* The right that could not be used is not kept. */
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(full));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
	pthread_join(server.thread, NULL);
}

TEST_HARNESS_MAIN
