// SPDX-License-Identifier: GPL-2.0
/*
 * Mach messages, by the calls that any Mach program makes: mach_msg() of the
 * library, the thread's reply port, a send-once right that is made for each
 * request and used up by its answer.
 */
#include "mach.h"

mach_port_t mach_bench_port(void)
{
	mach_port_t port;

	CHECK_MACH(mach_port_allocate(mach_task_self(),
				      MACH_PORT_RIGHT_RECEIVE, &port));
	CHECK_MACH(mach_port_insert_right(mach_task_self(), port, port,
					  MACH_MSG_TYPE_MAKE_SEND));
	return port;
}

void mach_bench_deepen(mach_port_t port)
{
	mach_port_limits_t limits = { .mpl_qlimit = MACH_PORT_QLIMIT_MAX };

	CHECK_MACH(mach_port_set_attributes(mach_task_self(), port,
					    MACH_PORT_LIMITS_INFO,
					    (mach_port_info_t)&limits,
					    MACH_PORT_LIMITS_INFO_COUNT));
}

void mach_bench_publish(mach_port_t port)
{
	CHECK_MACH(task_set_bootstrap_port(mach_task_self(), port));
}

mach_port_t mach_bench_service(void)
{
	mach_port_t port;

	CHECK_MACH(task_get_bootstrap_port(mach_task_self(), &port));
	CHECK(MACH_PORT_VALID(port));
	return port;
}

void mach_bench_call(struct mach_message *message, mach_msg_size_t size,
		     mach_port_t service)
{
	mach_msg_header_t *header = &message->header;
	mach_port_t reply_port = mig_get_reply_port();

	header->msgh_bits = (header->msgh_bits & MACH_MSGH_BITS_COMPLEX) |
			    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					   MACH_MSG_TYPE_MAKE_SEND_ONCE);
	header->msgh_size = size;
	header->msgh_remote_port = service;
	header->msgh_local_port = reply_port;
	header->msgh_voucher_port = MACH_PORT_NULL;
	header->msgh_id = 1;
	CHECK_MACH(mach_msg(header, MACH_SEND_MSG | MACH_RCV_MSG, size,
			    sizeof(*message), reply_port,
			    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
}

void mach_bench_receive(struct mach_message *message, mach_port_t port)
{
	CHECK_MACH(mach_msg(&message->header, MACH_RCV_MSG, 0,
			    sizeof(*message), port, MACH_MSG_TIMEOUT_NONE,
			    MACH_PORT_NULL));
}

void mach_bench_serve(struct mach_message *message, mach_msg_bits_t bits,
		      mach_msg_size_t size, mach_port_t port)
{
	mach_msg_header_t *header = &message->header;

	header->msgh_bits = bits | MACH_MSGH_BITS_REMOTE(header->msgh_bits);
	header->msgh_size = size;
	header->msgh_local_port = MACH_PORT_NULL;
	CHECK_MACH(mach_msg(header, MACH_SEND_MSG | MACH_RCV_MSG, size,
			    sizeof(*message), port, MACH_MSG_TIMEOUT_NONE,
			    MACH_PORT_NULL));
}
