/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kmsg: the kernel's copy of a message while it is in transit.
 */
#ifndef _MACHIPC_KMSG_H
#define _MACHIPC_KMSG_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include "hot.h"
#include "mach.h"

struct machipc_memory;
struct machipc_port;
struct machipc_space;
struct machipc_user;

/**
 * struct machipc_right - a right outside of any space
 * @port: the port, with a reference and, for send and send-once rights, one
 *	of the port's count; NULL if there is no live right
 * @name: MACH_PORT_NULL or MACH_PORT_DEAD if @port is NULL. After copyout the
 *	receiver's name
 * @type: MACH_MSG_TYPE_PORT_RECEIVE, _SEND or _SEND_ONCE; MACH_MSG_TYPE_PORT_NONE
 *	if the sender's disposition was none
 */
struct machipc_right {
	struct machipc_port *port;
	u32 name;
	u8 type;
};

/**
 * struct machipc_desc - a descriptor of a complex message
 * @type: MACH_MSG_*_DESCRIPTOR
 * @copy: copy option, as sent
 * @placed: the receiver has said where it goes, @address is set
 * @paged: the region is in pages of &machipc_kmsg.memory
 * @right: what a port descriptor carries
 * @rights: what a descriptor of ports carries, @count elements
 * @disposition: what all of @rights arrive as
 * @memory: contents of a region of @count bytes
 * @first: index of its first page, if it is @paged
 * @count: bytes or ports
 * @address: where the receiver has the region or the names, 0 before
 */
struct machipc_desc {
	u8 type;
	u8 copy;
	bool placed:1;
	bool paged:1;
	u8 disposition;
	u32 count;
	union {
		struct machipc_right right;
		struct {
			union {
				struct machipc_right *rights;
				void *memory;
				u32 first;
			};
			u64 address;
		};
	};
};

/**
 * struct machipc_token - who sent a message
 * @kernel: the kernel did; nothing else is set then
 * @euid: effective user
 * @egid: effective group
 * @ruid: real user
 * @rgid: real group
 * @loginuid: audit user, invalid if none
 * @sessionid: audit session
 *
 * The process is that of &machipc_kmsg.sender. Taken at send, translated for
 * the namespaces of the receiver when it receives.
 */
struct machipc_token {
	bool kernel;
	kuid_t euid;
	kgid_t egid;
	kuid_t ruid;
	kgid_t rgid;
	kuid_t loginuid;
	u32 sessionid;
};

/**
 * struct machipc_kmsg - a message in transit
 * @node: in the queue of a port or a reap list
 * @sender: the space that made it, with a reference: the one that sent it, or
 *	whose request it answers; NULL for a notification
 * @payer: the user who pays for it in place of @sender, with a reference:
 *	the receiver of a notification, or of a reply that waits
 * @dest: the right that it was sent with, unless that was used up when the
 *	message was handed over
 * @reply: the reply right
 * @bits: msgh_bits without dispositions
 * @size: of the message as the sender sees it, without trailer
 * @voucher: the word at the voucher's place
 * @voucher_type: MACH_MSG_TYPE_PORT_SEND if the sender gave a disposition
 * @id: msgh_id
 * @seqno: sequence number, valid once a receiver has the message
 * @local: name of the port that it was handed over from, if it is not in
 *	@dest any more
 * @context: context of that port
 * @bytes: what the sender's account was charged
 * @storage: how much of that is for this allocation
 * @token: who sent it
 * @circular: delivering it would make a port hold itself
 * @class: which cache it came from
 * @ilp32: the sender is a 32-bit program
 * @nr_descs: descriptors in @descs
 * @nr_wide: those of them whose size depends on the width of the program
 * @memory: pages of large regions, NULL if there are none
 * @descs: the descriptors, in the same allocation
 * @rest: while it is kept for another message: the others, see spare.h
 * @data: image of the message as the sender has it, followed by room for the
 *	largest trailer, in the same allocation. Before it is room for what
 *	the descriptors grow if the receiver is a 64-bit program and the
 *	sender is not
 *
 * A kmsg belongs to one thread or is in one queue, whose lock then protects
 * @node. It holds rights and knows no names: copyin made the former from the
 * latter and copyout turns them back.
 */
struct machipc_kmsg {
	struct list_head node;
	struct machipc_space *sender;
	struct machipc_user *payer;
	struct machipc_right dest;
	struct machipc_right reply;
	u32 bits;
	u32 size;
	u32 voucher;
	u32 id;
	u32 seqno;
	u32 local;
	u8 voucher_type;
	u8 class;
	bool circular;
	bool ilp32;
	u32 nr_descs;
	u32 nr_wide;
	u64 context;
	size_t bytes;
	size_t storage;
	struct machipc_token token;
	struct machipc_memory *memory;
	union {
		struct machipc_desc *descs;
		unsigned long rest;
	};
	u8 *data;
};

int machipc_kmsg_cache_create(void);
void machipc_kmsg_cache_destroy(void);

machipc_hot
struct machipc_kmsg *machipc_kmsg_alloc(struct machipc_space *sender, u32 size);
struct machipc_kmsg *machipc_kmsg_add_descs(struct machipc_kmsg *kmsg,
					    u32 nr_descs, bool ilp32);
void machipc_kmsg_forget_descs(struct machipc_kmsg *kmsg);
bool machipc_kmsg_bill(struct machipc_kmsg *kmsg, struct machipc_port *port);
bool machipc_kmsg_charge_memory(struct machipc_kmsg *kmsg, size_t size);
void *machipc_kmsg_alloc_memory(struct machipc_kmsg *kmsg, size_t size);
struct machipc_memory *machipc_kmsg_alloc_pages(struct machipc_kmsg *kmsg,
						u64 nr);
struct machipc_kmsg *machipc_kmsg_alloc_kernel(u32 size, u32 nr_descs);
void machipc_kmsg_drop_descs(struct machipc_kmsg *kmsg);
machipc_hot
void machipc_kmsg_free(struct machipc_kmsg *kmsg);
void machipc_kmsg_drop_spare(struct machipc_space *space);

static inline struct mach_msg_header *
machipc_kmsg_header(struct machipc_kmsg *kmsg)
{
	return (struct mach_msg_header *)kmsg->data;
}

/* What a descriptor of memory or of ports is longer in a 64-bit program. */
#define MACHIPC_DESC_GROWTH \
	(MACH_MSG_OOL_DESCRIPTOR_SIZE - MACH_MSG_OOL_DESCRIPTOR32_SIZE)

/**
 * machipc_kmsg_user_size() - size of a message for its receiver
 * @kmsg: the message
 * @ilp32: the receiver is a 32-bit program
 */
static inline u32 machipc_kmsg_user_size(const struct machipc_kmsg *kmsg,
					 bool ilp32)
{
	u32 growth;

	if (likely(kmsg->ilp32 == ilp32))
		return kmsg->size;
	growth = kmsg->nr_wide * MACHIPC_DESC_GROWTH;
	return ilp32 ? kmsg->size - growth : kmsg->size + growth;
}

/**
 * machipc_trailer_size() - size of the trailer that a receiver asked for
 * @option: options of the receive
 * @ilp32: the receiver is a 32-bit program
 */
static inline u32 machipc_trailer_size(u32 option, bool ilp32)
{
	u32 elements = MACH_RCV_TRAILER_ELEMENTS(option);
	u32 narrow = ilp32 ? 4 : 0;

	if (likely(!elements))
		return 8;
	switch (elements) {
	case 1:
		return 12;
	case 2:
		return 20;
	case 3:
		return 52;
	case 4:
		return 60 - narrow;
	default:
		return MACH_MSG_MAX_TRAILER_SIZE - narrow;
	}
}

#endif
