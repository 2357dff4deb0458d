// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/* Result codes in words. */

#include <stdio.h>
#include <mach/mach.h>
#include <mach/mach_error.h>

static const char *const kern_strings[] = {
	[KERN_SUCCESS] = "success",
	[KERN_INVALID_ADDRESS] = "memory at that address cannot be used",
	[KERN_PROTECTION_FAILURE] = "memory is protected against this access",
	[KERN_NO_SPACE] = "no space left for a name or a range of memory",
	[KERN_INVALID_ARGUMENT] = "invalid argument",
	[KERN_FAILURE] = "failure",
	[KERN_RESOURCE_SHORTAGE] = "out of a kernel resource",
	[KERN_NOT_RECEIVER] = "not the receiver of the port",
	[KERN_NO_ACCESS] = "access refused",
	[KERN_MEMORY_FAILURE] = "memory object is gone",
	[KERN_MEMORY_ERROR] = "memory object failed",
	[KERN_ALREADY_IN_SET] = "already a member of the set",
	[KERN_NOT_IN_SET] = "not a member of the set",
	[KERN_NAME_EXISTS] = "name is in use",
	[KERN_ABORTED] = "aborted",
	[KERN_INVALID_NAME] = "name denotes nothing",
	[KERN_INVALID_TASK] = "not a live task",
	[KERN_INVALID_RIGHT] = "name denotes another kind of right",
	[KERN_INVALID_VALUE] = "value out of range",
	[KERN_UREFS_OVERFLOW] = "too many user references",
	[KERN_INVALID_CAPABILITY] = "right is dead or not movable",
	[KERN_RIGHT_EXISTS] = "right is known by another name",
	[KERN_INVALID_HOST] = "not a host",
	[KERN_MEMORY_PRESENT] = "page is present already",
	[KERN_MEMORY_DATA_MOVED] = "page was moved",
	[KERN_MEMORY_RESTART_COPY] = "copy has to start again",
	[KERN_INVALID_PROCESSOR_SET] = "not a processor set",
	[KERN_POLICY_LIMIT] = "beyond the limits of the scheduling policy",
	[KERN_INVALID_POLICY] = "not a scheduling policy",
	[KERN_INVALID_OBJECT] = "not a memory object",
	[KERN_ALREADY_WAITING] = "another thread waits already",
	[KERN_DEFAULT_SET] = "default processor set cannot be destroyed",
	[KERN_EXCEPTION_PROTECTED] = "exception port is protected",
	[KERN_INVALID_LEDGER] = "not a ledger",
	[KERN_INVALID_MEMORY_CONTROL] = "not a memory control port",
	[KERN_INVALID_SECURITY] = "not the security port of the host",
	[KERN_NOT_DEPRESSED] = "thread is not depressed",
	[KERN_TERMINATED] = "object was terminated",
	[KERN_LOCK_SET_DESTROYED] = "lock set was destroyed",
	[KERN_LOCK_UNSTABLE] = "thread that held the lock has ended",
	[KERN_LOCK_OWNED] = "lock is held by another thread",
	[KERN_LOCK_OWNED_SELF] = "lock is held by this thread",
	[KERN_SEMAPHORE_DESTROYED] = "semaphore was destroyed",
	[KERN_RPC_SERVER_TERMINATED] = "server of the call was terminated",
	[KERN_RPC_TERMINATE_ORPHAN] = "orphaned call is to be terminated",
	[KERN_RPC_CONTINUE_ORPHAN] = "orphaned call is to go on",
	[KERN_NOT_SUPPORTED] = "not supported",
	[KERN_NODE_DOWN] = "remote node is down",
	[KERN_NOT_WAITING] = "thread is not waiting",
	[KERN_OPERATION_TIMED_OUT] = "operation timed out",
	[KERN_CODESIGN_ERROR] = "code signature is not valid",
	[KERN_POLICY_STATIC] = "policy cannot be changed",
	[KERN_INSUFFICIENT_BUFFER_SIZE] = "buffer too small",
	[KERN_DENIED] = "denied by policy",
};

static const char *const send_strings[] = {
	[err_get_code(MACH_SEND_IN_PROGRESS)] = "send is in progress",
	[err_get_code(MACH_SEND_INVALID_DATA)] = "message cannot be read",
	[err_get_code(MACH_SEND_INVALID_DEST)] = "no such destination port",
	[err_get_code(MACH_SEND_TIMED_OUT)] = "timed out, queue is full",
	[err_get_code(MACH_SEND_INVALID_VOUCHER)] = "not a voucher",
	[err_get_code(MACH_SEND_INTERRUPTED)] = "interrupted by a signal",
	[err_get_code(MACH_SEND_MSG_TOO_SMALL)] = "message is smaller than its contents",
	[err_get_code(MACH_SEND_INVALID_REPLY)] = "no such reply port",
	[err_get_code(MACH_SEND_INVALID_RIGHT)] = "right in the message cannot be sent",
	[err_get_code(MACH_SEND_INVALID_NOTIFY)] = "not a port for the notification",
	[err_get_code(MACH_SEND_INVALID_MEMORY)] = "out-of-line memory cannot be read",
	[err_get_code(MACH_SEND_NO_BUFFER)] = "no buffer for the message",
	[err_get_code(MACH_SEND_TOO_LARGE)] = "message is too large",
	[err_get_code(MACH_SEND_INVALID_TYPE)] = "descriptor is not valid",
	[err_get_code(MACH_SEND_INVALID_HEADER)] = "disposition in the header is not valid",
	[err_get_code(MACH_SEND_INVALID_TRAILER)] = "trailer is not valid",
	[err_get_code(MACH_SEND_INVALID_CONTEXT)] = "context of the reply is not valid",
	[err_get_code(MACH_SEND_INVALID_OPTIONS)] = "options are not valid",
	[err_get_code(MACH_SEND_INVALID_RT_OOL_SIZE)] = "out-of-line size is not valid",
	[err_get_code(MACH_SEND_NO_GRANT_DEST)] = "destination takes no rights",
	[err_get_code(MACH_SEND_MSG_FILTERED)] = "refused by a message filter",
	[err_get_code(MACH_SEND_AUX_TOO_SMALL)] = "auxiliary data is too small",
	[err_get_code(MACH_SEND_AUX_TOO_LARGE)] = "auxiliary data is too large",
};

static const char *const rcv_strings[] = {
	[err_get_code(MACH_RCV_IN_PROGRESS)] = "receive is in progress",
	[err_get_code(MACH_RCV_INVALID_NAME)] = "name is not a receive right or port set",
	[err_get_code(MACH_RCV_TIMED_OUT)] = "timed out, no message",
	[err_get_code(MACH_RCV_TOO_LARGE)] = "message is larger than the buffer",
	[err_get_code(MACH_RCV_INTERRUPTED)] = "interrupted by a signal",
	[err_get_code(MACH_RCV_PORT_CHANGED)] = "port died or was moved away",
	[err_get_code(MACH_RCV_INVALID_NOTIFY)] = "not a port for the notification",
	[err_get_code(MACH_RCV_INVALID_DATA)] = "buffer cannot be written",
	[err_get_code(MACH_RCV_PORT_DIED)] = "port died",
	[err_get_code(MACH_RCV_IN_SET)] = "port is a member of a set",
	[err_get_code(MACH_RCV_HEADER_ERROR)] = "no room for the rights of the header",
	[err_get_code(MACH_RCV_BODY_ERROR)] = "part of the body could not be received",
	[err_get_code(MACH_RCV_INVALID_TYPE)] = "scatter list does not match",
	[err_get_code(MACH_RCV_SCATTER_SMALL)] = "scatter list is too small",
	[err_get_code(MACH_RCV_INVALID_TRAILER)] = "trailer is not valid",
	[err_get_code(MACH_RCV_IN_PROGRESS_TIMED)] = "timed receive is in progress",
	[err_get_code(MACH_RCV_INVALID_REPLY)] = "not a reply port of this thread",
	[err_get_code(MACH_RCV_INVALID_ARGUMENTS)] = "arguments are not valid",
};

/* By distance from the first one: the codes are negative. */
static const char *const mig_strings[] = {
	[MIG_TYPE_ERROR - MIG_TYPE_ERROR] = "descriptor of the wrong type",
	[MIG_TYPE_ERROR - MIG_REPLY_MISMATCH] = "reply has another id",
	[MIG_TYPE_ERROR - MIG_REMOTE_ERROR] = "server found an error in the request",
	[MIG_TYPE_ERROR - MIG_BAD_ID] = "server has no such routine",
	[MIG_TYPE_ERROR - MIG_BAD_ARGUMENTS] = "message of the wrong shape",
	[MIG_TYPE_ERROR - MIG_NO_REPLY] = "no reply is to be sent",
	[MIG_TYPE_ERROR - MIG_EXCEPTION] = "server raised an exception",
	[MIG_TYPE_ERROR - MIG_ARRAY_TOO_LARGE] = "array does not fit its buffer",
	[MIG_TYPE_ERROR - MIG_SERVER_DIED] = "server died",
	[MIG_TYPE_ERROR - MIG_TRAILER_ERROR] = "trailer is not as expected",
};

/* Results of one origin. */
struct error_table {
	const char *type;
	const char *const *strings;
	unsigned int count;
};

#define TABLE(type, strings) \
	{ (type), (strings), sizeof(strings) / sizeof((strings)[0]) }

static const struct error_table kern_table = TABLE("(os/kern)", kern_strings);
static const struct error_table send_table = TABLE("(ipc/send)", send_strings);
static const struct error_table rcv_table = TABLE("(ipc/rcv)", rcv_strings);
static const struct error_table mig_table = TABLE("(ipc/mig)", mig_strings);

/* Where a code stands: in which table, if in any, and at which place. */
struct error_place {
	const struct error_table *table;
	unsigned int index;
};

static struct error_place find_place(mach_error_t error)
{
	struct error_place place = { .index = err_get_code(error) };

	if (err_get_system(error) == err_get_system(err_ipc_compat)) {
		place.table = &mig_table;
		place.index = (unsigned int)MIG_TYPE_ERROR - error;
	} else if (err_get_system(error) == err_get_system(err_mach_ipc)) {
		if (err_get_sub(error) == 0)
			place.table = &send_table;
		else if (err_get_sub(error) == 1)
			place.table = &rcv_table;
		place.index &= ~MACH_MSG_MASK;
	} else if (err_get_system(error) == err_get_system(err_kern) &&
		   err_get_sub(error) == 0) {
		place.table = &kern_table;
	}
	return place;
}

char *mach_error_string(mach_error_t error_value)
{
	struct error_place place = find_place(error_value);
	const char *string = NULL;

	/* mach_msg() returns this one bare. */
	if (error_value == MACH_MSG_VM_KERNEL)
		return (char *)"no kernel memory for out-of-line data";
	if (place.table && place.index < place.table->count)
		string = place.table->strings[place.index];
	return (char *)(string ? string : "unknown result code");
}

char *mach_error_type(mach_error_t error_value)
{
	struct error_place place = find_place(error_value);

	return (char *)(place.table ? place.table->type : "(?/?)");
}

void mach_error(const char *str, mach_error_t error_value)
{
	fprintf(stderr, "%s: %s %s (0x%x)\n", str,
		mach_error_type(error_value), mach_error_string(error_value),
		(unsigned int)error_value);
}
