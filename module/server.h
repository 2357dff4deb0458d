/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The server behind ports whose receiver is the kernel.
 */
#ifndef _MACHIPC_SERVER_H
#define _MACHIPC_SERVER_H

#include <linux/bits.h>
#include <linux/string.h>
#include <linux/types.h>

#include "port.h"

struct machipc_domain;
struct machipc_kmsg;
struct machipc_reap;
struct machipc_right;
struct machipc_space;
struct machipc_thread;

/**
 * DOC: Server
 *
 * A message to a kernel-owned port is never queued: the server answers it in
 * the sender's thread, and the reply is in the queue of the reply port when
 * the send returns. A routine is found by the id of the message alone. Before
 * it runs, one place checks the shape of the request and that the port stands
 * for an object of the kind that the routine works on; routines see arguments
 * that are well formed.
 *
 * The requester pays for the reply until somebody receives it. Without memory
 * for one the request is destroyed unread. A reply that finds its queue full
 * or its port dead is lost, and the sender does not learn of it.
 *
 * A routine works on the space that a task port stands for, which is seldom
 * the requester's. It has a reference, so that the space can die meanwhile but
 * not go; it never touches memory of either process. Rights of the request
 * were copied in when it was sent, rights of the reply are copied out when it
 * is received.
 *
 * When a routine fails, everything in the request is destroyed except the
 * reply right. When it succeeds it has taken what it wanted, and what it left
 * is destroyed.
 *
 * DOC: Layouts
 *
 * Messages are those of stubs that MIG generates for 64-bit programs:
 *
 * ======================== ===================================================
 * request                  header; if there is an argument that is a right, an
 *                          array of rights or memory, a descriptor count of 1
 *                          and its descriptor; if there are other arguments,
 *                          the NDR record and these, in words of 32 bits
 * reply that is an error   header, NDR record, return code
 * reply without            header, NDR record, return code, results in words
 * descriptors
 * reply with descriptors   header, their count, the descriptors; if there are
 *                          other results, the NDR record and these in words
 * ======================== ===================================================
 *
 * The id of a reply is that of the request plus 100. A value of 64 bits takes
 * two words and is aligned as they are. An array of variable length comes last
 * and follows a word that is its length. The tables of routines name the words
 * of each. A 32-bit program has narrower descriptors and the same words.
 */

/**
 * enum machipc_arg - what the descriptor of a request has to be
 * @MACHIPC_ARG_NONE: there is none
 * @MACHIPC_ARG_SEND: a port, as send right
 * @MACHIPC_ARG_SEND_ONCE: a port, as send-once right
 * @MACHIPC_ARG_POLY: a port, as any right
 * @MACHIPC_ARG_MEMORY: memory
 * @MACHIPC_ARG_SENDS: an array of send rights out of line
 */
enum machipc_arg {
	MACHIPC_ARG_NONE,
	MACHIPC_ARG_SEND,
	MACHIPC_ARG_SEND_ONCE,
	MACHIPC_ARG_POLY,
	MACHIPC_ARG_MEMORY,
	MACHIPC_ARG_SENDS,
};

/**
 * struct machipc_call - a request being served
 * @request: the request; its descriptor, if any, is the routine's to take from
 * @reply: the reply, whose descriptors the routine fills in
 * @in: words of the request
 * @out: words of the reply, zero at first
 * @nr_out: how many of @out are sent on success; as many as the routine has at
 *	most, unless it sets it
 * @space: the space that a task port stands for, else NULL
 * @domain: the same for the host port of who has power
 * @thread: the same for a thread port
 * @reap: gets what dies
 */
struct machipc_call {
	struct machipc_kmsg *request;
	struct machipc_kmsg *reply;
	const u32 *in;
	u32 *out;
	u32 nr_out;
	struct machipc_space *space;
	struct machipc_domain *domain;
	struct machipc_thread *thread;
	struct machipc_reap *reap;
};

/**
 * struct machipc_routine - a routine and the shape of its messages
 * @execute: does the work, returns a kern_return_t; NULL if there is none
 * @in: words of the request
 * @in_array: words that may follow, as many as the last of @in says
 * @out: words of the reply at most
 * @out_ports: ports in the reply, in front of @out_regions
 * @out_regions: descriptors of memory in the reply, or of arrays of rights if
 *	the routine makes them such
 * @arg: the descriptor of the request
 */
struct machipc_routine {
	int (*execute)(struct machipc_call *call);
	u8 in;
	u8 in_array;
	u8 out;
	u8 out_ports;
	u8 out_regions;
	enum machipc_arg arg;
};

/**
 * struct machipc_subsystem - routines with ids in one range
 * @first: id of the first
 * @nr: how many there are
 * @kobjects: what the port has to stand for, a bit for each enum
 *	machipc_kobject that will do
 * @mismatch: what is returned if it does not, or no longer
 * @routines: the routines
 */
struct machipc_subsystem {
	u32 first;
	u32 nr;
	u32 kobjects;
	int mismatch;
	const struct machipc_routine *routines;
};

extern const struct machipc_subsystem machipc_host_subsystem;
extern const struct machipc_subsystem machipc_host_priv_subsystem;
extern const struct machipc_subsystem machipc_port_subsystem;
extern const struct machipc_subsystem machipc_task_subsystem;
extern const struct machipc_subsystem machipc_thread_subsystem;

void machipc_server_serve(struct machipc_kmsg *kmsg, struct machipc_reap *reap);
int machipc_server_give(struct machipc_call *call, unsigned int index,
			void *memory, size_t size, size_t room);
struct machipc_right *machipc_server_give_rights(struct machipc_call *call,
						 unsigned int index, u32 count);

static inline u64 machipc_words_get(const u32 *words)
{
	u64 value;

	memcpy(&value, words, sizeof(value));
	return value;
}

static inline void machipc_words_put(u32 *words, u64 value)
{
	memcpy(words, &value, sizeof(value));
}

#endif
