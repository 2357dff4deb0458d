/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOOLS_LOG_H
#define TOOLS_LOG_H

/*
 * The log of machbootstrapd: standard error, a line an event.
 */

/**
 * log_event() - write one line about what a client did
 * @format: as for printf(), without the newline
 *
 * Clients decide how often this is called, so the number of lines in one
 * second is limited. The next line to come through says how many did not.
 */
__attribute__((__format__(printf, 1, 2)))
void log_event(const char *format, ...);

/**
 * log_always() - write one line about the server itself
 * @format: as for printf(), without the newline
 */
__attribute__((__format__(printf, 1, 2)))
void log_always(const char *format, ...);

#endif
