// SPDX-License-Identifier: GPL-2.0
/*
 * Who pays for messages that nobody reads, and for ports that are given away: a
 * user who makes send-once rights and does not receive what comes by them harms
 * nobody else, and neither does one who keeps what others have made.
 *
 * Root is the server here; a child is the client of another user.
 */
#include "machipc_utils.h"

#define ALICE	1000
#define BOB	1001

/* Some hundred small messages. */
#define LIMIT	(128UL << 10)

/* More than the limit has room for. */
#define MANY	2000

FIXTURE(unread) {
	unsigned long limit;
	mach_port_name_t service;	/* published: children find it */
};

FIXTURE_SETUP(unread)
{
	ASSERT_TRUE(objects_settled());
	self->limit = parameter_read("max_user_bytes");
	ASSERT_NE(0, self->limit);
	ASSERT_EQ(0, space_open());
	self->service = port_new();
	ASSERT_TRUE(parent_publish(self->service));
	ASSERT_TRUE(parameter_write("max_user_bytes", LIMIT));
}

FIXTURE_TEARDOWN(unread)
{
	EXPECT_TRUE(parameter_write("max_user_bytes", self->limit));
}

/* Asks without waiting for the answer. */
static mach_msg_return_t ask(mach_port_name_t service, mach_port_name_t reply)
{
	struct message msg;

	message_init(&msg, service, MACH_MSG_TYPE_COPY_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	return msg_trap(&msg, MACH_SEND_MSG, msg.head.msgh_size, 0,
			MACH_PORT_NULL, 0);
}

/* Answers a request that was received. */
static mach_msg_return_t answer(const struct message *request)
{
	struct message msg;
	mach_msg_return_t mr;

	message_init(&msg, request->head.msgh_remote_port,
		     MACH_MSG_TYPE_MOVE_SEND_ONCE, 0, 0);
	mr = msg_send(&msg);
	/* What could not be sent came back, with its right. */
	if (mr && (port_type(msg.head.msgh_remote_port) !=
		   MACH_PORT_TYPE_SEND_ONCE ||
		   port_deallocate(msg.head.msgh_remote_port)))
		return TEST_POISON;
	return mr;
}

/* What a client tells its parent, in memory that they share. */
struct client {
	uid_t uid;
	int limit;	/* at most so many requests */
	int asked;	/* so many were sent */
	bool done;	/* there will be no more */
	bool served;	/* and the parent does not expect any */
};

static struct client *new_client(uid_t uid, int limit)
{
	struct client *client = mmap(NULL, sizeof(*client),
				     PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	client->uid = uid;
	client->limit = limit;
	return client;
}

static bool become(uid_t uid)
{
	return !setresuid(uid, uid, uid) && !prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Asks until it may not, for it has not read what it was sent. */
static void ask_much(struct client *client, mach_port_name_t service,
		     mach_port_name_t reply)
{
	while (client->asked < client->limit && !ask(service, reply))
		__atomic_add_fetch(&client->asked, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&client->done, true, __ATOMIC_RELEASE);
}

/* Serves all that a client asks. Returns how many have got an answer. */
static int serve(mach_port_name_t service, struct client *client)
{
	int answered = 0;
	struct message msg;
	bool done;

	do {
		done = __atomic_load_n(&client->done, __ATOMIC_ACQUIRE);
		while (!msg_receive(service, &msg)) {
			mach_msg_return_t mr = answer(&msg);

			if (mr && mr != MACH_SEND_NO_BUFFER)
				return -1;
			answered += !mr;
		}
	} while (!done);
	return answered;
}

static void role_hog(struct __test_metadata *_metadata, void *data)
{
	struct client *client = data;
	mach_port_name_t service, reply;

	ASSERT_TRUE(become(client->uid));
	service = child_connect();
	reply = port_new();
	ASSERT_EQ(MACH_MSG_SUCCESS, ask(service, reply));
	ask_much(client, service, reply);
	pause();
}

TEST_F(unread, replies_that_nobody_reads_do_not_silence_a_server)
{
	struct client *alice = new_client(ALICE, MANY);
	struct client *bob = new_client(BOB, 1);
	pid_t hog = child_start(_metadata, role_hog, alice);
	pid_t other;
	int answered;

	ASSERT_LT(0, hog);
	answered = serve(self->service, alice);
	/* As many as the limit of one user has room for, and not all. */
	EXPECT_LT(LIMIT / 2 / 448, answered);
	EXPECT_GT(MANY, answered);
	EXPECT_GE(3 * LIMIT, object_excess("bytes"));

	/* Nobody else is refused, and the server can send what it likes. */
	other = child_start(_metadata, role_hog, bob);
	EXPECT_EQ(2, serve(self->service, bob));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(self->service, MACH_MSG_TYPE_MAKE_SEND, 1));
	EXPECT_TRUE(child_kill(other));
	EXPECT_TRUE(child_kill(hog));
}

static void role_late_reader(struct __test_metadata *_metadata, void *data)
{
	struct client *client = data;
	mach_port_name_t service, reply, set;
	struct message msg;
	int answers = 0;

	ASSERT_TRUE(become(client->uid));
	service = child_connect();
	reply = port_new();
	set = pset_new();
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(reply, set));
	ask_much(client, service, reply);
	/* Lost ones are told by notices, so that there is one for each. */
	while (answers < client->asked) {
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(set, &msg));
		answers++;
	}
	ASSERT_EQ(MACH_RCV_TIMED_OUT, msg_receive(set, &msg));
	/* Else this one may be served as the last of the many. */
	while (!__atomic_load_n(&client->served, __ATOMIC_ACQUIRE))
		nap();
	ASSERT_EQ(MACH_MSG_SUCCESS, ask(service, reply));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(set, &msg));
	EXPECT_NE(MACH_NOTIFY_SEND_ONCE, msg.head.msgh_id);
}

TEST_F(unread, who_reads_is_answered_again)
{
	struct client *client = new_client(ALICE, MANY);
	pid_t pid = child_start(_metadata, role_late_reader, client);
	struct message msg;
	int answered;

	ASSERT_LT(0, pid);
	answered = serve(self->service, client);
	EXPECT_LT(0, answered);
	EXPECT_GT(client->asked, answered);
	__atomic_store_n(&client->served, true, __ATOMIC_RELEASE);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->service, &msg));
	EXPECT_EQ(MACH_MSG_SUCCESS, answer(&msg));
	EXPECT_TRUE(child_wait(pid));
}

/* A port that root has made, as a server of names may hand out. */
static mach_port_name_t foreign_port(mach_port_name_t service,
				     mach_port_name_t inbox)
{
	struct message msg;

	if (ask(service, inbox) || msg_receive_wait(inbox, &msg))
		return MACH_PORT_NULL;
	return msg.port[0].name;
}

/* Gives a port to who asks next. */
static bool give_port(mach_port_name_t service, mach_port_name_t port)
{
	struct message request, msg;

	if (msg_receive_wait(service, &request))
		return false;
	message_init(&msg, request.head.msgh_remote_port,
		     MACH_MSG_TYPE_MOVE_SEND_ONCE, 0, 0);
	message_add_port(&msg, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	return !msg_send(&msg);
}

static bool has_stopped(pid_t pid)
{
	siginfo_t info = {};

	return !waitid(P_PID, pid, &info, WSTOPPED | WEXITED | WNOWAIT) &&
	       info.si_code == CLD_STOPPED;
}

/* Has the kernel send notices until it refuses to make the rights for them. */
static void role_notice_hog(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t service, port, once;
	kern_return_t kr = KERN_SUCCESS;
	int count;

	ASSERT_TRUE(become(ALICE));
	service = child_connect();
	port = foreign_port(service, port_new());
	ASSERT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(port));
	for (count = 0; !kr && count < MANY; count++) {
		kr = port_extract_right(port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
					&once, NULL);
		if (!kr)
			port_deallocate(once);
	}
	EXPECT_EQ(KERN_RESOURCE_SHORTAGE, kr);
	/* One may be sent in memory that was paid for before. */
	ask(service, port);
	EXPECT_EQ(MACH_SEND_NO_BUFFER, ask(service, port));
	raise(SIGSTOP);
}

TEST_F(unread, notices_are_paid_by_who_has_the_port)
{
	pid_t hog = child_start(_metadata, role_notice_hog, NULL);
	mach_port_name_t once = MACH_PORT_NULL;

	ASSERT_LT(0, hog);
	ASSERT_TRUE(give_port(self->service, port_new()));

	/* It has done what it could, and root is not the one who pays. */
	ASSERT_TRUE(has_stopped(hog));
	EXPECT_EQ(KERN_SUCCESS,
		  port_extract_right(self->service, MACH_MSG_TYPE_MAKE_SEND_ONCE,
				     &once, NULL));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(once, MACH_MSG_TYPE_MOVE_SEND_ONCE, 1));
	EXPECT_EQ(0, kill(hog, SIGCONT));
	EXPECT_TRUE(child_wait(hog));
}

#define MAX_PORTS	64

FIXTURE(given) {
	unsigned long limit;
	mach_port_name_t service;
	mach_port_name_t port;	/* to be given away */
};

/* Makes as many ports as the limit allows. */
static int make_ports(void)
{
	mach_port_name_t name;
	int count = 0;

	while (!port_allocate(MACH_PORT_RIGHT_RECEIVE, &name))
		count++;
	return count;
}

FIXTURE_SETUP(given)
{
	ASSERT_TRUE(objects_settled());
	self->limit = parameter_read("max_ports");
	ASSERT_NE(0, self->limit);
	ASSERT_EQ(0, space_open());
	self->service = port_new();
	self->port = port_new();
	ASSERT_TRUE(parent_publish(self->service));
	ASSERT_TRUE(parameter_write("max_ports", MAX_PORTS));
	ASSERT_LT(0, make_ports());
}

FIXTURE_TEARDOWN(given)
{
	EXPECT_TRUE(parameter_write("max_ports", self->limit));
}

/* Takes a port, perhaps with as many of its own as it may have. */
static void role_taker(struct __test_metadata *_metadata, void *full)
{
	mach_port_name_t service, inbox;

	ASSERT_TRUE(become(ALICE));
	service = child_connect();
	inbox = port_new();
	if (full)
		ASSERT_LT(0, make_ports());
	ASSERT_EQ(MACH_PORT_TYPE_RECEIVE,
		  port_type(foreign_port(service, inbox)));
	raise(SIGSTOP);
}

TEST_F(given, port_is_paid_by_who_has_it)
{
	pid_t taker = child_start(_metadata, role_taker, NULL);

	ASSERT_LT(0, taker);
	ASSERT_TRUE(give_port(self->service, self->port));
	ASSERT_TRUE(has_stopped(taker));
	EXPECT_EQ(1, make_ports());
	EXPECT_TRUE(child_kill(taker));
	EXPECT_EQ(0, make_ports());
}

TEST_F(given, port_is_paid_by_who_had_it_if_the_receiver_is_at_the_limit)
{
	pid_t taker = child_start(_metadata, role_taker, self);

	ASSERT_LT(0, taker);
	ASSERT_TRUE(give_port(self->service, self->port));
	ASSERT_TRUE(has_stopped(taker));
	EXPECT_EQ(0, make_ports());
	EXPECT_TRUE(child_kill(taker));
	EXPECT_EQ(1, make_ports());
}

TEST_HARNESS_MAIN
