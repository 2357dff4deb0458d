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
#   KUNIT=y       build the tests that run inside the kernel into the module;
#                 for a KDIR with CONFIG_KUNIT, such as scripts/debug-kernel
#   KCOV=y        let a program see what its calls reach in the module
#   PREFIX, DESTDIR, MODULES_LOAD_DIR   where install puts things

PREFIX ?= /usr/local
MODULES_LOAD_DIR ?= /etc/modules-load.d
export KDIR PREFIX DESTDIR

# An O= or KBUILD_OUTPUT meant for somebody else would send the kernel's build
# to another tree.
kbuild = $(MAKE) -C "$$(scripts/kdir)" M="$(CURDIR)" O= KBUILD_OUTPUT= \
	INSTALL_MOD_PATH="$(DESTDIR)" INSTALL_MOD_DIR=updates

# Headers of a distribution ask for signatures and lack the key.
unsigned = $$(test -e "$$(scripts/kdir)/certs/signing_key.pem" || \
	echo CONFIG_MODULE_SIG_ALL=)

# What is done to the machine itself is left out where files are only gathered.
on-this-machine = $(if $(DESTDIR),,$(1))
reload-units = ! test -d /run/systemd/system || systemctl daemon-reload
stop-service = ! test -d /run/systemd/system || \
	systemctl -q disable --now machbootstrapd 2>/dev/null || :

forget-module = for tree in /lib/modules/*/modules.dep; do \
	! grep -q '/machipc\.ko' "$$tree" || \
	depmod -a "$$(basename "$$(dirname "$$tree")")"; done

dkms-name := machipc/$(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
dkms-source = $(DESTDIR)/usr/src/$(subst /,-,$(dkms-name))
dkms-build = dkms install "$(dkms-name)" -k "$$(scripts/kdir --release)"
dkms-remove = ! dkms status "$(dkms-name)" 2>/dev/null | grep -q . || \
	dkms remove "$(dkms-name)" --all

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

# One after the other: the module is built for another kernel in between.
ci: ## run them on both kernels; what decides whether a change may land
	+$(MAKE) --no-print-directory test
	+$(MAKE) --no-print-directory test-debug

# For kernels that check what they do.
slow-vm := --memory 2048 --timeout 3600 --silence 600

test-debug: ## run them on a kernel that checks itself, which it builds once
	+kdir=$$(scripts/debug-kernel) && $(MAKE) test KDIR="$$kdir" \
		VMFLAGS="$(slow-vm) $(VMFLAGS)"

# Those in which threads meet.
concurrent := death_test fork_test fuzz_test life_test msg_queue_test msg_spin_test \
	notify_test ool_race_test pset_test race_test

test-kcsan: ## run the concurrent ones on a kernel that looks for data races
	+kdir=$$(scripts/debug-kernel --kcsan) && $(MAKE) test KDIR="$$kdir" \
		T="$(or $(T),$(concurrent))" \
		VMFLAGS="$(slow-vm) $(VMFLAGS)"

fuzz: lib deps-vm ## look for new ways into the module: TIME=seconds SEED=number
	+kdir=$$(scripts/debug-kernel) && $(MAKE) modules KCOV=y KDIR="$$kdir" && \
		$(MAKE) -C selftests fuzz/fuzzer && \
		KDIR="$$kdir" scripts/fuzz $(or $(TIME),600) $(SEED)

test-matrix: ## run them on all kernels of the distribution
	scripts/matrix

mutants: $(guest) selftests deps-vm ## make mistakes in a copy, to see the tests find them
	scripts/stage-tests $(guest)
	scripts/mutants $(M)

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

install: all install-user ## install the module, the library and the tools
	$(call on-this-machine,$(dkms-remove))
	+$(kbuild) modules_install DEPMOD=true $(unsigned)
	$(call on-this-machine,depmod -a "$$(scripts/kdir --release)")
	@$(call on-this-machine,scripts/installed)

# The library, the tools, and what loads the module at boot.
install-user: lib tools
	+$(MAKE) -C lib install
	+$(MAKE) -C tools install
	install -D -m 644 uapi/linux/machipc.h \
		"$(DESTDIR)$(PREFIX)/include/linux/machipc.h"
	install -d "$(DESTDIR)$(MODULES_LOAD_DIR)"
	echo machipc >"$(DESTDIR)$(MODULES_LOAD_DIR)/machipc.conf"
	$(call on-this-machine,ldconfig; $(reload-units))

# DKMS builds the module again for each kernel that is installed later.
dkms-install: $(if $(DESTDIR),,deps-dkms) install-user ## the same, but let DKMS build the module
	$(call on-this-machine,$(dkms-remove))
	$(RM) -r "$(dkms-source)" "$(DESTDIR)/lib/modules/"*/updates/machipc.ko*
	install -d "$(dkms-source)"
	cp -R Kbuild module uapi dkms.conf COPYING "$(dkms-source)"
	find "$(dkms-source)" \( -name '*.o' -o -name '.*.cmd' \) -delete
	$(call on-this-machine,$(dkms-build) && scripts/installed)

# The module goes from every kernel that it was installed for.
uninstall: ## remove what install or dkms-install has put there
	$(call on-this-machine,$(stop-service); $(dkms-remove))
	$(RM) -r "$(dkms-source)"
	$(RM) "$(DESTDIR)/lib/modules/"*/updates/machipc.ko*
	+$(MAKE) -C lib uninstall
	+$(MAKE) -C tools uninstall
	$(RM) "$(DESTDIR)$(PREFIX)/include/linux/machipc.h" \
		"$(DESTDIR)$(MODULES_LOAD_DIR)/machipc.conf"
	$(call on-this-machine,$(forget-module); ldconfig; $(reload-units))

clean: ## remove what was built
	! scripts/kdir >/dev/null 2>&1 || $(kbuild) clean
	+$(MAKE) -C lib clean
	+$(MAKE) -C tools clean
	+$(MAKE) -C selftests clean
	+$(MAKE) -C selftests/bench clean
	$(RM) -r $(guest) .fuzz

deps-%:
	@scripts/deps $*

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' \
		Makefile
	@sed -n '/^#   /s/^# //p' Makefile

.PHONY: all modules lib tools selftests demo test ci test-debug test-kcsan \
	fuzz test-matrix mutants bench shell check install install-user dkms-install \
	uninstall clean help $(guest)
