// SPDX-License-Identifier: GPL-2.0
/*
 * From a user's message to a kmsg: names become rights.
 */
#include <linux/compat.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "copyio.h"
#include "entry.h"
#include "kmsg.h"
#include "mqueue.h"
#include "notify.h"
#include "port.h"
#include "right.h"
#include "space.h"
#include "token.h"

/* Descriptors that fit at most; what is said to be more is an error later. */
static u32 max_descs(const struct mach_msg_base *base, u32 size)
{
	if (!(base->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) ||
	    size < MACH_MSG_BASE_SIZE)
		return 0;
	return min(base->msgh_descriptor_count,
		   (size - MACH_MSG_BASE_SIZE) / MACH_MSG_PORT_DESCRIPTOR_SIZE);
}

/**
 * machipc_copyin_get() - read a message from its sender
 * @space: the sender's space
 * @msg: address of the message
 * @size: its size
 * @kmsgp: where to put the kmsg, which has no rights yet
 *
 * Every byte is read once, so a thread that changes the message meanwhile has
 * one consistent message sent, whichever it is.
 *
 * Context: May sleep.
 * Return: MACH_MSG_SUCCESS or one of the errors of messages.md 6.1.
 */
int machipc_copyin_get(struct machipc_space *space, void __user *msg, u32 size,
		       struct machipc_kmsg **kmsgp)
{
	struct mach_msg_base base = {};
	struct machipc_kmsg *kmsg;
	u32 head;

	if (size < MACH_MSG_HEADER_SIZE || size % 4)
		return MACH_SEND_MSG_TOO_SMALL;
	if (size > MACH_MSG_SEND_SIZE_MAX)
		return MACH_SEND_TOO_LARGE;
	head = min_t(u32, size, sizeof(base));
	if (copy_from_user(&base, msg, head))
		return MACH_SEND_INVALID_DATA;
	base.header.msgh_bits &= MACH_MSGH_BITS_USER;

	kmsg = machipc_kmsg_alloc(space, size, max_descs(&base, size));
	if (!kmsg)
		return MACH_SEND_NO_BUFFER;
	memcpy(kmsg->data, &base, head);
	if (copy_from_user(kmsg->data + head, msg + head, size - head)) {
		machipc_kmsg_free(kmsg);
		return MACH_SEND_INVALID_DATA;
	}
	machipc_token_capture(&kmsg->token);
	kmsg->bits = base.header.msgh_bits & MACH_MSGH_BITS_COMPLEX;
	kmsg->voucher = base.header.msgh_voucher_port;
	kmsg->id = base.header.msgh_id;
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

/*
 * MACH_SEND_NOTIFY: if the queue is full, the sender's request will tell when
 * it no longer is; if not, this send does not wait, whoever comes first.
 */
static bool arm_request(struct machipc_space *space, struct machipc_kmsg *kmsg,
			u32 name)
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
	if (!machipc_mqueue_full_locked(port)) {
		always = true;
	} else if (request->possible && !request->armed) {
		request->armed = true;
		port->nr_armed++;
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
	mr = copyin_rights(space, kmsg, header);
	if (mr)
		goto out_unlock;
	if (always)
		*always = arm_request(space, kmsg, header->msgh_remote_port);

out_unlock:
	mutex_unlock(&space->lock);
	return mr;
}

static u32 desc_size(u8 type, bool ilp32)
{
	switch (type) {
	case MACH_MSG_OOL_DESCRIPTOR:
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		return ilp32 ? MACH_MSG_OOL_DESCRIPTOR32_SIZE :
			       MACH_MSG_OOL_DESCRIPTOR_SIZE;
	default:
		return MACH_MSG_PORT_DESCRIPTOR_SIZE;
	}
}

/* All descriptors begin with the same twelve bytes, of this shape. */
static struct mach_msg_port_descriptor *desc_at(struct machipc_kmsg *kmsg,
						u32 offset)
{
	return (struct mach_msg_port_descriptor *)(kmsg->data + offset);
}

/* Where a port descriptor has padding, one for memory has its copy option. */
static bool copy_option_ok(const struct mach_msg_port_descriptor *desc)
{
	u8 copy = desc->pad2 >> 8;

	if (desc->type != MACH_MSG_OOL_DESCRIPTOR &&
	    desc->type != MACH_MSG_OOL_VOLATILE_DESCRIPTOR)
		return true;
	return copy == MACH_MSG_PHYSICAL_COPY || copy == MACH_MSG_VIRTUAL_COPY;
}

/* First pass: the shape of the body. Nothing is taken. */
static int check_body(struct machipc_kmsg *kmsg, u32 count, bool ilp32)
{
	u32 offset = MACH_MSG_BASE_SIZE;
	struct mach_msg_port_descriptor *desc;
	u32 ports = 0;
	u32 i;

	for (i = 0; i < count; i++) {
		/* The type is in the last byte that all descriptors have. */
		if (kmsg->size - offset < MACH_MSG_PORT_DESCRIPTOR_SIZE)
			return MACH_SEND_MSG_TOO_SMALL;
		desc = desc_at(kmsg, offset);
		if (kmsg->size - offset < desc_size(desc->type, ilp32))
			return MACH_SEND_MSG_TOO_SMALL;
		if (!copy_option_ok(desc))
			return MACH_SEND_INVALID_TYPE;
		if (desc->type == MACH_MSG_PORT_DESCRIPTOR)
			ports++;
		kmsg->descs[i].offset = offset;
		offset += desc_size(desc->type, ilp32);
	}
	return ports > MACH_MSG_PORTS_MAX ? MACH_SEND_TOO_LARGE :
					    MACH_MSG_SUCCESS;
}

static int copyin_port(struct machipc_space *space, struct machipc_kmsg *kmsg,
		       struct machipc_right *right, u32 name, u32 disposition)
{
	struct machipc_entry *entry;
	int kr = KERN_INVALID_NAME;

	right->name = name;
	right->type = mach_msg_type_received(disposition);
	if (!mach_port_valid(name))
		return MACH_MSG_SUCCESS;

	mutex_lock(&space->lock);
	entry = space->active ? machipc_entry_lookup(space, name) : NULL;
	if (entry)
		kr = machipc_right_copyin(space, entry, disposition, true,
					  right);
	mutex_unlock(&space->lock);
	if (kr)
		return MACH_SEND_INVALID_RIGHT;

	if (right->type == MACH_MSG_TYPE_PORT_RECEIVE &&
	    (!kmsg->dest.port ||
	     !machipc_port_enter_transit(right->port, kmsg->dest.port)))
		kmsg->circular = true;
	return MACH_MSG_SUCCESS;
}

static int copyin_desc(struct machipc_space *space, struct machipc_kmsg *kmsg,
		       struct machipc_desc *desc)
{
	struct mach_msg_port_descriptor *port = desc_at(kmsg, desc->offset);

	switch (port->type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		return copyin_port(space, kmsg, &desc->right, port->name,
				   port->disposition);
	default:
		return MACH_SEND_INVALID_TYPE;
	}
}

/**
 * machipc_copyin_body() - take the rights of a message's body
 * @space: the sender's space
 * @kmsg: the message
 *
 * Context: May sleep.
 * Return: MACH_MSG_SUCCESS, or one of the errors of messages.md 7; then the
 * caller destroys the message with what was taken.
 */
int machipc_copyin_body(struct machipc_space *space, struct machipc_kmsg *kmsg)
{
	bool ilp32 = in_compat_syscall();
	struct mach_msg_base *base = (struct mach_msg_base *)kmsg->data;
	u32 count;
	u32 i;
	int mr;

	if (!(kmsg->bits & MACH_MSGH_BITS_COMPLEX) ||
	    kmsg->size < MACH_MSG_BASE_SIZE)
		return MACH_MSG_SUCCESS;
	count = base->msgh_descriptor_count;
	mr = check_body(kmsg, count, ilp32);
	if (mr)
		return mr;
	for (i = 0; i < count; i++) {
		mr = copyin_desc(space, kmsg, &kmsg->descs[i]);
		if (mr)
			return mr;
	}
	return MACH_MSG_SUCCESS;
}
