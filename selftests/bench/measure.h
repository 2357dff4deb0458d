/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How to measure, as the command line has it.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include "bench.h"

#define BENCH_BATCHES_MAX	1000

enum bench_placement {
	BENCH_SAME_CPU,
	BENCH_TWO_CPUS,		/* This side on the first, the other on the second */
	BENCH_ANY_CPU,
};

/**
 * struct bench_setup - what the options say
 * @policy: SCHED_BATCH or SCHED_OTHER
 * @placement: where the sides run
 * @batches: how many are measured
 * @batch: nanoseconds that one takes
 */
struct bench_setup {
	int policy;
	enum bench_placement placement;
	unsigned int batches;
	uint64_t batch;
};

extern struct bench_setup bench_setup;

/* Gives this process, and the children to come, policy and place. */
void bench_place(void);

/* Ends the children: what comes after this program finds nothing of it. */
void bench_end(void);

#endif
