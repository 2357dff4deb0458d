/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Everything, and the helpers for messages (messages.md 19). */
#ifndef _MACH_MACH_H_
#define _MACH_MACH_H_

#include <mach/std_types.h>
#include <mach/mach_types.h>
#include <mach/host_info.h>
#include <mach/host_priv.h>
#include <mach/host_special_ports.h>
#include <mach/mach_host.h>
#include <mach/mach_init.h>
#include <mach/mach_traps.h>
#include <mach/mach_port.h>
#include <mach/mach_vm.h>
#include <mach/message.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>
#include <mach/port.h>
#include <mach/task.h>
#include <mach/thread_act.h>
#include <mach/vm_map.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * mach_msg_send() - send a message whose header says how long it is
 * @msg: the message
 *
 * Return: as mach_msg().
 */
mach_msg_return_t mach_msg_send(mach_msg_header_t *msg);

/**
 * mach_msg_receive() - receive a message as its buffer says
 * @msg: the buffer. Its msgh_size is the number of bytes there are, its
 *	msgh_local_port the receive right or port set to receive from
 *
 * Return: as mach_msg().
 */
mach_msg_return_t mach_msg_receive(mach_msg_header_t *msg);

/**
 * mach_msg_destroy() - drop what a message carries
 * @msg: a message that was received, or one that was not sent
 *
 * Drops the rights of the remote and voucher fields and of all descriptors, and
 * the out-of-line memory that is marked for deallocation. A right that the
 * message was to make is made and dropped: a send-once right thus notifies its
 * port. What it was to copy is left alone, and so is the local field.
 */
void mach_msg_destroy(mach_msg_header_t *msg);

/**
 * mach_msg_server_once() - serve one request
 * @demux: called with the request and a buffer for the reply of @max_size
 *	bytes, a mig_reply_error_t at its start. Its result is ignored: what the
 *	reply says is what counts
 * @max_size: bytes of the largest request, without trailer, and of the largest
 *	reply. With MACH_RCV_LARGE, requests may be larger
 * @rcv_name: receive right or port set to receive from
 * @options: options of the receive and the send
 *
 * A simple reply whose RetCode is MIG_NO_REPLY is not sent; with another
 * RetCode than KERN_SUCCESS, a complex request is destroyed except for its
 * reply right. That the client has died, or does not take its reply, is not an
 * error, and the sender never waits for room in a queue.
 *
 * Return: MACH_MSG_SUCCESS; the result of the receive or the send that failed;
 * a kern_return_t if there is no memory.
 */
mach_msg_return_t mach_msg_server_once(boolean_t (*demux)(mach_msg_header_t *,
							  mach_msg_header_t *),
				       mach_msg_size_t max_size,
				       mach_port_t rcv_name,
				       mach_msg_options_t options);

/**
 * mach_msg_server() - serve requests until a receive or a send fails
 * @demux: as for mach_msg_server_once()
 * @max_size: as for mach_msg_server_once()
 * @rcv_name: as for mach_msg_server_once()
 * @options: as for mach_msg_server_once()
 *
 * Return: as mach_msg_server_once(), but never MACH_MSG_SUCCESS.
 */
mach_msg_return_t mach_msg_server(boolean_t (*demux)(mach_msg_header_t *,
						     mach_msg_header_t *),
				  mach_msg_size_t max_size,
				  mach_port_t rcv_name,
				  mach_msg_options_t options);

/**
 * mach_msg_server_importance() - the same as mach_msg_server()
 * @demux: as for mach_msg_server_once()
 * @max_size: as for mach_msg_server_once()
 * @rcv_name: as for mach_msg_server_once()
 * @options: as for mach_msg_server_once()
 *
 * Return: as mach_msg_server().
 */
mach_msg_return_t mach_msg_server_importance(boolean_t (*demux)(mach_msg_header_t *,
								mach_msg_header_t *),
					     mach_msg_size_t max_size,
					     mach_port_t rcv_name,
					     mach_msg_options_t options);

/**
 * mach_voucher_deallocate() - mach_port_deallocate() of a voucher's name
 * @voucher: the name
 *
 * Return: as mach_port_deallocate().
 */
kern_return_t mach_voucher_deallocate(mach_port_name_t voucher);

#ifdef __cplusplus
}
#endif

#endif
