// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of each kind that a process can have, sent out of line.
 */
#include "ool_utils.h"

#include <sys/shm.h>

#define HUGE	(2UL << 20)

FIXTURE(source) {
	mach_port_name_t port;		/* R */
	struct message rcv;
};

/* Memory of a kind, readable and with pattern 1 in it. */
typedef char *source_make(size_t size);

FIXTURE_VARIANT(source) {
	source_make *make;
};

static char *make_anonymous(size_t size)
{
	return pattern_new(size, 1);
}

static char *make_read_only(size_t size)
{
	char *data = pattern_new(size, 1);

	return data && !mprotect(data, size, PROT_READ) ? data : NULL;
}

static char *make_mapped_again(size_t size, int prot, int flags)
{
	int fd = memfd_create("region", MFD_CLOEXEC);
	char *data = pattern_new(size, 1);

	if (!data || write(fd, data, size) != size)
		return NULL;
	munmap(data, size);
	data = mmap(NULL, size, prot, flags, fd, 0);
	close(fd);
	return data == MAP_FAILED ? NULL : data;
}

static char *make_file_private(size_t size)
{
	return make_mapped_again(size, PROT_READ, MAP_PRIVATE);
}

static char *make_file_shared(size_t size)
{
	return make_mapped_again(size, PROT_READ | PROT_WRITE, MAP_SHARED);
}

/* Some pages are the file's, others the process' own. */
static char *make_file_written(size_t size)
{
	char *data = make_mapped_again(size, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE);

	for (size_t i = 0; data && i < size; i += 3 * PAGE)
		data[i] = pattern_byte(i % PATTERN_PERIOD, 1);
	return data;
}

static char *make_sysv(size_t size)
{
	int id = shmget(IPC_PRIVATE, size, IPC_CREAT | 0600);
	char *data = shmat(id, NULL, 0);

	shmctl(id, IPC_RMID, NULL);
	if (data == (void *)-1)
		return NULL;
	pattern_fill(data, size, 1);
	return data;
}

static char *make_locked(size_t size)
{
	char *data = pattern_new(size, 1);

	return data && !mlock(data, size) ? data : NULL;
}

/* One mapping a page, of alternating protection. */
static char *make_pieces(size_t size)
{
	char *data = pattern_new(size, 1);

	for (size_t i = 0; data && i < size; i += 2 * PAGE)
		if (mprotect(data + i, PAGE, PROT_READ))
			return NULL;
	return data;
}

FIXTURE_VARIANT_ADD(source, anonymous) { .make = make_anonymous };
FIXTURE_VARIANT_ADD(source, read_only) { .make = make_read_only };
FIXTURE_VARIANT_ADD(source, file_private) { .make = make_file_private };
FIXTURE_VARIANT_ADD(source, file_shared) { .make = make_file_shared };
FIXTURE_VARIANT_ADD(source, file_written) { .make = make_file_written };
FIXTURE_VARIANT_ADD(source, sysv) { .make = make_sysv };
FIXTURE_VARIANT_ADD(source, locked) { .make = make_locked };
FIXTURE_VARIANT_ADD(source, pieces) { .make = make_pieces };

FIXTURE_SETUP(source)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
}

FIXTURE_TEARDOWN(source)
{
}

TEST_F(source, region_is_read)
{
	const size_t size = 20 * PAGE, cut = 777;
	char *data = variant->make(size);
	mach_msg_ool_descriptor_t *ool;

	ASSERT_NE(NULL, data);
	for (int copy = PHYSICAL; copy <= VIRTUAL; copy++) {
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_pass(&self->rcv, self->port, data, size, copy,
				   0));
		ool = message_ool(&self->rcv, 0);
		EXPECT_TRUE(pattern_is(ool->address, size, 1));

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_pass(&self->rcv, self->port, data + cut,
				   size - 2 * cut, copy, 0));
		ool = message_ool(&self->rcv, 0);
		EXPECT_EQ(0, memcmp(data + cut, ool->address, size - 2 * cut));
		EXPECT_TRUE(is_surrounded_by_zeros(ool->address,
						   size - 2 * cut));
	}
}

/* M-65 */
TEST_F(source, region_is_removed)
{
	const size_t size = 20 * PAGE;
	char *data;

	for (int copy = PHYSICAL; copy <= VIRTUAL; copy++) {
		data = variant->make(size);
		ASSERT_NE(NULL, data);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_send(self->port, data + PAGE + 1, size - 3 * PAGE,
				   copy, 1));
		EXPECT_EQ(0x80001, pages_mapped(data, 20));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		EXPECT_EQ(0, memcmp(pattern_new(size, 1) + PAGE + 1,
				    message_ool(&self->rcv, 0)->address,
				    size - 3 * PAGE));
	}
}

FIXTURE(region) {
	mach_port_name_t port;		/* R */
	long huge_pages;		/* of the system, before the test */
	struct message rcv;
};

static long huge_pages(void)
{
	long count = -1;
	FILE *file = fopen("/proc/sys/vm/nr_hugepages", "r");

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &count) != 1)
		count = -1;
	fclose(file);
	return count;
}

static void set_huge_pages(long count)
{
	FILE *file = fopen("/proc/sys/vm/nr_hugepages", "w");

	if (!file)
		return;
	fprintf(file, "%ld\n", count);
	fclose(file);
}

FIXTURE_SETUP(region)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->huge_pages = huge_pages();
	self->port = port_new();
}

FIXTURE_TEARDOWN(region)
{
	set_huge_pages(self->huge_pages);
}

TEST_F(region, stack_is_read)
{
	char data[5 * PAGE];

	pattern_fill(data, sizeof(data), 1);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_pass(&self->rcv, self->port, data, sizeof(data), VIRTUAL,
			   0));
	EXPECT_TRUE(pattern_is(message_ool(&self->rcv, 0)->address,
			       sizeof(data), 1));
}

TEST_F(region, text_of_a_program_is_read)
{
	const void *text = (void *)page_floor(make_anonymous);

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_pass(&self->rcv, self->port, text, PAGE, PHYSICAL, 0));
	EXPECT_EQ(0, memcmp(text, message_ool(&self->rcv, 0)->address, PAGE));
}

TEST_F(region, huge_pages_are_read_and_removed)
{
	char *data;

	set_huge_pages(self->huge_pages + 1);
	data = mmap(NULL, HUGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (data == MAP_FAILED)
		SKIP(return, "no huge pages");
	pattern_fill(data, HUGE, 1);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_pass(&self->rcv, self->port, data + 777, 9 * PAGE,
			   PHYSICAL, 0));
	EXPECT_EQ(0, memcmp(data + 777, message_ool(&self->rcv, 0)->address,
			    9 * PAGE));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_send(self->port, data, HUGE, VIRTUAL, 1));
	EXPECT_FALSE(is_mapped(data));
	EXPECT_FALSE(is_mapped(data + HUGE - PAGE));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_TRUE(pattern_is(message_ool(&self->rcv, 0)->address, HUGE, 1));
}

TEST_F(region, memory_that_was_never_touched_is_zero)
{
	char *data = pages_new(20 * PAGE);

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_pass(&self->rcv, self->port, data, 20 * PAGE, VIRTUAL,
			   0));
	EXPECT_TRUE(bytes_are(message_ool(&self->rcv, 0)->address, 20 * PAGE,
			      0));
}

/* M-63 */
TEST_F(region, file_that_ends_before_its_mapping_is_invalid)
{
	int fd = memfd_create("region", MFD_CLOEXEC);
	char *data;

	ASSERT_EQ(0, ftruncate(fd, PAGE + 1));
	data = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, data);
	EXPECT_EQ(MACH_SEND_INVALID_MEMORY,
		  ool_send(self->port, data, 3 * PAGE, VIRTUAL, 1));
	EXPECT_EQ(7, pages_mapped(data, 3));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  ool_send(self->port, data, 2 * PAGE, VIRTUAL, 0));
	EXPECT_EQ(MACH_SEND_INVALID_MEMORY,
		  ool_send(self->port, data + 2 * PAGE, 1, PHYSICAL, 1));
}

TEST_HARNESS_MAIN
