// SPDX-License-Identifier: GPL-2.0
/*
 * Measures one way of talking: machbench [option ...] CASE [SIZE]
 *
 * Prints one line: case, size, nanoseconds per operation (median of the
 * batches, least of them), voluntary and involuntary switches of this side per
 * operation, number of operations.
 */
#include <getopt.h>
#include <sched.h>

#include "measure.h"

static const struct bench_case *const tables[] = {
	bench_floor_cases,
	bench_channel_cases,
	bench_fd_cases,
	bench_bulk_cases,
	bench_binder_cases,
	bench_mach_cases,
	bench_crowd_cases,
	bench_memory_cases,
};

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

static const char usage_text[] =
	"usage: machbench [option ...] CASE [SIZE]\n"
	"  --other           under SCHED_OTHER instead of SCHED_BATCH\n"
	"  --place same|two|any\n"
	"                    both sides on one CPU, on two, or anywhere\n"
	"  --batches N       11\n"
	"  --batch US        microseconds that each of them takes, 10000\n"
	"cases:";

static void __attribute__((noreturn)) usage(void)
{
	const struct bench_case *bench;
	size_t i;

	fputs(usage_text, stderr);
	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (bench = tables[i]; bench->name; bench++)
			fprintf(stderr, " %s", bench->name);
	fputc('\n', stderr);
	exit(2);
}

static const struct bench_case *find_case(const char *name)
{
	const struct bench_case *bench;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (bench = tables[i]; bench->name; bench++)
			if (!strcmp(bench->name, name))
				return bench;
	errx(2, "no such case: %s", name);
}

static enum bench_placement parse_placement(const char *name)
{
	if (!strcmp(name, "same"))
		return BENCH_SAME_CPU;
	if (!strcmp(name, "two"))
		return BENCH_TWO_CPUS;
	if (!strcmp(name, "any"))
		return BENCH_ANY_CPU;
	usage();
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "other", no_argument, NULL, 'o' },
		{ "place", required_argument, NULL, 'p' },
		{ "batches", required_argument, NULL, 'n' },
		{ "batch", required_argument, NULL, 'b' },
		{ }
	};
	const struct bench_case *bench;
	size_t size;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			bench_setup.policy = SCHED_OTHER;
			break;
		case 'p':
			bench_setup.placement = parse_placement(optarg);
			break;
		case 'n':
			bench_setup.batches = strtoul(optarg, NULL, 0);
			break;
		case 'b':
			bench_setup.batch = strtoul(optarg, NULL, 0) * 1000;
			break;
		default:
			usage();
		}
	}
	if (optind >= argc || !bench_setup.batches ||
	    bench_setup.batches > BENCH_BATCHES_MAX)
		usage();
	bench = find_case(argv[optind]);
	size = optind + 1 < argc ? strtoul(argv[optind + 1], NULL, 0) : 0;

	printf("%s\t%zu\t", bench->name, size);
	fflush(stdout);
	bench_place();
	bench->run(bench, size);
	bench_end();
	return 0;
}
