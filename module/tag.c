// SPDX-License-Identifier: GPL-2.0
/*
 * What trace points say of a message. All of this runs only while one of them
 * is enabled.
 */
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/siphash.h>

#include "kmsg.h"
#include "port.h"
#include "space.h"
#include "tag.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * machipc_tag() - name a message for as long as it exists
 * @kmsg: the message
 *
 * Return: a number that does not tell the address of the message.
 */
u32 machipc_tag(const struct machipc_kmsg *kmsg)
{
	static siphash_key_t key;

	get_random_once(&key, sizeof(key));
	return (u32)siphash_1u64((unsigned long)kmsg, &key);
}

static s32 receiver_pid(struct machipc_port *port)
{
	s32 pid = MACHIPC_INFO_TRANSIT;

	if (port->kobject)
		return 0;
	spin_lock(&port->lock);
	if (port->dead)
		pid = MACHIPC_INFO_DYING;
	else if (port->receiver)
		pid = pid_nr(port->receiver->tgid);
	spin_unlock(&port->lock);
	return pid;
}

static void read_desc(const struct machipc_desc *desc,
		      struct machipc_info *info, u32 *flags, u32 *ports)
{
	switch (desc->type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		++*ports;
		break;
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		*ports += desc->count;
		break;
	default:
		*flags |= MACHIPC_FLAG_OOLMEM;
		*flags |= desc->copy == MACH_MSG_VIRTUAL_COPY ?
				  MACHIPC_FLAG_VCPY : MACHIPC_FLAG_PCPY;
		info->size += desc->count;
	}
}

/**
 * machipc_info_read() - describe a message that is about to be queued
 * @kmsg: the message, which has its rights
 * @rpc: its sender receives in the same call
 * @info: where to put the description
 */
void machipc_info_read(const struct machipc_kmsg *kmsg, bool rpc,
		       struct machipc_info *info)
{
	u32 flags = kmsg->ilp32 ? 0 : MACHIPC_FLAG_SND64;
	u32 ports = 0;
	u32 i;

	info->sender = kmsg->sender ? pid_nr(kmsg->sender->tgid) : 0;
	info->receiver = kmsg->dest.port ? receiver_pid(kmsg->dest.port) :
					   MACHIPC_INFO_DYING;
	info->size = kmsg->size - MACH_MSG_HEADER_SIZE;
	if (kmsg->bits & MACH_MSGH_BITS_COMPLEX)
		flags |= MACHIPC_FLAG_COMPLEX;
	if (kmsg->dest.type == MACH_MSG_TYPE_PORT_SEND_ONCE)
		flags |= MACHIPC_FLAG_DST_SONCE;
	if (kmsg->reply.type == MACH_MSG_TYPE_PORT_SEND_ONCE)
		flags |= MACHIPC_FLAG_SRC_SONCE;
	if (!kmsg->reply.port)
		flags |= MACHIPC_FLAG_ONEWAY;
	if (rpc)
		flags |= MACHIPC_FLAG_SNDRCV;
	for (i = 0; i < kmsg->nr_descs; i++)
		read_desc(&kmsg->descs[i], info, &flags, &ports);
	info->flags = flags << 8 | (ports & 0xff);
}
