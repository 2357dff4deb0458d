/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the bootstrap server share: a server with its log, short
 * forms of the calls, and processes of several users.
 *
 * Needs machbootstrapd in the search path, or its path in $MACHBOOTSTRAPD.
 */
#ifndef BOOTSTRAP_UTILS_H
#define BOOTSTRAP_UTILS_H

#include "machipc_utils.h"

#include <stdlib.h>
#include <mach/mach.h>
#include <servers/bootstrap.h>
#include "../lib/bootstrap_protocol.h"

#define ALICE	1000
#define BOB	1001

#define NAME	"org.machipc.test"
#define OTHER	"org.machipc.other"

static inline pid_t start_server(int log, const char *option)
{
	const char *path = getenv("MACHBOOTSTRAPD");
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execlp(path ? path : "machbootstrapd", "machbootstrapd", option, NULL);
	perror("machbootstrapd");
	_exit(127);
}

/* How often the log has the text. */
static inline int log_count(int log, const char *text)
{
	static char buffer[1 << 18];
	ssize_t size = pread(log, buffer, sizeof(buffer) - 1, 0);
	const char *at = buffer;
	int count = 0;

	if (size < 0)
		return -1;
	buffer[size] = 0;
	while ((at = strstr(at, text))) {
		at += strlen(text);
		count++;
	}
	return count;
}

static inline bool log_has(int log, const char *text)
{
	return log_count(log, text) > 0;
}

/* For what is written after the reply, or without one. */
static inline bool log_will_have(int log, const char *text)
{
	uint64_t end = now_ms() + TEST_PATIENCE;

	while (!log_has(log, text)) {
		if (now_ms() > end)
			return false;
		nap();
	}
	return true;
}

static inline bool is_running(pid_t pid)
{
	siginfo_t info = {};

	return !waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       !info.si_pid;
}

/* Waits until the server has said @count times in all that it is ready. */
static inline bool server_is_ready(pid_t pid, int log, int count)
{
	uint64_t end = now_ms() + TEST_PATIENCE;

	while (log_count(log, "machbootstrapd: ready") < count) {
		if (!is_running(pid) || now_ms() > end)
			return false;
		nap();
	}
	return true;
}

static inline mach_port_t name_type(mach_port_t name)
{
	mach_port_type_t type = 0;

	mach_port_type(mach_task_self(), name, &type);
	return type;
}

/* A receive right with one send right. */
static inline mach_port_t new_port(void)
{
	mach_port_t task = mach_task_self();
	mach_port_t port = MACH_PORT_NULL;

	if (mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &port) ||
	    mach_port_insert_right(task, port, port, MACH_MSG_TYPE_MAKE_SEND))
		return MACH_PORT_NULL;
	return port;
}

/* Short forms for one process. They throw away the right where there is one. */
static inline kern_return_t check_in(const char *name)
{
	mach_port_t port;

	return bootstrap_check_in(bootstrap_port, name, &port);
}

static inline kern_return_t register_new(const char *name)
{
	return bootstrap_register(bootstrap_port, name, new_port());
}

static inline kern_return_t unregister(const char *name)
{
	return bootstrap_register(bootstrap_port, name, MACH_PORT_NULL);
}

static inline kern_return_t look_up(const char *name)
{
	mach_port_t port;

	return bootstrap_look_up(bootstrap_port, name, &port);
}

static inline kern_return_t look_up_of(const char *name, uid_t user)
{
	mach_port_t port;

	return bootstrap_look_up_per_user(bootstrap_port, name, user, &port);
}

static inline kern_return_t status(const char *name)
{
	bootstrap_status_t active = BOOTSTRAP_STATUS_INACTIVE;
	kern_return_t kr;

	kr = bootstrap_status(bootstrap_port, name, &active);
	if (kr == KERN_SUCCESS && active != BOOTSTRAP_STATUS_ACTIVE)
		return KERN_FAILURE;
	return kr;
}

/* A change of the user clears the signal at the parent's death. */
static inline bool become(uid_t uid)
{
	return (uid == getuid() || !setresuid(uid, uid, uid)) &&
	       !prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Whether the expression is true in a new process of the user. */
#define TRUE_FOR(_uid, _expression) ({				\
	pid_t _pid;						\
								\
	fflush(NULL);						\
	_pid = fork();						\
	if (!_pid)						\
		_exit(!(become(_uid) && (_expression)));	\
	child_wait(_pid);					\
})

/* A process that has done something and lives on. */
#define OWNER_OF(_uid, _expression) ({				\
	int _pipe[2];						\
	char _byte;						\
	pid_t _pid = -1;					\
								\
	fflush(NULL);						\
	if (!pipe(_pipe))					\
		_pid = fork();					\
	if (!_pid) {						\
		if (become(_uid) && (_expression) &&		\
		    write(_pipe[1], "", 1) == 1)		\
			pause();				\
		_exit(1);					\
	}							\
	close(_pipe[1]);					\
	if (read(_pipe[0], &_byte, 1) != 1)			\
		_pid = -1;					\
	close(_pipe[0]);					\
	_pid;							\
})

/* Sends a message of nothing but a header. */
static inline mach_msg_return_t send_id(mach_port_t port, mach_msg_id_t id)
{
	mach_msg_header_t head = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
		.msgh_size = sizeof(head),
		.msgh_remote_port = port,
		.msgh_id = id,
	};

	return mach_msg(&head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(head),
			0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

union received {
	mach_msg_header_t head;
	mach_dead_name_notification_t dead_name;
	mig_reply_error_t code;
	char bytes[1024];
};

static inline mach_msg_return_t receive(mach_port_t port, union received *message)
{
	memset(message, 0xa5, sizeof(*message));
	return mach_msg(&message->head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			sizeof(*message), port, TEST_PATIENCE, MACH_PORT_NULL);
}

/* The id of the next message that arrives; -1 if none does. */
static inline mach_msg_id_t receive_id(mach_port_t port)
{
	union received message;

	if (receive(port, &message) != MACH_MSG_SUCCESS)
		return -1;
	return message.head.msgh_id;
}

/* Sends to a service found by its name. */
static inline bool can_send_to(const char *name, mach_msg_id_t id)
{
	mach_port_t port;

	return !bootstrap_look_up(bootstrap_port, name, &port) &&
	       name_type(port) == MACH_PORT_TYPE_SEND && !send_id(port, id);
}

/* The server and its log, a file in memory. */
FIXTURE(bootstrap) {
	pid_t server;
	int log;
};

FIXTURE_SETUP(bootstrap)
{
	ASSERT_TRUE(objects_settled());
	self->log = memfd_create("log", MFD_CLOEXEC);
	ASSERT_LE(0, self->log);
	self->server = start_server(self->log, NULL);
	ASSERT_TRUE(server_is_ready(self->server, self->log, 1));
}

FIXTURE_TEARDOWN(bootstrap)
{
	/* It has survived whatever the test did. */
	EXPECT_TRUE(is_running(self->server));
	EXPECT_TRUE(child_kill(self->server));
	close(self->log);
}

#endif
