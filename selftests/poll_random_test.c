// SPDX-License-Identifier: GPL-2.0
/*
 * No wake-up is lost: several threads send in bursts while others move ports
 * between sets, and one thread receives what poll() or epoll tells it to. After
 * each burst it has received everything, without being told anything else.
 *
 * The wake-up under test is the only one that there is. A message that does not
 * cause it stays where it is, and the burst does not end.
 */
#include "poll_utils.h"

#include <sys/eventfd.h>

#define NR_PORTS	6
#define NR_SETS		2
#define NR_SENDERS	3
#define BURST		8	/* messages of one sender */
#define ROUNDS		150

enum what { PORTS, SETS, DEVICE };
enum how { POLL, LEVEL, EDGE, NESTED };

FIXTURE(poll_random) {
	mach_port_name_t port[NR_PORTS];
	mach_port_name_t set[NR_SETS];
	uint32_t seed;
};

/*
 * @what: what is polled
 * @how: by which call
 * @moving: the ports move between the sets, or are in none, during a burst
 * @writable: senders do not wait in the kernel, but poll their send rights
 */
FIXTURE_VARIANT(poll_random) {
	enum what what;
	enum how how;
	bool moving;
	bool writable;
};

#define RANDOM(_name, ...)						\
	FIXTURE_VARIANT_ADD(poll_random, _name) { __VA_ARGS__ }

RANDOM(ports_by_poll, .what = PORTS, .how = POLL);
RANDOM(ports_by_level, .what = PORTS, .how = LEVEL);
RANDOM(ports_by_edge, .what = PORTS, .how = EDGE);
RANDOM(ports_by_edge_writable, .what = PORTS, .how = EDGE, .writable = true);
RANDOM(sets_by_poll, .what = SETS, .how = POLL);
RANDOM(sets_by_level, .what = SETS, .how = LEVEL);
RANDOM(sets_by_edge, .what = SETS, .how = EDGE);
RANDOM(moving_by_poll, .what = SETS, .how = POLL, .moving = true);
RANDOM(moving_by_level, .what = SETS, .how = LEVEL, .moving = true);
RANDOM(moving_by_edge, .what = SETS, .how = EDGE, .moving = true);
RANDOM(nested, .what = SETS, .how = NESTED, .moving = true, .writable = true);
RANDOM(device_by_level, .what = DEVICE, .how = LEVEL, .moving = true);
RANDOM(device_by_edge, .what = DEVICE, .how = EDGE, .moving = true);

FIXTURE_SETUP(poll_random)
{
	const char *seed = getenv("SEED");

	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->seed = seed ? strtoul(seed, NULL, 0) : time(NULL);
	self->seed |= 1;
	for (int i = 0; i < NR_SETS; i++)
		self->set[i] = pset_new();
	for (int i = 0; i < NR_PORTS; i++) {
		self->port[i] = port_new_send();
		ASSERT_EQ(KERN_SUCCESS,
			  port_insert_member(self->port[i],
					     self->set[i % NR_SETS]));
		if (variant->moving && !variant->writable)
			ASSERT_TRUE(port_widen(self->port[i]));
	}
}

FIXTURE_TEARDOWN(poll_random)
{
}

static uint32_t next_random(uint32_t *state, uint32_t limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % limit;
}

/* What all threads of a run share. */
struct run {
	const FIXTURE_VARIANT(poll_random) *variant;
	const FIXTURE_DATA(poll_random) *self;
	pthread_barrier_t barrier;
	bool stop;		/* read after the first barrier of a round */
	bool failed;
	unsigned int sent;
	unsigned int received;
	int stop_fd;
};

struct actor {
	pthread_t thread;
	struct run *run;
	uint32_t random;
	int epfd[NR_PORTS];	/* edges of the send rights */
};

static void fail(struct run *run, const char *what, int code)
{
	printf("# %s: 0x%x\n", what, code);
	__atomic_store_n(&run->failed, true, __ATOMIC_RELAXED);
}

/* Sends one message, waiting for room in one way or the other. */
static bool send_one(struct actor *actor, int i)
{
	const struct run *run = actor->run;
	struct message msg;
	mach_msg_return_t mr;

	for (;;) {
		message_init(&msg, run->self->port[i], MACH_MSG_TYPE_COPY_SEND,
			     MACH_PORT_NULL, 0);
		mr = msg_trap(&msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
			      msg.head.msgh_size, 0, MACH_PORT_NULL,
			      run->variant->writable ? 0 : TEST_PATIENCE);
		if (mr == MACH_MSG_SUCCESS)
			return true;
		/* The message that came back holds a send right. */
		if (mr != MACH_SEND_TIMED_OUT || !run->variant->writable ||
		    port_mod_refs(run->self->port[i], MACH_PORT_RIGHT_SEND, -1))
			break;
		if (epoll_next(actor->epfd[i], TEST_PATIENCE) != EPOLLOUT)
			break;
	}
	fail(actor->run, "no room to send", mr);
	return false;
}

static void burst(struct actor *actor)
{
	struct run *run = actor->run;

	for (int i = 0; i < BURST; i++) {
		if (!send_one(actor, next_random(&actor->random, NR_PORTS)))
			return;
		__atomic_add_fetch(&run->sent, 1, __ATOMIC_RELAXED);
		if (!next_random(&actor->random, 4))
			sched_yield();
	}
}

/* Puts each port into a set, with whatever is in its queue. */
static void gather(struct run *run)
{
	const FIXTURE_DATA(poll_random) *self = run->self;

	for (int i = 0; i < NR_PORTS; i++) {
		kern_return_t kr = port_move_member(self->port[i],
						    self->set[i % NR_SETS]);

		if (kr)
			fail(run, "gather", kr);
	}
}

/* Moves ports. A sender that waits for room in one must not wait for ever. */
static void shuffle(struct actor *actor)
{
	const FIXTURE_DATA(poll_random) *self = actor->run->self;

	for (int i = 0; i < 3 * NR_PORTS; i++) {
		int port = next_random(&actor->random, NR_PORTS);
		int set = next_random(&actor->random, NR_SETS + 1);
		kern_return_t kr;

		kr = port_move_member(self->port[port],
				      set < NR_SETS ? self->set[set] : 0);
		if (kr)
			fail(actor->run, "move", kr);
	}
	if (actor->run->variant->writable)
		gather(actor->run);
}

static void act(struct actor *actor, void (*in_round)(struct actor *actor))
{
	struct run *run = actor->run;

	for (;;) {
		pthread_barrier_wait(&run->barrier);
		if (run->stop)
			return;
		in_round(actor);
		pthread_barrier_wait(&run->barrier);
	}
}

static void *sender_main(void *data)
{
	act(data, burst);
	return NULL;
}

static void *mover_main(void *data)
{
	act(data, shuffle);
	return NULL;
}

/* Receives one message, or all that there are; whether there was any. */
static bool drain(struct run *run, mach_port_name_t name, bool all)
{
	struct message msg;
	mach_msg_return_t mr;
	bool any = false;

	do {
		mr = msg_receive(name, &msg);
		if (mr == MACH_MSG_SUCCESS) {
			__atomic_add_fetch(&run->received, 1, __ATOMIC_RELAXED);
			any = true;
		} else if (mr != MACH_RCV_TIMED_OUT) {
			fail(run, "receive", mr);
		}
	} while (all && mr == MACH_MSG_SUCCESS);
	return any;
}

/* Descriptors to be polled, and what to receive from when they are ready. */
struct sources {
	int count;
	struct pollfd pollfd[NR_PORTS + 1];
	mach_port_name_t name[NR_PORTS];	/* null for every set */
};

static void add_source(struct sources *sources, int fd, mach_port_name_t name)
{
	sources->name[sources->count] = name;
	sources->pollfd[sources->count].fd = fd;
	sources->pollfd[sources->count++].events = POLLIN;
}

static void find_sources(const struct run *run, struct sources *sources)
{
	const FIXTURE_DATA(poll_random) *self = run->self;

	sources->count = 0;
	switch (run->variant->what) {
	case PORTS:
		for (int i = 0; i < NR_PORTS; i++)
			add_source(sources, watch_receive(self->port[i]),
				   self->port[i]);
		break;
	case SETS:
		for (int i = 0; i < NR_SETS; i++)
			add_source(sources, watch_set(self->set[i]),
				   self->set[i]);
		break;
	case DEVICE:
		add_source(sources, machipc_fd, MACH_PORT_NULL);
	}
}

/* Follows one event. The device does not say where the message is. */
static void follow(struct run *run, mach_port_name_t name, bool all)
{
	if (name != MACH_PORT_NULL) {
		drain(run, name, all);
		return;
	}
	for (int i = 0; i < NR_PORTS; i++)
		if (drain(run, run->self->port[i], all) && !all)
			return;
}

static void receive_by_poll(struct run *run, struct sources *sources)
{
	struct pollfd *stop = &sources->pollfd[sources->count];

	stop->fd = run->stop_fd;
	stop->events = POLLIN;
	stop->revents = 0;
	while (!stop->revents) {
		if (poll(sources->pollfd, sources->count + 1, -1) < 1)
			return;
		for (int i = 0; i < sources->count; i++)
			if (sources->pollfd[i].revents)
				follow(run, sources->name[i], false);
	}
}

/* Waits for the next event; the number of its source. */
static int next_source(int epfd, int outer)
{
	struct epoll_event event;

	if (outer >= 0 && epoll_next(outer, -1) < 1)
		return -1;
	do {
		if (epoll_wait(epfd, &event, 1, outer >= 0 ? 0 : -1) == 1)
			return event.data.u32;
		/* The inner one may have said what is no longer true. */
	} while (outer >= 0 && epoll_next(outer, -1) > 0);
	return -1;
}

static void receive_by_epoll(struct run *run, struct sources *sources)
{
	uint32_t edge = run->variant->how == LEVEL ? 0 : EPOLLET;
	int epfd = epoll_create1(EPOLL_CLOEXEC), outer = -1, i;

	for (i = 0; i <= sources->count; i++) {
		bool last = i == sources->count;
		struct epoll_event event = {
			.events = EPOLLIN | edge,
			.data.u32 = i,
		};

		epoll_ctl(epfd, EPOLL_CTL_ADD, last ? run->stop_fd :
			  sources->pollfd[i].fd, &event);
	}
	if (run->variant->how == NESTED)
		outer = epoll_new(epfd, 0);
	for (;;) {
		i = next_source(epfd, outer);
		if (i < 0 || i == sources->count)
			return;
		follow(run, sources->name[i], edge);
	}
}

static void *receiver_main(void *data)
{
	struct sources sources;
	struct run *run = data;

	find_sources(run, &sources);
	if (run->variant->how == POLL)
		receive_by_poll(run, &sources);
	else
		receive_by_epoll(run, &sources);
	return NULL;
}

/* Whether everything that was sent is received in time. */
static bool wait_until_drained(const struct run *run)
{
	uint64_t end = now_ms() + TEST_PATIENCE;

	while (__atomic_load_n(&run->received, __ATOMIC_RELAXED) != run->sent) {
		if (now_ms() > end)
			return false;
		sched_yield();
	}
	return true;
}

/* S-91, S-92, S-93 */
TEST_F_TIMEOUT(poll_random, notified_is_drained_after_each_burst, TEST_SLOW)
{
	int nr_actors = NR_SENDERS + variant->moving, round;
	struct actor actors[NR_SENDERS + 1] = {};
	struct run run = { .variant = variant, .self = self };
	pthread_t receiver;

	run.stop_fd = eventfd(0, EFD_CLOEXEC);
	ASSERT_LE(0, run.stop_fd);
	pthread_barrier_init(&run.barrier, NULL, nr_actors + 1);
	ASSERT_EQ(0, pthread_create(&receiver, NULL, receiver_main, &run));
	for (int i = 0; i < nr_actors; i++) {
		struct actor *actor = &actors[i];

		actor->run = &run;
		actor->random = self->seed + 2 * i;
		for (int j = 0; j < NR_PORTS && variant->writable; j++)
			actor->epfd[j] = epoll_new(watch_send(self->port[j]),
						   EPOLLET);
		ASSERT_EQ(0, pthread_create(&actor->thread, NULL,
					    i < NR_SENDERS ? sender_main :
							     mover_main,
					    actor));
	}

	for (round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&run.barrier);
		pthread_barrier_wait(&run.barrier);
		/* For some messages this is all that is ever told of them. */
		if (variant->moving)
			gather(&run);
		if (run.failed || !wait_until_drained(&run))
			break;
	}
	EXPECT_EQ(ROUNDS, round)
		TH_LOG("seed %u: sent %u, received %u", self->seed, run.sent,
		       run.received);
	run.stop = true;
	pthread_barrier_wait(&run.barrier);
	EXPECT_EQ(0, eventfd_write(run.stop_fd, 1));
	pthread_join(receiver, NULL);
	for (int i = 0; i < nr_actors; i++)
		pthread_join(actors[i].thread, NULL);

	/* Nothing is announced that is not there. */
	EXPECT_EQ(0, poll_now(machipc_fd));
	for (int i = 0; i < NR_SETS; i++)
		EXPECT_EQ(0, poll_now(watch_set(self->set[i])));
	for (int i = 0; i < NR_PORTS; i++)
		EXPECT_EQ(0, poll_now(watch_receive(self->port[i])));
}

TEST_HARNESS_MAIN
