// SPDX-License-Identifier: GPL-2.0
/*
 * What a process keeps over exec, and hands to its children.
 */
#include <linux/list.h>
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
 * @node: in the list of records
 * @tgid: the process, with a reference
 * @bootstrap: send right to its bootstrap port; NULL if it was set to none
 * @left: the process has no space, so its end will not be noticed
 *
 * Protected by processes_mutex.
 */
struct process {
	struct list_head node;
	struct pid *tgid;
	struct machipc_port *bootstrap;
	bool left;
};

static LIST_HEAD(processes);
static DEFINE_MUTEX(processes_mutex);

static void sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweep_work, sweep);

static struct process *find_process(struct pid *tgid)
{
	struct process *process;

	lockdep_assert_held(&processes_mutex);

	list_for_each_entry(process, &processes, node) {
		if (process->tgid == tgid)
			return process;
	}
	return NULL;
}

static struct process *add_process(struct pid *tgid)
{
	struct process *process;

	lockdep_assert_held(&processes_mutex);

	process = kzalloc(sizeof(*process), GFP_KERNEL_ACCOUNT);
	if (!process)
		return NULL;
	process->tgid = get_pid(tgid);
	list_add(&process->node, &processes);
	machipc_count(MACHIPC_PROCESSES, 1);
	return process;
}

static void free_process(struct process *process)
{
	lockdep_assert_held(&processes_mutex);

	list_del(&process->node);
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

static void sweep(struct work_struct *work)
{
	struct process *process, *next;
	bool again = false;

	mutex_lock(&processes_mutex);
	list_for_each_entry_safe(process, next, &processes, node) {
		if (!process->left)
			continue;
		if (has_ended(process->tgid))
			free_process(process);
		else
			again = true;
	}
	mutex_unlock(&processes_mutex);
	if (again)
		schedule_delayed_work(&sweep_work, SWEEP_INTERVAL);
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
	struct process *process, *ancestor;

	mutex_lock(&processes_mutex);
	if (list_empty(&processes))
		goto out_unlock;
	process = find_process(task_tgid(current));
	if (process) {
		process->left = false;
		goto out_unlock;
	}
	ancestor = find_ancestor();
	if (!ancestor)
		goto out_unlock;
	process = add_process(task_tgid(current));
	if (process && ancestor->bootstrap)
		process->bootstrap =
			machipc_right_make_send(ancestor->bootstrap);

out_unlock:
	mutex_unlock(&processes_mutex);
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
		free_process(process);
	mutex_unlock(&processes_mutex);
}

/**
 * machipc_process_unload() - forget all processes
 */
void machipc_process_unload(void)
{
	struct process *process, *next;

	cancel_delayed_work_sync(&sweep_work);
	mutex_lock(&processes_mutex);
	list_for_each_entry_safe(process, next, &processes, node)
		free_process(process);
	mutex_unlock(&processes_mutex);
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
		machipc_domain_get(ns_of_pid(space->tgid), right);
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
	struct process *process = NULL;
	int kr = KERN_FAILURE;

	mutex_lock(&processes_mutex);
	if (READ_ONCE(space->active)) {
		kr = KERN_RESOURCE_SHORTAGE;
		process = find_process(space->tgid);
		if (!process)
			process = add_process(space->tgid);
	}
	if (process) {
		old.port = process->bootstrap;
		process->bootstrap = right->port;
		right->port = NULL;
		kr = KERN_SUCCESS;
	}
	mutex_unlock(&processes_mutex);
	machipc_right_release(&old, reap);
	machipc_right_release(right, reap);
	return kr;
}
