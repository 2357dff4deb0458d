// SPDX-License-Identifier: GPL-2.0
/*
 * Processes in trouble: killed at any moment, frozen, short of memory or of
 * processors, at their limits. What they had is gone afterwards, and the
 * others noticed nothing but the notifications that tell them.
 *
 * STORM_KILLS=N in the environment says how many are killed.
 */
#include "ool_utils.h"

#include <dirent.h>
#include <stdlib.h>

#define KILLS		60
#define SERVERS		3
#define CLIENTS		4

#define ID_REGISTER	1
#define ID_LOOK_UP	2
#define ID_WORK		3
#define ID_DELEGATE	4
#define ID_DONE		100

/* The other user, and the one after it, who have nothing to do with root. */
#define HOG		60001
#define NEIGHBOUR	60002

FIXTURE(storm) {
	mach_port_name_t door;		/* R, known to all processes */
	struct message msg;
	uint32_t random;
};

FIXTURE_SETUP(storm)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->door = port_new();
	ASSERT_NE(MACH_PORT_NULL, self->door);
	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(self->door, 100));
	if (!parent_publish(self->door))
		SKIP(return, "needs root, and no bootstrap server");
	self->random = time(NULL) | 1;
}

FIXTURE_TEARDOWN(storm)
{
	domain_set_bootstrap(MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND);
}

static uint32_t next_random(uint32_t *state, uint32_t limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % limit;
}

/* ---- a crowd of clients and servers */

/*
 * Sends a request and waits for whatever answers it, which something must:
 * the server, or the kernel when the server has gone.
 */
static mach_msg_return_t ask(struct message *msg, mach_port_name_t to,
			     mach_port_name_t reply, mach_msg_id_t id)
{
	message_init(msg, to, MACH_MSG_TYPE_COPY_SEND, reply,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg->head.msgh_id = id;
	return msg_trap(msg, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
			msg->head.msgh_size, sizeof(*msg), reply,
			3 * TEST_PATIENCE);
}

static mach_port_name_t look_up(mach_port_name_t door, mach_port_name_t reply)
{
	struct message msg;

	if (ask(&msg, door, reply, ID_LOOK_UP) ||
	    msg.head.msgh_id != ID_DONE ||
	    !(msg.head.msgh_bits & MACH_MSGH_BITS_COMPLEX))
		return MACH_PORT_NULL;
	return msg.port[0].name;
}

/* Gives what it received to another server, which has to answer then. */
static bool delegate(struct message *msg, mach_port_name_t door,
		     mach_port_name_t reply)
{
	mach_port_name_t other = look_up(door, reply);
	struct message out;
	mach_msg_return_t mr;

	if (!MACH_PORT_VALID(other))
		return false;
	message_init(&out, other, MACH_MSG_TYPE_MOVE_SEND,
		     msg->head.msgh_remote_port, MACH_MSG_TYPE_MOVE_SEND_ONCE);
	out.head.msgh_id = ID_WORK;
	mr = msg_send(&out);
	/* A message that was refused has left the rights here. */
	if (mr)
		port_deallocate(other);
	return !mr;
}

static void answer(struct message *msg)
{
	static char memory[20000];
	struct message out;

	message_init(&out, msg->head.msgh_remote_port,
		     MACH_MSG_TYPE_MOVE_SEND_ONCE, MACH_PORT_NULL, 0);
	out.head.msgh_id = ID_DONE;
	message_add_ool(&out, memory, sizeof(memory), VIRTUAL, 0);
	message_add_right(&out, port_new(), MOVE_RECEIVE);
	if (msg_send(&out)) {
		port_destroy(message_right(&out, 1)->name);
		port_deallocate(msg->head.msgh_remote_port);
	}
}

static void be_server(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t door = child_connect();
	mach_port_name_t port = port_new(), reply = port_new();
	struct message msg;

	message_init(&msg, door, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0);
	msg.head.msgh_id = ID_REGISTER;
	message_add_port(&msg, port, MACH_MSG_TYPE_MAKE_SEND);
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(&msg, MACH_SEND_MSG, msg.head.msgh_size, 0, 0, 0));
	for (;;) {
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive_option(port, &msg, 0, 0));
		if (msg.head.msgh_id != ID_DELEGATE ||
		    !delegate(&msg, door, reply))
			answer(&msg);
	}
}

/* An answer leaves nothing behind. */
static void throw_away(struct message *msg)
{
	if (msg->head.msgh_id != ID_DONE)
		return;
	munmap(message_ool(msg, 0)->address, message_ool(msg, 0)->size);
	port_destroy(message_right(msg, 1)->name);
}

static void be_client(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t door = child_connect();
	mach_port_name_t reply = port_new(), server;
	uint32_t random = getpid();
	struct message msg;
	mach_msg_return_t mr;

	for (;;) {
		server = look_up(door, reply);
		if (!MACH_PORT_VALID(server)) {
			nap();
			continue;
		}
		for (int i = next_random(&random, 10); i >= 0; i--) {
			mr = ask(&msg, server, reply,
				 ID_WORK + next_random(&random, 2));
			if (mr == MACH_SEND_INVALID_DEST)
				break;
			ASSERT_EQ(MACH_MSG_SUCCESS, mr);
			if (msg.head.msgh_id != ID_DONE)
				ASSERT_EQ(MACH_NOTIFY_SEND_ONCE,
					  msg.head.msgh_id);
			throw_away(&msg);
		}
		port_destroy(server);
	}
}

struct crowd {
	pid_t pid[SERVERS + CLIENTS];
	mach_port_name_t server[SERVERS];	/* S, or dead, or null */
	unsigned int registered;
	unsigned int served;
};

/* The names that servers are known by change with each one that registers. */
static void serve_door(struct crowd *crowd, mach_port_name_t door,
		       struct message *msg, uint32_t *random)
{
	mach_port_name_t *server;
	struct message out;

	if (msg_receive_option(door, msg, MACH_RCV_TIMEOUT, 1))
		return;
	server = &crowd->server[next_random(random, SERVERS)];
	if (msg->head.msgh_id == ID_REGISTER) {
		server = &crowd->server[crowd->registered++ % SERVERS];
		if (*server)
			port_destroy(*server);
		*server = msg->port[0].name;
		return;
	}
	message_init(&out, msg->head.msgh_remote_port,
		     MACH_MSG_TYPE_MOVE_SEND_ONCE, MACH_PORT_NULL, 0);
	out.head.msgh_id = ID_DONE;
	message_add_port(&out, *server, MACH_MSG_TYPE_COPY_SEND);
	if (msg_send(&out))
		port_deallocate(msg->head.msgh_remote_port);
	else
		crowd->served++;
}

/* A process that has not been killed has no reason to end. */
static bool crowd_is_whole(const struct crowd *crowd)
{
	for (int i = 0; i < SERVERS + CLIENTS; i++)
		if (waitpid(crowd->pid[i], NULL, WNOHANG))
			return false;
	return true;
}

TEST_F_TIMEOUT(storm, crowd_goes_on_while_any_of_it_is_killed, 3600)
{
	const char *wanted = getenv("STORM_KILLS");
	unsigned int kills = wanted ? strtoul(wanted, NULL, 0) : KILLS;
	struct crowd crowd = {};
	unsigned int slot;
	uint64_t end;

	TH_LOG("seed %u", self->random);
	for (slot = 0; slot < SERVERS + CLIENTS; slot++)
		crowd.pid[slot] = child_start(_metadata,
					      slot < SERVERS ? be_server :
							       be_client, NULL);
	for (unsigned int i = 0; i < kills; i++) {
		end = now_ms() + next_random(&self->random, 40);
		do {
			serve_door(&crowd, self->door, &self->msg,
				   &self->random);
		} while (now_ms() < end);
		ASSERT_TRUE(crowd_is_whole(&crowd));
		/* The door is open, so the module stays. */
		ASSERT_EQ(-1, syscall(__NR_delete_module, "machipc",
				      O_NONBLOCK));
		slot = next_random(&self->random, SERVERS + CLIENTS);
		ASSERT_TRUE(child_kill(crowd.pid[slot]));
		crowd.pid[slot] = child_start(_metadata,
					      slot < SERVERS ? be_server :
							       be_client, NULL);
	}
	TH_LOG("%u kills, %u look-ups, %u servers", kills, crowd.served,
	       crowd.registered);
	EXPECT_LT(kills, crowd.served);
	for (slot = 0; slot < SERVERS + CLIENTS; slot++)
		ASSERT_TRUE(child_kill(crowd.pid[slot]));
	EXPECT_EQ(0, space_close());
	EXPECT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
}

/* ---- two users */

static bool become(uid_t uid)
{
	return !setresgid(uid, uid, uid) && !setresuid(uid, uid, uid);
}

/* Fills a queue with messages that are large, and returns what stopped it. */
static mach_msg_return_t take_bytes(mach_port_name_t port, char *memory)
{
	mach_msg_return_t mr;

	do {
		mr = ool_send(port, memory, 100000, PHYSICAL, 0);
	} while (!mr);
	return mr;
}

/* Takes all that there is to be had, and keeps it until it is killed. */
static void be_hog(struct __test_metadata *_metadata, void *data)
{
	static char memory[100000];
	mach_port_name_t door, name;
	kern_return_t kr;

	ASSERT_TRUE(become(HOG));
	door = child_connect();
	ASSERT_NE(MACH_PORT_NULL, door);
	name = port_new();
	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(name, 1024));
	EXPECT_EQ(MACH_MSG_VM_KERNEL, take_bytes(name, memory));
	while (!(kr = port_allocate(MACH_PORT_RIGHT_RECEIVE, &name)))
		;
	EXPECT_EQ(KERN_RESOURCE_SHORTAGE, kr);
	while (!(kr = port_allocate(MACH_PORT_RIGHT_DEAD_NAME, &name)))
		;
	EXPECT_EQ(KERN_NO_SPACE, kr);
	prctl(PR_SET_NAME, "full");
	for (;;)
		pause();
}

static void be_neighbour(struct __test_metadata *_metadata, void *data)
{
	static char memory[100000];
	mach_port_name_t port, set;
	struct message msg;

	ASSERT_TRUE(become(NEIGHBOUR));
	ASSERT_NE(MACH_PORT_NULL, child_connect());
	port = port_new_send();
	set = pset_new();
	ASSERT_EQ(KERN_SUCCESS, port_insert_member(port, set));
	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  ool_pass(&msg, port, memory, sizeof(memory),
				   PHYSICAL, 0));
		munmap(message_ool(&msg, 0)->address, sizeof(memory));
		ASSERT_NE(MACH_PORT_NULL, port_new());
	}
}

static bool is_full(pid_t pid)
{
	char path[32], name[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%15s", name) != 1)
		name[0] = 0;
	fclose(file);
	return !strcmp(name, "full");
}

static const char * const limits[] = {
	"max_names", "max_ports", "max_user_bytes",
};

TEST_F_TIMEOUT(storm, user_who_takes_all_takes_nothing_from_another, TEST_SLOW)
{
	static const unsigned long low[] = { 3000, 2000, 4000000 };
	unsigned long old[3];
	pid_t hog, neighbour;
	int status = -1;

	for (int i = 0; i < 3; i++) {
		old[i] = parameter_read(limits[i]);
		ASSERT_TRUE(parameter_write(limits[i], low[i]));
	}
	hog = child_start(_metadata, be_hog, NULL);
	while (!is_full(hog) && !waitpid(hog, &status, WNOHANG))
		nap();
	EXPECT_TRUE(is_full(hog)) TH_LOG("status %d", status);
	neighbour = child_start(_metadata, be_neighbour, NULL);
	EXPECT_TRUE(child_wait(neighbour));
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(self->door, MACH_MSG_TYPE_MAKE_SEND, 1));
	child_kill(hog);
	for (int i = 0; i < 3; i++)
		parameter_write(limits[i], old[i]);
}

/* ---- a memory cgroup at its limit */

#define GROUP		"/sys/fs/cgroup/storm"

/* Sends more than a page, and what it gets when there is not enough. */
struct large {
	mach_msg_return_t (*send)(mach_port_name_t port);
	mach_msg_return_t refusal;
};

static char large_memory[1 << 20];

static mach_msg_return_t send_region(mach_port_name_t port)
{
	return ool_send(port, large_memory, sizeof(large_memory), PHYSICAL, 0);
}

static mach_msg_return_t send_body(mach_port_name_t port)
{
	mach_msg_header_t *head = (void *)large_memory;

	memset(head, 0, sizeof(*head));
	head->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	head->msgh_remote_port = port;
	return msg_trap(head, MACH_SEND_MSG, sizeof(large_memory), 0, 0, 0);
}

static const struct large larges[] = {
	{ send_region, MACH_MSG_VM_KERNEL },
	{ send_body, MACH_SEND_NO_BUFFER },
};

/* Says when it was refused, and goes on with what is too small for that. */
static void be_poor(struct __test_metadata *_metadata, void *data)
{
	const struct large *large = data;
	mach_port_name_t door, name;
	struct message msg;
	mach_msg_return_t mr;

	ASSERT_TRUE(file_write(GROUP "/cgroup.procs", "0"));
	door = child_connect();
	name = port_new();
	ASSERT_EQ(KERN_SUCCESS, port_set_qlimit(name, 1024));
	do {
		mr = large->send(name);
	} while (!mr);
	ASSERT_EQ(large->refusal, mr);
	for (;;)
		ask(&msg, door, port_new(), ID_DONE);
}

static unsigned int serve_poor(mach_port_name_t door, struct message *msg)
{
	if (msg_receive_option(door, msg, MACH_RCV_TIMEOUT, 1))
		return 0;
	message_init(msg, msg->head.msgh_remote_port,
		     MACH_MSG_TYPE_MOVE_SEND_ONCE, MACH_PORT_NULL, 0);
	if (msg_send(msg))
		port_deallocate(msg->head.msgh_remote_port);
	return 1;
}

/*
 * The cgroup may run out of memory, which kills in there and nowhere else. It
 * does not for a message that may just as well be refused.
 */
TEST_F_TIMEOUT(storm, memory_is_charged_to_the_cgroup_that_uses_it, TEST_SLOW)
{
	if (mkdir(GROUP, 0755) || access(GROUP "/memory.max", W_OK)) {
		rmdir(GROUP);
		SKIP(return, "no memory cgroups");
	}
	ASSERT_TRUE(file_write(GROUP "/memory.max", "8388608"));
	memset(large_memory, 1, sizeof(large_memory));
	for (int i = 0; i < ARRAY_SIZE(larges); i++) {
		pid_t pid = child_start(_metadata, be_poor, (void *)&larges[i]);
		unsigned int served = 0;
		int status;

		while (waitpid(pid, &status, WNOHANG) != pid)
			served += serve_poor(self->door, &self->msg);
		EXPECT_LT(0, served);
		EXPECT_TRUE(WIFSIGNALED(status));
		EXPECT_EQ(SIGKILL, WTERMSIG(status));
	}
	EXPECT_EQ(0, rmdir(GROUP));
}

/* ---- frozen processes, and processors that go away */

/* Who is frozen has been interrupted, and takes the call up again. */
static void be_echo(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t door = child_connect();
	mach_port_name_t reply = port_new();
	mach_msg_return_t mr;
	struct message msg;

	if (data)
		ASSERT_TRUE(file_write(data, "0"));
	for (;;) {
		message_init(&msg, door, MACH_MSG_TYPE_COPY_SEND, reply,
			     MACH_MSG_TYPE_MAKE_SEND_ONCE);
		do {
			mr = msg_trap(&msg, MACH_SEND_MSG,
				      msg.head.msgh_size, 0, 0, 0);
		} while (mr == MACH_SEND_INTERRUPTED);
		ASSERT_EQ(MACH_MSG_SUCCESS, mr);
		do {
			mr = msg_trap(&msg, MACH_RCV_MSG, 0, sizeof(msg),
				      reply, 0);
		} while (mr == MACH_RCV_INTERRUPTED);
		ASSERT_EQ(MACH_MSG_SUCCESS, mr);
	}
}

/* Answers so many requests; each has to come in time. */
static bool answer_echo(mach_port_name_t door, struct message *msg, int count)
{
	while (count--) {
		if (msg_receive_wait(door, msg))
			return false;
		message_init(msg, msg->head.msgh_remote_port,
			     MACH_MSG_TYPE_MOVE_SEND_ONCE, MACH_PORT_NULL, 0);
		if (msg_send(msg))
			return false;
	}
	return true;
}

static bool is_frozen(const char *group)
{
	char path[100], text[200] = "";
	uint64_t end = now_ms() + TEST_PATIENCE;
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.events", group);
	do {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
			text[0] = 0;
		close(fd);
		if (strstr(text, "frozen 1"))
			return true;
		nap();
	} while (now_ms() < end);
	return false;
}

TEST_F(storm, frozen_process_goes_on_where_it_was)
{
	pid_t pid;

	if (mkdir(GROUP, 0755) || access(GROUP "/cgroup.freeze", W_OK)) {
		rmdir(GROUP);
		SKIP(return, "no freezer");
	}
	pid = child_start(_metadata, be_echo, GROUP "/cgroup.procs");
	for (int i = 0; i < 5; i++) {
		ASSERT_TRUE(answer_echo(self->door, &self->msg, 20));
		ASSERT_TRUE(file_write(GROUP "/cgroup.freeze", "1"));
		ASSERT_TRUE(is_frozen(GROUP));
		ASSERT_TRUE(file_write(GROUP "/cgroup.freeze", "0"));
	}
	/* What is frozen can be killed. */
	ASSERT_TRUE(file_write(GROUP "/cgroup.freeze", "1"));
	ASSERT_TRUE(is_frozen(GROUP));
	EXPECT_TRUE(child_kill(pid));
	EXPECT_EQ(0, rmdir(GROUP));
}

TEST_F_TIMEOUT(storm, machine_that_sleeps_loses_no_message, TEST_SLOW)
{
	pid_t pid;

	if (!file_write("/sys/power/pm_test", "freezer"))
		SKIP(return, "cannot pretend to sleep");
	file_write("/sys/module/suspend/parameters/pm_test_delay", "1");
	pid = child_start(_metadata, be_echo, NULL);
	ASSERT_TRUE(answer_echo(self->door, &self->msg, 20));
	/* It waits for its answer meanwhile. */
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->door, &self->msg));
	ASSERT_TRUE(wait_until_blocked(pid));
	EXPECT_TRUE(file_write("/sys/power/state", "freeze") ||
		    file_write("/sys/power/state", "mem"));
	EXPECT_TRUE(file_write("/sys/power/pm_test", "none"));
	EXPECT_TRUE(wait_until_blocked(pid));
	message_init(&self->msg, self->msg.head.msgh_remote_port,
		     MACH_MSG_TYPE_MOVE_SEND_ONCE, MACH_PORT_NULL, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	EXPECT_TRUE(answer_echo(self->door, &self->msg, 20));
	EXPECT_TRUE(child_kill(pid));
}

#define CPU	"/sys/devices/system/cpu/cpu1/online"

TEST_F_TIMEOUT(storm, processors_come_and_go_under_traffic, TEST_SLOW)
{
	pid_t pid[2];

	if (access(CPU, W_OK))
		SKIP(return, "no processor that can be taken away");
	pid[0] = child_start(_metadata, be_echo, NULL);
	pid[1] = child_start(_metadata, be_echo, NULL);
	for (int i = 0; i < 5; i++) {
		EXPECT_TRUE(answer_echo(self->door, &self->msg, 100));
		EXPECT_TRUE(file_write(CPU, "0"));
		EXPECT_TRUE(answer_echo(self->door, &self->msg, 100));
		EXPECT_TRUE(file_write(CPU, "1"));
	}
	EXPECT_TRUE(child_kill(pid[0]));
	EXPECT_TRUE(child_kill(pid[1]));
}

TEST_HARNESS_MAIN
