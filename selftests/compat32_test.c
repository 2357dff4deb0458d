// SPDX-License-Identifier: GPL-2.0
/*
 * Messages between programs of 32 and 64 bits. This source makes a program of
 * either width, and each runs the other one as its peer: what the one sends,
 * the other receives in the layout of its own width.
 */
#include "ool_utils.h"

#include <limits.h>

#if UINTPTR_MAX > 0xffffffffU
#define PEER	"compat32_test"
typedef mach_msg_ool_descriptor32_t peer_ool_t;
typedef mach_msg_ool_ports_descriptor32_t peer_ool_ports_t;
#else
#define PEER	"compat64_test"
typedef mach_msg_ool_descriptor64_t peer_ool_t;
typedef mach_msg_ool_ports_descriptor64_t peer_ool_ports_t;
#endif

/* What main() does in place of the tests. */
#define ROLE_PEER	"peer"

/* What a descriptor of memory or of ports is longer there than here. */
#define GROWTH	((int)sizeof(peer_ool_t) - \
		 (int)sizeof(mach_msg_ool_descriptor_t))

#define REGION_SIZE	5000
#define MANY		50

/* A message of one of these kinds is made and checked by either program. */
enum kind {
	KIND_REGION,	/* one region */
	KIND_RIGHTS,	/* three rights */
	KIND_MIXED,	/* descriptors of all kinds */
	KIND_MANY,	/* so many regions that the peer's layout differs much */
	KIND_COUNT,
};

static const int wide_descriptors[KIND_COUNT] = { 1, 0, 5, MANY };

/* Inline data behind the descriptors. */
#define INLINE_SIZE	40

/* Fills a message to @dest, which goes as @type. @send: a send right. */
static void kind_make(struct message *msg, enum kind kind,
		      mach_port_name_t dest, mach_msg_type_name_t type,
		      mach_port_name_t send)
{
	static mach_port_name_t names[3];
	static char data[REGION_SIZE];

	names[0] = MACH_PORT_DEAD;
	names[2] = send;
	pattern_fill(data, sizeof(data), 1);
	message_init(msg, dest, type, MACH_PORT_NULL, 0);
	msg->head.msgh_id = kind;
	switch (kind) {
	case KIND_REGION:
		message_add_ool(msg, data, REGION_SIZE, VIRTUAL, 0)->pad1 = 7;
		break;
	case KIND_RIGHTS:
		for (int i = 0; i < 3; i++)
			message_add_right(msg, send, COPY_SEND);
		break;
	case KIND_MIXED:
		message_add_right(msg, send, COPY_SEND);
		message_add_ool(msg, data, 1, PHYSICAL, 0)->type =
			MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
		message_add_ool_ports(msg, names, 3, COPY_SEND, 0);
		message_add_ool(msg, data, 0, VIRTUAL, 0);
		message_add_right(msg, MACH_PORT_NULL, COPY_SEND);
		message_add_ool(msg, data, REGION_SIZE, VIRTUAL, 0);
		message_add_ool_ports(msg, NULL, 0, COPY_SEND, 0);
		break;
	default:
		for (int i = 0; i < MANY; i++)
			message_add_ool(msg, data, i, i % 2, 0);
	}
	pattern_fill(message_trailer(msg), INLINE_SIZE, 2);
	msg->head.msgh_size += INLINE_SIZE;
}

/* Size of a message of @kind for this program. */
static mach_msg_size_t kind_size(enum kind kind)
{
	static const int rights[KIND_COUNT] = { 0, 3, 2, 0 };

	return 28 + rights[kind] * sizeof(mach_msg_port_descriptor_t) +
	       wide_descriptors[kind] * sizeof(mach_msg_ool_descriptor_t) +
	       INLINE_SIZE;
}

/* The same for the peer. */
static mach_msg_size_t kind_peer_size(enum kind kind)
{
	return kind_size(kind) + wide_descriptors[kind] * GROWTH;
}

static bool is_region(struct message *msg, uint32_t index, uint8_t type,
		      uint8_t copy, uint32_t size)
{
	const mach_msg_ool_descriptor_t *ool = message_ool(msg, index);

	/* What was copied virtually, or not, is to be deallocated, or not. */
	if (ool->type != type || ool->copy != copy ||
	    ool->deallocate != copy || ool->pad1 || ool->size != size)
		return false;
	if (!size)
		return !ool->address;
	return pattern_is(ool->address, size, 1) &&
	       is_surrounded_by_zeros(ool->address, size);
}

static bool is_right(struct message *msg, uint32_t index, bool null)
{
	const mach_msg_port_descriptor_t *right = message_right(msg, index);

	if (right->type || right->disposition != 17 || right->pad1 ||
	    right->pad2)
		return false;
	return null ? right->name == MACH_PORT_NULL :
		      port_type(right->name) & MACH_PORT_TYPE_SEND;
}

static bool is_array(struct message *msg, uint32_t index, uint32_t count)
{
	const mach_msg_ool_ports_descriptor_t *ports =
		message_ool_ports(msg, index);
	const mach_port_name_t *names = ports->address;

	if (ports->type != MACH_MSG_OOL_PORTS_DESCRIPTOR || ports->copy != 1 ||
	    ports->deallocate != 1 || ports->disposition != 17 ||
	    ports->count != count)
		return false;
	if (!count)
		return !ports->address;
	return names[0] == MACH_PORT_DEAD && names[1] == MACH_PORT_NULL &&
	       port_type(names[2]) & MACH_PORT_TYPE_SEND;
}

static bool has_kind(struct message *msg, enum kind kind)
{
	bool good;

	switch (kind) {
	case KIND_REGION:
		return msg->count == 1 && is_region(msg, 0, 1, 1, REGION_SIZE);
	case KIND_RIGHTS:
		return msg->count == 3 && is_right(msg, 0, false) &&
		       is_right(msg, 1, false) && is_right(msg, 2, false);
	case KIND_MIXED:
		return msg->count == 7 && is_right(msg, 0, false) &&
		       is_region(msg, 1, 3, 0, 1) && is_array(msg, 2, 3) &&
		       is_region(msg, 3, 1, 1, 0) && is_right(msg, 4, true) &&
		       is_region(msg, 5, 1, 1, REGION_SIZE) &&
		       is_array(msg, 6, 0);
	default:
		good = msg->count == MANY;
		for (int i = 0; good && i < MANY; i++)
			good = is_region(msg, i, 1, i % 2, i);
		return good;
	}
}

/* Whether a received message is as it should be for this program. */
static bool is_kind(struct message *msg, enum kind kind)
{
	return msg->head.msgh_id == kind &&
	       msg->head.msgh_bits & MACH_MSGH_BITS_COMPLEX &&
	       msg->head.msgh_size == kind_size(kind) && has_kind(msg, kind) &&
	       pattern_is(message_trailer(msg) - INLINE_SIZE, INLINE_SIZE, 2);
}

/* Elements of a trailer, and the sizes of the trailers that they make here. */
static mach_msg_size_t trailer_size(int elements)
{
	static const mach_msg_size_t sizes[] = { 8, 12, 20, 52 };

	if (elements < ARRAY_SIZE(sizes))
		return sizes[elements];
	return (elements == 4 ? 52 : 60) + sizeof(void *);
}

/* Whether the buffer is as it was behind a message and its trailer. */
static bool is_canary(const struct message *msg, size_t from)
{
	return bytes_are((const char *)msg + from, sizeof(*msg) - from, 0xa5);
}

/* What the peer is asked to do. */
enum verb {
	VERB_SEND = 100,	/* send a message of a kind */
	VERB_RECEIVE,		/* receive one, and report what it looks like */
};

struct order {
	mach_msg_header_t head;
	uint32_t kind;
	uint32_t option;	/* of the receive */
	uint32_t size;		/* of the receive buffer */
};

struct report {
	mach_msg_header_t head;
	mach_msg_return_t mr;
	uint32_t word_size;	/* of the peer */
	uint32_t good;		/* the message is of the kind that was said */
	uint8_t raw[800];	/* the receive buffer, 0xa5 before */
};

static void peer_receive(struct __test_metadata *_metadata,
			 mach_port_name_t own, mach_port_name_t parent,
			 const struct order *order)
{
	struct report report = {
		.head.msgh_bits = COPY_SEND,
		.head.msgh_remote_port = parent,
		.word_size = sizeof(void *),
	};
	struct message msg;

	memset(&msg, 0xa5, sizeof(msg));
	report.mr = msg_trap(&msg, MACH_RCV_MSG | MACH_RCV_TIMEOUT |
			     order->option, 0, order->size, own, TEST_PATIENCE);
	memcpy(report.raw, &msg, sizeof(report.raw));
	/* A message that stayed in the queue is received after all. */
	if (report.mr == MACH_RCV_TOO_LARGE && order->option & MACH_RCV_LARGE)
		EXPECT_EQ(MACH_MSG_SUCCESS, msg_receive(own, &msg));
	if (report.mr == MACH_MSG_SUCCESS || order->option & MACH_RCV_LARGE)
		report.good = is_kind(&msg, order->kind);
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_trap(&report, MACH_SEND_MSG, sizeof(report), 0, 0, 0));
}

/* Does what it is told until the parent's port has died. */
static void peer_role(struct __test_metadata *_metadata)
{
	mach_port_name_t parent, own = peer_hello(&parent);
	mach_port_name_t send = port_new_send();
	union {
		struct message msg;
		struct order order;
	} rcv;

	ASSERT_NE(MACH_PORT_NULL, own);
	ASSERT_EQ(KERN_SUCCESS,
		  port_notify(parent, MACH_NOTIFY_DEAD_NAME, 0, own));
	for (;;) {
		struct message msg;

		ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive_wait(own, &rcv.msg));
		switch (rcv.msg.head.msgh_id) {
		case VERB_SEND:
			kind_make(&msg, rcv.order.kind, parent, COPY_SEND,
				  send);
			ASSERT_EQ(MACH_MSG_SUCCESS,
				  msg_trap(&msg, MACH_SEND_MSG,
					   msg.head.msgh_size, 0, 0, 0));
			break;
		case VERB_RECEIVE:
			peer_receive(_metadata, own, parent, &rcv.order);
			break;
		default:
			ASSERT_EQ(MACH_NOTIFY_DEAD_NAME,
				  rcv.msg.head.msgh_id);
			return;
		}
	}
}

/* Executes the program of the other width, which lies beside this one. */
static void execute_peer(struct __test_metadata *_metadata, void *data)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 32);

	ASSERT_LT(0, length);
	path[length] = 0;
	strcpy(strrchr(path, '/') + 1, PEER);
	execl(path, PEER, ROLE_PEER, NULL);
	ASSERT_EQ(0, errno);
}

FIXTURE(compat) {
	mach_port_name_t port;		/* R, what the peer sends to */
	mach_port_name_t peer;		/* S(1), what it receives from */
	mach_port_name_t send;		/* S(1), for messages */
	pid_t pid;
	struct message msg;
	struct message rcv;
	struct report report;
};

FIXTURE_SETUP(compat)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	self->send = port_new_parked(port_new());
	ASSERT_TRUE(parent_publish(self->port));
	self->pid = peer_start(_metadata, self->port, &self->peer,
			       execute_peer, NULL);
	ASSERT_EQ(MACH_PORT_TYPE_SEND, port_type(self->peer));
}

FIXTURE_TEARDOWN(compat)
{
	port_destroy(self->port);
	EXPECT_TRUE(child_wait(self->pid));
}

static mach_msg_return_t
give_order(FIXTURE_DATA(compat) *self, enum verb verb, enum kind kind,
	   mach_msg_option_t option, mach_msg_size_t size)
{
	struct order order = {
		.head.msgh_bits = COPY_SEND,
		.head.msgh_remote_port = self->peer,
		.head.msgh_id = verb,
		.kind = kind,
		.option = option,
		.size = size,
	};

	return msg_trap(&order, MACH_SEND_MSG, sizeof(order), 0, 0, 0);
}

/* Has the peer send a message of @kind. */
static mach_msg_return_t
from_peer(FIXTURE_DATA(compat) *self, enum kind kind, mach_msg_option_t option)
{
	mach_msg_return_t mr = give_order(self, VERB_SEND, kind, 0, 0);

	return mr ? mr : msg_receive_option(self->port, &self->rcv,
					    option | MACH_RCV_TIMEOUT,
					    TEST_PATIENCE);
}

/* Sends a message of @kind, and has the peer report how it receives it. */
static mach_msg_return_t
to_peer(FIXTURE_DATA(compat) *self, enum kind kind, mach_msg_option_t option,
	mach_msg_size_t size)
{
	mach_msg_return_t mr = give_order(self, VERB_RECEIVE, kind, option,
					  size);
	union {
		struct message msg;
		struct {
			struct report report;
			mach_msg_trailer_t trailer;
		};
	} rcv;

	if (mr)
		return mr;
	kind_make(&self->msg, kind, self->peer, COPY_SEND, self->send);
	mr = msg_trap(&self->msg, MACH_SEND_MSG, self->msg.head.msgh_size, 0,
		      0, 0);
	if (mr)
		return mr;
	mr = msg_receive_wait(self->port, &rcv.msg);
	self->report = rcv.report;
	return mr;
}

/* The message as it lies in the peer's buffer. */
static mach_msg_header_t *peer_head(FIXTURE_DATA(compat) *self)
{
	return (mach_msg_header_t *)self->report.raw;
}

/* M-1 */
TEST_F(compat, layouts_are_those_of_the_width)
{
	EXPECT_EQ(24, sizeof(mach_msg_header_t));
	EXPECT_EQ(28, sizeof(mach_msg_base_t));
	EXPECT_EQ(12, sizeof(mach_msg_port_descriptor_t));
	EXPECT_EQ(8 + sizeof(void *), sizeof(mach_msg_ool_descriptor_t));
	EXPECT_EQ(8 + sizeof(void *), sizeof(mach_msg_ool_ports_descriptor_t));
	EXPECT_EQ(52 + sizeof(void *), sizeof(mach_msg_context_trailer_t));
	EXPECT_EQ(60 + sizeof(void *), sizeof(mach_msg_max_trailer_t));
	ASSERT_EQ(MACH_MSG_SUCCESS, to_peer(self, KIND_RIGHTS, 0, 1024));
	EXPECT_EQ(12 - sizeof(void *), self->report.word_size);
}

/* M-12 */
TEST_F(compat, region_changes_the_size_of_a_message)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, to_peer(self, KIND_REGION, 0, 1024));
	ASSERT_EQ(MACH_MSG_SUCCESS, self->report.mr);
	EXPECT_EQ(4, abs(GROWTH));
	EXPECT_EQ(self->msg.head.msgh_size + GROWTH,
		  peer_head(self)->msgh_size);
	EXPECT_TRUE(self->report.good);
}

/* M-12 */
TEST_F(compat, region_of_the_peer_changes_the_size_of_a_message)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, from_peer(self, KIND_REGION, 0));
	EXPECT_EQ(28 + 8 + sizeof(void *) + INLINE_SIZE,
		  self->rcv.head.msgh_size);
	EXPECT_TRUE(is_kind(&self->rcv, KIND_REGION));
}

/* M-12 */
TEST_F(compat, rights_do_not_change_the_size_of_a_message)
{
	ASSERT_EQ(MACH_MSG_SUCCESS, to_peer(self, KIND_RIGHTS, 0, 1024));
	ASSERT_EQ(MACH_MSG_SUCCESS, self->report.mr);
	EXPECT_EQ(self->msg.head.msgh_size, peer_head(self)->msgh_size);
	EXPECT_TRUE(self->report.good);
	ASSERT_EQ(MACH_MSG_SUCCESS, from_peer(self, KIND_RIGHTS, 0));
	EXPECT_EQ(self->msg.head.msgh_size, self->rcv.head.msgh_size);
	EXPECT_TRUE(is_kind(&self->rcv, KIND_RIGHTS));
}

/* M-134 */
TEST_F(compat, descriptors_of_all_kinds_are_converted)
{
	for (enum kind kind = KIND_MIXED; kind <= KIND_MANY; kind++) {
		ASSERT_EQ(MACH_MSG_SUCCESS, to_peer(self, kind, 0, 1024));
		ASSERT_EQ(MACH_MSG_SUCCESS, self->report.mr);
		EXPECT_EQ(kind_peer_size(kind), peer_head(self)->msgh_size);
		EXPECT_TRUE(self->report.good);
		ASSERT_EQ(MACH_MSG_SUCCESS, from_peer(self, kind, 0));
		EXPECT_EQ(kind_size(kind), self->rcv.head.msgh_size);
		EXPECT_TRUE(is_kind(&self->rcv, kind));
	}
}

/* M-9 */
TEST_F(compat, descriptors_have_the_layout_of_the_receiver)
{
	peer_ool_t ool;
	peer_ool_ports_t ports;

	ASSERT_EQ(MACH_MSG_SUCCESS, to_peer(self, KIND_REGION, 0, 1024));
	memcpy(&ool, self->report.raw + 28, sizeof(ool));
	EXPECT_NE(0, ool.address);
	EXPECT_EQ(REGION_SIZE, ool.size);
	EXPECT_EQ(1, ool.deallocate);
	EXPECT_EQ(VIRTUAL, ool.copy);
	EXPECT_EQ(0, ool.pad1);
	EXPECT_EQ(MACH_MSG_OOL_DESCRIPTOR, ool.type);
	EXPECT_TRUE(pattern_is(self->report.raw + 28 + sizeof(ool),
			       INLINE_SIZE, 2));

	ASSERT_EQ(MACH_MSG_SUCCESS, to_peer(self, KIND_MIXED, 0, 1024));
	memcpy(&ports, self->report.raw + 28 + 12 + sizeof(ool),
	       sizeof(ports));
	EXPECT_NE(0, ports.address);
	EXPECT_EQ(3, ports.count);
	EXPECT_EQ(1, ports.deallocate);
	EXPECT_EQ(1, ports.copy);
	EXPECT_EQ(17, ports.disposition);
	EXPECT_EQ(MACH_MSG_OOL_PORTS_DESCRIPTOR, ports.type);
}

/* M-136, M-137 */
TEST_F(compat, trailer_has_the_size_of_the_width)
{
	for (int elements = 0; elements < 16; elements++) {
		const mach_msg_trailer_t *trailer;
		mach_msg_size_t size = trailer_size(elements);

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  from_peer(self, KIND_MIXED,
				    MACH_RCV_TRAILER_ELEMENTS(elements)));
		trailer = message_trailer(&self->rcv);
		EXPECT_EQ(MACH_MSG_TRAILER_FORMAT_0,
			  trailer->msgh_trailer_type);
		EXPECT_EQ(size, trailer->msgh_trailer_size)
			TH_LOG("elements %d", elements);
		EXPECT_TRUE(is_canary(&self->rcv,
				      kind_size(KIND_MIXED) + size));
		EXPECT_TRUE(is_kind(&self->rcv, KIND_MIXED));
	}
}

TEST_F(compat, last_words_of_the_trailer_are_those_of_the_width)
{
	const mach_msg_max_trailer_t *trailer;

	ASSERT_EQ(KERN_SUCCESS,
		  port_set_context(self->port, 0x1122334455667788));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  from_peer(self, KIND_REGION, MACH_RCV_TRAILER_ELEMENTS(8)));
	trailer = message_trailer(&self->rcv);
	EXPECT_EQ((mach_port_context_t)0x1122334455667788,
		  trailer->msgh_context);
	EXPECT_EQ(0, trailer->msgh_ad);
	EXPECT_EQ(0, trailer->msgh_labels.sender);
	EXPECT_EQ(self->pid, trailer->msgh_audit.val[5]);
}

/* M-106 */
TEST_F(compat, message_has_to_fit_as_the_receiver_sees_it)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		mach_msg_size_t size = kind_peer_size(kind) + 8;

		ASSERT_EQ(MACH_MSG_SUCCESS, to_peer(self, kind, 0, size));
		EXPECT_EQ(MACH_MSG_SUCCESS, self->report.mr);
		EXPECT_TRUE(self->report.good);
		ASSERT_EQ(MACH_MSG_SUCCESS, to_peer(self, kind, 0, size - 1));
		EXPECT_EQ(MACH_RCV_TOO_LARGE, self->report.mr);
	}
}

/* M-108 */
TEST_F(compat, large_message_is_reported_as_the_receiver_sees_it)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  to_peer(self, kind, MACH_RCV_LARGE,
				  kind_peer_size(kind) + 7));
		EXPECT_EQ(MACH_RCV_TOO_LARGE, self->report.mr);
		EXPECT_EQ(kind_peer_size(kind), peer_head(self)->msgh_size);
		EXPECT_TRUE(bytes_are(self->report.raw + 8,
				      sizeof(self->report.raw) - 8, 0xa5));
		EXPECT_TRUE(self->report.good);
	}
}

/* M-115 */
TEST_F(compat, large_message_is_reported_to_a_waiter_as_it_sees_it)
{
	struct msg_thread thread = {
		.option = MACH_RCV_MSG | MACH_RCV_LARGE,
		.rcv_size = kind_size(KIND_MIXED) + 7,
		.rcv_name = self->port,
	};

	ASSERT_TRUE(msg_thread_start(&thread));
	ASSERT_TRUE(wait_until_blocked(thread.tid));
	ASSERT_EQ(MACH_MSG_SUCCESS,
		  give_order(self, VERB_SEND, KIND_MIXED, 0, 0));
	EXPECT_EQ(MACH_RCV_TOO_LARGE, msg_thread_join(&thread));
	EXPECT_EQ(kind_size(KIND_MIXED), thread.msg.head.msgh_size);
	EXPECT_EQ(MACH_MSG_SUCCESS,
		  msg_receive_wait(self->port, &self->rcv));
	EXPECT_TRUE(is_kind(&self->rcv, KIND_MIXED));
}

/* M-112 */
TEST_F(compat, short_message_has_the_trailer_of_the_width)
{
	const mach_msg_option_t option = MACH_RCV_TRAILER_ELEMENTS(8);
	const mach_msg_size_t size = 72 - sizeof(void *) + 24;
	mach_msg_trailer_t trailer;

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  to_peer(self, KIND_MIXED, option, size + 1));
	EXPECT_EQ(MACH_RCV_TOO_LARGE, self->report.mr);
	EXPECT_EQ(24, peer_head(self)->msgh_size);
	memcpy(&trailer, self->report.raw + 24, sizeof(trailer));
	EXPECT_EQ(size - 24, trailer.msgh_trailer_size);
	EXPECT_TRUE(bytes_are(self->report.raw + size,
			      sizeof(self->report.raw) - size, 0xa5));
}

TEST_F(compat, trailer_of_the_peer_is_that_of_its_width)
{
	for (int elements = 0; elements < 16; elements++) {
		mach_msg_size_t size = kind_peer_size(KIND_REGION);
		mach_msg_trailer_t trailer;

		ASSERT_EQ(MACH_MSG_SUCCESS,
			  to_peer(self, KIND_REGION,
				  MACH_RCV_TRAILER_ELEMENTS(elements), 1024));
		memcpy(&trailer, self->report.raw + size, sizeof(trailer));
		size += trailer_size(elements) +
			(elements < 4 ? 0 : 12 - 2 * sizeof(void *));
		EXPECT_EQ(size - kind_peer_size(KIND_REGION),
			  trailer.msgh_trailer_size);
		EXPECT_TRUE(bytes_are(self->report.raw + size,
				      sizeof(self->report.raw) - size, 0xa5));
	}
}

FIXTURE(own) {
	mach_port_name_t port;		/* R */
	mach_port_name_t send;		/* S(1) */
	struct message msg;
	struct message rcv;
};

FIXTURE_SETUP(own)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port = port_new();
	self->send = port_new_parked(port_new());
	ool_init(&self->msg, self->port);
}

FIXTURE_TEARDOWN(own)
{
}

TEST_F(own, messages_of_all_kinds_arrive_in_the_same_width)
{
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		kind_make(&self->msg, kind, self->port, MAKE_SEND, self->send);
		ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
		ASSERT_EQ(MACH_MSG_SUCCESS,
			  msg_receive(self->port, &self->rcv));
		EXPECT_EQ(self->msg.head.msgh_size, self->rcv.head.msgh_size);
		EXPECT_TRUE(is_kind(&self->rcv, kind));
	}
}

TEST_F(own, message_comes_back_in_the_layout_of_its_sender)
{
	ASSERT_TRUE(port_fill(self->port));
	kind_make(&self->msg, KIND_MIXED, self->port, MAKE_SEND, self->send);
	memset(message_trailer(&self->msg), 0xa5,
	       sizeof(self->msg) - self->msg.head.msgh_size);
	EXPECT_EQ(MACH_SEND_TIMED_OUT, msg_send(&self->msg));
	EXPECT_EQ(self->port, self->msg.head.msgh_remote_port);
	EXPECT_TRUE(is_kind(&self->msg, KIND_MIXED));
	EXPECT_TRUE(is_canary(&self->msg, kind_size(KIND_MIXED)));

	/* It can be sent again as it is. */
	EXPECT_EQ(1, msg_receive_id(self->port));
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	for (int id = 2; id < 6; id++)
		EXPECT_EQ(id, msg_receive_id(self->port));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_TRUE(is_kind(&self->rcv, KIND_MIXED));
}

/* M-56 */
TEST_F(own, descriptor_is_as_long_as_the_width_says)
{
	message_add_ool(&self->msg, NULL, 0, VIRTUAL, 0);
	EXPECT_EQ(28 + 8 + sizeof(void *), self->msg.head.msgh_size);
	EXPECT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	self->msg.head.msgh_size -= 4;
	EXPECT_EQ(MACH_SEND_MSG_TOO_SMALL, msg_send(&self->msg));
}

/* M-63 */
TEST_F(own, region_beyond_the_end_of_the_addresses_is_invalid)
{
	for (int deallocate = 0; deallocate < 2; deallocate++) {
		EXPECT_EQ(MACH_SEND_INVALID_MEMORY,
			  ool_send(self->port, (void *)-PAGE, 2 * PAGE, VIRTUAL,
				   deallocate));
		EXPECT_EQ(MACH_SEND_INVALID_MEMORY,
			  ool_send(self->port, (void *)-1, 1, VIRTUAL,
				   deallocate));
	}
}

/* M-65 */
TEST_F(own, deallocate_removes_the_pages)
{
	char *data = pattern_new(4 * PAGE, 1);

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_send(self->port, data + PAGE, PAGE + 1, VIRTUAL, 1));
	EXPECT_EQ(0x9, pages_mapped(data, 4));
}

TEST_F(own, region_of_megabytes_arrives)
{
	const size_t size = 16 << 20;
	char *data = pattern_new(size, 3);

	ASSERT_EQ(MACH_MSG_SUCCESS,
		  ool_pass(&self->rcv, self->port, data, size, VIRTUAL, 1));
	EXPECT_EQ(size, message_ool(&self->rcv, 0)->size);
	EXPECT_TRUE(pattern_is(message_ool(&self->rcv, 0)->address, size, 3));
}

TEST_F(own, scatter_list_has_the_layout_of_the_width)
{
	char *place = pages_new(2 * PAGE);
	mach_msg_ool_descriptor_t *ool;
	struct machipc_msg arg = {
		.size = sizeof(arg),
		.option = MACH_RCV_MSG | MACH_RCV_TIMEOUT | MACH_RCV_OVERWRITE,
		.msg = (uintptr_t)&self->rcv,
		.rcv_size = sizeof(self->rcv),
		.rcv_name = self->port,
		.out_result = TEST_POISON,
	};

	kind_make(&self->msg, KIND_REGION, self->port, MAKE_SEND, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	message_init(&self->rcv, 0, 0, 0, 0);
	message_add_ool(&self->rcv, place, 2 * PAGE, MACH_MSG_OVERWRITE, 0);
	arg.scatter_size = self->rcv.head.msgh_size;
	ASSERT_EQ(0, machipc_ioctl(MACHIPC_IOC_MSG, &arg));
	EXPECT_EQ(MACH_MSG_SUCCESS, arg.out_result);
	ool = message_ool(&self->rcv, 0);
	EXPECT_EQ(place, ool->address);
	EXPECT_EQ(REGION_SIZE, ool->size);
	EXPECT_EQ(MACH_MSG_OVERWRITE, ool->copy);
	EXPECT_EQ(0, ool->deallocate);
	EXPECT_TRUE(pattern_is(place, REGION_SIZE, 1));
}

#ifdef __x86_64__
/* Calls the kernel as a 32-bit program does: it looks at the call. */
static int ioctl_as_32_bits(unsigned int cmd, struct machipc_msg *arg)
{
	int ret;

	asm volatile("int $0x80" : "=a" (ret)
		     : "a" (54), "b" (machipc_fd), "c" (cmd), "d" (arg)
		     : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

TEST_F(own, call_of_the_other_width_has_its_layout)
{
	struct machipc_msg *arg = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
				       -1, 0);
	peer_ool_t ool;

	ASSERT_NE(MAP_FAILED, arg);
	arg->size = sizeof(*arg);
	arg->option = MACH_RCV_MSG | MACH_RCV_TIMEOUT;
	arg->msg = (uintptr_t)&self->rcv;
	arg->rcv_size = kind_peer_size(KIND_REGION) + 8;
	arg->rcv_name = self->port;
	kind_make(&self->msg, KIND_REGION, self->port, MAKE_SEND, 0);
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_send(&self->msg));
	ASSERT_EQ(0, ioctl_as_32_bits(MACHIPC_IOC_MSG, arg));
	EXPECT_EQ(MACH_MSG_SUCCESS, arg->out_result);
	EXPECT_EQ(kind_peer_size(KIND_REGION), self->rcv.head.msgh_size);
	memcpy(&ool, self->rcv.port, sizeof(ool));
	EXPECT_EQ(REGION_SIZE, ool.size);
	EXPECT_TRUE(pattern_is((void *)(uintptr_t)ool.address, REGION_SIZE, 1));

	/* Sent so, it comes back as before. */
	arg->option = MACH_SEND_MSG;
	arg->send_size = self->rcv.head.msgh_size;
	self->rcv.head.msgh_bits = MACH_MSGH_BITS_COMPLEX | MAKE_SEND;
	self->rcv.head.msgh_remote_port = self->port;
	self->rcv.head.msgh_local_port = MACH_PORT_NULL;
	ASSERT_EQ(0, ioctl_as_32_bits(MACHIPC_IOC_MSG, arg));
	ASSERT_EQ(MACH_MSG_SUCCESS, arg->out_result);
	EXPECT_FALSE(is_mapped((void *)(uintptr_t)ool.address));
	ASSERT_EQ(MACH_MSG_SUCCESS, msg_receive(self->port, &self->rcv));
	EXPECT_TRUE(is_kind(&self->rcv, KIND_REGION));
}
#endif

#define main harness_main
TEST_HARNESS_MAIN
#undef main

static int be_peer(void)
{
	static struct __test_metadata metadata = { .passed = 1 };
	struct __test_metadata *_metadata = &metadata;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!setjmp(_metadata->env))
		peer_role(_metadata);
	return _metadata->passed && !_metadata->aborted ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], ROLE_PEER))
		_exit(be_peer());
	return harness_main(argc, argv);
}
