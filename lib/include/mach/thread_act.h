/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 the machipc authors */
/* Calls on a thread: those on the ports that the kernel keeps for it. */
#ifndef _MACH_THREAD_ACT_H_
#define _MACH_THREAD_ACT_H_

#include <mach/thread_special_ports.h>

#endif
