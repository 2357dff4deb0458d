// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the machipc authors
/* Calls on the host, which are made by message only. */

#include <string.h>
#include "rpc.h"

kern_return_t host_info(host_t host, host_flavor_t flavor,
			host_info_t host_info_out,
			mach_msg_type_number_t *host_info_out_count)
{
	struct machipc_rpc rpc = {
		.id = 200,
		RPC_WORDS(flavor, *host_info_out_count),
	};
	kern_return_t kr = machipc_rpc(host, KERN_INVALID_ARGUMENT, &rpc);

	if (kr != KERN_SUCCESS)
		return kr;
	*host_info_out_count = rpc.out[0];
	memcpy(host_info_out, &rpc.out[1], rpc.out[0] * sizeof(rpc.out[0]));
	return KERN_SUCCESS;
}

/* Two words before the string: MIG's offset, always 0, and its length. */
kern_return_t host_kernel_version(host_t host, kernel_version_t kernel_version)
{
	struct machipc_rpc rpc = { .id = 201 };
	kern_return_t kr = machipc_rpc(host, KERN_INVALID_ARGUMENT, &rpc);

	if (kr == KERN_SUCCESS)
		memcpy(kernel_version, &rpc.out[2], rpc.out[1]);
	return kr;
}

kern_return_t host_page_size(host_t host, vm_size_t *out_page_size)
{
	struct machipc_rpc rpc = { .id = 202 };
	kern_return_t kr = machipc_rpc(host, KERN_INVALID_ARGUMENT, &rpc);

	if (kr == KERN_SUCCESS)
		*out_page_size = machipc_rpc_long(rpc.out);
	return kr;
}

kern_return_t host_get_special_port(host_priv_t host_priv, int node, int which,
				    mach_port_t *port)
{
	struct machipc_rpc rpc = {
		.id = 412,
		.ports = 1,
		RPC_WORDS(node, which),
	};
	kern_return_t kr = machipc_rpc(host_priv, KERN_INVALID_ARGUMENT, &rpc);

	if (kr == KERN_SUCCESS)
		*port = rpc.out_port.name;
	return kr;
}

kern_return_t host_set_special_port(host_priv_t host_priv, int which,
				    mach_port_t port)
{
	struct machipc_rpc rpc = {
		.id = 413,
		.has_port = true,
		.port = port,
		.disposition = MACH_MSG_TYPE_COPY_SEND,
		RPC_WORDS(which),
	};

	return machipc_rpc(host_priv, KERN_INVALID_ARGUMENT, &rpc);
}
