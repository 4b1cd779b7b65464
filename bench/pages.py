# SPDX-License-Identifier: ISC
"""The page frames that processes map: memory that does not depend, as PSS does,
on who else uses the same libraries.  Root only."""
import os
import re
import struct

PAGE = os.sysconf("SC_PAGESIZE")
CHUNK = 1 << 16  # pages asked for at once
ZERO_PAGE = 1 << 24  # of /proc/kpageflags: everybody's
KERNEL = re.compile(r"\[v(dso|var\w*|syscall)")


def of_range(pagemap, first, last):
    for start in range(first, last, CHUNK):
        n = min(CHUNK, last - start)
        words = os.pread(pagemap, n * 8, start * 8)
        for (word,) in struct.iter_unpack("<Q", words):
            if word >> 63:
                yield word & ((1 << 55) - 1)


def of_process(pid):
    found = set()
    with open("/proc/%d/maps" % pid) as maps, \
            open("/proc/%d/pagemap" % pid, "rb", 0) as pagemap:
        for line in maps:
            if KERNEL.search(line):
                continue
            first, last = (int(x, 16) // PAGE
                           for x in line.split()[0].split("-"))
            found.update(of_range(pagemap.fileno(), first, last))
    return found


def distinct_kib(pids):
    """All pages that any of these maps, each once."""
    frames = set()
    for pid in pids:
        try:
            frames |= of_process(pid)
        except OSError:
            continue  # it has ended
    with open("/proc/kpageflags", "rb", 0) as flags:
        zero = sum(1 for f in frames if struct.unpack("<Q", os.pread(
            flags.fileno(), 8, f * 8))[0] & ZERO_PAGE)
    return (len(frames) - zero) * PAGE // 1024
