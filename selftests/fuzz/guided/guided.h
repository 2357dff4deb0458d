/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzzer that is guided by coverage: what reaches something new in the
 * module is kept, and what comes next is made of it.
 *
 *	coverage.c	what was reached, by KCOV
 *	mutate.c	new sequences
 *	explore.c	a process that looks for what is new
 *	distil.c	few sequences that reach all that was reached
 *	recorder.c	what ran last, for when the kernel has stopped
 *	main.c		the processes, what disturbs them, and the report
 */
#ifndef GUIDED_H
#define GUIDED_H

#include "../sequence.h"
#include "coverage.h"

#define CORPUS_MAX	4096
#define EXPLORERS_MAX	8

/* Of all processes. */
struct guided {
	struct coverage coverage;
	uint64_t runs;
	uint64_t flaky;		/* edges that did not come again */
	uint32_t limits;	/* they are low now */
	uint32_t over;
	uint32_t nr_given;	/* sequences of the corpus that it began with */
	uint32_t next_given;	/* the next of them that nobody has run yet */
	uint32_t nr_corpus;	/* with these; grows */
	struct sequence corpus[CORPUS_MAX];
};

extern struct guided *guided;
extern int guided_pipe[2];	/* explorers write sequences that shall stay */
extern bool guided_faults;	/* the kernel can have calls fail */

/* explore.c */
bool explore_start(unsigned int number);
uint32_t explore_run(const struct sequence *sequence);
void explore(struct fuzz_worker *w);

/* distil.c */
void distil(FILE *file, size_t limit);

/* recorder.c */
bool recorder_start(void);
void recorder_choose(unsigned int number);
void recorder_begin(const struct sequence *sequence);
void recorder_call(unsigned int thread, unsigned int call);
int recorder_recover(const char *path);

#endif /* GUIDED_H */
