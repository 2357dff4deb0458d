/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mapping pages of the module into the current process.
 */
#ifndef _MACHIPC_MAPPER_H
#define _MACHIPC_MAPPER_H

#include <linux/types.h>

struct machipc_space;
struct vm_area_struct;

/**
 * typedef machipc_attach_t - fills a new mapping
 * @vma: the mapping, whose lock for writing is held
 * @data: of the caller
 *
 * Return: 0, or an error; then nothing of the mapping stays.
 */
typedef int machipc_attach_t(struct vm_area_struct *vma, void *data);

unsigned long machipc_mapper_map(struct machipc_space *space, size_t size,
				 machipc_attach_t *attach, void *data);

#endif
