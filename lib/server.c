// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/*
 * mach_msg_server() and mach_msg_server_once() (messages.md 19).
 *
 * A reply is sent and the next request received in one call. The timeout that
 * keeps the server from waiting for a client is 0 and counts for the send only.
 */

#include <stdbool.h>
#include "device.h"
#include "vm.h"

typedef boolean_t (*server_demux)(mach_msg_header_t *, mach_msg_header_t *);

struct server {
	server_demux demux;
	mach_port_t port;
	mach_msg_options_t options;
	mach_msg_size_t trailer_size;
	mach_msg_header_t *request;
	vm_size_t request_size;		/* Bytes mapped */
	mach_msg_size_t receive_size;	/* Bytes that a request may fill */
	mig_reply_error_t *reply;
	vm_size_t reply_size;		/* Bytes mapped */
};

/* Replaces the request buffer by one of at least @size bytes, in whole pages. */
static kern_return_t map_request(struct server *server, vm_size_t size)
{
	vm_address_t address;
	kern_return_t kr;

	machipc_unmap((vm_address_t)server->request, server->request_size);
	server->request = NULL;
	server->request_size = round_page(size);
	if (server->request_size < size || server->request_size > UINT32_MAX)
		return KERN_NO_SPACE;
	kr = machipc_map(&address, server->request_size);
	if (kr == KERN_SUCCESS)
		server->request = (mach_msg_header_t *)address;
	return kr;
}

static kern_return_t map_reply(struct server *server, vm_size_t size)
{
	vm_address_t address;
	kern_return_t kr;

	/* Whatever the routines need, errors have this size. */
	if (size < sizeof(*server->reply))
		size = sizeof(*server->reply);
	server->reply_size = round_page(size);
	kr = machipc_map(&address, server->reply_size);
	if (kr == KERN_SUCCESS)
		server->reply = (mig_reply_error_t *)address;
	return kr;
}

static void unmap_buffers(struct server *server)
{
	if (server->request)
		machipc_unmap((vm_address_t)server->request,
			      server->request_size);
	if (server->reply)
		machipc_unmap((vm_address_t)server->reply, server->reply_size);
}

static kern_return_t map_buffers(struct server *server, vm_size_t max_size)
{
	vm_size_t receive_size = max_size + server->trailer_size;
	vm_size_t reply_size = max_size;
	kern_return_t kr;

	if (server->options & MACH_SEND_TRAILER)
		reply_size += MAX_TRAILER_SIZE;
	kr = map_request(server, receive_size);
	if (kr == KERN_SUCCESS)
		kr = map_reply(server, reply_size);
	if (kr != KERN_SUCCESS)
		return kr;
	server->receive_size = server->options & MACH_RCV_LARGE ?
			       server->request_size : receive_size;
	return KERN_SUCCESS;
}

static bool is_unsent(mach_msg_return_t mr)
{
	return mr == MACH_SEND_INVALID_DEST || mr == MACH_SEND_TIMED_OUT;
}

/*
 * The client is gone or does not listen. After a timeout, the reply port that
 * the reply may have named is a right of its own again.
 */
static void abandon_reply(struct server *server, mach_msg_return_t mr)
{
	mach_msg_header_t *reply = &server->reply->Head;

	if (mr == MACH_SEND_TIMED_OUT &&
	    MACH_MSGH_BITS_HAS_LOCAL(reply->msgh_bits) &&
	    MACH_PORT_VALID(reply->msgh_local_port))
		mach_port_deallocate(mach_task_self(), reply->msgh_local_port);
	mach_msg_destroy(reply);
}

static mach_msg_return_t receive(struct server *server)
{
	return mach_msg(server->request,
			MACH_RCV_MSG | MACH_RCV_VOUCHER | server->options, 0,
			server->receive_size, server->port,
			MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
}

/* Takes a request that was too large, and what may follow it. */
static mach_msg_return_t receive_large(struct server *server)
{
	mach_msg_return_t mr;

	do {
		mr = map_request(server, (vm_size_t)server->request->msgh_size +
					 server->trailer_size);
		if (mr != KERN_SUCCESS)
			return mr;
		server->receive_size = server->request_size;
		mr = receive(server);
	} while (mr == MACH_RCV_TOO_LARGE);
	return mr;
}

static mach_msg_return_t finish_receive(struct server *server,
					mach_msg_return_t mr)
{
	if (mr == MACH_RCV_TOO_LARGE && (server->options & MACH_RCV_LARGE))
		mr = receive_large(server);
	/* It was delivered all the same, with the rights that found room. */
	if ((mr & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR)
		mach_msg_destroy(server->request);
	return mr;
}

/* A send-once right accepts its message always, so that send cannot wait. */
static mach_msg_options_t send_options(const struct server *server)
{
	mach_msg_bits_t bits = server->reply->Head.msgh_bits;

	if (MACH_MSGH_BITS_REMOTE(bits) == MACH_MSG_TYPE_MOVE_SEND_ONCE)
		return MACH_SEND_MSG | server->options;
	return MACH_SEND_MSG | MACH_SEND_TIMEOUT | server->options;
}

static mach_msg_return_t send_reply(struct server *server)
{
	mach_msg_header_t *reply = &server->reply->Head;
	mach_msg_return_t mr;

	mr = mach_msg(reply, send_options(server), reply->msgh_size, 0,
		      MACH_PORT_NULL, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	if (!is_unsent(mr))
		return mr;
	abandon_reply(server, mr);
	return MACH_MSG_SUCCESS;
}

static mach_msg_return_t send_reply_and_receive(struct server *server)
{
	mach_msg_header_t *reply = &server->reply->Head;
	mach_msg_return_t mr;

	mr = mach_msg_overwrite(reply,
				MACH_RCV_MSG | MACH_RCV_VOUCHER |
				send_options(server),
				reply->msgh_size, server->receive_size,
				server->port, MACH_MSG_TIMEOUT_NONE,
				MACH_PORT_NULL, server->request, 0);
	if (!is_unsent(mr))
		return mr;
	abandon_reply(server, mr);
	return receive(server);
}

static void drop_voucher(mach_msg_header_t *request)
{
	if (MACH_MSGH_BITS_HAS_VOUCHER(request->msgh_bits) &&
	    MACH_PORT_VALID(request->msgh_voucher_port))
		mach_voucher_deallocate(request->msgh_voucher_port);
	request->msgh_bits &= ~MACH_MSGH_BITS_VOUCHER_MASK;
	request->msgh_voucher_port = MACH_PORT_NULL;
}

/* Has the request answered. Returns whether there is a reply to send. */
static bool handle_request(struct server *server)
{
	mach_msg_header_t *request = server->request;
	mig_reply_error_t *reply = server->reply;

	server->demux(request, &reply->Head);
	drop_voucher(request);
	if (!MACH_MSGH_BITS_IS_COMPLEX(reply->Head.msgh_bits)) {
		if (reply->RetCode == MIG_NO_REPLY) {
			reply->Head.msgh_remote_port = MACH_PORT_NULL;
		} else if (reply->RetCode != KERN_SUCCESS &&
			   MACH_MSGH_BITS_IS_COMPLEX(request->msgh_bits)) {
			/* The reply uses this right. */
			request->msgh_remote_port = MACH_PORT_NULL;
			mach_msg_destroy(request);
		}
	}
	return reply->Head.msgh_remote_port != MACH_PORT_NULL;
}

static mach_msg_return_t serve_once(struct server *server)
{
	mach_msg_return_t mr = finish_receive(server, receive(server));

	if (mr == MACH_MSG_SUCCESS && handle_request(server))
		mr = send_reply(server);
	return mr;
}

static mach_msg_return_t serve_forever(struct server *server)
{
	mach_msg_return_t mr = receive(server);

	for (;;) {
		mr = finish_receive(server, mr);
		if (mr != MACH_MSG_SUCCESS)
			return mr;
		mr = handle_request(server) ? send_reply_and_receive(server) :
					      receive(server);
	}
}

static mach_msg_return_t run(struct server *server, mach_msg_size_t max_size,
			     mach_msg_return_t (*serve)(struct server *server))
{
	mach_msg_return_t mr;

	server->options &= ~(MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_VOUCHER);
	server->trailer_size = REQUESTED_TRAILER_SIZE(server->options);
	mr = map_buffers(server, max_size);
	if (mr == KERN_SUCCESS)
		mr = serve(server);
	unmap_buffers(server);
	return mr;
}

mach_msg_return_t mach_msg_server_once(server_demux demux,
				       mach_msg_size_t max_size,
				       mach_port_t rcv_name,
				       mach_msg_options_t options)
{
	struct server server = {
		.demux = demux,
		.port = rcv_name,
		.options = options,
	};

	return run(&server, max_size, serve_once);
}

mach_msg_return_t mach_msg_server(server_demux demux, mach_msg_size_t max_size,
				  mach_port_t rcv_name,
				  mach_msg_options_t options)
{
	struct server server = {
		.demux = demux,
		.port = rcv_name,
		.options = options & ~MACH_RCV_OVERWRITE,
	};

	return run(&server, max_size, serve_forever);
}

mach_msg_return_t mach_msg_server_importance(server_demux demux,
					     mach_msg_size_t max_size,
					     mach_port_t rcv_name,
					     mach_msg_options_t options)
{
	return mach_msg_server(demux, max_size, rcv_name, options);
}
