// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what no program can see: messages of the kernel, and moments that
 * a program cannot choose.
 *
 * The user of these tests is the process that inserts the module. It has a
 * space and a page of memory; whoever acts for it borrows its address space.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include <linux/machipc.h>

#include "attr_ops.h"
#include "copyio.h"
#include "debug.h"
#include "entry.h"
#include "kernel_msg.h"
#include "kmsg.h"
#include "kunit.h"
#include "mqueue.h"
#include "msg.h"
#include "notify.h"
#include "port.h"
#include "port_ops.h"
#include "process.h"
#include "reap.h"
#include "right.h"
#include "right_ops.h"
#include "space.h"

#define MSG_ID		0x2468
#define MSG_SIZE	32
#define NAME		0x1357
/* No wait of these tests takes long: in milliseconds and nanoseconds. */
#define LONG_MS		20000
#define LONG_NS		((s64)LONG_MS * NSEC_PER_MSEC)

static struct machipc_space *space;
static struct mm_struct *mm;
static unsigned long page;

static int user_open(struct kunit_suite *suite)
{
	page = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(page))
		return (int)page;
	space = machipc_space_open(NULL);
	if (IS_ERR(space)) {
		vm_munmap(page, PAGE_SIZE);
		return PTR_ERR(space);
	}
	mm = current->mm;
	mmget(mm);
	return 0;
}

static void user_close(struct kunit_suite *suite)
{
	machipc_space_close(space);
	vm_munmap(page, PAGE_SIZE);
	mmput(mm);
}

/* What the user sends lies at the start of its page, and what it receives. */
static u32 user_msg(u32 option, u32 size, u32 rcv_name)
{
	struct machipc_msg args = {
		.option = option,
		.msg = page,
		.send_size = option & MACH_SEND_MSG ? size : 0,
		.rcv_size = option & MACH_RCV_MSG ? size : 0,
		.rcv_name = rcv_name,
		.timeout = LONG_MS,
	};
	u32 mr;

	kthread_use_mm(mm);
	mr = machipc_msg(space, &args, false);
	kthread_unuse_mm(mm);
	return mr;
}

static bool user_read(void *to, size_t size)
{
	unsigned long left;

	kthread_use_mm(mm);
	left = copy_from_user(to, (void __user *)page, size);
	kthread_unuse_mm(mm);
	return !left;
}

static bool user_write(const void *from, size_t size)
{
	unsigned long left;

	kthread_use_mm(mm);
	left = copy_to_user((void __user *)page, from, size);
	kthread_unuse_mm(mm);
	return !left;
}

static u32 give_back_to_user(struct machipc_kmsg *kmsg)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);
	u32 bits;

	kthread_use_mm(mm);
	bits = machipc_copyout_give_back(space, kmsg, (void __user *)page,
					 &reap);
	kthread_unuse_mm(mm);
	machipc_reap_run(&reap);
	return bits;
}

/* Names of the user's, and rights that it yields. */
static u32 make_name(struct kunit *test)
{
	u32 name;

	KUNIT_ASSERT_EQ(test, machipc_allocate(space, MACH_PORT_RIGHT_RECEIVE,
					       &name), KERN_SUCCESS);
	return name;
}

static void destroy_name(struct kunit *test, u32 name)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	KUNIT_EXPECT_EQ(test, machipc_destroy(space, name, &reap),
			KERN_SUCCESS);
	machipc_reap_run(&reap);
}

static struct machipc_right take(struct kunit *test, u32 name, u32 disposition)
{
	struct machipc_right right = {
		.type = mach_msg_type_received(disposition),
	};

	KUNIT_ASSERT_EQ(test, machipc_take_right(space, name, disposition,
						 &right), KERN_SUCCESS);
	KUNIT_ASSERT_NOT_NULL(test, right.port);
	return right;
}

/* A port of the kernel, with a send right for each message. */
static struct machipc_port *make_port(struct kunit *test)
{
	struct machipc_port *port;

	port = machipc_port_alloc(NULL, MACHIPC_KOBJECT_NONE);
	KUNIT_ASSERT_NOT_NULL(test, port);
	return port;
}

static void destroy_port(struct machipc_port *port)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	machipc_port_destroy(port, &reap);
	machipc_reap_run(&reap);
}

static struct machipc_right make_send(struct machipc_port *port)
{
	struct machipc_right right = {
		.port = machipc_right_make_send(port),
		.type = MACH_MSG_TYPE_PORT_SEND,
	};

	return right;
}

static struct machipc_kmsg *make_kmsg(struct machipc_right dest)
{
	struct machipc_kmsg *kmsg = machipc_kmsg_alloc_kernel(MSG_SIZE, 0);

	kmsg->dest = dest;
	kmsg->id = MSG_ID;
	return kmsg;
}

static void destroy_kmsg(struct machipc_kmsg *kmsg)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	machipc_reap_kmsg(&reap, kmsg);
	machipc_reap_run(&reap);
}

static void fill(struct kunit *test, struct machipc_port *port)
{
	unsigned int i;

	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		KUNIT_ASSERT_EQ(test, machipc_kernel_send(make_kmsg(make_send(port)),
							  0, 0),
				MACH_MSG_SUCCESS);
}

/* State of a port that changes under its lock. */
static u32 msgcount(struct machipc_port *port)
{
	return READ_ONCE(port->msgcount);
}

static bool somebody_waits(struct machipc_port *port)
{
	bool waits;

	spin_lock(&port->lock);
	waits = port->receivers.first;
	spin_unlock(&port->lock);
	return waits;
}

#define wait_until(condition)						\
({									\
	unsigned int tries = LONG_MS;					\
									\
	while (!(condition) && --tries)					\
		usleep_range(1000, 2000);						\
	tries;								\
})

/* Objects that exist: after a test as many as before. */
static long objects(enum machipc_object object)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(machipc_objects[object], cpu));
	return sum;
}

static const enum machipc_object counted[] = {
	MACHIPC_NAMES, MACHIPC_PORTS, MACHIPC_KMSGS, MACHIPC_REQUESTS,
	MACHIPC_BYTES,
};

static long before[ARRAY_SIZE(counted)];

static int count_objects(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counted); i++)
		before[i] = objects(counted[i]);
	return 0;
}

static void compare_objects(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counted); i++)
		KUNIT_EXPECT_EQ_MSG(test, objects(counted[i]), before[i],
				    "objects of kind %d", counted[i]);
}

/* M-146, S-19 */
static void combined_priority_is_the_higher_one(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, mach_msg_priority_combine(0x100, 0x80000200),
			0x80000200U);
	KUNIT_EXPECT_EQ(test, mach_msg_priority_combine(0x300, 0x80000200),
			0x80000300U);
	KUNIT_EXPECT_EQ(test, mach_msg_priority_combine(0x300, 0x200), 0x300U);
	KUNIT_EXPECT_EQ(test, mach_msg_priority_combine(0x800, 0x80000400),
			0x80000800U);
	KUNIT_EXPECT_EQ(test, mach_msg_priority_combine(0, 0), 0U);
}

/* M-94 */
static void given_back_message_shows_that_its_destination_died(struct kunit *test)
{
	struct machipc_port *port = make_port(test);
	struct machipc_kmsg *kmsg = make_kmsg(make_send(port));
	struct mach_msg_header header;

	destroy_port(port);
	KUNIT_EXPECT_EQ(test, give_back_to_user(kmsg), 0U);

	KUNIT_ASSERT_TRUE(test, user_read(&header, sizeof(header)));
	KUNIT_EXPECT_EQ(test, header.msgh_remote_port, MACH_PORT_DEAD);
	KUNIT_EXPECT_EQ(test, header.msgh_bits,
			(u32)MACH_MSG_TYPE_PORT_SEND);
	KUNIT_EXPECT_EQ(test, header.msgh_size, (u32)MSG_SIZE);
	KUNIT_EXPECT_EQ(test, header.msgh_id, MSG_ID);
}

/* M-149 */
static void send_always_is_not_stopped_by_a_full_queue(struct kunit *test)
{
	struct machipc_port *port = make_port(test);

	fill(test, port);
	KUNIT_EXPECT_EQ(test, machipc_kernel_send(make_kmsg(make_send(port)),
						  MACH_SEND_ALWAYS, 0),
			MACH_MSG_SUCCESS);
	KUNIT_EXPECT_EQ(test, msgcount(port), MACH_PORT_QLIMIT_DEFAULT + 1U);
	destroy_port(port);
}

/* M-149 */
static void message_that_found_no_room_is_given_back(struct kunit *test)
{
	struct machipc_port *port = make_port(test);
	struct machipc_kmsg *kmsg = make_kmsg(make_send(port));

	fill(test, port);
	memset(kmsg->data + MACH_MSG_HEADER_SIZE, 0x5a,
	       MSG_SIZE - MACH_MSG_HEADER_SIZE);
	KUNIT_ASSERT_EQ(test, machipc_kernel_send(kmsg, 0, 0),
			MACH_SEND_TIMED_OUT);

	KUNIT_EXPECT_PTR_EQ(test, kmsg->dest.port, port);
	KUNIT_EXPECT_EQ(test, kmsg->dest.type, MACH_MSG_TYPE_PORT_SEND);
	KUNIT_EXPECT_EQ(test, kmsg->id, (u32)MSG_ID);
	KUNIT_EXPECT_NULL(test, memchr_inv(kmsg->data + MACH_MSG_HEADER_SIZE,
					   0x5a,
					   MSG_SIZE - MACH_MSG_HEADER_SIZE));
	KUNIT_EXPECT_EQ(test, msgcount(port), (u32)MACH_PORT_QLIMIT_DEFAULT);
	/* It is as good as new. */
	KUNIT_EXPECT_EQ(test, machipc_kernel_send(kmsg, MACH_SEND_ALWAYS, 0),
			MACH_MSG_SUCCESS);
	destroy_port(port);
}

/**
 * struct wait - a thread that receives with a continuation
 * @rcv: the receive
 * @port: where
 * @done: completed when the thread has no more to do here
 * @calls: of the continuation
 * @mr: what it was called with
 * @returned: the receive has returned with this
 */
struct wait {
	struct machipc_receiver rcv;
	struct machipc_port *port;
	struct completion done;
	unsigned int calls;
	int mr;
	int returned;
};

#define NOT_RETURNED	(-1)

static void go_on(struct machipc_receiver *rcv, int mr)
{
	struct wait *wait = container_of(rcv, struct wait, rcv);

	wait->calls++;
	wait->mr = mr;
	complete(&wait->done);
}

static int receive_and_go_on(void *context)
{
	struct wait *wait = context;

	wait->returned = machipc_kernel_receive(wait->port, &wait->rcv,
						LONG_NS, go_on);
	kthread_complete_and_exit(&wait->done, 0);
}

static void start_wait(struct kunit *test, struct wait *wait,
		       struct task_struct **task)
{
	init_completion(&wait->done);
	wait->rcv.room = MSG_SIZE;
	wait->returned = NOT_RETURNED;
	*task = kthread_create(receive_and_go_on, wait, "machipc_wait");
	KUNIT_ASSERT_FALSE(test, IS_ERR(*task));
	get_task_struct(*task);
	wake_up_process(*task);
}

/* The thread has left the module's text once this has returned. */
static void end_wait(struct kunit *test, struct wait *wait,
		     struct task_struct *task)
{
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&wait->done,
							    msecs_to_jiffies(LONG_MS)));
	kthread_stop(task);
	put_task_struct(task);
}

/* M-150 */
static void receive_that_waits_goes_on_in_its_continuation(struct kunit *test)
{
	struct wait wait = { .port = make_port(test) };
	struct task_struct *task;

	start_wait(test, &wait, &task);
	KUNIT_EXPECT_TRUE(test, wait_until(somebody_waits(wait.port)));
	KUNIT_EXPECT_EQ(test, READ_ONCE(wait.calls), 0U);
	KUNIT_EXPECT_EQ(test, machipc_kernel_send(make_kmsg(make_send(wait.port)),
						  0, 0), MACH_MSG_SUCCESS);
	end_wait(test, &wait, task);

	KUNIT_EXPECT_EQ(test, wait.calls, 1U);
	KUNIT_EXPECT_EQ(test, wait.mr, MACH_MSG_SUCCESS);
	KUNIT_EXPECT_EQ(test, wait.returned, NOT_RETURNED);
	KUNIT_ASSERT_NOT_NULL(test, wait.rcv.kmsg);
	KUNIT_EXPECT_EQ(test, wait.rcv.kmsg->id, (u32)MSG_ID);
	destroy_kmsg(wait.rcv.kmsg);
	destroy_port(wait.port);
}

/* M-150 */
static void continuation_is_told_of_an_error(struct kunit *test)
{
	struct wait wait = { .port = make_port(test) };
	struct task_struct *task;

	machipc_port_get(wait.port);
	start_wait(test, &wait, &task);
	KUNIT_EXPECT_TRUE(test, wait_until(somebody_waits(wait.port)));
	destroy_port(wait.port);
	end_wait(test, &wait, task);

	KUNIT_EXPECT_EQ(test, wait.calls, 1U);
	KUNIT_EXPECT_EQ(test, wait.mr, MACH_RCV_PORT_CHANGED);
	KUNIT_EXPECT_EQ(test, wait.returned, NOT_RETURNED);
	machipc_port_put(wait.port);
}

static void receive_that_need_not_wait_returns(struct kunit *test)
{
	struct wait wait = { .port = make_port(test) };
	struct task_struct *task;

	KUNIT_EXPECT_EQ(test, machipc_kernel_send(make_kmsg(make_send(wait.port)),
						  0, 0), MACH_MSG_SUCCESS);
	start_wait(test, &wait, &task);
	end_wait(test, &wait, task);

	KUNIT_EXPECT_EQ(test, wait.calls, 0U);
	KUNIT_EXPECT_EQ(test, wait.returned, MACH_MSG_SUCCESS);
	KUNIT_ASSERT_NOT_NULL(test, wait.rcv.kmsg);
	destroy_kmsg(wait.rcv.kmsg);
	destroy_port(wait.port);
}

/* M-151 */
static void peek_changes_neither_count_nor_sequence(struct kunit *test)
{
	struct machipc_peek peek = { .trailer_size = sizeof(peek.trailer) };
	u32 name = make_name(test);
	struct machipc_right right = take(test, name, MACH_MSG_TYPE_MAKE_SEND);
	struct machipc_port *port = machipc_port_get(right.port);

	KUNIT_ASSERT_EQ(test, machipc_kernel_send(make_kmsg(right), 0, 0),
			MACH_MSG_SUCCESS);
	KUNIT_EXPECT_EQ(test, machipc_peek(space, name, 0, &peek),
			KERN_SUCCESS);
	KUNIT_EXPECT_EQ(test, peek.msg_id, MSG_ID);
	KUNIT_EXPECT_EQ(test, peek.msg_size, (u32)MSG_SIZE);
	KUNIT_EXPECT_EQ(test, msgcount(port), 1U);
	KUNIT_EXPECT_EQ(test, READ_ONCE(port->seqno), 0U);

	machipc_port_put(port);
	destroy_name(test, name);
}

/* S-119 */
static void user_sees_who_speaks_for_the_kernel(struct kunit *test)
{
	u8 got[MSG_SIZE + sizeof(struct mach_msg_trailer)];
	struct mach_msg_trailer *trailer = (void *)(got + MSG_SIZE);
	u32 name = make_name(test);

	KUNIT_ASSERT_EQ(test, machipc_kernel_send(make_kmsg(take(test, name,
								 MACH_MSG_TYPE_MAKE_SEND)),
						  0, 0), MACH_MSG_SUCCESS);
	KUNIT_ASSERT_EQ(test, user_msg(MACH_RCV_MSG | MACH_RCV_TIMEOUT | 3 << 24,
				       MSG_SIZE + 52, name), 0U);
	KUNIT_ASSERT_TRUE(test, user_read(got, MSG_SIZE + 52));
	KUNIT_EXPECT_EQ(test, trailer->msgh_trailer_size, 52U);
	KUNIT_EXPECT_EQ(test, trailer->msgh_sender[0], 0U);
	KUNIT_EXPECT_EQ(test, trailer->msgh_sender[1], 1U);
	KUNIT_EXPECT_NULL(test, memchr_inv(trailer->msgh_audit, 0,
					   sizeof(trailer->msgh_audit)));
	destroy_name(test, name);
}

/* Makes the queue of a port look as if so many more messages were there. */
static void pretend(struct machipc_port *port, int more)
{
	spin_lock(&port->lock);
	port->msgcount += more;
	spin_unlock(&port->lock);
}

/* M-170, S-119 */
static void kernel_has_a_limit_of_its_own(struct kunit *test)
{
	const int many = MACH_PORT_QLIMIT_KERNEL - 1;
	struct machipc_port *port = make_port(test);
	struct machipc_kmsg *kmsg = make_kmsg(make_send(port));

	pretend(port, many);
	KUNIT_EXPECT_EQ(test, machipc_kernel_send(make_kmsg(make_send(port)),
						  MACH_SEND_ALWAYS, LONG_NS),
			MACH_MSG_SUCCESS);
	KUNIT_EXPECT_EQ(test, machipc_kernel_send(kmsg, MACH_SEND_ALWAYS,
						  LONG_NS),
			MACH_SEND_NO_BUFFER);
	pretend(port, -many);
	destroy_kmsg(kmsg);
	destroy_port(port);
}

/* S-120 */
static void message_to_a_dead_port_is_destroyed_with_its_rights(struct kunit *test)
{
	struct machipc_port *port = make_port(test);
	struct machipc_port *other = make_port(test);
	struct machipc_kmsg *kmsg = make_kmsg(make_send(port));

	kmsg->reply = make_send(other);
	destroy_port(port);
	KUNIT_EXPECT_EQ(test, READ_ONCE(other->srights), 1U);
	KUNIT_EXPECT_EQ(test, machipc_kernel_send(kmsg, 0, 0),
			MACH_MSG_SUCCESS);
	KUNIT_EXPECT_EQ(test, READ_ONCE(other->srights), 0U);
	destroy_port(other);
}

static struct machipc_port *make_send_once(struct machipc_port *port)
{
	spin_lock(&port->lock);
	port->sorights++;
	spin_unlock(&port->lock);
	return machipc_port_get(port);
}

static struct machipc_request *make_armed(struct kunit *test,
					  struct machipc_port *port,
					  struct machipc_port *notify)
{
	struct machipc_request *request = machipc_request_alloc(NAME, true);

	KUNIT_ASSERT_NOT_NULL(test, request);
	request->notify = make_send_once(notify);
	request->armed = true;
	spin_lock(&port->lock);
	list_add(&request->node, &port->requests);
	port->nr_requests++;
	WRITE_ONCE(port->nr_armed, port->nr_armed + 1);
	spin_unlock(&port->lock);
	return request;
}

/* As machipc_port_destroy() begins, which then takes long. */
static void begin_death(struct machipc_port *port)
{
	spin_lock(&port->lock);
	WRITE_ONCE(port->dead, true);
	spin_unlock(&port->lock);
}

static int first_id(struct machipc_port *port)
{
	struct machipc_kmsg *kmsg;
	int id;

	spin_lock(&port->lock);
	kmsg = list_first_entry_or_null(&port->queue, struct machipc_kmsg,
					node);
	id = kmsg ? kmsg->id : 0;
	spin_unlock(&port->lock);
	return id;
}

/* P-170 */
static void receiver_leaves_requests_of_a_dying_port_alone(struct kunit *test)
{
	struct machipc_port *port = make_port(test);
	struct machipc_port *notify = make_port(test);
	struct machipc_request *request = make_armed(test, port, notify);

	begin_death(port);
	KUNIT_EXPECT_TRUE(test, machipc_request_detach_dead(port, request));
	machipc_notify_requests_possible(port);
	KUNIT_EXPECT_EQ(test, msgcount(notify), 0U);
	destroy_port(port);
	KUNIT_EXPECT_EQ(test, msgcount(notify), 1U);
	KUNIT_EXPECT_EQ(test, first_id(notify), MACH_NOTIFY_DEAD_NAME);
	destroy_port(notify);
}

/**
 * struct opener - a process that opens the device by two threads at once
 * @space: that of the slower thread, which is discarded
 * @right: what it has inherited; the space of the faster one has no record
 * @kr: result
 * @done: completed when the process has no more to do here
 */
struct opener {
	struct machipc_space *space;
	struct machipc_right right;
	int kr;
	struct completion done;
};

static int open_second(void *context)
{
	struct opener *opener = context;
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	opener->space->active = true;
	opener->space->tgid = task_tgid(current);
	opener->kr = machipc_process_set(opener->space,
					 MACHIPC_SLOT_BOOTSTRAP,
					 &opener->right, 1, false, &reap);
	machipc_process_close(opener->space);
	kthread_complete_and_exit(&opener->done, 0);
}

static void record_without_a_space_ends_with_its_process(struct kunit *test)
{
	struct machipc_port *port = make_port(test);
	struct opener opener = { .right = make_send(port) };
	long records = objects(MACHIPC_PROCESSES);
	struct task_struct *task;

	opener.space = kunit_kzalloc(test, sizeof(*opener.space), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, opener.space);
	init_completion(&opener.done);
	task = kthread_run(open_second, &opener, "machipc_open");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wait_for_completion(&opener.done);
	KUNIT_EXPECT_EQ(test, opener.kr, KERN_SUCCESS);
	KUNIT_EXPECT_TRUE(test, wait_until(!READ_ONCE(port->srights)));
	KUNIT_EXPECT_TRUE(test, wait_until(objects(MACHIPC_PROCESSES) ==
					   records));
	destroy_port(port);
}

/**
 * struct service - a user that answers one request
 * @name: where
 * @reply_size: how large a reply it sends
 * @mr: result of its last call
 * @done: completed when the thread has no more to do here
 */
struct service {
	u32 name;
	u32 reply_size;
	u32 mr;
	struct completion done;
};

static u32 serve_one(const struct service *service)
{
	struct mach_msg_header header;
	u32 mr;

	mr = user_msg(MACH_RCV_MSG | MACH_RCV_TIMEOUT, PAGE_SIZE,
		      service->name);
	if (mr)
		return mr;
	if (!user_read(&header, sizeof(header)))
		return MACH_RCV_INVALID_DATA;
	header.msgh_bits = mach_msgh_bits_remote(header.msgh_bits);
	header.msgh_local_port = MACH_PORT_NULL;
	header.msgh_id++;
	if (!user_write(&header, sizeof(header)))
		return MACH_SEND_INVALID_DATA;
	return user_msg(MACH_SEND_MSG, service->reply_size, MACH_PORT_NULL);
}

static int serve(void *context)
{
	struct service *service = context;

	service->mr = serve_one(service);
	kthread_complete_and_exit(&service->done, 0);
}

static struct machipc_kmsg *make_request(struct kunit *test, u32 name)
{
	return make_kmsg(take(test, name, MACH_MSG_TYPE_MAKE_SEND));
}

static int call_service(struct kunit *test, u32 reply_size,
			struct machipc_kmsg **reply)
{
	struct service service = {
		.name = make_name(test),
		.reply_size = reply_size,
	};
	struct task_struct *task;
	int mr;

	init_completion(&service.done);
	task = kthread_run(serve, &service, "machipc_serve");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	mr = machipc_kernel_rpc(make_request(test, service.name), MSG_SIZE,
				LONG_NS, reply);
	wait_for_completion(&service.done);
	KUNIT_EXPECT_EQ(test, service.mr, 0U);
	destroy_name(test, service.name);
	return mr;
}

/* S-121 */
static void rpc_returns_the_reply_of_a_user(struct kunit *test)
{
	struct machipc_kmsg *reply = NULL;

	KUNIT_ASSERT_EQ(test, call_service(test, MSG_SIZE, &reply),
			MACH_MSG_SUCCESS);
	KUNIT_ASSERT_NOT_NULL(test, reply);
	KUNIT_EXPECT_EQ(test, reply->id, MSG_ID + 1U);
	KUNIT_EXPECT_EQ(test, reply->size, (u32)MSG_SIZE);
	destroy_kmsg(reply);
}

/* S-121 */
static void rpc_refuses_a_reply_that_is_too_large(struct kunit *test)
{
	struct machipc_kmsg *reply = NULL;

	KUNIT_EXPECT_EQ(test, call_service(test, MSG_SIZE + 4, &reply),
			MACH_RCV_TOO_LARGE);
	KUNIT_EXPECT_NULL(test, reply);
}

/**
 * struct client - a thread of the kernel that makes a call
 * @request: the request
 * @mr: the result
 * @done: completed when the thread has no more to do here
 */
struct client {
	struct machipc_kmsg *request;
	int mr;
	struct completion done;
};

static int call(void *context)
{
	struct client *client = context;
	struct machipc_kmsg *reply;

	allow_signal(SIGKILL);
	client->mr = machipc_kernel_rpc(client->request, MSG_SIZE, LONG_NS,
					&reply);
	kthread_complete_and_exit(&client->done, 0);
}

/* S-121 */
static void rpc_of_a_killed_thread_ends(struct kunit *test)
{
	u32 name = make_name(test);
	struct client client = { .request = make_request(test, name) };
	struct mach_msg_header header;
	struct task_struct *task;

	init_completion(&client.done);
	task = kthread_run(call, &client, "machipc_call");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	/* The user has the request: now the thread waits for the reply. */
	KUNIT_EXPECT_EQ(test, user_msg(MACH_RCV_MSG | MACH_RCV_TIMEOUT,
				       PAGE_SIZE, name), 0U);
	send_sig(SIGKILL, task, 1);
	wait_for_completion(&client.done);
	KUNIT_EXPECT_EQ(test, client.mr, MACH_RCV_INTERRUPTED);

	KUNIT_ASSERT_TRUE(test, user_read(&header, sizeof(header)));
	header.msgh_bits = MACH_MSG_TYPE_MOVE_SEND_ONCE;
	header.msgh_local_port = MACH_PORT_NULL;
	KUNIT_EXPECT_TRUE(test, user_write(&header, sizeof(header)));
	KUNIT_EXPECT_EQ(test, user_msg(MACH_SEND_MSG, MSG_SIZE, 0),
			(u32)MACH_SEND_INVALID_DEST);
	KUNIT_EXPECT_EQ(test, machipc_deallocate(space,
						 header.msgh_remote_port),
			KERN_SUCCESS);
	destroy_name(test, name);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(combined_priority_is_the_higher_one),
	KUNIT_CASE(given_back_message_shows_that_its_destination_died),
	KUNIT_CASE(send_always_is_not_stopped_by_a_full_queue),
	KUNIT_CASE(message_that_found_no_room_is_given_back),
	KUNIT_CASE(receive_that_waits_goes_on_in_its_continuation),
	KUNIT_CASE(continuation_is_told_of_an_error),
	KUNIT_CASE(receive_that_need_not_wait_returns),
	KUNIT_CASE(peek_changes_neither_count_nor_sequence),
	KUNIT_CASE(user_sees_who_speaks_for_the_kernel),
	KUNIT_CASE(kernel_has_a_limit_of_its_own),
	KUNIT_CASE(message_to_a_dead_port_is_destroyed_with_its_rights),
	KUNIT_CASE(receiver_leaves_requests_of_a_dying_port_alone),
	KUNIT_CASE(record_without_a_space_ends_with_its_process),
	KUNIT_CASE(rpc_returns_the_reply_of_a_user),
	KUNIT_CASE(rpc_refuses_a_reply_that_is_too_large),
	KUNIT_CASE(rpc_of_a_killed_thread_ends),
	{}
};

/* Not "machipc": selftests/guest takes lines with that for the module's. */
static struct kunit_suite mach_msg_suite = {
	.name = "mach_msg",
	.suite_init = user_open,
	.suite_exit = user_close,
	.init = count_objects,
	.exit = compare_objects,
	.test_cases = cases,
};

static struct kunit_suite *const suites[] = { &mach_msg_suite };

/**
 * machipc_kunit_run() - run the tests
 *
 * kunit_test_suite() does that before the module is initialized, in some
 * releases. Results are in the log and in debugfs, below kunit/.
 */
void machipc_kunit_run(void)
{
	__kunit_test_suites_init(suites, ARRAY_SIZE(suites));
}

/**
 * machipc_kunit_forget() - take the results back
 */
void machipc_kunit_forget(void)
{
	__kunit_test_suites_exit((struct kunit_suite **)suites,
				 ARRAY_SIZE(suites));
}
