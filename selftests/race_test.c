// SPDX-License-Identifier: GPL-2.0
/*
 * Threads and signals that meet inside a call: whatever the order, each
 * message is delivered once or is still there, and nobody waits for ever.
 */
#include "machipc_utils.h"

#define ROUNDS	100

FIXTURE(race) {
	mach_port_name_t port;		/* R + S(1) */
	struct message msg;
	uint32_t random;
};

FIXTURE_SETUP(race)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	ASSERT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, port_type(self->port));
	self->random = 2463534242u;
}

FIXTURE_TEARDOWN(race)
{
}

/* The next number of a fixed sequence, below @limit. */
static uint32_t next_random(uint32_t *state, uint32_t limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % limit;
}

/* Does nothing for so many microseconds, without giving up the CPU. */
static void spin(uint32_t us)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000000L +
		 (now.tv_nsec - start.tv_nsec) / 1000 < us);
}

static mach_msg_return_t send_copy(mach_port_name_t name, mach_msg_id_t id)
{
	return msg_send_id(name, MACH_MSG_TYPE_COPY_SEND, id);
}

TEST_F(race, timed_out_receive_loses_no_message)
{
	int delivered = 0;

	for (int id = 0; id < ROUNDS; id++) {
		struct msg_thread receiver = {
			.option = MACH_RCV_MSG | MACH_RCV_TIMEOUT,
			.rcv_size = sizeof(receiver.msg),
			.rcv_name = self->port,
			.timeout = 1,
		};
		mach_msg_return_t mr;

		ASSERT_TRUE(msg_thread_start(&receiver));
		spin(next_random(&self->random, 2500));
		ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, id));
		mr = msg_thread_join(&receiver);
		if (mr == MACH_MSG_SUCCESS) {
			ASSERT_EQ(id, receiver.msg.head.msgh_id);
			delivered++;
		} else {
			ASSERT_EQ(MACH_RCV_TIMED_OUT, mr);
			ASSERT_EQ(id, msg_receive_id(self->port));
		}
		ASSERT_EQ(-1, msg_receive_id(self->port));
	}
	TH_LOG("%d of %d messages beat the timeout", delivered, ROUNDS);
	EXPECT_EQ(ROUNDS, port_status(self->port).mps_seqno);
}

TEST_F(race, timed_out_send_is_not_delivered)
{
	int delivered = 0;

	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->port, 1));
	for (int id = 0; id < ROUNDS; id++) {
		struct msg_thread sender = {
			.option = MACH_SEND_MSG | MACH_SEND_TIMEOUT,
			.timeout = 1,
		};
		mach_msg_return_t mr;

		ASSERT_EQ(MACH_MSG_SUCCESS, send_copy(self->port, -2));
		message_init(&sender.msg, self->port, MACH_MSG_TYPE_COPY_SEND,
			     MACH_PORT_NULL, 0);
		sender.msg.head.msgh_id = id;
		ASSERT_TRUE(msg_thread_start(&sender));
		spin(next_random(&self->random, 2500));
		ASSERT_EQ(-2, msg_receive_id(self->port));
		mr = msg_thread_join(&sender);
		if (mr == MACH_MSG_SUCCESS) {
			ASSERT_EQ(id, msg_receive_id(self->port));
			delivered++;
		} else {
			ASSERT_EQ(MACH_SEND_TIMED_OUT, mr);
			ASSERT_EQ(KERN_SUCCESS, port_deallocate(self->port));
		}
		ASSERT_EQ(0, port_status(self->port).mps_msgcount);
		ASSERT_EQ(1, port_send_refs(self->port));
	}
	TH_LOG("%d of %d messages beat the timeout", delivered, ROUNDS);
}

#define MESSAGES	500
#define STOP		(-2)

/* A thread that receives until it is told to stop, and keeps count. */
struct receiver {
	pthread_t thread;
	mach_port_name_t name;
	uint32_t pause;		/* microseconds after each message */
	uint8_t seen[MESSAGES];
	int interrupted;
	bool ordered;
	bool stopped;
};

static void *receive_until_stop(void *data)
{
	struct receiver *receiver = data;
	int last = -1;

	receiver->ordered = true;
	for (;;) {
		struct message msg;
		mach_msg_return_t mr = msg_receive_wait(receiver->name, &msg);

		if (mr == MACH_RCV_INTERRUPTED) {
			receiver->interrupted++;
			continue;
		}
		if (mr)
			return NULL;
		if (msg.head.msgh_id == STOP) {
			receiver->stopped = true;
			return NULL;
		}
		if (msg.head.msgh_id <= last)
			receiver->ordered = false;
		last = msg.head.msgh_id;
		receiver->seen[last]++;
		spin(receiver->pause);
	}
}

static bool receiver_start(struct receiver *receiver, mach_port_name_t name,
			   uint32_t pause)
{
	memset(receiver, 0, sizeof(*receiver));
	receiver->name = name;
	receiver->pause = pause;
	return !pthread_create(&receiver->thread, NULL, receive_until_stop,
			       receiver);
}

/* Sends the next message, waiting for room. */
static mach_msg_return_t send_wait(mach_port_name_t name, mach_msg_id_t id)
{
	struct message msg;

	message_init(&msg, name, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0);
	msg.head.msgh_id = id;
	return msg_trap(&msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT, 24, 0,
			MACH_PORT_NULL, TEST_PATIENCE);
}

/* Whether the receivers together have seen each message exactly once. */
static bool all_seen_once(const struct receiver *receivers, int count)
{
	for (int id = 0; id < MESSAGES; id++) {
		int seen = 0;

		for (int i = 0; i < count; i++)
			seen += receivers[i].seen[id];
		if (seen != 1) {
			printf("# message %d was seen %d times\n", id, seen);
			return false;
		}
	}
	return true;
}

TEST_F(race, two_threads_in_one_receive_share_the_messages)
{
	struct receiver receivers[2];

	for (int i = 0; i < 2; i++)
		ASSERT_TRUE(receiver_start(&receivers[i], self->port, 0));
	for (int id = 0; id < MESSAGES; id++)
		ASSERT_EQ(MACH_MSG_SUCCESS, send_wait(self->port, id));
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(MACH_MSG_SUCCESS, send_wait(self->port, STOP));
	for (int i = 0; i < 2; i++) {
		pthread_join(receivers[i].thread, NULL);
		EXPECT_TRUE(receivers[i].stopped);
		EXPECT_TRUE(receivers[i].ordered);
	}
	EXPECT_TRUE(all_seen_once(receivers, 2));
}

TEST_F(race, threads_on_a_port_and_on_its_set_share_the_messages)
{
	mach_port_name_t pset = pset_new();
	struct receiver receivers[2];

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, pset));
	ASSERT_TRUE(receiver_start(&receivers[0], self->port, 0));
	ASSERT_TRUE(receiver_start(&receivers[1], pset, 0));
	for (int id = 0; id < MESSAGES; id++)
		ASSERT_EQ(MACH_MSG_SUCCESS, send_wait(self->port, id));
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(MACH_MSG_SUCCESS, send_wait(self->port, STOP));
	for (int i = 0; i < 2; i++) {
		pthread_join(receivers[i].thread, NULL);
		EXPECT_TRUE(receivers[i].stopped);
		EXPECT_TRUE(receivers[i].ordered);
	}
	EXPECT_TRUE(all_seen_once(receivers, 2));
}

/* The port changes its set while messages are on their way to it. */
TEST_F(race, port_that_changes_sets_loses_no_message)
{
	mach_port_name_t psets[2] = { pset_new(), pset_new() };
	struct receiver receivers[2];

	for (int i = 0; i < 2; i++)
		ASSERT_TRUE(receiver_start(&receivers[i], psets[i], 0));
	for (int id = 0; id < MESSAGES; id++) {
		ASSERT_EQ(KERN_SUCCESS,
			  port_move_member(self->port, psets[id & 1]));
		ASSERT_EQ(MACH_MSG_SUCCESS, send_wait(self->port, id));
	}
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(KERN_SUCCESS, port_move_member(self->port, psets[i]));
		ASSERT_EQ(MACH_MSG_SUCCESS, send_wait(self->port, STOP));
		pthread_join(receivers[i].thread, NULL);
		EXPECT_TRUE(receivers[i].stopped);
		EXPECT_TRUE(receivers[i].ordered);
	}
	EXPECT_TRUE(all_seen_once(receivers, 2));
}

static void no_handler(int sig)
{
}

/* A thread that sends signals to another one until it is stopped. */
struct pest {
	pthread_t thread;
	pthread_t victim;
	uint32_t pause;		/* microseconds after each signal */
	bool stop;
};

static void *pester(void *data)
{
	struct pest *pest = data;

	while (!__atomic_load_n(&pest->stop, __ATOMIC_ACQUIRE)) {
		pthread_kill(pest->victim, SIGUSR1);
		usleep(pest->pause);
	}
	return NULL;
}

static bool pest_start(struct pest *pest, pthread_t victim, uint32_t pause)
{
	struct sigaction action = { .sa_handler = no_handler };

	pest->victim = victim;
	pest->pause = pause;
	pest->stop = false;
	return !sigaction(SIGUSR1, &action, NULL) &&
	       !pthread_create(&pest->thread, NULL, pester, pest);
}

static void pest_stop(struct pest *pest)
{
	__atomic_store_n(&pest->stop, true, __ATOMIC_RELEASE);
	pthread_join(pest->thread, NULL);
}

TEST_F(race, interrupted_receive_loses_no_message)
{
	struct receiver receiver;
	struct pest pest;

	ASSERT_TRUE(receiver_start(&receiver, self->port, 0));
	ASSERT_TRUE(pest_start(&pest, receiver.thread, 200));
	for (int id = 0; id < MESSAGES; id++) {
		spin(next_random(&self->random, 300));
		ASSERT_EQ(MACH_MSG_SUCCESS, send_wait(self->port, id));
	}
	/* The victim has to outlive the last signal. */
	pest_stop(&pest);
	ASSERT_EQ(MACH_MSG_SUCCESS, send_wait(self->port, STOP));
	pthread_join(receiver.thread, NULL);
	EXPECT_TRUE(receiver.ordered);
	EXPECT_TRUE(all_seen_once(&receiver, 1));
	EXPECT_LT(0, receiver.interrupted);
}

/*
 * Both wait in the set, whose lock is not that of the port: a sender has found
 * one of them while it leaves.
 */
TEST_F_TIMEOUT(race, interrupted_receives_from_a_set_lose_no_message, TEST_SLOW)
{
	mach_port_name_t pset = pset_new();
	struct receiver receivers[2];
	struct pest pests[2];

	ASSERT_EQ(KERN_SUCCESS, port_move_member(self->port, pset));
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 2; i++) {
			ASSERT_TRUE(receiver_start(&receivers[i], pset, 0));
			ASSERT_TRUE(pest_start(&pests[i],
					       receivers[i].thread, 20));
		}
		for (int id = 0; id < MESSAGES; id++) {
			spin(next_random(&self->random, 100));
			ASSERT_EQ(MACH_MSG_SUCCESS, send_wait(self->port, id));
		}
		for (int i = 0; i < 2; i++)
			pest_stop(&pests[i]);
		for (int i = 0; i < 2; i++)
			ASSERT_EQ(MACH_MSG_SUCCESS,
				  send_wait(self->port, STOP));
		for (int i = 0; i < 2; i++)
			pthread_join(receivers[i].thread, NULL);
		EXPECT_TRUE(all_seen_once(receivers, 2));
	}
}

TEST_F(race, interrupted_send_is_delivered_once_when_repeated)
{
	struct receiver receiver;
	struct pest pest;
	int interrupted = 0;

	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->port, 1));
	ASSERT_TRUE(receiver_start(&receiver, self->port, 400));
	ASSERT_TRUE(pest_start(&pest, pthread_self(), 200));
	for (int id = 0; id < MESSAGES; id++) {
		mach_msg_return_t mr;

		message_init(&self->msg, self->port, MACH_MSG_TYPE_COPY_SEND,
			     MACH_PORT_NULL, 0);
		self->msg.head.msgh_id = id;
		do {
			mr = msg_trap(&self->msg, MACH_SEND_MSG, 24, 0,
				      MACH_PORT_NULL, 0);
			interrupted += mr == MACH_SEND_INTERRUPTED;
		} while (mr == MACH_SEND_INTERRUPTED);
		ASSERT_EQ(MACH_MSG_SUCCESS, mr);
	}
	pest_stop(&pest);
	ASSERT_EQ(MACH_MSG_SUCCESS, send_wait(self->port, STOP));
	pthread_join(receiver.thread, NULL);
	EXPECT_TRUE(receiver.ordered);
	EXPECT_TRUE(all_seen_once(&receiver, 1));
	EXPECT_EQ(1, port_send_refs(self->port));
	EXPECT_LT(0, interrupted);
}

/* A thread that sends the numbers from 0 on, waiting for room. */
struct sender {
	pthread_t thread;
	mach_port_name_t name;
	int count;
	mach_msg_return_t mr;
};

static void *send_all(void *data)
{
	struct sender *sender = data;

	for (int id = 0; id < sender->count; id++) {
		sender->mr = send_wait(sender->name, id);
		if (sender->mr)
			break;
	}
	return NULL;
}

static bool sender_start(struct sender *sender, mach_port_name_t name,
			 int count)
{
	sender->name = name;
	sender->count = count;
	sender->mr = TEST_POISON;
	return !pthread_create(&sender->thread, NULL, send_all, sender);
}

TEST_F(race, port_that_moves_keeps_its_messages_and_senders)
{
	mach_port_name_t moving = port_new_send();
	struct sender sender;
	int next = 0;

	ASSERT_TRUE(sender_start(&sender, moving, ROUNDS));
	while (next < ROUNDS) {
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_send_right(self->port, MACH_MSG_TYPE_COPY_SEND,
					 moving, MACH_MSG_TYPE_MOVE_RECEIVE));
		spin(next_random(&self->random, 200));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->msg));
		ASSERT_EQ(moving, self->msg.port[0].name);
		while (msg_receive(moving, &self->msg) == MACH_MSG_SUCCESS)
			ASSERT_EQ(next++, self->msg.head.msgh_id);
	}
	pthread_join(sender.thread, NULL);
	EXPECT_EQ(MACH_MSG_SUCCESS, sender.mr);
}

TEST_F(race, sender_to_a_dying_port_never_waits)
{
	for (int i = 0; i < ROUNDS / 2; i++) {
		mach_port_name_t dying = port_new_send();
		struct sender sender;

		ASSERT_TRUE(sender_start(&sender, dying, 1000000));
		spin(next_random(&self->random, 1000));
		for (int j = next_random(&self->random, 4); j > 0; j--)
			msg_receive_id(dying);
		ASSERT_EQ(KERN_SUCCESS,
			  port_mod_refs(dying, MACH_PORT_RIGHT_RECEIVE, -1));
		pthread_join(sender.thread, NULL);
		ASSERT_EQ(MACH_SEND_INVALID_DEST, sender.mr);
		ASSERT_EQ(1, port_refs(dying, MACH_PORT_RIGHT_DEAD_NAME));
	}
}

struct mover {
	pthread_t thread;
	pthread_barrier_t *start;
	mach_port_name_t to, right;
	mach_msg_return_t mr;
};

static void *move_receive_right(void *data)
{
	struct mover *mover = data;

	pthread_barrier_wait(mover->start);
	mover->mr = msg_send_right(mover->to, MACH_MSG_TYPE_COPY_SEND,
				   mover->right, MACH_MSG_TYPE_MOVE_RECEIVE);
	return NULL;
}

TEST_F(race, ports_sent_into_each_other_at_once_die)
{
	pthread_barrier_t start;

	ASSERT_EQ(0, pthread_barrier_init(&start, NULL, 2));
	for (int i = 0; i < ROUNDS; i++) {
		mach_port_name_t a = port_new_send(), b = port_new_send();
		struct mover movers[2] = {
			{ .start = &start, .to = a, .right = b },
			{ .start = &start, .to = b, .right = a },
		};

		for (int j = 0; j < 2; j++)
			ASSERT_EQ(0, pthread_create(&movers[j].thread, NULL,
						    move_receive_right,
						    &movers[j]));
		for (int j = 0; j < 2; j++)
			pthread_join(movers[j].thread, NULL);
		for (int j = 0; j < 2; j++)
			ASSERT_EQ(MACH_MSG_SUCCESS, movers[j].mr);
		ASSERT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(a));
		ASSERT_EQ(MACH_PORT_TYPE_DEAD_NAME, port_type(b));
		ASSERT_EQ(KERN_SUCCESS, port_deallocate(a));
		ASSERT_EQ(KERN_SUCCESS, port_deallocate(b));
	}
}

#define DYING_MEMBERS	5000

/* A set whose members die one after the other. */
struct dying_set {
	mach_port_name_t members[DYING_MEMBERS];
	bool done;
};

static void *kill_members(void *data)
{
	struct dying_set *set = data;

	for (int i = 0; i < DYING_MEMBERS; i++)
		if (port_destroy(set->members[i]))
			break;
	__atomic_store_n(&set->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* P-142 */
TEST_F(race, members_that_die_while_they_are_listed_are_left_out)
{
	static mach_port_name_t names[DYING_MEMBERS];
	static struct dying_set dying;
	uint32_t count, last = DYING_MEMBERS;
	mach_port_name_t set = pset_new();
	pthread_t thread;

	for (int i = 0; i < DYING_MEMBERS; i++) {
		dying.members[i] = port_new();
		ASSERT_EQ(KERN_SUCCESS,
			  port_insert_member(dying.members[i], set));
	}
	ASSERT_EQ(0, pthread_create(&thread, NULL, kill_members, &dying));
	while (!__atomic_load_n(&dying.done, __ATOMIC_ACQUIRE)) {
		count = DYING_MEMBERS;
		ASSERT_EQ(KERN_SUCCESS,
			  port_get_set_status(set, names, &count));
		ASSERT_GE(last, count);
		last = count;
		for (uint32_t i = 1; i < count; i++)
			ASSERT_LT(names[i - 1], names[i]);
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
	count = 0;
	ASSERT_EQ(KERN_SUCCESS, port_get_set_status(set, NULL, &count));
	EXPECT_EQ(0, count);
}

TEST_F(race, waiters_end_when_their_space_does)
{
	struct msg_thread receiver, setter, sender;
	mach_port_name_t full = port_new_send(), pset = pset_new();

	ASSERT_TRUE(port_fill(full));
	ASSERT_TRUE(msg_thread_receive(&receiver, self->port));
	ASSERT_TRUE(msg_thread_receive(&setter, pset));
	ASSERT_TRUE(msg_thread_send(&sender, full, MACH_MSG_TYPE_COPY_SEND, 1));
	ASSERT_EQ(0, space_close());
	EXPECT_EQ(MACH_RCV_PORT_CHANGED, msg_thread_join(&receiver));
	EXPECT_EQ(MACH_RCV_PORT_CHANGED, msg_thread_join(&setter));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&sender));
	EXPECT_TRUE(objects_settled());
}

/* A normal thread that does a little now and then, and counts how often. */
static void *tick(void *data)
{
	unsigned long *ticks = data;

	for (;;) {
		usleep(1000);
		__atomic_add_fetch(ticks, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* M-152 */
TEST_F_TIMEOUT(race, million_polls_starve_nobody, TEST_SLOW)
{
	struct machipc_msg arg = {
		.size = sizeof(arg),
		.option = MACH_RCV_MSG | MACH_RCV_TIMEOUT,
		.rcv_name = self->port,
	};
	unsigned long ticks = 0;
	cpu_set_t cpus;
	pthread_t thread;
	uint64_t start;

	/* Both threads on one CPU. */
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(cpus), &cpus));
	ASSERT_EQ(0, pthread_create(&thread, NULL, tick, &ticks));
	start = now_ms();
	for (int i = 0; i < 1000000; i++) {
		if (machipc_ioctl(MACHIPC_IOC_MSG, &arg))
			break;
	}
	EXPECT_EQ(MACH_RCV_TIMED_OUT, arg.out_result);
	EXPECT_LT((now_ms() - start) / 100,
		  __atomic_load_n(&ticks, __ATOMIC_RELAXED));
}

/* A real-time thread that polls yields to nobody, and still stops nobody. */
static void *poll_in_fifo(void *data)
{
	struct sched_param param = { .sched_priority = 1 };
	struct machipc_msg *arg = data;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) ||
	    sched_setscheduler(0, SCHED_FIFO, &param))
		return NULL;
	for (int i = 0; i < 100000; i++) {
		if (machipc_ioctl(MACHIPC_IOC_MSG, arg))
			return NULL;
	}
	return arg;
}

/* S-123 */
TEST_F_TIMEOUT(race, polls_of_a_fifo_thread_end, TEST_SLOW)
{
	struct machipc_msg arg = {
		.size = sizeof(arg),
		.option = MACH_RCV_MSG | MACH_RCV_TIMEOUT,
		.rcv_name = self->port,
	};
	pthread_t thread;
	void *done;

	ASSERT_EQ(0, pthread_create(&thread, NULL, poll_in_fifo, &arg));
	pthread_join(thread, &done);
	EXPECT_EQ(&arg, done);
	EXPECT_EQ(MACH_RCV_TIMED_OUT, arg.out_result);
}

TEST_HARNESS_MAIN
