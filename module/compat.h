/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernel releases, found by probing the headers in use:
 * distributions carry back-ports, so release numbers say little.
 */
#ifndef _MACHIPC_COMPAT_H
#define _MACHIPC_COMPAT_H

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#ifdef MACHIPC_PFN_T
#include <linux/pfn_t.h>
#endif

/* Since 6.1 a sleeping task says itself that it may be frozen. */
#ifndef TASK_FREEZABLE
#define TASK_FREEZABLE	0
#endif

/* Since 6.2 who names the node of a device does not change the device. */
#ifndef MACHIPC_DEVNODE_CONST
#define MACHIPC_DEVNODE_CONST
#endif

typedef unsigned long machipc_shrink_t(struct shrinker *shrinker,
				       struct shrink_control *control);

/* Since 6.7 the kernel allocates shrinkers, and registering one cannot fail. */
#ifdef SHRINKER_ALLOCATED
static inline struct shrinker *
machipc_shrinker_create(const char *name, machipc_shrink_t *count,
			machipc_shrink_t *scan)
{
	struct shrinker *shrinker = shrinker_alloc(0, "%s", name);

	if (!shrinker)
		return NULL;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker_register(shrinker);
	return shrinker;
}

static inline void machipc_shrinker_destroy(struct shrinker *shrinker)
{
	shrinker_free(shrinker);
}
#else
static inline struct shrinker *
machipc_shrinker_create(const char *name, machipc_shrink_t *count,
			machipc_shrink_t *scan)
{
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (!shrinker)
		return NULL;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker->seeks = DEFAULT_SEEKS;
	if (!register_shrinker(shrinker, "%s", name))
		return shrinker;
	kfree(shrinker);
	return NULL;
}

static inline void machipc_shrinker_destroy(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(shrinker);
}
#endif

/* Since 6.3 the flags of a mapping are constant to all but a function. */
static inline void machipc_vma_set_flags(struct vm_area_struct *vma,
					 vm_flags_t flags)
{
#ifdef MACHIPC_VM_FLAGS_SET
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

/*
 * Handles a fault in a private mapping of pages by the kernel's page of zeros.
 * Since 6.17 page frames have no type of their own.
 */
static inline vm_fault_t machipc_insert_zeros(struct vm_fault *vmf)
{
	unsigned long pfn = my_zero_pfn(vmf->address);

#ifdef MACHIPC_PFN_T
	return vmf_insert_mixed(vmf->vma, vmf->address, pfn_to_pfn_t(pfn));
#else
	return vmf_insert_mixed(vmf->vma, vmf->address, pfn);
#endif
}

/*
 * Since 6.16 the trace point of a thread that exits has a second argument, which
 * says whether it is the last one. A probe has to have exactly the arguments of
 * its trace point. For a file that includes <trace/events/sched.h>.
 */
#define MACHIPC_EXIT_TELLS_LAST						\
	__builtin_types_compatible_p(					\
		typeof(check_trace_callback_type_sched_process_exit),	\
		void (void (*)(void *, struct task_struct *, bool)))

#endif
