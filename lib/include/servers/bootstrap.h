/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
#ifndef _SERVERS_BOOTSTRAP_H_
#define _SERVERS_BOOTSTRAP_H_

/*
 * Finding services by name. The bootstrap port is a send right that each
 * process has from its start; behind it machbootstrapd keeps the names. See
 * machbootstrapd(8) for who may see which name.
 */

#include <sys/types.h>
#include <mach/mach.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BOOTSTRAP_MAX_NAME_LEN		128
#define BOOTSTRAP_MAX_CMD_LEN		512

typedef char name_t[BOOTSTRAP_MAX_NAME_LEN];
typedef name_t *name_array_t;
typedef int bootstrap_status_t;
typedef bootstrap_status_t *bootstrap_status_array_t;

/* Values of bootstrap_status_t. */
#define BOOTSTRAP_STATUS_INACTIVE	0
#define BOOTSTRAP_STATUS_ACTIVE		1
#define BOOTSTRAP_STATUS_ON_DEMAND	2

#define BOOTSTRAP_SUCCESS		0
#define BOOTSTRAP_NOT_PRIVILEGED	1100	/* the name belongs to root */
#define BOOTSTRAP_NAME_IN_USE		1101	/* register: somebody has it */
#define BOOTSTRAP_UNKNOWN_SERVICE	1102	/* not there, or not for you */
#define BOOTSTRAP_SERVICE_ACTIVE	1103	/* check in: somebody has it */
#define BOOTSTRAP_BAD_COUNT		1104
#define BOOTSTRAP_NO_MEMORY		1105	/* too many names */
#define BOOTSTRAP_NO_CHILDREN		1106

/*
 * bp is bootstrap_port, of <mach/mach_init.h>, or any other send right to a
 * bootstrap server; MACH_PORT_NULL means bootstrap_port. A service name is a
 * string of up to 127 printable characters without blanks.
 *
 * Each returns BOOTSTRAP_SUCCESS, a code from above, KERN_INVALID_ARGUMENT for
 * what is no service name, or the code of the failed message, most often
 * MACH_SEND_INVALID_DEST: there is no bootstrap server.
 */

/* Creates a service. The caller gets the receive right, its to release. */
kern_return_t bootstrap_check_in(mach_port_t bp, const char *service_name,
				 mach_port_t *sp);

/*
 * Gives a name to a port that exists; sp names a send right, which the caller
 * keeps. MACH_PORT_NULL takes the name back.
 */
kern_return_t bootstrap_register(mach_port_t bp, const char *service_name,
				 mach_port_t sp);

/* Finds a service. The caller gets one reference of a send right. */
kern_return_t bootstrap_look_up(mach_port_t bp, const char *service_name,
				mach_port_t *sp);

/* Finds a service of one user: one's own, or for root anybody's. */
kern_return_t bootstrap_look_up_per_user(mach_port_t bp,
					 const char *service_name,
					 uid_t target_user, mach_port_t *sp);

/* Tells whether a service can be found, without getting a right to it. */
kern_return_t bootstrap_status(mach_port_t bp, const char *service_name,
			       bootstrap_status_t *service_active);

/*
 * Lists the services that can be found, in the order of their names. For each,
 * server_names has the number of its user in decimal. The three arrays have one
 * length, and are the caller's to vm_deallocate().
 */
kern_return_t bootstrap_info(mach_port_t bp, name_array_t *service_names,
			     mach_msg_type_number_t *service_names_count,
			     name_array_t *server_names,
			     mach_msg_type_number_t *server_names_count,
			     bootstrap_status_array_t *service_active,
			     mach_msg_type_number_t *service_active_count);

const char *bootstrap_strerror(kern_return_t r);

#ifdef __cplusplus
}
#endif

#endif
