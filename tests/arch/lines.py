#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The line budget: code that a client's bytes reach before it has logged in.

Counted are the functions that can be reached from where a session begins
(ROOTS), in the objects of the link map: smtpd's and pop3d's own and lib/'s,
with what stands outside functions in those files.  Blank lines, comments and
lines of a brace alone do not count, nor what reads our own files (OUTSIDE).
Where a neighbour's client begins (codecs of our own sockets, cdb
look-ups), the client's bytes are strings that are passed on; those modules are
printed as "behind", and not counted.  A name that is mentioned is a call.

For comparison: notqmail's smtpd with the patches people need has 2,662 lines,
indimail's 8,005.
"""
import collections
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done, skip  # noqa: E402

BUDGET = 2600
ROOTS = {"smtpd": ["listen_session", "session_run"],
         "pop3d": ["listen_session", "authorization_run"]}
BEHIND = re.compile(r"(\w+_(client|proto|lookup)|alias_(resolve|records|parts)"
                    r"|table)\.c$")
# the start of a process, before there is a client; etc/; lines in the log
OUTSIDE = re.compile(r"build/|lib/(service|confine|log|setting|safefile|line|"
                     r"netfile|deadline|clock)|smtpd/settings")


def bare(path):
    """The file's lines of code, without comments and blank lines."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    text = re.sub(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*',
                  lambda m: m.group() if m.group()[0] == '"' else "",
                  text, flags=re.S)
    return [line for line in text.splitlines() if line.strip()]


def functions(lines):
    """{name: lines}; "" is what stands outside of them."""
    found, name, held = collections.defaultdict(list), "", []
    for line in lines:
        m = re.match(r"(\w+)\(", line)
        if m and not name and not line.rstrip().endswith(";"):
            name = m.group(1)
            if found[""] and not re.search(r"[;}>]$|^#", found[""][-1]):
                held = [found[""].pop()]  # its type
        (held if name else found[""]).append(line)
        if name and (line.startswith("}") or line.endswith(");")
                     and not line[:1].isspace()):
            found["" if line.endswith(");") else name] += held
            name, held = "", []
    return found


def count(lines):
    return sum(bool(line.strip(" \t{};")) for line in lines)


def words(lines):
    return set(re.findall(r"\b[a-z]\w+\b", re.sub(
        r'"(?:\\.|[^"\\])*"', "", "\n".join(
            x for x in lines if not x.startswith("#include")))))


def reached(files, roots):
    """{path: names of functions} that can be reached from the roots."""
    where = collections.defaultdict(list)  # those that others can call
    for path, fs in files.items():
        for name in fs:
            if name and not fs[name][0].startswith("static"):
                where[name].append(path)
    todo, seen = [(p, r) for r in roots for p in where[r]], set()
    while todo:
        path, name = todo.pop()
        if (path, name) in seen:
            continue
        seen.add((path, name))
        if BEHIND.search(path) or OUTSIDE.match(path):
            continue
        todo.append((path, ""))
        for word in words(files[path][name]):
            todo += [(p, word) for p in
                     ([path] if word in files[path] else where[word])]
    out = collections.defaultdict(set)
    for path, name in seen:
        out[path].add(name)
    return out


def linked(program):
    with open("build/%s.map" % program, encoding="utf-8") as f:
        objects = re.findall(r"^LOAD ([a-z]\S*)\.o$", f.read(), re.M)
    return [o + ".c" for o in objects if os.path.exists(o + ".c")]


def main():
    for program, roots in ROOTS.items():
        try:
            files = {p: functions(bare(p)) for p in linked(program)}
        except FileNotFoundError:
            skip(program, "not built")
            continue
        sums = collections.Counter()
        for path, names in sorted(reached(files, roots).items()):
            n = sum(count(files[path][f]) for f in names)
            kind = ("behind" if BEHIND.search(path) else "outside"
                    if OUTSIDE.match(path) else path.split("/")[0])
            sums[kind] += n
            if kind in (program, "lib"):
                print("# %5d of %4d %s" % (n, sum(map(
                    count, files[path].values())), path))
        seen = sums[program] + sums["lib"]
        check("%s: %d lines see a client's bytes before a login (%d its own, "
              "%d of lib/; behind them %d), of %d" % (
                  program, seen, sums[program], sums["lib"], sums["behind"],
                  BUDGET), 500 < seen <= BUDGET)


os.chdir(ROOT)
main()
done()
