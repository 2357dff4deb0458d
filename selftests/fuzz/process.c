// SPDX-License-Identifier: GPL-2.0
/*
 * Children: they have their parent's descriptors and no space, must not get
 * anything by them, and then live in a space of their own for a while.
 */
#include "fuzz.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NOT_FOREIGN	3

static bool is_foreign(int fd)
{
	struct machipc_self arg = { .size = sizeof(arg) };

	return ioctl(fd, MACHIPC_IOC_SELF, &arg);
}

/* The program calls itself for this: the descriptor has survived an exec. */
void fuzz_foreign_main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--foreign"))
		_exit(is_foreign(atoi(argv[2])) ? 0 : EXIT_NOT_FOREIGN);
}

static _Noreturn void be_child(struct fuzz_worker *w)
{
	char text[12];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	w->faults = -1;
	w->alone = true;
	if (fuzz_process.child_begins)
		fuzz_process.child_begins();
	if (!is_foreign(fuzz_process.door[0]))
		_exit(EXIT_NOT_FOREIGN);
	snprintf(text, sizeof(text), "%d", dup(fuzz_process.door[0]));
	if (fuzz_once_in(w, 8))
		execl("/proc/self/exe", "fuzz", "--foreign", text, NULL);
	fuzz_close_all();
	fuzz_hang_door(0, fuzz_open_door());
	memset(fuzz_process.object, 0, sizeof(fuzz_process.object));
	fuzz_process.task = fuzz_object(w, MACHIPC_SELF_TASK);
	fuzz_get_special(w);
	for (int i = fuzz_below(w, 12); i > 0; i--)
		fuzz_step(w);
	if (fuzz_once_in(w, 4))
		kill(getpid(), SIGKILL);
	_exit(0);
}

/* The child gets the bootstrap port of its parent, if there is one. */
static void set_bootstrap(struct fuzz_worker *w)
{
	struct machipc_port_right arg = {
		.size = sizeof(arg),
		.task = fuzz_process.task,
		.name = 4,
		.poly = fuzz_name(w, FUZZ_RECEIVE),
		.disposition = MACH_MSG_TYPE_MAKE_SEND,
	};

	ioctl(fuzz_process.door[0], MACHIPC_IOC_TASK_SET_SPECIAL_PORT, &arg);
}

void fuzz_fork(struct fuzz_worker *w)
{
	int status = 0;
	pid_t pid;

	if (fuzz_once_in(w, 2))
		set_bootstrap(w);
	pid = fork();
	if (!pid)
		be_child(w);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_FOREIGN)
		fuzz_complain("# a descriptor works in another process");
}
