// SPDX-License-Identifier: GPL-2.0
/*
 * Large data without a channel: the memory of the other process, and a file
 * that lives in memory. Each needs something else to say that data is there.
 */
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "bench.h"

/**
 * struct reader - who reads the memory of another process
 * @pid: the other process
 * @data: its data, at the same address there and here
 * @size: bytes of it
 * @copy: where they go
 */
struct reader {
	pid_t pid;
	char *data;
	size_t size;
	char *copy;
};

static void wait_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK(sigwaitinfo(&set, NULL) == SIGUSR1);
}

static void block_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK(!sigprocmask(SIG_BLOCK, &set, NULL));
}

static void call_by_signal(void *arg)
{
	struct reader *reader = arg;

	CHECK(!kill(reader->pid, SIGUSR1));
	wait_signal();
}

static void read_memory(const struct reader *reader, pid_t pid)
{
	struct iovec here = { reader->copy, reader->size };
	struct iovec there = { reader->data, reader->size };

	CHECK(process_vm_readv(pid, &here, 1, &there, 1, 0) ==
	      (ssize_t)reader->size);
	bench_read_pages(reader->copy, reader->size);
}

static void answer_by_signal(void *arg)
{
	struct reader *reader = arg;
	pid_t parent = getppid();

	reader->copy = bench_memory(reader->size);
	for (;;) {
		wait_signal();
		read_memory(reader, parent);
		CHECK(!kill(parent, SIGUSR1));
	}
}

static void vm_readv(const struct bench_case *bench, size_t size)
{
	struct reader reader = { .data = bench_memory(size), .size = size };

	block_signal();
	reader.pid = bench_fork(answer_by_signal, &reader);
	bench_measure(call_by_signal, &reader, 1);
}

/**
 * struct memory_file - a file that both sides have mapped
 * @fd: the file
 * @mapped: the same, shared
 * @data: what is put into it
 * @size: bytes of it
 * @request: eventfd: data is there
 * @answer: eventfd: it was read
 * @fill: puts @data into the file
 */
struct memory_file {
	int fd;
	char *mapped;
	char *data;
	size_t size;
	int request;
	int answer;
	void (*fill)(const struct memory_file *file);
};

static void fill_by_write(const struct memory_file *file)
{
	CHECK(pwrite(file->fd, file->data, file->size, 0) ==
	      (ssize_t)file->size);
}

static void fill_by_copy(const struct memory_file *file)
{
	memcpy(file->mapped, file->data, file->size);
}

static void call_by_event(void *arg)
{
	const struct memory_file *file = arg;
	eventfd_t value;

	file->fill(file);
	CHECK(!eventfd_write(file->request, 1));
	CHECK(!eventfd_read(file->answer, &value));
}

static void answer_by_event(void *arg)
{
	const struct memory_file *file = arg;
	eventfd_t value;

	for (;;) {
		CHECK(!eventfd_read(file->request, &value));
		bench_read_pages(file->mapped, file->size);
		CHECK(!eventfd_write(file->answer, 1));
	}
}

static void memfd(size_t size, void (*fill)(const struct memory_file *file))
{
	struct memory_file file = {
		.fd = memfd_create("machbench", MFD_CLOEXEC),
		.data = bench_memory(size),
		.size = size,
		.request = eventfd(0, EFD_CLOEXEC),
		.answer = eventfd(0, EFD_CLOEXEC),
		.fill = fill,
	};

	CHECK(file.fd >= 0 && file.request >= 0 && file.answer >= 0);
	CHECK(!ftruncate(file.fd, size));
	file.mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			   file.fd, 0);
	CHECK(file.mapped != MAP_FAILED);
	bench_fork(answer_by_event, &file);
	bench_measure(call_by_event, &file, 1);
}

static void memfd_written(const struct bench_case *bench, size_t size)
{
	memfd(size, fill_by_write);
}

static void memfd_mapped(const struct bench_case *bench, size_t size)
{
	memfd(size, fill_by_copy);
}

const struct bench_case bench_bulk_cases[] = {
	{ .name = "process_vm_readv", .run = vm_readv },
	{ .name = "memfd-written", .run = memfd_written },
	{ .name = "memfd-mapped", .run = memfd_mapped },
	{ }
};
