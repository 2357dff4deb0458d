// SPDX-License-Identifier: GPL-2.0
/*
 * Binder, by its bare protocol. The server is the context manager, which any
 * process reaches as handle 0. Commands that need no answer travel with those
 * that do, so a request and its answer take three calls in all.
 */
#include <fcntl.h>
#include <linux/android/binder.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "bench.h"

/* The driver maps no more. Half of it takes requests that need no answer. */
#define MAPPING		(4UL << 20)

/* Requests that need no answer, before one that does. */
#define BURST		64

/**
 * struct binder - one side
 * @fd: the device
 * @out: commands to the driver
 * @out_size: bytes of them
 * @in: what the driver has returned
 * @in_size: bytes of it
 * @in_used: those that were looked at
 * @data: what is sent: memory, and in front of it a binder object
 * @data_size: bytes of it
 * @has_object: whether there is that object
 * @acquired: whether the handle that came with a request is held
 * @received: the last request or answer; its buffer is to be freed
 */
struct binder {
	int fd;
	char out[256];
	size_t out_size;
	char in[256];
	size_t in_size;
	size_t in_used;
	char *data;
	size_t data_size;
	bool has_object;
	bool acquired;
	struct binder_transaction_data received;
};

static void open_binder(struct binder *binder)
{
	binder->fd = open("/dev/binder", O_RDWR | O_CLOEXEC);
	CHECK(binder->fd >= 0);
	CHECK(mmap(NULL, MAPPING, PROT_READ, MAP_PRIVATE, binder->fd, 0) !=
	      MAP_FAILED);
}

static void put(struct binder *binder, uint32_t command, const void *data)
{
	size_t size = _IOC_SIZE(command);

	CHECK(binder->out_size + sizeof(command) + size <= sizeof(binder->out));
	memcpy(binder->out + binder->out_size, &command, sizeof(command));
	memcpy(binder->out + binder->out_size + sizeof(command), data, size);
	binder->out_size += sizeof(command) + size;
}

/* Gives the driver what was put, and waits for what it returns. */
static void exchange(struct binder *binder)
{
	struct binder_write_read both = {
		.write_size = binder->out_size,
		.write_buffer = (uintptr_t)binder->out,
		.read_size = sizeof(binder->in),
		.read_buffer = (uintptr_t)binder->in,
	};

	CHECK(!ioctl(binder->fd, BINDER_WRITE_READ, &both));
	CHECK(both.write_consumed == binder->out_size);
	binder->out_size = 0;
	binder->in_size = both.read_consumed;
	binder->in_used = 0;
}

/* The first references to an object of ours are to be acknowledged. */
static void acknowledge(struct binder *binder, uint32_t command,
			const void *object)
{
	if (command == BR_INCREFS)
		put(binder, BC_INCREFS_DONE, object);
	else if (command == BR_ACQUIRE)
		put(binder, BC_ACQUIRE_DONE, object);
}

static void check_return(uint32_t command)
{
	switch (command) {
	case BR_NOOP:
	case BR_TRANSACTION_COMPLETE:
	case BR_INCREFS:
	case BR_ACQUIRE:
	case BR_SPAWN_LOOPER:
		return;
	default:
		errx(1, "binder returned command %#x", command);
	}
}

/* Looks for @wanted in what the driver returns, and waits until it comes. */
static const void *await(struct binder *binder, uint32_t wanted)
{
	const char *payload;
	uint32_t command;

	for (;;) {
		while (binder->in_used == binder->in_size)
			exchange(binder);
		memcpy(&command, binder->in + binder->in_used, sizeof(command));
		payload = binder->in + binder->in_used + sizeof(command);
		binder->in_used += sizeof(command) + _IOC_SIZE(command);
		if (command == wanted)
			return payload;
		check_return(command);
		acknowledge(binder, command, payload);
	}
}

static void receive(struct binder *binder, uint32_t command, size_t size)
{
	memcpy(&binder->received, await(binder, command),
	       sizeof(binder->received));
	CHECK(binder->received.data_size == size);
}

static void put_free(struct binder *binder)
{
	if (binder->received.data.ptr.buffer)
		put(binder, BC_FREE_BUFFER, &binder->received.data.ptr.buffer);
	binder->received.data.ptr.buffer = 0;
}

static void put_data(struct binder *binder, uint32_t command, uint32_t flags,
		     size_t size)
{
	static const binder_size_t offsets[] = { 0 };
	bool object = binder->has_object && command == BC_TRANSACTION;
	struct binder_transaction_data data = {
		.flags = flags,
		.data_size = size,
		.offsets_size = object ? sizeof(offsets) : 0,
		.data.ptr.buffer = (uintptr_t)binder->data,
		.data.ptr.offsets = (uintptr_t)offsets,
	};

	put(binder, command, &data);
}

static size_t answer_size(const struct binder *binder)
{
	return binder->data_size > BENCH_ECHO_MAX || binder->has_object ?
		       BENCH_ANSWER : binder->data_size;
}

static void call(struct binder *binder)
{
	put_free(binder);
	put_data(binder, BC_TRANSACTION, 0, binder->data_size);
	receive(binder, BR_REPLY, answer_size(binder));
}

static void call_forever(void *arg)
{
	struct binder *binder = arg;

	open_binder(binder);
	for (;;)
		call(binder);
}

/* A handle lives as long as the message, unless it is acquired. */
static void acquire(struct binder *binder)
{
	const struct flat_binder_object *object;

	object = (void *)(uintptr_t)binder->received.data.ptr.buffer;
	CHECK(object->hdr.type == BINDER_TYPE_HANDLE);
	put(binder, BC_ACQUIRE, &object->handle);
	binder->acquired = true;
}

/* Answers the last request and waits for the next. */
static void serve(void *arg)
{
	struct binder *binder = arg;

	if (binder->has_object && !binder->acquired)
		acquire(binder);
	put_free(binder);
	put_data(binder, BC_REPLY, 0, answer_size(binder));
	receive(binder, BR_TRANSACTION, binder->data_size);
}

static void become_server(struct binder *binder)
{
	uint32_t no_payload = 0;
	int tries = 1000;

	open_binder(binder);
	/* A server before this one goes away a little after its process. */
	while (ioctl(binder->fd, BINDER_SET_CONTEXT_MGR, 0)) {
		CHECK(errno == EBUSY && tries--);
		usleep(1000);
	}
	put(binder, BC_ENTER_LOOPER, &no_payload);
}

static void put_object(struct binder *binder)
{
	struct flat_binder_object object = {
		.hdr.type = BINDER_TYPE_BINDER,
		.binder = (uintptr_t)binder,
		.cookie = (uintptr_t)binder,
	};

	memcpy(binder->data, &object, sizeof(object));
	binder->has_object = true;
}

static void rpc(struct binder *client, struct binder *server)
{
	become_server(server);
	bench_fork(call_forever, client);
	receive(server, BR_TRANSACTION, server->data_size);
	bench_measure(serve, server, 1);
}

static void rpc_inline(const struct bench_case *bench, size_t size)
{
	struct binder client = { .data = bench_memory(size), .data_size = size };
	struct binder server = client;

	rpc(&client, &server);
}

static void rpc_right(const struct bench_case *bench, size_t size)
{
	struct binder client = {
		.data = bench_memory(BENCH_PAGE),
		.data_size = sizeof(struct flat_binder_object),
	};
	struct binder server;

	put_object(&client);
	server = client;
	rpc(&client, &server);
}

static void send_forever(void *arg)
{
	struct binder *binder = arg;
	unsigned int i;

	open_binder(binder);
	for (;;) {
		for (i = 1; i < BURST; i++) {
			put_data(binder, BC_TRANSACTION, TF_ONE_WAY,
				 binder->data_size);
			await(binder, BR_TRANSACTION_COMPLETE);
		}
		call(binder);
	}
}

static void receive_one(void *arg)
{
	struct binder *binder = arg;

	put_free(binder);
	if (!(binder->received.flags & TF_ONE_WAY))
		put_data(binder, BC_REPLY, 0, binder->data_size);
	receive(binder, BR_TRANSACTION, binder->data_size);
}

static void oneway(const struct bench_case *bench, size_t size)
{
	struct binder client = { .data = bench_memory(size), .data_size = size };
	struct binder server = client;

	become_server(&server);
	bench_fork(send_forever, &client);
	receive(&server, BR_TRANSACTION, size);
	bench_measure_flow(receive_one, &server);
}

const struct bench_case bench_binder_cases[] = {
	{ .name = "binder", .run = rpc_inline },
	{ .name = "binder-right", .run = rpc_right },
	{ .name = "binder-oneway", .run = oneway },
	{ }
};
