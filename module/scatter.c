// SPDX-License-Identifier: GPL-2.0
/*
 * Scatter lists: where a receiver wants out-of-line data to go.
 *
 * Before the call the receive buffer looks like a message, whose descriptors
 * say, one for each region or array that is expected, whether it goes to an
 * address of the receiver's or into fresh memory (messages.md 17). A list that
 * does not suit the message is ignored as a whole: then everything goes into
 * fresh memory.
 */
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

#include "kmsg.h"
#include "large.h"
#include "scatter.h"
#include "wire.h"

/* More than any message needs. */
#define LIST_SIZE_MAX	SZ_1M

/**
 * struct list - a scatter list that is being walked
 * @data: its descriptors
 * @size: their size in bytes
 * @offset: of the next one
 * @left: how many there still are
 * @ilp32: it was written by a 32-bit program
 */
struct list {
	const u8 *data;
	u32 size;
	u32 offset;
	u32 left;
	bool ilp32;
};

/* The next entry that is not a port. Returns false if there is none. */
static bool next_entry(struct list *list, struct machipc_wire *entry)
{
	u32 size;

	while (list->left) {
		size = machipc_wire_read(list->data + list->offset,
					 list->size - list->offset,
					 list->ilp32, entry);
		if (!size)
			return false;
		list->left--;
		list->offset += size;
		if (entry->type != MACH_MSG_PORT_DESCRIPTOR)
			return true;
	}
	return false;
}

static bool suits(const struct machipc_desc *desc,
		  const struct machipc_wire *entry)
{
	if (machipc_wire_is_memory(desc->type) !=
	    machipc_wire_is_memory(entry->type))
		return false;
	if (!machipc_wire_is_memory(desc->type) && desc->type != entry->type)
		return false;
	return entry->copy != MACH_MSG_OVERWRITE ||
	       entry->count >= desc->count;
}

/* Walks list and message side by side, first to check, then to apply. */
static bool walk(struct machipc_kmsg *kmsg, struct list list, bool apply)
{
	struct machipc_wire entry;
	struct machipc_desc *desc;
	u32 i;

	for (i = 0; i < kmsg->nr_descs; i++) {
		desc = &kmsg->descs[i];
		if (desc->type == MACH_MSG_PORT_DESCRIPTOR)
			continue;
		if (!next_entry(&list, &entry))
			break;
		if (!suits(desc, &entry))
			return false;
		if (!apply)
			continue;
		desc->copy = MACH_MSG_VIRTUAL_COPY;
		desc->placed = entry.copy == MACH_MSG_OVERWRITE;
		if (desc->placed)
			desc->address = entry.address;
	}
	return true;
}

/**
 * machipc_scatter() - read a scatter list and apply it to a message
 * @kmsg: the message that is going to be copied out
 * @list: address of the list
 * @size: its size
 * @ilp32: the receiver is a 32-bit program
 *
 * Context: May sleep, no lock held.
 */
void machipc_scatter(struct machipc_kmsg *kmsg, const void __user *list,
		     u32 size, bool ilp32)
{
	u32 each = ilp32 ? MACH_MSG_OOL_DESCRIPTOR32_SIZE :
			   MACH_MSG_OOL_DESCRIPTOR_SIZE;
	struct mach_msg_base base;
	struct list entries = { .ilp32 = ilp32 };
	u8 *data;

	if (!kmsg->nr_wide || size < sizeof(base) || size > LIST_SIZE_MAX ||
	    copy_from_user(&base, list, sizeof(base)))
		return;
	entries.left = base.msgh_descriptor_count;
	entries.size = size - sizeof(base);
	if ((u64)entries.left * each > entries.size)
		return;
	data = machipc_alloc_large(entries.size, 0);
	if (!data)
		return;
	entries.data = data;
	if (!copy_from_user(data, list + sizeof(base), entries.size) &&
	    walk(kmsg, entries, false))
		walk(kmsg, entries, true);
	kvfree(data);
}
