// SPDX-License-Identifier: GPL-2.0
/*
 * The list of services: bootstrap_info(), and machbootstrap for shells.
 */
#include "bootstrap_utils.h"

/* What bootstrap_info() gives. */
struct info {
	name_array_t service;
	name_array_t user;
	bootstrap_status_array_t status;
	mach_msg_type_number_t count[3];
};

static kern_return_t get_info(struct info *info)
{
	memset(info, 0xa5, sizeof(*info));
	return bootstrap_info(MACH_PORT_NULL, &info->service, &info->count[0],
			      &info->user, &info->count[1], &info->status,
			      &info->count[2]);
}

/* The list as a text, a word a service: user, colon, name. */
static const char *list(void)
{
	static char text[4096];
	struct info info;
	size_t used = 0;

	if (get_info(&info))
		return "error";
	if (info.count[1] != info.count[0] || info.count[2] != info.count[0])
		return "lengths differ";
	text[0] = 0;
	for (mach_msg_type_number_t i = 0; i < info.count[0]; i++) {
		if (info.status[i] != BOOTSTRAP_STATUS_ACTIVE)
			return "not active";
		used += snprintf(text + used, sizeof(text) - used, "%s%s:%s",
				 i ? " " : "", info.user[i], info.service[i]);
	}
	return text;
}

TEST_F(bootstrap, empty_list_is_no_memory)
{
	struct info info;

	ASSERT_EQ(KERN_SUCCESS, get_info(&info));
	EXPECT_EQ(0, info.count[0]);
	EXPECT_EQ(0, info.count[1]);
	EXPECT_EQ(0, info.count[2]);
	EXPECT_EQ(NULL, info.service);
	EXPECT_EQ(NULL, info.user);
	EXPECT_EQ(NULL, info.status);
}

TEST_F(bootstrap, list_is_in_the_order_of_names)
{
	ASSERT_EQ(KERN_SUCCESS, check_in("b"));
	ASSERT_EQ(KERN_SUCCESS, check_in("c"));
	ASSERT_EQ(KERN_SUCCESS, register_new("a"));
	ASSERT_EQ(KERN_SUCCESS, check_in("aa"));
	ASSERT_EQ(KERN_SUCCESS, check_in("B"));
	EXPECT_STREQ("0:B 0:a 0:aa 0:b 0:c", list());
	/* The log of a list is a line, not one for each service. */
	EXPECT_EQ(1, log_count(self->log, ": list"));
	ASSERT_EQ(KERN_SUCCESS, unregister("a"));
	EXPECT_STREQ("0:B 0:aa 0:b 0:c", list());
}

TEST_F(bootstrap, list_has_what_the_caller_may_see)
{
	pid_t alice = OWNER_OF(ALICE, !check_in(NAME) && !check_in("a"));
	pid_t bob = OWNER_OF(BOB, !check_in(NAME));

	ASSERT_LT(0, alice);
	ASSERT_LT(0, bob);
	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	EXPECT_STREQ("1000:a 0:" NAME " 1000:" NAME " 1001:" NAME, list());
	EXPECT_TRUE(TRUE_FOR(ALICE, !strcmp("1000:a 0:" NAME " 1000:" NAME,
					    list())));
	EXPECT_TRUE(TRUE_FOR(BOB, !strcmp("0:" NAME " 1001:" NAME, list())));
	EXPECT_TRUE(child_kill(alice));
	EXPECT_STREQ("0:" NAME " 1001:" NAME, list());
	EXPECT_TRUE(child_kill(bob));
}

/* More than a page of names, and of the limit of a user. */
TEST_F_TIMEOUT(bootstrap, list_has_room_for_all, TEST_SLOW)
{
	mach_port_t task = mach_task_self(), port = new_port();
	struct info info;
	char name[32];

	for (int i = 0; i < 250; i++) {
		sprintf(name, "org.machipc.%03d", i);
		ASSERT_EQ(KERN_SUCCESS,
			  bootstrap_register(MACH_PORT_NULL, name, port));
	}
	ASSERT_EQ(KERN_SUCCESS, get_info(&info));
	ASSERT_EQ(250, info.count[0]);
	for (int i = 0; i < 250; i++) {
		sprintf(name, "org.machipc.%03d", i);
		ASSERT_STREQ(name, info.service[i]);
	}
	EXPECT_EQ(KERN_SUCCESS,
		  vm_deallocate(task, (vm_address_t)info.service,
				250 * sizeof(name_t)));
	EXPECT_EQ(KERN_SUCCESS,
		  vm_deallocate(task, (vm_address_t)info.user,
				250 * sizeof(name_t)));
	EXPECT_EQ(KERN_SUCCESS,
		  vm_deallocate(task, (vm_address_t)info.status,
				250 * sizeof(bootstrap_status_t)));
}

/* What follows a line, as the server says, and not the library. */
static kern_return_t next(const char *name, uint32_t user,
			  struct bootstrap_next_reply *reply)
{
	struct bootstrap_next_request request = {
		.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						 MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.head.msgh_id = BOOTSTRAP_ID_NEXT,
		.head.msgh_local_port = mig_get_reply_port(),
		.user = user,
	};
	union {
		union received any;
		struct bootstrap_next_reply next;
	} answer;
	mach_msg_return_t mr;

	memcpy(request.name, name, strnlen(name, sizeof(request.name)));
	request.head.msgh_remote_port = bootstrap_port;
	mr = mach_msg(&request.head, MACH_SEND_MSG, sizeof(request), 0,
		      MACH_PORT_NULL, 0, MACH_PORT_NULL);
	if (mr == MACH_MSG_SUCCESS)
		mr = receive(request.head.msgh_local_port, &answer.any);
	if (mr != MACH_MSG_SUCCESS)
		return mr;
	if (answer.any.head.msgh_size == sizeof(answer.any.code))
		return answer.any.code.RetCode;
	*reply = answer.next;
	return answer.next.code;
}

/* A list that is read while services go still comes to its end. */
TEST_F(bootstrap, line_after_one_that_has_gone_is_the_next)
{
	struct bootstrap_next_reply reply = {};

	ASSERT_EQ(KERN_SUCCESS, register_new("a"));
	ASSERT_EQ(KERN_SUCCESS, check_in("c"));
	ASSERT_EQ(KERN_SUCCESS, next("a", 0, &reply));
	EXPECT_STREQ("c", reply.name);
	ASSERT_EQ(KERN_SUCCESS, unregister("a"));
	ASSERT_EQ(KERN_SUCCESS, next("a", 0, &reply));
	EXPECT_STREQ("c", reply.name);
	EXPECT_EQ(BOOTSTRAP_UNKNOWN_SERVICE, next("c", 0, &reply));
}

TEST_F(bootstrap, line_after_no_name_is_refused)
{
	struct bootstrap_next_reply reply;
	char endless[BOOTSTRAP_MAX_NAME_LEN];

	memset(endless, 'a', sizeof(endless));
	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, next(endless, 0, &reply));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, next("two words", 0, &reply));
	EXPECT_EQ(KERN_SUCCESS, next("", 0, &reply));
	EXPECT_STREQ(NAME, reply.name);
}

/* A server of a test's own, which answers every request with one line. */
static void *answer_with_one_line(void *port)
{
	struct {
		struct bootstrap_next_request request;
		mach_msg_trailer_t trailer;
	} buffer;
	struct bootstrap_next_reply reply = { .name = NAME };
	mach_msg_header_t *head = &buffer.request.head;

	while (!mach_msg(head, MACH_RCV_MSG, 0, sizeof(buffer),
			 *(mach_port_t *)port, 0, MACH_PORT_NULL)) {
		reply.head.msgh_bits =
			MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
		reply.head.msgh_size = sizeof(reply);
		reply.head.msgh_remote_port = head->msgh_remote_port;
		reply.head.msgh_id = BOOTSTRAP_REPLY(head->msgh_id);
		mach_msg_send(&reply.head);
	}
	return NULL;
}

/* Without an end there would be a program that fills its memory. */
TEST_F(bootstrap, server_whose_list_goes_in_circles_is_not_believed)
{
	mach_port_t port = new_port();
	struct info info;
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, answer_with_one_line, &port));
	EXPECT_EQ(MIG_TYPE_ERROR,
		  bootstrap_info(port, &info.service, &info.count[0],
				 &info.user, &info.count[1], &info.status,
				 &info.count[2]));
	ASSERT_EQ(KERN_SUCCESS, mach_port_destroy(mach_task_self(), port));
	pthread_join(thread, NULL);
}

/* Runs machbootstrap, and says how it ended. */
static int run_tool(int output, const char *command, const char *argument)
{
	const char *path = getenv("MACHBOOTSTRAP");
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(output, STDOUT_FILENO);
		dup2(output, STDERR_FILENO);
		execlp(path ? path : "machbootstrap", "machbootstrap", command,
		       argument, NULL);
		_exit(127);
	}
	return child_status(pid);
}

TEST_F(bootstrap, tool_prints_the_list)
{
	pid_t owner = OWNER_OF(ALICE, !check_in(NAME));
	int output = memfd_create("output", MFD_CLOEXEC);

	ASSERT_LT(0, owner);
	ASSERT_EQ(KERN_SUCCESS, check_in(OTHER));
	EXPECT_EQ(0, run_tool(output, "list", NULL));
	EXPECT_TRUE(log_has(output, "root             " OTHER "\n"
				    "1000             " NAME "\n"));
	EXPECT_TRUE(child_kill(owner));
}

TEST_F(bootstrap, tool_tells_whether_a_service_is_there)
{
	int output = memfd_create("output", MFD_CLOEXEC);

	ASSERT_EQ(KERN_SUCCESS, check_in(NAME));
	EXPECT_EQ(0, run_tool(output, "status", NAME));
	EXPECT_FALSE(log_has(output, NAME));
	EXPECT_EQ(W_EXITCODE(1, 0), run_tool(output, "status", OTHER));
	EXPECT_TRUE(log_has(output, OTHER ": unknown service name\n"));
}

TEST(tool_knows_its_arguments)
{
	int output = memfd_create("output", MFD_CLOEXEC);

	ASSERT_TRUE(objects_settled());
	EXPECT_EQ(0, run_tool(output, "--help", NULL));
	EXPECT_TRUE(log_has(output, "usage: machbootstrap"));
	EXPECT_EQ(0, run_tool(output, "--version", NULL));
	EXPECT_EQ(W_EXITCODE(2, 0), run_tool(output, NULL, NULL));
	EXPECT_EQ(W_EXITCODE(2, 0), run_tool(output, "-x", NULL));
	EXPECT_EQ(W_EXITCODE(2, 0), run_tool(output, "list", "word"));
	EXPECT_EQ(W_EXITCODE(2, 0), run_tool(output, "status", NULL));
	EXPECT_EQ(W_EXITCODE(2, 0), run_tool(output, "nonsense", NULL));
}

TEST(tool_needs_a_server)
{
	int output = memfd_create("output", MFD_CLOEXEC);

	ASSERT_TRUE(objects_settled());
	EXPECT_EQ(W_EXITCODE(1, 0), run_tool(output, "list", NULL));
	EXPECT_TRUE(log_has(output, "machbootstrapd"));
}

TEST_HARNESS_MAIN
