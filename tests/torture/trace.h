/* SPDX-License-Identifier: ISC */
#ifndef TESTS_TORTURE_TRACE_H
#define TESTS_TORTURE_TRACE_H

/* trace - runs programs, and writes down, or disturbs, what they do to files.
 *
 *   trace HOME LOG [PROGRAM:N[+COUNT]:ACTION]
 *
 * The file system of HOME is the one looked at; what happens elsewhere (memfds,
 * sockets, logs) is not.  Calls that change it are run one at a time, whichever
 * process makes them, so that LOG is one order.  Commands on stdin, one a line:
 *
 *   start TAG FILE FILE ARG...   a program, its descriptors 0 and 1 the FILEs,
 *                                2 appended to LOG.err; started again when a
 *                                signal or 111 ends it, if TAG begins with '+'
 *   mark TEXT                    a line of LOG; then "ok" on stdout
 *   quit                         kills all
 *
 * stdout: "exit TAG STATUS" (signals: 256 + number), "hit PROGRAM CALL ACTION".
 * LOG, a line an event, data behind those that have any (and a newline):
 *   W pid program ino offset length     T pid program ino length
 *   L pid program dir ino name          M pid program dir ino name
 *   U pid program dir ino name          R pid program dir dir ino name/name
 *   S pid program ino (fsync)           F pid program (syncfs)
 *   E pid program ino (fsync failed, its data is lost; 0: syncfs, all data)
 *   P pid program length                sent: 'Y' of queued, "+OK" of mailboxd
 *   X text                              a mark
 *   C pid program call                  any call that N counts
 * N counts the calls of PROGRAM ("*": of all) that touch the file system, get a
 * descriptor, read, write, send or receive.
 * ACTION: an errno (EIO), "short" (half of a read or write), "kill" (SIGKILL in
 * place of the call), "late" (after it), "lost" (a sync fails with EIO, and what
 * it was to write is lost; another call is left alone), "named" (no O_TMPFILE,
 * as on some file systems; likewise). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define NAME_BYTES 256
#define COMM_BYTES 16
#define TASKS_MAX  4096

struct call {
	long nr;
	uint64_t args[6];
	bool ours;          /* of the file system of HOME */
	uint64_t dir, to;   /* inodes of folders */
	uint64_t ino;
	uint64_t offset;
	bool existed;
	char name[NAME_BYTES], to_name[NAME_BYTES];
};
struct task {
	pid_t tid, tgid;
	bool waits;        /* stopped before a call, until it is its turn */
	uint64_t turn;     /* ... in this order */
	long fake;         /* what the call returns instead, 0: as it is */
	bool kill;         /* after it */
	unsigned long all_seen; /* see fault_born */
	struct call call;
	char comm[COMM_BYTES];
};
extern FILE *trace_log;

/* Calls (trace_calls.c). */
/* Installs the filter that stops at them. 0 or -1. */
int calls_filter(void);
const char *calls_name(long nr);
bool calls_reads(long nr);  /* of data: may be short */
bool calls_writes(long nr);
bool calls_count(long nr);  /* for N, also outside HOME */

/* What a call is about (trace_note.c). */
int note_home(const char *path);
/* Before it: fills in t->call.  true: it touches HOME, its turn is to come. */
bool note_before(struct task *t);
/* Is it on an eventfd or its like, which the kernel never fails? */
bool note_wakes(const struct task *t);
/* After it: logs it. */
void note_after(struct task *t, int64_t result);
/* A promise that is being sent? */
void note_promise(const struct task *t);

/* Disturbances (trace_fault.c). */
int fault_parse(const char *spec);
/* Before a call that counts; true: the call was replaced or changed, t->fake
 * or t->kill is set. */
bool fault_apply(struct task *t);
/* What data is not synced; ino 0: all is. */
void fault_wrote(uint64_t ino);
void fault_synced(uint64_t ino);
/* What was lost before it came is not told to it. */
void fault_born(struct task *t);

#endif
