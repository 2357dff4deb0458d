// SPDX-License-Identifier: GPL-2.0
/*
 * What objects cost in memory, by the kernel's own count of what it has
 * allocated before and after there are many.
 */
#include <fcntl.h>
#include <sys/resource.h>

#include "mach.h"

#define PORTS		50000UL
#define SPACES		1500UL
#define QUEUES		20UL
#define MESSAGE_SIZE	(sizeof(mach_msg_header_t) + 32)

/* The kernel frees much only after a while. */
#define SETTLE_US	200000

/* Bytes that the kernel has for itself: slabs, their large kin, per CPU. */
static double kernel_memory(void)
{
	unsigned long value;
	double sum = 0;
	char line[128];
	FILE *file;

	usleep(SETTLE_US);
	file = fopen("/proc/meminfo", "r");
	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Slab: %lu", &value) == 1 ||
		    sscanf(line, "VmallocUsed: %lu", &value) == 1 ||
		    sscanf(line, "Percpu: %lu", &value) == 1)
			sum += value * 1024.0;
	fclose(file);
	return sum;
}

static void port_memory(const struct bench_case *bench, size_t size)
{
	mach_port_t port;
	double before;
	unsigned long i;

	mach_bench_port();
	before = kernel_memory();
	for (i = 0; i < PORTS; i++)
		CHECK_MACH(mach_port_allocate(mach_task_self(),
					      MACH_PORT_RIGHT_RECEIVE, &port));
	bench_report((kernel_memory() - before) / PORTS, PORTS);
}

static void message_memory(const struct bench_case *bench, size_t size)
{
	unsigned long count = QUEUES * MACH_PORT_QLIMIT_MAX;
	mach_port_t queues[QUEUES];
	struct mach_message message;
	double before;
	unsigned long i;

	for (i = 0; i < QUEUES; i++) {
		queues[i] = mach_bench_port();
		mach_bench_deepen(queues[i]);
	}
	before = kernel_memory();
	for (i = 0; i < count; i++) {
		message.header = (mach_msg_header_t) {
			.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
			.msgh_remote_port = queues[i % QUEUES],
		};
		memset(&message.header + 1, 0, 32);
		CHECK_MACH(mach_msg(&message.header,
				    MACH_SEND_MSG | MACH_SEND_TIMEOUT,
				    MESSAGE_SIZE, 0, MACH_PORT_NULL, 0,
				    MACH_PORT_NULL));
	}
	bench_report((kernel_memory() - before) / count, count);
}

/**
 * struct holder - processes that are told to do something
 * @go: pipe: a byte for each
 * @done: pipe: a byte from each that has done it
 * @act: what they do
 */
struct holder {
	int go[2];
	int done[2];
	void (*act)(void);
};

static void hold(void *arg)
{
	struct holder *holder = arg;
	char byte;

	CHECK(read(holder->go[0], &byte, 1) == 1);
	holder->act();
	CHECK(write(holder->done[1], &byte, 1) == 1);
	pause();
}

/* What it costs per process that many of them do something. */
static double held_memory(void (*act)(void))
{
	struct holder holder = { .act = act };
	double before;
	unsigned long i;
	char byte = 0;

	CHECK(!pipe(holder.go));
	CHECK(!pipe(holder.done));
	for (i = 0; i < SPACES; i++)
		bench_fork(hold, &holder);
	before = kernel_memory();
	for (i = 0; i < SPACES; i++)
		CHECK(write(holder.go[1], &byte, 1) == 1);
	for (i = 0; i < SPACES; i++)
		CHECK(read(holder.done[0], &byte, 1) == 1);
	return (kernel_memory() - before) / SPACES;
}

static void open_file(void)
{
	CHECK(open("/dev/null", O_RDWR) >= 0);
}

static void open_space(void)
{
	CHECK(open("/dev/machipc", O_RDWR) >= 0);
}

static void use_space(void)
{
	CHECK(MACH_PORT_VALID(mach_task_self()));
}

/* The open file, which any device costs, is not counted. */
static void space_memory(const struct bench_case *bench, size_t size)
{
	double file = held_memory(open_file);

	bench_report(held_memory(open_space) - file, SPACES);
}

/* With a name for the task port, and with that room for more. */
static void used_space_memory(const struct bench_case *bench, size_t size)
{
	double file = held_memory(open_file);

	bench_report(held_memory(use_space) - file, SPACES);
}

const struct bench_case bench_memory_cases[] = {
	{ .name = "memory-port", .run = port_memory },
	{ .name = "memory-message", .run = message_memory },
	{ .name = "memory-space", .run = space_memory },
	{ .name = "memory-space-used", .run = used_space_memory },
	{ }
};
