// SPDX-License-Identifier: GPL-2.0
/*
 * Who sent a message: captured at send, translated at receive.
 */
#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/uidgid.h>

#include "kmsg.h"
#include "space.h"
#include "token.h"

/* The security token of the kernel; its audit token is all zero. */
#define KERNEL_SECURITY_TOKEN_GID	1

static void capture(struct machipc_token *token, struct task_struct *task,
		    const struct cred *cred)
{
	token->kernel = false;
	token->euid = cred->euid;
	token->egid = cred->egid;
	token->ruid = cred->uid;
	token->rgid = cred->gid;
	token->loginuid = audit_get_loginuid(task);
	token->sessionid = audit_get_sessionid(task);
}

/**
 * machipc_token_capture() - note who the current thread is
 * @token: where to
 *
 * Ids are copied instead of taking a reference to the credentials: a message
 * that waits in a queue would pin keyrings and a user namespace.
 */
void machipc_token_capture(struct machipc_token *token)
{
	capture(token, current, current_cred());
}

static void translate(const struct machipc_token *token,
		      const struct machipc_space *sender,
		      struct mach_msg_trailer *trailer)
{
	struct user_namespace *ns = current_user_ns();

	trailer->msgh_sender[0] = from_kuid_munged(ns, token->euid);
	trailer->msgh_sender[1] = from_kgid_munged(ns, token->egid);
	trailer->msgh_audit[0] = from_kuid(ns, token->loginuid);
	trailer->msgh_audit[1] = trailer->msgh_sender[0];
	trailer->msgh_audit[2] = trailer->msgh_sender[1];
	trailer->msgh_audit[3] = from_kuid_munged(ns, token->ruid);
	trailer->msgh_audit[4] = from_kgid_munged(ns, token->rgid);
	trailer->msgh_audit[5] = pid_nr_ns(sender->tgid,
					   task_active_pid_ns(current));
	trailer->msgh_audit[6] = token->sessionid;
	trailer->msgh_audit[7] = sender->version;
}

/**
 * machipc_token_translate() - say who sent a message in the receiver's terms
 * @kmsg: the message
 * @trailer: a trailer that is zero where it is not filled in yet
 *
 * Context: The receiver's: its namespaces are the ones of the moment.
 */
void machipc_token_translate(const struct machipc_kmsg *kmsg,
			     struct mach_msg_trailer *trailer)
{
	if (kmsg->token.kernel)
		trailer->msgh_sender[1] = KERNEL_SECURITY_TOKEN_GID;
	else
		translate(&kmsg->token, kmsg->sender, trailer);
}

/**
 * machipc_token_read() - say who the owner of a space is by now
 * @space: the space
 * @trailer: where to put the tokens, in the terms of the current thread
 *
 * Return: false if the process ends, or executes another program.
 */
bool machipc_token_read(const struct machipc_space *space,
			struct mach_msg_trailer *trailer)
{
	struct machipc_token token;
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(space->tgid, PIDTYPE_TGID);
	if (task)
		capture(&token, task, __task_cred(task));
	rcu_read_unlock();
	/* Exec changes the address space first, and then who one is. */
	smp_rmb();
	if (!task || !machipc_space_has_owner(space))
		return false;
	/* The address space of one that died may be that of another program. */
	smp_rmb();
	if (!READ_ONCE(space->active))
		return false;
	translate(&token, space, trailer);
	return true;
}
