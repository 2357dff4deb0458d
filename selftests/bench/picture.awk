# SPDX-License-Identifier: GPL-2.0
#
# Draws the round trips as SVG: awk -f picture.awk cases results.tsv
#
# A panel for each size, a bar for each way to talk, the cheapest on top. The
# line is what ours is to reach.

BEGIN {
	panels = split("32 4096 65536 1048576 16777216", sizes, " ")
	split("32 bytes,4 KiB,64 KiB,1 MiB,16 MiB", titles, ",")

	label["mq"] = "POSIX mq"
	label["pipe"] = "pipe pair"
	label["seqpacket"] = "AF_UNIX seqpacket"
	label["stream"] = "AF_UNIX stream"
	label["binder"] = "binder"
	label["process_vm_readv"] = "process_vm_readv"
	label["memfd-written"] = "memfd, written"
	label["memfd-mapped"] = "memfd, mapped"
	label["mach"] = "mach_msg"
	label["mach-ool"] = "mach_msg, out of line"
	label["mach-ool-moved"] = "mach_msg, moved"

	left = 170		# of the bars
	width = 480		# of the longest
	step = 20		# from bar to bar
	head = 34		# above the first bar of a panel
}

FILENAME == ARGV[1] {
	if ($3 + 0)
		reach[$1 " " $2] = $3
	next
}

$1 == "instructions" && label[$2] != "" {
	names[$3] = names[$3] " " $2
	value[$2 " " $3] = $4
	if ($4 > longest[$3])
		longest[$3] = $4
}

function text(x, y, class, content) {
	printf "<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y,
		class, content
}

# Sorts the names of a panel by value: there are few.
function sort(size, list, count,    i, j, name) {
	for (i = 2; i <= count; i++) {
		name = list[i]
		for (j = i - 1; j > 0 &&
		     value[list[j] " " size] > value[name " " size]; j--)
			list[j + 1] = list[j]
		list[j + 1] = name
	}
}

function bar(name, size, y,    length_, x) {
	length_ = width * value[name " " size] / longest[size]
	printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"14\"" \
		" class=\"%s\"/>\n", left, y, length_,
		name ~ /^mach/ ? "ours" : "other"
	text(left - 8, y + 12, "name", label[name])
	text(left + length_ + 6, y + 12, "value",
		sprintf("%.1f", value[name " " size] / 1000))
	if (name " " size in reach) {
		x = left + width * reach[name " " size] / longest[size]
		printf "<path d=\"M%.1f %d v20\" class=\"goal\"/>\n", x, y - 3
	}
}

function panel(size, title, top,    list, count, i) {
	count = split(names[size], list, " ")
	sort(size, list, count)
	text(left, top + 22, "title", title)
	for (i = 1; i <= count; i++)
		bar(list[i], size, top + head + (i - 1) * step)
	return head + count * step + 8
}

END {
	height = 40
	for (i = 1; i <= panels; i++)
		height += head + split(names[sizes[i]], unused, " ") * step + 8
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\"" \
		" height=\"%d\" font-family=\"sans-serif\">\n",
		left + width + 80, height
	print "<style>text { font-size: 12px; fill: #222 }" \
		" .name { text-anchor: end } .title { font-weight: bold }" \
		" .other { fill: #b8c4ce } .ours { fill: #2a6fb0 }" \
		" .goal { stroke: #c03030; stroke-width: 2 }</style>"
	print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
	text(left, 24, "title", "Round trips, thousands of instructions;" \
		" red: to reach")
	top = 30
	for (i = 1; i <= panels; i++)
		top += panel(sizes[i], titles[i], top)
	print "</svg>"
}
