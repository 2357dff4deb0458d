// SPDX-License-Identifier: GPL-2.0
/*
 * The ports that the kernel keeps for a process.
 */
#include <linux/bits.h>
#include <linux/hashtable.h>
#include <linux/kernel.h>
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
#include "kmsg.h"
#include "port.h"
#include "process.h"
#include "reap.h"
#include "right.h"
#include "space.h"

/* How often to look for processes that ended unnoticed. */
#define SWEEP_INTERVAL	HZ

/* Slots that belong to a space, and are not inherited. */
#define SPACE_SLOTS	(BIT(MACHIPC_SLOT_KERNEL) | BIT(MACHIPC_SLOT_DEBUG))

/**
 * struct machipc_process - the record of one process
 * @node: in the hash of records, until the process ends
 * @refs: one of the process, until it ends, and one of each space with a door;
 *	the last one frees it
 * @tgid: the process, with a reference
 * @left: no live space has the record, so the end of the process will not be
 *	noticed
 * @owner: the space that has set those of SPACE_SLOTS, only to be compared
 * @set: bits of the slots that were set, perhaps to none
 * @slots: the send rights
 *
 * Protected by processes_mutex.
 */
struct machipc_process {
	struct hlist_node node;
	unsigned int refs;
	struct pid *tgid;
	bool left;
	const struct machipc_space *owner;
	unsigned long set;
	struct machipc_right slots[MACHIPC_NR_SLOTS];
};

/*
 * By process. A table, because the records of all ancestors are looked for.
 * Protected by processes_mutex, under which nothing is allocated or released.
 */
static DEFINE_HASHTABLE(processes, 10);
static DEFINE_MUTEX(processes_mutex);

static void sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweep_work, sweep);

static struct machipc_process *find_process(struct pid *tgid)
{
	struct machipc_process *process;

	lockdep_assert_held(&processes_mutex);

	hash_for_each_possible(processes, process, node, (unsigned long)tgid) {
		if (process->tgid == tgid)
			return process;
	}
	return NULL;
}

static struct machipc_process *alloc_process(struct pid *tgid)
{
	struct machipc_process *process;

	process = kzalloc(sizeof(*process), GFP_KERNEL_ACCOUNT);
	if (!process)
		return NULL;
	process->refs = 1;
	process->tgid = get_pid(tgid);
	machipc_count(MACHIPC_PROCESSES, 1);
	return process;
}

static void add_process(struct machipc_process *process)
{
	lockdep_assert_held(&processes_mutex);

	hash_add(processes, &process->node, (unsigned long)process->tgid);
}

static void release_slots(struct machipc_right *slots, unsigned int nr)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);
	unsigned int i;

	for (i = 0; i < nr; i++)
		machipc_right_release(&slots[i], &reap);
}

/* Frees a record that has no reference, or NULL. */
static void free_process(struct machipc_process *process)
{
	if (!process)
		return;
	release_slots(process->slots, MACHIPC_NR_SLOTS);
	put_pid(process->tgid);
	kfree(process);
	machipc_count(MACHIPC_PROCESSES, -1);
}

/* Gives up a reference. Returns what the caller has to free, or NULL. */
static struct machipc_process *put_process(struct machipc_process *process)
{
	lockdep_assert_held(&processes_mutex);

	return --process->refs ? NULL : process;
}

/* From now on the record is looked at now and then. */
static void leave_process(struct machipc_process *process)
{
	lockdep_assert_held(&processes_mutex);

	process->left = true;
	schedule_delayed_work(&sweep_work, SWEEP_INTERVAL);
}

/* The process has ended. What inherits from it now comes by a door. */
static struct machipc_process *end_process(struct machipc_process *process)
{
	lockdep_assert_held(&processes_mutex);

	hash_del(&process->node);
	return put_process(process);
}

static bool has_ended(struct machipc_process *process)
{
	return hlist_unhashed(&process->node);
}

static bool is_gone(struct pid *tgid)
{
	bool gone;

	rcu_read_lock();
	gone = !pid_task(tgid, PIDTYPE_TGID);
	rcu_read_unlock();
	return gone;
}

/*
 * Ends records, and frees what nobody refers to: all of them or, with @left,
 * those of processes that ended unnoticed. Returns whether there may be more
 * of these later.
 */
static bool end_processes(bool left)
{
	struct machipc_process *process;
	struct hlist_node *next;
	bool again = false;
	HLIST_HEAD(list);
	int bucket;

	mutex_lock(&processes_mutex);
	hash_for_each_safe(processes, bucket, next, process, node) {
		if (left && !process->left)
			continue;
		if (left && !is_gone(process->tgid)) {
			again = true;
			continue;
		}
		process = end_process(process);
		if (process)
			hlist_add_head(&process->node, &list);
	}
	mutex_unlock(&processes_mutex);
	hlist_for_each_entry_safe(process, next, &list, node)
		free_process(process);
	return again;
}

static void sweep(struct work_struct *work)
{
	if (end_processes(true))
		schedule_delayed_work(&sweep_work, SWEEP_INTERVAL);
}

/*
 * The record of the nearest living ancestor that has one, within the pid
 * namespace: what is set outside is not seen inside.
 */
static struct machipc_process *find_ancestor(void)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct machipc_process *process = NULL;
	struct task_struct *task = current;

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

/*
 * The record behind a door, if it was a process that has exited since. A
 * descriptor may have come from anybody: what another user or namespace has
 * set is not believed.
 */
static struct machipc_process *find_behind(struct machipc_space *space,
					   struct machipc_space *door)
{
	struct machipc_process *process = door ? door->process : NULL;

	lockdep_assert_held(&processes_mutex);

	if (!process || !has_ended(process) || door->user != space->user ||
	    door->domain != space->domain)
		return NULL;
	return process;
}

static void copy_slots(struct machipc_process *to,
		       const struct machipc_process *from)
{
	unsigned int i;

	to->set = from->set & ~SPACE_SLOTS;
	for_each_set_bit(i, &to->set, MACHIPC_NR_SLOTS)
		machipc_right_copy(&from->slots[i], &to->slots[i]);
}

/* Gives the space the record that its process has by now. */
static void attach(struct machipc_space *space, struct machipc_process *process)
{
	process->left = false;
	process->refs++;
	space->process = process;
}

/**
 * machipc_process_inherit() - give the current process what its parent has
 * @space: the space that it just got
 * @door: a dead space to which it has a descriptor, or NULL
 *
 * Without memory for the record the process has the defaults.
 */
void machipc_process_inherit(struct machipc_space *space,
			     struct machipc_space *door)
{
	struct machipc_process *fresh = alloc_process(space->tgid);
	struct machipc_process *process, *parent = NULL;

	mutex_lock(&processes_mutex);
	process = find_process(space->tgid);
	if (!process && fresh) {
		parent = find_behind(space, door);
		if (!parent)
			parent = find_ancestor();
	}
	if (parent) {
		process = fresh;
		fresh = NULL;
		copy_slots(process, parent);
		add_process(process);
	}
	if (process)
		attach(space, process);
	mutex_unlock(&processes_mutex);
	free_process(fresh);
}

/* Takes out the slots that a space has set. */
static void take_space_slots(struct machipc_process *process,
			     struct machipc_right slots[2])
{
	lockdep_assert_held(&processes_mutex);

	swap(process->slots[MACHIPC_SLOT_KERNEL], slots[0]);
	swap(process->slots[MACHIPC_SLOT_DEBUG], slots[1]);
	process->set &= ~SPACE_SLOTS;
	process->owner = NULL;
}

/**
 * machipc_process_left() - a process no longer has a space
 * @space: the space that it had; the process may have ended or not
 */
void machipc_process_left(struct machipc_space *space)
{
	struct machipc_right slots[2] = {};
	struct machipc_process *process;

	mutex_lock(&processes_mutex);
	process = space->process;
	if (process && !has_ended(process)) {
		/* The next program may have a space already. */
		if (process->owner == space)
			take_space_slots(process, slots);
		leave_process(process);
	}
	mutex_unlock(&processes_mutex);
	release_slots(slots, ARRAY_SIZE(slots));
}

/**
 * machipc_process_exit() - a process ends
 * @space: a space that it had
 */
void machipc_process_exit(struct machipc_space *space)
{
	struct machipc_process *process = NULL;

	mutex_lock(&processes_mutex);
	if (space->process && !has_ended(space->process))
		process = end_process(space->process);
	mutex_unlock(&processes_mutex);
	free_process(process);
}

/**
 * machipc_process_close() - the last door to a space was closed
 * @space: the space, which is dead or was never used
 *
 * In place of one that was never used the process has another, made before
 * there was anything to inherit: that one does not have the record.
 */
void machipc_process_close(struct machipc_space *space)
{
	struct machipc_process *process, *unused = NULL;
	struct machipc_right slots[2] = {};

	mutex_lock(&processes_mutex);
	process = space->process;
	space->process = NULL;
	/* Who ends the space may not have come to machipc_process_left(). */
	if (process && process->owner == space)
		take_space_slots(process, slots);
	if (process)
		unused = put_process(process);
	if (process && !unused && !has_ended(process) && process->refs == 1)
		leave_process(process);
	mutex_unlock(&processes_mutex);
	release_slots(slots, ARRAY_SIZE(slots));
	free_process(unused);
}

/**
 * machipc_process_unload() - forget all processes
 */
void machipc_process_unload(void)
{
	cancel_delayed_work_sync(&sweep_work);
	end_processes(false);
}

/**
 * machipc_process_copy() - copy special ports of a process
 * @space: its space
 * @slot: the first one
 * @rights: where to put send rights, which may be null or dead
 * @nr: how many
 *
 * Return: false if the first one was never set; nothing is written then.
 */
bool machipc_process_copy(struct machipc_space *space, enum machipc_slot slot,
			  struct machipc_right *rights, u32 nr)
{
	struct machipc_process *process;
	bool set;
	u32 i;

	mutex_lock(&processes_mutex);
	process = space->process;
	set = process && process->set & BIT(slot) &&
	      !(BIT(slot) & SPACE_SLOTS && process->owner != space);
	for (i = 0; set && i < nr; i++)
		machipc_right_copy(&process->slots[slot + i], &rights[i]);
	mutex_unlock(&processes_mutex);
	return set;
}

/*
 * Gives the space a record if it has none; @fresh is one that may be taken. A
 * space that is still active here has yet to come to machipc_process_left(),
 * which then finds the record.
 */
static int need_process(struct machipc_space *space,
			struct machipc_process **fresh)
{
	struct machipc_process *process;

	lockdep_assert_held(&processes_mutex);

	if (!READ_ONCE(space->active) || !machipc_space_has_owner(space))
		return KERN_FAILURE;
	if (space->process)
		return KERN_SUCCESS;
	process = find_process(space->tgid);
	if (!process) {
		process = *fresh;
		*fresh = NULL;
		if (!process)
			return KERN_RESOURCE_SHORTAGE;
		add_process(process);
	}
	attach(space, process);
	return KERN_SUCCESS;
}

static int set_slots(struct machipc_process *process, enum machipc_slot slot,
		     struct machipc_right *rights, u32 nr, bool once)
{
	u32 i;

	lockdep_assert_held(&processes_mutex);

	if (once && machipc_right_valid(&process->slots[slot]))
		return KERN_NO_ACCESS;
	for (i = 0; i < nr; i++) {
		swap(rights[i], process->slots[slot + i]);
		process->set |= BIT(slot + i);
	}
	return KERN_SUCCESS;
}

/**
 * machipc_process_set() - set special ports of a process
 * @space: its space
 * @slot: the first one
 * @rights: send rights, or none; consumed, also on failure
 * @nr: how many
 * @once: do not replace a live one
 * @reap: gets what dies
 *
 * Return: KERN_SUCCESS, KERN_RESOURCE_SHORTAGE, KERN_FAILURE if the space has
 * died, KERN_NO_ACCESS because of @once.
 */
int machipc_process_set(struct machipc_space *space, enum machipc_slot slot,
			struct machipc_right *rights, u32 nr, bool once,
			struct machipc_reap *reap)
{
	struct machipc_process *fresh = alloc_process(space->tgid);
	struct machipc_right old[2] = {};
	u32 i;
	int kr;

	mutex_lock(&processes_mutex);
	kr = need_process(space, &fresh);
	if (!kr && BIT(slot) & SPACE_SLOTS && space->process->owner != space) {
		take_space_slots(space->process, old);
		space->process->owner = space;
	}
	if (!kr)
		kr = set_slots(space->process, slot, rights, nr, once);
	mutex_unlock(&processes_mutex);
	free_process(fresh);
	release_slots(old, ARRAY_SIZE(old));
	for (i = 0; i < nr; i++)
		machipc_right_release(&rights[i], reap);
	return kr;
}
