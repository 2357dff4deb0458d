// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/*
 * Opening the door, noticing that it is lost, and saying what is missing.
 *
 * There is no lock: a fork while another thread holds one would leave it held
 * in the child for ever. Threads that open at the same time agree on one
 * descriptor by compare and exchange, and the others close theirs, which does
 * no harm while one door is open.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "device.h"

#define DEVICE	"/dev/machipc"
#define NO_DOOR	(-1)

int machipc_door = NO_DOOR;
static int old_door = NO_DOOR;
static dev_t door_number;	/* Written before the first door is published */
static unsigned int generation;

unsigned int machipc_generation(void)
{
	return __atomic_load_n(&generation, __ATOMIC_RELAXED);
}

static void forget_names(void)
{
	__atomic_store_n(&mach_task_self_, MACH_PORT_NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&bootstrap_port, MACH_PORT_NULL, __ATOMIC_RELAXED);
	__atomic_add_fetch(&generation, 1, __ATOMIC_RELAXED);
}

/* One process says one thing once, whichever thread finds out first. */
static bool say_once(void)
{
	static int said;

	return !__atomic_exchange_n(&said, 1, __ATOMIC_RELAXED);
}

static const char *remedy(int ret)
{
	switch (ret) {
	case -ENOENT:
		if (!access("/sys/class/machipc/machipc", F_OK))
			return "the module is loaded: pass the device into this container";
		return "load the module, as root: modprobe machipc";
	case -ENXIO:
	case -ENODEV:
		return "load the module, as root: modprobe machipc";
	case -EACCES:
		return "its mode should be 0666, as the module sets it";
	case -EUSERS:
		return "this user has as many port spaces as the limit allows";
	default:
		return "see machipc(4)";
	}
}

/* These return @ret, so that a caller fails and explains in one statement. */
static int cannot_open(int ret)
{
	if (say_once())
		dprintf(STDERR_FILENO, "libmachipc: cannot open " DEVICE ": %s: %s\n",
			strerror(-ret), remedy(ret));
	return ret;
}

static int wrong_version(unsigned int version)
{
	if (say_once())
		dprintf(STDERR_FILENO,
			"libmachipc: the machipc module has interface version %u, not %u: load the one that belongs to this library\n",
			version, MACHIPC_ABI_VERSION);
	return -EPROTONOSUPPORT;
}

static int too_old(int ret)
{
	if (say_once())
		dprintf(STDERR_FILENO,
			"libmachipc: the machipc module is too old (%s): load the one that belongs to this library\n",
			strerror(-ret));
	return ret;
}

/*
 * A program that closes descriptors wholesale and opens others may have put
 * something else in the door's place. That is neither asked nor closed.
 */
static bool is_door(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISCHR(st.st_mode) &&
	       st.st_rdev == __atomic_load_n(&door_number, __ATOMIC_RELAXED);
}

static int check_version(int fd)
{
	struct machipc_query query = { .size = sizeof(query) };

	if (ioctl(fd, MACHIPC_IOC_QUERY, &query))
		return too_old(-errno);
	if (query.out_abi_version != MACHIPC_ABI_VERSION)
		return wrong_version(query.out_abi_version);
	return 0;
}

static int open_device(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	int high;

	if (fd < 0)
		/* From open() it is the device controller of a container. */
		return cannot_open(errno == EPERM ? -EACCES : -errno);
	if (fd > STDERR_FILENO)
		return fd;

	/* Below, it would be taken for a standard stream, and be replaced. */
	high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (high < 0)
		high = -errno;
	close(fd);
	return high;
}

/*
 * A door that leads nowhere is kept until another one is open: by that of its
 * parent, a child gets the special ports of the parent although it has exited.
 */
static void set_old_door(int fd, int in_use)
{
	int before = __atomic_exchange_n(&old_door, fd, __ATOMIC_ACQ_REL);

	if (before >= 0 && before != in_use && is_door(before))
		close(before);
}

/* Returns the door of this process, opening one if there is none. */
static int open_door(void)
{
	struct stat st;
	int current = NO_DOOR;
	int fd, ret;

	fd = open_device();
	if (fd < 0)
		return fd;
	ret = fstat(fd, &st) ? -errno : check_version(fd);
	if (ret) {
		close(fd);
		return ret;
	}
	__atomic_store_n(&door_number, st.st_rdev, __ATOMIC_RELAXED);
	if (__atomic_compare_exchange_n(&machipc_door, &current, fd, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		set_old_door(NO_DOOR, fd);
		return fd;
	}
	close(fd);
	return current;
}

/* Gives up a door that leads nowhere, unless another thread has done so. */
static void leave_door(int fd)
{
	int current = fd;

	if (!__atomic_compare_exchange_n(&machipc_door, &current, NO_DOOR, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	forget_names();
	set_old_door(fd, fd);
}

/* The child's own door is opened by its first call. */
static void leave_door_in_child(void)
{
	int fd = __atomic_load_n(&machipc_door, __ATOMIC_RELAXED);

	if (fd >= 0)
		leave_door(fd);
}

__attribute__((constructor)) static void watch_fork(void)
{
	pthread_atfork(NULL, NULL, leave_door_in_child);
}

/*
 * Whether @fd, on which a command failed, is no door of this process: it is
 * that of a parent from which the process was cloned without fork(), or it was
 * closed behind the library's back.
 */
static bool is_lost(int fd, int ret)
{
	switch (ret) {
	case -ESTALE:
	case -EBADF:
		return true;
	case -ENOTTY:
	case -EINVAL:
		return !is_door(fd);
	default:
		return false;
	}
}

/* Names in the arguments are those of another space and must not be used. */
static bool has_no_names(unsigned long cmd)
{
	return cmd == MACHIPC_IOC_SELF || cmd == MACHIPC_IOC_REPLY_PORT ||
	       cmd == MACHIPC_IOC_QUERY;
}

static int call_new_door(unsigned long cmd, void *arg)
{
	int fd = open_door();

	if (fd < 0)
		return fd;
	return ioctl(fd, cmd, arg) ? -errno : 0;
}

static int call_failed(int fd, unsigned long cmd, void *arg, int ret)
{
	if (is_lost(fd, ret)) {
		leave_door(fd);
		if (!has_no_names(cmd))
			return -ESTALE;
		ret = call_new_door(cmd, arg);
	}
	if (ret == -ENOTTY || ret == -EINVAL || ret == -E2BIG)
		return too_old(ret);
	return ret;
}

int machipc_call_again(int fd, unsigned long cmd, void *arg)
{
	if (fd >= 0)
		return call_failed(fd, cmd, arg, -errno);
	fd = open_door();
	if (fd < 0)
		return fd;
	return ioctl(fd, cmd, arg) ? call_failed(fd, cmd, arg, -errno) : 0;
}

kern_return_t machipc_call_error(int ret)
{
	switch (ret) {
	case -ESTALE:
		/* The task argument was a name of the other space. */
		return MACH_SEND_INVALID_DEST;
	case -EFAULT:
		return KERN_INVALID_ADDRESS;
	case -EPERM:
		return KERN_NO_ACCESS;
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
	case -EUSERS:
		return KERN_RESOURCE_SHORTAGE;
	case -ENOTTY:
	case -EINVAL:
	case -E2BIG:
	case -EOPNOTSUPP:
	case -EPROTONOSUPPORT:
		return KERN_NOT_SUPPORTED;
	default:
		return KERN_FAILURE;
	}
}
