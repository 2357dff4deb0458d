// SPDX-License-Identifier: GPL-2.0
/*
 * Out-of-line memory of messages that nobody receives: it is counted while it
 * is in transit, and the kernel has it back however the message ends.
 */
#include "ool_utils.h"

#define SIZE	(1UL << 20)	/* of a region */
#define REGIONS	128		/* sent by each test */
#define ATONCE	16		/* in transit at the same time */

FIXTURE(leak) {
	mach_port_name_t port;		/* R */
	char *data;			/* a region */
	struct message msg;
};

/* Sends ATONCE regions and has them lost. */
typedef bool lose_regions(struct __test_metadata *_metadata,
			  FIXTURE_DATA(leak) *self);

FIXTURE_VARIANT(leak) {
	lose_regions *lose;
};

static bool queue_regions(FIXTURE_DATA(leak) *self)
{
	if (!port_widen(self->port))
		return false;
	for (int i = 0; i < ATONCE; i++)
		if (ool_send(self->port, self->data, SIZE, VIRTUAL, 0))
			return false;
	return object_excess("kmsgs") == ATONCE &&
	       object_excess("bytes") >= ATONCE * SIZE;
}

static bool lose_with_port(struct __test_metadata *_metadata,
			   FIXTURE_DATA(leak) *self)
{
	bool good = queue_regions(self) && !port_destroy(self->port);

	self->port = port_new();
	return good;
}

static bool lose_to_small_buffer(struct __test_metadata *_metadata,
				 FIXTURE_DATA(leak) *self)
{
	if (!queue_regions(self))
		return false;
	for (int i = 0; i < ATONCE; i++)
		if (msg_trap(&self->msg, MACH_RCV_MSG, 0, 40, self->port, 0) !=
		    MACH_RCV_TOO_LARGE)
			return false;
	return true;
}

static bool lose_to_bad_buffer(struct __test_metadata *_metadata,
			       FIXTURE_DATA(leak) *self)
{
	if (!queue_regions(self))
		return false;
	for (int i = 0; i < ATONCE; i++)
		if (msg_trap(NULL, MACH_RCV_MSG, 0, 1000, self->port, 0) !=
		    MACH_RCV_INVALID_DATA)
			return false;
	return true;
}

/* All that comes before a descriptor that fails has been taken. */
static bool lose_to_bad_descriptor(struct __test_metadata *_metadata,
				   FIXTURE_DATA(leak) *self)
{
	ool_init(&self->msg, self->port);
	for (int i = 0; i < ATONCE; i++)
		message_add_ool(&self->msg, self->data, SIZE, VIRTUAL, 0);
	message_add_ool(&self->msg, memory_edge() - PAGE, 2 * PAGE, VIRTUAL, 0);
	return msg_send(&self->msg) == MACH_SEND_INVALID_MEMORY;
}

/* A message with the receive right of its destination destroys itself. */
static bool lose_in_circle(struct __test_metadata *_metadata,
			   FIXTURE_DATA(leak) *self)
{
	mach_port_name_t port = port_new_send();

	message_init(&self->msg, port, COPY_SEND, MACH_PORT_NULL, 0);
	for (int i = 0; i < ATONCE; i++)
		message_add_ool(&self->msg, self->data, SIZE, VIRTUAL, 0);
	message_add_right(&self->msg, port, MOVE_RECEIVE);
	return msg_send(&self->msg) == MACH_MSG_SUCCESS &&
	       port_deallocate(port) == KERN_SUCCESS;
}

/* The queue dies in a queue that dies. */
static bool lose_nested(struct __test_metadata *_metadata,
			FIXTURE_DATA(leak) *self)
{
	mach_port_name_t parking = port_new();
	bool good = queue_regions(self) && port_park(self->port, parking) &&
		    !port_destroy(parking);

	self->port = port_new();
	return good;
}

static void send_and_die(struct __test_metadata *_metadata, void *data)
{
	FIXTURE_DATA(leak) *self = data;

	ASSERT_EQ(0, space_open());
	self->port = port_new();
	ASSERT_TRUE(port_widen(self->port));
	for (int i = 0; i < ATONCE; i++)
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_send(self->port, self->data, SIZE, PHYSICAL, 0));
	raise(SIGKILL);
}

static bool lose_with_process(struct __test_metadata *_metadata,
			      FIXTURE_DATA(leak) *self)
{
	int status = child_status(child_start(_metadata, send_and_die, self));

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

FIXTURE_VARIANT_ADD(leak, port) { .lose = lose_with_port };
FIXTURE_VARIANT_ADD(leak, small_buffer) { .lose = lose_to_small_buffer };
FIXTURE_VARIANT_ADD(leak, bad_buffer) { .lose = lose_to_bad_buffer };
FIXTURE_VARIANT_ADD(leak, bad_descriptor) { .lose = lose_to_bad_descriptor };
FIXTURE_VARIANT_ADD(leak, circle) { .lose = lose_in_circle };
FIXTURE_VARIANT_ADD(leak, nested) { .lose = lose_nested };
FIXTURE_VARIANT_ADD(leak, process) { .lose = lose_with_process };

FIXTURE_SETUP(leak)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	self->data = pattern_new(SIZE, 1);
	ASSERT_NE(NULL, self->data);
}

FIXTURE_TEARDOWN(leak)
{
}

/* Adds what follows @format in the lines of a file, -1 if it has none. */
static long sum_of_lines(const char *path, const char *format)
{
	FILE *file = fopen(path, "r");
	long number, sum = -1;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, format, &number) == 1)
			sum = (sum < 0 ? 0 : sum) + number;
	if (file)
		fclose(file);
	return sum;
}

/*
 * Bytes of the system that are free or could be, -1 if that cannot be told.
 * What a processor keeps for itself is not among those that are available.
 */
static long memory_available(void)
{
	long kib = sum_of_lines("/proc/meminfo", "MemAvailable: %ld");
	long pages = sum_of_lines("/proc/zoneinfo", " count: %ld");

	return kib < 0 || pages < 0 ? -1 : kib * 1024 + pages * PAGE;
}

TEST_F(leak, memory_of_lost_messages_is_free_again)
{
	long before;

	/* What the first time needs for good, it has then. */
	ASSERT_TRUE(variant->lose(_metadata, self));
	before = memory_available();
	ASSERT_LT(0, before);
	for (int i = 0; i < REGIONS / ATONCE; i++) {
		ASSERT_TRUE(variant->lose(_metadata, self));
		ASSERT_EQ(0, object_excess("bytes"));
		ASSERT_EQ(0, object_excess("kmsgs"));
	}
	/* Others use memory, too; but not half of what has been sent. */
	EXPECT_GT(memory_available() + REGIONS * (long)SIZE / 2, before);
}

TEST_HARNESS_MAIN
