// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls, by one thread, by a crowd, with little room, and with memory
 * that runs short. The test passes if no answer is impossible, everything
 * comes to an end, and no object is left.
 *
 * Without options it makes a fixed number of calls and chooses a seed. One
 * seed makes the same choices again; what a crowd does also depends on who is
 * faster. Options: --seed N, --calls N or --seconds N, --processes N and
 * --threads N of the crowd.
 */
#include "fuzz/fuzz.h"
#include "machipc_utils.h"

#include <getopt.h>
#include <stdlib.h>
#include <sys/random.h>

#define PROCESSES_MAX	16
#define THREADS_MAX	8

/* Nothing a thread does takes longer than this, in milliseconds. */
#define HANG_MS		60000

static struct {
	uint64_t seed;
	uint64_t calls;		/* in all */
	uint64_t seconds;	/* in all; a kernel that checks itself is slow */
	unsigned int processes;
	unsigned int threads;
	unsigned int life;	/* calls of one process, on the average */
} options = {
	.calls = 30000,
	.seconds = 100,
	.processes = 3,
	.threads = 3,
	.life = 1500,
};

/* What one part of the test does. */
struct part {
	const char *name;
	unsigned int share;	/* of the calls, in percent */
	unsigned int processes;
	unsigned int threads;
	bool kill;
	bool limits;
	bool faults;
};

static uint64_t part_end;	/* number of calls at which the part is over */
static uint64_t part_time;	/* and the time */
static bool with_faults;
static struct fuzz_worker workers[THREADS_MAX];
static unsigned int worker_count;

static uint64_t calls_made(void)
{
	return __atomic_load_n(&fuzz_totals->calls, __ATOMIC_RELAXED);
}

static bool part_is_over(void)
{
	return calls_made() >= part_end || now_ms() >= part_time;
}

/* ---- a process */

static void *work(void *data)
{
	struct fuzz_worker *w = data;

	__atomic_store_n(&w->tid, gettid(), __ATOMIC_RELEASE);
	if (with_faults)
		w->faults = fuzz_faults_open();
	while (!part_is_over()) {
		fuzz_step(w);
		if (fuzz_process.door[0] < 0)
			fuzz_hang_door(0, fuzz_open_door());
		if (fuzz_once_in(w, 2000))
			fuzz_fork(w);
	}
	return NULL;
}

static void do_nothing(int sig)
{
}

/* Changes what a thread is about to send, but no address in it. */
static void flip(struct fuzz_worker *w, struct fuzz_worker *victim)
{
	uint32_t *word = (uint32_t *)victim->send;

	if (fuzz_once_in(w, 2))
		word[fuzz_below(w, 7)] = fuzz_name(w, FUZZ_ANY);
	else
		victim->send[28 + 8 + fuzz_below(w, 4)] = fuzz_below(w, 22);
}

/* The main thread disturbs the others until the process has lived enough. */
static void disturb(struct fuzz_worker *w, uint64_t end)
{
	while (!part_is_over() && calls_made() < end) {
		struct fuzz_worker *victim =
			&workers[fuzz_below(w, worker_count)];

		if (victim->tid && fuzz_once_in(w, 4))
			syscall(__NR_tgkill, getpid(), victim->tid, SIGUSR1);
		flip(w, victim);
		usleep(fuzz_below(w, 1000));
	}
}

/* Rights travel between processes once all know the port of one. */
static void meet_others(struct fuzz_worker *w)
{
	fuzz_hang_door(0, fuzz_open_door());
	fuzz_process.task = fuzz_object(w, MACHIPC_SELF_TASK);
	for (int i = 0; i < 10; i++) {
		fuzz_construct(w);
		fuzz_get_special(w);
	}
}

static _Noreturn void be_a_process(const struct part *part, uint64_t seed)
{
	struct sigaction action = { .sa_handler = do_nothing };
	struct fuzz_worker *w = &workers[part->threads];
	uint64_t end;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGUSR1, &action, NULL);
	worker_count = part->threads;
	with_faults = part->faults;
	for (unsigned int i = 0; i <= worker_count; i++)
		if (!fuzz_worker_init(&workers[i], i, seed + i))
			_exit(2);
	end = calls_made() + options.life / 2 + fuzz_below(w, options.life);
	meet_others(w);
	if (worker_count == 1) {
		workers[0].alone = true;
		work(&workers[0]);
		_exit(0);
	}
	for (unsigned int i = 0; i < worker_count; i++)
		if (pthread_create(&workers[i].thread, NULL, work,
				   &workers[i]))
			_exit(0);
	disturb(w, end);
	/* The threads are wherever they are. */
	_exit(0);
}

/* ---- the crowd */

static struct {
	pid_t pid[PROCESSES_MAX];
	uint64_t started;
	uint64_t killed;
	uint64_t crashed;	/* by their own doing */
} crowd;

static void start_process(const struct part *part, unsigned int slot)
{
	uint64_t seed = options.seed + 1000 * ++crowd.started;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		be_a_process(part, seed);
	crowd.pid[slot] = pid > 0 ? pid : 0;
}

static void note_end(pid_t pid, int status)
{
	for (int i = 0; i < PROCESSES_MAX; i++)
		if (crowd.pid[i] == pid)
			crowd.pid[i] = 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		crowd.crashed++;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		fuzz_complain("# a process cannot work");
}

/* What a process that does not end is doing. */
static void show_process(pid_t pid)
{
	char command[100];

	snprintf(command, sizeof(command),
		 "grep -H . /proc/%d/task/*/stack /proc/%d/task/*/syscall",
		 pid, pid);
	fflush(stdout);
	if (system(command))
		printf("# no stack of %d\n", pid);
}

static void show_crowd(void)
{
	for (int i = 0; i < PROCESSES_MAX; i++)
		if (crowd.pid[i])
			show_process(crowd.pid[i]);
}

/* Kills all and waits for them. Returns whether they have ended. */
static bool end_crowd(void)
{
	uint64_t end = now_ms() + HANG_MS;
	pid_t pid;
	int status;

	for (int i = 0; i < PROCESSES_MAX; i++)
		if (crowd.pid[i])
			kill(crowd.pid[i], SIGKILL);
	for (;;) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid < 0)
			return true;
		if (pid > 0) {
			note_end(pid, status);
			continue;
		}
		if (now_ms() > end) {
			show_crowd();
			return false;
		}
		nap();
	}
}

/* Lets the crowd work. Returns false if no call ends for too long. */
static bool run_crowd(const struct part *part, struct fuzz_worker *w)
{
	uint64_t last = 0, since = now_ms();
	uint64_t next_kill = 0;
	unsigned int slot;
	int status;
	pid_t pid;

	while (!part_is_over()) {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			note_end(pid, status);
		for (slot = 0; slot < part->processes; slot++)
			if (!crowd.pid[slot])
				start_process(part, slot);
		slot = fuzz_below(w, part->processes);
		if (part->kill && calls_made() > next_kill &&
		    crowd.pid[slot]) {
			kill(crowd.pid[slot], SIGKILL);
			crowd.killed++;
			next_kill = calls_made() + fuzz_below(w, 1000);
		}
		if (calls_made() != last) {
			last = calls_made();
			since = now_ms();
		} else if (now_ms() - since > HANG_MS) {
			show_crowd();
			return false;
		}
		usleep(2000);
	}
	return true;
}

/* ---- the parts */

/* A port that does not die, such as the host's, may be the domain's still. */
static void clear_domain(void)
{
	if (space_open() ||
	    domain_set_bootstrap(MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND) ||
	    space_close())
		fuzz_complain("# the domain's bootstrap port stays");
}

static void run_part(const struct part *part, uint64_t share)
{
	struct fuzz_worker w = { .random = options.seed };
	uint64_t complaints = fuzz_totals->complaints;
	bool good;

	if (part->faults && !fuzz_faults_prepare()) {
		ksft_test_result_skip("%s: no fault injection\n", part->name);
		return;
	}
	if (part->limits)
		fuzz_limits_lower();
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0,
		       fuzz_process.sock))
		fuzz_complain("# no pair of sockets");
	part_end = calls_made() + options.calls * share / 100;
	part_time = now_ms() + options.seconds * 10 * share;
	good = run_crowd(part, &w);
	good = end_crowd() && good;
	close(fuzz_process.sock[0]);
	close(fuzz_process.sock[1]);
	if (part->limits)
		fuzz_limits_restore();
	clear_domain();
	good = objects_settled() && good;
	ksft_test_result(good && complaints == fuzz_totals->complaints,
			 "%s\n", part->name);
}

static void show_totals(void)
{
	printf("# seed %lu: %lu calls by %lu processes, %lu killed, %lu crashed\n",
	       options.seed, fuzz_totals->calls, crowd.started, crowd.killed,
	       crowd.crashed);
	for (int i = 0; i < FUZZ_COMMANDS; i++)
		if (fuzz_totals->command[i].made)
			printf("# command 0x%02x: %lu of %lu succeeded\n", i,
			       fuzz_totals->command[i].good,
			       fuzz_totals->command[i].made);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (*end) {
		fprintf(stderr, "fuzz_test: not a number: %s\n", text);
		exit(KSFT_FAIL);
	}
	return value;
}

static void parse(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "calls", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 't' },
		{ "processes", required_argument, NULL, 'p' },
		{ "threads", required_argument, NULL, 'T' },
		{}
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 's':
			options.seed = number(optarg);
			break;
		case 'c':
			options.calls = number(optarg);
			options.seconds = UINT32_MAX;
			break;
		case 't':
			options.seconds = number(optarg);
			options.calls = UINT64_MAX / 200;
			break;
		case 'p':
			options.processes = number(optarg);
			break;
		case 'T':
			options.threads = number(optarg);
			break;
		default:
			exit(KSFT_FAIL);
		}
	}
	if (options.processes > PROCESSES_MAX)
		options.processes = PROCESSES_MAX;
	if (options.threads >= THREADS_MAX)
		options.threads = THREADS_MAX - 1;
}

int main(int argc, char **argv)
{
	struct part parts[] = {
		{ .name = "one_thread", .share = 20, .processes = 1,
		  .threads = 1 },
		{ .name = "crowd", .share = 40, .kill = true },
		{ .name = "crowd_with_little_room", .share = 20, .kill = true,
		  .limits = true },
		{ .name = "crowd_with_faults", .share = 20, .kill = true,
		  .faults = true },
	};
	const int count = sizeof(parts) / sizeof(*parts);

	fuzz_foreign_main(argc, argv);
	if (!fuzz_init() || getrandom(&options.seed, 4, 0) != 4)
		return KSFT_FAIL;
	parse(argc, argv);

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ksft_print_header();
	ksft_set_plan(count);
	printf("# seed %lu\n", options.seed);
	for (int i = 0; i < count; i++) {
		if (!parts[i].processes)
			parts[i].processes = options.processes;
		if (!parts[i].threads)
			parts[i].threads = options.threads;
		run_part(&parts[i], parts[i].share);
	}
	show_totals();
	ksft_finished();
}
