/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOOLS_DISCARD_H
#define TOOLS_DISCARD_H

#include <mach/mach.h>

/**
 * discard_message() - release all that came with a message
 * @message: a message as it was received
 *
 * mach_msg_destroy() releases every right, but not the memory that the sender
 * had copied by MACH_MSG_PHYSICAL_COPY or called volatile: it takes that for
 * the receiver's own. A server that leaves it there can be filled up by any
 * client.
 */
void discard_message(mach_msg_header_t *message);

#endif
