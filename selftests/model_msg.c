// SPDX-License-Identifier: GPL-2.0
/*
 * The reference model: messages. Sections are those of spec/messages.md.
 */
#include "model.h"

#include <string.h>

static uint32_t word_at(const void *buffer, uint32_t offset)
{
	uint32_t word;

	memcpy(&word, (const char *)buffer + offset, 4);
	return word;
}

static void expect_word(const void *buffer, uint32_t offset, uint32_t value,
			const char *what)
{
	uint32_t word = word_at(buffer, offset);

	model_expect(word == value, "%s is 0x%x, expected 0x%x", what, word,
		     value);
}

/* ---- 6. Send: header */

/* What the copy-in of one message needs and leaves behind. */
struct send {
	struct model_space *space;
	const char *bytes;
	uint32_t size;
	uint32_t option;
	mach_msg_header_t head;
	uint32_t dest_type;
	uint32_t reply_type;
	struct model_message *msg;
	bool always;
	bool circular;
};

static bool is_header_disposition(uint32_t disposition)
{
	return disposition >= MACH_MSG_TYPE_MOVE_SEND &&
	       disposition <= MACH_MSG_TYPE_MAKE_SEND_ONCE;
}

static bool is_making(uint32_t disposition)
{
	return disposition == MACH_MSG_TYPE_MAKE_SEND ||
	       disposition == MACH_MSG_TYPE_MAKE_SEND_ONCE;
}

/* 6.3: both rights come from one entry. The reply alone could be taken. */
static mach_msg_return_t check_same_name(const struct model_entry *entry,
					 uint32_t dest, uint32_t reply)
{
	uint32_t sends = (dest == MACH_MSG_TYPE_MOVE_SEND) +
			 (reply == MACH_MSG_TYPE_MOVE_SEND);

	if (dest == MACH_MSG_TYPE_MOVE_SEND_ONCE ||
	    reply == MACH_MSG_TYPE_MOVE_SEND_ONCE ||
	    entry->type & MACH_PORT_TYPE_DEAD_NAME)
		return MACH_SEND_INVALID_DEST;
	if (is_making(dest) && !(entry->type & MACH_PORT_TYPE_RECEIVE))
		return MACH_SEND_INVALID_DEST;
	if (!is_making(dest) && !(entry->type & MACH_PORT_TYPE_SEND))
		return MACH_SEND_INVALID_DEST;
	if (sends == 2 && entry->urefs < 2)
		return MACH_SEND_INVALID_DEST;
	return MACH_MSG_SUCCESS;
}

/* Steps H1 to H8. */
static mach_msg_return_t check_header(struct send *send,
				      struct model_entry **dest,
				      struct model_entry **reply)
{
	mach_port_name_t remote = send->head.msgh_remote_port;
	mach_port_name_t local = send->head.msgh_local_port;

	*reply = NULL;
	if (!is_header_disposition(send->dest_type))
		return MACH_SEND_INVALID_HEADER;
	if (send->reply_type ? !is_header_disposition(send->reply_type) :
			       local != MACH_PORT_NULL)
		return MACH_SEND_INVALID_HEADER;
	if (!MACH_PORT_VALID(remote))
		return MACH_SEND_INVALID_DEST;
	*dest = model_lookup(send->space, remote);
	if (!*dest)
		return MACH_SEND_INVALID_DEST;
	if (MACH_PORT_VALID(local)) {
		*reply = model_lookup(send->space, local);
		if (!*reply || !model_can_copyin(*reply, send->reply_type))
			return MACH_SEND_INVALID_REPLY;
	}
	if (*reply == *dest)
		return check_same_name(*dest, send->dest_type,
				       send->reply_type);
	if ((*dest)->type & MACH_PORT_TYPE_DEAD_NAME ||
	    !model_can_copyin(*dest, send->dest_type))
		return MACH_SEND_INVALID_DEST;
	return MACH_MSG_SUCCESS;
}

/* The second of two rights that leave one entry may find it without a send. */
static struct model_port *copyin_pair(struct model_entry *entry,
				      struct send *send)
{
	struct model_port *first, *second;

	/* A copy must be taken before the last reference moves. */
	if (send->reply_type == MACH_MSG_TYPE_COPY_SEND) {
		second = model_copyin(entry, send->reply_type,
				      &send->msg->reply);
		first = model_copyin(entry, send->dest_type, &send->msg->dest);
	} else {
		first = model_copyin(entry, send->dest_type, &send->msg->dest);
		second = model_copyin(entry, send->reply_type,
				      &send->msg->reply);
	}
	return first ? first : second;
}

/* 6.6 */
static void arm(struct send *send, struct model_entry *entry)
{
	struct model_port *port = send->msg->dest.port;

	if (!(send->option & MACH_SEND_NOTIFY) ||
	    send->msg->dest.type != MACH_MSG_TYPE_PORT_SEND ||
	    !entry->type || !entry->notify || port->kernel)
		return;
	if (!model_full(port))
		send->always = true;
	else if (entry->send_possible)
		entry->armed = true;
}

static mach_msg_return_t copyin_header(struct send *send)
{
	struct model_port *dest_deleted, *reply_deleted = NULL;
	struct model_message *msg = send->msg;
	struct model_entry *dest, *reply;
	mach_msg_return_t mr = check_header(send, &dest, &reply);

	if (mr)
		return mr;
	msg->reply.type = model_received_type(send->reply_type);
	msg->reply.null = send->head.msgh_local_port;
	if (reply == dest) {
		dest_deleted = copyin_pair(dest, send);
	} else {
		dest_deleted = model_copyin(dest, send->dest_type, &msg->dest);
		if (reply)
			reply_deleted = model_copyin(reply, send->reply_type,
						     &msg->reply);
	}
	arm(send, dest);
	model_port_deleted(dest_deleted, send->head.msgh_remote_port);
	model_port_deleted(reply_deleted, send->head.msgh_local_port);
	return MACH_MSG_SUCCESS;
}

/* ---- 7. Send: body */

static uint32_t item_size(uint32_t type)
{
	return type == MACH_MSG_OOL_PORTS_DESCRIPTOR ?
		       sizeof(mach_msg_ool_ports_descriptor_t) :
		       sizeof(mach_msg_port_descriptor_t);
}

static uint32_t item_type(const char *item)
{
	return (uint8_t)item[11];
}

static mach_msg_return_t check_body(struct send *send, uint32_t count)
{
	uint32_t offset = sizeof(mach_msg_base_t);

	for (uint32_t i = 0; i < count; i++) {
		if (offset + 12 > send->size ||
		    offset + item_size(item_type(send->bytes + offset)) >
			    send->size)
			return MACH_SEND_MSG_TOO_SMALL;
		offset += item_size(item_type(send->bytes + offset));
	}
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t copyin_right(struct send *send, mach_port_name_t name,
				      uint32_t disposition,
				      struct model_right *right)
{
	struct model_port *dest = send->msg->dest.port;
	struct model_entry *entry;

	right->type = model_received_type(disposition);
	right->null = name;
	if (!MACH_PORT_VALID(name))
		return MACH_MSG_SUCCESS;
	entry = model_lookup(send->space, name);
	if (!entry || !model_can_copyin(entry, disposition))
		return MACH_SEND_INVALID_RIGHT;
	model_port_deleted(model_copyin(entry, disposition, right), name);
	if (right->type == MACH_MSG_TYPE_PORT_RECEIVE) {
		if (model_circular(right->port, dest))
			send->circular = true;
		else
			right->port->transit = dest;
	}
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t copyin_item(struct send *send, const char *item,
				     uint32_t *rights)
{
	struct model_message *msg = send->msg;
	mach_msg_ool_ports_descriptor_t array;
	mach_msg_port_descriptor_t port;
	const mach_port_name_t *names;
	uint32_t i = msg->items;
	mach_msg_return_t mr;

	msg->item[i].type = item_type(item);
	msg->item[i].first = *rights;
	switch (msg->item[i].type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		memcpy(&port, item, sizeof(port));
		names = &port.name;
		msg->item[i].count = 1;
		msg->item[i].disposition = port.disposition;
		break;
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		memcpy(&array, item, sizeof(array));
		if (array.copy > MACH_MSG_VIRTUAL_COPY)
			return MACH_SEND_INVALID_TYPE;
		names = array.address;
		msg->item[i].count = array.count;
		msg->item[i].disposition = array.disposition;
		break;
	default:
		return MACH_SEND_INVALID_TYPE;
	}
	for (uint32_t n = 0; n < msg->item[i].count; n++) {
		mr = copyin_right(send, names[n], msg->item[i].disposition,
				  &msg->right[(*rights)++]);
		if (mr)
			return mr;
	}
	msg->item[i].disposition =
		model_received_type(msg->item[i].disposition);
	msg->items++;
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t copyin_body(struct send *send)
{
	uint32_t count = word_at(send->bytes, sizeof(mach_msg_header_t));
	const char *item = send->bytes + sizeof(mach_msg_base_t);
	mach_msg_return_t mr = check_body(send, count);
	uint32_t rights = 0;

	for (uint32_t i = 0; i < count && !mr; i++) {
		mr = copyin_item(send, item, &rights);
		item += item_size(item_type(item));
	}
	return mr;
}

/* ---- 9, 13. What a message looks like to who gets it */

/* @names: where the names of the rights are, at most @left of them new. */
static void copyout_rights(struct model_space *space, struct model_message *msg,
			   uint32_t i, const mach_port_name_t *names,
			   unsigned int *left)
{
	for (uint32_t n = 0; n < msg->item[i].count; n++)
		model_copyout(space, &msg->right[msg->item[i].first + n],
			      names[n], (*left)--);
}

static void copyout_port(struct model_space *space, struct model_message *msg,
			 uint32_t i, const char *item, unsigned int *left)
{
	mach_msg_port_descriptor_t port = {
		.disposition = msg->item[i].disposition,
		.type = MACH_MSG_PORT_DESCRIPTOR,
	};

	port.name = word_at(item, 0);
	model_expect(!memcmp(&port, item, sizeof(port)),
		     "descriptor %u is wrong, disposition %u", i,
		     (uint8_t)item[10]);
	copyout_rights(space, msg, i, &port.name, left);
}

static void copyout_array(struct model_space *space, struct model_message *msg,
			  uint32_t i, const char *item, unsigned int *left)
{
	mach_msg_ool_ports_descriptor_t want = {
		.deallocate = 1,
		.copy = MACH_MSG_VIRTUAL_COPY,
		.disposition = msg->item[i].disposition,
		.type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
		.count = msg->item[i].count,
	};
	mach_msg_ool_ports_descriptor_t array;

	memcpy(&array, item, sizeof(array));
	want.address = array.address;
	model_expect(!memcmp(&array, &want, sizeof(array)),
		     "descriptor %u is wrong: count %u, disposition %u", i,
		     array.count, array.disposition);
	model_expect(!array.address == !want.count,
		     "descriptor %u has address %p", i, array.address);
	if (!model->complaint[0])
		copyout_rights(space, msg, i, array.address, left);
}

static void copyout_body(struct model_space *space, struct model_message *msg,
			 const char *buffer)
{
	const char *item = buffer + sizeof(mach_msg_base_t);
	unsigned int left = 0;

	expect_word(buffer, sizeof(mach_msg_header_t), msg->items, "count");
	for (uint32_t i = 0; i < msg->items; i++)
		left += msg->item[i].count;
	for (uint32_t i = 0; i < msg->items; i++) {
		if (msg->item[i].type == MACH_MSG_PORT_DESCRIPTOR)
			copyout_port(space, msg, i, item, &left);
		else
			copyout_array(space, msg, i, item, &left);
		item += item_size(msg->item[i].type);
	}
}

static void expect_header(const struct model_message *msg, const void *buffer,
			  uint32_t remote_type, uint32_t local_type,
			  uint32_t size)
{
	uint32_t bits = MACH_MSGH_BITS(remote_type, local_type);

	if (msg->complex)
		bits |= MACH_MSGH_BITS_COMPLEX;
	expect_word(buffer, 20, msg->id, "msgh_id");
	expect_word(buffer, 0, bits, "msgh_bits");
	expect_word(buffer, 4, size, "msgh_size");
	expect_word(buffer, 16, msg->voucher, "the voucher word");
}

/* Where the inline data of @msg starts, if there is any. */
static uint32_t data_offset(const struct model_message *msg)
{
	uint32_t offset = msg->complex ? sizeof(mach_msg_base_t) :
					 sizeof(mach_msg_header_t);

	for (uint32_t i = 0; i < msg->items; i++)
		offset += item_size(msg->item[i].type);
	return offset;
}

static void expect_data(const struct model_message *msg, const void *buffer)
{
	static const uint8_t ndr[8] = { 0, 0, 0, 0, 1, 0, 0, 0 };
	uint32_t offset = data_offset(msg);

	if (offset == msg->size)
		return;
	if (!msg->pid) {
		model_expect(!memcmp((const char *)buffer + offset, ndr, 8),
			     "no NDR record in a notice");
		offset += 8;
	}
	expect_word(buffer, offset, msg->word, "the data");
}

/* The send has failed, and the message is the sender's again. */
static void give_back(struct send *send, const void *buffer)
{
	struct model_message *msg = send->msg;

	expect_header(msg, buffer, msg->dest.type, msg->reply.type, msg->size);
	model_copyout(send->space, &msg->dest, word_at(buffer, 8), 1);
	model_copyout(send->space, &msg->reply, word_at(buffer, 12), 1);
	if (msg->complex)
		copyout_body(send->space, msg, buffer);
	expect_data(msg, buffer);
	msg->used = false;
}

/* ---- 8. Send: queueing */

static mach_msg_return_t enqueue(struct send *send, const void *buffer)
{
	struct model_message *msg = send->msg;
	struct model_port *port = msg->dest.port;

	if (send->circular || !port->alive) {
		model_destroy_message(msg);
		return MACH_MSG_SUCCESS;
	}
	if (msg->dest.type == MACH_MSG_TYPE_PORT_SEND && !send->always &&
	    model_full(port)) {
		give_back(send, buffer);
		return MACH_SEND_TIMED_OUT;
	}
	model_post(port, msg);
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t send_message(struct send *send, const void *buffer)
{
	struct model_message *msg = send->msg;
	mach_msg_return_t mr = copyin_header(send);

	if (mr) {
		msg->used = false;
		return mr;
	}
	msg->complex = send->head.msgh_bits & MACH_MSGH_BITS_COMPLEX;
	msg->size = send->size;
	msg->id = send->head.msgh_id;
	msg->voucher = send->head.msgh_voucher_port;
	msg->pid = send->space->pid;
	if (msg->complex)
		mr = copyin_body(send);
	if (mr) {
		model_destroy_message(msg);
		return mr;
	}
	if (data_offset(msg) < send->size)
		msg->word = word_at(send->bytes, data_offset(msg));
	return enqueue(send, buffer);
}

mach_msg_return_t model_send(struct model_space *space, const void *sent,
			     uint32_t size, uint32_t option,
			     mach_msg_return_t actual, const void *buffer)
{
	struct send send = {
		.space = space,
		.bytes = sent,
		.size = size,
		.option = option,
	};
	mach_msg_return_t mr;

	if (size < sizeof(mach_msg_header_t) || size % 4)
		return MACH_SEND_MSG_TOO_SMALL;
	memcpy(&send.head, sent, sizeof(send.head));
	send.dest_type = MACH_MSGH_BITS_REMOTE(send.head.msgh_bits);
	send.reply_type = MACH_MSGH_BITS_LOCAL(send.head.msgh_bits);
	send.msg = model_message_new();
	mr = send_message(&send, buffer);
	if (mr != MACH_SEND_TIMED_OUT && actual == mr)
		model_expect(!memcmp(sent, buffer, size),
			     "the send buffer has changed");
	return mr;
}

/* ---- 10 to 15. Receive */

struct receive {
	struct model_space *space;
	uint32_t option;
	uint32_t size;
	const char *before;
	const char *buffer;
	struct model_port *port;
	struct model_message *msg;
	uint32_t seqno;
	mach_port_name_t name;		/* of the port, its receive right */
};

/* A set shows by its answer which member it has served. */
static struct model_port *served_member(struct receive *receive,
					const struct model_entry *set)
{
	mach_port_name_t local = MACH_PORT_NULL;
	struct model_port *any = NULL;

	if (receive->size >= 16)
		local = word_at(receive->buffer, 12);
	for (int i = 1; i < MODEL_SLOTS; i++) {
		struct model_entry *entry = &receive->space->entry[i];

		if (!(entry->type & MACH_PORT_TYPE_RECEIVE) ||
		    !entry->port->sets[set - receive->space->entry] ||
		    !entry->port->head)
			continue;
		any = entry->port;
		if (model_name(receive->space, entry) == local)
			return any;
	}
	return any;
}

static bool fits(const struct receive *receive)
{
	return receive->msg->size + REQUESTED_TRAILER_SIZE(receive->option) <=
	       receive->size;
}

/* Of a batch, brings the message that has arrived to the head. */
static void choose_of_batch(struct receive *receive)
{
	struct model_message *head = receive->port->head, *msg = head;

	if (!head->batch || !fits(receive))
		return;
	while (msg && msg->batch == head->batch) {
		if (msg->word == word_at(receive->buffer, data_offset(msg) + 8)) {
			uint32_t word = msg->word;

			msg->word = head->word;
			head->word = word;
			return;
		}
		msg = msg->next;
	}
}

/* 15. @pid: that of the sender, 0 for the kernel */
static void expect_trailer(struct receive *receive, uint32_t offset, int pid)
{
	uint32_t size = REQUESTED_TRAILER_SIZE(receive->option);
	uint32_t want[17] = {
		[1] = size,
		[2] = receive->seqno,
		[4] = pid ? 0 : 1,	/* the test runs as root */
		[10] = pid,
	};
	char trailer[68];

	if (offset + size > receive->size)
		size = receive->size > offset ? receive->size - offset : 0;
	memcpy(trailer, receive->buffer + offset, size);
	/* The group and the session of an audit token are not modelled. */
	if (pid && size >= 52)
		memset(trailer + 44, 0, 8), want[5] = word_at(trailer, 20);
	memcpy(&want[13], &receive->port->context, 8);
	for (uint32_t i = 0; i < size / 4; i++)
		model_expect(word_at(trailer, i * 4) == want[i],
			     "word %u of the trailer is 0x%x, expected 0x%x",
			     i, word_at(trailer, i * 4), want[i]);
}

/* The rest of the buffer, and more of it if nothing was to be written. */
static void expect_untouched(struct receive *receive, uint32_t offset)
{
	if (offset < receive->size)
		model_expect(!memcmp(receive->before + offset,
				     receive->buffer + offset,
				     receive->size - offset),
			     "bytes from %u on have been written", offset);
}

/* 11: the message stays */
static void report_large(struct receive *receive)
{
	uint32_t want[4];

	if (receive->size < sizeof(want)) {
		expect_untouched(receive, 0);
		return;
	}
	memcpy(want, receive->before, sizeof(want));
	want[1] = receive->msg->size;
	if (receive->option & MACH_RCV_LARGE_IDENTITY)
		want[3] = receive->name;
	for (int i = 0; i < 4; i++)
		expect_word(receive->buffer, i * 4, want[i],
			    "a word of the report of a large message");
	expect_untouched(receive, sizeof(want));
}

static void dequeue(struct receive *receive)
{
	struct model_port *port = receive->port;

	port->head = port->head->next;
	if (!port->head)
		port->tail = NULL;
	port->msgcount--;
	receive->seqno = port->seqno++;
}

/* The right that a message came by, when the receiver has the port. */
static void consume_dest(struct model_message *msg)
{
	if (msg->dest.type == MACH_MSG_TYPE_PORT_SEND)
		model_drop_send(msg->dest.port);
	else
		msg->dest.port->sorights--;
	msg->dest.port = NULL;
}

/* 11: the message is lost, all but its header */
static void receive_short(struct receive *receive)
{
	struct model_message *msg = receive->msg;
	bool had_reply = msg->reply.port;

	dequeue(receive);
	if (receive->size >= sizeof(mach_msg_header_t)) {
		expect_header(msg, receive->buffer, msg->reply.type,
			      msg->dest.type, sizeof(mach_msg_header_t));
		expect_word(receive->buffer, 8, had_reply ? MACH_PORT_NULL :
							    msg->reply.null,
			    "remote port of a short message");
		expect_word(receive->buffer, 12, receive->name,
			    "local port of a short message");
		expect_trailer(receive, sizeof(mach_msg_header_t), 0);
	}
	consume_dest(msg);
	model_destroy_message(msg);
}

static void receive_message(struct receive *receive)
{
	struct model_message *msg = receive->msg;

	dequeue(receive);
	expect_header(msg, receive->buffer, msg->reply.type, msg->dest.type,
		      msg->size);
	expect_word(receive->buffer, 12, receive->name, "local port");
	expect_trailer(receive, msg->size, msg->pid);
	expect_untouched(receive, msg->size +
				  REQUESTED_TRAILER_SIZE(receive->option));
	expect_data(msg, receive->buffer);
	if (model->complaint[0])
		return;

	model_fire_armed(receive->port);
	model_copyout(receive->space, &msg->reply, word_at(receive->buffer, 8),
		      1);
	consume_dest(msg);
	if (msg->complex)
		copyout_body(receive->space, msg, receive->buffer);
	msg->used = false;
}

static mach_msg_return_t receive_from(struct receive *receive,
				      mach_msg_return_t actual)
{
	receive->name = model_name(receive->space,
				   model_find_port(receive->space,
						   receive->port));
	receive->msg = receive->port->head;
	choose_of_batch(receive);
	if (!fits(receive)) {
		if (actual != MACH_RCV_TOO_LARGE)
			return MACH_RCV_TOO_LARGE;
		if (receive->option & MACH_RCV_LARGE)
			report_large(receive);
		else
			receive_short(receive);
		return MACH_RCV_TOO_LARGE;
	}
	if (actual == MACH_MSG_SUCCESS)
		receive_message(receive);
	return MACH_MSG_SUCCESS;
}

/* @before: the buffer as it was, at least of @size */
mach_msg_return_t model_receive(struct model_space *space,
				mach_port_name_t name, uint32_t option,
				uint32_t size, const void *before,
				mach_msg_return_t actual, const void *buffer)
{
	struct receive receive = {
		.space = space,
		.option = option,
		.size = size,
		.before = before,
		.buffer = buffer,
	};
	struct model_entry *entry = model_lookup(space, name);
	mach_msg_return_t mr = MACH_RCV_TIMED_OUT;

	if (!entry || !(entry->type & (MACH_PORT_TYPE_RECEIVE |
				       MACH_PORT_TYPE_PORT_SET)))
		mr = MACH_RCV_INVALID_NAME;
	else if (entry->type & MACH_PORT_TYPE_RECEIVE)
		receive.port = entry->port;
	else
		receive.port = served_member(&receive, entry);
	if (receive.port && receive.port->head)
		return receive_from(&receive, actual);
	expect_untouched(&receive, 0);
	return mr;
}
