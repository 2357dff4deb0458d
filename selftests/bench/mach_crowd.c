// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of 32 bytes between sides that have much else: names, ports in the
 * set that the server receives from, threads that wait for other messages.
 */
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>

#include "mach.h"

#define NAMES	100000
#define MEMBERS	10000
#define THREADS	1000
#define SIZE	(sizeof(mach_msg_header_t) + 32)

/**
 * struct crowd - what is there beside the one conversation
 * @names: ports of each side
 * @members: ports in the set; without any, the server receives from its port
 * @threads: threads of the server that wait for a message on a port each
 */
struct crowd {
	unsigned int names;
	unsigned int members;
	unsigned int threads;
};

static const struct crowd many_names = { .names = NAMES };
static const struct crowd many_members = { .members = MEMBERS };
static const struct crowd one_member = { .members = 1 };
static const struct crowd many_threads = { .threads = THREADS };
static const struct crowd everything = { NAMES, MEMBERS, THREADS };

/**
 * struct server - the measured side
 * @receive_from: its port or set
 * @message: the request, then the answer
 */
struct server {
	mach_port_t receive_from;
	struct mach_message message;
};

static struct server server;

static void add_names(unsigned int count)
{
	while (count--)
		mach_bench_port();
}

static void add_member(mach_port_t set, mach_port_t port)
{
	CHECK_MACH(mach_port_insert_member(mach_task_self(), port, set));
}

/* Returns a set with @count members, the last of which is @port. */
static mach_port_t make_set(mach_port_t port, unsigned int count)
{
	mach_port_t set;

	CHECK_MACH(mach_port_allocate(mach_task_self(),
				      MACH_PORT_RIGHT_PORT_SET, &set));
	while (--count)
		add_member(set, mach_bench_port());
	add_member(set, port);
	return set;
}

static sem_t started;

static void *wait_for_ever(void *unused)
{
	struct mach_message message;
	mach_port_t port = mach_bench_port();

	CHECK(!sem_post(&started));
	mach_bench_receive(&message, port);
	errx(1, "a message where none was sent");
}

static void add_threads(unsigned int count)
{
	pthread_attr_t attr;
	pthread_t thread;
	unsigned int i;

	CHECK(!sem_init(&started, 0, 0));
	CHECK(!pthread_attr_init(&attr));
	CHECK(!pthread_attr_setstacksize(&attr, sizeof(struct mach_message) +
						PTHREAD_STACK_MIN));
	for (i = 0; i < count; i++) {
		errno = pthread_create(&thread, &attr, wait_for_ever, NULL);
		CHECK(!errno);
	}
	for (i = 0; i < count; i++)
		CHECK(!sem_wait(&started));
}

static void call(void *arg)
{
	const struct crowd *crowd = arg;
	mach_port_t service = mach_bench_service();
	static struct mach_message message;

	add_names(crowd->names);
	for (;;)
		mach_bench_call(&message, SIZE, service);
}

static void serve(void *arg)
{
	struct server *self = arg;

	mach_bench_serve(&self->message, 0, SIZE, self->receive_from);
}

static void rpc(const struct bench_case *bench, size_t size)
{
	const struct crowd *crowd = bench->arg;
	mach_port_t port;

	add_names(crowd->names / 2);
	port = mach_bench_port();
	add_names(crowd->names / 2);
	server.receive_from = crowd->members ? make_set(port, crowd->members) :
					       port;
	mach_bench_publish(port);
	bench_fork(call, (void *)crowd);
	/* Only now: a child of a process with threads is to be avoided. */
	add_threads(crowd->threads);
	mach_bench_receive(&server.message, server.receive_from);
	bench_measure(serve, &server, 1);
}

const struct bench_case bench_crowd_cases[] = {
	{ .name = "mach-names", .run = rpc, .arg = &many_names },
	{ .name = "mach-set", .run = rpc, .arg = &one_member },
	{ .name = "mach-members", .run = rpc, .arg = &many_members },
	{ .name = "mach-threads", .run = rpc, .arg = &many_threads },
	{ .name = "mach-crowd", .run = rpc, .arg = &everything },
	{ }
};
