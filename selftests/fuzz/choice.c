// SPDX-License-Identifier: GPL-2.0
/*
 * What is drawn. The seed of a worker and the number of a draw decide it, so
 * that one draw can be changed and those after it are the same.
 */
#include "fuzz.h"

uint64_t fuzz_random(struct fuzz_worker *w)
{
	uint64_t z = w->random += 0x9e3779b97f4a7c15ULL;

	w->draws++;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* What shall come instead of the next draw, if something shall. */
static const struct fuzz_change *change_of_draw(const struct fuzz_worker *w)
{
	for (uint32_t i = 0; i < w->nr_changes; i++)
		if (w->changes[i].index == w->draws)
			return &w->changes[i];
	return NULL;
}

uint32_t fuzz_below(struct fuzz_worker *w, uint32_t limit)
{
	const struct fuzz_change *change = change_of_draw(w);
	uint32_t drawn = fuzz_random(w) >> 32;

	return (change ? change->value : drawn) % limit;
}

/* True once in @n times. */
bool fuzz_once_in(struct fuzz_worker *w, uint32_t n)
{
	return !fuzz_below(w, n);
}

/* Whether a word is left over from somebody: poison, or a kernel address. */
bool fuzz_is_foreign(uint32_t word)
{
	return word == 0x5a5a5a5a || word == 0x6b6b6b6b ||
	       word == 0xfefefefe || word == 0xaaaaaaaa ||
	       (word >= 0xffff8000 && word < 0xfffff000);
}

uint32_t fuzz_word(struct fuzz_worker *w)
{
	static const uint32_t edges[] = {
		0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000,
		0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 0xffffff00,
	};
	const struct fuzz_change *change = change_of_draw(w);
	uint64_t random = fuzz_random(w);
	uint32_t word = random >> 32 >> (random >> 8 & 31);

	if (change)
		word = change->value;
	else if (random & 1)
		word = edges[(random >> 32) % FUZZ_COUNT(edges)];
	return fuzz_is_foreign(word) ? word >> 1 : word;
}

uint32_t fuzz_choose(struct fuzz_worker *w, const uint32_t *choice,
		     uint32_t count)
{
	return choice[fuzz_below(w, count)];
}
