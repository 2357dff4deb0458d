// SPDX-License-Identifier: GPL-2.0
/*
 * machbootstrapd and the functions of <servers/bootstrap.h>: names, who may see
 * them, when they are free again, and what no client can do to the server.
 */
#include "bootstrap_utils.h"

/* As many as machbootstrapd(8) grants a user. */
#define NAMES_PER_USER	256

/* As many as it writes into its log. */
#define LINES_PER_SECOND	200

TEST_F(bootstrap, check_in_gives_the_receive_right)
{
	mach_port_t port = TEST_POISON;

	ASSERT_EQ(BOOTSTRAP_SUCCESS,
		  bootstrap_check_in(bootstrap_port, NAME, &port));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, name_type(port));
	EXPECT_TRUE(TRUE_FOR(0, can_send_to(NAME, 1234)));
	EXPECT_EQ(1234, receive_id(port));
}

TEST_F(bootstrap, registered_port_is_found_and_stays_with_its_owner)
{
	mach_port_t port = new_port();
	mach_port_urefs_t refs = 0;

	ASSERT_EQ(BOOTSTRAP_SUCCESS,
		  bootstrap_register(bootstrap_port, NAME, port));
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_get_refs(mach_task_self(), port,
				     MACH_PORT_RIGHT_SEND, &refs));
	EXPECT_EQ(1, refs);
	EXPECT_TRUE(TRUE_FOR(0, can_send_to(NAME, 1234)));
	EXPECT_EQ(1234, receive_id(port));
}

TEST_F(bootstrap, one_port_can_have_two_names)
{
	mach_port_t port = new_port();

	ASSERT_EQ(0, bootstrap_register(bootstrap_port, NAME, port));
	ASSERT_EQ(0, bootstrap_register(bootstrap_port, OTHER, port));
	EXPECT_EQ(KERN_SUCCESS, unregister(NAME));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
	EXPECT_EQ(KERN_SUCCESS, look_up(OTHER));

	ASSERT_EQ(0, bootstrap_register(bootstrap_port, NAME, port));
	ASSERT_EQ(KERN_SUCCESS, mach_port_destroy(mach_task_self(), port));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(OTHER));
}

TEST_F(bootstrap, look_up_adds_a_reference_to_a_known_right)
{
	mach_port_t first = TEST_POISON, second = TEST_POISON;
	pid_t owner = OWNER_OF(0, !check_in(NAME));
	mach_port_urefs_t refs = 0;

	ASSERT_LT(0, owner);
	ASSERT_EQ(0, bootstrap_look_up(bootstrap_port, NAME, &first));
	ASSERT_EQ(0, bootstrap_look_up(bootstrap_port, NAME, &second));
	EXPECT_EQ(first, second);
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_get_refs(mach_task_self(), first,
				     MACH_PORT_RIGHT_SEND, &refs));
	EXPECT_EQ(2, refs);
	EXPECT_TRUE(child_kill(owner));
}

TEST_F(bootstrap, unknown_name_is_not_found)
{
	mach_port_t port = TEST_POISON;

	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE,
		  bootstrap_look_up(bootstrap_port, NAME, &port));
	EXPECT_EQ(TEST_POISON, port);
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, status(NAME));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, unregister(NAME));
}

TEST_F(bootstrap, status_tells_whether_a_name_is_found)
{
	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	EXPECT_EQ(KERN_SUCCESS, status(NAME));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, status(OTHER));
}

TEST_F(bootstrap, name_in_use_is_refused)
{
	mach_port_t port = TEST_POISON;

	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	EXPECT_EQ(BOOTSTRAP_SERVICE_ACTIVE,
		  bootstrap_check_in(bootstrap_port, NAME, &port));
	EXPECT_EQ(TEST_POISON, port);
	EXPECT_EQ(BOOTSTRAP_NAME_IN_USE, register_new(NAME));
	EXPECT_TRUE(TRUE_FOR(0, check_in(NAME) == BOOTSTRAP_SERVICE_ACTIVE));
	EXPECT_EQ(KERN_SUCCESS, look_up(NAME));
}

TEST_F(bootstrap, bad_names_are_refused)
{
	name_t longest, too_long;

	memset(longest, 'x', sizeof(longest));
	longest[BOOTSTRAP_MAX_NAME_LEN - 1] = 0;
	memset(too_long, 'x', sizeof(too_long));

	EXPECT_EQ(KERN_INVALID_ARGUMENT, check_in(""));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, check_in("two words"));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, check_in("line\nline"));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, check_in("\xc3\xa4"));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, check_in(too_long));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, register_new(too_long));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, look_up(too_long));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, status(too_long));
	EXPECT_EQ(KERN_SUCCESS, check_in(longest));
	EXPECT_EQ(KERN_SUCCESS, look_up(longest));
}

TEST_F(bootstrap, only_a_send_right_can_be_registered)
{
	mach_port_t task = mach_task_self();
	mach_port_t port = TEST_POISON;

	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &port));
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  bootstrap_register(bootstrap_port, NAME, port));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  bootstrap_register(bootstrap_port, NAME, MACH_PORT_DEAD));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
}

TEST_F(bootstrap, name_is_free_when_the_receive_right_is_destroyed)
{
	mach_port_t port = TEST_POISON;

	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(KERN_SUCCESS,
			  bootstrap_check_in(bootstrap_port, NAME, &port));
		ASSERT_EQ(KERN_SUCCESS,
			  mach_port_mod_refs(mach_task_self(), port,
					     MACH_PORT_RIGHT_RECEIVE, -1));
		ASSERT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
	}
	EXPECT_EQ(20, log_count(self->log, "the name is free"));
}

/* When waitpid() has returned, not a moment later. */
TEST_F(bootstrap, names_are_free_when_their_owner_is_killed)
{
	for (int i = 0; i < 20; i++) {
		pid_t owner = OWNER_OF(0, !check_in(NAME) &&
					  !register_new(OTHER));

		ASSERT_LT(0, owner);
		ASSERT_EQ(KERN_SUCCESS, look_up(NAME));
		ASSERT_EQ(KERN_SUCCESS, look_up(OTHER));
		ASSERT_TRUE(child_kill(owner));
		ASSERT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
		ASSERT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(OTHER));
	}
}

TEST_F(bootstrap, client_gets_a_dead_name_when_the_owner_is_killed)
{
	mach_port_t task = mach_task_self();
	mach_port_t service = TEST_POISON, notify, previous;
	pid_t owner = OWNER_OF(0, !check_in(NAME));
	union received message;

	ASSERT_LT(0, owner);
	ASSERT_EQ(0, bootstrap_look_up(bootstrap_port, NAME, &service));
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &notify));
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_request_notification(task, service,
						 MACH_NOTIFY_DEAD_NAME, 1,
						 notify,
						 MACH_MSG_TYPE_MAKE_SEND_ONCE,
						 &previous));
	ASSERT_TRUE(child_kill(owner));
	ASSERT_EQ(MACH_MSG_SUCCESS, receive(notify, &message));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, message.head.msgh_id);
	EXPECT_EQ(service, message.dead_name.not_port);
}

TEST_F(bootstrap, registered_name_can_be_taken_back)
{
	ASSERT_EQ(KERN_SUCCESS, register_new(NAME));
	EXPECT_TRUE(TRUE_FOR(ALICE,
			     unregister(NAME) == BOOTSTRAP_UNKNOWN_SERVICE));
	EXPECT_EQ(KERN_SUCCESS, unregister(NAME));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
	EXPECT_EQ(KERN_SUCCESS, register_new(NAME));
}

/* Else a user could have the server make any number of ports. */
TEST_F(bootstrap, checked_in_name_lives_as_long_as_its_port)
{
	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	EXPECT_EQ(BOOTSTRAP_SERVICE_ACTIVE, unregister(NAME));
	EXPECT_EQ(KERN_SUCCESS, look_up(NAME));
}

TEST_F(bootstrap, names_of_other_users_are_hidden)
{
	pid_t owner = OWNER_OF(ALICE, !check_in(NAME) && !register_new(OTHER));

	ASSERT_LT(0, owner);
	EXPECT_TRUE(TRUE_FOR(ALICE, !look_up(NAME) && !look_up(OTHER)));
	EXPECT_TRUE(TRUE_FOR(BOB, look_up(NAME) == BOOTSTRAP_UNKNOWN_SERVICE));
	EXPECT_TRUE(TRUE_FOR(BOB, look_up(OTHER) == BOOTSTRAP_UNKNOWN_SERVICE));
	EXPECT_TRUE(TRUE_FOR(BOB, status(NAME) == BOOTSTRAP_UNKNOWN_SERVICE));
	EXPECT_TRUE(TRUE_FOR(BOB,
			     unregister(OTHER) == BOOTSTRAP_UNKNOWN_SERVICE));
	EXPECT_TRUE(TRUE_FOR(BOB, look_up_of(NAME, ALICE) ==
				  BOOTSTRAP_NOT_PRIVILEGED));
	EXPECT_TRUE(child_kill(owner));
}

/* The effective user decides: a set-user-id program is its owner's. */
TEST_F(bootstrap, effective_user_counts)
{
	pid_t owner = OWNER_OF(0, !setresuid(0, ALICE, 0) && !check_in(NAME));

	ASSERT_LT(0, owner);
	EXPECT_TRUE(TRUE_FOR(ALICE, !look_up(NAME)));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
	EXPECT_TRUE(child_kill(owner));
}

TEST_F(bootstrap, root_must_say_whose_name_it_wants)
{
	pid_t owner = OWNER_OF(ALICE, !check_in(NAME));

	ASSERT_LT(0, owner);
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
	EXPECT_EQ(KERN_SUCCESS, look_up_of(NAME, ALICE));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up_of(NAME, BOB));
	EXPECT_TRUE(child_kill(owner));
}

TEST_F(bootstrap, two_users_can_use_one_name)
{
	pid_t alice = OWNER_OF(ALICE, !check_in(NAME));
	pid_t bob = OWNER_OF(BOB, !check_in(NAME));

	ASSERT_LT(0, alice);
	ASSERT_LT(0, bob);
	EXPECT_TRUE(child_kill(alice));
	EXPECT_TRUE(TRUE_FOR(ALICE,
			     look_up(NAME) == BOOTSTRAP_UNKNOWN_SERVICE));
	EXPECT_TRUE(TRUE_FOR(BOB, !look_up(NAME)));
	EXPECT_TRUE(child_kill(bob));
}

TEST_F(bootstrap, names_of_root_are_for_all_and_cannot_be_taken)
{
	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	ASSERT_EQ(KERN_SUCCESS, register_new(OTHER));
	EXPECT_TRUE(TRUE_FOR(ALICE, !look_up(NAME) && !look_up(OTHER)));
	EXPECT_TRUE(TRUE_FOR(ALICE,
			     check_in(NAME) == BOOTSTRAP_SERVICE_ACTIVE));
	EXPECT_TRUE(TRUE_FOR(ALICE,
			     register_new(NAME) == BOOTSTRAP_NAME_IN_USE));
}

TEST_F(bootstrap, name_of_root_comes_before_that_of_a_user)
{
	mach_port_t port = TEST_POISON;
	pid_t owner = OWNER_OF(ALICE, !check_in(NAME));

	ASSERT_LT(0, owner);
	ASSERT_EQ(0, bootstrap_check_in(bootstrap_port, NAME, &port));
	EXPECT_TRUE(TRUE_FOR(ALICE, can_send_to(NAME, 1234)));
	EXPECT_EQ(1234, receive_id(port));
	EXPECT_TRUE(child_kill(owner));
}

static bool check_in_many(int count)
{
	char name[32];

	for (int i = 0; i < count; i++) {
		sprintf(name, "org.machipc.many.%d", i);
		if (check_in(name) != KERN_SUCCESS)
			return false;
	}
	return true;
}

TEST_F(bootstrap, number_of_names_of_a_user_is_limited)
{
	pid_t owner = OWNER_OF(ALICE, check_in_many(NAMES_PER_USER));

	ASSERT_LT(0, owner);
	EXPECT_TRUE(TRUE_FOR(ALICE, check_in(NAME) == BOOTSTRAP_NO_MEMORY));
	EXPECT_TRUE(TRUE_FOR(ALICE, register_new(NAME) == BOOTSTRAP_NO_MEMORY));
	EXPECT_TRUE(TRUE_FOR(BOB, !check_in(NAME)));
	EXPECT_EQ(KERN_SUCCESS, check_in(NAME));
	EXPECT_TRUE(child_kill(owner));
	EXPECT_TRUE(TRUE_FOR(ALICE, !check_in(OTHER)));
}

TEST_F(bootstrap, log_says_who_did_what_and_how_it_ended)
{
	char line[200];

	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	sprintf(line, "uid 0 pid %d: check in " NAME ": success\n", getpid());
	EXPECT_TRUE(log_has(self->log, line));
	ASSERT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(OTHER));
	sprintf(line, "uid 0 pid %d: look up " OTHER ": unknown service name\n",
		getpid());
	EXPECT_TRUE(log_has(self->log, line));
}

TEST_F(bootstrap, log_of_a_flood_is_cut)
{
	uint64_t begin = now_ms();
	int count = 0;

	while (!log_has(self->log, "lines left out") &&
	       now_ms() < begin + TEST_PATIENCE) {
		look_up(NAME);
		count++;
	}
	if (count < LINES_PER_SECOND * (now_ms() - begin) / 1000)
		SKIP(return, "this machine is too slow for a flood");
	EXPECT_TRUE(log_has(self->log, "lines left out"));
	EXPECT_GT(count, log_count(self->log, "look up"));
}

/* What a message that does not come from the library is answered. */
static kern_return_t answer_to(mach_msg_header_t *request, mach_msg_size_t size,
			       mach_msg_id_t id)
{
	mach_port_t reply = mach_reply_port();
	union received answer;
	mach_msg_return_t mr;

	request->msgh_bits |= MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	request->msgh_remote_port = bootstrap_port;
	request->msgh_local_port = reply;
	request->msgh_id = id;
	mr = mach_msg(request, MACH_SEND_MSG | MACH_SEND_TIMEOUT, size, 0,
		      MACH_PORT_NULL, TEST_PATIENCE, MACH_PORT_NULL);
	if (mr == MACH_MSG_SUCCESS)
		mr = receive(reply, &answer);
	if (mr != MACH_MSG_SUCCESS)
		return mr;
	if (answer.head.msgh_id != BOOTSTRAP_REPLY(id) ||
	    answer.head.msgh_size != sizeof(answer.code))
		return TEST_POISON;
	return answer.code.RetCode;
}

TEST_F(bootstrap, messages_of_wrong_form_are_refused)
{
	struct bootstrap_name_request request = { .name = NAME };
	struct bootstrap_register_request complex = { .name = NAME };

	EXPECT_EQ(MIG_BAD_ID, answer_to(&request.head, sizeof(request), 999));
	/* A notification comes from the kernel or not at all. */
	EXPECT_EQ(MIG_BAD_ID, answer_to(&request.head, sizeof(request),
					MACH_NOTIFY_DEAD_NAME));
	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  answer_to(&request.head, sizeof(request.head),
			    BOOTSTRAP_ID_CHECK_IN));
	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  answer_to(&request.head, sizeof(request) - 4,
			    BOOTSTRAP_ID_LOOK_UP));
	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  answer_to(&request.head, sizeof(request),
			    BOOTSTRAP_ID_LOOK_UP));
	/* No descriptor, and the right size. */
	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  answer_to(&complex.head, sizeof(complex),
			    BOOTSTRAP_ID_REGISTER));
	complex.head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  answer_to(&complex.head, sizeof(complex),
			    BOOTSTRAP_ID_REGISTER));
	request.name[3] = '\n';
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  answer_to(&request.head, sizeof(request),
			    BOOTSTRAP_ID_CHECK_IN));
	memset(request.name, 'x', sizeof(request.name));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  answer_to(&request.head, sizeof(request),
			    BOOTSTRAP_ID_CHECK_IN));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
}

/* A right that was sent for nothing is not kept. */
TEST_F(bootstrap, rights_that_are_refused_are_released)
{
	struct bootstrap_register_request request = {
		.head.msgh_bits = MACH_MSGH_BITS_COMPLEX,
		.body.msgh_descriptor_count = 1,
		.service.type = MACH_MSG_PORT_DESCRIPTOR,
		.name = NAME,
	};
	mach_port_t task = mach_task_self();
	mach_port_t moved = new_port(), once = new_port();

	request.service.name = moved;
	request.service.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	EXPECT_EQ(MIG_TYPE_ERROR, answer_to(&request.head, sizeof(request),
					    BOOTSTRAP_ID_REGISTER));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, name_type(moved));

	request.service.name = once;
	request.service.disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	EXPECT_EQ(MIG_TYPE_ERROR, answer_to(&request.head, sizeof(request),
					    BOOTSTRAP_ID_REGISTER));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, receive_id(once));

	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	request.service.name = once;
	request.service.disposition = MACH_MSG_TYPE_MOVE_SEND;
	EXPECT_EQ(BOOTSTRAP_NAME_IN_USE,
		  answer_to(&request.head, sizeof(request),
			    BOOTSTRAP_ID_REGISTER));
	/* Fires at once if nobody has a send right any more. */
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_request_notification(task, once,
						 MACH_NOTIFY_NO_SENDERS, 1,
						 once,
						 MACH_MSG_TYPE_MAKE_SEND_ONCE,
						 &request.service.name));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, receive_id(once));
}

/* The size of the server's address space in KiB. */
static long server_memory(pid_t server)
{
	char line[128], path[64];
	long size = -1;
	FILE *file;

	sprintf(path, "/proc/%d/status", server);
	file = fopen(path, "r");
	if (!file)
		return -1;
	while (size < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "VmSize: %ld", &size);
	fclose(file);
	return size;
}

/* Half of the memory comes in forms that mach_msg_destroy() does not free. */
static mach_msg_return_t send_memory(char *memory, mach_msg_size_t size, int i)
{
	struct {
		mach_msg_base_t base;
		mach_msg_ool_descriptor_t ool;
	} message = {
		.base.header.msgh_bits = MACH_MSGH_BITS_COMPLEX |
			MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
		.base.header.msgh_remote_port = bootstrap_port,
		.base.body.msgh_descriptor_count = 1,
		.ool = {
			.address = memory,
			.size = size,
			.copy = i & 1 ? MACH_MSG_VIRTUAL_COPY :
					MACH_MSG_PHYSICAL_COPY,
			.type = i & 2 ? MACH_MSG_OOL_VOLATILE_DESCRIPTOR :
					MACH_MSG_OOL_DESCRIPTOR,
		},
	};

	return mach_msg(&message.base.header, MACH_SEND_MSG, sizeof(message), 0,
			MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

TEST_F(bootstrap, memory_that_is_refused_is_released)
{
	static char memory[1 << 20];
	long before;

	/* What the first request makes the server allocate is no matter. */
	ASSERT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
	before = server_memory(self->server);
	ASSERT_LT(0, before);
	for (int i = 0; i < 40; i++)
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  send_memory(memory, sizeof(memory), i));
	/* Messages are received in order. */
	ASSERT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
	EXPECT_GT(before + 1024, server_memory(self->server));
}

TEST_F(bootstrap, message_that_is_too_large_is_dropped)
{
	static union {
		mach_msg_header_t head;
		char bytes[1 << 16];
	} request;
	mach_port_t reply = mach_reply_port();

	request.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						MACH_MSG_TYPE_MAKE_SEND_ONCE);
	request.head.msgh_remote_port = bootstrap_port;
	request.head.msgh_local_port = reply;
	request.head.msgh_id = BOOTSTRAP_ID_CHECK_IN;
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  mach_msg(&request.head, MACH_SEND_MSG, sizeof(request), 0,
			   MACH_PORT_NULL, 0, MACH_PORT_NULL));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, receive_id(reply));
	EXPECT_EQ(KERN_SUCCESS, check_in(NAME));
}

TEST_F(bootstrap, message_without_a_reply_port_is_dropped)
{
	struct bootstrap_name_request request = {
		.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
		.head.msgh_remote_port = bootstrap_port,
		.head.msgh_id = BOOTSTRAP_ID_CHECK_IN,
		.name = NAME,
	};

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  mach_msg(&request.head, MACH_SEND_MSG, sizeof(request), 0,
			   MACH_PORT_NULL, 0, MACH_PORT_NULL));
	/* Requests are served in order. */
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
	EXPECT_TRUE(log_has(self->log, "without a reply port"));
}

/* A send right, unlike a send-once right, can lead to a queue that is full. */
TEST_F(bootstrap, client_that_does_not_read_replies_stops_nobody)
{
	struct bootstrap_name_request request = {
		.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						 MACH_MSG_TYPE_COPY_SEND),
		.head.msgh_remote_port = bootstrap_port,
		.head.msgh_local_port = new_port(),
		.head.msgh_id = BOOTSTRAP_ID_CHECK_IN,
	};

	for (int i = 0; i < 2 * MACH_PORT_QLIMIT_DEFAULT; i++) {
		sprintf(request.name, "org.machipc.unread.%d", i);
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  mach_msg(&request.head, MACH_SEND_MSG,
				   sizeof(request), 0, MACH_PORT_NULL, 0,
				   MACH_PORT_NULL));
	}
	/* Queued replies hold their receive rights, lost ones have died. */
	EXPECT_EQ(KERN_SUCCESS, look_up("org.machipc.unread.0"));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up("org.machipc.unread.9"));
	EXPECT_EQ(MACH_PORT_QLIMIT_DEFAULT,
		  log_count(self->log, "a reply is lost"));
}

/*
 * The kernel answers a call on a task to whatever port the caller names. Its
 * token is that of user 0, but it is not root.
 */
TEST_F(bootstrap, answer_of_the_kernel_is_no_request)
{
	mach_msg_header_t head = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					    MACH_MSG_TYPE_COPY_SEND),
		.msgh_remote_port = mach_task_self(),
		.msgh_local_port = bootstrap_port,
		.msgh_id = BOOTSTRAP_ID_CHECK_IN - 100,
	};

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  mach_msg(&head, MACH_SEND_MSG, sizeof(head), 0,
			   MACH_PORT_NULL, 0, MACH_PORT_NULL));
	/* Requests are served in order. */
	EXPECT_EQ(KERN_SUCCESS, check_in(NAME));
	EXPECT_TRUE(log_has(self->log, "message of the kernel dropped"));
}

/* The server is a client of its own, so to speak, and nothing comes of it. */
TEST_F(bootstrap, server_as_its_own_reply_port_is_harmless)
{
	struct bootstrap_name_request request = {
		.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						 MACH_MSG_TYPE_COPY_SEND),
		.head.msgh_remote_port = bootstrap_port,
		.head.msgh_local_port = bootstrap_port,
		.head.msgh_id = BOOTSTRAP_ID_CHECK_IN,
		.name = NAME,
	};

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  mach_msg(&request.head, MACH_SEND_MSG, sizeof(request), 0,
			   MACH_PORT_NULL, 0, MACH_PORT_NULL));
	EXPECT_EQ(KERN_SUCCESS, check_in(OTHER));
	EXPECT_TRUE(log_will_have(self->log, "the name is free"));
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, look_up(NAME));
	/* Its own port can be registered, for it is a port like any other. */
	EXPECT_EQ(KERN_SUCCESS,
		  bootstrap_register(bootstrap_port, NAME, bootstrap_port));
	EXPECT_EQ(KERN_SUCCESS, look_up(NAME));
	EXPECT_EQ(KERN_SUCCESS, unregister(NAME));
	EXPECT_EQ(KERN_SUCCESS, look_up(OTHER));
}

FIXTURE(open_bootstrap) {
	pid_t server;
	int log;
};

FIXTURE_SETUP(open_bootstrap)
{
	ASSERT_TRUE(objects_settled());
	self->log = memfd_create("log", MFD_CLOEXEC);
	self->server = start_server(self->log, "-a");
	ASSERT_TRUE(server_is_ready(self->server, self->log, 1));
}

FIXTURE_TEARDOWN(open_bootstrap)
{
	EXPECT_TRUE(child_kill(self->server));
	close(self->log);
}

TEST_F(open_bootstrap, names_of_other_users_are_found)
{
	pid_t owner = OWNER_OF(ALICE, !check_in(NAME));

	ASSERT_LT(0, owner);
	EXPECT_TRUE(TRUE_FOR(BOB, !look_up(NAME)));
	EXPECT_TRUE(TRUE_FOR(BOB, !look_up_of(NAME, ALICE)));
	EXPECT_EQ(KERN_SUCCESS, look_up(NAME));
	/* They are still the owner's. */
	EXPECT_TRUE(TRUE_FOR(BOB,
			     unregister(NAME) == BOOTSTRAP_UNKNOWN_SERVICE));
	EXPECT_TRUE(child_kill(owner));
}

/* Without a server. */
TEST(without_a_server_there_is_no_bootstrap_port)
{
	ASSERT_TRUE(objects_settled());
	EXPECT_EQ(MACH_PORT_NULL, bootstrap_port);
	EXPECT_EQ(MACH_SEND_INVALID_DEST, check_in(NAME));
	EXPECT_EQ(MACH_SEND_INVALID_DEST, register_new(NAME));
	EXPECT_EQ(MACH_SEND_INVALID_DEST, look_up(NAME));
	EXPECT_EQ(MACH_SEND_INVALID_DEST, status(NAME));
	EXPECT_NE(NULL, strstr(bootstrap_strerror(MACH_SEND_INVALID_DEST),
			       "machbootstrapd"));
}

TEST(server_needs_the_capability)
{
	int log = memfd_create("log", MFD_CLOEXEC);
	pid_t pid = fork();

	ASSERT_TRUE(objects_settled());
	if (!pid) {
		if (!become(ALICE))
			_exit(0);
		dup2(log, STDERR_FILENO);
		execlp(getenv("MACHBOOTSTRAPD") ?: "machbootstrapd",
		       "machbootstrapd", NULL);
		_exit(0);
	}
	EXPECT_EQ(W_EXITCODE(1, 0), child_status(pid));
	EXPECT_TRUE(log_has(log, "CAP_SYS_ADMIN"));
}

TEST(server_knows_its_options)
{
	int log = memfd_create("log", MFD_CLOEXEC);

	EXPECT_EQ(0, child_status(start_server(log, "--help")));
	EXPECT_TRUE(log_has(log, "usage: machbootstrapd"));
	EXPECT_EQ(0, child_status(start_server(log, "--version")));
	EXPECT_EQ(W_EXITCODE(2, 0), child_status(start_server(log, "-x")));
	EXPECT_EQ(W_EXITCODE(2, 0), child_status(start_server(log, "word")));
}

TEST_HARNESS_MAIN
