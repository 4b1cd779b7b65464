/* SPDX-License-Identifier: ISC */
#ifndef LIB_LOG_H
#define LIB_LOG_H

/* One event, one line, one write to stderr.
 *
 * A line is "program: text" or "program: event key=value key=value".  It is at
 * most LOG_LINE_MAX bytes with its newline (longer: cut, marked "...").  Bytes
 * below 0x20, 0x7f and up, and backslash come out as \xHH; a value with a
 * blank, a quote or nothing in it is put in double quotes with \" inside.
 * Never blocks: stderr is reopened non-blocking where it is a pipe; a line that
 * does not fit is dropped and counted, and the next that fits, of the process or
 * of another that was forked since log_program, says "program: warning: N log
 * lines dropped".  Free of libowfat. */
#include <stddef.h>

#define LOG_LINE_MAX 4096 /* bytes, newline included */

/* Names the program and opens the log: call first in main, before privileges
 * are dropped.  Ignores SIGPIPE.  name is borrowed for good. */
void log_program(const char *name);
/* The same after a fork, when the child goes by another name. */
void log_rename(const char *name);

/* Lines of plain text: the strings are joined as they are. */
#define log_info(...) log_text_("", 0, __VA_ARGS__, (char *)0)
#define log_warn(...) log_text_("warning: ", 0, __VA_ARGS__, (char *)0)
/* ... and ": strerror(errno)" behind it. */
#define log_warnsys(...) log_text_("warning: ", 1, __VA_ARGS__, (char *)0)
/* ... and the program ends with that exit code (100 permanent, 111 try again).
 */
#define log_fatal(code, ...)    log_fatal_(code, 0, __VA_ARGS__, (char *)0)
#define log_fatalsys(code, ...) log_fatal_(code, 1, __VA_ARGS__, (char *)0)

/* One thread of a busy daemon: its lines wait, at most LOG_LINE_MAX bytes, and
 * go out in one write at log_release.  Hold for no longer than a turn of the
 * loop that waits for nothing; log_fatal releases. */
void log_hold(void);
void log_release(void);

/* For a tool that prints more than that line: called with what went wrong, escaped,
 * before log_fatal ends the program. */
void log_at_fatal(void (*tell)(int code, const char *text, size_t len));

/* An event: its name, then key, value, key, value (a NULL value leaves the
 * pair out).  log_event("login", "ip", ip, "mailbox", name) prints
 * "authd: login ip=192.0.2.1 mailbox=widget01". */
#define log_event(...) log_event_(__VA_ARGS__, (char *)0, (char *)0)

/* A number as a string for the calls above; good for the next 7 calls. */
const char *log_num(unsigned long long n);

void log_text_(const char *kind, int with_errno, ...);
void log_fatal_(int code, int with_errno, ...) __attribute__((noreturn));
void log_event_(const char *event, ...);
/* Builds a line of an event into out (at most LOG_LINE_MAX); its length with
 * the newline, no NUL behind.  A NULL key ends the pairs.  For the tests and
 * for audit files. */
size_t log_format_event(char *out, size_t size, const char *program,
    const char *event, const char *const *pairs);

#endif
