/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Calls on a task: those on its special ports. */
#ifndef _MACH_TASK_H_
#define _MACH_TASK_H_

#include <mach/task_special_ports.h>

#endif
