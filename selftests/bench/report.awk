# SPDX-License-Identifier: GPL-2.0
#
# Prints the tables: awk -f report.awk cases results.tsv

BEGIN {
	split("0 32 4096 65536 1048576 16777216", sizes, " ")
	split("same two any", places, " ")
	split("32 4096", small, " ")
}

# ---- reading

/^bench:/ || /^$/ { next }

FILENAME == ARGV[1] {
	if (/^#/)
		next
	known[$1 " " $2] = 1
	if ($3 + 0)
		reach[$1 " " $2] = $3
	if ($4 + 0)
		prize[$1 " " $2] = $4
	next
}

/^#/ {
	print substr($0, 3)
	next
}

# A clock on the wall is disturbed in one direction only: the least counts.
$1 ~ /^time-/ {
	key = $1 " " $2 " " $3
	if (!(key in least) || $5 < least[key])
		least[key] = $5
	next
}

$1 == "instructions" { value[$2 " " $3] = $4 }
$1 == "instructions-other" { other[$2] = $4 }

# ---- numbers

# 1234567 as 1 234 567
function grouped(number,    text, tail) {
	text = sprintf("%.0f", number)
	tail = ""
	while (length(text) > 3) {
		tail = " " substr(text, length(text) - 2) tail
		text = substr(text, 1, length(text) - 3)
	}
	return text tail
}

function cell(table, key) {
	return key in table ? grouped(table[key]) : ""
}

# How far a value is from the one to reach.
function verdict(result, goal,    percent) {
	if (!result || !goal)
		return ""
	if (result <= goal)
		return "reached"
	percent = (result / goal - 1) * 100
	return sprintf(percent < 10 ? "+%.1f %%" : "+%.0f %%", percent)
}

# ---- round trips, by size

function heading(    i, name) {
	name[0] = "-"
	name[32] = "32 B"
	name[4096] = "4 KiB"
	name[65536] = "64 KiB"
	name[1048576] = "1 MiB"
	name[16777216] = "16 MiB"
	printf "%-28s", ""
	for (i = 1; i <= 6; i++)
		printf "%11s", name[sizes[i]]
	printf "%14s\n", "SCHED_OTHER"
}

function row(name, label, table,    i) {
	printf "%-28s", label
	for (i = 1; i <= 6; i++)
		printf "%11s", cell(table, name " " sizes[i])
}

function is_measured(name,    i) {
	for (i = 1; i <= 6; i++)
		if (name " " sizes[i] in value)
			return 1
	return 0
}

function alternative(name, label) {
	if (!is_measured(name))
		return
	row(name, label, value)
	printf "%14s\n", cell(other, name)
}

function ours(name, label,    i, key) {
	if (!is_measured(name))
		return
	alternative(name, label)
	row(name, "  to reach", reach)
	printf "\n%-28s", "  is it?"
	for (i = 1; i <= 6; i++) {
		key = name " " sizes[i]
		printf "%11s", verdict(value[key], reach[key])
	}
	print ""
	row(name, "  prize", prize)
	print ""
}

function count(table,    key, number) {
	for (key in table)
		number++
	return number
}

function round_trips() {
	print "\nRound trips, instructions; above 64 KiB the answer is short. The" \
		" last column is\n32 bytes or nothing under the default" \
		" policy instead of SCHED_BATCH.\n"
	heading()
	alternative("null", "a null ioctl")
	alternative("query", "MACHIPC_IOC_QUERY")
	alternative("yield", "sched_yield ping-pong")
	alternative("floor", "floor: wake, sleep, no data")
	alternative("floor-queue", "the same by a wait queue")
	alternative("futex", "futex pair")
	alternative("eventfd", "eventfd pair")
	alternative("mq", "POSIX mq")
	alternative("pipe", "pipe pair")
	alternative("seqpacket", "AF_UNIX seqpacket")
	alternative("stream", "AF_UNIX stream")
	alternative("binder", "binder")
	alternative("process_vm_readv", "process_vm_readv + signal")
	alternative("memfd-written", "memfd, reused, written")
	alternative("memfd-mapped", "memfd, reused, mapped")
	ours("mach", "mach_msg")
	ours("mach-ool", "mach_msg, out of line")
	ours("mach-ool-moved", "mach_msg, memory moved")
}

# ---- single results

# A heading waits until something is below it.
function single_heading(title, unit) {
	pending = sprintf("\n%-46s%11s%11s%11s\n", title, unit, "to reach",
		"is it?")
}

function single(label, result, goal) {
	printf "%s", pending
	pending = ""
	printf "  %-44s%11s%11s%11s\n", label, grouped(result),
		goal ? grouped(goal) : "", verdict(result, goal)
}

function result(name, size, label,    key) {
	key = name " " size
	if (key in value)
		single(label, value[key], reach[key])
}

# What @name costs more than @base.
function extra(name, base, label, goal) {
	if (name in value && base in value)
		single(label, value[name] - value[base], goal)
}

function rights() {
	single_heading("A right in the request, more than 32 bytes", "extra")
	extra("seqpacket-fd 0", "seqpacket 32", "seqpacket, descriptor, closed")
	extra("binder-right 0", "binder 32", "binder, handle, kept")
	extra("mach-right 0", "mach 32", "mach_msg, send right, kept", 700)
	extra("mach-right-dropped 0", "mach 32",
		"mach_msg, send right, deallocated")
}

function one_way() {
	single_heading("One way, 32 bytes, per message", "")
	result("pipe-oneway", 32, "pipe")
	result("mq-oneway", 32, "POSIX mq, 10 messages deep")
	result("seqpacket-oneway", 32, "AF_UNIX seqpacket")
	result("stream-oneway", 32, "AF_UNIX stream")
	result("binder-oneway", 32, "binder, each 64th with an answer")
	result("mach-oneway", 32, "mach_msg, 1024 messages deep")
	result("mach-oneway-4", 32, "mach_msg, four senders")
	result("mach-oneway-short", 32, "mach_msg, 5 messages deep")
}

function crowded(name, base, label) {
	if (name in value && base in value)
		single(label, value[name], value[base] * 1.05)
}

function crowds() {
	single_heading("Round trip of 32 bytes in a crowd, at most 5 % more", "")
	crowded("mach-names 0", "mach 32", "100 000 names on each side")
	crowded("mach-members 0", "mach-set 0",
		"10 000 ports in the set, against one")
	crowded("mach-threads 0", "mach 32", "1 000 threads that wait")
	crowded("mach-crowd 0", "mach-set 0", "all of this")
}

function memory() {
	single_heading("Kernel memory, bytes", "")
	result("memory-port", 0, "port with its receive right")
	result("memory-space", 0, "space without names")
	result("memory-space-used", 0, "space with a name, and its first table")
	result("memory-message", 0, "queued message of 32 bytes")
}

# ---- times

function time_key(place, name, size) {
	return "time-" place " " name " " size
}

function time_row(name, label, carries,    i, j, key, base) {
	printf "%-28s", label
	for (i = 1; i <= 3; i++) {
		for (j = 1; j <= 2; j++) {
			key = time_key(places[i], name, carries ? small[j] : 0)
			base = time_key(places[i], "mach", small[j])
			if (key in least && base in least)
				printf "%11.2f", least[key] / least[base]
			else
				printf "%11s", ""
		}
	}
	print ""
}

function times(    i, j, key) {
	print "\nRound trips, time on two CPUs as a multiple of mach_msg: above" \
		" 1 is slower\n"
	printf "%-28s%22s%22s%22s\n", "", "one CPU", "two CPUs", "anywhere"
	printf "%-28s", ""
	for (i = 1; i <= 3; i++)
		printf "%11s%11s", "32 B", "4 KiB"
	print ""
	time_row("floor", "floor, no data", 0)
	time_row("futex", "futex pair, no data", 0)
	time_row("eventfd", "eventfd pair, no data", 0)
	time_row("mq", "POSIX mq", 1)
	time_row("pipe", "pipe pair", 1)
	time_row("seqpacket", "AF_UNIX seqpacket", 1)
	time_row("stream", "AF_UNIX stream", 1)
	time_row("binder", "binder", 1)
	printf "%-28s", "mach_msg, microseconds"
	for (i = 1; i <= 3; i++) {
		for (j = 1; j <= 2; j++) {
			key = time_key(places[i], "mach", small[j])
			if (key in least)
				printf "%11.1f", least[key] / 1000
		}
	}
	print ""
}

# A number is right, or it is missing, and then it is said.
function missing(    key) {
	for (key in known)
		if (!(key in value))
			print "\nmissing: " key
}

END {
	if (count(value)) {
		round_trips()
		rights()
		one_way()
		crowds()
		memory()
		missing()
	}
	if (count(least))
		times()
}
