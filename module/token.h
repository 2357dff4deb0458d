/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who sent a message: captured at send, translated at receive.
 */
#ifndef _MACHIPC_TOKEN_H
#define _MACHIPC_TOKEN_H

#include "hot.h"
#include "mach.h"

struct machipc_kmsg;
struct machipc_space;
struct machipc_token;

machipc_hot
void machipc_token_capture(struct machipc_token *token);
bool machipc_token_read(const struct machipc_space *space,
			struct mach_msg_trailer *trailer);
void machipc_token_translate(const struct machipc_kmsg *kmsg,
			     struct mach_msg_trailer *trailer);

#endif
