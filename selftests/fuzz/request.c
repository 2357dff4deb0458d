// SPDX-License-Identifier: GPL-2.0
/*
 * Messages that the kernel answers: a table of its routines, and requests that
 * have the shape which each one wants, or nearly.
 */
#include "fuzz.h"

#include <string.h>

/* The descriptor of a request. */
enum fuzz_arg {
	ARG_NONE,
	ARG_SEND,
	ARG_SEND_ONCE,
	ARG_POLY,
	ARG_MEMORY,
	ARG_SENDS,
};

/*
 * The words of a request, a letter each:
 *	n a name	R one of a receive right	S one of a set
 *	r a right	p a disposition			i a notification
 *	d a delta	g a guard, which is two words	b a truth value
 *	f a flavor	c a count, of room or of names	t trailer elements
 *	q a quality of service, which is two words	k a special port
 *	a an array, after its length			w any word
 */
static const struct request {
	uint16_t id;
	enum fuzz_arg arg;
	const char *words;
} requests[] = {
	{ 200, ARG_NONE, "fc" },
	{ 201, ARG_NONE, "" },
	{ 202, ARG_NONE, "" },
	{ 412, ARG_NONE, "wk" },
	{ 413, ARG_SEND, "k" },
	{ 3200, ARG_NONE, "" },
	{ 3201, ARG_NONE, "n" },
	{ 3202, ARG_NONE, "nn" },
	{ 3203, ARG_NONE, "rn" },
	{ 3204, ARG_NONE, "r" },
	{ 3205, ARG_NONE, "n" },
	{ 3206, ARG_NONE, "n" },
	{ 3207, ARG_NONE, "nr" },
	{ 3208, ARG_NONE, "nrd" },
	{ 3209, ARG_NONE, "Rtwc" },
	{ 3210, ARG_NONE, "Rw" },
	{ 3211, ARG_NONE, "S" },
	{ 3212, ARG_NONE, "RS" },
	{ 3213, ARG_SEND_ONCE, "Riw" },
	{ 3214, ARG_POLY, "n" },
	{ 3215, ARG_NONE, "Rp" },
	{ 3216, ARG_NONE, "Rw" },
	{ 3217, ARG_NONE, "Rfc" },
	{ 3218, ARG_NONE, "Rfa" },
	{ 3219, ARG_NONE, "rq" },
	{ 3220, ARG_SEND, "rqn" },
	{ 3222, ARG_NONE, "R" },
	{ 3223, ARG_NONE, "" },
	{ 3224, ARG_NONE, "R" },
	{ 3225, ARG_NONE, "n" },
	{ 3226, ARG_NONE, "RS" },
	{ 3227, ARG_NONE, "RS" },
	{ 3228, ARG_NONE, "R" },
	{ 3229, ARG_NONE, "Rg" },
	{ 3230, ARG_NONE, "n" },
	{ 3231, ARG_MEMORY, "g" },
	{ 3232, ARG_NONE, "Rdg" },
	{ 3233, ARG_NONE, "Rgb" },
	{ 3234, ARG_NONE, "Rg" },
	{ 3235, ARG_NONE, "" },
	{ 3403, ARG_SENDS, "c" },
	{ 3404, ARG_NONE, "" },
	{ 3405, ARG_NONE, "fc" },
	{ 3409, ARG_NONE, "k" },
	{ 3410, ARG_SEND, "k" },
	{ 3610, ARG_NONE, "k" },
	{ 3611, ARG_SEND, "k" },
};

/* The port that a routine is of, or another. */
static uint32_t object_of(struct fuzz_worker *w, uint32_t id)
{
	uint32_t other = fuzz_below(w, 30);

	if (other == 0)
		return fuzz_object(w, fuzz_below(w, FUZZ_OBJECTS));
	if (other < 4)
		return fuzz_name(w, FUZZ_SEND);
	if (id < 3000)
		return fuzz_object(w, MACHIPC_SELF_HOST);
	if (id < 3600)
		return fuzz_object(w, MACHIPC_SELF_TASK);
	return fuzz_object(w, MACHIPC_SELF_THREAD);
}

static uint8_t *put_options(struct fuzz_worker *w, uint8_t *at)
{
	uint32_t options[6] = {
		fuzz_one_of(w, 0, 1, 2, 0x10, 0x12, 0x7e, 0xffff),
		fuzz_below(w, 2000),
	};
	mach_msg_ool_descriptor_t memory = {
		.address = w->arena,
		.size = fuzz_one_of(w, 24, 24, 24, 8, 0),
		.type = MACH_MSG_OOL_DESCRIPTOR,
	};

	if (w->torn)
		fuzz_mend_arena(w);
	memcpy(w->arena, options, sizeof(options));
	return fuzz_put_memory(w, at, &memory);
}

/* Writes the descriptor. @count is how many names an array has. */
static uint8_t *put_arg(struct fuzz_worker *w, uint8_t *at, enum fuzz_arg arg,
			uint32_t count)
{
	uint32_t disposition = fuzz_disposition(w);

	if (fuzz_once_in(w, 30))
		arg = ARG_POLY;
	else if (arg == ARG_SEND)
		disposition = fuzz_one_of(w, 17, 19, 20);
	else if (arg == ARG_SEND_ONCE)
		disposition = fuzz_one_of(w, 18, 21, 21, 21);
	switch (arg) {
	case ARG_MEMORY:
		return put_options(w, at);
	case ARG_SENDS:
		return fuzz_put_names(w, at, count, fuzz_one_of(w, 17, 19, 20));
	default:
		return fuzz_put_right(at, disposition, fuzz_once_in(w, 8) ?
				      MACH_PORT_NULL :
				      fuzz_name(w, fuzz_source(w, disposition)));
	}
}

/* Writes what a letter stands for. Returns how many words that is. */
static uint32_t put_words(struct fuzz_worker *w, uint32_t *word, char letter,
			  uint32_t count)
{
	word[1] = 0;
	switch (letter) {
	case 'n':
		word[0] = fuzz_name(w, FUZZ_ANY);
		return 1;
	case 'R':
		word[0] = fuzz_name(w, FUZZ_RECEIVE);
		return 1;
	case 'S':
		word[0] = fuzz_name(w, FUZZ_SET);
		return 1;
	case 'r':
		word[0] = fuzz_one_of(w, 0, 1, 1, 2, 3, 3, 4, 5);
		return 1;
	case 'p':
		word[0] = fuzz_disposition(w);
		return 1;
	case 'i':
		word[0] = fuzz_one_of(w, 66, 69, 70, 72, 72, 71);
		return 1;
	case 'd':
		word[0] = fuzz_one_of(w, 1, -1, -1, 2, -2, 0, 65534, -65535);
		return 1;
	case 'g':
		word[0] = fuzz_below(w, 3);
		return 2;
	case 'b':
		word[0] = fuzz_below(w, 2);
		return 1;
	case 'f':
		word[0] = fuzz_one_of(w, 1, 1, 1, 2, 4, 5, 7, 8, 13, 15);
		return 1;
	case 'c':
		word[0] = count;
		return 1;
	case 't':
		word[0] = fuzz_below(w, 16) << 24;
		return 1;
	case 'q':
		word[0] = fuzz_below(w, 4);
		word[1] = fuzz_one_of(w, 0, 100, -1);
		return 2;
	case 'k':
		word[0] = fuzz_below(w, 10);
		return 1;
	case 'a':
		word[0] = count % 20;
		for (uint32_t i = 0; i < word[0]; i++)
			word[1 + i] = fuzz_below(w, 6);
		return 1 + word[0];
	default:
		word[0] = fuzz_word(w);
		return 1;
	}
}

/* Makes a request at the start of the buffer. Returns its size. */
static uint32_t make_request(struct fuzz_worker *w, const struct request *this)
{
	static const uint32_t ndr[2] = { 0, 1 };
	mach_msg_header_t *head = (mach_msg_header_t *)w->send;
	uint32_t count = fuzz_one_of(w, 0, 1, 3, 3, 4, 12, 17, 68);
	uint8_t *at = w->send + sizeof(*head);
	uint32_t one = 1;

	head->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					 fuzz_one_of(w, 21, 21, 21, 20, 0));
	head->msgh_remote_port = object_of(w, this->id);
	head->msgh_local_port = fuzz_name(w, FUZZ_RECEIVE);
	head->msgh_voucher_port = MACH_PORT_NULL;
	head->msgh_id = this->id;
	if (this->arg) {
		head->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		memcpy(at, &one, 4);
		at = put_arg(w, at + 4, this->arg, count);
	}
	if (*this->words) {
		memcpy(at, ndr, sizeof(ndr));
		at += sizeof(ndr);
	}
	for (const char *letter = this->words; *letter; letter++)
		at += 4 * put_words(w, (uint32_t *)at, *letter, count);
	if (fuzz_once_in(w, 30))
		at += 4;
	head->msgh_size = at - w->send;
	return head->msgh_size;
}

/* Sends a request, and receives the answer, which is there at once. */
void fuzz_request(struct fuzz_worker *w)
{
	const struct request *this =
		&requests[fuzz_below(w, FUZZ_COUNT(requests))];
	mach_msg_header_t *head = (mach_msg_header_t *)w->send;
	struct machipc_msg arg = {
		.size = sizeof(arg),
		.option = MACH_SEND_MSG | MACH_RCV_MSG | MACH_SEND_TIMEOUT |
			  MACH_RCV_TIMEOUT,
		.msg = (uintptr_t)w->send,
		.send_size = make_request(w, this),
		.rcv_size = fuzz_one_of(w, 4096, 4096, 4096, 100, 36),
		.rcv_name = head->msgh_local_port,
	};

	if (fuzz_once_in(w, 20))
		arg.option &= ~MACH_RCV_MSG;
	arg.rcv_msg = (uintptr_t)w->receive + FUZZ_BUFFER - arg.rcv_size;
	fuzz_trap(w, &arg);
}
