/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/*
 * Messages: layouts, dispositions, options, result codes, trailers, and
 * mach_msg() itself (messages.md 1 to 5, 15 and 24).
 *
 * A message is a header, then, if it is complex, a count and that many
 * descriptors of rights and memory, then inline data. The receiver finds a
 * trailer right behind it. All structures are packed to four bytes.
 */
#ifndef _MACH_MESSAGE_H_
#define _MACH_MESSAGE_H_

#include <mach/std_types.h>
#include <mach/port.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef natural_t mach_msg_bits_t;
typedef natural_t mach_msg_size_t;		/* Bytes */
typedef integer_t mach_msg_id_t;
typedef natural_t mach_msg_timeout_t;		/* Milliseconds */
typedef natural_t mach_msg_priority_t;
typedef natural_t mach_msg_type_number_t;
typedef natural_t mach_msg_type_size_t;
typedef natural_t mach_msg_type_name_t;
typedef natural_t mach_msg_copy_options_t;
typedef natural_t mach_msg_descriptor_type_t;
typedef natural_t mach_msg_trailer_type_t;
typedef natural_t mach_msg_trailer_size_t;
typedef char *mach_msg_trailer_info_t;
typedef natural_t mach_msg_guard_flags_t;
typedef integer_t mach_msg_option_t;
typedef mach_msg_option_t mach_msg_options_t;

/* Number that stands for no timeout where the option bit is not given. */
#define MACH_MSG_TIMEOUT_NONE		((mach_msg_timeout_t)0)
#define MACH_MSG_PRIORITY_UNSPECIFIED	((mach_msg_priority_t)0)

#define MACH_MSG_SIZE_MAX	((mach_msg_size_t)0xffffffffU)
/* Size up to which a message is not refused for its size. Advice only. */
#define MACH_MSG_SIZE_RELIABLE	((mach_msg_size_t)(256 * 1024))

/*
 * Dispositions: what shall happen to a right of the sender's that a message
 * names, and in a received message, what kind of right arrived (messages.md 2).
 */
#define MACH_MSG_TYPE_PORT_NONE		0
#define MACH_MSG_TYPE_PORT_NAME		15	/* Plain data, not a right */
#define MACH_MSG_TYPE_MOVE_RECEIVE	16	/* Give the receive right away */
#define MACH_MSG_TYPE_MOVE_SEND		17	/* Give one user reference away */
#define MACH_MSG_TYPE_MOVE_SEND_ONCE	18	/* Give the send-once right away */
#define MACH_MSG_TYPE_COPY_SEND		19	/* Give a send right, and keep one */
#define MACH_MSG_TYPE_MAKE_SEND		20	/* Make one from the receive right */
#define MACH_MSG_TYPE_MAKE_SEND_ONCE	21	/* The same, send-once */
#define MACH_MSG_TYPE_COPY_RECEIVE	22	/* Never valid */
#define MACH_MSG_TYPE_DISPOSE_RECEIVE	24	/* Not valid in messages */
#define MACH_MSG_TYPE_DISPOSE_SEND	25	/* Not valid in messages */
#define MACH_MSG_TYPE_DISPOSE_SEND_ONCE	26	/* Not valid in messages */
#define MACH_MSG_TYPE_LAST		22
/* Stands for a disposition that a generated stub takes as an argument. */
#define MACH_MSG_TYPE_POLYMORPHIC	((mach_msg_type_name_t)-1)

/* In a received message: the kind of right that the receiver now holds. */
#define MACH_MSG_TYPE_PORT_RECEIVE	MACH_MSG_TYPE_MOVE_RECEIVE
#define MACH_MSG_TYPE_PORT_SEND		MACH_MSG_TYPE_MOVE_SEND
#define MACH_MSG_TYPE_PORT_SEND_ONCE	MACH_MSG_TYPE_MOVE_SEND_ONCE

#define MACH_MSG_TYPE_PORT_ANY(x) \
	((x) >= MACH_MSG_TYPE_MOVE_RECEIVE && \
	 (x) <= MACH_MSG_TYPE_MAKE_SEND_ONCE)
#define MACH_MSG_TYPE_PORT_ANY_SEND(x) \
	((x) >= MACH_MSG_TYPE_MOVE_SEND && \
	 (x) <= MACH_MSG_TYPE_MAKE_SEND_ONCE)
#define MACH_MSG_TYPE_PORT_ANY_RIGHT(x) \
	((x) >= MACH_MSG_TYPE_MOVE_RECEIVE && \
	 (x) <= MACH_MSG_TYPE_MOVE_SEND_ONCE)

/*
 * msgh_bits (messages.md 1.2). Bits outside MACH_MSGH_BITS_USER are cleared on
 * send and cause no error.
 */
#define MACH_MSGH_BITS_ZERO		0x00000000U
#define MACH_MSGH_BITS_REMOTE_MASK	0x0000001fU
#define MACH_MSGH_BITS_LOCAL_MASK	0x00001f00U
#define MACH_MSGH_BITS_VOUCHER_MASK	0x001f0000U
#define MACH_MSGH_BITS_PORTS_MASK	0x001f1f1fU
#define MACH_MSGH_BITS_COMPLEX		0x80000000U	/* Has descriptors */
#define MACH_MSGH_BITS_RAISEIMP		0x20000000U	/* Set by the kernel */
#define MACH_MSGH_BITS_DENAP		MACH_MSGH_BITS_RAISEIMP
#define MACH_MSGH_BITS_IMPHOLDASRT	0x10000000U	/* Private to libraries */
#define MACH_MSGH_BITS_DENAPHOLDASRT	MACH_MSGH_BITS_IMPHOLDASRT
#define MACH_MSGH_BITS_CIRCULAR		0x10000000U	/* Private to the kernel */
#define MACH_MSGH_BITS_USER		0x801f1f1fU
#define MACH_MSGH_BITS_USED		0xb01f1f1fU

/* Compose the bits from dispositions: remote and local; with voucher; with other bits. */
#define MACH_MSGH_BITS(remote, local) \
	((mach_msg_bits_t)(remote) | ((mach_msg_bits_t)(local) << 8))
#define MACH_MSGH_BITS_SET_PORTS(remote, local, voucher) \
	(((mach_msg_bits_t)(remote) & MACH_MSGH_BITS_REMOTE_MASK) | \
	 (((mach_msg_bits_t)(local) << 8) & MACH_MSGH_BITS_LOCAL_MASK) | \
	 (((mach_msg_bits_t)(voucher) << 16) & MACH_MSGH_BITS_VOUCHER_MASK))
#define MACH_MSGH_BITS_SET(remote, local, voucher, other) \
	(MACH_MSGH_BITS_SET_PORTS((remote), (local), (voucher)) | \
	 MACH_MSGH_BITS_OTHER(other))

/* Take them apart again. */
#define MACH_MSGH_BITS_REMOTE(bits)	((bits) & MACH_MSGH_BITS_REMOTE_MASK)
#define MACH_MSGH_BITS_LOCAL(bits) \
	(((bits) & MACH_MSGH_BITS_LOCAL_MASK) >> 8)
#define MACH_MSGH_BITS_VOUCHER(bits) \
	(((bits) & MACH_MSGH_BITS_VOUCHER_MASK) >> 16)
#define MACH_MSGH_BITS_PORTS(bits)	((bits) & MACH_MSGH_BITS_PORTS_MASK)
#define MACH_MSGH_BITS_OTHER(bits)	((bits) & ~MACH_MSGH_BITS_PORTS_MASK)

#define MACH_MSGH_BITS_HAS_REMOTE(bits) \
	(MACH_MSGH_BITS_REMOTE(bits) != MACH_MSGH_BITS_ZERO)
#define MACH_MSGH_BITS_HAS_LOCAL(bits) \
	(MACH_MSGH_BITS_LOCAL(bits) != MACH_MSGH_BITS_ZERO)
#define MACH_MSGH_BITS_HAS_VOUCHER(bits) \
	(MACH_MSGH_BITS_VOUCHER(bits) != MACH_MSGH_BITS_ZERO)
#define MACH_MSGH_BITS_IS_COMPLEX(bits) \
	(((bits) & MACH_MSGH_BITS_COMPLEX) != MACH_MSGH_BITS_ZERO)
#define MACH_MSGH_BITS_RAISED_IMPORTANCE(bits) \
	(((bits) & MACH_MSGH_BITS_RAISEIMP) != MACH_MSGH_BITS_ZERO)
#define MACH_MSGH_BITS_HOLDS_IMPORTANCE_ASSERTION(bits) \
	(((bits) & MACH_MSGH_BITS_IMPHOLDASRT) != MACH_MSGH_BITS_ZERO)

/* Descriptor types. */
#define MACH_MSG_PORT_DESCRIPTOR		0
#define MACH_MSG_OOL_DESCRIPTOR			1
#define MACH_MSG_OOL_PORTS_DESCRIPTOR		2
#define MACH_MSG_OOL_VOLATILE_DESCRIPTOR	3
/* Of later systems; a send that carries one gets MACH_SEND_INVALID_TYPE. */
#define MACH_MSG_GUARDED_PORT_DESCRIPTOR	4

/* How out-of-line data is conveyed. Only the first two may be sent. */
#define MACH_MSG_PHYSICAL_COPY		0
#define MACH_MSG_VIRTUAL_COPY		1
#define MACH_MSG_ALLOCATE		2
#define MACH_MSG_OVERWRITE		3	/* Deprecated */
#define MACH_MSG_KALLOC_COPY_T		4	/* Kernel only */

#define MACH_MSG_GUARD_FLAGS_NONE		0x0000
#define MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE	0x0001
#define MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND	0x0002

#pragma pack(push, 4)

/**
 * struct mach_msg_header - how every message begins (messages.md 1.1)
 * @msgh_bits: dispositions of the three ports, and MACH_MSGH_BITS_COMPLEX
 * @msgh_size: ignored on send, where an argument of mach_msg() rules. Received:
 *	bytes of the message without its trailer
 * @msgh_remote_port: send: the destination. Received: the reply right
 * @msgh_local_port: send: the reply port. Received: the name of the port that
 *	the message was sent to, without a right
 * @msgh_voucher_port: a voucher, or a word of free data while its disposition
 *	is 0
 * @msgh_id: free for the protocol of the two ends
 */
typedef struct mach_msg_header {
	mach_msg_bits_t msgh_bits;
	mach_msg_size_t msgh_size;
	mach_port_t msgh_remote_port;
	mach_port_t msgh_local_port;
	mach_port_name_t msgh_voucher_port;
	mach_msg_id_t msgh_id;
} mach_msg_header_t;

#define msgh_reserved		msgh_voucher_port
#define MACH_MSG_NULL		((mach_msg_header_t *)0)

/**
 * struct mach_msg_body - what follows the header of a complex message
 * @msgh_descriptor_count: number of descriptors behind this structure
 */
typedef struct mach_msg_body {
	mach_msg_size_t msgh_descriptor_count;
} mach_msg_body_t;

#define MACH_MSG_BODY_NULL	((mach_msg_body_t *)0)

typedef struct mach_msg_base {
	mach_msg_header_t header;
	mach_msg_body_t body;
} mach_msg_base_t;

/* What all descriptors have in common: the type is at offset 11. */
typedef struct mach_msg_type_descriptor {
	natural_t pad1;
	mach_msg_size_t pad2;
	uint8_t pad3[3];
	uint8_t type;
} mach_msg_type_descriptor_t;

/**
 * struct mach_msg_port_descriptor - a right in the body of a message
 * @name: name of the right, MACH_PORT_NULL or MACH_PORT_DEAD
 * @pad1: ignored on send, 0 when received
 * @pad2: likewise
 * @disposition: MACH_MSG_TYPE_*
 * @type: MACH_MSG_PORT_DESCRIPTOR
 */
typedef struct mach_msg_port_descriptor {
	mach_port_t name;
	mach_msg_size_t pad1;
	uint16_t pad2;
	uint8_t disposition;
	uint8_t type;
} mach_msg_port_descriptor_t;

/**
 * struct mach_msg_ool_descriptor32 - out-of-line memory, 32-bit process
 * @address: of the data
 * @size: in bytes
 * @deallocate: send: unmap the pages from the sender. Received: whether
 *	mach_msg_destroy() frees the data
 * @copy: MACH_MSG_PHYSICAL_COPY or MACH_MSG_VIRTUAL_COPY
 * @pad1: ignored on send, 0 when received
 * @type: MACH_MSG_OOL_DESCRIPTOR or MACH_MSG_OOL_VOLATILE_DESCRIPTOR
 */
typedef struct mach_msg_ool_descriptor32 {
	uint32_t address;
	mach_msg_size_t size;
	uint8_t deallocate;
	uint8_t copy;
	uint8_t pad1;
	uint8_t type;
} mach_msg_ool_descriptor32_t;

/* The same, 64-bit process. */
typedef struct mach_msg_ool_descriptor64 {
	uint64_t address;
	uint8_t deallocate;
	uint8_t copy;
	uint8_t pad1;
	uint8_t type;
	mach_msg_size_t size;
} mach_msg_ool_descriptor64_t;

/* The same, this process: the address is a pointer. */
typedef struct mach_msg_ool_descriptor {
	void *address;
#if UINTPTR_MAX <= 0xffffffffU
	mach_msg_size_t size;
#endif
	uint8_t deallocate;
	uint8_t copy;
	uint8_t pad1;
	uint8_t type;
#if UINTPTR_MAX > 0xffffffffU
	mach_msg_size_t size;
#endif
} mach_msg_ool_descriptor_t;

/**
 * struct mach_msg_ool_ports_descriptor32 - array of rights, 32-bit process
 * @address: of an array of names
 * @count: number of names
 * @deallocate: send: unmap the array from the sender. Received: 1, free it
 * @copy: as in struct mach_msg_ool_descriptor32
 * @disposition: MACH_MSG_TYPE_*, the same for all
 * @type: MACH_MSG_OOL_PORTS_DESCRIPTOR
 */
typedef struct mach_msg_ool_ports_descriptor32 {
	uint32_t address;
	mach_msg_size_t count;
	uint8_t deallocate;
	uint8_t copy;
	uint8_t disposition;
	uint8_t type;
} mach_msg_ool_ports_descriptor32_t;

/* The same, 64-bit process. */
typedef struct mach_msg_ool_ports_descriptor64 {
	uint64_t address;
	uint8_t deallocate;
	uint8_t copy;
	uint8_t disposition;
	uint8_t type;
	mach_msg_size_t count;
} mach_msg_ool_ports_descriptor64_t;

/* The same, this process: the address is a pointer. */
typedef struct mach_msg_ool_ports_descriptor {
	void *address;
#if UINTPTR_MAX <= 0xffffffffU
	mach_msg_size_t count;
#endif
	uint8_t deallocate;
	uint8_t copy;
	uint8_t disposition;
	uint8_t type;
#if UINTPTR_MAX > 0xffffffffU
	mach_msg_size_t count;
#endif
} mach_msg_ool_ports_descriptor_t;

/* Descriptor of later systems (messages.md 24): a receive right with a guard. */
typedef struct mach_msg_guarded_port_descriptor32 {
	uint32_t context;
	mach_port_name_t name;
	uint16_t flags;
	uint8_t disposition;
	uint8_t type;
} mach_msg_guarded_port_descriptor32_t;

typedef struct mach_msg_guarded_port_descriptor64 {
	uint64_t context;
	uint16_t flags;
	uint8_t disposition;
	uint8_t type;
	mach_port_name_t name;
} mach_msg_guarded_port_descriptor64_t;

typedef struct mach_msg_guarded_port_descriptor {
	mach_port_context_t context;
#if UINTPTR_MAX <= 0xffffffffU
	mach_port_name_t name;
#endif
	uint16_t flags;
	uint8_t disposition;
	uint8_t type;
#if UINTPTR_MAX > 0xffffffffU
	mach_port_name_t name;
#endif
} mach_msg_guarded_port_descriptor_t;

/*
 * Any descriptor. The members differ in size, so descriptors in a message
 * cannot be walked as an array of this union: advance by the size that belongs
 * to type.type.
 */
typedef union mach_msg_descriptor {
	mach_msg_port_descriptor_t port;
	mach_msg_ool_descriptor_t out_of_line;
	mach_msg_ool_ports_descriptor_t ool_ports;
	mach_msg_type_descriptor_t type;
	mach_msg_guarded_port_descriptor_t guarded_port;
} mach_msg_descriptor_t;

/*
 * Trailers (messages.md 15). Each kind begins like the one before it; a
 * receive option says up to which element the receiver wants it. Trailers that
 * a sender makes up are never believed.
 */
#define MACH_MSG_TRAILER_FORMAT_0	0

#define MACH_RCV_TRAILER_NULL		0
#define MACH_RCV_TRAILER_SEQNO		1
#define MACH_RCV_TRAILER_SENDER		2
#define MACH_RCV_TRAILER_AUDIT		3
#define MACH_RCV_TRAILER_CTX		4
#define MACH_RCV_TRAILER_AV		7
#define MACH_RCV_TRAILER_LABELS		8

/* val[0] effective user id, val[1] effective group id; the kernel is {0, 1}. */
typedef struct security_token {
	unsigned int val[2];
} security_token_t;

/*
 * val[0] login user id, [1] and [2] effective user and group id, [3] and [4]
 * real user and group id, [5] process id, [6] audit session, [7] version of
 * the process, never 0 for a process. The kernel is all zeros. Ids are those
 * that the receiver's namespaces give them.
 */
typedef struct audit_token {
	unsigned int val[8];
} audit_token_t;

#define KERNEL_SECURITY_TOKEN_VALUE	{ { 0, 1 } }
#define KERNEL_AUDIT_TOKEN_VALUE	{ { 0, 0, 0, 0, 0, 0, 0, 0 } }

typedef struct msg_labels {
	mach_port_name_t sender;
} msg_labels_t;

typedef struct mach_msg_trailer {
	mach_msg_trailer_type_t msgh_trailer_type;
	mach_msg_trailer_size_t msgh_trailer_size;
} mach_msg_trailer_t;

typedef struct mach_msg_seqno_trailer {
	mach_msg_trailer_type_t msgh_trailer_type;
	mach_msg_trailer_size_t msgh_trailer_size;
	mach_port_seqno_t msgh_seqno;
} mach_msg_seqno_trailer_t;

typedef struct mach_msg_security_trailer {
	mach_msg_trailer_type_t msgh_trailer_type;
	mach_msg_trailer_size_t msgh_trailer_size;
	mach_port_seqno_t msgh_seqno;
	security_token_t msgh_sender;
} mach_msg_security_trailer_t;

typedef struct mach_msg_audit_trailer {
	mach_msg_trailer_type_t msgh_trailer_type;
	mach_msg_trailer_size_t msgh_trailer_size;
	mach_port_seqno_t msgh_seqno;
	security_token_t msgh_sender;
	audit_token_t msgh_audit;
} mach_msg_audit_trailer_t;

typedef struct mach_msg_context_trailer {
	mach_msg_trailer_type_t msgh_trailer_type;
	mach_msg_trailer_size_t msgh_trailer_size;
	mach_port_seqno_t msgh_seqno;
	security_token_t msgh_sender;
	audit_token_t msgh_audit;
	mach_port_context_t msgh_context;
} mach_msg_context_trailer_t;

/* msgh_ad and msgh_labels are always 0. */
typedef struct mach_msg_mac_trailer {
	mach_msg_trailer_type_t msgh_trailer_type;
	mach_msg_trailer_size_t msgh_trailer_size;
	mach_port_seqno_t msgh_seqno;
	security_token_t msgh_sender;
	audit_token_t msgh_audit;
	mach_port_context_t msgh_context;
	integer_t msgh_ad;
	msg_labels_t msgh_labels;
} mach_msg_mac_trailer_t;

typedef mach_msg_mac_trailer_t mach_msg_max_trailer_t;
typedef mach_msg_security_trailer_t mach_msg_format_0_trailer_t;

/* A message without data, as sent and as received with the least trailer. */
typedef struct mach_msg_empty_send {
	mach_msg_header_t header;
} mach_msg_empty_send_t;

typedef struct mach_msg_empty_rcv {
	mach_msg_header_t header;
	mach_msg_trailer_t trailer;
} mach_msg_empty_rcv_t;

typedef union mach_msg_empty {
	mach_msg_empty_send_t send;
	mach_msg_empty_rcv_t rcv;
} mach_msg_empty_t;

#pragma pack(pop)

#define MACH_MSG_TRAILER_MINIMUM_SIZE \
	((mach_msg_size_t)sizeof(mach_msg_trailer_t))
#define MACH_MSG_TRAILER_FORMAT_0_SIZE \
	((mach_msg_size_t)sizeof(mach_msg_format_0_trailer_t))
#define MAX_TRAILER_SIZE	((mach_msg_size_t)sizeof(mach_msg_max_trailer_t))

/* Round a message size up to where its trailer begins. */
#define round_msg(x)	(((mach_msg_size_t)(x) + 3U) & ~3U)

/* Options of mach_msg() (messages.md 3). Other bits are ignored. */
#define MACH_MSG_OPTION_NONE	0x00000000
#define MACH_SEND_MSG		0x00000001	/* Send */
#define MACH_RCV_MSG		0x00000002	/* Receive, after the send if both */
#define MACH_RCV_LARGE		0x00000004	/* Leave what does not fit queued */
#define MACH_RCV_LARGE_IDENTITY	0x00000008	/* And say which port holds it */
#define MACH_SEND_TIMEOUT	0x00000010	/* Limit the wait for queue space */
#define MACH_SEND_OVERRIDE	0x00000020	/* The last argument is a QoS override */
#define MACH_SEND_INTERRUPT	0x00000040	/* Return when a signal was handled */
#define MACH_SEND_NOTIFY	0x00000080	/* Arm the send-possible request if full */
#define MACH_RCV_TIMEOUT	0x00000100	/* Limit the wait for a message */
#define MACH_RCV_NOTIFY		0x00000200	/* Obsolete, ignored */
#define MACH_RCV_INTERRUPT	0x00000400	/* Return when a signal was handled */
#define MACH_RCV_VOUCHER	0x00000800	/* Receive the voucher as well */
#define MACH_RCV_OVERWRITE	0x00001000	/* Ignored */
#define MACH_RCV_STACK		0x00002000	/* Kernel only, ignored */
#define MACH_SEND_ALWAYS	0x00010000	/* Kernel only, ignored */
#define MACH_SEND_TRAILER	0x00020000	/* Accepted, no effect */
#define MACH_SEND_NOIMPORTANCE	0x00040000	/* Carry no importance */
#define MACH_SEND_NODENAP	MACH_SEND_NOIMPORTANCE
#define MACH_SEND_IMPORTANCE	0x00080000	/* Kernel only, ignored */
#define MACH_PEEK_MSG		0x00100000	/* Kernel only, ignored */

/* Options of later systems, all ignored (messages.md 24). */
#define MACH_MSG_STRICT_REPLY			0x00000200
#define MACH_RCV_GUARDED_DESC			0x00001000
#define MACH_RCV_SYNC_WAIT			0x00004000
#define MACH_RCV_SYNC_PEEK			0x00008000
#define MACH_SEND_FILTER_NONFATAL		0x00010000
#define MACH_SEND_SYNC_OVERRIDE			0x00100000
#define MACH_SEND_PROPAGATE_QOS			0x00200000
#define MACH_SEND_SYNC_USE_THRPRI		MACH_SEND_PROPAGATE_QOS
#define MACH_SEND_KERNEL			0x00400000
#define MACH_SEND_SYNC_BOOTSTRAP_CHECKIN	0x00800000

/* The trailer to receive: its elements and, without effect, its format. */
#define MACH_RCV_TRAILER_TYPE(x)	((mach_msg_option_t)(((x) & 0xfU) << 28))
#define MACH_RCV_TRAILER_ELEMENTS(x)	((mach_msg_option_t)(((x) & 0xfU) << 24))
#define MACH_RCV_TRAILER_MASK		0x0f000000
#define GET_RCV_ELEMENTS(option)	(((natural_t)(option) >> 24) & 0xfU)

/* Bytes of the trailer that a receive with these options delivers. */
#define REQUESTED_TRAILER_SIZE(option) \
	((mach_msg_size_t) \
	 (GET_RCV_ELEMENTS(option) == MACH_RCV_TRAILER_NULL ? \
		sizeof(mach_msg_trailer_t) : \
	  GET_RCV_ELEMENTS(option) == MACH_RCV_TRAILER_SEQNO ? \
		sizeof(mach_msg_seqno_trailer_t) : \
	  GET_RCV_ELEMENTS(option) == MACH_RCV_TRAILER_SENDER ? \
		sizeof(mach_msg_security_trailer_t) : \
	  GET_RCV_ELEMENTS(option) == MACH_RCV_TRAILER_AUDIT ? \
		sizeof(mach_msg_audit_trailer_t) : \
	  GET_RCV_ELEMENTS(option) == MACH_RCV_TRAILER_CTX ? \
		sizeof(mach_msg_context_trailer_t) : \
		sizeof(mach_msg_max_trailer_t)))
#define REQUESTED_TRAILER_SIZE_NATIVE(option)	REQUESTED_TRAILER_SIZE(option)

/* What a user may pass to the kernel, and what is for the library alone. */
#define MACH_SEND_USER		0x000600b1
#define MACH_RCV_USER		0x0f00090e
#define MACH_MSG_OPTION_USER	(MACH_SEND_USER | MACH_RCV_USER)
#define MACH_MSG_OPTION_LIB	(MACH_SEND_INTERRUPT | MACH_RCV_INTERRUPT)

/*
 * Results of mach_msg() (messages.md 4). Bits of MACH_MSG_MASK may be or-ed
 * into any of them; strip these before comparing. A result can also consist of
 * MACH_MSG_VM_KERNEL alone: out of kernel memory for out-of-line data.
 */
typedef kern_return_t mach_msg_return_t;

#define MACH_MSG_SUCCESS		0x00000000

#define MACH_MSG_MASK			0x00003e00
#define MACH_MSG_IPC_SPACE		0x00002000	/* No room for a name */
#define MACH_MSG_VM_SPACE		0x00001000	/* No room for memory */
#define MACH_MSG_IPC_KERNEL		0x00000800	/* Kernel short of memory, for rights */
#define MACH_MSG_VM_KERNEL		0x00000400	/* The same, for data */

#define MACH_SEND_IN_PROGRESS		0x10000001	/* Never returned */
#define MACH_SEND_INVALID_DATA		0x10000002	/* Send buffer unreadable */
#define MACH_SEND_INVALID_DEST		0x10000003	/* No such destination */
#define MACH_SEND_TIMED_OUT		0x10000004	/* The queue stayed full */
#define MACH_SEND_INVALID_VOUCHER	0x10000005
#define MACH_SEND_INTERRUPTED		0x10000007	/* A signal ended the wait */
#define MACH_SEND_MSG_TOO_SMALL		0x10000008	/* Size below the contents, or odd */
#define MACH_SEND_INVALID_REPLY		0x10000009	/* No such reply port */
#define MACH_SEND_INVALID_RIGHT		0x1000000a	/* A right of the body */
#define MACH_SEND_INVALID_NOTIFY	0x1000000b	/* Never returned */
#define MACH_SEND_INVALID_MEMORY	0x1000000c	/* Out-of-line data unreadable */
#define MACH_SEND_NO_BUFFER		0x1000000d	/* Out of memory, or at a limit */
#define MACH_SEND_TOO_LARGE		0x1000000e
#define MACH_SEND_INVALID_TYPE		0x1000000f	/* Bad descriptor */
#define MACH_SEND_INVALID_HEADER	0x10000010	/* Bad disposition in the header */
#define MACH_SEND_INVALID_TRAILER	0x10000011	/* Never returned */
#define MACH_SEND_INVALID_RT_OOL_SIZE	0x10000015	/* Never returned */

#define MACH_RCV_IN_PROGRESS		0x10004001	/* Never returned */
#define MACH_RCV_INVALID_NAME		0x10004002	/* Nothing to receive from */
#define MACH_RCV_TIMED_OUT		0x10004003	/* No message in time */
#define MACH_RCV_TOO_LARGE		0x10004004	/* The buffer is too small */
#define MACH_RCV_INTERRUPTED		0x10004005	/* A signal ended the wait */
#define MACH_RCV_PORT_CHANGED		0x10004006	/* Port or set died or moved */
#define MACH_RCV_INVALID_NOTIFY		0x10004007	/* Never returned */
#define MACH_RCV_INVALID_DATA		0x10004008	/* Receive buffer unwritable */
#define MACH_RCV_PORT_DIED		0x10004009	/* Never returned */
#define MACH_RCV_IN_SET			0x1000400a	/* Never returned */
#define MACH_RCV_HEADER_ERROR		0x1000400b	/* No name for the reply right */
#define MACH_RCV_BODY_ERROR		0x1000400c	/* Part of the body is lost */
#define MACH_RCV_INVALID_TYPE		0x1000400d	/* Never returned */
#define MACH_RCV_SCATTER_SMALL		0x1000400e	/* Never returned */
#define MACH_RCV_INVALID_TRAILER	0x1000400f	/* Never returned */
#define MACH_RCV_IN_PROGRESS_TIMED	0x10004011	/* Never returned */

#define MACH_PEEK_IN_PROGRESS		0x10008001	/* Kernel only */
#define MACH_PEEK_READY			0x10008002	/* Kernel only */

/* Results of later systems, never returned here (messages.md 24). */
#define MACH_SEND_INVALID_CONTEXT	0x10000012
#define MACH_SEND_INVALID_OPTIONS	0x10000013
#define MACH_SEND_NO_GRANT_DEST		0x10000016
#define MACH_SEND_MSG_FILTERED		0x10000017
#define MACH_SEND_AUX_TOO_SMALL		0x10000018
#define MACH_SEND_AUX_TOO_LARGE		0x10000019
#define MACH_RCV_INVALID_REPLY		0x10004012
#define MACH_RCV_INVALID_ARGUMENTS	0x10004013

/**
 * mach_msg() - send a message, receive one, or both in one call
 * @msg: the message to send, and the buffer to receive into
 * @option: MACH_SEND_MSG, MACH_RCV_MSG and modifiers
 * @send_size: bytes to send, a multiple of 4; 0 when not sending
 * @rcv_size: bytes of the buffer; message and trailer must fit. 0 when not
 *	receiving
 * @rcv_name: receive right or port set to receive from
 * @timeout: milliseconds, for each half that has its TIMEOUT option; 0 then
 *	means not to wait. Without the option it is ignored
 * @notify: QoS override, with MACH_SEND_OVERRIDE
 *
 * Once a message is sent, its rights and the memory that it was to deallocate
 * belong to it. The rights and out-of-line memory of a received message belong
 * to the caller, who can drop them all with mach_msg_destroy(). After
 * MACH_SEND_TIMED_OUT, MACH_SEND_INTERRUPTED, and MACH_SEND_NO_BUFFER when
 * @msg was rewritten, the message is the caller's again and can be sent again
 * as it stands.
 *
 * A signal does not end the call (messages.md 19). What was sent is not sent
 * again, and the wait goes on for the rest of the timeout; the receive half of
 * a combined call is counted as begun when the call was made, unless the send
 * was interrupted, too. With MACH_SEND_INTERRUPT or MACH_RCV_INTERRUPT the
 * respective wait ends with MACH_SEND_INTERRUPTED or MACH_RCV_INTERRUPTED.
 *
 * Where the module is missing, too old or unusable, the result is
 * MACH_SEND_INVALID_DEST if the call sends, else MACH_RCV_INVALID_NAME. If
 * there is no memory for a receive to begin, it is KERN_RESOURCE_SHORTAGE.
 *
 * Return: MACH_MSG_SUCCESS or a code of messages.md 4, there and in
 * mach_msg(3) with its cause and what became of the rights.
 */
mach_msg_return_t mach_msg(mach_msg_header_t *msg, mach_msg_option_t option,
			   mach_msg_size_t send_size, mach_msg_size_t rcv_size,
			   mach_port_name_t rcv_name,
			   mach_msg_timeout_t timeout, mach_port_name_t notify);

/**
 * mach_msg_overwrite() - mach_msg() with a receive buffer of its own
 * @msg: the message to send
 * @option: as for mach_msg()
 * @send_size: as for mach_msg()
 * @rcv_size: as for mach_msg()
 * @rcv_name: as for mach_msg()
 * @timeout: as for mach_msg()
 * @notify: as for mach_msg()
 * @rcv_msg: the buffer to receive into, or NULL to use @msg
 * @rcv_limit: ignored
 *
 * Return: as mach_msg().
 */
mach_msg_return_t mach_msg_overwrite(mach_msg_header_t *msg,
				     mach_msg_option_t option,
				     mach_msg_size_t send_size,
				     mach_msg_size_t rcv_size,
				     mach_port_name_t rcv_name,
				     mach_msg_timeout_t timeout,
				     mach_port_name_t notify,
				     mach_msg_header_t *rcv_msg,
				     mach_msg_size_t rcv_limit);

#ifdef MACHIPC_STATIC_ASSERT
/* M-1 */
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_header_t) == 24);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_header_t, msgh_size) == 4);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_header_t, msgh_remote_port) == 8);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_header_t, msgh_local_port) == 12);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_header_t, msgh_voucher_port) == 16);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_header_t, msgh_id) == 20);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_base_t) == 28);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_type_descriptor_t) == 12);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_type_descriptor_t, type) == 11);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_port_descriptor_t) == 12);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_port_descriptor_t, disposition) == 10);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_port_descriptor_t, type) == 11);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_ool_descriptor32_t) == 12);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_ool_descriptor32_t, type) == 11);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_ool_descriptor64_t) == 16);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_ool_descriptor64_t, type) == 11);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_ool_descriptor64_t, size) == 12);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_ool_descriptor_t) == 8 + sizeof(void *));
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_ool_descriptor_t, deallocate) == 8);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_ool_descriptor_t, copy) == 9);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_ool_descriptor_t, type) == 11);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_ool_ports_descriptor32_t) == 12);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_ool_ports_descriptor32_t, type) == 11);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_ool_ports_descriptor64_t) == 16);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_ool_ports_descriptor64_t, type) == 11);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_ool_ports_descriptor64_t, count) == 12);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_ool_ports_descriptor_t) ==
		      8 + sizeof(void *));
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_ool_ports_descriptor_t,
			       disposition) == 10);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_ool_ports_descriptor_t, type) == 11);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_guarded_port_descriptor32_t) == 12);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_guarded_port_descriptor64_t) == 16);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_guarded_port_descriptor_t) ==
		      8 + sizeof(void *));
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_guarded_port_descriptor_t, type) == 11);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_descriptor_t) == 8 + sizeof(void *));
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_trailer_t) == 8);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_seqno_trailer_t) == 12);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_security_trailer_t) == 20);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_audit_trailer_t) == 52);
MACHIPC_STATIC_ASSERT(offsetof(mach_msg_audit_trailer_t, msgh_audit) == 20);
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_context_trailer_t) ==
		      52 + sizeof(void *));
MACHIPC_STATIC_ASSERT(sizeof(mach_msg_mac_trailer_t) == 60 + sizeof(void *));
MACHIPC_STATIC_ASSERT(MACH_MSG_OPTION_USER == 0x0f0609bf);
MACHIPC_STATIC_ASSERT(MACH_MSG_OPTION_LIB == 0x00000440);
#endif

#ifdef __cplusplus
}
#endif

#endif
