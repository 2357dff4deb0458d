/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A grammar of calls: most are well-formed and act on names that exist, so
 * that they get far; some are wrong in one place, and a few everywhere.
 *
 * What the kernel answers is checked for what must hold whatever was asked:
 * the codes are documented ones, nothing is written where it does not belong,
 * and nothing is written that was left in the kernel's memory by somebody else.
 * So that the latter shows, no word that is sent looks like it.
 */
#ifndef FUZZ_GRAMMAR_H
#define FUZZ_GRAMMAR_H

#include "machipc_utils.h"

#include <poll.h>
#include <sys/socket.h>

#define FUZZ_NAMES	10	/* of each kind */
#define FUZZ_DOORS	6
#define FUZZ_COMMANDS	128

#define FUZZ_PAGE	4096
#define FUZZ_ARGS	FUZZ_PAGE
#define FUZZ_BUFFER	(16 * FUZZ_PAGE)
#define FUZZ_ARENA	(64 * FUZZ_PAGE)
/* No region that a message is sent from reaches over this. */
#define FUZZ_GAP	(256UL << 20)
/*
 * The arenas lie below all that the kernel places, so that nothing else gets
 * into the holes that messages leave when they give memory away.
 */
#define FUZZ_ARENAS	0x10000000000UL

/* Shared by all processes. */
struct fuzz_totals {
	uint64_t calls;
	uint64_t complaints;
	struct {
		uint64_t made;
		uint64_t good;
	} command[FUZZ_COMMANDS];
};

/* What a name denoted when it was last seen. */
enum fuzz_kind {
	FUZZ_SEND,
	FUZZ_RECEIVE,
	FUZZ_SEND_ONCE,
	FUZZ_SET,
	FUZZ_DEAD_NAME,
	FUZZ_KINDS,
	FUZZ_ANY = FUZZ_KINDS,
};

/* Shared by the threads of a process, which do not lock: races are welcome. */
struct fuzz_process {
	uint32_t name[FUZZ_KINDS][FUZZ_NAMES];
	uint32_t task;
	uint32_t member[2];	/* a port and the set that it has joined */
	int door[FUZZ_DOORS];
	int sock[2];		/* a pair that all processes pass doors through */
};

struct fuzz_worker {
	uint64_t random;
	pthread_t thread;
	pid_t tid;
	uint8_t *args;		/* all four end where memory ends */
	uint8_t *send;
	uint8_t *receive;
	uint8_t *arena;
	bool undo;		/* the answer to the next call cannot be written */
	bool alone;		/* nobody will end a wait that has no limit */
	int faults;		/* the thread's fail-nth, or -1 */
};

static struct fuzz_totals *fuzz_totals;
static struct fuzz_process fuzz_process;

__attribute__((format(printf, 1, 2)))
static inline void fuzz_complain(const char *format, ...)
{
	char text[200];
	va_list args;
	int size;

	__atomic_add_fetch(&fuzz_totals->complaints, 1, __ATOMIC_RELAXED);
	va_start(args, format);
	size = vsnprintf(text, sizeof(text) - 1, format, args);
	va_end(args);
	if (size > (int)sizeof(text) - 2)
		size = sizeof(text) - 2;
	text[size++] = '\n';
	/* One call, so that lines of many processes do not mix. */
	if (write(STDOUT_FILENO, text, size) < 0)
		abort();
}

/* ---- choices */

static inline uint64_t fuzz_random(struct fuzz_worker *w)
{
	uint64_t z = w->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline uint32_t fuzz_below(struct fuzz_worker *w, uint32_t limit)
{
	return (fuzz_random(w) >> 32) % limit;
}

/* True once in @n times. */
static inline bool fuzz_once_in(struct fuzz_worker *w, uint32_t n)
{
	return !fuzz_below(w, n);
}

/* Whether a word is left over from somebody: poison, or a kernel address. */
static inline bool fuzz_is_foreign(uint32_t word)
{
	return word == 0x5a5a5a5a || word == 0x6b6b6b6b ||
	       word == 0xfefefefe || word == 0xaaaaaaaa ||
	       (word >= 0xffff8000 && word < 0xfffff000);
}

static inline uint32_t fuzz_word(struct fuzz_worker *w)
{
	static const uint32_t edges[] = {
		0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000,
		0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 0xffffff00,
	};
	uint32_t word;

	if (fuzz_once_in(w, 2))
		return edges[fuzz_below(w, sizeof(edges) / sizeof(*edges))];
	do {
		word = fuzz_random(w) >> fuzz_below(w, 32);
	} while (fuzz_is_foreign(word));
	return word;
}

static inline uint32_t fuzz_choose(struct fuzz_worker *w,
				   const uint32_t *choice, uint32_t count)
{
	return choice[fuzz_below(w, count)];
}

#define fuzz_one_of(w, ...) ({						\
	static const uint32_t choice[] = { __VA_ARGS__ };		\
	fuzz_choose(w, choice, sizeof(choice) / sizeof(*choice)); })

/* ---- names */

static inline uint32_t fuzz_name(struct fuzz_worker *w, enum fuzz_kind kind)
{
	uint32_t name;

	if (kind == FUZZ_ANY || fuzz_once_in(w, 8))
		kind = fuzz_below(w, FUZZ_KINDS);
	name = __atomic_load_n(&fuzz_process.name[kind]
			       [fuzz_below(w, FUZZ_NAMES)], __ATOMIC_RELAXED);
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

static inline uint32_t fuzz_task(struct fuzz_worker *w)
{
	return fuzz_once_in(w, 60) ? fuzz_name(w, FUZZ_ANY) :
				     fuzz_process.task;
}

/* Puts a name into the pool. What it displaces is destroyed, or only lost. */
static inline void
fuzz_keep(struct fuzz_worker *w, enum fuzz_kind kind, uint32_t name)
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
	if (arg.name != name && !fuzz_once_in(w, 4))
		ioctl(fuzz_process.door[0], MACHIPC_IOC_PORT_DESTROY, &arg);
}

static inline uint32_t fuzz_disposition(struct fuzz_worker *w)
{
	if (fuzz_once_in(w, 40))
		return fuzz_word(w);
	return fuzz_one_of(w, 20, 20, 20, 19, 19, 19, 17, 21, 21, 18, 16);
}

/* What a name has to denote to be used with a disposition. */
static inline enum fuzz_kind
fuzz_source(struct fuzz_worker *w, uint32_t disposition)
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
static inline void
fuzz_keep_right(struct fuzz_worker *w, uint32_t disposition, uint32_t name)
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

/* ---- doors */

/* The first door is there most of the time. */
static inline int fuzz_door(struct fuzz_worker *w)
{
	int fd = __atomic_load_n(&fuzz_process.door[fuzz_below(w, FUZZ_DOORS)],
				 __ATOMIC_RELAXED);

	return fd < 0 ? fuzz_process.door[0] : fd;
}

static inline void fuzz_hang_door(int which, int fd)
{
	fd = __atomic_exchange_n(&fuzz_process.door[which], fd,
				 __ATOMIC_RELAXED);
	if (fd >= 0)
		close(fd);
}

static inline int fuzz_other_door(struct fuzz_worker *w)
{
	return 1 + fuzz_below(w, FUZZ_DOORS - 1);
}

/* ---- addresses */

static inline uint8_t *fuzz_map(size_t size)
{
	uint8_t *at = mmap(NULL, size + FUZZ_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || mprotect(at + size, FUZZ_PAGE, PROT_NONE))
		return NULL;
	return at;
}

/* The arena loses pages to messages that give them away. */
static inline void fuzz_mend_arena(struct fuzz_worker *w)
{
	mmap(w->arena, FUZZ_ARENA, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static inline bool
fuzz_worker_init(struct fuzz_worker *w, unsigned int index, uint64_t seed)
{
	w->random = seed;
	w->faults = -1;
	w->args = fuzz_map(FUZZ_ARGS);
	w->send = fuzz_map(FUZZ_BUFFER);
	w->receive = fuzz_map(FUZZ_BUFFER);
	w->arena = mmap((void *)(FUZZ_ARENAS + 4 * FUZZ_GAP * index),
			FUZZ_ARENA + FUZZ_GAP, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			MAP_FIXED_NOREPLACE, -1, 0);
	if (!w->args || !w->send || !w->receive || w->arena == MAP_FAILED)
		return false;
	fuzz_mend_arena(w);
	return true;
}

static inline uint64_t fuzz_bad_address(struct fuzz_worker *w)
{
	switch (fuzz_below(w, 6)) {
	case 0:
		return 0;
	case 1:
		return (uintptr_t)w->args + FUZZ_ARGS;
	case 2:
		return (uintptr_t)w->args + FUZZ_ARGS - 4;
	case 3:
		return 0xffffffff81000000ULL;
	case 4:
		return 0x8000000000000000ULL;
	default:
		return ~0ULL - fuzz_below(w, 16);
	}
}

/* ---- commands */

static inline void fuzz_check_errno(unsigned long cmd, int err, bool sane)
{
	switch (err) {
	case 0:
	case ESTALE:
	case EBADF:
	case ENOTTY:	/* another thread has opened something in its place */
	case ENOMEM:
		return;
	case EFAULT:
	case EINVAL:
	case E2BIG:
	case EOPNOTSUPP:
		if (!sane)
			return;
		break;
	}
	fuzz_complain("# command 0x%lx: errno %d, %swell-formed", cmd, err,
		      sane ? "" : "not ");
}

static inline void fuzz_check_words(unsigned long cmd, const void *data,
				    size_t size)
{
	const uint32_t *word = data;
	uint32_t next;

	for (size_t i = 0; i < size / 4; i++) {
		next = i + 1 < size / 4 ? word[i + 1] : 0;
		/* The lower half of a user's address may be anything. */
		if (fuzz_is_foreign(word[i]) && (!next || next > 0x7fff))
			fuzz_complain("# command 0x%lx: 0x%x in word %zu of %zu",
				      cmd, word[i], i, size / 4);
	}
}

/* One thing that is wrong with a command. */
struct fuzz_call {
	unsigned long cmd;
	uint8_t *at;
	size_t size;
	bool sane;
};

static inline void fuzz_distort(struct fuzz_worker *w, struct fuzz_call *call)
{
	uint32_t *word = (uint32_t *)call->at;

	call->sane = false;
	switch (fuzz_below(w, 8)) {
	case 0:
		word[0] = fuzz_word(w);
		break;
	case 1:
		word[0] = call->size - 1 - fuzz_below(w, call->size);
		break;
	case 2:		/* a longer structure, of zeros: nothing is wrong */
		call->sane = true;
		/* fallthrough */
	case 3:
		call->at = w->args;
		memmove(call->at, word, call->size);
		memset(call->at + call->size, 0, 100);
		word = (uint32_t *)call->at;
		word[0] = call->size + 4 + 4 * fuzz_below(w, 24);
		if (!call->sane)
			word[word[0] / 4 - 1] = 1;
		break;
	case 4:
		call->at = (uint8_t *)fuzz_bad_address(w);
		break;
	case 5:
		memmove(call->at - 3, call->at, call->size);
		call->at -= 3;
		break;
	case 6:
		call->cmd = fuzz_once_in(w, 2) ? fuzz_random(w) :
			_IO(MACHIPC_IOC_TYPE, fuzz_below(w, 256));
		break;
	default:
		/* No wrong address must have our memory written. */
		if (call->cmd == MACHIPC_IOC_MSG)
			word[1] |= fuzz_word(w);
		else if (call->cmd == MACHIPC_IOC_PORT_NAMES ||
			 call->cmd == MACHIPC_IOC_PORT_GET_SET_STATUS ||
			 call->cmd == MACHIPC_IOC_PORT_PEEK)
			word[1] = fuzz_word(w);
		else
			word[fuzz_below(w, call->size / 4)] = fuzz_word(w);
	}
}

/*
 * Has one of the next allocations or copies of the thread fail, so that EFAULT
 * or a shortage may be the answer to any call.
 */
static inline bool fuzz_fail(struct fuzz_worker *w)
{
	char text[4];
	int size;

	if (w->faults < 0 || fuzz_below(w, 3))
		return false;
	size = snprintf(text, sizeof(text), "%u", 1 + fuzz_below(w, 15));
	return pwrite(w->faults, text, size, 0) == size;
}

/* What ends the failures may be what fails. */
static inline void fuzz_fail_no_more(struct fuzz_worker *w)
{
	while (pwrite(w->faults, "0", 1, 0) != 1)
		;
}

/*
 * Issues a command whose structure ends where memory ends, or a distorted one.
 * Returns true if @arg has an answer to the command as it was meant.
 */
static inline bool fuzz_issue(struct fuzz_worker *w, unsigned long cmd,
			      void *arg, size_t size, bool sane)
{
	struct fuzz_call call = {
		.cmd = cmd,
		.at = w->args + FUZZ_ARGS - size,
		.size = size,
		.sane = sane,
	};
	bool distorted = fuzz_once_in(w, 25);
	bool fails;
	int err;

	memcpy(call.at, arg, size);
	if (distorted)
		fuzz_distort(w, &call);
	if (w->undo) {
		mprotect(w->args, FUZZ_ARGS, PROT_READ);
		call.sane = false;
	}
	fails = fuzz_fail(w);
	err = ioctl(fuzz_door(w), call.cmd, call.at) ? errno : 0;
	if (fails)
		fuzz_fail_no_more(w);
	if (w->undo)
		mprotect(w->args, FUZZ_ARGS, PROT_READ | PROT_WRITE);
	w->undo = fuzz_once_in(w, 100);

	__atomic_add_fetch(&fuzz_totals->calls, 1, __ATOMIC_RELAXED);
	fuzz_check_errno(cmd, err, call.sane && !fails);
	if (err || distorted)
		return false;
	memcpy(arg, call.at, size);
	fuzz_check_words(cmd, arg, size);
	return true;
}

static inline void fuzz_count(unsigned long cmd, bool good)
{
	unsigned int nr = _IOC_NR(cmd) % FUZZ_COMMANDS;

	__atomic_add_fetch(&fuzz_totals->command[nr].made, 1,
			   __ATOMIC_RELAXED);
	if (good)
		__atomic_add_fetch(&fuzz_totals->command[nr].good, 1,
				   __ATOMIC_RELAXED);
}

static inline void fuzz_check_kr(unsigned long cmd, kern_return_t kr)
{
	fuzz_count(cmd, kr == KERN_SUCCESS);
	switch (kr) {
	case KERN_SUCCESS:
	case KERN_NO_SPACE:
	case KERN_INVALID_ARGUMENT:
	case KERN_FAILURE:
	case KERN_RESOURCE_SHORTAGE:
	case KERN_NO_ACCESS:
	case KERN_ALREADY_IN_SET:
	case KERN_NOT_IN_SET:
	case KERN_NAME_EXISTS:
	case KERN_INVALID_NAME:
	case KERN_INVALID_TASK:
	case KERN_INVALID_RIGHT:
	case KERN_INVALID_VALUE:
	case KERN_INVALID_CAPABILITY:
	case KERN_RIGHT_EXISTS:
	case MIG_TYPE_ERROR:
	case MACH_SEND_INVALID_DEST:
	case MACH_SEND_INVALID_RIGHT:
		return;
	}
	fuzz_complain("# command 0x%lx: result 0x%x", cmd, kr);
}

static inline void fuzz_query(struct fuzz_worker *w)
{
	struct machipc_query arg = { .size = sizeof(arg) };

	if (fuzz_issue(w, MACHIPC_IOC_QUERY, &arg, sizeof(arg), true))
		fuzz_count(MACHIPC_IOC_QUERY, arg.out_abi_version == 1);
}

static inline void fuzz_self(struct fuzz_worker *w)
{
	struct machipc_self arg = {
		.size = sizeof(arg),
		.which = fuzz_below(w, 2),
	};

	if (!fuzz_issue(w, MACHIPC_IOC_SELF, &arg, sizeof(arg), true))
		return;
	fuzz_count(MACHIPC_IOC_SELF, arg.out_name);
	if (arg.which == MACHIPC_SELF_TASK && arg.out_name)
		fuzz_process.task = arg.out_name;
	else
		fuzz_keep(w, FUZZ_SEND, arg.out_name);
}

static inline void fuzz_reply_port(struct fuzz_worker *w)
{
	struct machipc_reply_port arg = { .size = sizeof(arg) };

	if (!fuzz_issue(w, MACHIPC_IOC_REPLY_PORT, &arg, sizeof(arg), true))
		return;
	fuzz_count(MACHIPC_IOC_REPLY_PORT, arg.out_name);
	fuzz_keep(w, FUZZ_RECEIVE, arg.out_name);
}

static inline void fuzz_allocate(struct fuzz_worker *w)
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

static inline void fuzz_construct(struct fuzz_worker *w)
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
#define FUZZ_USES_RIGHT		1
#define FUZZ_USES_SET		2
#define FUZZ_USES_NUMBER	4
#define FUZZ_USES_STRICT	8
#define FUZZ_USES_DELTA		16
#define FUZZ_USES_GUARD		32

static const struct fuzz_port_command {
	unsigned long cmd;
	enum fuzz_kind kind;
	uint32_t uses;
} fuzz_port_commands[] = {
	{ MACHIPC_IOC_PORT_DESTROY, FUZZ_ANY, 0 },
	{ MACHIPC_IOC_PORT_DEALLOCATE, FUZZ_SEND, 0 },
	{ MACHIPC_IOC_PORT_DEALLOCATE, FUZZ_ANY, 0 },
	{ MACHIPC_IOC_PORT_MOD_REFS, FUZZ_ANY,
	  FUZZ_USES_RIGHT | FUZZ_USES_DELTA },
	{ MACHIPC_IOC_PORT_MOD_REFS, FUZZ_ANY,
	  FUZZ_USES_RIGHT | FUZZ_USES_DELTA },
	{ MACHIPC_IOC_PORT_GET_REFS, FUZZ_ANY, FUZZ_USES_RIGHT },
	{ MACHIPC_IOC_PORT_DESTRUCT, FUZZ_RECEIVE,
	  FUZZ_USES_NUMBER | FUZZ_USES_GUARD },
	{ MACHIPC_IOC_PORT_TYPE, FUZZ_ANY, 0 },
	{ MACHIPC_IOC_PORT_INSERT_MEMBER, FUZZ_RECEIVE, FUZZ_USES_SET },
	{ MACHIPC_IOC_PORT_INSERT_MEMBER, FUZZ_RECEIVE, FUZZ_USES_SET },
	{ MACHIPC_IOC_PORT_EXTRACT_MEMBER, FUZZ_RECEIVE, FUZZ_USES_SET },
	{ MACHIPC_IOC_PORT_MOVE_MEMBER, FUZZ_RECEIVE, FUZZ_USES_SET },
	{ MACHIPC_IOC_PORT_GET_CONTEXT, FUZZ_RECEIVE, 0 },
	{ MACHIPC_IOC_PORT_SET_CONTEXT, FUZZ_RECEIVE, FUZZ_USES_GUARD },
	{ MACHIPC_IOC_PORT_GUARD, FUZZ_RECEIVE,
	  FUZZ_USES_STRICT | FUZZ_USES_GUARD },
	{ MACHIPC_IOC_PORT_UNGUARD, FUZZ_RECEIVE, FUZZ_USES_GUARD },
	{ MACHIPC_IOC_PORT_UNGUARD, FUZZ_RECEIVE, FUZZ_USES_GUARD },
	{ MACHIPC_IOC_PORT_SET_MSCOUNT, FUZZ_RECEIVE, FUZZ_USES_NUMBER },
	{ MACHIPC_IOC_PORT_SET_SEQNO, FUZZ_RECEIVE, FUZZ_USES_NUMBER },
	{ MACHIPC_IOC_PORT_GET_SRIGHTS, FUZZ_RECEIVE, 0 },
};

static inline void fuzz_port(struct fuzz_worker *w)
{
	const struct fuzz_port_command *command =
		&fuzz_port_commands[fuzz_below(w, sizeof(fuzz_port_commands) /
						  sizeof(*command))];
	struct machipc_port_op arg = {
		.size = sizeof(arg),
		.task = fuzz_task(w),
		.name = fuzz_name(w, command->kind),
	};

	if (command->uses & FUZZ_USES_RIGHT) {
		arg.arg = fuzz_below(w, 7);
		if (arg.arg < FUZZ_KINDS)
			arg.name = fuzz_name(w, arg.arg);
	}
	if (command->uses & FUZZ_USES_SET)
		arg.arg = fuzz_name(w, FUZZ_SET);
	if (command->uses & FUZZ_USES_NUMBER)
		arg.arg = fuzz_once_in(w, 4) ? fuzz_word(w) :
			fuzz_one_of(w, 0, 0, 1, -1);
	if (command->uses & FUZZ_USES_STRICT)
		arg.arg = fuzz_below(w, 2);
	if (command->uses & FUZZ_USES_DELTA)
		arg.value = (int64_t)(int32_t)(fuzz_once_in(w, 6) ?
			fuzz_word(w) : fuzz_one_of(w, 1, -1, -1, 2, -2, 0,
						   65534, -65535));
	if (command->uses & FUZZ_USES_GUARD)
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

static inline void fuzz_list(struct fuzz_worker *w)
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

static inline void fuzz_right(struct fuzz_worker *w)
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

static inline void fuzz_get_special(struct fuzz_worker *w)
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

static inline void fuzz_request(struct fuzz_worker *w)
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

static inline void fuzz_attributes(struct fuzz_worker *w)
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

static inline void fuzz_peek(struct fuzz_worker *w)
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

/* ---- messages */

#define FUZZ_OVERWRITE	3	/* copy option of a scatter list */

/* Where data out of line comes from, or goes to: seldom a bad address. */
static inline uint64_t fuzz_region(struct fuzz_worker *w, uint32_t *size,
				   bool *sane)
{
	uint32_t offset = fuzz_below(w, FUZZ_ARENA);

	*size = fuzz_below(w, fuzz_one_of(w, 1, 100, 5000, 70000));
	if (fuzz_once_in(w, 60))
		*size = fuzz_word(w);
	if (fuzz_once_in(w, 2))
		offset &= ~(FUZZ_PAGE - 1);
	if (fuzz_once_in(w, 4))
		offset = FUZZ_ARENA - *size;
	if (*size > FUZZ_ARENA || offset > FUZZ_ARENA - *size)
		*sane = false;
	if (!fuzz_once_in(w, 40))
		return (uintptr_t)w->arena + offset % FUZZ_ARENA;
	*sane = false;
	return fuzz_bad_address(w);
}

static inline void fuzz_port_array(struct fuzz_worker *w,
				   mach_msg_ool_ports_descriptor_t *array)
{
	uint32_t *names = (uint32_t *)w->arena + fuzz_below(w, 1024);

	array->address = names;
	array->count = fuzz_once_in(w, 50) ? fuzz_word(w) :
		fuzz_below(w, fuzz_one_of(w, 4, 4, 30, 2000));
	array->disposition = fuzz_disposition(w);
	for (uint32_t i = 0; i < array->count && i < 30; i++)
		names[i] = fuzz_name(w, fuzz_source(w, array->disposition));
	if (fuzz_once_in(w, 60))
		array->address = (void *)fuzz_bad_address(w);
}

/* Writes one descriptor. Returns where the next one goes. */
static inline uint8_t *fuzz_descriptor(struct fuzz_worker *w, uint8_t *at)
{
	mach_msg_port_descriptor_t port = {};
	mach_msg_ool_descriptor_t memory = {};
	mach_msg_ool_ports_descriptor_t array = {};
	uint32_t type = fuzz_one_of(w, 0, 0, 0, 0, 1, 1, 2, 2, 3);
	bool sane = true;
	uint32_t size;

	if (fuzz_once_in(w, 60))
		type = fuzz_below(w, 256);
	switch (type) {
	case MACH_MSG_OOL_DESCRIPTOR:
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		memory.address = (void *)fuzz_region(w, &size, &sane);
		memory.size = size;
		memory.copy = fuzz_below(w, fuzz_once_in(w, 30) ? 256 : 2);
		/* A wrong address must not take away what is not ours. */
		memory.deallocate = sane && fuzz_once_in(w, 8);
		memory.type = type;
		memcpy(at, &memory, sizeof(memory));
		return at + sizeof(memory);
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		fuzz_port_array(w, &array);
		array.copy = fuzz_below(w, fuzz_once_in(w, 30) ? 256 : 2);
		array.type = type;
		memcpy(at, &array, sizeof(array));
		return at + sizeof(array);
	default:
		port.disposition = fuzz_disposition(w);
		port.name = fuzz_name(w, fuzz_source(w, port.disposition));
		port.type = type;
		memcpy(at, &port, sizeof(port));
		return at + sizeof(port);
	}
}

static inline void fuzz_header(struct fuzz_worker *w, mach_msg_header_t *head)
{
	uint32_t remote = fuzz_disposition(w) & 0x1f;
	uint32_t local = fuzz_once_in(w, 2) ? 0 : fuzz_disposition(w) & 0x1f;
	uint32_t bits = MACH_MSGH_BITS(remote, local);

	if (fuzz_once_in(w, 2))
		bits |= MACH_MSGH_BITS_COMPLEX;
	if (fuzz_once_in(w, 60))
		bits |= (fuzz_disposition(w) & 0x1f) << 16;
	if (fuzz_once_in(w, 100))
		bits ^= fuzz_word(w);
	head->msgh_bits = bits;
	head->msgh_remote_port = fuzz_name(w, fuzz_source(w, remote));
	head->msgh_local_port = local || fuzz_once_in(w, 60) ?
		fuzz_name(w, fuzz_source(w, local)) : MACH_PORT_NULL;
	head->msgh_voucher_port = fuzz_once_in(w, 30) ?
		fuzz_name(w, FUZZ_ANY) : MACH_PORT_NULL;
	head->msgh_id = fuzz_one_of(w, 0, 1, 64, 70, 71, 72, 3200, 3204, -1);
}

/*
 * Makes a message at the start of the buffer, or so that it ends where memory
 * ends. Returns its size, for the call, and its address.
 */
static inline uint32_t fuzz_message(struct fuzz_worker *w, uint8_t **where)
{
	uint8_t *msg = w->send;
	mach_msg_header_t *head = (mach_msg_header_t *)msg;
	uint8_t *at = msg + sizeof(*head);
	uint32_t count = fuzz_below(w, 6);
	uint32_t size;

	fuzz_header(w, head);
	if (head->msgh_bits & MACH_MSGH_BITS_COMPLEX) {
		memcpy(at, &count, 4);
		at += 4;
		for (uint32_t i = 0; i < count; i++)
			at = fuzz_descriptor(w, at);
		if (fuzz_once_in(w, 40)) {
			count = fuzz_word(w);
			memcpy(msg + sizeof(*head), &count, 4);
		}
	}
	size = at - msg + 4 * fuzz_below(w, fuzz_one_of(w, 1, 4, 60, 2000,
							12000));
	head->msgh_size = size;
	*where = msg;
	if (fuzz_once_in(w, 4)) {
		*where = w->send + FUZZ_BUFFER - size;
		memmove(*where, msg, at - msg);
	}
	if (fuzz_once_in(w, 40))
		size = fuzz_once_in(w, 2) ? fuzz_word(w) :
					    size + fuzz_below(w, 9) - 4;
	return size;
}

/* A list of where data out of line is to go, in the receive buffer. */
static inline uint32_t fuzz_scatter_list(struct fuzz_worker *w, uint8_t *list)
{
	uint32_t count = 1 + fuzz_below(w, 4);
	uint8_t *at = list + sizeof(mach_msg_header_t) + 4;
	mach_msg_ool_descriptor_t entry = {};
	bool sane = true;
	uint32_t size;

	memset(list, 0, sizeof(mach_msg_header_t));
	memcpy(at - 4, &count, 4);
	for (uint32_t i = 0; i < count; i++) {
		entry.address = (void *)fuzz_region(w, &size, &sane);
		entry.size = size;
		entry.copy = fuzz_one_of(w, FUZZ_OVERWRITE, FUZZ_OVERWRITE, 2);
		entry.type = fuzz_one_of(w, 1, 1, 2, 3);
		memcpy(at, &entry, sizeof(entry));
		at += sizeof(entry);
	}
	return at - list + fuzz_one_of(w, 0, 0, 0, -4, 100);
}

static inline void fuzz_check_mr(mach_msg_return_t mr, mach_msg_option_t option)
{
	mach_msg_return_t bits = mr & MACH_MSG_MASK;

	switch (mr & ~MACH_MSG_MASK) {
	case MACH_MSG_SUCCESS:
		if (!bits || bits == MACH_MSG_VM_KERNEL)
			return;
		break;
	case MACH_SEND_TIMED_OUT:
		if (option & MACH_SEND_TIMEOUT)
			return;
		break;
	case MACH_SEND_INTERRUPTED:
	case MACH_SEND_NO_BUFFER:
		return;
	case MACH_SEND_INVALID_DATA:
	case MACH_SEND_INVALID_DEST:
	case MACH_SEND_INVALID_VOUCHER:
	case MACH_SEND_MSG_TOO_SMALL:
	case MACH_SEND_INVALID_REPLY:
	case MACH_SEND_INVALID_RIGHT:
	case MACH_SEND_INVALID_MEMORY:
	case MACH_SEND_TOO_LARGE:
	case MACH_SEND_INVALID_TYPE:
	case MACH_SEND_INVALID_HEADER:
		if (!bits && option & MACH_SEND_MSG)
			return;
		break;
	case MACH_RCV_TIMED_OUT:
		if (!bits && option & MACH_RCV_TIMEOUT)
			return;
		break;
	case MACH_RCV_INVALID_NAME:
	case MACH_RCV_TOO_LARGE:
	case MACH_RCV_INTERRUPTED:
	case MACH_RCV_PORT_CHANGED:
	case MACH_RCV_INVALID_DATA:
		if (!bits && option & MACH_RCV_MSG)
			return;
		break;
	case MACH_RCV_HEADER_ERROR:
	case MACH_RCV_BODY_ERROR:
		if (bits)
			return;
		break;
	}
	fuzz_complain("# mach_msg: result 0x%x, options 0x%x", mr, option);
}

/* Takes the memory of a received descriptor, or gives it back. */
static inline void fuzz_take_memory(struct fuzz_worker *w, uint8_t *memory,
				    size_t size, uint8_t copy)
{
	size_t end = (size + FUZZ_PAGE - 1) & ~(FUZZ_PAGE - 1UL);

	if (!memory || copy == FUZZ_OVERWRITE)
		return;
	for (size_t i = size; i < end; i++)
		if (memory[i]) {
			fuzz_complain("# not zero behind a region: 0x%x",
				      memory[i]);
			break;
		}
	if (!fuzz_once_in(w, 30))
		munmap(memory, end);
}

/* Keeps the rights of a received descriptor. Returns where the next one is. */
static inline uint8_t *fuzz_take_descriptor(struct fuzz_worker *w, uint8_t *at)
{
	mach_msg_port_descriptor_t port;
	mach_msg_ool_descriptor_t memory;
	mach_msg_ool_ports_descriptor_t array;
	uint32_t *names;

	memcpy(&port, at, sizeof(port));
	memcpy(&memory, at, sizeof(memory));
	memcpy(&array, at, sizeof(array));
	switch (port.type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		fuzz_keep_right(w, port.disposition, port.name);
		return at + sizeof(port);
	case MACH_MSG_OOL_DESCRIPTOR:
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		fuzz_take_memory(w, memory.address, memory.size, memory.copy);
		return at + sizeof(memory);
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		names = array.address;
		for (uint32_t i = 0; names && i < array.count; i++)
			fuzz_keep_right(w, array.disposition, names[i]);
		fuzz_take_memory(w, array.address, array.count * 4UL,
				 array.copy);
		return at + sizeof(array);
	default:
		fuzz_complain("# received descriptor of type %u", port.type);
		return NULL;
	}
}

static inline uint32_t fuzz_trailer_size(mach_msg_option_t option)
{
	static const uint32_t sizes[] = { 8, 12, 20, 52, 60 };
	uint32_t elements = option >> 24 & 0xf;

	return elements < 5 ? sizes[elements] : 68;
}

/* Looks at a message that was delivered, and keeps what it brought. */
static inline void fuzz_take_message(struct fuzz_worker *w, uint8_t *buffer,
				     uint32_t room, mach_msg_option_t option)
{
	mach_msg_header_t *head = (mach_msg_header_t *)buffer;
	uint8_t *at = buffer + sizeof(*head);
	uint32_t *trailer = (uint32_t *)(buffer + head->msgh_size);
	uint32_t size = fuzz_trailer_size(option);
	uint32_t count = 0;

	if (head->msgh_size < sizeof(*head) || head->msgh_size > room ||
	    head->msgh_size % 4 || room - head->msgh_size < size) {
		fuzz_complain("# received 0x%x bytes in 0x%x",
			      head->msgh_size, room);
		return;
	}
	if (trailer[0] || trailer[1] != size)
		fuzz_complain("# trailer %u %u, options 0x%x", trailer[0],
			      trailer[1], option);
	fuzz_check_words(MACHIPC_IOC_MSG, buffer, head->msgh_size + size);
	fuzz_keep_right(w, MACH_MSGH_BITS_REMOTE(head->msgh_bits),
			head->msgh_remote_port);
	if (!(head->msgh_bits & MACH_MSGH_BITS_COMPLEX) ||
	    head->msgh_size < sizeof(*head) + 4)
		return;
	memcpy(&count, at, 4);
	at += 4;
	for (; count && at; count--)
		at = fuzz_take_descriptor(w, at);
	if (!at || at > (uint8_t *)trailer)
		fuzz_complain("# descriptors end outside of a message");
}

static inline mach_msg_option_t fuzz_option(struct fuzz_worker *w)
{
	mach_msg_option_t option = fuzz_one_of(w, 1, 1, 1, 2, 2, 3, 3, 0);

	if (w->alone || !fuzz_once_in(w, 40))
		option |= MACH_SEND_TIMEOUT;
	if (w->alone || !fuzz_once_in(w, 40))
		option |= MACH_RCV_TIMEOUT;
	if (fuzz_once_in(w, 4))
		option |= MACH_RCV_LARGE;
	if (fuzz_once_in(w, 8))
		option |= MACH_RCV_LARGE_IDENTITY;
	if (fuzz_once_in(w, 4))
		option |= MACH_SEND_NOTIFY;
	if (fuzz_once_in(w, 2))
		option |= MACH_RCV_TRAILER_ELEMENTS(fuzz_below(w, 16));
	if (fuzz_once_in(w, 8))
		option |= MACH_RCV_OVERWRITE;
	if (fuzz_once_in(w, 30))
		option |= fuzz_word(w);
	return option;
}

static inline void fuzz_msg(struct fuzz_worker *w)
{
	struct machipc_msg arg = {
		.size = sizeof(arg),
		.option = fuzz_option(w),
		.rcv_name = fuzz_name(w, fuzz_once_in(w, 4) ? FUZZ_SET :
							      FUZZ_RECEIVE),
		.timeout = fuzz_one_of(w, 0, 0, 0, 1, 5),
	};
	uint32_t option = arg.option;
	uint8_t *msg = w->send;
	uint8_t *buffer;
	uint32_t room;

	if (option & MACH_SEND_MSG)
		arg.send_size = fuzz_message(w, &msg);
	arg.msg = (uintptr_t)msg;
	arg.rcv_size = fuzz_one_of(w, FUZZ_BUFFER, 4096, 4096, 1024, 200, 100,
				   60, 32, 24, 0);
	buffer = w->receive + FUZZ_BUFFER - arg.rcv_size;
	room = arg.rcv_size;
	arg.rcv_msg = (uintptr_t)buffer;
	if (option & MACH_RCV_OVERWRITE && arg.rcv_size >= 1024)
		arg.scatter_size = fuzz_scatter_list(w, buffer);
	if (fuzz_once_in(w, 40))
		arg.rcv_msg = fuzz_bad_address(w);
	else if (fuzz_once_in(w, 40))
		arg.rcv_msg = 0;

	if (!fuzz_issue(w, MACHIPC_IOC_MSG, &arg, sizeof(arg), true))
		return;
	fuzz_check_mr(arg.out_result, option);
	/* The pool is stale, so it gets a port that works. */
	if (arg.out_result == MACH_SEND_INVALID_DEST ||
	    arg.out_result == MACH_RCV_INVALID_NAME)
		fuzz_construct(w);
	fuzz_count(MACHIPC_IOC_MSG, arg.out_result == MACH_MSG_SUCCESS);
	if (option & MACH_RCV_MSG && arg.rcv_msg == (uintptr_t)buffer &&
	    (arg.out_result == MACH_MSG_SUCCESS ||
	     (arg.out_result & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR))
		fuzz_take_message(w, buffer, room, option);
	if (fuzz_once_in(w, 4))
		fuzz_mend_arena(w);
}

/* ---- descriptors */

static inline int fuzz_open_door(void)
{
	return open(MACHIPC_DEVICE, O_RDWR | O_CLOEXEC);
}

static inline void fuzz_open(struct fuzz_worker *w)
{
	fuzz_hang_door(fuzz_other_door(w), fuzz_open_door());
}

static inline void fuzz_close(struct fuzz_worker *w)
{
	fuzz_hang_door(fuzz_other_door(w), -1);
}

static inline void fuzz_dup(struct fuzz_worker *w)
{
	fuzz_hang_door(fuzz_other_door(w), dup(fuzz_door(w)));
}

/* The space dies with its last door, and there is a new one. */
static inline void fuzz_leave(struct fuzz_worker *w)
{
	for (int i = FUZZ_DOORS - 1; i >= 0; i--)
		fuzz_hang_door(i, -1);
	fuzz_hang_door(0, fuzz_open_door());
	fuzz_self(w);
}

/* What else a program may try with a descriptor. */
static inline void fuzz_other_call(struct fuzz_worker *w)
{
	struct pollfd poll_fd = { .fd = fuzz_door(w), .events = POLLIN };
	char byte = 0;

	switch (fuzz_below(w, 5)) {
	case 0:
		if (read(poll_fd.fd, &byte, 1) >= 0)
			fuzz_complain("# read() succeeds");
		break;
	case 1:
		if (write(poll_fd.fd, &byte, 1) >= 0)
			fuzz_complain("# write() succeeds");
		break;
	case 2:
		if (mmap(NULL, FUZZ_PAGE, PROT_READ, MAP_SHARED, poll_fd.fd,
			 0) != MAP_FAILED)
			fuzz_complain("# mmap() succeeds");
		break;
	case 3:
		poll(&poll_fd, 1, 0);
		break;
	default:
		fcntl(poll_fd.fd, F_SETFL, fuzz_one_of(w, 0, O_NONBLOCK));
	}
}

union fuzz_control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static inline void fuzz_pass_door(struct fuzz_worker *w)
{
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union fuzz_control control = {
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
	int fd = fuzz_door(w);

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	sendmsg(fuzz_process.sock[0], &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Uses a descriptor that some process has passed on, most likely another. */
static inline void fuzz_take_door(struct fuzz_worker *w)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union fuzz_control control;
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
	fuzz_hang_door(fuzz_other_door(w), fd);
	fuzz_self(w);
	fuzz_query(w);
	fuzz_close(w);
}

/* ---- all */

static const struct {
	uint32_t weight;
	void (*call)(struct fuzz_worker *w);
} fuzz_calls[] = {
	{ 300, fuzz_msg },
	{ 150, fuzz_port },
	{ 50, fuzz_right },
	{ 60, fuzz_allocate },
	{ 50, fuzz_construct },
	{ 30, fuzz_request },
	{ 15, fuzz_attributes },
	{ 10, fuzz_get_special },
	{ 10, fuzz_peek },
	{ 10, fuzz_list },
	{ 5, fuzz_reply_port },
	{ 15, fuzz_self },
	{ 2, fuzz_query },
	{ 5, fuzz_open },
	{ 5, fuzz_close },
	{ 5, fuzz_dup },
	{ 1, fuzz_leave },
	{ 3, fuzz_pass_door },
	{ 3, fuzz_take_door },
	{ 3, fuzz_other_call },
};

static inline void fuzz_step(struct fuzz_worker *w)
{
	static uint32_t sum;
	uint32_t weight, at;

	if (!sum) {
		weight = 0;
		for (size_t i = 0; i < sizeof(fuzz_calls) / sizeof(*fuzz_calls);
		     i++)
			weight += fuzz_calls[i].weight;
		sum = weight;
	}
	at = fuzz_below(w, sum);
	for (size_t i = 0; ; i++) {
		if (at < fuzz_calls[i].weight) {
			fuzz_calls[i].call(w);
			return;
		}
		at -= fuzz_calls[i].weight;
	}
}

#endif /* FUZZ_GRAMMAR_H */
