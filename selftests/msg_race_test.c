// SPDX-License-Identifier: GPL-2.0
/*
 * A sender that changes the header of its message and its body while they are
 * read: what arrives is one message, in which all parts belong together.
 */
#include "port_utils.h"

#define ROUNDS		20000
#define ROUNDS_MS	2500

FIXTURE(msg_race) {
	mach_port_name_t port[2];	/* R+S: the destinations */
	mach_port_name_t reply;		/* R */
	mach_port_name_t body;		/* R+S */
	struct message msg;
	struct message rcv;
	pthread_t thread;
	bool stop;
};

#define store(at, value)	__atomic_store_n(at, value, __ATOMIC_RELAXED)

/* Each word is written whole, but no two of them at the same time. */
static void change(FIXTURE_DATA(msg_race) *self, unsigned int turn)
{
	static const mach_msg_bits_t bits[] = {
		MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
			       MACH_MSG_TYPE_MAKE_SEND_ONCE),
		MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
		MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND_ONCE,
			       MACH_MSG_TYPE_MAKE_SEND),
		MACH_MSGH_BITS_COMPLEX |
		MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
			       MACH_MSG_TYPE_MAKE_SEND_ONCE),
	};
	struct message *msg = &self->msg;

	switch (turn % 6) {
	case 0:
		store(&msg->head.msgh_bits, bits[turn / 6 % ARRAY_SIZE(bits)]);
		break;
	case 1:
		store(&msg->head.msgh_remote_port, self->port[turn / 6 % 2]);
		break;
	case 2:
		store(&msg->head.msgh_local_port,
		      turn / 6 % 3 ? self->reply : MACH_PORT_NULL);
		break;
	case 3:
		store(&msg->head.msgh_size, turn);
		break;
	case 4:
		store(&msg->count, turn / 6 % 4);
		break;
	case 5:
		store(&msg->port[0].disposition,
		      turn / 6 % 3 ? MACH_MSG_TYPE_COPY_SEND :
				     MACH_MSG_TYPE_MAKE_SEND_ONCE);
		break;
	}
}

static void *disturb(void *data)
{
	FIXTURE_DATA(msg_race) *self = data;

	for (unsigned int turn = 0;
	     !__atomic_load_n(&self->stop, __ATOMIC_RELAXED); turn++)
		change(self, turn);
	return NULL;
}

FIXTURE_SETUP(msg_race)
{
	ASSERT_TRUE(objects_settled());
	ASSERT_EQ(0, space_open());
	self->port[0] = port_new_send();
	self->port[1] = port_new_send();
	self->reply = port_new();
	self->body = port_new_send();
	message_init(&self->msg, self->port[0], MACH_MSG_TYPE_COPY_SEND,
		     self->reply, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message_add_port(&self->msg, self->body, MACH_MSG_TYPE_COPY_SEND);
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, disturb, self));
}

FIXTURE_TEARDOWN(msg_race)
{
}

/* Whether a name is what a disposition says, and gives it up. */
static bool is_right(mach_port_name_t name, uint32_t disposition)
{
	switch (disposition) {
	case MACH_MSG_TYPE_PORT_SEND:
		return name == MACH_PORT_NULL ||
		       (port_type(name) & MACH_PORT_TYPE_SEND &&
			!port_deallocate(name));
	case MACH_MSG_TYPE_PORT_SEND_ONCE:
		return name == MACH_PORT_NULL ||
		       (port_type(name) == MACH_PORT_TYPE_SEND_ONCE &&
			!port_deallocate(name));
	default:
		return disposition == 0 && name == MACH_PORT_NULL;
	}
}

/* Returns what does not belong together. */
static const char *look_at(struct message *msg, mach_port_name_t port)
{
	const mach_msg_bits_t bits = msg->head.msgh_bits;

	if (bits & ~(MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(0x1f, 0x1f)))
		return "bits";
	if (msg->head.msgh_size != 28 + 12)
		return "size";
	if (msg->head.msgh_local_port != port)
		return "local port";
	if (MACH_MSGH_BITS_LOCAL(bits) != MACH_MSG_TYPE_PORT_SEND &&
	    MACH_MSGH_BITS_LOCAL(bits) != MACH_MSG_TYPE_PORT_SEND_ONCE)
		return "local disposition";
	if (!is_right(msg->head.msgh_remote_port, MACH_MSGH_BITS_REMOTE(bits)))
		return "reply";
	if (!(bits & MACH_MSGH_BITS_COMPLEX) || !msg->count)
		return NULL;
	if (msg->count != 1)
		return "count";
	if (!is_right(msg->port[0].name, msg->port[0].disposition))
		return "descriptor";
	return NULL;
}

/* All that came back because nobody used it. */
static void drain(mach_port_name_t port)
{
	struct message msg;

	while (msg_receive(port, &msg) == MACH_MSG_SUCCESS)
		;
}

TEST_F(msg_race, parts_of_a_message_belong_together)
{
	uint64_t end = now_ms() + ROUNDS_MS;
	uint32_t names = name_count();
	int delivered = 0;

	for (int i = 0; i < ROUNDS && now_ms() < end; i++) {
		const char *wrong = NULL;
		mach_msg_return_t mr;

		mr = msg_trap(&self->msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
			      28 + 12, 0, MACH_PORT_NULL, 0);
		ASSERT_TRUE(mr == MACH_MSG_SUCCESS ||
			    mr == MACH_SEND_INVALID_HEADER ||
			    mr == MACH_SEND_MSG_TOO_SMALL)
			TH_LOG("0x%x", mr);
		for (int j = 0; j < 2 && !wrong; j++) {
			if (msg_receive(self->port[j], &self->rcv))
				continue;
			delivered++;
			wrong = look_at(&self->rcv, self->port[j]);
		}
		ASSERT_EQ(NULL, wrong)
			TH_LOG("%s", wrong);
		drain(self->reply);
		drain(self->body);
	}
	__atomic_store_n(&self->stop, true, __ATOMIC_RELAXED);
	pthread_join(self->thread, NULL);

	EXPECT_LT(0, delivered);
	EXPECT_EQ(names, name_count());
	EXPECT_EQ(1, port_send_refs(self->port[0]));
	EXPECT_EQ(1, port_send_refs(self->port[1]));
	EXPECT_EQ(1, port_send_refs(self->body));
	EXPECT_EQ(MACH_PORT_TYPE_RECEIVE, port_type(self->reply));
	EXPECT_EQ(0, object_excess("kmsgs"));
	EXPECT_EQ(0, object_excess("bytes"));
}

TEST_HARNESS_MAIN
