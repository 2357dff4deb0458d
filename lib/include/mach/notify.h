/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/*
 * Notifications: messages that the kernel sends about ports (ports.md 9).
 *
 * Each is sent with the send-once right that was given with the request. A
 * receiver tells it from a forgery by the sender's token in the trailer, which
 * is KERNEL_SECURITY_TOKEN_VALUE.
 */
#ifndef _MACH_NOTIFY_H_
#define _MACH_NOTIFY_H_

#include <mach/std_types.h>
#include <mach/port.h>
#include <mach/message.h>
#include <mach/ndr.h>

/* Message ids. 65 and 71 come by themselves and cannot be requested. */
#define MACH_NOTIFY_FIRST		64
#define MACH_NOTIFY_PORT_DELETED	65	/* A name with a request went away */
#define MACH_NOTIFY_SEND_POSSIBLE	66	/* The queue had room again */
#define MACH_NOTIFY_PORT_DESTROYED	69	/* Here is the receive right */
#define MACH_NOTIFY_NO_SENDERS		70	/* The last send right is gone */
#define MACH_NOTIFY_SEND_ONCE		71	/* A send-once right died unused */
#define MACH_NOTIFY_DEAD_NAME		72	/* The port of a name died */
#define MACH_NOTIFY_LAST		77

typedef mach_port_t notify_port_t;

#pragma pack(push, 4)

/* not_port is the name in the space where the request was made; no right. */
typedef struct mach_port_deleted_notification {
	mach_msg_header_t not_header;
	NDR_record_t NDR;
	mach_port_name_t not_port;
	mach_msg_format_0_trailer_t trailer;
} mach_port_deleted_notification_t;

/* not_port as above. */
typedef struct mach_send_possible_notification {
	mach_msg_header_t not_header;
	NDR_record_t NDR;
	mach_port_name_t not_port;
	mach_msg_format_0_trailer_t trailer;
} mach_send_possible_notification_t;

/* not_port carries the receive right, which belongs to the receiver now. */
typedef struct mach_port_destroyed_notification {
	mach_msg_header_t not_header;
	mach_msg_body_t not_body;
	mach_msg_port_descriptor_t not_port;
	mach_msg_format_0_trailer_t trailer;
} mach_port_destroyed_notification_t;

/* not_count is the make-send count when the last send right went away. */
typedef struct mach_no_senders_notification {
	mach_msg_header_t not_header;
	NDR_record_t NDR;
	mach_msg_type_number_t not_count;
	mach_msg_format_0_trailer_t trailer;
} mach_no_senders_notification_t;

typedef struct mach_send_once_notification {
	mach_msg_header_t not_header;
	mach_msg_format_0_trailer_t trailer;
} mach_send_once_notification_t;

/*
 * not_port is the dead name. It has one user reference more than before, for
 * the receiver of this message to release.
 */
typedef struct mach_dead_name_notification {
	mach_msg_header_t not_header;
	NDR_record_t NDR;
	mach_port_name_t not_port;
	mach_msg_format_0_trailer_t trailer;
} mach_dead_name_notification_t;

#pragma pack(pop)

#ifdef MACHIPC_STATIC_ASSERT
MACHIPC_STATIC_ASSERT(sizeof(mach_port_deleted_notification_t) == 56);
MACHIPC_STATIC_ASSERT(sizeof(mach_send_possible_notification_t) == 56);
MACHIPC_STATIC_ASSERT(sizeof(mach_port_destroyed_notification_t) == 60);
MACHIPC_STATIC_ASSERT(sizeof(mach_no_senders_notification_t) == 56);
MACHIPC_STATIC_ASSERT(sizeof(mach_send_once_notification_t) == 44);
MACHIPC_STATIC_ASSERT(sizeof(mach_dead_name_notification_t) == 56);
MACHIPC_STATIC_ASSERT(offsetof(mach_dead_name_notification_t, not_port) == 32);
MACHIPC_STATIC_ASSERT(offsetof(mach_no_senders_notification_t, not_count) == 32);
MACHIPC_STATIC_ASSERT(offsetof(mach_port_destroyed_notification_t,
			       not_port) == 28);
#endif

#endif
