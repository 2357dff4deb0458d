// SPDX-License-Identifier: GPL-2.0
/*
 * What is set for all processes: the limits of the module, its
 * trace points, and what may fail.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PARAMETERS	"/sys/module/machipc/parameters"

static struct {
	const char *name;
	const char *low;
	char usual[24];
} limits[] = {
	{ "max_names", "200", "" },
	{ "max_ports", "300", "" },
	{ "max_spaces", "4", "" },
	{ "max_user_bytes", "200000", "" },
	{ "max_port_bytes", "10000", "" },
	{ "max_user_mapped", "40000", "" },
	{ "max_lent", "20000", "" },
	{ "max_spin", "0", "" },
};

static ssize_t read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, text, size - 1);

	close(fd);
	text[length > 0 ? length : 0] = 0;
	return length;
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return good;
}

static void set_limit(int i, const char *value)
{
	char path[100];

	snprintf(path, sizeof(path), PARAMETERS "/%s", limits[i].name);
	if (!*limits[i].usual)
		read_file(path, limits[i].usual, sizeof(limits[i].usual));
	if (!write_file(path, value))
		fuzz_complain("# %s is not changed", limits[i].name);
}

void fuzz_limits_lower(void)
{
	for (size_t i = 0; i < FUZZ_COUNT(limits); i++)
		set_limit(i, limits[i].low);
}

void fuzz_limits_restore(void)
{
	for (size_t i = 0; i < FUZZ_COUNT(limits); i++)
		if (*limits[i].usual)
			set_limit(i, limits[i].usual);
}

/* Whether the module's trace points do anything. */
void fuzz_trace(bool on)
{
	write_file("/sys/kernel/debug/tracing/events/machipc/enable",
		   on ? "1" : "0");
}

/*
 * Threads that ask for failures get them anywhere, and none into the log.
 * Returns whether the kernel can do it.
 */
bool fuzz_faults_prepare(void)
{
	static const char *const attributes[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },
		{ "fail_usercopy/verbose", "0" },
	};
	char path[100];

	for (size_t i = 0; i < FUZZ_COUNT(attributes); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s",
			 attributes[i][0]);
		if (!write_file(path, attributes[i][1]))
			return false;
	}
	return true;
}

/* The calling thread's. */
int fuzz_faults_open(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/fail-nth", gettid());
	return open(path, O_WRONLY | O_CLOEXEC);
}
