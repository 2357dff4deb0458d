// SPDX-License-Identifier: GPL-2.0
/*
 * A hundred thousand random messages, good and bad, simple and with any
 * descriptors, that are received with random options into random buffers.
 * What comes out is well-formed, and when all names and memory are given up
 * nothing is left: no object, and no memory of the kernel.
 *
 * MACHIPC_SEED in the environment makes the same choices again:
 * make test T="MACHIPC_SEED=1 msg_random_test"
 */
#include "ool_utils.h"

#include <stdlib.h>
#include <sys/random.h>

#define MESSAGES	100000
#define BATCH		100	/* messages between two clean states */
#define WARM_UP		2000	/* messages after which nothing grows */
#define PAGES		8	/* of the memory that a message is made from */
#define POOL		16
#define NAMES		12	/* of an array, at most */

/* A machine that is slow, or busy, gets so many seconds. */
#define PATIENCE	80

/*
 * What the system may use meanwhile for other things, or have set aside. One
 * lost page in ten messages would be more, and so would a lost small object
 * in five.
 */
#define AVAILABLE_TOLERANCE	(32L << 20)
#define SLAB_TOLERANCE		(2L << 20)

FIXTURE(random) {
	uint32_t seed;
	mach_port_name_t port;		/* R, the destination */
	mach_port_name_t parking;	/* R */
	mach_port_name_t pool[POOL];
	char *pages;
	bool holes;			/* a message may have taken some away */
	char *edge;			/* where a receive buffer may end */
	struct message msg;
	struct message rcv;
};

static uint32_t choose_seed(void)
{
	const char *chosen = getenv("MACHIPC_SEED");
	uint32_t seed = 0;

	if (chosen)
		seed = strtoul(chosen, NULL, 0);
	while (!seed)
		if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
			return 1;
	return seed;
}

FIXTURE_SETUP(random)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->seed = choose_seed();
	TH_LOG("MACHIPC_SEED=%u", self->seed);
	self->edge = memory_edge();
	ASSERT_NE(NULL, self->edge);
	self->pages = pages_new((PAGES + 1) * PAGE);
	ASSERT_NE(NULL, self->pages);
	self->holes = true;
}

FIXTURE_TEARDOWN(random)
{
}

/* The next number of a sequence, below @limit. */
static uint32_t next(FIXTURE_DATA(random) *self, uint32_t limit)
{
	self->seed ^= self->seed << 13;
	self->seed ^= self->seed >> 17;
	self->seed ^= self->seed << 5;
	return (self->seed >> 3) % limit;
}

static bool renew_port(mach_port_name_t *name)
{
	if (port_type(*name) & MACH_PORT_TYPE_RECEIVE)
		return true;
	*name = port_new();
	return *name != MACH_PORT_NULL;
}

/* Ports that have been sent or have died are replaced. */
static bool renew_ports(FIXTURE_DATA(random) *self)
{
	return renew_port(&self->port) && renew_port(&self->parking);
}

/* Rights of all kinds, and names that are none. */
static bool renew_pool(FIXTURE_DATA(random) *self)
{
	mach_port_name_t *name = self->pool;

	if (!renew_ports(self) || !port_widen(self->parking))
		return false;
	for (int i = 0; i < 4; i++)
		*name++ = port_new_parked_sends(self->parking, 20);
	for (int i = 0; i < 3; i++)
		*name++ = port_new_send_once(self->parking);
	for (int i = 0; i < 3; i++)
		*name++ = port_new_send();
	*name++ = port_new();
	*name++ = dead_name_new(3);
	*name++ = stale_name();
	*name++ = self->port;
	*name++ = MACH_PORT_NULL;
	*name++ = MACH_PORT_DEAD;
	return name == self->pool + POOL;
}

static mach_port_name_t next_name(FIXTURE_DATA(random) *self)
{
	return self->pool[next(self, next(self, 4) ? 4 : POOL)];
}

static uint8_t next_disposition(FIXTURE_DATA(random) *self)
{
	return next(self, 10) ? COPY_SEND - next(self, 2) * 2 :
				14 + next(self, 12);
}

/* An address in the pages, at their end, or nowhere. */
static const void *next_address(FIXTURE_DATA(random) *self)
{
	switch (next(self, 20)) {
	case 0:
		return self->pages + PAGES * PAGE - next(self, 50);
	case 1:
		return (void *)(uintptr_t)next(self, 5000);
	case 2:
		return (void *)-(uintptr_t)next(self, 5000);
	default:
		return self->pages + next(self, PAGES * PAGE);
	}
}

static uint32_t next_size(FIXTURE_DATA(random) *self)
{
	switch (next(self, 10)) {
	case 0:
		return 0;
	case 1:
		return -next(self, 5000);
	default:
		return next(self, 3 * PAGE);
	}
}

static uint8_t next_copy(FIXTURE_DATA(random) *self)
{
	return next(self, 30) ? next(self, 2) : next(self, 5);
}

static void add_descriptor(FIXTURE_DATA(random) *self)
{
	mach_port_name_t *names = (void *)(self->pages + PAGE);
	mach_msg_ool_ports_descriptor_t *ports;
	mach_msg_ool_descriptor_t *ool;

	switch (next(self, 10)) {
	case 0:
		message_add_right(&self->msg, next_name(self),
				  next_disposition(self));
		((mach_msg_port_descriptor_t *)
		 message_desc(&self->msg, self->msg.count - 1))->type =
			next(self, 8) ? 0 : 4 + next(self, 252);
		break;
	case 1:
	case 2:
	case 3:
		message_add_right(&self->msg, next_name(self),
				  next_disposition(self));
		break;
	case 4:
	case 5:
	case 6:
		for (int i = 0; i < NAMES; i++)
			names[i] = next_name(self);
		ports = message_add_ool_ports(&self->msg, names,
					      next(self, NAMES + 1),
					      next_disposition(self),
					      !next(self, 8));
		ports->copy = next_copy(self);
		self->holes |= ports->deallocate;
		if (!next(self, 20))
			ports->address = (void *)next_address(self);
		if (!next(self, 20))
			ports->count = next_size(self);
		break;
	default:
		ool = message_add_ool(&self->msg, next_address(self),
				      next_size(self), next_copy(self),
				      !next(self, 8));
		self->holes |= ool->deallocate;
		if (next(self, 2))
			ool->type = MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
	}
}

static void add_inline(FIXTURE_DATA(random) *self)
{
	uint32_t size = 4 * next(self, next(self, 8) ? 20 : 200);

	memset((char *)&self->msg + self->msg.head.msgh_size, next(self, 256),
	       size);
	self->msg.head.msgh_size += size;
}

static void add_body(FIXTURE_DATA(random) *self)
{
	uint32_t count = next(self, 4);

	self->msg.head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	self->msg.head.msgh_size += 4;
	self->msg.count = 0;
	while (count--)
		add_descriptor(self);
	if (!next(self, 30))
		self->msg.count = next(self, 20);
}

/* Something about the header that may be wrong. */
static void vary_header(FIXTURE_DATA(random) *self)
{
	mach_msg_header_t *head = &self->msg.head;

	switch (next(self, 20)) {
	case 0:
		head->msgh_size -= next(self, 20);
		break;
	case 1:
		head->msgh_remote_port = next_name(self);
		break;
	case 2:
		head->msgh_remote_port = next_name(self);
		head->msgh_bits &= ~MACH_MSGH_BITS_REMOTE_MASK;
		head->msgh_bits |= next_disposition(self);
		break;
	case 3:
		head->msgh_bits |= next(self, 32) << 16;
		head->msgh_voucher_port = next(self, 2) ? next_name(self) : 0;
		break;
	case 4:
		head->msgh_bits |= next(self, 32) << 8;
		head->msgh_local_port = next_name(self);
		break;
	case 5:
	case 6:
	case 7:
		head->msgh_bits |= MACH_MSGH_BITS(0, MAKE_SEND_ONCE);
		head->msgh_local_port = self->parking;
		break;
	}
}

/* Memory again where messages have taken it away; the last page cannot be used. */
static bool mend_pages(FIXTURE_DATA(random) *self)
{
	if (!self->holes)
		return true;
	self->holes = false;
	return mmap(self->pages, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	       self->pages &&
	       !mprotect(self->pages + PAGES * PAGE, PAGE, PROT_NONE);
}

static bool make_message(FIXTURE_DATA(random) *self)
{
	if (!mend_pages(self))
		return false;
	ool_init(&self->msg, self->port);
	if (next(self, 5) < 2)
		add_body(self);
	add_inline(self);
	vary_header(self);
	return true;
}

static void free_name(mach_port_name_t name, uint8_t disposition)
{
	switch (disposition) {
	case MACH_MSG_TYPE_PORT_RECEIVE:
		port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1);
		break;
	case MACH_MSG_TYPE_PORT_SEND:
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		port_deallocate(name);
		break;
	}
}

/* Frees what the descriptors brought. Returns what is wrong with one of them. */
static const char *free_message(struct message *msg)
{
	for (uint32_t i = 0; i < msg->count; i++) {
		mach_msg_ool_ports_descriptor_t *ports;
		mach_msg_ool_descriptor_t *ool = message_ool(msg, i);
		mach_msg_port_descriptor_t *right;
		size_t size = ool->size;

		switch (ool->type) {
		case MACH_MSG_PORT_DESCRIPTOR:
			right = message_right(msg, i);
			if (right->pad1 || right->pad2)
				return "pad of a port descriptor";
			if (right->disposition > 18)
				return "disposition of a port descriptor";
			free_name(right->name, right->disposition);
			continue;
		case MACH_MSG_OOL_PORTS_DESCRIPTOR:
			ports = message_ool_ports(msg, i);
			if (ports->copy != 1 || !ports->deallocate)
				return "copy option of an array";
			if (ports->disposition > 18)
				return "disposition of an array";
			for (uint32_t j = 0; j < ports->count; j++)
				free_name(message_names(msg, i)[j],
					  ports->disposition);
			size = ports->count * 4;
			break;
		case MACH_MSG_OOL_DESCRIPTOR:
		case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
			if (ool->pad1)
				return "pad of a region";
			if (ool->copy > 1 || ool->deallocate != ool->copy)
				return "copy option of a region";
			break;
		default:
			return "type";
		}
		if (!size != !ool->address)
			return "address and size";
		if (!size)
			continue;
		if (!is_surrounded_by_zeros(ool->address, size))
			return "bytes around the memory";
		if (region_free(ool->address, size))
			return "memory";
	}
	return NULL;
}

/* Returns what is wrong. */
static const char *receive_somehow(FIXTURE_DATA(random) *self)
{
	static const mach_msg_size_t sizes[] = { 0, 24, 40, 100, 1024 };
	mach_msg_option_t option = MACH_RCV_MSG | MACH_RCV_TIMEOUT |
				   MACH_RCV_TRAILER_ELEMENTS(next(self, 9));
	mach_msg_size_t size = sizes[next(self, ARRAY_SIZE(sizes))];
	void *buffer = &self->rcv;

	if (!next(self, 6))
		buffer = self->edge - next(self, 300);
	if (next(self, 3))
		size = sizeof(self->rcv);
	if (next(self, 2))
		option |= MACH_RCV_LARGE;
	switch (msg_trap(buffer, option, 0, size, self->port, 0)) {
	case MACH_MSG_SUCCESS:
		if (buffer != &self->rcv) {
			memcpy(&self->rcv, buffer, 24);
			memcpy(&self->rcv, buffer, self->rcv.head.msgh_size);
		}
		free_name(self->rcv.head.msgh_remote_port,
			  MACH_MSGH_BITS_REMOTE(self->rcv.head.msgh_bits));
		/* One that is only a header may say that it is complex. */
		if (!(self->rcv.head.msgh_bits & MACH_MSGH_BITS_COMPLEX) ||
		    self->rcv.head.msgh_size < sizeof(mach_msg_base_t))
			return NULL;
		return free_message(&self->rcv);
	case MACH_RCV_TOO_LARGE:
	case MACH_RCV_INVALID_DATA:
	case MACH_RCV_INVALID_NAME:	/* sent to itself */
	case MACH_RCV_TIMED_OUT:
		return NULL;
	}
	return "result of a receive";
}

/* Destroys all names, and what they hold. */
static bool free_names(void)
{
	static mach_port_name_t names[65536];
	static mach_port_type_t types[65536];
	uint32_t count = ARRAY_SIZE(names);

	if (port_names(names, types, &count) || count > ARRAY_SIZE(names))
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (names[i] != self_task())
			port_destroy(names[i]);
	return name_count() == 1;
}

/* Sends one message. Returns what is wrong. */
static const char *send_somehow(FIXTURE_DATA(random) *self, int *sent)
{
	mach_msg_return_t mr;

	if (!make_message(self))
		return "memory to send";
	mr = msg_send(&self->msg);
	*sent += mr == MACH_MSG_SUCCESS;
	if (mr == MACH_SEND_TIMED_OUT &&
	    self->msg.head.msgh_bits & MACH_MSGH_BITS_COMPLEX &&
	    self->msg.head.msgh_size >= sizeof(mach_msg_base_t))
		return free_message(&self->msg);
	return NULL;
}

/* A number from a file of the system that is given there in KiB. */
static long memory_read(const char *file, const char *format)
{
	FILE *stream = fopen(file, "r");
	char line[128];
	long kib = -1;

	while (stream && kib < 0 && fgets(line, sizeof(line), stream))
		sscanf(line, format, &kib);
	if (stream)
		fclose(stream);
	return kib * 1024;
}

/*
 * Free memory that nobody calls available: processors keep it for themselves,
 * and the module for the next large message.
 */
static long memory_set_aside(void)
{
	FILE *stream = fopen("/proc/zoneinfo", "r");
	long pages, sum = object_excess("pages");
	char line[128];

	while (stream && fgets(line, sizeof(line), stream))
		if (sscanf(line, " count: %ld", &pages) == 1)
			sum += pages;
	if (stream)
		fclose(stream);
	return sum * PAGE;
}

/* Memory of the kernel and its users, and of the kernel's small objects. */
struct memory {
	long available;
	long slab;
	long own;
};

static struct memory memory_now(void)
{
	return (struct memory) {
		.available = memory_read("/proc/meminfo", "MemAvailable: %ld") +
			     memory_set_aside(),
		.slab = memory_read("/proc/meminfo", "Slab: %ld"),
		.own = address_space_pages() * PAGE,
	};
}

/* Returns how many were sent with success, -1 if something was wrong. */
static int exchange(struct __test_metadata *_metadata,
		    FIXTURE_DATA(random) *self, int count)
{
	const char *wrong;
	int sent = 0;

	for (int i = 0; i < count; i++) {
		if (i % BATCH == 0 && (!free_names() || !renew_pool(self)))
			return -1;
		wrong = renew_ports(self) ? send_somehow(self, &sent) : "port";
		if (!wrong && next(self, 3))
			wrong = receive_somehow(self);
		if (wrong) {
			TH_LOG("message %d: %s", i, wrong);
			return -1;
		}
	}
	return free_names() ? sent : -1;
}

TEST_F_TIMEOUT(random, nothing_is_left_of_random_messages, TEST_SLOW)
{
	uint64_t begin = now_ms();
	struct memory before, after;
	int done = 0;
	int sent;

	ASSERT_LE(0, exchange(_metadata, self, WARM_UP));
	before = memory_now();
	while (done < MESSAGES && now_ms() - begin < PATIENCE * 1000) {
		sent = exchange(_metadata, self, WARM_UP);
		ASSERT_LT(WARM_UP / 10, sent);
		done += WARM_UP;
		ASSERT_EQ(0, object_excess("kmsgs"));
		ASSERT_EQ(0, object_excess("bytes"));
	}
	after = memory_now();
	TH_LOG("%d messages in %d ms; bytes less available: %ld, more in slabs: %ld",
	       done, (int)(now_ms() - begin),
	       before.available - after.available, after.slab - before.slab);
	ASSERT_LT(0, before.available);
	EXPECT_GT(AVAILABLE_TOLERANCE, before.available - after.available);
	EXPECT_GT(SLAB_TOLERANCE, after.slab - before.slab);
	EXPECT_LE(after.own, before.own);
}

TEST_HARNESS_MAIN
