// SPDX-License-Identifier: GPL-2.0
/*
 * The log of machbootstrapd. A line is one write(), so that lines of several
 * processes on one terminal stay whole.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "log.h"

#define LINES_PER_SECOND	200
#define LINE_SIZE		512

static void write_line(const char *format, va_list args)
{
	static const char prefix[] = "machbootstrapd: ";
	char line[LINE_SIZE];
	size_t used = sizeof(prefix) - 1;
	int len;

	memcpy(line, prefix, used);
	/* The last byte is the newline's, not the terminator's. */
	len = vsnprintf(line + used, sizeof(line) - used, format, args);
	if (len < 0)
		return;
	used += len;
	if (used > sizeof(line) - 1)
		used = sizeof(line) - 1;
	line[used++] = '\n';
	/* There is nobody to tell that the log cannot be written. */
	if (write(STDERR_FILENO, line, used) < 0)
		return;
}

void log_always(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(format, args);
	va_end(args);
}

/* Counts the lines of the current second. */
static unsigned int lines_before(void)
{
	static unsigned int lines;
	static time_t second;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec != second) {
		if (lines > LINES_PER_SECOND)
			log_always("%u lines left out",
				   lines - LINES_PER_SECOND);
		second = now.tv_sec;
		lines = 0;
	}
	return lines++;
}

void log_event(const char *format, ...)
{
	va_list args;

	if (lines_before() >= LINES_PER_SECOND)
		return;
	va_start(args, format);
	write_line(format, args);
	va_end(args);
}
