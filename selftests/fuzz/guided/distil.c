// SPDX-License-Identifier: GPL-2.0
/*
 * Few sequences that reach what all reach: the one that adds most for its
 * length comes first.
 */
#include "guided.h"

#include <stdlib.h>
#include <string.h>

static struct candidate {
	uint32_t nr_edges;
	uint32_t *edges;
	uint32_t score;		/* at most; less as others are taken */
} candidates[CORPUS_MAX];

static uint8_t covered[COVERAGE_EDGES];

static void run_candidate(uint32_t i)
{
	struct candidate *candidate = &candidates[i];

	candidate->nr_edges = explore_run(&guided->corpus[i]);
	candidate->edges = malloc(candidate->nr_edges * sizeof(uint32_t));
	candidate->score = UINT32_MAX;
	if (!candidate->edges) {
		candidate->nr_edges = 0;
		return;
	}
	memcpy(candidate->edges, coverage_edges(),
	       candidate->nr_edges * sizeof(uint32_t));
}

/* Those that want low limits run when the others have. */
static void run_all(void)
{
	for (uint32_t i = 0; i < guided->nr_corpus; i++)
		if (!guided->corpus[i].limits)
			run_candidate(i);
	fuzz_limits_lower();
	for (uint32_t i = 0; i < guided->nr_corpus; i++)
		if (guided->corpus[i].limits)
			run_candidate(i);
	fuzz_limits_restore();
}

static uint32_t score(uint32_t i)
{
	const struct candidate *candidate = &candidates[i];
	uint32_t gain = 0;

	for (uint32_t j = 0; j < candidate->nr_edges; j++)
		gain += !covered[candidate->edges[j]];
	return gain * 100 / (2 + guided->corpus[i].nr);
}

static struct candidate *highest_score(void)
{
	struct candidate *best = &candidates[0];

	for (uint32_t i = 1; i < guided->nr_corpus; i++)
		if (candidates[i].score > best->score)
			best = &candidates[i];
	return best;
}

/* A score is worked out again only when it would be the best. */
static struct candidate *take_best(void)
{
	struct candidate *best = highest_score();

	while (best->score) {
		uint32_t highest = best->score;

		best->score = score(best - candidates);
		if (best->score && best->score == highest) {
			best->score = 0;
			return best;
		}
		best = highest_score();
	}
	return NULL;
}

/* Prints them, up to about @limit bytes. */
void distil(FILE *file, size_t limit)
{
	struct candidate *candidate;
	size_t printed = 0;

	run_all();
	while (printed < limit && (candidate = take_best())) {
		char *text = NULL;
		size_t size = 0;
		FILE *memory = open_memstream(&text, &size);

		for (uint32_t i = 0; i < candidate->nr_edges; i++)
			covered[candidate->edges[i]] = 1;
		sequence_print(memory, &guided->corpus[candidate - candidates]);
		fclose(memory);
		fputs(text, file);
		printed += size;
		free(text);
	}
}
