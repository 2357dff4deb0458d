/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/*
 * The door to the module: one descriptor of /dev/machipc for the process.
 *
 * The port space of a process lives as long as one of its doors is open. A
 * door that was inherited over fork() leads nowhere, so a child opens its own
 * and gets an empty space. What the library remembers of names belongs to one
 * space: it is dropped by machipc_forget_names(), and whoever caches a name
 * beside mach_task_self_ compares machipc_generation() with what it was.
 */
#ifndef MACHIPC_LIB_DEVICE_H
#define MACHIPC_LIB_DEVICE_H

#include <sys/ioctl.h>
#include <linux/machipc.h>
#include <mach/mach.h>

/* The variable behind the macro of <mach/mach_init.h>. */
#undef bootstrap_port
extern mach_port_t bootstrap_port;

/* The door of this process; negative if there is none yet. */
extern int machipc_door __attribute__((visibility("hidden")));

/* What machipc_call() does when there is no door, or the call has failed. */
int machipc_call_again(int fd, unsigned long cmd, void *arg);

/*
 * Issues a command, opening the door if need be. Says once on stderr, in plain
 * words, why the module cannot be used.
 *
 * Return: 0, or a negative errno. -ESTALE means that the space which the
 * arguments were for is gone; a new one is made by the next call.
 */
static inline int machipc_call(unsigned long cmd, void *arg)
{
	int fd = __atomic_load_n(&machipc_door, __ATOMIC_ACQUIRE);

	if (__builtin_expect(fd >= 0 && !ioctl(fd, cmd, arg), 1))
		return 0;
	return machipc_call_again(fd, cmd, arg);
}

/* The Mach result for a command that was not understood, @ret its errno. */
kern_return_t machipc_call_error(int ret);

/* Changes whenever names that were known before have lost their meaning. */
unsigned int machipc_generation(void);

/* Issues a command whose structure has the member out_kr. */
#define MACHIPC_CALL_KR(cmd, arg) \
	({ \
		int __ret = machipc_call((cmd), (arg)); \
		__ret ? machipc_call_error(__ret) : (arg)->out_kr; \
	})

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#endif
