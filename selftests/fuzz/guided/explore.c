// SPDX-License-Identifier: GPL-2.0
/*
 * A process that makes sequences, runs them, and keeps those that reach
 * something new.
 */
#include "guided.h"
#include "mutate.h"

#include <string.h>
#include <unistd.h>

#define AGAIN		2	/* an edge that is new must come once more */
#define WANTED_MAX	512
#define LIFE		2000	/* runs: memory that was received piles up */

static const struct runner_hooks hooks = {
	.thread_begins = coverage_begin_thread,
	.call_begins = recorder_call,
	.call_ends = coverage_end_call,
};

/* The edges for which a sequence is to be kept. */
static struct {
	uint32_t nr;
	uint32_t edge[WANTED_MAX];
} wanted;

bool explore_start(unsigned int number)
{
	recorder_choose(number);
	fuzz_process.child_begins = coverage_begin_child;
	return coverage_prepare() && runner_start(&hooks, guided_faults);
}

/* Runs a sequence. Returns false if it does not end. */
static bool run(const struct sequence *sequence)
{
	uint64_t complaints = fuzz_totals->complaints;
	bool good;

	recorder_begin(sequence);
	coverage_forget();
	good = runner_run(sequence);
	if (!good)
		fuzz_complain("# a call does not end");
	if (complaints != fuzz_totals->complaints) {
		sequence_print(stdout, sequence);
		fflush(stdout);
	}
	__atomic_add_fetch(&guided->runs, 1, __ATOMIC_RELAXED);
	return good;
}

/* The same, and gathers what it has reached. Returns how many edges. */
uint32_t explore_run(const struct sequence *sequence)
{
	uint32_t count;

	if (!run(sequence))
		_exit(1);
	count = coverage_collect();
	coverage_add_places(&guided->coverage);
	return count;
}

static void want_new_edges(uint32_t count)
{
	const uint32_t *edges = coverage_edges();

	wanted.nr = 0;
	for (uint32_t i = 0; i < count && wanted.nr < WANTED_MAX; i++)
		if (!guided->coverage.edge[edges[i]])
			wanted.edge[wanted.nr++] = edges[i];
}

static uint32_t reached(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < wanted.nr; i++)
		count += coverage_has(wanted.edge[i]);
	return count;
}

/* What does not come again is not wanted again. */
static void drop_flaky(const uint8_t *came)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < wanted.nr; i++) {
		if (came[i]) {
			wanted.edge[kept++] = wanted.edge[i];
			continue;
		}
		if (coverage_add(&guided->coverage, wanted.edge[i]))
			__atomic_add_fetch(&guided->flaky, 1,
					   __ATOMIC_RELAXED);
	}
	wanted.nr = kept;
}

static void verify(const struct sequence *sequence)
{
	uint8_t came[WANTED_MAX] = {};

	for (int i = 0; i < AGAIN; i++) {
		explore_run(sequence);
		for (uint32_t j = 0; j < wanted.nr; j++)
			came[j] |= coverage_has(wanted.edge[j]);
	}
	drop_flaky(came);
}

/* Removes the calls that are not needed for what is wanted. */
static void minimise(struct sequence *sequence)
{
	struct sequence shorter;

	for (uint32_t i = sequence->nr; i-- > 0 && sequence->nr > 1;) {
		shorter = *sequence;
		mutate_remove_call(&shorter, i);
		explore_run(&shorter);
		if (reached() == wanted.nr)
			*sequence = shorter;
	}
}

/* What the last run has reached is new no more. */
static void know_edges(uint32_t count)
{
	const uint32_t *edges = coverage_edges();

	for (uint32_t i = 0; i < count; i++)
		coverage_add(&guided->coverage, edges[i]);
}

static void keep(const struct sequence *sequence)
{
	know_edges(explore_run(sequence));
	for (uint32_t i = 0; i < wanted.nr; i++)
		coverage_add(&guided->coverage, wanted.edge[i]);
	if (write(guided_pipe[1], sequence, sizeof(*sequence)) !=
	    sizeof(*sequence))
		_exit(1);
}

static void try(struct sequence *sequence)
{
	sequence->limits = guided->limits;
	want_new_edges(explore_run(sequence));
	if (!wanted.nr)
		return;
	verify(sequence);
	if (!wanted.nr)
		return;
	minimise(sequence);
	keep(sequence);
}

/* Half the time one of those that came last. */
static const struct sequence *choose(struct fuzz_worker *w)
{
	uint32_t nr = __atomic_load_n(&guided->nr_corpus, __ATOMIC_ACQUIRE);
	uint32_t late = fuzz_once_in(w, 2) ? nr * 3 / 4 : 0;

	return nr ? &guided->corpus[late + fuzz_below(w, nr - late)] : NULL;
}

static void make(struct fuzz_worker *w, struct sequence *sequence)
{
	const struct sequence *from = fuzz_below(w, 20) ? choose(w) : NULL;

	if (!from) {
		mutate_invent(w, sequence);
		return;
	}
	*sequence = *from;
	mutate(w, sequence, choose);
}

/* First what is given, each by one process. */
static bool next_given(struct sequence *sequence)
{
	uint32_t next = __atomic_fetch_add(&guided->next_given, 1,
					   __ATOMIC_RELAXED);

	if (next >= guided->nr_given)
		return false;
	*sequence = guided->corpus[next];
	return true;
}

void explore(struct fuzz_worker *w)
{
	struct sequence sequence;

	while (!guided->over && next_given(&sequence))
		know_edges(explore_run(&sequence));
	for (int i = 0; i < LIFE && !guided->over; i++) {
		make(w, &sequence);
		try(&sequence);
	}
}
