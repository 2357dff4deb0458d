/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the calls of a process reach in the module, by KCOV: places, and edges
 * from one place to the next.
 */
#ifndef GUIDED_COVERAGE_H
#define GUIDED_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Slots beyond those of the runner's threads. */
#define COVERAGE_CHILD		3
#define COVERAGE_SLOTS		4

#define COVERAGE_EDGES		(1 << 20)	/* hash values */
#define COVERAGE_PLACES		(1 << 20)	/* bytes of the module's text */

/* What has been reached so far. Shared by all processes. */
struct coverage {
	uint64_t nr_edges;
	uint64_t nr_places;
	uint8_t edge[COVERAGE_EDGES];
	uint8_t place[COVERAGE_PLACES];
};

bool coverage_find_module(void);

/* For a process: its threads, and one child at a time. */
bool coverage_prepare(void);
void coverage_begin_thread(unsigned int slot);
void coverage_begin_child(void);
void coverage_end_call(unsigned int slot);

void coverage_forget(void);
uint32_t coverage_collect(void);
const uint32_t *coverage_edges(void);
bool coverage_has(uint32_t edge);
bool coverage_add(struct coverage *coverage, uint32_t edge);
void coverage_add_places(struct coverage *coverage);
void coverage_print(FILE *file, const struct coverage *coverage);

#endif /* GUIDED_COVERAGE_H */
