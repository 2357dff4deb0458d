// SPDX-License-Identifier: GPL-2.0
/*
 * Thread ports.
 */
#include <linux/hashtable.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include <trace/events/sched.h>

#include "compat.h"
#include "debug.h"
#include "kmsg.h"
#include "port.h"
#include "probe.h"
#include "reap.h"
#include "right.h"
#include "space.h"
#include "thread.h"

/**
 * struct machipc_thread - a thread that has a port
 * @hash: in the table, until the thread ends; protected by threads_lock
 * @node: in the list of its space or, after that, in one of threads that have
 *	ended; protected by threads_lock
 * @refs: one until the port is destroyed, and calls in progress
 * @pid: the thread, with a reference; constant
 * @space: its space, with a reference; constant
 * @port: the thread port, with a reference; gone with the thread
 * @lock: protects what follows
 * @dead: the thread has ended
 * @set: another port was set as kernel port
 * @kernel: that port
 */
struct machipc_thread {
	struct hlist_node hash;
	struct list_head node;
	refcount_t refs;
	struct pid *pid;
	struct machipc_space *space;
	struct machipc_port *port;

	struct mutex lock;	/* outside that of a port */
	bool dead;
	bool set;
	struct machipc_right kernel;
};

/* A raw lock, because the trace point is passed with preemption disabled. */
static DEFINE_HASHTABLE(threads, 10);
static LIST_HEAD(ended);
static DEFINE_RAW_SPINLOCK(threads_lock);

/* How many threads of a space are taken under one hold of the lock. */
#define TAKEN_AT_ONCE	64

static void destroy_ended(struct work_struct *work);
static DECLARE_WORK(destroy_work, destroy_ended);

static struct tracepoint *exit_tracepoint;

static void take_locked(struct machipc_thread *thread, struct list_head *list)
{
	lockdep_assert_held(&threads_lock);

	hash_del(&thread->hash);
	list_move_tail(&thread->node, list);
}

/* The current thread exits. It may have records of more than one space. */
static void thread_exits(struct pid *pid)
{
	struct machipc_thread *thread;
	struct hlist_node *next;

	/* What concerns this thread was added by itself. */
	if (hlist_empty(&threads[hash_min((unsigned long)pid,
					  HASH_BITS(threads))]))
		return;
	raw_spin_lock(&threads_lock);
	hash_for_each_possible_safe(threads, thread, next, hash,
				    (unsigned long)pid) {
		if (thread->pid != pid)
			continue;
		take_locked(thread, &ended);
		schedule_work(&destroy_work);
	}
	raw_spin_unlock(&threads_lock);
}

static void probe_exit(void *data, struct task_struct *task)
{
	thread_exits(task_pid(task));
}

static void probe_exit_last(void *data, struct task_struct *task, bool last)
{
	thread_exits(task_pid(task));
}

static void *exit_probe(void)
{
	return MACHIPC_EXIT_TELLS_LAST ? (void *)probe_exit_last :
					 (void *)probe_exit;
}

int machipc_thread_init(void)
{
	int ret = 0;

	exit_tracepoint = machipc_probe_find("sched_process_exit");
	if (exit_tracepoint)
		ret = tracepoint_probe_register(exit_tracepoint, exit_probe(),
						NULL);
	return ret;
}

/* No space is left, so no thread is in the table. */
void machipc_thread_exit(void)
{
	if (exit_tracepoint) {
		tracepoint_probe_unregister(exit_tracepoint, exit_probe(),
					    NULL);
		tracepoint_synchronize_unregister();
	}
	flush_work(&destroy_work);
}

/**
 * machipc_thread_put() - release a reference
 * @thread: the record
 *
 * Context: May sleep.
 */
void machipc_thread_put(struct machipc_thread *thread)
{
	if (!refcount_dec_and_test(&thread->refs))
		return;
	put_pid(thread->pid);
	machipc_space_put(thread->space);
	kfree(thread);
	machipc_count(MACHIPC_THREADS, -1);
}

/* The thread has ended; its record is in no list of others. */
static void destroy(struct machipc_thread *thread)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);
	struct machipc_space *space = thread->space;
	struct machipc_right kernel;

	machipc_port_disown(thread->port);
	mutex_lock(&thread->lock);
	thread->dead = true;
	kernel = thread->kernel;
	thread->kernel.port = NULL;
	mutex_unlock(&thread->lock);
	machipc_right_release(&kernel, &reap);
	machipc_port_destroy(thread->port, &reap);
	/* Pairs with machipc_thread_end_all(). */
	atomic_dec(&space->threads);
	machipc_thread_put(thread);
}

static void destroy_list(struct list_head *list)
{
	struct machipc_thread *thread, *next;

	list_for_each_entry_safe(thread, next, list, node) {
		destroy(thread);
		cond_resched();
	}
}

static void destroy_ended(struct work_struct *work)
{
	LIST_HEAD(list);

	raw_spin_lock(&threads_lock);
	list_splice_init(&ended, &list);
	raw_spin_unlock(&threads_lock);
	destroy_list(&list);
}

static bool is_gone(struct pid *pid)
{
	bool gone;

	rcu_read_lock();
	gone = !pid_task(pid, PIDTYPE_PID);
	rcu_read_unlock();
	return gone;
}

/* Ends threads of a space that have gone unnoticed. */
static void end_gone(struct machipc_space *space)
{
	struct machipc_thread *thread, *next;
	LIST_HEAD(list);

	raw_spin_lock(&threads_lock);
	list_for_each_entry_safe(thread, next, &space->thread_list, node) {
		if (is_gone(thread->pid))
			take_locked(thread, &list);
	}
	raw_spin_unlock(&threads_lock);
	destroy_list(&list);
}

/*
 * Takes some threads of a space: every thread that exits may wait for the lock,
 * and nothing preempts who has it. Returns whether there may be more.
 */
static bool take_some(struct machipc_space *space, struct list_head *list)
{
	struct list_head *rest = &space->thread_list;
	unsigned int nr;

	raw_spin_lock(&threads_lock);
	for (nr = 0; nr < TAKEN_AT_ONCE && !list_empty(rest); nr++)
		take_locked(list_first_entry(rest, struct machipc_thread,
					     node), list);
	raw_spin_unlock(&threads_lock);
	return nr == TAKEN_AT_ONCE;
}

/**
 * machipc_thread_end_all() - end the threads of a space
 * @space: the space, which is dead: no thread can be added
 *
 * The ports of threads that exited before are dead on return, too.
 *
 * Context: May sleep.
 */
void machipc_thread_end_all(struct machipc_space *space)
{
	LIST_HEAD(list);

	if (!atomic_read(&space->threads))
		return;
	while (take_some(space, &list))
		cond_resched();
	destroy_list(&list);
	if (atomic_read(&space->threads))
		flush_work(&destroy_work);
}

static struct machipc_thread *find_current(struct machipc_space *space)
{
	struct machipc_thread *thread, *found = NULL;
	struct pid *pid = task_pid(current);

	raw_spin_lock(&threads_lock);
	hash_for_each_possible(threads, thread, hash, (unsigned long)pid) {
		if (thread->pid != pid || thread->space != space)
			continue;
		refcount_inc(&thread->refs);
		found = thread;
	}
	raw_spin_unlock(&threads_lock);
	return found;
}

static struct machipc_thread *alloc_thread(struct machipc_space *space)
{
	struct machipc_thread *thread;

	thread = kzalloc(sizeof(*thread), GFP_KERNEL_ACCOUNT);
	if (!thread)
		return NULL;
	thread->port = machipc_port_alloc(space->user, MACHIPC_KOBJECT_THREAD);
	if (!thread->port) {
		kfree(thread);
		return NULL;
	}
	/* Nobody else can see the port yet. */
	thread->port->object = thread;
	/* One for the caller. */
	refcount_set(&thread->refs, 2);
	mutex_init(&thread->lock);
	thread->pid = get_pid(task_pid(current));
	thread->space = machipc_space_get(space);
	machipc_count(MACHIPC_THREADS, 1);
	return thread;
}

static bool add_thread(struct machipc_thread *thread)
{
	struct machipc_space *space = thread->space;
	bool active;

	mutex_lock(&space->lock);
	active = space->active;
	if (active) {
		atomic_inc(&space->threads);
		raw_spin_lock(&threads_lock);
		hash_add(threads, &thread->hash, (unsigned long)thread->pid);
		list_add_tail(&thread->node, &space->thread_list);
		raw_spin_unlock(&threads_lock);
	}
	mutex_unlock(&space->lock);
	return active;
}

/* Only the thread itself makes its record, so there is no other meanwhile. */
static struct machipc_thread *make_current(struct machipc_space *space)
{
	struct machipc_thread *thread;

	if (!exit_tracepoint)
		end_gone(space);
	thread = alloc_thread(space);
	if (!thread || add_thread(thread))
		return thread;
	machipc_port_put(thread->port);
	machipc_thread_put(thread);
	machipc_thread_put(thread);
	return NULL;
}

/**
 * machipc_thread_self() - copy the port of the current thread
 * @space: its space
 * @right: where to put a send right, which is null or dead if it was set so
 *
 * Return: KERN_SUCCESS, KERN_FAILURE if the space has died or there is no
 * memory.
 */
int machipc_thread_self(struct machipc_space *space,
			struct machipc_right *right)
{
	struct machipc_thread *thread = find_current(space);
	int kr;

	if (!thread)
		thread = make_current(space);
	if (!thread)
		return KERN_FAILURE;
	kr = machipc_thread_get_special(thread, THREAD_KERNEL_PORT, right);
	machipc_thread_put(thread);
	return kr;
}

/**
 * machipc_thread_find() - find the thread that a port stands for
 * @port: a port with MACHIPC_KOBJECT_THREAD
 *
 * Return: the record with a reference for the caller, which can end at any
 * moment; NULL if it has.
 */
struct machipc_thread *machipc_thread_find(struct machipc_port *port)
{
	struct machipc_thread *thread;

	spin_lock(&port->lock);
	thread = port->object;
	if (thread)
		refcount_inc(&thread->refs);
	spin_unlock(&port->lock);
	return thread;
}

/**
 * machipc_thread_get_special() - copy a special port of a thread
 * @thread: the thread
 * @which: THREAD_KERNEL_PORT
 * @right: where to put a send right, which may be null or dead
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT if there is no such port;
 * KERN_FAILURE if the thread has ended.
 */
int machipc_thread_get_special(struct machipc_thread *thread, u32 which,
			       struct machipc_right *right)
{
	int kr = KERN_SUCCESS;

	if (which != THREAD_KERNEL_PORT)
		return KERN_INVALID_ARGUMENT;
	mutex_lock(&thread->lock);
	if (thread->dead)
		kr = KERN_FAILURE;
	else if (thread->set)
		machipc_right_copy(&thread->kernel, right);
	else
		machipc_right_copy_send(thread->port, right);
	mutex_unlock(&thread->lock);
	return kr;
}

/**
 * machipc_thread_set_special() - set a special port of a thread
 * @thread: the thread
 * @which: THREAD_KERNEL_PORT
 * @right: a send right, or none; consumed on success
 * @reap: gets what dies
 *
 * Return: as machipc_thread_get_special().
 */
int machipc_thread_set_special(struct machipc_thread *thread, u32 which,
			       struct machipc_right *right,
			       struct machipc_reap *reap)
{
	bool dead;

	if (which != THREAD_KERNEL_PORT)
		return KERN_INVALID_ARGUMENT;
	mutex_lock(&thread->lock);
	dead = thread->dead;
	if (!dead) {
		swap(*right, thread->kernel);
		thread->set = true;
	}
	mutex_unlock(&thread->lock);
	if (dead)
		return KERN_FAILURE;
	machipc_right_release(right, reap);
	return KERN_SUCCESS;
}
