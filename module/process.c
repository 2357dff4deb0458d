// SPDX-License-Identifier: GPL-2.0
/*
 * What a process keeps over exec, and hands to its children.
 */
#include <linux/hashtable.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "debug.h"
#include "domain.h"
#include "kmsg.h"
#include "port.h"
#include "process.h"
#include "right.h"
#include "space.h"

/* How often to look for processes that ended unnoticed. */
#define SWEEP_INTERVAL	HZ

/**
 * struct process - the record of one process
 * @node: in the table of records
 * @tgid: the process, with a reference
 * @bootstrap: send right to its bootstrap port; NULL if it was set to none
 * @left: the process has no space, so its end will not be noticed
 *
 * Protected by processes_mutex.
 */
struct process {
	struct hlist_node node;
	struct pid *tgid;
	struct machipc_port *bootstrap;
	bool left;
};

/*
 * By process. A table, because the records of all ancestors are looked for.
 * Protected by processes_mutex, under which nothing is allocated.
 */
static DEFINE_HASHTABLE(processes, 10);
static DEFINE_MUTEX(processes_mutex);

static void sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweep_work, sweep);

static struct process *find_process(struct pid *tgid)
{
	struct process *process;

	lockdep_assert_held(&processes_mutex);

	hash_for_each_possible(processes, process, node, (unsigned long)tgid) {
		if (process->tgid == tgid)
			return process;
	}
	return NULL;
}

static struct process *alloc_process(struct pid *tgid)
{
	struct process *process;

	process = kzalloc(sizeof(*process), GFP_KERNEL_ACCOUNT);
	if (!process)
		return NULL;
	process->tgid = get_pid(tgid);
	machipc_count(MACHIPC_PROCESSES, 1);
	return process;
}

static void add_process(struct process *process)
{
	lockdep_assert_held(&processes_mutex);

	hash_add(processes, &process->node, (unsigned long)process->tgid);
}

/* Frees a record that is in no table. */
static void free_process(struct process *process)
{
	if (!process)
		return;
	if (process->bootstrap)
		machipc_right_release_send(process->bootstrap);
	put_pid(process->tgid);
	kfree(process);
	machipc_count(MACHIPC_PROCESSES, -1);
}

static bool has_ended(struct pid *tgid)
{
	bool ended;

	rcu_read_lock();
	ended = !pid_task(tgid, PIDTYPE_TGID);
	rcu_read_unlock();
	return ended;
}

/*
 * Moves records to a list. With @ended only those of processes that ended
 * unnoticed; returns whether there may be more of these later.
 */
static bool collect(struct hlist_head *list, bool ended)
{
	struct process *process;
	struct hlist_node *next;
	bool again = false;
	int bucket;

	mutex_lock(&processes_mutex);
	hash_for_each_safe(processes, bucket, next, process, node) {
		if (ended && !process->left)
			continue;
		if (ended && !has_ended(process->tgid)) {
			again = true;
			continue;
		}
		hash_del(&process->node);
		hlist_add_head(&process->node, list);
	}
	mutex_unlock(&processes_mutex);
	return again;
}

static void free_processes(struct hlist_head *list)
{
	struct process *process;
	struct hlist_node *next;

	hlist_for_each_entry_safe(process, next, list, node)
		free_process(process);
}

static void sweep(struct work_struct *work)
{
	HLIST_HEAD(list);

	if (collect(&list, true))
		schedule_delayed_work(&sweep_work, SWEEP_INTERVAL);
	free_processes(&list);
}

/*
 * The record of the nearest living ancestor that has one, within the pid
 * namespace: what is set outside is not seen inside.
 */
static struct process *find_ancestor(void)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct task_struct *task = current;
	struct process *process = NULL;

	lockdep_assert_held(&processes_mutex);

	rcu_read_lock();
	while (!process && task->pid) {
		task = rcu_dereference(task->real_parent);
		if (task_active_pid_ns(task) != ns)
			break;
		process = find_process(task_tgid(task));
	}
	rcu_read_unlock();
	return process;
}

/**
 * machipc_process_inherit() - give the current process what its parent has
 *
 * To be called when the process gets a space. Without memory for the record
 * the process has the default of its namespace.
 */
void machipc_process_inherit(void)
{
	struct pid *tgid = task_tgid(current);
	struct process *fresh = alloc_process(tgid);
	struct process *process, *ancestor;

	mutex_lock(&processes_mutex);
	process = find_process(tgid);
	if (process) {
		process->left = false;
		goto out_unlock;
	}
	ancestor = fresh ? find_ancestor() : NULL;
	if (!ancestor)
		goto out_unlock;
	if (ancestor->bootstrap)
		fresh->bootstrap = machipc_right_make_send(ancestor->bootstrap);
	add_process(fresh);
	fresh = NULL;

out_unlock:
	mutex_unlock(&processes_mutex);
	free_process(fresh);
}

/**
 * machipc_process_left() - a process no longer has a space
 * @tgid: the process; it may have ended or not
 */
void machipc_process_left(struct pid *tgid)
{
	struct process *process;

	mutex_lock(&processes_mutex);
	process = find_process(tgid);
	if (process) {
		process->left = true;
		schedule_delayed_work(&sweep_work, SWEEP_INTERVAL);
	}
	mutex_unlock(&processes_mutex);
}

/**
 * machipc_process_exit() - a process ends
 * @tgid: the process
 */
void machipc_process_exit(struct pid *tgid)
{
	struct process *process;

	mutex_lock(&processes_mutex);
	process = find_process(tgid);
	if (process)
		hash_del(&process->node);
	mutex_unlock(&processes_mutex);
	free_process(process);
}

/**
 * machipc_process_unload() - forget all processes
 */
void machipc_process_unload(void)
{
	HLIST_HEAD(list);

	cancel_delayed_work_sync(&sweep_work);
	collect(&list, false);
	free_processes(&list);
}

/**
 * machipc_bootstrap_copy() - copy the bootstrap port of a process
 * @space: its space
 * @right: where to put a send right; unchanged if it has none
 */
void machipc_bootstrap_copy(struct machipc_space *space,
			    struct machipc_right *right)
{
	struct process *process;

	mutex_lock(&processes_mutex);
	process = find_process(space->tgid);
	if (process && process->bootstrap)
		machipc_right_copy_send(process->bootstrap, right);
	mutex_unlock(&processes_mutex);
	if (!process)
		machipc_domain_get_bootstrap(space->domain, right);
}

/**
 * machipc_bootstrap_set() - set the bootstrap port of a process
 * @space: its space
 * @right: a send right, or none; consumed
 * @reap: gets what dies
 *
 * A space that is still active here has yet to come to machipc_process_left(),
 * which then finds the record.
 *
 * Return: KERN_SUCCESS, KERN_RESOURCE_SHORTAGE, or KERN_FAILURE if the space
 * has died.
 */
int machipc_bootstrap_set(struct machipc_space *space,
			  struct machipc_right *right,
			  struct machipc_reap *reap)
{
	struct machipc_right old = { .type = MACH_MSG_TYPE_PORT_SEND };
	struct process *fresh = alloc_process(space->tgid);
	struct process *process = NULL;
	int kr = KERN_FAILURE;

	mutex_lock(&processes_mutex);
	if (READ_ONCE(space->active)) {
		kr = KERN_RESOURCE_SHORTAGE;
		process = find_process(space->tgid);
		if (!process && fresh) {
			process = fresh;
			fresh = NULL;
			add_process(process);
		}
	}
	if (process) {
		old.port = process->bootstrap;
		process->bootstrap = right->port;
		right->port = NULL;
		kr = KERN_SUCCESS;
	}
	mutex_unlock(&processes_mutex);
	free_process(fresh);
	machipc_right_release(&old, reap);
	machipc_right_release(right, reap);
	return kr;
}
