/* SPDX-License-Identifier: ISC */
#ifndef TESTS_TORTURE_TRACE_COMMANDS_H
#define TESTS_TORTURE_TRACE_COMMANDS_H

/* What trace's stdin asks for: programs are started, begun again when they end,
 * killed. */
#include <signal.h>

/* log: LOG's path; normal: the programs' signal mask. */
void commands_start(const char *log, const sigset_t *normal);
void commands_read(void);
/* A process that may be one of them has ended. */
void commands_ended(pid_t pid, int status);

/* trace.c's: ends trace; kills all that is traced. */
void trace_die(const char *what);
void trace_kill_tasks(void);

#endif
