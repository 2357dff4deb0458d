// SPDX-License-Identifier: GPL-2.0
/*
 * A descriptor in each request, over a socket: what Linux has for passing a
 * right on. The receiver closes it.
 */
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "bench.h"

/**
 * struct passage - both ends and what passes
 * @client: its end
 * @server: its end
 * @fd: what is sent
 */
struct passage {
	int client;
	int server;
	int fd;
};

/* A message with room for one descriptor. */
struct packet {
	struct msghdr header;
	struct iovec data;
	char bytes[BENCH_ANSWER];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
};

static void prepare(struct packet *packet)
{
	packet->data = (struct iovec) { packet->bytes, sizeof(packet->bytes) };
	packet->header = (struct msghdr) {
		.msg_iov = &packet->data,
		.msg_iovlen = 1,
		.msg_control = packet->control.bytes,
		.msg_controllen = sizeof(packet->control.bytes),
	};
}

static void send_fd(int to, int fd)
{
	struct packet packet;

	prepare(&packet);
	packet.control.header = (struct cmsghdr) {
		.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
	};
	memcpy(CMSG_DATA(&packet.control.header), &fd, sizeof(fd));
	CHECK(sendmsg(to, &packet.header, 0) == sizeof(packet.bytes));
}

static int receive_fd(int from)
{
	struct packet packet;
	int fd;

	prepare(&packet);
	CHECK(recvmsg(from, &packet.header, 0) == sizeof(packet.bytes));
	CHECK(packet.header.msg_controllen == sizeof(packet.control.bytes));
	memcpy(&fd, CMSG_DATA(&packet.control.header), sizeof(fd));
	return fd;
}

static void call(void *arg)
{
	struct passage *passage = arg;
	char bytes[BENCH_ANSWER];

	send_fd(passage->client, passage->fd);
	CHECK(recv(passage->client, bytes, sizeof(bytes), 0) == sizeof(bytes));
}

static void answer(void *arg)
{
	struct passage *passage = arg;
	char bytes[BENCH_ANSWER] = { 0 };

	for (;;) {
		CHECK(!close(receive_fd(passage->server)));
		CHECK(send(passage->server, bytes, sizeof(bytes), 0) ==
		      sizeof(bytes));
	}
}

static void pass_fd(const struct bench_case *bench, size_t size)
{
	struct passage passage = { .fd = eventfd(0, EFD_CLOEXEC) };
	int pair[2];

	CHECK(passage.fd >= 0);
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	passage.client = pair[0];
	passage.server = pair[1];
	bench_fork(answer, &passage);
	bench_measure(call, &passage, 1);
}

const struct bench_case bench_fd_cases[] = {
	{ .name = "seqpacket-fd", .run = pass_fd },
	{ }
};
