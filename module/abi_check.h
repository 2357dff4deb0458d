/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layouts that user space relies on, checked when the module is built.
 */
#ifndef _MACHIPC_ABI_CHECK_H
#define _MACHIPC_ABI_CHECK_H

#include <linux/build_bug.h>
#include <linux/stddef.h>

#include <linux/machipc.h>

#include "mach.h"

/**
 * machipc_check_abi() - fail to compile if a layout has changed
 *
 * Sums of member sizes are compared with the sizes of the structures, so a
 * hole or padding that an architecture would add cannot go unnoticed.
 */
static inline void machipc_check_abi(void)
{
	BUILD_BUG_ON(sizeof(struct machipc_query) != 2 * 4 + 8);
	BUILD_BUG_ON(sizeof(struct machipc_msg) != 2 * 4 + 2 * 8 + 8 * 4);
	BUILD_BUG_ON(sizeof(struct machipc_self) != 4 * 4);
	BUILD_BUG_ON(sizeof(struct machipc_reply_port) != 2 * 4);
	BUILD_BUG_ON(sizeof(struct machipc_port_op) != 4 * 4 + 2 * 8 + 2 * 4);
	BUILD_BUG_ON(sizeof(struct machipc_port_allocate) != 8 * 4);
	BUILD_BUG_ON(sizeof(struct machipc_port_construct) !=
		     4 * 4 + 8 + 2 * 4);
	BUILD_BUG_ON(sizeof(struct machipc_port_list) !=
		     4 * 4 + 2 * 8 + 2 * 4);
	BUILD_BUG_ON(sizeof(struct machipc_port_right) != 8 * 4);
	BUILD_BUG_ON(sizeof(struct machipc_port_request_notification) !=
		     10 * 4);
	BUILD_BUG_ON(sizeof(struct machipc_port_attributes) !=
		     7 * 4 + MACHIPC_PORT_INFO_MAX * 4);
	BUILD_BUG_ON(sizeof(struct machipc_port_peek) !=
		     6 * 4 + 8 + 6 * 4);

	BUILD_BUG_ON(sizeof(struct mach_msg_header) != MACH_MSG_HEADER_SIZE);
	BUILD_BUG_ON(sizeof(struct mach_msg_base) != MACH_MSG_BASE_SIZE);
	BUILD_BUG_ON(sizeof(struct mach_msg_port_descriptor) !=
		     MACH_MSG_PORT_DESCRIPTOR_SIZE);
	BUILD_BUG_ON(offsetof(struct mach_msg_port_descriptor, disposition) !=
		     10);
	BUILD_BUG_ON(offsetof(struct mach_msg_port_descriptor, type) != 11);
	BUILD_BUG_ON(sizeof(struct mach_msg_ool_descriptor) !=
		     MACH_MSG_OOL_DESCRIPTOR_SIZE);
	BUILD_BUG_ON(offsetof(struct mach_msg_ool_descriptor, type) != 11);
	BUILD_BUG_ON(sizeof(struct mach_msg_ool_descriptor32) !=
		     MACH_MSG_OOL_DESCRIPTOR32_SIZE);
	BUILD_BUG_ON(offsetof(struct mach_msg_ool_descriptor32, type) != 11);
	BUILD_BUG_ON(sizeof(struct mach_msg_trailer) !=
		     MACH_MSG_MAX_TRAILER_SIZE);
	BUILD_BUG_ON(offsetof(struct mach_msg_trailer, msgh_sender) != 12);
	BUILD_BUG_ON(offsetof(struct mach_msg_trailer, msgh_audit) != 20);
	BUILD_BUG_ON(offsetof(struct mach_msg_trailer, msgh_context) != 52);
}

#endif
