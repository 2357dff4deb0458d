/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/*
 * Waiting for messages as with kevent() and EVFILT_MACHPORT.
 *
 * The names of the functions and of the structure are not those of
 * <sys/event.h>, so that a program can use libkqueue for everything else: a
 * queue of this kind is itself a descriptor that becomes readable. Flags that
 * both headers have are the same and are taken from there if it comes first.
 */
#ifndef _MACHIPC_KEVENT_H_
#define _MACHIPC_KEVENT_H_

#include <stddef.h>
#include <stdint.h>

struct timespec;

#ifdef __cplusplus
extern "C" {
#endif

/* The one filter that there is. */
#ifndef EVFILT_MACHPORT
#define EVFILT_MACHPORT	(-8)
#endif

/* What a change asks for. */
#ifndef EV_ADD
#define EV_ADD		0x0001	/* Add the event, or change it; enables it */
#define EV_DELETE	0x0002	/* Delete it */
#define EV_ENABLE	0x0004	/* Report it */
#define EV_DISABLE	0x0008	/* Do not report it */
#endif

/* How the event is reported; given with EV_ADD. */
#ifndef EV_ONESHOT
#define EV_ONESHOT	0x0010	/* Once, then it is deleted */
#define EV_CLEAR	0x0020	/* When something comes, not while it is there */
#endif
#ifndef EV_DISPATCH
#define EV_DISPATCH	0x0080	/* Once, then it is disabled */
#endif
#ifndef EV_UDATA_SPECIFIC
#define EV_UDATA_SPECIFIC 0x0100 /* Told apart by udata also */
#endif
#ifndef EV_VANISHED
#define EV_VANISHED	0x0200	/* Tell the end by EV_VANISHED, not EV_EOF */
#endif

/* Tell the outcome of the change as an event with EV_ERROR. */
#ifndef EV_RECEIPT
#define EV_RECEIPT	0x0040
#endif

/* What an event says. */
#ifndef EV_ERROR
#define EV_ERROR	0x4000	/* A change failed: data is the errno, or 0 */
#define EV_EOF		0x8000	/* The port or set is gone, and the event too */
#endif

/**
 * struct machipc_kevent - a change or an event; members as in kevent_qos_s
 * @ident: name of a receive right or port set
 * @filter: EVFILT_MACHPORT
 * @flags: EV_*
 * @qos: class of the event, handed back in events
 * @udata: whatever the caller likes, handed back in events
 * @fflags: change: options of a receive. Event: what the receive returned
 * @xflags: not used
 * @data: event: name of the port that has the message
 * @ext: with MACH_RCV_MSG address and size of the receive buffer; event: where
 *	the message is and how long it is
 */
struct machipc_kevent {
	uint64_t ident;
	int16_t filter;
	uint16_t flags;
	int32_t qos;
	uint64_t udata;
	uint32_t fflags;
	uint32_t xflags;
	int64_t data;
	uint64_t ext[4];
};

struct machipc_kqueue;

/**
 * machipc_kqueue_create() - make a queue of events
 *
 * It belongs to the process that made it. After fork() a child can only destroy
 * its copy.
 *
 * Return: the queue, or NULL with errno ENOMEM, EMFILE or ENFILE.
 */
struct machipc_kqueue *machipc_kqueue_create(void);

/**
 * machipc_kqueue_destroy() - forget all events of a queue
 * @kq: a queue that no other thread uses, or NULL
 */
void machipc_kqueue_destroy(struct machipc_kqueue *kq);

/**
 * machipc_kqueue_fd() - the descriptor of a queue
 * @kq: the queue
 *
 * Return: a descriptor for poll() and epoll, readable when machipc_kevent() is
 * likely to find an event. It is closed with the queue.
 */
int machipc_kqueue_fd(const struct machipc_kqueue *kq);

/**
 * machipc_kevent() - make changes, then wait for events
 * @kq: the queue
 * @changes: what to add, change or delete
 * @nr_changes: how many
 * @events: where to put events; may be @changes
 * @nr_events: how many there is room for; 0 to make the changes only
 * @data: memory for messages of events without a buffer of their own, or NULL
 * @data_size: its size; afterwards how much of it is left. May be NULL with @data
 * @timeout: how long to wait, NULL for as long as it takes
 *
 * A change that fails, or asks for a receipt, becomes an event with EV_ERROR;
 * if there is any such event the call returns at once.
 *
 * Return: the number of events, or -1 with errno: EINTR; ESTALE if the queue
 * was made by the parent; EPROTONOSUPPORT if the module cannot do this; or that
 * of a change that failed, if there was no room for an event.
 */
int machipc_kevent(struct machipc_kqueue *kq,
		   const struct machipc_kevent *changes, int nr_changes,
		   struct machipc_kevent *events, int nr_events,
		   void *data, size_t *data_size,
		   const struct timespec *timeout);

#ifdef __cplusplus
}
#endif

#endif
