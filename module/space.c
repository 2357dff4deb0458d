// SPDX-License-Identifier: GPL-2.0
/*
 * Birth and death of spaces.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "debug.h"
#include "domain.h"
#include "entry.h"
#include "kmsg.h"
#include "limits.h"
#include "pool.h"
#include "port.h"
#include "process.h"
#include "reap.h"
#include "right.h"
#include "space.h"
#include "thread.h"

/*
 * By process. Changed under spaces_mutex, under which nothing is allocated, and
 * read by the trace point of exec under RCU.
 */
static DEFINE_HASHTABLE(spaces, 10);
static DEFINE_MUTEX(spaces_mutex);

/* Ends spaces after an exec. It may take long, and no space waits for another. */
static struct workqueue_struct *end_queue;

/* Threads that are looked at for the address space of their process. */
#define THREADS_MAX	64

/* Never 0: that is the version of the kernel. */
static u32 last_version;

int machipc_space_init(void)
{
	end_queue = alloc_workqueue("machipc", WQ_UNBOUND, 0);
	return end_queue ? 0 : -ENOMEM;
}

/* No task port is called any more, and the trace point of exec is not watched. */
void machipc_space_exit(void)
{
	destroy_workqueue(end_queue);
}

static u32 next_version(void)
{
	lockdep_assert_held(&spaces_mutex);

	if (!++last_version)
		last_version = 1;
	return last_version;
}

/**
 * machipc_space_is_owner_exiting() - whether the owner's process is exiting
 * @space: the space
 *
 * For a file operation that the end of a process leads to: the address space
 * has gone by then, and the thread that closes the descriptors is the last
 * one of its group. A single thread that exits does not count.
 */
bool machipc_space_is_owner_exiting(const struct machipc_space *space)
{
	return task_tgid(current) == space->tgid &&
	       !atomic_read(&current->signal->live);
}

/**
 * machipc_space_is_owner_executing() - whether the owner executes a program
 * @space: the space
 *
 * For a file operation: the descriptors that are closed on exec are closed
 * when the exec can no longer fail.
 */
bool machipc_space_is_owner_executing(const struct machipc_space *space)
{
	return task_tgid(current) == space->tgid && current->in_execve;
}

/*
 * The address space that the owner's process has now, NULL if it is about to
 * end; @exists says whether it is there at all. Threads that have exited have
 * none: those that somebody traces stay, so not all are looked at.
 */
static struct mm_struct *find_mm(const struct machipc_space *space,
				 bool *exists)
{
	struct task_struct *leader, *thread;
	struct mm_struct *mm = NULL;
	unsigned int count = 0;

	rcu_read_lock();
	leader = pid_task(space->tgid, PIDTYPE_TGID);
	*exists = leader;
	if (leader) {
		for_each_thread(leader, thread) {
			mm = READ_ONCE(thread->mm);
			if (mm || ++count == THREADS_MAX)
				break;
		}
	}
	rcu_read_unlock();
	return mm;
}

/**
 * machipc_space_has_owner() - whether the owner still runs
 * @space: the space
 *
 * Return: true only if its process has the address space of @space, which it
 * has not once it executes another program or ends. Of a process with many dead
 * threads that somebody traces it may be false without that.
 */
bool machipc_space_has_owner(const struct machipc_space *space)
{
	bool exists;
	struct mm_struct *mm = find_mm(space, &exists);

	return exists && mm == space->mm;
}

/*
 * Whether the owner has gone without a word: no descriptor tells of an exec that
 * is not closed by it, or is in the table of a thread of its own. One that is
 * about to end is about to tell.
 */
static bool is_abandoned(const struct machipc_space *space)
{
	bool exists;
	struct mm_struct *mm = find_mm(space, &exists);

	return mm ? mm != space->mm : !exists;
}

static void end_space(struct work_struct *work)
{
	struct machipc_space *space = container_of(work, struct machipc_space,
						   exec_work);

	machipc_space_die(space);
	machipc_space_put(space);
}

/**
 * machipc_space_leave() - a process executes a program
 * @task: a thread of it, which has the new address space
 *
 * Has the space end that the process had before.
 *
 * Context: Any, where RCU is watching.
 */
void machipc_space_leave(struct task_struct *task)
{
	struct pid *tgid = task_tgid(task);
	struct machipc_space *space;

	rcu_read_lock();
	hash_for_each_possible_rcu(spaces, space, node, (unsigned long)tgid) {
		if (space->tgid == tgid && space->mm != task->mm &&
		    !atomic_xchg(&space->exec_queued, true) &&
		    refcount_inc_not_zero(&space->refs))
			queue_work(end_queue, &space->exec_work);
	}
	rcu_read_unlock();
}

static struct machipc_space *alloc_space(void)
{
	struct machipc_space *space;
	struct machipc_user *user;

	user = machipc_user_find(current_uid());
	if (!user)
		return ERR_PTR(-ENOMEM);
	if (!machipc_user_charge_space(user)) {
		machipc_user_put(user);
		return ERR_PTR(-EUSERS);
	}
	space = kzalloc(sizeof(*space), GFP_KERNEL_ACCOUNT);
	if (!space)
		goto err_user;
	refcount_set(&space->refs, 1);
	atomic_set(&space->doors, 1);
	INIT_HLIST_NODE(&space->node);
	INIT_WORK(&space->exec_work, end_space);
	machipc_inbox_init(&space->inbox);
	INIT_LIST_HEAD(&space->thread_list);
	mutex_init(&space->lock);
	space->user = user;
	space->active = true;
	/* Index 0 never denotes anything. */
	space->fresh = 1;
	if (machipc_entry_reserve_hash(space))
		goto err_space;
	space->domain = machipc_domain_open();
	if (!space->domain)
		goto err_table;
	space->host = machipc_domain_host(space->domain);
	space->self = machipc_port_alloc(user, MACHIPC_KOBJECT_TASK);
	if (!space->self)
		goto err_domain;
	/* Nobody else can see the port yet. */
	space->self->object = space;
	mmgrab(current->mm);
	space->mm = current->mm;
	space->tgid = get_pid(task_tgid(current));
	machipc_count(MACHIPC_SPACES, 1);
	return space;

err_domain:
	machipc_domain_put(space->domain);
err_table:
	machipc_entry_free_table(space);
err_space:
	kfree(space);
err_user:
	machipc_user_uncharge_space(user);
	machipc_user_put(user);
	return ERR_PTR(-ENOMEM);
}

/**
 * machipc_space_free() - free the memory of a space
 * @space: a dead space without references; see machipc_space_put()
 */
void machipc_space_free(struct machipc_space *space)
{
	if (space->pool)
		machipc_pool_close(space->pool);
	if (space->mapper)
		fput(space->mapper);
	put_pid(space->tgid);
	machipc_domain_put(space->domain);
	machipc_user_put(space->user);
	/* See machipc_space_leave(). */
	kfree_rcu(space, rcu);
	machipc_count(MACHIPC_SPACES, -1);
}

/**
 * machipc_space_find() - find the space that a task port stands for
 * @port: a port with MACHIPC_KOBJECT_TASK
 *
 * Context: May sleep.
 * Return: the space with a reference for the caller, which can die at any
 * moment; NULL if it has.
 */
struct machipc_space *machipc_space_find(struct machipc_port *port)
{
	struct machipc_space *space;

	spin_lock(&port->lock);
	space = port->object;
	if (space)
		machipc_space_get(space);
	spin_unlock(&port->lock);
	if (!space || likely(!is_abandoned(space)))
		return space;
	/* What is left of it does not hold up who asks. */
	if (!atomic_xchg(&space->exec_queued, true))
		queue_work(end_queue, &space->exec_work);
	else
		machipc_space_put(space);
	return NULL;
}

/**
 * machipc_space_task_port() - make a send right to the task port
 * @space: the space
 *
 * Return: the port, with a reference and a send right for the caller; NULL if
 * the space has died.
 */
struct machipc_port *machipc_space_task_port(struct machipc_space *space)
{
	struct machipc_port *port = NULL;

	mutex_lock(&space->lock);
	if (space->active)
		port = machipc_right_make_send(space->self);
	mutex_unlock(&space->lock);
	return port;
}

/**
 * machipc_space_name_port() - make a send right to the task name port
 * @space: the space
 *
 * Return: as machipc_space_task_port(); NULL also if there is no memory for the
 * port.
 */
struct machipc_port *machipc_space_name_port(struct machipc_space *space)
{
	struct machipc_port *port = NULL;

	mutex_lock(&space->lock);
	if (space->active && !space->name)
		space->name = machipc_port_alloc(space->user,
						 MACHIPC_KOBJECT_TASK_NAME);
	if (space->active && space->name)
		port = machipc_right_make_send(space->name);
	mutex_unlock(&space->lock);
	return port;
}

/* Undoes alloc_space(). */
static void discard_space(struct machipc_space *space)
{
	machipc_port_put(space->self);
	machipc_entry_free_table(space);
	mmdrop(space->mm);
	machipc_user_uncharge_space(space->user);
	machipc_process_close(space);
	machipc_space_free(space);
}

/* One more door to the space that the current process has, if it has one. */
static struct machipc_space *find_door(void)
{
	struct machipc_space *space;

	lockdep_assert_held(&spaces_mutex);

	hash_for_each_possible(spaces, space, node,
			       (unsigned long)task_tgid(current)) {
		if (!machipc_space_is_owner(space))
			continue;
		atomic_inc(&space->doors);
		return machipc_space_get(space);
	}
	return NULL;
}

/* The space that the current process had before it executed its program. */
static struct machipc_space *find_old(void)
{
	struct pid *tgid = task_tgid(current);
	struct machipc_space *space;

	lockdep_assert_held(&spaces_mutex);

	hash_for_each_possible(spaces, space, node, (unsigned long)tgid) {
		if (space->tgid == tgid && space->mm != current->mm)
			return machipc_space_get(space);
	}
	return NULL;
}

static void publish(struct machipc_space *space)
{
	lockdep_assert_held(&spaces_mutex);

	space->version = next_version();
	hash_add_rcu(spaces, &space->node, (unsigned long)space->tgid);
}

/*
 * Makes a space for the current process, unless another thread is faster. All
 * memory is allocated before the lock is taken that everybody needs: in a
 * cgroup at its limit that may take long.
 */
static struct machipc_space *make_space(struct machipc_space *door)
{
	struct machipc_space *fresh = alloc_space();
	struct machipc_space *space;

	if (!IS_ERR(fresh))
		machipc_process_inherit(fresh, door);
	mutex_lock(&spaces_mutex);
	space = find_door();
	if (!space) {
		space = fresh;
		if (!IS_ERR(fresh))
			publish(fresh);
	}
	mutex_unlock(&spaces_mutex);
	if (space != fresh && !IS_ERR(fresh))
		discard_space(fresh);
	return space;
}

/**
 * machipc_space_open() - get the space of the current process
 * @door: a dead space to which it has a descriptor, or NULL
 *
 * Context: May sleep.
 * Return: the space, with a reference and a door for the caller; it is made if
 * there is none. An error pointer with -ENOMEM or -EUSERS.
 */
struct machipc_space *machipc_space_open(struct machipc_space *door)
{
	struct machipc_space *space, *old;

	for (;;) {
		mutex_lock(&spaces_mutex);
		space = find_door();
		old = space ? NULL : find_old();
		mutex_unlock(&spaces_mutex);
		if (!old)
			return space ? space : make_space(door);
		machipc_space_die(old);
		machipc_space_put(old);
	}
}

/**
 * machipc_space_close() - close a door
 * @space: the space; the reference and the door are consumed
 */
void machipc_space_close(struct machipc_space *space)
{
	if (atomic_dec_and_test(&space->doors)) {
		machipc_space_die(space);
		machipc_process_close(space);
	}
	machipc_space_put(space);
}

/*
 * Takes the space out of sight. Returns false if somebody has done so. The two
 * locks are not nested: who holds that of the space may wait for memory.
 */
static bool deactivate(struct machipc_space *space)
{
	bool listed;

	mutex_lock(&spaces_mutex);
	listed = hash_hashed(&space->node);
	hash_del_rcu(&space->node);
	mutex_unlock(&spaces_mutex);
	if (!listed)
		return false;
	mutex_lock(&space->lock);
	/* Pairs with machipc_space_is_owner(). */
	WRITE_ONCE(space->active, false);
	mutex_unlock(&space->lock);
	return true;
}

static void release_names(struct machipc_space *space,
			  struct machipc_reap *reap)
{
	struct machipc_entry *entry;
	u32 index = 1;

	for (;;) {
		mutex_lock(&space->lock);
		entry = machipc_entry_next(space, index);
		if (!entry)
			break;
		index = entry->index + 1;
		machipc_right_destroy(space, entry, reap);
		cond_resched();
	}
	/* A message in transit may keep the space for long, but not these. */
	machipc_entry_free_table(space);
	mutex_unlock(&space->lock);
}

/**
 * machipc_space_die() - end a space
 * @space: the space
 *
 * Releases every right, which tells all who asked to be told. Does nothing if
 * the space has died before; a second caller does not wait for the first.
 *
 * Context: May sleep.
 */
void machipc_space_die(struct machipc_space *space)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	if (!deactivate(space))
		return;
	machipc_inbox_hang_up(&space->inbox);
	machipc_port_disown(space->self);
	machipc_thread_end_all(space);
	release_names(space, &reap);
	if (machipc_space_is_owner_exiting(space))
		machipc_process_exit(space);
	else
		machipc_process_left(space);

	/* Nobody looks at them any more: the space is not active. */
	machipc_port_destroy(space->self, &reap);
	space->self = NULL;
	if (space->name)
		machipc_port_destroy(space->name, &reap);
	space->name = NULL;
	machipc_kmsg_drop_spare(space);
	mmdrop(space->mm);
	machipc_user_uncharge_space(space->user);
}
