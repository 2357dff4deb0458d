/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A grammar of calls: most are well-formed and act on names that exist, so
 * that they get far; some are wrong in one place, and a few everywhere.
 *
 * What the kernel answers is checked for what must hold whatever was asked:
 * the codes are documented ones, nothing is written where it does not belong,
 * and nothing is written that was left in the kernel's memory by somebody else.
 * So that the latter shows, no word that is sent looks like it.
 *
 * The rooms:
 *	choice.c	what is drawn, from a seed
 *	names.c		the names that a process knows
 *	memory.c	where messages are made, and addresses that are wrong
 *	issue.c		one call: spoilt, made, and its answer looked at
 *	commands.c	the commands on names
 *	message.c	messages to send, and the trap
 *	request.c	messages that the kernel answers
 *	receive.c	what messages bring
 *	files.c		descriptors: doors and what is polled
 *	process.c	children
 *	calls.c		the table of all
 *	machine.c	what is set for all processes: limits and faults
 */
#ifndef FUZZ_H
#define FUZZ_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/machipc.h>
#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>
#include <mach/port.h>

#define FUZZ_DEVICE	"/dev/machipc"

#define FUZZ_NAMES	10	/* of each kind */
#define FUZZ_DOORS	6
#define FUZZ_WATCHES	4
#define FUZZ_REGIONS	6
#define FUZZ_OBJECTS	3	/* task, host, thread */
#define FUZZ_COMMANDS	128

#define FUZZ_PAGE	4096
#define FUZZ_ARGS	FUZZ_PAGE
#define FUZZ_BUFFER	(16 * FUZZ_PAGE)
#define FUZZ_ARENA	(64 * FUZZ_PAGE)

#define FUZZ_OVERWRITE	3	/* copy option of a scatter list */

#define FUZZ_COUNT(_array)	(sizeof(_array) / sizeof(*(_array)))

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
	uint32_t object[FUZZ_OBJECTS];	/* by MACHIPC_SELF_* */
	uint32_t member[2];	/* a port and the set that it has joined */
	int door[FUZZ_DOORS];
	int watch[FUZZ_WATCHES];
	uint64_t region[FUZZ_REGIONS];	/* received: address, and pages */
	int epoll;
	int sock[2];		/* a pair that all processes pass doors through */
	void (*child_begins)(void);
};

/*
 * Something other than what the seed says: the draw with this index, or, from
 * FUZZ_CHANGE_WORD on, a word of the command's structure.
 */
struct fuzz_change {
	uint8_t index;
	uint32_t value;
};

#define FUZZ_CHANGE_WORD	0x80

struct fuzz_worker {
	uint64_t random;
	uint32_t draws;		/* since the call began */
	uint32_t nr_changes;
	const struct fuzz_change *changes;
	pthread_t thread;
	pid_t tid;
	uint8_t *args;		/* all four end where memory ends */
	uint8_t *send;
	uint8_t *receive;
	uint8_t *arena;
	bool torn;		/* the arena has lost pages */
	bool narrow;		/* the call is made as by a 32-bit program */
	bool undo;		/* the answer to the next call cannot be written */
	bool alone;		/* nobody will end a wait that has no limit */
	uint32_t fail;		/* the allocation or copy that shall fail, or 0 */
	int faults;		/* the thread's fail-nth, or -1 */
};

extern struct fuzz_totals *fuzz_totals;
extern struct fuzz_process fuzz_process;
extern bool fuzz_has_narrow;	/* the kernel has the calls of 32-bit programs */

bool fuzz_init(void);
__attribute__((format(printf, 1, 2)))
void fuzz_complain(const char *format, ...);

/* choice.c */
uint64_t fuzz_random(struct fuzz_worker *w);
uint32_t fuzz_below(struct fuzz_worker *w, uint32_t limit);
bool fuzz_once_in(struct fuzz_worker *w, uint32_t n);
uint32_t fuzz_word(struct fuzz_worker *w);
bool fuzz_is_foreign(uint32_t word);
uint32_t fuzz_choose(struct fuzz_worker *w, const uint32_t *choice,
		     uint32_t count);

#define fuzz_one_of(w, ...) ({						\
	static const uint32_t choice[] = { __VA_ARGS__ };		\
	fuzz_choose(w, choice, FUZZ_COUNT(choice)); })

/* names.c */
uint32_t fuzz_name(struct fuzz_worker *w, enum fuzz_kind kind);
uint32_t fuzz_task(struct fuzz_worker *w);
uint32_t fuzz_object(struct fuzz_worker *w, uint32_t which);
void fuzz_keep(struct fuzz_worker *w, enum fuzz_kind kind, uint32_t name);
void fuzz_keep_right(struct fuzz_worker *w, uint32_t disposition,
		     uint32_t name);
uint32_t fuzz_disposition(struct fuzz_worker *w);
enum fuzz_kind fuzz_source(struct fuzz_worker *w, uint32_t disposition);

/* memory.c */
bool fuzz_worker_init(struct fuzz_worker *w, unsigned int index,
		      uint64_t seed);
void fuzz_mend_arena(struct fuzz_worker *w);
uint64_t fuzz_bad_address(struct fuzz_worker *w);
uint64_t fuzz_region(struct fuzz_worker *w, uint32_t *size, bool *sane);
void fuzz_keep_memory(struct fuzz_worker *w, uint8_t *at, size_t size);
void fuzz_drop_memory(void);
void fuzz_memory(struct fuzz_worker *w);

/* issue.c */
bool fuzz_issue(struct fuzz_worker *w, unsigned long cmd, void *arg,
		size_t size, bool sane);
void fuzz_check_words(unsigned long cmd, const void *data, size_t size);
void fuzz_check_kr(unsigned long cmd, kern_return_t kr);
void fuzz_count(unsigned long cmd, bool good);

/* commands.c */
void fuzz_query(struct fuzz_worker *w);
void fuzz_self(struct fuzz_worker *w);
void fuzz_reply_port(struct fuzz_worker *w);
void fuzz_allocate(struct fuzz_worker *w);
void fuzz_construct(struct fuzz_worker *w);
void fuzz_port(struct fuzz_worker *w);
void fuzz_list(struct fuzz_worker *w);
void fuzz_right(struct fuzz_worker *w);
void fuzz_get_special(struct fuzz_worker *w);
void fuzz_request_notification(struct fuzz_worker *w);
void fuzz_attributes(struct fuzz_worker *w);
void fuzz_peek(struct fuzz_worker *w);

/* message.c, request.c */
void fuzz_msg(struct fuzz_worker *w);
void fuzz_request(struct fuzz_worker *w);
uint8_t *fuzz_put_right(uint8_t *at, uint32_t disposition, uint32_t name);
uint8_t *fuzz_put_memory(struct fuzz_worker *w, uint8_t *at,
			 const mach_msg_ool_descriptor_t *memory);
uint8_t *fuzz_put_names(struct fuzz_worker *w, uint8_t *at, uint32_t count,
			uint32_t disposition);
void fuzz_trap(struct fuzz_worker *w, struct machipc_msg *arg);

/* receive.c */
void fuzz_check_mr(mach_msg_return_t mr, mach_msg_option_t option);
void fuzz_take_message(struct fuzz_worker *w, uint8_t *buffer, uint32_t room,
		       mach_msg_option_t option);

/* files.c */
int fuzz_open_door(void);
int fuzz_door(struct fuzz_worker *w);
void fuzz_hang_door(int which, int fd);
void fuzz_hang_watch(struct fuzz_worker *w, int fd);
void fuzz_close_all(void);
void fuzz_open(struct fuzz_worker *w);
void fuzz_close(struct fuzz_worker *w);
void fuzz_dup(struct fuzz_worker *w);
void fuzz_leave(struct fuzz_worker *w);
void fuzz_watch(struct fuzz_worker *w);
void fuzz_poll(struct fuzz_worker *w);
void fuzz_other_call(struct fuzz_worker *w);
void fuzz_pass(struct fuzz_worker *w);
void fuzz_take(struct fuzz_worker *w);

/* process.c */
void fuzz_fork(struct fuzz_worker *w);
void fuzz_foreign_main(int argc, char **argv);

/* calls.c */
struct fuzz_call_kind {
	const char *name;
	uint32_t weight;
	void (*call)(struct fuzz_worker *w);
};

extern const struct fuzz_call_kind fuzz_calls[];
extern const unsigned int fuzz_nr_calls;
unsigned int fuzz_pick_call(struct fuzz_worker *w);
void fuzz_step(struct fuzz_worker *w);

/* machine.c */
void fuzz_trace(bool on);
void fuzz_limits_lower(void);
void fuzz_limits_restore(void);
bool fuzz_faults_prepare(void);
int fuzz_faults_open(void);

#endif /* FUZZ_H */
