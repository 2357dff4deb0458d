// SPDX-License-Identifier: GPL-2.0
/*
 * Stubs of the shape that MIG generates, as client and server. They are built
 * into two programs, compiled as C for the one and as C++ for the other.
 */
#include "machipc_utils.h"
#include "mig_stub.h"

#define SECRET	"open sesame"

static mach_port_t opened;
static int told;
static mach_port_t told_by;

kern_return_t do_stub_add(mach_port_t server, int a, int b, int *sum)
{
	return __builtin_add_overflow(a, b, sum) ? KERN_INVALID_VALUE :
						   KERN_SUCCESS;
}

kern_return_t do_stub_open(mach_port_t server, stub_name_t name,
			   mach_port_t *port)
{
	*port = opened;
	return strcmp(name, SECRET) ? KERN_NO_ACCESS : KERN_SUCCESS;
}

kern_return_t do_stub_store(mach_port_t server, stub_data_t data,
			    mach_msg_type_number_t size, unsigned int *sum)
{
	for (*sum = 0; size; size--)
		*sum += (unsigned char)*data++;
	return KERN_SUCCESS;
}

kern_return_t do_stub_tell(mach_port_t server, int value)
{
	__atomic_store_n(&told_by, server, __ATOMIC_RELAXED);
	__atomic_store_n(&told, value, __ATOMIC_RELEASE);
	return KERN_SUCCESS;
}

FIXTURE(mig) {
	mach_port_t port;
	pthread_t server;
};

static void *server_main(void *data)
{
	mach_port_t port = *(mach_port_t *)data;

	return (void *)(uintptr_t)mach_msg_server(stub_server,
						  sizeof(union stub_request),
						  port, 0);
}

FIXTURE_SETUP(mig)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	opened = port_new();
	self->port = port_new_send();
	ASSERT_EQ(0, pthread_create(&self->server, NULL, server_main,
				    &self->port));
}

FIXTURE_TEARDOWN(mig)
{
	port_destroy(self->port);
	pthread_join(self->server, NULL);
}

TEST_F(mig, words_come_back)
{
	int sum = TEST_POISON;

	EXPECT_EQ(KERN_SUCCESS, stub_add(self->port, 40, 2, &sum));
	EXPECT_EQ(42, sum);
}

TEST_F(mig, failure_of_a_routine_comes_back)
{
	int sum = TEST_POISON;

	EXPECT_EQ(KERN_INVALID_VALUE,
		  stub_add(self->port, INT32_MAX, 1, &sum));
	EXPECT_EQ((int)TEST_POISON, sum);
}

TEST_F(mig, right_comes_back)
{
	mach_port_t port = TEST_POISON;

	EXPECT_EQ(KERN_SUCCESS, stub_open(self->port, SECRET, &port));
	EXPECT_EQ(opened, port);
	EXPECT_EQ(1, port_send_refs(opened));
}

TEST_F(mig, no_right_comes_back_from_a_failure)
{
	mach_port_t port = TEST_POISON;

	EXPECT_EQ(KERN_NO_ACCESS, stub_open(self->port, "open", &port));
	EXPECT_EQ(TEST_POISON, port);
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(opened));
}

TEST_F(mig, memory_goes_out)
{
	static char data[10000];
	unsigned int sum = TEST_POISON;

	memset(data, 3, sizeof(data));
	EXPECT_EQ(KERN_SUCCESS, stub_store(self->port, data, sizeof(data),
					   &sum));
	EXPECT_EQ(30000, sum);
}

TEST_F(mig, simple_routine_waits_for_nobody)
{
	uint64_t end = now_ms() + TEST_PATIENCE;

	EXPECT_EQ(KERN_SUCCESS, stub_tell(self->port, 77));
	while (!__atomic_load_n(&told, __ATOMIC_ACQUIRE) && now_ms() < end)
		nap();
	EXPECT_EQ(77, told);
	EXPECT_EQ(self->port, told_by);
}

/* Sends a header and an NDR record alone. Returns what the reply says. */
static kern_return_t ask(mach_port_t port, mach_msg_id_t id)
{
	struct {
		mig_reply_error_t error;
		mach_msg_trailer_t trailer;
	} msg = { 0 };
	mach_port_t reply = mig_get_reply_port();
	mach_msg_return_t mr;

	msg.error.Head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						  MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg.error.Head.msgh_remote_port = port;
	msg.error.Head.msgh_local_port = reply;
	msg.error.Head.msgh_id = id;
	mr = mach_msg(&msg.error.Head, MACH_SEND_MSG | MACH_RCV_MSG |
		      MACH_RCV_TIMEOUT, 32, sizeof(msg), reply, TEST_PATIENCE,
		      MACH_PORT_NULL);
	if (mr)
		return mr;
	return msg.error.Head.msgh_id == id + STUB_REPLY &&
	       msg.error.Head.msgh_size == sizeof(msg.error) ?
	       msg.error.RetCode : MIG_REPLY_MISMATCH;
}

TEST_F(mig, unknown_routine_is_answered)
{
	EXPECT_EQ(MIG_BAD_ID, ask(self->port, STUB_BASE - 1));
	EXPECT_EQ(MIG_BAD_ID, ask(self->port, STUB_BASE + 3));
	EXPECT_EQ(MIG_BAD_ID, ask(self->port, STUB_BASE + STUB_COUNT));
}

TEST_F(mig, request_of_another_size_is_answered)
{
	EXPECT_EQ(MIG_BAD_ARGUMENTS, ask(self->port, STUB_BASE));
}

TEST_F(mig, subsystem_can_be_read_as_any_other)
{
	const struct mig_subsystem *any = (const void *)&stub_subsystem;

	EXPECT_EQ(STUB_BASE, any->start);
	EXPECT_EQ(STUB_BASE + STUB_COUNT, any->end);
	EXPECT_EQ(sizeof(union stub_reply), any->maxsize);
	EXPECT_EQ((void *)stub_server_routine, (void *)any->server);
	EXPECT_EQ((void *)stub_subsystem.routine[4].stub_routine,
		  (void *)any->routine[4].stub_routine);
}

static void *kill_port(void *data)
{
	mach_port_t port = *(mach_port_t *)data;
	uint64_t end = now_ms() + TEST_PATIENCE;

	while (!port_status(port).mps_msgcount && now_ms() < end)
		nap();
	port_destroy(port);
	return NULL;
}

TEST_F(mig, client_learns_that_its_server_died)
{
	mach_port_t port = port_new_send();
	int sum = TEST_POISON;
	pthread_t killer;

	ASSERT_EQ(0, pthread_create(&killer, NULL, kill_port, &port));
	EXPECT_EQ(MIG_SERVER_DIED, stub_add(port, 1, 2, &sum));
	EXPECT_EQ((int)TEST_POISON, sum);
	pthread_join(killer, NULL);
}

TEST_F(mig, dead_server_costs_no_reply_port)
{
	mach_port_t reply = mig_get_reply_port();
	int sum;

	EXPECT_EQ(MACH_SEND_INVALID_DEST, stub_add(dead_name_new(1), 1, 2,
						   &sum));
	EXPECT_EQ(reply, mig_get_reply_port());
}

TEST_HARNESS_MAIN
