# SPDX-License-Identifier: GPL-2.0
"""A corpus: DIR/manifest.json, a list of patches, and DIR/ID.patch beside it (or a recipe to cut it, see cut.py)."""
import hashlib
import json
import pathlib
import re

import cut
import diff

DIRECTIONS = ("forward", "reverse")
# An update's id: what kmend takes.
ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$")


class CorpusError(Exception):
    """The corpus as a whole cannot be read; the text says what to do."""


class Patch:
    def __init__(self, directory, entry):
        self.id = entry["id"]
        self.cve = entry.get("cve") or ""
        self.base = entry["base"]
        self.direction = entry["direction"]
        self.direction_of_text = self.direction
        self.subject = " ".join(str(entry.get("subject") or self.id).split())
        self.cut = entry.get("cut")
        self.waive = entry.get("waive") or []
        self.path = directory / f"{self.id}.patch"
        self.release = None
        self.problem = None  # why it cannot be tried at all

    def amend(self, directory):
        """An author's own diff for this patch: DIR/ID.diff, and what he waives, a line each, in DIR/ID.waive."""
        if (directory / f"{self.id}.diff").is_file():
            self.path, self.cut, self.direction_of_text = directory / f"{self.id}.diff", None, "forward"
        if (directory / f"{self.id}.waive").is_file():
            lines = (directory / f"{self.id}.waive").read_text(encoding="utf-8").splitlines()
            self.waive = self.waive + [line for line in lines if line.strip() and not line.startswith("#")]

    def update_diff(self):
        """The text of the diff that is to be the update. Raises OSError, DiffError, CutError."""
        text = cut.make(self.cut) if self.cut else self.path.read_bytes().decode("utf-8", "surrogateescape")
        return diff.reverse(text) if self.direction_of_text == "reverse" else text

    def reaches_far(self):
        """Whether it changes a header: many units may have to be compiled then."""
        try:
            return any(part.path.endswith(".h") for part in diff.parse(self.update_diff()))
        except (OSError, diff.DiffError, cut.CutError):
            return False

    def key(self, *further):
        digest = hashlib.sha256()
        source = json.dumps(self.cut).encode() if self.cut else self.path.read_bytes() if self.path.is_file() else b""
        for part in (source, self.direction_of_text, self.release or "", json.dumps(self.waive), *further):
            digest.update(hashlib.sha256(part if isinstance(part, bytes) else str(part).encode()).digest())
        return digest.hexdigest()


def _check(entry, number, seen):
    where = f"entry {number} of manifest.json"
    if not isinstance(entry, dict):
        raise CorpusError(f"{where} is not an object")
    for name in ("id", "base", "direction"):
        if not isinstance(entry.get(name), str):
            raise CorpusError(f"{where} has no text '{name}'")
    if not ID.match(entry["id"]):
        raise CorpusError(f"{where}: the id '{entry['id']}' is not one that an update can have")
    if entry["id"] in seen:
        raise CorpusError(f"{where}: the id '{entry['id']}' is there twice")
    if entry["direction"] not in DIRECTIONS:
        raise CorpusError(f"{where}: the direction '{entry['direction']}' is neither 'forward' nor 'reverse'")
    if not isinstance(entry.get("cve") or "", str):
        raise CorpusError(f"{where}: 'cve' is not a text")


def read(directory):
    """The patches of a corpus. Raises CorpusError."""
    directory = pathlib.Path(directory)
    path = directory / "manifest.json"
    if not directory.is_dir():
        raise CorpusError(f"there is no directory {directory}")
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CorpusError(f"{directory} has no manifest.json, so it is no corpus") from None
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path} cannot be read: {error}") from None
    if not isinstance(entries, list) or not entries:
        raise CorpusError(f"{path} is not a list of patches")
    patches = []
    for number, entry in enumerate(entries, 1):
        _check(entry, number, {patch.id for patch in patches})
        patches.append(Patch(directory, entry))
    return patches
