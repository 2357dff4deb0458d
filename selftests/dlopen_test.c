// SPDX-License-Identifier: GPL-2.0
/*
 * libmachipc as a plug-in has it: loaded by dlopen(), and given up again while
 * threads that have used it live on.
 */
#include "machipc_utils.h"

#include <dlfcn.h>

typedef mach_port_t get_port(void);

struct user {
	get_port *get_reply_port;
	pthread_barrier_t used;
	pthread_barrier_t closed;
	mach_port_t port;
};

static void *use_and_end_later(void *data)
{
	struct user *user = data;

	user->port = user->get_reply_port();
	pthread_barrier_wait(&user->used);
	pthread_barrier_wait(&user->closed);
	return NULL;
}

TEST(thread_may_end_after_the_library_is_closed)
{
	void *library = dlopen("libmachipc.so.0", RTLD_NOW | RTLD_LOCAL);
	struct user user = {};
	pthread_t thread;

	ASSERT_NE(NULL, library);
	user.get_reply_port = dlsym(library, "mig_get_reply_port");
	ASSERT_NE(NULL, user.get_reply_port);
	pthread_barrier_init(&user.used, NULL, 2);
	pthread_barrier_init(&user.closed, NULL, 2);
	ASSERT_EQ(0, pthread_create(&thread, NULL, use_and_end_later, &user));
	pthread_barrier_wait(&user.used);
	EXPECT_NE(MACH_PORT_NULL, user.port);
	ASSERT_EQ(0, dlclose(library));
	pthread_barrier_wait(&user.closed);
	EXPECT_EQ(0, pthread_join(thread, NULL));
}

TEST_HARNESS_MAIN
