// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations of four processes, each compared with a reference model of
 * rights (model.h).
 *
 * The model lies in memory that the processes share. One of them at a time has
 * the turn: it makes its steps, and has the model check them, without a word to
 * the others. The test itself has its turn when a process is to die.
 *
 * What happens depends on the seed and the number of the step only. Options:
 * -s SEED and -n STEPS make one such run; without -s there is one with a fixed
 * seed and one with a fresh one, which end early on a machine that is too slow.
 * A run that fails is made again with fewer and fewer steps, for -t SECONDS.
 */
#include "model_steps.h"

#include <getopt.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/random.h>

#define FIXED_SEED	4
#define STEPS		200000
#define STEPS_MAX	10000000
#define LOG_LENGTH	40

/* How long a run without options may take; longer if the kernel is slow. */
#define RUN_SECONDS	45
#define SLOW_KERNEL	"/sys/kernel/debug/kmemleak"

/* The turn of the test itself. */
#define DRIVER		MODEL_SPACES

static struct {
	uint64_t seed;
	uint32_t steps;
	uint32_t seconds;
	uint64_t run_ms;
} options = {
	.steps = STEPS,
	.seconds = 20,
	.run_ms = 1000 * RUN_SECONDS,
};

static struct shared {
	struct model model;
	uint64_t seed;
	uint32_t steps;		/* in all */
	uint32_t step;		/* the next one */
	uint32_t who;		/* makes it */
	uint32_t turn[MODEL_SPACES + 1];
	bool leave;		/* the next one to have the turn exits */
	bool quiet;
	uint32_t made;
	struct step_log log[LOG_LENGTH];
	/* Shrinking: the steps that are left out. */
	uint8_t skip[];
} *shared;

static pid_t processes[MODEL_SPACES];

/* ---- whose turn it is */

static void futex_wait(uint32_t *word)
{
	static const struct timespec second = { .tv_sec = 1 };

	syscall(__NR_futex, word, FUTEX_WAIT, 0, &second, NULL, 0);
}

static void give_turn(uint32_t who)
{
	__atomic_store_n(&shared->turn[who], 1, __ATOMIC_RELEASE);
	syscall(__NR_futex, &shared->turn[who], FUTEX_WAKE, 1, NULL, NULL, 0);
}

static bool has_turn(uint32_t who)
{
	uint32_t turn = 1;

	return __atomic_compare_exchange_n(&shared->turn[who], &turn, 0, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* A random number that belongs to a step, for each @use of it. */
static uint32_t number_of_step(uint32_t step, uint32_t use)
{
	uint64_t start;

	steps.random = shared->seed;
	start = (uint64_t)draw() << 32 | draw();
	steps.random = start ^ ((uint64_t)step << 8 | use);
	return draw();
}

static bool is_over(void)
{
	return shared->step >= shared->steps || model->complaint[0];
}

/* On the average a process has ten steps, and lives for a thousand. */
static uint32_t who_is_next(void)
{
	uint32_t number = number_of_step(shared->step, 0);

	if (is_over())
		return DRIVER;
	if (number % 10 == 0)
		shared->who = number / 10 % MODEL_SPACES;
	if (number % 599 == 0 && !shared->skip[shared->step])
		return DRIVER;
	return shared->who;
}

/* ---- a process */

static void start_space(void)
{
	if (space_open() || self_task() == MACH_PORT_NULL) {
		model_complain("a process has no space");
		return;
	}
	model_space_start(steps.space, getpid(), self_task());
}

/* The last door closes, and the process opens another room. */
static void restart_space(void)
{
	note("close", 0, 0, 0);
	space_close();
	model_space_die(steps.space);
	start_space();
}

/* The names that the module has. */
static void print_names(void)
{
	mach_port_name_t names[MODEL_SLOTS];
	mach_port_type_t types[MODEL_SLOTS];
	uint32_t count = MODEL_SLOTS;

	if (port_names(names, types, &count))
		return;
	for (uint32_t i = 0; i < count && i < MODEL_SLOTS; i++) {
		mach_port_status_t status = port_status(names[i]);

		printf("# module: 0x%x type 0x%x, %u or %u references",
		       names[i], types[i], port_send_refs(names[i]),
		       port_refs(names[i], MACH_PORT_RIGHT_DEAD_NAME));
		if (types[i] & MACH_PORT_TYPE_RECEIVE)
			printf(", %u messages, next %u", status.mps_msgcount,
			       status.mps_seqno);
		printf("\n");
	}
	fflush(stdout);
}

static void make_steps(uint32_t who)
{
	while (who_is_next() == who) {
		uint32_t step = shared->step++;

		if (shared->skip[step])
			continue;
		steps.log = &shared->log[shared->made++ % LOG_LENGTH];
		memset(steps.log, 0, sizeof(*steps.log));
		steps.log->step = step;
		steps.log->who = who;
		steps.log->what = "(not returned)";
		if (number_of_step(step, 1) % 2000 == 0)
			restart_space();
		else
			make_step();
		if (model->complaint[0] && !shared->quiet)
			print_names();
	}
}

static _Noreturn void be_a_process(uint32_t who)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	machipc_fd = -1;
	machipc_task = MACH_PORT_NULL;
	steps.space = &model->space[who];
	start_space();
	for (;;) {
		make_steps(who);
		give_turn(who_is_next());
		while (!has_turn(who))
			futex_wait(&shared->turn[who]);
		if (shared->leave)
			_exit(0);
	}
}

/* ---- the driver */

/* It has the turn when it starts. */
static void start_process(uint32_t who)
{
	fflush(stdout);
	processes[who] = fork();
	if (!processes[who])
		be_a_process(who);
	if (processes[who] < 0)
		model_complain("no process");
}

static void end_process(uint32_t who)
{
	int status;

	kill(processes[who], SIGKILL);
	waitpid(processes[who], &status, 0);
	processes[who] = 0;
}

/* The process with the turn may crash, or never come back. */
static void await_turn(void)
{
	uint64_t end = now_ms() + 60000;
	int status;

	while (!has_turn(DRIVER)) {
		futex_wait(&shared->turn[DRIVER]);
		for (int i = 0; i < MODEL_SPACES; i++) {
			if (!processes[i] ||
			    waitpid(processes[i], &status, WNOHANG) <= 0)
				continue;
			model_complain("process %d has ended by itself: 0x%x",
				       i, status);
			processes[i] = 0;
			return;
		}
		if (now_ms() > end) {
			model_complain("a call does not return");
			return;
		}
	}
}

/* waitpid() returns when all has been told to whom it concerns. */
static void replace_process(void)
{
	uint32_t step = shared->step++;
	uint32_t who = number_of_step(step, 2) % MODEL_SPACES;
	int status;

	steps.log = &shared->log[shared->made++ % LOG_LENGTH];
	memset(steps.log, 0, sizeof(*steps.log));
	steps.log->step = step;
	steps.log->who = who;
	if (number_of_step(step, 3) % 3) {
		note("kill", 0, 0, 0);
		end_process(who);
	} else {
		note("exit", 0, 0, 0);
		shared->leave = true;
		give_turn(who);
		waitpid(processes[who], &status, 0);
		shared->leave = false;
	}
	model_process_die(&model->space[who]);
	start_process(who);
	await_turn();
}

/* Returns whether the module has done what the model has. */
static bool run(void)
{
	uint64_t end = now_ms() + options.run_ms;

	model_reset();
	memset(shared->turn, 0, sizeof(shared->turn));
	shared->step = 0;
	shared->who = 0;
	shared->made = 0;
	/* Without steps, a process that has started gives the turn back. */
	shared->steps = 0;
	for (uint32_t i = 0; i < MODEL_SPACES; i++) {
		start_process(i);
		await_turn();
	}
	shared->steps = options.steps;
	while (!is_over()) {
		uint32_t who = who_is_next();

		if (now_ms() > end)
			break;
		if (who == DRIVER) {
			replace_process();
			continue;
		}
		give_turn(who);
		await_turn();
	}
	for (uint32_t i = 0; i < MODEL_SPACES; i++)
		if (processes[i])
			end_process(i);
	return !model->complaint[0];
}

/* ---- what went wrong */

static void print_log(void)
{
	uint32_t first = shared->made > LOG_LENGTH ? shared->made - LOG_LENGTH :
						     0;

	for (uint32_t i = first; i < shared->made; i++) {
		const struct step_log *log = &shared->log[i % LOG_LENGTH];

		if (!log->what)
			continue;
		printf("# step %u, process %u: %s", log->step, log->who,
		       log->what);
		for (int a = 0; a < 7; a++)
			printf(" 0x%x", log->arg[a]);
		printf(": 0x%x, expected 0x%x\n", log->kr, log->want);
	}
}

static void print_port(const struct model_port *port)
{
	const struct model_message *msg;

	printf(", port %td: srights %u, sorights %u, mscount %u, %u of %u messages, next %u",
	       port - model->port, port->srights, port->sorights,
	       port->mscount, port->msgcount, port->qlimit, port->seqno);
	if (port->nsreq)
		printf(", no-senders to %td", port->nsreq - model->port);
	if (port->pdreq)
		printf(", port-destroyed to %td", port->pdreq - model->port);
	for (msg = port->head; msg; msg = msg->next)
		printf(" [%d 0x%x]", msg->id, msg->word);
}

static void print_model(void)
{
	for (int s = 0; s < MODEL_SPACES; s++) {
		struct model_space *space = &model->space[s];

		for (int i = 1; i < MODEL_SLOTS; i++) {
			struct model_entry *entry = &space->entry[i];

			if (!entry->type)
				continue;
			printf("# model: process %d: 0x%x type 0x%x, %u references",
			       s, model_name(space, entry),
			       model_listed_type(entry), entry->urefs);
			if (entry->port)
				print_port(entry->port);
			printf("\n");
		}
	}
}

/* Leaves out a range of steps. Returns whether the run still fails. */
static bool fails_without(uint32_t first, uint32_t count)
{
	static uint8_t before[STEPS_MAX];

	memcpy(before + first, shared->skip + first, count);
	memset(shared->skip + first, 1, count);
	if (!run() && objects_settled())
		return true;
	memcpy(shared->skip + first, before + first, count);
	return false;
}

/* Tries to fail with half of the steps, then with other parts left out. */
static void shrink(void)
{
	uint64_t end = now_ms() + options.seconds * 1000;
	uint32_t count = shared->step;

	options.steps = count;
	shared->quiet = true;
	for (uint32_t part = (count + 1) / 2; part; part /= 2)
		for (uint32_t first = 0; first < count; first += part)
			if (now_ms() < end)
				fails_without(first, first + part > count ?
						     count - first : part);
	shared->quiet = false;
	run();
}

static void report(void)
{
	printf("# seed %lu, step %u: %s\n", shared->seed, shared->step - 1,
	       model->complaint);
	print_log();
	print_model();
	fflush(stdout);
}

static void test_seed(const char *name, uint64_t seed)
{
	uint64_t start = now_ms();
	uint32_t count = options.steps;
	bool good;

	shared->seed = seed;
	memset(shared->skip, 0, count);
	printf("# %s: seed %lu, %u steps\n", name, seed, count);
	good = run();
	printf("# %u steps in %lu ms\n", shared->step, now_ms() - start);
	if (!good) {
		printf("# again: model_test -s %lu -n %u\n", seed,
		       shared->step);
		report();
		shrink();
		printf("# and with %u steps left:\n", shared->made);
		report();
		options.steps = count;
	}
	ksft_test_result(objects_settled() && good, "%s\n", name);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (*end) {
		fprintf(stderr, "model_test: not a number: %s\n", text);
		exit(KSFT_FAIL);
	}
	return value;
}

static bool parse(int argc, char **argv)
{
	bool chosen = false;
	int c;

	while ((c = getopt(argc, argv, "s:n:t:")) != -1) {
		switch (c) {
		case 's':
			options.seed = number(optarg);
			options.run_ms = UINT32_MAX;
			chosen = true;
			break;
		case 'n':
			options.steps = number(optarg);
			break;
		case 't':
			options.seconds = number(optarg);
			break;
		default:
			exit(KSFT_FAIL);
		}
	}
	if (!options.steps || options.steps > STEPS_MAX)
		exit(KSFT_FAIL);
	return chosen;
}

int main(int argc, char **argv)
{
	uint32_t fresh;
	bool chosen = parse(argc, argv);

	if (!access(SLOW_KERNEL, F_OK))
		options.run_ms *= 5;
	shared = mmap(NULL, sizeof(*shared) + options.steps,
		      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || getrandom(&fresh, sizeof(fresh), 0) < 0)
		return KSFT_FAIL;
	model = &shared->model;
	ksft_print_header();
	ksft_set_plan(chosen ? 1 : 2);
	if (chosen) {
		test_seed("chosen_seed", options.seed);
	} else {
		test_seed("fixed_seed", FIXED_SEED);
		test_seed("fresh_seed", fresh);
	}
	ksft_finished();
}
