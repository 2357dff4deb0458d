// SPDX-License-Identifier: GPL-2.0
/*
 * mach_port_* calls on what a receive right knows about its port: attributes,
 * guard and context, counts, a look at the queue.
 */
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "attr_ops.h"
#include "copyio.h"
#include "entry.h"
#include "guard.h"
#include "kmsg.h"
#include "mqueue.h"
#include "port.h"
#include "space.h"

/*
 * Locks the space and finds a receive right; on success the space stays
 * locked, so that the right stays here.
 */
static int lock_receive(struct machipc_space *space, u32 name,
			struct machipc_port **port)
{
	struct machipc_entry *entry;
	int kr = KERN_INVALID_TASK;

	mutex_lock(&space->lock);
	if (!space->active)
		goto err_unlock;
	kr = KERN_INVALID_NAME;
	entry = machipc_entry_lookup(space, name);
	if (!entry)
		goto err_unlock;
	kr = KERN_INVALID_RIGHT;
	if (!(entry->type & MACHIPC_ENTRY_RECEIVE))
		goto err_unlock;
	*port = entry->port;
	return KERN_SUCCESS;

err_unlock:
	mutex_unlock(&space->lock);
	return kr;
}

/* Words of a flavor that can be read, 0 for one that cannot. */
static u32 flavor_count(u32 flavor)
{
	switch (flavor) {
	case MACH_PORT_LIMITS_INFO:
		return MACH_PORT_LIMITS_INFO_COUNT;
	case MACH_PORT_RECEIVE_STATUS:
		return MACH_PORT_RECEIVE_STATUS_COUNT;
	case MACH_PORT_DNREQUESTS_SIZE:
		return MACH_PORT_DNREQUESTS_SIZE_COUNT;
	case MACH_PORT_INFO_EXT:
		return MACH_PORT_INFO_EXT_COUNT;
	default:
		return 0;
	}
}

static u32 status_flags(const struct machipc_port *port)
{
	u32 flags = 0;

	if (port->importance)
		flags |= MACH_PORT_STATUS_FLAG_IMP_DONATION;
	if (port->importance && port->temp_owner)
		flags |= MACH_PORT_STATUS_FLAG_TEMPOWNER;
	if (port->guarded)
		flags |= MACH_PORT_STATUS_FLAG_GUARDED;
	if (port->guarded && port->strict)
		flags |= MACH_PORT_STATUS_FLAG_STRICT_GUARD;
	return flags;
}

/* The words of mach_port_status_t, in order. */
static void read_status(const struct machipc_port *port, u32 *info)
{
	info[0] = !list_empty(&port->links);
	info[1] = port->seqno;
	info[2] = port->mscount;
	info[3] = port->qlimit;
	info[4] = port->msgcount;
	info[5] = port->sorights;
	info[6] = port->srights > 0;
	info[7] = !!port->pdreq;
	info[8] = !!port->nsreq;
	info[9] = status_flags(port);
}

/**
 * machipc_requests_size_locked() - size of the table of requests of a port
 * @port: the port
 *
 * Mach keeps the requests of a port in a table whose first slot is its head
 * and whose size doubles; here they are a list, so the size is what the table
 * would have.
 *
 * Context: &machipc_port.lock held.
 */
u32 machipc_requests_size_locked(const struct machipc_port *port)
{
	lockdep_assert_held(&port->lock);

	return port->nr_requests ? roundup_pow_of_two(port->nr_requests + 1) :
				   0;
}

/**
 * machipc_get_attributes() - read attributes of a port
 * @space: the space
 * @name: name of its receive right
 * @flavor: MACH_PORT_LIMITS_INFO and so on
 * @info: where to put the words
 * @count: how many there is room for; on return, how many there are
 *
 * Return: kern_return_t, as all of these functions.
 */
int machipc_get_attributes(struct machipc_space *space, u32 name, u32 flavor,
			   u32 *info, u32 *count)
{
	u32 words = flavor_count(flavor);
	struct machipc_port *port;
	int kr;

	if (!words)
		return KERN_INVALID_ARGUMENT;
	if (*count < words)
		return KERN_FAILURE;
	if (!mach_port_valid(name)) {
		if (flavor == MACH_PORT_LIMITS_INFO) {
			*count = 0;
			return KERN_SUCCESS;
		}
		if (flavor == MACH_PORT_DNREQUESTS_SIZE) {
			*count = words;
			info[0] = 0;
			return KERN_SUCCESS;
		}
		return KERN_INVALID_RIGHT;
	}
	kr = lock_receive(space, name, &port);
	if (kr)
		return kr;
	spin_lock(&port->lock);
	memset(info, 0, words * sizeof(*info));
	if (flavor == MACH_PORT_LIMITS_INFO)
		info[0] = port->qlimit;
	else if (flavor == MACH_PORT_DNREQUESTS_SIZE)
		info[0] = machipc_requests_size_locked(port);
	else
		read_status(port, info);
	spin_unlock(&port->lock);
	mutex_unlock(&space->lock);
	*count = words;
	return KERN_SUCCESS;
}

/* Words that setting a flavor takes, -1 for one that cannot be set. */
static int flavor_set_count(u32 flavor)
{
	switch (flavor) {
	case MACH_PORT_LIMITS_INFO:
		return MACH_PORT_LIMITS_INFO_COUNT;
	case MACH_PORT_DNREQUESTS_SIZE:
		return MACH_PORT_DNREQUESTS_SIZE_COUNT;
	case MACH_PORT_TEMPOWNER:
	case MACH_PORT_IMPORTANCE_RECEIVER:
	case MACH_PORT_DENAP_RECEIVER:
		return 0;
	default:
		return -1;
	}
}

/**
 * machipc_set_attributes() - change attributes of a port
 * @space: the space
 * @name: name of its receive right
 * @flavor: MACH_PORT_LIMITS_INFO and so on
 * @info: the words
 * @count: how many there are
 */
int machipc_set_attributes(struct machipc_space *space, u32 name, u32 flavor,
			   const u32 *info, u32 count)
{
	int words = flavor_set_count(flavor);
	struct machipc_port *port;
	int kr;

	if (words < 0)
		return KERN_INVALID_ARGUMENT;
	if (count < words)
		return KERN_FAILURE;
	if (flavor == MACH_PORT_LIMITS_INFO &&
	    info[0] > MACH_PORT_QLIMIT_MAX)
		return KERN_INVALID_VALUE;
	if (!mach_port_valid(name))
		return KERN_INVALID_RIGHT;
	kr = lock_receive(space, name, &port);
	if (kr)
		return kr;
	spin_lock(&port->lock);
	switch (flavor) {
	case MACH_PORT_LIMITS_INFO:
		machipc_mqueue_set_limit_locked(port, info[0]);
		break;
	case MACH_PORT_DNREQUESTS_SIZE:
		/* A list needs no room in advance. */
		break;
	case MACH_PORT_TEMPOWNER:
		port->temp_owner = true;
		port->importance = true;
		break;
	default:
		port->importance = true;
	}
	spin_unlock(&port->lock);
	mutex_unlock(&space->lock);
	return KERN_SUCCESS;
}

/**
 * machipc_get_context() - read the context of a port
 * @space: the space
 * @name: name of its receive right
 * @context: where to put it; 0 if the guard is strict
 */
int machipc_get_context(struct machipc_space *space, u32 name, u64 *context)
{
	struct machipc_port *port;
	int kr;

	if (!mach_port_valid(name))
		return KERN_INVALID_RIGHT;
	kr = lock_receive(space, name, &port);
	if (kr)
		return kr;
	spin_lock(&port->lock);
	*context = port->strict ? 0 : port->context;
	spin_unlock(&port->lock);
	mutex_unlock(&space->lock);
	return KERN_SUCCESS;
}

/**
 * machipc_set_context() - change the context of a port
 * @space: the space
 * @name: name of its receive right
 * @context: the new context; on a guarded port, the new guard
 */
int machipc_set_context(struct machipc_space *space, u32 name, u64 context)
{
	struct machipc_port *port;
	int kr;

	if (!mach_port_valid(name))
		return KERN_INVALID_RIGHT;
	kr = lock_receive(space, name, &port);
	if (kr)
		return kr;
	spin_lock(&port->lock);
	if (port->strict)
		kr = KERN_INVALID_ARGUMENT;
	else
		port->context = context;
	spin_unlock(&port->lock);
	mutex_unlock(&space->lock);
	if (kr)
		machipc_guard_violated(name, MACHIPC_GUARD_SET_CONTEXT);
	return kr;
}

/**
 * machipc_guard() - protect a port against being destroyed by mistake
 * @space: the space
 * @name: name of its receive right
 * @guard: what is needed to destroy it
 * @strict: the guard cannot be read or changed either
 */
int machipc_guard(struct machipc_space *space, u32 name, u64 guard,
		  bool strict)
{
	struct machipc_port *port;
	int kr;

	if (!mach_port_valid(name))
		return KERN_INVALID_NAME;
	kr = lock_receive(space, name, &port);
	if (kr)
		return kr;
	spin_lock(&port->lock);
	if (port->context) {
		kr = KERN_INVALID_ARGUMENT;
	} else {
		port->context = guard;
		port->guarded = true;
		port->strict = strict;
	}
	spin_unlock(&port->lock);
	mutex_unlock(&space->lock);
	return kr;
}

/**
 * machipc_unguard() - end the protection of a port
 * @space: the space
 * @name: name of its receive right
 * @guard: the guard
 */
int machipc_unguard(struct machipc_space *space, u32 name, u64 guard)
{
	struct machipc_port *port;
	u32 violation = 0;
	int kr;

	if (!mach_port_valid(name))
		return KERN_INVALID_NAME;
	kr = lock_receive(space, name, &port);
	if (kr)
		return kr;
	spin_lock(&port->lock);
	if (!port->guarded) {
		violation = MACHIPC_GUARD_UNGUARDED;
	} else if (port->context != guard) {
		violation = MACHIPC_GUARD_INCORRECT;
	} else {
		port->context = 0;
		port->guarded = false;
		port->strict = false;
	}
	spin_unlock(&port->lock);
	mutex_unlock(&space->lock);
	if (!violation)
		return KERN_SUCCESS;
	machipc_guard_violated(name, violation);
	return KERN_INVALID_ARGUMENT;
}

/**
 * machipc_set_mscount() - set the make-send count of a port
 * @space: the space
 * @name: name of its receive right
 * @mscount: the count
 */
int machipc_set_mscount(struct machipc_space *space, u32 name, u32 mscount)
{
	struct machipc_port *port;
	int kr;

	if (!mach_port_valid(name))
		return KERN_INVALID_RIGHT;
	kr = lock_receive(space, name, &port);
	if (kr)
		return kr;
	spin_lock(&port->lock);
	port->mscount = mscount;
	spin_unlock(&port->lock);
	mutex_unlock(&space->lock);
	return KERN_SUCCESS;
}

/**
 * machipc_set_seqno() - set the sequence number of the next message
 * @space: the space
 * @name: name of its receive right
 * @seqno: the number
 */
int machipc_set_seqno(struct machipc_space *space, u32 name, u32 seqno)
{
	struct machipc_port *port;
	int kr;

	if (!mach_port_valid(name))
		return KERN_INVALID_RIGHT;
	kr = lock_receive(space, name, &port);
	if (kr)
		return kr;
	spin_lock(&port->lock);
	port->seqno = seqno;
	spin_unlock(&port->lock);
	mutex_unlock(&space->lock);
	return KERN_SUCCESS;
}

/**
 * machipc_get_srights() - count the send rights of a port
 * @space: the space
 * @name: name of its receive right
 * @srights: where to put the count
 */
int machipc_get_srights(struct machipc_space *space, u32 name, u32 *srights)
{
	struct machipc_port *port;
	int kr;

	kr = lock_receive(space, name, &port);
	if (kr)
		return kr;
	spin_lock(&port->lock);
	*srights = port->srights;
	spin_unlock(&port->lock);
	mutex_unlock(&space->lock);
	return KERN_SUCCESS;
}

/* The message that will get a sequence number, or NULL. */
static struct machipc_kmsg *find_message(struct machipc_port *port, u32 seqno)
{
	struct machipc_kmsg *kmsg;
	u32 skip = seqno ? seqno - port->seqno : 0;

	lockdep_assert_held(&port->lock);

	/* A number before the queue's would be looked for to its end, too. */
	if (skip >= port->msgcount)
		return NULL;
	list_for_each_entry(kmsg, &port->queue, node) {
		if (!skip--)
			return kmsg;
	}
	return NULL;
}

/**
 * machipc_peek() - look at a queued message
 * @space: the space
 * @name: name of a receive right
 * @trailer_type: trailer elements wanted
 * @peek: on call, &machipc_peek.seqno and the room in .trailer_size; on
 *	return, what there is
 */
int machipc_peek(struct machipc_space *space, u32 name, u32 trailer_type,
		 struct machipc_peek *peek)
{
	u32 size = machipc_trailer_size(trailer_type, false);
	struct machipc_kmsg *kmsg;
	struct machipc_port *port;
	int kr;

	if (!mach_port_valid(name))
		return KERN_INVALID_RIGHT;
	if (MACH_RCV_TRAILER_ELEMENTS(trailer_type) > 3 ||
	    size > peek->trailer_size)
		return KERN_INVALID_VALUE;
	kr = lock_receive(space, name, &port);
	if (kr)
		return kr;
	spin_lock(&port->lock);
	kmsg = find_message(port, peek->seqno);
	if (kmsg) {
		if (!peek->seqno)
			peek->seqno = port->seqno;
		/* The number is the receiver's; nobody looks at it before. */
		kmsg->seqno = peek->seqno;
		peek->msg_size = kmsg->size;
		peek->msg_id = kmsg->id;
		peek->trailer_size =
			machipc_copyout_trailer(kmsg, trailer_type, false, 0,
						peek->trailer);
	}
	spin_unlock(&port->lock);
	mutex_unlock(&space->lock);
	return kmsg ? KERN_SUCCESS : KERN_FAILURE;
}
