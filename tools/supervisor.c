// SPDX-License-Identifier: GPL-2.0
/*
 * Telling a service manager that the service is ready.
 */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "supervisor.h"

static int supervisor = -1;

/* Returns the length of the address, 0 if the name is not one. */
static socklen_t parse_name(const char *name, struct sockaddr_un *address)
{
	size_t length = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || length < 2 ||
	    length >= sizeof(address->sun_path))
		return 0;
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, name, length);
	if (name[0] == '@')
		address->sun_path[0] = 0;
	else
		length++;
	return offsetof(struct sockaddr_un, sun_path) + length;
}

static int connect_to(const char *name)
{
	struct sockaddr_un address;
	socklen_t length = parse_name(name, &address);
	int fd;

	if (!length) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, length)) {
		close(fd);
		return -1;
	}
	supervisor = fd;
	return 0;
}

int supervisor_connect(void)
{
	const char *name = getenv("NOTIFY_SOCKET");
	int ret = name ? connect_to(name) : 0;

	unsetenv("NOTIFY_SOCKET");
	return ret;
}

void supervisor_tell(const char *state)
{
	int saved = errno;

	if (supervisor >= 0)
		send(supervisor, state, strlen(state), MSG_NOSIGNAL);
	errno = saved;
}
