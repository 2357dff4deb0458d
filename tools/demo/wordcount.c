// SPDX-License-Identifier: GPL-2.0
/*
 * The client of the demo: how to use a Mach service.
 *
 * usage: wordcount FILE
 *
 * It finds the service by name, sends it a text with a right to be called
 * back, measures how fast requests are, and then waits until the service dies.
 */

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <mach/mach.h>
#include <mach/mach_error.h>
#include <servers/bootstrap.h>
#include "wordcount.h"

#define ROUNDS	1000

/* Whatever may arrive here, and the trailer that the kernel appends. */
union receive_buffer {
	mach_msg_header_t head;
	struct {
		struct wordcount_reply message;
		mach_msg_audit_trailer_t trailer;
	} reply;
	struct {
		struct wordcount_progress message;
		mach_msg_audit_trailer_t trailer;
	} progress;
	struct {
		mig_reply_error_t message;
		mach_msg_audit_trailer_t trailer;
	} error;
	mach_dead_name_notification_t dead_name;
};

static void check(kern_return_t kr, const char *what)
{
	if (kr != KERN_SUCCESS)
		errx(1, "%s: %s", what, mach_error_string(kr));
}

static mach_port_t allocate(mach_port_right_t right)
{
	mach_port_t name;

	check(mach_port_allocate(mach_task_self(), right, &name), "allocate");
	return name;
}

/* Gives up a port for good; send rights to it become dead names. */
static void destroy_receive(mach_port_t name)
{
	check(mach_port_mod_refs(mach_task_self(), name,
				 MACH_PORT_RIGHT_RECEIVE, -1), "mod_refs");
}

static void read_text(const char *path, struct wordcount_request *request)
{
	FILE *file = fopen(path, "r");

	if (!file)
		err(1, "%s", path);
	request->length = fread(request->text, 1, sizeof(request->text), file);
	if (ferror(file))
		err(1, "%s", path);
	if (fgetc(file) != EOF)
		errx(1, "%s does not fit into one message", path);
	fclose(file);
}

/*
 * A request. The service gets the right to answer once (MAKE_SEND_ONCE, made
 * from our receive right), and in the body the right to call back, if there
 * is a port for that.
 */
static void prepare_request(struct wordcount_request *request,
			    mach_port_t service, mach_port_t reply,
			    mach_port_t progress)
{
	request->head = (mach_msg_header_t) {
		.msgh_bits = MACH_MSGH_BITS_COMPLEX |
			     MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					    MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.msgh_size = WORDCOUNT_REQUEST_SIZE(request->length),
		.msgh_remote_port = service,
		.msgh_local_port = reply,
		.msgh_id = WORDCOUNT_ID_COUNT,
	};
	request->body.msgh_descriptor_count = 1;
	request->progress = (mach_msg_port_descriptor_t) {
		.name = progress,
		.disposition = MACH_MSG_TYPE_MAKE_SEND,
		.type = MACH_MSG_PORT_DESCRIPTOR,
	};
	request->ndr = NDR_record;
}

/* Sends the request, then receives from a port or a port set. One call. */
static void send_and_receive(struct wordcount_request *request,
			     mach_port_t from, union receive_buffer *buffer)
{
	check(mach_msg_overwrite(&request->head, MACH_SEND_MSG | MACH_RCV_MSG |
				 MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
				 request->head.msgh_size, sizeof(*buffer), from,
				 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL,
				 &buffer->head, 0), "request");
}

static void receive(mach_port_t from, union receive_buffer *buffer)
{
	check(mach_msg(&buffer->head, MACH_RCV_MSG |
		       MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
		       0, sizeof(*buffer), from, MACH_MSG_TIMEOUT_NONE,
		       MACH_PORT_NULL), "receive");
}

static const struct wordcount_reply *check_reply(union receive_buffer *buffer)
{
	/* The service died with our request: its reply right tells us so. */
	if (buffer->head.msgh_id == MACH_NOTIFY_SEND_ONCE)
		errx(1, "the service did not answer");
	if (buffer->head.msgh_id != WORDCOUNT_REPLY(WORDCOUNT_ID_COUNT) ||
	    (buffer->head.msgh_bits & MACH_MSGH_BITS_COMPLEX))
		errx(1, "not a reply: id %d", buffer->head.msgh_id);
	if (buffer->head.msgh_size == sizeof(buffer->error.message))
		check(buffer->error.message.RetCode, "service");
	if (buffer->head.msgh_size != sizeof(buffer->reply.message))
		errx(1, "reply of %u bytes", buffer->head.msgh_size);
	return &buffer->reply.message;
}

static mach_port_t find_service(void)
{
	mach_port_t service;
	kern_return_t kr;

	kr = bootstrap_look_up(bootstrap_port, WORDCOUNT_NAME, &service);
	if (kr != KERN_SUCCESS)
		errx(1, WORDCOUNT_NAME ": %s", bootstrap_strerror(kr));
	printf("client: looked up %s, got send right 0x%x\n",
	       WORDCOUNT_NAME, service);
	return service;
}

static void print_progress(const union receive_buffer *buffer)
{
	if (buffer->head.msgh_size != sizeof(buffer->progress.message))
		errx(1, "call-back of %u bytes", buffer->head.msgh_size);
	printf("client:   called back: %3u%%, %u words so far\n",
	       buffer->progress.message.percent,
	       buffer->progress.message.words);
}

/* All call-backs were sent before the reply, so none is still on its way. */
static unsigned int print_rest(mach_port_t progress)
{
	union receive_buffer buffer;
	unsigned int callbacks = 0;
	mach_msg_return_t mr;

	for (;;) {
		mr = mach_msg(&buffer.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			      sizeof(buffer), progress, 0, MACH_PORT_NULL);
		if (mr == MACH_RCV_TIMED_OUT)
			return callbacks;
		check(mr, "receive");
		print_progress(&buffer);
		callbacks++;
	}
}

/*
 * Both the reply and the call-backs are awaited, so both ports are put into
 * one set. msgh_local_port tells which of them a message came to. A set gives
 * each member its turn, so the reply may overtake call-backs.
 */
static void count_with_callbacks(struct wordcount_request *request,
				 mach_port_t service)
{
	mach_port_t set = allocate(MACH_PORT_RIGHT_PORT_SET);
	mach_port_t reply = allocate(MACH_PORT_RIGHT_RECEIVE);
	mach_port_t progress = allocate(MACH_PORT_RIGHT_RECEIVE);
	const struct wordcount_reply *counted;
	union receive_buffer buffer;
	unsigned int callbacks = 0;

	check(mach_port_insert_member(mach_task_self(), reply, set), "set");
	check(mach_port_insert_member(mach_task_self(), progress, set), "set");

	prepare_request(request, service, reply, progress);
	printf("client: sending %u bytes of text and a right to call back\n",
	       request->length);
	send_and_receive(request, set, &buffer);
	while (buffer.head.msgh_local_port == progress) {
		print_progress(&buffer);
		callbacks++;
		receive(set, &buffer);
	}
	callbacks += print_rest(progress);

	counted = check_reply(&buffer);
	printf("client: counted %u lines, %u words, %u bytes with %u call-backs\n",
	       counted->lines, counted->words, counted->bytes, callbacks);
	/* The trailer is the kernel's: no service can pretend to be another. */
	printf("client: the kernel says that pid %u of user %u answered\n",
	       buffer.reply.trailer.msgh_audit.val[5],
	       buffer.reply.trailer.msgh_audit.val[1]);

	destroy_receive(progress);
	destroy_receive(reply);
	check(mach_port_mod_refs(mach_task_self(), set,
				 MACH_PORT_RIGHT_PORT_SET, -1), "mod_refs");
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec + (now.tv_nsec - start->tv_nsec) / 1e9;
}

/* A reply port may serve any number of requests, one after the other. */
static void measure(struct wordcount_request *request, mach_port_t service)
{
	mach_port_t reply = allocate(MACH_PORT_RIGHT_RECEIVE);
	union receive_buffer buffer;
	struct timespec start;
	double seconds;
	int i;

	strcpy(request->text, "two words\n");
	request->length = strlen(request->text);

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < ROUNDS; i++) {
		prepare_request(request, service, reply, MACH_PORT_NULL);
		send_and_receive(request, reply, &buffer);
		if (check_reply(&buffer)->words != 2)
			errx(1, "round %d: wrong count", i);
	}
	seconds = seconds_since(&start);
	printf("client: %d requests with replies in %.3f s, %.0f a second\n",
	       ROUNDS, seconds, ROUNDS / seconds);
	destroy_receive(reply);
}

/* Only the kernel sends with this token; anybody can write an id. */
static bool is_from_kernel(const union receive_buffer *buffer)
{
	static const security_token_t kernel = KERNEL_SECURITY_TOKEN_VALUE;

	return !memcmp(&buffer->dead_name.trailer.msgh_sender, &kernel,
		       sizeof(kernel));
}

/*
 * A death cannot be missed: the request is refused, or answered at once, where
 * the service is dead already.
 */
static void wait_for_death(mach_port_t service)
{
	mach_port_t notify = allocate(MACH_PORT_RIGHT_RECEIVE);
	mach_port_t previous;
	union receive_buffer buffer;

	check(mach_port_request_notification(mach_task_self(), service,
					     MACH_NOTIFY_DEAD_NAME, 1, notify,
					     MACH_MSG_TYPE_MAKE_SEND_ONCE,
					     &previous), "notification");
	printf("client: asked to be told when 0x%x dies, waiting\n", service);

	receive(notify, &buffer);
	if (buffer.head.msgh_id != MACH_NOTIFY_DEAD_NAME ||
	    !is_from_kernel(&buffer) || buffer.dead_name.not_port != service)
		errx(1, "unexpected message %d", buffer.head.msgh_id);
	printf("client: got a dead-name notification for 0x%x\n",
	       buffer.dead_name.not_port);

	/* The notification carries a reference of its own, beside ours. */
	check(mach_port_deallocate(mach_task_self(), service), "deallocate");
	destroy_receive(notify);
}

static void check_name_is_free(void)
{
	mach_port_t service;
	kern_return_t kr;

	kr = bootstrap_look_up(bootstrap_port, WORDCOUNT_NAME, &service);
	if (kr != BOOTSTRAP_UNKNOWN_SERVICE)
		errx(1, "the name outlived its service");
	printf("client: looked up %s again: %s\n", WORDCOUNT_NAME,
	       bootstrap_strerror(kr));
}

int main(int argc, char **argv)
{
	static struct wordcount_request request;
	mach_port_t service;

	if (argc != 2) {
		fprintf(stderr, "usage: wordcount FILE\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);

	service = find_service();
	read_text(argv[1], &request);
	count_with_callbacks(&request, service);
	measure(&request, service);
	wait_for_death(service);
	check(mach_port_deallocate(mach_task_self(), service), "deallocate");
	check_name_is_free();
	return 0;
}
