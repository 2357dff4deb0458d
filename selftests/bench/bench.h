/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the benchmarks share: the other side of a channel, and the loop that
 * measures this one.
 *
 * A case sets up its channel, starts the other side with bench_fork(), and
 * calls bench_measure() with what is one operation. Whatever goes wrong ends
 * the program: a number is right, or it is missing.
 */
#ifndef BENCH_H
#define BENCH_H

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define BENCH_PAGE	4096UL

/*
 * Up to this size a request is answered by a reply of the same size. A larger
 * one travels in one direction, and a short message answers it.
 */
#define BENCH_ECHO_MAX	65536UL
#define BENCH_ANSWER	32UL

#define CHECK(condition) \
	do { \
		if (!(condition)) \
			err(1, "%s:%d: %s", __FILE__, __LINE__, #condition); \
	} while (0)

/**
 * struct bench_case - what can be measured
 * @name: how it is asked for
 * @run: measures it, with messages of @size bytes
 * @arg: tells apart the cases that share @run
 */
struct bench_case {
	const char *name;
	void (*run)(const struct bench_case *bench, size_t size);
	const void *arg;
};

extern const struct bench_case bench_floor_cases[];
extern const struct bench_case bench_channel_cases[];
extern const struct bench_case bench_fd_cases[];
extern const struct bench_case bench_bulk_cases[];
extern const struct bench_case bench_binder_cases[];
extern const struct bench_case bench_mach_cases[];
extern const struct bench_case bench_crowd_cases[];
extern const struct bench_case bench_memory_cases[];

/*
 * Runs @side in a child that is not expected to return. The children end with
 * this process. Returns the child's id.
 */
pid_t bench_fork(void (*side)(void *), void *arg);

/*
 * Warms @op up, calls it in batches, and writes the result. A call is as many
 * operations as said.
 */
void bench_measure(void (*op)(void *), void *arg, unsigned int operations);

/*
 * The same for @op that receives what another process sends all the time. That
 * happens in bursts as long as the queue, of which a batch has now one more and
 * now one less: so batches are longer, and their mean is the result.
 */
void bench_measure_flow(void (*op)(void *), void *arg);

/* Writes a result that is not a time: one value per object. */
void bench_report(double value, unsigned long count);

/* Memory whose pages are there. */
void *bench_memory(size_t size);

/* Reads a byte of each page. */
void bench_read_pages(const void *memory, size_t size);

#endif
