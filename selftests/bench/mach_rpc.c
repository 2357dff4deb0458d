// SPDX-License-Identifier: GPL-2.0
/*
 * Requests with inline data, with a right, and with memory out of line.
 */
#include "mach.h"

/* Rights of a port that a server keeps before it gives them back. */
#define RIGHTS_KEPT	1000

/**
 * struct server - the measured side
 * @port: what it receives from
 * @size: bytes of the inline or out-of-line data
 * @rights: user references that it was sent and has not dropped
 * @message: the request, then the answer
 */
struct server {
	mach_port_t port;
	size_t size;
	unsigned int rights;
	struct mach_message message;
};

static struct server server;

/* Starts a client; returns when its first request is there. */
static void start(void (*client)(void *), size_t size)
{
	server.port = mach_bench_port();
	server.size = size;
	mach_bench_publish(server.port);
	bench_fork(client, &server.size);
	mach_bench_receive(&server.message, server.port);
}

static void call_inline(void *arg)
{
	size_t size = sizeof(mach_msg_header_t) + *(size_t *)arg;
	mach_port_t service = mach_bench_service();
	static struct mach_message message;

	for (;;)
		mach_bench_call(&message, size, service);
}

static void serve_inline(void *arg)
{
	struct server *self = arg;
	size_t size = sizeof(mach_msg_header_t) + self->size;

	CHECK(self->message.header.msgh_size == size);
	mach_bench_serve(&self->message, 0, size, self->port);
}

static void rpc_inline(const struct bench_case *bench, size_t size)
{
	CHECK(size <= BENCH_ECHO_MAX);
	start(call_inline, size);
	bench_measure(serve_inline, &server, 1);
}

static void call_with_right(void *arg)
{
	mach_port_t service = mach_bench_service();
	mach_port_t port = mach_bench_port();
	static struct mach_message message;

	for (;;) {
		message.header.msgh_bits = MACH_MSGH_BITS_COMPLEX;
		message.right.base.body.msgh_descriptor_count = 1;
		message.right.port = (mach_msg_port_descriptor_t) {
			.name = port,
			.disposition = MACH_MSG_TYPE_COPY_SEND,
			.type = MACH_MSG_PORT_DESCRIPTOR,
		};
		mach_bench_call(&message, sizeof(message.right), service);
	}
}

static mach_port_t received_right(const struct mach_message *message)
{
	CHECK(message->header.msgh_bits & MACH_MSGH_BITS_COMPLEX);
	CHECK(message->right.port.disposition == MACH_MSG_TYPE_PORT_SEND);
	CHECK(MACH_PORT_VALID(message->right.port.name));
	return message->right.port.name;
}

static void serve_and_keep_right(void *arg)
{
	struct server *self = arg;
	mach_port_t right = received_right(&self->message);

	if (++self->rights == RIGHTS_KEPT) {
		CHECK_MACH(mach_port_mod_refs(mach_task_self(), right,
					      MACH_PORT_RIGHT_SEND,
					      1 - RIGHTS_KEPT));
		self->rights = 1;
	}
	mach_bench_serve(&self->message, 0, sizeof(mach_msg_header_t),
			 self->port);
}

static void serve_and_drop_right(void *arg)
{
	struct server *self = arg;
	mach_port_t right = received_right(&self->message);

	CHECK_MACH(mach_port_deallocate(mach_task_self(), right));
	mach_bench_serve(&self->message, 0, sizeof(mach_msg_header_t),
			 self->port);
}

static void rpc_right_kept(const struct bench_case *bench, size_t size)
{
	start(call_with_right, 0);
	bench_measure(serve_and_keep_right, &server, 1);
}

static void rpc_right_dropped(const struct bench_case *bench, size_t size)
{
	start(call_with_right, 0);
	bench_measure(serve_and_drop_right, &server, 1);
}

static void put_memory(struct mach_message *message, void *memory, size_t size,
		       boolean_t deallocate)
{
	message->ool.base.body.msgh_descriptor_count = 1;
	message->ool.memory = (mach_msg_ool_descriptor_t) {
		.address = memory,
		.size = size,
		.deallocate = deallocate,
		.copy = MACH_MSG_VIRTUAL_COPY,
		.type = MACH_MSG_OOL_DESCRIPTOR,
	};
}

static void *received_memory(const struct mach_message *message, size_t size)
{
	CHECK(message->header.msgh_bits & MACH_MSGH_BITS_COMPLEX);
	CHECK(message->ool.memory.type == MACH_MSG_OOL_DESCRIPTOR);
	CHECK(message->ool.memory.size == size);
	return message->ool.memory.address;
}

static void call_with_memory(void *arg)
{
	mach_port_t service = mach_bench_service();
	size_t size = *(size_t *)arg;
	char *memory = bench_memory(size);
	static struct mach_message message;

	for (;;) {
		message.header.msgh_bits = MACH_MSGH_BITS_COMPLEX;
		put_memory(&message, memory, size, FALSE);
		mach_bench_call(&message, sizeof(message.ool), service);
	}
}

static void serve_memory(void *arg)
{
	struct server *self = arg;
	void *memory = received_memory(&self->message, self->size);

	bench_read_pages(memory, self->size);
	CHECK_MACH(vm_deallocate(mach_task_self(), (vm_address_t)memory,
				 self->size));
	mach_bench_serve(&self->message, 0, sizeof(mach_msg_header_t),
			 self->port);
}

static void rpc_memory(const struct bench_case *bench, size_t size)
{
	start(call_with_memory, size);
	bench_measure(serve_memory, &server, 1);
}

/* The memory comes back with the answer, and goes out again. */
static void call_moving_memory(void *arg)
{
	mach_port_t service = mach_bench_service();
	size_t size = *(size_t *)arg;
	static struct mach_message message;
	vm_address_t memory;

	CHECK_MACH(vm_allocate(mach_task_self(), &memory, size,
			       VM_FLAGS_ANYWHERE));
	memset((void *)memory, 1, size);
	message.header.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	put_memory(&message, (void *)memory, size, TRUE);
	for (;;) {
		mach_bench_call(&message, sizeof(message.ool), service);
		put_memory(&message, received_memory(&message, size), size,
			   TRUE);
	}
}

static void serve_moving_memory(void *arg)
{
	struct server *self = arg;
	void *memory = received_memory(&self->message, self->size);

	bench_read_pages(memory, self->size);
	put_memory(&self->message, memory, self->size, TRUE);
	mach_bench_serve(&self->message, MACH_MSGH_BITS_COMPLEX,
			 sizeof(self->message.ool), self->port);
}

/* Each request moves the memory twice, so it counts as two operations. */
static void rpc_moving_memory(const struct bench_case *bench, size_t size)
{
	start(call_moving_memory, size);
	bench_measure(serve_moving_memory, &server, 2);
}

static void send_forever(void *arg)
{
	size_t size = sizeof(mach_msg_header_t) + *(size_t *)arg;
	mach_port_t service = mach_bench_service();
	static struct mach_message message;

	for (;;) {
		message.header = (mach_msg_header_t) {
			.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
			.msgh_size = size,
			.msgh_remote_port = service,
		};
		CHECK_MACH(mach_msg(&message.header, MACH_SEND_MSG, size, 0,
				    MACH_PORT_NULL, MACH_MSG_TIMEOUT_NONE,
				    MACH_PORT_NULL));
	}
}

static void receive_one(void *arg)
{
	struct server *self = arg;

	mach_bench_receive(&self->message, self->port);
}

/**
 * struct oneway_setup - who sends into what
 * @senders: how many there are
 * @deep: whether the queue is as long as it can be, instead of 5 messages
 */
struct oneway_setup {
	unsigned int senders;
	bool deep;
};

static const struct oneway_setup one_sender = { .senders = 1, .deep = true };
static const struct oneway_setup four_senders = { .senders = 4, .deep = true };
static const struct oneway_setup short_queue = { .senders = 1 };

static void oneway(const struct bench_case *bench, size_t size)
{
	const struct oneway_setup *setup = bench->arg;
	unsigned int i;

	server.port = mach_bench_port();
	server.size = size;
	if (setup->deep)
		mach_bench_deepen(server.port);
	mach_bench_publish(server.port);
	for (i = 0; i < setup->senders; i++)
		bench_fork(send_forever, &server.size);
	bench_measure_flow(receive_one, &server);
}

const struct bench_case bench_mach_cases[] = {
	{ .name = "mach", .run = rpc_inline },
	{ .name = "mach-right", .run = rpc_right_kept },
	{ .name = "mach-right-dropped", .run = rpc_right_dropped },
	{ .name = "mach-ool", .run = rpc_memory },
	{ .name = "mach-ool-moved", .run = rpc_moving_memory },
	{ .name = "mach-oneway", .run = oneway, .arg = &one_sender },
	{ .name = "mach-oneway-4", .run = oneway, .arg = &four_senders },
	{ .name = "mach-oneway-short", .run = oneway, .arg = &short_queue },
	{ }
};
