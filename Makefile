# SPDX-License-Identifier: GPL-2.0
#
# For people. The kernel's build reads Kbuild instead, so that
# make -C KDIR M=$PWD works alone too.
#
#   KDIR=DIR      prepared kernel headers; default: the running kernel's, else
#                 those of the newest cloud kernel installed, or the newest
#   T="NAME ..."  the test programs to run; NAME=VALUE is in the environment
#                 of those that follow
#   VMFLAGS=...   more options of scripts/vm
#   PREFIX, DESTDIR, MODULES_LOAD_DIR   where install puts things

PREFIX ?= /usr/local
MODULES_LOAD_DIR ?= /etc/modules-load.d
export KDIR PREFIX DESTDIR

# An O= or KBUILD_OUTPUT meant for somebody else would send the kernel's build
# to another tree.
kbuild = $(MAKE) -C "$$(scripts/kdir)" M="$(CURDIR)" O= KBUILD_OUTPUT= \
	INSTALL_MOD_PATH="$(DESTDIR)" INSTALL_MOD_DIR=updates
module-dir = $(DESTDIR)/lib/modules/$$(scripts/kdir --release)

# The guest has what an installation has, and the demo's programs.
guest := .guest
vm = scripts/vm --kernel "$$(scripts/kdir --release)" \
	--module machipc.ko --file $(guest)/.:/ --timeout 900 --silence 180 \
	$(VMFLAGS)
text := $(firstword $(wildcard /usr/share/common-licenses/GPL-2) COPYING)

# What installs packages must not run twice at once. The builds below still
# use all the jobs that they are given.
.NOTPARALLEL:

all: modules lib tools ## build everything but the tests

modules: deps-build ## build machipc.ko for KDIR
	+$(kbuild) modules

lib: deps-build ## build the library
	+$(MAKE) -C lib

tools: lib ## build the bootstrap server and the demo
	+$(MAKE) -C tools

selftests: lib deps-tests ## build the tests
	+$(MAKE) -C selftests

demo: $(guest) deps-vm ## see processes talk over Mach ports, in a VM
	$(vm) --file $(text):/usr/share/common-licenses/GPL-2 \
		--script tools/demo/guest

test: $(guest) selftests deps-vm ## run the selftests in a VM
	scripts/stage-tests $(guest)
	$(vm) --script selftests/guest -- $(T)

test-debug: ## run them on a kernel that checks itself, which it builds once
	+kdir=$$(scripts/debug-kernel) && $(MAKE) test KDIR="$$kdir" \
		VMFLAGS="--memory 2048 --timeout 3600 $(VMFLAGS)"

# Those in which threads meet.
concurrent := death_test fork_test fuzz_test life_test msg_queue_test \
	notify_test ool_race_test pset_test race_test

test-kcsan: ## run the concurrent ones on a kernel that looks for data races
	+kdir=$$(scripts/debug-kernel --kcsan) && $(MAKE) test KDIR="$$kdir" \
		T="$(or $(T),$(concurrent))" \
		VMFLAGS="--memory 2048 --timeout 3600 $(VMFLAGS)"

test-matrix: ## run them on all kernels of the distribution
	scripts/matrix

bench: lib deps-bench deps-vm ## compare costs with other ways to talk
	+$(MAKE) -C selftests/bench run

shell: $(guest) deps-vm ## a shell in a VM with the module loaded
	$(vm) --interactive --script scripts/vm-shell

check: deps-build deps-check ## run all static checks
	scripts/check

$(guest): all
	$(RM) -r $(guest)
	+$(MAKE) -s -C lib install PREFIX=/usr DESTDIR="$(CURDIR)/$(guest)"
	+$(MAKE) -s -C tools install PREFIX=/usr DESTDIR="$(CURDIR)/$(guest)"
	find tools/demo -type f -perm -100 ! -name guest \
		-exec install -D -t $(guest)/usr/bin {} +

install: all ## install the module, the library and the tools
	+$(kbuild) modules_install
	+$(MAKE) -C lib install
	+$(MAKE) -C tools install
	install -D -m 644 uapi/linux/machipc.h \
		"$(DESTDIR)$(PREFIX)/include/linux/machipc.h"
	install -d "$(DESTDIR)$(MODULES_LOAD_DIR)"
	echo machipc >"$(DESTDIR)$(MODULES_LOAD_DIR)/machipc.conf"
	$(if $(DESTDIR),,depmod -a "$$(scripts/kdir --release)" && ldconfig)

uninstall: ## remove what install has put there
	for ending in '' .gz .xz .zst; do \
		$(RM) "$(module-dir)/updates/machipc.ko$$ending"; \
	done
	+$(MAKE) -C lib uninstall
	+$(MAKE) -C tools uninstall
	$(RM) "$(DESTDIR)$(PREFIX)/include/linux/machipc.h" \
		"$(DESTDIR)$(MODULES_LOAD_DIR)/machipc.conf"
	$(if $(DESTDIR),,depmod -a "$$(scripts/kdir --release)" && ldconfig)

clean: ## remove what was built
	! scripts/kdir >/dev/null 2>&1 || $(kbuild) clean
	+$(MAKE) -C lib clean
	+$(MAKE) -C tools clean
	+$(MAKE) -C selftests clean
	+$(MAKE) -C selftests/bench clean
	$(RM) -r $(guest)

deps-%:
	@scripts/deps $*

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' \
		Makefile
	@sed -n '/^#   /s/^# //p' Makefile

.PHONY: all modules lib tools selftests demo test test-debug test-kcsan \
	test-matrix bench shell check install uninstall clean help $(guest)
