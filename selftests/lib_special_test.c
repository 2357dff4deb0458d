// SPDX-License-Identifier: GPL-2.0
/*
 * libmachipc: registered ports, what a child gets from its parent, and the ports
 * of threads.
 */
#include "port_utils.h"

#include <stdlib.h>
#include <sys/utsname.h>
#include <mach/mach.h>
#include <machipc.h>

/* What main() does in place of the tests. */
#define ROLE_EXECUTED	"executed"

/* The exit status of an executed program that has found what it looked for. */
#define FOUND		7

FIXTURE(lib_special) {
	mach_port_t port;
};

FIXTURE_SETUP(lib_special)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new_send();
	ASSERT_NE(MACH_PORT_NULL, self->port);
}

FIXTURE_TEARDOWN(lib_special)
{
}

static kern_return_t register_ports(mach_port_t first, mach_port_t second,
				    mach_port_t third, uint32_t count)
{
	mach_port_t ports[4] = { first, second, third, first };

	return mach_ports_register(mach_task_self(), ports, count);
}

/* The registered ports; TEST_POISON if there are not three of them. */
static void look_up_ports(mach_port_t port[3])
{
	mach_msg_type_number_t count = TEST_POISON;
	mach_port_array_t ports = NULL;

	for (int i = 0; i < 3; i++)
		port[i] = TEST_POISON;
	if (mach_ports_lookup(mach_task_self(), &ports, &count) || count != 3)
		return;
	memcpy(port, ports, 3 * sizeof(*ports));
	vm_deallocate(mach_task_self(), (vm_address_t)ports,
		      3 * sizeof(*ports));
}

TEST_F(lib_special, no_port_is_registered_before_anyone_does_it)
{
	mach_port_t port[3];

	look_up_ports(port);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(MACH_PORT_NULL, port[i]);
}

/* P-186, S-84 */
TEST_F(lib_special, one_registered_port_is_followed_by_two_nulls)
{
	mach_port_t port[3];

	ASSERT_EQ(KERN_SUCCESS, register_ports(self->port, 0, 0, 1));
	EXPECT_TRUE(entry_is(self->port, ENTRY_RS, 1));
	look_up_ports(port);
	EXPECT_EQ(self->port, port[0]);
	EXPECT_EQ(MACH_PORT_NULL, port[1]);
	EXPECT_EQ(MACH_PORT_NULL, port[2]);
	EXPECT_TRUE(entry_is(self->port, ENTRY_RS, 2));
}

/* P-186, S-84 */
TEST_F(lib_special, four_ports_are_too_many)
{
	mach_port_t other = port_new_send(), port[3];

	ASSERT_EQ(KERN_SUCCESS, register_ports(self->port, 0, 0, 1));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, register_ports(other, other, other, 4));
	EXPECT_EQ(1, port_srights(other));
	look_up_ports(port);
	EXPECT_EQ(self->port, port[0]);
	EXPECT_EQ(MACH_PORT_NULL, port[1]);
}

TEST_F(lib_special, registered_ports_keep_their_places)
{
	mach_port_t other = port_new_send(), dead = port_new_send();
	mach_port_t port[3];

	ASSERT_EQ(KERN_SUCCESS,
		  register_ports(MACH_PORT_NULL, dead, other, 3));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(dead));
	look_up_ports(port);
	EXPECT_EQ(MACH_PORT_NULL, port[0]);
	EXPECT_EQ(MACH_PORT_DEAD, port[1]);
	EXPECT_EQ(other, port[2]);
	ASSERT_EQ(KERN_SUCCESS, register_ports(0, 0, 0, 0));
	look_up_ports(port);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(MACH_PORT_NULL, port[i]);
}

/* P-187 */
TEST_F(lib_special, registered_port_has_a_sender_until_it_is_dropped)
{
	mach_port_t notify = port_new(), name = port_new_send();
	uint32_t count;

	ASSERT_EQ(KERN_SUCCESS, register_ports(name, 0, 0, 1));
	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS, 1,
					    notify));
	ASSERT_EQ(KERN_SUCCESS, port_mod_refs(name, MACH_PORT_RIGHT_SEND, -1));
	EXPECT_EQ(NOTE_NONE, note_receive(notify, &count));
	ASSERT_EQ(KERN_SUCCESS, register_ports(self->port, 0, 0, 1));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, note_receive(notify, &count));
	EXPECT_EQ(1, count);
}

TEST_F(lib_special, registering_takes_send_rights_only)
{
	mach_port_t port[3];

	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  register_ports(self->port, port_new(), 0, 2));
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  register_ports(stale_name(), 0, 0, 1));
	look_up_ports(port);
	EXPECT_EQ(MACH_PORT_NULL, port[0]);
	EXPECT_EQ(1, port_srights(self->port));
}

TEST_F(lib_special, host_has_no_registered_ports)
{
	mach_port_t host = mach_host_self();
	mach_msg_type_number_t count;
	mach_port_array_t ports;

	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  mach_ports_register(host, &self->port, 1));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  mach_ports_lookup(host, &ports, &count));
	EXPECT_EQ(1, port_srights(self->port));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  mach_ports_lookup(MACH_PORT_NULL, &ports, &count));
}

/* What a parent may have set, and a child has to find. */
static bool set_everything(mach_port_t port)
{
	static const int special[] = {
		TASK_HOST_PORT, TASK_BOOTSTRAP_PORT, TASK_SEATBELT_PORT,
		TASK_ACCESS_PORT, TASK_DEBUG_CONTROL_PORT,
	};

	for (int i = 0; i < ARRAY_SIZE(special); i++) {
		if (task_set_special_port(mach_task_self(), special[i], port))
			return false;
	}
	return !register_ports(MACH_PORT_NULL, port, port, 3);
}

static mach_port_t special_port(int which)
{
	mach_port_t name = TEST_POISON;

	task_get_special_port(mach_task_self(), which, &name);
	return name;
}

/* Whether this process has what set_everything() set, and nothing else. */
static bool has_inherited(void)
{
	mach_port_t name = special_port(TASK_BOOTSTRAP_PORT), port[3];
	mach_msg_type_number_t count, type_count;
	mach_port_name_array_t names;
	mach_port_type_array_t types;

	if (!MACH_PORT_VALID(name) || special_port(TASK_HOST_PORT) != name ||
	    special_port(TASK_SEATBELT_PORT) != name ||
	    special_port(TASK_ACCESS_PORT) != name ||
	    special_port(TASK_DEBUG_CONTROL_PORT) != MACH_PORT_NULL ||
	    special_port(TASK_KERNEL_PORT) != mach_task_self())
		return false;
	look_up_ports(port);
	if (port[0] != MACH_PORT_NULL || port[1] != name || port[2] != name)
		return false;
	/* The task port, the port above, and a reply port for the look-up. */
	return !mach_port_names(mach_task_self(), &names, &count, &types,
				&type_count) && count == 3;
}

static void inherit(struct __test_metadata *_metadata, void *data)
{
	EXPECT_TRUE(has_inherited());
}

/* P-194, S-85 */
TEST_F(lib_special, forked_child_gets_what_its_parent_has)
{
	ASSERT_TRUE(set_everything(self->port));
	EXPECT_TRUE(child_wait(child_start(_metadata, inherit, NULL)));
}

static void execute(struct __test_metadata *_metadata, void *data)
{
	bool *bind = data;

	if (*bind)
		ASSERT_TRUE(has_inherited());
	execl("/proc/self/exe", "lib_special_test", ROLE_EXECUTED, NULL);
	ASSERT_TRUE(false);
}

/* S-85 */
TEST_F(lib_special, executed_child_gets_what_its_parent_has)
{
	bool bind = false;
	int status;

	ASSERT_TRUE(set_everything(self->port));
	status = child_status(child_start(_metadata, execute, &bind));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(FOUND, WEXITSTATUS(status));
}

/* S-85 */
TEST_F(lib_special, exec_keeps_what_the_process_has)
{
	bool bind = true;
	int status;

	ASSERT_TRUE(set_everything(self->port));
	status = child_status(child_start(_metadata, execute, &bind));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(FOUND, WEXITSTATUS(status));
}

/* Says over a pipe what it has found once its parent has exited. */
static void outlive_parent(int *pipes)
{
	char found = 'n';

	while (getppid() != 1)
		nap();
	if (has_inherited())
		found = 'y';
	if (write(pipes[1], &found, 1) != 1)
		_exit(1);
	_exit(0);
}

static void leave_child(struct __test_metadata *_metadata, void *data)
{
	/* Its receive right stays alive in the process that began this. */
	mach_port_t port = special_port(TASK_BOOTSTRAP_PORT);

	ASSERT_TRUE(set_everything(port));
	if (!fork())
		outlive_parent(data);
}

/* S-87 */
TEST_F(lib_special, child_of_a_parent_that_has_exited_gets_what_it_had)
{
	int pipes[2];
	char found = 0;

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_TRUE(parent_publish(self->port));
	ASSERT_TRUE(child_wait(child_start(_metadata, leave_child, pipes)));
	close(pipes[1]);
	ASSERT_EQ(1, read(pipes[0], &found, 1));
	EXPECT_EQ('y', found);
}

/* A thread that says what its port is, and ends when it is told to. */
struct thread {
	pthread_t id;
	mach_port_t name[3];
	pthread_barrier_t known, over;
};

static void *thread_main(void *data)
{
	struct thread *thread = data;

	for (int i = 0; i < 3; i++)
		thread->name[i] = mach_thread_self();
	pthread_barrier_wait(&thread->known);
	pthread_barrier_wait(&thread->over);
	return NULL;
}

static bool thread_start(struct thread *thread)
{
	if (pthread_barrier_init(&thread->known, NULL, 2) ||
	    pthread_barrier_init(&thread->over, NULL, 2) ||
	    pthread_create(&thread->id, NULL, thread_main, thread))
		return false;
	pthread_barrier_wait(&thread->known);
	return true;
}

static bool thread_end(struct thread *thread)
{
	pthread_barrier_wait(&thread->over);
	return !pthread_join(thread->id, NULL);
}

/* P-180 */
TEST_F(lib_special, threads_have_ports_of_their_own)
{
	mach_port_t name = mach_thread_self();
	struct thread thread[2];
	uint64_t kind;

	EXPECT_TRUE(entry_is(name, ENTRY_S, 1));
	EXPECT_EQ(name, mach_thread_self());
	EXPECT_TRUE(entry_is(name, ENTRY_S, 2));
	for (int i = 0; i < 2; i++) {
		ASSERT_TRUE(thread_start(&thread[i]));
		EXPECT_EQ(thread[i].name[0], thread[i].name[2]);
		EXPECT_TRUE(entry_is(thread[i].name[0], ENTRY_S, 3));
		EXPECT_NE(name, thread[i].name[0]);
		kind = TEST_POISON;
		port_call(MACHIPC_IOC_PORT_KOBJECT, thread[i].name[0], 0, 0,
			  &kind);
		EXPECT_EQ(1, kind);
	}
	EXPECT_NE(thread[0].name[0], thread[1].name[0]);
	EXPECT_TRUE(entry_is(name, ENTRY_S, 2));
	for (int i = 0; i < 2; i++)
		EXPECT_TRUE(thread_end(&thread[i]));
}

/* P-181 */
TEST_F(lib_special, port_of_a_thread_dies_with_it)
{
	mach_port_t notify = port_new(), own = mach_thread_self();
	struct thread thread;
	struct message msg;

	ASSERT_TRUE(thread_start(&thread));
	ASSERT_EQ(KERN_SUCCESS, port_notify(thread.name[0],
					    MACH_NOTIFY_DEAD_NAME, 0, notify));
	EXPECT_EQ(3, port_send_refs(thread.name[0]));
	ASSERT_TRUE(thread_end(&thread));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(notify, &msg));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, msg.head.msgh_id);
	EXPECT_EQ(thread.name[0], message_notified(&msg));
	EXPECT_TRUE(entry_is(thread.name[0], ENTRY_DN, 4));
	EXPECT_TRUE(entry_is(own, ENTRY_S, 1));
}

static void *thread_brief(void *data)
{
	mach_port_t name = mach_thread_self();

	if (!MACH_PORT_VALID(name) ||
	    mach_port_deallocate(mach_task_self(), name))
		*(bool *)data = false;
	return NULL;
}

/* S-129 */
TEST_F_TIMEOUT(lib_special, short_lived_threads_leave_nothing, TEST_SLOW)
{
	uint64_t end;
	bool good = true;
	pthread_t id;

	mach_thread_self();
	for (int i = 0; i < 2000; i++) {
		ASSERT_EQ(0, pthread_create(&id, NULL, thread_brief, &good));
		ASSERT_EQ(0, pthread_join(id, NULL));
	}
	EXPECT_TRUE(good);
	end = now_ms() + TEST_PATIENCE;
	while (object_excess("threads") != 1 && now_ms() < end)
		nap();
	EXPECT_EQ(1, object_excess("threads"));
}

TEST_F(lib_special, special_port_of_a_thread_is_what_it_gets)
{
	mach_port_t own = mach_thread_self(), got = TEST_POISON;

	ASSERT_EQ(KERN_SUCCESS, thread_get_special_port(own, THREAD_KERNEL_PORT,
							&got));
	EXPECT_EQ(own, got);
	ASSERT_EQ(KERN_SUCCESS, thread_set_special_port(own, THREAD_KERNEL_PORT,
							self->port));
	EXPECT_EQ(self->port, mach_thread_self());
	EXPECT_EQ(KERN_SUCCESS, thread_get_special_port(own, THREAD_KERNEL_PORT,
							&got));
	EXPECT_EQ(self->port, got);
	EXPECT_TRUE(entry_is(self->port, ENTRY_RS, 3));
	EXPECT_EQ(2, port_srights(self->port));
	for (int which = 0; which < 4; which++) {
		if (which == THREAD_KERNEL_PORT)
			continue;
		EXPECT_EQ(KERN_INVALID_ARGUMENT,
			  thread_get_special_port(own, which, &got));
		EXPECT_EQ(KERN_INVALID_ARGUMENT,
			  thread_set_special_port(own, which, self->port));
	}
	ASSERT_EQ(KERN_SUCCESS, thread_set_special_port(own, THREAD_KERNEL_PORT,
							MACH_PORT_NULL));
	EXPECT_EQ(MACH_PORT_NULL, mach_thread_self());
	EXPECT_EQ(1, port_srights(self->port));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  thread_get_special_port(mach_task_self(), THREAD_KERNEL_PORT,
					  &got));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  thread_get_special_port(MACH_PORT_NULL, THREAD_KERNEL_PORT,
					  &got));
}

static void *thread_set_own(void *data)
{
	mach_port_t *name = data;

	if (thread_set_special_port(mach_thread_self(), THREAD_KERNEL_PORT,
				    *name))
		*name = MACH_PORT_NULL;
	return NULL;
}

TEST_F(lib_special, special_port_of_a_thread_is_released_with_it)
{
	mach_port_t notify = port_new(), name = port_new_send(), set = name;
	struct message msg;
	pthread_t id;

	ASSERT_EQ(KERN_SUCCESS, port_notify(name, MACH_NOTIFY_NO_SENDERS, 1,
					    notify));
	ASSERT_EQ(0, pthread_create(&id, NULL, thread_set_own, &set));
	ASSERT_EQ(0, pthread_join(id, NULL));
	ASSERT_EQ(name, set);
	ASSERT_EQ(KERN_SUCCESS, port_mod_refs(name, MACH_PORT_RIGHT_SEND, -1));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(notify, &msg));
	EXPECT_EQ(MACH_NOTIFY_NO_SENDERS, msg.head.msgh_id);
}

static void send_thread(struct __test_metadata *_metadata, void *data)
{
	mach_port_t parent = special_port(TASK_BOOTSTRAP_PORT);
	struct thread thread;
	mach_msg_header_t msg;

	ASSERT_TRUE(thread_start(&thread));
	msg = (mach_msg_header_t){
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					    MACH_MSG_TYPE_COPY_SEND),
		.msgh_size = sizeof(msg),
		.msgh_remote_port = parent,
		.msgh_local_port = thread.name[0],
	};
	ASSERT_EQ(MACH_MSG_SUCCESS, mach_msg_send(&msg));
	msg.msgh_remote_port = parent;
	msg.msgh_local_port = mach_thread_self();
	ASSERT_EQ(MACH_MSG_SUCCESS, mach_msg_send(&msg));
	pause();
}

TEST_F(lib_special, threads_of_a_killed_process_are_dead_when_waitpid_returns)
{
	struct message msg;
	mach_port_t name[2];
	pid_t child;

	ASSERT_TRUE(parent_publish(self->port));
	child = child_start(_metadata, send_thread, NULL);
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(self->port, &msg));
		name[i] = msg.head.msgh_remote_port;
		EXPECT_TRUE(entry_is(name[i], ENTRY_S, 1));
	}
	ASSERT_TRUE(child_kill(child));
	for (int i = 0; i < 2; i++)
		EXPECT_TRUE(entry_is(name[i], ENTRY_DN, 1));
}

TEST_F(lib_special, host_tells_of_the_machine)
{
	mach_msg_type_number_t count = HOST_BASIC_INFO_COUNT;
	mach_port_t host = mach_host_self();
	struct host_basic_info info;
	kernel_version_t version;
	struct utsname name;
	vm_size_t size = 0;

	ASSERT_EQ(KERN_SUCCESS, host_info(host, HOST_BASIC_INFO,
					  (host_info_t)&info, &count));
	EXPECT_EQ(HOST_BASIC_INFO_COUNT, count);
	EXPECT_EQ(sizeof(info), count * sizeof(integer_t));
	EXPECT_EQ(sysconf(_SC_NPROCESSORS_ONLN), info.avail_cpus);
	EXPECT_EQ(sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE),
		  info.max_mem);
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  host_info(host, 77, (host_info_t)&info, &count));
	ASSERT_EQ(0, uname(&name));
	ASSERT_EQ(KERN_SUCCESS, host_kernel_version(host, version));
	EXPECT_NE(NULL, strstr(version, name.release));
	EXPECT_EQ(KERN_SUCCESS, host_page_size(host, &size));
	EXPECT_EQ(sysconf(_SC_PAGESIZE), size);
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  host_page_size(mach_task_self(), &size));
}

TEST_F(lib_special, special_port_of_the_host_is_got_and_set)
{
	mach_port_t host = mach_host_self(), got = TEST_POISON;
	int which = HOST_MAX_SPECIAL_PORT;

	ASSERT_EQ(KERN_SUCCESS, host_set_special_port(host, which, self->port));
	EXPECT_EQ(KERN_SUCCESS,
		  host_get_special_port(host, HOST_LOCAL_NODE, which, &got));
	EXPECT_EQ(self->port, got);
	EXPECT_TRUE(entry_is(self->port, ENTRY_RS, 2));
	EXPECT_EQ(KERN_SUCCESS,
		  host_set_special_port(host, which, MACH_PORT_NULL));
	EXPECT_EQ(KERN_SUCCESS,
		  host_get_special_port(host, HOST_LOCAL_NODE, which, &got));
	EXPECT_EQ(MACH_PORT_NULL, got);
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  host_get_special_port(host, HOST_LOCAL_NODE,
					HOST_SECURITY_PORT, &got));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  host_set_special_port(mach_task_self(), which, self->port));
}

#define main harness_main
TEST_HARNESS_MAIN
#undef main

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], ROLE_EXECUTED))
		_exit(has_inherited() ? FOUND : 1);
	return harness_main(argc, argv);
}
