// SPDX-License-Identifier: GPL-2.0
/*
 * The names that a process knows, by what they denoted when they were last
 * seen.
 */
#include "fuzz.h"

#include <sys/ioctl.h>

/* One of a kind: from the place that is drawn on, the first that there is. */
static uint32_t find_name(enum fuzz_kind kind, uint32_t at)
{
	for (uint32_t i = 0; i < FUZZ_NAMES; i++) {
		uint32_t *slot = &fuzz_process.name[kind]
						   [(at + i) % FUZZ_NAMES];
		uint32_t name = __atomic_load_n(slot, __ATOMIC_RELAXED);

		if (name)
			return name;
	}
	return MACH_PORT_NULL;
}

uint32_t fuzz_name(struct fuzz_worker *w, enum fuzz_kind kind)
{
	uint32_t name;

	if (kind == FUZZ_ANY || fuzz_once_in(w, 8))
		kind = fuzz_below(w, FUZZ_KINDS);
	name = find_name(kind, fuzz_below(w, FUZZ_NAMES));
	switch (fuzz_below(w, 100)) {
	case 0:
		return MACH_PORT_NULL;
	case 1:
		return MACH_PORT_DEAD;
	case 2:
		return fuzz_word(w);
	case 3:
		return name ^ 4 << fuzz_below(w, 6);
	case 4:
		return name + 0x100;
	case 5:
		return fuzz_process.task;
	default:
		return name;
	}
}

uint32_t fuzz_task(struct fuzz_worker *w)
{
	return fuzz_once_in(w, 60) ? fuzz_name(w, FUZZ_ANY) :
				     fuzz_process.task;
}

/* A port of the kernel's: the own task, the host or a thread. */
uint32_t fuzz_object(struct fuzz_worker *w, uint32_t which)
{
	struct machipc_self arg = { .size = sizeof(arg), .which = which };

	if (!fuzz_process.object[which] &&
	    !ioctl(fuzz_process.door[0], MACHIPC_IOC_SELF, &arg))
		fuzz_process.object[which] = arg.out_name;
	return fuzz_process.object[which];
}

/* Puts a name into the pool. What it displaces is destroyed, or only lost. */
void fuzz_keep(struct fuzz_worker *w, enum fuzz_kind kind, uint32_t name)
{
	struct machipc_port_op arg = {
		.size = sizeof(arg),
		.task = fuzz_process.task,
	};

	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD)
		return;
	arg.name = __atomic_exchange_n(&fuzz_process.name[kind]
				       [fuzz_below(w, FUZZ_NAMES)], name,
				       __ATOMIC_RELAXED);
	if (arg.name && arg.name != name && !fuzz_once_in(w, 4))
		ioctl(fuzz_process.door[0], MACHIPC_IOC_PORT_DESTROY, &arg);
}

uint32_t fuzz_disposition(struct fuzz_worker *w)
{
	if (fuzz_once_in(w, 40))
		return fuzz_word(w);
	return fuzz_one_of(w, 20, 20, 20, 19, 19, 19, 17, 21, 21, 18, 16);
}

/* What a name has to denote to be used with a disposition. */
enum fuzz_kind fuzz_source(struct fuzz_worker *w, uint32_t disposition)
{
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
	case MACH_MSG_TYPE_MAKE_SEND:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return FUZZ_RECEIVE;
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		return FUZZ_SEND_ONCE;
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_COPY_SEND:
		return fuzz_below(w, 2) ? FUZZ_SEND : FUZZ_RECEIVE;
	default:
		return FUZZ_ANY;
	}
}

/* Keeps a right that has arrived. */
void fuzz_keep_right(struct fuzz_worker *w, uint32_t disposition,
		     uint32_t name)
{
	switch (disposition) {
	case MACH_MSG_TYPE_PORT_RECEIVE:
		fuzz_keep(w, FUZZ_RECEIVE, name);
		break;
	case MACH_MSG_TYPE_PORT_SEND:
		fuzz_keep(w, FUZZ_SEND, name);
		break;
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		fuzz_keep(w, FUZZ_SEND_ONCE, name);
		break;
	default:
		if (name != MACH_PORT_NULL && name != MACH_PORT_DEAD)
			fuzz_complain("# received disposition %u", disposition);
	}
}
