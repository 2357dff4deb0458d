/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spaces: one for each process that uses the device.
 */
#ifndef _MACHIPC_SPACE_H
#define _MACHIPC_SPACE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "watch.h"

struct file;
struct mm_struct;
struct pid;
struct machipc_domain;
struct machipc_entry;
struct machipc_kmsg;
struct machipc_pool;
struct machipc_port;
struct machipc_process;
struct machipc_user;

/**
 * DOC: Spaces
 *
 * A space maps names to rights for one process, that is for one pair of
 * address space and thread group. Descriptors of /dev/machipc are doors to it.
 * It dies when the process exits or executes, or when the last door is
 * closed, whichever comes first; device.c and exec.c notice. Death takes all
 * names and releases what they denoted; the memory stays until the last
 * reference goes, which a door or a message in transit may hold.
 */

/**
 * struct machipc_space - the port space of a process
 * @refs: doors, and messages in transit that the process sent
 * @doors: open files
 * @node: in the table of live spaces; protected by the mutex of space.c
 * @rcu: frees it
 * @exec_queued: @exec_work was queued
 * @exec_work: ends the space, whose reference it has, after an exec
 * @mm: address space of the owner, only to be compared; constant
 * @tgid: thread group of the owner, with a reference; constant
 * @user: account of the owner; constant
 * @domain: what it shares with its pid namespace, with a reference; constant
 * @host: the host port, which lives as long as @domain; constant
 * @version: distinguishes this binding from all others; constant, not 0
 * @bytes: size of messages in transit that the process sent
 * @process: the record of the process, with a reference, or NULL; protected by
 *	the mutex of process.c
 * @spare: memory for the next messages, see spare.h
 * @pool: pages for the next messages with large memory, NULL before the first;
 *	then constant
 * @mapper: see mapper.c; NULL before the first such message is received, then
 *	constant
 * @inbox: what a poll of the device waits for
 * @threads: threads whose ports are not destroyed yet
 * @thread_list: those that have not ended, &machipc_thread.node; protected by
 *	the lock of thread.c
 * @lock: protects all that follows
 * @active: false once the space has died
 * @polled: the device was polled, all ports are attached to @inbox; never
 *	cleared
 * @self: the task port, with a reference; NULL once the space has died
 * @name: the task name port, with a reference; NULL if nobody asked for it or
 *	the space has died
 * @nr_names: entries in use
 * @chunks: table of entries, an array of pointers that may be NULL
 * @nr_chunks: elements of @chunks
 * @free: index of the first entry on the free list, 0 if none
 * @fresh: lowest index that may never have been used
 * @end: index behind the highest one that was ever used
 * @buckets: hash from port to the entry with a send right for it
 * @nr_buckets: elements of @buckets, a power of 2
 * @nr_hashed: entries in the hash
 */
struct machipc_space {
	refcount_t refs;
	atomic_t doors;
	struct hlist_node node;
	struct rcu_head rcu;
	atomic_t exec_queued;
	struct work_struct exec_work;
	struct mm_struct *mm;
	struct pid *tgid;
	struct machipc_user *user;
	struct machipc_domain *domain;
	struct machipc_port *host;
	u32 version;
	atomic64_t bytes;
	struct machipc_process *process;
	unsigned long spare;
	struct machipc_pool *pool;
	struct file *mapper;
	struct machipc_inbox inbox;
	atomic_t threads;
	struct list_head thread_list;

	struct mutex lock;	/* outside that of a port */
	bool active;
	bool polled;
	struct machipc_port *self;
	struct machipc_port *name;
	u32 nr_names;
	struct machipc_entry **chunks;
	u32 nr_chunks;
	u32 free;
	u32 fresh;
	u32 end;
	u32 *buckets;
	u32 nr_buckets;
	u32 nr_hashed;
};

int machipc_space_init(void);
void machipc_space_exit(void);

struct machipc_space *machipc_space_open(struct machipc_space *door);
void machipc_space_close(struct machipc_space *space);
struct machipc_space *machipc_space_find(struct machipc_port *port);
struct machipc_port *machipc_space_task_port(struct machipc_space *space);
struct machipc_port *machipc_space_name_port(struct machipc_space *space);
bool machipc_space_has_owner(const struct machipc_space *space);
void machipc_space_leave(struct task_struct *task);
bool machipc_space_is_owner_exiting(const struct machipc_space *space);
bool machipc_space_is_owner_executing(const struct machipc_space *space);
void machipc_space_die(struct machipc_space *space);
void machipc_space_free(struct machipc_space *space);

/**
 * machipc_space_is_owner() - whether the current thread belongs to the space
 * @space: the space
 *
 * A forked child has another address space and another thread group, the
 * program that a process executes has another address space, a vfork child
 * another thread group. A dead space has no owner.
 */
static inline bool
machipc_space_is_owner(const struct machipc_space *space)
{
	return current->mm == space->mm &&
	       task_tgid(current) == space->tgid && READ_ONCE(space->active);
}

static inline struct machipc_space *
machipc_space_get(struct machipc_space *space)
{
	refcount_inc(&space->refs);
	return space;
}

static inline void machipc_space_get_many(struct machipc_space *space, int nr)
{
	refcount_add(nr, &space->refs);
}

/**
 * machipc_space_put() - release a reference
 * @space: the space
 *
 * Context: May sleep.
 */
static inline void machipc_space_put(struct machipc_space *space)
{
	if (refcount_dec_and_test(&space->refs))
		machipc_space_free(space);
}

static inline void machipc_space_put_many(struct machipc_space *space, int nr)
{
	if (refcount_sub_and_test(nr, &space->refs))
		machipc_space_free(space);
}

#endif
