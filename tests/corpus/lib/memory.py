# SPDX-License-Identifier: GPL-2.0
"""How much memory kmend and all that it runs (compilers above all) take at most together: looked at a few times a second."""
import os
import pathlib
import threading

PERIOD = 0.15  # seconds


def _of_session(session):
    """Bytes of resident memory of the processes of a session, what they share counted once (but for libraries' text)."""
    total, page = 0, os.sysconf("SC_PAGE_SIZE")
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            # Behind the program's name in parentheses: state, parent, group, session.
            if int(pathlib.Path("/proc", entry, "stat").read_text(errors="replace").rpartition(")")[2].split()[3]) != session:
                continue
            resident, shared = map(int, pathlib.Path("/proc", entry, "statm").read_text().split()[1:3])
            total += (resident - shared) * page
        except (OSError, ValueError, IndexError):
            continue
    return total


class Watch:
    """The peak in bytes while the block runs, of the session that a process leads."""

    def __init__(self, leader):
        self.leader, self.peak = leader, 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while True:
            self.peak = max(self.peak, _of_session(self.leader))
            if self.ended.wait(PERIOD):
                return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
