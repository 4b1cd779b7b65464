/* SPDX-License-Identifier: ISC */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

/* run/admind, and what userdb, aliasdb, netdb, relayctl and queuectl have in
 * common: who may run them, requests in JSON, the audit log.
 *
 * admind runs the tools for members of the group that etc/admin-group names.  A
 * request a connection, with the caller's stdin, stdout and stderr as
 * descriptors:
 *   'R' version program word...    the words as on the command line
 *   'A'                            a member's: the tool runs
 *   'E' code                       what it ended with; 111: it was killed
 * A connection closed without an answer: not a member. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "lib/sa.h"

#define ADMIN_PATH        "run/admind"
#define ADMIN_VERSION     1
#define ADMIN_WORDS_MAX   1024 /* of a command line */
#define ADMIN_RUN_SECONDS 600  /* then a tool is killed; the locks wait 60 */
#define ADMIN_SEND_MS     5000 /* for a request */
#define ADMIN_WAIT_MS     ((ADMIN_RUN_SECONDS + 10) * 1000) /* for its answer */
#define ADMIN_GROUP       "postern-admin" /* where there is no etc/admin-group */
#define ADMIN_JSON_MAX    65536           /* bytes of a request in JSON */

/* The tools, each in its own folder; the exit code. */
int userdb_main(int argc, char **argv);
int aliasdb_main(int argc, char **argv);
int netdb_main(int argc, char **argv);
int relayctl_main(int argc, char **argv);
int queuectl_main(int argc, char **argv);

/* How a key of a JSON request becomes words of the command line. */
enum admin_kind {
	ADMIN_WORD,  /* a word (or several), in the order of the table */
	ADMIN_PAIR,  /* key=value, behind the words; the key alone where it is true */
	ADMIN_FLAG,  /* --key where it is true */
	ADMIN_OPTION /* --key value */
};
struct admin_key {
	const char *key; /* NULL ends */
	enum admin_kind kind;
};
struct admin_tool {
	const char *name;
	const char *const *changes; /* commands that change something; NULL ends */
	const struct admin_key *keys;
	bool passwords; /* a word may be one, where somebody is mistaken */
};

/* In the home, before anything else: does it run here?  Else admind runs it with
 * these words, and the program ends as it did.  command: for what to say. */
void admin_pass(const struct admin_tool *t, const char *command, int argc,
    char **argv);
/* Before saying that something is not allowed: where admin_pass did not reach
 * admind, who may be a member was not asked, and the program ends with 111. */
void admin_unreached(void);
/* A request on stdin instead of words ("-"): a JSON object with "command" and
 * keys of the table.  The words, argv[0] the program, NULL-ended; allocated.
 * Ends the program with 100 where it is wrong. */
char **admin_request(const struct admin_tool *t, int *argc);
/* From now on the end of the program is a line of log/audit/current, if command
 * changes something: all words but the hash of --hash, and why where it failed. */
void admin_audit(const struct admin_tool *t, const char *command, int argc,
    char **argv);
/* From now on the end by log_fatal prints {"ok":false,"code":...,"error":...} on
 * stdout, too; lines: of the sources, as "errors". */
void admin_json_errors(void);
void admin_json_lines(const char *s, size_t len);
void admin_json_usage(void);
/* "..." with what JSON wants escaped. */
void admin_json_string(stralloc *out, const char *s, size_t len);
/* Is this process root, p-admin, or the only account there is? */
bool admin_may(void);
/* The number of the group of etc/admin-group.  1; 0: there is no such group. */
int admin_group(unsigned long *gid);
/* For whom admind runs a tool. */
void admin_caller(uid_t uid);

#endif
