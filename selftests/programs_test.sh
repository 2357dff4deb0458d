#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Fork and exec are boring: a thousand short Mach programs, most of which fork
# or execute others, leave nothing behind, neither in the kernel nor in the
# bootstrap server nor in the service that they call.
#
# Functions are called by name:
# shellcheck disable=SC2317
set -u

PROGRAMS=1000

OBJECTS=/sys/class/machipc/machipc/objects
ROLES='call fork call exec call vfork call orphan call mess killed thread'

# How long something may take to settle, in tenths of a second.
PATIENCE=100

helper=$(dirname "$0")/helpers/short_program
tmp=$(mktemp -d)
number=0
failed=0

# result STATUS NAME
result()
{
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number programs.$2"
	else
		echo "not ok $number programs.$2"
		failed=1
	fi
}

objects()
{
	(cd "$OBJECTS" && grep . ./*) >"$tmp/objects.$1"
}

# objects_are NAME - whether the counters are what they were under that name
objects_are()
{
	objects now
	cmp -s "$tmp/objects.$1" "$tmp/objects.now"
}

is_ready()
{
	grep -q ready "$tmp/log.$1"
}

# settle COMMAND - waits until it succeeds
settle()
{
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt $PATIENCE ] || return 1
		usleep 100000
	done
}

# compare NAME - waits until the counters are back, else prints which are not
compare()
{
	settle objects_are "$1" && return
	diff "$tmp/objects.$1" "$tmp/objects.now" | sed 's/^/# /'
	return 1
}

# What a process has, as far as it could grow: memory and descriptors.
size()
{
	sed -n 's/^VmData:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"
}

descriptors()
{
	find "/proc/$1/fd" -type l | wc -l
}

has_not_grown()
{
	now=$(size "$1")
	if [ "$now" -ne "$2" ] || [ "$(descriptors "$1")" -ne "$3" ]; then
		echo "# process $1: $2 KiB before, $now KiB now," \
			"$3 descriptors before, $(descriptors "$1") now"
		return 1
	fi
}

# Runs the programs, one role after the other.
run_programs()
{
	bad=0 count=0
	while [ $count -lt $PROGRAMS ]; do
		for role in $ROLES; do
			"$helper" "$role" || {
				echo "# $role failed, as program $count"
				bad=1
			}
			count=$((count + 1))
		done
	done
	return $bad
}

# Some at a time, so that they meet.
run_together()
{
	bad=0 rounds=0
	while [ $rounds -lt 5 ]; do
		jobs=''
		for role in $ROLES; do
			"$helper" "$role" &
			jobs="$jobs $!"
		done
		for job in $jobs; do
			wait "$job" || bad=1
		done
		rounds=$((rounds + 1))
	done
	return $bad
}

end()
{
	# shellcheck disable=SC2086 # no process or two
	kill -9 ${service:-} ${server:-} 2>/dev/null
	rm -rf "$tmp"
}

[ -d $OBJECTS ] || {
	echo '1..0 # SKIP the module machipc is not loaded'
	exit 4
}
service='' server=''
trap end EXIT
trap 'exit 1' HUP INT TERM

echo 1..6
objects start
machbootstrapd 2>"$tmp/log.server" &
server=$!
settle is_ready server
"$helper" serve >"$tmp/log.service" &
service=$!
settle is_ready service
result $? service_is_there
# The first call has each of them allocate what it keeps.
"$helper" call
objects running
server_size=$(size $server) server_fds=$(descriptors $server)
service_size=$(size $service) service_fds=$(descriptors $service)

run_programs
result $? programs_do_what_they_should
run_together
result $? programs_do_so_together
compare running
result $? nothing_is_left_of_the_programs
has_not_grown $server "$server_size" "$server_fds" &&
	has_not_grown $service "$service_size" "$service_fds"
result $? servers_have_not_grown

kill $service && wait $service 2>/dev/null
kill $server && wait $server
compare start
result $? nothing_is_left_at_all
service='' server=''
exit $failed
