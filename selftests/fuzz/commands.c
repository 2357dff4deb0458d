// SPDX-License-Identifier: GPL-2.0
/*
 * The commands on names, and those that give the first ones.
 */
#include "fuzz.h"

void fuzz_query(struct fuzz_worker *w)
{
	struct machipc_query arg = { .size = sizeof(arg) };

	if (fuzz_issue(w, MACHIPC_IOC_QUERY, &arg, sizeof(arg), true))
		fuzz_count(MACHIPC_IOC_QUERY, arg.out_abi_version == 1);
}

void fuzz_self(struct fuzz_worker *w)
{
	struct machipc_self arg = {
		.size = sizeof(arg),
		.which = fuzz_below(w, FUZZ_OBJECTS),
	};
	uint32_t which = arg.which;

	if (!fuzz_issue(w, MACHIPC_IOC_SELF, &arg, sizeof(arg), true))
		return;
	fuzz_count(MACHIPC_IOC_SELF, arg.out_name);
	if (!arg.out_name)
		return;
	fuzz_process.object[which] = arg.out_name;
	if (which == MACHIPC_SELF_TASK)
		fuzz_process.task = arg.out_name;
	if (fuzz_once_in(w, 4))
		fuzz_keep(w, FUZZ_SEND, arg.out_name);
}

void fuzz_reply_port(struct fuzz_worker *w)
{
	struct machipc_reply_port arg = { .size = sizeof(arg) };

	if (!fuzz_issue(w, MACHIPC_IOC_REPLY_PORT, &arg, sizeof(arg), true))
		return;
	fuzz_count(MACHIPC_IOC_REPLY_PORT, arg.out_name);
	fuzz_keep(w, FUZZ_RECEIVE, arg.out_name);
}

void fuzz_allocate(struct fuzz_worker *w)
{
	struct machipc_port_allocate arg = {
		.size = sizeof(arg),
		.task = fuzz_task(w),
		.right = fuzz_one_of(w, 1, 1, 1, 1, 3, 3, 4, 0),
	};
	uint32_t right = arg.right;

	if (fuzz_once_in(w, 8)) {
		arg.flags = MACHIPC_ALLOCATE_NAME;
		arg.name = fuzz_name(w, FUZZ_ANY);
	}
	if (!fuzz_issue(w, MACHIPC_IOC_PORT_ALLOCATE, &arg, sizeof(arg), true))
		return;
	fuzz_check_kr(MACHIPC_IOC_PORT_ALLOCATE, arg.out_kr);
	if (arg.out_kr == KERN_SUCCESS)
		fuzz_keep(w, right, arg.out_name);
}

void fuzz_construct(struct fuzz_worker *w)
{
	struct machipc_port_construct arg = {
		.size = sizeof(arg),
		.task = fuzz_task(w),
		.flags = fuzz_once_in(w, 8) ? fuzz_word(w) :
			fuzz_one_of(w, 0x10, 0x12, 0x11, 0x31, 0x7e),
		.qlimit = fuzz_one_of(w, 0, 1, 2, 5, 100, 1024, 1025),
		.context = fuzz_below(w, 3),
	};

	if (!fuzz_issue(w, MACHIPC_IOC_PORT_CONSTRUCT, &arg, sizeof(arg), true))
		return;
	fuzz_check_kr(MACHIPC_IOC_PORT_CONSTRUCT, arg.out_kr);
	if (arg.out_kr == KERN_SUCCESS)
		fuzz_keep(w, FUZZ_RECEIVE, arg.out_name);
}

/* What a command takes in arg and value. */
#define USES_RIGHT		1
#define USES_SET		2
#define USES_NUMBER	4
#define USES_STRICT	8
#define USES_DELTA		16
#define USES_GUARD		32
#define USES_OBJECT		64

static const struct port_command {
	unsigned long cmd;
	enum fuzz_kind kind;
	uint32_t uses;
} port_commands[] = {
	{ MACHIPC_IOC_PORT_DESTROY, FUZZ_ANY, 0 },
	{ MACHIPC_IOC_PORT_DEALLOCATE, FUZZ_SEND, 0 },
	{ MACHIPC_IOC_PORT_DEALLOCATE, FUZZ_ANY, 0 },
	{ MACHIPC_IOC_PORT_MOD_REFS, FUZZ_ANY,
	  USES_RIGHT | USES_DELTA },
	{ MACHIPC_IOC_PORT_MOD_REFS, FUZZ_ANY,
	  USES_RIGHT | USES_DELTA },
	{ MACHIPC_IOC_PORT_GET_REFS, FUZZ_ANY, USES_RIGHT },
	{ MACHIPC_IOC_PORT_DESTRUCT, FUZZ_RECEIVE,
	  USES_NUMBER | USES_GUARD },
	{ MACHIPC_IOC_PORT_TYPE, FUZZ_ANY, 0 },
	{ MACHIPC_IOC_PORT_INSERT_MEMBER, FUZZ_RECEIVE, USES_SET },
	{ MACHIPC_IOC_PORT_INSERT_MEMBER, FUZZ_RECEIVE, USES_SET },
	{ MACHIPC_IOC_PORT_EXTRACT_MEMBER, FUZZ_RECEIVE, USES_SET },
	{ MACHIPC_IOC_PORT_MOVE_MEMBER, FUZZ_RECEIVE, USES_SET },
	{ MACHIPC_IOC_PORT_GET_CONTEXT, FUZZ_RECEIVE, 0 },
	{ MACHIPC_IOC_PORT_SET_CONTEXT, FUZZ_RECEIVE, USES_GUARD },
	{ MACHIPC_IOC_PORT_GUARD, FUZZ_RECEIVE,
	  USES_STRICT | USES_GUARD },
	{ MACHIPC_IOC_PORT_UNGUARD, FUZZ_RECEIVE, USES_GUARD },
	{ MACHIPC_IOC_PORT_UNGUARD, FUZZ_RECEIVE, USES_GUARD },
	{ MACHIPC_IOC_PORT_SET_MSCOUNT, FUZZ_RECEIVE, USES_NUMBER },
	{ MACHIPC_IOC_PORT_SET_SEQNO, FUZZ_RECEIVE, USES_NUMBER },
	{ MACHIPC_IOC_PORT_GET_SRIGHTS, FUZZ_RECEIVE, 0 },
	{ MACHIPC_IOC_PORT_KOBJECT, FUZZ_ANY, USES_OBJECT },
};

void fuzz_port(struct fuzz_worker *w)
{
	const struct port_command *command =
		&port_commands[fuzz_below(w, FUZZ_COUNT(port_commands))];
	struct machipc_port_op arg = {
		.size = sizeof(arg),
		.task = fuzz_task(w),
		.name = fuzz_name(w, command->kind),
	};

	if (command->uses & USES_RIGHT) {
		arg.arg = fuzz_below(w, 7);
		if (arg.arg < FUZZ_KINDS)
			arg.name = fuzz_name(w, arg.arg);
	}
	if (command->uses & USES_OBJECT && fuzz_once_in(w, 2))
		arg.name = fuzz_object(w, fuzz_below(w, FUZZ_OBJECTS));
	if (command->uses & USES_SET)
		arg.arg = fuzz_name(w, FUZZ_SET);
	if (command->uses & USES_NUMBER)
		arg.arg = fuzz_once_in(w, 4) ? fuzz_word(w) :
			fuzz_one_of(w, 0, 0, 1, -1);
	if (command->uses & USES_STRICT)
		arg.arg = fuzz_below(w, 2);
	if (command->uses & USES_DELTA)
		arg.value = (int64_t)(int32_t)(fuzz_once_in(w, 6) ?
			fuzz_word(w) : fuzz_one_of(w, 1, -1, -1, 2, -2, 0,
						   65534, -65535));
	if (command->uses & USES_GUARD)
		arg.value = fuzz_below(w, 3);
	if (command->cmd == MACHIPC_IOC_PORT_EXTRACT_MEMBER &&
	    fuzz_once_in(w, 2)) {
		arg.name = fuzz_process.member[0];
		arg.arg = fuzz_process.member[1];
	}
	if (!fuzz_issue(w, command->cmd, &arg, sizeof(arg), true))
		return;
	fuzz_check_kr(command->cmd, arg.out_kr);
	if (command->cmd == MACHIPC_IOC_PORT_INSERT_MEMBER &&
	    arg.out_kr == KERN_SUCCESS) {
		fuzz_process.member[0] = arg.name;
		fuzz_process.member[1] = arg.arg;
	}
}

void fuzz_list(struct fuzz_worker *w)
{
	bool set = fuzz_once_in(w, 2);
	unsigned long cmd = set ? MACHIPC_IOC_PORT_GET_SET_STATUS :
				  MACHIPC_IOC_PORT_NAMES;
	struct machipc_port_list arg = {
		.size = sizeof(arg),
		.task = fuzz_task(w),
		.name = set ? fuzz_name(w, FUZZ_SET) : 0,
		.capacity = fuzz_one_of(w, 0, 1, 10, 1000, 1000, 4096),
	};
	bool sane = !fuzz_once_in(w, 20);

	/* Whatever the list needs of the buffer ends where memory ends. */
	arg.names = sane ? (uintptr_t)w->receive + FUZZ_BUFFER -
			   4UL * arg.capacity : fuzz_bad_address(w);
	if (!set)
		arg.types = arg.names;
	if (fuzz_issue(w, cmd, &arg, sizeof(arg), sane))
		fuzz_check_kr(cmd, arg.out_kr);
}

void fuzz_right(struct fuzz_worker *w)
{
	unsigned long cmd = fuzz_one_of(w, MACHIPC_IOC_PORT_INSERT_RIGHT,
					MACHIPC_IOC_PORT_INSERT_RIGHT,
					MACHIPC_IOC_PORT_EXTRACT_RIGHT,
					MACHIPC_IOC_PORT_EXTRACT_RIGHT,
					MACHIPC_IOC_TASK_SET_SPECIAL_PORT,
					MACHIPC_IOC_SET_DOMAIN_BOOTSTRAP);
	uint32_t disposition = fuzz_disposition(w);
	uint32_t source = fuzz_name(w, fuzz_source(w, disposition));
	struct machipc_port_right arg = {
		.size = sizeof(arg),
		.task = fuzz_task(w),
		.name = fuzz_once_in(w, 2) ? source : fuzz_name(w, FUZZ_ANY),
		.poly = source,
		.disposition = disposition,
	};

	if (cmd == MACHIPC_IOC_PORT_EXTRACT_RIGHT) {
		arg.name = source;
		arg.poly = 0;
	}
	if (cmd == MACHIPC_IOC_TASK_SET_SPECIAL_PORT)
		arg.name = fuzz_below(w, 20) ? 4 : fuzz_word(w);
	if (cmd == MACHIPC_IOC_SET_DOMAIN_BOOTSTRAP) {
		arg.task = 0;
		arg.name = 0;
	}
	if (!fuzz_issue(w, cmd, &arg, sizeof(arg), true))
		return;
	fuzz_check_kr(cmd, arg.out_kr);
	if (arg.out_kr == KERN_SUCCESS &&
	    cmd == MACHIPC_IOC_PORT_EXTRACT_RIGHT)
		fuzz_keep_right(w, arg.out_disposition, arg.out_poly);
}

void fuzz_get_special(struct fuzz_worker *w)
{
	struct machipc_port_op arg = {
		.size = sizeof(arg),
		.task = fuzz_task(w),
		.arg = fuzz_one_of(w, 4, 4, 4, 1, 2, 3),
	};

	if (!fuzz_issue(w, MACHIPC_IOC_TASK_GET_SPECIAL_PORT, &arg,
			sizeof(arg), true))
		return;
	fuzz_check_kr(MACHIPC_IOC_TASK_GET_SPECIAL_PORT, arg.out_kr);
	if (arg.out_kr == KERN_SUCCESS && arg.arg == 4)
		fuzz_keep(w, FUZZ_SEND, arg.out);
}

void fuzz_request_notification(struct fuzz_worker *w)
{
	uint32_t id = fuzz_one_of(w, 66, 69, 70, 72, 72, 71);
	uint32_t disposition = fuzz_once_in(w, 10) ? fuzz_disposition(w) :
		fuzz_one_of(w, 21, 21, 21, 18);
	bool of_receive = id == MACH_NOTIFY_PORT_DESTROYED ||
			  id == MACH_NOTIFY_NO_SENDERS;
	struct machipc_port_request_notification arg = {
		.size = sizeof(arg),
		.task = fuzz_task(w),
		.name = fuzz_name(w, of_receive ? FUZZ_RECEIVE : FUZZ_ANY),
		.id = id,
		.sync = fuzz_one_of(w, 0, 0, 1, 2),
		.notify = fuzz_name(w, fuzz_source(w, disposition)),
		.disposition = disposition,
	};

	if (!fuzz_issue(w, MACHIPC_IOC_PORT_REQUEST_NOTIFICATION, &arg,
			sizeof(arg), true))
		return;
	fuzz_check_kr(MACHIPC_IOC_PORT_REQUEST_NOTIFICATION, arg.out_kr);
	if (arg.out_kr == KERN_SUCCESS)
		fuzz_keep(w, FUZZ_SEND_ONCE, arg.out_previous);
}

void fuzz_attributes(struct fuzz_worker *w)
{
	unsigned long cmd = fuzz_once_in(w, 2) ?
		MACHIPC_IOC_PORT_GET_ATTRIBUTES :
		MACHIPC_IOC_PORT_SET_ATTRIBUTES;
	struct machipc_port_attributes arg = {
		.size = sizeof(arg),
		.task = fuzz_task(w),
		.name = fuzz_name(w, FUZZ_RECEIVE),
		.flavor = fuzz_one_of(w, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8),
		.count = fuzz_one_of(w, 1, 1, 10, 17, 0, 18, -1),
		.info[0] = fuzz_one_of(w, 0, 1, 2, 5, 1024, 1025, -1),
	};

	if (fuzz_issue(w, cmd, &arg, sizeof(arg), true))
		fuzz_check_kr(cmd, arg.out_kr);
}

void fuzz_peek(struct fuzz_worker *w)
{
	struct machipc_port_peek arg = {
		.size = sizeof(arg),
		.task = fuzz_task(w),
		.name = fuzz_name(w, FUZZ_RECEIVE),
		.trailer_type = fuzz_below(w, 16) << 24,
		.seqno = fuzz_one_of(w, 0, 0, 1, 2, -1),
		.trailer_size = fuzz_one_of(w, 8, 12, 20, 52, 60, 68, 0, -1),
	};
	bool sane = !fuzz_once_in(w, 20);

	arg.trailer = sane ? (uintptr_t)w->receive : fuzz_bad_address(w);
	if (fuzz_issue(w, MACHIPC_IOC_PORT_PEEK, &arg, sizeof(arg), sane))
		fuzz_check_kr(MACHIPC_IOC_PORT_PEEK, arg.out_kr);
}
