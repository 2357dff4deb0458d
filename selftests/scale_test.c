// SPDX-License-Identifier: GPL-2.0
/*
 * Great numbers: what is long to build must not be deep, or long without a
 * pause, to destroy. Nothing is left, and the kernel's watchdogs are silent.
 *
 * SCALE=N in the environment multiplies the numbers, up to what the limits of
 * the module are raised to.
 */
#include "ool_utils.h"

#include <stdlib.h>

/* Names that one message can bring. */
#define BUNCH		16000U

static unsigned int scale(unsigned int number)
{
	const char *factor = getenv("SCALE");

	/* A kernel that checks itself takes ten times as long. */
	if (!access("/sys/kernel/debug/kmemleak", F_OK) ||
	    !access("/sys/kernel/debug/kcsan", F_OK))
		number /= 10;
	return number * (factor ? strtoul(factor, NULL, 0) : 1);
}

FIXTURE(scale) {
	mach_port_name_t port;		/* R */
	unsigned long max_names;
	struct message msg;
};

FIXTURE_SETUP(scale)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->max_names = parameter_read("max_names");
	self->port = port_new();
	ASSERT_NE(MACH_PORT_NULL, self->port);
}

FIXTURE_TEARDOWN(scale)
{
	parameter_write("max_names", self->max_names);
}

/* ---- ports in transit: each waits in a message to the next */

/* Puts the receive right @inner into a message to a new port. */
static mach_port_name_t wrap(mach_port_name_t inner)
{
	mach_port_name_t outer = port_new();

	if (msg_send_right(outer, MACH_MSG_TYPE_MAKE_SEND, inner,
			   MACH_MSG_TYPE_MOVE_RECEIVE))
		return MACH_PORT_NULL;
	return outer;
}

static mach_port_name_t wrap_often(mach_port_name_t inner, unsigned int times)
{
	while (inner && times--)
		inner = wrap(inner);
	return inner;
}

/* P-121 */
TEST_F_TIMEOUT(scale, chain_of_ports_in_transit_dies_at_once, TEST_SLOW)
{
	unsigned int length = scale(100000);
	long ports = object_count("ports");
	mach_port_name_t last;

	last = wrap_often(self->port, length);
	ASSERT_NE(MACH_PORT_NULL, last);
	ASSERT_EQ(ports + length, object_count("ports"));
	EXPECT_EQ(KERN_SUCCESS, port_destroy(last));
	EXPECT_EQ(ports - 1, object_count("ports"));
	EXPECT_EQ(object_excess("kmsgs"), 0);
}

/* P-126 */
TEST_F_TIMEOUT(scale, chain_is_unwrapped_to_its_end, TEST_SLOW)
{
	unsigned int length = scale(20000);
	mach_port_name_t last, next;

	last = wrap_often(self->port, length);
	ASSERT_NE(MACH_PORT_NULL, last);
	for (unsigned int i = 0; i < length; i++) {
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(last, &self->msg));
		next = self->msg.port[0].name;
		ASSERT_EQ(KERN_SUCCESS, port_destroy(last));
		last = next;
	}
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(last, MACH_MSG_TYPE_MAKE_SEND, 5));
	EXPECT_EQ(5, msg_receive_id(last));
}

/* P-126 */
TEST_F_TIMEOUT(scale, ring_of_ports_in_transit_dies_at_once, TEST_SLOW)
{
	unsigned int length = scale(100000);
	long ports = object_count("ports");
	mach_port_name_t last, first;

	first = self->port;
	ASSERT_EQ(KERN_SUCCESS,
		  port_insert_right(first, first, MACH_MSG_TYPE_MAKE_SEND));
	last = wrap_often(first, length);
	ASSERT_NE(MACH_PORT_NULL, last);
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(first, MACH_MSG_TYPE_COPY_SEND, last,
				 MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(first));
	EXPECT_EQ(KERN_SUCCESS, port_deallocate(first));
	EXPECT_EQ(ports - 1, object_count("ports"));
}

/* The most messages that the destination of a receive right may be deep in. */
#define TRANSIT_DEPTH	4096

/* P-207 */
TEST_F_TIMEOUT(scale, deep_end_of_a_chain_takes_rights_up_to_a_limit, TEST_SLOW)
{
	mach_port_name_t deep = self->port, last;
	mach_port_name_t good = port_new_send(), bad = port_new_send();

	ASSERT_EQ(KERN_SUCCESS,
		  port_insert_right(deep, deep, MACH_MSG_TYPE_MAKE_SEND));
	last = wrap_often(deep, TRANSIT_DEPTH);
	ASSERT_NE(MACH_PORT_NULL, last);
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(deep, MACH_MSG_TYPE_COPY_SEND, good,
				 MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(good));
	last = wrap(last);
	ASSERT_NE(MACH_PORT_NULL, last);
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(deep, MACH_MSG_TYPE_COPY_SEND, bad,
				 MACH_MSG_TYPE_MOVE_RECEIVE));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(bad));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(deep));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, port_type(good));

	/* It is where it was sent to. */
	for (unsigned int i = 0; i <= TRANSIT_DEPTH; i++) {
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(last, &self->msg));
		last = self->msg.port[0].name;
	}
	ASSERT_EQ(deep, last);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(deep, &self->msg));
	EXPECT_EQ(good, self->msg.port[0].name);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(good));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(deep, &self->msg));
}

/* ---- a set with many members */

/* P-141 */
TEST_F_TIMEOUT(scale, large_set_is_received_from_and_destroyed, TEST_SLOW)
{
	static mach_port_name_t names[10000];
	unsigned int members = ARRAY_SIZE(names);
	mach_port_name_t set = pset_new();
	mach_port_name_t last = MACH_PORT_NULL;
	uint32_t count = members;

	for (unsigned int i = 0; i < members; i++) {
		last = port_new();
		ASSERT_EQ(KERN_SUCCESS, port_insert_member(last, set));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_send_id(last, MACH_MSG_TYPE_MAKE_SEND, i));
	}
	ASSERT_EQ(KERN_SUCCESS, port_get_set_status(set, names, &count));
	ASSERT_EQ(members, count);
	for (unsigned int i = 0; i < members; i++) {
		ASSERT_TRUE(port_exists(names[i]));
		ASSERT_TRUE(!i || names[i] > names[i - 1]);
	}
	for (unsigned int i = 0; i < members / 2; i++) {
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(set, &self->msg));
		ASSERT_EQ(i, self->msg.head.msgh_id);
	}
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(set, MACH_PORT_RIGHT_PORT_SET, -1));
	EXPECT_EQ(members - 1, msg_receive_id(last));
	EXPECT_EQ(object_excess("psets"), 0);
}

/* ---- a space with many names */

/* Gives the space @count send-once rights of the port, each with its name. */
static bool fill_space(mach_port_name_t port, unsigned int count)
{
	static mach_port_name_t names[BUNCH];
	struct message msg;

	for (unsigned int i = 0; i < BUNCH; i++)
		names[i] = port;
	while (count) {
		unsigned int bunch = count < BUNCH ? count : BUNCH;

		if (array_pass(&msg, port, names, bunch, MAKE_SEND_ONCE))
			return false;
		munmap(message_names(&msg, 0), bunch * sizeof(*names));
		count -= bunch;
	}
	return true;
}

TEST_F_TIMEOUT(scale, space_with_many_names_ends, TEST_SLOW)
{
	unsigned int count = scale(1000000);

	ASSERT_TRUE(parameter_write("max_names", 2 * count + 1000));
	ASSERT_TRUE(fill_space(self->port, count));
	EXPECT_EQ(count, port_status(self->port).mps_sorights);
	EXPECT_LE(count, name_count());
	EXPECT_EQ(0, space_close());
	EXPECT_TRUE(objects_settled());
}

static void take_many(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t port;

	ASSERT_EQ(0, space_open());
	port = port_new();
	ASSERT_TRUE(fill_space(port, *(unsigned int *)data));
	for (;;)
		pause();
}

TEST_F_TIMEOUT(scale, process_with_many_names_is_killed, TEST_SLOW)
{
	unsigned int count = scale(1000000);
	pid_t child;

	ASSERT_TRUE(parameter_write("max_names", 2 * count + 1000));
	child = child_start(_metadata, take_many, &count);
	while (object_excess("names") < count &&
	       !waitpid(child, NULL, WNOHANG))
		nap();
	ASSERT_TRUE(child_kill(child));
	EXPECT_GT(10, object_excess("names"));
}

/* ---- a space with many threads */

#define THREADS		300

static pthread_barrier_t threads_known, threads_over;

static void *know_oneself(void *data)
{
	*(mach_port_name_t *)data = self_port(MACHIPC_SELF_THREAD);
	pthread_barrier_wait(&threads_known);
	pthread_barrier_wait(&threads_over);
	return NULL;
}

TEST_F_TIMEOUT(scale, space_with_many_threads_ends, TEST_SLOW)
{
	mach_port_name_t names[THREADS];
	pthread_t threads[THREADS];

	ASSERT_EQ(0, pthread_barrier_init(&threads_known, NULL, THREADS + 1));
	ASSERT_EQ(0, pthread_barrier_init(&threads_over, NULL, THREADS + 1));
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, know_oneself,
					    &names[i]));
	pthread_barrier_wait(&threads_known);
	for (int i = 0; i < THREADS; i++)
		EXPECT_NE(MACH_PORT_NULL, names[i]);
	EXPECT_EQ(THREADS, object_excess("threads"));

	/* They are still there, but not for the module. */
	EXPECT_EQ(0, space_close());
	EXPECT_EQ(0, object_excess("threads"));
	EXPECT_EQ(0, object_excess("ports"));
	pthread_barrier_wait(&threads_over);
	for (int i = 0; i < THREADS; i++)
		EXPECT_EQ(0, pthread_join(threads[i], NULL));
}

TEST_HARNESS_MAIN
