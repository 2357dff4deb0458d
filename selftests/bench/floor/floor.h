/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands of /dev/machbench_floor. The argument of the last two is the
 * side that the caller is on, 0 or 1.
 */
#ifndef MACHBENCH_FLOOR_H
#define MACHBENCH_FLOOR_H

#include <linux/ioctl.h>

#define FLOOR_NULL	_IO('F', 0xe0)	/* Nothing */
#define FLOOR_SWITCH	_IO('F', 0xe1)	/* Wake the other side, then sleep */
#define FLOOR_QUEUE	_IO('F', 0xe2)	/* The same, through wait queues */

#endif
