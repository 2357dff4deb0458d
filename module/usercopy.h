/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copies of a few words from and to user memory.
 *
 * For what is small a call of the general routines costs more than the copy.
 * Sizes are those of messages and structures: multiples of four.
 */
#ifndef _MACHIPC_USERCOPY_H
#define _MACHIPC_USERCOPY_H

#include <linux/fault-inject-usercopy.h>
#include <linux/uaccess.h>

/* Above this the general routines are faster. */
#define MACHIPC_COPY_WORDS_MAX	256

/**
 * machipc_copy_words_from_user() - read a few words
 * @to: where to
 * @from: where from
 * @size: how many bytes, a multiple of 4
 *
 * Context: May sleep.
 * Return: false if the memory cannot be read.
 */
static __always_inline bool
machipc_copy_words_from_user(void *to, const void __user *from, size_t size)
{
	const u64 __user *user = from;
	u64 *words = to;

	if (should_fail_usercopy() || !user_read_access_begin(from, size))
		return false;
	for (; size >= 4 * sizeof(u64); size -= 4 * sizeof(u64)) {
		unsafe_get_user(words[0], user, fault);
		unsafe_get_user(words[1], user + 1, fault);
		unsafe_get_user(words[2], user + 2, fault);
		unsafe_get_user(words[3], user + 3, fault);
		words += 4;
		user += 4;
	}
	if (size & 2 * sizeof(u64)) {
		unsafe_get_user(words[0], user, fault);
		unsafe_get_user(words[1], user + 1, fault);
		words += 2;
		user += 2;
	}
	if (size & sizeof(u64)) {
		unsafe_get_user(*words, user, fault);
		words++;
		user++;
	}
	if (size & sizeof(u32))
		unsafe_get_user(*(u32 *)words, (u32 __user *)user, fault);
	user_read_access_end();
	return true;

fault:
	user_read_access_end();
	return false;
}

/**
 * machipc_copy_words_to_user() - write a few words
 * @to: where to
 * @from: where from
 * @size: how many bytes, a multiple of 4
 *
 * Context: May sleep.
 * Return: false if the memory cannot be written.
 */
static __always_inline bool
machipc_copy_words_to_user(void __user *to, const void *from, size_t size)
{
	u64 __user *user = to;
	const u64 *words = from;

	if (should_fail_usercopy() || !user_write_access_begin(to, size))
		return false;
	for (; size >= 4 * sizeof(u64); size -= 4 * sizeof(u64)) {
		unsafe_put_user(words[0], user, fault);
		unsafe_put_user(words[1], user + 1, fault);
		unsafe_put_user(words[2], user + 2, fault);
		unsafe_put_user(words[3], user + 3, fault);
		words += 4;
		user += 4;
	}
	if (size & 2 * sizeof(u64)) {
		unsafe_put_user(words[0], user, fault);
		unsafe_put_user(words[1], user + 1, fault);
		words += 2;
		user += 2;
	}
	if (size & sizeof(u64)) {
		unsafe_put_user(*words, user, fault);
		words++;
		user++;
	}
	if (size & sizeof(u32))
		unsafe_put_user(*(const u32 *)words, (u32 __user *)user,
				fault);
	user_write_access_end();
	return true;

fault:
	user_write_access_end();
	return false;
}

#endif
