/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of out-of-line memory and ports share: descriptors of all
 * kinds in one message, memory with known contents, and pictures of the
 * address space to compare.
 */
#ifndef OOL_UTILS_H
#define OOL_UTILS_H

#include "port_utils.h"

#include <sys/resource.h>

#define PAGE	4096UL

#define PHYSICAL	MACH_MSG_PHYSICAL_COPY
#define VIRTUAL		MACH_MSG_VIRTUAL_COPY

/* Copied physically at most by one message, where the sender keeps it. */
#define PHYSICAL_MAX	7340032

/* Ports in one message, and in one array. */
#define PORTS_MAX	16382
#define ARRAY_MAX	917504

#define MAKE_SEND	MACH_MSG_TYPE_MAKE_SEND
#define MAKE_SEND_ONCE	MACH_MSG_TYPE_MAKE_SEND_ONCE
#define COPY_SEND	MACH_MSG_TYPE_COPY_SEND
#define MOVE_SEND	MACH_MSG_TYPE_MOVE_SEND
#define MOVE_SEND_ONCE	MACH_MSG_TYPE_MOVE_SEND_ONCE
#define MOVE_RECEIVE	MACH_MSG_TYPE_MOVE_RECEIVE

/* Where the next descriptor is put; makes the message complex. */
static inline void *message_add(struct message *msg, size_t size)
{
	char *at;

	if (!(msg->head.msgh_bits & MACH_MSGH_BITS_COMPLEX)) {
		msg->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		msg->head.msgh_size += sizeof(msg->count);
		msg->count = 0;
	}
	at = (char *)msg + msg->head.msgh_size;
	memset(at, 0, size);
	msg->count++;
	msg->head.msgh_size += size;
	return at;
}

static inline mach_msg_ool_descriptor_t *
message_add_ool(struct message *msg, const void *address, uint32_t size,
		uint8_t copy, uint8_t deallocate)
{
	mach_msg_ool_descriptor_t *ool = message_add(msg, sizeof(*ool));

	ool->address = (void *)address;
	ool->size = size;
	ool->copy = copy;
	ool->deallocate = deallocate;
	ool->type = MACH_MSG_OOL_DESCRIPTOR;
	return ool;
}

static inline mach_msg_ool_ports_descriptor_t *
message_add_ool_ports(struct message *msg, const mach_port_name_t *names,
		      uint32_t count, uint8_t disposition, uint8_t deallocate)
{
	mach_msg_ool_ports_descriptor_t *ports =
		message_add(msg, sizeof(*ports));

	ports->address = (void *)names;
	ports->count = count;
	ports->copy = VIRTUAL;
	ports->deallocate = deallocate;
	ports->disposition = disposition;
	ports->type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	return ports;
}

/* As message_add_port(), behind descriptors of any kind. */
static inline void
message_add_right(struct message *msg, mach_port_name_t name,
		  mach_msg_type_name_t disposition)
{
	mach_msg_port_descriptor_t *port = message_add(msg, sizeof(*port));

	port->name = name;
	port->disposition = disposition;
	port->type = MACH_MSG_PORT_DESCRIPTOR;
}

/* The descriptor of that index, NULL if the message has no such one. */
static inline void *message_desc(struct message *msg, uint32_t index)
{
	char *at = (char *)msg->port;

	if (!(msg->head.msgh_bits & MACH_MSGH_BITS_COMPLEX) ||
	    index >= msg->count)
		return NULL;
	while (index--) {
		const mach_msg_type_descriptor_t *desc = (void *)at;

		at += desc->type == MACH_MSG_PORT_DESCRIPTOR ?
		      sizeof(mach_msg_port_descriptor_t) :
		      sizeof(mach_msg_ool_descriptor_t);
	}
	return at;
}

static inline mach_msg_ool_descriptor_t *
message_ool(struct message *msg, uint32_t index)
{
	return message_desc(msg, index);
}

static inline mach_msg_ool_ports_descriptor_t *
message_ool_ports(struct message *msg, uint32_t index)
{
	return message_desc(msg, index);
}

static inline mach_msg_port_descriptor_t *
message_right(struct message *msg, uint32_t index)
{
	return message_desc(msg, index);
}

/* The array that the descriptor of that index brought. */
static inline mach_port_name_t *
message_names(struct message *msg, uint32_t index)
{
	return message_ool_ports(msg, index)->address;
}

/* A complex message to the receive right @port, which needs no send right. */
static inline void ool_init(struct message *msg, mach_port_name_t port)
{
	message_init(msg, port, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0);
}

/* Sends a region alone to the receive right @port. */
static inline mach_msg_return_t
ool_send(mach_port_name_t port, const void *address, uint32_t size,
	 uint8_t copy, uint8_t deallocate)
{
	struct message msg;

	ool_init(&msg, port);
	message_add_ool(&msg, address, size, copy, deallocate);
	return msg_send(&msg);
}

/* Sends it and receives it again. */
static inline mach_msg_return_t
ool_pass(struct message *rcv, mach_port_name_t port, const void *address,
	 uint32_t size, uint8_t copy, uint8_t deallocate)
{
	mach_msg_return_t mr = ool_send(port, address, size, copy, deallocate);

	return mr ? mr : msg_receive(port, rcv);
}

/* Sends an array alone to the receive right @port. */
static inline mach_msg_return_t
array_send(mach_port_name_t port, const mach_port_name_t *names, uint32_t count,
	   uint8_t disposition)
{
	struct message msg;

	ool_init(&msg, port);
	message_add_ool_ports(&msg, names, count, disposition, 0);
	return msg_send(&msg);
}

/* Sends it and receives it again. */
static inline mach_msg_return_t
array_pass(struct message *rcv, mach_port_name_t port,
	   const mach_port_name_t *names, uint32_t count, uint8_t disposition)
{
	mach_msg_return_t mr = array_send(port, names, count, disposition);

	return mr ? mr : msg_receive(port, rcv);
}

/*
 * Contents that are recognized: a period that no page and no power of two is
 * a multiple of, so that what is moved or repeated is seen.
 */
#define PATTERN_PERIOD	4099

static inline uint8_t pattern_byte(size_t i, uint8_t seed)
{
	return i * 167 + (i >> 8) * 13 + seed + 1;
}

static inline void pattern_fill(void *data, size_t size, uint8_t seed)
{
	size_t done = size < PATTERN_PERIOD ? size : PATTERN_PERIOD;
	uint8_t *byte = data;

	for (size_t i = 0; i < done; i++)
		byte[i] = pattern_byte(i, seed);
	for (size_t step; done < size; done += step) {
		step = size - done < PATTERN_PERIOD ? size - done :
						      PATTERN_PERIOD;
		memcpy(byte + done, byte, step);
	}
}

static inline bool pattern_is(const void *data, size_t size, uint8_t seed)
{
	size_t head = size < PATTERN_PERIOD ? size : PATTERN_PERIOD;
	const uint8_t *byte = data;

	if (!data)
		return false;
	for (size_t i = 0; i < head; i++)
		if (byte[i] != pattern_byte(i, seed))
			return false;
	return !memcmp(byte, byte + head, size - head);
}

static inline bool bytes_are(const void *data, size_t size, uint8_t value)
{
	const uint8_t *byte = data;

	return !size ||
	       (byte[0] == value && !memcmp(byte, byte + 1, size - 1));
}

static inline uintptr_t page_floor(const void *address)
{
	return (uintptr_t)address & ~(PAGE - 1);
}

static inline uintptr_t page_ceiling(const void *address)
{
	return ((uintptr_t)address + PAGE - 1) & ~(PAGE - 1);
}

/* Whether the pages of a region hold nothing but the region. */
static inline bool is_surrounded_by_zeros(const void *data, size_t size)
{
	const char *end = (const char *)data + size;

	return bytes_are((void *)page_floor(data),
			 (uintptr_t)data - page_floor(data), 0) &&
	       bytes_are(end, page_ceiling(end) - (uintptr_t)end, 0);
}

/* Fresh memory of one's own, NULL if there is none. */
static inline char *pages_new(size_t size)
{
	void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return pages == MAP_FAILED ? NULL : pages;
}

/* The same, with the pattern in it. */
static inline char *pattern_new(size_t size, uint8_t seed)
{
	char *pages = pages_new(size);

	if (pages)
		pattern_fill(pages, size, seed);
	return pages;
}

/* Frees all pages that the region touches. */
static inline int region_free(const void *address, size_t size)
{
	const char *end = (const char *)address + size;

	return munmap((void *)page_floor(address),
		      page_ceiling(end) - page_floor(address));
}

/*
 * Makes a region longer, elsewhere if need be: since 6.12 mappings that a
 * driver has filled do not grow where they are, and say ENOMEM.
 */
static inline char *region_grow(char *region, size_t size, size_t new_size)
{
	char *grown = mremap(region, size, new_size, MREMAP_MAYMOVE);

	if (grown == MAP_FAILED && errno == ENOMEM)
		grown = mremap(region, size, new_size,
			       MREMAP_MAYMOVE | MREMAP_FIXED,
			       pages_new(new_size));
	return grown == MAP_FAILED ? NULL : grown;
}

static inline bool is_mapped(const void *address)
{
	unsigned char in_core;

	return !mincore((void *)page_floor(address), PAGE, &in_core);
}

/* Which of @count pages are mapped, a bit for each. */
static inline unsigned int pages_mapped(const char *pages, int count)
{
	unsigned int mapped = 0;

	for (int i = 0; i < count; i++)
		if (is_mapped(pages + i * PAGE))
			mapped |= 1U << i;
	return mapped;
}

/* The address space of the process, as the kernel lists it. */
struct maps_image {
	size_t size;
	char text[32768];
};

static inline bool maps_read(struct maps_image *image)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	ssize_t got = 1;

	image->size = 0;
	while (fd >= 0 && got > 0 && image->size < sizeof(image->text)) {
		got = read(fd, image->text + image->size,
			   sizeof(image->text) - image->size);
		if (got > 0)
			image->size += got;
	}
	if (fd >= 0)
		close(fd);
	return fd >= 0 && got == 0;
}

static struct maps_image maps_now;

/* Whether the address space is as it was. */
static inline bool maps_are(const struct maps_image *image)
{
	return maps_read(&maps_now) && maps_now.size == image->size &&
	       !memcmp(maps_now.text, image->text, image->size);
}

/* Pages of the address space that are in use, -1 if that cannot be told. */
static inline long address_space_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &pages) != 1)
		pages = -1;
	fclose(file);
	return pages;
}

/*
 * Leaves room for @size more bytes in the address space of this process; the
 * limit before is put into @old. It can be set again.
 */
static inline bool limit_address_space(size_t size, struct rlimit *old)
{
	long pages = address_space_pages();
	struct rlimit limit;

	if (pages < 0 || getrlimit(RLIMIT_AS, old))
		return false;
	limit = *old;
	limit.rlim_cur = pages * PAGE + size;
	return !setrlimit(RLIMIT_AS, &limit);
}

#endif /* OOL_UTILS_H */
