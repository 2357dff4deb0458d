// SPDX-License-Identifier: GPL-2.0
/*
 * machbootstrap - ask the bootstrap server from a shell
 */

#include <err.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <mach/mach.h>
#include <servers/bootstrap.h>

#define EXIT_USAGE	2

/* The name of a user, or the number where there is none. */
static const char *user_name(const char *number)
{
	const struct passwd *user = getpwuid(strtoul(number, NULL, 10));

	return user ? user->pw_name : number;
}

static int list(char **args)
{
	mach_msg_type_number_t count;
	bootstrap_status_array_t status;
	name_array_t service, user;
	kern_return_t kr;

	(void)args;
	kr = bootstrap_info(MACH_PORT_NULL, &service, &count, &user, &count,
			    &status, &count);
	if (kr != BOOTSTRAP_SUCCESS)
		errx(1, "%s", bootstrap_strerror(kr));
	for (mach_msg_type_number_t i = 0; i < count; i++)
		printf("%-16s %s\n", user_name(user[i]), service[i]);
	return fflush(stdout) ? 1 : 0;
}

static int status(char **args)
{
	bootstrap_status_t active;
	kern_return_t kr;

	kr = bootstrap_status(MACH_PORT_NULL, args[0], &active);
	if (kr == BOOTSTRAP_SUCCESS)
		return 0;
	warnx("%s: %s", args[0], bootstrap_strerror(kr));
	return 1;
}

static void usage(FILE *stream)
{
	fputs("usage: machbootstrap list\n"
	      "       machbootstrap status NAME\n"
	      "       machbootstrap -h | -V\n"
	      "\n"
	      "Asks the bootstrap server, machbootstrapd.\n"
	      "\n"
	      "  list           print the services that can be found, with their users\n"
	      "  status NAME    exit with 0 if the service can be found\n"
	      "  -h, --help     print this text\n"
	      "  -V, --version  print the version\n",
	      stream);
}

static const struct command {
	const char *name;
	int args;
	int (*run)(char **args);
} commands[] = {
	{ "list", 0, list },
	{ "status", 1, status },
	{}
};

static const struct command *find_command(const char *name)
{
	const struct command *command;

	for (command = commands; command->name; command++) {
		if (!strcmp(command->name, name))
			return command;
	}
	return NULL;
}

static void parse_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{},
	};

	switch (getopt_long(argc, argv, "+hV", options, NULL)) {
	case -1:
		return;
	case 'h':
		usage(stdout);
		exit(0);
	case 'V':
		puts("machbootstrap " VERSION);
		exit(0);
	default:
		usage(stderr);
		exit(EXIT_USAGE);
	}
}

int main(int argc, char **argv)
{
	const struct command *command = NULL;

	parse_options(argc, argv);
	if (optind < argc)
		command = find_command(argv[optind]);
	if (!command || argc - optind - 1 != command->args) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return command->run(argv + optind + 1);
}
