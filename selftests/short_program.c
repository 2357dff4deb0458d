// SPDX-License-Identifier: GPL-2.0
/*
 * A short Mach program, of which programs_test.sh runs very many. What it does
 * is the argument; it exits with 0 if all went as it should.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <mach/mach.h>
#include <servers/bootstrap.h>

#define SERVICE	"org.machipc.short"

struct request {
	mach_msg_header_t head;
	uint32_t number;
};

struct received {
	struct request request;
	mach_msg_trailer_t trailer;
};

static char **arguments;

/* Serves for ever: the answer is the question and one. */
static bool serve(void)
{
	struct received buffer;
	mach_msg_header_t *head = &buffer.request.head;
	mach_port_t port;

	if (bootstrap_check_in(MACH_PORT_NULL, SERVICE, &port))
		return false;
	puts("ready");
	fflush(stdout);
	while (!mach_msg(head, MACH_RCV_MSG, 0, sizeof(buffer), port, 0,
			 MACH_PORT_NULL)) {
		head->msgh_bits = MACH_MSGH_BITS_REMOTE(head->msgh_bits);
		head->msgh_local_port = MACH_PORT_NULL;
		head->msgh_id += 100;
		buffer.request.number++;
		if (mach_msg(head, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
			     sizeof(buffer.request), 0, MACH_PORT_NULL, 0,
			     MACH_PORT_NULL))
			mach_msg_destroy(head);
	}
	return false;
}

static mach_port_t look_up(void)
{
	mach_port_t port = MACH_PORT_NULL;

	bootstrap_look_up(bootstrap_port, SERVICE, &port);
	return port;
}

static mach_msg_return_t rpc(mach_port_t port, mach_msg_option_t option,
			     struct received *buffer)
{
	mach_port_t reply = mig_get_reply_port();

	memset(buffer, 0, sizeof(*buffer));
	buffer->request.head.msgh_bits =
		MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
			       MACH_MSG_TYPE_MAKE_SEND_ONCE);
	buffer->request.head.msgh_remote_port = port;
	buffer->request.head.msgh_local_port = reply;
	buffer->request.head.msgh_id = 4000;
	buffer->request.number = 41;
	return mach_msg(&buffer->request.head, option, sizeof(buffer->request),
			sizeof(*buffer), reply, 0, MACH_PORT_NULL);
}

/* What most programs do: look up, ask once, end. */
static bool call(void)
{
	struct received buffer;

	return !rpc(look_up(), MACH_SEND_MSG | MACH_RCV_MSG, &buffer) &&
	       buffer.request.head.msgh_id == 4100 &&
	       buffer.request.number == 42;
}

static bool waits_for(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/* Parent and child call at the same time. */
static bool fork_and_call(void)
{
	pid_t pid;

	if (!call())
		return false;
	pid = fork();
	if (!pid)
		_exit(!call());
	return call() && waits_for(pid);
}

static void execute(const char *what)
{
	execl(arguments[0], arguments[0], what, NULL);
	_exit(127);
}

/* With ports of its own that the next program must not get. */
static bool call_and_exec(void)
{
	if (!call() || mach_reply_port() == MACH_PORT_NULL)
		return false;
	execute("call");
	return false;
}

static bool vfork_and_exec(void)
{
	pid_t pid;

	if (!call())
		return false;
	pid = vfork();
	if (!pid)
		execute("call");
	return waits_for(pid) && call();
}

/* A parent that has gone when its child begins, and will not judge it. */
static bool leave_orphan(void)
{
	int wait[2];
	char byte;

	if (!call() || pipe(wait))
		return false;
	if (fork())
		return true;
	close(wait[1]);
	while (read(wait[0], &byte, 1) > 0)
		;
	if (call())
		_exit(0);
	puts("not ok orphan has no answer");
	fflush(stdout);
	_exit(1);
}

/* Ends with everything in use: sets, queued rights, requested notifications. */
static bool leave_a_mess(void)
{
	mach_port_t task = mach_task_self();
	mach_port_t set, port, parcel, previous, service = look_up();
	struct {
		mach_msg_header_t head;
		mach_msg_body_t body;
		mach_msg_port_descriptor_t parcel;
	} message = {
		.head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
			MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
		.body.msgh_descriptor_count = 1,
		.parcel.disposition = MACH_MSG_TYPE_MOVE_RECEIVE,
		.parcel.type = MACH_MSG_PORT_DESCRIPTOR,
	};

	if (mach_port_allocate(task, MACH_PORT_RIGHT_PORT_SET, &set) ||
	    mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &port) ||
	    mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &parcel) ||
	    mach_port_insert_member(task, port, set))
		return false;
	message.head.msgh_remote_port = port;
	message.parcel.name = parcel;
	return !mach_msg(&message.head, MACH_SEND_MSG, sizeof(message), 0,
			 MACH_PORT_NULL, 0, MACH_PORT_NULL) &&
	       !mach_port_request_notification(task, service,
					       MACH_NOTIFY_DEAD_NAME, 1, port,
					       MACH_MSG_TYPE_MAKE_SEND_ONCE,
					       &previous);
}

/* Does not wait for the answer, and does not end by itself. */
static bool be_killed(void)
{
	struct received buffer;
	pid_t pid = fork();

	if (pid)
		return waitpid(pid, &(int){ 0 }, 0) == pid;
	if (rpc(look_up(), MACH_SEND_MSG, &buffer))
		_exit(1);
	raise(SIGKILL);
	_exit(1);
}

static void *wait_for_ever(void *unused)
{
	struct received buffer;

	mach_msg(&buffer.request.head, MACH_RCV_MSG, 0, sizeof(buffer),
		 mach_reply_port(), 0, MACH_PORT_NULL);
	return unused;
}

/* Ends while another thread is in a call. */
static bool leave_thread(void)
{
	pthread_t thread;

	return call() && !pthread_create(&thread, NULL, wait_for_ever, NULL) &&
	       call();
}

static const struct role {
	const char *name;
	bool (*play)(void);
} roles[] = {
	{ "serve", serve },
	{ "call", call },
	{ "fork", fork_and_call },
	{ "exec", call_and_exec },
	{ "vfork", vfork_and_exec },
	{ "orphan", leave_orphan },
	{ "mess", leave_a_mess },
	{ "killed", be_killed },
	{ "thread", leave_thread },
	{}
};

int main(int argc, char **argv)
{
	const struct role *role;

	arguments = argv;
	for (role = roles; argc == 2 && role->name; role++) {
		if (!strcmp(role->name, argv[1]))
			return !role->play();
	}
	return 2;
}
