// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors: the doors to the space, and what is polled.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

int fuzz_open_door(void)
{
	return open(FUZZ_DEVICE, O_RDWR | O_CLOEXEC);
}

/* The first door is there most of the time. */
int fuzz_door(struct fuzz_worker *w)
{
	int fd = __atomic_load_n(&fuzz_process.door[fuzz_below(w, FUZZ_DOORS)],
				 __ATOMIC_RELAXED);

	return fd < 0 ? fuzz_process.door[0] : fd;
}

static void hang(int *place, int fd)
{
	fd = __atomic_exchange_n(place, fd, __ATOMIC_RELAXED);
	if (fd >= 0)
		close(fd);
}

void fuzz_hang_door(int which, int fd)
{
	hang(&fuzz_process.door[which], fd);
}

void fuzz_hang_watch(struct fuzz_worker *w, int fd)
{
	hang(&fuzz_process.watch[fuzz_below(w, FUZZ_WATCHES)], fd);
}

static int other_door(struct fuzz_worker *w)
{
	return 1 + fuzz_below(w, FUZZ_DOORS - 1);
}

static int pick_watch(struct fuzz_worker *w)
{
	uint32_t which = fuzz_below(w, FUZZ_WATCHES);

	return __atomic_load_n(&fuzz_process.watch[which], __ATOMIC_RELAXED);
}

void fuzz_close_all(void)
{
	for (int i = 0; i < FUZZ_WATCHES; i++)
		hang(&fuzz_process.watch[i], -1);
	for (int i = FUZZ_DOORS - 1; i >= 0; i--)
		hang(&fuzz_process.door[i], -1);
	hang(&fuzz_process.epoll, -1);
}

void fuzz_open(struct fuzz_worker *w)
{
	fuzz_hang_door(other_door(w), fuzz_open_door());
}

void fuzz_close(struct fuzz_worker *w)
{
	fuzz_hang_door(other_door(w), -1);
}

void fuzz_dup(struct fuzz_worker *w)
{
	fuzz_hang_door(other_door(w), dup(fuzz_door(w)));
}

/* The space dies with its last door, and there is a new one. */
void fuzz_leave(struct fuzz_worker *w)
{
	for (int i = FUZZ_DOORS - 1; i >= 0; i--)
		fuzz_hang_door(i, -1);
	fuzz_hang_door(0, fuzz_open_door());
	fuzz_self(w);
}

/* A descriptor of a right of a name, which can be polled. */
void fuzz_watch(struct fuzz_worker *w)
{
	struct machipc_port_op arg = {
		.size = sizeof(arg),
		.task = fuzz_task(w),
		.arg = fuzz_one_of(w, 0, 0, 1, 1, 1, 3, 3, 2, 4),
	};

	arg.name = fuzz_name(w, arg.arg);
	if (!fuzz_issue(w, MACHIPC_IOC_PORT_WATCH, &arg, sizeof(arg), true))
		return;
	fuzz_check_kr(MACHIPC_IOC_PORT_WATCH, arg.out_kr);
	if (arg.out_kr == KERN_SUCCESS)
		fuzz_hang_watch(w, arg.out);
}

static void use_epoll(struct fuzz_worker *w, int fd)
{
	struct epoll_event event = {
		.events = fuzz_one_of(w, EPOLLIN, EPOLLOUT,
				      EPOLLIN | EPOLLOUT | EPOLLET,
				      EPOLLIN | EPOLLET | EPOLLONESHOT),
		.data.fd = fd,
	};
	struct epoll_event events[4];

	if (fuzz_process.epoll < 0)
		hang(&fuzz_process.epoll, epoll_create1(EPOLL_CLOEXEC));
	epoll_ctl(fuzz_process.epoll, fuzz_one_of(w, EPOLL_CTL_ADD,
						  EPOLL_CTL_ADD, EPOLL_CTL_MOD,
						  EPOLL_CTL_DEL), fd, &event);
	epoll_wait(fuzz_process.epoll, events, 4,
		   w->alone ? 0 : fuzz_one_of(w, 0, 0, 5));
}

void fuzz_poll(struct fuzz_worker *w)
{
	struct pollfd poll_fd = {
		.fd = fuzz_once_in(w, 2) ? fuzz_door(w) : pick_watch(w),
		.events = fuzz_one_of(w, POLLIN, POLLIN | POLLOUT, 0x7fff),
	};

	if (fuzz_once_in(w, 2))
		use_epoll(w, poll_fd.fd);
	else
		poll(&poll_fd, 1, w->alone ? 0 : fuzz_one_of(w, 0, 0, 5));
}

static void read_text(const char *format, int fd)
{
	char path[80], text[200];

	snprintf(path, sizeof(path), format, fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
}

/* What else a program may try with a descriptor. */
void fuzz_other_call(struct fuzz_worker *w)
{
	int fd = fuzz_below(w, 3) ? fuzz_door(w) : pick_watch(w);
	char byte = 0;

	if (fd < 0)
		return;
	switch (fuzz_below(w, 8)) {
	case 0:
		if (read(fd, &byte, 1) >= 0)
			fuzz_complain("# read() succeeds");
		break;
	case 1:
		if (write(fd, &byte, 1) >= 0)
			fuzz_complain("# write() succeeds");
		break;
	case 2:
		if (mmap(NULL, FUZZ_PAGE, PROT_READ, MAP_SHARED, fd, 0) !=
		    MAP_FAILED)
			fuzz_complain("# mmap() succeeds");
		break;
	case 3:
		fcntl(fd, F_SETFL, fuzz_one_of(w, 0, O_NONBLOCK));
		break;
	case 4:
		ioctl(fd, fuzz_one_of(w, MACHIPC_IOC_QUERY, MACHIPC_IOC_MSG),
		      fuzz_bad_address(w));
		break;
	case 5:
		read_text("/proc/self/fdinfo/%d", fd);
		break;
	case 6:
		read_text("/sys/class/machipc/machipc/objects/ports", fd);
		read_text("/proc/self/maps", fd);
		break;
	default:
		lseek(fd, fuzz_word(w), fuzz_below(w, 5));
	}
}

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

void fuzz_pass(struct fuzz_worker *w)
{
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union control control = {
		.head.cmsg_len = CMSG_LEN(sizeof(int)),
		.head.cmsg_level = SOL_SOCKET,
		.head.cmsg_type = SCM_RIGHTS,
	};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd = fuzz_below(w, 3) ? fuzz_door(w) : pick_watch(w);

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	sendmsg(fuzz_process.sock[0], &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Uses a descriptor that some process has passed on, most likely another. */
void fuzz_take(struct fuzz_worker *w)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union control control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(fuzz_process.sock[1], &msg,
		    MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1 ||
	    !CMSG_FIRSTHDR(&msg))
		return;
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	if (fuzz_once_in(w, 2)) {
		fuzz_hang_watch(w, fd);
		fuzz_poll(w);
		return;
	}
	fuzz_hang_door(other_door(w), fd);
	fuzz_self(w);
	fuzz_query(w);
	fuzz_close(w);
}

