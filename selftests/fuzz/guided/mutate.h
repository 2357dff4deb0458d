/* SPDX-License-Identifier: GPL-2.0 */
/*
 * New sequences, from nothing or from others.
 */
#ifndef GUIDED_MUTATE_H
#define GUIDED_MUTATE_H

#include "../sequence.h"

/* One that new ones are made of, drawn by the worker. */
typedef const struct sequence *mutate_donor(struct fuzz_worker *w);

void mutate_invent(struct fuzz_worker *w, struct sequence *sequence);
void mutate(struct fuzz_worker *w, struct sequence *sequence,
	    mutate_donor *donor);
void mutate_remove_call(struct sequence *sequence, uint32_t at);

#endif /* GUIDED_MUTATE_H */
