// SPDX-License-Identifier: GPL-2.0
/*
 * The word-count service of the demo: how to write a Mach server.
 *
 * It checks in under a name, receives requests, and answers each by the right
 * that came with it. It believes nothing that a client says: sizes and
 * descriptors are checked, and it never waits for a client to read.
 */

#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <mach/mach.h>
#include <mach/mach_error.h>
#include <servers/bootstrap.h>
#include "../discard.h"
#include "wordcount.h"

/* The kernel appends a trailer to what a client sent: leave room for it. */
struct receive_buffer {
	struct wordcount_request request;
	mach_msg_audit_trailer_t trailer;
};

union reply {
	mach_msg_header_t head;
	mig_reply_error_t code;
	struct wordcount_reply counted;
};

/*
 * A call-back is a message like any other. MACH_SEND_TIMEOUT with 0 means that
 * a client whose queue is full misses this line: only its own progress
 * suffers. MACH_MSG_TYPE_COPY_SEND keeps the right for the next one.
 */
static void report_progress(mach_port_t port, uint32_t percent, uint32_t words)
{
	struct wordcount_progress message = {
		.head = {
			.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
			.msgh_size = sizeof(message),
			.msgh_remote_port = port,
			.msgh_id = WORDCOUNT_ID_PROGRESS,
		},
		.ndr = NDR_record,
		.percent = percent,
		.words = words,
	};
	mach_msg_return_t mr;

	mr = mach_msg(&message.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
		      sizeof(message), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
	/* A message that found no room comes back, with the right in it. */
	if (mr == MACH_SEND_TIMED_OUT)
		mach_msg_destroy(&message.head);
}

static void count(const struct wordcount_request *request,
		  struct wordcount_reply *reply)
{
	mach_port_t progress = request->progress.name;
	uint32_t length = request->length;
	uint32_t quarter = length / 4 + 1;
	bool in_word = false;
	uint32_t i;

	for (i = 0; i < length; i++) {
		unsigned char c = request->text[i];

		reply->lines += c == '\n';
		reply->words += !in_word && !isspace(c);
		in_word = !isspace(c);
		if (MACH_PORT_VALID(progress) && (i + 1) % quarter == 0)
			report_progress(progress, (i + 1) / quarter * 25,
					reply->words);
	}
	if (MACH_PORT_VALID(progress))
		report_progress(progress, 100, reply->words);
	reply->bytes = length;
}

/*
 * msgh_size is what was really sent, the kernel sees to that. All the rest is
 * the client's word.
 */
static bool is_well_formed(const struct wordcount_request *request)
{
	return (request->head.msgh_bits & MACH_MSGH_BITS_COMPLEX) &&
	       request->head.msgh_size >= WORDCOUNT_REQUEST_SIZE(0) &&
	       request->body.msgh_descriptor_count == 1 &&
	       request->progress.type == MACH_MSG_PORT_DESCRIPTOR &&
	       request->progress.disposition == MACH_MSG_TYPE_PORT_SEND &&
	       request->length <= WORDCOUNT_TEXT_MAX &&
	       request->head.msgh_size ==
		       WORDCOUNT_REQUEST_SIZE(request->length);
}

static kern_return_t serve(const struct wordcount_request *request,
			   union reply *reply)
{
	if (request->head.msgh_id != WORDCOUNT_ID_COUNT)
		return MIG_BAD_ID;
	if (!is_well_formed(request))
		return MIG_BAD_ARGUMENTS;
	count(request, &reply->counted);
	return KERN_SUCCESS;
}

/*
 * The reply goes to the request's remote port, by the right that came with it:
 * a send-once right, as a rule, which is used up by the reply.
 */
static void prepare_reply(struct wordcount_request *request,
			  union reply *reply)
{
	mach_msg_type_name_t right;
	kern_return_t kr;

	*reply = (union reply) {};
	kr = serve(request, reply);
	right = MACH_MSGH_BITS_REMOTE(request->head.msgh_bits);
	reply->head.msgh_bits = MACH_MSGH_BITS(right, 0);
	reply->head.msgh_size = kr == KERN_SUCCESS ? sizeof(reply->counted) :
						     sizeof(reply->code);
	reply->head.msgh_remote_port = request->head.msgh_remote_port;
	reply->head.msgh_id = WORDCOUNT_REPLY(request->head.msgh_id);
	reply->code.NDR = NDR_record;
	reply->code.RetCode = kr;

	/*
	 * The reply right has moved into the reply. All other rights that came
	 * in with the request are ours to release, the wanted one as well as
	 * those that nobody asked for.
	 */
	request->head.msgh_remote_port = MACH_PORT_NULL;
	discard_message(&request->head);
}

/*
 * Receives the next request. With a reply, sends that first in the same call:
 * one system call for each request that is served.
 */
static mach_msg_return_t reply_and_receive(mach_port_t port, union reply *reply,
					   struct receive_buffer *buffer)
{
	mach_msg_option_t option = MACH_RCV_MSG;
	mach_msg_size_t send_size = 0;

	if (MACH_PORT_VALID(reply->head.msgh_remote_port)) {
		option |= MACH_SEND_MSG | MACH_SEND_TIMEOUT;
		send_size = reply->head.msgh_size;
	}
	return mach_msg_overwrite(&reply->head, option, send_size,
				  sizeof(*buffer), port, 0, MACH_PORT_NULL,
				  &buffer->request.head, 0);
}

static void serve_forever(mach_port_t port)
{
	static struct receive_buffer buffer;
	union reply reply = {};
	mach_msg_return_t mr;

	for (;;) {
		mr = reply_and_receive(port, &reply, &buffer);
		switch (mr) {
		case MACH_MSG_SUCCESS:
			prepare_reply(&buffer.request, &reply);
			continue;
		case MACH_SEND_INVALID_DEST:
		case MACH_SEND_TIMED_OUT:
			/* The client died or does not listen: no reply. */
			mach_msg_destroy(&reply.head);
			break;
		case MACH_RCV_TOO_LARGE:
			/* The kernel has destroyed what did not fit. */
			break;
		default:
			errx(1, "mach_msg: %s", mach_error_string(mr));
		}
		reply.head.msgh_remote_port = MACH_PORT_NULL;
	}
}

int main(void)
{
	mach_port_t port;
	kern_return_t kr;

	kr = bootstrap_check_in(bootstrap_port, WORDCOUNT_NAME, &port);
	if (kr != KERN_SUCCESS)
		errx(1, "check in: %s", bootstrap_strerror(kr));
	printf("service: checked in as %s, got receive right 0x%x\n",
	       WORDCOUNT_NAME, port);
	fflush(stdout);
	serve_forever(port);
}
