/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every message runs through.
 *
 * These functions are next to each other in the module, so that a processor
 * has to find a few pages of code and not a dozen, each time that a message has
 * made it switch to another process.
 */
#ifndef _MACHIPC_HOT_H
#define _MACHIPC_HOT_H

#define machipc_hot __attribute__((__hot__))

#endif
