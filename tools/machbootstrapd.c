// SPDX-License-Identifier: GPL-2.0
/*
 * machbootstrapd - the bootstrap server: services by name
 *
 * An ordinary Mach program with two receive rights in one port set. On the
 * first come requests from clients; a send right to it is the bootstrap right
 * of the pid namespace. On the second come the kernel's notifications; nobody
 * else ever gets a right to it.
 */

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <mach/mach.h>
#include <mach/mach_error.h>
#include <machipc.h>
#include "discard.h"
#include "log.h"
#include "requests.h"
#include "services.h"
#include "supervisor.h"

/* More than a request or a notification, so that what is wrong can be seen. */
#define BUFFER_SIZE	1024

union buffer {
	mach_msg_header_t head;
	mach_dead_name_notification_t dead_name;
	union request request;
	char bytes[BUFFER_SIZE + sizeof(mach_msg_audit_trailer_t)];
};

static mach_port_t service_port;
static mach_port_t notify_port;

static mach_port_t allocate(mach_port_right_t right)
{
	mach_port_t port;
	kern_return_t kr;

	kr = mach_port_allocate(mach_task_self(), right, &port);
	if (kr != KERN_SUCCESS)
		errx(1, "no port: %s", mach_error_string(kr));
	return port;
}

static void insert_member(mach_port_t port, mach_port_t set)
{
	kern_return_t kr;

	kr = mach_port_insert_member(mach_task_self(), port, set);
	if (kr != KERN_SUCCESS)
		errx(1, "port set: %s", mach_error_string(kr));
}

/* Clients may wait in line: a burst of them must not see a full queue. */
static void raise_queue_limit(mach_port_t port)
{
	mach_port_limits_t limits = { .mpl_qlimit = MACH_PORT_QLIMIT_MAX };

	mach_port_set_attributes(mach_task_self(), port, MACH_PORT_LIMITS_INFO,
				 (mach_port_info_t)&limits,
				 MACH_PORT_LIMITS_INFO_COUNT);
}

/* Returns the port set. */
static mach_port_t make_ports(void)
{
	mach_port_t set = allocate(MACH_PORT_RIGHT_PORT_SET);

	service_port = allocate(MACH_PORT_RIGHT_RECEIVE);
	notify_port = allocate(MACH_PORT_RIGHT_RECEIVE);
	raise_queue_limit(service_port);
	insert_member(service_port, set);
	insert_member(notify_port, set);
	return set;
}

/* From here on every process of the namespace can find us. */
static void publish(void)
{
	mach_port_t task = mach_task_self();
	kern_return_t kr;

	kr = mach_port_insert_right(task, service_port, service_port,
				    MACH_MSG_TYPE_MAKE_SEND);
	if (kr != KERN_SUCCESS)
		errx(1, "no send right: %s", mach_error_string(kr));
	kr = machipc_set_domain_bootstrap(service_port);
	if (kr == KERN_NO_ACCESS)
		errx(1, "another bootstrap server is running, or CAP_SYS_ADMIN is missing");
	if (kr != KERN_SUCCESS)
		errx(1, "cannot publish: %s", mach_error_string(kr));
	/* The namespace has a right of its own now. */
	mach_port_deallocate(task, service_port);
}

static const mach_msg_audit_trailer_t *trailer_of(const union buffer *buffer)
{
	mach_msg_size_t size = buffer->head.msgh_size;

	return (const void *)(buffer->bytes + round_msg(size));
}

/* No user can send with these tokens, whatever he writes into a message. */
static bool is_from_kernel(const mach_msg_audit_trailer_t *trailer)
{
	static const security_token_t security = KERNEL_SECURITY_TOKEN_VALUE;
	static const audit_token_t audit = KERNEL_AUDIT_TOKEN_VALUE;

	return !memcmp(&trailer->msgh_sender, &security, sizeof(security)) &&
	       !memcmp(&trailer->msgh_audit, &audit, sizeof(audit));
}

/*
 * Of the notifications only deaths matter. Port-deleted and send-once come
 * from requests that lost their object in a way that is known already.
 */
static void handle_notification(union buffer *buffer)
{
	if (!is_from_kernel(trailer_of(buffer))) {
		log_event("forged notification dropped");
		discard_message(&buffer->head);
		return;
	}
	if (buffer->head.msgh_id == MACH_NOTIFY_DEAD_NAME)
		services_port_died(buffer->dead_name.not_port);
}

static void handle_request(union buffer *buffer)
{
	const mach_msg_audit_trailer_t *trailer = trailer_of(buffer);
	struct client client = {
		.uid = trailer->msgh_audit.val[1],
		.pid = trailer->msgh_audit.val[5],
	};

	/*
	 * A client can have the kernel answer to us, by naming our port as its
	 * reply port. The kernel's token must not pass for that of root.
	 */
	if (is_from_kernel(trailer)) {
		log_event("message of the kernel dropped, its id is %d",
			  buffer->head.msgh_id);
		discard_message(&buffer->head);
		return;
	}
	request_serve(&buffer->request, &client);
}

static mach_msg_return_t receive(mach_port_t set, union buffer *buffer)
{
	return mach_msg(&buffer->head,
			MACH_RCV_MSG |
			MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
			MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
			0, sizeof(*buffer), set, MACH_MSG_TIMEOUT_NONE,
			MACH_PORT_NULL);
}

static void handle_next(mach_port_t set)
{
	union buffer buffer;
	mach_msg_return_t mr;

	mr = receive(set, &buffer);
	switch (mr & ~MACH_MSG_MASK) {
	case MACH_MSG_SUCCESS:
		if (buffer.head.msgh_local_port == notify_port)
			handle_notification(&buffer);
		else
			handle_request(&buffer);
		break;
	case MACH_RCV_BODY_ERROR:
		discard_message(&buffer.head);
		/* fall through */
	case MACH_RCV_TOO_LARGE:
	case MACH_RCV_HEADER_ERROR:
		log_event("message dropped: %s", mach_error_string(mr));
		break;
	default:
		log_always("cannot receive: %s", mach_error_string(mr));
		exit(1);
	}
}

/* All that the server has made goes with the process, so it just ends. */
static void end(int signal)
{
	static const char line[] = "machbootstrapd: ended by a signal\n";

	(void)signal;
	supervisor_tell("STOPPING=1");
	/* There is nobody to tell that the log cannot be written. */
	_exit(write(STDERR_FILENO, line, sizeof(line) - 1) < 0 ? 1 : 0);
}

static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = end };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	/* A log that nobody reads is no reason to stop. */
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

static void usage(FILE *stream)
{
	fputs("usage: machbootstrapd [-a | -h | -V]\n"
	      "\n"
	      "Keeps the names of Mach services for all processes of this pid namespace.\n"
	      "\n"
	      "  -a, --allow-all  show the names of every user to every other\n"
	      "  -h, --help       print this text\n"
	      "  -V, --version    print the version\n",
	      stream);
}

static bool parse_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "allow-all", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{},
	};
	bool allow_all = false;
	int option;

	while ((option = getopt_long(argc, argv, "ahV", options, NULL)) != -1) {
		switch (option) {
		case 'a':
			allow_all = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		case 'V':
			puts("machbootstrapd " VERSION);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (optind < argc) {
		usage(stderr);
		exit(2);
	}
	return allow_all;
}

int main(int argc, char **argv)
{
	bool allow_all = parse_options(argc, argv);
	mach_port_t set;

	if (supervisor_connect())
		log_always("$NOTIFY_SOCKET: %s", strerror(errno));
	handle_signals();
	set = make_ports();
	services_init(notify_port);
	requests_init(allow_all);
	publish();
	log_always("ready, names of other users are %s",
		   allow_all ? "visible to all" : "hidden");
	supervisor_tell("READY=1");

	for (;;)
		handle_next(set);
}
