// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/*
 * mach_msg() and its relatives: one ioctl each, and the restart after a signal.
 *
 * The kernel never restarts a call. It says which half was interrupted, and
 * has then given the message back or not received any. What is left of the
 * call is done again with what is left of its time.
 */

#include <errno.h>
#include <stdbool.h>
#include <time.h>
#include <machipc.h>
#include "device.h"

/* The options that are for the library alone are kept from the kernel. */
#define KERNEL_OPTION(option)	((option) & ~MACH_MSG_OPTION_LIB)

/*
 * The result of a call that did not reach the space. It must not look as if a
 * right of the message had been consumed, and no name could be found.
 */
static mach_msg_return_t trap_error(const struct machipc_msg *trap, int ret)
{
	bool shortage = machipc_call_error(ret) == KERN_RESOURCE_SHORTAGE;

	if (trap->option & MACH_SEND_MSG)
		return shortage ? MACH_SEND_NO_BUFFER : MACH_SEND_INVALID_DEST;
	if (trap->option & MACH_RCV_MSG)
		return shortage ? KERN_RESOURCE_SHORTAGE : MACH_RCV_INVALID_NAME;
	return MACH_MSG_SUCCESS;
}

static inline mach_msg_return_t call_trap(struct machipc_msg *trap)
{
	int ret = machipc_call(MACHIPC_IOC_MSG, trap);

	return likely(!ret) ? (mach_msg_return_t)trap->out_result :
			      trap_error(trap, ret);
}

/* Microseconds on a clock that is never set. */
static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Whether the wait of @half (MACH_SEND_MSG, MACH_RCV_MSG) ends by the clock. */
static bool is_timed(mach_msg_option_t option, mach_msg_option_t half,
		     mach_msg_timeout_t timeout)
{
	mach_msg_option_t limit = half == MACH_SEND_MSG ? MACH_SEND_TIMEOUT :
							  MACH_RCV_TIMEOUT;

	return timeout && (option & half) && (option & limit);
}

/* What is left of @timeout since @start, rounded up: no wait ends early. */
static mach_msg_timeout_t remaining(mach_msg_timeout_t timeout, uint64_t start)
{
	uint64_t elapsed = now_us() - start;
	uint64_t limit = (uint64_t)timeout * 1000;

	return elapsed < limit ? (limit - elapsed + 999) / 1000 : 0;
}

/* Sends again until the result is something else than a signal. */
static mach_msg_return_t resend(struct machipc_msg *trap,
				mach_msg_option_t option,
				mach_msg_timeout_t timeout, uint64_t start)
{
	bool timed = is_timed(option, MACH_SEND_MSG, timeout);
	mach_msg_return_t mr;

	trap->option = KERNEL_OPTION(option) & ~MACH_RCV_MSG;
	do {
		if (timed)
			trap->timeout = remaining(timeout, start);
		mr = call_trap(trap);
	} while (mr == MACH_SEND_INTERRUPTED);
	return mr;
}

/* Receives, again after each signal if the caller did not forbid it. */
static mach_msg_return_t receive_again(struct machipc_msg *trap,
				       mach_msg_option_t option,
				       mach_msg_timeout_t timeout,
				       uint64_t start)
{
	bool timed = is_timed(option, MACH_RCV_MSG, timeout);
	mach_msg_return_t mr;

	trap->option = KERNEL_OPTION(option) & ~MACH_SEND_MSG;
	trap->send_size = 0;
	do {
		if (timed)
			trap->timeout = remaining(timeout, start);
		mr = call_trap(trap);
	} while (mr == MACH_RCV_INTERRUPTED && !(option & MACH_RCV_INTERRUPT));
	return mr;
}

/*
 * Finishes a call that a signal interrupted. @start is when it was made, if
 * any half of it is timed.
 *
 * The halves have one timeout argument but a clock each, so from here on they
 * are calls of their own. When the receive half of a combined call began is
 * not known. The call's own start is taken for it unless the time since then
 * is more than the receive could have waited: then the send did.
 */
static mach_msg_return_t restart(struct machipc_msg *trap,
				 mach_msg_option_t option,
				 mach_msg_return_t mr, uint64_t start)
{
	mach_msg_timeout_t timeout = trap->timeout;
	bool timed_receive = is_timed(option, MACH_RCV_MSG, timeout);

	if (mr == MACH_SEND_INTERRUPTED) {
		if (option & MACH_SEND_INTERRUPT)
			return mr;
		mr = resend(trap, option, timeout, start);
		if (mr != MACH_MSG_SUCCESS || !(option & MACH_RCV_MSG))
			return mr;
		if (timed_receive)
			start = now_us();
	} else {
		if (option & MACH_RCV_INTERRUPT)
			return mr;
		if (timed_receive && (option & MACH_SEND_MSG) &&
		    !remaining(timeout, start))
			start = now_us();
	}
	trap->timeout = timeout;
	return receive_again(trap, option, timeout, start);
}

/* The call, and what a signal leaves of it. */
static inline __attribute__((always_inline)) mach_msg_return_t
call_and_restart(struct machipc_msg *trap, mach_msg_option_t option,
		 mach_msg_timeout_t timeout)
{
	mach_msg_return_t mr;
	uint64_t start = 0;

	if (is_timed(option, MACH_SEND_MSG, timeout) ||
	    is_timed(option, MACH_RCV_MSG, timeout))
		start = now_us();
	mr = call_trap(trap);
	if (likely(mr != MACH_SEND_INTERRUPTED && mr != MACH_RCV_INTERRUPTED))
		return mr;
	return restart(trap, option, mr, start);
}

mach_msg_return_t mach_msg_overwrite(mach_msg_header_t *msg,
				     mach_msg_option_t option,
				     mach_msg_size_t send_size,
				     mach_msg_size_t rcv_size,
				     mach_port_name_t rcv_name,
				     mach_msg_timeout_t timeout,
				     mach_port_name_t notify,
				     mach_msg_header_t *rcv_msg,
				     mach_msg_size_t rcv_limit)
{
	struct machipc_msg trap = {
		.size = sizeof(trap),
		.option = KERNEL_OPTION(option),
		.msg = (uintptr_t)msg,
		.rcv_msg = (uintptr_t)rcv_msg,
		.send_size = send_size,
		.rcv_size = rcv_size,
		.rcv_name = rcv_name,
		.timeout = timeout,
		.priority = notify,
	};

	(void)rcv_limit;
	return call_and_restart(&trap, option, timeout);
}

mach_msg_return_t machipc_msg_scatter(mach_msg_header_t *list,
				      mach_msg_option_t option,
				      mach_msg_size_t list_size,
				      mach_msg_size_t rcv_size,
				      mach_port_name_t rcv_name,
				      mach_msg_timeout_t timeout)
{
	struct machipc_msg trap = {
		.size = sizeof(trap),
		.option = (KERNEL_OPTION(option) & ~MACH_SEND_MSG) |
			  MACH_RCV_MSG | MACH_RCV_OVERWRITE,
		.msg = (uintptr_t)list,
		.rcv_size = rcv_size,
		.rcv_name = rcv_name,
		.timeout = timeout,
		.scatter_size = list_size,
	};

	return call_and_restart(&trap, (mach_msg_option_t)trap.option |
				(option & MACH_RCV_INTERRUPT), timeout);
}

mach_msg_return_t mach_msg(mach_msg_header_t *msg, mach_msg_option_t option,
			   mach_msg_size_t send_size, mach_msg_size_t rcv_size,
			   mach_port_name_t rcv_name,
			   mach_msg_timeout_t timeout, mach_port_name_t notify)
{
	return mach_msg_overwrite(msg, option, send_size, rcv_size, rcv_name,
				  timeout, notify, NULL, 0);
}

mach_msg_return_t mach_msg_overwrite_trap(mach_msg_header_t *msg,
					  mach_msg_option_t option,
					  mach_msg_size_t send_size,
					  mach_msg_size_t rcv_size,
					  mach_port_name_t rcv_name,
					  mach_msg_timeout_t timeout,
					  mach_port_name_t notify,
					  mach_msg_header_t *rcv_msg,
					  mach_msg_size_t rcv_limit)
{
	return mach_msg_overwrite(msg, option | MACH_MSG_OPTION_LIB, send_size,
				  rcv_size, rcv_name, timeout, notify, rcv_msg,
				  rcv_limit);
}

mach_msg_return_t mach_msg_trap(mach_msg_header_t *msg,
				mach_msg_option_t option,
				mach_msg_size_t send_size,
				mach_msg_size_t rcv_size,
				mach_port_name_t rcv_name,
				mach_msg_timeout_t timeout,
				mach_port_name_t notify)
{
	return mach_msg_overwrite_trap(msg, option, send_size, rcv_size,
				       rcv_name, timeout, notify, NULL, 0);
}

mach_msg_return_t mach_msg_send(mach_msg_header_t *msg)
{
	return mach_msg(msg, MACH_SEND_MSG, msg->msgh_size, 0, MACH_PORT_NULL,
			MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
}

mach_msg_return_t mach_msg_receive(mach_msg_header_t *msg)
{
	return mach_msg(msg, MACH_RCV_MSG, 0, msg->msgh_size,
			msg->msgh_local_port, MACH_MSG_TIMEOUT_NONE,
			MACH_PORT_NULL);
}
