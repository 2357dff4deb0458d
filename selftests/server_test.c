// SPDX-License-Identifier: GPL-2.0
/*
 * The server in the kernel: calls on a port space by message to its task port,
 * and what it makes of requests that are no good.
 */
#include "port_utils.h"

#include <stdlib.h>
#include <sys/utsname.h>

#define COPY_SEND	MACH_MSG_TYPE_COPY_SEND
#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND
#define MOVE_SEND	MACH_MSG_TYPE_MOVE_SEND
#define MAKE_SEND_ONCE	MACH_MSG_TYPE_MAKE_SEND_ONCE
#define MOVE_RECEIVE	MACH_MSG_TYPE_MOVE_RECEIVE

#define BAD_ID		9999
#define REPLY_ID(id)	((id) + 100)

/* Ids of the calls that are named here by number. */
enum {
	HOST_INFO = 200,
	HOST_KERNEL_VERSION,
	HOST_PAGE_SIZE,
	HOST_GET_SPECIAL_PORT = 412,
	HOST_SET_SPECIAL_PORT,
	PORT_NAMES = 3200,
	PORT_TYPE,
	PORT_RENAME,
	PORT_ALLOCATE_NAME,
	PORT_ALLOCATE,
	PORT_DESTROY,
	PORT_DEALLOCATE,
	PORT_GET_REFS,
	PORT_MOD_REFS,
	PORT_PEEK,
	PORT_SET_MSCOUNT,
	PORT_GET_SET_STATUS,
	PORT_MOVE_MEMBER,
	PORT_REQUEST_NOTIFICATION,
	PORT_INSERT_RIGHT,
	PORT_EXTRACT_RIGHT,
	PORT_SET_SEQNO,
	PORT_GET_ATTRIBUTES,
	PORT_SET_ATTRIBUTES,
	PORT_ALLOCATE_QOS,
	PORT_ALLOCATE_FULL,
	PORT_GET_SRIGHTS = 3222,
	PORT_SPACE_INFO,
	PORT_DNREQUEST_INFO,
	PORT_KERNEL_OBJECT,
	PORT_INSERT_MEMBER,
	PORT_EXTRACT_MEMBER,
	PORT_GET_CONTEXT,
	PORT_SET_CONTEXT,
	PORT_KOBJECT,
	PORT_CONSTRUCT,
	PORT_DESTRUCT,
	PORT_GUARD,
	PORT_UNGUARD,
	PORT_SPACE_BASIC_INFO,
	TASK_INFO = 3405,
	TASK_GET_SPECIAL_PORT = 3409,
	TASK_SET_SPECIAL_PORT,
};

FIXTURE(server) {
	mach_port_name_t host;
	mach_port_name_t task;
	mach_port_name_t reply;
};

FIXTURE_SETUP(server)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->host = self_port(MACHIPC_SELF_HOST);
	self->task = self_task();
	self->reply = reply_port();
	ASSERT_NE(MACH_PORT_NULL, self->host);
	ASSERT_NE(MACH_PORT_NULL, self->task);
	ASSERT_NE(MACH_PORT_NULL, self->reply);
}

FIXTURE_TEARDOWN(server)
{
}

/* What a request carries besides its words: one descriptor at most. */
struct argument {
	mach_port_name_t port;
	mach_msg_type_name_t disposition;
	const void *memory;
	uint32_t size;
};

/* The words of a request. */
struct words {
	const uint32_t *word;
	uint32_t count;
};

#define WORDS(...)	((struct words){ \
				(const uint32_t[]){ __VA_ARGS__ }, \
				sizeof((uint32_t[]){ __VA_ARGS__ }) / 4 })
#define NO_WORDS	((struct words){ NULL, 0 })

static void append(struct message *msg, const void *data, uint32_t size)
{
	memcpy((char *)msg + msg->head.msgh_size, data, size);
	msg->head.msgh_size += size;
}

static void append_memory(struct message *msg, const struct argument *argument)
{
	mach_msg_ool_descriptor_t desc = {
		.address = (void *)argument->memory,
		.copy = MACH_MSG_VIRTUAL_COPY,
		.type = MACH_MSG_OOL_DESCRIPTOR,
		.size = argument->size,
	};
	uint32_t count = 1;

	msg->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	append(msg, &count, sizeof(count));
	append(msg, &desc, sizeof(desc));
}

static void append_words(struct message *msg, struct words words)
{
	static const uint32_t ndr[2] = { 0, 1 };

	if (!words.count)
		return;
	append(msg, ndr, sizeof(ndr));
	append(msg, words.word, words.count * sizeof(*words.word));
}

static void make_request(struct message *msg, mach_port_name_t port,
			 mach_port_name_t reply, mach_msg_id_t id,
			 const struct argument *argument, struct words words)
{
	message_init(msg, port, COPY_SEND, reply,
		     reply == MACH_PORT_NULL ? 0 : MAKE_SEND_ONCE);
	msg->head.msgh_id = id;
	if (argument && argument->memory)
		append_memory(msg, argument);
	else if (argument)
		message_add_port(msg, argument->port, argument->disposition);
	append_words(msg, words);
}

/* Result of a call whose reply does not look as a reply has to. */
#define NO_ANSWER	(-77)

/* The reply in @msg: its return code, which a complex one does not have. */
static kern_return_t read_reply(const struct message *msg, mach_msg_id_t id)
{
	kern_return_t kr = msg->word[2];

	if (msg->head.msgh_id == MACH_NOTIFY_SEND_ONCE)
		return MIG_SERVER_DIED;
	if (msg->head.msgh_id != REPLY_ID(id) ||
	    msg->head.msgh_remote_port != MACH_PORT_NULL)
		return NO_ANSWER;
	if (msg->head.msgh_bits & MACH_MSGH_BITS_COMPLEX)
		return KERN_SUCCESS;
	if (msg->word[0] != 0 || msg->word[1] != 1)
		return NO_ANSWER;
	return kr && msg->head.msgh_size != 36 ? NO_ANSWER : kr;
}

/* A call, with the reply taken without waiting. */
static kern_return_t rpc(mach_port_name_t port, mach_msg_id_t id,
			 const struct argument *argument, struct words words,
			 struct message *msg)
{
	mach_port_name_t reply = reply_port();
	mach_msg_return_t mr;

	make_request(msg, port, reply, id, argument, words);
	mr = msg_send(msg);
	if (!mr)
		mr = msg_receive(reply, msg);
	if (port_destroy(reply))
		return NO_ANSWER;
	return mr ? mr : read_reply(msg, id);
}

/* Results: behind the return code, and behind the record of a complex reply. */
#define RESULT(msg)	(&(msg)->word[3])

static uint64_t get_u64(const uint32_t *words)
{
	uint64_t value;

	memcpy(&value, words, sizeof(value));
	return value;
}

/* Words of a complex reply: behind @ports, @regions and the NDR record. */
static const uint32_t *results(const struct message *msg, int ports, int regions)
{
	return &msg->word[1 + 3 * ports + 4 * regions + 2];
}

static mach_msg_ool_descriptor_t *region(struct message *msg, int index)
{
	return (mach_msg_ool_descriptor_t *)&msg->word[1 + 4 * index];
}

#define AUDIT_TRAILER \
	(MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) | \
	 MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT))

/* S-71, S-11 */
TEST_F(server, unknown_id_is_answered_with_an_error)
{
	struct {
		struct message msg;
		uint8_t room[100];
	} buffer;
	struct message *msg = &buffer.msg;
	static const uint8_t ndr[8] = { 0, 0, 0, 0, 1, 0, 0, 0 };
	mach_msg_audit_trailer_t *trailer;

	make_request(msg, self->host, self->reply, BAD_ID, NULL, NO_WORDS);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(msg));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_receive_option(self->reply, msg,
				     MACH_RCV_TIMEOUT | AUDIT_TRAILER, 0));
	EXPECT_EQ(10099, msg->head.msgh_id);
	EXPECT_EQ(36, msg->head.msgh_size);
	EXPECT_EQ(MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND_ONCE),
		  msg->head.msgh_bits);
	EXPECT_EQ(MACH_PORT_NULL, msg->head.msgh_remote_port);
	EXPECT_EQ(self->reply, msg->head.msgh_local_port);
	EXPECT_EQ(0, msg->head.msgh_voucher_port);
	EXPECT_EQ(0, memcmp(ndr, msg->byte, sizeof(ndr)));
	EXPECT_EQ(-303, (int)msg->word[2]);

	trailer = message_trailer(msg);
	EXPECT_EQ(0, trailer->msgh_sender.val[0]);
	EXPECT_EQ(1, trailer->msgh_sender.val[1]);
	for (int i = 0; i < 8; i++)
		EXPECT_EQ(0, trailer->msgh_audit.val[i]);
}

/* S-72 */
TEST_F(server, reply_is_queued_when_the_send_returns)
{
	struct message msg;

	make_request(&msg, self->task, self->reply, PORT_TYPE, NULL,
		     WORDS(self->reply));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_EQ(1, port_status(self->reply).mps_msgcount);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_receive(self->reply, &msg));
	EXPECT_EQ(KERN_SUCCESS, read_reply(&msg, PORT_TYPE));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, *RESULT(&msg));
}

/* S-73, P-43 */
TEST_F(server, call_on_a_port_of_another_kind_is_refused)
{
	uint32_t refs = port_send_refs(self->host);
	struct message msg;

	EXPECT_EQ(KERN_INVALID_TASK,
		  rpc(self->host, PORT_ALLOCATE, NULL,
		      WORDS(MACH_PORT_RIGHT_RECEIVE), &msg));
	EXPECT_EQ(KERN_INVALID_TASK,
		  rpc(self->host, PORT_NAMES, NULL, NO_WORDS, &msg));
	EXPECT_EQ(refs, port_send_refs(self->host));
}

/* S-73 */
TEST_F(server, refused_request_loses_no_reference)
{
	struct argument argument = { .port = self->reply, .disposition = MAKE_SEND };
	struct space_image image;
	struct message msg;

	ASSERT_TRUE(space_read(&image));
	EXPECT_EQ(KERN_INVALID_TASK,
		  rpc(self->host, PORT_INSERT_RIGHT, &argument, WORDS(0x4403),
		      &msg));
	EXPECT_EQ(0, port_srights(self->reply));
	EXPECT_TRUE(space_is(&image));
}

TEST_F(server, request_of_the_wrong_size_is_refused)
{
	struct message msg;

	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  rpc(self->task, PORT_TYPE, NULL, NO_WORDS, &msg));
	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  rpc(self->task, PORT_TYPE, NULL, WORDS(0, 0), &msg));
	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  rpc(self->task, PORT_NAMES, NULL, WORDS(0), &msg));
	/* Three words follow, and two are said to. */
	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  rpc(self->task, PORT_SET_ATTRIBUTES, NULL,
		      WORDS(self->reply, MACH_PORT_LIMITS_INFO, 2, 0, 0, 0),
		      &msg));
}

TEST_F(server, request_with_the_wrong_descriptor_is_refused)
{
	struct argument port = { .port = self->reply, .disposition = MAKE_SEND };
	struct argument memory = { .memory = self, .size = sizeof(*self) };
	uint32_t options[6] = { 0 };
	struct argument shorter = { .memory = options, .size = 20 };
	struct message msg;

	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  rpc(self->task, PORT_TYPE, &port, WORDS(self->reply), &msg));
	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  rpc(self->task, PORT_INSERT_RIGHT, NULL, WORDS(0x4403),
		      &msg));
	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  rpc(self->task, PORT_INSERT_RIGHT, &memory, WORDS(0x4403),
		      &msg));
	EXPECT_EQ(MIG_BAD_ARGUMENTS,
		  rpc(self->task, PORT_CONSTRUCT, &port, WORDS(0, 0), &msg));
	EXPECT_EQ(MIG_TYPE_ERROR,
		  rpc(self->task, PORT_CONSTRUCT, &shorter, WORDS(0, 0),
		      &msg));
	EXPECT_EQ(0, port_srights(self->reply));
}

/* S-74 */
TEST_F(server, refused_request_is_destroyed_with_what_it_carries)
{
	mach_port_name_t name = port_new_send(), notify = port_new();
	static const char data[4096];
	long bytes = object_count("bytes");
	struct argument receive = { .port = name, .disposition = MOVE_RECEIVE };
	struct argument memory = { .memory = data, .size = sizeof(data) };
	struct message msg;
	uint32_t dead;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_DEAD_NAME, 0, notify));
	EXPECT_EQ(MIG_BAD_ID, rpc(self->host, BAD_ID, &receive, NO_WORDS, &msg));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, note_receive(notify, &dead));
	EXPECT_EQ(name, dead);
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));

	EXPECT_EQ(MIG_BAD_ID, rpc(self->host, BAD_ID, &memory, NO_WORDS, &msg));
	EXPECT_EQ(bytes, object_count("bytes"));
}

/* S-75 */
TEST_F(server, request_without_reply_port_is_carried_out)
{
	uint32_t names = name_count();
	struct message msg;

	make_request(&msg, self->task, MACH_PORT_NULL, PORT_ALLOCATE, NULL,
		     WORDS(MACH_PORT_RIGHT_RECEIVE));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_EQ(names + 1, name_count());
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(self->reply, &msg));
}

/* S-76 */
TEST_F(server, reply_goes_to_a_send_right)
{
	struct message msg;

	make_request(&msg, self->task, self->reply, PORT_TYPE, NULL,
		     WORDS(self->reply));
	msg.head.msgh_bits = MACH_MSGH_BITS(COPY_SEND, MAKE_SEND);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->reply, &msg));
	EXPECT_EQ(MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND),
		  msg.head.msgh_bits);
	EXPECT_EQ(KERN_SUCCESS, read_reply(&msg, PORT_TYPE));
	EXPECT_EQ(0, port_srights(self->reply));
}

/* S-78 */
TEST_F(server, reply_that_finds_no_room_is_lost)
{
	struct message msg;

	ASSERT_TRUE(port_fill(self->reply));
	make_request(&msg, self->task, self->reply, PORT_TYPE, NULL,
		     WORDS(self->reply));
	msg.head.msgh_bits = MACH_MSGH_BITS(COPY_SEND, MAKE_SEND);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_EQ(MACH_PORT_QLIMIT_DEFAULT,
		  port_status(self->reply).mps_msgcount);
	for (int id = 1; id <= MACH_PORT_QLIMIT_DEFAULT; id++)
		EXPECT_EQ(id, msg_receive_id(self->reply));
}

TEST_F(server, reply_to_a_dead_port_is_lost)
{
	mach_port_name_t dead = dead_name_new(1);
	struct message msg;

	make_request(&msg, self->task, dead, PORT_TYPE, NULL,
		     WORDS(self->reply));
	msg.head.msgh_bits = MACH_MSGH_BITS(COPY_SEND, COPY_SEND);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
}

TEST_F(server, reply_to_the_kernel_itself_is_lost)
{
	struct message msg;

	make_request(&msg, self->task, self->task, PORT_TYPE, NULL,
		     WORDS(self->reply));
	msg.head.msgh_bits = MACH_MSGH_BITS(COPY_SEND, COPY_SEND);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_EQ(1, port_send_refs(self->task));
}

TEST_F(server, notices_of_users_are_not_believed)
{
	static const mach_msg_id_t notices[] = { 64, 65, 66, 69, 70, 71, 72 };
	struct space_image image;
	struct message msg;

	ASSERT_TRUE(space_read(&image));
	for (int i = 0; i < ARRAY_SIZE(notices); i++) {
		EXPECT_EQ(MIG_BAD_ID, rpc(self->task, notices[i], NULL,
					  WORDS(0), &msg));
		EXPECT_EQ(MIG_BAD_ID, rpc(self->host, notices[i], NULL,
					  WORDS(0), &msg));
	}
	EXPECT_TRUE(space_is(&image));
}

/* P-44 */
TEST_F(server, failed_request_for_a_notification_fires_its_right)
{
	mach_port_name_t notify = port_new();
	struct argument once = { .port = notify, .disposition = MAKE_SEND_ONCE };
	struct message msg;

	EXPECT_EQ(KERN_INVALID_NAME,
		  rpc(self->task, PORT_REQUEST_NOTIFICATION, &once,
		      WORDS(stale_name(), MACH_NOTIFY_DEAD_NAME, 0), &msg));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(notify));
	EXPECT_EQ(-1, msg_receive_id(notify));
}

/* P-45 */
TEST_F(server, notification_takes_only_a_send_once_right)
{
	mach_port_name_t notify = port_new(), name = port_new();
	struct argument send = { .port = notify, .disposition = MAKE_SEND };
	struct argument none = { .port = MACH_PORT_NULL, .disposition = MAKE_SEND };
	struct message msg;

	EXPECT_EQ(MIG_TYPE_ERROR,
		  rpc(self->task, PORT_REQUEST_NOTIFICATION, &send,
		      WORDS(name, MACH_NOTIFY_DEAD_NAME, 0), &msg));
	EXPECT_EQ(MIG_TYPE_ERROR,
		  rpc(self->task, PORT_REQUEST_NOTIFICATION, &none,
		      WORDS(name, MACH_NOTIFY_DEAD_NAME, 0), &msg));
	EXPECT_EQ(0, port_srights(notify));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_listed_type(name));
}

/* P-90 */
TEST_F(server, space_basic_info_counts_the_names)
{
	struct message msg;
	uint32_t *info = RESULT(&msg);

	for (int i = 0; i < 3; i++) {
		ASSERT_NE(MACH_PORT_NULL, port_new());
		ASSERT_EQ(KERN_SUCCESS,
			  rpc(self->task, PORT_SPACE_BASIC_INFO, NULL, NO_WORDS,
			      &msg));
		ASSERT_EQ(60, msg.head.msgh_size);
		EXPECT_EQ(0xff, info[0]);
		EXPECT_LE(info[3], info[1]);
		EXPECT_LT(info[1], info[2]);
		/* The reply port of the call is gone by now. */
		EXPECT_EQ(name_count() + 1, info[3]);
		EXPECT_EQ(0, info[4]);
		EXPECT_EQ(0, info[5]);
	}
}

/* P-91 */
TEST_F(server, dnrequest_info_counts_the_requests)
{
	mach_port_name_t name = port_new_send(), notify = port_new();
	mach_port_name_t once = port_new_send_once(name);
	struct message msg;
	uint32_t *info = RESULT(&msg);

	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_DNREQUEST_INFO, NULL,
				    WORDS(name), &msg));
	EXPECT_EQ(44, msg.head.msgh_size);
	EXPECT_EQ(0, info[0]);
	EXPECT_EQ(0, info[1]);
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_DEAD_NAME, 0, notify));
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(once, MACH_NOTIFY_DEAD_NAME, 0, notify));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_DNREQUEST_INFO, NULL,
				    WORDS(name), &msg));
	EXPECT_EQ(4, info[0]);
	EXPECT_EQ(2, info[1]);
	EXPECT_EQ(KERN_INVALID_RIGHT, rpc(self->task, PORT_DNREQUEST_INFO, NULL,
					  WORDS(once), &msg));
	EXPECT_EQ(KERN_INVALID_NAME, rpc(self->task, PORT_DNREQUEST_INFO, NULL,
					 WORDS(0), &msg));
}

TEST_F(server, kobject_tells_what_a_port_stands_for)
{
	mach_port_name_t name = port_new();
	mach_port_name_t once = port_new_send_once(name);
	struct { mach_port_name_t name; uint32_t kind; } known[] = {
		{ name, 0 }, { self->task, 2 }, { self->host, 4 },
	};
	struct { mach_port_name_t name; kern_return_t kr; } other[] = {
		{ once, KERN_INVALID_RIGHT },
		{ pset_new(), KERN_INVALID_RIGHT },
		{ dead_name_new(1), KERN_INVALID_RIGHT },
		{ port_new_dying(1), KERN_INVALID_RIGHT },
		{ MACH_PORT_NULL, KERN_INVALID_NAME },
		{ MACH_PORT_DEAD, KERN_INVALID_NAME },
	};
	struct message msg;
	uint64_t kind;

	for (int i = 0; i < ARRAY_SIZE(known); i++) {
		ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_KOBJECT, NULL,
					    WORDS(known[i].name), &msg));
		EXPECT_EQ(48, msg.head.msgh_size);
		EXPECT_EQ(known[i].kind, RESULT(&msg)[0]);
		EXPECT_EQ(0, get_u64(&RESULT(&msg)[1]));
		ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_KERNEL_OBJECT,
					    NULL, WORDS(known[i].name), &msg));
		EXPECT_EQ(44, msg.head.msgh_size);
		EXPECT_EQ(known[i].kind, RESULT(&msg)[0]);
		EXPECT_EQ(0, RESULT(&msg)[1]);
		kind = TEST_POISON;
		EXPECT_EQ(KERN_SUCCESS, port_call(MACHIPC_IOC_PORT_KOBJECT,
						  known[i].name, 0, 0, &kind));
		EXPECT_EQ(known[i].kind, kind);
	}
	for (int i = 0; i < ARRAY_SIZE(other); i++) {
		EXPECT_EQ(other[i].kr, rpc(self->task, PORT_KOBJECT, NULL,
					   WORDS(other[i].name), &msg));
		EXPECT_EQ(other[i].kr, port_call(MACHIPC_IOC_PORT_KOBJECT,
						 other[i].name, 0, 0, &kind));
	}
}

TEST_F(server, space_info_lists_all_slots)
{
	mach_port_name_t name = port_new_sends(3);
	uint32_t (*table)[7];
	struct message msg;
	const uint32_t *info = results(&msg, 0, 2);
	uint32_t used = 0;

	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_SPACE_INFO, NULL, NO_WORDS, &msg));
	ASSERT_EQ(100, msg.head.msgh_size);
	ASSERT_EQ(2, msg.count);
	EXPECT_EQ(0xff, info[0]);
	EXPECT_EQ(info[1], info[6]);
	EXPECT_EQ(0, info[7]);
	ASSERT_EQ(info[6] * 28, region(&msg, 0)->size);
	EXPECT_EQ(0, region(&msg, 1)->size);
	EXPECT_EQ(NULL, region(&msg, 1)->address);
	table = region(&msg, 0)->address;
	for (uint32_t i = 0; i < info[6]; i++) {
		EXPECT_EQ(i, MACH_PORT_INDEX(table[i][0]));
		used += table[i][2] != 0;
		if (table[i][0] == name) {
			EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, table[i][2]);
			EXPECT_EQ(3, table[i][3]);
		}
	}
	EXPECT_EQ(name_count() + 1, used);
}

/*
 * A process whose space others work on. It carries out commands on its own
 * space when it is told to, so that the answers of both can be compared.
 */
struct order {
	mach_msg_header_t head;
	uint32_t cmd;
	mach_port_name_t name;
	uint32_t arg;
	kern_return_t kr;
	uint64_t value;
	uint64_t out;
};

#define ORDER_END	0

static void obey(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect();
	mach_port_name_t orders = port_new();
	struct message msg;
	struct order *order = (struct order *)&msg;

	message_init(&msg, parent, COPY_SEND, orders, MAKE_SEND);
	message_add_port(&msg, self_task(), COPY_SEND);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	for (;;) {
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(orders, &msg));
		if (order->cmd == ORDER_END)
			break;
		order->out = TEST_POISON;
		order->kr = port_call(order->cmd, order->name, order->arg,
				      order->value, &order->out);
		order->head.msgh_bits =
			MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
		order->head.msgh_local_port = MACH_PORT_NULL;
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	}
}

FIXTURE(other) {
	mach_port_name_t orders;
	mach_port_name_t task;
	pid_t pid;
};

FIXTURE_SETUP(other)
{
	mach_port_name_t queue;
	struct message msg;

	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	queue = port_new();
	ASSERT_TRUE(parent_publish(queue));
	self->pid = child_start(_metadata, obey, NULL);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(queue, &msg));
	self->orders = msg.head.msgh_remote_port;
	self->task = msg.port[0].name;
	ASSERT_EQ(KERN_SUCCESS, port_destroy(queue));
}

FIXTURE_TEARDOWN(other)
{
	struct message msg;
	struct order *order = (struct order *)&msg;

	if (self->pid <= 0)
		return;
	message_init(&msg, self->orders, COPY_SEND, MACH_PORT_NULL, 0);
	msg.head.msgh_size = sizeof(*order);
	order->cmd = ORDER_END;
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_TRUE(child_wait(self->pid));
}

/* Lets the other process make a call on its own space. */
static kern_return_t tell(mach_port_name_t orders, uint32_t cmd,
			  mach_port_name_t name, uint32_t arg, uint64_t value,
			  uint64_t *out)
{
	mach_port_name_t reply = reply_port();
	struct message msg;
	struct order *order = (struct order *)&msg;

	message_init(&msg, orders, COPY_SEND, reply, MAKE_SEND_ONCE);
	msg.head.msgh_size = sizeof(*order);
	order->cmd = cmd;
	order->name = name;
	order->arg = arg;
	order->value = value;
	if (msg_send(&msg) || msg_receive_wait(reply, &msg) ||
	    port_destroy(reply))
		return NO_ANSWER;
	if (out)
		*out = order->out;
	return order->kr;
}

static uint64_t tell_type(mach_port_name_t orders, mach_port_name_t name)
{
	uint64_t type = TEST_POISON;
	kern_return_t kr;

	kr = tell(orders, MACHIPC_IOC_PORT_TYPE, name, 0, 0, &type);
	return kr ? kr : type;
}

static uint64_t tell_refs(mach_port_name_t orders, mach_port_name_t name,
			  mach_port_right_t right)
{
	uint64_t refs = TEST_POISON;
	kern_return_t kr;

	kr = tell(orders, MACHIPC_IOC_PORT_GET_REFS, name, right, 0, &refs);
	return kr ? kr : refs;
}

/* A receive right in the other space. */
static mach_port_name_t other_port(mach_port_name_t task)
{
	struct message msg;

	if (rpc(task, PORT_ALLOCATE, NULL, WORDS(MACH_PORT_RIGHT_RECEIVE),
		&msg))
		return MACH_PORT_NULL;
	return *RESULT(&msg);
}

/* The same with one send right under the name. */
static mach_port_name_t other_port_send(mach_port_name_t task)
{
	uint32_t options[6] = { MPO_INSERT_SEND_RIGHT };
	struct argument argument = { .memory = options, .size = 24 };
	struct message msg;

	if (rpc(task, PORT_CONSTRUCT, &argument, WORDS(0, 0), &msg))
		return MACH_PORT_NULL;
	return *RESULT(&msg);
}

TEST_F(other, allocate_makes_the_name_there)
{
	uint32_t names = name_count();
	struct message msg;
	mach_port_name_t name;

	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_ALLOCATE, NULL,
				    WORDS(MACH_PORT_RIGHT_PORT_SET), &msg));
	EXPECT_EQ(40, msg.head.msgh_size);
	name = *RESULT(&msg);
	EXPECT_EQ(MACH_PORT_TYPE_PORT_SET, tell_type(self->orders, name));
	EXPECT_EQ(KERN_INVALID_VALUE, rpc(self->task, PORT_ALLOCATE, NULL,
					  WORDS(MACH_PORT_RIGHT_SEND), &msg));
	EXPECT_EQ(names, name_count());
}

TEST_F(other, allocate_name_takes_the_name_there)
{
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_ALLOCATE_NAME, NULL,
		      WORDS(MACH_PORT_RIGHT_RECEIVE, 0x7703), &msg));
	EXPECT_EQ(36, msg.head.msgh_size);
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, tell_type(self->orders, 0x7703));
	EXPECT_FALSE(port_exists(0x7703));
	EXPECT_EQ(KERN_NAME_EXISTS,
		  rpc(self->task, PORT_ALLOCATE_NAME, NULL,
		      WORDS(MACH_PORT_RIGHT_RECEIVE, 0x7703), &msg));
}

/* P-49, P-50 */
TEST_F(other, allocate_qos_and_full_heed_their_options)
{
	struct argument none = { .port = MACH_PORT_NULL, .disposition = COPY_SEND };
	struct argument proto = { .port = port_new(), .disposition = MAKE_SEND };
	struct message msg;

	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->task, PORT_ALLOCATE_QOS, NULL,
		      WORDS(MACH_PORT_RIGHT_RECEIVE, 1, 0), &msg));
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_ALLOCATE_QOS, NULL,
		      WORDS(MACH_PORT_RIGHT_RECEIVE, 2, 100), &msg));
	EXPECT_EQ(48, msg.head.msgh_size);
	EXPECT_EQ(2, RESULT(&msg)[0]);
	EXPECT_EQ(100, RESULT(&msg)[1]);
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE,
		  tell_type(self->orders, RESULT(&msg)[2]));

	EXPECT_EQ(KERN_INVALID_VALUE,
		  rpc(self->task, PORT_ALLOCATE_FULL, &proto,
		      WORDS(MACH_PORT_RIGHT_RECEIVE, 0, 0, 0), &msg));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  rpc(self->task, PORT_ALLOCATE_FULL, &none,
		      WORDS(MACH_PORT_RIGHT_PORT_SET, 2, 100, 0), &msg));
	EXPECT_EQ(KERN_RESOURCE_SHORTAGE,
		  rpc(self->task, PORT_ALLOCATE_FULL, &none,
		      WORDS(MACH_PORT_RIGHT_PORT_SET, 2, ~0, 0), &msg));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  rpc(self->task, PORT_ALLOCATE_FULL, &none,
		      WORDS(MACH_PORT_RIGHT_RECEIVE, 1, 0, 0), &msg));
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_ALLOCATE_FULL, &none,
		      WORDS(MACH_PORT_RIGHT_RECEIVE, 1, 0, 0x7703), &msg));
	EXPECT_EQ(48, msg.head.msgh_size);
	EXPECT_EQ(0x7703, RESULT(&msg)[2]);
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, tell_type(self->orders, 0x7703));
}

TEST_F(other, construct_and_destruct_work_there)
{
	uint32_t options[6] = { MPO_INSERT_SEND_RIGHT | MPO_QLIMIT |
				MPO_CONTEXT_AS_GUARD, 9 };
	struct argument argument = { .memory = options, .size = 24 };
	struct message msg;
	mach_port_name_t name;

	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_CONSTRUCT, &argument,
				    WORDS(0x55667788, 0x11223344), &msg));
	EXPECT_EQ(40, msg.head.msgh_size);
	name = *RESULT(&msg);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, tell_type(self->orders, name));
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_GET_ATTRIBUTES, NULL,
		      WORDS(name, MACH_PORT_LIMITS_INFO, 1), &msg));
	EXPECT_EQ(44, msg.head.msgh_size);
	EXPECT_EQ(1, RESULT(&msg)[0]);
	EXPECT_EQ(9, RESULT(&msg)[1]);

	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->task, PORT_DESTRUCT, NULL,
		      WORDS(name, -1, 0x55667788, 0), &msg));
	EXPECT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_DESTRUCT, NULL,
		      WORDS(name, -1, 0x55667788, 0x11223344), &msg));
	EXPECT_EQ(KERN_INVALID_NAME, tell_type(self->orders, name));
	options[1] = MACH_PORT_QLIMIT_MAX + 1;
	EXPECT_EQ(KERN_INVALID_VALUE,
		  rpc(self->task, PORT_CONSTRUCT, &argument, WORDS(0, 0),
		      &msg));
}

TEST_F(other, references_are_those_there)
{
	mach_port_name_t name = other_port_send(self->task);
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_MOD_REFS, NULL,
		      WORDS(name, MACH_PORT_RIGHT_SEND, 4), &msg));
	EXPECT_EQ(5, tell_refs(self->orders, name, MACH_PORT_RIGHT_SEND));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_DEALLOCATE, NULL,
				    WORDS(name), &msg));
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_GET_REFS, NULL,
		      WORDS(name, MACH_PORT_RIGHT_SEND), &msg));
	EXPECT_EQ(40, msg.head.msgh_size);
	EXPECT_EQ(4, *RESULT(&msg));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  rpc(self->task, PORT_MOD_REFS, NULL,
		      WORDS(name, MACH_PORT_RIGHT_SEND, -5), &msg));
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_MOD_REFS, NULL,
		      WORDS(name, MACH_PORT_RIGHT_RECEIVE, -1), &msg));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, tell_type(self->orders, name));
	EXPECT_EQ(KERN_SUCCESS, rpc(self->task, PORT_DESTROY, NULL,
				    WORDS(name), &msg));
	EXPECT_EQ(KERN_INVALID_NAME, rpc(self->task, PORT_DESTROY, NULL,
					 WORDS(name), &msg));
	EXPECT_EQ(KERN_INVALID_NAME, tell_type(self->orders, name));
}

/* P-68 */
TEST_F(other, rename_is_not_supported)
{
	struct message msg;

	EXPECT_EQ(KERN_NOT_SUPPORTED, rpc(self->task, PORT_RENAME, NULL,
					  WORDS(0, 0), &msg));
}

TEST_F(other, names_lists_those_there)
{
	mach_port_name_t name = other_port_send(self->task);
	mach_port_name_t *names;
	mach_port_type_t *types;
	bool found = false;
	struct message msg;
	uint32_t count;

	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_NAMES, NULL, NO_WORDS, &msg));
	ASSERT_EQ(76, msg.head.msgh_size);
	ASSERT_EQ(2, msg.count);
	count = results(&msg, 0, 2)[0];
	EXPECT_EQ(count, results(&msg, 0, 2)[1]);
	ASSERT_EQ(count * 4, region(&msg, 0)->size);
	ASSERT_EQ(count * 4, region(&msg, 1)->size);
	names = region(&msg, 0)->address;
	types = region(&msg, 1)->address;
	for (uint32_t i = 0; i < count; i++) {
		EXPECT_EQ(types[i], tell_type(self->orders, names[i]));
		found |= names[i] == name;
		if (i)
			EXPECT_GT(MACH_PORT_INDEX(names[i]),
				  MACH_PORT_INDEX(names[i - 1]));
	}
	EXPECT_TRUE(found);
}

TEST_F(other, sets_and_members_are_those_there)
{
	mach_port_name_t name = other_port(self->task), set;
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_ALLOCATE, NULL,
				    WORDS(MACH_PORT_RIGHT_PORT_SET), &msg));
	set = *RESULT(&msg);
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_GET_SET_STATUS, NULL,
				    WORDS(set), &msg));
	EXPECT_EQ(0, results(&msg, 0, 1)[0]);
	EXPECT_EQ(NULL, region(&msg, 0)->address);
	EXPECT_EQ(KERN_SUCCESS, rpc(self->task, PORT_INSERT_MEMBER, NULL,
				    WORDS(name, set), &msg));
	EXPECT_EQ(KERN_ALREADY_IN_SET, rpc(self->task, PORT_INSERT_MEMBER, NULL,
					   WORDS(name, set), &msg));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_GET_SET_STATUS, NULL,
				    WORDS(set), &msg));
	ASSERT_EQ(56, msg.head.msgh_size);
	EXPECT_EQ(1, results(&msg, 0, 1)[0]);
	ASSERT_EQ(4, region(&msg, 0)->size);
	EXPECT_EQ(name, *(mach_port_name_t *)region(&msg, 0)->address);
	EXPECT_EQ(KERN_SUCCESS, rpc(self->task, PORT_EXTRACT_MEMBER, NULL,
				    WORDS(name, set), &msg));
	EXPECT_EQ(KERN_NOT_IN_SET, tell(self->orders,
					MACHIPC_IOC_PORT_EXTRACT_MEMBER, name,
					set, 0, NULL));
	EXPECT_EQ(KERN_SUCCESS, rpc(self->task, PORT_MOVE_MEMBER, NULL,
				    WORDS(name, set), &msg));
	EXPECT_EQ(KERN_SUCCESS, tell(self->orders,
				     MACHIPC_IOC_PORT_EXTRACT_MEMBER, name,
				     set, 0, NULL));
	EXPECT_EQ(KERN_INVALID_RIGHT, rpc(self->task, PORT_GET_SET_STATUS, NULL,
					  WORDS(name), &msg));
}

TEST_F(other, context_and_guard_are_those_there)
{
	mach_port_name_t name = other_port(self->task);
	struct message msg;
	uint64_t context;

	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_SET_CONTEXT, NULL,
				    WORDS(name, 0x55667788, 0x11223344), &msg));
	ASSERT_EQ(KERN_SUCCESS, tell(self->orders, MACHIPC_IOC_PORT_GET_CONTEXT,
				     name, 0, 0, &context));
	EXPECT_EQ(0x1122334455667788, context);
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_GET_CONTEXT, NULL,
				    WORDS(name), &msg));
	EXPECT_EQ(44, msg.head.msgh_size);
	EXPECT_EQ(0x1122334455667788, get_u64(RESULT(&msg)));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->task, PORT_GUARD, NULL, WORDS(name, 7, 0, 1),
		      &msg));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_SET_CONTEXT, NULL,
				    WORDS(name, 0, 0), &msg));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_GUARD, NULL,
				    WORDS(name, 7, 8, 1), &msg));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->task, PORT_SET_CONTEXT, NULL, WORDS(name, 0, 0),
		      &msg));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->task, PORT_UNGUARD, NULL, WORDS(name, 7, 0), &msg));
	EXPECT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_UNGUARD, NULL, WORDS(name, 7, 8), &msg));
}

TEST_F(other, attributes_and_counts_are_those_there)
{
	mach_port_name_t name = other_port_send(self->task);
	struct message msg;
	mach_port_status_t *status = (void *)&RESULT(&msg)[1];
	uint64_t srights;

	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_SET_ATTRIBUTES, NULL,
		      WORDS(name, MACH_PORT_LIMITS_INFO, 1, 77), &msg));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_SET_MSCOUNT, NULL,
				    WORDS(name, 33), &msg));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_SET_SEQNO, NULL,
				    WORDS(name, 44), &msg));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  rpc(self->task, PORT_SET_ATTRIBUTES, NULL,
		      WORDS(name, MACH_PORT_LIMITS_INFO, 1, 1025), &msg));
	/* A flavor that is a switch has no words. */
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_SET_ATTRIBUTES, NULL,
		      WORDS(name, MACH_PORT_IMPORTANCE_RECEIVER, 0), &msg));
	EXPECT_EQ(KERN_FAILURE,
		  rpc(self->task, PORT_GET_ATTRIBUTES, NULL,
		      WORDS(name, MACH_PORT_RECEIVE_STATUS, 9), &msg));
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_GET_ATTRIBUTES, NULL,
		      WORDS(name, MACH_PORT_RECEIVE_STATUS, 1000), &msg));
	ASSERT_EQ(80, msg.head.msgh_size);
	EXPECT_EQ(10, RESULT(&msg)[0]);
	EXPECT_EQ(77, status->mps_qlimit);
	EXPECT_EQ(33, status->mps_mscount);
	EXPECT_EQ(44, status->mps_seqno);
	EXPECT_EQ(1, status->mps_srights);
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_GET_ATTRIBUTES, NULL,
		      WORDS(name, MACH_PORT_INFO_EXT, 17), &msg));
	EXPECT_EQ(108, msg.head.msgh_size);
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_GET_SRIGHTS, NULL,
				    WORDS(name), &msg));
	EXPECT_EQ(40, msg.head.msgh_size);
	EXPECT_EQ(1, *RESULT(&msg));
	EXPECT_EQ(KERN_SUCCESS, tell(self->orders, MACHIPC_IOC_PORT_GET_SRIGHTS,
				     name, 0, 0, &srights));
	EXPECT_EQ(1, srights);
}

TEST_F(other, peek_looks_at_the_queue_there)
{
	mach_port_name_t name = other_port(self->task), port;
	mach_msg_max_trailer_t *trailer;
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_EXTRACT_RIGHT, NULL,
				    WORDS(name, MAKE_SEND), &msg));
	port = msg.port[0].name;
	EXPECT_EQ(KERN_FAILURE,
		  rpc(self->task, PORT_PEEK, NULL, WORDS(name, 0, 0, 68),
		      &msg));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(port, COPY_SEND, 1234));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_SET_SEQNO, NULL,
				    WORDS(name, 9), &msg));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  rpc(self->task, PORT_PEEK, NULL, WORDS(name, 0, 0, 7), &msg));
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_PEEK, NULL,
		      WORDS(name,
			    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
			    0, 68), &msg));
	ASSERT_EQ(52 + 52, msg.head.msgh_size);
	EXPECT_EQ(9, RESULT(&msg)[0]);
	EXPECT_EQ(24, RESULT(&msg)[1]);
	EXPECT_EQ(1234, RESULT(&msg)[2]);
	EXPECT_EQ(52, RESULT(&msg)[3]);
	trailer = (void *)&RESULT(&msg)[4];
	EXPECT_EQ(52, trailer->msgh_trailer_size);
	EXPECT_EQ(9, trailer->msgh_seqno);
	EXPECT_EQ(getpid(), (pid_t)trailer->msgh_audit.val[5]);
}

/* P-178 */
TEST_F(other, notification_about_a_name_there_comes_here)
{
	mach_port_name_t name = other_port_send(self->task), notify = port_new();
	struct argument once = { .port = notify, .disposition = MAKE_SEND_ONCE };
	struct argument none = { .port = MACH_PORT_NULL, .disposition = MAKE_SEND_ONCE };
	struct message msg;
	uint32_t dead;

	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_REQUEST_NOTIFICATION, &once,
		      WORDS(name, MACH_NOTIFY_DEAD_NAME, 0), &msg));
	ASSERT_EQ(40, msg.head.msgh_size);
	ASSERT_EQ(1, msg.count);
	EXPECT_EQ(MACH_PORT_NULL, msg.port[0].name);
	EXPECT_EQ(MACH_MSG_TYPE_PORT_SEND_ONCE, msg.port[0].disposition);
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_DNREQUEST,
		  tell_type(self->orders, name));
	/* What was registered before comes back. */
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_REQUEST_NOTIFICATION, &none,
		      WORDS(name, MACH_NOTIFY_DEAD_NAME, 0), &msg));
	EXPECT_TRUE(entry_is(msg.port[0].name, ENTRY_SO, 1));
	EXPECT_EQ(KERN_SUCCESS, port_deallocate(msg.port[0].name));
	EXPECT_EQ(MACH_NOTIFY_SEND_ONCE, msg_receive_id(notify));

	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_REQUEST_NOTIFICATION, &once,
		      WORDS(name, MACH_NOTIFY_DEAD_NAME, 0), &msg));
	ASSERT_EQ(KERN_SUCCESS,
		  tell(self->orders, MACHIPC_IOC_PORT_MOD_REFS, name,
		       MACH_PORT_RIGHT_RECEIVE, -1, NULL));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, note_receive(notify, &dead));
	EXPECT_EQ(name, dead);
}

TEST_F(other, insert_right_moves_a_right_there)
{
	mach_port_name_t name = port_new();
	struct argument send = { .port = name, .disposition = MAKE_SEND };
	struct argument receive = { .port = name, .disposition = MOVE_RECEIVE };
	struct argument null = { .port = MACH_PORT_NULL, .disposition = COPY_SEND };
	struct argument dead = { .port = MACH_PORT_DEAD, .disposition = COPY_SEND };
	struct argument bad = { .port = stale_name(), .disposition = COPY_SEND };
	struct argument odd = { .port = MACH_PORT_NULL, .disposition = 3 };
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_INSERT_RIGHT, &send,
				    WORDS(0x7703), &msg));
	EXPECT_EQ(36, msg.head.msgh_size);
	EXPECT_EQ(MACH_PORT_TYPE_SEND, tell_type(self->orders, 0x7703));
	EXPECT_EQ(1, port_srights(name));
	EXPECT_EQ(KERN_RIGHT_EXISTS, rpc(self->task, PORT_INSERT_RIGHT, &send,
					 WORDS(0x7803), &msg));
	EXPECT_EQ(1, port_srights(name));
	EXPECT_EQ(KERN_INVALID_VALUE, rpc(self->task, PORT_INSERT_RIGHT, &send,
					  WORDS(0), &msg));
	EXPECT_EQ(KERN_INVALID_CAPABILITY,
		  rpc(self->task, PORT_INSERT_RIGHT, &null, WORDS(0x7803),
		      &msg));
	EXPECT_EQ(KERN_INVALID_CAPABILITY,
		  rpc(self->task, PORT_INSERT_RIGHT, &dead, WORDS(0x7803),
		      &msg));
	EXPECT_EQ(MACH_SEND_INVALID_RIGHT,
		  rpc(self->task, PORT_INSERT_RIGHT, &bad, WORDS(0x7803),
		      &msg));
	EXPECT_EQ(KERN_INVALID_VALUE,
		  rpc(self->task, PORT_INSERT_RIGHT, &odd, WORDS(0x7803),
		      &msg));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_INSERT_RIGHT, &receive,
				    WORDS(0x7703), &msg));
	EXPECT_EQ(MACH_PORT_TYPE_SEND_RECEIVE, tell_type(self->orders, 0x7703));
	EXPECT_FALSE(port_exists(name));
}

TEST_F(other, failed_insert_right_destroys_the_right)
{
	mach_port_name_t name = port_new_send();
	struct argument receive = { .port = name, .disposition = MOVE_RECEIVE };
	struct message msg;

	EXPECT_EQ(KERN_NAME_EXISTS,
		  rpc(self->task, PORT_INSERT_RIGHT, &receive,
		      WORDS(other_port(self->task)), &msg));
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 1));
}

TEST_F(other, extract_right_brings_a_right_here)
{
	mach_port_name_t name = other_port(self->task);
	mach_port_name_t dead, port;
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_EXTRACT_RIGHT, NULL,
				    WORDS(name, MAKE_SEND), &msg));
	ASSERT_EQ(40, msg.head.msgh_size);
	EXPECT_EQ(MACH_MSG_TYPE_PORT_SEND, msg.port[0].disposition);
	port = msg.port[0].name;
	EXPECT_TRUE(entry_is(port, ENTRY_S, 1));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_EXTRACT_RIGHT, NULL,
				    WORDS(name, MAKE_SEND_ONCE), &msg));
	EXPECT_TRUE(entry_is(msg.port[0].name, ENTRY_SO, 1));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_EXTRACT_RIGHT, NULL,
				    WORDS(name, MOVE_RECEIVE), &msg));
	EXPECT_EQ(MACH_MSG_TYPE_PORT_RECEIVE, msg.port[0].disposition);
	EXPECT_EQ(port, msg.port[0].name);
	EXPECT_TRUE(entry_is(port, ENTRY_RS, 1));
	EXPECT_EQ(KERN_INVALID_NAME, tell_type(self->orders, name));

	EXPECT_EQ(KERN_INVALID_VALUE, rpc(self->task, PORT_EXTRACT_RIGHT, NULL,
					  WORDS(0, 22), &msg));
	EXPECT_EQ(KERN_INVALID_RIGHT, rpc(self->task, PORT_EXTRACT_RIGHT, NULL,
					  WORDS(0, MAKE_SEND), &msg));
	EXPECT_EQ(KERN_INVALID_NAME, rpc(self->task, PORT_EXTRACT_RIGHT, NULL,
					 WORDS(name, MAKE_SEND), &msg));
	dead = other_port_send(self->task);
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_MOD_REFS, NULL,
		      WORDS(dead, MACH_PORT_RIGHT_RECEIVE, -1), &msg));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, PORT_EXTRACT_RIGHT, NULL,
				    WORDS(dead, COPY_SEND), &msg));
	EXPECT_EQ(MACH_PORT_DEAD, msg.port[0].name);
}

TEST_F(other, receive_right_whose_reply_is_lost_dies)
{
	mach_port_name_t name = other_port_send(self->task);
	struct message msg;

	make_request(&msg, self->task, MACH_PORT_NULL, PORT_EXTRACT_RIGHT, NULL,
		     WORDS(name, MOVE_RECEIVE));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_EQ(MACH_PORT_TYPE_DEAD_NAME, tell_type(self->orders, name));
}

TEST_F(other, names_of_one_space_mean_nothing_in_another)
{
	mach_port_name_t name = port_new();
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS,
		  port_mod_refs(self->orders, MACH_PORT_RIGHT_SEND, 0));
	EXPECT_EQ(tell_type(self->orders, name),
		  rpc(self->task, PORT_TYPE, NULL, WORDS(name), &msg) ?:
		  *RESULT(&msg));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(name));
}

/* The receive right of a reply port cannot be sent to itself. */
TEST_F(server, receive_right_extracted_into_its_own_queue_dies)
{
	mach_port_name_t notify = port_new(), name = port_new_send();
	struct message msg;
	uint32_t dead;

	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(name, MACH_NOTIFY_DEAD_NAME, 0, notify));
	make_request(&msg, self->task, name, PORT_EXTRACT_RIGHT, NULL,
		     WORDS(name, MOVE_RECEIVE));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_EQ(MACH_NOTIFY_DEAD_NAME, note_receive(notify, &dead));
	EXPECT_EQ(name, dead);
	EXPECT_TRUE(entry_is(name, ENTRY_DN, 2));
}

TEST_F(server, host_basic_info_tells_of_the_machine)
{
	uint64_t memory = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	struct message msg;
	uint32_t *info = &RESULT(&msg)[1];

	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->host, HOST_INFO, NULL, WORDS(1, 68), &msg));
	ASSERT_EQ(40 + 48, msg.head.msgh_size);
	EXPECT_EQ(12, RESULT(&msg)[0]);
	EXPECT_EQ(sysconf(_SC_NPROCESSORS_ONLN), info[1]);
	EXPECT_LE(info[1], info[0]);
	EXPECT_EQ(memory, get_u64(&info[10]));
	EXPECT_EQ(memory < 1U << 31 ? memory : 1U << 31, info[2]);

	/* The short form, for who knows no other. */
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->host, HOST_INFO, NULL, WORDS(1, 11), &msg));
	EXPECT_EQ(40 + 20, msg.head.msgh_size);
	EXPECT_EQ(5, RESULT(&msg)[0]);
	EXPECT_EQ(KERN_FAILURE,
		  rpc(self->host, HOST_INFO, NULL, WORDS(1, 4), &msg));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->host, HOST_INFO, NULL, WORDS(77, 68), &msg));
}

TEST_F(server, host_tells_version_and_page_size)
{
	struct message msg;
	struct utsname name;
	char *version = (char *)&RESULT(&msg)[2];

	ASSERT_EQ(0, uname(&name));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->host, HOST_KERNEL_VERSION, NULL,
				    NO_WORDS, &msg));
	EXPECT_EQ(0, RESULT(&msg)[0]);
	EXPECT_EQ(strlen(version) + 1, RESULT(&msg)[1]);
	EXPECT_EQ(44 + ((RESULT(&msg)[1] + 3) & ~3), msg.head.msgh_size);
	EXPECT_NE(NULL, strstr(version, name.release));

	ASSERT_EQ(KERN_SUCCESS, rpc(self->host, HOST_PAGE_SIZE, NULL, NO_WORDS,
				    &msg));
	EXPECT_EQ(44, msg.head.msgh_size);
	EXPECT_EQ(sysconf(_SC_PAGESIZE), get_u64(RESULT(&msg)));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, rpc(self->task, HOST_PAGE_SIZE, NULL,
					     NO_WORDS, &msg));
}

static kern_return_t get_host_special(mach_port_name_t host, uint32_t which,
				      mach_port_name_t *name)
{
	struct message msg;
	kern_return_t kr = rpc(host, HOST_GET_SPECIAL_PORT, NULL,
			       WORDS(-1, which), &msg);

	if (!kr)
		*name = msg.port[0].name;
	return kr;
}

static kern_return_t set_host_special(mach_port_name_t host, uint32_t which,
				      mach_port_name_t name,
				      mach_msg_type_name_t disposition)
{
	struct argument port = { .port = name, .disposition = disposition };
	struct message msg;

	return rpc(host, HOST_SET_SPECIAL_PORT, &port, WORDS(which), &msg);
}

TEST_F(server, special_ports_of_the_host_are_got_and_set)
{
	mach_port_name_t name = port_new_send(), got = TEST_POISON;

	ASSERT_EQ(KERN_SUCCESS, get_host_special(self->host, 2, &got));
	EXPECT_EQ(self->host, got);
	for (int which = 3; which <= 27; which++) {
		EXPECT_EQ(KERN_SUCCESS,
			  get_host_special(self->host, which, &got));
		EXPECT_EQ(MACH_PORT_NULL, got);
	}
	for (int which = 8; which <= 27; which++) {
		ASSERT_EQ(KERN_SUCCESS, set_host_special(self->host, which,
							 name, COPY_SEND));
		EXPECT_EQ(KERN_SUCCESS,
			  get_host_special(self->host, which, &got));
		EXPECT_EQ(name, got);
	}
	EXPECT_EQ(21, port_srights(name));
	for (int which = 8; which < 27; which++)
		EXPECT_EQ(KERN_SUCCESS,
			  set_host_special(self->host, which, MACH_PORT_NULL,
					   COPY_SEND));
	EXPECT_EQ(2, port_srights(name));
	ASSERT_EQ(KERN_SUCCESS, port_destroy(name));
	EXPECT_EQ(KERN_SUCCESS, get_host_special(self->host, 27, &got));
	EXPECT_EQ(MACH_PORT_DEAD, got);
}

/* S-89 */
TEST_F(server, special_ports_of_the_host_have_their_numbers)
{
	int unknown[] = { 0, -1, 28, 1000 };
	mach_port_name_t name = port_new_send(), got;

	for (int i = 0; i < ARRAY_SIZE(unknown); i++) {
		EXPECT_EQ(KERN_INVALID_ARGUMENT,
			  get_host_special(self->host, unknown[i], &got));
		EXPECT_EQ(KERN_INVALID_ARGUMENT,
			  set_host_special(self->host, unknown[i], name,
					   COPY_SEND));
	}
	for (int which = 1; which <= 7; which++)
		EXPECT_EQ(KERN_INVALID_ARGUMENT,
			  set_host_special(self->host, which, name,
					   COPY_SEND));
	EXPECT_EQ(1, port_srights(name));
}

static void look_without_privilege(struct __test_metadata *_metadata,
				   void *data)
{
	mach_port_name_t host, name;
	uint64_t kind = TEST_POISON;

	ASSERT_EQ(0, setuid(65534));
	ASSERT_EQ(0, space_open());
	host = self_port(MACHIPC_SELF_HOST);
	EXPECT_EQ(KERN_SUCCESS,
		  port_call(MACHIPC_IOC_PORT_KOBJECT, host, 0, 0, &kind));
	EXPECT_EQ(3, kind);
	EXPECT_EQ(KERN_INVALID_ARGUMENT, get_host_special(host, 2, &name));
	EXPECT_EQ(KERN_INVALID_ARGUMENT, get_host_special(host, 8, &name));
	name = port_new();
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  set_host_special(host, 8, name, MAKE_SEND));
	EXPECT_EQ(0, port_srights(name));
}

/* S-89 */
TEST_F(server, special_ports_of_the_host_need_privilege)
{
	mach_port_name_t got = TEST_POISON;

	EXPECT_TRUE(child_wait(child_start(_metadata, look_without_privilege,
					   NULL)));
	EXPECT_EQ(KERN_SUCCESS, get_host_special(self->host, 8, &got));
	EXPECT_EQ(MACH_PORT_NULL, got);
}

static void set_in_namespace(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t host, name = TEST_POISON;

	ASSERT_EQ(0, space_open());
	host = self_port(MACHIPC_SELF_HOST);
	ASSERT_EQ(KERN_SUCCESS, get_host_special(host, 8, &name));
	EXPECT_EQ(MACH_PORT_NULL, name);
	ASSERT_EQ(KERN_SUCCESS,
		  set_host_special(host, 8, port_new(), MAKE_SEND));
}

static void enter_namespace(struct __test_metadata *_metadata, void *data)
{
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	EXPECT_TRUE(child_wait(child_start(_metadata, set_in_namespace,
					   data)));
}

TEST_F(server, pid_namespace_has_special_ports_of_its_own)
{
	mach_port_name_t name = port_new_send(), got = TEST_POISON;

	ASSERT_EQ(KERN_SUCCESS,
		  set_host_special(self->host, 8, name, COPY_SEND));
	EXPECT_TRUE(child_wait(child_start(_metadata, enter_namespace, NULL)));
	EXPECT_EQ(KERN_SUCCESS, get_host_special(self->host, 8, &got));
	EXPECT_EQ(name, got);
}

/* S-13 */
TEST_F(server, task_info_gives_the_tokens_of_a_message)
{
	mach_msg_audit_trailer_t trailer;
	struct message msg;

	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send_id(self->reply, MAKE_SEND, 1));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_receive_option(self->reply, &msg,
				     MACH_RCV_TIMEOUT | AUDIT_TRAILER, 0));
	memcpy(&trailer, message_trailer(&msg), sizeof(trailer));

	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, TASK_INFO, NULL, WORDS(13, 2), &msg));
	EXPECT_EQ(40 + 8, msg.head.msgh_size);
	EXPECT_EQ(2, RESULT(&msg)[0]);
	EXPECT_EQ(0, memcmp(&RESULT(&msg)[1], &trailer.msgh_sender, 8));
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, TASK_INFO, NULL, WORDS(15, 100), &msg));
	EXPECT_EQ(40 + 32, msg.head.msgh_size);
	EXPECT_EQ(8, RESULT(&msg)[0]);
	EXPECT_EQ(0, memcmp(&RESULT(&msg)[1], &trailer.msgh_audit, 32));

	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->task, TASK_INFO, NULL, WORDS(13, 1), &msg));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->task, TASK_INFO, NULL, WORDS(15, 7), &msg));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->task, TASK_INFO, NULL, WORDS(14, 100), &msg));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->host, TASK_INFO, NULL, WORDS(13, 2), &msg));
}

TEST_F(other, task_info_tells_of_the_process_there)
{
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, TASK_INFO, NULL, WORDS(15, 8), &msg));
	EXPECT_EQ(self->pid, (pid_t)RESULT(&msg)[1 + 5]);
	EXPECT_NE(0, RESULT(&msg)[1 + 7]);
}

TEST_F(server, special_ports_are_got_and_set_by_message)
{
	mach_port_name_t name = port_new_sends(2);
	struct argument copy = { .port = name, .disposition = COPY_SEND };
	struct argument null = { .disposition = COPY_SEND };
	struct argument once = { .port = name, .disposition = MAKE_SEND_ONCE };
	struct message msg;

	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, TASK_GET_SPECIAL_PORT, NULL,
				    WORDS(1), &msg));
	EXPECT_EQ(40, msg.head.msgh_size);
	EXPECT_EQ(self->task, msg.port[0].name);
	EXPECT_EQ(2, port_send_refs(self->task));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, TASK_GET_SPECIAL_PORT, NULL,
				    WORDS(2), &msg));
	EXPECT_EQ(self->host, msg.port[0].name);
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, TASK_GET_SPECIAL_PORT, NULL,
				    WORDS(4), &msg));
	EXPECT_EQ(MACH_PORT_NULL, msg.port[0].name);
	EXPECT_EQ(MACH_MSG_TYPE_PORT_SEND, msg.port[0].disposition);

	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, TASK_SET_SPECIAL_PORT, &copy,
				    WORDS(4), &msg));
	EXPECT_EQ(36, msg.head.msgh_size);
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, TASK_GET_SPECIAL_PORT, NULL,
				    WORDS(4), &msg));
	EXPECT_EQ(name, msg.port[0].name);
	EXPECT_TRUE(entry_is(name, ENTRY_RS, 3));
	EXPECT_EQ(2, port_srights(name));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->task, TASK_SET_SPECIAL_PORT, &copy, WORDS(5),
		      &msg));
	EXPECT_EQ(MIG_TYPE_ERROR,
		  rpc(self->task, TASK_SET_SPECIAL_PORT, &once, WORDS(4),
		      &msg));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->task, TASK_GET_SPECIAL_PORT, NULL, WORDS(5), &msg));
	EXPECT_EQ(KERN_INVALID_ARGUMENT,
		  rpc(self->host, TASK_GET_SPECIAL_PORT, NULL, WORDS(4), &msg));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, TASK_SET_SPECIAL_PORT, &null,
				    WORDS(4), &msg));
	EXPECT_EQ(1, port_srights(name));
}

/* S-75 */
TEST_F(server, special_port_is_set_without_a_reply_port)
{
	struct argument make = { .port = self->reply, .disposition = MAKE_SEND };
	mach_port_name_t name = TEST_POISON;
	struct message msg;

	make_request(&msg, self->task, MACH_PORT_NULL, TASK_SET_SPECIAL_PORT,
		     &make, WORDS(4));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_EQ(KERN_SUCCESS, task_get_special(TASK_BOOTSTRAP_PORT, &name));
	EXPECT_EQ(self->reply, name);
	EXPECT_EQ(MACH_RCV_TIMED_OUT, msg_receive(self->reply, &msg));
}

TEST_F(other, special_port_there_is_set_from_here)
{
	mach_port_name_t name = port_new();
	struct argument make = { .port = name, .disposition = MAKE_SEND };
	struct message msg;
	uint64_t port;

	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, TASK_SET_SPECIAL_PORT, &make,
				    WORDS(4), &msg));
	EXPECT_EQ(1, port_srights(name));
	ASSERT_EQ(KERN_SUCCESS,
		  tell(self->orders, MACHIPC_IOC_TASK_GET_SPECIAL_PORT, 0, 4, 0,
		       &port));
	EXPECT_EQ(MACH_PORT_TYPE_SEND, tell_type(self->orders, port));
	EXPECT_EQ(2, port_srights(name));
	ASSERT_EQ(KERN_SUCCESS, rpc(self->task, TASK_GET_SPECIAL_PORT, NULL,
				    WORDS(4), &msg));
	EXPECT_EQ(name, msg.port[0].name);
}

static void give_task(struct __test_metadata *_metadata, void *data)
{
	mach_port_name_t parent = child_connect();

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  msg_send_right(parent, COPY_SEND, self_task(), COPY_SEND));
	pause();
}

TEST_F(server, task_port_of_a_dead_process_is_dead)
{
	mach_port_name_t queue = port_new(), task;
	struct message msg;
	pid_t pid;

	ASSERT_TRUE(parent_publish(queue));
	pid = child_start(_metadata, give_task, NULL);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(queue, &msg));
	task = msg.port[0].name;
	EXPECT_EQ(KERN_SUCCESS, rpc(task, PORT_NAMES, NULL, NO_WORDS, &msg));
	ASSERT_TRUE(child_kill(pid));
	EXPECT_TRUE(entry_is(task, ENTRY_DN, 1));
	EXPECT_EQ(MACH_SEND_INVALID_DEST,
		  rpc(task, PORT_NAMES, NULL, NO_WORDS, &msg));
}

/* Another process is killed while its space is worked on. */
TEST_F(server, calls_race_with_the_death_of_the_process)
{
	mach_port_name_t queue = port_new(), task;
	struct message msg;
	kern_return_t kr;
	pid_t pid;

	ASSERT_TRUE(parent_publish(queue));
	for (int round = 0; round < 20; round++) {
		pid = child_start(_metadata, give_task, NULL);
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(queue, &msg));
		task = msg.port[0].name;
		kill(pid, SIGKILL);
		do {
			kr = rpc(task, PORT_ALLOCATE, NULL,
				 WORDS(MACH_PORT_RIGHT_RECEIVE), &msg);
			if (!kr)
				kr = rpc(task, PORT_NAMES, NULL, NO_WORDS, &msg);
		} while (kr == KERN_SUCCESS);
		/* Depending on how far the request came. */
		EXPECT_TRUE(kr == KERN_INVALID_TASK || kr == MIG_SERVER_DIED ||
			    kr == MACH_SEND_INVALID_DEST);
		EXPECT_EQ(pid, waitpid(pid, NULL, 0));
		EXPECT_EQ(KERN_SUCCESS, port_destroy(task));
	}
}

/* A reply is charged to who asked, so it ends with the requester's share. */
TEST_F(server, reply_is_charged_to_the_requester)
{
	long bytes = object_count("bytes");
	struct message msg;

	make_request(&msg, self->task, self->reply, PORT_NAMES, NULL, NO_WORDS);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
	EXPECT_LT(bytes + 8 * name_count(), object_count("bytes"));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->reply, &msg));
	EXPECT_EQ(bytes, object_count("bytes"));
}

/*
 * The limit leaves room for one of the two lists of the reply: who gets an
 * error instead pays for neither.
 */
TEST_F(server, reply_that_failed_half_way_is_not_charged)
{
	unsigned long limit = parameter_read("max_user_bytes");
	uint32_t size = 0;
	struct message msg;
	kern_return_t kr;

	for (int i = 0; i < 4096; i++)
		ASSERT_NE(MACH_PORT_NULL, port_new());
	ASSERT_EQ(KERN_SUCCESS,
		  rpc(self->task, PORT_NAMES, NULL, NO_WORDS, &msg));
	size = region(&msg, 0)->size;
	ASSERT_LE(4096 * 4, size);
	/* One process may have half of it. */
	ASSERT_TRUE(parameter_write("max_user_bytes", 3 * size));
	kr = rpc(self->task, PORT_NAMES, NULL, NO_WORDS, &msg);
	EXPECT_TRUE(parameter_write("max_user_bytes", limit));
	EXPECT_EQ(KERN_RESOURCE_SHORTAGE, kr);
	EXPECT_EQ(0, object_excess("bytes"));
}

/* A set of one member, which comes and goes. */
struct restless {
	mach_port_name_t set;
	mach_port_name_t member;
	bool done;
};

static void *come_and_go(void *data)
{
	struct restless *restless = data;

	while (!__atomic_load_n(&restless->done, __ATOMIC_ACQUIRE)) {
		port_insert_member(restless->member, restless->set);
		port_extract_member(restless->member, restless->set);
	}
	return NULL;
}

/* A list that has become empty has memory, too: kmemleak tells if it is lost. */
TEST_F_TIMEOUT(server, member_may_go_while_it_is_listed, TEST_SLOW)
{
	struct restless restless = { .set = pset_new(), .member = port_new() };
	struct message msg;
	pthread_t thread;
	uint32_t count;

	ASSERT_EQ(0, pthread_create(&thread, NULL, come_and_go, &restless));
	for (int i = 0; i < 3000; i++) {
		ASSERT_EQ(KERN_SUCCESS,
			  rpc(self->task, PORT_GET_SET_STATUS, NULL,
			      WORDS(restless.set), &msg));
		count = *results(&msg, 0, 1);
		ASSERT_GE(1, count);
		ASSERT_EQ(!count, !region(&msg, 0)->address);
		ASSERT_EQ(4 * count, region(&msg, 0)->size);
		if (!count)
			continue;
		EXPECT_EQ(restless.member,
			  *(mach_port_name_t *)region(&msg, 0)->address);
		munmap(region(&msg, 0)->address, 4096);
	}
	__atomic_store_n(&restless.done, true, __ATOMIC_RELEASE);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, object_excess("bytes"));
}

/* Numbers that are the same in every run. */
static uint32_t random_number(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 33;
}

/*
 * A request with a random id, and random words and descriptors. Ids that have a
 * routine get the wrong port, so that none can succeed.
 */
static void make_random(struct message *msg, uint64_t *state,
			mach_port_name_t task, mach_port_name_t host,
			mach_port_name_t thread, mach_port_name_t other,
			mach_port_name_t reply)
{
	static const char data[100];
	mach_msg_id_t id = random_number(state) % 6001;
	mach_port_name_t port = id < 3000 ? task : host;
	struct argument argument = { .port = other };
	uint32_t word[30];
	struct words words = { word, random_number(state) % 30 };

	if (id / 100 != 36 && random_number(state) % 2)
		port = thread;
	for (uint32_t i = 0; i < words.count; i++)
		word[i] = random_number(state);
	switch (random_number(state) % 6) {
	case 0:
		argument.disposition = MAKE_SEND;
		break;
	case 1:
		argument.disposition = MAKE_SEND_ONCE;
		break;
	case 2:
		argument.port = port_new();
		argument.disposition = MOVE_RECEIVE;
		break;
	case 3:
		argument.memory = data;
		argument.size = random_number(state) % sizeof(data);
		break;
	default:
		make_request(msg, port, reply, id, NULL, words);
		return;
	}
	make_request(msg, port, reply, id, &argument, words);
}

/* S-79 */
TEST_F(server, random_requests_get_only_error_replies)
{
	mach_port_name_t thread = self_port(MACHIPC_SELF_THREAD);
	mach_port_name_t other = port_new();
	struct space_image image;
	uint64_t state = 79;
	struct message msg;
	mach_msg_id_t id;
	long ports, bytes;

	ASSERT_TRUE(space_read(&image));
	ports = object_count("ports");
	bytes = object_count("bytes");
	for (int i = 0; i < 1000; i++) {
		make_random(&msg, &state, self->task, self->host, thread, other,
			    self->reply);
		id = msg.head.msgh_id;
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&msg));
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->reply, &msg));
		ASSERT_EQ(REPLY_ID(id), msg.head.msgh_id);
		ASSERT_EQ(36, msg.head.msgh_size);
		ASSERT_NE(KERN_SUCCESS, (int)msg.word[2]);
		/* A send-once right that died unused. */
		while (msg_receive_id(other) == MACH_NOTIFY_SEND_ONCE)
			;
	}
	EXPECT_TRUE(space_is(&image));
	EXPECT_EQ(ports, object_count("ports"));
	EXPECT_EQ(bytes, object_count("bytes"));
}

TEST_HARNESS_MAIN
