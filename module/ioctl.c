// SPDX-License-Identifier: GPL-2.0
/*
 * Commands: fetch, check, call, respond.
 *
 * No other file looks at the size of a command's structure or writes it back.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "ioctl.h"
#include "msg.h"
#include "space.h"
#include "usercopy.h"

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

/*
 * The one command that must be fast: its structure is read in one go if it has
 * the size that this module knows, and only the result is written.
 */
static long ioctl_msg(struct machipc_space *space,
		      struct machipc_msg __user *arg)
{
	struct machipc_msg msg;

	if (!machipc_copy_words_from_user(&msg, arg, sizeof(msg)))
		return -EFAULT;
	if (msg.reserved)
		return -EINVAL;
	return put_user(machipc_msg(space, &msg), &arg->out_result);
}

static bool has_size(const void __user *arg, u32 size)
{
	u32 given;

	return !get_user(given, (const u32 __user *)arg) && given == size;
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

/**
 * machipc_ioctl() - carry out a command
 * @space: the space that the descriptor belongs to
 * @cmd: the command
 * @arg: its structure
 *
 * Return: 0 or an errno, see the head of uapi/linux/machipc.h.
 */
long machipc_ioctl(struct machipc_space *space, unsigned int cmd,
		   void __user *arg)
{
	const struct machipc_ioctl_op *op;

	if (likely(cmd == MACHIPC_IOC_MSG && machipc_space_is_owner(space) &&
		   has_size(arg, sizeof(struct machipc_msg))))
		return ioctl_msg(space, arg);
	op = find_op(cmd);
	if (!op)
		return -ENOTTY;
	if (!op->anyone && !machipc_space_is_owner(space))
		return -ESTALE;
	return run(op, space, arg);
}
