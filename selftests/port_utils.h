/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of names, rights, sets and notifications share: an entry in
 * each of its states, a picture of the space to compare, and notifications.
 */
#ifndef PORT_UTILS_H
#define PORT_UTILS_H

#include "machipc_utils.h"

#include <stdlib.h>

#define NOTE_NONE	(-1)

/*
 * Receives the next notification of @port without waiting. Returns its id, and
 * in @value the name or count that it carries; NOTE_NONE if there is none.
 */
static inline mach_msg_id_t
note_receive(mach_port_name_t port, uint32_t *value)
{
	struct message msg;

	*value = TEST_POISON;
	if (msg_receive(port, &msg))
		return NOTE_NONE;
	switch (msg.head.msgh_id) {
	case MACH_NOTIFY_PORT_DELETED:
	case MACH_NOTIFY_SEND_POSSIBLE:
	case MACH_NOTIFY_NO_SENDERS:
	case MACH_NOTIFY_DEAD_NAME:
		*value = message_notified(&msg);
		break;
	case MACH_NOTIFY_PORT_DESTROYED:
		*value = msg.port[0].name;
		break;
	}
	return msg.head.msgh_id;
}

/* Gives up the request for @id; @previous is its send-once right. */
static inline kern_return_t
port_cancel(mach_port_name_t name, mach_msg_id_t id, mach_port_name_t *previous)
{
	return port_request_notification(name, id, 0, MACH_PORT_NULL,
					 MACH_MSG_TYPE_MAKE_SEND_ONCE,
					 previous);
}

/* The state of one name, as ports.md 0.3 draws it. */
enum entry_state {
	ENTRY_FREE,
	ENTRY_R,
	ENTRY_S,
	ENTRY_RS,
	ENTRY_SO,
	ENTRY_PS,
	ENTRY_DN,
	ENTRY_S_DIED,	/* a send right of a dead port, not touched since */
	ENTRY_SO_DIED,	/* the same for a send-once right */
};

/* A receive right with @refs references of a send right under its name. */
static inline mach_port_name_t port_new_sends(uint32_t refs)
{
	mach_port_name_t name = port_new_send();

	if (port_mod_refs(name, MACH_PORT_RIGHT_SEND, refs - 1))
		return MACH_PORT_NULL;
	return name;
}

/* As port_new_parked(), with @refs references. */
static inline mach_port_name_t
port_new_parked_sends(mach_port_name_t parking, uint32_t refs)
{
	mach_port_name_t name = port_new_parked(parking);

	if (port_mod_refs(name, MACH_PORT_RIGHT_SEND, refs - 1))
		return MACH_PORT_NULL;
	return name;
}

/* Moves the receive right @name into the queue of @parking. */
static inline bool port_park(mach_port_name_t name, mach_port_name_t parking)
{
	return msg_send_right(parking, MACH_MSG_TYPE_MAKE_SEND, name,
			      MACH_MSG_TYPE_MOVE_RECEIVE) == MACH_MSG_SUCCESS;
}

/* Takes the right that the next message carries; its name. */
static inline mach_port_name_t port_take(mach_port_name_t port)
{
	struct message msg;

	if (msg_receive(port, &msg) || msg.count != 1)
		return TEST_POISON;
	return msg.port[0].name;
}

/* A name in @state, with @refs references if the state counts them. */
static inline mach_port_name_t
entry_new(enum entry_state state, uint32_t refs)
{
	mach_port_name_t name, once;

	switch (state) {
	case ENTRY_FREE:
		return stale_name();
	case ENTRY_R:
		return port_new();
	case ENTRY_S:
		return port_new_parked_sends(port_new(), refs);
	case ENTRY_RS:
		return port_new_sends(refs);
	case ENTRY_SO:
		return port_new_send_once(port_new());
	case ENTRY_PS:
		return pset_new();
	case ENTRY_DN:
		return dead_name_new(refs);
	case ENTRY_S_DIED:
		return port_new_dying(refs);
	case ENTRY_SO_DIED:
		name = port_new();
		once = port_new_send_once(name);
		return port_destroy(name) ? MACH_PORT_NULL : once;
	}
	return MACH_PORT_NULL;
}

/* Whether @name is in @state. A right of a dead port is a dead name by now. */
static inline bool
entry_is(mach_port_name_t name, enum entry_state state, uint32_t refs)
{
	uint64_t type = 0;
	kern_return_t kr = port_get_type(name, &type);

	switch (state) {
	case ENTRY_FREE:
		return kr == KERN_INVALID_NAME;
	case ENTRY_R:
		return type == MACH_PORT_TYPE_RECEIVE;
	case ENTRY_S:
		return type == MACH_PORT_TYPE_SEND &&
		       port_send_refs(name) == refs;
	case ENTRY_RS:
		return type == MACH_PORT_TYPE_SEND_RECEIVE &&
		       port_send_refs(name) == refs;
	case ENTRY_SO:
		return type == MACH_PORT_TYPE_SEND_ONCE;
	case ENTRY_PS:
		return type == MACH_PORT_TYPE_PORT_SET;
	case ENTRY_DN:
		return type == MACH_PORT_TYPE_DEAD_NAME &&
		       port_refs(name, MACH_PORT_RIGHT_DEAD_NAME) == refs;
	case ENTRY_S_DIED:
	case ENTRY_SO_DIED:
		break;
	}
	return false;
}

/* All names of the space with their types and user references. */
#define SPACE_IMAGE_MAX	64

struct space_image {
	uint32_t count;
	mach_port_name_t name[SPACE_IMAGE_MAX];
	mach_port_type_t type[SPACE_IMAGE_MAX];
	uint32_t refs[SPACE_IMAGE_MAX];
};

static inline bool space_read(struct space_image *image)
{
	memset(image, 0, sizeof(*image));
	image->count = SPACE_IMAGE_MAX;
	if (port_names(image->name, image->type, &image->count) ||
	    image->count > SPACE_IMAGE_MAX)
		return false;
	for (uint32_t i = 0; i < image->count; i++) {
		mach_port_right_t right = MACH_PORT_RIGHT_SEND;

		if (image->type[i] & MACH_PORT_TYPE_DEAD_NAME)
			right = MACH_PORT_RIGHT_DEAD_NAME;
		image->refs[i] = port_refs(image->name[i], right);
	}
	return true;
}

/* Whether nothing in the space has changed since the image was taken. */
static inline bool space_is(const struct space_image *image)
{
	struct space_image now;

	return space_read(&now) && !memcmp(&now, image, sizeof(now));
}

/* The type of @name with all request bits, as mach_port_names shows it. */
static inline mach_port_type_t port_listed_type(mach_port_name_t name)
{
	mach_port_name_t names[SPACE_IMAGE_MAX];
	mach_port_type_t types[SPACE_IMAGE_MAX];
	uint32_t count = SPACE_IMAGE_MAX;

	if (port_names(names, types, &count) || count > SPACE_IMAGE_MAX)
		return TEST_POISON;
	for (uint32_t i = 0; i < count; i++)
		if (names[i] == name)
			return types[i];
	return MACH_PORT_TYPE_NONE;
}

/* The exact number of send rights of the receive right @name. */
static inline uint32_t port_srights(mach_port_name_t name)
{
	uint64_t srights = TEST_POISON;

	port_get_srights(name, &srights);
	return srights;
}

static inline uint64_t port_context(mach_port_name_t name)
{
	uint64_t context = TEST_POISON;

	port_get_context(name, &context);
	return context;
}

/* Room in the queue of @name for more than a test puts there. */
static inline bool port_widen(mach_port_name_t name)
{
	return port_set_qlimit(name, MACH_PORT_QLIMIT_LARGE) == KERN_SUCCESS;
}

/*
 * A process with a port of its own. Its role begins with peer_hello(), which
 * opens the space and sends a right of the port to what the parent published.
 */
static inline mach_port_name_t peer_hello(mach_port_name_t *parent)
{
	mach_port_name_t own;

	*parent = child_connect();
	own = port_new();
	if (msg_send_right(*parent, MACH_MSG_TYPE_COPY_SEND, own,
			   MACH_MSG_TYPE_MAKE_SEND))
		return MACH_PORT_NULL;
	return own;
}

/* @queue is what was published; @peer becomes a send right of the child. */
static inline pid_t
peer_start(struct __test_metadata *_metadata, mach_port_name_t queue,
	   mach_port_name_t *peer, child_role *role, void *data)
{
	pid_t pid = child_start(_metadata, role, data);
	struct message msg;

	*peer = MACH_PORT_NULL;
	if (!msg_receive_wait(queue, &msg) && msg.count == 1)
		*peer = msg.port[0].name;
	return pid;
}

#endif /* PORT_UTILS_H */
