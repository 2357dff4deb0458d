// SPDX-License-Identifier: GPL-2.0
/*
 * What ran last. Each process writes a sequence into a page before it runs it;
 * when the kernel has stopped, the pages are found in the memory that the
 * machine leaves.
 */
#include "guided.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TURNS	4		/* sequences that are kept, of each process */

/* What a record begins with, and hardly another page. */
#define MAGIC	0x6d61636869706321ULL

struct record {
	uint64_t magic;
	uint32_t number;	/* of the process */
	uint32_t turn;
	uint32_t at;		/* the call that was made last */
	struct sequence sequence;
} __attribute__((aligned(FUZZ_PAGE)));

static struct record (*records)[TURNS];
static unsigned int own;
static uint32_t turn;

bool recorder_start(void)
{
	records = mmap(NULL, EXPLORERS_MAX * sizeof(*records),
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	return records != MAP_FAILED;
}

void recorder_choose(unsigned int number)
{
	own = number;
	for (int i = 0; i < TURNS; i++)
		if (records[own][i].turn > turn)
			turn = records[own][i].turn;
}

void recorder_begin(const struct sequence *sequence)
{
	struct record *record = &records[own][++turn % TURNS];

	record->magic = MAGIC;
	record->number = own;
	record->turn = turn;
	record->at = 0;
	record->sequence = *sequence;
}

void recorder_call(unsigned int thread, unsigned int call)
{
	records[own][turn % TURNS].at = call;
}

static void print_record(const struct record *record)
{
	printf("# process %u, turn %u, at call %u\n", record->number,
	       record->turn, record->at);
	sequence_print(stdout, &record->sequence);
}

/* In the order in which they ran. */
static void print_last(const struct record *const *last)
{
	uint32_t first = UINT32_MAX;

	for (int i = 0; i < TURNS; i++)
		if (last[i] && last[i]->turn < first)
			first = last[i]->turn;
	for (int i = 0; i < TURNS; i++)
		if (last[(first + i) % TURNS])
			print_record(last[(first + i) % TURNS]);
}

/* Prints what ran last, from a file that holds a machine's memory. */
int recorder_recover(const char *path)
{
	const struct record *last[EXPLORERS_MAX][TURNS] = {};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const uint8_t *memory;
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat))
		return 1;
	memory = mmap(NULL, stat.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return 1;
	for (off_t i = 0; i + FUZZ_PAGE <= stat.st_size; i += FUZZ_PAGE) {
		const struct record *record = (const void *)(memory + i);

		if (record->magic == MAGIC &&
		    record->number < EXPLORERS_MAX &&
		    record->sequence.nr <= SEQUENCE_CALLS)
			last[record->number][record->turn % TURNS] = record;
	}
	for (int i = 0; i < EXPLORERS_MAX; i++)
		print_last(last[i]);
	return 0;
}
