// SPDX-License-Identifier: GPL-2.0
/*
 * Messages to send, and the call that sends and receives.
 */
#include "fuzz.h"

#include <string.h>

/* A region or an array, as 32-bit programs write it. */
struct narrow_descriptor {
	uint32_t address;
	uint32_t count;
	uint8_t deallocate;
	uint8_t copy;
	uint8_t disposition;
	uint8_t type;
};

/* These write one descriptor and return where the next one goes. */

uint8_t *fuzz_put_right(uint8_t *at, uint32_t disposition, uint32_t name)
{
	mach_msg_port_descriptor_t port = {
		.name = name,
		.disposition = disposition,
		.type = MACH_MSG_PORT_DESCRIPTOR,
	};

	memcpy(at, &port, sizeof(port));
	return at + sizeof(port);
}

static uint8_t *put_array(struct fuzz_worker *w, uint8_t *at,
			  const mach_msg_ool_ports_descriptor_t *array)
{
	struct narrow_descriptor narrow = {
		.address = (uintptr_t)array->address,
		.count = array->count,
		.deallocate = array->deallocate,
		.copy = array->copy,
		.disposition = array->disposition,
		.type = array->type,
	};

	if (array->deallocate)
		w->torn = true;
	if (w->narrow) {
		memcpy(at, &narrow, sizeof(narrow));
		return at + sizeof(narrow);
	}
	memcpy(at, array, sizeof(*array));
	return at + sizeof(*array);
}

uint8_t *fuzz_put_memory(struct fuzz_worker *w, uint8_t *at,
			 const mach_msg_ool_descriptor_t *memory)
{
	mach_msg_ool_ports_descriptor_t array = {
		.address = memory->address,
		.count = memory->size,
		.deallocate = memory->deallocate,
		.copy = memory->copy,
		.type = memory->type,
	};

	return put_array(w, at, &array);
}

/* Names in the arena; @count may be more than there is room for. */
uint8_t *fuzz_put_names(struct fuzz_worker *w, uint8_t *at, uint32_t count,
			uint32_t disposition)
{
	uint32_t *names = (uint32_t *)w->arena + fuzz_below(w, 1024);
	mach_msg_ool_ports_descriptor_t array = {
		.address = names,
		.count = count,
		.disposition = disposition,
		.copy = fuzz_below(w, fuzz_once_in(w, 30) ? 256 : 2),
		.type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
	};

	if (w->torn)
		fuzz_mend_arena(w);
	for (uint32_t i = 0; i < count && i < 30; i++)
		names[i] = fuzz_name(w, fuzz_source(w, disposition));
	if (fuzz_once_in(w, 60))
		array.address = (void *)fuzz_bad_address(w);
	return put_array(w, at, &array);
}

static uint8_t *put_region(struct fuzz_worker *w, uint8_t *at, uint32_t type)
{
	mach_msg_ool_descriptor_t memory = { .type = type };
	bool sane = true;
	uint32_t size;

	memory.address = (void *)fuzz_region(w, &size, &sane);
	memory.size = size;
	memory.copy = fuzz_below(w, fuzz_once_in(w, 30) ? 256 : 2);
	/* A wrong address must not take away what is not ours. */
	memory.deallocate = sane && fuzz_once_in(w, 8);
	return fuzz_put_memory(w, at, &memory);
}

static uint8_t *put_descriptor(struct fuzz_worker *w, uint8_t *at)
{
	uint32_t type = fuzz_one_of(w, 0, 0, 0, 0, 1, 1, 2, 2, 3);
	uint32_t disposition, count;
	uint8_t *next;

	if (fuzz_once_in(w, 60))
		type = fuzz_below(w, 256);
	switch (type) {
	case MACH_MSG_OOL_DESCRIPTOR:
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		return put_region(w, at, type);
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		count = fuzz_once_in(w, 50) ? fuzz_word(w) :
			fuzz_below(w, fuzz_one_of(w, 4, 4, 30, 2000));
		return fuzz_put_names(w, at, count, fuzz_disposition(w));
	default:
		disposition = fuzz_disposition(w);
		next = fuzz_put_right(at, disposition,
				      fuzz_name(w, fuzz_source(w, disposition)));
		next[-1] = type;
		return next;
	}
}

static void make_header(struct fuzz_worker *w, mach_msg_header_t *head)
{
	uint32_t remote = fuzz_disposition(w) & 0x1f;
	uint32_t local = fuzz_once_in(w, 2) ? 0 : fuzz_disposition(w) & 0x1f;
	uint32_t bits = MACH_MSGH_BITS(remote, local);

	if (fuzz_once_in(w, 2))
		bits |= MACH_MSGH_BITS_COMPLEX;
	if (fuzz_once_in(w, 60))
		bits |= (fuzz_disposition(w) & 0x1f) << 16;
	if (fuzz_once_in(w, 100))
		bits ^= fuzz_word(w);
	/* It may be in the way of a later message, as a part of its data. */
	if (fuzz_is_foreign(bits))
		bits >>= 1;
	head->msgh_bits = bits;
	head->msgh_remote_port = fuzz_name(w, fuzz_source(w, remote));
	head->msgh_local_port = local || fuzz_once_in(w, 60) ?
		fuzz_name(w, fuzz_source(w, local)) : MACH_PORT_NULL;
	head->msgh_voucher_port = fuzz_once_in(w, 30) ?
		fuzz_name(w, FUZZ_ANY) : MACH_PORT_NULL;
	head->msgh_id = fuzz_one_of(w, 0, 1, 64, 70, 71, 72, 3200, 3204, -1);
}

/*
 * Makes a message at the start of the buffer, or so that it ends where memory
 * ends. Returns its size, for the call, and its address.
 */
static uint32_t make_message(struct fuzz_worker *w, uint8_t **where)
{
	uint8_t *msg = w->send;
	mach_msg_header_t *head = (mach_msg_header_t *)msg;
	uint8_t *at = msg + sizeof(*head);
	uint32_t count = fuzz_below(w, 6);
	uint32_t size;

	make_header(w, head);
	if (head->msgh_bits & MACH_MSGH_BITS_COMPLEX) {
		memcpy(at, &count, 4);
		at += 4;
		for (uint32_t i = 0; i < count; i++)
			at = put_descriptor(w, at);
		if (fuzz_once_in(w, 40)) {
			count = fuzz_word(w);
			memcpy(msg + sizeof(*head), &count, 4);
		}
	}
	size = at - msg + 4 * fuzz_below(w, fuzz_one_of(w, 1, 4, 60, 2000,
							12000));
	head->msgh_size = size;
	*where = msg;
	if (fuzz_once_in(w, 4)) {
		*where = w->send + FUZZ_BUFFER - size;
		memmove(*where, msg, at - msg);
	}
	if (fuzz_once_in(w, 40))
		size = fuzz_once_in(w, 2) ? fuzz_word(w) :
					    size + fuzz_below(w, 9) - 4;
	return size;
}

/* A list of where data out of line is to go, in the receive buffer. */
static uint32_t make_scatter_list(struct fuzz_worker *w, uint8_t *list)
{
	uint32_t count = 1 + fuzz_below(w, 4);
	uint8_t *at = list + sizeof(mach_msg_header_t) + 4;
	mach_msg_ool_descriptor_t entry = {};
	bool sane = true;
	uint32_t size;

	memset(list, 0, sizeof(mach_msg_header_t));
	memcpy(at - 4, &count, 4);
	for (uint32_t i = 0; i < count; i++) {
		entry.address = (void *)fuzz_region(w, &size, &sane);
		entry.size = size;
		entry.copy = fuzz_one_of(w, FUZZ_OVERWRITE, FUZZ_OVERWRITE, 2);
		entry.type = fuzz_one_of(w, 1, 1, 2, 3);
		at = fuzz_put_memory(w, at, &entry);
	}
	return at - list + fuzz_one_of(w, 0, 0, 0, -4, 100);
}

static mach_msg_option_t choose_option(struct fuzz_worker *w)
{
	mach_msg_option_t option = fuzz_one_of(w, 1, 1, 1, 2, 2, 3, 3, 0);

	if (fuzz_below(w, 40) || w->alone)
		option |= MACH_SEND_TIMEOUT;
	if (fuzz_below(w, 40) || w->alone)
		option |= MACH_RCV_TIMEOUT;
	if (fuzz_once_in(w, 4))
		option |= MACH_RCV_LARGE;
	if (fuzz_once_in(w, 8))
		option |= MACH_RCV_LARGE_IDENTITY;
	if (fuzz_once_in(w, 4))
		option |= MACH_SEND_NOTIFY;
	if (fuzz_once_in(w, 2))
		option |= MACH_RCV_TRAILER_ELEMENTS(fuzz_below(w, 16));
	if (fuzz_once_in(w, 8))
		option |= MACH_RCV_OVERWRITE;
	if (fuzz_once_in(w, 30))
		option |= fuzz_word(w);
	return option;
}

/* Makes the call, and looks at the result and at what was received. */
void fuzz_trap(struct fuzz_worker *w, struct machipc_msg *arg)
{
	uint8_t *buffer = (uint8_t *)(uintptr_t)arg->rcv_msg;
	uint32_t option = arg->option;
	uint32_t room = arg->rcv_size;

	if (fuzz_once_in(w, 40))
		arg->rcv_msg = fuzz_bad_address(w);
	else if (fuzz_once_in(w, 40))
		arg->rcv_msg = 0;

	if (!fuzz_issue(w, MACHIPC_IOC_MSG, arg, sizeof(*arg), true))
		return;
	fuzz_check_mr(arg->out_result, option);
	/* The pool is stale, so it gets a port that works. */
	if (arg->out_result == MACH_SEND_INVALID_DEST ||
	    arg->out_result == MACH_RCV_INVALID_NAME)
		fuzz_construct(w);
	fuzz_count(MACHIPC_IOC_MSG, arg->out_result == MACH_MSG_SUCCESS);
	if (option & MACH_RCV_MSG && arg->rcv_msg == (uintptr_t)buffer &&
	    (arg->out_result == MACH_MSG_SUCCESS ||
	     (arg->out_result & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR))
		fuzz_take_message(w, buffer, room, option);
}

void fuzz_msg(struct fuzz_worker *w)
{
	struct machipc_msg arg = {
		.size = sizeof(arg),
		.option = choose_option(w),
		.rcv_name = fuzz_name(w, fuzz_once_in(w, 4) ? FUZZ_SET :
							      FUZZ_RECEIVE),
		.timeout = fuzz_one_of(w, 0, 0, 0, 0, 0, 0, 1, 5),
	};
	uint8_t *msg = w->send;
	uint8_t *buffer;

	if (arg.option & MACH_SEND_MSG)
		arg.send_size = make_message(w, &msg);
	arg.msg = (uintptr_t)msg;
	arg.rcv_size = fuzz_one_of(w, FUZZ_BUFFER, 4096, 4096, 1024, 200, 100,
				   60, 32, 24, 0);
	buffer = w->receive + FUZZ_BUFFER - arg.rcv_size;
	arg.rcv_msg = (uintptr_t)buffer;
	if (arg.option & MACH_RCV_OVERWRITE && arg.rcv_size >= 1024)
		arg.scatter_size = make_scatter_list(w, buffer);
	fuzz_trap(w, &arg);
	if (w->torn && fuzz_once_in(w, 4))
		fuzz_mend_arena(w);
}
