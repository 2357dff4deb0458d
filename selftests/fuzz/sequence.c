// SPDX-License-Identifier: GPL-2.0
/*
 * Sequences as text.
 */
#include "sequence.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_SIZE	200

static void print_call(FILE *file, const struct sequence_call *call)
{
	fprintf(file, "\t%s %x", fuzz_calls[call->kind].name, call->seed);
	if (call->flags & CALL_AT_ONCE)
		fprintf(file, " &");
	if (call->flags & CALL_NARROW)
		fprintf(file, " 32");
	if (call->fail)
		fprintf(file, " fail=%u", call->fail);
	for (int i = 0; i < call->nr_changes; i++)
		fprintf(file, " %x=%x", call->changes[i].index,
			call->changes[i].value);
	fprintf(file, "\n");
}

void sequence_print(FILE *file, const struct sequence *sequence)
{
	fprintf(file, "sequence%s\n", sequence->limits ? " limits" : "");
	for (uint32_t i = 0; i < sequence->nr; i++)
		print_call(file, &sequence->calls[i]);
}

static bool read_kind(const char *name, uint8_t *kind)
{
	for (unsigned int i = 0; i < fuzz_nr_calls; i++)
		if (!strcmp(name, fuzz_calls[i].name)) {
			*kind = i;
			return true;
		}
	return false;
}

static bool read_change(const char *word, struct sequence_call *call)
{
	struct fuzz_change *change = &call->changes[call->nr_changes];
	char *end;

	if (call->nr_changes == SEQUENCE_CHANGES)
		return false;
	change->index = strtoul(word, &end, 16);
	if (end == word || *end != '=')
		return false;
	change->value = strtoul(end + 1, &end, 16);
	call->nr_changes++;
	return !*end;
}

static bool read_call(char *line, struct sequence_call *call)
{
	char *kind = strtok(line, "\t ");
	char *seed = strtok(NULL, " ");
	char *word;

	memset(call, 0, sizeof(*call));
	if (!kind || !seed || !read_kind(kind, &call->kind))
		return false;
	call->seed = strtoul(seed, NULL, 16);
	while ((word = strtok(NULL, " "))) {
		if (!strcmp(word, "&"))
			call->flags |= CALL_AT_ONCE;
		else if (!strcmp(word, "32"))
			call->flags |= CALL_NARROW;
		else if (!strncmp(word, "fail=", 5))
			call->fail = strtoul(word + 5, NULL, 10);
		else if (!read_change(word, call))
			return false;
	}
	return true;
}

static bool read_calls(FILE *file, struct sequence *sequence)
{
	char line[LINE_MAX_SIZE];
	int next;

	while ((next = getc(file)) == '\t') {
		if (sequence->nr == SEQUENCE_CALLS ||
		    !fgets(line, sizeof(line), file))
			return false;
		line[strcspn(line, "\n")] = 0;
		if (!read_call(line, &sequence->calls[sequence->nr++]))
			return false;
	}
	ungetc(next, file);
	return sequence->nr;
}

/*
 * Reads the next sequence; lines with a # are remarks. Returns false at the
 * end of the file. A sequence that is wrong ends the program: a corpus of
 * which a part is missing would go unnoticed.
 */
bool sequence_read(FILE *file, struct sequence *sequence)
{
	char line[LINE_MAX_SIZE];

	do {
		if (!fgets(line, sizeof(line), file))
			return false;
	} while (*line == '#' || *line == '\n');
	memset(sequence, 0, sizeof(*sequence));
	sequence->limits = !strcmp(line, "sequence limits\n");
	if ((sequence->limits || !strcmp(line, "sequence\n")) &&
	    read_calls(file, sequence))
		return true;
	fprintf(stderr, "not a sequence, near offset %ld: %s\n", ftell(file),
		line);
	exit(1);
}
