/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sequences of calls that can be run again: what each call draws is decided by
 * a seed of its own, and by what is changed in it.
 *
 * As text a sequence is a line "sequence", and one for each call: its kind, its
 * seed, and what there is of
 *
 *	&	other calls may begin before it ends
 *	32	it is made as by a 32-bit program
 *	fail=N	the Nth allocation or copy in it fails
 *	N=V	the Nth draw, or word from 80 on, is V; both in hexadecimal
 *
 * A sequence that wants the limits to be low says "sequence limits".
 */
#ifndef FUZZ_SEQUENCE_H
#define FUZZ_SEQUENCE_H

#include "fuzz.h"

#include <stdio.h>

#define SEQUENCE_CALLS		40
#define SEQUENCE_CHANGES	3

enum {
	CALL_AT_ONCE = 1 << 0,
	CALL_NARROW = 1 << 1,
};

struct sequence_call {
	uint32_t seed;
	uint8_t kind;		/* of fuzz_calls */
	uint8_t flags;
	uint8_t fail;
	uint8_t nr_changes;
	struct fuzz_change changes[SEQUENCE_CHANGES];
};

struct sequence {
	uint32_t nr;
	uint32_t limits;
	struct sequence_call calls[SEQUENCE_CALLS];
};

void sequence_print(FILE *file, const struct sequence *sequence);
bool sequence_read(FILE *file, struct sequence *sequence);

/*
 * Runs sequences, in a space that each begins anew. The thread that starts the
 * runner makes the calls, but those that others may overtake: two helpers make
 * them.
 */
#define RUNNER_THREADS		3

/* What a program wants to know of a runner. */
struct runner_hooks {
	void (*thread_begins)(unsigned int index);
	void (*call_begins)(unsigned int index, unsigned int call);
	void (*call_ends)(unsigned int index);
};

bool runner_start(const struct runner_hooks *hooks, bool faults);
bool runner_run(const struct sequence *sequence);

#endif /* FUZZ_SEQUENCE_H */
