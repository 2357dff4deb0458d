/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOOLS_DEMO_WORDCOUNT_H
#define TOOLS_DEMO_WORDCOUNT_H

/*
 * What the word-count service and its client say to each other. A message is
 * a struct: a header that the kernel reads, then descriptors for the rights
 * that travel with it, then data that only the two sides understand.
 */

#include <stddef.h>
#include <stdint.h>
#include <mach/mach.h>

#define WORDCOUNT_NAME		"org.machipc.wordcount"
#define WORDCOUNT_TEXT_MAX	(64 * 1024 - 256)

/* By convention the id of a reply is that of its request plus 100. */
#define WORDCOUNT_ID_COUNT	5000
#define WORDCOUNT_ID_PROGRESS	5001
#define WORDCOUNT_REPLY(id)	((id) + 100)

/* Mach's own structs are packed like this, so that sizes match everywhere. */
#pragma pack(push, 4)

/*
 * Counts a text. What is sent ends with the text, not with the array. The
 * right for call-backs may be MACH_PORT_NULL.
 */
struct wordcount_request {
	mach_msg_header_t head;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t progress;
	NDR_record_t ndr;
	uint32_t length;
	char text[WORDCOUNT_TEXT_MAX];
};

#define WORDCOUNT_REQUEST_SIZE(length) \
	(offsetof(struct wordcount_request, text) + round_msg(length))

/* An error is told by a mig_reply_error_t, which is this one's beginning. */
struct wordcount_reply {
	mach_msg_header_t head;
	NDR_record_t ndr;
	kern_return_t result;
	uint32_t lines;
	uint32_t words;
	uint32_t bytes;
};

/* The call-back, sent from the service to the client. It has no reply. */
struct wordcount_progress {
	mach_msg_header_t head;
	NDR_record_t ndr;
	uint32_t percent;
	uint32_t words;
};

#pragma pack(pop)

#endif
