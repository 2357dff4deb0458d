// SPDX-License-Identifier: GPL-2.0
/*
 * Regions that change, go away or cannot be had while they are sent or
 * received: one of the documented outcomes, nobody else is held up, and
 * nothing stays behind.
 */
#include "ool_utils.h"

#include <linux/userfaultfd.h>
#include <poll.h>

#define SIZE	(16 * PAGE)
/* So many times, or so long: who disturbs may be quicker to get a lock. */
#define ROUNDS	150
#define ROUNDS_MS	2000

/* A thread that disturbs until it is told to stop. */
struct disturber {
	pthread_t thread;
	void (*once)(struct disturber *disturber);
	char *data;
	struct message *msg;
	uint32_t turn;
	int fd;
	bool stop;
};

static void *disturber_main(void *data)
{
	struct disturber *disturber = data;

	while (!__atomic_load_n(&disturber->stop, __ATOMIC_ACQUIRE)) {
		disturber->turn++;
		disturber->once(disturber);
	}
	return NULL;
}

static bool disturber_start(struct disturber *disturber)
{
	return !pthread_create(&disturber->thread, NULL, disturber_main,
			       disturber);
}

static void disturber_stop(struct disturber *disturber)
{
	__atomic_store_n(&disturber->stop, true, __ATOMIC_RELEASE);
	pthread_join(disturber->thread, NULL);
}

/* Bytes that are never zero. */
static void disturb_contents(struct disturber *disturber)
{
	memset(disturber->data, disturber->turn | 1, SIZE);
}

/* What the region has in its middle goes away and comes back. */
static void disturb_mapping(struct disturber *disturber)
{
	char *page = disturber->data + SIZE / 2;

	munmap(page, PAGE);
	mmap(page, PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}

static void disturb_protection(struct disturber *disturber)
{
	mprotect(disturber->data + SIZE / 2, PAGE, PROT_NONE);
	mprotect(disturber->data + SIZE / 2, PAGE, PROT_READ | PROT_WRITE);
}

static void disturb_pages(struct disturber *disturber)
{
	madvise(disturber->data, SIZE, MADV_DONTNEED);
}

static void disturb_file(struct disturber *disturber)
{
	if (ftruncate(disturber->fd, SIZE / 2) ||
	    ftruncate(disturber->fd, SIZE))
		abort();
}

FIXTURE(race) {
	mach_port_name_t port;		/* R */
	struct disturber disturber;
	struct message rcv;
};

FIXTURE_VARIANT(race) {
	void (*once)(struct disturber *disturber);
	bool file;		/* the region is one of a shared file */
	bool vanish;		/* the region may be missing in part */
};

FIXTURE_VARIANT_ADD(race, contents) { .once = disturb_contents };
FIXTURE_VARIANT_ADD(race, contents_of_a_file) {
	.once = disturb_contents, .file = true,
};
FIXTURE_VARIANT_ADD(race, mapping) { .once = disturb_mapping, .vanish = true };
FIXTURE_VARIANT_ADD(race, protection) {
	.once = disturb_protection, .vanish = true,
};
FIXTURE_VARIANT_ADD(race, pages) { .once = disturb_pages };
FIXTURE_VARIANT_ADD(race, file) {
	.once = disturb_file, .file = true, .vanish = true,
};

FIXTURE_SETUP(race)
{
	struct disturber *disturber = &self->disturber;

	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	disturber->once = variant->once;
	disturber->data = pages_new(SIZE);
	if (variant->file) {
		disturber->fd = memfd_create("region", MFD_CLOEXEC);
		ASSERT_EQ(0, ftruncate(disturber->fd, SIZE));
		disturber->data = mmap(disturber->data, SIZE,
				       PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_FIXED, disturber->fd,
				       0);
	}
	memset(disturber->data, 1, SIZE);
	ASSERT_TRUE(disturber_start(disturber));
}

FIXTURE_TEARDOWN(race)
{
	disturber_stop(&self->disturber);
}

/* Only who changes contents says what may be seen; the size is always that. */
TEST_F(race, region_is_sent_in_one_piece_or_not_at_all)
{
	char *data = self->disturber.data;
	uint64_t end = now_ms() + ROUNDS_MS;

	for (int i = 0; i < ROUNDS && now_ms() < end; i++) {
		mach_msg_return_t mr = ool_send(self->port, data, SIZE, i % 2,
						0);
		mach_msg_ool_descriptor_t *ool;

		if (mr == MACH_SEND_INVALID_MEMORY && variant->vanish)
			continue;
		ASSERT_EQ(MACH_MSG_SUCCESS, mr);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		ool = message_ool(&self->rcv, 0);
		ASSERT_EQ(SIZE, ool->size);
		ASSERT_TRUE(variant->once != disturb_contents ||
			    !memchr(ool->address, 0, SIZE));
		ASSERT_TRUE(is_surrounded_by_zeros(ool->address, SIZE));
		ASSERT_EQ(0, region_free(ool->address, SIZE));
	}
}

FIXTURE(hostile) {
	mach_port_name_t port;		/* R */
	struct disturber disturber;
	struct message msg;
	struct message rcv;
};

FIXTURE_SETUP(hostile)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	ool_init(&self->msg, self->port);
	self->disturber.msg = &self->msg;
}

FIXTURE_TEARDOWN(hostile)
{
}

/* Turns the one region of the message into an array of names, and back. */
static void disturb_descriptor(struct disturber *disturber)
{
	mach_msg_ool_descriptor_t *ool = (void *)disturber->msg->port;

	switch (disturber->turn % 5) {
	case 0:
		ool->size = disturber->turn % 2 ? 64 : 2000;
		break;
	case 1:
		ool->type = disturber->turn % 5;
		break;
	case 2:
		disturber->msg->count = disturber->turn % 4;
		break;
	case 3:
		ool->copy = disturber->turn % 3;
		break;
	case 4:
		ool->pad1 = disturber->turn % 2 ? COPY_SEND : MAKE_SEND;
		break;
	}
}

TEST_F(hostile, message_that_changes_is_sent_as_one_of_what_it_was)
{
	char *names = pages_new(2 * PAGE);
	uint64_t end = now_ms() + ROUNDS_MS;
	int delivered = 0;

	message_add_ool(&self->msg, names, 64, VIRTUAL, 0);
	self->disturber.once = disturb_descriptor;
	ASSERT_TRUE(disturber_start(&self->disturber));
	for (int i = 0; i < 20 * ROUNDS && now_ms() < end; i++) {
		mach_msg_ool_descriptor_t *ool;

		switch (msg_trap(&self->msg, MACH_SEND_MSG, 28 + 16, 0, 0, 0)) {
		case MACH_MSG_SUCCESS:
			break;
		case MACH_SEND_INVALID_RIGHT:
		case MACH_SEND_INVALID_TYPE:
		case MACH_SEND_MSG_TOO_SMALL:
			continue;
		default:
			ASSERT_TRUE(false);
		}
		delivered++;
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		ASSERT_EQ(44, self->rcv.head.msgh_size);
		if (!self->rcv.count)
			continue;
		ool = message_ool(&self->rcv, 0);
		ASSERT_EQ(1, self->rcv.count);
		ASSERT_TRUE(ool->size == 64 || ool->size == 2000);
		ASSERT_NE(NULL, ool->address);
		if (ool->type == MACH_MSG_OOL_PORTS_DESCRIPTOR)
			ool->size *= 4;
		ASSERT_TRUE(bytes_are(ool->address, PAGE, 0));
		ASSERT_EQ(0, region_free(ool->address, ool->size));
	}
	disturber_stop(&self->disturber);
	EXPECT_LT(0, delivered);
}

/* Unmaps where the region was that was received before. */
static void disturb_receiver(struct disturber *disturber)
{
	char *data = __atomic_load_n(&disturber->data, __ATOMIC_RELAXED);

	if (data)
		munmap(data, SIZE);
}

TEST_F(hostile, memory_that_goes_away_while_it_is_received_is_lost)
{
	char *data = pages_new(SIZE);
	uint64_t end = now_ms() + ROUNDS_MS;
	int received = 0;

	self->disturber.once = disturb_receiver;
	ASSERT_TRUE(disturber_start(&self->disturber));
	for (int i = 0; i < 4 * ROUNDS && now_ms() < end; i++) {
		mach_msg_ool_descriptor_t *ool;
		mach_msg_return_t mr;

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_send(self->port, data, SIZE, i % 2, 0));
		mr = msg_receive(self->port, &self->rcv);
		ool = message_ool(&self->rcv, 0);
		switch (mr) {
		case MACH_MSG_SUCCESS:
			received++;
			ASSERT_EQ(SIZE, ool->size);
			ASSERT_NE(NULL, ool->address);
			__atomic_store_n(&self->disturber.data, ool->address,
					 __ATOMIC_RELAXED);
			break;
		case MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE:
		case MACH_RCV_BODY_ERROR | MACH_MSG_VM_KERNEL:
			ASSERT_EQ(0, ool->size);
			ASSERT_EQ(NULL, ool->address);
			break;
		default:
			ASSERT_EQ(MACH_MSG_SUCCESS, mr);
		}
	}
	disturber_stop(&self->disturber);
	EXPECT_LT(0, received);
	EXPECT_EQ(0, object_excess("bytes"));
}

/* So many that receiving them takes long. */
#define CROWD	60000

static void receive_crowd(struct __test_metadata *_metadata, void *data)
{
	const mach_msg_size_t size = 28 + CROWD * 16;
	struct message *msg = calloc(1, size + sizeof(mach_msg_max_trailer_t));
	mach_port_name_t port;

	ASSERT_NE(NULL, msg);
	ASSERT_EQ(0, space_open());
	port = port_new();
	ool_init(msg, port);
	for (int i = 0; i < CROWD; i++)
		message_add_ool(msg, data, 1, VIRTUAL, 0);
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(msg, MACH_SEND_MSG | MACH_RCV_MSG, size,
			   size + sizeof(mach_msg_max_trailer_t), port, 0));
}

/*
 * Waits until the address space of a process has more than @pages. A kernel
 * that checks itself takes its time: the limit is that of the test.
 */
static bool wait_until_larger(pid_t pid, long pages)
{
	uint64_t end = now_ms() + TEST_SLOW * 1000;
	long now = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	while (now <= pages && now_ms() < end) {
		nap();
		file = fopen(path, "r");
		if (!file || fscanf(file, "%ld", &now) != 1)
			now = 0;
		if (file)
			fclose(file);
	}
	return now > pages;
}

/* The kill ends the copying: most of the memory has never been there. */
TEST_F_TIMEOUT(hostile, receiver_of_many_regions_can_be_killed, TEST_SLOW)
{
	pid_t child = child_start(_metadata, receive_crowd, self);
	struct rusage usage = {};
	int status;

	ASSERT_TRUE(wait_until_larger(child, address_space_pages() + CROWD));
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, wait4(child, &status, 0, &usage));
	EXPECT_EQ(SIGKILL, WTERMSIG(status));
	EXPECT_GT(CROWD / 2 * PAGE / 1024, usage.ru_maxrss);
}

/*
 * Memory that is not there until the test provides it: whoever touches it
 * sleeps, in the kernel too.
 */
struct stall {
	int fd;
	char *data;		/* two pages, of which the second one stalls */
};

static bool stall_new(struct stall *stall)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = {
		.range.len = PAGE,
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	stall->data = pages_new(2 * PAGE);
	stall->fd = syscall(__NR_userfaultfd, O_CLOEXEC);
	if (stall->fd < 0 || !stall->data)
		return false;
	pattern_fill(stall->data, PAGE, 1);
	area.range.start = (uintptr_t)stall->data + PAGE;
	return !ioctl(stall->fd, UFFDIO_API, &api) &&
	       !ioctl(stall->fd, UFFDIO_REGISTER, &area);
}

/* Waits until somebody has touched the second page. */
static bool stall_wait(struct stall *stall)
{
	struct pollfd poll_fd = { .fd = stall->fd, .events = POLLIN };
	struct uffd_msg event;

	return poll(&poll_fd, 1, TEST_PATIENCE) == 1 &&
	       read(stall->fd, &event, sizeof(event)) == sizeof(event) &&
	       event.event == UFFD_EVENT_PAGEFAULT;
}

static bool stall_end(struct stall *stall)
{
	char *page = pattern_new(PAGE, 2);
	struct uffdio_copy copy = {
		.dst = (uintptr_t)stall->data + PAGE,
		.src = (uintptr_t)page,
		.len = PAGE,
	};

	return !ioctl(stall->fd, UFFDIO_COPY, &copy);
}

FIXTURE(stall) {
	mach_port_name_t port;		/* R */
	mach_port_name_t send;		/* S(1) */
	struct stall stall;
	struct msg_thread thread;
	struct message rcv;
};

FIXTURE_SETUP(stall)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	self->send = port_new_parked(port_new());
	if (!stall_new(&self->stall))
		self->stall.fd = -1;
}

FIXTURE_TEARDOWN(stall)
{
}

/* Starts a thread that sends the region, and lets it fall asleep over it. */
static bool stalled_send(FIXTURE_DATA(stall) *self, uint8_t deallocate)
{
	struct message *msg = &self->thread.msg;

	ool_init(msg, self->port);
	message_add_right(msg, self->send, MOVE_SEND);
	message_add_ool(msg, self->stall.data, 2 * PAGE, VIRTUAL, deallocate);
	msg->head.msgh_id = 99;
	self->thread.option = MACH_SEND_MSG;
	return msg_thread_start(&self->thread) && stall_wait(&self->stall);
}

/* Uses everything that the sleeper could have locked. */
static bool space_is_usable(mach_port_name_t port)
{
	mach_port_name_t other = port_new_send();
	mach_port_name_t pset = pset_new();
	struct message msg;

	return msg_send_id(port, MAKE_SEND, 5) == MACH_MSG_SUCCESS &&
	       msg_receive_id(port) == 5 &&
	       msg_send_right(other, COPY_SEND, port, MAKE_SEND) ==
		       MACH_MSG_SUCCESS &&
	       msg_receive(other, &msg) == MACH_MSG_SUCCESS &&
	       port_deallocate(port) == KERN_SUCCESS &&
	       port_insert_member(port, pset) == KERN_SUCCESS &&
	       msg_receive(pset, &msg) == MACH_RCV_TIMED_OUT &&
	       port_destroy(pset) == KERN_SUCCESS &&
	       port_destroy(other) == KERN_SUCCESS && name_count() > 0;
}

TEST_F(stall, sender_that_waits_for_its_memory_holds_up_nobody)
{
	mach_msg_ool_descriptor_t *ool;

	if (self->stall.fd < 0)
		SKIP(return, "no userfaultfd");
	ASSERT_TRUE(stalled_send(self, 1));
	EXPECT_TRUE(space_is_usable(self->port));
	EXPECT_FALSE(msg_thread_done(&self->thread));
	ASSERT_TRUE(stall_end(&self->stall));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&self->thread));
	EXPECT_EQ(0, pages_mapped(self->stall.data, 2));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_EQ(99, self->rcv.head.msgh_id);
	ool = message_ool(&self->rcv, 1);
	ASSERT_EQ(2 * PAGE, ool->size);
	EXPECT_TRUE(pattern_is(ool->address, PAGE, 1));
	EXPECT_TRUE(pattern_is(ool->address + PAGE, PAGE, 2));
}

/* M-63 */
TEST_F(stall, region_that_goes_away_under_the_copy_is_invalid)
{
	if (self->stall.fd < 0)
		SKIP(return, "no userfaultfd");
	ASSERT_TRUE(stalled_send(self, 1));
	ASSERT_EQ(0, munmap(self->stall.data + PAGE, PAGE));
	ASSERT_EQ(0, close(self->stall.fd));
	EXPECT_EQ(MACH_SEND_INVALID_MEMORY, msg_thread_join(&self->thread));
	EXPECT_EQ(1, pages_mapped(self->stall.data, 2));
	/* What was taken before is gone with the message. */
	EXPECT_FALSE(port_exists(self->send));
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(self->port, &self->rcv));
}

TEST_F(stall, door_can_be_closed_during_a_send)
{
	if (self->stall.fd < 0)
		SKIP(return, "no userfaultfd");
	ASSERT_TRUE(stalled_send(self, 0));
	ASSERT_EQ(0, space_close());
	ASSERT_TRUE(stall_end(&self->stall));
	/* The port has died: too late to tell the sender. */
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&self->thread));
	EXPECT_TRUE(objects_settled());
}

/* The rights were taken before the region: they die with the message. */
TEST_F(stall, destination_that_dies_during_a_send_takes_the_message)
{
	mach_port_name_t moved = self->send;

	if (self->stall.fd < 0)
		SKIP(return, "no userfaultfd");
	ASSERT_TRUE(stalled_send(self, 1));
	EXPECT_FALSE(port_exists(moved));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
	ASSERT_TRUE(stall_end(&self->stall));
	/* Too late to tell the sender. */
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_thread_join(&self->thread));
	EXPECT_EQ(0, pages_mapped(self->stall.data, 2));
	EXPECT_FALSE(port_exists(self->port));
}

/* A child that sends a region which it will never get. */
static void send_for_ever(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect();
	mach_port_name_t moved = port_new_send();
	struct stall stall;
	struct message msg;

	ASSERT_TRUE(stall_new(&stall));
	message_init(&msg, parent, COPY_SEND, MACH_PORT_NULL, 0);
	message_add_right(&msg, moved, MOVE_RECEIVE);
	message_add_ool(&msg, pattern_new(SIZE, 1), SIZE, VIRTUAL, 1);
	message_add_ool(&msg, stall.data, 2 * PAGE, VIRTUAL, 1);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(parent, COPY_SEND, 1));
	msg_send(&msg);
	EXPECT_TRUE(false);
}

/* A child that is sent a region and cannot store the message. */
static void receive_for_ever(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect();
	mach_port_name_t own = port_new();
	struct stall stall;

	ASSERT_TRUE(stall_new(&stall));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_send(own, pattern_new(SIZE, 1), SIZE, VIRTUAL, 1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(parent, COPY_SEND, 1));
	msg_trap(stall.data + PAGE - 24, MACH_RCV_MSG, 0, PAGE, own, 0);
	EXPECT_TRUE(false);
}

/* Waits until the process sleeps over a page of its own. */
static bool wait_until_stalled(pid_t pid)
{
	uint64_t end = now_ms() + TEST_PATIENCE;
	char path[64], wchan[64];

	snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
	for (; now_ms() < end; nap()) {
		FILE *file = fopen(path, "r");

		wchan[0] = 0;
		if (file && fscanf(file, "%63s", wchan) != 1)
			wchan[0] = 0;
		if (file)
			fclose(file);
		if (!strcmp(wchan, "handle_userfault"))
			return true;
	}
	return false;
}

TEST_F(stall, process_that_is_killed_at_it_leaves_nothing)
{
	child_role * const roles[] = { send_for_ever, receive_for_ever };

	if (self->stall.fd < 0)
		SKIP(return, "no userfaultfd");
	ASSERT_TRUE(parent_publish(self->port));
	for (int i = 0; i < ARRAY_SIZE(roles); i++) {
		long bytes = object_excess("bytes");
		long kmsgs = object_excess("kmsgs");
		long ports = object_excess("ports");
		pid_t child = child_start(_metadata, roles[i], NULL);

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive_wait(self->port, &self->rcv));
		EXPECT_EQ(1, self->rcv.head.msgh_id);
		EXPECT_TRUE(wait_until_stalled(child));
		EXPECT_TRUE(child_kill(child));
		EXPECT_EQ(kmsgs, object_excess("kmsgs"));
		EXPECT_EQ(bytes, object_excess("bytes"));
		EXPECT_EQ(ports, object_excess("ports"));
	}
}

/* A receive into a buffer that stalls behind the header. */
struct receiver {
	pthread_t thread;
	struct message *msg;
	mach_port_name_t port;
	mach_msg_return_t mr;
};

static void *receiver_main(void *data)
{
	struct receiver *receiver = data;

	receiver->mr = msg_trap(receiver->msg, MACH_RCV_MSG, 0, PAGE,
				receiver->port, 0);
	return NULL;
}

static bool
stalled_receive(FIXTURE_DATA(stall) *self, struct receiver *receiver)
{
	receiver->msg = (void *)(self->stall.data + PAGE - 24);
	receiver->port = self->port;
	return !pthread_create(&receiver->thread, NULL, receiver_main,
			       receiver) &&
	       stall_wait(&self->stall);
}

static mach_msg_return_t receiver_join(struct receiver *receiver)
{
	return pthread_join(receiver->thread, NULL) ? TEST_POISON :
						      receiver->mr;
}

TEST_F(stall, receiver_that_waits_for_its_memory_holds_up_nobody)
{
	mach_port_name_t names[2] = { self->send, self->send };
	struct receiver receiver;
	struct message msg;

	if (self->stall.fd < 0)
		SKIP(return, "no userfaultfd");
	ool_init(&msg, self->port);
	message_add_ool(&msg, self->stall.data, PAGE, VIRTUAL, 0);
	message_add_ool_ports(&msg, names, 2, COPY_SEND, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	ASSERT_TRUE(stalled_receive(self, &receiver));
	EXPECT_TRUE(space_is_usable(self->port));
	ASSERT_TRUE(stall_end(&self->stall));
	EXPECT_EQ(MACH_MSG_SUCCESS, receiver_join(&receiver));
	EXPECT_EQ(self->send, message_names(receiver.msg, 1)[1]);
	EXPECT_TRUE(pattern_is(message_ool(receiver.msg, 0)->address, PAGE,
			       1));
}

/*
 * The right is in the space while its message is still being stored. Who drops
 * it meanwhile has dropped it: there is nothing to take back.
 */
TEST_F(stall, right_that_is_dropped_while_it_is_received_is_not_taken_back)
{
	mach_port_name_t carried = port_new_send();
	struct receiver receiver;
	struct message msg;

	if (self->stall.fd < 0)
		SKIP(return, "no userfaultfd");
	message_init(&msg, self->port, MAKE_SEND, MACH_PORT_NULL, 0);
	message_add_right(&msg, carried, MAKE_SEND);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	ASSERT_EQ(1, port_send_refs(carried));
	ASSERT_TRUE(stalled_receive(self, &receiver));
	ASSERT_EQ(2, port_send_refs(carried));
	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(carried, MACH_PORT_RIGHT_SEND, -2));
	ASSERT_EQ(0, munmap(self->stall.data + PAGE, PAGE));
	ASSERT_EQ(0, close(self->stall.fd));
	EXPECT_EQ(MACH_RCV_INVALID_DATA, receiver_join(&receiver));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(carried));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->port));
}

/* The memory of a message that is lost goes with it. */
TEST_F(stall, receive_buffer_that_goes_away_loses_the_message)
{
	struct receiver receiver = { .port = MACH_PORT_NULL };
	struct message msg;
	long pages;

	if (self->stall.fd < 0)
		SKIP(return, "no userfaultfd");
	/* A first thread's stack stays for the next one. */
	ASSERT_EQ(0, pthread_create(&receiver.thread, NULL, receiver_main,
				    &receiver));
	EXPECT_EQ(MACH_RCV_INVALID_NAME, receiver_join(&receiver));

	ool_init(&msg, self->port);
	message_add_ool(&msg, self, sizeof(*self), VIRTUAL, 0);
	message_add_ool_ports(&msg, &self->send, 1, MOVE_SEND, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	pages = address_space_pages();
	ASSERT_TRUE(stalled_receive(self, &receiver));
	EXPECT_LT(pages, address_space_pages());
	ASSERT_EQ(0, munmap(self->stall.data + PAGE, PAGE));
	ASSERT_EQ(0, close(self->stall.fd));
	EXPECT_EQ(MACH_RCV_INVALID_DATA, receiver_join(&receiver));
	EXPECT_EQ(pages - 1, address_space_pages());
	EXPECT_FALSE(port_exists(self->send));
	EXPECT_EQ(0, port_status(self->port).mps_msgcount);
}

TEST_HARNESS_MAIN
