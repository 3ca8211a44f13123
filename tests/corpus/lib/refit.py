# SPDX-License-Identifier: GPL-2.0
"""
kmend takes a diff only as it is, without fuzz. One whose context has moved on is fitted to the source here, as its author
would do it: patch applies it with some fuzz to copies of the files, and what that makes is a diff without. The page tells.
"""
import pathlib
import re
import shutil
import subprocess
import tempfile

import diff
import kernels

FUZZ = 2
NO_CODE = ("Documentation/", "tools/", "samples/")  # left out: such files may have moved on further, and nothing is made of them


def _copy(source, scratch, path):
    place = scratch / path
    if not place.resolve().is_relative_to(scratch.resolve()):
        raise diff.DiffError(f"{path} leads out of the source")
    place.parent.mkdir(parents=True, exist_ok=True)
    if (source / path).is_file():
        shutil.copyfile(source / path, place)


def _compare(path, before, after):
    """A diff of one file with git's names."""
    sides = [place / path if (place / path).is_file() else pathlib.Path("/dev/null") for place in (before, after)]
    labels = [f"{letter}/{path}" if side.name != "null" else "/dev/null" for letter, side in zip("ab", sides)]
    done = subprocess.run(["diff", "-up", "--label", labels[0], "--label", labels[1], *map(str, sides)], stdout=subprocess.PIPE, check=False)
    return done.stdout.decode("utf-8", "surrogateescape")


def fit(text, release):
    """Returns the diff fitted to the release's source, and what had to be done for it. None if there is no way."""
    source = kernels.cache_directory() / "kernels" / release / "source"
    parts = [part for part in diff.parse(text) if part.hunks]
    parts = [part for part in parts if not part.path.startswith(NO_CODE)]
    if not source.is_dir() or not parts or not all((source / part.path).is_file() or part.old == "/dev/null" for part in parts):
        return None
    with tempfile.TemporaryDirectory() as directory:
        before, after = pathlib.Path(directory, "before"), pathlib.Path(directory, "after")
        for place in (before, after):
            place.mkdir()
            for part in parts:
                _copy(source, place, part.path)
        for part in parts:
            part.header = []
            if part.old != "/dev/null" and part.new != "/dev/null":
                part.old = part.new = "a/" + part.path
        plain = "".join(part.text() for part in parts).encode("utf-8", "surrogateescape")
        done = subprocess.run(["patch", "-p1", f"--fuzz={FUZZ}", "--batch", "--forward", "--no-backup-if-mismatch", "--reject-file=-"],
                              cwd=after, input=plain, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            return None
        told = re.findall(r"^Hunk .* with fuzz .*$", done.stdout.decode("utf-8", "replace"), re.MULTILINE)
        paths = dict.fromkeys(part.path for part in parts)
        return "".join(_compare(path, before, after) for path in paths), told
