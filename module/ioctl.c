// SPDX-License-Identifier: GPL-2.0
/*
 * Commands: fetch, check, call, respond.
 *
 * No other file looks at the size of a command's structure or writes it back.
 */
#include <linux/fault-inject-usercopy.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "ioctl.h"
#include "msg.h"
#include "space.h"

static const struct machipc_ioctl_op *find_op(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	if (cmd != _IO(MACHIPC_IOC_TYPE, nr) || nr >= machipc_nr_ioctl_ops)
		return NULL;
	nr = array_index_nospec(nr, machipc_nr_ioctl_ops);
	return machipc_ioctl_ops[nr].execute ? &machipc_ioctl_ops[nr] : NULL;
}

static int fetch(const struct machipc_ioctl_op *op, union machipc_command *cmd,
		 void __user *arg, u32 *size)
{
	int ret;

	if (get_user(*size, (u32 __user *)arg))
		return -EFAULT;
	if (*size < op->min_size)
		return -EINVAL;
	/* The bytes that are not known are all looked at. */
	if (*size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(cmd, op->size, arg, *size);
	/* Another thread may have changed it between the two reads. */
	cmd->size = *size;
	return ret;
}

static int respond(const struct machipc_ioctl_op *op,
		   union machipc_command *cmd, void __user *arg, u32 size)
{
	return copy_to_user(arg, cmd, min(size, op->size)) ? -EFAULT : 0;
}

/* Carries out a structure that was read as words. */
static __always_inline bool run_msg(struct machipc_space *space,
				    const u64 *words,
				    struct machipc_msg __user *arg, bool ilp32,
				    long *ret)
{
	struct machipc_msg msg;

	memcpy(&msg, words, sizeof(msg));
	if (msg.size != sizeof(msg))
		return false;
	if (msg.reserved)
		*ret = -EINVAL;
	else
		*ret = put_user(machipc_msg(space, &msg, ilp32),
				&arg->out_result);
	return true;
}

/*
 * The one command that must be fast: its structure is read in one go, into
 * registers, and only the result is written. Returns false if the structure has
 * not the size that this module knows, or cannot be read: there are slower ways
 * to find out why.
 */
static __always_inline bool ioctl_msg(struct machipc_space *space,
				      struct machipc_msg __user *arg,
				      bool ilp32, long *ret)
{
	const u64 __user *from = (const u64 __user *)arg;
	u64 words[7];

	BUILD_BUG_ON(sizeof(words) != sizeof(*arg));
	if (should_fail_usercopy() ||
	    !user_read_access_begin(from, sizeof(words)))
		return false;
	unsafe_get_user(words[0], from, fault);
	unsafe_get_user(words[1], from + 1, fault);
	unsafe_get_user(words[2], from + 2, fault);
	unsafe_get_user(words[3], from + 3, fault);
	unsafe_get_user(words[4], from + 4, fault);
	unsafe_get_user(words[5], from + 5, fault);
	unsafe_get_user(words[6], from + 6, fault);
	user_read_access_end();
	return run_msg(space, words, arg, ilp32, ret);

fault:
	user_read_access_end();
	return false;
}

static long run(const struct machipc_ioctl_op *op, struct machipc_space *space,
		void __user *arg)
{
	union machipc_command command;
	u32 size;
	int ret;

	ret = fetch(op, &command, arg, &size);
	if (ret)
		return ret;
	ret = op->execute(op, space, &command);
	if (ret)
		return ret;
	ret = respond(op, &command, arg, size);
	if (ret && op->undo)
		op->undo(space, &command);
	if (!ret && op->commit)
		op->commit(&command);
	return ret;
}

static noinline long ioctl_op(struct machipc_space *space, unsigned int cmd,
			      void __user *arg)
{
	const struct machipc_ioctl_op *op = find_op(cmd);

	if (!op)
		return -ENOTTY;
	if (!op->anyone && !machipc_space_is_owner(space))
		return -ESTALE;
	return run(op, space, arg);
}

/**
 * machipc_ioctl() - carry out a command
 * @space: the space that the descriptor belongs to
 * @cmd: the command
 * @arg: its structure
 * @ilp32: the caller is a 32-bit program
 *
 * Return: 0 or an errno, see the head of uapi/linux/machipc.h.
 */
long machipc_ioctl(struct machipc_space *space, unsigned int cmd,
		   void __user *arg, bool ilp32)
{
	long ret;

	if (likely(cmd == MACHIPC_IOC_MSG && machipc_space_is_owner(space) &&
		   ioctl_msg(space, arg, ilp32, &ret)))
		return ret;
	return ioctl_op(space, cmd, arg);
}
