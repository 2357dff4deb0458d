// SPDX-License-Identifier: GPL-2.0
/*
 * What the calls reach.
 *
 * A thread writes where it has been into a buffer of its own. Between two
 * calls there is a mark, so that the end of one and the begin of the next do
 * not look like an edge.
 */
#include "../fuzz.h"
#include "coverage.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kcov.h>

#define KCOV_PATH	"/sys/kernel/debug/kcov"
#define SECTION_PATH	"/sys/module/machipc/sections/%s"

#define ENTRIES		(32 << 10)
#define MARK		0	/* no address of the module */

/* They lie together, in any order. */
static struct {
	const char *name;
	uint64_t at;
} sections[] = {
	{ ".text", 0 },
	{ ".text.unlikely", 0 },
};

static uint64_t lowest = UINT64_MAX;

static struct {
	int fd;
	uint64_t *entries;	/* the first one is how many follow */
} slots[COVERAGE_SLOTS];

/* Of a process. Children do without it: copying it would take long. */
static struct process {
	uint32_t run;
	uint32_t seen_in[COVERAGE_EDGES];	/* the last run that had it */
	uint32_t edges[COVERAGE_EDGES];		/* of the last run */
	uint8_t reached[COVERAGE_PLACES];
	uint32_t new_places[COVERAGE_PLACES];	/* since they were added */
	uint32_t nr_new_places;
} *process;

bool coverage_find_module(void)
{
	char path[80];
	FILE *file;

	for (size_t i = 0; i < FUZZ_COUNT(sections); i++) {
		snprintf(path, sizeof(path), SECTION_PATH, sections[i].name);
		file = fopen(path, "r");
		if (file && fscanf(file, "%lx", &sections[i].at) != 1)
			sections[i].at = 0;
		if (file)
			fclose(file);
		if (sections[i].at && sections[i].at < lowest)
			lowest = sections[i].at;
	}
	return sections[0].at;
}

static bool prepare_process(void)
{
	process = mmap(NULL, sizeof(*process), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return process != MAP_FAILED &&
	       !madvise(process, sizeof(*process), MADV_DONTFORK);
}

bool coverage_prepare(void)
{
	for (int i = 0; i < COVERAGE_SLOTS; i++) {
		int fd = open(KCOV_PATH, O_RDWR | O_CLOEXEC);

		if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, ENTRIES))
			return false;
		slots[i].fd = fd;
		slots[i].entries = mmap(NULL, ENTRIES * sizeof(uint64_t),
					PROT_READ | PROT_WRITE, MAP_SHARED, fd,
					0);
		if (slots[i].entries == MAP_FAILED)
			return false;
	}
	return prepare_process();
}

void coverage_begin_thread(unsigned int slot)
{
	ioctl(slots[slot].fd, KCOV_ENABLE, KCOV_TRACE_PC);
}

/* Its parent sees what it reaches. If there is another child already, not. */
void coverage_begin_child(void)
{
	coverage_begin_thread(COVERAGE_CHILD);
}

void coverage_end_call(unsigned int slot)
{
	uint64_t *entries = slots[slot].entries;
	uint64_t count = entries[0];

	if (count + 1 >= ENTRIES)
		return;
	entries[1 + count] = MARK;
	__atomic_store_n(&entries[0], count + 1, __ATOMIC_RELAXED);
}

/* What follows is a run. */
void coverage_forget(void)
{
	for (int i = 0; i < COVERAGE_SLOTS; i++)
		__atomic_store_n(&slots[i].entries[0], 0, __ATOMIC_RELAXED);
}

static void reach_place(uint32_t place)
{
	if (process->reached[place])
		return;
	process->reached[place] = 1;
	process->new_places[process->nr_new_places++] = place;
}

static uint32_t edge_of(uint32_t from, uint32_t to)
{
	uint64_t hash = ((uint64_t)from << 32 | to) * 0x9e3779b97f4a7c15ULL;

	return hash >> 44;
}

static uint32_t collect_slot(const uint64_t *entries, uint32_t count)
{
	uint64_t end = __atomic_load_n(&entries[0], __ATOMIC_RELAXED);
	uint32_t last = 0;

	if (end > ENTRIES - 1)
		end = ENTRIES - 1;
	for (uint64_t i = 1; i <= end; i++) {
		uint64_t place = entries[i] - lowest;
		uint32_t edge;

		if (place >= COVERAGE_PLACES) {		/* a mark */
			last = 0;
			continue;
		}
		edge = edge_of(last, place);
		last = place;
		if (process->seen_in[edge] == process->run)
			continue;
		process->seen_in[edge] = process->run;
		process->edges[count++] = edge;
		reach_place(place);
	}
	return count;
}

/* Gathers the edges of the run. Returns how many there are. */
uint32_t coverage_collect(void)
{
	uint32_t count = 0;

	process->run++;
	for (int i = 0; i < COVERAGE_SLOTS; i++)
		count = collect_slot(slots[i].entries, count);
	return count;
}

const uint32_t *coverage_edges(void)
{
	return process->edges;
}

/* Whether the last run had it. */
bool coverage_has(uint32_t edge)
{
	return process->seen_in[edge] == process->run;
}

/* Returns whether it was not there. */
bool coverage_add(struct coverage *coverage, uint32_t edge)
{
	if (__atomic_exchange_n(&coverage->edge[edge], 1, __ATOMIC_RELAXED))
		return false;
	__atomic_add_fetch(&coverage->nr_edges, 1, __ATOMIC_RELAXED);
	return true;
}

void coverage_add_places(struct coverage *coverage)
{
	while (process->nr_new_places) {
		uint32_t place = process->new_places[--process->nr_new_places];

		if (!__atomic_exchange_n(&coverage->place[place], 1,
					 __ATOMIC_RELAXED))
			__atomic_add_fetch(&coverage->nr_places, 1,
					   __ATOMIC_RELAXED);
	}
}

/* Its section and its offset there. */
static void print_place(FILE *file, uint64_t address)
{
	const char *name = "";
	uint64_t at = 0;

	for (size_t i = 0; i < FUZZ_COUNT(sections); i++)
		if (sections[i].at <= address && sections[i].at > at) {
			name = sections[i].name;
			at = sections[i].at;
		}
	fprintf(file, "place %s %lx\n", name, address - at);
}

void coverage_print(FILE *file, const struct coverage *coverage)
{
	for (uint32_t i = 0; i < COVERAGE_PLACES; i++)
		if (coverage->place[i])
			print_place(file, lowest + i);
}
