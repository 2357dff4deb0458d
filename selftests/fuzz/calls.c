// SPDX-License-Identifier: GPL-2.0
/*
 * All that the grammar has, and how often.
 */
#include "fuzz.h"

/* A corpus knows them by name; the weights are those of a random call. */
const struct fuzz_call_kind fuzz_calls[] = {
	{ "msg", 300, fuzz_msg },
	{ "request", 80, fuzz_request },
	{ "port", 150, fuzz_port },
	{ "right", 50, fuzz_right },
	{ "allocate", 60, fuzz_allocate },
	{ "construct", 50, fuzz_construct },
	{ "notification", 30, fuzz_request_notification },
	{ "attributes", 15, fuzz_attributes },
	{ "get_special", 10, fuzz_get_special },
	{ "peek", 10, fuzz_peek },
	{ "list", 10, fuzz_list },
	{ "reply_port", 5, fuzz_reply_port },
	{ "self", 15, fuzz_self },
	{ "query", 2, fuzz_query },
	{ "watch", 15, fuzz_watch },
	{ "poll", 15, fuzz_poll },
	{ "memory", 15, fuzz_memory },
	{ "open", 5, fuzz_open },
	{ "close", 5, fuzz_close },
	{ "dup", 5, fuzz_dup },
	{ "leave", 1, fuzz_leave },
	{ "pass", 3, fuzz_pass },
	{ "take", 3, fuzz_take },
	{ "other", 5, fuzz_other_call },
	{ "fork", 0, fuzz_fork },
};

const unsigned int fuzz_nr_calls = FUZZ_COUNT(fuzz_calls);

unsigned int fuzz_pick_call(struct fuzz_worker *w)
{
	uint32_t sum = 0, at;
	unsigned int i;

	for (i = 0; i < fuzz_nr_calls; i++)
		sum += fuzz_calls[i].weight;
	at = fuzz_below(w, sum);
	for (i = 0; at >= fuzz_calls[i].weight; i++)
		at -= fuzz_calls[i].weight;
	return i;
}

/* A random call, one in ten as by a 32-bit program. */
void fuzz_step(struct fuzz_worker *w)
{
	unsigned int call = fuzz_pick_call(w);

	w->narrow = fuzz_once_in(w, 10) && fuzz_has_narrow;
	w->fail = fuzz_once_in(w, 3) ? 1 + fuzz_below(w, 15) : 0;
	fuzz_calls[call].call(w);
}
