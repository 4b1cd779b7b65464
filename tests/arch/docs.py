#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Holds the words against the programs.

A man page for each program and each file of etc/; clean under mandoc -Tlint;
its SYNOPSIS has the words of the usage message; each limit it names by the name
of a header (Dv) has the number of the header.  doc/ADMIN.md has every refusal of
smtpd and pop3d in its words, every event of the log with its keys, every
setting with its default.  What the documents point to is there.
"""
import glob
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
from home import ROOT, Home, check, done, skip  # noqa: E402

os.chdir(ROOT)
PAGES = sorted(glob.glob("*/*.[1-9]"))
FOLDERS = ("admin authd cdb-tools deliver filter lib pop3d queue relayd service "
           "smtpd tlsd").split()
SOURCES = [p for d in FOLDERS for p in sorted(glob.glob(d + "/*.c"))]
HEADERS = [p for d in FOLDERS for p in sorted(glob.glob(d + "/*.h"))]
INSTALLED_SCRIPTS = ["postern-start", "postern-services"]
HOME = Home(etc={"me": "mail.example.test"})
STRING = r'"((?:[^"\\]|\\.)*)"'


def text(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def joined(c):
    """C text with adjacent string literals made one."""
    return re.sub(r'"\s*\n\s*"', "", c)


def calls(c, name):
    """The arguments of each call of name, as text."""
    for m in re.finditer(r"\b%s\(" % name, c):
        args, depth, i, start, quoted = [], 1, m.end(), m.end(), False
        while depth:
            ch = c[i]
            if quoted:
                i += ch == "\\"
                quoted = ch != '"'
            elif ch == '"':
                quoted = True
            elif ch in "([{":
                depth += 1
            elif ch in ")]}":
                depth -= 1
            if not quoted and (depth == 1 and ch == "," or depth == 0):
                args.append(c[start:i].strip())
                start = i + 1
            i += 1
        yield args


def strings(expression):
    return re.findall(STRING, joined(expression))


def fine(name, wrong):
    check(name, not wrong, "; ".join(map(str, wrong)))


# numbers of the headers -------------------------------------------------------

def read_defines():
    found = {}
    for path in HEADERS + SOURCES:
        for name, value in re.findall(
                r"^#define (\w+)[ \t]+(.+?)(?:/\*.*)?$", text(path), re.M):
            found.setdefault(name, value.strip())
    return found


DEFINES = read_defines()


def number(expression, depth=0):
    """What a constant expression of C is worth, or None."""
    e = re.sub(r"\bUINT\w*_C\((\w+)\)|\b(\d+)[uUlL]+\b",
               lambda m: m.group(1) or m.group(2), expression)
    for word in set(re.findall(r"\b[A-Za-z_]\w*", e)):
        if word not in DEFINES or depth > 4:
            return None
        value = number(DEFINES[word], depth + 1)
        if value is None:
            return None
        e = re.sub(r"\b%s\b" % word, str(value), e)
    if not re.fullmatch(r"[\d\s()+*/<>-]+", e):
        return None
    return int(eval(e.replace("/", "//")))  # digits and operators alone


# man pages --------------------------------------------------------------------

def programs():
    if os.path.exists("build/programs"):
        return text("build/programs").split()
    return []


def page_of(name):
    return next((p for p in PAGES if os.path.basename(p)[:-2] == name
                 or name in named(p)), None)


def named(page):
    """The names of a page's NAME section."""
    head = text(page).split(".Sh NAME", 1)[-1].split(".Sh ", 1)[0]
    return [n for n in re.findall(r"^\.Nm (\S+)", head, re.M)]


def synopsis(page, name):
    """The words of a program's SYNOPSIS, as mandoc shows them."""
    shown = subprocess.run(["mandoc", "-Tutf8", page], capture_output=True,
                           text=True).stdout
    shown = re.sub(".\x08", "", shown)
    part = shown.split("\nSYNOPSIS\n", 1)[-1]
    part = re.split(r"\n[A-Z]", part, maxsplit=1)[0]
    mine = re.findall(r"^ {5}%s\b((?:.*)(?:\n {6,}.*)*)" % re.escape(name), part,
                      re.M)
    return words(" ".join(mine))


def words(usage):
    usage = usage.replace("\N{HYPHEN}", "-").replace("\N{MINUS SIGN}", "-")
    return {w for w in re.split(r"[^a-z0-9=-]+", usage.lower()) if w}


def usage_of(path):
    """The words of a usage message, or None: it has none."""
    name = os.path.basename(path)
    for args in ["extra", "argument"], ["--no-such-option"]:
        r = subprocess.run([path] + args, capture_output=True, text=True,
                           env={"POSTERN_HOME": HOME.dir, "PATH": "/bin"},
                           stdin=subprocess.DEVNULL, timeout=20)
        m = re.search(r"usage: (.*(?:\n {2,}.*)*)", r.stdout + r.stderr)
        if m and "man page" not in m.group(1):
            check("%s: wrong usage is 100" % name, r.returncode == 100
                  or name == "auth-checkpassword", r.returncode)
            return words(m.group(1)) - {name}
    return None


def man_pages():
    paths = programs()
    if not paths:
        skip("pages of programs", "nothing is built")
        return
    names = [os.path.basename(p) for p in paths] + INSTALLED_SCRIPTS
    fine("a page for each program", [n for n in names if not page_of(n)])
    for path in paths + ["service/" + s for s in INSTALLED_SCRIPTS]:
        name = os.path.basename(path)
        page = page_of(name)
        if not page or name == "sendmail":  # its options are sendmail's
            continue
        said = usage_of(os.path.abspath(path))
        if said is None:
            skip(name, "no usage message")
            continue
        shown = synopsis(page, name)
        check("%s: SYNOPSIS and usage" % name, said == shown,
              "usage alone: %s; page alone: %s" % (
                  sorted(said - shown), sorted(shown - said)))


def lint():
    if not shutil.which("mandoc"):
        skip("mandoc -Tlint", "mandoc is not installed")
        return
    r = subprocess.run(["mandoc", "-Tlint", "-W", "warning"] + PAGES,
                       capture_output=True, text=True)
    fine("mandoc -Tlint", r.stdout.splitlines())
    fine("a licence in each page", [
        p for p in PAGES if "SPDX-License-Identifier: ISC" not in text(p)])


def references():
    ours = {n: p for p in PAGES for n in named(p) + [
        os.path.basename(p)[:-2]]}
    wrong = []
    for page in PAGES:
        for name, section in re.findall(r"^\.Xr (\S+) (\d)", text(page), re.M):
            if name in ours and not ours[name].endswith(section):
                wrong.append("%s: %s(%s)" % (page, name, section))
            elif name.startswith("postern") and name not in ours:
                wrong.append("%s: %s" % (page, name))
    fine("pages refer to pages that are there", wrong)


def numbers_in(item):
    return {int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", item)
            if n.strip(",")}


def limits():
    """.Pq Dv NAME stands behind the number, in a unit that people use."""
    wrong, seen = [], 0
    for page in PAGES:
        for item in re.split(r"^\.(?:It|Pp|Sh|Ss)\b", text(page), flags=re.M):
            for line in re.findall(r"^\.(?:Pq )?Dv (.*)$", item, re.M):
                for name in re.findall(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b", line):
                    value = number(name)
                    if value is None:
                        continue
                    seen += 1
                    if not {value / d for d in (
                            1, 60, 3600, 86400, 1000, 60000, 1024,
                            1 << 20)} & numbers_in(item):
                        wrong.append("%s: %s is %d" % (page, name, value))
    check("limits are named", seen > 60, seen)
    fine("and have the headers' numbers", wrong)


# doc/ADMIN.md -------------------------------------------------------------------

ADMIN = text("doc/ADMIN.md")


def rows(head):
    """The cells of the tables in a section, without backquotes."""
    part = ADMIN.split("\n## %s\n" % head, 1)[-1].split("\n## ", 1)[0]
    return [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in part.splitlines() if line.startswith("|")]


def refusals():
    """What smtpd and pop3d can say to a client, in pieces of 12 letters up."""
    for path in sorted(glob.glob("smtpd/*.c")):
        c = joined(text(path))
        for name in "reply", "set_reply", "reply_refused", "refuse":
            for args in calls(c, name):
                found = strings(" ".join(args))
                if any(re.match(r"[45]\d\d ", s) for s in found):
                    yield from ((path, s) for s in found)
        for s in re.findall(r'(?:=|\?|:|return) "([45]\d\d \d[^"]*)"', c):
            yield path, s
    for path in sorted(glob.glob("pop3d/*.c")):
        c = joined(text(path))
        for name in ("authorization_error", "authorization_bad",
                     "transaction_error", "transaction_bad"):
            for args in calls(c, name):
                yield from ((path, s) for s in strings(" ".join(args[1:])))
        for s in re.findall(r'"(?:-ERR )?(\[[A-Z/-]+\] [^"]*)"', c):
            yield path, s
        for s in re.findall(r'"-ERR ([^"]*)"', c):
            yield path, s


def refusals_told():
    wrong, seen = [], 0
    for path, said in refusals():
        for piece in re.split(r"%s|\\r\\n|\\n", said):
            piece = re.sub(r"^[-:> ]+|[,<: ]+$", "", piece)
            if re.match(r"usage: ", piece) or len(piece) < 12:
                continue
            seen += 1
            if piece not in ADMIN:
                wrong.append("%s: %s" % (path, piece))
    check("refusals were found", seen > 90, seen)
    fine("ADMIN.md has each refusal", sorted(set(wrong)))


# functions that log an event which they are given: (file, function, argument)
LOGGERS = {"relayd/relay_windows.c": "say", "queue/round.c": "log_result"}


def who_links():
    found = {}
    for path in programs():
        name = os.path.basename(path)
        link_map = "build/%s.map" % name
        if os.path.exists(link_map):
            for o in re.findall(r"^LOAD (\S+)\.o$", text(link_map), re.M):
                found.setdefault(o + ".c", set()).add(name)
    return found


def events():
    """(path, names of the event, keys) of each log_event."""
    for path in SOURCES:
        c = text(path)
        for args in calls(c, "log_event"):
            names = strings(args[0])
            keys = [k for a in args[1::2] for k in strings(a)]
            if not names and path in LOGGERS:
                for more in calls(c, LOGGERS[path]):
                    yield path, strings(more[0]), set(keys) | set(
                        strings(more[2]) if "relayd" in path else [])
            if names:
                yield path, names, set(keys)


def events_told():
    told = {}
    for row in rows("Logs"):
        if len(row) == 4:
            for program in row[0].split(", "):
                for event in re.findall(r"`([^`]+)`", row[1]):
                    told.setdefault((program, event), set()).update(
                        row[2].split())
    linked, wrong, seen = who_links(), [], set()
    if not linked:
        skip("events of the log", "nothing is built")
        return
    for path, names, keys in events():
        for program in linked.get(path, ()):
            for event in names:
                program_ = "tlsd" if program == "tlsd-out" else program
                have = told.get((program_, event), set()) | told.get(
                    ("all", event), set())
                seen.add((program_, event))
                seen.add(("all", event))
                if keys - have:
                    wrong.append("%s: %s %s: %s" % (
                        path, program, event, " ".join(sorted(keys - have))))
    fine("ADMIN.md has each event and key", sorted(set(wrong)))
    fine("and none that is gone", sorted(
        k for k in told if k not in seen and k[0] != "program"))


def settings():
    """{name: default or first word} of lib/setting_table.c."""
    c = joined(text("lib/setting_table.c"))
    found = {name: number(value) for name, value in re.findall(
        r'NUMBER\(\s*"([\w-]+)",\s*"[^"]*",\s*(\w+)', c)}
    found.update(re.findall(r'WORD\("([\w-]+)", "(\w+)"', c))
    return found


def settings_told():
    told = {}
    for row in rows("Limits, and where to change them"):
        for name in re.findall(r"`([^`]+)`", row[0]):
            told[name] = row[1]
    page = text("cdb-tools/postern-etc.5")
    in_page = set(re.findall(r"[\w.-]+", " ".join(
        re.findall(r"^\.(?:It )?Pa (.*)$", page, re.M))))
    wrong, found = [], settings()
    for name, value in sorted(found.items()):
        if name not in told:
            wrong.append("ADMIN.md: " + name)
        elif told[name] != str(value) and name != "auth-threads":
            wrong.append("ADMIN.md: %s is %s" % (name, value))
        part = page.split("%s" % name, 1)[-1][:300]
        if value and str(value) not in part and str(value) not in page:
            wrong.append("postern-etc.5: %s is %s" % (name, value))
    check("settings were found", len(found) > 20, found)
    fine("each number of etc/ with its default", wrong)
    files = {os.path.basename(p) for p in glob.glob("etc/*")} | set(told)
    fine("postern-etc(5) names each file of etc/", [
        n for n in sorted(files | {"lists.d", "replies"})
        if n not in in_page])


def pointers():
    """Files of ours that the documents name are there."""
    wrong = []
    for doc in ["README.md", "INSTALL.md"] + glob.glob("doc/*.md"):
        for name in re.findall(r"`((?:tests|doc|service|lib|queue|smtpd|pop3d|"
                               r"authd|relayd|deliver|tlsd|cdb-tools|bench)/"
                               r"[\w./-]+\.\w+)`", text(doc)):
            if not os.path.exists(name) and not re.search("[A-Z]{4}", name):
                wrong.append("%s: %s" % (doc, name))
    fine("what documents point to is there", wrong)


def functions():
    """What doc/TOUR.md and spool(5) call a function is one."""
    defined = set()
    for path in SOURCES + HEADERS + glob.glob("tests/*/*.[ch]"):
        defined |= set(re.findall(r"^(?:#define )?(\w+)\(", text(path), re.M))
        defined |= set(re.findall(r"^[a-z].*?\b(\w+)\(", text(path), re.M))
    named_ = set(re.findall(r"`(\w+)\(\)`", text("doc/TOUR.md")))
    check("the tour names functions", len(named_) > 80, len(named_))
    fine("and they are there", sorted(named_ - defined))
    named_ = set(re.findall(r"\bFn (\w+)", text("queue/spool.5")))
    check("spool(5) names functions", len(named_) > 15, len(named_))
    fine("and those", sorted(named_ - defined))


man_pages()
lint()
references()
limits()
refusals_told()
events_told()
settings_told()
pointers()
functions()
done()
