# SPDX-License-Identifier: GPL-2.0
"""Which kernel release a base of the manifest is: the one whose package has exactly that version."""
import os
import pathlib
import re
import subprocess

# deb-192-1, deb12-6.1.192-1, 6.1.192-1: what is left out is 6.1. A name without a revision (v6.1.192) means any.
BASE = re.compile(r"^(?:[A-Za-z][A-Za-z0-9]*-|v)?(?:(\d+\.\d+)\.)?(\d+)(?:-([0-9][0-9A-Za-z.+~]*))?$")
# 6.1.0-50-amd64; since Debian 13: 6.12.57+deb13-amd64
RELEASE = re.compile(r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9]+|\+deb[0-9]+(\.[0-9]+)?)-amd64$")


class UnknownKernel(Exception):
    """A kernel that was asked for is not there."""


def cache_directory():
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "kmend"


def version_of_base(base):
    """deb-192-1 is Debian's 6.1.192-1. Without a revision, if the base has none. None if it is no base of that kind."""
    match = BASE.match(base)
    if not match:
        return None
    return f"{match[1] or '6.1'}.{match[2]}" + (f"-{match[3]}" if match[3] else "")


def fits(seen, version):
    return seen == version or ("-" not in version and seen.startswith(version + "-"))


def _in_order(release):
    """Kernels of one version: the one with the highest number in its name is taken."""
    return [int(number) for number in re.findall(r"\d+", release)], release


def apt_options(private):
    """For apt's own state, or the one that kmend keeps in its cache where the machine has no lists."""
    if not private:
        return []
    place = cache_directory() / "apt"
    for name in ("state/lists/partial", "cache/archives/partial"):
        (place / name).mkdir(parents=True, exist_ok=True)
    return [f"-oDir::State={place}/state", f"-oDir::State::lists={place}/state/lists",
            "-oDir::State::status=/var/lib/dpkg/status", f"-oDir::Cache={place}/cache",
            f"-oDir::Cache::archives={place}/cache/archives"]


def _output(argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def _is_wanted(release, preferred):
    """Plain kernels; others (cloud, for one) have the same version, and are taken only if they are asked for."""
    return RELEASE.match(release) or release in preferred


def _from_apt(private, preferred):
    options = apt_options(private)
    names = [name for name in _output(["apt-cache", *options, "pkgnames", "linux-headers-"]).split()
             if _is_wanted(name.removeprefix("linux-headers-"), preferred)]
    releases, name = {}, None
    for line in _output(["apt-cache", *options, "show", *sorted(names)]).splitlines() if names else []:
        if line.startswith("Package: "):
            name = line[9:]
        elif line.startswith("Version: ") and name:
            releases[name.removeprefix("linux-headers-")] = line[9:]
    return releases


def _from_cache(preferred):
    """Kernels whose materials kmend has already: also those that the archive has no more."""
    releases = {}
    for stamp in cache_directory().glob("kernels/*/headers.complete.*"):
        words = stamp.read_text().split()
        if len(words) == 3 and _is_wanted(stamp.parent.name, preferred):
            releases[stamp.parent.name] = words[1]
    return releases


class Kernels:
    """@wanted: the words of --kernel: RELEASE, or BASE=RELEASE."""

    def __init__(self, wanted):
        self.forced = dict(word.split("=", 1) for word in wanted if "=" in word)
        self.preferred = [word for word in wanted if "=" not in word]
        self.versions = _from_cache(self.preferred)
        self.refreshed = False
        for private in (True, False):
            self.versions.update(_from_apt(private, self.preferred))
        if any(release not in self.versions for release in self.preferred):
            self._refresh()
        for release in self.preferred:
            if release not in self.versions:
                raise UnknownKernel(f"there is no kernel '{release}' in the package sources; there are: {', '.join(sorted(self.versions)) or 'none'}")

    def _refresh(self):
        """Fetch lists of packages into kmend's cache, once."""
        if self.refreshed:
            return
        self.refreshed = True
        subprocess.run(["apt-get", *apt_options(True), "update"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
        self.versions.update(_from_apt(True, self.preferred))

    def _find(self, version):
        fitting = [release for release, seen in self.versions.items() if fits(seen, version)]
        return next((release for release in self.preferred if release in fitting), max(fitting, key=_in_order, default=None))

    def release_of(self, base):
        """The release, or None and why not."""
        if base in self.forced:
            return self.forced[base], None
        version = version_of_base(base)
        if not version:
            return None, f"the base '{base}' is no version of a kernel, as deb-SUBLEVEL-REVISION is; say --kernel {base}=RELEASE"
        release = self._find(version)
        if not release:
            self._refresh()
            release = self._find(version)
        if release:
            return release, None
        return None, f"no kernel package has the version {version}; say --kernel {base}=RELEASE if you have one"
