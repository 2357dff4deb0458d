/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two sides of the Mach benchmarks. This process is the server, and what
 * is measured is one turn of its loop: answer a request, receive the next. The
 * clients find it as their bootstrap port, which a child inherits.
 */
#ifndef BENCH_MACH_H
#define BENCH_MACH_H

#include <mach/mach.h>

#include "bench.h"

#define CHECK_MACH(call) \
	do { \
		kern_return_t __kr = (call); \
		if (__kr) \
			errx(1, "%s:%d: %s: %#x", __FILE__, __LINE__, #call, \
			     __kr); \
	} while (0)

/* All messages that are measured, with room for what follows the header. */
struct mach_message {
	union {
		mach_msg_header_t header;
		struct {
			mach_msg_base_t base;
			mach_msg_port_descriptor_t port;
		} right;
		struct {
			mach_msg_base_t base;
			mach_msg_ool_descriptor_t memory;
		} ool;
		char bytes[sizeof(mach_msg_header_t) + BENCH_ECHO_MAX +
			   MAX_TRAILER_SIZE];
	};
};

/* A new receive right with a send right under the same name. */
mach_port_t mach_bench_port(void);

/* Makes the queue of @port as long as it can be. */
void mach_bench_deepen(mach_port_t port);

/* Makes @port, a send right, what children find with mach_bench_service(). */
void mach_bench_publish(mach_port_t port);

/* A client's send right to the server. */
mach_port_t mach_bench_service(void);

/*
 * Sends the request in @message, of @size bytes, and receives the answer. The
 * caller has set MACH_MSGH_BITS_COMPLEX, or cleared all bits.
 */
void mach_bench_call(struct mach_message *message, mach_msg_size_t size,
		     mach_port_t service);

/* Receives the first request. */
void mach_bench_receive(struct mach_message *message, mach_port_t port);

/*
 * Answers the request in @message by @size bytes, and receives the next. @bits
 * is MACH_MSGH_BITS_COMPLEX if the answer is that.
 */
void mach_bench_serve(struct mach_message *message, mach_msg_bits_t bits,
		      mach_msg_size_t size, mach_port_t port);

#endif
