// SPDX-License-Identifier: GPL-2.0
/*
 * What each command of the interface does: its arguments are checked and
 * handed to the verb.
 */
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/fcntl.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include "attr_ops.h"
#include "domain.h"
#include "entry.h"
#include "info_ops.h"
#include "ioctl.h"
#include "kmsg.h"
#include "msg.h"
#include "poll.h"
#include "port_ops.h"
#include "reap.h"
#include "right.h"
#include "right_ops.h"
#include "space.h"
#include "special_ops.h"
#include "thread.h"

/* Whether @task is the caller's name for its own task port. */
static bool is_own_task(struct machipc_space *space, u32 task)
{
	struct machipc_entry *entry;
	bool own;

	mutex_lock(&space->lock);
	entry = space->active ? machipc_entry_lookup(space, task) : NULL;
	own = entry && entry->type == MACHIPC_ENTRY_SEND &&
	      entry->port == space->self;
	mutex_unlock(&space->lock);
	return own;
}

static int do_query(const struct machipc_ioctl_op *op,
		    struct machipc_space *space, union machipc_command *cmd)
{
	cmd->query.out_abi_version = MACHIPC_ABI_VERSION;
	cmd->query.out_features = MACHIPC_FEATURE_OOL |
				  MACHIPC_FEATURE_SCATTER |
				  MACHIPC_FEATURE_POLL;
	return 0;
}

static int do_msg(const struct machipc_ioctl_op *op,
		  struct machipc_space *space, union machipc_command *cmd)
{
	if (cmd->msg.reserved)
		return -EINVAL;
	cmd->msg.out_result = machipc_msg(space, &cmd->msg,
					  in_compat_syscall());
	return 0;
}

static int get_self(struct machipc_space *space, u32 which,
		    struct machipc_right *right)
{
	switch (which) {
	case MACHIPC_SELF_TASK:
		return machipc_special_get(space, TASK_KERNEL_PORT, right);
	case MACHIPC_SELF_THREAD:
		return machipc_thread_self(space, right);
	default:
		return machipc_special_get(space, TASK_HOST_PORT, right);
	}
}

static int do_self(const struct machipc_ioctl_op *op,
		   struct machipc_space *space, union machipc_command *cmd)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);
	struct machipc_right right;

	if (cmd->self.reserved || cmd->self.which > MACHIPC_SELF_THREAD)
		return -EINVAL;
	if (get_self(space, cmd->self.which, &right) ||
	    machipc_give_right(space, &right, &cmd->self.out_name, &reap))
		cmd->self.out_name = MACH_PORT_NULL;
	machipc_reap_run(&reap);
	return 0;
}

static void undo_self(struct machipc_space *space, union machipc_command *cmd)
{
	machipc_deallocate(space, cmd->self.out_name);
}

static int do_reply_port(const struct machipc_ioctl_op *op,
			 struct machipc_space *space,
			 union machipc_command *cmd)
{
	if (machipc_allocate(space, MACH_PORT_RIGHT_RECEIVE,
			     &cmd->reply_port.out_name))
		cmd->reply_port.out_name = MACH_PORT_NULL;
	return 0;
}

static void destroy_name(struct machipc_space *space, u32 name)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	machipc_destroy(space, name, &reap);
	machipc_reap_run(&reap);
}

static void undo_reply_port(struct machipc_space *space,
			    union machipc_command *cmd)
{
	destroy_name(space, cmd->reply_port.out_name);
}

static int do_allocate(const struct machipc_ioctl_op *op,
		       struct machipc_space *space, union machipc_command *cmd)
{
	struct machipc_port_allocate *args = &cmd->allocate;

	if (args->reserved || args->flags & ~MACHIPC_ALLOCATE_NAME)
		return -EINVAL;
	if (args->name && !(args->flags & MACHIPC_ALLOCATE_NAME))
		return -EINVAL;
	args->out_name = args->name;
	if (!is_own_task(space, args->task))
		args->out_kr = MACH_SEND_INVALID_DEST;
	else if (args->flags & MACHIPC_ALLOCATE_NAME)
		args->out_kr = machipc_allocate_name(space, args->right,
						     &args->out_name);
	else
		args->out_kr = machipc_allocate(space, args->right,
						&args->out_name);
	return 0;
}

static void undo_allocate(struct machipc_space *space,
			  union machipc_command *cmd)
{
	if (!cmd->allocate.out_kr)
		destroy_name(space, cmd->allocate.out_name);
}

static int do_construct(const struct machipc_ioctl_op *op,
			struct machipc_space *space, union machipc_command *cmd)
{
	struct machipc_port_construct *args = &cmd->construct;

	args->out_name = MACH_PORT_NULL;
	if (!is_own_task(space, args->task))
		args->out_kr = MACH_SEND_INVALID_DEST;
	else
		args->out_kr = machipc_construct(space, args->flags,
						 args->qlimit, args->context,
						 &args->out_name);
	return 0;
}

static void undo_construct(struct machipc_space *space,
			   union machipc_command *cmd)
{
	struct machipc_port_construct *args = &cmd->construct;

	if (args->out_kr)
		return;
	if (args->flags & MPO_CONTEXT_AS_GUARD)
		machipc_unguard(space, args->out_name, args->context);
	destroy_name(space, args->out_name);
}

/*
 * The commands that share struct machipc_port. Each gets arguments that have
 * been checked and returns a kern_return_t.
 */

static int port_destroy(struct machipc_space *space,
			struct machipc_port_op *args, struct machipc_reap *reap)
{
	return machipc_destroy(space, args->name, reap);
}

static int port_deallocate(struct machipc_space *space,
			   struct machipc_port_op *args,
			   struct machipc_reap *reap)
{
	return machipc_deallocate(space, args->name);
}

static int port_mod_refs(struct machipc_space *space,
			 struct machipc_port_op *args,
			 struct machipc_reap *reap)
{
	return machipc_mod_refs(space, args->name, args->arg,
				(s32)args->value, reap);
}

static int port_get_refs(struct machipc_space *space,
			 struct machipc_port_op *args,
			 struct machipc_reap *reap)
{
	u32 urefs = 0;
	int kr = machipc_get_refs(space, args->name, args->arg, &urefs);

	args->out = urefs;
	return kr;
}

static int port_destruct(struct machipc_space *space,
			 struct machipc_port_op *args,
			 struct machipc_reap *reap)
{
	return machipc_destruct(space, args->name, (s32)args->arg,
				args->value, reap);
}

static int port_type(struct machipc_space *space, struct machipc_port_op *args,
		     struct machipc_reap *reap)
{
	u32 type = 0;
	int kr = machipc_type(space, args->name, &type);

	args->out = type;
	return kr;
}

static int port_insert_member(struct machipc_space *space,
			      struct machipc_port_op *args,
			      struct machipc_reap *reap)
{
	return machipc_insert_member(space, args->name, args->arg);
}

static int port_extract_member(struct machipc_space *space,
			       struct machipc_port_op *args,
			       struct machipc_reap *reap)
{
	return machipc_extract_member(space, args->name, args->arg);
}

static int port_move_member(struct machipc_space *space,
			    struct machipc_port_op *args,
			    struct machipc_reap *reap)
{
	return machipc_move_member(space, args->name, args->arg);
}

static int port_get_context(struct machipc_space *space,
			    struct machipc_port_op *args,
			    struct machipc_reap *reap)
{
	return machipc_get_context(space, args->name, &args->out);
}

static int port_set_context(struct machipc_space *space,
			    struct machipc_port_op *args,
			    struct machipc_reap *reap)
{
	return machipc_set_context(space, args->name, args->value);
}

static int port_guard(struct machipc_space *space,
		      struct machipc_port_op *args, struct machipc_reap *reap)
{
	return machipc_guard(space, args->name, args->value, args->arg);
}

static int port_unguard(struct machipc_space *space,
			struct machipc_port_op *args,
			struct machipc_reap *reap)
{
	return machipc_unguard(space, args->name, args->value);
}

static int port_set_mscount(struct machipc_space *space,
			    struct machipc_port_op *args,
			    struct machipc_reap *reap)
{
	return machipc_set_mscount(space, args->name, args->arg);
}

static int port_set_seqno(struct machipc_space *space,
			  struct machipc_port_op *args,
			  struct machipc_reap *reap)
{
	return machipc_set_seqno(space, args->name, args->arg);
}

static int port_get_srights(struct machipc_space *space,
			    struct machipc_port_op *args,
			    struct machipc_reap *reap)
{
	u32 srights = 0;
	int kr = machipc_get_srights(space, args->name, &srights);

	args->out = srights;
	return kr;
}

static int port_kobject(struct machipc_space *space,
			struct machipc_port_op *args, struct machipc_reap *reap)
{
	u32 kind = 0;
	int kr = machipc_get_kobject(space, args->name, &kind);

	args->out = kind;
	return kr;
}

static int port_get_special(struct machipc_space *space,
			    struct machipc_port_op *args,
			    struct machipc_reap *reap)
{
	u32 name = MACH_PORT_NULL;
	struct machipc_right right;
	int kr;

	kr = machipc_special_get(space, args->arg, &right);
	if (!kr)
		kr = machipc_give_right(space, &right, &name, reap);
	args->out = name;
	return kr;
}

static bool has_unused_members(const struct machipc_ioctl_op *op,
			       const struct machipc_port_op *args)
{
	return args->reserved ||
	       (args->name && !(op->used & MACHIPC_USED_NAME)) ||
	       (args->arg && !(op->used & MACHIPC_USED_ARG)) ||
	       (args->value && !(op->used & MACHIPC_USED_VALUE));
}

static int do_port(const struct machipc_ioctl_op *op,
		   struct machipc_space *space, union machipc_command *cmd)
{
	struct machipc_port_op *args = &cmd->port;
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	if (has_unused_members(op, args))
		return -EINVAL;
	if (op->port == port_guard && args->arg > 1)
		return -EINVAL;
	args->out = 0;
	if (!is_own_task(space, args->task)) {
		args->out_kr = MACH_SEND_INVALID_DEST;
		return 0;
	}
	args->out_kr = op->port(space, args, &reap);
	machipc_reap_run(&reap);
	return 0;
}

static void undo_get_special(struct machipc_space *space,
			     union machipc_command *cmd)
{
	if (!cmd->port.out_kr)
		machipc_deallocate(space, cmd->port.out);
}

static int copy_list(u64 addr, const u32 *list, u32 count)
{
	return copy_to_user(u64_to_user_ptr(addr), list,
			    count * sizeof(*list)) ? -EFAULT : 0;
}

/* Writes the lists if there is room for them. */
static int copy_lists(struct machipc_port_list *args,
		      const struct machipc_lists *lists)
{
	int ret;

	args->out_count = lists->count;
	if (args->out_kr || lists->count > args->capacity)
		return 0;
	ret = copy_list(args->names, lists->names, lists->count);
	if (!ret && lists->types)
		ret = copy_list(args->types, lists->types, lists->count);
	return ret;
}

static int do_list(struct machipc_space *space,
		   struct machipc_port_list *args, bool set)
{
	struct machipc_lists lists = {};
	int ret;

	if (!is_own_task(space, args->task))
		args->out_kr = MACH_SEND_INVALID_DEST;
	else if (set)
		args->out_kr = machipc_list_members(space, args->name,
						    args->capacity, &lists);
	else
		args->out_kr = machipc_list_names(space, args->capacity,
						  &lists);
	ret = copy_lists(args, &lists);
	machipc_lists_free(&lists);
	return ret;
}

static int do_names(const struct machipc_ioctl_op *op,
		    struct machipc_space *space, union machipc_command *cmd)
{
	if (cmd->list.name)
		return -EINVAL;
	return do_list(space, &cmd->list, false);
}

static int do_set_status(const struct machipc_ioctl_op *op,
			 struct machipc_space *space,
			 union machipc_command *cmd)
{
	if (cmd->list.types)
		return -EINVAL;
	return do_list(space, &cmd->list, true);
}

static int do_insert_right(const struct machipc_ioctl_op *op,
			   struct machipc_space *space,
			   union machipc_command *cmd)
{
	struct machipc_port_right *args = &cmd->right;
	struct machipc_right right;
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	if (!is_own_task(space, args->task)) {
		args->out_kr = MACH_SEND_INVALID_DEST;
		return 0;
	}
	args->out_kr = machipc_take_right(space, args->poly,
					  args->disposition, &right);
	if (!args->out_kr)
		args->out_kr = machipc_insert_right(space, args->name, &right,
						    &reap);
	machipc_reap_run(&reap);
	return 0;
}

static int extract_right(struct machipc_space *space,
			 struct machipc_port_right *args,
			 struct machipc_reap *reap)
{
	struct machipc_right right;
	int kr;

	if (!mach_msg_type_any(args->disposition))
		return KERN_INVALID_VALUE;
	if (!mach_port_valid(args->name))
		return KERN_INVALID_RIGHT;
	kr = machipc_take_right(space, args->name, args->disposition, &right);
	if (kr)
		return kr;
	args->out_disposition = right.type;
	return machipc_give_right(space, &right, &args->out_poly, reap);
}

static int do_extract_right(const struct machipc_ioctl_op *op,
			    struct machipc_space *space,
			    union machipc_command *cmd)
{
	struct machipc_port_right *args = &cmd->right;
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	if (args->poly)
		return -EINVAL;
	args->out_poly = MACH_PORT_NULL;
	args->out_disposition = MACH_MSG_TYPE_PORT_NONE;
	if (is_own_task(space, args->task))
		args->out_kr = extract_right(space, args, &reap);
	else
		args->out_kr = MACH_SEND_INVALID_DEST;
	machipc_reap_run(&reap);
	return 0;
}

static void undo_extract_right(struct machipc_space *space,
			       union machipc_command *cmd)
{
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	if (cmd->right.out_kr)
		return;
	if (cmd->right.out_disposition == MACH_MSG_TYPE_PORT_RECEIVE)
		machipc_mod_refs(space, cmd->right.out_poly,
				 MACH_PORT_RIGHT_RECEIVE, -1, &reap);
	else
		machipc_deallocate(space, cmd->right.out_poly);
	machipc_reap_run(&reap);
}

/*
 * A right that is an argument of a call as of a message: it may be null or
 * dead, and it must arrive as @type.
 */
static int take_argument(struct machipc_space *space, u32 name,
			 u32 disposition, u32 type,
			 struct machipc_right *right, struct machipc_reap *reap)
{
	right->port = NULL;
	right->name = name;
	right->type = mach_msg_type_received(disposition);
	if (mach_port_valid(name) &&
	    machipc_take_right(space, name, disposition, right))
		return MACH_SEND_INVALID_RIGHT;
	if (right->type == type)
		return KERN_SUCCESS;
	machipc_right_release(right, reap);
	return MIG_TYPE_ERROR;
}

static int set_special_port(struct machipc_space *space,
			    struct machipc_port_right *args,
			    struct machipc_reap *reap)
{
	struct machipc_right right;
	int kr;

	kr = take_argument(space, args->poly, args->disposition,
			   MACH_MSG_TYPE_PORT_SEND, &right, reap);
	if (kr)
		return kr;
	return machipc_special_set(space, args->name, &right, reap);
}

static int do_set_special_port(const struct machipc_ioctl_op *op,
			       struct machipc_space *space,
			       union machipc_command *cmd)
{
	struct machipc_port_right *args = &cmd->right;
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	if (is_own_task(space, args->task))
		args->out_kr = set_special_port(space, args, &reap);
	else
		args->out_kr = MACH_SEND_INVALID_DEST;
	machipc_reap_run(&reap);
	return 0;
}

static int do_set_domain(const struct machipc_ioctl_op *op,
			 struct machipc_space *space,
			 union machipc_command *cmd)
{
	struct machipc_port_right *args = &cmd->right;
	struct machipc_right right;
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	if (args->task || args->name)
		return -EINVAL;
	if (!machipc_domain_may_set())
		return -EPERM;
	args->out_kr = take_argument(space, args->poly, args->disposition,
				     MACH_MSG_TYPE_PORT_SEND, &right, &reap);
	if (!args->out_kr)
		args->out_kr = machipc_domain_set_bootstrap(space->domain,
							    &right, &reap);
	machipc_reap_run(&reap);
	return 0;
}

static int request_notification(struct machipc_space *space,
				struct machipc_port_request_notification *args,
				struct machipc_reap *reap)
{
	struct machipc_right previous = {};
	struct machipc_right notify;
	int kr;

	kr = take_argument(space, args->notify, args->disposition,
			   MACH_MSG_TYPE_PORT_SEND_ONCE, &notify, reap);
	if (kr)
		return kr;
	kr = machipc_request_notification(space, args->name, args->id,
					  args->sync, &notify, &previous);
	machipc_right_release(&notify, reap);
	if (kr)
		return kr;
	return machipc_give_right(space, &previous, &args->out_previous, reap);
}

static int do_request_notification(const struct machipc_ioctl_op *op,
				   struct machipc_space *space,
				   union machipc_command *cmd)
{
	struct machipc_port_request_notification *args = &cmd->request;
	struct machipc_reap reap = MACHIPC_REAP_INIT(reap);

	if (args->reserved)
		return -EINVAL;
	args->out_previous = MACH_PORT_NULL;
	if (is_own_task(space, args->task))
		args->out_kr = request_notification(space, args, &reap);
	else
		args->out_kr = MACH_SEND_INVALID_DEST;
	machipc_reap_run(&reap);
	return 0;
}

static void undo_request_notification(struct machipc_space *space,
				      union machipc_command *cmd)
{
	if (!cmd->request.out_kr)
		machipc_deallocate(space, cmd->request.out_previous);
}

static int do_get_attributes(const struct machipc_ioctl_op *op,
			     struct machipc_space *space,
			     union machipc_command *cmd)
{
	struct machipc_port_attributes *args = &cmd->attributes;

	args->out_count = min_t(u32, args->count, MACHIPC_PORT_INFO_MAX);
	if (is_own_task(space, args->task))
		args->out_kr = machipc_get_attributes(space, args->name,
						      args->flavor,
						      args->info,
						      &args->out_count);
	else
		args->out_kr = MACH_SEND_INVALID_DEST;
	return 0;
}

static int do_set_attributes(const struct machipc_ioctl_op *op,
			     struct machipc_space *space,
			     union machipc_command *cmd)
{
	struct machipc_port_attributes *args = &cmd->attributes;

	args->out_count = 0;
	if (is_own_task(space, args->task))
		args->out_kr = machipc_set_attributes(space, args->name,
						      args->flavor, args->info,
						      args->count);
	else
		args->out_kr = MACH_SEND_INVALID_DEST;
	return 0;
}

static int do_peek(const struct machipc_ioctl_op *op,
		   struct machipc_space *space, union machipc_command *cmd)
{
	struct machipc_port_peek *args = &cmd->peek;
	struct machipc_peek peek = {
		.seqno = args->seqno,
		.trailer_size = args->trailer_size,
	};

	if (args->reserved)
		return -EINVAL;
	if (!is_own_task(space, args->task)) {
		args->out_kr = MACH_SEND_INVALID_DEST;
		return 0;
	}
	args->out_kr = machipc_peek(space, args->name, args->trailer_type,
				    &peek);
	if (args->out_kr)
		return 0;
	args->out_seqno = peek.seqno;
	args->out_msg_size = peek.msg_size;
	args->out_msg_id = peek.msg_id;
	args->out_trailer_size = peek.trailer_size;
	if (copy_to_user(u64_to_user_ptr(args->trailer), peek.trailer,
			 peek.trailer_size))
		return -EFAULT;
	return 0;
}

/* Reserves a descriptor, which is not to be used before the caller knows it. */
static int watch(struct machipc_space *space, struct machipc_port_op *args,
		 struct file **file)
{
	int kr = machipc_watch(space, args->name, args->arg, file);
	int fd;

	if (kr)
		return kr;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		fput(*file);
		return KERN_RESOURCE_SHORTAGE;
	}
	args->out = fd;
	return KERN_SUCCESS;
}

static int do_watch(const struct machipc_ioctl_op *op,
		    struct machipc_space *space, union machipc_command *cmd)
{
	struct machipc_port_op *args = &cmd->watch.port;

	if (has_unused_members(op, args))
		return -EINVAL;
	args->out = 0;
	if (is_own_task(space, args->task))
		args->out_kr = watch(space, args, &cmd->watch.file);
	else
		args->out_kr = MACH_SEND_INVALID_DEST;
	return 0;
}

static void commit_watch(union machipc_command *cmd)
{
	if (!cmd->watch.port.out_kr)
		fd_install(cmd->watch.port.out, cmd->watch.file);
}

static void undo_watch(struct machipc_space *space, union machipc_command *cmd)
{
	if (cmd->watch.port.out_kr)
		return;
	put_unused_fd(cmd->watch.port.out);
	fput(cmd->watch.file);
}

/*
 * @_first is the size of the structure in the first release, as a number: it
 * must not change with the structure.
 */
#define OP(_cmd, _member, _first, _fn)					\
	[MACHIPC_CMD_##_cmd] = {					\
		.size = sizeof_field(union machipc_command, _member),	\
		.min_size = (_first),					\
		.execute = (_fn),					\
	}

#define OP_UNDO(_cmd, _member, _first, _fn, _undo)			\
	[MACHIPC_CMD_##_cmd] = {					\
		.size = sizeof_field(union machipc_command, _member),	\
		.min_size = (_first),					\
		.execute = (_fn),					\
		.undo = (_undo),					\
	}

#define PORT(_cmd, _fn, _used)						\
	[MACHIPC_CMD_##_cmd] = {					\
		.size = sizeof_field(union machipc_command, port),	\
		.min_size = 40,						\
		.used = (_used),					\
		.execute = do_port,					\
		.port = (_fn),						\
	}

#define NAME	MACHIPC_USED_NAME
#define ARG	MACHIPC_USED_ARG
#define VALUE	MACHIPC_USED_VALUE

const struct machipc_ioctl_op machipc_ioctl_ops[] = {
	[MACHIPC_CMD_QUERY] = {
		.size = sizeof_field(union machipc_command, query),
		.min_size = 16,
		.anyone = true,
		.execute = do_query,
	},
	OP(MSG, msg, 56, do_msg),
	OP_UNDO(SELF, self, 16, do_self, undo_self),
	OP_UNDO(REPLY_PORT, reply_port, 8, do_reply_port, undo_reply_port),
	OP_UNDO(PORT_ALLOCATE, allocate, 32, do_allocate, undo_allocate),
	OP_UNDO(PORT_CONSTRUCT, construct, 32, do_construct, undo_construct),
	PORT(PORT_DESTROY, port_destroy, NAME),
	PORT(PORT_DEALLOCATE, port_deallocate, NAME),
	PORT(PORT_MOD_REFS, port_mod_refs, NAME | ARG | VALUE),
	PORT(PORT_GET_REFS, port_get_refs, NAME | ARG),
	PORT(PORT_DESTRUCT, port_destruct, NAME | ARG | VALUE),
	PORT(PORT_TYPE, port_type, NAME),
	OP(PORT_NAMES, list, 40, do_names),
	OP(PORT_INSERT_RIGHT, right, 32, do_insert_right),
	OP_UNDO(PORT_EXTRACT_RIGHT, right, 32, do_extract_right,
		undo_extract_right),
	PORT(PORT_INSERT_MEMBER, port_insert_member, NAME | ARG),
	PORT(PORT_EXTRACT_MEMBER, port_extract_member, NAME | ARG),
	PORT(PORT_MOVE_MEMBER, port_move_member, NAME | ARG),
	OP(PORT_GET_SET_STATUS, list, 40, do_set_status),
	OP_UNDO(PORT_REQUEST_NOTIFICATION, request, 40,
		do_request_notification, undo_request_notification),
	OP(PORT_GET_ATTRIBUTES, attributes, 96, do_get_attributes),
	OP(PORT_SET_ATTRIBUTES, attributes, 96, do_set_attributes),
	PORT(PORT_GET_CONTEXT, port_get_context, NAME),
	PORT(PORT_SET_CONTEXT, port_set_context, NAME | VALUE),
	PORT(PORT_GUARD, port_guard, NAME | ARG | VALUE),
	PORT(PORT_UNGUARD, port_unguard, NAME | VALUE),
	PORT(PORT_SET_MSCOUNT, port_set_mscount, NAME | ARG),
	PORT(PORT_SET_SEQNO, port_set_seqno, NAME | ARG),
	OP(PORT_PEEK, peek, 56, do_peek),
	PORT(PORT_GET_SRIGHTS, port_get_srights, NAME),
	PORT(PORT_KOBJECT, port_kobject, NAME),
	[MACHIPC_CMD_PORT_WATCH] = {
		.size = sizeof_field(union machipc_command, port),
		.min_size = 40,
		.used = NAME | ARG,
		.execute = do_watch,
		.commit = commit_watch,
		.undo = undo_watch,
	},
	[MACHIPC_CMD_TASK_GET_SPECIAL_PORT] = {
		.size = sizeof_field(union machipc_command, port),
		.min_size = 40,
		.used = ARG,
		.execute = do_port,
		.port = port_get_special,
		.undo = undo_get_special,
	},
	OP(TASK_SET_SPECIAL_PORT, right, 32, do_set_special_port),
	OP(SET_DOMAIN_BOOTSTRAP, right, 32, do_set_domain),
};

const unsigned int machipc_nr_ioctl_ops = ARRAY_SIZE(machipc_ioctl_ops);
