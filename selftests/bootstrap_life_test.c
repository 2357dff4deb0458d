// SPDX-License-Identifier: GPL-2.0
/*
 * Birth and death around machbootstrapd: clients, services and servers that end
 * at any step, the server that comes after another, pid namespaces, and the
 * service manager that is told.
 */
#include "bootstrap_utils.h"

#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Set in the environment of a program that shall look up NAME and no more. */
#define LOOK_UP_VARIABLE	"MACHIPC_TEST_LOOK_UP"

static void __attribute__((constructor)) look_up_and_exit(void)
{
	mach_port_t port;

	if (!getenv(LOOK_UP_VARIABLE))
		return;
	_exit(bootstrap_look_up(bootstrap_port, NAME, &port) != KERN_SUCCESS);
}

TEST_F(bootstrap, client_that_dies_waiting_leaves_no_name)
{
	struct bootstrap_name_request request = {
		.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						 MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.head.msgh_id = BOOTSTRAP_ID_CHECK_IN,
		.name = NAME,
	};

	EXPECT_TRUE(TRUE_FOR(0, ({
		request.head.msgh_remote_port = bootstrap_port;
		request.head.msgh_local_port = mach_reply_port();
		!mach_msg(&request.head, MACH_SEND_MSG, sizeof(request), 0,
			  MACH_PORT_NULL, 0, MACH_PORT_NULL);
	})));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
	EXPECT_EQ(KERN_SUCCESS, check_in(NAME));
}

/* Between looking up and using there is time to die. */
TEST_F(bootstrap, right_to_a_service_that_died_is_a_dead_name)
{
	mach_port_t service = TEST_POISON;
	pid_t owner = OWNER_OF(0, !check_in(NAME));

	ASSERT_LT(0, owner);
	ASSERT_EQ(0, bootstrap_look_up(MACH_PORT_NULL, NAME, &service));
	ASSERT_TRUE(child_kill(owner));
	EXPECT_EQ(MACH_SEND_INVALID_DEST, send_id(service, 1234));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, name_type(service));
	/* Its successor has another port, and so another name. */
	owner = OWNER_OF(0, !check_in(NAME));
	EXPECT_TRUE(TRUE_FOR(0, can_send_to(NAME, 1234)));
	EXPECT_EQ(MACH_SEND_INVALID_DEST, send_id(service, 1234));
	EXPECT_TRUE(child_kill(owner));
}

/* A receive right that moves on takes the name with it. */
TEST_F(bootstrap, name_outlives_the_server_that_hands_its_port_on)
{
	mach_port_t inbox = new_port(), service = TEST_POISON;
	struct message msg;
	pid_t owner;

	ASSERT_EQ(0, bootstrap_register(MACH_PORT_NULL, OTHER, inbox));
	owner = OWNER_OF(0, ({
		mach_port_t port = MACH_PORT_NULL, heir = MACH_PORT_NULL;

		bootstrap_check_in(MACH_PORT_NULL, NAME, &port);
		bootstrap_look_up(MACH_PORT_NULL, OTHER, &heir);
		message_init(&msg, heir, MACH_MSG_TYPE_COPY_SEND, 0, 0);
		message_add_port(&msg, port, MACH_MSG_TYPE_MOVE_RECEIVE);
		!mach_msg_send(&msg.head);
	}));
	ASSERT_LT(0, owner);
	EXPECT_TRUE(child_kill(owner));
	EXPECT_EQ(KERN_SUCCESS, look_up(NAME));
	msg.head.msgh_local_port = inbox;
	msg.head.msgh_size = sizeof(msg);
	ASSERT_EQ(MACH_MSG_SUCCESS, mach_msg_receive(&msg.head));
	service = msg.port[0].name;
	EXPECT_TRUE(TRUE_FOR(0, can_send_to(NAME, 1234)));
	EXPECT_EQ(1234, receive_id(service));
	EXPECT_EQ(KERN_SUCCESS, mach_port_destroy(mach_task_self(), service));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
}

/* S-90 */
TEST_F(bootstrap, client_that_waits_for_a_server_that_dies_is_told)
{
	pid_t client;

	ASSERT_EQ(0, kill(self->server, SIGSTOP));
	fflush(NULL);
	client = fork();
	if (!client)
		_exit(look_up(NAME) != MIG_SERVER_DIED);
	EXPECT_TRUE(wait_until_blocked(client));
	EXPECT_TRUE(child_kill(self->server));
	EXPECT_TRUE(child_wait(client));
	self->server = start_server(self->log, NULL);
	ASSERT_TRUE(server_is_ready(self->server, self->log, 2));
}

/*
 * Death at every step. A process is traced from one entry or exit of a system
 * call to the next, and is killed at the n-th of these stops; then it all begins
 * anew with the next n, until the process gets to its end.
 */

/* More stops than anything here makes. */
#define STOPS_MAX	2000

/* Lets the caller's parent trace it. */
static void be_traced(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (ptrace(PTRACE_TRACEME))
		_exit(99);
	raise(SIGSTOP);
}

/* Waits until a traced process stops for the first time. */
static bool trace_begin(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) &&
	       !ptrace(PTRACE_SETOPTIONS, pid, NULL,
		       PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD);
}

/* Lets it run up to the next stop. False if it has ended instead. */
static bool trace_on(pid_t pid, int *status)
{
	return !ptrace(PTRACE_SYSCALL, pid, NULL, NULL) &&
	       waitpid(pid, status, 0) == pid && WIFSTOPPED(*status);
}

/* All that a service and its client do with the server, in one process. */
static int use_everything(void)
{
	mach_port_t port = new_port(), service, found;

	if (bootstrap_check_in(MACH_PORT_NULL, NAME, &service) ||
	    bootstrap_register(MACH_PORT_NULL, OTHER, port) ||
	    bootstrap_look_up(MACH_PORT_NULL, NAME, &found) ||
	    send_id(found, 1234) || receive_id(service) != 1234 ||
	    unregister(OTHER))
		return 1;
	return 0;
}

/* Kills a process that uses everything at stop @n. True if it got so far. */
static bool kill_client_at(struct __test_metadata *_metadata, int n)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		be_traced();
		_exit(use_everything());
	}
	ASSERT_TRUE(trace_begin(pid));
	for (int stop = 0; stop < n; stop++) {
		if (trace_on(pid, &status))
			continue;
		EXPECT_EQ(0, status);
		return false;
	}
	EXPECT_TRUE(child_kill(pid));
	return true;
}

TEST_F_TIMEOUT(bootstrap, client_may_be_killed_at_every_step, TEST_SLOW)
{
	int n = 1;

	while (n < STOPS_MAX && kill_client_at(_metadata, n)) {
		/* Whatever it had is free, at once. */
		ASSERT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
		ASSERT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(OTHER));
		n++;
	}
	/* Twelve calls at least, each of which begins and ends. */
	EXPECT_LT(24, n);
	EXPECT_GT(STOPS_MAX, n);
	EXPECT_EQ(KERN_SUCCESS, check_in(NAME));
}

/* What a call can return whose server ends, or where there is no server. */
static bool is_death(kern_return_t kr)
{
	return kr == MIG_SERVER_DIED || kr == MACH_SEND_INVALID_DEST;
}

/* Every call succeeds or says that the server has ended; none waits for ever. */
static int use_what_dies(void)
{
	mach_port_t service = MACH_PORT_NULL, found;
	kern_return_t kr;

	kr = bootstrap_check_in(MACH_PORT_NULL, NAME, &service);
	if (kr == KERN_SUCCESS ? name_type(service) != MACH_PORT_TYPE_RECEIVE :
				 !is_death(kr))
		return 1;
	kr = bootstrap_look_up(MACH_PORT_NULL, NAME, &found);
	if (kr == KERN_SUCCESS ? send_id(found, 1) || receive_id(service) != 1 :
				 !is_death(kr))
		return 2;
	kr = bootstrap_register(MACH_PORT_NULL, OTHER, new_port());
	if (kr != KERN_SUCCESS && !is_death(kr))
		return 3;
	/* It has no server any more, or had it to the end. */
	return 0;
}

/* Traces a process that runs, and stops it. */
static bool trace_running(pid_t pid)
{
	int status;

	return !ptrace(PTRACE_SEIZE, pid, NULL,
		       PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD) &&
	       !ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) &&
	       waitpid(pid, &status, 0) == pid && WIFSTOPPED(status);
}

/* Waits for the next stop of the server. False if the client ends before. */
static bool server_stops(pid_t server, pid_t client)
{
	int status;

	while (waitpid(server, &status, WNOHANG) != server) {
		if (!is_running(client))
			return false;
		nap();
	}
	return WIFSTOPPED(status);
}

/* Kills the server at stop @n of serving one client. True if it got so far. */
static bool kill_server_at(struct __test_metadata *_metadata, int n)
{
	int log = memfd_create("log", MFD_CLOEXEC);
	pid_t server = start_server(log, NULL);
	bool serving = true;
	pid_t client;

	ASSERT_TRUE(server_is_ready(server, log, 1));
	ASSERT_TRUE(trace_running(server));
	fflush(NULL);
	client = fork();
	if (!client) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(use_what_dies());
	}
	for (int stop = 0; serving && stop < n; stop++) {
		ASSERT_EQ(0, ptrace(PTRACE_SYSCALL, server, NULL, NULL));
		serving = server_stops(server, client);
	}
	ASSERT_TRUE(child_kill(server));
	EXPECT_EQ(0, child_status(client));
	close(log);
	return serving;
}

FIXTURE(alone) {
};

FIXTURE_SETUP(alone)
{
	ASSERT_TRUE(objects_settled());
}

FIXTURE_TEARDOWN(alone)
{
}

TEST_F_TIMEOUT(alone, server_may_be_killed_at_every_step, TEST_SLOW)
{
	int n = 1;

	while (n < STOPS_MAX && kill_server_at(_metadata, n)) {
		/* The next one would not start. */
		ASSERT_TRUE(objects_settled());
		n++;
	}
	/* Three requests, each a call that receives and one that answers. */
	EXPECT_LT(12, n);
	EXPECT_GT(STOPS_MAX, n);
}

static bool look_up_after_exec(void)
{
	setenv(LOOK_UP_VARIABLE, "", 1);
	execl("/proc/self/exe", "bootstrap_test", NULL);
	return false;
}

TEST_F(bootstrap, child_finds_the_server_after_fork_and_exec)
{
	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	EXPECT_TRUE(TRUE_FOR(0, !look_up(NAME)));
	EXPECT_TRUE(TRUE_FOR(ALICE, !look_up(NAME)));
	EXPECT_TRUE(TRUE_FOR(0, look_up_after_exec()));
	EXPECT_TRUE(TRUE_FOR(ALICE, look_up_after_exec()));
}

TEST_F(bootstrap, there_is_one_server_in_a_namespace)
{
	pid_t second = start_server(self->log, NULL);

	EXPECT_EQ(W_EXITCODE(1, 0), child_status(second));
	EXPECT_TRUE(log_has(self->log, "another bootstrap server is running"));
	EXPECT_EQ(KERN_SUCCESS, check_in(NAME));
}

/* S-90 */
TEST_F(bootstrap, successor_takes_over_when_the_server_dies)
{
	mach_port_t task = mach_task_self();
	mach_port_t old = bootstrap_port, port = TEST_POISON;
	mach_port_t notify = mach_reply_port(), previous;
	union received message;

	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_request_notification(task, old,
						 MACH_NOTIFY_DEAD_NAME, 1,
						 notify,
						 MACH_MSG_TYPE_MAKE_SEND_ONCE,
						 &previous));
	ASSERT_TRUE(child_kill(self->server));
	ASSERT_EQ(MACH_MSG_SUCCESS, receive(notify, &message));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, message.head.msgh_id);
	EXPECT_EQ(old, message.dead_name.not_port);
	EXPECT_EQ(KERN_SUCCESS, task_get_bootstrap_port(task, &port));
	EXPECT_FALSE(MACH_PORT_VALID(port));
	EXPECT_EQ(MACH_SEND_INVALID_DEST, look_up(NAME));

	self->server = start_server(self->log, NULL);
	ASSERT_TRUE(server_is_ready(self->server, self->log, 2));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
	EXPECT_EQ(KERN_SUCCESS, check_in(NAME));
	EXPECT_TRUE(TRUE_FOR(0, !look_up(NAME)));
}

TEST_F(bootstrap, sigterm_ends_the_server)
{
	ASSERT_EQ(0, kill(self->server, SIGTERM));
	EXPECT_EQ(0, child_status(self->server));
	self->server = start_server(self->log, NULL);
	ASSERT_TRUE(server_is_ready(self->server, self->log, 2));
}

/* The first process of a pid namespace. Its end is the end of all in there. */
static void inner_main(int log, int out)
{
	char result = 'n';

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (bootstrap_port == MACH_PORT_NULL &&
	    server_is_ready(start_server(log, NULL), log, 1) &&
	    look_up(NAME) == BOOTSTRAP_UNKNOWN_SERVICE &&
	    check_in(OTHER) == KERN_SUCCESS &&
	    TRUE_FOR(getuid(), look_up(OTHER) == KERN_SUCCESS))
		result = 'y';
	if (write(out, &result, 1) == 1)
		pause();
}

/* S-88 */
TEST_F(bootstrap, pid_namespaces_do_not_see_each_other)
{
	int log = memfd_create("inner log", MFD_CLOEXEC);
	int result[2];
	pid_t inner;
	char byte = 0;

	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	ASSERT_EQ(0, pipe(result));
	if (unshare(CLONE_NEWPID))
		SKIP(return, "no pid namespaces");
	inner = fork();
	if (!inner) {
		close(result[0]);
		inner_main(log, result[1]);
		_exit(1);
	}
	close(result[1]);
	ASSERT_EQ(1, read(result[0], &byte, 1));
	EXPECT_EQ('y', byte);
	EXPECT_EQ(KERN_SUCCESS, look_up(NAME));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(OTHER));
	EXPECT_TRUE(child_kill(inner));
}

/* Makes the caller the root of a new user namespace, with pids of its own. */
static bool enter_namespaces(uid_t uid)
{
	char line[32];
	int fd, length = sprintf(line, "0 %u 1\n", uid);
	bool good;

	/* Else what changes its user does not own its files below /proc. */
	prctl(PR_SET_DUMPABLE, 1);
	if (unshare(CLONE_NEWUSER | CLONE_NEWPID))
		return false;
	fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	good = write(fd, line, length) == length;
	close(fd);
	return good;
}

/* The namespaces of a user, with a server that the user has started. */
static void users_main(int log, int out)
{
	pid_t inner;

	if (!become(ALICE) || !enter_namespaces(ALICE))
		_exit(write(out, "s", 1) != 1);
	inner = fork();
	if (!inner) {
		inner_main(log, out);
		_exit(1);
	}
	_exit(!child_wait(inner));
}

/* S-88 */
TEST_F(bootstrap, user_can_have_a_server_in_namespaces_of_his_own)
{
	int log = memfd_create("inner log", MFD_CLOEXEC);
	int result[2];
	pid_t child;
	char byte = 0;

	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	ASSERT_EQ(0, pipe(result));
	fflush(NULL);
	child = fork();
	if (!child)
		users_main(log, result[1]);
	close(result[1]);
	ASSERT_EQ(1, read(result[0], &byte, 1));
	if (byte == 's')
		SKIP(return, "users cannot make namespaces");
	EXPECT_EQ('y', byte);
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(OTHER));
	EXPECT_EQ(KERN_SUCCESS, look_up(NAME));
	EXPECT_TRUE(child_kill(child));
}

/* A socket like that of a service manager, at the address in the variable. */
static int start_manager(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = offsetof(struct sockaddr_un, sun_path) + strlen(name);
	struct timeval patience = { .tv_sec = TEST_PATIENCE / 1000 };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, name);
	if (name[0] == '@')
		address.sun_path[0] = 0;
	else
		length++;
	if (bind(fd, (struct sockaddr *)&address, length) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) ||
	    setenv("NOTIFY_SOCKET", name, 1))
		return -1;
	return fd;
}

/* Whether the next that the manager is told is @state. */
static bool is_told(int manager, const char *state)
{
	char text[200] = "";

	return recv(manager, text, sizeof(text) - 1, 0) > 0 &&
	       !strcmp(text, state);
}

static void test_manager(struct __test_metadata *_metadata, const char *name)
{
	int log = memfd_create("log", MFD_CLOEXEC);
	int manager = start_manager(name);
	pid_t server;

	ASSERT_LE(0, manager);
	server = start_server(log, NULL);
	EXPECT_TRUE(is_told(manager, "READY=1"));
	/* Not a moment too early. */
	EXPECT_EQ(KERN_SUCCESS, check_in(NAME));
	EXPECT_EQ(0, kill(server, SIGTERM));
	EXPECT_TRUE(is_told(manager, "STOPPING=1"));
	EXPECT_EQ(0, child_status(server));
	EXPECT_FALSE(log_has(log, "NOTIFY_SOCKET"));
}

TEST_F(alone, service_manager_at_a_path_is_told)
{
	unlink("/tmp/machipc.notify");
	test_manager(_metadata, "/tmp/machipc.notify");
	unlink("/tmp/machipc.notify");
}

TEST_F(alone, service_manager_at_an_abstract_address_is_told)
{
	test_manager(_metadata, "@machipc/notify");
}

/* Whether a server starts and serves whose manager cannot be told. */
static bool serves_without_manager(const char *name)
{
	int log = memfd_create("log", MFD_CLOEXEC);
	pid_t server;
	bool good;

	setenv("NOTIFY_SOCKET", name, 1);
	server = start_server(log, NULL);
	good = server_is_ready(server, log, 1) && !check_in(NAME) &&
	       log_has(log, "$NOTIFY_SOCKET: ");
	close(log);
	return child_kill(server) && good;
}

TEST_F(alone, service_manager_that_cannot_be_told_is_no_obstacle)
{
	char longest[200] = "/";

	memset(longest + 1, 'x', sizeof(longest) - 2);
	EXPECT_TRUE(serves_without_manager("/nowhere/at/all"));
	EXPECT_TRUE(serves_without_manager("@nobody"));
	EXPECT_TRUE(serves_without_manager("relative"));
	EXPECT_TRUE(serves_without_manager("vsock:1:2"));
	EXPECT_TRUE(serves_without_manager("@"));
	EXPECT_TRUE(serves_without_manager(""));
	EXPECT_TRUE(serves_without_manager(longest));
}

/* A manager that does not read must not stop the server, nor its end. */
TEST_F(alone, service_manager_that_does_not_read_stops_nobody)
{
	int log = memfd_create("log", MFD_CLOEXEC);
	int manager = start_manager("/tmp/machipc.notify");
	struct sockaddr_un address = { AF_UNIX, "/tmp/machipc.notify" };
	int filler = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	pid_t server;

	ASSERT_LE(0, manager);
	while (sendto(filler, "x", 1, 0, (struct sockaddr *)&address,
		      sizeof(address)) == 1)
		;
	ASSERT_EQ(EAGAIN, errno);
	server = start_server(log, NULL);
	EXPECT_TRUE(server_is_ready(server, log, 1));
	EXPECT_EQ(KERN_SUCCESS, check_in(NAME));
	EXPECT_EQ(0, kill(server, SIGTERM));
	EXPECT_EQ(0, child_status(server));
	unlink("/tmp/machipc.notify");
}

TEST_HARNESS_MAIN
