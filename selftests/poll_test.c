// SPDX-License-Identifier: GPL-2.0
/*
 * Port descriptors and the device in poll() and epoll: what they say, when they
 * wake whom, and that nothing but their end ends them.
 */
#include "poll_utils.h"

#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#define ROLE_EXECUTED	"--executed"

/* Most tests need no more than one port, a set, and their descriptors. */
FIXTURE(poll) {
	mach_port_name_t port;		/* R + S(1) */
	mach_port_name_t set;
	int port_fd;
	int set_fd;
	struct message msg;
};

FIXTURE_SETUP(poll)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	self->set = pset_new();
	self->port_fd = watch_receive(self->port);
	self->set_fd = watch_set(self->set);
	ASSERT_LE(0, self->port_fd);
	ASSERT_LE(0, self->set_fd);
}

FIXTURE_TEARDOWN(poll)
{
}

/* S-91 */
TEST_F(poll, port_is_readable_while_it_has_a_message)
{
	struct pollfd pollfd = { .fd = self->port_fd, .events = ANYTHING };

	EXPECT_EQ(0, poll(&pollfd, 1, 20));
	EXPECT_EQ(0, pollfd.revents);
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(IN, poll_now(self->port_fd));
	ASSERT_EQ(0, port_post(self->port));
	ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	EXPECT_EQ(IN, poll_now(self->port_fd));
	ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	EXPECT_EQ(0, poll_now(self->port_fd));
}

/* S-91 */
TEST_F(poll, message_wakes_who_polls_the_port)
{
	struct poll_thread thread;

	ASSERT_TRUE(poll_thread_start(&thread, self->port_fd));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(IN, poll_thread_join(&thread));
}

/* A notification is a message like others. */
TEST_F(poll, notification_wakes_who_polls_the_port)
{
	struct poll_thread thread;
	mach_port_name_t other = port_new_send();

	ASSERT_EQ(KERN_SUCCESS, port_notify(other, MACH_NOTIFY_NO_SENDERS, 0,
					    self->port));
	ASSERT_TRUE(poll_thread_start(&thread, self->port_fd));
	ASSERT_EQ(KERN_SUCCESS, port_deallocate(other));
	EXPECT_EQ(IN, poll_thread_join(&thread));
}

/* A message that is too large and stays is still there. */
TEST_F(poll, message_that_stays_keeps_the_port_readable)
{
	ASSERT_EQ(0, port_post(self->port));
	ASSERT_EQ(MACH_RCV_TOO_LARGE,
		  msg_trap(&self->msg, MACH_RCV_MSG | MACH_RCV_LARGE |
			   MACH_RCV_TIMEOUT, 0, 24, self->port, 0));
	EXPECT_EQ(IN, poll_now(self->port_fd));
}

/* S-92 */
TEST_F(poll, edge_of_a_port_is_its_first_message)
{
	int epfd = epoll_new(self->port_fd, EPOLLET);

	EXPECT_EQ(0, epoll_next(epfd, 0));
	for (int round = 0; round < 3; round++) {
		ASSERT_EQ(0, port_post(self->port));
		EXPECT_EQ(EPOLLIN, epoll_next(epfd, TEST_PATIENCE));
		EXPECT_EQ(0, epoll_next(epfd, 0));
		ASSERT_EQ(0, port_post(self->port));
		EXPECT_EQ(0, epoll_next(epfd, 0));
		ASSERT_EQ(0, msg_receive(self->port, &self->msg));
		ASSERT_EQ(0, port_post(self->port));
		EXPECT_EQ(0, epoll_next(epfd, 0));
		ASSERT_EQ(0, msg_receive(self->port, &self->msg));
		ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	}
}

TEST_F(poll, edge_of_a_set_is_each_message)
{
	int epfd = epoll_new(self->set_fd, EPOLLET);

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	EXPECT_EQ(0, epoll_next(epfd, 0));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, port_post(self->port));
		EXPECT_EQ(EPOLLIN, epoll_next(epfd, TEST_PATIENCE));
		EXPECT_EQ(0, epoll_next(epfd, 0));
	}
}

TEST_F(poll, message_for_a_waiting_thread_is_never_seen)
{
	struct msg_thread receiver;
	int epfd = epoll_new(self->port_fd, EPOLLET);
	int set_epfd = epoll_new(self->set_fd, EPOLLET);

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	ASSERT_TRUE(msg_thread_receive(&receiver, self->port));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(0, epoll_next(epfd, 0));
	EXPECT_EQ(0, epoll_next(set_epfd, 0));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receiver));

	ASSERT_TRUE(msg_thread_receive(&receiver, self->set));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(0, epoll_next(epfd, 0));
	EXPECT_EQ(0, epoll_next(set_epfd, 0));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receiver));
}

/* S-93 */
TEST_F(poll, set_is_readable_while_a_member_has_a_message)
{
	mach_port_name_t others[2] = { port_new(), port_new() };

	EXPECT_EQ(0, poll_now(self->set_fd));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(others[0], self->set));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(others[1], self->set));
	EXPECT_EQ(0, poll_now(self->set_fd));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(IN, poll_now(self->set_fd));
	ASSERT_EQ(KERN_SUCCESS, port_extract_member(self->port, self->set));
	EXPECT_EQ(0, poll_now(self->set_fd));
	EXPECT_EQ(IN, poll_now(self->port_fd));
	ASSERT_EQ(KERN_SUCCESS, port_move_member(self->port, self->set));
	EXPECT_EQ(IN, poll_now(self->set_fd));
	ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	EXPECT_EQ(0, poll_now(self->set_fd));
}

TEST_F(poll, set_is_not_readable_when_a_member_dies)
{
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(IN, poll_now(self->set_fd));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
	EXPECT_EQ(0, poll_now(self->set_fd));
}

TEST_F(poll, member_that_joins_with_messages_wakes)
{
	struct poll_thread thread;

	ASSERT_EQ(0, port_post(self->port));
	ASSERT_TRUE(poll_thread_start(&thread, self->set_fd));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	EXPECT_EQ(IN, poll_thread_join(&thread));
}

TEST_F(poll, all_sets_of_a_port_are_readable)
{
	mach_port_name_t other = pset_new();
	int other_fd = watch_set(other);

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, other));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(IN, poll_now(self->set_fd));
	EXPECT_EQ(IN, poll_now(other_fd));
	ASSERT_EQ(0, msg_receive(other, &self->msg));
	EXPECT_EQ(0, poll_now(self->set_fd));
	EXPECT_EQ(0, poll_now(other_fd));
}

/* One of two threads that wait on the same descriptor of a set. */
struct racer {
	pthread_t thread;
	pthread_barrier_t *both_woken;
	mach_port_name_t set;
	struct pollfd pollfd;
	mach_msg_return_t mr;
};

static void *race(void *data)
{
	struct racer *racer = data;
	struct message msg;

	poll(&racer->pollfd, 1, TEST_PATIENCE);
	pthread_barrier_wait(racer->both_woken);
	racer->mr = msg_receive(racer->set, &msg);
	return NULL;
}

/* S-94 */
TEST_F(poll, one_message_is_received_by_one_of_two_threads)
{
	pthread_barrier_t both_woken;
	struct racer racers[2];
	int first;

	ASSERT_EQ(0, pthread_barrier_init(&both_woken, NULL, 2));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 2; i++) {
			racers[i].both_woken = &both_woken;
			racers[i].set = self->set;
			racers[i].pollfd.fd = self->set_fd;
			racers[i].pollfd.events = POLLIN;
			racers[i].mr = TEST_POISON;
			ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL,
						    race, &racers[i]));
		}
		ASSERT_EQ(0, port_post(self->port));
		for (int i = 0; i < 2; i++) {
			pthread_join(racers[i].thread, NULL);
			EXPECT_EQ(POLLIN, racers[i].pollfd.revents);
		}
		first = racers[0].mr != MACH_MSG_SUCCESS;
		EXPECT_EQ(MACH_MSG_SUCCESS, racers[first].mr);
		EXPECT_EQ(MACH_RCV_TIMED_OUT, racers[!first].mr);
	}
}

/* S-97 */
TEST_F(poll, send_right_is_writable_while_there_is_room)
{
	int fd = watch_send(self->port);

	EXPECT_EQ(OUT, poll_now(fd));
	ASSERT_TRUE(port_fill(self->port));
	EXPECT_EQ(0, poll_now(fd));
	ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	EXPECT_EQ(OUT, poll_now(fd));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(0, poll_now(fd));
}

/* S-97 */
TEST_F(poll, receive_wakes_who_waits_for_room)
{
	int fd = watch_send(self->port);
	struct poll_thread thread;

	ASSERT_TRUE(port_fill(self->port));
	ASSERT_TRUE(poll_thread_start(&thread, fd));
	ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	EXPECT_EQ(OUT, poll_thread_join(&thread));
}

TEST_F(poll, higher_limit_wakes_who_waits_for_room)
{
	int fd = watch_send(self->port);
	struct poll_thread thread;

	ASSERT_TRUE(port_fill(self->port));
	ASSERT_TRUE(poll_thread_start(&thread, fd));
	ASSERT_TRUE(port_widen(self->port));
	EXPECT_EQ(OUT, poll_thread_join(&thread));
}

TEST_F(poll, queue_full_of_bytes_is_not_writable)
{
	unsigned long limit = parameter_read("max_port_bytes");
	int fd = watch_send(self->port);
	int epfd = epoll_new(fd, EPOLLET);

	EXPECT_EQ(EPOLLOUT, epoll_next(epfd, 0));
	ASSERT_TRUE(parameter_write("max_port_bytes", 1));
	EXPECT_EQ(OUT, poll_now(fd));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(0, poll_now(fd));
	EXPECT_EQ(0, epoll_next(epfd, 0));
	ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	EXPECT_EQ(EPOLLOUT, epoll_next(epfd, TEST_PATIENCE));
	EXPECT_TRUE(parameter_write("max_port_bytes", limit));
}

TEST_F(poll, edge_of_a_send_right_is_room_in_a_full_queue)
{
	int epfd = epoll_new(watch_send(self->port), EPOLLET);

	EXPECT_EQ(EPOLLOUT, epoll_next(epfd, 0));
	ASSERT_EQ(0, port_post(self->port));
	ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	EXPECT_EQ(0, epoll_next(epfd, 0));
	ASSERT_TRUE(port_fill(self->port));
	EXPECT_EQ(0, epoll_next(epfd, 0));
	ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	EXPECT_EQ(EPOLLOUT, epoll_next(epfd, TEST_PATIENCE));
	ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	EXPECT_EQ(0, epoll_next(epfd, 0));
}

/* The slot goes to the sender that waits in the kernel. */
TEST_F(poll, slot_of_a_waiting_sender_is_no_room)
{
	int fd = watch_send(self->port);
	int epfd = epoll_new(fd, EPOLLET);
	struct msg_thread sender;

	EXPECT_EQ(EPOLLOUT, epoll_next(epfd, 0));
	ASSERT_TRUE(port_fill(self->port));
	ASSERT_TRUE(msg_thread_send(&sender, self->port,
				    MACH_MSG_TYPE_MAKE_SEND, 1));
	ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
	EXPECT_EQ(0, epoll_next(epfd, 0));
	EXPECT_EQ(0, poll_now(fd));
}

/* S-96 */
TEST_F(poll, descriptor_does_not_follow_the_name)
{
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
	EXPECT_EQ(POLLHUP, poll_now(self->port_fd));
	ASSERT_EQ(KERN_SUCCESS,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, self->port));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(POLLHUP, poll_now(self->port_fd));

	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->set));
	ASSERT_EQ(KERN_SUCCESS,
		  port_allocate_name(MACH_PORT_RIGHT_PORT_SET, self->set));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	EXPECT_EQ(POLLHUP, poll_now(self->set_fd));
}

/* S-96 */
TEST_F(poll, descriptor_does_not_follow_a_right_that_comes_back)
{
	mach_port_name_t parking = port_new();
	int send_fd = watch_send(self->port);

	ASSERT_EQ(0, port_post(self->port));
	ASSERT_TRUE(port_park(self->port, parking));
	EXPECT_EQ(POLLHUP, poll_now(self->port_fd));
	ASSERT_EQ(self->port, port_take(parking));
	EXPECT_EQ(POLLHUP, poll_now(self->port_fd));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(POLLHUP, poll_now(self->port_fd));
	/* A new one sees what was in the queue all the time. */
	EXPECT_EQ(IN, poll_now(watch_receive(self->port)));
	/* The send right has not moved. */
	EXPECT_EQ(OUT, poll_now(send_fd));
}

TEST_F(poll, descriptor_is_closed_on_exec_and_cannot_be_read_or_written)
{
	char byte = 0;

	EXPECT_EQ(FD_CLOEXEC, fcntl(self->port_fd, F_GETFD));
	EXPECT_EQ(-1, read(self->port_fd, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(self->port_fd, &byte, 1));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, ioctl(self->port_fd, MACHIPC_IOC_MSG, &byte));
	EXPECT_EQ(ENOTTY, errno);
}

TEST_F(poll, descriptor_is_made_for_a_right_that_is_there)
{
	static const struct {
		enum entry_state state;
		bool good[MACH_PORT_RIGHT_NUMBER];
	} names[] = {
		{ ENTRY_R, { [MACH_PORT_RIGHT_RECEIVE] = true } },
		{ ENTRY_S, { [MACH_PORT_RIGHT_SEND] = true } },
		{ ENTRY_RS, { [MACH_PORT_RIGHT_RECEIVE] = true,
			      [MACH_PORT_RIGHT_SEND] = true } },
		{ ENTRY_PS, { [MACH_PORT_RIGHT_PORT_SET] = true } },
		{ ENTRY_SO, {} },
		{ ENTRY_DN, {} },
		{ ENTRY_S_DIED, {} },
	};
	const mach_port_right_t rights[] = {
		MACH_PORT_RIGHT_RECEIVE, MACH_PORT_RIGHT_SEND,
		MACH_PORT_RIGHT_PORT_SET,
	};
	long watches = object_count("watches");

	for (int i = 0; i < ARRAY_SIZE(names); i++) {
		for (int j = 0; j < ARRAY_SIZE(rights); j++) {
			mach_port_name_t name = entry_new(names[i].state, 1);
			bool good = names[i].good[rights[j]];
			int fd = -1;

			EXPECT_EQ(good ? KERN_SUCCESS : KERN_INVALID_RIGHT,
				  port_watch(name, rights[j], &fd))
				TH_LOG("state %d, right %d", names[i].state,
				       rights[j]);
			EXPECT_EQ(good, fd >= 0);
			if (fd >= 0)
				EXPECT_EQ(0, close(fd));
		}
	}
	EXPECT_EQ(watches, object_count("watches"));
}

TEST_F(poll, bad_arguments_make_no_descriptor)
{
	const mach_port_right_t others[] = {
		MACH_PORT_RIGHT_SEND_ONCE, MACH_PORT_RIGHT_DEAD_NAME,
		MACH_PORT_RIGHT_LABELH, MACH_PORT_RIGHT_NUMBER, 31, 32, ~0U,
	};
	long watches = object_count("watches");
	int fd = -1;

	for (int i = 0; i < ARRAY_SIZE(others); i++)
		EXPECT_EQ(KERN_INVALID_VALUE,
			  port_watch(self->port, others[i], &fd));
	EXPECT_EQ(KERN_INVALID_NAME,
		  port_watch(MACH_PORT_NULL, MACH_PORT_RIGHT_RECEIVE, &fd));
	EXPECT_EQ(KERN_INVALID_NAME,
		  port_watch(MACH_PORT_DEAD, MACH_PORT_RIGHT_RECEIVE, &fd));
	EXPECT_EQ(KERN_INVALID_NAME,
		  port_watch(stale_name(), MACH_PORT_RIGHT_RECEIVE, &fd));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  port_call_as(self->port, MACHIPC_IOC_PORT_WATCH, self->port,
			       MACH_PORT_RIGHT_RECEIVE, 0, NULL));
	EXPECT_EQ(-1, fd);
	EXPECT_EQ(watches, object_count("watches"));
}

/* The process that limits itself is a child, as the limit cannot be raised. */
static void use_up_descriptors(struct __test_metadata *_metadata, void *data)
{
	struct rlimit limit = { .rlim_cur = 32, .rlim_max = 32 };
	mach_port_name_t port;
	int fds[32], count = 0;

	ASSERT_EQ(0, space_open());
	port = port_new();
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	while (count < 32 && !port_watch(port, MACH_PORT_RIGHT_RECEIVE,
					 &fds[count]))
		count++;
	ASSERT_LT(0, count);
	ASSERT_GT(32, count);
	EXPECT_EQ(KERN_RESOURCE_SHORTAGE,
		  port_watch(port, MACH_PORT_RIGHT_RECEIVE, &fds[count]));
	/* What could not be had was not made. */
	ASSERT_EQ(0, close(fds[--count]));
	EXPECT_EQ(fds[count], watch_receive(port));
}

TEST_F(poll, without_a_free_descriptor_is_a_shortage)
{
	EXPECT_TRUE(child_wait(child_start(_metadata, use_up_descriptors,
					   NULL)));
}

TEST_F(poll, user_has_no_more_descriptors_than_the_limit)
{
	unsigned long limit = parameter_read("max_watches");
	int fd = -1;

	ASSERT_LT(0, limit);
	ASSERT_TRUE(parameter_write("max_watches",
				    object_count("watches")));
	EXPECT_EQ(KERN_RESOURCE_SHORTAGE,
		  port_watch(self->port, MACH_PORT_RIGHT_RECEIVE, &fd));
	ASSERT_EQ(0, close(self->set_fd));
	EXPECT_EQ(KERN_SUCCESS,
		  port_watch(self->port, MACH_PORT_RIGHT_RECEIVE, &fd));
	EXPECT_TRUE(parameter_write("max_watches", limit));
}

#define MANY	10000

/* S-101 */
TEST_F_TIMEOUT(poll, many_descriptors_leave_nothing_behind, TEST_SLOW)
{
	struct rlimit limit = { .rlim_cur = MANY + 64, .rlim_max = MANY + 64 };
	long watches = object_count("watches");
	long ports = object_count("ports");
	static int fds[MANY];

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	for (int i = 0; i < MANY; i++) {
		fds[i] = watch_receive(self->port);
		ASSERT_LE(0, fds[i]);
	}
	EXPECT_EQ(watches + MANY, object_count("watches"));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(IN, poll_now(fds[0]));
	EXPECT_EQ(IN, poll_now(fds[MANY - 1]));
	for (int i = 0; i < MANY; i++)
		ASSERT_EQ(0, close(fds[i]));
	EXPECT_EQ(watches, object_count("watches"));
	ASSERT_EQ(0, close(self->port_fd));
	/* Nothing else keeps the port. */
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
	EXPECT_EQ(ports - 1, object_count("ports"));
}

/* One of several names for the same file. */
TEST_F(poll, duplicate_outlives_the_descriptor)
{
	int fd = dup(self->port_fd);
	int epfd = epoll_new(self->port_fd, 0);

	ASSERT_EQ(0, close(self->port_fd));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(IN, poll_now(fd));
	EXPECT_EQ(EPOLLIN, epoll_next(epfd, 0));
	ASSERT_EQ(0, close(fd));
	EXPECT_EQ(0, epoll_next(epfd, 0));
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(self->port));
}

/* The loop that programs have: one wait for everything. */
enum { TIMER, SOCKET, PORTS, SIGNAL, NR_SOURCES };

struct loop {
	int epfd;
	int fd[NR_SOURCES];
	int peer;		/* of the socket */
	mach_port_name_t port;
	mach_port_name_t set;
};

static bool loop_init(struct loop *loop)
{
	sigset_t signals;
	int sock[2];

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		return false;
	loop->peer = sock[1];
	loop->fd[TIMER] = timerfd_create(CLOCK_MONOTONIC, 0);
	loop->fd[SOCKET] = sock[0];
	loop->fd[PORTS] = watch_set(loop->set);
	loop->fd[SIGNAL] = signalfd(-1, &signals, 0);
	loop->epfd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < NR_SOURCES; i++) {
		struct epoll_event event = {
			.events = EPOLLIN,
			.data.u32 = i,
		};

		if (epoll_ctl(loop->epfd, EPOLL_CTL_ADD, loop->fd[i], &event))
			return false;
	}
	return true;
}

/* Makes the source ready. */
static bool loop_fire(const struct loop *loop, int source)
{
	struct itimerspec soon = { .it_value.tv_nsec = 1000000 };

	switch (source) {
	case TIMER:
		return !timerfd_settime(loop->fd[TIMER], 0, &soon, NULL);
	case SOCKET:
		return write(loop->peer, "", 1) == 1;
	case PORTS:
		return port_post(loop->port) == MACH_MSG_SUCCESS;
	default:
		return !kill(getpid(), SIGUSR1);
	}
}

static bool loop_consume(const struct loop *loop, int source)
{
	char buffer[128];
	struct message msg;

	if (source == PORTS)
		return msg_receive(loop->set, &msg) == MACH_MSG_SUCCESS;
	return read(loop->fd[source], buffer, sizeof(buffer)) > 0;
}

TEST_F(poll, one_loop_waits_for_everything)
{
	struct loop loop = { .port = self->port, .set = self->set };
	struct epoll_event event;

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	ASSERT_TRUE(loop_init(&loop));
	EXPECT_EQ(0, epoll_next(loop.epfd, 0));
	for (int i = 0; i < 2 * NR_SOURCES; i++) {
		ASSERT_TRUE(loop_fire(&loop, i % NR_SOURCES));
		ASSERT_EQ(1, epoll_wait(loop.epfd, &event, 1, TEST_PATIENCE));
		EXPECT_EQ(EPOLLIN, event.events);
		EXPECT_EQ(i % NR_SOURCES, event.data.u32);
		ASSERT_TRUE(loop_consume(&loop, event.data.u32));
	}
	EXPECT_EQ(0, epoll_next(loop.epfd, 0));
	/* All at once. */
	for (int i = 0; i < NR_SOURCES; i++)
		ASSERT_TRUE(loop_fire(&loop, i));
	for (int seen = 0; seen != (1 << NR_SOURCES) - 1;) {
		ASSERT_EQ(1, epoll_wait(loop.epfd, &event, 1, TEST_PATIENCE));
		ASSERT_FALSE(seen & 1 << event.data.u32);
		seen |= 1 << event.data.u32;
		ASSERT_TRUE(loop_consume(&loop, event.data.u32));
	}
	EXPECT_EQ(0, epoll_next(loop.epfd, 0));
}

/*
 * What ends a descriptor, seen from another process that holds a copy: the
 * child makes the descriptor, passes it on and ends what it watches.
 */
struct ending {
	int sock;
	mach_port_right_t right;
	void (*end)(mach_port_name_t name);
};

static void destroy(mach_port_name_t name)
{
	port_destroy(name);
}

static void drop_receive(mach_port_name_t name)
{
	port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1);
}

static void move_away(mach_port_name_t name)
{
	port_park(name, port_new());
}

/* The port lives on in the notification. */
static void destroy_and_tell(mach_port_name_t name)
{
	port_notify(name, MACH_NOTIFY_PORT_DESTROYED, 0, port_new());
	port_destroy(name);
}

static void close_door(mach_port_name_t name)
{
	space_close();
}

static void exit_process(mach_port_name_t name)
{
	_exit(0);
}

static void be_killed(mach_port_name_t name)
{
	kill(getpid(), SIGKILL);
}

/* The new program is there until the test ends. */
static void execute(mach_port_name_t name)
{
	execl("/proc/self/exe", "poll_test", ROLE_EXECUTED, NULL);
}

FIXTURE(hang_up) {
};

FIXTURE_VARIANT(hang_up) {
	mach_port_right_t right;
	void (*end)(mach_port_name_t name);
};

#define ENDING(_what, _right, _end)					\
	FIXTURE_VARIANT_ADD(hang_up, _what ## _ ## _end) {		\
		.right = MACH_PORT_RIGHT_ ## _right,			\
		.end = _end,						\
	}

ENDING(port, RECEIVE, destroy);
ENDING(port, RECEIVE, drop_receive);
ENDING(port, RECEIVE, move_away);
ENDING(port, RECEIVE, destroy_and_tell);
ENDING(port, RECEIVE, close_door);
ENDING(port, RECEIVE, exit_process);
ENDING(port, RECEIVE, be_killed);
ENDING(port, RECEIVE, execute);
ENDING(set, PORT_SET, destroy);
ENDING(set, PORT_SET, close_door);
ENDING(set, PORT_SET, exit_process);
ENDING(send, SEND, destroy);
ENDING(send, SEND, drop_receive);
ENDING(send, SEND, exit_process);

FIXTURE_SETUP(hang_up)
{
	ASSERT_TRUE(objects_settled());
}

FIXTURE_TEARDOWN(hang_up)
{
}

static void make_and_end(struct __test_metadata *_metadata, void *data)
{
	struct ending *ending = data;
	mach_port_name_t name;
	char byte;
	int fd;

	ASSERT_EQ(0, space_open());
	name = ending->right == MACH_PORT_RIGHT_PORT_SET ? pset_new() :
							   port_new_send();
	/* A full queue, so that a send right says nothing either. */
	if (ending->right == MACH_PORT_RIGHT_SEND)
		ASSERT_TRUE(port_fill(name));
	fd = watch_new(name, ending->right);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, send_descriptor(ending->sock, fd));
	ASSERT_EQ(0, close(fd));
	ASSERT_EQ(1, read(ending->sock, &byte, 1));
	ending->end(name);
	ASSERT_EQ(1, read(ending->sock, &byte, 1));
}

/* S-95 */
TEST_F(hang_up, is_seen_by_another_process)
{
	struct ending ending = {
		.right = variant->right,
		.end = variant->end,
	};
	struct poll_thread thread;
	int sock[2], fd, epfd;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock));
	ending.sock = sock[1];
	pid = child_start(_metadata, make_and_end, &ending);
	ASSERT_EQ(0, close(sock[1]));
	fd = receive_descriptor(sock[0]);
	ASSERT_LE(0, fd);
	epfd = epoll_new(fd, EPOLLET);
	EXPECT_EQ(0, poll_now(fd));
	EXPECT_EQ(0, epoll_next(epfd, 0));
	ASSERT_TRUE(poll_thread_start(&thread, fd));

	ASSERT_EQ(1, write(sock[0], "", 1));
	EXPECT_EQ(POLLHUP, poll_thread_join(&thread));
	EXPECT_EQ(EPOLLHUP, epoll_next(epfd, TEST_PATIENCE));
	EXPECT_EQ(0, epoll_next(epfd, 0));
	EXPECT_EQ(POLLHUP, poll_now(fd));
	child_kill(pid);
	EXPECT_EQ(POLLHUP, poll_now(fd));
}

/* The number of references to the module that keep it loaded. */
static long module_references(void)
{
	FILE *file = fopen("/sys/module/machipc/refcnt", "r");
	long count = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &count) != 1)
		count = -1;
	fclose(file);
	return count;
}

/* S-130 */
TEST(descriptor_keeps_the_module)
{
	struct ending ending = {
		.right = MACH_PORT_RIGHT_RECEIVE,
		.end = exit_process,
	};
	int sock[2], fd;
	pid_t pid;

	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, module_references());
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	ending.sock = sock[1];
	pid = child_start(_metadata, make_and_end, &ending);
	fd = receive_descriptor(sock[0]);
	ASSERT_LE(0, fd);
	ASSERT_EQ(1, write(sock[0], "", 1));
	EXPECT_TRUE(child_wait(pid));

	EXPECT_EQ(POLLHUP, poll_now(fd));
	EXPECT_EQ(-1, syscall(SYS_delete_module, "machipc", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
	EXPECT_EQ(1, module_references());
	ASSERT_EQ(0, close(fd));
	/* The guest that runs the tests removes it after the last one. */
	EXPECT_EQ(0, module_references());
}

static void try_to_receive(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t *name = data;
	struct message msg;

	/* The copy of the descriptor, without the space. */
	EXPECT_EQ(IN, poll_now(name[1]));
	ASSERT_EQ(0, space_open());
	EXPECT_EQ(MACH_RCV_INVALID_NAME, msg_receive(name[0], &msg));
	EXPECT_EQ(KERN_INVALID_NAME,
		  port_watch(name[0], MACH_PORT_RIGHT_RECEIVE, (int *)name));
	EXPECT_EQ(IN, poll_now(name[1]));
}

TEST_F(poll, descriptor_in_another_process_is_no_right)
{
	mach_port_name_t name[2] = { self->port, self->port_fd };

	ASSERT_EQ(0, port_post(self->port));
	EXPECT_TRUE(child_wait(child_start(_metadata, try_to_receive, name)));
	EXPECT_EQ(IN, poll_now(self->port_fd));
	EXPECT_EQ(1, msg_receive_id(self->port));
}

/*
 * Teardown in every order: what is watched, its descriptor, an epoll that has
 * the descriptor, and an epoll that has that epoll.
 */
enum { OBJECT, DESCRIPTOR, INNER, OUTER, NR_PARTS };

#define NR_ORDERS	24

/* The @n-th order of the parts. */
static void choose_order(int n, int order[NR_PARTS])
{
	int parts[NR_PARTS] = { OBJECT, DESCRIPTOR, INNER, OUTER };

	for (int left = NR_PARTS; left > 0; left--) {
		int pick = n % left;

		order[NR_PARTS - left] = parts[pick];
		n /= left;
		for (int i = pick; i + 1 < left; i++)
			parts[i] = parts[i + 1];
	}
}

FIXTURE(teardown) {
};

FIXTURE_VARIANT(teardown) {
	mach_port_right_t right;
	bool busy;		/* something to see before the end */
	uint32_t events;
};

FIXTURE_VARIANT_ADD(teardown, port) {
	.right = MACH_PORT_RIGHT_RECEIVE,
};

FIXTURE_VARIANT_ADD(teardown, busy_port) {
	.right = MACH_PORT_RIGHT_RECEIVE,
	.busy = true,
};

FIXTURE_VARIANT_ADD(teardown, set_with_edges) {
	.right = MACH_PORT_RIGHT_PORT_SET,
	.busy = true,
	.events = EPOLLET,
};

FIXTURE_VARIANT_ADD(teardown, full_send_right) {
	.right = MACH_PORT_RIGHT_SEND,
};

FIXTURE_SETUP(teardown)
{
	ASSERT_TRUE(objects_settled());
}

FIXTURE_TEARDOWN(teardown)
{
}

static void tear_down(struct __test_metadata *_metadata,
		      const FIXTURE_VARIANT(teardown) *variant,
		      const int order[NR_PARTS], bool by_exit)
{
	bool there[NR_PARTS] = { true, true, true, true };
	mach_port_name_t name, port = port_new_send();
	int fd, inner, outer;

	name = port;
	if (variant->right == MACH_PORT_RIGHT_PORT_SET) {
		name = pset_new();
		ASSERT_EQ(KERN_SUCCESS, port_insert_member(port, name));
	}
	if (variant->right == MACH_PORT_RIGHT_SEND)
		ASSERT_TRUE(port_fill(port));
	if (variant->busy)
		ASSERT_EQ(0, port_post(port));
	fd = watch_new(name, variant->right);
	inner = epoll_new(fd, variant->events);
	outer = epoll_new(inner, 0);
	ASSERT_LE(0, outer);

	for (int i = 0; i < NR_PARTS; i++) {
		switch (order[i]) {
		case OBJECT:
			ASSERT_EQ(0, by_exit ? space_close() :
					       port_destroy(name));
			break;
		case DESCRIPTOR:
			ASSERT_EQ(0, close(fd));
			break;
		case INNER:
			ASSERT_EQ(0, close(inner));
			break;
		case OUTER:
			ASSERT_EQ(0, close(outer));
			break;
		}
		there[order[i]] = false;
		if (there[OUTER] && there[INNER])
			EXPECT_EQ(there[DESCRIPTOR] &&
				  (!there[OBJECT] || variant->busy) ?
				  EPOLLIN : 0, epoll_next(outer, 0));
		if (there[OUTER] && !there[INNER])
			EXPECT_EQ(0, epoll_next(outer, 0));
		if (there[DESCRIPTOR] && !there[OBJECT])
			EXPECT_EQ(POLLHUP, poll_now(fd));
		/* A message more for what is left. */
		if (there[OBJECT] && variant->right != MACH_PORT_RIGHT_SEND &&
		    variant->busy)
			ASSERT_EQ(0, port_post(port));
	}
	if (!by_exit && name != port)
		ASSERT_EQ(KERN_SUCCESS, port_destroy(port));
	if (!by_exit)
		ASSERT_EQ(0, space_close());
}

TEST_F_TIMEOUT(teardown, works_in_every_order, TEST_SLOW)
{
	int order[NR_PARTS];

	for (int n = 0; n < 2 * NR_ORDERS; n++) {
		choose_order(n % NR_ORDERS, order);
		ASSERT_EQ(0, space_open());
		tear_down(_metadata, variant, order, n >= NR_ORDERS);
		ASSERT_TRUE(objects_settled());
		if (!_metadata->passed) {
			TH_LOG("order %d %d %d %d", order[0], order[1],
			       order[2], order[3]);
			break;
		}
	}
}

/* Everything at once, by the end of the process. */
static void leave_all_open(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t port, set;
	int inner, fds[4];

	ASSERT_EQ(0, space_open());
	port = port_new_send();
	set = pset_new();
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(port, set));
	fds[0] = watch_receive(port);
	fds[1] = watch_set(set);
	fds[2] = watch_send(port);
	fds[3] = machipc_fd;
	inner = epoll_create1(0);
	for (int i = 0; i < 4; i++)
		ASSERT_TRUE(epoll_add(inner, fds[i], i & 1 ? EPOLLET : 0));
	ASSERT_LE(0, epoll_new(inner, 0));
	ASSERT_EQ(0, port_post(port));
	ASSERT_LT(0, epoll_next(inner, 0));
}

TEST_F(poll, process_may_leave_everything_open)
{
	EXPECT_TRUE(child_wait(child_start(_metadata, leave_all_open, NULL)));
}

/* The device: one descriptor for all ports of the space. */

TEST_F(poll, device_is_readable_while_any_port_has_a_message)
{
	mach_port_name_t other, early = port_new();

	/* Before anybody asks. */
	ASSERT_EQ(0, port_post(early));
	EXPECT_EQ(IN, poll_now(machipc_fd));
	ASSERT_EQ(0, msg_receive(early, &self->msg));
	EXPECT_EQ(0, poll_now(machipc_fd));

	other = port_new();
	ASSERT_EQ(0, port_post(self->port));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(IN, poll_now(machipc_fd));
	ASSERT_EQ(0, port_post(other));
	ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	EXPECT_EQ(IN, poll_now(machipc_fd));
	ASSERT_EQ(0, msg_receive(self->port, &self->msg));
	EXPECT_EQ(IN, poll_now(machipc_fd));
	ASSERT_EQ(0, msg_receive(other, &self->msg));
	EXPECT_EQ(0, poll_now(machipc_fd));
}

TEST_F(poll, message_wakes_who_polls_the_device)
{
	struct poll_thread thread;

	for (int i = 0; i < 2; i++) {
		mach_port_name_t port = port_new();

		ASSERT_TRUE(poll_thread_start(&thread, machipc_fd));
		ASSERT_EQ(0, port_post(port));
		EXPECT_EQ(IN, poll_thread_join(&thread));
		ASSERT_EQ(0, msg_receive(port, &self->msg));
	}
}

TEST_F(poll, device_forgets_what_leaves_the_space)
{
	mach_port_name_t parking = port_new(), inner = port_new();

	EXPECT_EQ(0, poll_now(machipc_fd));
	ASSERT_EQ(0, port_post(inner));
	EXPECT_EQ(IN, poll_now(machipc_fd));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(inner));
	EXPECT_EQ(0, poll_now(machipc_fd));

	/* A right that comes with a message in its queue. */
	inner = port_new();
	ASSERT_EQ(0, port_post(inner));
	ASSERT_TRUE(port_park(inner, parking));
	EXPECT_EQ(IN, poll_now(machipc_fd));
	inner = port_take(parking);
	EXPECT_EQ(IN, poll_now(machipc_fd));
	ASSERT_EQ(0, msg_receive(inner, &self->msg));
	EXPECT_EQ(0, poll_now(machipc_fd));
}

TEST_F(poll, device_sees_what_a_set_takes)
{
	struct msg_thread receiver;

	EXPECT_EQ(0, poll_now(machipc_fd));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(IN, poll_now(machipc_fd));
	/* The port joins while somebody waits on the set. */
	ASSERT_TRUE(msg_thread_receive(&receiver, self->set));
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&receiver));
	EXPECT_EQ(0, poll_now(machipc_fd));
}

static void poll_parents_device(struct __test_metadata *_metadata, void *data)
{
	EXPECT_EQ(POLLERR, poll_now(*(int *)data));
}

TEST_F(poll, device_tells_nothing_to_another_process)
{
	int fd = machipc_fd;

	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(IN, poll_now(machipc_fd));
	EXPECT_TRUE(child_wait(child_start(_metadata, poll_parents_device,
					   &fd)));
}

static void give_door_away(struct __test_metadata *_metadata, void *data)
{
	int *sock = data;
	char byte;

	ASSERT_EQ(0, space_open());
	ASSERT_EQ(0, port_post(port_new()));
	ASSERT_EQ(IN, poll_now(machipc_fd));
	ASSERT_EQ(0, send_descriptor(*sock, machipc_fd));
	ASSERT_EQ(1, read(*sock, &byte, 1));
}

TEST_F(poll, device_hangs_up_when_the_space_dies)
{
	int sock[2], fd, epfd;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	pid = child_start(_metadata, give_door_away, &sock[1]);
	fd = receive_descriptor(sock[0]);
	ASSERT_LE(0, fd);
	epfd = epoll_new(fd, EPOLLET);
	EXPECT_EQ(POLLERR, poll_now(fd));
	EXPECT_EQ(EPOLLERR, epoll_next(epfd, 0));
	ASSERT_EQ(1, write(sock[0], "", 1));
	EXPECT_TRUE(child_wait(pid));
	EXPECT_EQ(POLLHUP, poll_now(fd));
	EXPECT_EQ(EPOLLHUP, epoll_next(epfd, TEST_PATIENCE));
}

#define main harness_main
TEST_HARNESS_MAIN
#undef main

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], ROLE_EXECUTED)) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	return harness_main(argc, argv);
}
