/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A reference model of Mach rights, written from spec/ports.md and
 * spec/messages.md alone: names, kinds, references, queues, notifications.
 *
 * It is meant to be read beside the specification. It is slow and simple: it
 * looks for rights by walking through all spaces, and it has neither locks nor
 * threads. What the module does lazily (a dead name) happens here at once.
 *
 * Each function is told a call, its arguments and its actual outputs. It makes
 * the same change to the model and returns the result that the call must have
 * had. Whatever else disagrees goes to model_complain(). Outputs are needed
 * where the specification leaves a choice: which member of a set is served, and
 * in which order new names go to the rights of one message.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/notify.h>
#include <mach/port.h>

#define MODEL_SPACES	4
#define MODEL_SLOTS	128	/* in a table of names; none is ever full */
#define MODEL_PORTS	1024
#define MODEL_MESSAGES	8192
#define MODEL_ITEMS	4	/* descriptors in a body */
#define MODEL_RIGHTS	8	/* rights in a body */

/* No table of names has that many (parameter max_names). */
#define MODEL_NAMES_MAX	0x50000

/*
 * A right outside of all spaces: in a message, in a request, in the kernel.
 * Without a port it is a name that stands for itself.
 */
struct model_right {
	uint32_t type;		/* MACH_MSG_TYPE_PORT_*, or 0 */
	struct model_port *port;
	mach_port_name_t null;	/* without a port: MACH_PORT_NULL or _DEAD */
};

struct model_message {
	struct model_message *next;
	bool used;
	bool complex;
	uint32_t size;
	int32_t id;
	uint32_t voucher;	/* passed through */
	int pid;		/* of the sender, 0 for the kernel */
	uint32_t word;		/* the inline data, or what a notice tells */
	/* Notices of one batch, if it is not 0, arrive in any order. */
	uint32_t batch;
	struct model_right dest;
	struct model_right reply;
	uint32_t items;
	struct {
		uint32_t type;	/* MACH_MSG_PORT_DESCRIPTOR or _OOL_PORTS_ */
		uint32_t disposition;
		uint32_t first;
		uint32_t count;
	} item[MODEL_ITEMS];
	struct model_right right[MODEL_RIGHTS];
};

struct model_port {
	bool used;
	bool alive;
	bool kernel;			/* stands for a task */
	struct model_space *space;	/* that has the receive right, or NULL */
	struct model_port *transit;	/* on whose queue the receive right is */
	uint32_t qlimit;
	uint32_t msgcount;
	uint32_t seqno;
	uint32_t mscount;
	uint32_t srights;
	uint32_t sorights;
	uint64_t context;
	bool guarded;
	bool strict;
	bool sets[MODEL_SLOTS];		/* slots of the sets that it is in */
	struct model_port *nsreq;	/* each owns a send-once right */
	struct model_port *pdreq;
	struct model_message *head;
	struct model_message *tail;
};

struct model_entry {
	uint32_t type;			/* MACH_PORT_TYPE_*, 0 if free */
	uint32_t urefs;			/* of a send right or dead name */
	uint8_t gen;
	struct model_port *port;
	/* The request of ports.md 3.2. */
	struct model_port *notify;	/* NULL without; owns a send-once right */
	bool send_possible;
	bool armed;
	/* The list of free slots. */
	uint16_t next;
	uint16_t prev;
};

struct model_space {
	bool alive;
	int pid;
	mach_port_name_t self;		/* name of the task port */
	struct model_port *task;
	struct model_right bootstrap;	/* type 0 if there is none of its own */
	struct model_entry entry[MODEL_SLOTS];
};

struct model {
	char complaint[512];		/* the first one, or empty */
	struct model_space space[MODEL_SPACES];
	struct model_port port[MODEL_PORTS];
	struct model_message message[MODEL_MESSAGES];
	struct model_right domain;	/* the bootstrap right for all others */
	struct model_message *reap_head;
	struct model_message *reap_tail;
	bool reaping;
	uint32_t batches;
};

/* Lies where all processes of the test see it, at the same address. */
extern struct model *model;

/* What model.c has for the other two. */

void __attribute__((format(printf, 1, 2)))
model_complain(const char *format, ...);

#define model_expect(condition, ...)			\
	do {						\
		if (!(condition))			\
			model_complain(__VA_ARGS__);	\
	} while (0)

mach_port_name_t model_name(const struct model_space *space,
			    const struct model_entry *entry);
struct model_entry *model_lookup(struct model_space *space,
				 mach_port_name_t name);
struct model_entry *model_find_port(struct model_space *space,
				    const struct model_port *port);
struct model_entry *model_pick(struct model_space *space,
			       mach_port_name_t actual, unsigned int among);
kern_return_t model_slot(struct model_space *space, mach_port_name_t name,
			 struct model_entry **entry);
void model_take_slot(struct model_space *space, struct model_entry *entry,
		     mach_port_name_t name);
void model_free_entry(struct model_entry *entry);
struct model_port *model_port_new(void);
void model_entry_receive(struct model_space *space, struct model_entry *entry,
			 struct model_port *port);
bool model_full(const struct model_port *port);

void model_add_urefs(struct model_entry *entry, int64_t delta);
void model_drop_urefs(struct model_entry *entry, uint32_t count);
void model_drop_entry(struct model_entry *entry);
void model_drop_set(struct model_entry *entry);
void model_drop_receive(struct model_entry *entry);
void model_destroy_entry(struct model_entry *entry);

bool model_can_copyin(const struct model_entry *entry, uint32_t disposition);
struct model_port *model_copyin(struct model_entry *entry, uint32_t disposition,
				struct model_right *right);
uint32_t model_received_type(uint32_t disposition);
bool model_is_dead(const struct model_right *right);
void model_copyout(struct model_space *space, const struct model_right *right,
		   mach_port_name_t actual, unsigned int among);
void model_drop_right(struct model_right *right);
void model_drop_send(struct model_port *port);

void model_notice(struct model_port *notify, int32_t id, uint32_t value,
		  uint32_t batch);
void model_port_deleted(struct model_port *notify, mach_port_name_t name);
void model_fire_armed(struct model_port *port);

struct model_message *model_message_new(void);
void model_post(struct model_port *port, struct model_message *msg);
void model_destroy_message(struct model_message *msg);
bool model_circular(const struct model_port *port,
		    const struct model_port *dest);

/* Processes. @self: the name of the task port, which was asked for first. */
void model_reset(void);
void model_space_start(struct model_space *space, int pid,
		       mach_port_name_t self);
void model_space_die(struct model_space *space);
void model_process_die(struct model_space *space);

/* The calls (model_calls.c). Names that the module has picked are in/out. */
kern_return_t model_allocate(struct model_space *space, uint32_t right,
			     mach_port_name_t actual);
kern_return_t model_allocate_name(struct model_space *space, uint32_t right,
				  mach_port_name_t name,
				  mach_port_name_t actual);
kern_return_t model_construct(struct model_space *space, uint32_t flags,
			      uint32_t qlimit, uint64_t context,
			      mach_port_name_t actual);
kern_return_t model_destroy(struct model_space *space, mach_port_name_t name);
kern_return_t model_deallocate(struct model_space *space,
			       mach_port_name_t name);
kern_return_t model_mod_refs(struct model_space *space, mach_port_name_t name,
			     uint32_t right, int32_t delta);
kern_return_t model_get_refs(struct model_space *space, mach_port_name_t name,
			     uint32_t right, uint64_t *refs);
kern_return_t model_destruct(struct model_space *space, mach_port_name_t name,
			     int32_t srdelta, uint64_t guard);
kern_return_t model_type(struct model_space *space, mach_port_name_t name,
			 uint64_t *type);
uint32_t model_listed_type(const struct model_entry *entry);
kern_return_t model_insert_right(struct model_space *space,
				 mach_port_name_t name, mach_port_name_t poly,
				 uint32_t disposition);
kern_return_t model_extract_right(struct model_space *space,
				  mach_port_name_t name, uint32_t disposition,
				  mach_port_name_t actual, uint32_t type);
kern_return_t model_insert_member(struct model_space *space,
				  mach_port_name_t name, mach_port_name_t pset);
kern_return_t model_extract_member(struct model_space *space,
				   mach_port_name_t name,
				   mach_port_name_t pset);
kern_return_t model_move_member(struct model_space *space,
				mach_port_name_t name, mach_port_name_t after);
kern_return_t model_set_status(struct model_space *space, mach_port_name_t name,
			       const mach_port_name_t *members, uint32_t count);
kern_return_t model_get_context(struct model_space *space,
				mach_port_name_t name, uint64_t *context);
kern_return_t model_set_context(struct model_space *space,
				mach_port_name_t name, uint64_t context);
kern_return_t model_guard(struct model_space *space, mach_port_name_t name,
			  uint64_t guard, bool strict);
kern_return_t model_unguard(struct model_space *space, mach_port_name_t name,
			    uint64_t guard);
kern_return_t model_set_qlimit(struct model_space *space, mach_port_name_t name,
			       uint32_t qlimit);
kern_return_t model_status(struct model_space *space, mach_port_name_t name,
			   mach_port_status_t *status);
kern_return_t model_set_mscount(struct model_space *space,
				mach_port_name_t name, uint32_t mscount);
kern_return_t model_set_seqno(struct model_space *space, mach_port_name_t name,
			      uint32_t seqno);
kern_return_t model_get_srights(struct model_space *space,
				mach_port_name_t name, uint64_t *srights);
kern_return_t model_peek(struct model_space *space, mach_port_name_t name,
			 uint32_t seqno, const struct model_message **msg,
			 uint32_t *actual_seqno);
kern_return_t model_request(struct model_space *space, mach_port_name_t name,
			    int32_t id, uint32_t sync, mach_port_name_t notify,
			    uint32_t disposition, mach_port_name_t actual);
kern_return_t model_get_bootstrap(struct model_space *space,
				  mach_port_name_t actual);
kern_return_t model_set_bootstrap(struct model_space *space,
				  mach_port_name_t name, uint32_t disposition);
kern_return_t model_set_domain(struct model_space *space,
			       mach_port_name_t name, uint32_t disposition);

/*
 * Messages (model_msg.c). @sent is a copy of the message as it was before the
 * call, @buffer what it is now.
 */
mach_msg_return_t model_send(struct model_space *space, const void *sent,
			     uint32_t size, uint32_t option,
			     mach_msg_return_t actual, const void *buffer);
mach_msg_return_t model_receive(struct model_space *space,
				mach_port_name_t name, uint32_t option,
				uint32_t size, const void *before,
				mach_msg_return_t actual, const void *buffer);

#endif /* MODEL_H */
