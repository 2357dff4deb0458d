// SPDX-License-Identifier: GPL-2.0
/*
 * Runs sequences of calls.
 */
#include "sequence.h"

#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What a call that others may overtake gets of time for itself. */
#define HEAD_START_NS	1000000

/* How long a call may wait after the space has died. */
#define HANG_ROUNDS	6000
#define ROUND_NS	10000000

static struct helper {
	sem_t start;
	sem_t done;
	const struct sequence_call *call;
	unsigned int index;
	bool busy;
} helpers[RUNNER_THREADS - 1];

static struct fuzz_worker workers[RUNNER_THREADS];
static const struct runner_hooks *hooks;
static bool with_faults;

static void make_call(unsigned int index, const struct sequence_call *call)
{
	struct fuzz_worker *w = &workers[index];

	w->random = call->seed;
	w->draws = 0;
	w->changes = call->changes;
	w->nr_changes = call->nr_changes;
	w->narrow = call->flags & CALL_NARROW && fuzz_has_narrow;
	w->fail = call->fail;
	fuzz_calls[call->kind].call(w);
	if (hooks->call_ends)
		hooks->call_ends(index);
}

static void begin_thread(unsigned int index)
{
	struct fuzz_worker *w = &workers[index];

	w->tid = gettid();
	if (with_faults)
		w->faults = fuzz_faults_open();
	if (hooks->thread_begins)
		hooks->thread_begins(index);
}

static void wait_for(sem_t *sem)
{
	while (sem_wait(sem))
		;
}

/* Returns whether it has happened in time. */
static bool wait_until(sem_t *sem, long ns)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += ns;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	return !sem_timedwait(sem, &end);
}

static void *help(void *data)
{
	struct helper *helper = data;

	begin_thread(helper->index);
	sem_post(&helper->done);
	for (;;) {
		wait_for(&helper->start);
		make_call(helper->index, helper->call);
		sem_post(&helper->done);
	}
	return NULL;
}

static struct helper *idle_helper(void)
{
	for (int i = 0; i < RUNNER_THREADS - 1; i++) {
		struct helper *helper = &helpers[i];

		if (helper->busy && !sem_trywait(&helper->done))
			helper->busy = false;
		if (!helper->busy)
			return helper;
	}
	return NULL;
}

static void dispatch(const struct sequence_call *call)
{
	struct helper *helper = NULL;

	if (call->flags & CALL_AT_ONCE)
		helper = idle_helper();
	if (!helper) {
		make_call(0, call);
		return;
	}
	helper->call = call;
	helper->busy = true;
	sem_post(&helper->start);
	helper->busy = !wait_until(&helper->done, HEAD_START_NS);
}

/* A port with a send right. */
static uint32_t make_port(void)
{
	struct machipc_port_construct arg = {
		.size = sizeof(arg),
		.task = fuzz_process.task,
		.flags = MPO_INSERT_SEND_RIGHT | MPO_QLIMIT,
		.qlimit = 2,
	};

	ioctl(fuzz_process.door[0], MACHIPC_IOC_PORT_CONSTRUCT, &arg);
	return arg.out_name;
}

static uint32_t make_set(void)
{
	struct machipc_port_allocate arg = {
		.size = sizeof(arg),
		.task = fuzz_process.task,
		.right = MACH_PORT_RIGHT_PORT_SET,
	};

	ioctl(fuzz_process.door[0], MACHIPC_IOC_PORT_ALLOCATE, &arg);
	return arg.out_name;
}

static void join(uint32_t name, uint32_t set)
{
	struct machipc_port_op arg = {
		.size = sizeof(arg),
		.task = fuzz_process.task,
		.name = name,
		.arg = set,
	};

	ioctl(fuzz_process.door[0], MACHIPC_IOC_PORT_INSERT_MEMBER, &arg);
	fuzz_process.member[0] = name;
	fuzz_process.member[1] = set;
}

/* What most calls want is there: two ports, and a set with one of them. */
static void furnish(void)
{
	fuzz_process.task = fuzz_object(&workers[0], MACHIPC_SELF_TASK);
	for (int i = 0; i < 2; i++) {
		uint32_t name = make_port();

		fuzz_process.name[FUZZ_RECEIVE][4 * i] = name;
		fuzz_process.name[FUZZ_SEND][4 * i] = name;
	}
	fuzz_process.name[FUZZ_SET][0] = make_set();
	join(fuzz_process.name[FUZZ_RECEIVE][0],
	     fuzz_process.name[FUZZ_SET][0]);
}

static void begin_space(void)
{
	memset(fuzz_process.name, 0, sizeof(fuzz_process.name));
	memset(fuzz_process.object, 0, sizeof(fuzz_process.object));
	memset(fuzz_process.member, 0, sizeof(fuzz_process.member));
	fuzz_hang_door(0, fuzz_open_door());
	furnish();
	for (int i = 0; i < RUNNER_THREADS; i++) {
		workers[i].undo = false;
		if (workers[i].torn)
			fuzz_mend_arena(&workers[i]);
	}
}

/*
 * The space dies, which ends waits in it; a signal ends those for the room in
 * another's queue. Returns false if a call does not end.
 */
static bool end_space(void)
{
	fuzz_close_all();
	fuzz_drop_memory();
	if (hooks->call_ends)
		hooks->call_ends(0);
	for (int i = 0; i < RUNNER_THREADS - 1; i++) {
		struct helper *helper = &helpers[i];

		for (int round = 0; helper->busy; round++) {
			helper->busy = !wait_until(&helper->done, ROUND_NS);
			if (round == HANG_ROUNDS)
				return false;
			/* A call may open the door again. */
			fuzz_close_all();
			if (helper->busy)
				syscall(__NR_tgkill, getpid(),
					workers[helper->index].tid, SIGUSR1);
		}
	}
	fuzz_close_all();
	return true;
}

static void do_nothing(int sig)
{
}

/* Returns false if there is no memory or no thread. */
bool runner_start(const struct runner_hooks *with, bool faults)
{
	struct sigaction action = { .sa_handler = do_nothing };

	hooks = with;
	with_faults = faults;
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < RUNNER_THREADS; i++)
		if (!fuzz_worker_init(&workers[i], i, 0))
			return false;
	workers[0].alone = true;
	begin_thread(0);
	for (int i = 0; i < RUNNER_THREADS - 1; i++) {
		struct helper *helper = &helpers[i];

		helper->index = i + 1;
		sem_init(&helper->start, 0, 0);
		sem_init(&helper->done, 0, 0);
		if (pthread_create(&workers[i + 1].thread, NULL, help, helper))
			return false;
		wait_for(&helper->done);
	}
	return true;
}

/* Returns false if a call does not end. */
bool runner_run(const struct sequence *sequence)
{
	begin_space();
	for (uint32_t i = 0; i < sequence->nr; i++) {
		if (hooks->call_begins)
			hooks->call_begins(0, i);
		dispatch(&sequence->calls[i]);
	}
	return end_space();
}
