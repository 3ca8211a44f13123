# SPDX-License-Identifier: GPL-2.0
"""
Changes cut from Debian's source packages, so that none of the kernel's code has to be kept. A recipe:
  {"from": "6.1.176-1", "to": "6.1.192-2", "files": {"net/unix/af_unix.c": ["unix_ioctl"]}, "sha256": "..."}
Each file's difference between the two versions is cut down to the hunks whose head names one of the functions (or which
have one of the numbers, from 1; an empty list means all). The digest is that of the diff which was meant.
"""
import difflib
import hashlib
import os
import pathlib
import re
import subprocess
import tempfile

import diff
import kernels


class CutError(Exception):
    pass


def _package_directory(version):
    return kernels.cache_directory() / "corpus" / version


def _in_kmends_cache(version, path):
    """kmend keeps the sources of the kernels that it made updates for."""
    for stamp in kernels.cache_directory().glob("kernels/*/source.complete.*"):
        words = stamp.read_text().split()
        found = stamp.parent / "source" / path
        if len(words) == 3 and words[1] == version and found.is_file():
            return found
    return None


def _download(version, directory):
    series = ".".join(version.split(".")[:2])
    for private in (False, True):
        done = subprocess.run(["apt-get", *kernels.apt_options(private), "download", f"linux-source-{series}={version}"],
                              cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        found = sorted(pathlib.Path(directory).glob("*.deb"))
        if done.returncode == 0 and found:
            return found[0], series
    raise CutError(f"the package sources do not have linux-source-{series} in version {version}")


def _extract(version, paths):
    """Unpack some files of a source package into the cache: the tarball is read once for all of them."""
    place = _package_directory(version)
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as scratch:
        deb, series = _download(version, scratch)
        names = " ".join(f"linux-source-{series}/{path}" for path in paths)
        script = (f'set -o pipefail; dpkg-deb --fsys-tarfile "$0" | tar -xO ./usr/src/linux-source-{series}.tar.xz | '
                  f'tar --use-compress-program="xz -T0" --strip-components=1 -C "$1" -x {names}')
        done = subprocess.run(["bash", "-c", script, str(deb), scratch], stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise CutError(f"linux-source {version} does not have all of {', '.join(paths)}: {done.stderr.strip()[-200:]}")
        for path in paths:
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(pathlib.Path(scratch) / path, place / path)


def prefetch(recipes):
    """Get all files that the recipes need, each source package read once. Failures show when the recipe is made."""
    wanted = {}
    for recipe in recipes:
        for version in (recipe["from"], recipe["to"]):
            wanted.setdefault(version, set()).update(recipe["files"])
    for version, paths in wanted.items():
        missing = sorted(path for path in paths if not _in_kmends_cache(version, path) and not (_package_directory(version) / path).is_file())
        try:
            if missing:
                _extract(version, missing)
        except (CutError, OSError):
            pass


def _lines(version, path):
    found = _in_kmends_cache(version, path) or _package_directory(version) / path
    if not found.is_file():
        _extract(version, [path])
    return found.read_text(encoding="utf-8", errors="surrogateescape").splitlines()


def _named(lines, path):
    """Hunks of one file, their heads named after the function they lie in, as `diff -p` does."""
    old, new = lines
    text = "\n".join(difflib.unified_diff(old, new, "a/" + path, "b/" + path, lineterm="")) + "\n"
    if not text.strip():
        raise CutError(f"{path} is the same in both versions")
    part = diff.parse(text)[0]
    for hunk in part.hunks:
        # The function that the first changed line lies in.
        first = hunk.old[0] + next((i for i, line in enumerate(hunk.lines) if line[0] in "+-"), 0)
        head = next((line for line in reversed(old[:first - 1]) if re.match(r"[A-Za-z_$]", line)), "")
        hunk.tail = " " + head[:60] if head else ""
    return part


def make(recipe):
    """The diff of a recipe. Raises CutError."""
    out = []
    for path, wanted in sorted(recipe["files"].items()):
        part = _named([_lines(recipe[side], path) for side in ("from", "to")], path)
        kept = [hunk for number, hunk in enumerate(part.hunks, 1)
                if not wanted or number in wanted or any(isinstance(name, str) and name + "(" in hunk.tail for name in wanted)]
        if not kept:
            raise CutError(f"{path}: no hunk lies in {', '.join(map(str, wanted))}")
        # New line numbers follow from what is left.
        shift = 0
        for hunk in kept:
            hunk.new = (hunk.old[0] + shift, hunk.new[1])
            shift += hunk.new[1] - hunk.old[1]
        part.hunks = kept
        out.append(part.text())
    text = "".join(out)
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    if recipe.get("sha256") and digest != recipe["sha256"]:
        raise CutError(f"the change that was cut is not the one that was meant (its SHA-256 is {digest})")
    return text
