// SPDX-License-Identifier: GPL-2.0
/*
 * The measuring loop, and where the two sides run.
 *
 * In a guest that counts instructions, a nanosecond is an instruction. The
 * median of the batches is what counts there, or the mean where messages flow,
 * see bench_measure_flow(). The least of them is for clocks that others disturb.
 */
#include "measure.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define WARM_UP		60000000ULL	/* ns */

/* As many batches are one where messages flow. */
#define FLOW		10

struct bench_setup bench_setup = {
	.policy = SCHED_BATCH,
	.placement = BENCH_SAME_CPU,
	.batches = 11,
	.batch = 10000000,
};

/*
 * The profiler knows these instructions, which do nothing, by their operands.
 */
static inline void mark_begin(void)
{
	__asm__ volatile("nopl 0x6d616301(%%rax)" : : : "memory");
}

static inline void mark_end(void)
{
	__asm__ volatile("nopl 0x6d616302(%%rax)" : : : "memory");
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void use_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	CHECK(!sched_setaffinity(0, sizeof(set), &set));
}

void bench_place(void)
{
	struct sched_param param = { 0 };

	CHECK(!sched_setscheduler(0, bench_setup.policy, &param));
	if (bench_setup.placement != BENCH_ANY_CPU)
		use_cpu(0);
}

static pid_t *children;
static size_t nr_children;

static void remember_child(pid_t pid)
{
	children = realloc(children, (nr_children + 1) * sizeof(*children));
	CHECK(children);
	children[nr_children++] = pid;
}

void bench_end(void)
{
	size_t i;

	for (i = 0; i < nr_children; i++)
		CHECK(!kill(children[i], SIGKILL));
	for (i = 0; i < nr_children; i++)
		CHECK(waitpid(children[i], NULL, 0) == children[i]);
}

pid_t bench_fork(void (*side)(void *), void *arg)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid) {
		remember_child(pid);
		return pid;
	}
	CHECK(!prctl(PR_SET_PDEATHSIG, SIGKILL));
	if (getppid() != parent)
		_exit(1);
	if (bench_setup.placement == BENCH_TWO_CPUS)
		use_cpu(1);
	side(arg);
	errx(1, "the other side has ended");
}

void *bench_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	CHECK(memory != MAP_FAILED);
	return memory;
}

void bench_read_pages(const void *memory, size_t size)
{
	const char *bytes = memory;
	size_t i;

	/* The compiler must not find out that nobody wants them. */
	for (i = 0; i < size; i += BENCH_PAGE)
		__atomic_load_n(&bytes[i], __ATOMIC_RELAXED);
}

/* Returns how many calls fill a batch. */
static unsigned long warm_up(void (*op)(void *), void *arg)
{
	uint64_t start = now();
	unsigned long count = 0;
	uint64_t elapsed;

	do {
		op(arg);
		count++;
		elapsed = now() - start;
	} while (elapsed < WARM_UP);
	count = count * bench_setup.batch / elapsed;
	return count ? count : 1;
}

/* Returns nanoseconds per call. */
static double run_batch(void (*op)(void *), void *arg, unsigned long count)
{
	uint64_t start = now();
	unsigned long i;

	mark_begin();
	for (i = 0; i < count; i++)
		op(arg);
	mark_end();
	return (double)(now() - start) / count;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

void bench_report(double value, unsigned long count)
{
	printf("%.1f\t-\t-\t-\t%lu\n", value, count);
}

static double median(const double *sorted)
{
	return sorted[bench_setup.batches / 2];
}

static double mean(const double *times)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < bench_setup.batches; i++)
		sum += times[i];
	return sum / bench_setup.batches;
}

/* Measures batches of @count calls; @pick says what they cost together. */
static void measure(void (*op)(void *), void *arg, unsigned int operations,
		    unsigned long count, double (*pick)(const double *))
{
	double total = (double)count * operations * bench_setup.batches;
	double times[BENCH_BATCHES_MAX];
	struct rusage before, after;
	unsigned int i;

	CHECK(!getrusage(RUSAGE_SELF, &before));
	for (i = 0; i < bench_setup.batches; i++)
		times[i] = run_batch(op, arg, count);
	CHECK(!getrusage(RUSAGE_SELF, &after));

	qsort(times, bench_setup.batches, sizeof(times[0]), compare);
	printf("%.1f\t%.1f\t%.2f\t%.2f\t%.0f\n",
	       pick(times) / operations, times[0] / operations,
	       (after.ru_nvcsw - before.ru_nvcsw) / total,
	       (after.ru_nivcsw - before.ru_nivcsw) / total, total);
}

void bench_measure(void (*op)(void *), void *arg, unsigned int operations)
{
	measure(op, arg, operations, warm_up(op, arg), median);
}

void bench_measure_flow(void (*op)(void *), void *arg)
{
	measure(op, arg, 1, FLOW * warm_up(op, arg), mean);
}
