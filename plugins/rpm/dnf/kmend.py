# SPDX-License-Identifier: GPL-2.0
"""dnf's side of kmend: with a kernel comes the seed package of its hotpatches, if the vendor has one.

`dnf kmend auto` does so from now on and installs the seeds of the kernels that are there, `dnf kmend manual` no longer does
so, `dnf kmend status` tells. What is installed by hand, or removed by hand, stays as it is.
"""

import configparser
import os
import re

import dnf
import dnf.cli
from dnf.cli import commands

CONFIG = "/etc/dnf/plugins/kmend.conf"
KERNELS = ("kernel-core", "kernel", "kernel-rt-core", "kernel-64k-core")
RELEASE = re.compile(r"^(?:/usr)?/lib/modules/([0-9][A-Za-z0-9.+_~-]*)/vmlinuz$")
PROVIDED = re.compile(r"^kernel(?:-[a-z0-9]+)*-uname-r = (\S+)$")


def releases_of(package):
    """The releases (uname -r) that a kernel package brings: by its file, else by what it provides."""
    found = {match.group(1) for match in map(RELEASE.match, package.files) if match}
    if not found:
        found = {match.group(1) for match in (PROVIDED.match(str(p)) for p in package.provides) if match}
    return found


def seed_of(release):
    """Name of the seed package, as `kmend package` makes it."""
    return "kmend-patches-" + release.replace(".", "_").replace("~", "_").lower()


def is_automatic(path=CONFIG):
    parser = configparser.ConfigParser()
    try:
        parser.read(path)
        return parser.getboolean("main", "automatic", fallback=True)
    except (configparser.Error, ValueError):
        return False  # who has written nonsense is asked first, not surprised


def set_automatic(automatic, path=CONFIG):
    """Replaced at once, so that nobody reads half of it; other settings stay."""
    parser = configparser.ConfigParser()
    try:
        parser.read(path)
    except (configparser.Error, ValueError):
        parser = configparser.ConfigParser()
    if not parser.has_section("main"):
        parser.add_section("main")
    parser.set("main", "automatic", "1" if automatic else "0")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8") as file:
        parser.write(file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(path + ".new", path)


def installed_kernels(base):
    kernels = base.sack.query().installed().filterm(name=list(KERNELS))
    return sorted({release for package in kernels for release in releases_of(package)})


def add_seeds(base, releases):
    """Mark the seeds of these kernels for installation. What the repositories do not have is no error, nor is a seed that
    cannot be installed: a kernel comes without it then."""
    added = []
    for release in releases:
        name = seed_of(release)
        if base.sack.query().installed().filterm(name=name):
            continue
        if not base.sack.query().available().filterm(name=name):
            continue
        base.install(name, strict=False)
        added.append(name)
    return added


class Kmend(dnf.Plugin):
    name = "kmend"

    def __init__(self, base, cli):
        super().__init__(base, cli)
        self._done = False
        if cli is not None:
            cli.register_command(KmendCommand)

    def resolved(self):
        """A kernel is about to be installed: its seed comes along, in the same transaction."""
        if self._done or not is_automatic():
            return
        coming = [package for package in self.base.transaction.install_set if package.name in KERNELS]
        releases = sorted({release for package in coming for release in releases_of(package)})
        self._done = True  # resolving again calls us again
        if add_seeds(self.base, releases):
            self.base.resolve(self.cli.demands.allow_erasing if self.cli else False)


class KmendCommand(commands.Command):
    aliases = ("kmend",)
    summary = "hotpatches of the running kernel: with each kernel, or by hand"

    @staticmethod
    def set_argparser(parser):
        parser.add_argument("action", choices=["auto", "manual", "status"], help="what to do")

    def configure(self):
        demands = self.cli.demands
        demands.sack_activation = True
        demands.available_repos = self.opts.action == "auto"
        demands.root_user = self.opts.action != "status"
        demands.resolving = self.opts.action == "auto"

    def run(self):
        getattr(self, "run_" + self.opts.action)()

    def run_auto(self):
        set_automatic(True)
        print("Kernels that are installed from now on bring their seed of hotpatches along.")
        if not add_seeds(self.base, installed_kernels(self.base)):
            print("No seed is to be added for the kernels that are installed.")

    def run_manual(self):
        set_automatic(False)
        print("Kernels come without their seed of hotpatches from now on. Seeds that are installed stay.")

    def run_status(self):
        print("mode: " + ("auto" if is_automatic() else "manual"))
        running = os.uname().release
        for release in installed_kernels(self.base):
            seeds = self.base.sack.query().installed().filterm(name=seed_of(release))
            what = ", ".join(str(seed) for seed in seeds) or "no seed"
            print("%s%s: %s" % (release, " (running)" if release == running else "", what))
