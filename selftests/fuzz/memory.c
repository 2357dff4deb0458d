// SPDX-License-Identifier: GPL-2.0
/*
 * Where messages are made and received, and addresses that are wrong.
 *
 * All of it lies below 4 GiB, where 32-bit calls reach it, and far from what
 * the kernel places, so that nothing else gets into the holes that messages
 * leave when they give memory away.
 */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>

#define PLACES		0x10000000UL
#define PLACE		0x8000000UL	/* of one worker */

/* No region that a message gives away reaches over this. */
#define GAP		0x2000000UL

/* @size bytes that can be used, and a page that cannot. */
static uint8_t *map_buffer(uintptr_t where, size_t size)
{
	uint8_t *at = mmap((void *)where, size + FUZZ_PAGE,
			   PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
			   MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED || mprotect(at + size, FUZZ_PAGE, PROT_NONE))
		return NULL;
	return at;
}

/* The arena loses pages to messages that give them away. */
void fuzz_mend_arena(struct fuzz_worker *w)
{
	w->torn = false;
	mmap(w->arena, FUZZ_ARENA, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

bool fuzz_worker_init(struct fuzz_worker *w, unsigned int index,
		      uint64_t seed)
{
	uintptr_t place = PLACES + PLACE * index;

	w->random = seed;
	w->faults = -1;
	w->arena = mmap((void *)place, FUZZ_ARENA + GAP, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			MAP_FIXED_NOREPLACE, -1, 0);
	place += 2 * GAP;
	w->args = map_buffer(place, FUZZ_ARGS);
	w->send = map_buffer(place + 0x100000, FUZZ_BUFFER);
	w->receive = map_buffer(place + 0x200000, FUZZ_BUFFER);
	if (!w->args || !w->send || !w->receive || w->arena == MAP_FAILED)
		return false;
	fuzz_mend_arena(w);
	return true;
}

uint64_t fuzz_bad_address(struct fuzz_worker *w)
{
	switch (fuzz_below(w, 6)) {
	case 0:
		return 0;
	case 1:
		return (uintptr_t)w->args + FUZZ_ARGS;
	case 2:
		return (uintptr_t)w->args + FUZZ_ARGS - 4;
	case 3:
		return 0xffffffff81000000ULL;
	case 4:
		return 0x8000000000000000ULL;
	default:
		return ~0ULL - fuzz_below(w, 16);
	}
}

/* ---- memory that was received */

/* One word, so that address and size go together: the low bits are pages. */
struct kept {
	uint8_t *at;
	size_t size;
};

static struct kept exchange(uint32_t which, uint64_t word)
{
	word = __atomic_exchange_n(&fuzz_process.region[which], word,
				   __ATOMIC_ACQ_REL);
	return (struct kept){
		.at = (uint8_t *)(word & ~(FUZZ_PAGE - 1UL)),
		.size = (word & (FUZZ_PAGE - 1)) * FUZZ_PAGE,
	};
}

/* Nobody else has it while it is used. */
static struct kept take_kept(struct fuzz_worker *w)
{
	return exchange(fuzz_below(w, FUZZ_REGIONS), 0);
}

void fuzz_keep_memory(struct fuzz_worker *w, uint8_t *at, size_t size)
{
	uint32_t which = fuzz_below(w, FUZZ_REGIONS);
	size_t pages = size / FUZZ_PAGE;
	struct kept old;

	if (!pages || pages >= FUZZ_PAGE) {
		munmap(at, size);
		return;
	}
	old = exchange(which, (uintptr_t)at | pages);
	if (old.at)
		munmap(old.at, old.size);
}

void fuzz_drop_memory(void)
{
	for (int i = 0; i < FUZZ_REGIONS; i++) {
		struct kept kept = exchange(i, 0);

		if (kept.at)
			munmap(kept.at, kept.size);
	}
}

/* What programs do to their memory, with some that a message has brought. */
void fuzz_memory(struct fuzz_worker *w)
{
	struct kept kept = take_kept(w);
	size_t pages = kept.size / FUZZ_PAGE;
	size_t at;
	void *moved;

	if (!kept.at)
		return;
	at = FUZZ_PAGE * fuzz_below(w, pages);
	switch (fuzz_below(w, 7)) {
	case 0:
		madvise(kept.at + at, kept.size - at, MADV_DONTNEED);
		kept.at[at]++;
		break;
	case 1:
		madvise(kept.at + at, FUZZ_PAGE,
			fuzz_one_of(w, MADV_DONTFORK, MADV_WIPEONFORK,
				    MADV_FREE, MADV_POPULATE_WRITE,
				    MADV_MERGEABLE));
		break;
	case 2:
		moved = mremap(kept.at, kept.size, kept.size + FUZZ_PAGE,
			       MREMAP_MAYMOVE);
		if (moved != MAP_FAILED) {
			kept.at = moved;
			kept.size += FUZZ_PAGE;
		}
		break;
	case 3:
		memset(kept.at + at, 1, kept.size - at);
		break;
	case 4:
		mprotect(kept.at + at, FUZZ_PAGE, PROT_READ);
		mprotect(kept.at + at, FUZZ_PAGE, PROT_READ | PROT_WRITE);
		break;
	case 5:
		munmap(kept.at + at, kept.size - at);
		kept.size = at;
		break;
	default:
		mlock(kept.at, kept.size);
	}
	if (kept.size)
		fuzz_keep_memory(w, kept.at, kept.size);
}

/* Some is sent on, and given away, as it has come. */
static bool send_kept(struct fuzz_worker *w, uint64_t *at, uint32_t *size)
{
	struct kept kept = take_kept(w);

	*at = (uintptr_t)kept.at;
	*size = kept.size;
	return kept.at;
}

/* ---- regions of messages */

/* Where data out of line comes from, or goes to: seldom a bad address. */
uint64_t fuzz_region(struct fuzz_worker *w, uint32_t *size, bool *sane)
{
	uint32_t offset = fuzz_below(w, FUZZ_ARENA);
	uint64_t at;

	if (fuzz_once_in(w, 6) && send_kept(w, &at, size))
		return at;
	*size = fuzz_below(w, fuzz_one_of(w, 1, 100, 5000, 70000));
	if (fuzz_once_in(w, 60))
		*size = fuzz_word(w);
	if (fuzz_once_in(w, 2))
		offset &= ~(FUZZ_PAGE - 1);
	if (fuzz_once_in(w, 4))
		offset = FUZZ_ARENA - *size;
	if (*size > FUZZ_ARENA || offset > FUZZ_ARENA - *size)
		*sane = false;
	if (!fuzz_once_in(w, 40))
		return (uintptr_t)w->arena + offset % FUZZ_ARENA;
	*sane = false;
	return fuzz_bad_address(w);
}
