// SPDX-License-Identifier: GPL-2.0
/*
 * What messages bring: it is looked at and kept.
 */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>

void fuzz_check_mr(mach_msg_return_t mr, mach_msg_option_t option)
{
	mach_msg_return_t bits = mr & MACH_MSG_MASK;

	switch (mr & ~MACH_MSG_MASK) {
	case MACH_MSG_SUCCESS:
		if (!bits || bits == MACH_MSG_VM_KERNEL)
			return;
		break;
	case MACH_SEND_TIMED_OUT:
		if (option & MACH_SEND_TIMEOUT)
			return;
		break;
	case MACH_SEND_INTERRUPTED:
	case MACH_SEND_NO_BUFFER:
		return;
	case MACH_SEND_INVALID_DATA:
	case MACH_SEND_INVALID_DEST:
	case MACH_SEND_INVALID_VOUCHER:
	case MACH_SEND_MSG_TOO_SMALL:
	case MACH_SEND_INVALID_REPLY:
	case MACH_SEND_INVALID_RIGHT:
	case MACH_SEND_INVALID_MEMORY:
	case MACH_SEND_TOO_LARGE:
	case MACH_SEND_INVALID_TYPE:
	case MACH_SEND_INVALID_HEADER:
		if (!bits && option & MACH_SEND_MSG)
			return;
		break;
	case MACH_RCV_TIMED_OUT:
		if (!bits && option & MACH_RCV_TIMEOUT)
			return;
		break;
	case MACH_RCV_INVALID_NAME:
	case MACH_RCV_TOO_LARGE:
	case MACH_RCV_INTERRUPTED:
	case MACH_RCV_PORT_CHANGED:
	case MACH_RCV_INVALID_DATA:
		if (!bits && option & MACH_RCV_MSG)
			return;
		break;
	case MACH_RCV_HEADER_ERROR:
	case MACH_RCV_BODY_ERROR:
		if (bits)
			return;
		break;
	}
	fuzz_complain("# mach_msg: result 0x%x, options 0x%x", mr, option);
}

/* Keeps the memory of a received descriptor, or gives it back. */
static void take_memory(struct fuzz_worker *w, uint8_t *memory, size_t size,
			uint8_t copy)
{
	size_t end = (size + FUZZ_PAGE - 1) & ~(FUZZ_PAGE - 1UL);

	if (!memory || copy == FUZZ_OVERWRITE)
		return;
	for (size_t i = size; i < end; i++)
		if (memory[i]) {
			fuzz_complain("# not zero behind a region: 0x%x",
				      memory[i]);
			break;
		}
	if (fuzz_once_in(w, 3))
		fuzz_keep_memory(w, memory, end);
	else
		munmap(memory, end);
}

/* A descriptor, by whatever width of program it was received. */
struct descriptor {
	void *address;
	uint32_t name;
	uint32_t count;
	uint8_t copy;
	uint8_t disposition;
	uint8_t type;
};

/* Reads a descriptor. Returns where the next one is. */
static uint8_t *read_descriptor(struct fuzz_worker *w, uint8_t *at,
				struct descriptor *descriptor)
{
	mach_msg_port_descriptor_t port;
	mach_msg_ool_ports_descriptor_t array;
	uint32_t narrow[3];

	memcpy(&port, at, sizeof(port));
	memcpy(narrow, at, sizeof(narrow));
	memcpy(&array, at, sizeof(array));
	*descriptor = (struct descriptor){
		.address = array.address,
		.name = port.name,
		.count = array.count,
		.copy = array.copy,
		.disposition = port.disposition,
		.type = port.type,
	};
	if (port.type == MACH_MSG_PORT_DESCRIPTOR)
		return at + sizeof(port);
	if (!w->narrow)
		return at + sizeof(array);
	descriptor->address = (void *)(uintptr_t)narrow[0];
	descriptor->count = narrow[1];
	descriptor->copy = narrow[2] >> 8;
	return at + sizeof(narrow);
}

/* Keeps the rights of a received descriptor. Returns where the next one is. */
static uint8_t *take_descriptor(struct fuzz_worker *w, uint8_t *at)
{
	struct descriptor descriptor;
	uint32_t *names;

	at = read_descriptor(w, at, &descriptor);
	switch (descriptor.type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		fuzz_keep_right(w, descriptor.disposition, descriptor.name);
		return at;
	case MACH_MSG_OOL_DESCRIPTOR:
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		take_memory(w, descriptor.address, descriptor.count,
			    descriptor.copy);
		return at;
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		names = descriptor.address;
		for (uint32_t i = 0; names && i < descriptor.count; i++)
			fuzz_keep_right(w, descriptor.disposition, names[i]);
		take_memory(w, descriptor.address, descriptor.count * 4UL,
			    descriptor.copy);
		return at;
	default:
		fuzz_complain("# received descriptor of type %u",
			      descriptor.type);
		return NULL;
	}
}

static uint32_t trailer_size(mach_msg_option_t option, bool narrow)
{
	static const uint32_t sizes[] = { 8, 12, 20, 52, 60, 68 };
	uint32_t elements = option >> 24 & 0xf;
	uint32_t size = sizes[elements < 5 ? elements : 5];

	/* The context is the one member that is as wide as an address. */
	return narrow && elements > 3 ? size - 4 : size;
}

/* Looks at a message that was delivered, and keeps what it brought. */
void fuzz_take_message(struct fuzz_worker *w, uint8_t *buffer, uint32_t room,
		       mach_msg_option_t option)
{
	mach_msg_header_t *head = (mach_msg_header_t *)buffer;
	uint8_t *at = buffer + sizeof(*head);
	uint32_t *trailer = (uint32_t *)(buffer + head->msgh_size);
	uint32_t size = trailer_size(option, w->narrow);
	uint32_t count = 0;

	if (head->msgh_size < sizeof(*head) || head->msgh_size > room ||
	    head->msgh_size % 4 || room - head->msgh_size < size) {
		fuzz_complain("# received 0x%x bytes in 0x%x",
			      head->msgh_size, room);
		return;
	}
	if (trailer[0] || trailer[1] != size)
		fuzz_complain("# trailer %u %u, options 0x%x", trailer[0],
			      trailer[1], option);
	fuzz_check_words(MACHIPC_IOC_MSG, buffer, head->msgh_size + size);
	fuzz_keep_right(w, MACH_MSGH_BITS_REMOTE(head->msgh_bits),
			head->msgh_remote_port);
	if (!(head->msgh_bits & MACH_MSGH_BITS_COMPLEX) ||
	    head->msgh_size < sizeof(*head) + 4)
		return;
	memcpy(&count, at, 4);
	at += 4;
	for (; count && at; count--)
		at = take_descriptor(w, at);
	if (!at || at > (uint8_t *)trailer)
		fuzz_complain("# descriptors end outside of a message");
}
