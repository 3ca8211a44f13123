# SPDX-License-Identifier: GPL-2.0
# Thin: meson builds user space, kbuild builds kmod/, the scripts named here do the rest. `make help` lists the targets.
BUILD ?= build
RELEASE ?= $(shell uname -r)
KDIR ?= /lib/modules/$(RELEASE)/build
NPROC := $(shell nproc)

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	meson setup $(BUILD)

deps:
	tests/deps

demo: deps all
	demo/run $(DISTRO)

check: deps all
	tests/run

bench: deps all
	tests/bench/run

kmod:
	$(MAKE) -C kmod KDIR=$(KDIR)

install: all
	meson install -C $(BUILD) --no-rebuild $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))

deb: deps
	dpkg-buildpackage -us -uc -b -j$(NPROC)

clean:
	rm -rf $(BUILD)
	$(MAKE) -C kmod clean KDIR=$(KDIR)

help:
	@echo 'make          build kmend'
	@echo 'make demo     fix a stock Debian kernel by apt upgrade in a virtual machine, and reverse it'
	@echo '              DISTRO=rpm: by dnf update, with RPM packages'
	@echo 'make check    run all tests (tests/run --list; one group: tests/run unit)'
	@echo 'make bench    measure, and print a table'
	@echo 'make kmod     build kmend.ko for RELEASE=$(RELEASE) (or KDIR=...)'
	@echo 'make install  install into DESTDIR'
	@echo 'make deb      build the Debian packages of kmend itself'
	@echo 'make deps     install what these need (as root)'

.PHONY: all deps demo check bench kmod install deb clean help
