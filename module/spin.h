/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waiting for a moment before sleeping.
 *
 * A processor without work sleeps, and takes longer to wake up than most
 * answers take. So who waits for a message looks for it a while, if this
 * processor has nothing else to do; and the less often that was of use, the
 * less often.
 */
#ifndef _MACHIPC_SPIN_H
#define _MACHIPC_SPIN_H

#include <linux/compiler.h>
#include <linux/types.h>

/**
 * struct machipc_spin - what those who wait in one place know
 * @skips: how many of the next waits sleep at once
 * @penalty: how many did so after the last look in vain
 *
 * Both are hints, which threads may change at once.
 */
struct machipc_spin {
	u8 skips;
	u8 penalty;
};

extern unsigned int machipc_spin_us;

void machipc_spin_init(void);
bool machipc_spin_for(struct machipc_spin *spin, const int *state);

/**
 * machipc_spin() - look whether a wait ends before it has begun
 * @spin: what is known of such waits
 * @state: what changes when it ends, see machipc_mqueue_receive_port()
 *
 * Return: whether it has ended.
 */
static inline bool machipc_spin(struct machipc_spin *spin, const int *state)
{
	u8 skips;

	if (!READ_ONCE(machipc_spin_us))
		return false;
	skips = READ_ONCE(spin->skips);
	if (likely(!skips))
		return machipc_spin_for(spin, state);
	WRITE_ONCE(spin->skips, skips - 1);
	return false;
}

#endif
