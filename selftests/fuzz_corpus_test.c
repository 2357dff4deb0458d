// SPDX-License-Identifier: GPL-2.0
/*
 * Runs each sequence of calls that the fuzzer has kept, once. They reach most
 * of the module; what is tested is that no answer is impossible, all calls end,
 * and no object is left.
 *
 * Without an argument it takes fuzz/corpus.
 */
#include "fuzz/sequence.h"
#include "machipc_utils.h"

#include <stdlib.h>

/* A corpus of which most is missing must not go unnoticed. */
#define SEQUENCES_MIN	50

/* A kernel that checks itself gets through a part of them only. */
#define PART_MS		60000

static const struct runner_hooks no_hooks;
static struct sequence *sequences;
static uint32_t nr_sequences;

/* Shared with the child that runs them. */
static struct progress {
	uint32_t next;
	uint32_t run;
} *progress;

static void read_corpus(const char *path)
{
	const size_t size = sizeof(*sequences);
	FILE *file = fopen(path, "r");

	if (!file)
		ksft_exit_fail_msg("no corpus %s\n", path);
	do {
		sequences = realloc(sequences, (nr_sequences + 1) * size);
		if (!sequences)
			ksft_exit_fail_msg("no memory\n");
	} while (sequence_read(file, &sequences[nr_sequences]) &&
		 ++nr_sequences);
	fclose(file);
}

static _Noreturn void be_runner(bool limits, bool faults, uint64_t end)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!runner_start(&no_hooks, faults))
		_exit(KSFT_FAIL);
	while (progress->next < nr_sequences && now_ms() < end) {
		const struct sequence *sequence = &sequences[progress->next++];

		if (sequence->limits != limits)
			continue;
		progress->run++;
		if (runner_run(sequence) && !fuzz_totals->complaints)
			continue;
		sequence_print(stdout, sequence);
		fflush(stdout);
		_exit(KSFT_FAIL);
	}
	_exit(KSFT_PASS);
}

/*
 * A sequence may take memory from its own process that it needs; then the next
 * process goes on behind it. Returns false if a sequence fails.
 */
static bool run_sequences(bool limits, bool faults)
{
	uint64_t end = now_ms() + PART_MS;
	int status;
	pid_t pid;

	progress->next = 0;
	progress->run = 0;
	do {
		fflush(stdout);
		pid = fork();
		if (!pid)
			be_runner(limits, faults, end);
		if (waitpid(pid, &status, 0) != pid)
			return false;
	} while (WIFSIGNALED(status));
	return !status;
}

/* A port that does not die, such as the host's, may be the domain's still. */
static bool clear_domain(void)
{
	return !space_open() &&
	       !domain_set_bootstrap(MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND) &&
	       !space_close();
}

static void run_part(const char *name, bool limits, bool faults)
{
	bool good;

	if (limits)
		fuzz_limits_lower();
	good = run_sequences(limits, faults);
	if (limits)
		fuzz_limits_restore();
	good = clear_domain() && good;
	good = objects_settled() && good;
	printf("# %u sequences\n", progress->run);
	ksft_test_result(good && progress->run, "%s\n", name);
}

int main(int argc, char **argv)
{
	bool faults;

	fuzz_foreign_main(argc, argv);
	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED || !fuzz_init() ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0,
		       fuzz_process.sock))
		return KSFT_FAIL;
	read_corpus(argc > 1 ? argv[1] : "fuzz/corpus");
	faults = fuzz_faults_prepare();
	prctl(PR_SET_CHILD_SUBREAPER, 1);

	ksft_print_header();
	ksft_set_plan(3);
	ksft_test_result(nr_sequences >= SEQUENCES_MIN,
			 "corpus_has_its_sequences\n");
	run_part("sequences_of_calls", false, faults);
	run_part("sequences_of_calls_with_little_room", true, faults);
	ksft_finished();
}
