// SPDX-License-Identifier: GPL-2.0
/*
 * From a user's message to a kmsg: names become rights.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "copyio.h"
#include "entry.h"
#include "kmsg.h"
#include "memory.h"
#include "mqueue.h"
#include "notify.h"
#include "ool.h"
#include "port.h"
#include "right.h"
#include "space.h"
#include "token.h"
#include "usercopy.h"
#include "wire.h"

/* Descriptors that fit at most; what is said to be more is an error later. */
static u32 max_descs(const struct machipc_kmsg *kmsg)
{
	const struct mach_msg_base *base = (void *)kmsg->data;

	if (!(kmsg->bits & MACH_MSGH_BITS_COMPLEX) ||
	    kmsg->size < MACH_MSG_BASE_SIZE)
		return 0;
	return min_t(u32, base->msgh_descriptor_count,
		     (kmsg->size - MACH_MSG_BASE_SIZE) /
		     MACH_MSG_PORT_DESCRIPTOR_SIZE);
}

static bool read_data(void *to, const void __user *from, u32 size)
{
	if (size <= MACHIPC_COPY_WORDS_MAX)
		return machipc_copy_words_from_user(to, from, size);
	return !copy_from_user(to, from, size);
}

/* A header that cannot be read is a worse error than a lack of memory. */
static noinline int no_buffer(const void __user *msg, u32 size)
{
	struct mach_msg_base base;
	u32 head = size < sizeof(base) ? sizeof(base.header) : sizeof(base);

	return copy_from_user(&base, msg, head) ? MACH_SEND_INVALID_DATA :
						  MACH_SEND_NO_BUFFER;
}

/**
 * machipc_copyin_get() - read a message from its sender
 * @space: the sender's space
 * @msg: address of the message
 * @size: its size
 * @ilp32: the sender is a 32-bit program
 * @kmsgp: where to put the kmsg, which has no rights yet
 *
 * Every byte is read once, so a thread that changes the message meanwhile has
 * one consistent message sent, whichever it is.
 *
 * Context: May sleep.
 * Return: MACH_MSG_SUCCESS or one of the errors of messages.md 6.1.
 */
int machipc_copyin_get(struct machipc_space *space, void __user *msg, u32 size,
		       bool ilp32, struct machipc_kmsg **kmsgp)
{
	struct mach_msg_header *header;
	struct machipc_kmsg *kmsg;

	if (size < MACH_MSG_HEADER_SIZE || size % 4)
		return MACH_SEND_MSG_TOO_SMALL;
	if (size > MACH_MSG_SEND_SIZE_MAX)
		return MACH_SEND_TOO_LARGE;
	kmsg = machipc_kmsg_alloc(space, size);
	if (!kmsg)
		return no_buffer(msg, size);
	if (!read_data(kmsg->data, msg, size)) {
		machipc_kmsg_free(kmsg);
		return MACH_SEND_INVALID_DATA;
	}
	header = machipc_kmsg_header(kmsg);
	header->msgh_bits &= MACH_MSGH_BITS_USER;
	kmsg->bits = header->msgh_bits & MACH_MSGH_BITS_COMPLEX;
	if (kmsg->bits || ilp32) {
		kmsg = machipc_kmsg_add_descs(kmsg, max_descs(kmsg), ilp32);
		if (!kmsg)
			return MACH_SEND_NO_BUFFER;
		header = machipc_kmsg_header(kmsg);
		kmsg->bits = header->msgh_bits & MACH_MSGH_BITS_COMPLEX;
	}
	machipc_token_capture(&kmsg->token);
	kmsg->voucher = header->msgh_voucher_port;
	kmsg->id = header->msgh_id;
	*kmsgp = kmsg;
	return MACH_MSG_SUCCESS;
}

static int check_dispositions(const struct mach_msg_header *header)
{
	u32 reply = mach_msgh_bits_local(header->msgh_bits);

	if (!mach_msg_type_any_send(mach_msgh_bits_remote(header->msgh_bits)))
		return MACH_SEND_INVALID_HEADER;
	if (!reply && header->msgh_local_port != MACH_PORT_NULL)
		return MACH_SEND_INVALID_HEADER;
	if (reply && !mach_msg_type_any_send(reply))
		return MACH_SEND_INVALID_HEADER;
	if (!mach_port_valid(header->msgh_remote_port))
		return MACH_SEND_INVALID_DEST;
	return MACH_MSG_SUCCESS;
}

/* There are no voucher objects: any name is that of something else. */
static int copyin_voucher(struct machipc_kmsg *kmsg,
			  const struct mach_msg_header *header)
{
	u32 disposition = mach_msgh_bits_voucher(header->msgh_bits);

	if (!disposition)
		return MACH_MSG_SUCCESS;
	if (disposition != MACH_MSG_TYPE_MOVE_SEND &&
	    disposition != MACH_MSG_TYPE_COPY_SEND)
		return MACH_SEND_INVALID_VOUCHER;
	if (header->msgh_voucher_port != MACH_PORT_NULL)
		return MACH_SEND_INVALID_VOUCHER;
	kmsg->voucher_type = MACH_MSG_TYPE_PORT_SEND;
	return MACH_MSG_SUCCESS;
}

/* Takes destination and reply right; they are taken both or not at all. */
static int copyin_rights(struct machipc_space *space,
			 struct machipc_kmsg *kmsg,
			 const struct mach_msg_header *header)
{
	u32 disposition[2] = {
		mach_msgh_bits_remote(header->msgh_bits),
		mach_msgh_bits_local(header->msgh_bits),
	};
	struct machipc_right *right[2] = { &kmsg->dest, &kmsg->reply };
	struct machipc_entry *reply = NULL;
	struct machipc_entry *dest;

	dest = machipc_entry_lookup(space, header->msgh_remote_port);
	if (!dest)
		return MACH_SEND_INVALID_DEST;
	if (mach_port_valid(header->msgh_local_port)) {
		reply = machipc_entry_lookup(space, header->msgh_local_port);
		if (!reply || machipc_right_check(space, reply, disposition[1]))
			return MACH_SEND_INVALID_REPLY;
	}
	if (reply == dest) {
		if (disposition[0] == MACH_MSG_TYPE_MOVE_SEND_ONCE ||
		    disposition[1] == MACH_MSG_TYPE_MOVE_SEND_ONCE ||
		    machipc_right_copyin_pair(space, dest, disposition, right))
			return MACH_SEND_INVALID_DEST;
		return MACH_MSG_SUCCESS;
	}
	if (machipc_right_copyin(space, dest, disposition[0], false,
				 &kmsg->dest))
		return MACH_SEND_INVALID_DEST;
	if (reply)
		machipc_right_copyin(space, reply, disposition[1], true,
				     &kmsg->reply);
	return MACH_MSG_SUCCESS;
}

/* Whether the queue of the port that a name denotes is full by now. */
static bool is_full(struct machipc_space *space, u32 name)
{
	struct machipc_entry *entry = machipc_entry_lookup(space, name);
	bool full;

	if (!entry || !(entry->type & MACHIPC_ENTRY_PORT))
		return false;
	spin_lock(&entry->port->lock);
	full = machipc_mqueue_full_locked(entry->port);
	spin_unlock(&entry->port->lock);
	return full;
}

/*
 * MACH_SEND_NOTIFY: if the queue was @full, the sender's request will tell when
 * it no longer is; if not, this send does not wait, whoever came first. That
 * may be a notification about a right of this very message.
 */
static bool arm_request(struct machipc_space *space, struct machipc_kmsg *kmsg,
			u32 name, bool full)
{
	struct machipc_port *port = kmsg->dest.port;
	struct machipc_request *request;
	struct machipc_entry *entry;
	bool always = false;

	entry = machipc_entry_lookup(space, name);
	if (!port || kmsg->dest.type != MACH_MSG_TYPE_PORT_SEND ||
	    !entry || entry->port != port || !entry->request)
		return false;
	request = entry->request;
	spin_lock(&port->lock);
	if (port->dead || port->kobject || !request->notify)
		goto out_unlock;
	if (!full) {
		always = true;
	} else if (request->possible && !request->armed) {
		request->armed = true;
		WRITE_ONCE(port->nr_armed, port->nr_armed + 1);
		list_move(&request->node, &port->requests);
	}

out_unlock:
	spin_unlock(&port->lock);
	return always;
}

/**
 * machipc_copyin_header() - take the rights of a message's header
 * @space: the sender's space
 * @kmsg: the message
 * @always: NULL without MACH_SEND_NOTIFY; otherwise set to true if the message
 *	is to be sent without regard to the limit of the queue
 *
 * Context: May sleep.
 * Return: MACH_MSG_SUCCESS, or one of the errors of messages.md 6.2 with
 * nothing taken. The destination may have died on success: then @kmsg has no
 * destination port.
 */
int machipc_copyin_header(struct machipc_space *space,
			  struct machipc_kmsg *kmsg, bool *always)
{
	struct mach_msg_header *header = machipc_kmsg_header(kmsg);
	u32 reply = mach_msgh_bits_local(header->msgh_bits);
	bool full = false;
	int mr;

	mr = check_dispositions(header);
	if (mr)
		return mr;
	kmsg->reply.name = header->msgh_local_port;
	kmsg->reply.type = mach_msg_type_received(reply);

	mutex_lock(&space->lock);
	mr = MACH_SEND_INVALID_DEST;
	if (!space->active)
		goto out_unlock;
	mr = copyin_voucher(kmsg, header);
	if (mr)
		goto out_unlock;
	if (always)
		full = is_full(space, header->msgh_remote_port);
	mr = copyin_rights(space, kmsg, header);
	if (mr)
		goto out_unlock;
	if (always)
		*always = arm_request(space, kmsg, header->msgh_remote_port,
				      full);

out_unlock:
	mutex_unlock(&space->lock);
	return mr;
}

static u32 read_desc(const struct machipc_kmsg *kmsg, u32 offset,
		     struct machipc_wire *wire)
{
	return machipc_wire_read(kmsg->data + offset, kmsg->size - offset,
				 kmsg->ilp32, wire);
}

static bool copy_option_ok(const struct machipc_wire *wire)
{
	return wire->copy == MACH_MSG_PHYSICAL_COPY ||
	       wire->copy == MACH_MSG_VIRTUAL_COPY;
}

/**
 * struct totals - what the descriptors of a message amount to
 * @physical: bytes of regions to be copied physically, in whole pages
 * @ports: ports of all kinds
 * @pages: pages of regions that the message carries in pages
 */
struct totals {
	u64 physical;
	u64 ports;
	u64 pages;
};

/* Regions below two pages are copied anyhow and do not count. */
#define SMALL_REGION	(2 * PAGE_SIZE - 64)

/* From here on mapping a page is cheaper than copying it once more. */
#define PAGED_REGION	PAGE_SIZE

static int check_desc(const struct machipc_wire *wire, struct totals *totals)
{
	if (machipc_wire_is_memory(wire->type)) {
		if (!copy_option_ok(wire))
			return MACH_SEND_INVALID_TYPE;
		if (wire->copy == MACH_MSG_PHYSICAL_COPY && !wire->deallocate &&
		    wire->count >= SMALL_REGION)
			totals->physical += PAGE_ALIGN((u64)wire->count);
		if (totals->physical > MACH_MSG_PHYSICAL_MAX)
			return MACH_MSG_VM_KERNEL;
		if (wire->count >= PAGED_REGION)
			totals->pages += PFN_UP((u64)wire->count);
	} else if (wire->type == MACH_MSG_OOL_PORTS_DESCRIPTOR) {
		if (wire->count > MACH_MSG_OOL_PORTS_MAX)
			return MACH_SEND_TOO_LARGE;
		totals->ports += wire->count;
	} else if (wire->type == MACH_MSG_PORT_DESCRIPTOR) {
		totals->ports++;
	}
	return MACH_MSG_SUCCESS;
}

/* First pass: the shape of the body. Nothing is taken. */
static int check_body(struct machipc_kmsg *kmsg, u32 count,
		      struct totals *totals)
{
	u32 offset = MACH_MSG_BASE_SIZE;
	struct machipc_wire wire;
	u32 size;
	u32 i;
	int mr;

	for (i = 0; i < count; i++) {
		size = read_desc(kmsg, offset, &wire);
		if (!size)
			return MACH_SEND_MSG_TOO_SMALL;
		mr = check_desc(&wire, totals);
		if (mr)
			return mr;
		offset += size;
	}
	return totals->ports > MACH_MSG_PORTS_MAX ? MACH_SEND_TOO_LARGE :
						    MACH_MSG_SUCCESS;
}

static int copyin_port_locked(struct machipc_space *space,
			      struct machipc_right *right, u32 name,
			      u32 disposition)
{
	struct machipc_entry *entry;

	lockdep_assert_held(&space->lock);

	right->port = NULL;
	right->name = name;
	right->type = mach_msg_type_received(disposition);
	if (!mach_port_valid(name))
		return MACH_MSG_SUCCESS;
	entry = space->active ? machipc_entry_lookup(space, name) : NULL;
	if (!entry ||
	    machipc_right_copyin(space, entry, disposition, true, right))
		return MACH_SEND_INVALID_RIGHT;
	return MACH_MSG_SUCCESS;
}

static int copyin_port(struct machipc_space *space, struct machipc_kmsg *kmsg,
		       struct machipc_right *right, u32 name, u32 disposition)
{
	int mr;

	mutex_lock(&space->lock);
	mr = copyin_port_locked(space, right, name, disposition);
	mutex_unlock(&space->lock);
	if (mr || !right->port)
		return mr;

	if (right->type == MACH_MSG_TYPE_PORT_RECEIVE &&
	    (!kmsg->dest.port ||
	     !machipc_port_enter_transit(right->port, kmsg->dest.port)))
		kmsg->circular = true;
	return MACH_MSG_SUCCESS;
}

/* All large regions share the pages that their message has. */
static int copyin_pages(struct machipc_kmsg *kmsg, struct machipc_desc *desc,
			const struct machipc_wire *wire, struct totals *totals)
{
	if (!kmsg->memory)
		kmsg->memory = machipc_kmsg_alloc_pages(kmsg, totals->pages);
	if (!kmsg->memory)
		return MACH_MSG_VM_KERNEL;
	totals->pages -= PFN_UP((u64)wire->count);
	desc->paged = true;
	desc->first = totals->pages;
	return machipc_memory_read(kmsg->memory, desc->first, wire->address,
				   wire->count);
}

static int copyin_memory(struct machipc_kmsg *kmsg, struct machipc_desc *desc,
			 const struct machipc_wire *wire, struct totals *totals)
{
	int mr;

	desc->count = wire->count;
	if (!wire->count)
		return MACH_MSG_SUCCESS;
	if (wire->count >= PAGED_REGION) {
		mr = copyin_pages(kmsg, desc, wire, totals);
	} else {
		desc->memory = machipc_kmsg_alloc_memory(kmsg, wire->count);
		if (!desc->memory)
			return MACH_MSG_VM_KERNEL;
		mr = machipc_ool_read(wire->address, desc->memory,
				      wire->count);
	}
	if (!mr && wire->deallocate)
		machipc_ool_remove(wire->address, wire->count);
	return mr;
}

/*
 * Names are read into the upper part of the array that they become rights in:
 * a right is written where the names before it have been.
 */
static int copyin_ports(struct machipc_space *space, struct machipc_kmsg *kmsg,
			struct machipc_desc *desc, const struct machipc_wire *wire)
{
	size_t size = wire->count * sizeof(u32);
	u32 *names;
	u32 i;
	int mr;

	if (!copy_option_ok(wire))
		return MACH_SEND_INVALID_TYPE;
	desc->disposition = mach_msg_type_received(wire->disposition);
	if (!wire->count)
		return MACH_MSG_SUCCESS;
	desc->rights = machipc_kmsg_alloc_memory(kmsg, wire->count *
						 sizeof(*desc->rights));
	if (!desc->rights)
		return MACH_SEND_NO_BUFFER;
	names = (u32 *)(desc->rights + wire->count) - wire->count;
	mr = machipc_ool_read(wire->address, names, size);
	if (mr)
		return mr;
	if (wire->deallocate)
		machipc_ool_remove(wire->address, size);
	/* The count says how many rights there are to be destroyed, if so. */
	for (i = 0; i < wire->count; i++) {
		mr = copyin_port(space, kmsg, &desc->rights[i], names[i],
				 wire->disposition);
		if (mr)
			return mr;
		desc->count = i + 1;
		cond_resched();
	}
	return MACH_MSG_SUCCESS;
}

static int copyin_desc(struct machipc_space *space, struct machipc_kmsg *kmsg,
		       struct machipc_desc *desc,
		       const struct machipc_wire *wire, struct totals *totals)
{
	desc->type = wire->type;
	desc->copy = wire->copy;
	switch (wire->type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		return copyin_port(space, kmsg, &desc->right, wire->name,
				   wire->disposition);
	case MACH_MSG_OOL_DESCRIPTOR:
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		kmsg->nr_wide++;
		return copyin_memory(kmsg, desc, wire, totals);
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		kmsg->nr_wide++;
		return copyin_ports(space, kmsg, desc, wire);
	default:
		desc->type = MACH_MSG_PORT_DESCRIPTOR;
		return MACH_SEND_INVALID_TYPE;
	}
}

/**
 * machipc_copyin_body() - take the rights and memory of a message's body
 * @space: the sender's space
 * @kmsg: the message
 *
 * Context: May sleep.
 * Return: MACH_MSG_SUCCESS, or one of the errors of messages.md 7; then the
 * caller destroys the message with what was taken.
 */
int machipc_copyin_body(struct machipc_space *space, struct machipc_kmsg *kmsg)
{
	struct mach_msg_base *base = (struct mach_msg_base *)kmsg->data;
	u32 offset = MACH_MSG_BASE_SIZE;
	struct totals totals = {};
	struct machipc_wire wire;
	u32 count;
	u32 i;
	int mr;

	if (!(kmsg->bits & MACH_MSGH_BITS_COMPLEX) ||
	    kmsg->size < MACH_MSG_BASE_SIZE)
		return MACH_MSG_SUCCESS;
	count = base->msgh_descriptor_count;
	mr = check_body(kmsg, count, &totals);
	if (mr)
		return mr;
	for (i = 0; i < count; i++) {
		offset += read_desc(kmsg, offset, &wire);
		mr = copyin_desc(space, kmsg, &kmsg->descs[i], &wire, &totals);
		if (mr)
			return mr;
		/* There may be very many. */
		if (fatal_signal_pending(current))
			return MACH_SEND_INTERRUPTED;
		cond_resched();
	}
	return MACH_MSG_SUCCESS;
}

/* What a descriptor says, if it is one that the short way knows. */
static bool prepare_desc(struct machipc_kmsg *kmsg, struct machipc_desc *desc,
			 const struct machipc_wire *wire, struct totals *totals)
{
	if (wire->type == MACH_MSG_PORT_DESCRIPTOR) {
		desc->right.name = wire->name;
		desc->right.type = wire->disposition;
		return mach_msg_type_any_send(wire->disposition);
	}
	/* What is removed from the sender must not be before all is right. */
	if (!machipc_wire_is_memory(wire->type) || wire->deallocate ||
	    check_desc(wire, totals))
		return false;
	desc->type = wire->type;
	desc->copy = wire->copy;
	kmsg->nr_wide++;
	return true;
}

static bool prepare_descs(struct machipc_kmsg *kmsg, struct totals *totals)
{
	u32 offset = MACH_MSG_BASE_SIZE;
	struct machipc_desc *desc;
	struct machipc_wire wire;
	u32 size;

	for (desc = kmsg->descs; desc < kmsg->descs + kmsg->nr_descs; desc++) {
		size = read_desc(kmsg, offset, &wire);
		if (!size || !prepare_desc(kmsg, desc, &wire, totals))
			return false;
		offset += size;
	}
	return true;
}

static bool prepare_memory(struct machipc_kmsg *kmsg, struct totals *totals)
{
	u32 offset = MACH_MSG_BASE_SIZE;
	struct machipc_desc *desc;
	struct machipc_wire wire;

	for (desc = kmsg->descs; desc < kmsg->descs + kmsg->nr_descs; desc++) {
		offset += read_desc(kmsg, offset, &wire);
		if (desc->type != MACH_MSG_PORT_DESCRIPTOR &&
		    copyin_memory(kmsg, desc, &wire, totals))
			return false;
		if (fatal_signal_pending(current))
			return false;
	}
	return true;
}

/**
 * machipc_copyin_prepare() - read what is simple in a body
 * @kmsg: a complex message that has been read and has no rights yet
 *
 * Reading memory before any right is taken changes nothing but the order of
 * errors. So there are none here: who is refused starts again, the long way.
 *
 * Context: May sleep.
 * Return: true if all descriptors are of ports, and are of a kind that neither
 * fails for its shape nor moves a receive right, or of memory that the sender
 * keeps and that has been read. Otherwise nothing has changed.
 */
bool machipc_copyin_prepare(struct machipc_kmsg *kmsg)
{
	const struct mach_msg_base *base = (void *)kmsg->data;
	struct totals totals = {};

	if (!kmsg->nr_descs || kmsg->nr_descs > MACHIPC_PLAIN_DESCS_MAX ||
	    base->msgh_descriptor_count != kmsg->nr_descs)
		return false;
	if (prepare_descs(kmsg, &totals) &&
	    (!kmsg->nr_wide || prepare_memory(kmsg, &totals)))
		return true;
	machipc_kmsg_forget_descs(kmsg);
	return false;
}

/**
 * machipc_copyin_prepared_locked() - take the rights of a prepared body
 * @space: the sender's space
 * @kmsg: a message of which machipc_copyin_prepare() is true
 *
 * Context: &machipc_space.lock held; may sleep.
 * Return: see machipc_copyin_body().
 */
int machipc_copyin_prepared_locked(struct machipc_space *space,
				   struct machipc_kmsg *kmsg)
{
	struct machipc_desc *desc;
	int mr;

	lockdep_assert_held(&space->lock);

	for (desc = kmsg->descs; desc < kmsg->descs + kmsg->nr_descs; desc++) {
		if (desc->type != MACH_MSG_PORT_DESCRIPTOR)
			continue;
		mr = copyin_port_locked(space, &desc->right, desc->right.name,
					desc->right.type);
		if (mr)
			return mr;
	}
	return MACH_MSG_SUCCESS;
}
