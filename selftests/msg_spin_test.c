// SPDX-License-Identifier: GPL-2.0
/*
 * Receivers that look for a message before they sleep: that it is of use, and
 * that such a wait ends like any other.
 */
#include "port_utils.h"

#include <sched.h>
#include <sys/resource.h>

#define ROUNDS		200
#define BATCHES		300
#define CALLS		100
#define FEW		10		/* of them that sleep, if they look first */

/* Who answers each message, on a CPU of its own. */
struct echo {
	pthread_t thread;
	mach_port_name_t port;
	int cpu;
	int calls;
	bool failed;
};

static bool use_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

static void *echo_main(void *data)
{
	struct echo *echo = data;
	mach_msg_option_t option = MACH_RCV_MSG;
	struct message msg;

	echo->failed = !use_cpu(echo->cpu);
	for (int i = 0; i < echo->calls && !echo->failed; i++) {
		echo->failed = msg_trap(&msg, option, sizeof(msg.head),
					sizeof(msg), echo->port, 0);
		msg.head.msgh_bits =
			MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
		msg.head.msgh_local_port = MACH_PORT_NULL;
		msg.head.msgh_id++;
		option = MACH_SEND_MSG | MACH_RCV_MSG;
	}
	if (!echo->failed)
		echo->failed = msg_trap(&msg, MACH_SEND_MSG, sizeof(msg.head),
					0, MACH_PORT_NULL, 0);
	return NULL;
}

static bool echo_start(struct echo *echo, int cpu)
{
	echo->port = port_new_send();
	echo->cpu = cpu;
	echo->calls = CALLS;
	return echo->port &&
	       !pthread_create(&echo->thread, NULL, echo_main, echo);
}

static bool echo_call(struct echo *echo, mach_msg_id_t id)
{
	mach_port_name_t reply = reply_port();
	struct message msg;

	message_init(&msg, echo->port, MACH_MSG_TYPE_COPY_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg.head.msgh_id = id;
	return !msg_trap(&msg, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
			 sizeof(msg.head), sizeof(msg), reply,
			 TEST_PATIENCE) && msg.head.msgh_id == id + 1;
}

/* How often the caller slept; -1 if an answer was wrong. */
static long echo_talk(struct echo *echo)
{
	struct rusage before, after;
	bool ok = true;

	getrusage(RUSAGE_THREAD, &before);
	for (int i = 0; i < CALLS && ok; i++)
		ok = echo_call(echo, 2 * i);
	getrusage(RUSAGE_THREAD, &after);
	/* That ends the other side if it still waits. */
	if (!ok)
		port_destroy(echo->port);
	pthread_join(echo->thread, NULL);
	if (ok)
		port_destroy(echo->port);
	return ok && !echo->failed ? after.ru_nvcsw - before.ru_nvcsw : -1;
}

FIXTURE(spin) {
	unsigned long max_spin;
	cpu_set_t cpus;
};

FIXTURE_SETUP(spin)
{
	ASSERT_EQ(0, space_open());
	ASSERT_EQ(0, sched_getaffinity(0, sizeof(self->cpus), &self->cpus));
	self->max_spin = parameter_read("max_spin");
	ASSERT_TRUE(parameter_write("max_spin", 1000));
}

FIXTURE_TEARDOWN(spin)
{
	parameter_write("max_spin", self->max_spin);
	sched_setaffinity(0, sizeof(self->cpus), &self->cpus);
}

TEST_F(spin, has_a_default)
{
	EXPECT_EQ(sysconf(_SC_NPROCESSORS_CONF) > 1 ? 100 : 0, self->max_spin);
}

/* Where both have a CPU: in a machine that is busy not always, but sometime. */
TEST_F(spin, saves_sleep)
{
	struct echo echo;
	long slept = CALLS;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "one CPU");
	ASSERT_TRUE(use_cpu(0));
	for (int i = 0; i < BATCHES && slept > FEW; i++) {
		ASSERT_TRUE(echo_start(&echo, 1));
		slept = echo_talk(&echo);
		ASSERT_NE(-1, slept);
	}
	EXPECT_GE(FEW, slept);
}

/* What would look for each answer, in vain, gets it all the same. */
TEST_F(spin, answers_come_with_both_on_one_processor)
{
	struct echo echo;

	ASSERT_TRUE(use_cpu(0));
	ASSERT_TRUE(echo_start(&echo, 0));
	EXPECT_NE(-1, echo_talk(&echo));
}

TEST_F(spin, can_be_switched_off)
{
	struct echo echo;
	long most = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "one CPU");
	ASSERT_TRUE(parameter_write("max_spin", 0));
	ASSERT_TRUE(use_cpu(0));
	for (int i = 0; i < BATCHES && most <= CALLS / 4; i++) {
		long slept;

		ASSERT_TRUE(echo_start(&echo, 1));
		slept = echo_talk(&echo);
		ASSERT_NE(-1, slept);
		most = slept > most ? slept : most;
	}
	EXPECT_LT(CALLS / 4, most);
}

TEST_F(spin, has_a_bound)
{
	struct message msg;
	mach_port_name_t port = port_new();

	ASSERT_TRUE(parameter_write("max_spin", UINT32_MAX));
	EXPECT_EQ(MACH_RCV_TIMED_OUT,
		  msg_receive_option(port, &msg, MACH_RCV_TIMEOUT, 1));
}

static void ignore(int number)
{
}

/* M-153 */
TEST_F(spin, ends_with_a_signal)
{
	struct sigaction action = { .sa_handler = ignore };

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	for (int i = 0; i < ROUNDS; i++) {
		struct msg_thread thread = {
			.option = MACH_RCV_MSG | MACH_RCV_INTERRUPT,
			.rcv_size = sizeof(thread.msg),
			.rcv_name = port_new(),
		};

		ASSERT_TRUE(msg_thread_start(&thread));
		while (!msg_thread_done(&thread)) {
			pthread_kill(thread.thread, SIGUSR1);
			usleep(50);
		}
		EXPECT_EQ(MACH_RCV_INTERRUPTED, msg_thread_join(&thread));
		port_destroy(thread.rcv_name);
	}
}

TEST_F(spin, ends_with_the_port)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct msg_thread thread = {
			.option = MACH_RCV_MSG,
			.rcv_size = sizeof(thread.msg),
			.rcv_name = i % 2 ? port_new() : pset_new(),
		};
		mach_msg_return_t mr;

		ASSERT_TRUE(msg_thread_start(&thread));
		EXPECT_EQ(KERN_SUCCESS, port_destroy(thread.rcv_name));
		mr = msg_thread_join(&thread);
		EXPECT_TRUE(mr == MACH_RCV_PORT_CHANGED ||
			    mr == MACH_RCV_INVALID_NAME)
			TH_LOG("0x%x", mr);
	}
}

TEST_HARNESS_MAIN
