// SPDX-License-Identifier: GPL-2.0
/*
 * The requests that machbootstrapd serves, and who may make them.
 *
 * All decisions are made by the effective user in the audit token, which the
 * kernel writes at the moment of the send. The names of root are for all to
 * see; those of any other user are for that user only. Root reads them where
 * it names the user, and never gets one by asking for a name that the system
 * happens to lack: that service could be anybody's.
 */

#include <stddef.h>
#include <string.h>
#include <mach/mach_error.h>
#include "discard.h"
#include "log.h"
#include "requests.h"
#include "services.h"

static bool allow_all;

void requests_init(bool allow)
{
	allow_all = allow;
}

/**
 * struct answer - what goes into a reply, if not just a code
 * @port: the name of a right, or MACH_PORT_NULL
 * @disposition: how the right gets into the message
 * @listed: a line of the list, or NULL
 */
struct answer {
	mach_port_t port;
	mach_msg_type_name_t disposition;
	const struct service *listed;
};

/* A name of root means the same service to everybody. */
static struct service *find_for(const struct client *client, const char *name)
{
	struct service *service = service_find(name, 0);

	if (!service && client->uid != 0)
		service = service_find(name, client->uid);
	if (!service && allow_all)
		service = service_find_any(name);
	return service;
}

/* What the client may not take: its own user's names, and those of root. */
static bool is_taken(const struct client *client, const char *name)
{
	return service_find(name, 0) || service_find(name, client->uid);
}

static kern_return_t serve_check_in(const struct client *client,
				    union request *request,
				    struct answer *answer)
{
	const char *name = request->name.name;
	mach_port_t task = mach_task_self();
	struct service *service = NULL;
	mach_port_t port;
	kern_return_t kr;

	if (is_taken(client, name))
		return BOOTSTRAP_SERVICE_ACTIVE;
	kr = mach_port_allocate(task, MACH_PORT_RIGHT_RECEIVE, &port);
	if (kr != KERN_SUCCESS)
		return BOOTSTRAP_NO_MEMORY;
	kr = mach_port_insert_right(task, port, port, MACH_MSG_TYPE_MAKE_SEND);
	if (kr == KERN_SUCCESS)
		service = service_insert(name, client->uid, port);
	if (!service) {
		mach_port_destroy(task, port);
		return BOOTSTRAP_NO_MEMORY;
	}
	service->checked_in = true;

	/* Where the client is gone the port dies, and the name with it. */
	answer->port = port;
	answer->disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	return KERN_SUCCESS;
}

static kern_return_t serve_register(const struct client *client,
				    union request *request,
				    struct answer *answer)
{
	mach_msg_port_descriptor_t *right = &request->service.service;
	const char *name = request->service.name;

	(void)answer;
	if (right->type != MACH_MSG_PORT_DESCRIPTOR ||
	    right->disposition != MACH_MSG_TYPE_PORT_SEND)
		return MIG_TYPE_ERROR;
	if (!MACH_PORT_VALID(right->name))
		return KERN_INVALID_ARGUMENT;
	if (is_taken(client, name))
		return BOOTSTRAP_NAME_IN_USE;
	if (!service_insert(name, client->uid, right->name))
		return BOOTSTRAP_NO_MEMORY;
	/* The reference is the table's now. */
	right->name = MACH_PORT_NULL;
	return KERN_SUCCESS;
}

static kern_return_t serve_look_up(const struct client *client,
				   union request *request,
				   struct answer *answer)
{
	const char *name = request->look_up.name;
	uid_t user = request->look_up.user;
	struct service *service;

	if (user == BOOTSTRAP_ANY_USER)
		service = find_for(client, name);
	else if (user == client->uid || client->uid == 0 || allow_all)
		service = service_find(name, user);
	else
		return BOOTSTRAP_NOT_PRIVILEGED;
	if (!service)
		return BOOTSTRAP_UNKNOWN_SERVICE;

	answer->port = service->port;
	answer->disposition = MACH_MSG_TYPE_COPY_SEND;
	return KERN_SUCCESS;
}

static kern_return_t serve_check_out(const struct client *client,
				     union request *request,
				     struct answer *answer)
{
	struct service *service;

	(void)answer;
	service = service_find(request->name.name, client->uid);
	if (!service)
		return BOOTSTRAP_UNKNOWN_SERVICE;
	if (service->checked_in)
		return BOOTSTRAP_SERVICE_ACTIVE;
	service_remove(service);
	return KERN_SUCCESS;
}

static kern_return_t serve_status(const struct client *client,
				  union request *request,
				  struct answer *answer)
{
	(void)answer;
	if (!find_for(client, request->name.name))
		return BOOTSTRAP_UNKNOWN_SERVICE;
	return KERN_SUCCESS;
}

/* The list has what look-ups would find: for root that is any user's name. */
static kern_return_t serve_next(const struct client *client,
				union request *request, struct answer *answer)
{
	answer->listed = service_next(request->next.name, request->next.user,
				      client->uid,
				      client->uid == 0 || allow_all);
	return answer->listed ? KERN_SUCCESS : BOOTSTRAP_UNKNOWN_SERVICE;
}

/**
 * struct routine - one kind of request
 * @id: its msgh_id
 * @verb: its name in the log
 * @size: its one right size
 * @name: where its service name is
 * @descriptors: how many descriptors it has
 * @lists: one of many calls that read a list: the name may be empty, and
 *	only the last call is logged
 * @serve: does what it asks; the form and the name have been checked
 */
struct routine {
	mach_msg_id_t id;
	const char *verb;
	mach_msg_size_t size;
	size_t name;
	unsigned int descriptors;
	bool lists;
	kern_return_t (*serve)(const struct client *client,
			       union request *request, struct answer *answer);
};

#define ROUTINE(_id, _verb, _serve, _type, _descriptors) {	\
	.id = _id,						\
	.verb = _verb,						\
	.size = sizeof(struct _type),				\
	.name = offsetof(struct _type, name),			\
	.descriptors = _descriptors,				\
	.serve = _serve,					\
}

static const struct routine routines[] = {
	ROUTINE(BOOTSTRAP_ID_CHECK_IN, "check in", serve_check_in,
		bootstrap_name_request, 0),
	ROUTINE(BOOTSTRAP_ID_LOOK_UP, "look up", serve_look_up,
		bootstrap_look_up_request, 0),
	ROUTINE(BOOTSTRAP_ID_CHECK_OUT, "check out", serve_check_out,
		bootstrap_name_request, 0),
	ROUTINE(BOOTSTRAP_ID_STATUS, "status", serve_status,
		bootstrap_name_request, 0),
	ROUTINE(BOOTSTRAP_ID_REGISTER, "register", serve_register,
		bootstrap_register_request, 1),
	{
		.id = BOOTSTRAP_ID_NEXT,
		.verb = "list",
		.size = sizeof(struct bootstrap_next_request),
		.name = offsetof(struct bootstrap_next_request, name),
		.lists = true,
		.serve = serve_next,
	},
	{}
};

static const struct routine *find_routine(mach_msg_id_t id)
{
	const struct routine *routine;

	for (routine = routines; routine->verb; routine++) {
		if (routine->id == id)
			return routine;
	}
	return NULL;
}

static bool has_form(const union request *request, const struct routine *routine)
{
	bool complex = request->head.msgh_bits & MACH_MSGH_BITS_COMPLEX;

	if (request->head.msgh_size != routine->size)
		return false;
	if (!routine->descriptors)
		return !complex;
	return complex && request->service.body.msgh_descriptor_count ==
			  routine->descriptors;
}

static void log_result(const struct client *client,
		       const struct routine *routine, const char *name,
		       kern_return_t kr)
{
	if (!routine->lists)
		log_event("uid %u pid %d: %s %s: %s", client->uid, client->pid,
			  routine->verb, name, bootstrap_strerror(kr));
	else if (kr != KERN_SUCCESS)
		log_event("uid %u pid %d: %s read", client->uid, client->pid,
			  routine->verb);
}

static kern_return_t dispatch(union request *request,
			      const struct client *client,
			      struct answer *answer)
{
	const struct routine *routine = find_routine(request->head.msgh_id);
	const char *name;
	kern_return_t kr;

	if (!routine) {
		log_event("uid %u pid %d: message with unknown id %d refused",
			  client->uid, client->pid, request->head.msgh_id);
		return MIG_BAD_ID;
	}
	if (!has_form(request, routine)) {
		log_event("uid %u pid %d: %s: message of wrong form refused",
			  client->uid, client->pid, routine->verb);
		return MIG_BAD_ARGUMENTS;
	}
	name = (const char *)request + routine->name;
	if (!bootstrap_name_is_valid(name) &&
	    !(routine->lists && !name[0])) {
		log_event("uid %u pid %d: %s: name refused",
			  client->uid, client->pid, routine->verb);
		return KERN_INVALID_ARGUMENT;
	}
	kr = routine->serve(client, request, answer);
	log_result(client, routine, name, kr);
	return kr;
}

/* The reply goes where the request says, by the very right that came with it. */
static mach_msg_header_t reply_head(const mach_msg_header_t *request,
				    mach_msg_size_t size)
{
	return (mach_msg_header_t) {
		.msgh_bits =
			MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(request->msgh_bits),
				       0),
		.msgh_size = size,
		.msgh_remote_port = request->msgh_remote_port,
		.msgh_id = BOOTSTRAP_REPLY(request->msgh_id),
	};
}

/*
 * Destroying a reply that could not be sent releases the right to the reply
 * port and, in the reply to a check-in, the receive right.
 */
static void send_reply(mach_msg_header_t *reply)
{
	mach_msg_return_t mr;

	mr = mach_msg(reply, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
		      reply->msgh_size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
	if (mr == MACH_MSG_SUCCESS)
		return;
	log_event("a reply is lost: %s", mach_error_string(mr));
	mach_msg_destroy(reply);
}

static void send_code(const mach_msg_header_t *request, kern_return_t kr)
{
	mig_reply_error_t reply = {
		.Head = reply_head(request, sizeof(reply)),
		.NDR = NDR_record,
		.RetCode = kr,
	};

	send_reply(&reply.Head);
}

static void send_port(const mach_msg_header_t *request,
		      const struct answer *answer)
{
	struct bootstrap_port_reply reply = {
		.head = reply_head(request, sizeof(reply)),
		.body.msgh_descriptor_count = 1,
		.service = {
			.name = answer->port,
			.disposition = answer->disposition,
			.type = MACH_MSG_PORT_DESCRIPTOR,
		},
	};

	reply.head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	send_reply(&reply.head);
}

static void send_line(const mach_msg_header_t *request,
		      const struct service *service)
{
	struct bootstrap_next_reply reply = {
		.head = reply_head(request, sizeof(reply)),
		.ndr = NDR_record,
		.code = KERN_SUCCESS,
		.user = service->uid,
	};

	memcpy(reply.name, service->name, sizeof(reply.name));
	send_reply(&reply.head);
}

/*
 * By the time of the reply all is done, and written to the log: the client sees
 * the effect of its request, and rights that no routine has asked for are gone.
 */
void request_serve(union request *request, const struct client *client)
{
	mach_msg_header_t head = request->head;
	struct answer answer = { .port = MACH_PORT_NULL };
	kern_return_t kr;

	if (!MACH_PORT_VALID(head.msgh_remote_port)) {
		log_event("uid %u pid %d: message without a reply port dropped",
			  client->uid, client->pid);
		discard_message(&request->head);
		return;
	}
	kr = dispatch(request, client, &answer);
	request->head.msgh_remote_port = MACH_PORT_NULL;
	discard_message(&request->head);

	if (answer.port != MACH_PORT_NULL)
		send_port(&head, &answer);
	else if (answer.listed)
		send_line(&head, answer.listed);
	else
		send_code(&head, kr);
}
