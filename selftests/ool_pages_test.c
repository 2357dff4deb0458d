// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of messages: who has them when, and that nobody sees what is left in
 * them from earlier.
 */
#include "ool_utils.h"

#include <sys/uio.h>

#define COUNT	32UL
#define SIZE	(COUNT * PAGE)

FIXTURE(pages) {
	mach_port_name_t port;		/* R */
	char *data;			/* SIZE bytes with pattern 1 */
	struct message msg;
	struct message rcv;
};

FIXTURE_SETUP(pages)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	self->data = pattern_new(SIZE, 1);
	ASSERT_NE(NULL, self->data);
	ool_init(&self->msg, self->port);
}

FIXTURE_TEARDOWN(pages)
{
}

/* Receives @size bytes of the pattern; NULL on failure. */
static char *pass(FIXTURE_DATA(pages) *self, uint32_t size)
{
	if (ool_pass(&self->rcv, self->port, self->data, size, VIRTUAL, 0) ||
	    message_ool(&self->rcv, 0)->size != size ||
	    !pattern_is(message_ool(&self->rcv, 0)->address, size, 1))
		return NULL;
	return message_ool(&self->rcv, 0)->address;
}

/* Pages that a process keeps are free again after a while. */
static bool wait_until_pages(long count)
{
	uint64_t end = now_ms() + TEST_PATIENCE;

	while (object_excess("pages") != count) {
		if (now_ms() > end)
			return false;
		nap();
	}
	return true;
}

TEST_F(pages, count_while_they_are_mapped)
{
	char *data = pass(self, SIZE);

	ASSERT_NE(NULL, data);
	EXPECT_EQ(COUNT, object_excess("pages"));
	EXPECT_EQ(0, object_excess("bytes"));
	ASSERT_EQ(0, munmap(data + 4 * PAGE, 3 * PAGE));
	EXPECT_TRUE(wait_until_pages(COUNT - 3));
	ASSERT_EQ(0, munmap(data, 4 * PAGE));
	EXPECT_TRUE(wait_until_pages(COUNT - 7));
	EXPECT_EQ(0, memcmp(self->data + 7 * PAGE, data + 7 * PAGE,
			    SIZE - 7 * PAGE));
	ASSERT_EQ(0, munmap(data, SIZE));
	EXPECT_TRUE(wait_until_pages(0));
}

TEST_F(pages, count_until_the_last_process_unmaps_them)
{
	char *data = pass(self, SIZE);
	int pipes[2];
	pid_t child;
	char byte;

	ASSERT_NE(NULL, data);
	ASSERT_EQ(0, pipe(pipes));
	child = fork();
	if (!child) {
		close(pipes[1]);
		_exit(read(pipes[0], &byte, 1) || !pattern_is(data, SIZE, 1));
	}
	ASSERT_LT(0, child);
	ASSERT_EQ(0, munmap(data, SIZE));
	ASSERT_NE(NULL, pass(self, PAGE));
	EXPECT_EQ(COUNT + 1, object_excess("pages"));
	ASSERT_EQ(0, close(pipes[1]));
	EXPECT_TRUE(child_wait(child));
	EXPECT_TRUE(wait_until_pages(1));
}

/* A limit of the module that is something else for a while. */
struct limit {
	const char *name;
	unsigned long old;
};

static bool limit_set(struct limit *limit, const char *name,
		      unsigned long value)
{
	limit->name = name;
	limit->old = parameter_read(name);
	return parameter_write(name, value);
}

static bool limit_restore(const struct limit *limit)
{
	return parameter_write(limit->name, limit->old);
}

/* Each limit keeps only so many pages mapped; what is above is copied. */
TEST_F(pages, that_are_too_many_are_copied)
{
	static const char * const names[] = { "max_user_mapped", "max_lent" };

	for (int i = 0; i < ARRAY_SIZE(names); i++) {
		char *first, *second;
		struct limit limit;

		ASSERT_TRUE(limit_set(&limit, names[i], SIZE + PAGE));
		first = pass(self, SIZE);
		second = pass(self, SIZE);
		EXPECT_TRUE(limit_restore(&limit));
		ASSERT_NE(NULL, first);
		ASSERT_NE(NULL, second);
		/* Those that the second message had may be kept. */
		EXPECT_TRUE(wait_until_pages(COUNT));
		pattern_fill(second, SIZE, 2);
		EXPECT_TRUE(pattern_is(first, SIZE, 1));
		EXPECT_TRUE(pattern_is(second, SIZE, 2));
		ASSERT_EQ(0, munmap(first, SIZE));
		ASSERT_EQ(0, munmap(second, SIZE));
		EXPECT_TRUE(wait_until_pages(0));
	}
}

#define MANY	(8UL << 20)

/* A message of many pages once; then one of one page, again and again. */
TEST_F(pages, are_kept_as_many_as_are_needed)
{
	uint64_t end = now_ms() + TEST_PATIENCE;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_pass(&self->rcv, self->port, pages_new(MANY), MANY,
			   VIRTUAL, 0));
	ASSERT_EQ(0, munmap(message_ool(&self->rcv, 0)->address, MANY));
	while (object_excess("pages") > 8 && now_ms() < end) {
		char *data = pass(self, PAGE);

		ASSERT_NE(NULL, data);
		ASSERT_EQ(0, munmap(data, PAGE));
		usleep(50000);
	}
	EXPECT_GE(8, object_excess("pages"));
	/* Those that are in use are not freed. */
	for (int i = 0; i < 30; i++) {
		char *data = pass(self, PAGE);

		ASSERT_NE(NULL, data);
		ASSERT_EQ(0, munmap(data, PAGE));
		EXPECT_LT(0, object_excess("pages"));
		usleep(50000);
	}
}

/* Well before they are freed because nobody has used them. */
TEST_F(pages, are_not_kept_when_memory_is_short)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	char *data = pass(self, SIZE);

	if (fd < 0)
		SKIP(return, "no /proc/sys/vm/drop_caches");
	ASSERT_NE(NULL, data);
	ASSERT_EQ(0, munmap(data, SIZE));
	ASSERT_EQ(COUNT, object_excess("pages"));
	ASSERT_EQ(1, write(fd, "2", 1));
	EXPECT_EQ(0, object_excess("pages"));
	ASSERT_NE(NULL, pass(self, SIZE));
}

TEST_F(pages, are_not_kept_by_a_process_that_has_gone)
{
	char *data = pass(self, SIZE);

	ASSERT_NE(NULL, data);
	ASSERT_EQ(0, munmap(data, SIZE));
	ASSERT_EQ(0, space_close());
	EXPECT_EQ(0, object_excess("pages"));
}

/* M-133 */
TEST_F(pages, that_are_used_again_show_nothing_of_the_last_message)
{
	char *old = pages_new(SIZE);

	memset(old, 0xa5, SIZE);
	for (uint32_t size = PAGE + 1; size < SIZE; size += 5 * PAGE + 777) {
		char *data;

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_pass(&self->rcv, self->port, old, SIZE, VIRTUAL,
				   0));
		data = message_ool(&self->rcv, 0)->address;
		ASSERT_TRUE(bytes_are(data, SIZE, 0xa5));
		ASSERT_EQ(0, munmap(data, SIZE));
		data = pass(self, size);
		ASSERT_NE(NULL, data);
		EXPECT_TRUE(is_surrounded_by_zeros(data, size));
		ASSERT_EQ(0, region_free(data, size));
	}
}

/* A pipe holds the pages themselves. */
TEST_F(pages, that_somebody_holds_are_not_used_again)
{
	char *data = pass(self, SIZE), *copy = pages_new(SIZE);
	struct iovec iov = { data, 8 * PAGE };
	int pipes[2];

	ASSERT_NE(NULL, data);
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(8 * PAGE, vmsplice(pipes[1], &iov, 1, 0));
	ASSERT_EQ(0, munmap(data, SIZE));
	pattern_fill(self->data, SIZE, 2);
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_pass(&self->rcv, self->port, self->data, SIZE,
				   VIRTUAL, 0));
	ASSERT_EQ(8 * PAGE, read(pipes[0], copy, SIZE));
	EXPECT_TRUE(pattern_is(copy, 8 * PAGE, 1));
}

TEST_F(pages, come_back_as_they_were_sent)
{
	char *data = pass(self, SIZE);

	ASSERT_NE(NULL, data);
	pattern_fill(data, SIZE, 2);
	ASSERT_EQ(0, madvise(data, SIZE, MADV_DONTNEED));
	EXPECT_TRUE(pattern_is(data, SIZE, 1));
	pattern_fill(data, SIZE, 3);
	EXPECT_TRUE(pattern_is(data, SIZE, 3));
}

/* Memory that was moved has all of its pages, also those not looked at. */
TEST_F(pages, follow_a_mapping_that_is_moved)
{
	char *data = pass(self, SIZE), *to = pages_new(3 * SIZE);

	ASSERT_NE(NULL, data);
	ASSERT_EQ(0, madvise(data, SIZE, MADV_DONTNEED));
	ASSERT_EQ(to, mremap(data, SIZE / 2, SIZE / 2,
			     MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_FALSE(is_mapped(data));
	EXPECT_TRUE(pattern_is(to, SIZE / 2, 1));
	ASSERT_EQ(to + SIZE, mremap(to, SIZE / 2, SIZE / 2, MREMAP_MAYMOVE |
				    MREMAP_FIXED, to + SIZE));
	ASSERT_EQ(to, mremap(data + SIZE / 2, SIZE / 2, SIZE / 2,
			     MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_EQ(0, memcmp(self->data + SIZE / 2, to, SIZE / 2));
	EXPECT_TRUE(pattern_is(to + SIZE, SIZE / 2, 1));
	EXPECT_EQ(COUNT, object_excess("pages"));
}

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP	4
#endif

/* Both places of memory that was moved and left behind have all pages. */
TEST_F(pages, are_in_both_places_of_a_mapping_that_is_kept)
{
	char *data = pass(self, SIZE), *to;

	ASSERT_NE(NULL, data);
	to = mremap(data, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	if (to == MAP_FAILED)
		SKIP(return, "no MREMAP_DONTUNMAP for mappings of files");
	EXPECT_TRUE(pattern_is(data, SIZE, 1));
	EXPECT_TRUE(pattern_is(to, SIZE, 1));
	ASSERT_EQ(0, munmap(data, SIZE / 2));
	ASSERT_EQ(0, madvise(to, SIZE, MADV_DONTNEED));
	EXPECT_TRUE(pattern_is(to, SIZE, 1));
	ASSERT_EQ(0, munmap(to, SIZE));
	ASSERT_EQ(0, madvise(data + SIZE / 2, SIZE / 2, MADV_DONTNEED));
	EXPECT_EQ(0, memcmp(self->data + SIZE / 2, data + SIZE / 2, SIZE / 2));
}

/*
 * A mapping that was cut and grows again has the pages that were cut off, too.
 * When it goes the others stay where they are mapped, and count.
 */
TEST_F(pages, count_where_they_were_before_a_mapping_grew)
{
	char *data = pass(self, SIZE), *rest = pages_new(SIZE);

	ASSERT_NE(NULL, data);
	ASSERT_EQ(rest, mremap(data + PAGE, SIZE - PAGE, SIZE - PAGE,
			       MREMAP_MAYMOVE | MREMAP_FIXED, rest));
	if (mremap(data, PAGE, SIZE, 0) != data)
		SKIP(return, "mappings of a driver do not grow in place");
	ASSERT_EQ(0, munmap(data, SIZE));
	EXPECT_TRUE(wait_until_pages(COUNT - 1));
	ASSERT_EQ(0, madvise(rest, SIZE - PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, memcmp(self->data + PAGE, rest, SIZE - PAGE));
	ASSERT_EQ(0, munmap(rest, SIZE - PAGE));
	EXPECT_TRUE(wait_until_pages(0));
}

/* Memory that is sent on as it is has the same pages, wherever it goes. */
TEST_F(pages, that_were_not_written_are_sent_on)
{
	char *data = pass(self, SIZE), *again;

	ASSERT_NE(NULL, data);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_pass(&self->rcv, self->port, data, SIZE, VIRTUAL, 0));
	again = message_ool(&self->rcv, 0)->address;
	EXPECT_TRUE(pattern_is(again, SIZE, 1));
	/* Both mappings count, and each is private. */
	EXPECT_EQ(2 * COUNT, object_excess("pages"));
	pattern_fill(data, SIZE, 2);
	EXPECT_TRUE(pattern_is(again, SIZE, 1));
	pattern_fill(again + PAGE, PAGE, 3);
	EXPECT_TRUE(pattern_is(data, SIZE, 2));
	ASSERT_EQ(0, munmap(data, SIZE));
	EXPECT_TRUE(pattern_is(again + PAGE, PAGE, 3));
	EXPECT_EQ(0, memcmp(self->data + 2 * PAGE, again + 2 * PAGE,
			    SIZE - 2 * PAGE));
	ASSERT_EQ(0, munmap(again, SIZE));
	EXPECT_TRUE(wait_until_pages(0));
}

/* Where the page at @address is in the machine; 0 if there is none. */
static uint64_t frame_of(const char *address)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (fd < 0 || pread(fd, &entry, sizeof(entry),
			    (uintptr_t)address / PAGE * sizeof(entry)) < 0)
		entry = 0;
	close(fd);
	return entry >> 63 ? entry & ((1ULL << 55) - 1) : 0;
}

/*
 * What waits in a queue is not mapped, but whoever sent it on must not make who
 * sent it first pay for ever more.
 */
TEST_F(pages, that_are_sent_on_count_for_who_sent_them_first)
{
	static const unsigned long most[] = { 2 * SIZE, 2 * SIZE - PAGE };
	char *data = pass(self, SIZE), *again;
	struct limit limit;

	ASSERT_NE(NULL, data);
	ASSERT_NE(0, frame_of(data));
	for (int i = 0; i < ARRAY_SIZE(most); i++) {
		ASSERT_TRUE(limit_set(&limit, "max_lent", most[i]));
		EXPECT_EQ(MACH_MSG_SUCCESS,
			  ool_send(self->port, data, SIZE, VIRTUAL, 0));
		ASSERT_TRUE(limit_restore(&limit));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		again = message_ool(&self->rcv, 0)->address;
		EXPECT_TRUE(pattern_is(again, SIZE, 1));
		EXPECT_EQ(i == 0, frame_of(again) == frame_of(data));
		ASSERT_EQ(0, munmap(again, SIZE));
	}
	/* Each time was counted, and no longer is. */
	ASSERT_TRUE(limit_set(&limit, "max_lent", 2 * SIZE));
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(MACH_MSG_SUCCESS,
			  ool_send(self->port, data, SIZE, VIRTUAL, 0));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		again = message_ool(&self->rcv, 0)->address;
		EXPECT_EQ(frame_of(data), frame_of(again));
		ASSERT_EQ(0, munmap(again, SIZE));
	}
	EXPECT_TRUE(limit_restore(&limit));
}

TEST_F(pages, that_were_written_are_sent_on_as_they_are)
{
	char *data = pass(self, SIZE), *again;

	ASSERT_NE(NULL, data);
	memset(data + 5 * PAGE, 0x77, PAGE);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_pass(&self->rcv, self->port, data, SIZE, VIRTUAL, 1));
	again = message_ool(&self->rcv, 0)->address;
	EXPECT_TRUE(pattern_is(again, 5 * PAGE, 1));
	EXPECT_TRUE(bytes_are(again + 5 * PAGE, PAGE, 0x77));
	EXPECT_EQ(0, memcmp(self->data + 6 * PAGE, again + 6 * PAGE,
			    SIZE - 6 * PAGE));
}

/* M-133 */
TEST_F(pages, that_are_sent_on_in_part_show_nothing_of_the_rest)
{
	char *data = pass(self, SIZE), *part;

	ASSERT_NE(NULL, data);
	for (uint32_t size = PAGE; size < 4 * PAGE; size += 777) {
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_pass(&self->rcv, self->port, data + 2 * PAGE,
				   size, VIRTUAL, 0));
		part = message_ool(&self->rcv, 0)->address;
		EXPECT_EQ(0, memcmp(self->data + 2 * PAGE, part, size));
		EXPECT_TRUE(is_surrounded_by_zeros(part, size));
		ASSERT_EQ(0, region_free(part, size));
	}
}

/* What is behind the message, or is no longer there, is not sent on. */
TEST_F(pages, that_the_message_did_not_have_are_zero_when_sent_on)
{
	char *data = pass(self, SIZE);

	ASSERT_NE(NULL, data);
	ASSERT_EQ(0, munmap(data + SIZE / 2, SIZE / 2));
	data = region_grow(data, SIZE / 2, 2 * SIZE);
	ASSERT_NE(NULL, data);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_pass(&self->rcv, self->port, data, 2 * SIZE, VIRTUAL,
			   1));
	data = message_ool(&self->rcv, 0)->address;
	EXPECT_TRUE(pattern_is(data, SIZE / 2, 1));
	EXPECT_TRUE(bytes_are(data + SIZE / 2, 2 * SIZE - SIZE / 2, 0));
}

/* A protection of the sender's is not got round. */
TEST_F(pages, that_cannot_be_read_are_not_sent_on)
{
	char *data = pass(self, SIZE);

	ASSERT_NE(NULL, data);
	ASSERT_EQ(0, mprotect(data, SIZE, PROT_NONE));
	EXPECT_EQ(MACH_SEND_INVALID_MEMORY,
		  ool_send(self->port, data, SIZE, VIRTUAL, 0));
}

TEST_F(pages, of_several_regions_can_be_freed_one_by_one)
{
	static const int order[] = { 2, 0, 3, 1 };
	static const uint32_t sizes[] = { PAGE, 5 * PAGE + 1, 100, SIZE };
	char *data[ARRAY_SIZE(sizes)];

	for (int i = 0; i < ARRAY_SIZE(sizes); i++)
		message_add_ool(&self->msg, self->data, sizes[i], VIRTUAL, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		data[i] = message_ool(&self->rcv, i)->address;
		ASSERT_EQ(sizes[i], message_ool(&self->rcv, i)->size);
		EXPECT_TRUE(pattern_is(data[i], sizes[i], 1));
		EXPECT_TRUE(is_surrounded_by_zeros(data[i], sizes[i]));
	}
	for (int i = 0; i < ARRAY_SIZE(order); i++) {
		ASSERT_EQ(0, region_free(data[order[i]], sizes[order[i]]));
		EXPECT_FALSE(is_mapped(data[order[i]]));
		for (int j = i + 1; j < ARRAY_SIZE(order); j++)
			EXPECT_TRUE(pattern_is(data[order[j]],
					       sizes[order[j]], 1));
	}
	EXPECT_TRUE(wait_until_pages(0));
}

TEST_HARNESS_MAIN
