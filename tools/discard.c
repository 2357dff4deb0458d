// SPDX-License-Identifier: GPL-2.0
/*
 * Releasing what a client has sent, whatever it is.
 */

#include "discard.h"

/* Makes the memory one that mach_msg_destroy() releases. */
static void claim_memory(mach_msg_ool_descriptor_t *memory)
{
	memory->type = MACH_MSG_OOL_DESCRIPTOR;
	memory->deallocate = TRUE;
}

/* Returns the size of the descriptor, which depends on its type. */
static mach_msg_size_t claim(mach_msg_descriptor_t *descriptor)
{
	switch (descriptor->type.type) {
	case MACH_MSG_OOL_DESCRIPTOR:
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		claim_memory(&descriptor->out_of_line);
		return sizeof(descriptor->out_of_line);
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		return sizeof(descriptor->ool_ports);
	default:
		return sizeof(descriptor->port);
	}
}

void discard_message(mach_msg_header_t *message)
{
	mach_msg_base_t *base = (mach_msg_base_t *)message;
	char *descriptor = (char *)(base + 1);
	mach_msg_size_t i;

	if (message->msgh_bits & MACH_MSGH_BITS_COMPLEX) {
		for (i = 0; i < base->body.msgh_descriptor_count; i++)
			descriptor += claim((void *)descriptor);
	}
	mach_msg_destroy(message);
}
