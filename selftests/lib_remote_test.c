// SPDX-License-Identifier: GPL-2.0
/*
 * libmachipc: calls on a task that is not one's own.
 */
#include "port_utils.h"

#include <stdlib.h>
#include <mach/mach.h>

static void give_task(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(parent, MACH_MSG_TYPE_COPY_SEND,
				 mach_task_self(), MACH_MSG_TYPE_COPY_SEND));
	pause();
}

FIXTURE(remote) {
	mach_port_t task;
	pid_t pid;
};

FIXTURE_SETUP(remote)
{
	mach_port_name_t queue;
	struct message msg;

	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	queue = port_new();
	ASSERT_TRUE(parent_publish(queue));
	self->pid = child_start(_metadata, give_task, NULL);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(queue, &msg));
	self->task = msg.port[0].name;
	ASSERT_NE(mach_task_self(), self->task);
	ASSERT_EQ(KERN_SUCCESS, port_destroy(queue));
}

FIXTURE_TEARDOWN(remote)
{
	if (self->pid > 0)
		EXPECT_TRUE(child_kill(self->pid));
}

/* The type of a name there; what the call returns if it fails. */
static uint32_t type_there(mach_port_t task, mach_port_name_t name)
{
	mach_port_type_t type;
	kern_return_t kr = mach_port_type(task, name, &type);

	return kr ? (uint32_t)kr : type;
}

TEST_F(remote, names_are_made_and_destroyed_there)
{
	mach_port_name_t name = MACH_PORT_NULL, set;
	uint32_t names = name_count();
	mach_port_urefs_t refs;

	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_allocate(self->task, MACH_PORT_RIGHT_RECEIVE,
				     &name));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, type_there(self->task, name));
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_get_refs(self->task, name, MACH_PORT_RIGHT_RECEIVE,
				     &refs));
	EXPECT_EQ(1, refs);
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_mod_refs(self->task, name, MACH_PORT_RIGHT_RECEIVE,
				     -1));
	EXPECT_EQ(KERN_INVALID_NAME, type_there(self->task, name));
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_allocate_name(self->task, MACH_PORT_RIGHT_PORT_SET,
					  0x7703));
	EXPECT_EQ(MACH_PORT_TYPE_PORT_SET, type_there(self->task, 0x7703));
	EXPECT_EQ(KERN_NAME_EXISTS,
		  mach_port_allocate_name(self->task, MACH_PORT_RIGHT_PORT_SET,
					  0x7703));
	EXPECT_EQ(KERN_SUCCESS, mach_port_destroy(self->task, 0x7703));
	EXPECT_EQ(KERN_INVALID_NAME, mach_port_destroy(self->task, 0x7703));
	EXPECT_EQ(KERN_INVALID_NAME, mach_port_deallocate(self->task, 0x7703));
	EXPECT_EQ(KERN_NOT_SUPPORTED, mach_port_rename(self->task, 0, 0));
	set = TEST_POISON;
	EXPECT_EQ(KERN_INVALID_VALUE,
		  mach_port_allocate(self->task, MACH_PORT_RIGHT_SEND, &set));
	EXPECT_EQ(TEST_POISON, set);
	/* Besides the reply port of this thread nothing has come here. */
	EXPECT_EQ(names + 1, name_count());
}

TEST_F(remote, port_is_constructed_and_guarded_there)
{
	mach_port_options_t options = {
		.flags = MPO_INSERT_SEND_RIGHT | MPO_QLIMIT,
		.mpl.mpl_qlimit = 9,
	};
	uint64_t context = 0x1122334455667788;
	mach_port_context_t read;
	mach_port_status_t status;
	mach_port_limits_t limits = { 11 };
	mach_msg_type_number_t count = MACH_PORT_RECEIVE_STATUS_COUNT;
	mach_port_name_t name;
	mach_port_rights_t srights;

	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_construct(self->task, &options, context, &name));
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, type_there(self->task, name));
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_get_context(self->task, name, &read));
	EXPECT_EQ((mach_port_context_t)context, read);
	EXPECT_EQ(KERN_SUCCESS, mach_port_set_context(self->task, name, 0));
	EXPECT_EQ(KERN_SUCCESS, mach_port_guard(self->task, name, context, 1));
	EXPECT_EQ(KERN_SUCCESS, mach_port_set_mscount(self->task, name, 33));
	EXPECT_EQ(KERN_SUCCESS, mach_port_set_seqno(self->task, name, 44));
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_set_attributes(self->task, name,
					   MACH_PORT_LIMITS_INFO,
					   (mach_port_info_t)&limits,
					   MACH_PORT_LIMITS_INFO_COUNT));
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_get_attributes(self->task, name,
					   MACH_PORT_RECEIVE_STATUS,
					   (mach_port_info_t)&status, &count));
	EXPECT_EQ(MACH_PORT_RECEIVE_STATUS_COUNT, count);
	EXPECT_EQ(33, status.mps_mscount);
	EXPECT_EQ(44, status.mps_seqno);
	EXPECT_EQ(11, status.mps_qlimit);
	EXPECT_EQ(MACH_PORT_STATUS_FLAG_GUARDED |
		  MACH_PORT_STATUS_FLAG_STRICT_GUARD, status.mps_flags);
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_get_srights(self->task, name, &srights));
	EXPECT_EQ(1, srights);
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  mach_port_destruct(self->task, name, -1, context + 1));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  mach_port_unguard(self->task, name, context + 1));
	EXPECT_EQ(KERN_SUCCESS, mach_port_unguard(self->task, name, context));
	EXPECT_EQ(KERN_SUCCESS, mach_port_destruct(self->task, name, -1, 0));
	EXPECT_EQ(KERN_INVALID_NAME, type_there(self->task, name));
}

TEST_F(remote, lists_come_as_memory_of_the_caller)
{
	mach_port_name_array_t names, members;
	mach_port_type_array_t types;
	mach_msg_type_number_t count, type_count;
	mach_port_name_t name, set;
	bool found = false;

	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_allocate(self->task, MACH_PORT_RIGHT_RECEIVE,
				     &name));
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_allocate(self->task, MACH_PORT_RIGHT_PORT_SET,
				     &set));
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_get_set_status(self->task, set, &members, &count));
	EXPECT_EQ(0, count);
	EXPECT_EQ(NULL, members);
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_insert_member(self->task, name, set));
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_get_set_status(self->task, set, &members, &count));
	ASSERT_EQ(1, count);
	EXPECT_EQ(name, members[0]);
	EXPECT_EQ(KERN_SUCCESS,
		  vm_deallocate(mach_task_self(), (vm_address_t)members, 4));
	EXPECT_EQ(KERN_SUCCESS,
		  mach_port_move_member(self->task, name, MACH_PORT_NULL));
	EXPECT_EQ(KERN_NOT_IN_SET,
		  mach_port_extract_member(self->task, name, set));
	EXPECT_EQ(KERN_INVALID_RIGHT,
		  mach_port_get_set_status(self->task, name, &members, &count));

	ASSERT_EQ(KERN_SUCCESS, mach_port_names(self->task, &names, &count,
						&types, &type_count));
	EXPECT_EQ(count, type_count);
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		EXPECT_EQ(types[i], type_there(self->task, names[i]));
		found |= names[i] == set;
	}
	EXPECT_TRUE(found);
	EXPECT_EQ(KERN_SUCCESS, vm_deallocate(mach_task_self(),
					      (vm_address_t)names, count * 4));
	EXPECT_EQ(KERN_SUCCESS, vm_deallocate(mach_task_self(),
					      (vm_address_t)types, count * 4));
}

TEST_F(remote, rights_go_there_and_come_here)
{
	mach_msg_type_name_t type = 0;
	mach_port_name_t name = port_new(), port, previous;
	uint32_t dead;

	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_insert_right(self->task, 0x7703, name,
					 MACH_MSG_TYPE_MAKE_SEND));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, type_there(self->task, 0x7703));
	EXPECT_EQ(1, port_srights(name));
	/* The right that is to go there is looked at here. */
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  mach_port_insert_right(self->task, 0x7803, stale_name(),
					 MACH_MSG_TYPE_COPY_SEND));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  mach_port_insert_right(self->task, 0x7803, MACH_PORT_NULL,
					 0));
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_extract_right(self->task, 0x7703,
					  MACH_MSG_TYPE_COPY_SEND, &port,
					  &type));
	EXPECT_EQ(name, port);
	EXPECT_EQ(MACH_MSG_TYPE_PORT_SEND, type);
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 1));

	previous = TEST_POISON;
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_request_notification(self->task, 0x7703,
						 MACH_NOTIFY_DEAD_NAME, 0,
						 port_new(),
						 MACH_MSG_TYPE_MAKE_SEND_ONCE,
						 &previous));
	EXPECT_EQ(MACH_PORT_NULL, previous);
	port = port_new();
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_request_notification(self->task, 0x7703,
						 MACH_NOTIFY_DEAD_NAME, 0, port,
						 MACH_MSG_TYPE_MAKE_SEND_ONCE,
						 &previous));
	EXPECT_TRUE(entry_is(previous, ENTRY_SO, 1));
	EXPECT_EQ(MIG_TYPE_ERROR,
		  mach_port_request_notification(self->task, 0x7703,
						 MACH_NOTIFY_DEAD_NAME, 0,
						 MACH_PORT_NULL, 0, &previous));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(name));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, note_receive(port, &dead));
	EXPECT_EQ(0x7703, dead);
}

TEST_F(remote, queue_there_is_looked_at)
{
	mach_msg_type_number_t size = sizeof(mach_msg_max_trailer_t);
	mach_msg_max_trailer_t trailer;
	mach_port_seqno_t seqno = 0;
	mach_port_name_t name, port;
	mach_msg_type_name_t type;
	mach_msg_size_t msg_size;
	mach_msg_id_t id;

	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_allocate(self->task, MACH_PORT_RIGHT_RECEIVE,
				     &name));
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_extract_right(self->task, name,
					  MACH_MSG_TYPE_MAKE_SEND, &port,
					  &type));
	EXPECT_EQ(KERN_FAILURE,
		  mach_port_peek(self->task, name, 0, &seqno, &msg_size, &id,
				 (mach_msg_trailer_info_t)&trailer, &size));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1234));
	ASSERT_EQ(KERN_SUCCESS,
		  mach_port_peek(self->task, name, 0, &seqno, &msg_size, &id,
				 (mach_msg_trailer_info_t)&trailer, &size));
	EXPECT_EQ(1234, id);
	EXPECT_EQ(24, msg_size);
	EXPECT_EQ(8, size);
	EXPECT_EQ(8, trailer.msgh_trailer_size);
}

TEST_F(remote, special_ports_there_are_got_and_set)
{
	mach_port_t name = port_new_send(), port = TEST_POISON;

	ASSERT_EQ(KERN_SUCCESS,
		  task_set_special_port(self->task, TASK_BOOTSTRAP_PORT, name));
	ASSERT_EQ(KERN_SUCCESS,
		  task_get_special_port(self->task, TASK_BOOTSTRAP_PORT,
					&port));
	EXPECT_EQ(name, port);
	ASSERT_EQ(KERN_SUCCESS,
		  task_get_special_port(self->task, TASK_KERNEL_PORT, &port));
	EXPECT_EQ(self->task, port);
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  task_get_special_port(self->task, 5, &port));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  task_set_special_port(self->task, 5, name));
}

/* P-43 */
TEST_F(remote, kernel_port_that_is_no_task_is_an_invalid_task)
{
	mach_port_t host = mach_host_self(), name = TEST_POISON;

	EXPECT_EQ(KERN_INVALID_TASK,
		  mach_port_allocate(host, MACH_PORT_RIGHT_RECEIVE, &name));
	EXPECT_EQ(KERN_INVALID_TASK, mach_port_rename(host, 0, 0));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  task_get_special_port(host, TASK_BOOTSTRAP_PORT, &name));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  task_set_special_port(host, TASK_BOOTSTRAP_PORT,
					MACH_PORT_NULL));
	EXPECT_EQ(TEST_POISON, name);
}

TEST_F(remote, ordinary_port_is_an_invalid_task_and_gets_no_message)
{
	mach_port_name_t port = port_new_send(), receive = port_new();
	mach_port_name_t name = TEST_POISON;
	mach_port_name_array_t names;
	mach_port_type_array_t types;
	mach_msg_type_number_t count;

	EXPECT_EQ(KERN_INVALID_TASK,
		  mach_port_allocate(port, MACH_PORT_RIGHT_RECEIVE, &name));
	EXPECT_EQ(KERN_INVALID_TASK,
		  mach_port_names(port, &names, &count, &types, &count));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  task_get_special_port(port, TASK_BOOTSTRAP_PORT, &name));
	EXPECT_EQ(TEST_POISON, name);
	EXPECT_EQ(0, port_status(port).mps_msgcount);
	/* Not a send right. */
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  mach_port_allocate(receive, MACH_PORT_RIGHT_RECEIVE, &name));
}

TEST_F(remote, name_that_is_no_live_right_is_no_destination)
{
	mach_port_name_t name = TEST_POISON;
	mach_port_name_t bad[] = {
		MACH_PORT_NULL, MACH_PORT_DEAD, stale_name(), dead_name_new(1),
		port_new_dying(1), pset_new(),
	};

	for (int i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(MACH_SEND_INVALID_DEST,
			  mach_port_allocate(bad[i], MACH_PORT_RIGHT_RECEIVE,
					     &name));
	ASSERT_TRUE(child_kill(self->pid));
	self->pid = 0;
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  mach_port_allocate(self->task, MACH_PORT_RIGHT_RECEIVE,
				     &name));
	EXPECT_EQ(TEST_POISON, name);
}

TEST_HARNESS_MAIN
