# SPDX-License-Identifier: GPL-2.0
#
# Turns counts of blocks into instructions per operation and function. Reads
# lines, sorted: "ADDRESS 0 FUNCTION [MODULE]" of symbols and "ADDRESS 1
# INSTRUCTIONS EXECUTIONS" of blocks. An address has 16 digits, so that sorting
# needs no arithmetic. -v operations=N is how many there were.

$2 == 0 {
	if ($1 == start)
		next
	start = $1
	name = $3 (NF > 3 ? " " $4 : "")
	next
}

{
	instructions[name] += $3 * $4
	total += $3 * $4
	if ($1 == start)
		calls[name] += $4
}

END {
	printf "%10.1f %8s  %s\n", total / operations, "", "total"
	for (name in instructions)
		printf "%10.1f %8.2f  %s\n", instructions[name] / operations,
			calls[name] / operations, name | "sort -rn"
}
