// SPDX-License-Identifier: GPL-2.0
/*
 * Mach ports and messages for Linux: load and unload.
 */
#include <linux/module.h>

#include "abi_check.h"
#include "device.h"
#include "domain.h"
#include "exec.h"
#include "kmsg.h"
#include "kunit.h"
#include "memory.h"
#include "pool.h"
#include "port.h"
#include "process.h"
#include "space.h"
#include "spin.h"
#include "thread.h"

static int __init machipc_init(void)
{
	int ret;

	machipc_check_abi();
	machipc_spin_init();
	ret = machipc_port_cache_create();
	if (ret)
		return ret;
	ret = machipc_kmsg_cache_create();
	if (ret)
		goto err_port_cache;
	ret = machipc_pool_init();
	if (ret)
		goto err_kmsg_cache;
	ret = machipc_memory_init();
	if (ret)
		goto err_pool;
	ret = machipc_domain_init();
	if (ret)
		goto err_memory;
	ret = machipc_thread_init();
	if (ret)
		goto err_domain;
	ret = machipc_space_init();
	if (ret)
		goto err_thread;
	ret = machipc_exec_init();
	if (ret)
		goto err_space;
	ret = machipc_device_register();
	if (ret)
		goto err_exec;
	machipc_kunit_run();
	return 0;

err_exec:
	machipc_exec_exit();
err_space:
	machipc_space_exit();
err_thread:
	machipc_thread_exit();
err_domain:
	machipc_domain_exit();
err_memory:
	machipc_memory_exit();
err_pool:
	machipc_pool_exit();
err_kmsg_cache:
	machipc_kmsg_cache_destroy();
err_port_cache:
	machipc_port_cache_destroy();
	return ret;
}

/* No descriptor is open, so no space is left, nor anything that one held. */
static void __exit machipc_exit(void)
{
	machipc_kunit_forget();
	machipc_device_unregister();
	machipc_exec_exit();
	machipc_space_exit();
	machipc_thread_exit();
	machipc_process_unload();
	machipc_domain_exit();
	machipc_memory_exit();
	machipc_pool_exit();
	machipc_kmsg_cache_destroy();
	machipc_port_cache_destroy();
}

module_init(machipc_init);
module_exit(machipc_exit);

MODULE_AUTHOR("The machipc authors");
MODULE_DESCRIPTION("Mach ports and messages");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
