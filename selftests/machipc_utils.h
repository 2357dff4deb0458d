/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests share: a thin wrapper for each command of /dev/machipc, the
 * messages and rights that many tests need, threads and processes that can be
 * waited for, and the check that no test leaves an object behind.
 *
 * A test process has one space, so the wrappers know the descriptor. They
 * return the Mach result; when the call itself fails they return
 * CALL_ERROR(errno), which is no Mach result.
 */
#ifndef MACHIPC_UTILS_H
#define MACHIPC_UTILS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/machipc.h>
#include <linux/sched.h>
#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>
#include <mach/port.h>

#include "kselftest_harness.h"

#define MACHIPC_DEVICE	"/dev/machipc"
#define MACHIPC_PARAMETERS	"/sys/module/machipc/parameters"
#define MACHIPC_OBJECTS	"/sys/class/machipc/machipc/objects"

#define TEST_POISON	0xdeadbeefU
#define CALL_ERROR(err)	(-1000000 - (err))

#ifndef TASK_BOOTSTRAP_PORT
#define TASK_BOOTSTRAP_PORT	4
#endif

/*
 * Every wait of a test ends after this time, in milliseconds. Only a test that
 * fails waits so long: a kernel that checks itself may be on a busy machine.
 */
#define TEST_PATIENCE	20000

/* The limit, in seconds, of a test that does something very often. */
#define TEST_SLOW	300

static inline uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static inline void nap(void)
{
	usleep(500);
}

/* The end of some memory: what lies before can be used, what follows not. */
static inline char *memory_edge(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED || mprotect(page + 4096, 4096, PROT_NONE))
		return NULL;
	return page + 4096;
}

/*
 * The counters of live objects. The process that runs the tests reads them
 * before the first one; they are back there before each test and at the end.
 */
#define OBJECTS_MAX	32

struct object_counter {
	char name[32];
	long baseline;
};

static struct object_counter object_counters[OBJECTS_MAX];
static int object_counter_count;
static pid_t object_runner;

/* The value of one counter, -1 if there is none of that name. */
static inline long object_count(const char *name)
{
	char path[300];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), MACHIPC_OBJECTS "/%.100s", name);
	file = fopen(path, "r");
	if (!file)
		return -1;
	if (fscanf(file, "%ld", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

/* How many objects there are more than before the first test. */
static inline long object_excess(const char *name)
{
	for (int i = 0; i < object_counter_count; i++)
		if (!strcmp(object_counters[i].name, name))
			return object_count(name) - object_counters[i].baseline;
	return -1;
}

static inline bool objects_at_baseline(bool tell)
{
	bool good = true;

	for (int i = 0; i < object_counter_count; i++) {
		const struct object_counter *counter = &object_counters[i];
		long value = object_count(counter->name);

		if (value == counter->baseline)
			continue;
		good = false;
		if (tell)
			printf("# objects: %s is %ld, was %ld\n",
			       counter->name, value, counter->baseline);
	}
	return good;
}

/* Objects may be freed after a grace period, so give them time. */
static inline bool objects_settled(void)
{
	uint64_t end = now_ms() + TEST_PATIENCE;

	while (!objects_at_baseline(false)) {
		if (now_ms() > end) {
			objects_at_baseline(true);
			return false;
		}
		nap();
	}
	return true;
}

static void __attribute__((constructor)) objects_read_baseline(void)
{
	DIR *dir = opendir(MACHIPC_OBJECTS);
	struct dirent *entry;

	if (!dir) {
		printf("1..0 # SKIP the module machipc is not loaded\n");
		fflush(stdout);
		_exit(KSFT_SKIP);
	}
	while (object_counter_count < OBJECTS_MAX && (entry = readdir(dir))) {
		struct object_counter *counter;

		if (entry->d_name[0] == '.')
			continue;
		counter = &object_counters[object_counter_count++];
		snprintf(counter->name, sizeof(counter->name), "%.31s",
			 entry->d_name);
		counter->baseline = object_count(counter->name);
	}
	closedir(dir);
	object_runner = getpid();
}

static void __attribute__((destructor)) objects_check_baseline(void)
{
	if (getpid() != object_runner || objects_settled())
		return;
	printf("# objects: the last test left some behind\n");
	fflush(stdout);
	_exit(KSFT_FAIL);
}

/* A limit of the module; 0 if it cannot be read. */
static inline unsigned long parameter_read(const char *name)
{
	unsigned long value = 0;
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), MACHIPC_PARAMETERS "/%.100s", name);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%lu", &value) != 1)
		value = 0;
	fclose(file);
	return value;
}

/* Replaces what the file holds, in one write(), as files of the kernel need. */
static inline bool file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ssize_t length = strlen(text);
	bool good;

	if (fd < 0)
		return false;
	good = write(fd, text, length) == length;
	return !close(fd) && good;
}

static inline bool parameter_write(const char *name, unsigned long value)
{
	char path[300], text[24];

	snprintf(path, sizeof(path), MACHIPC_PARAMETERS "/%.100s", name);
	snprintf(text, sizeof(text), "%lu\n", value);
	return file_write(path, text);
}

/* The space of this process. */
static int machipc_fd = -1;
static mach_port_name_t machipc_task;

/* Opens the device anew: in a forked child, this makes its own space. */
static inline int space_open(void)
{
	machipc_task = MACH_PORT_NULL;
	machipc_fd = open(MACHIPC_DEVICE, O_RDWR | O_CLOEXEC);
	return machipc_fd < 0 ? -errno : 0;
}

static inline int space_close(void)
{
	int ret = close(machipc_fd);

	machipc_fd = -1;
	return ret ? -errno : 0;
}

static inline int machipc_ioctl(unsigned long cmd, void *arg)
{
	return ioctl(machipc_fd, cmd, arg) ? -errno : 0;
}

/* One more user reference of a right to oneself, MACHIPC_SELF_*. */
static inline mach_port_name_t self_port(uint32_t which)
{
	struct machipc_self arg = {
		.size = sizeof(arg),
		.which = which,
		.out_name = TEST_POISON,
	};

	if (machipc_ioctl(MACHIPC_IOC_SELF, &arg))
		return MACH_PORT_NULL;
	return arg.out_name;
}

/* The name of the own task, taken at its first use. */
static inline mach_port_name_t self_task(void)
{
	if (machipc_task == MACH_PORT_NULL)
		machipc_task = self_port(MACHIPC_SELF_TASK);
	return machipc_task;
}

static inline mach_port_name_t reply_port(void)
{
	struct machipc_reply_port arg = {
		.size = sizeof(arg),
		.out_name = TEST_POISON,
	};

	if (machipc_ioctl(MACHIPC_IOC_REPLY_PORT, &arg))
		return MACH_PORT_NULL;
	return arg.out_name;
}

/*
 * The calls on names. The forms that end in _as take the task; the others mean
 * the own one. Outputs are left alone unless the result is KERN_SUCCESS.
 */
static inline kern_return_t
port_call_as(mach_port_name_t task, unsigned long cmd, mach_port_name_t name,
	     uint32_t arg, uint64_t value, uint64_t *out)
{
	struct machipc_port_op port = {
		.size = sizeof(port),
		.task = task,
		.name = name,
		.arg = arg,
		.value = value,
		.out_kr = TEST_POISON,
	};
	int ret = machipc_ioctl(cmd, &port);

	if (ret)
		return CALL_ERROR(-ret);
	if (port.out_kr == KERN_SUCCESS && out)
		*out = port.out;
	return port.out_kr;
}

static inline kern_return_t
port_call(unsigned long cmd, mach_port_name_t name, uint32_t arg,
	  uint64_t value, uint64_t *out)
{
	return port_call_as(self_task(), cmd, name, arg, value, out);
}

static inline kern_return_t port_destroy(mach_port_name_t name)
{
	return port_call(MACHIPC_IOC_PORT_DESTROY, name, 0, 0, NULL);
}

static inline kern_return_t port_deallocate(mach_port_name_t name)
{
	return port_call(MACHIPC_IOC_PORT_DEALLOCATE, name, 0, 0, NULL);
}

static inline kern_return_t
port_mod_refs(mach_port_name_t name, mach_port_right_t right,
	      mach_port_delta_t delta)
{
	return port_call(MACHIPC_IOC_PORT_MOD_REFS, name, right,
			 (int64_t)delta, NULL);
}

static inline kern_return_t
port_get_refs(mach_port_name_t name, mach_port_right_t right, uint64_t *refs)
{
	return port_call(MACHIPC_IOC_PORT_GET_REFS, name, right, 0, refs);
}

static inline kern_return_t
port_destruct(mach_port_name_t name, mach_port_delta_t srdelta, uint64_t guard)
{
	return port_call(MACHIPC_IOC_PORT_DESTRUCT, name, (uint32_t)srdelta,
			 guard, NULL);
}

static inline kern_return_t
port_get_type(mach_port_name_t name, uint64_t *type)
{
	return port_call(MACHIPC_IOC_PORT_TYPE, name, 0, 0, type);
}

static inline kern_return_t
port_insert_member(mach_port_name_t name, mach_port_name_t pset)
{
	return port_call(MACHIPC_IOC_PORT_INSERT_MEMBER, name, pset, 0, NULL);
}

static inline kern_return_t
port_extract_member(mach_port_name_t name, mach_port_name_t pset)
{
	return port_call(MACHIPC_IOC_PORT_EXTRACT_MEMBER, name, pset, 0, NULL);
}

static inline kern_return_t
port_move_member(mach_port_name_t name, mach_port_name_t pset)
{
	return port_call(MACHIPC_IOC_PORT_MOVE_MEMBER, name, pset, 0, NULL);
}

static inline kern_return_t
port_get_context(mach_port_name_t name, uint64_t *context)
{
	return port_call(MACHIPC_IOC_PORT_GET_CONTEXT, name, 0, 0, context);
}

static inline kern_return_t
port_set_context(mach_port_name_t name, uint64_t context)
{
	return port_call(MACHIPC_IOC_PORT_SET_CONTEXT, name, 0, context, NULL);
}

static inline kern_return_t
port_guard(mach_port_name_t name, uint64_t guard, bool strict)
{
	return port_call(MACHIPC_IOC_PORT_GUARD, name, strict, guard, NULL);
}

static inline kern_return_t
port_unguard(mach_port_name_t name, uint64_t guard)
{
	return port_call(MACHIPC_IOC_PORT_UNGUARD, name, 0, guard, NULL);
}

static inline kern_return_t
port_set_mscount(mach_port_name_t name, mach_port_mscount_t mscount)
{
	return port_call(MACHIPC_IOC_PORT_SET_MSCOUNT, name, mscount, 0, NULL);
}

static inline kern_return_t
port_set_seqno(mach_port_name_t name, mach_port_seqno_t seqno)
{
	return port_call(MACHIPC_IOC_PORT_SET_SEQNO, name, seqno, 0, NULL);
}

static inline kern_return_t
port_get_srights(mach_port_name_t name, uint64_t *srights)
{
	return port_call(MACHIPC_IOC_PORT_GET_SRIGHTS, name, 0, 0, srights);
}

static inline kern_return_t
port_allocate_as(mach_port_name_t task, mach_port_right_t right,
		 mach_port_name_t *name)
{
	struct machipc_port_allocate arg = {
		.size = sizeof(arg),
		.task = task,
		.right = right,
		.out_name = TEST_POISON,
		.out_kr = TEST_POISON,
	};
	int ret = machipc_ioctl(MACHIPC_IOC_PORT_ALLOCATE, &arg);

	if (ret)
		return CALL_ERROR(-ret);
	if (arg.out_kr == KERN_SUCCESS)
		*name = arg.out_name;
	return arg.out_kr;
}

static inline kern_return_t
port_allocate(mach_port_right_t right, mach_port_name_t *name)
{
	return port_allocate_as(self_task(), right, name);
}

static inline kern_return_t
port_allocate_name(mach_port_right_t right, mach_port_name_t name)
{
	struct machipc_port_allocate arg = {
		.size = sizeof(arg),
		.task = self_task(),
		.right = right,
		.flags = MACHIPC_ALLOCATE_NAME,
		.name = name,
		.out_kr = TEST_POISON,
	};
	int ret = machipc_ioctl(MACHIPC_IOC_PORT_ALLOCATE, &arg);

	return ret ? CALL_ERROR(-ret) : arg.out_kr;
}

static inline kern_return_t
port_construct(uint32_t flags, uint32_t qlimit, uint64_t context,
	       mach_port_name_t *name)
{
	struct machipc_port_construct arg = {
		.size = sizeof(arg),
		.task = self_task(),
		.flags = flags,
		.qlimit = qlimit,
		.context = context,
		.out_name = TEST_POISON,
		.out_kr = TEST_POISON,
	};
	int ret = machipc_ioctl(MACHIPC_IOC_PORT_CONSTRUCT, &arg);

	if (ret)
		return CALL_ERROR(-ret);
	if (arg.out_kr == KERN_SUCCESS)
		*name = arg.out_name;
	return arg.out_kr;
}

/* A port descriptor for the @right of @name. */
static inline kern_return_t
port_watch(mach_port_name_t name, mach_port_right_t right, int *fd)
{
	uint64_t out = TEST_POISON;
	kern_return_t kr = port_call(MACHIPC_IOC_PORT_WATCH, name, right, 0,
				     &out);

	if (kr == KERN_SUCCESS)
		*fd = out;
	return kr;
}

/* @count: the capacity of both arrays, then the number of names. */
static inline kern_return_t
port_names(mach_port_name_t *names, mach_port_type_t *types, uint32_t *count)
{
	struct machipc_port_list arg = {
		.size = sizeof(arg),
		.task = self_task(),
		.capacity = *count,
		.names = (uintptr_t)names,
		.types = (uintptr_t)types,
		.out_count = TEST_POISON,
		.out_kr = TEST_POISON,
	};
	int ret = machipc_ioctl(MACHIPC_IOC_PORT_NAMES, &arg);

	if (ret)
		return CALL_ERROR(-ret);
	if (arg.out_kr == KERN_SUCCESS)
		*count = arg.out_count;
	return arg.out_kr;
}

static inline kern_return_t
port_get_set_status(mach_port_name_t pset, mach_port_name_t *members,
		    uint32_t *count)
{
	struct machipc_port_list arg = {
		.size = sizeof(arg),
		.task = self_task(),
		.name = pset,
		.capacity = *count,
		.names = (uintptr_t)members,
		.out_count = TEST_POISON,
		.out_kr = TEST_POISON,
	};
	int ret = machipc_ioctl(MACHIPC_IOC_PORT_GET_SET_STATUS, &arg);

	if (ret)
		return CALL_ERROR(-ret);
	if (arg.out_kr == KERN_SUCCESS)
		*count = arg.out_count;
	return arg.out_kr;
}

static inline kern_return_t
port_right_call(unsigned long cmd, struct machipc_port_right *arg)
{
	int ret;

	arg->size = sizeof(*arg);
	arg->out_poly = TEST_POISON;
	arg->out_disposition = TEST_POISON;
	arg->out_kr = TEST_POISON;
	ret = machipc_ioctl(cmd, arg);
	return ret ? CALL_ERROR(-ret) : arg->out_kr;
}

static inline kern_return_t
port_insert_right(mach_port_name_t name, mach_port_name_t poly,
		  mach_msg_type_name_t disposition)
{
	struct machipc_port_right arg = {
		.task = self_task(),
		.name = name,
		.poly = poly,
		.disposition = disposition,
	};

	return port_right_call(MACHIPC_IOC_PORT_INSERT_RIGHT, &arg);
}

static inline kern_return_t
port_extract_right(mach_port_name_t name, mach_msg_type_name_t disposition,
		   mach_port_name_t *poly, mach_msg_type_name_t *poly_type)
{
	struct machipc_port_right arg = {
		.task = self_task(),
		.name = name,
		.disposition = disposition,
	};
	kern_return_t kr = port_right_call(MACHIPC_IOC_PORT_EXTRACT_RIGHT, &arg);

	if (kr == KERN_SUCCESS) {
		*poly = arg.out_poly;
		if (poly_type)
			*poly_type = arg.out_disposition;
	}
	return kr;
}

static inline kern_return_t
port_request_notification(mach_port_name_t name, mach_msg_id_t id,
			  uint32_t sync, mach_port_name_t notify,
			  mach_msg_type_name_t disposition,
			  mach_port_name_t *previous)
{
	struct machipc_port_request_notification arg = {
		.size = sizeof(arg),
		.task = self_task(),
		.name = name,
		.id = id,
		.sync = sync,
		.notify = notify,
		.disposition = disposition,
		.out_previous = TEST_POISON,
		.out_kr = TEST_POISON,
	};
	int ret = machipc_ioctl(MACHIPC_IOC_PORT_REQUEST_NOTIFICATION, &arg);

	if (ret)
		return CALL_ERROR(-ret);
	if (arg.out_kr == KERN_SUCCESS && previous)
		*previous = arg.out_previous;
	return arg.out_kr;
}

/* Asks for @id about @name, to be sent to the receive right @notify. */
static inline kern_return_t
port_notify(mach_port_name_t name, mach_msg_id_t id, uint32_t sync,
	    mach_port_name_t notify)
{
	return port_request_notification(name, id, sync, notify,
					 MACH_MSG_TYPE_MAKE_SEND_ONCE, NULL);
}

/* @count: words that @info has room for, then words written. */
static inline kern_return_t
port_get_attributes(mach_port_name_t name, int flavor, void *info,
		    uint32_t *count)
{
	struct machipc_port_attributes arg = {
		.size = sizeof(arg),
		.task = self_task(),
		.name = name,
		.flavor = flavor,
		.count = *count,
		.out_count = TEST_POISON,
		.out_kr = TEST_POISON,
	};
	int ret;

	memset(arg.info, 0xa5, sizeof(arg.info));
	ret = machipc_ioctl(MACHIPC_IOC_PORT_GET_ATTRIBUTES, &arg);
	if (ret)
		return CALL_ERROR(-ret);
	if (arg.out_kr == KERN_SUCCESS && arg.out_count <= *count) {
		memcpy(info, arg.info, arg.out_count * 4);
		*count = arg.out_count;
	}
	return arg.out_kr;
}

static inline kern_return_t
port_set_attributes(mach_port_name_t name, int flavor, const void *info,
		    uint32_t count)
{
	struct machipc_port_attributes arg = {
		.size = sizeof(arg),
		.task = self_task(),
		.name = name,
		.flavor = flavor,
		.count = count,
		.out_kr = TEST_POISON,
	};
	int ret;

	if (info)
		memcpy(arg.info, info, count * 4);
	ret = machipc_ioctl(MACHIPC_IOC_PORT_SET_ATTRIBUTES, &arg);
	return ret ? CALL_ERROR(-ret) : arg.out_kr;
}

static inline kern_return_t
port_get_status(mach_port_name_t name, mach_port_status_t *status)
{
	uint32_t count = MACH_PORT_RECEIVE_STATUS_COUNT;

	return port_get_attributes(name, MACH_PORT_RECEIVE_STATUS, status,
				   &count);
}

static inline kern_return_t
port_set_qlimit(mach_port_name_t name, uint32_t qlimit)
{
	return port_set_attributes(name, MACH_PORT_LIMITS_INFO, &qlimit,
				   MACH_PORT_LIMITS_INFO_COUNT);
}

static inline kern_return_t
port_peek(struct machipc_port_peek *arg)
{
	int ret;

	arg->size = sizeof(*arg);
	arg->task = self_task();
	arg->out_kr = TEST_POISON;
	ret = machipc_ioctl(MACHIPC_IOC_PORT_PEEK, arg);
	return ret ? CALL_ERROR(-ret) : arg->out_kr;
}

static inline kern_return_t
task_get_special(int which, mach_port_name_t *name)
{
	uint64_t out = TEST_POISON;
	kern_return_t kr = port_call(MACHIPC_IOC_TASK_GET_SPECIAL_PORT, 0,
				     which, 0, &out);

	if (kr == KERN_SUCCESS)
		*name = out;
	return kr;
}

static inline kern_return_t
task_set_special(int which, mach_port_name_t name,
		 mach_msg_type_name_t disposition)
{
	struct machipc_port_right arg = {
		.task = self_task(),
		.name = which,
		.poly = name,
		.disposition = disposition,
	};

	return port_right_call(MACHIPC_IOC_TASK_SET_SPECIAL_PORT, &arg);
}

/* Makes @name the bootstrap right of processes that have none of their own. */
static inline kern_return_t
domain_set_bootstrap(mach_port_name_t name, mach_msg_type_name_t disposition)
{
	struct machipc_port_right arg = {
		.poly = name,
		.disposition = disposition,
	};

	return port_right_call(MACHIPC_IOC_SET_DOMAIN_BOOTSTRAP, &arg);
}

/* Questions whose answer is wanted as a value; TEST_POISON if there is none. */
static inline uint32_t port_type(mach_port_name_t name)
{
	uint64_t type = TEST_POISON;

	port_get_type(name, &type);
	return type;
}

static inline uint32_t
port_refs(mach_port_name_t name, mach_port_right_t right)
{
	uint64_t refs = TEST_POISON;

	port_get_refs(name, right, &refs);
	return refs;
}

static inline uint32_t port_send_refs(mach_port_name_t name)
{
	return port_refs(name, MACH_PORT_RIGHT_SEND);
}

/* Whether the space has the name; a dead name counts as one. */
static inline bool port_exists(mach_port_name_t name)
{
	uint64_t type;

	return port_get_type(name, &type) == KERN_SUCCESS;
}

static inline mach_port_status_t port_status(mach_port_name_t name)
{
	mach_port_status_t status;

	memset(&status, 0xa5, sizeof(status));
	port_get_status(name, &status);
	return status;
}

static inline uint32_t name_count(void)
{
	uint32_t count = 0;

	return port_names(NULL, NULL, &count) == KERN_SUCCESS ? count :
								TEST_POISON;
}

/* Rights to test with; MACH_PORT_NULL if they cannot be had. */
static inline mach_port_name_t port_new(void)
{
	mach_port_name_t name = MACH_PORT_NULL;

	port_allocate(MACH_PORT_RIGHT_RECEIVE, &name);
	return name;
}

/* A receive right with one send right under the same name. */
static inline mach_port_name_t port_new_send(void)
{
	mach_port_name_t name = port_new();

	if (port_insert_right(name, name, MACH_MSG_TYPE_MAKE_SEND))
		return MACH_PORT_NULL;
	return name;
}

static inline mach_port_name_t pset_new(void)
{
	mach_port_name_t name = MACH_PORT_NULL;

	port_allocate(MACH_PORT_RIGHT_PORT_SET, &name);
	return name;
}

/* A name of its own for a send-once right of the receive right @name. */
static inline mach_port_name_t port_new_send_once(mach_port_name_t name)
{
	mach_port_name_t once = MACH_PORT_NULL;

	port_extract_right(name, MACH_MSG_TYPE_MAKE_SEND_ONCE, &once, NULL);
	return once;
}

/* A dead name with @refs user references. */
static inline mach_port_name_t dead_name_new(uint32_t refs)
{
	mach_port_name_t name = port_new_send();

	if (refs > 1 && port_mod_refs(name, MACH_PORT_RIGHT_SEND, refs - 1))
		return MACH_PORT_NULL;
	if (port_mod_refs(name, MACH_PORT_RIGHT_RECEIVE, -1))
		return MACH_PORT_NULL;
	return name;
}

/* A name that the space has had and has no longer. */
static inline mach_port_name_t stale_name(void)
{
	mach_port_name_t name = port_new();

	return port_destroy(name) ? MACH_PORT_NULL : name;
}

/*
 * Room for each message of the tests with its trailer. The header of a simple
 * message is followed by word[], that of a complex one by count and port[].
 */
struct message {
	mach_msg_header_t head;
	union {
		uint8_t byte[1000];
		uint32_t word[250];
		struct {
			uint32_t count;
			mach_msg_port_descriptor_t port[20];
		};
	};
};

/* A simple message without data. */
static inline void
message_init(struct message *msg, mach_port_name_t remote,
	     mach_msg_type_name_t remote_type, mach_port_name_t local,
	     mach_msg_type_name_t local_type)
{
	memset(msg, 0, sizeof(*msg));
	msg->head.msgh_bits = MACH_MSGH_BITS(remote_type, local_type);
	msg->head.msgh_size = sizeof(msg->head);
	msg->head.msgh_remote_port = remote;
	msg->head.msgh_local_port = local;
}

/* Appends a port descriptor; the first makes the message complex. */
static inline void
message_add_port(struct message *msg, mach_port_name_t name,
		 mach_msg_type_name_t disposition)
{
	mach_msg_port_descriptor_t *port;

	if (!(msg->head.msgh_bits & MACH_MSGH_BITS_COMPLEX)) {
		msg->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		msg->head.msgh_size += sizeof(msg->count);
		msg->count = 0;
	}
	port = &msg->port[msg->count++];
	memset(port, 0, sizeof(*port));
	port->name = name;
	port->disposition = disposition;
	port->type = MACH_MSG_PORT_DESCRIPTOR;
	msg->head.msgh_size += sizeof(*port);
}

/* Where the trailer of a received message starts. */
static inline void *message_trailer(struct message *msg)
{
	return (char *)msg + msg->head.msgh_size;
}

/* The name or count that a notification 65, 66, 70 or 72 carries. */
static inline uint32_t message_notified(const struct message *msg)
{
	return msg->word[2];
}

/* M-28 */
static inline void msg_forbid_internal_result(mach_msg_return_t mr)
{
	switch (mr & ~MACH_MSG_MASK) {
	case MACH_SEND_IN_PROGRESS:
	case MACH_SEND_INVALID_NOTIFY:
	case MACH_SEND_INVALID_TRAILER:
	case MACH_SEND_INVALID_RT_OOL_SIZE:
	case MACH_RCV_IN_PROGRESS:
	case MACH_RCV_INVALID_NOTIFY:
	case MACH_RCV_PORT_DIED:
	case MACH_RCV_IN_SET:
	case MACH_RCV_INVALID_TYPE:
	case MACH_RCV_SCATTER_SMALL:
	case MACH_RCV_INVALID_TRAILER:
	case MACH_RCV_IN_PROGRESS_TIMED:
	case MACH_PEEK_IN_PROGRESS:
	case MACH_PEEK_READY:
		fprintf(stderr, "# mach_msg returned 0x%x\n", mr);
		abort();
	}
}

static inline mach_msg_return_t
msg_overwrite(void *msg, mach_msg_option_t option, mach_msg_size_t send_size,
	      mach_msg_size_t rcv_size, mach_port_name_t rcv_name,
	      mach_msg_timeout_t timeout, void *rcv_msg)
{
	struct machipc_msg arg = {
		.size = sizeof(arg),
		.option = option,
		.msg = (uintptr_t)msg,
		.rcv_msg = (uintptr_t)rcv_msg,
		.send_size = send_size,
		.rcv_size = rcv_size,
		.rcv_name = rcv_name,
		.timeout = timeout,
		.out_result = TEST_POISON,
	};
	int ret = machipc_ioctl(MACHIPC_IOC_MSG, &arg);

	if (ret)
		return CALL_ERROR(-ret);
	msg_forbid_internal_result(arg.out_result);
	return arg.out_result;
}

static inline mach_msg_return_t
msg_trap(void *msg, mach_msg_option_t option, mach_msg_size_t send_size,
	 mach_msg_size_t rcv_size, mach_port_name_t rcv_name,
	 mach_msg_timeout_t timeout)
{
	return msg_overwrite(msg, option, send_size, rcv_size, rcv_name,
			     timeout, NULL);
}

/* Sends without waiting. */
static inline mach_msg_return_t msg_send(struct message *msg)
{
	return msg_trap(msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
			msg->head.msgh_size, 0, MACH_PORT_NULL, 0);
}

/* Sends a message that is only a header; @type as for a remote port. */
static inline mach_msg_return_t
msg_send_id(mach_port_name_t name, mach_msg_type_name_t type, mach_msg_id_t id)
{
	struct message msg;

	message_init(&msg, name, type, MACH_PORT_NULL, 0);
	msg.head.msgh_id = id;
	return msg_send(&msg);
}

/* Sends a right alone. */
static inline mach_msg_return_t
msg_send_right(mach_port_name_t name, mach_msg_type_name_t type,
	       mach_port_name_t right, mach_msg_type_name_t disposition)
{
	struct message msg;

	message_init(&msg, name, type, MACH_PORT_NULL, 0);
	message_add_port(&msg, right, disposition);
	return msg_send(&msg);
}

/* Receives into a poisoned buffer, with options and a timeout of one's own. */
static inline mach_msg_return_t
msg_receive_option(mach_port_name_t name, struct message *msg,
		   mach_msg_option_t option, mach_msg_timeout_t timeout)
{
	memset(msg, 0xa5, sizeof(*msg));
	return msg_trap(msg, MACH_RCV_MSG | option, 0, sizeof(*msg), name,
			timeout);
}

/* Receives without waiting. */
static inline mach_msg_return_t
msg_receive(mach_port_name_t name, struct message *msg)
{
	return msg_receive_option(name, msg, MACH_RCV_TIMEOUT, 0);
}

/* Receives a message that another thread or process is about to send. */
static inline mach_msg_return_t
msg_receive_wait(mach_port_name_t name, struct message *msg)
{
	return msg_receive_option(name, msg, MACH_RCV_TIMEOUT, TEST_PATIENCE);
}

/* The id of the next message, which is thrown away; -1 if there is none. */
static inline mach_msg_id_t msg_receive_id(mach_port_name_t name)
{
	struct message msg;

	if (msg_receive(name, &msg))
		return -1;
	return msg.head.msgh_id;
}

/* Fills the queue of @name, a receive right, up to its limit. */
static inline bool port_fill(mach_port_name_t name)
{
	mach_msg_return_t mr = MACH_MSG_SUCCESS;

	for (int id = 1; mr == MACH_MSG_SUCCESS && id < 2000; id++) {
		struct message msg;

		message_init(&msg, name, MACH_MSG_TYPE_MAKE_SEND,
			     MACH_PORT_NULL, 0);
		msg.head.msgh_id = id;
		mr = msg_send(&msg);
	}
	if (mr != MACH_SEND_TIMED_OUT)
		return false;
	/* The message that came back made a send right. */
	return port_deallocate(name) == KERN_SUCCESS;
}

/*
 * A port with nothing but a send right in this space: its receive right waits
 * in a message to @parking, a receive right. When @parking is destroyed, the
 * port dies without the name being touched.
 */
static inline mach_port_name_t port_new_parked(mach_port_name_t parking)
{
	mach_port_name_t name = port_new_send();

	if (msg_send_right(parking, MACH_MSG_TYPE_MAKE_SEND, name,
			   MACH_MSG_TYPE_MOVE_RECEIVE))
		return MACH_PORT_NULL;
	return name;
}

/* A send right of a dead port, under a name that no call has touched since. */
static inline mach_port_name_t port_new_dying(uint32_t refs)
{
	mach_port_name_t parking = port_new();
	mach_port_name_t name = port_new_parked(parking);

	if (refs > 1 && port_mod_refs(name, MACH_PORT_RIGHT_SEND, refs - 1))
		return MACH_PORT_NULL;
	return port_destroy(parking) ? MACH_PORT_NULL : name;
}

/*
 * Whether the thread or process sleeps inside the system call @number, whose
 * second argument is @second, or anything for 0. The kernel shows the arguments
 * of a system call only for a task that is off the CPU, and locks put it into
 * another state than an interruptible wait does.
 */
static inline bool
is_asleep_in(pid_t tid, long number, unsigned long second)
{
	unsigned long arg[3];
	char path[64], state = 0;
	long nr = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/syscall", tid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%ld %lx %lx %lx", &nr, &arg[0], &arg[1], &arg[2]) != 4)
		nr = -1;
	fclose(file);
	if (nr != number || (second && arg[1] != second))
		return false;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(file);
	return state == 'S';
}

/* Whether it waits for a message, or for room to send one. */
static inline bool is_blocked(pid_t tid)
{
	return is_asleep_in(tid, __NR_ioctl, MACHIPC_IOC_MSG);
}

static inline bool wait_until_blocked(pid_t tid)
{
	uint64_t end = now_ms() + TEST_PATIENCE;

	while (!is_blocked(tid)) {
		if (now_ms() > end)
			return false;
		nap();
	}
	return true;
}

/* One mach_msg call in a thread of its own. */
struct msg_thread {
	pthread_t thread;
	pid_t tid;		/* known before msg_thread_start() returns */
	bool done;		/* the call has returned */
	struct message msg;
	mach_msg_option_t option;
	mach_msg_size_t rcv_size;
	mach_port_name_t rcv_name;
	mach_msg_timeout_t timeout;
	mach_msg_return_t mr;
};

static inline void *msg_thread_main(void *data)
{
	struct msg_thread *thread = data;

	__atomic_store_n(&thread->tid, gettid(), __ATOMIC_RELEASE);
	thread->mr = msg_trap(&thread->msg, thread->option,
			      thread->msg.head.msgh_size, thread->rcv_size,
			      thread->rcv_name, thread->timeout);
	__atomic_store_n(&thread->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Starts the call that the members describe. */
static inline bool msg_thread_start(struct msg_thread *thread)
{
	thread->tid = 0;
	thread->done = false;
	thread->mr = TEST_POISON;
	if (pthread_create(&thread->thread, NULL, msg_thread_main, thread))
		return false;
	while (!__atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE))
		sched_yield();
	return true;
}

/* Starts a thread that receives, and lets it fall asleep. */
static inline bool
msg_thread_receive(struct msg_thread *thread, mach_port_name_t name)
{
	memset(thread, 0, sizeof(*thread));
	thread->option = MACH_RCV_MSG;
	thread->rcv_size = sizeof(thread->msg);
	thread->rcv_name = name;
	return msg_thread_start(thread) && wait_until_blocked(thread->tid);
}

/* Starts a thread that sends to a full queue, and lets it fall asleep. */
static inline bool
msg_thread_send(struct msg_thread *thread, mach_port_name_t name,
		mach_msg_type_name_t type, mach_msg_id_t id)
{
	memset(thread, 0, sizeof(*thread));
	message_init(&thread->msg, name, type, MACH_PORT_NULL, 0);
	thread->msg.head.msgh_id = id;
	thread->option = MACH_SEND_MSG;
	return msg_thread_start(thread) && wait_until_blocked(thread->tid);
}

/*
 * Whether the thread sleeps on for a while. What would wake it by mistake has
 * happened already, so the time is only for the scheduler.
 */
static inline bool msg_thread_stays_blocked(struct msg_thread *thread)
{
	usleep(20000);
	return is_blocked(thread->tid);
}

static inline bool msg_thread_done(struct msg_thread *thread)
{
	return __atomic_load_n(&thread->done, __ATOMIC_ACQUIRE);
}

/* Waits for the end of the call; its result, TEST_POISON if it does not end. */
static inline mach_msg_return_t msg_thread_join(struct msg_thread *thread)
{
	uint64_t end = now_ms() + TEST_PATIENCE;

	while (!msg_thread_done(thread)) {
		if (now_ms() > end)
			return TEST_POISON;
		nap();
	}
	pthread_join(thread->thread, NULL);
	return thread->mr;
}

/*
 * Processes. A child runs its role on the expectations of the test: a failed
 * one makes child_wait() false. It has no space until it calls space_open(), and
it dies with the test.
 */
typedef void child_role(struct __test_metadata *_metadata, void *data);

static inline void __attribute__((noreturn))
child_run(struct __test_metadata *_metadata, child_role *role, void *data)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	machipc_fd = -1;
	machipc_task = MACH_PORT_NULL;
	if (!setjmp(_metadata->env))
		role(_metadata, data);
	_exit(_metadata->passed && !_metadata->aborted ? 0 : 1);
}

static inline pid_t
child_start(struct __test_metadata *_metadata, child_role *role, void *data)
{
	pid_t pid;

	fflush(stdout);
	fflush(stderr);
	pid = fork();
	if (!pid)
		child_run(_metadata, role, data);
	return pid;
}

/* The same for a process that has to be made as clone3(2) says. */
static inline pid_t
child_clone(struct __test_metadata *_metadata, const struct clone_args *args,
	    child_role *role, void *data)
{
	pid_t pid;

	fflush(stdout);
	fflush(stderr);
	pid = syscall(SYS_clone3, args, sizeof(*args));
	if (!pid)
		child_run(_metadata, role, data);
	return pid;
}

static inline int child_status(pid_t pid)
{
	uint64_t end = now_ms() + TEST_PATIENCE;
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (now_ms() > end) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		nap();
	}
	return status;
}

/* Whether the child has ended in time, and all that it expected was true. */
static inline bool child_wait(pid_t pid)
{
	return child_status(pid) == 0;
}

/* Kills the child at whatever it does. Its space is dead on return. */
static inline bool child_kill(pid_t pid)
{
	int status;

	return !kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid;
}

/*
 * The way from one process to the other: the parent publishes a port, a child
 * opens its space and gets a send right of that port.
 */
static inline bool parent_publish(mach_port_name_t port)
{
	return domain_set_bootstrap(port, MACH_MSG_TYPE_MAKE_SEND) ==
	       KERN_SUCCESS;
}

static inline mach_port_name_t child_connect(void)
{
	mach_port_name_t name = MACH_PORT_NULL;

	if (space_open())
		return MACH_PORT_NULL;
	if (task_get_special(TASK_BOOTSTRAP_PORT, &name))
		return MACH_PORT_NULL;
	return name;
}

/* Descriptors on their way from one process to the other. */
static inline int send_descriptor(int sock, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}

static inline int receive_descriptor(int sock)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(sock, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return fd;
}

#endif /* MACHIPC_UTILS_H */
