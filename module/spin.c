// SPDX-License-Identifier: GPL-2.0
/*
 * Looking for a while whether a message has come.
 */
#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>

#include "spin.h"
#include "waitq.h"

/* Nobody looks for longer, whatever the parameter says. */
#define LONGEST_US	1000U

/* Waits that do not look after one that did in vain, at most. */
#define PENALTY_MAX	127

unsigned int machipc_spin_us = 100;
module_param_named(max_spin, machipc_spin_us, uint, 0644);
MODULE_PARM_DESC(max_spin,
		 "Microseconds that a receiver looks for a message before it sleeps; 0 on one processor");

void machipc_spin_init(void)
{
	/* There never will be another. */
	if (num_possible_cpus() == 1)
		machipc_spin_us = 0;
}

/*
 * Whether another processor can send the message, and this one has nothing to
 * do but run this thread, which does not have to save the time.
 */
static bool is_alone(void)
{
	return num_online_cpus() > 1 && single_task_running() &&
	       current->policy != SCHED_DEADLINE && !need_resched() &&
	       !signal_pending(current);
}

/* The next one looks as well if it was of use. */
static void learn(struct machipc_spin *spin, bool ended)
{
	u8 penalty = 0;

	if (!ended)
		penalty = min(2 * READ_ONCE(spin->penalty) + 1, PENALTY_MAX);
	WRITE_ONCE(spin->penalty, penalty);
	WRITE_ONCE(spin->skips, penalty);
}

static bool look(const int *state)
{
	u64 time = min(READ_ONCE(machipc_spin_us), LONGEST_US) * NSEC_PER_USEC;
	u64 end = ktime_get_ns() + time;

	while (is_alone()) {
		/* Pairs with the store in end_wait(). */
		if (smp_load_acquire(state) != MACHIPC_WAITING)
			return true;
		if (ktime_get_ns() >= end)
			break;
		cpu_relax();
	}
	return false;
}

/* The long part of machipc_spin(). */
bool machipc_spin_for(struct machipc_spin *spin, const int *state)
{
	bool ended = is_alone() && look(state);

	learn(spin, ended);
	return ended;
}
