/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/*
 * Port names, rights, types and attributes (ports.md 1, 2, 5).
 *
 * A port is a queue of messages that the kernel keeps. A process never holds
 * the port itself but rights to it, and knows each right by a name: a number
 * that has a meaning only in the process's own port space.
 */
#ifndef _MACH_PORT_H_
#define _MACH_PORT_H_

#include <mach/std_types.h>

/* A name. In user space the type for rights, mach_port_t, is a name as well. */
typedef natural_t mach_port_name_t;
typedef mach_port_name_t mach_port_t;
typedef mach_port_name_t *mach_port_name_array_t;
typedef mach_port_t *mach_port_array_t;

/* Names that denote no entry: no right at all, and a right whose port died. */
#define MACH_PORT_NULL		((mach_port_t)0)
#define MACH_PORT_DEAD		((mach_port_t)0xffffffffU)
#define MACH_PORT_VALID(name) \
	((name) != MACH_PORT_NULL && (name) != MACH_PORT_DEAD)

/*
 * A name is the index of a slot and the generation of what is in it, so that a
 * stale name is recognised when the slot is used again (ports.md 1.1).
 */
#define MACH_PORT_INDEX(name)	((name) >> 8)
#define MACH_PORT_GEN(name)	(((name) & 0xffU) << 24)
#define MACH_PORT_MAKE(index, gen) \
	(((mach_port_name_t)(index) << 8) | ((mach_port_name_t)(gen) >> 24))

/*
 * Kinds of rights (ports.md 2.1). RECEIVE: the one right to take messages out.
 * SEND: to put messages in, counted in user references. SEND_ONCE: to put one
 * message in; if it dies unused, the port gets a notification in its place.
 * PORT_SET: to receive from whichever member has a message. DEAD_NAME: what
 * send rights become when their port dies.
 */
typedef natural_t mach_port_right_t;

#define MACH_PORT_RIGHT_SEND		((mach_port_right_t)0)
#define MACH_PORT_RIGHT_RECEIVE		((mach_port_right_t)1)
#define MACH_PORT_RIGHT_SEND_ONCE	((mach_port_right_t)2)
#define MACH_PORT_RIGHT_PORT_SET	((mach_port_right_t)3)
#define MACH_PORT_RIGHT_DEAD_NAME	((mach_port_right_t)4)
#define MACH_PORT_RIGHT_LABELH		((mach_port_right_t)5)	/* Obsolete */
#define MACH_PORT_RIGHT_NUMBER		((mach_port_right_t)6)

/* What a name denotes: one bit for each kind of right it stands for. */
typedef natural_t mach_port_type_t;
typedef mach_port_type_t *mach_port_type_array_t;

#define MACH_PORT_TYPE(right) \
	((mach_port_type_t)1 << ((right) + (mach_port_right_t)16))
#define MACH_PORT_TYPE_NONE		((mach_port_type_t)0)
#define MACH_PORT_TYPE_SEND		MACH_PORT_TYPE(MACH_PORT_RIGHT_SEND)
#define MACH_PORT_TYPE_RECEIVE		MACH_PORT_TYPE(MACH_PORT_RIGHT_RECEIVE)
#define MACH_PORT_TYPE_SEND_ONCE	MACH_PORT_TYPE(MACH_PORT_RIGHT_SEND_ONCE)
#define MACH_PORT_TYPE_PORT_SET		MACH_PORT_TYPE(MACH_PORT_RIGHT_PORT_SET)
#define MACH_PORT_TYPE_DEAD_NAME	MACH_PORT_TYPE(MACH_PORT_RIGHT_DEAD_NAME)
#define MACH_PORT_TYPE_LABELH		MACH_PORT_TYPE(MACH_PORT_RIGHT_LABELH)

#define MACH_PORT_TYPE_SEND_RECEIVE \
	(MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_RECEIVE)
#define MACH_PORT_TYPE_SEND_RIGHTS \
	(MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_SEND_ONCE)
#define MACH_PORT_TYPE_PORT_RIGHTS \
	(MACH_PORT_TYPE_SEND_RIGHTS | MACH_PORT_TYPE_RECEIVE)
#define MACH_PORT_TYPE_PORT_OR_DEAD \
	(MACH_PORT_TYPE_PORT_RIGHTS | MACH_PORT_TYPE_DEAD_NAME)
#define MACH_PORT_TYPE_ALL_RIGHTS \
	(MACH_PORT_TYPE_PORT_OR_DEAD | MACH_PORT_TYPE_PORT_SET)

/*
 * Set beside the above while a notification is requested for the name: a
 * dead-name request; a send-possible request; one that waits to be armed.
 * mach_port_type() shows the first alone, mach_port_names() all three.
 */
#define MACH_PORT_TYPE_DNREQUEST		((mach_port_type_t)0x80000000U)
#define MACH_PORT_TYPE_SPREQUEST		((mach_port_type_t)0x40000000U)
#define MACH_PORT_TYPE_SPREQUEST_DELAYED	((mach_port_type_t)0x20000000U)

/*
 * User references of a send right or dead name. A count that reaches the
 * maximum sticks there (ports.md 2.2).
 */
typedef natural_t mach_port_urefs_t;
typedef integer_t mach_port_delta_t;

#define MACH_PORT_UREFS_MAX	((mach_port_urefs_t)65535)

typedef natural_t mach_port_seqno_t;	/* Sequence number of a message */
typedef natural_t mach_port_mscount_t;	/* Make-send count */
typedef natural_t mach_port_msgcount_t;	/* Number of messages */
typedef natural_t mach_port_rights_t;	/* Number of rights */
typedef natural_t mach_port_srights_t;	/* Whether there are send rights */

/* A word of the owner's, kept by the port. As wide as a pointer. */
typedef uintptr_t mach_port_context_t;

/* How many messages may wait in a queue before senders have to. */
#define MACH_PORT_QLIMIT_ZERO		((mach_port_msgcount_t)0)
#define MACH_PORT_QLIMIT_BASIC		((mach_port_msgcount_t)5)
#define MACH_PORT_QLIMIT_SMALL		((mach_port_msgcount_t)16)
#define MACH_PORT_QLIMIT_LARGE		((mach_port_msgcount_t)1024)
#define MACH_PORT_QLIMIT_KERNEL		((mach_port_msgcount_t)65534)
#define MACH_PORT_QLIMIT_MIN		MACH_PORT_QLIMIT_ZERO
#define MACH_PORT_QLIMIT_DEFAULT	MACH_PORT_QLIMIT_BASIC
#define MACH_PORT_QLIMIT_MAX		MACH_PORT_QLIMIT_LARGE

/**
 * struct mach_port_limits - MACH_PORT_LIMITS_INFO
 * @mpl_qlimit: queue limit in messages, 0 to MACH_PORT_QLIMIT_MAX
 */
typedef struct mach_port_limits {
	mach_port_msgcount_t mpl_qlimit;
} mach_port_limits_t;

/**
 * struct mach_port_status - MACH_PORT_RECEIVE_STATUS (ports.md 5.6)
 * @mps_pset: 1 if the port is a member of any set, else 0
 * @mps_seqno: sequence number that the next message gets when it is received
 * @mps_mscount: make-send count
 * @mps_qlimit: queue limit
 * @mps_msgcount: messages in the queue, and slots promised to woken senders
 * @mps_sorights: number of send-once rights
 * @mps_srights: whether there is any send right
 * @mps_pdrequest: whether a port-destroyed notification is requested
 * @mps_nsrequest: whether a no-senders notification is requested
 * @mps_flags: MACH_PORT_STATUS_FLAG_*
 */
typedef struct mach_port_status {
	mach_port_rights_t mps_pset;
	mach_port_seqno_t mps_seqno;
	mach_port_mscount_t mps_mscount;
	mach_port_msgcount_t mps_qlimit;
	mach_port_msgcount_t mps_msgcount;
	mach_port_rights_t mps_sorights;
	boolean_t mps_srights;
	boolean_t mps_pdrequest;
	boolean_t mps_nsrequest;
	natural_t mps_flags;
} mach_port_status_t;

#define MACH_PORT_STATUS_FLAG_TEMPOWNER		0x01	/* Only with IMP_DONATION */
#define MACH_PORT_STATUS_FLAG_GUARDED		0x02
#define MACH_PORT_STATUS_FLAG_STRICT_GUARD	0x04	/* Only with GUARDED */
#define MACH_PORT_STATUS_FLAG_IMP_DONATION	0x08
#define MACH_PORT_STATUS_FLAG_REVIVE		0x10	/* Never set */
#define MACH_PORT_STATUS_FLAG_TASKPTR		0x20	/* Only with TEMPOWNER */

/**
 * struct mach_port_info_ext - MACH_PORT_INFO_EXT
 * @mpie_status: as MACH_PORT_RECEIVE_STATUS gives it
 * @mpie_boost_cnt: importance boosts
 * @reserved: not used
 */
typedef struct mach_port_info_ext {
	mach_port_status_t mpie_status;
	mach_port_msgcount_t mpie_boost_cnt;
	uint32_t reserved[6];
} mach_port_info_ext_t;

/* Attributes travel as an array of words whose meaning the flavor gives. */
typedef integer_t *mach_port_info_t;
typedef int mach_port_flavor_t;

#define MACH_PORT_LIMITS_INFO		1
#define MACH_PORT_RECEIVE_STATUS	2	/* Get only */
#define MACH_PORT_DNREQUESTS_SIZE	3
#define MACH_PORT_TEMPOWNER		4	/* Set only */
#define MACH_PORT_IMPORTANCE_RECEIVER	5	/* Set only */
#define MACH_PORT_DENAP_RECEIVER	6	/* Set only */
#define MACH_PORT_INFO_EXT		7	/* Get only */

/* Flavors of later systems, refused with KERN_INVALID_ARGUMENT. */
#define MACH_PORT_GUARD_INFO		8
#define MACH_PORT_SERVICE_THROTTLED	9

/* Sizes of the attributes in words, for the count argument. */
#define MACH_PORT_LIMITS_INFO_COUNT \
	(sizeof(mach_port_limits_t) / sizeof(natural_t))
#define MACH_PORT_RECEIVE_STATUS_COUNT \
	(sizeof(mach_port_status_t) / sizeof(natural_t))
#define MACH_PORT_DNREQUESTS_SIZE_COUNT	1
#define MACH_PORT_INFO_EXT_COUNT \
	(sizeof(mach_port_info_ext_t) / sizeof(natural_t))

/**
 * struct mach_port_qos - how mach_port_allocate_full() shall allocate
 * @name: the caller chooses the name
 * @prealloc: reserve a buffer for messages of the kernel. Accepted for receive
 *	rights and otherwise ignored: such messages are never lost here
 * @pad1: not used
 * @len: bytes to reserve
 */
typedef struct mach_port_qos {
	unsigned int name:1;
	unsigned int prealloc:1;
	unsigned int pad1:30;
	natural_t len;
} mach_port_qos_t;

/**
 * struct mach_port_options - what mach_port_construct() shall make
 * @flags: MPO_*
 * @mpl: queue limit, with MPO_QLIMIT
 * @reserved: ignored
 */
typedef struct mach_port_options {
	uint32_t flags;
	mach_port_limits_t mpl;
	uint64_t reserved[2];
} mach_port_options_t;

typedef mach_port_options_t *mach_port_options_ptr_t;

#define MPO_CONTEXT_AS_GUARD		0x01	/* Guard the port with the context */
#define MPO_QLIMIT			0x02	/* Set the queue limit */
#define MPO_TEMPOWNER			0x04
#define MPO_IMPORTANCE_RECEIVER		0x08
#define MPO_INSERT_SEND_RIGHT		0x10	/* Make a send right as well */
#define MPO_STRICT			0x20	/* Strict guard; needs CONTEXT_AS_GUARD */
#define MPO_DENAP_RECEIVER		0x40

/* Flags of later systems, accepted and without effect (ports.md 13). */
#define MPO_IMMOVABLE_RECEIVE			0x80
#define MPO_FILTER_MSG				0x100
#define MPO_TG_BLOCK_TRACKING			0x200
#define MPO_SERVICE_PORT			0x400
#define MPO_CONNECTION_PORT			0x800
#define MPO_REPLY_PORT				0x1000
#define MPO_ENFORCE_REPLY_PORT_SEMANTICS	0x2000
#define MPO_PROVISIONAL_REPLY_PORT		0x4000
#define MPO_EXCEPTION_PORT			0x8000

#ifdef MACHIPC_STATIC_ASSERT
MACHIPC_STATIC_ASSERT(sizeof(mach_port_t) == 4);
MACHIPC_STATIC_ASSERT(sizeof(mach_port_context_t) == sizeof(void *));
MACHIPC_STATIC_ASSERT(sizeof(mach_port_limits_t) == 4);
MACHIPC_STATIC_ASSERT(sizeof(mach_port_status_t) == 40);
MACHIPC_STATIC_ASSERT(offsetof(mach_port_status_t, mps_msgcount) == 16);
MACHIPC_STATIC_ASSERT(offsetof(mach_port_status_t, mps_srights) == 24);
MACHIPC_STATIC_ASSERT(offsetof(mach_port_status_t, mps_flags) == 36);
MACHIPC_STATIC_ASSERT(sizeof(mach_port_info_ext_t) == 68);
MACHIPC_STATIC_ASSERT(offsetof(mach_port_info_ext_t, mpie_boost_cnt) == 40);
MACHIPC_STATIC_ASSERT(sizeof(mach_port_qos_t) == 8);
MACHIPC_STATIC_ASSERT(offsetof(mach_port_qos_t, len) == 4);
MACHIPC_STATIC_ASSERT(sizeof(mach_port_options_t) == 24);
MACHIPC_STATIC_ASSERT(offsetof(mach_port_options_t, mpl) == 4);
MACHIPC_STATIC_ASSERT(offsetof(mach_port_options_t, reserved) == 8);
#endif

#endif
