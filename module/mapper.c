// SPDX-License-Identifier: GPL-2.0
/*
 * A file for each space, whose mappings are memory that the process received.
 *
 * A mapping of a driver belongs to a file. No process has a descriptor of this
 * one: only machipc_mapper_map() calls its mmap operation. It has an address
 * space of its own, because all mappings of one are in a tree with a lock, and
 * receivers in different processes shall not wait for each other.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "mapper.h"
#include "space.h"

/**
 * struct mapper - what the file of a space holds
 * @mapping: the tree of its mappings
 * @lock: serializes mapping; outside mmap_lock
 * @attach: the function that fills the mapping that is being made, or NULL
 * @data: its argument
 */
struct mapper {
	struct address_space mapping;
	struct mutex lock;	/* outside mmap_lock */
	machipc_attach_t *attach;
	void *data;
};

static int mapper_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct mapper *mapper = file->private_data;

	if (!mapper->attach || vma->vm_flags & VM_SHARED)
		return -ENODEV;
	return mapper->attach(vma, mapper->data);
}

static int mapper_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations mapper_fops = {
	.owner		= THIS_MODULE,
	.mmap		= mapper_mmap,
	.release	= mapper_release,
};

static struct file *create_file(void)
{
	struct mapper *mapper = kzalloc(sizeof(*mapper), GFP_KERNEL_ACCOUNT);
	struct file *file;

	if (!mapper)
		return ERR_PTR(-ENOMEM);
	mutex_init(&mapper->lock);
	file = anon_inode_getfile("[machipc]", &mapper_fops, mapper, O_RDWR);
	if (IS_ERR(file)) {
		kfree(mapper);
		return file;
	}
	address_space_init_once(&mapper->mapping);
	mapper->mapping.a_ops = file->f_mapping->a_ops;
	mapper->mapping.host = file->f_mapping->host;
	file->f_mapping = &mapper->mapping;
	return file;
}

/* Threads that receive for the first time agree on one file. */
static struct file *find_file(struct machipc_space *space)
{
	struct file *file, *other;

	/* Pairs with the cmpxchg() below. */
	file = smp_load_acquire(&space->mapper);
	if (file)
		return file;
	file = create_file();
	if (IS_ERR(file))
		return file;
	other = cmpxchg(&space->mapper, NULL, file);
	if (!other)
		return file;
	fput(file);
	return other;
}

/**
 * machipc_mapper_map() - make a private mapping in the current process
 * @space: its space
 * @size: size of the mapping, in whole pages
 * @attach: fills it
 * @data: for @attach
 *
 * Context: May sleep, no lock held.
 * Return: its address, or an error, see IS_ERR_VALUE().
 */
unsigned long machipc_mapper_map(struct machipc_space *space, size_t size,
				 machipc_attach_t *attach, void *data)
{
	struct file *file = find_file(space);
	struct mapper *mapper;
	unsigned long addr;

	if (IS_ERR(file))
		return PTR_ERR(file);
	mapper = file->private_data;
	if (mutex_lock_killable(&mapper->lock))
		return -EINTR;
	mapper->attach = attach;
	mapper->data = data;
	/* Its pages exist. What is written is copied, as after a fork. */
	addr = vm_mmap(file, 0, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_NORESERVE, 0);
	mapper->attach = NULL;
	mutex_unlock(&mapper->lock);
	return addr;
}
