/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of polling share: port descriptors, what poll() and epoll say
 * of them, and a thread that waits.
 */
#ifndef POLL_UTILS_H
#define POLL_UTILS_H

#include "port_utils.h"

#include <poll.h>
#include <sys/epoll.h>

#define IN	(POLLIN | POLLRDNORM)
#define OUT	(POLLOUT | POLLWRNORM)

/* What poll() and epoll_wait() sleep in: newer machines have fewer calls. */
#ifdef __NR_poll
#define POLL_CALL	__NR_poll
#define EPOLL_CALL	__NR_epoll_wait
#else
#define POLL_CALL	__NR_ppoll
#define EPOLL_CALL	__NR_epoll_pwait
#endif

/* Whatever a descriptor may say. */
#define ANYTHING	(POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM | \
			 POLLRDBAND | POLLWRBAND | POLLRDHUP)

/* A port descriptor; -1 if there is none. */
static inline int watch_new(mach_port_name_t name, mach_port_right_t right)
{
	int fd = -1;

	port_watch(name, right, &fd);
	return fd;
}

static inline int watch_receive(mach_port_name_t name)
{
	return watch_new(name, MACH_PORT_RIGHT_RECEIVE);
}

static inline int watch_set(mach_port_name_t name)
{
	return watch_new(name, MACH_PORT_RIGHT_PORT_SET);
}

static inline int watch_send(mach_port_name_t name)
{
	return watch_new(name, MACH_PORT_RIGHT_SEND);
}

/* What the descriptor says now. */
static inline int poll_now(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = ANYTHING };

	return poll(&pollfd, 1, 0) < 0 ? -errno : pollfd.revents;
}

/*
 * A thread that waits in poll() for one descriptor, without a limit: at its end
 * poll() would look once more, and find what nobody woke it for.
 */
struct poll_thread {
	pthread_t thread;
	pid_t tid;
	bool done;
	struct pollfd pollfd;
	int ret;
};

static inline void *poll_thread_main(void *data)
{
	struct poll_thread *thread = data;

	__atomic_store_n(&thread->tid, gettid(), __ATOMIC_RELEASE);
	thread->ret = poll(&thread->pollfd, 1, -1);
	__atomic_store_n(&thread->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Whether it has fallen asleep. */
static inline bool poll_thread_start(struct poll_thread *thread, int fd)
{
	uint64_t end = now_ms() + TEST_PATIENCE;

	memset(thread, 0, sizeof(*thread));
	thread->pollfd.fd = fd;
	thread->pollfd.events = ANYTHING;
	if (pthread_create(&thread->thread, NULL, poll_thread_main, thread))
		return false;
	while (!__atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE))
		sched_yield();
	while (!is_asleep_in(thread->tid, POLL_CALL, 0)) {
		if (now_ms() > end)
			return false;
		nap();
	}
	return true;
}

/* What it was woken by; 0 if by nothing. */
static inline int poll_thread_join(struct poll_thread *thread)
{
	uint64_t end = now_ms() + TEST_PATIENCE;

	while (!__atomic_load_n(&thread->done, __ATOMIC_ACQUIRE) &&
	       now_ms() < end)
		nap();
	pthread_cancel(thread->thread);
	pthread_join(thread->thread, NULL);
	return thread->ret == 1 ? thread->pollfd.revents : 0;
}

/* An epoll with one descriptor; @events says how, e.g. EPOLLET. */
static inline bool epoll_add(int epfd, int fd, uint32_t events)
{
	struct epoll_event event = {
		.events = events | EPOLLIN | EPOLLOUT,
		.data.fd = fd,
	};

	return !epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event);
}

static inline int epoll_new(int fd, uint32_t events)
{
	int epfd = epoll_create1(EPOLL_CLOEXEC);

	return epoll_add(epfd, fd, events) ? epfd : -1;
}

/* The next event, waiting for so many milliseconds; 0 if there is none. */
static inline int epoll_next(int epfd, int timeout)
{
	struct epoll_event event;
	int count = epoll_wait(epfd, &event, 1, timeout);

	if (count < 0)
		return -errno;
	return count ? event.events : 0;
}

/* Sends with a right that the port makes on the spot. */
static inline mach_msg_return_t port_post(mach_port_name_t name)
{
	return msg_send_id(name, MACH_MSG_TYPE_MAKE_SEND, 1);
}

#endif /* POLL_UTILS_H */
