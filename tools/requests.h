/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOOLS_REQUESTS_H
#define TOOLS_REQUESTS_H

#include <stdbool.h>
#include <sys/types.h>
#include <mach/mach.h>
#include "bootstrap_protocol.h"

/**
 * union request - every request there is
 * @head: what all of them begin with
 * @name: check in, check out, status
 * @look_up: look up
 * @service: register
 * @next: next in the list
 */
union request {
	mach_msg_header_t head;
	struct bootstrap_name_request name;
	struct bootstrap_look_up_request look_up;
	struct bootstrap_register_request service;
	struct bootstrap_next_request next;
};

/**
 * struct client - who sent a request, as the kernel says
 * @uid: effective user, which decides what is allowed
 * @pid: process, for the log only: it may have ended, and the number may
 *	belong to another by now. 0 for a process of another pid namespace
 */
struct client {
	uid_t uid;
	pid_t pid;
};

/**
 * requests_init() - set the policy
 * @allow_all: show every user the names of every other
 */
void requests_init(bool allow_all);

/**
 * request_serve() - check one message, do what it asks, send the reply
 * @request: the message as received; its rights are used up
 * @client: who sent it
 *
 * Never waits for the client. A reply that cannot be queued at once is lost.
 */
void request_serve(union request *request, const struct client *client);

#endif
