// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/* Descriptors that can be polled. */

#include <machipc.h>
#include "device.h"

kern_return_t machipc_port_watch(mach_port_name_t name, mach_port_right_t right,
				 int *fd)
{
	struct machipc_port_op port = {
		.size = sizeof(port),
		.task = mach_task_self(),
		.name = name,
		.arg = right,
	};
	kern_return_t kr = MACHIPC_CALL_KR(MACHIPC_IOC_PORT_WATCH, &port);

	if (kr == KERN_SUCCESS)
		*fd = port.out;
	return kr;
}
