/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Notifications: messages that the kernel sends about rights.
 */
#ifndef _MACHIPC_NOTIFY_H
#define _MACHIPC_NOTIFY_H

#include <linux/list.h>
#include <linux/types.h>

struct machipc_port;
struct machipc_reap;

/**
 * DOC: Notifications
 *
 * A registered notification owns a send-once right of the port to be notified,
 * and firing it consumes that right. So each fires at most once, is never
 * refused for lack of room, and never blocks whoever causes it. It is queued
 * when the call that caused it returns.
 *
 * No-senders and port-destroyed requests belong to the port. Dead-name and
 * send-possible requests belong to an entry, and are in the list of the port
 * that the entry denotes.
 */

/**
 * struct machipc_request - dead-name or send-possible request of an entry
 * @node: in &machipc_port.requests; empty once fired
 * @notify: send-once right to be used; NULL once fired
 * @name: the name in the space where the request was made
 * @possible: it is a send-possible request
 * @armed: a send has met a full queue; implies @possible
 * @died: it was fired as dead-name notification
 * @orphan: the entry has forgotten it, whoever fires it frees it
 *
 * Everything but the pointer to it, which the entry has, is protected by the
 * lock of the port. Only the owner of the entry frees it, or, if @orphan is
 * set, machipc_notify_requests_dead().
 */
struct machipc_request {
	struct list_head node;
	struct machipc_port *notify;
	u32 name;
	bool possible;
	bool armed;
	bool died;
	bool orphan;
};

struct machipc_request *machipc_request_alloc(u32 name, bool possible);
void machipc_request_free(struct machipc_request *request);
struct machipc_port *machipc_request_cancel(struct machipc_port *port,
					    struct machipc_request *request);
bool machipc_request_detach_dead(struct machipc_port *port,
				 struct machipc_request *request);

void machipc_notify_port_deleted(struct machipc_port *notify, u32 name);
void machipc_notify_send_possible(struct machipc_port *notify, u32 name);
void machipc_notify_dead_name(struct machipc_port *notify, u32 name);
void machipc_notify_no_senders(struct machipc_port *notify, u32 mscount);
void machipc_notify_send_once(struct machipc_port *notify);
bool machipc_notify_port_destroyed(struct machipc_port *notify,
				   struct machipc_port *port);

void machipc_notify_requests_dead(struct machipc_port *port);
void machipc_notify_requests_possible(struct machipc_port *port);

#endif
