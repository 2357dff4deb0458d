/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages that a space keeps for its next ones.
 *
 * They are a chain that threads use without a lock: a word that has the address
 * of the first and, in the bits which its alignment leaves, how many there are.
 * Who takes, takes the whole chain, so that nobody follows a pointer into what
 * somebody else has taken, and puts back what is too much.
 */
#ifndef _MACHIPC_SPARE_H
#define _MACHIPC_SPARE_H

#include <linux/atomic.h>
#include <linux/types.h>

#include "kmsg.h"

/* At this alignment of all that can be kept. */
#define MACHIPC_SPARE_ALIGN	64

/* A chain has no more. */
#define MACHIPC_SPARE_MAX	16

#define MACHIPC_SPARE_COUNT	(MACHIPC_SPARE_ALIGN - 1UL)

/* Instead of a chain: the space is dead and keeps nothing. */
#define MACHIPC_SPARE_CLOSED	1UL

/* The first one of a chain that is neither empty nor closed. */
static inline struct machipc_kmsg *machipc_spare_first(unsigned long chain)
{
	return (struct machipc_kmsg *)(chain & ~MACHIPC_SPARE_COUNT);
}

static inline unsigned int machipc_spare_count(unsigned long chain)
{
	return chain & MACHIPC_SPARE_COUNT;
}

/* Takes out the first one; what is left of the chain is the result. */
static inline unsigned long machipc_spare_pop(unsigned long chain,
					      struct machipc_kmsg **kmsg)
{
	*kmsg = machipc_spare_first(chain);
	return (*kmsg)->rest;
}

/* The chain that begins with @kmsg and counts as @count. */
static inline unsigned long machipc_spare_push(unsigned long chain,
					       struct machipc_kmsg *kmsg,
					       unsigned int count)
{
	kmsg->rest = chain;
	return (unsigned long)kmsg | count;
}

/**
 * machipc_spare_take() - take the chain of a space
 * @word: where the space has it
 * @chain: what was read there, not closed
 *
 * Return: whether the chain is the caller's; another thread may have been
 * faster.
 */
static inline bool machipc_spare_take(unsigned long *word, unsigned long chain)
{
	return cmpxchg(word, chain, 0) == chain;
}

/**
 * machipc_spare_put() - give a chain to a space
 * @word: where the space has its chain
 * @old: what was read there
 * @chain: what shall be there, with @old at its end
 *
 * Return: whether it is; another thread may have been faster.
 */
static inline bool machipc_spare_put(unsigned long *word, unsigned long old,
				     unsigned long chain)
{
	return cmpxchg(word, old, chain) == old;
}

#endif
