// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU: counts how often each block of the guest's code is executed
 * while machbench measures.
 *
 * Writes a line for each block that was: address, instructions in it, number of
 * executions. Started as -plugin FILE,out=PATH.
 *
 * Debian ships no header of QEMU's interface for plugins, so what is used of it
 * is declared here: version 1, QEMU 7.2 to 9.
 */
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;

typedef uint64_t qemu_plugin_id_t;
typedef void plugin_translate_t(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void plugin_exit_t(qemu_plugin_id_t id, void *data);
typedef void plugin_execute_t(unsigned int vcpu, void *data);

#define QEMU_PLUGIN_CB_NO_REGS		0
#define QEMU_PLUGIN_INLINE_ADD_U64	0

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   plugin_translate_t *callback);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
				    plugin_exit_t *callback, void *data);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb,
					      int operation, void *counter,
					      uint64_t value);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    plugin_execute_t *callback,
					    int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

#define EXPORTED	__attribute__((visibility("default")))

EXPORTED int qemu_plugin_version = 1;

/**
 * struct block - code that is executed as a whole
 * @next: of the same hash value
 * @address: where it begins
 * @length: instructions in it
 * @executed: counted by the translated code, always
 * @before: its value when the measurement began
 * @measured: sum of what was counted while one was going on
 */
struct block {
	struct block *next;
	uint64_t address;
	size_t length;
	uint64_t executed;
	uint64_t before;
	uint64_t measured;
};

/* The operands of the instructions in measure.c. */
#define MARK_BEGIN	0x6d616301
#define MARK_END	0x6d616302

#define HASH_SIZE	(1U << 18)

static struct block *blocks[HASH_SIZE];
static bool measuring;
static const char *path;

/* Blocks are translated more than once. They keep their counter. */
static struct block *find_block(uint64_t address, size_t length)
{
	struct block **head = &blocks[(address ^ address >> 18) % HASH_SIZE];
	struct block *block;

	for (block = *head; block; block = block->next)
		if (block->address == address && block->length == length)
			return block;

	block = calloc(1, sizeof(*block));
	if (!block)
		err(1, "calloc");
	block->address = address;
	block->length = length;
	block->next = *head;
	*head = block;
	return block;
}

typedef void block_action_t(struct block *block, void *arg);

static void all_blocks(block_action_t *act, void *arg)
{
	struct block *block;
	size_t i;

	for (i = 0; i < HASH_SIZE; i++)
		for (block = blocks[i]; block; block = block->next)
			act(block, arg);
}

static void begin_block(struct block *block, void *arg)
{
	block->before = block->executed;
}

static void end_block(struct block *block, void *arg)
{
	block->measured += block->executed - block->before;
	block->before = block->executed;
}

static void print_block(struct block *block, void *arg)
{
	if (block->measured)
		fprintf(arg, "%016" PRIx64 " %zu %" PRIu64 "\n", block->address,
			block->length, block->measured);
}

static void measure_begin(unsigned int vcpu, void *data)
{
	all_blocks(begin_block, NULL);
	measuring = true;
}

static void measure_end(unsigned int vcpu, void *data)
{
	if (measuring)
		all_blocks(end_block, NULL);
	measuring = false;
}

/* Whether an instruction is nopl @mark(%rax). */
static bool is_mark(const struct qemu_plugin_insn *insn, uint32_t mark)
{
	unsigned char code[7] = { 0x0f, 0x1f, 0x80 };

	memcpy(code + 3, &mark, sizeof(mark));
	return qemu_plugin_insn_size(insn) == sizeof(code) &&
	       !memcmp(qemu_plugin_insn_data(insn), code, sizeof(code));
}

static void call_at(struct qemu_plugin_insn *insn, plugin_execute_t *callback)
{
	qemu_plugin_register_vcpu_insn_exec_cb(insn, callback,
					       QEMU_PLUGIN_CB_NO_REGS, NULL);
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t length = qemu_plugin_tb_n_insns(tb);
	struct qemu_plugin_insn *insn;
	struct block *block;
	size_t i;

	block = find_block(qemu_plugin_tb_vaddr(tb), length);
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
						 &block->executed, 1);
	for (i = 0; i < length; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		if (is_mark(insn, MARK_BEGIN))
			call_at(insn, measure_begin);
		else if (is_mark(insn, MARK_END))
			call_at(insn, measure_end);
	}
}

static void write_blocks(qemu_plugin_id_t id, void *data)
{
	FILE *file = fopen(path, "w");

	if (!file)
		err(1, "%s", path);
	all_blocks(print_block, file);
	if (fclose(file))
		err(1, "%s", path);
}

EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const void *info,
				 int argc, char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4))
		return -1;
	path = strdup(argv[0] + 4);
	if (!path)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	qemu_plugin_register_atexit_cb(id, write_blocks, NULL);
	return 0;
}
