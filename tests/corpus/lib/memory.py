# SPDX-License-Identifier: GPL-2.0
"""How much memory kmend and all that it runs (compilers above all) take at most together: looked at a few times a second."""
import os
import pathlib
import threading

PERIOD = 0.2  # seconds


def _descendants(pid):
    """A process and all that it started, however far down."""
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        threads = pathlib.Path(f"/proc/{found[-1]}/task")
        try:
            for thread in os.listdir(threads):
                waiting += map(int, (threads / thread / "children").read_text().split())
        except OSError:
            continue  # it has ended meanwhile
    return found


def _together(leader):
    """Bytes of resident memory of a process and its descendants; what they share with files is left out."""
    total, page = 0, os.sysconf("SC_PAGE_SIZE")
    for pid in _descendants(leader):
        try:
            resident, shared = map(int, pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1:3])
            total += (resident - shared) * page
        except (OSError, ValueError):
            continue
    return total


class Watch:
    """The peak in bytes while the block runs, of a process and its descendants."""

    def __init__(self, leader):
        self.leader, self.peak = leader, 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while True:
            self.peak = max(self.peak, _together(self.leader))
            if self.ended.wait(PERIOD):
                return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
