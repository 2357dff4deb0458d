// SPDX-License-Identifier: GPL-2.0
/*
 * What carries nothing: the price of a system call and of changing sides.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/machipc.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "bench.h"
#include "floor/floor.h"

/* Calls of devices: one that does nothing, and one of ours that could do more. */

static int open_device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	CHECK(fd >= 0);
	return fd;
}

static void do_nothing(void *arg)
{
	CHECK(!ioctl(*(int *)arg, FLOOR_NULL));
}

static void null_ioctl(const struct bench_case *bench, size_t size)
{
	int fd = open_device("/dev/machbench_floor");

	bench_measure(do_nothing, &fd, 1);
}

static void query(void *arg)
{
	struct machipc_query query = { .size = sizeof(query) };

	CHECK(!ioctl(*(int *)arg, MACHIPC_IOC_QUERY, &query));
}

static void query_ioctl(const struct bench_case *bench, size_t size)
{
	int fd = open_device("/dev/machipc");

	bench_measure(query, &fd, 1);
}

static void yield(void *arg)
{
	sched_yield();
}

static void yield_forever(void *arg)
{
	for (;;)
		yield(arg);
}

static void yield_pair(const struct bench_case *bench, size_t size)
{
	bench_fork(yield_forever, NULL);
	bench_measure(yield, NULL, 1);
}

struct event_pair {
	int request;
	int answer;
};

static void signal_event(int fd)
{
	CHECK(!eventfd_write(fd, 1));
}

static void wait_event(int fd)
{
	eventfd_t value;

	CHECK(!eventfd_read(fd, &value));
}

static void call_event(void *arg)
{
	struct event_pair *pair = arg;

	signal_event(pair->request);
	wait_event(pair->answer);
}

static void answer_events(void *arg)
{
	struct event_pair *pair = arg;

	for (;;) {
		wait_event(pair->request);
		signal_event(pair->answer);
	}
}

static void eventfd_pair(const struct bench_case *bench, size_t size)
{
	struct event_pair pair = {
		.request = eventfd(0, EFD_CLOEXEC),
		.answer = eventfd(0, EFD_CLOEXEC),
	};

	CHECK(pair.request >= 0 && pair.answer >= 0);
	bench_fork(answer_events, &pair);
	bench_measure(call_event, &pair, 1);
}

struct futex_pair {
	uint32_t request;
	uint32_t answer;
};

static void signal_futex(uint32_t *word)
{
	__atomic_store_n(word, 1, __ATOMIC_RELEASE);
	CHECK(syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0) >= 0);
}

static void wait_futex(uint32_t *word)
{
	while (!__atomic_exchange_n(word, 0, __ATOMIC_ACQUIRE))
		CHECK(!syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0) ||
		      errno == EAGAIN);
}

static void call_futex(void *arg)
{
	struct futex_pair *pair = arg;

	signal_futex(&pair->request);
	wait_futex(&pair->answer);
}

static void answer_futexes(void *arg)
{
	struct futex_pair *pair = arg;

	for (;;) {
		wait_futex(&pair->request);
		signal_futex(&pair->answer);
	}
}

static void futex_pair(const struct bench_case *bench, size_t size)
{
	struct futex_pair *pair;

	pair = mmap(NULL, sizeof(*pair), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(pair != MAP_FAILED);
	bench_fork(answer_futexes, pair);
	bench_measure(call_futex, pair, 1);
}

/**
 * struct turns - two sides of the device that does the least
 * @fd: the device
 * @command: how it lets them take turns
 */
struct turns {
	int fd;
	unsigned int command;
};

static void take_first_turn(void *arg)
{
	const struct turns *turns = arg;

	CHECK(!ioctl(turns->fd, turns->command, 0));
}

static void take_second_turns(void *arg)
{
	const struct turns *turns = arg;

	for (;;)
		CHECK(!ioctl(turns->fd, turns->command, 1));
}

static void take_turns(unsigned int command)
{
	struct turns turns = {
		.fd = open_device("/dev/machbench_floor"),
		.command = command,
	};

	bench_fork(take_second_turns, &turns);
	bench_measure(take_first_turn, &turns, 1);
}

static void switch_pair(const struct bench_case *bench, size_t size)
{
	take_turns(FLOOR_SWITCH);
}

static void queue_pair(const struct bench_case *bench, size_t size)
{
	take_turns(FLOOR_QUEUE);
}

const struct bench_case bench_floor_cases[] = {
	{ .name = "null", .run = null_ioctl },
	{ .name = "query", .run = query_ioctl },
	{ .name = "floor", .run = switch_pair },
	{ .name = "floor-queue", .run = queue_pair },
	{ .name = "yield", .run = yield_pair },
	{ .name = "eventfd", .run = eventfd_pair },
	{ .name = "futex", .run = futex_pair },
	{ }
};
