// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzer: starts the processes that explore, disturbs them, takes what
 * they find, and reports.
 *
 * Options: --seed N, --seconds N, --processes N, --corpus FILE to begin with,
 * --only-corpus to do nothing else, and --recover FILE, which looks for what
 * ran last in the memory of a machine. One seed makes the same choices again;
 * what several processes do also depends on who is faster.
 */
#include "guided.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REPORT_MS	30000
#define HANG_MS		120000
#define POLL_MS		20

/* What disturbs, in turns. */
#define PHASE_MS	20000
#define KILL_MS		1000

#define CORPUS_BYTES	(96 << 10)

struct guided *guided;
int guided_pipe[2];
bool guided_faults;

static struct {
	uint32_t seed;
	uint64_t seconds;
	unsigned int processes;
	const char *corpus;
	bool only_corpus;
} options = {
	.seconds = 60,
	.processes = 2,
};

static struct {
	pid_t pid[EXPLORERS_MAX];
	uint64_t started;
	uint64_t killed;
	bool failed;
} crew;

static uint64_t begin;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static void report(const char *when)
{
	uint64_t ms = now() - begin + 1;

	printf("%s: seed %u, %" PRIu64 " s, %" PRIu64 " calls, %" PRIu64
	       " runs, %" PRIu64 " calls/s, %" PRIu64 " edges, %" PRIu64
	       " places, %" PRIu64 " flaky, corpus %u, %" PRIu64
	       " processes, %" PRIu64 " killed\n", when, options.seed,
	       ms / 1000, fuzz_totals->calls, guided->runs,
	       fuzz_totals->calls * 1000 / ms, guided->coverage.nr_edges,
	       guided->coverage.nr_places, guided->flaky, guided->nr_corpus,
	       crew.started, crew.killed);
	fflush(stdout);
}

/* ---- the processes */

static void start_explorer(unsigned int slot)
{
	struct fuzz_worker w = {
		.random = options.seed + 1000 * ++crew.started,
	};
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid) {
		crew.pid[slot] = pid > 0 ? pid : 0;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!explore_start(slot))
		_exit(2);
	explore(&w);
	_exit(0);
}

static void note_end(pid_t pid, int status)
{
	for (int i = 0; i < EXPLORERS_MAX; i++)
		if (crew.pid[i] == pid)
			crew.pid[i] = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status)) {
		printf("a process ends with status %d\n", WEXITSTATUS(status));
		crew.failed = true;
	}
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		printf("a process ends by signal %d\n", WTERMSIG(status));
}

static void take_found(int timeout)
{
	struct pollfd poll_fd = { .fd = guided_pipe[0], .events = POLLIN };
	uint32_t nr = guided->nr_corpus;

	while (poll(&poll_fd, 1, timeout) == 1) {
		struct sequence sequence;

		if (read(guided_pipe[0], &sequence, sizeof(sequence)) !=
		    sizeof(sequence))
			return;
		timeout = 0;
		if (nr == CORPUS_MAX)
			continue;
		guided->corpus[nr++] = sequence;
		__atomic_store_n(&guided->nr_corpus, nr, __ATOMIC_RELEASE);
	}
}

static void tend_crew(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		note_end(pid, status);
	for (unsigned int i = 0; i < options.processes; i++)
		if (!crew.pid[i])
			start_explorer(i);
}

static void end_crew(void)
{
	int status;

	guided->over = true;
	for (int i = 0; i < EXPLORERS_MAX; i++)
		if (crew.pid[i])
			kill(crew.pid[i], SIGKILL);
	while (wait(&status) > 0)
		;
	take_found(0);
}

/* ---- what disturbs */

/* In the second half of the time all is traced. */
static void trace_later(void)
{
	static bool traced;

	if (traced || now() - begin < options.seconds * 500)
		return;
	traced = true;
	fuzz_trace(true);
}

/* Two turns of peace, one of kills, one of low limits. */
static void disturb(void)
{
	static uint64_t next_kill;
	uint64_t phase = (now() - begin) / PHASE_MS % 4;
	uint32_t low = phase == 3;
	bool kills = phase == 2;
	unsigned int slot = crew.killed % options.processes;

	if (guided->next_given < guided->nr_given)
		return;
	if (low != guided->limits) {
		if (low)
			fuzz_limits_lower();
		else
			fuzz_limits_restore();
		guided->limits = low;
	}
	trace_later();
	if (kills && now() > next_kill && crew.pid[slot]) {
		kill(crew.pid[slot], SIGKILL);
		crew.killed++;
		next_kill = now() + KILL_MS;
	}
}

static void show_process(pid_t pid)
{
	char command[100];

	snprintf(command, sizeof(command),
		 "grep -H . /proc/%d/task/*/stack /proc/%d/task/*/syscall",
		 pid, pid);
	fflush(stdout);
	if (system(command))
		printf("no stack of %d\n", pid);
}

/* Whether calls are still being made. */
static bool is_alive(void)
{
	static uint64_t last, since;

	if (fuzz_totals->calls != last || !since) {
		last = fuzz_totals->calls;
		since = now();
	}
	if (now() - since < HANG_MS)
		return true;
	printf("no call ends\n");
	for (int i = 0; i < EXPLORERS_MAX; i++)
		if (crew.pid[i])
			show_process(crew.pid[i]);
	return false;
}

static bool is_over(void)
{
	if (options.only_corpus)
		return guided->next_given >=
		       guided->nr_given + options.processes;
	return now() - begin >= options.seconds * 1000;
}

static void run_crew(void)
{
	uint64_t next_report = begin + REPORT_MS;

	while (!is_over() && !crew.failed && !fuzz_totals->complaints) {
		tend_crew();
		take_found(POLL_MS);
		disturb();
		if (!is_alive()) {
			crew.failed = true;
			break;
		}
		if (now() > next_report) {
			report("now");
			next_report += REPORT_MS;
		}
	}
	end_crew();
	fuzz_limits_restore();
}

/* ---- the end */

static void print_corpus(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!explore_start(0))
			_exit(2);
		printf("corpus begins\n");
		distil(stdout, CORPUS_BYTES);
		printf("corpus ends\n");
		fflush(stdout);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		crew.failed = true;
	fuzz_limits_restore();
}

/* A port that does not die, such as the host's, may be the domain's still. */
static void clear_domain(void)
{
	struct machipc_port_right arg = {
		.size = sizeof(arg),
		.disposition = MACH_MSG_TYPE_COPY_SEND,
	};
	int fd = fuzz_open_door();

	if (ioctl(fd, MACHIPC_IOC_SET_DOMAIN_BOOTSTRAP, &arg))
		crew.failed = true;
	close(fd);
}

/* ---- the begin */

static void read_corpus(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file) {
		perror(path);
		exit(1);
	}
	while (guided->nr_given < CORPUS_MAX &&
	       sequence_read(file, &guided->corpus[guided->nr_given]))
		guided->nr_given++;
	fclose(file);
	guided->nr_corpus = guided->nr_given;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (*end) {
		fprintf(stderr, "not a number: %s\n", text);
		exit(1);
	}
	return value;
}

static void parse(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "processes", required_argument, NULL, 'p' },
		{ "corpus", required_argument, NULL, 'c' },
		{ "only-corpus", no_argument, NULL, 'o' },
		{ "recover", required_argument, NULL, 'r' },
		{}
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 's':
			options.seed = number(optarg);
			break;
		case 't':
			options.seconds = number(optarg);
			break;
		case 'p':
			options.processes = number(optarg);
			break;
		case 'c':
			options.corpus = optarg;
			break;
		case 'o':
			options.only_corpus = true;
			break;
		case 'r':
			exit(recorder_recover(optarg));
		default:
			exit(1);
		}
	}
	if (!options.processes || options.processes > EXPLORERS_MAX)
		options.processes = EXPLORERS_MAX;
}

static bool prepare(void)
{
	guided = mmap(NULL, sizeof(*guided), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return guided != MAP_FAILED && fuzz_init() && recorder_start() &&
	       coverage_find_module() && !pipe(guided_pipe) &&
	       !socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0,
			   fuzz_process.sock);
}

int main(int argc, char **argv)
{
	fuzz_foreign_main(argc, argv);
	if (getrandom(&options.seed, sizeof(options.seed), 0) < 0)
		return 1;
	parse(argc, argv);
	if (!prepare()) {
		perror("fuzzer");
		return 1;
	}
	if (options.corpus)
		read_corpus(options.corpus);
	guided_faults = fuzz_faults_prepare();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	printf("seed %u\n", options.seed);
	begin = now();
	run_crew();
	report("end");
	print_corpus();
	coverage_print(stdout, &guided->coverage);
	clear_domain();
	return crew.failed || fuzz_totals->complaints;
}
