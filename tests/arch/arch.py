#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds the tree against STYLE and conf-services: includes, link lines, sizes.

What a folder may include: its own headers, lib/'s, and the one protocol header
of another folder.  What a program may link: its folder, lib/, and what other
folders offer for that (names in OFFERED).  Which library's code a program has
is read from its link map and from ldd, not from the Makefile.
"""
import collections
import glob
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, check, done, skip  # noqa: E402

FUNCTION_MAX, FILE_MAX, HEADER_MAX, PROTOCOL_MAX = 60, 300, 100, 130  # lines
# modules that a folder offers to others' link lines
OFFERED = re.compile(r"/(\w+_(proto|client|lookup)|alias_resolve|alias_records"
                     r"|alias_parts|user_records|password_check|admin_\w+)\.o$")
# what etccheck judges etc/ with: the daemons' own readers
READERS = re.compile(r"(pop3d/uidl\w*|deliver/(\w+_etc|remote_(conf|routes|dest|secret)"
                     r"|resolver_conf))\.o$")
# admind is all the tools in one
TOOLS = re.compile(r"(cdb-tools/|relayd/relayctl_|queue/queuectl_)")
CDB_FILES = {"lib/table.c", "cdb-tools/cdbout.c"}
FREE_OF_OWFAT = re.compile(r"lib/(service\w*|confine\w*|sock\w*|msg|log\w*)\.")

os.chdir(ROOT)


def text(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def read_services():
    programs, row = {}, None
    for line in text("conf-services").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "program":
            row = programs[words[1]] = {
                "folder": words[2], "account": words[3], "serve": [],
                "call": [], "sys": [], "child": []}
        elif row and words[0] in ("serve", "call"):
            row[words[0]].append(words[1])
        elif row and words[0] in ("sys", "child"):
            row[words[0]] += words[1:]
    return programs


def sources():
    folders = {p["folder"] for p in SERVICES.values()} | {"lib", "service"}
    return sorted(p for d in folders for p in
                  glob.glob(d + "/*.c") + glob.glob(d + "/*.h"))


def fine(name, wrong):
    check(name, not wrong, "; ".join(map(str, wrong)))


# the source ------------------------------------------------------------------

def includes():
    wrong, angle, cdb, owfat = [], [], [], []
    heads = {os.path.basename(p) for p in SOURCES if p.endswith(".h")}
    for path in SOURCES:
        folder = os.path.dirname(path)
        for kind, name in re.findall(r'^#include ([<"])([^>"]+)', text(path),
                                     re.M):
            other, base = os.path.split(name)
            if kind == "<":
                if name == "cdb.h":
                    cdb.append(path)
                if name in heads and os.path.exists("lib/" + name):
                    angle.append("%s: <%s>" % (path, name))
                continue
            if FREE_OF_OWFAT.match(path) and name in ("lib/sa.h",
                                                      "lib/safefile.h"):
                owfat.append("%s: %s" % (path, name))
            if other in (folder, "lib") and (folder != "lib" or other == "lib"):
                continue
            if folder != "lib" and name == "%s/%s.h" % (other, other):
                continue
            wrong.append("%s includes %s" % (path, name))
    fine("only lib/, the own folder and one header of another", wrong)
    fine("no header of ours in angle brackets", angle)
    fine("two files see tinycdb", set(cdb) - CDB_FILES)
    fine("what tlsd, resolver and dkimd link is free of libowfat", owfat)


def self_contained():
    flags = ["-std=gnu11", "-D_GNU_SOURCE", "-I.", "-Ibuild/cdb/include",
             "-fsyntax-only", "-Werror", "-x", "c"]
    first = text("conf-owfat").splitlines()[0].strip()
    if first:
        flags.append("-I%s/include" % first)
    wrong = []
    for path in SOURCES:
        if not path.endswith(".h"):
            continue
        r = subprocess.run(["gcc"] + flags + ["-"], capture_output=True,
                           input='#include "%s"\n#include "%s"\n'
                           % (path, path), text=True)
        if r.returncode:
            wrong.append(path + ": " + (r.stderr.splitlines() or [""])[0])
    fine("every header stands alone, and twice", wrong)


def functions(path):
    """(name, lines) of each function: STYLE puts "{" and "}" at column 0."""
    begin = name = None
    for n, line in enumerate(text(path).splitlines(), 1):
        m = re.match(r"(\w+)\(", line)
        if m:
            name, begin = m.group(1), n
        elif line.startswith("}") and begin:
            yield name, n - begin + 1
            begin = None


def sizes():
    long_, big, wide = [], [], []
    for path in SOURCES:
        lines = text(path).splitlines()
        folder, base = os.path.split(path)
        most = FILE_MAX
        if path.endswith(".h"):
            most = PROTOCOL_MAX if base == folder + ".h" else HEADER_MAX
        if len(lines) > most:
            big.append("%s: %d of %d" % (path, len(lines), most))
        for name, n in functions(path) if path.endswith(".c") else ():
            if n > FUNCTION_MAX:
                long_.append("%s: %s: %d lines" % (path, name, n))
    fine("no function over %d lines" % FUNCTION_MAX, long_)
    fine("no file over its limit", big)


def marks():
    fine("every file says its licence", [
        p for p in SOURCES
        if "SPDX-License-Identifier: ISC" not in text(p).split("\n", 1)[0]])
    fine("x.c includes x.h first", [p for p in SOURCES if not own_first(p)])
    fine("nothing runs as root", glob.glob("*/*-root.c"))
    fine("stralloc_ only in lib/sa", [
        p for p in SOURCES if p != "lib/sa.c"
        and re.search(r"\bstralloc_\w+\(", text(p))])


def own_first(path):
    own = path[:-2] + ".h"
    first = re.search(r'^#include [<"]([^>"]+)', text(path), re.M)
    return (not path.endswith(".c") or not os.path.exists(own)
            or main_of(path)
            or (first and first.group(1).startswith(path[:-2])))


def main_of(path):
    return re.search(r"^main\(", text(path), re.M)


def names():
    wrong = []
    for path in SOURCES:
        base = os.path.basename(path)[:-2]
        if path.endswith(".c") and main_of(path):
            program = SERVICES.get(base)
            if program and program["folder"] != os.path.dirname(path):
                wrong.append("%s: conf-services says %s/" % (
                    path, program["folder"]))
        elif path.endswith(".c") and "-" in base:
            wrong.append(path + ": a module's name has underscores")
    fine("programs and modules are named as STYLE says", wrong)


def tables():
    """Every socket of a folder that is there is named in its headers."""
    wrong = []
    for name, row in SERVICES.items():
        heads = "".join(text(p) for p in SOURCES if p.endswith(".h")
                        and p.startswith(row["folder"] + "/"))
        wrong += ["%s: %s" % (name, s) for s in row["serve"]
                  if heads and s not in heads]
    fine("every socket is in its folder's headers", wrong)
    served = collections.Counter(
        s for row in SERVICES.values() for s in row["serve"])
    fine("one server a socket", [s for s, n in served.items() if n > 1])


# the programs ----------------------------------------------------------------

def built():
    """(path, map text) of each program that is built."""
    for name, row in sorted(SERVICES.items()):
        path = row["folder"] + "/" + name
        link_map = "build/%s.map" % name
        if os.access(path, os.X_OK) and os.path.exists(link_map):
            yield path, text(link_map)


def link_lines():
    found = list(built())
    if not found:
        skip("link lines", "nothing is built")
        return
    for path, link_map in found:
        folder = os.path.dirname(path)
        foreign = [
            o for o in re.findall(r"^LOAD (\S+\.o)$", link_map, re.M)
            if not o.startswith("/") and o.split("/")[0] not in (
                folder, "lib", "build") and not OFFERED.search("/" + o)
            and not (folder == "admin" and TOOLS.match(o))
            and not (path.endswith("/etccheck") and READERS.match(o))]
        fine(path + " links no other folder's inside", foreign)
        members = re.findall(r"^\S*(lib\w+)\.a\((\w+\.o)\)", link_map, re.M)
        fine(path + ": cdb_ is tinycdb's", [
            m for m in members if m[0] == "libowfat"
            and m[1].startswith("cdb")])
        ldd = subprocess.run(["ldd", path], capture_output=True,
                             text=True).stdout
        owfat = any(m[0] == "libowfat" for m in members) or "owfat" in ldd
        openssl = re.search(r"lib(ssl|crypto)\.so", ldd) or any(
            m[0] in ("libssl", "libcrypto") for m in members)
        check(path + " has no libseccomp", "seccomp" not in ldd and not any(
            m[0] == "libseccomp" for m in members))
        check(path + " has not both libowfat and OpenSSL",
              not (owfat and openssl))
        headers = subprocess.run(["readelf", "-lWd", path],
                                 capture_output=True, text=True).stdout
        stack = re.search(r"GNU_STACK.*", headers)
        check(path + " is PIE, RELRO, bound now, no executable stack",
              "DYN " in headers and "GNU_RELRO" in headers
              and "NOW" in headers and stack and " E " not in stack.group(),
              headers.splitlines()[:3])


def groups():
    """Only who starts connections has the Internet in its filter."""
    wrong = [n for n, r in SERVICES.items() if {"tcp", "udp"} & set(r["sys"])
             and n not in ("deliver-remote", "resolver", "filterd")]
    fine("no Internet sockets where none are made", wrong)
    fine("who calls can connect, who only serves cannot", [
        n for n, r in SERVICES.items() if r["sys"]
        and bool(r["call"]) != ("call" in r["sys"])])
    fine("only deliver-remote calls strangers' sockets", [
        n for n, r in SERVICES.items() if "lmtp" in r["sys"]
        and n != "deliver-remote"])
    fine("a child has no more than its daemon", [
        n for n, r in SERVICES.items()
        if set(r["child"]) - set(r["sys"]) - {"session"}])
    fine("nobody's filter allows exec", [
        n for n, r in SERVICES.items() if "exec" in r["sys"]])


SERVICES = read_services()
SOURCES = sources()
for test in (includes, self_contained, sizes, marks, names, tables, groups,
             link_lines):
    test()
done()
