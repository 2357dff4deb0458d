// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/* What stubs that MIG generates call (messages.md 20). */

#include <limits.h>
#include <pthread.h>
#include <string.h>
#include "device.h"

NDR_record_t NDR_record = {
	.mig_encoding = NDR_PROTOCOL_2_0,
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	.int_rep = NDR_INT_LITTLE_ENDIAN,
#else
	.int_rep = NDR_INT_BIG_ENDIAN,
#endif
	.char_rep = NDR_CHAR_ASCII,
	.float_rep = NDR_FLOAT_IEEE,
};

/* The thread's reply port, valid while the generation is the current one. */
struct reply_port {
	mach_port_t name;
	unsigned int generation;
};

static __thread struct reply_port reply
	__attribute__((tls_model("initial-exec")));
static pthread_key_t thread_end;

static void drop_reply_port(void *unused)
{
	mach_port_t name = reply.name;

	(void)unused;
	reply.name = MACH_PORT_NULL;
	if (name != MACH_PORT_NULL && reply.generation == machipc_generation())
		mach_port_mod_refs(mach_task_self(), name,
				   MACH_PORT_RIGHT_RECEIVE, -1);
}

__attribute__((constructor)) static void watch_thread_end(void)
{
	/* Without a key, reply ports live as long as the process. */
	if (pthread_key_create(&thread_end, drop_reply_port))
		thread_end = PTHREAD_KEYS_MAX;
}

mach_port_t mig_get_reply_port(void)
{
	if (likely(reply.name != MACH_PORT_NULL &&
		   reply.generation == machipc_generation()))
		return reply.name;
	reply.name = mach_reply_port();
	reply.generation = machipc_generation();
	/* The destructor is called for values that are not NULL. */
	pthread_setspecific(thread_end, &reply);
	return reply.name;
}

void mig_dealloc_reply_port(mach_port_t reply_port)
{
	(void)reply_port;
	drop_reply_port(NULL);
}

void mig_put_reply_port(mach_port_t reply_port)
{
	(void)reply_port;
}

int mig_strncpy(char *dest, const char *src, int len)
{
	size_t length;

	if (len <= 0)
		return 0;
	length = strnlen(src, len - 1);
	memcpy(dest, src, length);
	dest[length] = '\0';
	return (int)length + 1;
}

int mig_strncpy_zerofill(char *dest, const char *src, int len)
{
	int used = mig_strncpy(dest, src, len);

	if (used < len)
		memset(dest + used, 0, len - used);
	return used;
}

void mig_allocate(uintptr_t *addr, uintptr_t size)
{
	if (vm_allocate(mach_task_self(), addr, size, VM_FLAGS_ANYWHERE))
		*addr = 0;
}

void mig_deallocate(uintptr_t addr, uintptr_t size)
{
	vm_deallocate(mach_task_self(), addr, size);
}

void mig_reply_setup(const mach_msg_header_t *request,
		     mach_msg_header_t *reply_head)
{
	mig_reply_error_t *error = (mig_reply_error_t *)reply_head;
	mach_msg_bits_t disposition = MACH_MSGH_BITS_REMOTE(request->msgh_bits);

	error->Head.msgh_bits = MACH_MSGH_BITS(disposition, 0);
	error->Head.msgh_size = sizeof(*error);
	error->Head.msgh_remote_port = request->msgh_remote_port;
	error->Head.msgh_local_port = MACH_PORT_NULL;
	error->Head.msgh_voucher_port = MACH_PORT_NULL;
	error->Head.msgh_id = request->msgh_id + 100;
	error->NDR = NDR_record;
	error->RetCode = MIG_BAD_ID;
}
