/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_COMMAND_H
#define SMTPD_COMMAND_H

/* A command line taken apart: its verb, the path and parameters of MAIL and
 * RCPT.  The line is a C string (client_line sees to it). */
#include <stdbool.h>
#include <stdint.h>
#include "lib/sa.h"

enum command {
	COMMAND_AUTH,
	COMMAND_DATA,
	COMMAND_EHLO,
	COMMAND_EXPN,
	COMMAND_HELO,
	COMMAND_HELP,
	COMMAND_MAIL,
	COMMAND_NOOP,
	COMMAND_QUIT,
	COMMAND_RCPT,
	COMMAND_RSET,
	COMMAND_STARTTLS,
	COMMAND_VRFY,
	COMMAND_FOREIGN, /* the first line of another protocol (HTTP) */
	COMMAND_UNKNOWN,
	COMMANDS
};
/* *arg: what follows the verb, blanks at both ends trimmed, maybe "". */
enum command command_scan(char *line, const char **arg);

/* "FROM:<a@b> SIZE=1": prefix is "FROM:".  out: the address with a NUL behind
 * it, empty for "<>"; *rest: the parameters.  1, or 0: *why. */
int command_path(stralloc *out, const char *arg, const char *prefix,
    const char **rest, const char **why);

struct command_params {
	uint64_t size; /* 0: not said */
	bool body8;
};
enum command_params_result {
	PARAMS_GOOD,
	PARAMS_UNKNOWN, /* 555 5.5.4 */
	PARAMS_BAD      /* 501 5.5.4 */
};
/* MAIL's.  (RCPT has none: anything behind its path is unknown.) */
enum command_params_result command_params(
    struct command_params *p, const char *s);

/* May this stand behind HELO and EHLO?  Lenient: a name with anything that is
 * harmless in a header, or an address literal. */
bool command_is_helo(const char *s);

#endif
