# SPDX-License-Identifier: GPL-2.0
"""Unified diffs: read as files and hunks, turned round, cut down to some hunks."""
import re

HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$")
# Lines of a git header that change their meaning when a diff is turned round.
TURNED = (("new file mode ", "deleted file mode "), ("old mode ", "new mode "), ("rename from ", "rename to "),
          ("copy from ", "copy to "))


class DiffError(ValueError):
    pass


class Hunk:
    def __init__(self, old, new, tail, lines):
        self.old, self.new, self.tail, self.lines = old, new, tail, lines  # old, new: (first line, number)

    def reversed(self):
        """Removed lines come before added ones, as diff writes them."""
        out, added = [], []
        for line in self.lines:
            if line.startswith("\\"):  # belongs to the line before it
                (added if turned.startswith("+") else out).append(line)
                continue
            turned = {"+": "-", "-": "+"}.get(line[:1], line[:1]) + line[1:]
            if turned.startswith("+"):
                added.append(turned)
                continue
            if not turned.startswith("-"):
                out, added = out + added, []
            out.append(turned)
        return Hunk(self.new, self.old, self.tail, out + added)

    def text(self):
        (a, b), (c, d) = self.old, self.new
        return "\n".join([f"@@ -{a},{b} +{c},{d} @@{self.tail}"] + self.lines) + "\n"


class FileDiff:
    def __init__(self, header, old, new):
        self.header, self.old, self.new, self.hunks = header, old, new, []

    @property
    def path(self):
        name = self.new if self.old == "/dev/null" else self.old
        return name[2:] if name[:2] in ("a/", "b/") else name

    def reversed(self):
        def other_side(name, prefix):
            """Names as git writes them stay such; others are only exchanged."""
            return prefix + name[2:] if name[:2] in ("a/", "b/") else name

        def turn(line):
            for one, two in TURNED:
                if line.startswith(one):
                    return two + line[len(one):]
                if line.startswith(two):
                    return one + line[len(two):]
            index = re.match(r"^index ([0-9a-f]+)\.\.([0-9a-f]+)(.*)$", line)
            return f"index {index[2]}..{index[1]}{index[3]}" if index else line

        turned = FileDiff([turn(line) for line in self.header], other_side(self.new, "a/"), other_side(self.old, "b/"))
        turned.hunks = [hunk.reversed() for hunk in self.hunks]
        return turned

    def text(self):
        head = "".join(line + "\n" for line in self.header)
        names = f"--- {self.old}\n+++ {self.new}\n" if self.hunks else ""
        return head + names + "".join(hunk.text() for hunk in self.hunks)


def _read_hunk(lines, at):
    match = HUNK.match(lines[at])
    old, new = (int(match[1]), int(match[2] or 1)), (int(match[3]), int(match[4] or 1))
    left, right, body, at = old[1], new[1], [], at + 1
    while left or right or (at < len(lines) and lines[at].startswith("\\")):
        if at >= len(lines):
            raise DiffError("a hunk is cut off")
        line = lines[at] if lines[at][:1] not in ("", "\t") else " " + lines[at]  # a context line that lost its blank
        if line[0] not in " +-\\":
            raise DiffError(f"line {at + 1} does not belong into a hunk")
        left -= line[0] in " -"
        right -= line[0] in " +"
        if left < 0 or right < 0:
            raise DiffError(f"a hunk has more lines than it says (line {at + 1})")
        body.append(line)
        at += 1
    return Hunk(old, new, match[5], body), at


def plain(text):
    """Without the carriage returns that a mailer put behind all lines: those of the names have none otherwise."""
    return text.replace("\r\n", "\n") if re.search(r"^\+\+\+ [^\n]*\r$", text, re.MULTILINE) else text


def parse(text):
    """The files of a diff; a mail's text around it is left out."""
    lines, files, header, at = plain(text).split("\n"), [], [], 0
    while at < len(lines):
        line = lines[at]
        if line.startswith("GIT binary patch") or line.startswith("Binary files "):
            header = []  # pictures and the like: nothing that a kernel is built from
        elif line.startswith("diff --git "):
            header = [line]
        elif header and re.match(r"^(index |old mode |new mode |new file |deleted file |similarity |rename |copy )", line):
            header.append(line)
            if line.startswith("rename to ") and not "".join(lines[at + 1:at + 2]).startswith("index "):
                files.append(FileDiff(header, "", ""))
        elif line.startswith("--- ") and at + 2 < len(lines) and lines[at + 1].startswith("+++ ") and HUNK.match(lines[at + 2]):
            files.append(FileDiff(header, line[4:].split("\t")[0].rstrip(), lines[at + 1][4:].split("\t")[0].rstrip()))
            header, at = [], at + 2
            while at < len(lines) and HUNK.match(lines[at]):
                hunk, at = _read_hunk(lines, at)
                files[-1].hunks.append(hunk)
            continue
        at += 1
    if not files:
        raise DiffError("it holds no unified diff")
    return files


def reverse(text):
    """The diff that takes this one back."""
    return "".join(part.reversed().text() for part in parse(text))
