/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What trace points say of a message.
 */
#ifndef _MACHIPC_TAG_H
#define _MACHIPC_TAG_H

#include <linux/types.h>

struct machipc_kmsg;

/**
 * struct machipc_info - a message that was sent
 * @sender: process that sent it, 0 for the kernel
 * @receiver: process that has the receive right; MACHIPC_INFO_* if none
 * @size: bytes after header and descriptors, and bytes out of line
 * @flags: MACHIPC_FLAG_* bits << 8, and the number of ports in the lower 8
 */
struct machipc_info {
	s32 sender;
	s32 receiver;
	u32 size;
	u32 flags;
};

#define MACHIPC_INFO_DYING	((s32)0xfffffff0)
#define MACHIPC_INFO_TRANSIT	((s32)0xfffffff2)

#define MACHIPC_FLAG_COMPLEX	0x000002
#define MACHIPC_FLAG_OOLMEM	0x000004
#define MACHIPC_FLAG_VCPY	0x000008
#define MACHIPC_FLAG_PCPY	0x000010
#define MACHIPC_FLAG_SND64	0x000020
#define MACHIPC_FLAG_DST_SONCE	0x002000
#define MACHIPC_FLAG_SRC_SONCE	0x004000
#define MACHIPC_FLAG_ONEWAY	0x010000
#define MACHIPC_FLAG_SNDRCV	0x040000

u32 machipc_tag(const struct machipc_kmsg *kmsg);
void machipc_info_read(const struct machipc_kmsg *kmsg, bool rpc,
		       struct machipc_info *info);

#endif
