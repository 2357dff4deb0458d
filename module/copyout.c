// SPDX-License-Identifier: GPL-2.0
/*
 * From a kmsg to a user's message: rights become names.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "copyio.h"
#include "entry.h"
#include "hot.h"
#include "kmsg.h"
#include "memory.h"
#include "notify.h"
#include "ool.h"
#include "port.h"
#include "reap.h"
#include "right.h"
#include "right_ops.h"
#include "scatter.h"
#include "space.h"
#include "token.h"
#include "trace.h"
#include "usercopy.h"
#include "wire.h"

static u32 make_bits(u32 remote, u32 local, u32 voucher, u32 other)
{
	return remote | local << 8 | voucher << 16 | other;
}

/* The context of the port, if the receiver wants to know it. */
static u64 read_context(struct machipc_kmsg *kmsg, u32 option)
{
	struct machipc_port *port = kmsg->dest.port;
	u64 context;

	if (MACH_RCV_TRAILER_ELEMENTS(option) < 4)
		return 0;
	if (!port)
		return kmsg->context;
	spin_lock(&port->lock);
	context = port->context;
	spin_unlock(&port->lock);
	return context;
}

/**
 * machipc_copyout_trailer() - build the trailer of a message
 * @kmsg: the message
 * @option: options of the receive, which say what is wanted
 * @ilp32: the receiver is a 32-bit program
 * @context: context of the port that the message was received from
 * @at: where to put it, with room for the largest one
 *
 * Return: its size.
 */
u32 machipc_copyout_trailer(struct machipc_kmsg *kmsg, u32 option, bool ilp32,
			    u64 context, u8 *at)
{
	struct mach_msg_trailer *trailer = (struct mach_msg_trailer *)at;
	u32 elements = MACH_RCV_TRAILER_ELEMENTS(option);
	u32 size = machipc_trailer_size(option, ilp32);

	trailer->msgh_trailer_type = MACH_MSG_TRAILER_FORMAT_0;
	trailer->msgh_trailer_size = size;
	if (!elements)
		return size;
	trailer->msgh_seqno = kmsg->seqno;
	if (elements == 1)
		return size;
	memset_startat(trailer, 0, msgh_sender);
	machipc_token_translate(kmsg, trailer);
	/* What follows is zero, so a narrow context may move it up. */
	trailer->msgh_context = ilp32 ? (u32)context : context;
	return size;
}

/* Puts the trailer behind the message. Most receivers want the smallest. */
static void write_trailer(struct machipc_kmsg *kmsg,
			  const struct machipc_buffer *buffer)
{
	u8 *at = kmsg->data + kmsg->size;
	struct mach_msg_trailer *trailer = (struct mach_msg_trailer *)at;

	if (MACH_RCV_TRAILER_ELEMENTS(buffer->option)) {
		machipc_copyout_trailer(kmsg, buffer->option, buffer->ilp32,
					read_context(kmsg, buffer->option),
					at);
		return;
	}
	trailer->msgh_trailer_type = MACH_MSG_TRAILER_FORMAT_0;
	trailer->msgh_trailer_size = buffer->trailer;
}

/*
 * Ends the right that the message was sent with. Returns the name of the port
 * that it was sent to.
 */
machipc_hot
static u32 copyout_dest(struct machipc_space *space, struct machipc_kmsg *kmsg,
			struct machipc_reap *reap)
{
	struct machipc_port *port = kmsg->dest.port;
	u32 name = MACH_PORT_NULL;

	if (!port)
		return kmsg->local;
	spin_lock(&port->lock);
	if (port->dead)
		name = MACH_PORT_DEAD;
	else if (port->receiver == space)
		name = port->name;
	spin_unlock(&port->lock);
	if (mach_port_valid(name))
		machipc_right_consume(&kmsg->dest);
	else
		machipc_right_release(&kmsg->dest, reap);
	return name;
}

/*
 * Where the message starts that a receiver gets. Inline data and trailer stay
 * where they are; what is before them is written anew, and may be longer or
 * shorter than it was for the sender.
 */
static u8 *message_start(struct machipc_kmsg *kmsg, bool ilp32)
{
	return kmsg->data + kmsg->size - machipc_kmsg_user_size(kmsg, ilp32);
}

static void write_header(const struct machipc_kmsg *kmsg, u32 option,
			 struct mach_msg_header *header, u32 size)
{
	u32 voucher_type = 0;

	if (option & MACH_RCV_VOUCHER)
		voucher_type = kmsg->voucher_type;
	header->msgh_bits = make_bits(kmsg->reply.type, kmsg->dest.type,
				      voucher_type, kmsg->bits);
	header->msgh_size = size;
	header->msgh_remote_port = kmsg->reply.name;
	header->msgh_local_port = kmsg->local;
	header->msgh_voucher_port = kmsg->voucher_type ? MACH_PORT_NULL :
							 kmsg->voucher;
	header->msgh_id = kmsg->id;
}

/* Other bodies take their rights one by one. */
static inline bool has_plain_body(const struct machipc_kmsg *kmsg)
{
	return !kmsg->nr_wide && kmsg->nr_descs <= MACHIPC_PLAIN_DESCS_MAX;
}

static int copyout_right_locked(struct machipc_space *space,
				struct machipc_right *right)
{
	switch (machipc_right_copyout(space, right, &right->name)) {
	case KERN_SUCCESS:
		return 0;
	case KERN_NO_SPACE:
		return MACH_MSG_IPC_SPACE;
	default:
		return MACH_MSG_IPC_KERNEL;
	}
}

/* Rights of a plain body. What finds no room keeps its port. */
static int copyout_plain_locked(struct machipc_space *space,
				struct machipc_kmsg *kmsg)
{
	int bits = 0;
	u32 i;

	for (i = kmsg->nr_descs; i-- > 0; )
		bits |= copyout_right_locked(space, &kmsg->descs[i].right);
	return bits;
}

/*
 * Rights of the header and of a plain body, as one step for the space. Special
 * bits of the body go to @bits, which is NULL if the body has to wait.
 */
static __always_inline int copyout_rights(struct machipc_space *space,
					  struct machipc_kmsg *kmsg, int *bits,
					  struct machipc_reap *reap)
{
	struct machipc_port *reply = kmsg->reply.port;
	int mr = MACH_RCV_HEADER_ERROR | MACH_MSG_IPC_SPACE;

	mutex_lock(&space->lock);
	if (!space->active)
		goto out_unlock;
	/* Reserved even if the reply right turns out to need no new name. */
	if (reply && kmsg->reply.type != MACH_MSG_TYPE_PORT_SEND_ONCE &&
	    !machipc_port_dead(reply) && machipc_space_reserve(space))
		goto out_unlock;
	if (machipc_right_copyout(space, &kmsg->reply, &kmsg->reply.name))
		goto out_unlock;
	kmsg->local = copyout_dest(space, kmsg, reap);
	if (bits)
		*bits = copyout_plain_locked(space, kmsg);
	mr = MACH_MSG_SUCCESS;

out_unlock:
	mutex_unlock(&space->lock);
	return mr;
}

static int copyout_right(struct machipc_space *space,
			 struct machipc_right *right)
{
	int bits = MACH_MSG_IPC_SPACE;

	if (!right->port)
		return 0;
	mutex_lock(&space->lock);
	if (space->active)
		bits = copyout_right_locked(space, right);
	else
		right->name = MACH_PORT_NULL;
	mutex_unlock(&space->lock);
	return bits;
}

/* Memory that could not be filled is not the receiver's to free. */
static void unmap(struct machipc_desc *desc, size_t size)
{
	if (!desc->placed)
		machipc_ool_remove(desc->address, size);
	desc->address = 0;
}

static int write_memory(struct machipc_kmsg *kmsg, struct machipc_desc *desc)
{
	if (!desc->paged)
		return machipc_ool_write(desc->address, desc->memory,
					 desc->count);
	return machipc_memory_write(kmsg->memory, desc->first, desc->address,
				    desc->count) ? 0 : MACH_MSG_VM_KERNEL;
}

static int copyout_memory(struct machipc_kmsg *kmsg, struct machipc_desc *desc)
{
	int bits = 0;

	if (!desc->count ||
	    (desc->paged && machipc_memory_mapped(kmsg->memory)))
		return 0;
	if (!desc->placed && !desc->address)
		bits = machipc_ool_map(desc->count, &desc->address);
	if (!bits) {
		bits = write_memory(kmsg, desc);
		if (bits)
			unmap(desc, desc->count);
	}
	if (bits)
		desc->count = 0;
	return bits;
}

/*
 * The names are written behind one another into the array that the rights
 * were in: a name is never written over a right that is still to come.
 */
static u32 *gather_names(struct machipc_desc *desc)
{
	u32 *names = (u32 *)desc->rights;
	u32 i;

	for (i = 0; i < desc->count; i++)
		names[i] = desc->rights[i].name;
	return names;
}

static void undo_right(struct machipc_space *space, u32 name, u8 type,
		       struct machipc_reap *reap)
{
	static const u8 rights[] = {
		[MACH_MSG_TYPE_PORT_RECEIVE] = MACH_PORT_RIGHT_RECEIVE,
		[MACH_MSG_TYPE_PORT_SEND] = MACH_PORT_RIGHT_SEND,
		[MACH_MSG_TYPE_PORT_SEND_ONCE] = MACH_PORT_RIGHT_SEND_ONCE,
	};

	if (mach_port_valid(name) && type)
		machipc_mod_refs(space, name, rights[type], -1, reap);
}

/* Destroys the rights whose names gather_names() has left. */
static void undo_names(struct machipc_space *space, struct machipc_desc *desc,
		       struct machipc_reap *reap)
{
	u32 *names = (u32 *)desc->rights;
	u32 i;

	for (i = 0; i < desc->count; i++)
		undo_right(space, names[i], desc->disposition, reap);
}

static int copyout_ports(struct machipc_space *space,
			 struct machipc_desc *desc, struct machipc_reap *reap)
{
	size_t size = desc->count * sizeof(u32);
	int bits = 0;
	u32 i;

	if (!desc->count)
		return 0;
	if (!desc->placed && !desc->address)
		bits = machipc_ool_map(size, &desc->address);
	if (bits) {
		machipc_reap_desc(reap, desc);
		return bits;
	}
	for (i = desc->count; i-- > 0; ) {
		bits |= copyout_right(space, &desc->rights[i]);
		machipc_right_release(&desc->rights[i], reap);
		cond_resched();
	}
	if (!machipc_ool_write(desc->address, gather_names(desc), size))
		return bits;
	if (desc->placed) {
		undo_names(space, desc, reap);
		desc->address = 0;
		desc->count = 0;
	}
	return bits | MACH_MSG_VM_SPACE;
}

static void describe(const struct machipc_desc *desc,
		     struct machipc_wire *wire)
{
	memset(wire, 0, sizeof(*wire));
	wire->type = desc->type;
	wire->address = desc->address;
	wire->count = desc->count;
	wire->disposition = desc->disposition;
	wire->copy = desc->copy;
	if (desc->type == MACH_MSG_OOL_PORTS_DESCRIPTOR)
		wire->copy = MACH_MSG_VIRTUAL_COPY;
	if (desc->placed)
		wire->copy = MACH_MSG_OVERWRITE;
	wire->deallocate = wire->copy == MACH_MSG_VIRTUAL_COPY;
}

static void write_descs(struct machipc_kmsg *kmsg, bool ilp32)
{
	u8 *at = message_start(kmsg, ilp32) + MACH_MSG_HEADER_SIZE;
	struct machipc_wire wire __uninitialized;
	struct machipc_desc *desc;

	memcpy(at, &kmsg->nr_descs, sizeof(kmsg->nr_descs));
	at += sizeof(kmsg->nr_descs);
	for (desc = kmsg->descs; desc < kmsg->descs + kmsg->nr_descs; desc++) {
		if (desc->type == MACH_MSG_PORT_DESCRIPTOR) {
			at += machipc_wire_write_port(at, desc->right.name,
						      desc->right.type);
			continue;
		}
		describe(desc, &wire);
		at += machipc_wire_write(at, ilp32, &wire);
	}
}

/*
 * The pages that the message has become memory of the receiver. If one region
 * goes to a place of the receiver's, all are copied.
 */
static void map_pages(struct machipc_space *space, struct machipc_kmsg *kmsg)
{
	struct machipc_desc *end = kmsg->descs + kmsg->nr_descs;
	struct machipc_desc *desc;
	u64 address;

	for (desc = kmsg->descs; desc < end; desc++) {
		if (desc->paged && desc->placed)
			return;
	}
	if (!machipc_memory_map(kmsg->memory, space, &address))
		return;
	for (desc = kmsg->descs; desc < end; desc++) {
		if (desc->paged)
			desc->address = address +
					((u64)desc->first << PAGE_SHIFT);
	}
}

/* Bytes of fresh memory that a descriptor still needs, in whole pages. */
static u64 fresh_size(const struct machipc_desc *desc)
{
	u64 size = desc->count;

	if (desc->type == MACH_MSG_PORT_DESCRIPTOR || desc->placed ||
	    desc->address)
		return 0;
	if (desc->type == MACH_MSG_OOL_PORTS_DESCRIPTOR)
		size *= sizeof(u32);
	return PAGE_ALIGN(size);
}

/*
 * A mapping is much dearer than a page, so what needs memory shares one. If
 * there is no room for that, each descriptor looks for its own.
 */
static void map_together(struct machipc_kmsg *kmsg)
{
	u64 address, size = 0;
	u32 i;

	for (i = 0; i < kmsg->nr_descs; i++)
		size += fresh_size(&kmsg->descs[i]);
	if (!size || machipc_ool_map(size, &address))
		return;
	for (i = 0; i < kmsg->nr_descs; i++) {
		size = fresh_size(&kmsg->descs[i]);
		if (size)
			kmsg->descs[i].address = address;
		address += size;
	}
}

static int copyout_desc(struct machipc_space *space, struct machipc_kmsg *kmsg,
			struct machipc_desc *desc, struct machipc_reap *reap)
{
	int bits;

	switch (desc->type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		bits = copyout_right(space, &desc->right);
		machipc_right_release(&desc->right, reap);
		return bits;
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		return copyout_ports(space, desc, reap);
	default:
		return copyout_memory(kmsg, desc);
	}
}

/* What a receiver that is being killed has no use for. */
static int drop_desc(struct machipc_desc *desc, struct machipc_reap *reap)
{
	machipc_reap_desc(reap, desc);
	if (desc->type == MACH_MSG_PORT_DESCRIPTOR) {
		desc->right.name = MACH_PORT_NULL;
	} else {
		desc->address = 0;
		desc->count = 0;
	}
	return MACH_MSG_IPC_KERNEL;
}

/*
 * Rights and memory of the body. What finds no room is destroyed. Returns
 * special bits.
 */
static int copyout_body(struct machipc_space *space, struct machipc_kmsg *kmsg,
			bool ilp32, struct machipc_reap *reap)
{
	int bits = 0;
	u32 i;

	if (!kmsg->nr_descs)
		return 0;
	if (kmsg->memory)
		map_pages(space, kmsg);
	if (kmsg->nr_wide)
		map_together(kmsg);
	for (i = kmsg->nr_descs; i-- > 0; ) {
		if (fatal_signal_pending(current))
			bits |= drop_desc(&kmsg->descs[i], reap);
		else
			bits |= copyout_desc(space, kmsg, &kmsg->descs[i],
					     reap);
		cond_resched();
	}
	write_descs(kmsg, ilp32);
	return bits;
}

/* After copyout_plain_locked(), which returned @bits. */
static void finish_plain_body(struct machipc_kmsg *kmsg, bool ilp32, int bits,
			      struct machipc_reap *reap)
{
	u32 i;

	for (i = kmsg->nr_descs; bits && i-- > 0; )
		machipc_right_release(&kmsg->descs[i].right, reap);
	write_descs(kmsg, ilp32);
}

/* Rights of the header, then all that the body has. */
static noinline int copyout_complex(struct machipc_space *space,
				    struct machipc_kmsg *kmsg, bool ilp32,
				    struct machipc_reap *reap)
{
	bool plain = has_plain_body(kmsg);
	int mr, bits = 0;

	if (kmsg->dest.port || kmsg->reply.port || plain) {
		mr = copyout_rights(space, kmsg, plain ? &bits : NULL, reap);
		if (mr)
			return mr;
	}
	if (plain)
		finish_plain_body(kmsg, ilp32, bits, reap);
	else
		bits = copyout_body(space, kmsg, ilp32, reap);
	return bits ? MACH_RCV_BODY_ERROR | bits : MACH_MSG_SUCCESS;
}

static void undo_desc(struct machipc_space *space, struct machipc_desc *desc,
		      struct machipc_reap *reap)
{
	size_t size = desc->count;

	if (desc->type == MACH_MSG_PORT_DESCRIPTOR) {
		undo_right(space, desc->right.name, desc->right.type, reap);
		return;
	}
	if (!desc->address || !desc->count)
		return;
	if (desc->type == MACH_MSG_OOL_PORTS_DESCRIPTOR) {
		undo_names(space, desc, reap);
		size = desc->count * sizeof(u32);
	}
	unmap(desc, size);
}

/* The user will never learn the names: the rights are destroyed. */
static void undo(struct machipc_space *space, struct machipc_kmsg *kmsg,
		 struct machipc_reap *reap)
{
	u32 i;

	undo_right(space, kmsg->dest.name, kmsg->dest.type, reap);
	undo_right(space, kmsg->reply.name, kmsg->reply.type, reap);
	for (i = 0; i < kmsg->nr_descs; i++)
		undo_desc(space, &kmsg->descs[i], reap);
}

static bool write_message(const struct machipc_buffer *buffer,
			  const void *data, u32 size)
{
	if (size <= MACHIPC_COPY_WORDS_MAX)
		return machipc_copy_words_to_user(buffer->addr, data, size);
	return !copy_to_user(buffer->addr, data, size);
}

/* The rights of the header found no room. */
static int copyout_failed(struct machipc_space *space,
			  struct machipc_kmsg *kmsg,
			  const struct machipc_buffer *buffer,
			  struct machipc_reap *reap, int mr)
{
	int ret = machipc_copyout_short(space, kmsg, buffer, reap);

	return ret ? ret : mr;
}

/**
 * machipc_copyout() - deliver a message to its receiver
 * @space: the receiver's space
 * @kmsg: the message, which fits; consumed
 * @buffer: where it goes
 * @reap: gets what dies
 *
 * Context: May sleep.
 * Return: MACH_MSG_SUCCESS; MACH_RCV_BODY_ERROR or MACH_RCV_HEADER_ERROR with
 * special bits; MACH_RCV_INVALID_DATA, then the message is gone and so are its
 * rights.
 */
int machipc_copyout(struct machipc_space *space, struct machipc_kmsg *kmsg,
		    const struct machipc_buffer *buffer,
		    struct machipc_reap *reap)
{
	u32 size = machipc_kmsg_user_size(kmsg, buffer->ilp32);
	u8 *start = kmsg->data + kmsg->size - size;
	int mr = MACH_MSG_SUCCESS;

	/* A message that was handed over has freed no slot. */
	if (kmsg->dest.port)
		machipc_notify_requests_possible(kmsg->dest.port);
	if (buffer->scatter_size)
		machipc_scatter(kmsg, buffer->addr, buffer->scatter_size,
				buffer->ilp32);
	write_trailer(kmsg, buffer);
	if (kmsg->nr_descs)
		mr = copyout_complex(space, kmsg, buffer->ilp32, reap);
	else if (kmsg->dest.port || kmsg->reply.port)
		mr = copyout_rights(space, kmsg, NULL, reap);
	if (mr && (mr & ~MACH_MSG_MASK) == MACH_RCV_HEADER_ERROR)
		return copyout_failed(space, kmsg, buffer, reap, mr);
	write_header(kmsg, buffer->option, (void *)start, size);
	if (buffer->option & MACH_RCV_VOUCHER)
		trace_machipc_msg_recv(kmsg);
	else
		trace_machipc_msg_recv_voucher_refused(kmsg);
	trace_machipc_kmsg_link(kmsg, (unsigned long)buffer->addr, true);
	if (!write_message(buffer, start, size + buffer->trailer)) {
		undo(space, kmsg, reap);
		mr = MACH_RCV_INVALID_DATA;
	}
	machipc_kmsg_free(kmsg);
	return mr;
}

/**
 * machipc_copyout_short() - destroy a message and deliver its header
 * @space: the receiver's space
 * @kmsg: the message; consumed
 * @buffer: where the header and a trailer go, as far as they fit
 * @reap: gets what dies
 *
 * Context: May sleep.
 * Return: MACH_MSG_SUCCESS or MACH_RCV_INVALID_DATA.
 */
int machipc_copyout_short(struct machipc_space *space,
			  struct machipc_kmsg *kmsg,
			  const struct machipc_buffer *buffer,
			  struct machipc_reap *reap)
{
	u8 data[MACH_MSG_HEADER_SIZE + MACH_MSG_MAX_TRAILER_SIZE] = {};
	struct mach_msg_header *header = (struct mach_msg_header *)data;
	u64 context = read_context(kmsg, buffer->option);
	u32 size;

	header->msgh_bits = make_bits(kmsg->reply.type, kmsg->dest.type,
				      kmsg->voucher_type, kmsg->bits);
	header->msgh_size = MACH_MSG_HEADER_SIZE;
	header->msgh_remote_port = kmsg->reply.port ? MACH_PORT_NULL :
						      kmsg->reply.name;
	header->msgh_local_port = copyout_dest(space, kmsg, reap);
	header->msgh_voucher_port = kmsg->voucher_type ? MACH_PORT_NULL :
							 kmsg->voucher;
	header->msgh_id = kmsg->id;
	/* The kernel speaks here, not the sender. */
	kmsg->token.kernel = true;
	size = MACH_MSG_HEADER_SIZE +
	       machipc_copyout_trailer(kmsg, buffer->option, buffer->ilp32,
				       context, data + MACH_MSG_HEADER_SIZE);
	machipc_reap_kmsg(reap, kmsg);
	machipc_reap_run(reap);

	if (copy_to_user(buffer->addr, data, min(size, buffer->size)))
		return MACH_RCV_INVALID_DATA;
	return MACH_MSG_SUCCESS;
}

/**
 * machipc_copyout_large() - report a message that is too large and stays
 * @msg_size: its size
 * @name: the port that has it
 * @buffer: where to report
 *
 * Return: MACH_RCV_TOO_LARGE or MACH_RCV_INVALID_DATA.
 */
int machipc_copyout_large(u32 msg_size, u32 name,
			  const struct machipc_buffer *buffer)
{
	struct mach_msg_header __user *header = buffer->addr;

	if (buffer->size < offsetofend(struct mach_msg_header, msgh_local_port))
		return MACH_RCV_TOO_LARGE;
	if (put_user(msg_size, &header->msgh_size))
		return MACH_RCV_INVALID_DATA;
	if (buffer->option & MACH_RCV_LARGE_IDENTITY &&
	    put_user(name, &header->msgh_local_port))
		return MACH_RCV_INVALID_DATA;
	return MACH_RCV_TOO_LARGE;
}

/**
 * machipc_copyout_give_back() - return a message that could not be sent
 * @space: the sender's space
 * @kmsg: the message; consumed
 * @msg: address of the sender's buffer
 * @reap: gets what dies
 *
 * The rights are not swapped: the buffer can be sent again. If it cannot be
 * written the rights are destroyed, and that is not an error.
 *
 * Context: May sleep.
 * Return: special bits.
 */
int machipc_copyout_give_back(struct machipc_space *space,
			      struct machipc_kmsg *kmsg, void __user *msg,
			      struct machipc_reap *reap)
{
	struct mach_msg_header *header = machipc_kmsg_header(kmsg);
	int bits;

	bits = copyout_right(space, &kmsg->dest);
	bits |= copyout_right(space, &kmsg->reply);
	machipc_right_release(&kmsg->dest, reap);
	machipc_right_release(&kmsg->reply, reap);

	header->msgh_bits = make_bits(kmsg->dest.type, kmsg->reply.type,
				      kmsg->voucher_type, kmsg->bits);
	header->msgh_size = kmsg->size;
	header->msgh_remote_port = kmsg->dest.name;
	header->msgh_local_port = kmsg->reply.name;
	header->msgh_voucher_port = kmsg->voucher_type ? MACH_PORT_NULL :
							 kmsg->voucher;
	header->msgh_id = kmsg->id;
	bits |= copyout_body(space, kmsg, kmsg->ilp32, reap);
	if (copy_to_user(msg, kmsg->data, kmsg->size))
		undo(space, kmsg, reap);
	machipc_kmsg_free(kmsg);
	return bits;
}
