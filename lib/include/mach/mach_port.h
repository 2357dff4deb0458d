/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/*
 * Calls on a port space (ports.md 5 and 8.2).
 *
 * In all of them @task names the task whose space is meant: one's own, as
 * mach_task_self() gives it, or one whose task port was received from its
 * owner. KERN_INVALID_TASK is the result for a port that stands for no task, at
 * once and without a message to that port, and for a task that ends meanwhile;
 * MACH_SEND_INVALID_DEST for a name that is no send right of a live port. A
 * right that is an argument is always the caller's.
 *
 * @name is a name in that space. Common results are KERN_INVALID_NAME when it
 * denotes nothing, and KERN_INVALID_RIGHT when it denotes something else than
 * what the call is for; so are MACH_PORT_NULL and MACH_PORT_DEAD to most calls.
 *
 * Where the module is missing or unusable the result is KERN_FAILURE, where it
 * does not belong to the library KERN_NOT_SUPPORTED, and for a shortage of
 * kernel memory or descriptors KERN_RESOURCE_SHORTAGE.
 *
 * Results that are arrays are memory of the caller's, to be released with
 * vm_deallocate(); an empty array is a count of 0 and a null pointer.
 */
#ifndef _MACH_MACH_PORT_H_
#define _MACH_MACH_PORT_H_

#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * mach_port_allocate() - make a port, a port set or a dead name
 * @task: the space
 * @right: MACH_PORT_RIGHT_RECEIVE, MACH_PORT_RIGHT_PORT_SET or
 *	MACH_PORT_RIGHT_DEAD_NAME
 * @name: set to the name of the new right
 *
 * Return: KERN_SUCCESS; KERN_INVALID_VALUE for another @right; KERN_NO_SPACE
 * or KERN_RESOURCE_SHORTAGE when a limit is reached.
 */
kern_return_t mach_port_allocate(ipc_space_t task, mach_port_right_t right,
				 mach_port_name_t *name);

/**
 * mach_port_allocate_name() - the same, under a name of the caller's choice
 * @task: the space
 * @right: as for mach_port_allocate(). A dead name gets another name than the
 *	one asked for; the caller finds it with mach_port_names()
 * @name: the name wanted
 *
 * Return: as mach_port_allocate(); KERN_INVALID_VALUE for MACH_PORT_NULL and
 * MACH_PORT_DEAD; KERN_NAME_EXISTS if the name is taken; KERN_FAILURE if its
 * index is taken, or 0; KERN_NO_SPACE if its index is too large.
 */
kern_return_t mach_port_allocate_name(ipc_space_t task, mach_port_right_t right,
				      mach_port_name_t name);

/**
 * mach_port_allocate_qos() - mach_port_allocate() with allocation options
 * @task: the space
 * @right: as for mach_port_allocate()
 * @qos: options. The name bit may not be set
 * @name: set to the name of the new right
 *
 * Return: as mach_port_allocate_full(); KERN_INVALID_ARGUMENT if the name bit
 * of @qos is set.
 */
kern_return_t mach_port_allocate_qos(ipc_space_t task, mach_port_right_t right,
				     mach_port_qos_t *qos,
				     mach_port_name_t *name);

/**
 * mach_port_allocate_full() - all ways to allocate in one call
 * @task: the space
 * @right: as for mach_port_allocate()
 * @proto: must be MACH_PORT_NULL
 * @qos: options
 * @name: the name wanted if the name bit of @qos is set, else set to the name
 *	of the new right
 *
 * Return: as mach_port_allocate() and mach_port_allocate_name();
 * KERN_INVALID_VALUE for a @proto or for the prealloc bit with another right
 * than a receive right; KERN_RESOURCE_SHORTAGE for a prealloc length that
 * leaves no room for a trailer.
 */
kern_return_t mach_port_allocate_full(ipc_space_t task, mach_port_right_t right,
				      mach_port_t proto, mach_port_qos_t *qos,
				      mach_port_name_t *name);

/**
 * mach_port_construct() - make a port with its attributes
 * @task: the space
 * @options: what to make; unknown flags are ignored
 * @context: context of the port, or its guard with MPO_CONTEXT_AS_GUARD
 * @name: set to the name of the new receive right
 *
 * Return: as mach_port_allocate(); KERN_INVALID_VALUE for a queue limit above
 * MACH_PORT_QLIMIT_MAX; MACH_SEND_INVALID_DATA if @options is NULL.
 */
kern_return_t mach_port_construct(ipc_space_t task,
				  mach_port_options_ptr_t options,
				  mach_port_context_t context,
				  mach_port_name_t *name);

/**
 * mach_port_destruct() - destroy a receive right and drop send references
 * @task: the space
 * @name: the receive right
 * @srdelta: 0, or the number of send references to drop, negative
 * @guard: the guard of the port, if it has one
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT for a wrong guard;
 * KERN_INVALID_VALUE for a positive @srdelta or one beyond the references;
 * KERN_INVALID_NAME; KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_destruct(ipc_space_t task, mach_port_name_t name,
				 mach_port_delta_t srdelta,
				 mach_port_context_t guard);

/**
 * mach_port_destroy() - free a name and every right under it
 * @task: the space
 * @name: the name. MACH_PORT_NULL and MACH_PORT_DEAD succeed without effect
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME; KERN_INVALID_RIGHT for a guarded
 * port.
 */
kern_return_t mach_port_destroy(ipc_space_t task, mach_port_name_t name);

/**
 * mach_port_deallocate() - drop one reference of a send right, a send-once
 *	right or a dead name
 * @task: the space
 * @name: the name. MACH_PORT_NULL and MACH_PORT_DEAD succeed without effect
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME; KERN_INVALID_RIGHT for a receive
 * right without send right and for a port set.
 */
kern_return_t mach_port_deallocate(ipc_space_t task, mach_port_name_t name);

/**
 * mach_port_mod_refs() - change the user references of one kind of right
 * @task: the space
 * @name: the name
 * @right: MACH_PORT_RIGHT_*
 * @delta: references to add or drop. What counts as one can only be dropped,
 *	with -1: it is then destroyed
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME; KERN_INVALID_RIGHT; and
 * KERN_INVALID_VALUE for a bad @right or a @delta that leads below 0 or is
 * larger than MACH_PORT_UREFS_MAX.
 */
kern_return_t mach_port_mod_refs(ipc_space_t task, mach_port_name_t name,
				 mach_port_right_t right,
				 mach_port_delta_t delta);

/**
 * mach_port_get_refs() - count the user references of one kind of right
 * @task: the space
 * @name: the name
 * @right: MACH_PORT_RIGHT_*
 * @refs: set to the number, 0 if the name lacks that right
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME; KERN_INVALID_VALUE for a bad @right.
 */
kern_return_t mach_port_get_refs(ipc_space_t task, mach_port_name_t name,
				 mach_port_right_t right,
				 mach_port_urefs_t *refs);

/**
 * mach_port_type() - say what a name denotes
 * @task: the space
 * @name: the name
 * @ptype: set to MACH_PORT_TYPE_* bits, of the requests DNREQUEST only
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME.
 */
kern_return_t mach_port_type(ipc_space_t task, mach_port_name_t name,
			     mach_port_type_t *ptype);

/**
 * mach_port_names() - list the names of a space and their types
 * @task: the space
 * @names: set to an array of names, ascending by index
 * @names_count: set to its length
 * @types: set to an array of type bits, in the same order
 * @types_count: set to its length, the same
 *
 * Return: KERN_SUCCESS; KERN_RESOURCE_SHORTAGE.
 */
kern_return_t mach_port_names(ipc_space_t task, mach_port_name_array_t *names,
			      mach_msg_type_number_t *names_count,
			      mach_port_type_array_t *types,
			      mach_msg_type_number_t *types_count);

/**
 * mach_port_rename() - not available, as in Mach
 * @task: the space
 * @old_name: ignored
 * @new_name: ignored
 *
 * Return: KERN_NOT_SUPPORTED.
 */
kern_return_t mach_port_rename(ipc_space_t task, mach_port_name_t old_name,
			       mach_port_name_t new_name);

/**
 * mach_port_insert_right() - put a right into a space under a given name
 * @task: the space
 * @name: the name that the right shall have
 * @poly: the caller's name for the right
 * @poly_poly: MACH_MSG_TYPE_*: how @poly yields the right
 *
 * With @name equal to @poly and MACH_MSG_TYPE_MAKE_SEND, the usual way to get a
 * send right to a port of one's own. When the call fails after the right was
 * taken, the right is destroyed.
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME and KERN_INVALID_RIGHT for @poly;
 * KERN_INVALID_VALUE if @name is null or dead; KERN_INVALID_CAPABILITY if the
 * right is dead or may not be moved; KERN_RIGHT_EXISTS if the space knows the
 * port under another name; KERN_NAME_EXISTS if @name is taken; and the results
 * of mach_port_allocate_name() for a name that cannot be had.
 */
kern_return_t mach_port_insert_right(ipc_space_t task, mach_port_name_t name,
				     mach_port_t poly,
				     mach_msg_type_name_t poly_poly);

/**
 * mach_port_extract_right() - take a right from a space
 * @task: the space
 * @name: the name to take the right from
 * @msgt_name: MACH_MSG_TYPE_*: how @name yields the right
 * @poly: set to the caller's name for the right, or MACH_PORT_DEAD
 * @poly_poly: set to the kind of right: MACH_MSG_TYPE_PORT_*
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME; KERN_INVALID_RIGHT;
 * KERN_INVALID_VALUE for a bad @msgt_name.
 */
kern_return_t mach_port_extract_right(ipc_space_t task, mach_port_name_t name,
				      mach_msg_type_name_t msgt_name,
				      mach_port_t *poly,
				      mach_msg_type_name_t *poly_poly);

/**
 * mach_port_insert_member() - add a port to a set, without leaving others
 * @task: the space
 * @name: the receive right
 * @pset: the port set
 *
 * Return: KERN_SUCCESS; KERN_ALREADY_IN_SET; KERN_INVALID_NAME;
 * KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_insert_member(ipc_space_t task, mach_port_name_t name,
				      mach_port_name_t pset);

/**
 * mach_port_extract_member() - remove a port from a set
 * @task: the space
 * @name: the receive right
 * @pset: the port set
 *
 * Return: KERN_SUCCESS; KERN_NOT_IN_SET; KERN_INVALID_NAME;
 * KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_extract_member(ipc_space_t task, mach_port_name_t name,
				       mach_port_name_t pset);

/**
 * mach_port_move_member() - remove a port from all sets and add it to one
 * @task: the space
 * @member: the receive right
 * @after: the port set, or MACH_PORT_NULL for none
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME; KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_move_member(ipc_space_t task, mach_port_name_t member,
				    mach_port_name_t after);

/**
 * mach_port_get_set_status() - list the members of a port set
 * @task: the space
 * @name: the port set
 * @members: set to an array of names, ascending by index
 * @members_count: set to its length
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME; KERN_INVALID_RIGHT;
 * KERN_RESOURCE_SHORTAGE.
 */
kern_return_t mach_port_get_set_status(ipc_space_t task, mach_port_name_t name,
				       mach_port_name_array_t *members,
				       mach_msg_type_number_t *members_count);

/**
 * mach_port_request_notification() - ask for a message when something happens
 *	to a port
 * @task: the space
 * @name: the name that the notification is about
 * @msgid: MACH_NOTIFY_PORT_DESTROYED, MACH_NOTIFY_NO_SENDERS,
 *	MACH_NOTIFY_DEAD_NAME or MACH_NOTIFY_SEND_POSSIBLE
 * @sync: no senders: the make-send count to wait for; dead name, send possible:
 *	not 0 to be told at once if it is so already; else 0
 * @notify: name of the port that gets the message; MACH_PORT_NULL cancels
 * @notify_poly: MACH_MSG_TYPE_MAKE_SEND_ONCE or MACH_MSG_TYPE_MOVE_SEND_ONCE
 * @previous: set to the send-once right that had been registered, which now is
 *	the caller's, or MACH_PORT_NULL or MACH_PORT_DEAD
 *
 * Return: KERN_SUCCESS; KERN_INVALID_VALUE for a bad @msgid or @sync;
 * KERN_INVALID_CAPABILITY if @notify is dead; MIG_TYPE_ERROR for another
 * @notify_poly; MACH_SEND_INVALID_RIGHT if @notify does not yield the right;
 * KERN_INVALID_ARGUMENT, KERN_INVALID_NAME and KERN_INVALID_RIGHT for @name, as
 * ports.md 9.4 and 9.5 list them by kind; KERN_RESOURCE_SHORTAGE.
 */
kern_return_t mach_port_request_notification(ipc_space_t task,
					     mach_port_name_t name,
					     mach_msg_id_t msgid,
					     mach_port_mscount_t sync,
					     mach_port_t notify,
					     mach_msg_type_name_t notify_poly,
					     mach_port_t *previous);

/**
 * mach_port_get_attributes() - read attributes of a port
 * @task: the space
 * @name: the receive right
 * @flavor: MACH_PORT_LIMITS_INFO, MACH_PORT_RECEIVE_STATUS,
 *	MACH_PORT_DNREQUESTS_SIZE or MACH_PORT_INFO_EXT
 * @info: array that receives the attributes
 * @count: words of @info; set to the number of words written
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT for a bad @flavor; KERN_FAILURE
 * if @count is too small; KERN_INVALID_NAME; KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_get_attributes(ipc_space_t task, mach_port_name_t name,
				       mach_port_flavor_t flavor,
				       mach_port_info_t info,
				       mach_msg_type_number_t *count);

/**
 * mach_port_set_attributes() - change attributes of a port
 * @task: the space
 * @name: the receive right
 * @flavor: MACH_PORT_LIMITS_INFO, MACH_PORT_DNREQUESTS_SIZE or one of the three
 *	importance flavors
 * @info: the attributes
 * @count: words of @info
 *
 * Return: as mach_port_get_attributes(); KERN_INVALID_VALUE for a queue limit
 * above MACH_PORT_QLIMIT_MAX.
 */
kern_return_t mach_port_set_attributes(ipc_space_t task, mach_port_name_t name,
				       mach_port_flavor_t flavor,
				       mach_port_info_t info,
				       mach_msg_type_number_t count);

/**
 * mach_port_get_context() - read the context word of a port
 * @task: the space
 * @name: the receive right
 * @context: set to the context, or to 0 if the port is strictly guarded
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME; KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_get_context(ipc_space_t task, mach_port_name_t name,
				    mach_port_context_t *context);

/**
 * mach_port_set_context() - write the context word of a port
 * @task: the space
 * @name: the receive right
 * @context: the context. On a guarded port, the new guard as well
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT if the port is strictly guarded;
 * KERN_INVALID_NAME; KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_set_context(ipc_space_t task, mach_port_name_t name,
				    mach_port_context_t context);

/**
 * mach_port_guard() - guard a port against accidental destruction
 * @task: the space
 * @name: the receive right
 * @guard: the value that destruction has to show from now on
 * @strict: TRUE to hide the context and refuse to change it
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT if the port has a context;
 * KERN_INVALID_NAME; KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_guard(ipc_space_t task, mach_port_name_t name,
			      mach_port_context_t guard, boolean_t strict);

/**
 * mach_port_unguard() - take the guard of a port away
 * @task: the space
 * @name: the receive right
 * @guard: the guard
 *
 * Return: KERN_SUCCESS; KERN_INVALID_ARGUMENT if the port is not guarded or the
 * guard is another; KERN_INVALID_NAME; KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_unguard(ipc_space_t task, mach_port_name_t name,
				mach_port_context_t guard);

/**
 * mach_port_set_mscount() - set the make-send count of a port
 * @task: the space
 * @name: the receive right
 * @mscount: the count
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME; KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_set_mscount(ipc_space_t task, mach_port_name_t name,
				    mach_port_mscount_t mscount);

/**
 * mach_port_set_seqno() - set the sequence number of the next message
 * @task: the space
 * @name: the receive right
 * @seqno: the sequence number
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME; KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_set_seqno(ipc_space_t task, mach_port_name_t name,
				  mach_port_seqno_t seqno);

/**
 * mach_port_peek() - look at a queued message without receiving it
 * @task: the space
 * @name: the receive right
 * @trailer_type: MACH_RCV_TRAILER_ELEMENTS(), up to MACH_RCV_TRAILER_AUDIT
 * @request_seqnop: 0 for the first message, else the sequence number that the
 *	message will get; set to the sequence number of the message found
 * @msg_sizep: set to its msgh_size
 * @msg_idp: set to its msgh_id
 * @trailer_infop: buffer for the trailer
 * @trailer_infop_count: bytes of that buffer; set to the size of the trailer
 *
 * Return: KERN_SUCCESS; KERN_FAILURE if there is no such message;
 * KERN_INVALID_VALUE for other elements or a buffer that is too small;
 * KERN_INVALID_NAME; KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_peek(ipc_space_t task, mach_port_name_t name,
			     mach_msg_trailer_type_t trailer_type,
			     mach_port_seqno_t *request_seqnop,
			     mach_msg_size_t *msg_sizep,
			     mach_msg_id_t *msg_idp,
			     mach_msg_trailer_info_t trailer_infop,
			     mach_msg_type_number_t *trailer_infop_count);

/**
 * mach_port_get_srights() - count the send rights of a port
 * @task: the space
 * @name: the receive right
 * @srights: set to the number: one for each space that holds any, one for each
 *	right in a message or in the kernel
 *
 * Return: KERN_SUCCESS; KERN_INVALID_NAME; KERN_INVALID_RIGHT.
 */
kern_return_t mach_port_get_srights(ipc_space_t task, mach_port_name_t name,
				    mach_port_rights_t *srights);

#ifdef __cplusplus
}
#endif

#endif
