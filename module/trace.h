/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace points: the life of a message, and violated guards.
 *
 * They are those of messages.md 20. A message is known by a tag, which says
 * nothing about where it is.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM machipc

#if !defined(_MACHIPC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _MACHIPC_TRACE_H

#include <linux/tracepoint.h>

#include "kmsg.h"
#include "tag.h"

TRACE_EVENT(machipc_kmsg_info_start,
	TP_PROTO(u32 size),
	TP_ARGS(size),
	TP_STRUCT__entry(
		__field(u32, size)
	),
	TP_fast_assign(
		__entry->size = size;
	),
	TP_printk("size=%u", __entry->size)
);

TRACE_EVENT(machipc_kmsg_info_end,
	TP_PROTO(const struct machipc_info *info, u32 result),
	TP_ARGS(info, result),
	TP_STRUCT__entry(
		__field(s32, sender)
		__field(s32, receiver)
		__field(u32, size)
		__field(u32, flags)
		__field(u32, result)
	),
	TP_fast_assign(
		__entry->sender = info->sender;
		__entry->receiver = info->receiver;
		__entry->size = info->size;
		__entry->flags = info->flags;
		__entry->result = result;
	),
	TP_printk("sender=%d receiver=%d size=%u flags=0x%x ports=%u result=0x%x",
		  __entry->sender, __entry->receiver, __entry->size,
		  __entry->flags >> 8, __entry->flags & 0xff, __entry->result)
);

TRACE_EVENT(machipc_kmsg_link,
	TP_PROTO(const struct machipc_kmsg *kmsg, u64 address, bool receive),
	TP_ARGS(kmsg, address, receive),
	TP_STRUCT__entry(
		__field(u64, address)
		__field(u32, tag)
		__field(bool, receive)
	),
	TP_fast_assign(
		__entry->address = address;
		__entry->tag = machipc_tag(kmsg);
		__entry->receive = receive;
	),
	TP_printk("address=0x%llx tag=0x%08x receive=%d", __entry->address,
		  __entry->tag, __entry->receive)
);

DECLARE_EVENT_CLASS(machipc_header,
	TP_PROTO(const struct machipc_kmsg *kmsg),
	TP_ARGS(kmsg),
	TP_STRUCT__entry(
		__field(u32, tag)
		__field(u32, bits)
		__field(s32, id)
	),
	TP_fast_assign(
		__entry->tag = machipc_tag(kmsg);
		__entry->bits = kmsg->bits | kmsg->dest.type |
				kmsg->reply.type << 8;
		__entry->id = kmsg->id;
	),
	TP_printk("tag=0x%08x bits=0x%x id=%d voucher=0x0", __entry->tag,
		  __entry->bits, __entry->id)
);

DEFINE_EVENT(machipc_header, machipc_msg_send,
	TP_PROTO(const struct machipc_kmsg *kmsg),
	TP_ARGS(kmsg)
);

DEFINE_EVENT(machipc_header, machipc_msg_recv,
	TP_PROTO(const struct machipc_kmsg *kmsg),
	TP_ARGS(kmsg)
);

DEFINE_EVENT(machipc_header, machipc_msg_recv_voucher_refused,
	TP_PROTO(const struct machipc_kmsg *kmsg),
	TP_ARGS(kmsg)
);

TRACE_EVENT(machipc_kmsg_free,
	TP_PROTO(const struct machipc_kmsg *kmsg),
	TP_ARGS(kmsg),
	TP_STRUCT__entry(
		__field(u32, tag)
	),
	TP_fast_assign(
		__entry->tag = machipc_tag(kmsg);
	),
	TP_printk("tag=0x%08x", __entry->tag)
);

TRACE_EVENT(machipc_guard_violation,
	TP_PROTO(u32 name, u32 violation),
	TP_ARGS(name, violation),
	TP_STRUCT__entry(
		__field(u32, name)
		__field(u32, violation)
	),
	TP_fast_assign(
		__entry->name = name;
		__entry->violation = violation;
	),
	TP_printk("name=0x%x violation=%u", __entry->name,
		  __entry->violation)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
