/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mach's numbers: options, result codes, dispositions, rights, layouts.
 *
 * The values are those that user space knows from <mach/message.h> and
 * <mach/port.h>; scripts/check constants compares the two.
 */
#ifndef _MACHIPC_MACH_H
#define _MACHIPC_MACH_H

#include <linux/minmax.h>
#include <linux/types.h>

/* Names. */
#define MACH_PORT_NULL			0U
#define MACH_PORT_DEAD			(~0U)

/* msgh_bits. */
#define MACH_MSGH_BITS_REMOTE_MASK	0x0000001fU
#define MACH_MSGH_BITS_LOCAL_MASK	0x00001f00U
#define MACH_MSGH_BITS_VOUCHER_MASK	0x001f0000U
#define MACH_MSGH_BITS_COMPLEX		0x80000000U
#define MACH_MSGH_BITS_USER		0x801f1f1fU

/* Dispositions. */
#define MACH_MSG_TYPE_PORT_NONE		0
#define MACH_MSG_TYPE_MOVE_RECEIVE	16
#define MACH_MSG_TYPE_MOVE_SEND		17
#define MACH_MSG_TYPE_MOVE_SEND_ONCE	18
#define MACH_MSG_TYPE_COPY_SEND		19
#define MACH_MSG_TYPE_MAKE_SEND		20
#define MACH_MSG_TYPE_MAKE_SEND_ONCE	21
#define MACH_MSG_TYPE_PORT_RECEIVE	MACH_MSG_TYPE_MOVE_RECEIVE
#define MACH_MSG_TYPE_PORT_SEND		MACH_MSG_TYPE_MOVE_SEND
#define MACH_MSG_TYPE_PORT_SEND_ONCE	MACH_MSG_TYPE_MOVE_SEND_ONCE

/* Descriptor types and copy options. */
#define MACH_MSG_PORT_DESCRIPTOR		0
#define MACH_MSG_OOL_DESCRIPTOR			1
#define MACH_MSG_OOL_PORTS_DESCRIPTOR		2
#define MACH_MSG_OOL_VOLATILE_DESCRIPTOR	3
#define MACH_MSG_PHYSICAL_COPY			0
#define MACH_MSG_VIRTUAL_COPY			1
#define MACH_MSG_OVERWRITE		3

/* Options. */
#define MACH_SEND_MSG			0x00000001U
#define MACH_RCV_MSG			0x00000002U
#define MACH_RCV_LARGE			0x00000004U
#define MACH_RCV_LARGE_IDENTITY		0x00000008U
#define MACH_SEND_TIMEOUT		0x00000010U
#define MACH_SEND_NOTIFY		0x00000080U
#define MACH_RCV_TIMEOUT		0x00000100U
#define MACH_RCV_VOUCHER		0x00000800U
#define MACH_RCV_OVERWRITE		0x00001000U
#define MACH_SEND_ALWAYS		0x00010000U
#define MACH_MSG_OPTION_USER		0x0f0609bfU
#define MACH_RCV_TRAILER_ELEMENTS(o)	(((o) >> 24) & 0xf)

/* Results of mach_msg. */
#define MACH_MSG_SUCCESS		0x00000000
#define MACH_MSG_MASK			0x00003e00
#define MACH_MSG_IPC_SPACE		0x00002000
#define MACH_MSG_VM_SPACE		0x00001000
#define MACH_MSG_IPC_KERNEL		0x00000800
#define MACH_MSG_VM_KERNEL		0x00000400
#define MACH_SEND_INVALID_DATA		0x10000002
#define MACH_SEND_INVALID_DEST		0x10000003
#define MACH_SEND_TIMED_OUT		0x10000004
#define MACH_SEND_INVALID_VOUCHER	0x10000005
#define MACH_SEND_INTERRUPTED		0x10000007
#define MACH_SEND_MSG_TOO_SMALL		0x10000008
#define MACH_SEND_INVALID_REPLY		0x10000009
#define MACH_SEND_INVALID_RIGHT		0x1000000a
#define MACH_SEND_INVALID_MEMORY	0x1000000c
#define MACH_SEND_NO_BUFFER		0x1000000d
#define MACH_SEND_TOO_LARGE		0x1000000e
#define MACH_SEND_INVALID_TYPE		0x1000000f
#define MACH_SEND_INVALID_HEADER	0x10000010
#define MACH_RCV_INVALID_NAME		0x10004002
#define MACH_RCV_TIMED_OUT		0x10004003
#define MACH_RCV_TOO_LARGE		0x10004004
#define MACH_RCV_INTERRUPTED		0x10004005
#define MACH_RCV_PORT_CHANGED		0x10004006
#define MACH_RCV_INVALID_DATA		0x10004008
#define MACH_RCV_HEADER_ERROR		0x1000400b
#define MACH_RCV_BODY_ERROR		0x1000400c

/* Results of everything else. */
#define KERN_SUCCESS			0
#define KERN_NO_SPACE			3
#define KERN_INVALID_ARGUMENT		4
#define KERN_FAILURE			5
#define KERN_RESOURCE_SHORTAGE		6
#define KERN_NO_ACCESS			8
#define KERN_ALREADY_IN_SET		11
#define KERN_NOT_IN_SET			12
#define KERN_NAME_EXISTS		13
#define KERN_ABORTED			14
#define KERN_INVALID_NAME		15
#define KERN_INVALID_TASK		16
#define KERN_INVALID_RIGHT		17
#define KERN_INVALID_VALUE		18
#define KERN_INVALID_CAPABILITY		20
#define KERN_RIGHT_EXISTS		21
#define KERN_NOT_SUPPORTED		46
#define MIG_TYPE_ERROR			(-300)
#define MIG_BAD_ID			(-303)
#define MIG_BAD_ARGUMENTS		(-304)

/* Rights and type bits; a type mask is 1 << (16 + right). */
#define MACH_PORT_RIGHT_SEND		0
#define MACH_PORT_RIGHT_RECEIVE		1
#define MACH_PORT_RIGHT_SEND_ONCE	2
#define MACH_PORT_RIGHT_PORT_SET	3
#define MACH_PORT_RIGHT_DEAD_NAME	4
#define MACH_PORT_RIGHT_LABELH		5
#define MACH_PORT_RIGHT_NUMBER		6
#define MACH_PORT_TYPE_DNREQUEST	0x80000000U
#define MACH_PORT_TYPE_SPREQUEST	0x40000000U
#define MACH_PORT_TYPE_SPREQUEST_DELAYED 0x20000000U
#define MACH_PORT_UREFS_MAX		65535

/* Queue limits. */
#define MACH_PORT_QLIMIT_DEFAULT	5
#define MACH_PORT_QLIMIT_MAX		1024
#define MACH_PORT_QLIMIT_KERNEL		65534

/* mach_port_construct flags. */
#define MPO_CONTEXT_AS_GUARD		0x01
#define MPO_QLIMIT			0x02
#define MPO_TEMPOWNER			0x04
#define MPO_IMPORTANCE_RECEIVER		0x08
#define MPO_INSERT_SEND_RIGHT		0x10
#define MPO_STRICT			0x20
#define MPO_DENAP_RECEIVER		0x40

/* Attribute flavors, their sizes in words, and status flags. */
#define MACH_PORT_LIMITS_INFO		1
#define MACH_PORT_RECEIVE_STATUS	2
#define MACH_PORT_DNREQUESTS_SIZE	3
#define MACH_PORT_TEMPOWNER		4
#define MACH_PORT_IMPORTANCE_RECEIVER	5
#define MACH_PORT_DENAP_RECEIVER	6
#define MACH_PORT_INFO_EXT		7
#define MACH_PORT_LIMITS_INFO_COUNT	1
#define MACH_PORT_RECEIVE_STATUS_COUNT	10
#define MACH_PORT_DNREQUESTS_SIZE_COUNT	1
#define MACH_PORT_INFO_EXT_COUNT	17
#define MACH_PORT_STATUS_FLAG_TEMPOWNER	0x01
#define MACH_PORT_STATUS_FLAG_GUARDED	0x02
#define MACH_PORT_STATUS_FLAG_STRICT_GUARD 0x04
#define MACH_PORT_STATUS_FLAG_IMP_DONATION 0x08

/* Notifications. */
#define MACH_NOTIFY_PORT_DELETED	65
#define MACH_NOTIFY_SEND_POSSIBLE	66
#define MACH_NOTIFY_PORT_DESTROYED	69
#define MACH_NOTIFY_NO_SENDERS		70
#define MACH_NOTIFY_SEND_ONCE		71
#define MACH_NOTIFY_DEAD_NAME		72

/* Special ports of a task. */
#define TASK_KERNEL_PORT		1
#define TASK_HOST_PORT			2
#define TASK_NAME_PORT			3
#define TASK_BOOTSTRAP_PORT		4
#define TASK_SEATBELT_PORT		7
#define TASK_ACCESS_PORT		9
#define TASK_DEBUG_CONTROL_PORT		10

/* Special port of a thread. */
#define THREAD_KERNEL_PORT		1

/* How many ports a task can register. */
#define TASK_PORT_REGISTER_MAX		3

/* Special ports of the host. */
#define HOST_PORT			1
#define HOST_PRIV_PORT			2
#define HOST_MAX_SPECIAL_KERNEL_PORT	7
#define HOST_MAX_SPECIAL_PORT		27

/* Sizes of a message. */
#define MACH_MSG_HEADER_SIZE		24U
#define MACH_MSG_BASE_SIZE		28U
#define MACH_MSG_PORT_DESCRIPTOR_SIZE	12U
#define MACH_MSG_OOL_DESCRIPTOR_SIZE	16U
#define MACH_MSG_OOL_DESCRIPTOR32_SIZE	12U
#define MACH_MSG_SEND_SIZE_MAX		50331580U
#define MACH_MSG_PORTS_MAX		16382U
#define MACH_MSG_PHYSICAL_MAX		7340032U
#define MACH_MSG_OOL_PORTS_MAX		917504U
#define MACH_MSG_MAX_TRAILER_SIZE	68U
#define MACH_MSG_TRAILER_MINIMUM_SIZE	8U
#define MACH_MSG_TRAILER_FORMAT_0	0

/* All structures of a message are packed to four bytes. */

struct mach_msg_header {
	u32 msgh_bits;
	u32 msgh_size;
	u32 msgh_remote_port;
	u32 msgh_local_port;
	u32 msgh_voucher_port;
	s32 msgh_id;
} __packed __aligned(4);

struct mach_msg_base {
	struct mach_msg_header header;
	u32 msgh_descriptor_count;
} __packed __aligned(4);

struct mach_msg_port_descriptor {
	u32 name;
	u32 pad1;
	u16 pad2;
	u8 disposition;
	u8 type;
} __packed __aligned(4);

/* Memory and ports; a disposition is padding for memory. */
struct mach_msg_ool_descriptor {
	u64 address;
	u8 deallocate;
	u8 copy;
	u8 disposition;
	u8 type;
	u32 count;
} __packed __aligned(4);

struct mach_msg_ool_descriptor32 {
	u32 address;
	u32 count;
	u8 deallocate;
	u8 copy;
	u8 disposition;
	u8 type;
} __packed __aligned(4);

struct mach_msg_trailer {
	u32 msgh_trailer_type;
	u32 msgh_trailer_size;
	u32 msgh_seqno;
	u32 msgh_sender[2];
	u32 msgh_audit[8];
	u64 msgh_context;
	u32 msgh_ad;
	u32 msgh_labels_sender;
} __packed __aligned(4);

static inline bool mach_port_valid(u32 name)
{
	return name != MACH_PORT_NULL && name != MACH_PORT_DEAD;
}

static inline u32 mach_port_type(unsigned int right)
{
	return 1U << (16 + right);
}

static inline u32 mach_msgh_bits_remote(u32 bits)
{
	return bits & MACH_MSGH_BITS_REMOTE_MASK;
}

static inline u32 mach_msgh_bits_local(u32 bits)
{
	return (bits & MACH_MSGH_BITS_LOCAL_MASK) >> 8;
}

static inline u32 mach_msgh_bits_voucher(u32 bits)
{
	return (bits & MACH_MSGH_BITS_VOUCHER_MASK) >> 16;
}

static inline bool mach_msg_type_any_send(u32 disposition)
{
	return disposition >= MACH_MSG_TYPE_MOVE_SEND &&
	       disposition <= MACH_MSG_TYPE_MAKE_SEND_ONCE;
}

static inline bool mach_msg_type_any(u32 disposition)
{
	return disposition >= MACH_MSG_TYPE_MOVE_RECEIVE &&
	       disposition <= MACH_MSG_TYPE_MAKE_SEND_ONCE;
}

/* What a right that was sent with @disposition is called on arrival. */
static inline u32 mach_msg_type_received(u32 disposition)
{
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		return MACH_MSG_TYPE_PORT_RECEIVE;
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_COPY_SEND:
	case MACH_MSG_TYPE_MAKE_SEND:
		return MACH_MSG_TYPE_PORT_SEND;
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return MACH_MSG_TYPE_PORT_SEND_ONCE;
	default:
		return MACH_MSG_TYPE_PORT_NONE;
	}
}

/*
 * What a thread runs at that receives a message: the higher of what the message
 * asks for, without flags, and of its own, whose overcommit flag stays.
 */
#define MACH_MSG_PRIORITY_OVERCOMMIT	0x80000000U

static inline u32 mach_msg_priority_combine(u32 msg, u32 recv)
{
	return max(msg, recv & ~MACH_MSG_PRIORITY_OVERCOMMIT) |
	       (recv & MACH_MSG_PRIORITY_OVERCOMMIT);
}

#endif
