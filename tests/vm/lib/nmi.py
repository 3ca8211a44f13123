# SPDX-License-Identifier: GPL-2.0
"""NMIs for a guest: nmi.py MONITOR MILLISECONDS. Asks QEMU's monitor for one to each CPU, again and again, until QEMU ends.
Prints how many."""
import socket
import sys
import time

monitor = socket.socket(socket.AF_UNIX)
for _ in range(100):
    try:
        monitor.connect(sys.argv[1])
        break
    except OSError:
        time.sleep(0.1)
count = 0
try:
    monitor.settimeout(10)
    while True:
        monitor.sendall(b"nmi\n")
        if not monitor.recv(65536):
            break
        count += 1
        time.sleep(int(sys.argv[2]) / 1000)
except OSError:
    pass
print(count, "NMIs to each CPU")
