// SPDX-License-Identifier: GPL-2.0
/*
 * libmachipc: port descriptors, and waiting for messages as with kevent().
 */
#include "poll_utils.h"

#include <mach/mach.h>
#include <machipc.h>
#include <machipc/kevent.h>

#define MESSAGE_SIZE	sizeof(mach_msg_header_t)
#define TRAILER_SIZE	sizeof(mach_msg_trailer_t)

/* A class and an override, in the encoding of services.md 3.1. */
#define SOME_QOS	0x1000

FIXTURE(kevent) {
	struct machipc_kqueue *kq;
	mach_port_t port;		/* R + S(1) */
	mach_port_t set;
	struct message msg;		/* a receive buffer */
	struct machipc_kevent event;	/* the last event */
};

FIXTURE_SETUP(kevent)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->kq = machipc_kqueue_create();
	ASSERT_NE(NULL, self->kq);
	self->port = port_new_send();
	self->set = pset_new();
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	ASSERT_EQ(KERN_SUCCESS, port_extract_member(self->port, self->set));
}

FIXTURE_TEARDOWN(kevent)
{
	machipc_kqueue_destroy(self->kq);
}

static struct machipc_kevent change(mach_port_name_t name, uint16_t flags,
				    uint32_t fflags)
{
	return (struct machipc_kevent){
		.ident = name,
		.filter = EVFILT_MACHPORT,
		.flags = flags,
		.fflags = fflags,
		.qos = SOME_QOS,
		.udata = name + 1ULL,
	};
}

/* Makes a change for which no event is expected; the errno. */
static int make_change(struct machipc_kqueue *kq, struct machipc_kevent change)
{
	return machipc_kevent(kq, &change, 1, NULL, 0, NULL, NULL, NULL) ?
	       errno : 0;
}

static int add(struct machipc_kqueue *kq, mach_port_name_t name,
	       uint16_t flags, uint32_t fflags)
{
	return make_change(kq, change(name, EV_ADD | flags, fflags));
}

/* One event, if there is one within so many milliseconds. */
static int wait_event(struct machipc_kqueue *kq, struct machipc_kevent *event,
		      int ms)
{
	struct timespec timeout = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000,
	};

	memset(event, 0xa5, sizeof(*event));
	return machipc_kevent(kq, NULL, 0, event, 1, NULL, NULL, &timeout);
}

/* S-98 */
TEST_F(kevent, event_without_receive_names_the_port_and_leaves_the_message)
{
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	ASSERT_EQ(0, add(self->kq, self->set, 0, 0));
	EXPECT_EQ(0, wait_event(self->kq, &self->event, 0));
	ASSERT_EQ(0, port_post(self->port));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(1, wait_event(self->kq, &self->event, 0));
		EXPECT_EQ(self->set, self->event.ident);
		EXPECT_EQ(EVFILT_MACHPORT, self->event.filter);
		EXPECT_EQ(0, self->event.flags);
		EXPECT_EQ(0, self->event.fflags);
		EXPECT_EQ(self->port, self->event.data);
		EXPECT_EQ(self->set + 1ULL, self->event.udata);
	}
	EXPECT_EQ(1, msg_receive_id(self->set));
	EXPECT_EQ(0, wait_event(self->kq, &self->event, 0));
}

static int add_receive(FIXTURE_DATA(kevent) * self, mach_port_name_t name,
		       uint32_t fflags, uint64_t size)
{
	struct machipc_kevent kev = change(name, EV_ADD,
					   MACH_RCV_MSG | fflags);

	memset(&self->msg, 0xa5, sizeof(self->msg));
	kev.ext[0] = (uintptr_t)&self->msg;
	kev.ext[1] = size;
	return make_change(self->kq, kev);
}

TEST_F(kevent, event_with_receive_has_the_message)
{
	ASSERT_EQ(0, add_receive(self, self->port,
				 MACH_RCV_TRAILER_ELEMENTS(3),
				 sizeof(self->msg)));
	ASSERT_EQ(0, port_post(self->port));
	ASSERT_EQ(1, wait_event(self->kq, &self->event, TEST_PATIENCE));
	EXPECT_EQ(MACH_MSG_SUCCESS, self->event.fflags);
	EXPECT_EQ((uintptr_t)&self->msg, self->event.ext[0]);
	EXPECT_EQ(MESSAGE_SIZE + 52, self->event.ext[1]);
	EXPECT_EQ(0, self->event.data);
	EXPECT_EQ(1, self->msg.head.msgh_id);
	EXPECT_EQ(self->port, self->msg.head.msgh_local_port);
	EXPECT_EQ(-1, msg_receive_id(self->port));
	EXPECT_EQ(0, wait_event(self->kq, &self->event, 0));
}

/* S-98 */
TEST_F(kevent, buffer_one_byte_short_tells_the_size_and_the_name)
{
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	ASSERT_EQ(0, add_receive(self, self->set,
				 MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY,
				 MESSAGE_SIZE + TRAILER_SIZE - 1));
	ASSERT_EQ(0, port_post(self->port));
	ASSERT_EQ(1, wait_event(self->kq, &self->event, TEST_PATIENCE));
	EXPECT_EQ(MACH_RCV_TOO_LARGE, self->event.fflags);
	EXPECT_EQ(MESSAGE_SIZE, self->event.ext[1]);
	EXPECT_EQ(self->port, self->event.data);
	EXPECT_EQ(1, msg_receive_id(self->port));
}

/* The same, for a buffer that could not hold the answer. */
TEST_F(kevent, buffer_without_room_for_a_header_tells_the_size)
{
	ASSERT_EQ(0, add_receive(self, self->port, MACH_RCV_LARGE, 4));
	ASSERT_EQ(0, port_post(self->port));
	ASSERT_EQ(1, wait_event(self->kq, &self->event, TEST_PATIENCE));
	EXPECT_EQ(MACH_RCV_TOO_LARGE, self->event.fflags);
	EXPECT_EQ(MESSAGE_SIZE, self->event.ext[1]);
	EXPECT_EQ(0, self->event.data);
	EXPECT_EQ(0xa5a5a5a5, self->msg.head.msgh_bits);
	EXPECT_EQ(1, msg_receive_id(self->port));
}

TEST_F(kevent, message_too_large_is_gone_without_the_option)
{
	ASSERT_EQ(0, add_receive(self, self->port, 0,
				 MESSAGE_SIZE + TRAILER_SIZE - 1));
	ASSERT_EQ(0, port_post(self->port));
	ASSERT_EQ(1, wait_event(self->kq, &self->event, TEST_PATIENCE));
	EXPECT_EQ(MACH_RCV_TOO_LARGE, self->event.fflags);
	EXPECT_EQ(0, self->event.data);
	EXPECT_EQ(-1, msg_receive_id(self->port));
}

/* Two messages into one area, and a third that has no room in it. */
TEST_F(kevent, messages_without_a_buffer_go_into_the_data_area)
{
	const size_t each = MESSAGE_SIZE + TRAILER_SIZE;
	mach_port_name_t ports[3] = { self->port, port_new(), port_new() };
	uint8_t *area = (uint8_t *)&self->msg;
	struct machipc_kevent events[4];
	struct timespec timeout = { 0 };
	size_t left = 2 * each + 16;
	int received = 0;

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, add(self->kq, ports[i], 0, MACH_RCV_MSG));
		ASSERT_EQ(0, port_post(ports[i]));
	}
	memset(&self->msg, 0xa5, sizeof(self->msg));
	ASSERT_EQ(3, machipc_kevent(self->kq, NULL, 0, events, 4, &self->msg,
				    &left, &timeout));
	EXPECT_EQ(16, left);
	for (int i = 0; i < 3; i++) {
		mach_msg_header_t *head = (void *)(uintptr_t)events[i].ext[0];

		if (events[i].fflags == MACH_MSG_SUCCESS) {
			EXPECT_EQ(area + received++ * each, (uint8_t *)head);
			EXPECT_EQ(each, events[i].ext[1]);
			EXPECT_EQ(events[i].ident, head->msgh_local_port);
			continue;
		}
		EXPECT_EQ(MACH_RCV_TOO_LARGE, events[i].fflags);
		EXPECT_EQ(MESSAGE_SIZE, events[i].ext[1]);
		EXPECT_EQ(events[i].ident, events[i].data);
		EXPECT_EQ(1, msg_receive_id(events[i].ident));
	}
	EXPECT_EQ(2, received);
	EXPECT_EQ(0xa5, area[2 * each]);
}

/* S-99 */
TEST_F(kevent, wrong_names_are_events_with_an_error)
{
	const struct {
		mach_port_name_t name;
		int error;
	} wrong[] = {
		{ stale_name(), ENOENT },
		{ MACH_PORT_NULL, ENOENT },
		{ MACH_PORT_DEAD, ENOENT },
		{ entry_new(ENTRY_S, 1), ENOTSUP },
		{ entry_new(ENTRY_SO, 1), ENOTSUP },
		{ entry_new(ENTRY_DN, 1), ENOTSUP },
	};

	for (int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct machipc_kevent kev = change(wrong[i].name, EV_ADD, 0);

		memset(&self->event, 0xa5, sizeof(self->event));
		ASSERT_EQ(1, machipc_kevent(self->kq, &kev, 1, &self->event, 1,
					    NULL, NULL, NULL));
		EXPECT_EQ(wrong[i].error, self->event.data);
		EXPECT_EQ(EV_ADD | EV_ERROR, self->event.flags);
		EXPECT_EQ(wrong[i].name, self->event.ident);
		/* Without room for an event it is that of the call. */
		EXPECT_EQ(wrong[i].error, make_change(self->kq, kev));
	}
	EXPECT_EQ(0, object_excess("watches"));
}

TEST_F(kevent, wrong_changes_are_errors)
{
	struct machipc_kevent kev = change(self->port, EV_ADD, 0);

	EXPECT_EQ(ENOENT, make_change(self->kq, change(self->port, EV_DELETE,
						       0)));
	EXPECT_EQ(ENOENT, make_change(self->kq, change(self->port, EV_ENABLE,
						       0)));
	EXPECT_EQ(ENOENT, make_change(self->kq, change(self->port, EV_DISABLE,
						       0)));
	kev.filter = -1;
	EXPECT_EQ(EINVAL, make_change(self->kq, kev));
	EXPECT_EQ(EINVAL, add(self->kq, self->port, EV_VANISHED, 0));
	EXPECT_EQ(EINVAL, add(self->kq, self->port, EV_VANISHED | EV_DISPATCH,
			      0));
	EXPECT_EQ(0, object_excess("watches"));
}

TEST_F(kevent, receipt_is_an_event_without_an_error)
{
	struct machipc_kevent kev = change(self->port, EV_ADD | EV_RECEIPT, 0);

	ASSERT_EQ(0, port_post(self->port));
	/* It does not wait, and says nothing of the message. */
	ASSERT_EQ(1, machipc_kevent(self->kq, &kev, 1, &self->event, 1, NULL,
				    NULL, NULL));
	EXPECT_EQ(EV_ADD | EV_RECEIPT | EV_ERROR, self->event.flags);
	EXPECT_EQ(0, self->event.data);
	ASSERT_EQ(1, wait_event(self->kq, &self->event, 0));
	EXPECT_EQ(self->port, self->event.data);
}

TEST_F(kevent, flags_say_how_often)
{
	struct machipc_kevent *event = &self->event;

	ASSERT_EQ(0, port_post(self->port));
	ASSERT_EQ(0, add(self->kq, self->port, EV_ONESHOT, 0));
	EXPECT_EQ(1, wait_event(self->kq, event, 0));
	EXPECT_EQ(EV_ONESHOT, event->flags);
	EXPECT_EQ(0, wait_event(self->kq, event, 0));
	EXPECT_EQ(ENOENT, make_change(self->kq, change(self->port, EV_DELETE,
						       0)));

	ASSERT_EQ(0, add(self->kq, self->port, EV_DISPATCH, 0));
	EXPECT_EQ(1, wait_event(self->kq, event, 0));
	EXPECT_EQ(0, wait_event(self->kq, event, 0));
	ASSERT_EQ(0, make_change(self->kq, change(self->port, EV_ENABLE, 0)));
	EXPECT_EQ(1, wait_event(self->kq, event, 0));
	ASSERT_EQ(0, make_change(self->kq, change(self->port, EV_DELETE, 0)));

	ASSERT_EQ(0, add(self->kq, self->port, EV_CLEAR, 0));
	EXPECT_EQ(1, wait_event(self->kq, event, 0));
	EXPECT_EQ(0, wait_event(self->kq, event, 0));
	EXPECT_EQ(1, msg_receive_id(self->port));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(1, wait_event(self->kq, event, 0));
	/* Adding it again changes it. */
	ASSERT_EQ(0, add(self->kq, self->port, 0, 0));
	EXPECT_EQ(1, wait_event(self->kq, event, 0));
	EXPECT_EQ(1, wait_event(self->kq, event, 0));
	ASSERT_EQ(0, make_change(self->kq, change(self->port, EV_DISABLE, 0)));
	EXPECT_EQ(0, wait_event(self->kq, event, 0));
	EXPECT_EQ(1, object_excess("watches"));
}

TEST_F(kevent, events_of_one_port_are_told_apart_by_udata)
{
	struct machipc_kevent kev = change(self->port,
					   EV_ADD | EV_UDATA_SPECIFIC, 0);
	struct machipc_kevent events[3];
	struct timespec timeout = { 0 };

	for (kev.udata = 1; kev.udata <= 2; kev.udata++)
		ASSERT_EQ(0, make_change(self->kq, kev));
	ASSERT_EQ(0, port_post(self->port));
	ASSERT_EQ(2, machipc_kevent(self->kq, NULL, 0, events, 3, NULL, NULL,
				    &timeout));
	EXPECT_EQ(3, events[0].udata + events[1].udata);
	kev.flags = EV_DELETE | EV_UDATA_SPECIFIC;
	kev.udata = 3;
	EXPECT_EQ(ENOENT, make_change(self->kq, kev));
	kev.udata = 1;
	EXPECT_EQ(0, make_change(self->kq, kev));
	ASSERT_EQ(1, wait_event(self->kq, events, 0));
	EXPECT_EQ(2, events[0].udata);
}

TEST_F(kevent, end_of_the_port_is_the_last_event)
{
	const uint16_t last = EV_DISPATCH | EV_UDATA_SPECIFIC | EV_VANISHED;

	ASSERT_EQ(0, add(self->kq, self->port, 0, MACH_RCV_MSG));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
	ASSERT_EQ(1, wait_event(self->kq, &self->event, TEST_PATIENCE));
	EXPECT_EQ(EV_EOF | EV_ONESHOT, self->event.flags);
	EXPECT_EQ(0, self->event.fflags);
	EXPECT_EQ(0, wait_event(self->kq, &self->event, 0));

	ASSERT_EQ(0, add(self->kq, self->set, last, 0));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->set));
	ASSERT_EQ(1, wait_event(self->kq, &self->event, TEST_PATIENCE));
	EXPECT_EQ(last, self->event.flags);
	EXPECT_EQ(0, wait_event(self->kq, &self->event, 0));
	EXPECT_EQ(0, object_excess("watches"));
}

/* An event of the past does not stand in the way. */
TEST_F(kevent, name_that_is_used_again_can_be_added_again)
{
	ASSERT_EQ(0, add(self->kq, self->port, 0, 0));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(self->port));
	ASSERT_EQ(KERN_SUCCESS,
		  port_allocate_name(MACH_PORT_RIGHT_RECEIVE, self->port));
	ASSERT_EQ(0, add(self->kq, self->port, 0, 0));
	EXPECT_EQ(0, wait_event(self->kq, &self->event, 0));
	ASSERT_EQ(0, port_post(self->port));
	ASSERT_EQ(1, wait_event(self->kq, &self->event, 0));
	EXPECT_EQ(self->port, self->event.data);
}

/* Messages have no QoS, so what counts is that of the event. */
TEST_F(kevent, qos_is_that_of_the_event)
{
	ASSERT_EQ(0, add_receive(self, self->port, 0, sizeof(self->msg)));
	ASSERT_EQ(0, port_post(self->port));
	ASSERT_EQ(1, wait_event(self->kq, &self->event, TEST_PATIENCE));
	EXPECT_EQ(SOME_QOS, self->event.qos);
	EXPECT_EQ(0, self->event.ext[2]);
}

/* A thread that waits for an event and takes the message. */
struct waiter {
	pthread_t thread;
	struct machipc_kqueue *kq;
	struct message msg;
	pid_t tid;
	bool done;
	int count;
};

static void *waiter_main(void *data)
{
	struct timespec timeout = { .tv_sec = TEST_PATIENCE / 1000 };
	struct waiter *waiter = data;
	struct machipc_kevent event;
	size_t size = sizeof(waiter->msg);

	__atomic_store_n(&waiter->tid, gettid(), __ATOMIC_RELEASE);
	waiter->count = machipc_kevent(waiter->kq, NULL, 0, &event, 1,
				       &waiter->msg, &size, &timeout);
	__atomic_store_n(&waiter->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_done(const struct waiter *waiter)
{
	return __atomic_load_n(&waiter->done, __ATOMIC_ACQUIRE);
}

/* Whether, in the end, so many have returned and the others are asleep. */
static bool wait_until_done(const struct waiter waiters[2], int count)
{
	uint64_t end = now_ms() + TEST_PATIENCE;
	int done, asleep;

	do {
		done = 0;
		asleep = 0;
		for (int i = 0; i < 2; i++) {
			pid_t tid = __atomic_load_n(&waiters[i].tid,
						    __ATOMIC_ACQUIRE);

			if (is_done(&waiters[i]))
				done++;
			else if (tid && is_asleep_in(tid, EPOLL_CALL, 0))
				asleep++;
		}
		if (done == count && done + asleep == 2)
			return true;
		nap();
	} while (now_ms() < end);
	return false;
}

/* S-94 */
TEST_F(kevent, one_message_is_an_event_for_one_thread)
{
	struct waiter waiters[2] = { { .kq = self->kq }, { .kq = self->kq } };

	ASSERT_EQ(KERN_SUCCESS, port_insert_member(self->port, self->set));
	ASSERT_EQ(0, add(self->kq, self->set, 0, MACH_RCV_MSG));
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&waiters[i].thread, NULL,
					    waiter_main, &waiters[i]));
	ASSERT_TRUE(wait_until_done(waiters, 0));
	for (int count = 1; count <= 2; count++) {
		ASSERT_EQ(0, port_post(self->port));
		EXPECT_TRUE(wait_until_done(waiters, count));
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(waiters[i].thread, NULL);
		EXPECT_EQ(1, waiters[i].count);
	}
}

/* A queue among the descriptors of another loop. */
TEST_F(kevent, queue_is_readable_when_there_is_an_event)
{
	int epfd = epoll_new(machipc_kqueue_fd(self->kq), 0);

	ASSERT_EQ(0, add(self->kq, self->port, 0, 0));
	EXPECT_EQ(0, epoll_next(epfd, 0));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(EPOLLIN, epoll_next(epfd, TEST_PATIENCE));
	EXPECT_EQ(1, wait_event(self->kq, &self->event, 0));
	EXPECT_EQ(1, msg_receive_id(self->port));
	EXPECT_EQ(0, epoll_next(epfd, 0));
}

TEST_F(kevent, wait_ends_in_time)
{
	uint64_t start = now_ms();

	ASSERT_EQ(0, add(self->kq, self->port, 0, 0));
	EXPECT_EQ(0, wait_event(self->kq, &self->event, 50));
	EXPECT_LE(50, now_ms() - start);
}

static void use_parents_queue(struct __test_metadata *_metadata, void *data)
{
	struct machipc_kevent event;

	EXPECT_EQ(-1, wait_event(data, &event, 0));
	EXPECT_EQ(ESTALE, errno);
	machipc_kqueue_destroy(data);
}

TEST_F(kevent, child_has_no_use_of_the_queue)
{
	ASSERT_EQ(0, add(self->kq, self->port, 0, 0));
	EXPECT_TRUE(child_wait(child_start(_metadata, use_parents_queue,
					   self->kq)));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(1, wait_event(self->kq, &self->event, TEST_PATIENCE));
}

TEST_F(kevent, queue_leaves_nothing_behind)
{
	struct machipc_kqueue *kq = machipc_kqueue_create();
	int fd = machipc_kqueue_fd(kq);

	ASSERT_EQ(0, add(kq, self->port, 0, 0));
	ASSERT_EQ(0, add(kq, self->set, EV_DISABLE, 0));
	EXPECT_EQ(2, object_excess("watches"));
	machipc_kqueue_destroy(kq);
	EXPECT_EQ(0, object_excess("watches"));
	EXPECT_EQ(-1, fcntl(fd, F_GETFD));
	machipc_kqueue_destroy(NULL);
}

TEST_F(kevent, port_descriptor_is_pollable)
{
	uint64_t features = 0;
	uint32_t version;
	int fd = -1;

	ASSERT_EQ(KERN_SUCCESS, machipc_query(&version, &features));
	EXPECT_TRUE(features & MACHIPC_HAS_POLL);
	ASSERT_EQ(KERN_SUCCESS,
		  machipc_port_watch(self->port, MACH_PORT_RIGHT_RECEIVE, &fd));
	EXPECT_EQ(0, poll_now(fd));
	ASSERT_EQ(0, port_post(self->port));
	EXPECT_EQ(IN, poll_now(fd));
	ASSERT_EQ(0, close(fd));
	ASSERT_EQ(KERN_SUCCESS,
		  machipc_port_watch(self->port, MACH_PORT_RIGHT_SEND, &fd));
	EXPECT_EQ(OUT, poll_now(fd));
	fd = -1;
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  machipc_port_watch(self->port, MACH_PORT_RIGHT_PORT_SET,
				     &fd));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  machipc_port_watch(self->port, MACH_PORT_RIGHT_DEAD_NAME,
				     &fd));
	EXPECT_EQ(KERN_INVALID_NAME,
		  machipc_port_watch(stale_name(), MACH_PORT_RIGHT_RECEIVE,
				     &fd));
	EXPECT_EQ(-1, fd);
}

TEST_HARNESS_MAIN
