/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_LINUX_MACHIPC_H
#define _UAPI_LINUX_MACHIPC_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General format of the interface
 *
 * /dev/machipc gives a process Mach ports. Opening it binds the descriptor to
 * the port space of the calling process: there is one space for each pair of
 * address space and thread group, and a second open() is another door to the
 * same space. The space dies when the process exits, executes another program
 * or closes its last door.
 *
 * Every command takes a pointer to a structure whose first member, @size, is
 * the size of the structure that the caller was compiled with. The module
 * accepts any size from that of the first release on. A longer structure is
 * accepted as long as the bytes that the module does not know are zero; the
 * members that a shorter one lacks are taken as zero. Members named out_* are
 * written by the module, all others are only read. The numbers are built with
 * _IO(), not _IOWR(), because the latter would change the command whenever its
 * structure grows.
 *
 * The return value of ioctl() says whether the call was understood. The Mach
 * result is an answer inside a call that was understood; it is in @out_result
 * (mach_msg) or @out_kr (everything else), and it is valid only when ioctl()
 * returned 0.
 *
 * ========== ==============================================================
 * ENOTTY     The command is not known to this module
 * EINVAL     @size is smaller than in the first release, or a reserved member
 *            or an unknown flag is not zero
 * E2BIG      Bytes beyond the structure that the module knows are not zero, or
 *            @size is larger than a page
 * EOPNOTSUPP The command or the flag is known and not available here
 * EFAULT     The structure cannot be read or written. Where the call had
 *            given the caller a right already, the right is released again
 * ESTALE     The descriptor belongs to another process (inherited over fork or
 *            exec, or received over a socket), or its space is dead. Open the
 *            device anew. MACHIPC_IOC_QUERY never returns this
 * ENOMEM     No memory for the call itself; nothing has happened. Shortages
 *            that Mach has a code for are reported by that code
 * EPERM      The caller lacks the privilege that the command documents
 * ========== ==============================================================
 *
 * open() itself fails with ENOMEM, with EUSERS when the user has reached the
 * limit of spaces, and with ENODEV while the module goes away.
 *
 * Names, rights, dispositions, options, message layouts and result codes are
 * those of <mach/message.h> and <mach/port.h>. The layout of the structures
 * here is the same for 32- and 64-bit callers; a message that a 32-bit caller
 * sends has the descriptors of that width.
 *
 * The ioctl type is 0xE0, which the kernel's ioctl-number.rst leaves free.
 */
#define MACHIPC_IOC_TYPE	0xE0

/**
 * define MACHIPC_ABI_VERSION - version of this interface
 *
 * Raised when a program that relied on documented behaviour could notice a
 * change. Additions do not raise it: they have bits in
 * &machipc_query.out_features.
 */
#define MACHIPC_ABI_VERSION	1

enum {
	MACHIPC_CMD_QUERY = 0x00,
	MACHIPC_CMD_MSG,
	MACHIPC_CMD_SELF,
	MACHIPC_CMD_REPLY_PORT,
	MACHIPC_CMD_PORT_ALLOCATE = 0x10,
	MACHIPC_CMD_PORT_CONSTRUCT,
	MACHIPC_CMD_PORT_DESTROY,
	MACHIPC_CMD_PORT_DEALLOCATE,
	MACHIPC_CMD_PORT_MOD_REFS,
	MACHIPC_CMD_PORT_GET_REFS,
	MACHIPC_CMD_PORT_DESTRUCT,
	MACHIPC_CMD_PORT_TYPE,
	MACHIPC_CMD_PORT_NAMES,
	MACHIPC_CMD_PORT_INSERT_RIGHT,
	MACHIPC_CMD_PORT_EXTRACT_RIGHT,
	MACHIPC_CMD_PORT_INSERT_MEMBER,
	MACHIPC_CMD_PORT_EXTRACT_MEMBER,
	MACHIPC_CMD_PORT_MOVE_MEMBER,
	MACHIPC_CMD_PORT_GET_SET_STATUS,
	MACHIPC_CMD_PORT_REQUEST_NOTIFICATION,
	MACHIPC_CMD_PORT_GET_ATTRIBUTES,
	MACHIPC_CMD_PORT_SET_ATTRIBUTES,
	MACHIPC_CMD_PORT_GET_CONTEXT,
	MACHIPC_CMD_PORT_SET_CONTEXT,
	MACHIPC_CMD_PORT_GUARD,
	MACHIPC_CMD_PORT_UNGUARD,
	MACHIPC_CMD_PORT_SET_MSCOUNT,
	MACHIPC_CMD_PORT_SET_SEQNO,
	MACHIPC_CMD_PORT_PEEK,
	MACHIPC_CMD_PORT_GET_SRIGHTS,
	MACHIPC_CMD_PORT_KOBJECT,
	MACHIPC_CMD_PORT_WATCH,
	MACHIPC_CMD_TASK_GET_SPECIAL_PORT = 0x40,
	MACHIPC_CMD_TASK_SET_SPECIAL_PORT,
	MACHIPC_CMD_SET_DOMAIN_BOOTSTRAP,
};

/**
 * struct machipc_query - ioctl(MACHIPC_IOC_QUERY)
 * @size: sizeof(struct machipc_query)
 * @out_abi_version: MACHIPC_ABI_VERSION of the module
 * @out_features: MACHIPC_FEATURE_* bits of what this module offers
 *
 * The only command that any holder of a descriptor may issue.
 */
struct machipc_query {
	__u32 size;
	__u32 out_abi_version;
	__aligned_u64 out_features;
};
#define MACHIPC_IOC_QUERY	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_QUERY)

/**
 * define MACHIPC_FEATURE_OOL - memory and ports out of line
 *
 * Without this bit a message with such a descriptor is answered with
 * MACH_SEND_INVALID_TYPE.
 */
#define MACHIPC_FEATURE_OOL	(1ULL << 0)

/**
 * define MACHIPC_FEATURE_SCATTER - scatter lists, &machipc_msg.scatter_size
 */
#define MACHIPC_FEATURE_SCATTER	(1ULL << 1)

/**
 * define MACHIPC_FEATURE_POLL - port descriptors, and poll() of the device
 */
#define MACHIPC_FEATURE_POLL	(1ULL << 2)

/**
 * struct machipc_msg - ioctl(MACHIPC_IOC_MSG), the mach_msg trap
 * @size: sizeof(struct machipc_msg)
 * @option: MACH_SEND_*, MACH_RCV_* options; bits that a user may not set are
 *	ignored
 * @msg: address of the message to send, and of the receive buffer if @rcv_msg
 *	is 0
 * @rcv_msg: address of the receive buffer, or 0
 * @send_size: size of the message to send in bytes, without trailer
 * @rcv_size: size of the receive buffer in bytes; the message and the
 *	requested trailer must fit
 * @rcv_name: name of the receive right or port set to receive from
 * @timeout: milliseconds. Limits the send if @option has MACH_SEND_TIMEOUT,
 *	and the receive, counted from its own start, if it has
 *	MACH_RCV_TIMEOUT; 0 then means not to wait at all
 * @priority: QoS override, used only with MACH_SEND_OVERRIDE
 * @out_result: the mach_msg_return_t
 * @scatter_size: size of the scatter list in the receive buffer, used only
 *	with MACH_RCV_OVERWRITE; 0 for none (MACHIPC_FEATURE_SCATTER)
 * @reserved: must be zero
 *
 * Sends, receives, or sends and then receives. Rights in a message that was
 * sent belong to the message; rights in a message that was received belong to
 * the caller. When @out_result is MACH_SEND_TIMED_OUT, MACH_SEND_INTERRUPTED
 * or, for a queue at the kernel's own limit or a reply to a user who leaves too
 * many unread, MACH_SEND_NO_BUFFER, the message has been given back: @msg was
 * rewritten and can be sent again as it is.
 *
 * A signal ends a wait with MACH_SEND_INTERRUPTED or MACH_RCV_INTERRUPTED,
 * never with EINTR, and the call is not restarted by the kernel.
 *
 * A scatter list says where out-of-line data is to go. It looks like a message:
 * a header, a count, and a descriptor for each region or port array that is
 * expected, in order. Where its copy option is MACH_MSG_OVERWRITE the data is
 * written to its address, if it has room; otherwise memory is allocated. A
 * list that does not suit the message is ignored as a whole.
 *
 * When @out_result itself cannot be written the call fails with EFAULT,
 * although the message was sent or received.
 */
struct machipc_msg {
	__u32 size;
	__u32 option;
	__aligned_u64 msg;
	__aligned_u64 rcv_msg;
	__u32 send_size;
	__u32 rcv_size;
	__u32 rcv_name;
	__u32 timeout;
	__u32 priority;
	__u32 out_result;
	__u32 scatter_size;
	__u32 reserved;
};
#define MACHIPC_IOC_MSG		_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_MSG)

/* Values of &machipc_self.which. */
#define MACHIPC_SELF_TASK	0	/* task_self_trap */
#define MACHIPC_SELF_HOST	1	/* host_self_trap */
#define MACHIPC_SELF_THREAD	2	/* thread_self_trap */

/**
 * struct machipc_self - ioctl(MACHIPC_IOC_SELF): a right to oneself
 * @size: sizeof(struct machipc_self)
 * @which: MACHIPC_SELF_*
 * @out_name: name of a send right, with one user reference more than before;
 *	MACH_PORT_NULL if there is no room for it
 * @reserved: must be zero
 */
struct machipc_self {
	__u32 size;
	__u32 which;
	__u32 out_name;
	__u32 reserved;
};
#define MACHIPC_IOC_SELF	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_SELF)

/**
 * struct machipc_reply_port - ioctl(MACHIPC_IOC_REPLY_PORT), mach_reply_port
 * @size: sizeof(struct machipc_reply_port)
 * @out_name: name of a new receive right, or MACH_PORT_NULL
 */
struct machipc_reply_port {
	__u32 size;
	__u32 out_name;
};
#define MACHIPC_IOC_REPLY_PORT	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_REPLY_PORT)

/**
 * DOC: Commands on a port space
 *
 * In all that follow, @task is the caller's name for the task whose space is
 * meant. Only the caller's own task port is accepted; for any other name
 * @out_kr is MACH_SEND_INVALID_DEST (0x10000003) and nothing is done. The
 * same routines are reached by message for a task port that was received.
 *
 * @name is a name in that space. @out_kr is the kern_return_t of the call;
 * other out_* members have a meaning only when it is KERN_SUCCESS.
 *
 * Most commands need no more than one name and one number, so they share
 * &struct machipc_port_op. The table says what @arg and @value are:
 *
 * ================================= ============== =================== =========
 * command                           @arg           @value              @out
 * ================================= ============== =================== =========
 * MACHIPC_IOC_PORT_DESTROY          0              0                   0
 * MACHIPC_IOC_PORT_DEALLOCATE       0              0                   0
 * MACHIPC_IOC_PORT_MOD_REFS         right          delta, signed       0
 * MACHIPC_IOC_PORT_GET_REFS         right          0                   urefs
 * MACHIPC_IOC_PORT_DESTRUCT         srdelta, signed guard              0
 * MACHIPC_IOC_PORT_TYPE             0              0                   type bits
 * MACHIPC_IOC_PORT_INSERT_MEMBER    set's name     0                   0
 * MACHIPC_IOC_PORT_EXTRACT_MEMBER   set's name     0                   0
 * MACHIPC_IOC_PORT_MOVE_MEMBER      set's name     0                   0
 * MACHIPC_IOC_PORT_GET_CONTEXT      0              0                   context
 * MACHIPC_IOC_PORT_SET_CONTEXT      0              context             0
 * MACHIPC_IOC_PORT_GUARD            strict, 0 or 1 guard               0
 * MACHIPC_IOC_PORT_UNGUARD          0              guard               0
 * MACHIPC_IOC_PORT_SET_MSCOUNT      make-send count 0                  0
 * MACHIPC_IOC_PORT_SET_SEQNO        sequence no.   0                   0
 * MACHIPC_IOC_PORT_GET_SRIGHTS      0              0                   send rights
 * MACHIPC_IOC_PORT_KOBJECT          0              0                   kind
 * MACHIPC_IOC_PORT_WATCH            right          0                   descriptor
 * MACHIPC_IOC_TASK_GET_SPECIAL_PORT which (TASK_*_PORT) 0              name
 * ================================= ============== =================== =========
 *
 * Members for which the table says 0 must be zero. The rows with @out a name
 * give the caller one user reference of a send right, or MACH_PORT_NULL or
 * MACH_PORT_DEAD.
 *
 * MACHIPC_IOC_PORT_WATCH is described below, under "Polling".
 *
 * MACHIPC_IOC_PORT_KOBJECT says what a port stands for, which tells whether a
 * message to it is answered by the module: 0 an ordinary port, 1 a thread, 2 a
 * task, 3 the host, 4 the host for a process that had CAP_SYS_ADMIN over its pid
 * namespace when it opened the device, 20 the name of a task. It is for send and
 * receive rights.
 */

/**
 * struct machipc_port_op - the common form of a command on one name
 * @size: sizeof(struct machipc_port_op)
 * @task: the task whose space is meant
 * @name: a name in that space; 0 for MACHIPC_IOC_TASK_GET_SPECIAL_PORT
 * @arg: see the table above
 * @value: see the table above
 * @out: see the table above
 * @out_kr: the kern_return_t
 * @reserved: must be zero
 */
struct machipc_port_op {
	__u32 size;
	__u32 task;
	__u32 name;
	__u32 arg;
	__aligned_u64 value;
	__aligned_u64 out;
	__s32 out_kr;
	__u32 reserved;
};
#define MACHIPC_IOC_PORT_DESTROY \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_DESTROY)
#define MACHIPC_IOC_PORT_DEALLOCATE \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_DEALLOCATE)
#define MACHIPC_IOC_PORT_MOD_REFS \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_MOD_REFS)
#define MACHIPC_IOC_PORT_GET_REFS \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_GET_REFS)
#define MACHIPC_IOC_PORT_DESTRUCT \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_DESTRUCT)
#define MACHIPC_IOC_PORT_TYPE \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_TYPE)
#define MACHIPC_IOC_PORT_INSERT_MEMBER \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_INSERT_MEMBER)
#define MACHIPC_IOC_PORT_EXTRACT_MEMBER \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_EXTRACT_MEMBER)
#define MACHIPC_IOC_PORT_MOVE_MEMBER \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_MOVE_MEMBER)
#define MACHIPC_IOC_PORT_GET_CONTEXT \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_GET_CONTEXT)
#define MACHIPC_IOC_PORT_SET_CONTEXT \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_SET_CONTEXT)
#define MACHIPC_IOC_PORT_GUARD \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_GUARD)
#define MACHIPC_IOC_PORT_UNGUARD \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_UNGUARD)
#define MACHIPC_IOC_PORT_SET_MSCOUNT \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_SET_MSCOUNT)
#define MACHIPC_IOC_PORT_SET_SEQNO \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_SET_SEQNO)
#define MACHIPC_IOC_PORT_GET_SRIGHTS \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_GET_SRIGHTS)
#define MACHIPC_IOC_PORT_KOBJECT \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_KOBJECT)
#define MACHIPC_IOC_PORT_WATCH \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_WATCH)
#define MACHIPC_IOC_TASK_GET_SPECIAL_PORT \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_TASK_GET_SPECIAL_PORT)

/**
 * DOC: Polling
 *
 * MACHIPC_IOC_PORT_WATCH gives a *port descriptor*, a new file with close-on-exec
 * set, for poll(), epoll and all that is built on them. @arg says which right of
 * the name is meant (MACHIPC_FEATURE_POLL):
 *
 * ======================== ================== ============ ===================
 * right                    POLLIN             POLLOUT      POLLHUP
 * ======================== ================== ============ ===================
 * MACH_PORT_RIGHT_RECEIVE  there is a message -            the port died, or
 *                                                          the right has left
 *                                                          the space
 * MACH_PORT_RIGHT_PORT_SET a member has one   -            the set was
 *                                                          destroyed
 * MACH_PORT_RIGHT_SEND     -                  the queue is the port died
 *                                             not full
 * ======================== ================== ============ ===================
 *
 * POLLHUP comes alone and stays: a right that comes back, or another one under
 * the same name, needs another descriptor. The file is neither read nor written.
 * It is no right: closing it changes none, and whoever gets it over fork() or a
 * socket can poll it and do nothing else.
 *
 * With EPOLLET there is an event for the message that makes the queue of a
 * receive right not empty, for each message that comes to a set, and for the
 * room that a full queue gets. Receive with MACH_RCV_TIMEOUT and no time until
 * MACH_RCV_TIMED_OUT before waiting again. A message that is taken by a thread
 * which waits for it in MACHIPC_IOC_MSG is never seen by poll().
 *
 * @out_kr is KERN_INVALID_VALUE for another right, KERN_INVALID_NAME or
 * KERN_INVALID_RIGHT if the name does not have it, and KERN_RESOURCE_SHORTAGE if
 * there is no memory, no free descriptor, or if the user has too many port
 * descriptors.
 *
 * The descriptor of the device itself has POLLIN while any receive right of the
 * space has a message, POLLHUP once the space is dead, and POLLERR for a process
 * that it does not belong to.
 */

/* &machipc_port_allocate.flags: the caller has chosen @name. */
#define MACHIPC_ALLOCATE_NAME	(1U << 0)

/**
 * struct machipc_port_allocate - ioctl(MACHIPC_IOC_PORT_ALLOCATE)
 * @size: sizeof(struct machipc_port_allocate)
 * @task: the task whose space is meant
 * @right: MACH_PORT_RIGHT_RECEIVE, _PORT_SET or _DEAD_NAME
 * @flags: 0 or MACHIPC_ALLOCATE_NAME
 * @name: the name wanted, with MACHIPC_ALLOCATE_NAME; otherwise 0
 * @out_name: the name allocated
 * @out_kr: the kern_return_t
 * @reserved: must be zero
 */
struct machipc_port_allocate {
	__u32 size;
	__u32 task;
	__u32 right;
	__u32 flags;
	__u32 name;
	__u32 out_name;
	__s32 out_kr;
	__u32 reserved;
};
#define MACHIPC_IOC_PORT_ALLOCATE \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_ALLOCATE)

/**
 * struct machipc_port_construct - ioctl(MACHIPC_IOC_PORT_CONSTRUCT)
 * @size: sizeof(struct machipc_port_construct)
 * @task: the task whose space is meant
 * @flags: MPO_* of <mach/port.h>; unknown bits are ignored, as Mach does
 * @qlimit: queue limit, with MPO_QLIMIT
 * @context: context or guard of the new port
 * @out_name: name of the new receive right
 * @out_kr: the kern_return_t
 */
struct machipc_port_construct {
	__u32 size;
	__u32 task;
	__u32 flags;
	__u32 qlimit;
	__aligned_u64 context;
	__u32 out_name;
	__s32 out_kr;
};
#define MACHIPC_IOC_PORT_CONSTRUCT \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_CONSTRUCT)

/**
 * struct machipc_port_list - ioctl(MACHIPC_IOC_PORT_NAMES) and
 *	ioctl(MACHIPC_IOC_PORT_GET_SET_STATUS)
 * @size: sizeof(struct machipc_port_list)
 * @task: the task whose space is meant
 * @name: the port set; 0 for MACHIPC_IOC_PORT_NAMES
 * @capacity: number of elements that each array has room for
 * @names: address of an array of 32-bit names, or 0 if @capacity is 0
 * @types: address of an array of 32-bit type masks, or 0 if @capacity is 0;
 *	must be 0 for MACHIPC_IOC_PORT_GET_SET_STATUS
 * @out_count: number of elements there are
 * @out_kr: the kern_return_t
 *
 * Names come in ascending order of their index. When @out_count exceeds
 * @capacity nothing was written to the arrays: call again with more room.
 */
struct machipc_port_list {
	__u32 size;
	__u32 task;
	__u32 name;
	__u32 capacity;
	__aligned_u64 names;
	__aligned_u64 types;
	__u32 out_count;
	__s32 out_kr;
};
#define MACHIPC_IOC_PORT_NAMES \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_NAMES)
#define MACHIPC_IOC_PORT_GET_SET_STATUS \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_GET_SET_STATUS)

/**
 * struct machipc_port_right - ioctl(MACHIPC_IOC_PORT_INSERT_RIGHT),
 *	ioctl(MACHIPC_IOC_PORT_EXTRACT_RIGHT),
 *	ioctl(MACHIPC_IOC_TASK_SET_SPECIAL_PORT) and
 *	ioctl(MACHIPC_IOC_SET_DOMAIN_BOOTSTRAP)
 * @size: sizeof(struct machipc_port_right)
 * @task: the task whose space is meant; 0 for
 *	MACHIPC_IOC_SET_DOMAIN_BOOTSTRAP
 * @name: insert: the name that the right shall have; extract: the name to take
 *	the right from; special port: which (TASK_*_PORT); domain: 0
 * @poly: the caller's name for the right; 0 for extract
 * @disposition: MACH_MSG_TYPE_*: how @poly (extract: @name) yields the right.
 *	For the two that set a port, one that yields a send right
 * @out_poly: extract: the caller's name for the right
 * @out_disposition: extract: MACH_MSG_TYPE_PORT_RECEIVE, _SEND or _SEND_ONCE
 * @out_kr: the kern_return_t
 *
 * MACHIPC_IOC_SET_DOMAIN_BOOTSTRAP sets the bootstrap right of every process of
 * the caller's pid namespace that has none of its own; @poly MACH_PORT_NULL
 * clears it. It needs CAP_SYS_ADMIN over that namespace, else EPERM. While a
 * live right is set, another one is refused with KERN_NO_ACCESS.
 */
struct machipc_port_right {
	__u32 size;
	__u32 task;
	__u32 name;
	__u32 poly;
	__u32 disposition;
	__u32 out_poly;
	__u32 out_disposition;
	__s32 out_kr;
};
#define MACHIPC_IOC_PORT_INSERT_RIGHT \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_INSERT_RIGHT)
#define MACHIPC_IOC_PORT_EXTRACT_RIGHT \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_EXTRACT_RIGHT)
#define MACHIPC_IOC_TASK_SET_SPECIAL_PORT \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_TASK_SET_SPECIAL_PORT)
#define MACHIPC_IOC_SET_DOMAIN_BOOTSTRAP \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_SET_DOMAIN_BOOTSTRAP)

/**
 * struct machipc_port_request_notification -
 *	ioctl(MACHIPC_IOC_PORT_REQUEST_NOTIFICATION)
 * @size: sizeof(struct machipc_port_request_notification)
 * @task: the task whose space is meant
 * @name: the name that the notification is about
 * @id: MACH_NOTIFY_* of <mach/notify.h>
 * @sync: threshold or immediacy, by kind
 * @notify: the caller's name for the port that gets the notification, or
 *	MACH_PORT_NULL to cancel
 * @disposition: MACH_MSG_TYPE_MAKE_SEND_ONCE or _MOVE_SEND_ONCE
 * @out_previous: name of the send-once right registered before, or
 *	MACH_PORT_NULL or MACH_PORT_DEAD
 * @out_kr: the kern_return_t
 * @reserved: must be zero
 */
struct machipc_port_request_notification {
	__u32 size;
	__u32 task;
	__u32 name;
	__s32 id;
	__u32 sync;
	__u32 notify;
	__u32 disposition;
	__u32 out_previous;
	__s32 out_kr;
	__u32 reserved;
};
#define MACHIPC_IOC_PORT_REQUEST_NOTIFICATION \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_REQUEST_NOTIFICATION)

/* Words that an attribute flavor takes at most (MACH_PORT_INFO_EXT). */
#define MACHIPC_PORT_INFO_MAX	17

/**
 * struct machipc_port_attributes - ioctl(MACHIPC_IOC_PORT_GET_ATTRIBUTES) and
 *	ioctl(MACHIPC_IOC_PORT_SET_ATTRIBUTES)
 * @size: sizeof(struct machipc_port_attributes)
 * @task: the task whose space is meant
 * @name: a name in that space
 * @flavor: MACH_PORT_LIMITS_INFO and so on, of <mach/port.h>
 * @count: words of @info that the caller offers or has room for
 * @out_count: get: words of @info that were written
 * @out_kr: the kern_return_t
 * @info: the attributes; get: written
 */
struct machipc_port_attributes {
	__u32 size;
	__u32 task;
	__u32 name;
	__u32 flavor;
	__u32 count;
	__u32 out_count;
	__s32 out_kr;
	__u32 info[MACHIPC_PORT_INFO_MAX];
};
#define MACHIPC_IOC_PORT_GET_ATTRIBUTES \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_GET_ATTRIBUTES)
#define MACHIPC_IOC_PORT_SET_ATTRIBUTES \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_SET_ATTRIBUTES)

/**
 * struct machipc_port_peek - ioctl(MACHIPC_IOC_PORT_PEEK)
 * @size: sizeof(struct machipc_port_peek)
 * @task: the task whose space is meant
 * @name: name of a receive right
 * @trailer_type: trailer elements wanted, as MACH_RCV_TRAILER_ELEMENTS()
 * @seqno: 0 for the first message, else that of the message meant
 * @trailer_size: bytes that @trailer has room for
 * @trailer: address of the trailer to be written
 * @out_seqno: sequence number of the message
 * @out_msg_size: its msgh_size
 * @out_msg_id: its msgh_id
 * @out_trailer_size: size of the trailer written
 * @out_kr: the kern_return_t
 * @reserved: must be zero
 */
struct machipc_port_peek {
	__u32 size;
	__u32 task;
	__u32 name;
	__u32 trailer_type;
	__u32 seqno;
	__u32 trailer_size;
	__aligned_u64 trailer;
	__u32 out_seqno;
	__u32 out_msg_size;
	__s32 out_msg_id;
	__u32 out_trailer_size;
	__s32 out_kr;
	__u32 reserved;
};
#define MACHIPC_IOC_PORT_PEEK \
	_IO(MACHIPC_IOC_TYPE, MACHIPC_CMD_PORT_PEEK)

#endif
