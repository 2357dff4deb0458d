/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ports: the objects that messages are sent to.
 */
#ifndef _MACHIPC_PORT_H
#define _MACHIPC_PORT_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "waitq.h"

struct machipc_inbox;
struct machipc_reap;
struct machipc_right;
struct machipc_space;
struct machipc_user;

/**
 * DOC: Overview
 *
 * A port is a bounded queue of messages with one receiver. Processes do not
 * hold ports; they hold rights to them, under names in their spaces, and
 * rights travel in messages. A *receive right* allows to take messages out,
 * there is just one. A *send right* allows to put messages in, any number of
 * times; a *send-once right* just one message, which is then never refused for
 * lack of room. A *port set* is a view on the queues of several ports.
 *
 * A port lives as long as its receive right. When that is destroyed the port
 * is *dead*: its memory stays until the last reference to it goes, because
 * the entries of other spaces become dead names only when they are touched.
 *
 * DOC: Locking
 *
 * Locks nest in this order, outermost first::
 *
 *   machipc_space.lock         mutex; names, entries, user references
 *     machipc_port.lock        spinlock; state, counts, queue, waiters
 *       machipc_pset.lock      spinlock; members, ready list, receivers
 *         wait_queue_head.lock of a watch or an inbox, and what the wake-up
 *                              functions of epoll and others take
 *
 *   machipc_cycle_mutex        mutex, a leaf; machipc_port.destination
 *   spaces_mutex               mutex; the table of live spaces
 *   users_mutex                mutex; the list of users' accounts
 *   processes_mutex            mutex; special ports of processes
 *   domains_mutex              mutex; special ports of pid namespaces
 *   machipc_thread.lock        mutex; special port of a thread
 *
 * The last three are outside of port locks and never held with a space lock, or
 * with each other. What all processes share are the list of users, and the
 * tables of spaces, processes and domains: nothing is allocated or released
 * under their mutexes, because a process that is short of memory may wait for
 * it as long as it likes. The last reference to an account may go anywhere, so
 * that of users is inside all others.
 *
 *   mapper.lock                mutex; the mapping of a space that is made
 *     mm_struct.mmap_lock      what the mappings of received memory need
 *       machipc_memory.lock    spinlock, a leaf; pages of a message
 *       machipc_pool.lock      spinlock, a leaf; pages that a process keeps
 *
 *   pools_lock                 spinlock; the list of pools
 *     machipc_pool.lock
 *
 *   threads_lock               raw spinlock, a leaf; threads that have a port
 *
 * Neither of the first two is taken with any other lock of this module held. A
 * mapping that goes may take the users' mutex inside of mmap_lock, for the last
 * reference to an account.
 *
 * Two locks of one class are never held together.
 *
 * Who sleeps in a send or a receive is found under the lock of the port or set,
 * and woken there or after it. An RCU read-side section around both keeps the
 * task, because its thread may leave the wait by itself and exit. Who waits
 * looks at its own state without a lock, also before it sleeps (spin.h).
 *
 * The space lock is a mutex because the name table grows under it, and because
 * the rights of a header are taken as one step. No user memory is touched
 * under it: a page fault that another thread can stall would stall all
 * threads of the process.
 *
 * The port lock is a spinlock because a send holds it for a few list
 * operations and never longer. The set lock nests inside it because the sender
 * knows the port and has to wake those who wait on a set.
 *
 * Those who poll are woken under the locks of the port and the set, because a
 * watch is in their lists as long as they hold them. What is taken inside is
 * never held around a call of a poll method, so the order has no inverse.
 *
 * The cycle mutex is global because two threads that put the receive rights
 * of A into a message to B, and of B into a message to A, would each miss the
 * other if they only locked the ports. It is taken only when a receive right
 * enters or leaves a message, and held for a bounded number of steps.
 *
 * DOC: References
 *
 * A reference is held by: each entry that names the port; each right in a
 * message; each registered notification, on the port to be notified; each
 * watch; each special port of a process or a pid namespace; @destination of a
 * port in transit; and any function that uses the port without one of these. A
 * membership in a set holds the set: the port leaves its sets before it goes.
 * The last put frees the memory and does nothing else.
 *
 * DOC: How a port dies
 *
 * machipc_port_destroy() is called by whoever holds the receive right outside
 * of any space: the caller has removed the entry, or is destroying a message
 * that carried it. So it is called once. Under the port lock it sets @dead,
 * detaches the queue, the memberships, the watches and all waiters; what
 * follows works on what was detached. Everyone else looks at @dead under the
 * port lock before adding to a list, so nothing is added afterwards.
 *
 * A send that races with it either queued its message before, which is then
 * destroyed with the queue, or finds @dead and destroys the message itself. A
 * sender that waits for room is woken and destroys its own message. Neither
 * gets an error.
 *
 * A message that dies may hold receive rights, whose ports die, whose queues
 * hold messages. The queues are appended to the &struct machipc_reap of the
 * operation, and a loop drains it with no lock held: stack depth does not
 * depend on what users built.
 */

/* How deep in transit a port may be that takes another receive right. */
#define MACHIPC_TRANSIT_DEPTH	4096

/* Serializes all changes of &machipc_port.destination. */
extern struct mutex machipc_cycle_mutex;

/**
 * enum machipc_kobject - what a port stands for, in Mach's numbers
 * @MACHIPC_KOBJECT_NONE: nothing, it is a user's
 * @MACHIPC_KOBJECT_THREAD: a &struct machipc_thread
 * @MACHIPC_KOBJECT_TASK: a &struct machipc_space
 * @MACHIPC_KOBJECT_HOST: the machine
 * @MACHIPC_KOBJECT_HOST_PRIV: a &struct machipc_domain
 * @MACHIPC_KOBJECT_TASK_NAME: the identity of a task, and nothing else
 */
enum machipc_kobject {
	MACHIPC_KOBJECT_NONE = 0,
	MACHIPC_KOBJECT_THREAD = 1,
	MACHIPC_KOBJECT_TASK = 2,
	MACHIPC_KOBJECT_HOST = 3,
	MACHIPC_KOBJECT_HOST_PRIV = 4,
	MACHIPC_KOBJECT_TASK_NAME = 20,
};

/**
 * struct machipc_port - a port
 */
struct machipc_port {
	/** @refs: see DOC: References */
	refcount_t refs;
	/** @kobject: kind of kernel object behind the port; constant */
	enum machipc_kobject kobject;
	/**
	 * @user: who pays for the port, NULL for the kernel; whoever has the
	 * receive right may change it, under @lock
	 */
	struct machipc_user *user;
	/**
	 * @destination: where the message goes that carries the receive right,
	 * with a reference; protected by machipc_cycle_mutex
	 */
	struct machipc_port *destination;

	/** @lock: protects all that follows */
	spinlock_t lock;
	/** @dead: the receive right is gone for good; never cleared */
	bool dead;
	/** @guarded: @context is needed to destroy the port */
	bool guarded;
	/** @strict: @context cannot be read or set */
	bool strict;
	/** @temp_owner: attribute, kept for get_attributes only */
	bool temp_owner;
	/** @importance: attribute, kept for get_attributes only */
	bool importance;
	/** @qlimit: messages from send rights wait at this number */
	u16 qlimit;
	/** @msgcount: messages in @queue, and slots given to woken senders */
	u16 msgcount;
	/** @name: name of the receive right in @receiver */
	u32 name;
	/**
	 * @receiver: the space that holds the receive right; NULL while it is
	 * in transit, for a dead port and for one of the kernel. No reference:
	 * a space gives up its rights before it goes
	 */
	struct machipc_space *receiver;
	/** @seqno: sequence number of the next message received */
	u32 seqno;
	/** @mscount: send rights made */
	u32 mscount;
	/** @srights: send rights that exist: entries and rights in transit */
	u32 srights;
	/** @sorights: the same for send-once rights */
	u32 sorights;
	/** @nr_requests: requests of entries, fired ones included */
	u32 nr_requests;
	/**
	 * @nr_armed: send-possible requests that wait for a receive; a
	 * receiver looks at it without the lock, see
	 * machipc_notify_requests_possible()
	 */
	u32 nr_armed;
	/**
	 * @object: what a port of the kernel stands for, see enum
	 * machipc_kobject; NULL once that has gone. No reference: the object
	 * calls machipc_port_disown() before it goes
	 */
	void *object;
	/** @context: a word for the receiver, or the guard */
	u64 context;
	/** @bytes: size of the messages in @queue */
	size_t bytes;
	/** @nsreq: send-once right for the no-senders notification, or NULL */
	struct machipc_port *nsreq;
	/** @pdreq: the same for port-destroyed */
	struct machipc_port *pdreq;
	/** @queue: messages, &machipc_kmsg.node */
	struct list_head queue;
	/** @readers: who watches the receive right, &machipc_watch.node */
	struct hlist_head readers;
	/**
	 * @inbox: that of @receiver if its device is polled, else NULL. It
	 * counts the port while @queue is not empty
	 */
	struct machipc_inbox *inbox;
	/** @writers: who watches a send right, &machipc_watch.node */
	struct hlist_head writers;
	/** @senders: who waits for room, &machipc_sender.node */
	struct list_head senders;
	/** @receivers: who waits on the port itself */
	struct machipc_waitq receivers;
	/** @links: memberships, &machipc_pset_link.port_node */
	struct list_head links;
	/** @nr_links: length of @links, at most MACHIPC_PORT_SETS_MAX */
	u32 nr_links;
	/** @requests: who is told of the death, &machipc_request.node */
	struct list_head requests;
};

int machipc_port_cache_create(void);
void machipc_port_cache_destroy(void);

struct machipc_port *machipc_port_alloc(struct machipc_user *user,
					enum machipc_kobject kobject);
void machipc_port_free(struct machipc_port *port);

static inline struct machipc_port *machipc_port_get(struct machipc_port *port)
{
	refcount_inc(&port->refs);
	return port;
}

/**
 * machipc_port_put() - release a reference
 * @port: the port, or NULL
 *
 * Context: May sleep, no spinlock held: the last put gives the memory back to
 * the account of its user.
 */
static inline void machipc_port_put(struct machipc_port *port)
{
	if (port && refcount_dec_and_test(&port->refs))
		machipc_port_free(port);
}

/**
 * machipc_port_dead() - whether a port is dead
 * @port: the port
 *
 * A port that is dead stays so. One that is alive may die at any time, unless
 * the caller holds its receive right or the lock of the space that does;
 * whoever must be sure looks again under the port's lock. Pairs with
 * machipc_port_destroy().
 */
static inline bool machipc_port_dead(const struct machipc_port *port)
{
	return READ_ONCE(port->dead);
}

void machipc_port_disown(struct machipc_port *port);
void machipc_port_take_over(struct machipc_port *port,
			    struct machipc_user *user);
void machipc_port_settle_locked(struct machipc_port *port,
				struct machipc_space *space, u32 name,
				struct machipc_inbox *inbox);
void machipc_port_clear_locked(struct machipc_port *port);
void machipc_port_destroy(struct machipc_port *port, struct machipc_reap *reap);

bool machipc_port_enter_transit(struct machipc_port *port,
				struct machipc_port *destination);
void machipc_port_leave_transit(struct machipc_port *port);

#endif
