/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOOLS_SUPERVISOR_H
#define TOOLS_SUPERVISOR_H

/*
 * DOC: The supervisor
 *
 * A service manager that wants to know how its service fares names a socket in
 * $NOTIFY_SOCKET: an absolute path, or one in the abstract namespace if it
 * begins with an at sign. A message is a datagram of lines such as READY=1, see
 * sd_notify(3). Nobody answers.
 */

/**
 * supervisor_connect() - find the supervisor, if there is one
 *
 * The variable is removed, so that it does not reach other programs.
 *
 * Return: 0, also if there is none; -1 with errno if it cannot be reached.
 */
int supervisor_connect(void);

/**
 * supervisor_tell() - tell the supervisor, if there is one
 * @state: lines in the form NAME=value
 *
 * Never waits: a supervisor that does not read is not told. May be called by a
 * signal handler.
 */
void supervisor_tell(const char *state);

#endif
