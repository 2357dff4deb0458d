// SPDX-License-Identifier: GPL-2.0
/*
 * Subsystems host and host_priv: what the host port tells of the machine, and
 * what it allows to those who have power over their pid namespace.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "domain.h"
#include "kmsg.h"
#include "mach.h"
#include "port.h"
#include "server.h"

/* The flavor of host_info, its size in words, and the size it once had. */
#define HOST_BASIC_INFO			1
#define HOST_BASIC_INFO_COUNT		12
#define HOST_BASIC_INFO_OLD_COUNT	5

/* What a word can say of a machine with more memory than that. */
#define MEMORY_SIZE_MAX			(2UL << 30)

#define CPU_TYPE_ANY			(-1)
#define CPU_TYPE_I386			7
#define CPU_TYPE_X86_64			(CPU_TYPE_I386 | 0x01000000)
#define CPU_SUBTYPE_I386_ALL		3
#define CPU_TYPE_ARM64			(12 | 0x01000000)

/* kernel_version_t */
#define VERSION_SIZE			512

static s32 cpu_type(void)
{
	if (IS_ENABLED(CONFIG_X86_64))
		return CPU_TYPE_X86_64;
	if (IS_ENABLED(CONFIG_X86))
		return CPU_TYPE_I386;
	return IS_ENABLED(CONFIG_ARM64) ? CPU_TYPE_ARM64 : CPU_TYPE_ANY;
}

/* host_basic_info, in order. */
static int host_info(struct machipc_call *call)
{
	u64 memory = (u64)totalram_pages() << PAGE_SHIFT;
	u32 *info = &call->out[1];

	if (call->in[0] != HOST_BASIC_INFO)
		return KERN_INVALID_ARGUMENT;
	if (call->in[1] < HOST_BASIC_INFO_OLD_COUNT)
		return KERN_FAILURE;
	call->out[0] = call->in[1] < HOST_BASIC_INFO_COUNT ?
		       HOST_BASIC_INFO_OLD_COUNT : HOST_BASIC_INFO_COUNT;
	call->nr_out = 1 + call->out[0];
	info[0] = num_possible_cpus();
	info[1] = num_online_cpus();
	info[2] = min_t(u64, memory, MEMORY_SIZE_MAX);
	info[3] = cpu_type();
	info[4] = IS_ENABLED(CONFIG_X86) ? CPU_SUBTYPE_I386_ALL : 0;
	/* No distinction is made between threads of a core and cores. */
	info[5] = 0;
	info[6] = num_online_cpus();
	info[7] = num_possible_cpus();
	info[8] = num_online_cpus();
	info[9] = num_possible_cpus();
	machipc_words_put(&info[10], memory);
	return KERN_SUCCESS;
}

static int host_kernel_version(struct machipc_call *call)
{
	const struct new_utsname *name = init_utsname();
	char *version = (char *)&call->out[2];
	u32 size;

	size = scnprintf(version, VERSION_SIZE, "%s version %s %s %s",
			 name->sysname, name->release, name->version,
			 name->machine) + 1;
	call->out[1] = size;
	call->nr_out = 2 + DIV_ROUND_UP(size, sizeof(u32));
	return KERN_SUCCESS;
}

static int host_page_size(struct machipc_call *call)
{
	machipc_words_put(call->out, PAGE_SIZE);
	return KERN_SUCCESS;
}

#define HOST_FIRST	200

/* Above each: words of the request; words of the reply. */
static const struct machipc_routine host_routines[] = {
	/* flavor, room for words; how many there are, the words */
	[200 - HOST_FIRST] = {
		.execute = host_info,
		.in = 2,
		.out = 1 + HOST_BASIC_INFO_COUNT,
	},
	/* none; 0, bytes of the string, the string with its terminator */
	[201 - HOST_FIRST] = {
		.execute = host_kernel_version,
		.out = 2 + VERSION_SIZE / sizeof(u32),
	},
	/* none; size in two words */
	[202 - HOST_FIRST] = {
		.execute = host_page_size,
		.out = 2,
	},
};

const struct machipc_subsystem machipc_host_subsystem = {
	.first = HOST_FIRST,
	.nr = ARRAY_SIZE(host_routines),
	.kobjects = BIT(MACHIPC_KOBJECT_HOST) |
		    BIT(MACHIPC_KOBJECT_HOST_PRIV),
	.mismatch = KERN_INVALID_ARGUMENT,
	.routines = host_routines,
};

/* The node, which is given first, has no meaning on one machine. */
static int host_get_special_port(struct machipc_call *call)
{
	return machipc_domain_get_special(call->domain, call->in[1],
					  &call->reply->descs[0].right);
}

static int host_set_special_port(struct machipc_call *call)
{
	return machipc_domain_set_special(call->domain, call->in[0],
					  &call->request->descs[0].right,
					  call->reap);
}

#define HOST_PRIV_FIRST	400

static const struct machipc_routine host_priv_routines[] = {
	/* node, which: the port is what it is set to */
	[412 - HOST_PRIV_FIRST] = {
		.execute = host_get_special_port,
		.in = 2,
		.out_ports = 1,
	},
	/* which: the port is what to set it to */
	[413 - HOST_PRIV_FIRST] = {
		.execute = host_set_special_port,
		.arg = MACHIPC_ARG_SEND,
		.in = 1,
	},
};

const struct machipc_subsystem machipc_host_priv_subsystem = {
	.first = HOST_PRIV_FIRST,
	.nr = ARRAY_SIZE(host_priv_routines),
	.kobjects = BIT(MACHIPC_KOBJECT_HOST_PRIV),
	.mismatch = KERN_INVALID_ARGUMENT,
	.routines = host_priv_routines,
};
