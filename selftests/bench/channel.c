// SPDX-License-Identifier: GPL-2.0
/*
 * Pipes, sockets and message queues: two directions, each with a call to send
 * and a call to receive.
 */
#include <limits.h>
#include <mqueue.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "bench.h"

struct channel;

/**
 * struct channel_type - one kind of channel
 * @connect: fills in the descriptors
 * @send: sends a message
 * @receive: receives a message of a known size
 */
struct channel_type {
	void (*connect)(struct channel *channel);
	void (*send)(int fd, const char *data, size_t size);
	void (*receive)(int fd, char *data, size_t size);
};

/**
 * struct channel - both directions
 * @type: what they are
 * @request: to the other side: end to receive from, end to send to
 * @answer: to this side, likewise
 * @size: bytes of a request
 * @answer_size: bytes of the answer
 * @data: what is sent and where it is received
 */
struct channel {
	const struct channel_type *type;
	int request[2];
	int answer[2];
	size_t size;
	size_t answer_size;
	char *data;
};

static void write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t ret = write(fd, data, size);

		CHECK(ret > 0);
		data += ret;
		size -= ret;
	}
}

static void read_all(int fd, char *data, size_t size)
{
	while (size) {
		ssize_t ret = read(fd, data, size);

		CHECK(ret > 0);
		data += ret;
		size -= ret;
	}
}

static void connect_pipe(struct channel *channel)
{
	CHECK(!pipe(channel->request));
	CHECK(!pipe(channel->answer));
}

static const struct channel_type pipe_type = {
	.connect = connect_pipe,
	.send = write_all,
	.receive = read_all,
};

/* A pair of sockets is one direction and its opposite. */
static void connect_sockets(struct channel *channel, int type)
{
	int limit = channel->size * 2 + 212992;
	int pair[2];
	int i;

	CHECK(!socketpair(AF_UNIX, type, 0, pair));
	for (i = 0; i < 2 && channel->size > BENCH_ECHO_MAX; i++)
		CHECK(!setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &limit,
				  sizeof(limit)));
	channel->request[1] = pair[0];
	channel->request[0] = pair[1];
	channel->answer[1] = pair[1];
	channel->answer[0] = pair[0];
}

static void connect_seqpacket(struct channel *channel)
{
	connect_sockets(channel, SOCK_SEQPACKET);
}

static void send_packet(int fd, const char *data, size_t size)
{
	CHECK(send(fd, data, size, 0) == (ssize_t)size);
}

static void receive_packet(int fd, char *data, size_t size)
{
	CHECK(recv(fd, data, size, 0) == (ssize_t)size);
}

static const struct channel_type seqpacket_type = {
	.connect = connect_seqpacket,
	.send = send_packet,
	.receive = receive_packet,
};

static void connect_stream(struct channel *channel)
{
	connect_sockets(channel, SOCK_STREAM);
}

static const struct channel_type stream_type = {
	.connect = connect_stream,
	.send = write_all,
	.receive = read_all,
};

static int open_queue(const char *name, size_t size)
{
	struct mq_attr attr = { .mq_maxmsg = 10, .mq_msgsize = size };
	mqd_t queue;

	mq_unlink(name);
	queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	CHECK(queue >= 0);
	CHECK(!mq_unlink(name));
	return queue;
}

/* The limits of an ordinary user are below the sizes that are measured. */
static void connect_queues(struct channel *channel)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	CHECK(!setrlimit(RLIMIT_MSGQUEUE, &limit));
	channel->request[0] = open_queue("/machbench-request", channel->size);
	channel->request[1] = channel->request[0];
	channel->answer[0] = open_queue("/machbench-answer",
					channel->answer_size);
	channel->answer[1] = channel->answer[0];
}

static void enqueue(int fd, const char *data, size_t size)
{
	CHECK(!mq_send(fd, data, size, 0));
}

static void dequeue(int fd, char *data, size_t size)
{
	CHECK(mq_receive(fd, data, size, NULL) == (ssize_t)size);
}

static const struct channel_type queue_type = {
	.connect = connect_queues,
	.send = enqueue,
	.receive = dequeue,
};

static void prepare(struct channel *channel, const void *type, size_t size)
{
	channel->type = type;
	channel->size = size;
	channel->answer_size = size > BENCH_ECHO_MAX ? BENCH_ANSWER : size;
	channel->data = bench_memory(size);
	channel->type->connect(channel);
}

static void call(void *arg)
{
	struct channel *channel = arg;
	const struct channel_type *type = channel->type;

	type->send(channel->request[1], channel->data, channel->size);
	type->receive(channel->answer[0], channel->data, channel->answer_size);
}

static void answer(void *arg)
{
	struct channel *channel = arg;
	const struct channel_type *type = channel->type;

	for (;;) {
		type->receive(channel->request[0], channel->data,
			      channel->size);
		type->send(channel->answer[1], channel->data,
			   channel->answer_size);
	}
}

static void rpc(const struct bench_case *bench, size_t size)
{
	struct channel channel;

	prepare(&channel, bench->arg, size);
	bench_fork(answer, &channel);
	bench_measure(call, &channel, 1);
}

static void receive_one(void *arg)
{
	struct channel *channel = arg;

	channel->type->receive(channel->request[0], channel->data,
			       channel->size);
}

static void send_forever(void *arg)
{
	struct channel *channel = arg;

	for (;;)
		channel->type->send(channel->request[1], channel->data,
				    channel->size);
}

static void oneway(const struct bench_case *bench, size_t size)
{
	struct channel channel;

	prepare(&channel, bench->arg, size);
	bench_fork(send_forever, &channel);
	bench_measure_flow(receive_one, &channel);
}

const struct bench_case bench_channel_cases[] = {
	{ .name = "pipe", .run = rpc, .arg = &pipe_type },
	{ .name = "seqpacket", .run = rpc, .arg = &seqpacket_type },
	{ .name = "stream", .run = rpc, .arg = &stream_type },
	{ .name = "mq", .run = rpc, .arg = &queue_type },
	{ .name = "pipe-oneway", .run = oneway, .arg = &pipe_type },
	{ .name = "seqpacket-oneway", .run = oneway, .arg = &seqpacket_type },
	{ .name = "stream-oneway", .run = oneway, .arg = &stream_type },
	{ .name = "mq-oneway", .run = oneway, .arg = &queue_type },
	{ }
};
