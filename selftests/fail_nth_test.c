// SPDX-License-Identifier: GPL-2.0
/*
 * Every error path: the kernel fails the first, the second, the third ...
 * allocation or copy from or to user memory that a call makes, until the call
 * makes fewer than that. The answer is a documented one, and nothing is left
 * behind.
 *
 * The settings that let allocations of any kind fail are the whole system's.
 * They do nothing to a thread that does not ask for failures.
 */
#include "machipc_utils.h"

#include <mach/mig_errors.h>
#include <mach/thread_special_ports.h>

#define FAULTS	"/sys/kernel/debug"

/* A call that is not done after so many failures loops. */
#define NTH_MAX	20000

/* Names whose entries share an allocation, and of which one is never used. */
#define ENTRIES_TOGETHER	128

static void open_fail_nth(int *fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/fail-nth", gettid());
	*fd = open(path, O_RDWR | O_CLOEXEC);
}

/* Failures are to hit any allocation, and to leave no stack in the log. */
static void __attribute__((constructor)) prepare_faults(void)
{
	int fd;

	open_fail_nth(&fd);
	close(fd);
	if (fd < 0 ||
	    !file_write(FAULTS "/failslab/ignore-gfp-wait", "N") ||
	    !file_write(FAULTS "/failslab/verbose", "0") ||
	    !file_write(FAULTS "/fail_page_alloc/ignore-gfp-wait", "N") ||
	    !file_write(FAULTS "/fail_page_alloc/ignore-gfp-highmem", "N") ||
	    !file_write(FAULTS "/fail_page_alloc/min-order", "0") ||
	    !file_write(FAULTS "/fail_page_alloc/verbose", "0") ||
	    !file_write(FAULTS "/fail_usercopy/verbose", "0")) {
		printf("1..0 # SKIP the kernel has no fault injection\n");
		fflush(stdout);
		_exit(KSFT_SKIP);
	}
}

/* From now on, the thread's @nth chance to fail is taken. */
static bool faults_start(int fd, int nth)
{
	char text[16];
	int size = snprintf(text, sizeof(text), "%d", nth);

	return pwrite(fd, text, size, 0) == size;
}

/*
 * Returns whether a failure has happened. What this does may itself be what
 * fails, and then none had happened before.
 */
static bool faults_stop(int fd)
{
	char text[16] = "";
	bool hit;

	hit = pread(fd, text, sizeof(text), 0) == 2 && text[0] == '0';
	while (pwrite(fd, "0", 1, 0) != 1)
		hit = false;
	return hit;
}

/* A message of every kind of descriptor, with room for a trailer. */
struct rich_message {
	mach_msg_header_t head;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port[2];
	mach_msg_ool_descriptor_t memory;
	mach_msg_ool_ports_descriptor_t array;
	uint8_t trailer[100];
};

#define RICH_SIZE	offsetof(struct rich_message, trailer)
#define ARRAY_COUNT	3
#define PAYLOAD_SIZE	10000

static void *map_memory(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}

/* What the calls work on. Each run makes it anew in a space of its own. */
static struct {
	mach_port_name_t port;		/* R + S(1) */
	mach_port_name_t set;		/* PS */
	mach_port_name_t note;		/* R, has send-once rights elsewhere */
	mach_port_name_t moved;		/* R */
	mach_port_name_t spare;		/* a name for whatever a test needs */
	mach_port_name_t array[ARRAY_COUNT];
	uint8_t *payload;
	size_t large_size;
	uint8_t *large;
	struct rich_message msg;
	struct {
		struct message msg;
		uint8_t trailer[100];
	} served;
} w;

/* Takes the free names of the first entries; the next name is a new entry's. */
static bool use_up_entries(void)
{
	mach_port_name_t names[ENTRIES_TOGETHER];
	struct rich_message msg = {
		.head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
			MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0),
		.head.msgh_remote_port = w.note,
		.body.msgh_descriptor_count = 1,
	};
	mach_msg_ool_ports_descriptor_t *array = (void *)msg.port;
	uint32_t size = (char *)(array + 1) - (char *)&msg;

	for (int i = 0; i < ENTRIES_TOGETHER; i++)
		names[i] = w.note;
	array->type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	array->disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	array->address = names;
	array->count = ENTRIES_TOGETHER - 1 - name_count();
	return !msg_trap(&msg, MACH_SEND_MSG | MACH_RCV_MSG, size, sizeof(msg),
			 w.note, 0);
}

static void rich_init(mach_port_name_t dest)
{
	struct rich_message *msg = &w.msg;

	memset(msg, 0, sizeof(*msg));
	msg->head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
		MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
			       MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg->head.msgh_size = RICH_SIZE;
	msg->head.msgh_remote_port = dest;
	msg->head.msgh_local_port = w.note;
	msg->body.msgh_descriptor_count = 4;
	for (int i = 0; i < 2; i++)
		msg->port[i].type = MACH_MSG_PORT_DESCRIPTOR;
	msg->port[0].name = w.note;
	msg->port[0].disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	msg->port[1].name = w.moved;
	msg->port[1].disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	msg->memory.type = MACH_MSG_OOL_DESCRIPTOR;
	msg->memory.address = w.payload;
	msg->memory.size = PAYLOAD_SIZE;
	msg->memory.copy = MACH_MSG_VIRTUAL_COPY;
	msg->array.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	msg->array.address = w.array;
	msg->array.count = ARRAY_COUNT;
	msg->array.disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
}

static mach_msg_return_t rich_send(void)
{
	return msg_trap(&w.msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT, RICH_SIZE,
			0, MACH_PORT_NULL, 0);
}

static mach_msg_return_t rich_receive(mach_msg_option_t option, uint32_t size)
{
	return msg_trap(&w.msg, MACH_RCV_MSG | MACH_RCV_TIMEOUT | option, 0,
			size, w.port, 0);
}

static void release_name(mach_port_name_t name)
{
	if (name != w.note && name != w.port && name != self_task())
		port_destroy(name);
}

/*
 * Releases what a message brought. A message that was not written still has
 * what it was sent with, or nothing.
 */
static void rich_release(void)
{
	mach_port_name_t *names = w.msg.array.address;

	release_name(w.msg.head.msgh_remote_port);
	release_name(w.msg.head.msgh_local_port);
	if (!(w.msg.head.msgh_bits & MACH_MSGH_BITS_COMPLEX))
		return;
	for (int i = 0; i < 2; i++)
		release_name(w.msg.port[i].name);
	if (w.msg.memory.address && w.msg.memory.address != w.payload)
		munmap(w.msg.memory.address, w.msg.memory.size);
	if (!names || names == w.array)
		return;
	for (uint32_t i = 0; i < w.msg.array.count; i++)
		release_name(names[i]);
	munmap(names, w.msg.array.count * sizeof(*names));
}

/* What happens before the failures, and the call that meets them. */

static int open_space(void)
{
	int ret = space_open();

	return ret ? CALL_ERROR(-ret) : KERN_SUCCESS;
}

static int query(void)
{
	struct machipc_query arg = { .size = sizeof(arg) };
	int ret = machipc_ioctl(MACHIPC_IOC_QUERY, &arg);

	return ret ? CALL_ERROR(-ret) : KERN_SUCCESS;
}

/* No name is how the calls without a result code report a shortage. */
static int self(uint32_t which)
{
	struct machipc_self arg = { .size = sizeof(arg), .which = which };
	int ret = machipc_ioctl(MACHIPC_IOC_SELF, &arg);

	if (ret)
		return CALL_ERROR(-ret);
	return arg.out_name ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

static int self_host(void)
{
	return self(MACHIPC_SELF_HOST);
}

static int self_thread(void)
{
	return self(MACHIPC_SELF_THREAD);
}

static int self_known(void)
{
	return self(MACHIPC_SELF_TASK);
}

static int make_reply_port(void)
{
	struct machipc_reply_port arg = { .size = sizeof(arg) };
	int ret = machipc_ioctl(MACHIPC_IOC_REPLY_PORT, &arg);

	if (ret)
		return CALL_ERROR(-ret);
	return arg.out_name ? KERN_SUCCESS : KERN_RESOURCE_SHORTAGE;
}

static int allocate_receive(void)
{
	return port_allocate(MACH_PORT_RIGHT_RECEIVE, &w.spare);
}

static int allocate_set(void)
{
	return port_allocate(MACH_PORT_RIGHT_PORT_SET, &w.spare);
}

static int allocate_dead(void)
{
	return port_allocate(MACH_PORT_RIGHT_DEAD_NAME, &w.spare);
}

/* The table of entries grows as well. */
static int allocate_far_name(void)
{
	return port_allocate_name(MACH_PORT_RIGHT_RECEIVE, 0x00c35003);
}

static int construct(void)
{
	return port_construct(MPO_INSERT_SEND_RIGHT | MPO_CONTEXT_AS_GUARD |
			      MPO_QLIMIT, 7, 0x1234, &w.spare);
}

/* The hash of a space that has as many send rights as buckets grows. */
static void many_sends(void)
{
	mach_port_name_t name;

	for (int i = 0; i < 16; i++)
		port_construct(MPO_INSERT_SEND_RIGHT, 0, 0, &name);
}

static int construct_with_send(void)
{
	return port_construct(MPO_INSERT_SEND_RIGHT, 0, 0, &w.spare);
}

/* The port has a queue of messages with rights, and all requests. */
static void busy_port(void)
{
	mach_port_name_t dead;

	port_set_qlimit(w.port, 10);
	for (int i = 0; i < 3; i++) {
		port_allocate(MACH_PORT_RIGHT_RECEIVE, &w.moved);
		rich_init(w.port);
		rich_send();
	}
	port_notify(w.port, MACH_NOTIFY_NO_SENDERS, 0, w.note);
	port_notify(w.port, MACH_NOTIFY_DEAD_NAME, 0, w.note);
	port_insert_member(w.port, w.set);
	port_extract_right(w.port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &dead, NULL);
}

static int destroy(void)
{
	return port_destroy(w.port);
}

static int destroy_set(void)
{
	return port_destroy(w.set);
}

static int destruct(void)
{
	return port_destruct(w.port, -1, 0);
}

static int deallocate(void)
{
	return port_deallocate(w.port);
}

static int mod_refs(void)
{
	return port_mod_refs(w.port, MACH_PORT_RIGHT_RECEIVE, -1);
}

static int get_refs(void)
{
	uint64_t refs;

	return port_get_refs(w.port, MACH_PORT_RIGHT_SEND, &refs);
}

static int get_type(void)
{
	uint64_t type;

	return port_get_type(w.port, &type);
}

static int get_names(void)
{
	mach_port_name_t names[300];
	mach_port_type_t types[300];
	uint32_t count = 300;

	return port_names(names, types, &count);
}

static int get_set_status(void)
{
	mach_port_name_t names[10];
	uint32_t count = 10;

	return port_get_set_status(w.set, names, &count);
}

static int insert_right(void)
{
	return port_insert_right(0x00c35003, w.moved, MACH_MSG_TYPE_MAKE_SEND_ONCE);
}

static int extract_right(void)
{
	return port_extract_right(w.note, MACH_MSG_TYPE_MAKE_SEND_ONCE,
				  &w.spare, NULL);
}

static int extract_receive(void)
{
	return port_extract_right(w.port, MACH_MSG_TYPE_MOVE_RECEIVE, &w.spare,
				  NULL);
}

static int insert_member(void)
{
	return port_insert_member(w.port, w.set);
}

static void be_member(void)
{
	port_insert_member(w.port, w.set);
}

static int extract_member(void)
{
	return port_extract_member(w.port, w.set);
}

static void have_second_set(void)
{
	be_member();
	w.spare = pset_new();
}

static int move_member(void)
{
	return port_move_member(w.port, w.spare);
}

static int get_attributes(void)
{
	mach_port_status_t status;

	return port_get_status(w.port, &status);
}

static int set_attributes(void)
{
	return port_set_qlimit(w.port, 9);
}

static int get_context(void)
{
	uint64_t context;

	return port_get_context(w.port, &context);
}

static int set_context(void)
{
	return port_set_context(w.port, 1);
}

static int guard(void)
{
	return port_guard(w.port, 1, true);
}

static void be_guarded(void)
{
	port_guard(w.port, 1, true);
}

/* A guard that has gone cannot be taken off again, so this is not repeated. */
static int unguard(void)
{
	return port_unguard(w.port, 1);
}

static int set_mscount(void)
{
	return port_set_mscount(w.port, 1);
}

static int set_seqno(void)
{
	return port_set_seqno(w.port, 1);
}

static int get_srights(void)
{
	uint64_t srights;

	return port_get_srights(w.port, &srights);
}

static int get_kobject(void)
{
	uint64_t kind;

	return port_call(MACHIPC_IOC_PORT_KOBJECT, w.port, 0, 0, &kind);
}

static int watch_right(mach_port_name_t name, mach_port_right_t right)
{
	int fd;
	kern_return_t kr = port_watch(name, right, &fd);

	if (!kr)
		close(fd);
	return kr;
}

static int watch_receive(void)
{
	return watch_right(w.port, MACH_PORT_RIGHT_RECEIVE);
}

static int watch_send(void)
{
	return watch_right(w.port, MACH_PORT_RIGHT_SEND);
}

static int watch_set(void)
{
	return watch_right(w.set, MACH_PORT_RIGHT_PORT_SET);
}

static void queue_simple(void)
{
	msg_send_id(w.port, MACH_MSG_TYPE_COPY_SEND, 1);
}

static int peek(void)
{
	struct machipc_port_peek arg = {
		.name = w.port,
		.trailer_type = MACH_RCV_TRAILER_ELEMENTS(3),
		.trailer = (uintptr_t)w.payload,
		.trailer_size = 52,
	};

	return port_peek(&arg);
}

static int request_dead_name(void)
{
	return port_notify(w.port, MACH_NOTIFY_DEAD_NAME, 0, w.note);
}

/* The earlier request's right comes back under a new name. */
static void have_request(void)
{
	request_dead_name();
}

static int request_send_possible(void)
{
	return port_notify(w.port, MACH_NOTIFY_SEND_POSSIBLE, 0, w.note);
}

static int request_no_senders(void)
{
	return port_notify(w.port, MACH_NOTIFY_NO_SENDERS, 0, w.note);
}

static int request_port_destroyed(void)
{
	return port_notify(w.port, MACH_NOTIFY_PORT_DESTROYED, 0, w.note);
}

static int set_special(void)
{
	return task_set_special(TASK_BOOTSTRAP_PORT, w.port,
				MACH_MSG_TYPE_COPY_SEND);
}

/* The bootstrap right's port is one that the space has no name for. */
static void have_bootstrap(void)
{
	w.spare = port_new();
	task_set_special(TASK_BOOTSTRAP_PORT, port_new_parked(w.spare),
			 MACH_MSG_TYPE_MOVE_SEND);
}

static int get_special(void)
{
	return task_get_special(TASK_BOOTSTRAP_PORT, &w.spare);
}

static int set_domain(void)
{
	return domain_set_bootstrap(w.port, MACH_MSG_TYPE_COPY_SEND);
}

static int send_simple(void)
{
	return msg_send_id(w.port, MACH_MSG_TYPE_COPY_SEND, 1);
}

static void have_large(size_t size)
{
	mach_msg_header_t *head;

	w.large_size = size;
	w.large = map_memory(size + 100);
	head = (mach_msg_header_t *)w.large;
	head->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	head->msgh_size = size;
	head->msgh_remote_port = w.port;
}

static void have_page(void)
{
	have_large(3000);
}

/* More than the slab allocator gives at once. */
static void have_megabytes(void)
{
	have_large(5 << 20);
}

static int send_large(void)
{
	return msg_trap(w.large, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
			w.large_size, 0, MACH_PORT_NULL, 0);
}

static void queue_large(void)
{
	have_megabytes();
	send_large();
}

static int receive_large(void)
{
	return msg_trap(w.large, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			w.large_size + 100, w.port, 0);
}

static void have_rich(void)
{
	rich_init(w.port);
}

static void queue_rich(void)
{
	rich_init(w.port);
	rich_send();
	memset(&w.msg, 0, sizeof(w.msg));
}

static int receive_rich(void)
{
	return rich_receive(MACH_RCV_TRAILER_ELEMENTS(3), sizeof(w.msg));
}

static int receive_short(void)
{
	return rich_receive(0, 40);
}

static int receive_stays(void)
{
	return rich_receive(MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY, 40);
}

static void queue_rich_in_set(void)
{
	be_member();
	queue_rich();
}

static int receive_from_set(void)
{
	return msg_trap(&w.msg, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
			sizeof(w.msg), w.set, 0);
}

/* The queue is full, so the message comes back. */
static void be_full(void)
{
	port_set_qlimit(w.port, 1);
	queue_simple();
	rich_init(w.port);
}

/* The kernel answers to w.note before the send returns. */
static void have_request_to_task(void)
{
	memset(&w.msg, 0, sizeof(w.msg));
	w.msg.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
					      MACH_MSG_TYPE_MAKE_SEND_ONCE);
	w.msg.head.msgh_size = sizeof(w.msg.head);
	w.msg.head.msgh_remote_port = self_task();
	w.msg.head.msgh_local_port = w.note;
}

static int send_and_receive(void)
{
	return msg_trap(&w.msg, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
			sizeof(w.msg.head), sizeof(w.msg), w.note, 0);
}

/*
 * A call by message to the port w.spare: words and a descriptor of the request,
 * if there are any.
 */
struct request {
	mach_msg_id_t id;
	const void *descriptor;
	uint32_t size;
	uint32_t count;
	uint32_t word[3];
};

static void make_request(const struct request *request)
{
	static const uint32_t ndr[2] = { 0, 1 };
	struct message *msg = &w.served.msg;
	uint8_t *end = msg->byte;

	message_init(msg, w.spare, MACH_MSG_TYPE_COPY_SEND, w.note,
		     MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg->head.msgh_id = request->id;
	if (request->descriptor) {
		msg->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		msg->count = 1;
		end = mempcpy(end + sizeof(msg->count), request->descriptor,
			      request->size);
	}
	if (request->count) {
		end = mempcpy(end, ndr, sizeof(ndr));
		end = mempcpy(end, request->word,
			      request->count * sizeof(request->word[0]));
	}
	msg->head.msgh_size = end - (uint8_t *)msg;
}

/* The result of the call, or of the message. */
static int serve(const struct request *request)
{
	struct message *msg = &w.served.msg;
	mach_msg_return_t mr;

	make_request(request);
	mr = msg_trap(msg, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
		      msg->head.msgh_size, sizeof(w.served), w.note, 0);
	if (mr)
		return mr;
	if (msg->head.msgh_id == MACH_NOTIFY_SEND_ONCE)
		return MIG_SERVER_DIED;
	return msg->head.msgh_bits & MACH_MSGH_BITS_COMPLEX ? 0 : msg->word[2];
}

/* A request that has a right to @name. */
static int serve_right(mach_port_name_t name, mach_msg_type_name_t disposition,
		       struct request request)
{
	mach_msg_port_descriptor_t port = {
		.name = name,
		.disposition = disposition,
		.type = MACH_MSG_PORT_DESCRIPTOR,
	};

	request.descriptor = &port;
	request.size = sizeof(port);
	return serve(&request);
}

/*
 * Releases what a reply brought. A request that was not answered still has its
 * own rights and memory.
 */
static void served_release(void)
{
	struct message *msg = &w.served.msg;
	uint8_t *at = (uint8_t *)msg->port;

	if (!(msg->head.msgh_bits & MACH_MSGH_BITS_COMPLEX))
		return;
	for (uint32_t i = 0; i < msg->count; i++) {
		mach_msg_ool_ports_descriptor_t *array = (void *)at;
		mach_msg_port_descriptor_t *port = (void *)at;
		bool own = array->address == w.payload ||
			   array->address == w.array;

		switch (port->type) {
		case MACH_MSG_PORT_DESCRIPTOR:
			release_name(port->name);
			at += sizeof(*port);
			continue;
		case MACH_MSG_OOL_DESCRIPTOR:
			if (array->address && !own)
				munmap(array->address, array->count);
			break;
		default:
			if (array->address && !own)
				munmap(array->address, array->count *
				       sizeof(mach_port_name_t));
			break;
		}
		at += sizeof(*array);
	}
	msg->head.msgh_bits = 0;
}

static void have_task(void)
{
	w.spare = self_task();
}

static void have_host(void)
{
	w.spare = self_port(MACHIPC_SELF_HOST);
}

static void have_thread(void)
{
	w.spare = self_port(MACHIPC_SELF_THREAD);
}

static int serve_host_version(void)
{
	return serve(&(struct request){ .id = 201 });
}

static int serve_get_host_special(void)
{
	return serve(&(struct request){ .id = 412, .count = 2,
					.word = { -1, 2 } });
}

static int serve_set_host_special(void)
{
	return serve_right(w.port, MACH_MSG_TYPE_COPY_SEND,
			   (struct request){ .id = 413, .count = 1,
					     .word = { 8 } });
}

static int serve_names(void)
{
	return serve(&(struct request){ .id = 3200 });
}

static int serve_allocate(void)
{
	return serve(&(struct request){ .id = 3204, .count = 1,
					.word = { MACH_PORT_RIGHT_RECEIVE } });
}

static void have_member(void)
{
	have_task();
	be_member();
}

static int serve_set_status(void)
{
	return serve(&(struct request){ .id = 3211, .count = 1,
					.word = { w.set } });
}

static void have_task_and_request(void)
{
	have_task();
	have_request();
}

static int serve_request(void)
{
	return serve_right(w.note, MACH_MSG_TYPE_MAKE_SEND_ONCE,
			   (struct request){
				.id = 3213, .count = 3,
				.word = { w.port, MACH_NOTIFY_DEAD_NAME, 0 } });
}

static int serve_insert(void)
{
	return serve_right(w.note, MACH_MSG_TYPE_MAKE_SEND_ONCE,
			   (struct request){ .id = 3214, .count = 1,
					     .word = { 0x00c35003 } });
}

static int serve_extract(void)
{
	return serve(&(struct request){
			.id = 3215, .count = 2,
			.word = { w.note, MACH_MSG_TYPE_MAKE_SEND_ONCE } });
}

static int serve_space_info(void)
{
	return serve(&(struct request){ .id = 3223 });
}

/* With options that are all zero. */
static int serve_construct(void)
{
	mach_msg_ool_descriptor_t options = {
		.address = w.payload,
		.size = 24,
		.copy = MACH_MSG_VIRTUAL_COPY,
		.type = MACH_MSG_OOL_DESCRIPTOR,
	};

	return serve(&(struct request){ .id = 3231, .count = 2,
					.descriptor = &options,
					.size = sizeof(options) });
}

static int serve_register(void)
{
	mach_msg_ool_ports_descriptor_t array = {
		.address = w.array,
		.count = ARRAY_COUNT,
		.disposition = MACH_MSG_TYPE_MAKE_SEND,
		.type = MACH_MSG_OOL_PORTS_DESCRIPTOR,
	};

	return serve(&(struct request){ .id = 3403, .count = 1,
					.word = { ARRAY_COUNT },
					.descriptor = &array,
					.size = sizeof(array) });
}

static void have_registered(void)
{
	have_task();
	serve_register();
}

static int serve_lookup(void)
{
	return serve(&(struct request){ .id = 3404 });
}

static void have_task_and_bootstrap(void)
{
	have_bootstrap();
	have_task();
}

static int serve_get_special(void)
{
	return serve(&(struct request){ .id = 3409, .count = 1,
					.word = { TASK_BOOTSTRAP_PORT } });
}

static int serve_set_special(void)
{
	return serve_right(w.port, MACH_MSG_TYPE_COPY_SEND,
			   (struct request){ .id = 3410, .count = 1,
					     .word = { TASK_BOOTSTRAP_PORT } });
}

static int serve_get_thread(void)
{
	return serve(&(struct request){ .id = 3610, .count = 1,
					.word = { THREAD_KERNEL_PORT } });
}

static int serve_set_thread(void)
{
	return serve_right(w.port, MACH_MSG_TYPE_COPY_SEND,
			   (struct request){ .id = 3611, .count = 1,
					     .word = { THREAD_KERNEL_PORT } });
}

static void have_rich_to_dead(void)
{
	mach_port_name_t parking = port_new();

	rich_init(port_new_parked(parking));
	w.spare = parking;
}

FIXTURE(fail_nth) {
};

/*
 * @prepare: makes what the call needs; without failures
 * @call: the call
 * @normal: its result without failures
 * @answers: what it may also answer, besides an errno; 0 ends the list
 * @special: any of the bits MACH_MSG_MASK may go with an answer
 * @new_entry: the call gets an entry that has no memory yet
 * @made: names that the caller chose, which stay if no answer can be written
 * @closed: there is no space before the call
 * @record: the call makes what stays for as long as the process
 */
FIXTURE_VARIANT(fail_nth) {
	void (*prepare)(void);
	int (*call)(void);
	int normal;
	int answers[12];
	bool special;
	bool new_entry;
	uint32_t made;
	bool closed;
	bool record;
};

#define SCENARIO(_call, _prepare)					\
	FIXTURE_VARIANT_ADD(fail_nth, _call) {				\
		.call = _call,						\
		.prepare = _prepare,					\
	}

#define SCENARIO_SHORT(_call, _prepare)					\
	FIXTURE_VARIANT_ADD(fail_nth, _call) {				\
		.call = _call,						\
		.prepare = _prepare,					\
		.answers = { KERN_RESOURCE_SHORTAGE },			\
	}

#define SCENARIO_NAME(_call, _prepare)					\
	FIXTURE_VARIANT_ADD(fail_nth, _call) {				\
		.call = _call,						\
		.prepare = _prepare,					\
		.answers = { KERN_RESOURCE_SHORTAGE },			\
		.new_entry = true,					\
	}

/* What receives, or gets a message back, finds the table full of names. */
#define SCENARIO_MSG(_name, _call, _prepare, _normal, _special, ...)	\
	FIXTURE_VARIANT_ADD(fail_nth, _name) {				\
		.call = _call,						\
		.prepare = _prepare,					\
		.normal = _normal,					\
		.answers = { __VA_ARGS__ },				\
		.special = _special,					\
		.new_entry = _special,					\
	}

/*
 * Calls by message. What was made stays if the reply cannot be received, which
 * is the only place that tells of it.
 */
#define SCENARIO_SERVED(_call, _prepare, _made, _record)		\
	FIXTURE_VARIANT_ADD(fail_nth, _call) {				\
		.call = _call,						\
		.prepare = _prepare,					\
		.answers = {						\
			KERN_RESOURCE_SHORTAGE, MIG_SERVER_DIED,	\
			MACH_SEND_INVALID_DATA, MACH_SEND_NO_BUFFER,	\
			MACH_SEND_INVALID_MEMORY, MACH_MSG_VM_KERNEL,	\
			MACH_RCV_INVALID_DATA, MACH_RCV_HEADER_ERROR,	\
			MACH_RCV_BODY_ERROR,				\
		},							\
		.special = true,					\
		.new_entry = true,					\
		.made = _made,						\
		.record = _record,					\
	}

FIXTURE_VARIANT_ADD(fail_nth, open) {
	.call = open_space,
	.closed = true,
};

SCENARIO(query, NULL);
SCENARIO(self_known, NULL);
SCENARIO_NAME(self_host, NULL);
SCENARIO_NAME(self_thread, NULL);
SCENARIO_NAME(make_reply_port, NULL);
SCENARIO_NAME(allocate_receive, NULL);
SCENARIO_NAME(allocate_set, NULL);
SCENARIO_NAME(allocate_dead, NULL);
SCENARIO_SHORT(allocate_far_name, NULL);
SCENARIO_NAME(construct, NULL);
SCENARIO_SHORT(construct_with_send, many_sends);
SCENARIO(destroy, busy_port);
SCENARIO(destroy_set, busy_port);
SCENARIO(destruct, busy_port);
SCENARIO(deallocate, busy_port);
SCENARIO(mod_refs, busy_port);
SCENARIO(get_refs, NULL);
SCENARIO(get_type, NULL);
SCENARIO_SHORT(get_names, NULL);
SCENARIO_SHORT(get_set_status, be_member);
FIXTURE_VARIANT_ADD(fail_nth, insert_right) {
	.call = insert_right,
	.answers = { KERN_RESOURCE_SHORTAGE },
	.made = 1,
};

SCENARIO_NAME(extract_right, NULL);
SCENARIO_SHORT(extract_receive, busy_port);
SCENARIO_SHORT(insert_member, NULL);
SCENARIO(extract_member, be_member);
SCENARIO_SHORT(move_member, have_second_set);
SCENARIO(get_attributes, NULL);
SCENARIO(set_attributes, NULL);
SCENARIO(get_context, NULL);
SCENARIO(set_context, NULL);
SCENARIO(guard, NULL);
SCENARIO(unguard, be_guarded);
SCENARIO(set_mscount, NULL);
SCENARIO(set_seqno, NULL);
SCENARIO(get_srights, NULL);
SCENARIO(get_kobject, NULL);
SCENARIO(peek, queue_simple);
SCENARIO_SHORT(watch_receive, queue_simple);
SCENARIO_SHORT(watch_send, NULL);
SCENARIO_SHORT(watch_set, be_member);
SCENARIO_SHORT(request_dead_name, NULL);
SCENARIO_NAME(request_send_possible, have_request);
SCENARIO_SHORT(request_no_senders, NULL);
SCENARIO_SHORT(request_port_destroyed, NULL);
SCENARIO_SHORT(set_domain, NULL);

FIXTURE_VARIANT_ADD(fail_nth, set_special) {
	.call = set_special,
	.answers = { KERN_RESOURCE_SHORTAGE },
	.record = true,
};

FIXTURE_VARIANT_ADD(fail_nth, get_special) {
	.call = get_special,
	.prepare = have_bootstrap,
	.answers = { KERN_RESOURCE_SHORTAGE },
	.new_entry = true,
	.record = true,
};

SCENARIO_MSG(send_simple, send_simple, NULL, MACH_MSG_SUCCESS, false,
	     MACH_SEND_INVALID_DATA, MACH_SEND_NO_BUFFER);
SCENARIO_MSG(send_page, send_large, have_page, MACH_MSG_SUCCESS, false,
	     MACH_SEND_INVALID_DATA, MACH_SEND_NO_BUFFER);
SCENARIO_MSG(send_megabytes, send_large, have_megabytes, MACH_MSG_SUCCESS,
	     false, MACH_SEND_INVALID_DATA, MACH_SEND_NO_BUFFER);
SCENARIO_MSG(send_rich, rich_send, have_rich, MACH_MSG_SUCCESS, false,
	     MACH_SEND_INVALID_DATA, MACH_SEND_NO_BUFFER,
	     MACH_SEND_INVALID_MEMORY, MACH_MSG_VM_KERNEL);
SCENARIO_MSG(send_to_dead, rich_send, have_rich_to_dead, MACH_MSG_SUCCESS,
	     false, MACH_SEND_INVALID_DATA, MACH_SEND_NO_BUFFER,
	     MACH_SEND_INVALID_MEMORY, MACH_MSG_VM_KERNEL);
SCENARIO_MSG(give_back, rich_send, be_full, MACH_SEND_TIMED_OUT, true,
	     MACH_SEND_INVALID_DATA, MACH_SEND_NO_BUFFER,
	     MACH_SEND_INVALID_MEMORY, MACH_MSG_VM_KERNEL);
SCENARIO_MSG(receive_megabytes, receive_large, queue_large, MACH_MSG_SUCCESS,
	     false, MACH_RCV_INVALID_DATA);
SCENARIO_MSG(receive_rich, receive_rich, queue_rich, MACH_MSG_SUCCESS, true,
	     MACH_RCV_INVALID_DATA, MACH_RCV_HEADER_ERROR, MACH_RCV_BODY_ERROR);
SCENARIO_MSG(receive_from_set, receive_from_set, queue_rich_in_set,
	     MACH_MSG_SUCCESS, true, MACH_RCV_INVALID_DATA,
	     MACH_RCV_HEADER_ERROR, MACH_RCV_BODY_ERROR);
SCENARIO_MSG(receive_short, receive_short, queue_rich, MACH_RCV_TOO_LARGE,
	     false, MACH_RCV_INVALID_DATA);
SCENARIO_MSG(receive_stays, receive_stays, queue_rich, MACH_RCV_TOO_LARGE,
	     false, MACH_RCV_INVALID_DATA);
SCENARIO_MSG(send_and_receive, send_and_receive, have_request_to_task,
	     MACH_MSG_SUCCESS, true, MACH_SEND_INVALID_DATA,
	     MACH_SEND_NO_BUFFER, MACH_RCV_INVALID_DATA,
	     MACH_RCV_HEADER_ERROR);

SCENARIO_SERVED(serve_host_version, have_host, 0, false);
SCENARIO_SERVED(serve_get_host_special, have_host, 0, false);
SCENARIO_SERVED(serve_set_host_special, have_host, 0, false);
SCENARIO_SERVED(serve_names, have_task, 0, false);
SCENARIO_SERVED(serve_allocate, have_task, 1, false);
SCENARIO_SERVED(serve_set_status, have_member, 0, false);
SCENARIO_SERVED(serve_request, have_task_and_request, 0, false);
SCENARIO_SERVED(serve_insert, have_task, 1, false);
SCENARIO_SERVED(serve_extract, have_task, 0, false);
SCENARIO_SERVED(serve_space_info, have_task, 0, false);
SCENARIO_SERVED(serve_construct, have_task, 1, false);
SCENARIO_SERVED(serve_register, have_task, 0, true);
SCENARIO_SERVED(serve_lookup, have_registered, 0, true);
SCENARIO_SERVED(serve_get_special, have_task_and_bootstrap, 0, true);
SCENARIO_SERVED(serve_set_special, have_task, 0, true);
SCENARIO_SERVED(serve_get_thread, have_thread, 0, false);
SCENARIO_SERVED(serve_set_thread, have_thread, 0, false);

FIXTURE_SETUP(fail_nth)
{
	ASSERT_TRUE(objects_settled());
}

FIXTURE_TEARDOWN(fail_nth)
{
}

struct run {
	const FIXTURE_VARIANT(fail_nth) *variant;
	int nth;		/* 0 for no failure */
	bool *hit;		/* shared with children */
};

/* Pages of the address space. Reading them must not change them. */
static long pages_mapped(void)
{
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[100] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		return -1;
	close(fd);
	return strtol(text, NULL, 10);
}

static bool is_answer(const FIXTURE_VARIANT(fail_nth) *variant, int ret)
{
	int plain = variant->special ? ret & ~MACH_MSG_MASK : ret;

	if (ret == CALL_ERROR(ENOMEM) || ret == CALL_ERROR(EFAULT))
		return true;
	if (ret == variant->normal ||
	    (variant->special && plain == variant->normal))
		return true;
	for (int i = 0; i < ARRAY_SIZE(variant->answers) && variant->answers[i];
	     i++)
		if (ret == variant->answers[i] ||
		    (variant->special && plain == variant->answers[i]))
			return true;
	return false;
}

/* The documented exception: a port array that could not be written. */
static bool names_are_lost(int ret)
{
	mach_port_name_t *names = w.msg.array.address;

	return ret & MACH_MSG_VM_SPACE && names && names != w.array &&
	       !names[0];
}

static void prepare(struct __test_metadata *_metadata,
		    const FIXTURE_VARIANT(fail_nth) *variant)
{
	memset(&w, 0, sizeof(w));
	if (variant->closed)
		return;
	ASSERT_EQ(0, space_open());
	w.port = port_new_send();
	w.set = pset_new();
	w.note = port_new();
	w.moved = port_new();
	w.payload = map_memory(PAYLOAD_SIZE);
	for (int i = 0; i < ARRAY_COUNT; i++)
		w.array[i] = w.note;
	if (variant->prepare)
		variant->prepare();
	if (variant->new_entry)
		ASSERT_TRUE(use_up_entries());
}

static void clean_up(void)
{
	if (machipc_fd >= 0)
		space_close();
	if (w.payload)
		munmap(w.payload, PAYLOAD_SIZE);
	if (w.large)
		munmap(w.large, w.large_size + 100);
}

/* Nothing but what the answer says has happened. */
static void check_remains(struct __test_metadata *_metadata,
			  const struct run *run, int ret, uint32_t names,
			  long pages)
{
	const FIXTURE_VARIANT(fail_nth) *variant = run->variant;
	bool lost = names_are_lost(ret);

	if (w.msg.head.msgh_bits)
		rich_release();
	served_release();
	EXPECT_EQ(pages, pages_mapped());
	if (ret != variant->normal && !lost)
		EXPECT_GE(names + variant->made, name_count());
	if (ret != CALL_ERROR(ENOMEM) && ret != KERN_RESOURCE_SHORTAGE)
		return;
	EXPECT_EQ(names, name_count());
	EXPECT_EQ(variant->normal, variant->call());
	served_release();
}

/* One run of a scenario in a space of its own, which is gone at the end. */
static void run_scenario(struct __test_metadata *_metadata, void *data)
{
	struct run *run = data;
	const FIXTURE_VARIANT(fail_nth) *variant = run->variant;
	uint32_t names;
	long pages;
	int fd, ret;

	prepare(_metadata, variant);
	open_fail_nth(&fd);
	ASSERT_LE(0, fd);
	names = variant->closed ? 0 : name_count();
	pages = pages_mapped();

	ASSERT_TRUE(faults_start(fd, run->nth));
	ret = variant->call();
	*run->hit = faults_stop(fd) && run->nth;
	close(fd);

	EXPECT_TRUE(is_answer(variant, ret));
	if (!*run->hit)
		EXPECT_EQ(variant->normal, ret);
	if (!variant->closed)
		check_remains(_metadata, run, ret, names, pages);
	clean_up();
	if (!_metadata->passed)
		TH_LOG("failure %d gives 0x%x (%d)", run->nth, ret, ret);
}

static void run_once(struct __test_metadata *_metadata, struct run *run)
{
	if (!run->variant->record)
		run_scenario(_metadata, run);
	else
		EXPECT_TRUE(child_wait(child_start(_metadata, run_scenario,
						   run)));
}

/* A call that allocates thousands of pages is hit at some of them. */
static int next_nth(int nth)
{
	return nth < 48 ? nth + 1 : nth + nth / 3;
}

TEST_F_TIMEOUT(fail_nth, is_answered_and_leaves_nothing, 300)
{
	struct run run = { .variant = variant };
	int hits = 0;

	run.hit = mmap(NULL, sizeof(*run.hit), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, run.hit);
	do {
		*run.hit = false;
		run_once(_metadata, &run);
		ASSERT_TRUE(objects_settled());
		hits += *run.hit;
		run.nth = next_nth(run.nth);
		ASSERT_GT(NTH_MAX, run.nth);
	} while (_metadata->passed && (*run.hit || run.nth == 1));
	/* At least the reading of the arguments can fail. */
	EXPECT_LT(0, hits);
	TH_LOG("%d failures", hits);
}

#define PAYLOAD_BYTE	0x5a

/* Memory that was received and discarded: its pages are the message's alone. */
static void have_discarded(void)
{
	memset(w.payload, PAYLOAD_BYTE, PAYLOAD_SIZE);
	queue_rich();
	receive_rich();
	madvise(w.msg.memory.address, PAYLOAD_SIZE, MADV_DONTNEED);
}

static bool is_payload(const char *data)
{
	return data[0] == PAYLOAD_BYTE &&
	       !memcmp(data, data + 1, PAYLOAD_SIZE - 1);
}

/* A place that the kernel needs new page tables of all sizes for. */
static char *far_place(void)
{
	const size_t step = 1UL << 30;
	void *room = mmap(NULL, 2 * step, PROT_NONE, MAP_PRIVATE |
			  MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (room == MAP_FAILED || munmap(room, 2 * step))
		return NULL;
	return (char *)(((uintptr_t)room + step) & -step);
}

TEST(memory_that_could_not_be_moved_is_whole)
{
	static const FIXTURE_VARIANT(fail_nth) variant = {
		.prepare = have_discarded,
	};
	bool hit = true;
	int failed = 0;

	for (int nth = 1; hit && _metadata->passed; nth++) {
		char *data, *place, *at;
		int fd;

		ASSERT_GT(NTH_MAX, nth);
		prepare(_metadata, &variant);
		data = w.msg.memory.address;
		ASSERT_NE(NULL, data);
		place = far_place();
		ASSERT_NE(NULL, place);
		open_fail_nth(&fd);
		ASSERT_TRUE(faults_start(fd, nth));
		at = mremap(data, PAYLOAD_SIZE, PAYLOAD_SIZE,
			    MREMAP_MAYMOVE | MREMAP_FIXED, place);
		hit = faults_stop(fd);
		close(fd);
		if (at == MAP_FAILED) {
			failed++;
			at = data;
		}
		EXPECT_TRUE(is_payload(at));
		if (!_metadata->passed)
			TH_LOG("failure %d", nth);
		munmap(place, PAYLOAD_SIZE);
		rich_release();
		clean_up();
		ASSERT_TRUE(objects_settled());
	}
	EXPECT_LT(0, failed);
	TH_LOG("%d failures", failed);
}

TEST_HARNESS_MAIN
