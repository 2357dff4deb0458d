// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that was received out of line is as good as memory that the receiver
 * allocated itself.
 */
#include "ool_utils.h"

#include <sys/uio.h>

FIXTURE(memory) {
	mach_port_name_t port;		/* R */
	char *data;			/* SIZE bytes that were received */
	struct message rcv;
};

#define SIZE	(32 * PAGE)

FIXTURE_VARIANT(memory) {
	uint8_t copy;
	uint8_t deallocate;		/* when it was sent */
};

FIXTURE_VARIANT_ADD(memory, physical) { .copy = PHYSICAL };
FIXTURE_VARIANT_ADD(memory, physical_moved) {
	.copy = PHYSICAL, .deallocate = 1,
};
FIXTURE_VARIANT_ADD(memory, virtual) { .copy = VIRTUAL };
FIXTURE_VARIANT_ADD(memory, virtual_moved) { .copy = VIRTUAL, .deallocate = 1 };

FIXTURE_SETUP(memory)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_pass(&self->rcv, self->port, pattern_new(SIZE, 1), SIZE,
			   variant->copy, variant->deallocate));
	self->data = message_ool(&self->rcv, 0)->address;
	ASSERT_NE(NULL, self->data);
	ASSERT_EQ(page_floor(self->data), (uintptr_t)self->data);
}

FIXTURE_TEARDOWN(memory)
{
}

TEST_F(memory, can_be_written)
{
	EXPECT_TRUE(pattern_is(self->data, SIZE, 1));
	pattern_fill(self->data, SIZE, 2);
	EXPECT_TRUE(pattern_is(self->data, SIZE, 2));
}

/* How /proc/self/maps describes the mapping at @address. */
static bool
mapping_read(const void *address, char *perms, unsigned long *inode)
{
	unsigned long start, end;
	FILE *file = fopen("/proc/self/maps", "r");
	bool found = false;
	char line[512];

	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%lx-%lx %4s %*x %*s %lu", &start, &end,
			       perms, inode) == 4 &&
			start <= (unsigned long)address &&
			(unsigned long)address < end;
	if (file)
		fclose(file);
	return found;
}

TEST_F(memory, is_private_and_not_to_be_executed)
{
	unsigned long inode;
	char perms[5];

	for (size_t i = 0; i < SIZE; i += PAGE) {
		ASSERT_TRUE(mapping_read(self->data + i, perms, &inode));
		EXPECT_EQ(0, strcmp("rw-p", perms));
	}
}

static void write_as_child(struct __test_metadata *_metadata, void *data)
{
	EXPECT_TRUE(pattern_is(data, SIZE, 1));
	pattern_fill(data, SIZE, 2);
	EXPECT_TRUE(pattern_is(data, SIZE, 2));
}

TEST_F(memory, writes_of_a_child_are_its_own)
{
	pid_t child = child_start(_metadata, write_as_child, self->data);

	EXPECT_TRUE(child_wait(child));
	EXPECT_TRUE(pattern_is(self->data, SIZE, 1));
}

/* A child that looks at the memory when the parent has written to it. */
struct watch {
	int from_child[2];
	int to_child[2];
	char *data;
};

static void watch_as_child(struct __test_metadata *_metadata, void *data)
{
	const struct watch *watch = data;
	char byte;

	ASSERT_EQ(1, write(watch->from_child[1], "", 1));
	ASSERT_EQ(1, read(watch->to_child[0], &byte, 1));
	EXPECT_TRUE(pattern_is(watch->data, SIZE, 1));
}

/* Starts the child; it runs when this returns. */
static pid_t
watch_start(struct __test_metadata *_metadata, struct watch *watch, char *data)
{
	pid_t child;
	char byte;

	watch->data = data;
	if (pipe(watch->from_child) || pipe(watch->to_child))
		return -1;
	child = child_start(_metadata, watch_as_child, watch);
	return read(watch->from_child[0], &byte, 1) == 1 ? child : -1;
}

/* Whether the child saw what was there when it began. */
static bool watch_end(struct watch *watch, pid_t child)
{
	return write(watch->to_child[1], "", 1) == 1 && child_wait(child);
}

TEST_F(memory, writes_of_a_parent_are_its_own)
{
	struct watch watch;
	pid_t child = watch_start(_metadata, &watch, self->data);

	ASSERT_LT(0, child);
	pattern_fill(self->data, SIZE, 2);
	EXPECT_TRUE(watch_end(&watch, child));
	EXPECT_TRUE(pattern_is(self->data, SIZE, 2));
}

TEST_F(memory, can_be_moved_and_resized)
{
	char *data = self->data, *to = pages_new(SIZE);

	data = mremap(data, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	ASSERT_EQ(to, data);
	EXPECT_TRUE(pattern_is(data, SIZE, 1));
	EXPECT_FALSE(is_mapped(self->data));
	data = mremap(data, SIZE, SIZE / 2, 0);
	ASSERT_EQ(to, data);
	EXPECT_TRUE(pattern_is(data, SIZE / 2, 1));
	EXPECT_FALSE(is_mapped(data + SIZE / 2));
	data = region_grow(data, SIZE / 2, 2 * SIZE);
	ASSERT_NE(NULL, data);
	EXPECT_TRUE(pattern_is(data, SIZE / 2, 1));
	EXPECT_TRUE(bytes_are(data + SIZE / 2, 2 * SIZE - SIZE / 2, 0));
	pattern_fill(data, 2 * SIZE, 3);
	EXPECT_TRUE(pattern_is(data, 2 * SIZE, 3));
}

/* Memory of files in this process, in KiB; -1 if that cannot be told. */
static long file_memory(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long size = -1;

	while (file && size < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "RssFile: %ld", &size) != 1)
			size = -1;
	if (file)
		fclose(file);
	return size;
}

#define GROWN	(4096 * PAGE)

static void write_grown_as_child(struct __test_metadata *_metadata, void *data)
{
	char *grown = data;

	EXPECT_TRUE(bytes_are(grown + PAGE, GROWN - PAGE, 0));
	memset(grown + GROWN / 2, 2, GROWN / 2);
	EXPECT_TRUE(bytes_are(grown + PAGE, GROWN / 2 - PAGE, 0));
	EXPECT_TRUE(bytes_are(grown + GROWN / 2, GROWN / 2, 2));
}

/* Nobody counts the zeros that are read behind the message. */
TEST_F(memory, is_zero_where_it_has_grown)
{
	char *grown, *copy = pattern_new(64 * PAGE, 1);
	struct iovec here = { copy, 64 * PAGE }, there;
	long before;

	ASSERT_EQ(0, munmap(self->data + PAGE, SIZE - PAGE));
	grown = region_grow(self->data, PAGE, GROWN);
	ASSERT_NE(NULL, grown);
	/* What the test itself needs is there. */
	EXPECT_TRUE(bytes_are(grown + PAGE, PAGE, 0));
	before = file_memory();
	ASSERT_LT(0, before);
	EXPECT_TRUE(bytes_are(grown + PAGE, GROWN - PAGE, 0));
	EXPECT_GT(before + 1000, file_memory());
	/* This pins them. */
	there.iov_base = grown + PAGE;
	there.iov_len = 64 * PAGE;
	EXPECT_EQ(64 * PAGE,
		  process_vm_readv(getpid(), &here, 1, &there, 1, 0));
	EXPECT_TRUE(bytes_are(copy, 64 * PAGE, 0));
	EXPECT_TRUE(child_wait(child_start(_metadata, write_grown_as_child,
					   grown)));
	EXPECT_TRUE(bytes_are(grown + PAGE, GROWN - PAGE, 0));
	/* Half of it was read before, the other half was discarded. */
	ASSERT_EQ(0, madvise(grown + GROWN / 2, GROWN / 2, MADV_DONTNEED));
	memset(grown + PAGE, 3, GROWN - PAGE);
	EXPECT_TRUE(pattern_is(grown, PAGE, 1));
	EXPECT_TRUE(bytes_are(grown + PAGE, GROWN - PAGE, 3));
}

struct access {
	char *address;
	bool write;
};

static void access_as_child(struct __test_metadata *_metadata, void *data)
{
	const struct access *access = data;

	signal(SIGSEGV, SIG_DFL);
	if (access->write)
		*access->address = 0;
	EXPECT_NE(0xee, (uint8_t)*access->address);
}

/* Whether a read or a write ends the process. */
static bool is_refused(struct __test_metadata *_metadata, char *address,
		       bool write)
{
	struct access access = { address, write };
	int status = child_status(child_start(_metadata, access_as_child,
					      &access));

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

TEST_F(memory, can_be_protected)
{
	char *data = self->data;

	ASSERT_EQ(0, mprotect(data + PAGE, PAGE, PROT_READ));
	ASSERT_EQ(0, mprotect(data + 3 * PAGE, PAGE, PROT_NONE));
	EXPECT_TRUE(is_refused(_metadata, data + PAGE, true));
	EXPECT_FALSE(is_refused(_metadata, data + PAGE, false));
	EXPECT_TRUE(is_refused(_metadata, data + 3 * PAGE, false));
	ASSERT_EQ(0, mprotect(data, SIZE, PROT_READ | PROT_WRITE));
	EXPECT_TRUE(pattern_is(data, SIZE, 1));
	EXPECT_EQ(0, mprotect(data, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC));
	pattern_fill(data, SIZE, 2);
	EXPECT_TRUE(pattern_is(data, SIZE, 2));
}

TEST_F(memory, can_be_discarded)
{
	static const int advices[] = {
		MADV_DONTNEED, MADV_FREE, MADV_COLD, MADV_PAGEOUT,
		MADV_WILLNEED, MADV_SEQUENTIAL, MADV_DONTFORK, MADV_DOFORK,
		MADV_MERGEABLE, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP,
	};

	for (int i = 0; i < ARRAY_SIZE(advices); i++) {
		/* Not all kernels know all of them. */
		madvise(self->data + 2 * PAGE, 5 * PAGE, advices[i]);
		EXPECT_TRUE(pattern_is(self->data, 2 * PAGE, 1));
		EXPECT_EQ(0, memcmp(self->data + 7 * PAGE,
				    pattern_new(SIZE, 1) + 7 * PAGE,
				    SIZE - 7 * PAGE));
		/* What was discarded is zero or comes back; it is memory. */
		for (size_t at = 2 * PAGE; at < 7 * PAGE; at++)
			EXPECT_TRUE(!self->data[at] ||
				    (uint8_t)self->data[at] ==
				    pattern_byte(at % PATTERN_PERIOD, 1));
		pattern_fill(self->data, 7 * PAGE, 1);
		EXPECT_TRUE(pattern_is(self->data, SIZE, 1));
	}
}

TEST_F(memory, can_be_unmapped_in_parts)
{
	char *data = self->data;

	ASSERT_EQ(0, munmap(data + PAGE, PAGE));
	ASSERT_EQ(0, munmap(data + SIZE - PAGE, PAGE));
	EXPECT_EQ(0x7ffffffd, pages_mapped(data, 32));
	EXPECT_TRUE(pattern_is(data, PAGE, 1));
	EXPECT_EQ(0, memcmp(data + 2 * PAGE,
			    pattern_new(SIZE, 1) + 2 * PAGE, SIZE - 3 * PAGE));
	/* Something else can be put into the hole. */
	ASSERT_EQ(data + PAGE,
		  mmap(data + PAGE, PAGE, PROT_READ, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	ASSERT_EQ(0, munmap(data, SIZE));
	EXPECT_EQ(0, pages_mapped(data, 32));
}

TEST_F(memory, can_be_locked)
{
	EXPECT_EQ(0, mlock(self->data, SIZE));
	pattern_fill(self->data, SIZE, 2);
	EXPECT_TRUE(pattern_is(self->data, SIZE, 2));
	EXPECT_EQ(0, munlock(self->data, SIZE));
}

TEST_F(memory, can_be_received_where_all_memory_is_locked)
{
	ASSERT_EQ(0, mlockall(MCL_CURRENT | MCL_FUTURE));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_pass(&self->rcv, self->port, self->data, SIZE,
			   variant->copy, variant->deallocate));
	EXPECT_TRUE(pattern_is(message_ool(&self->rcv, 0)->address, SIZE, 1));
	EXPECT_EQ(0, munlockall());
}

/* System calls read and write it, also those that pin its pages. */
TEST_F(memory, can_be_used_by_system_calls)
{
	char *copy = pages_new(SIZE);
	struct iovec here = { self->data, SIZE }, there = { copy, SIZE };
	int fd = memfd_create("copy", MFD_CLOEXEC);
	int pipes[2];

	ASSERT_EQ(SIZE, pwrite(fd, self->data, SIZE, 0));
	ASSERT_EQ(SIZE, pread(fd, copy, SIZE, 0));
	EXPECT_TRUE(pattern_is(copy, SIZE, 1));

	pattern_fill(copy, SIZE, 2);
	ASSERT_EQ(SIZE, pwrite(fd, copy, SIZE, 0));
	ASSERT_EQ(SIZE, pread(fd, self->data, SIZE, 0));
	EXPECT_TRUE(pattern_is(self->data, SIZE, 2));

	pattern_fill(copy, SIZE, 3);
	ASSERT_EQ(SIZE, process_vm_writev(getpid(), &there, 1, &here, 1, 0));
	EXPECT_TRUE(pattern_is(self->data, SIZE, 3));
	pattern_fill(self->data, SIZE, 4);
	ASSERT_EQ(SIZE, process_vm_readv(getpid(), &there, 1, &here, 1, 0));
	EXPECT_TRUE(pattern_is(copy, SIZE, 4));

	here.iov_len = 4 * PAGE;
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(4 * PAGE, vmsplice(pipes[1], &here, 1, 0));
	ASSERT_EQ(4 * PAGE, read(pipes[0], copy, 4 * PAGE));
	EXPECT_TRUE(pattern_is(copy, 4 * PAGE, 4));
}

TEST_F(memory, can_hold_a_futex)
{
	pthread_mutex_t *mutex = (void *)self->data;
	struct timespec now;

	ASSERT_EQ(0, pthread_mutex_init(mutex, NULL));
	ASSERT_EQ(0, pthread_mutex_lock(mutex));
	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_nsec = (now.tv_nsec + 10000000) % 1000000000;
	EXPECT_EQ(ETIMEDOUT, pthread_mutex_timedlock(mutex, &now));
	EXPECT_EQ(0, pthread_mutex_unlock(mutex));
}

TEST_F(memory, outlives_port_and_door)
{
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
	ASSERT_EQ(0, space_close());
	EXPECT_TRUE(pattern_is(self->data, SIZE, 1));
	pattern_fill(self->data, SIZE, 2);
	EXPECT_TRUE(pattern_is(self->data, SIZE, 2));
	ASSERT_EQ(0, munmap(self->data, SIZE));
	ASSERT_TRUE(objects_settled());
}

TEST_F(memory, can_be_sent_on)
{
	char *data = self->data;

	for (int hop = 0; hop < 6; hop++) {
		uint8_t copy = hop % 2 ? variant->copy : VIRTUAL;

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_send(self->port, data, SIZE, copy, hop / 2 % 2));
		EXPECT_EQ(hop / 2 % 2 ? 0 : 0xffffffff, pages_mapped(data, 32));
		/* What is changed now is not what was sent. */
		if (is_mapped(data))
			memset(data, 0xee, SIZE);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		data = message_ool(&self->rcv, 0)->address;
		ASSERT_EQ(SIZE, message_ool(&self->rcv, 0)->size);
		ASSERT_TRUE(pattern_is(data, SIZE, 1));
	}
}

TEST_F(memory, can_be_sent_on_in_part)
{
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_send(self->port, self->data + 3 * PAGE + 9, 5 * PAGE,
			   variant->copy, 1));
	EXPECT_EQ(0xfffffe07, pages_mapped(self->data, 32));
	EXPECT_TRUE(pattern_is(self->data, 3 * PAGE, 1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(0, memcmp(message_ool(&self->rcv, 0)->address,
			    pattern_new(SIZE, 1) + 3 * PAGE + 9, 5 * PAGE));
	EXPECT_TRUE(is_surrounded_by_zeros(message_ool(&self->rcv, 0)->address,
					   5 * PAGE));
}

/* A child that holds the pages too must not see them change hands. */
TEST_F(memory, can_be_sent_on_while_a_child_has_it)
{
	struct watch watch;
	pid_t child = watch_start(_metadata, &watch, self->data);

	ASSERT_LT(0, child);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_pass(&self->rcv, self->port, self->data, SIZE, VIRTUAL,
			   1));
	self->data = message_ool(&self->rcv, 0)->address;
	ASSERT_TRUE(pattern_is(self->data, SIZE, 1));
	pattern_fill(self->data, SIZE, 2);
	EXPECT_TRUE(watch_end(&watch, child));
}

/* Sends a region that the parent reads after this process has gone. */
static void send_and_exit(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect();
	char *region = pattern_new(SIZE, 7);
	struct message msg;

	message_init(&msg, parent, COPY_SEND, MACH_PORT_NULL, 0);
	message_add_ool(&msg, region, SIZE, VIRTUAL, 1);
	message_add_ool(&msg, pattern_new(SIZE, 8), SIZE, PHYSICAL, 0);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_FALSE(is_mapped(region));
}

TEST_F(memory, comes_from_a_process_that_has_gone)
{
	ASSERT_TRUE(parent_publish(self->port));
	ASSERT_TRUE(child_wait(child_start(_metadata, send_and_exit, NULL)));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_TRUE(pattern_is(message_ool(&self->rcv, 0)->address, SIZE, 7));
	EXPECT_TRUE(pattern_is(message_ool(&self->rcv, 1)->address, SIZE, 8));
}

TEST_HARNESS_MAIN
