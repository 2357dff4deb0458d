// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/*
 * EVFILT_MACHPORT on top of port descriptors and epoll.
 *
 * Each event that a caller has added is a knote with a port descriptor of its
 * own. While it is enabled the descriptor is in the epoll of the queue, so epoll
 * knows who waits for what, level or edge, and the kernel computes nothing for
 * a knote that is disabled.
 *
 * Threads wait in epoll without the lock. What epoll reports is a number that
 * is looked up again under the lock, because the knote may have gone meanwhile.
 * A message is taken by a receive that does not wait; where another thread was
 * faster it finds nothing, and that is no event.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include <machipc.h>
#include <machipc/kevent.h>
#include "device.h"

/* Options of the receive that a caller may give; others are dropped. */
#define FFLAGS_TRAILER	(0xffU << 24)
#define FFLAGS		(MACH_RCV_MSG | MACH_RCV_LARGE | \
			 MACH_RCV_LARGE_IDENTITY | MACH_RCV_VOUCHER | \
			 FFLAGS_TRAILER)

/* Flags that stay with a knote and come back in its events. */
#define KEPT_FLAGS	(EV_ONESHOT | EV_CLEAR | EV_DISPATCH | \
			 EV_UDATA_SPECIFIC | EV_VANISHED)

/* How many events are taken from epoll at once. */
#define BATCH	64

struct knote {
	struct knote *next;
	uint64_t number;	/* never used again */
	struct machipc_kevent kev;
	int fd;			/* the port descriptor */
	bool enabled;		/* the descriptor is in the epoll */
};

struct machipc_kqueue {
	pthread_mutex_t lock;	/* protects the knotes */
	struct knote *knotes;
	uint64_t last_number;
	unsigned int generation;	/* of the space that the names are in */
	int epfd;
};

/* Where a call puts its events, and messages without a buffer. */
struct output {
	struct machipc_kevent *events;
	int count;
	int room;
	char *data;
	size_t data_left;
};

struct machipc_kqueue *machipc_kqueue_create(void)
{
	struct machipc_kqueue *kq = calloc(1, sizeof(*kq));

	if (!kq)
		return NULL;
	kq->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (kq->epfd < 0) {
		free(kq);
		return NULL;
	}
	pthread_mutex_init(&kq->lock, NULL);
	/* The space has to be there before a name can be. */
	mach_task_self();
	kq->generation = machipc_generation();
	return kq;
}

/*
 * Nothing is taken out of the epoll: in a forked child it is that of the parent
 * as well. It forgets the descriptors when the last copy of them is closed.
 */
void machipc_kqueue_destroy(struct machipc_kqueue *kq)
{
	struct knote *knote;

	if (!kq)
		return;
	close(kq->epfd);
	while ((knote = kq->knotes)) {
		kq->knotes = knote->next;
		close(knote->fd);
		free(knote);
	}
	pthread_mutex_destroy(&kq->lock);
	free(kq);
}

int machipc_kqueue_fd(const struct machipc_kqueue *kq)
{
	return kq->epfd;
}

static struct knote *find_number(struct machipc_kqueue *kq, uint64_t number)
{
	struct knote *knote = kq->knotes;

	while (knote && knote->number != number)
		knote = knote->next;
	return knote;
}

/* The knote that a change is about. */
static struct knote *find_knote(struct machipc_kqueue *kq,
				const struct machipc_kevent *change)
{
	struct knote *knote;

	for (knote = kq->knotes; knote; knote = knote->next) {
		bool specific = (knote->kev.flags | change->flags) &
				EV_UDATA_SPECIFIC;

		if (knote->kev.ident != change->ident)
			continue;
		if (!specific)
			return knote;
		if (knote->kev.flags & change->flags & EV_UDATA_SPECIFIC &&
		    knote->kev.udata == change->udata)
			return knote;
	}
	return NULL;
}

static int enable(struct machipc_kqueue *kq, struct knote *knote)
{
	struct epoll_event event = {
		.events = EPOLLIN | (knote->kev.flags & EV_CLEAR ? EPOLLET : 0),
		.data.u64 = knote->number,
	};
	int op = knote->enabled ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (epoll_ctl(kq->epfd, op, knote->fd, &event))
		return -errno;
	knote->enabled = true;
	return 0;
}

static void disable(struct machipc_kqueue *kq, struct knote *knote)
{
	if (knote->enabled)
		epoll_ctl(kq->epfd, EPOLL_CTL_DEL, knote->fd, NULL);
	knote->enabled = false;
}

static void delete(struct machipc_kqueue *kq, struct knote *knote)
{
	struct knote **link = &kq->knotes;

	disable(kq, knote);
	while (*link != knote)
		link = &(*link)->next;
	*link = knote->next;
	close(knote->fd);
	free(knote);
}

static int watch_error(kern_return_t kr)
{
	switch (kr) {
	case KERN_SUCCESS:
		return 0;
	case KERN_INVALID_NAME:
		return -ENOENT;
	case KERN_INVALID_RIGHT:
		return -ENOTSUP;
	case KERN_RESOURCE_SHORTAGE:
		return -ENOMEM;
	default:
		return -EPROTONOSUPPORT;
	}
}

/* A port descriptor for a receive right or, failing that, a set. */
static int watch(uint64_t ident, int *fd)
{
	kern_return_t kr;

	if (ident > UINT32_MAX)
		return -ENOENT;
	kr = machipc_port_watch(ident, MACH_PORT_RIGHT_RECEIVE, fd);
	if (kr == KERN_INVALID_RIGHT)
		kr = machipc_port_watch(ident, MACH_PORT_RIGHT_PORT_SET, fd);
	return watch_error(kr);
}

static int create(struct machipc_kqueue *kq, uint64_t ident,
		  struct knote **created)
{
	struct knote *knote = calloc(1, sizeof(*knote));
	int error;

	if (!knote)
		return -ENOMEM;
	error = watch(ident, &knote->fd);
	if (error) {
		free(knote);
		return error;
	}
	knote->number = ++kq->last_number;
	knote->next = kq->knotes;
	kq->knotes = knote;
	*created = knote;
	return 0;
}

/* Whether what the knote was for is gone: its name may be another's by now. */
static bool is_gone(const struct knote *knote)
{
	struct pollfd pollfd = { .fd = knote->fd };

	return poll(&pollfd, 1, 0) == 1;
}

static int add(struct machipc_kqueue *kq, struct knote *knote,
	       const struct machipc_kevent *change)
{
	const uint16_t last = EV_DISPATCH | EV_UDATA_SPECIFIC;
	bool created = false;
	int error;

	if (change->flags & EV_VANISHED && (change->flags & last) != last)
		return -EINVAL;
	if (knote && is_gone(knote)) {
		delete(kq, knote);
		knote = NULL;
	}
	if (!knote) {
		error = create(kq, change->ident, &knote);
		if (error)
			return error;
		created = true;
	}
	knote->kev = *change;
	knote->kev.flags &= KEPT_FLAGS;
	knote->kev.fflags &= FFLAGS;
	if (change->flags & EV_DISABLE) {
		disable(kq, knote);
		return 0;
	}
	error = enable(kq, knote);
	if (error && created)
		delete(kq, knote);
	return error;
}

static int make_change(struct machipc_kqueue *kq,
		       const struct machipc_kevent *change)
{
	struct knote *knote;

	if (change->filter != EVFILT_MACHPORT)
		return -EINVAL;
	knote = find_knote(kq, change);
	if (change->flags & EV_ADD)
		return add(kq, knote, change);
	if (!knote)
		return -ENOENT;
	if (change->flags & EV_DELETE)
		delete(kq, knote);
	else if (change->flags & EV_DISABLE)
		disable(kq, knote);
	else if (change->flags & EV_ENABLE)
		return enable(kq, knote);
	return 0;
}

/* Returns 0, or the error of a change that there was no room to report. */
static int make_changes(struct machipc_kqueue *kq,
			const struct machipc_kevent *changes, int count,
			struct output *out)
{
	for (int i = 0; i < count; i++) {
		/* The event may be written over it. */
		struct machipc_kevent event = changes[i];
		int error = make_change(kq, &event);

		if (!error && !(event.flags & EV_RECEIPT))
			continue;
		if (out->count == out->room) {
			if (error)
				return error;
			continue;
		}
		event.flags |= EV_ERROR;
		event.data = -error;
		out->events[out->count++] = event;
	}
	return 0;
}

static mach_msg_return_t receive(mach_port_name_t name, uint32_t option,
				 void *buffer, uint32_t size)
{
	return mach_msg(buffer, MACH_RCV_MSG | MACH_RCV_TIMEOUT | option, 0,
			size, name, 0, MACH_PORT_NULL);
}

/*
 * Asks for the first message without taking it: no message fits into a header,
 * as each has a trailer.
 */
static mach_msg_return_t peek(mach_port_name_t name, mach_msg_header_t *head)
{
	memset(head, 0, sizeof(*head));
	return receive(name, MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY, head,
		       sizeof(*head));
}

static bool report_name(struct machipc_kevent *event)
{
	mach_msg_header_t head;

	if (peek(event->ident, &head) != MACH_RCV_TOO_LARGE)
		return false;
	event->fflags = 0;
	event->data = head.msgh_local_port;
	return true;
}

/* Bytes of a message with its trailer, of which some may have been cut off. */
static uint64_t bytes_received(const mach_msg_header_t *head, uint32_t size)
{
	const mach_msg_trailer_t *trailer;
	uint64_t bytes = head->msgh_size;

	trailer = (const void *)((const char *)head + bytes);
	if (bytes + sizeof(*trailer) <= size)
		bytes += trailer->msgh_trailer_size;
	return bytes < size ? bytes : size;
}

static void report_message(struct machipc_kevent *event,
			   mach_msg_return_t mr, uint32_t option,
			   mach_msg_header_t *head, uint32_t size)
{
	event->fflags = mr;
	event->ext[1] = 0;
	event->ext[2] = 0;	/* Messages have no QoS */
	if (mr == MACH_MSG_SUCCESS) {
		event->ext[1] = bytes_received(head, size);
	} else if (mr == MACH_RCV_TOO_LARGE && option & MACH_RCV_LARGE) {
		event->ext[1] = head->msgh_size;
		if (option & MACH_RCV_LARGE_IDENTITY)
			event->data = head->msgh_local_port;
	} else if (mr == MACH_RCV_TOO_LARGE) {
		if (size >= sizeof(*head))
			event->ext[1] = bytes_received(head, size);
	}
}

/* Whether a receive found nothing, or nothing to receive from any more. */
static bool is_nothing(mach_msg_return_t mr)
{
	return mr == MACH_RCV_TIMED_OUT || mr == MACH_RCV_PORT_CHANGED ||
	       mr == MACH_RCV_INVALID_NAME;
}

static bool receive_message(struct machipc_kevent *event, struct output *out)
{
	void *buffer = (void *)(uintptr_t)event->ext[0];
	uint32_t option = event->fflags;
	uint64_t size = event->ext[1];
	bool own = size || !out->data;
	mach_msg_header_t head;
	mach_msg_return_t mr;

	if (!own) {
		buffer = out->data;
		size = out->data_left;
		option |= MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY;
	}
	if (size > UINT32_MAX)
		size = UINT32_MAX;
	/* A buffer that cannot even hold the answer that it is too small. */
	if (size < sizeof(head) && option & MACH_RCV_LARGE) {
		mr = peek(event->ident, &head);
		buffer = &head;
	} else {
		mr = receive(event->ident, option, buffer, size);
	}
	if (is_nothing(mr))
		return false;
	report_message(event, mr, option, buffer, size);
	if (!own && mr == MACH_MSG_SUCCESS) {
		event->ext[0] = (uintptr_t)buffer;
		out->data += event->ext[1];
		out->data_left -= event->ext[1];
	}
	return true;
}

/* Turns what epoll has reported into an event, if it is still true. */
static void report(struct machipc_kqueue *kq, const struct epoll_event *ready,
		   struct output *out)
{
	struct knote *knote = find_number(kq, ready->data.u64);
	struct machipc_kevent event;

	if (!knote || !knote->enabled)
		return;
	event = knote->kev;
	event.flags &= ~EV_VANISHED;
	event.data = 0;
	if (ready->events & EPOLLHUP) {
		event.flags |= knote->kev.flags & EV_VANISHED ?
			       EV_VANISHED : EV_EOF | EV_ONESHOT;
		event.fflags = 0;
		delete(kq, knote);
	} else {
		if (!(event.fflags & MACH_RCV_MSG ?
		      receive_message(&event, out) : report_name(&event)))
			return;
		if (event.flags & EV_ONESHOT)
			delete(kq, knote);
		else if (event.flags & EV_DISPATCH)
			disable(kq, knote);
	}
	out->events[out->count++] = event;
}

/* What is left until @deadline in the unit of epoll, rounded up. */
static int remaining_ms(const struct timespec *deadline)
{
	struct timespec now;
	int64_t ns;

	if (!deadline)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = (int64_t)(deadline->tv_sec - now.tv_sec) * 1000000000 +
	     deadline->tv_nsec - now.tv_nsec;
	if (ns <= 0)
		return 0;
	ns = (ns + 999999) / 1000000;
	return ns < INT32_MAX ? ns : INT32_MAX;
}

static int wait_events(struct machipc_kqueue *kq, struct output *out,
		       const struct timespec *deadline)
{
	struct epoll_event ready[BATCH];
	int max = out->room < BATCH ? out->room : BATCH;
	int count;

	do {
		count = epoll_wait(kq->epfd, ready, max,
				   remaining_ms(deadline));
		if (count < 0)
			return -1;
		pthread_mutex_lock(&kq->lock);
		for (int i = 0; i < count; i++)
			report(kq, &ready[i], out);
		pthread_mutex_unlock(&kq->lock);
	} while (count && !out->count);
	return out->count;
}

/* On a clock that is never set. */
static const struct timespec *make_deadline(const struct timespec *timeout,
					    struct timespec *deadline)
{
	if (!timeout)
		return NULL;
	clock_gettime(CLOCK_MONOTONIC, deadline);
	deadline->tv_sec += timeout->tv_sec;
	deadline->tv_nsec += timeout->tv_nsec;
	if (deadline->tv_nsec >= 1000000000) {
		deadline->tv_nsec -= 1000000000;
		deadline->tv_sec++;
	}
	return deadline;
}

int machipc_kevent(struct machipc_kqueue *kq,
		   const struct machipc_kevent *changes, int nr_changes,
		   struct machipc_kevent *events, int nr_events,
		   void *data, size_t *data_size,
		   const struct timespec *timeout)
{
	struct output out = {
		.events = events,
		.room = nr_events,
		.data = data_size ? data : NULL,
		.data_left = data_size ? *data_size : 0,
	};
	struct timespec deadline;
	int ret;

	if (kq->generation != machipc_generation()) {
		errno = ESTALE;
		return -1;
	}
	pthread_mutex_lock(&kq->lock);
	ret = make_changes(kq, changes, nr_changes, &out);
	pthread_mutex_unlock(&kq->lock);
	if (ret) {
		errno = -ret;
		return -1;
	}
	if (out.count || !nr_events)
		return out.count;
	ret = wait_events(kq, &out, make_deadline(timeout, &deadline));
	if (data_size)
		*data_size = out.data_left;
	return ret;
}
