// SPDX-License-Identifier: GPL-2.0
/*
 * One call: spoilt in one place, or made as it is, and its answer looked at.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct fuzz_totals *fuzz_totals;
struct fuzz_process fuzz_process = { .epoll = -1 };

bool fuzz_has_narrow;

void fuzz_complain(const char *format, ...)
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

#ifdef __x86_64__
#define NR_GETPID_32	20
#define NR_IOCTL_32	54

/* A call by the gate of 32-bit programs; returns a negative errno. */
static int narrow_call(unsigned int nr, int fd, unsigned int cmd,
		       unsigned int arg)
{
	int ret;

	asm volatile("int $0x80" : "=a" (ret)
		     : "0" (nr), "b" (fd), "c" (cmd), "d" (arg)
		     : "memory", "cc", "r8", "r9", "r10", "r11");
	return ret;
}

static bool narrow_calls_work(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(narrow_call(NR_GETPID_32, 0, 0, 0) != getpid());
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}
#else
#define NR_IOCTL_32	0
static int narrow_call(unsigned int nr, int fd, unsigned int cmd,
		       unsigned int arg)
{
	return -EBADF;
}

static bool narrow_calls_work(void)
{
	return false;
}
#endif

/* What the processes share. */
bool fuzz_init(void)
{
	fuzz_totals = mmap(NULL, sizeof(*fuzz_totals), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(fuzz_process.door, 0xff, sizeof(fuzz_process.door));
	memset(fuzz_process.watch, 0xff, sizeof(fuzz_process.watch));
	fuzz_has_narrow = narrow_calls_work();
	return fuzz_totals != MAP_FAILED;
}

static void check_errno(unsigned long cmd, int err, bool sane)
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

void fuzz_check_words(unsigned long cmd, const void *data, size_t size)
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

/* A call as it is made, which may not be as it was meant. */
struct issue {
	unsigned long cmd;
	uint8_t *at;
	size_t size;
	bool sane;
};

/* No wrong address must have our memory written. */
static void change_word(struct issue *issue, uint32_t index, uint32_t value)
{
	uint32_t *word = (uint32_t *)issue->at;

	issue->sane = false;
	if (issue->cmd == MACHIPC_IOC_MSG)
		word[1] |= value;
	else if (issue->cmd == MACHIPC_IOC_PORT_NAMES ||
		 issue->cmd == MACHIPC_IOC_PORT_GET_SET_STATUS ||
		 issue->cmd == MACHIPC_IOC_PORT_PEEK)
		word[1] = value;
	else
		word[index % (issue->size / 4)] = value;
}

static void spoil(struct fuzz_worker *w, struct issue *issue)
{
	uint32_t *word = (uint32_t *)issue->at;
	bool sane = issue->sane;
	uint32_t index;

	issue->sane = false;
	switch (fuzz_below(w, 8)) {
	case 0:
		word[0] = fuzz_word(w);
		break;
	case 1:
		word[0] = issue->size - 1 - fuzz_below(w, issue->size);
		break;
	case 2:		/* a longer structure, of zeros: nothing is wrong */
		issue->sane = sane;
		/* fallthrough */
	case 3:
		issue->at = w->args;
		memmove(issue->at, word, issue->size);
		memset(issue->at + issue->size, 0, 100);
		word = (uint32_t *)issue->at;
		word[0] = issue->size + 4 + 4 * fuzz_below(w, 24);
		if (!issue->sane)
			word[word[0] / 4 - 1] = 1;
		break;
	case 4:
		issue->at = (uint8_t *)fuzz_bad_address(w);
		break;
	case 5:
		memmove(issue->at - 3, issue->at, issue->size);
		issue->at -= 3;
		break;
	case 6:
		issue->cmd = fuzz_once_in(w, 2) ? fuzz_random(w) :
			_IO(MACHIPC_IOC_TYPE, fuzz_below(w, 256));
		break;
	default:
		index = fuzz_below(w, issue->size / 4);
		change_word(issue, index, fuzz_word(w));
	}
}

/* Makes the changes that are not of draws. Returns whether there were any. */
static bool change_words(struct fuzz_worker *w, struct issue *issue)
{
	bool changed = false;

	for (uint32_t i = 0; i < w->nr_changes; i++) {
		uint32_t index = w->changes[i].index;

		if (index < FUZZ_CHANGE_WORD)
			continue;
		change_word(issue, index - FUZZ_CHANGE_WORD,
			    w->changes[i].value);
		changed = true;
	}
	return changed;
}

/*
 * Has one of the next allocations or copies of the thread fail, so that EFAULT
 * or a shortage may be the answer to any call.
 */
static bool fail(struct fuzz_worker *w)
{
	char text[12];
	int size;

	if (w->faults < 0 || !w->fail)
		return false;
	size = snprintf(text, sizeof(text), "%u", w->fail);
	return pwrite(w->faults, text, size, 0) == size;
}

/* What ends the failures may be what fails. */
static void fail_no_more(struct fuzz_worker *w)
{
	while (pwrite(w->faults, "0", 1, 0) != 1)
		;
}

/* Makes the call. Returns 0 or an errno. */
static int call(struct fuzz_worker *w, const struct issue *issue)
{
	int fd = fuzz_door(w);

	if (w->narrow)
		return -narrow_call(NR_IOCTL_32, fd, issue->cmd,
				    (uintptr_t)issue->at);
	return ioctl(fd, issue->cmd, issue->at) ? errno : 0;
}

/*
 * Issues a command whose structure ends where memory ends, or a spoilt one.
 * Returns true if @arg has an answer to the command as it was meant.
 */
bool fuzz_issue(struct fuzz_worker *w, unsigned long cmd, void *arg,
		size_t size, bool sane)
{
	struct issue issue = {
		.cmd = cmd,
		.at = w->args + FUZZ_ARGS - size,
		.size = size,
		.sane = sane,
	};
	bool spoilt = fuzz_once_in(w, 25);
	bool fails;
	int err;

	memcpy(issue.at, arg, size);
	if (spoilt)
		spoil(w, &issue);
	else
		spoilt = change_words(w, &issue);
	if (w->undo) {
		mprotect(w->args, FUZZ_ARGS, PROT_READ);
		issue.sane = false;
	}
	fails = fail(w);
	err = call(w, &issue);
	if (fails)
		fail_no_more(w);
	if (w->undo)
		mprotect(w->args, FUZZ_ARGS, PROT_READ | PROT_WRITE);
	w->undo = fuzz_once_in(w, 100);

	__atomic_add_fetch(&fuzz_totals->calls, 1, __ATOMIC_RELAXED);
	check_errno(cmd, err, issue.sane && !fails);
	if (err || spoilt)
		return false;
	memcpy(arg, issue.at, size);
	fuzz_check_words(cmd, arg, size);
	return true;
}

void fuzz_count(unsigned long cmd, bool good)
{
	unsigned int nr = _IOC_NR(cmd) % FUZZ_COMMANDS;

	__atomic_add_fetch(&fuzz_totals->command[nr].made, 1,
			   __ATOMIC_RELAXED);
	if (good)
		__atomic_add_fetch(&fuzz_totals->command[nr].good, 1,
				   __ATOMIC_RELAXED);
}

void fuzz_check_kr(unsigned long cmd, kern_return_t kr)
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
