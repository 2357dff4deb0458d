// SPDX-License-Identifier: GPL-2.0
/*
 * New sequences, from nothing or from others.
 */
#include "mutate.h"

#include <string.h>

/* Draws of a call that are worth a change: its first ones decide most. */
#define DRAWS	28

/* Words of the largest structure of a command, but for its array. */
#define WORDS	14

/* Once in so many calls. */
#define RARE_AT_ONCE	12
#define RARE_NARROW	10
#define RARE_FAIL	14
#define RARE_FORK	250

static void invent_call(struct fuzz_worker *w, struct sequence_call *call)
{
	memset(call, 0, sizeof(*call));
	call->seed = fuzz_random(w);
	call->kind = fuzz_once_in(w, RARE_FORK) ? fuzz_nr_calls - 1 :
						  fuzz_pick_call(w);
	if (fuzz_once_in(w, RARE_AT_ONCE))
		call->flags |= CALL_AT_ONCE;
	if (fuzz_once_in(w, RARE_NARROW))
		call->flags |= CALL_NARROW;
	if (fuzz_once_in(w, RARE_FAIL))
		call->fail = 1 + fuzz_below(w, 15);
}

void mutate_invent(struct fuzz_worker *w, struct sequence *sequence)
{
	sequence->nr = 4 + fuzz_below(w, SEQUENCE_CALLS - 4);
	for (uint32_t i = 0; i < sequence->nr; i++)
		invent_call(w, &sequence->calls[i]);
}

/* Makes room for a part, and forgets what goes over the end. */
static void insert(struct sequence *sequence, uint32_t at,
		   const struct sequence_call *calls, uint32_t nr)
{
	uint32_t after = sequence->nr - at;

	if (nr > SEQUENCE_CALLS - at)
		nr = SEQUENCE_CALLS - at;
	if (after > SEQUENCE_CALLS - at - nr)
		after = SEQUENCE_CALLS - at - nr;
	memmove(&sequence->calls[at + nr], &sequence->calls[at],
		after * sizeof(*calls));
	memcpy(&sequence->calls[at], calls, nr * sizeof(*calls));
	sequence->nr = at + nr + after;
}

void mutate_remove_call(struct sequence *sequence, uint32_t at)
{
	sequence->nr--;
	memmove(&sequence->calls[at], &sequence->calls[at + 1],
		(sequence->nr - at) * sizeof(*sequence->calls));
}

static void change(struct fuzz_worker *w, struct sequence_call *call,
		   uint8_t index, uint32_t value)
{
	uint32_t at = call->nr_changes;

	if (at == SEQUENCE_CHANGES)
		at = fuzz_below(w, SEQUENCE_CHANGES);
	else
		call->nr_changes++;
	call->changes[at].index = index;
	call->changes[at].value = value;
}

static void splice(struct fuzz_worker *w, struct sequence *sequence,
		   uint32_t at, mutate_donor *donor)
{
	const struct sequence *other = donor(w);
	uint32_t begin, nr;

	if (!other || !other->nr)
		return;
	begin = fuzz_below(w, other->nr);
	nr = 1 + fuzz_below(w, other->nr - begin);
	insert(sequence, at, &other->calls[begin], nr);
}

static void mutate_once(struct fuzz_worker *w, struct sequence *sequence,
			mutate_donor *donor)
{
	uint32_t at = fuzz_below(w, sequence->nr);
	struct sequence_call *call = &sequence->calls[at];
	struct sequence_call other;

	switch (fuzz_below(w, 16)) {
	case 0 ... 2:
		invent_call(w, &other);
		insert(sequence, fuzz_below(w, sequence->nr + 1), &other, 1);
		break;
	case 3:
		if (sequence->nr > 1)
			mutate_remove_call(sequence, at);
		break;
	case 4:
		invent_call(w, call);
		break;
	case 5 ... 6:
		call->seed = fuzz_random(w);
		break;
	case 7 ... 8:
		change(w, call, fuzz_below(w, DRAWS), fuzz_below(w, 12));
		break;
	case 9:
		change(w, call, fuzz_below(w, DRAWS), fuzz_word(w));
		break;
	case 10:
		change(w, call, FUZZ_CHANGE_WORD + fuzz_below(w, WORDS),
		       fuzz_word(w));
		break;
	case 11:
		splice(w, sequence, fuzz_below(w, sequence->nr + 1), donor);
		break;
	case 12:
		call->flags ^= CALL_AT_ONCE;
		break;
	case 13:
		call->flags ^= CALL_NARROW;
		break;
	case 14:
		call->fail = call->fail ? 0 : 1 + fuzz_below(w, 15);
		break;
	default:
		other = *call;
		insert(sequence, fuzz_below(w, sequence->nr + 1), &other, 1);
	}
}

void mutate(struct fuzz_worker *w, struct sequence *sequence,
	    mutate_donor *donor)
{
	/* What is kept is short, and two of them may meet. */
	if (fuzz_once_in(w, 2))
		splice(w, sequence, sequence->nr, donor);
	for (int i = 1 + fuzz_below(w, 4); i > 0; i--)
		mutate_once(w, sequence, donor);
}
