/* SPDX-License-Identifier: ISC */
#ifndef LIB_SERVICE_H
#define LIB_SERVICE_H

/* How a daemon of the suite starts: home, sockets, account, confinement, ready.
 *
 *	int main(int argc, char **argv)
 *	{
 *		struct service sv;
 *		service_start(&sv, "authd", argc, argv); // -C DIR, -d FD; chdir,
 *		                                          // binds its sockets
 *		users_open(...);        // what needs the old account, if anything
 *		service_enter(&sv);     // drop, no_new_privs, Landlock, seccomp
 *		service_ready(&sv);
 *		for (;;) ... service_accept(&sv, AUTHD_POP3, ...)
 *
 * Everything comes from conf-services, compiled in.  service_start and
 * service_enter end the program (100 or 111) with a message that says what to
 * do.  service_start closes every descriptor it does not know (kept: 0, 1, 2,
 * -d, LISTEN_FDS, SSLCTLFD and its like); what the program opens itself stays.
 * service_enter wipes the environment: ask it before (a UCSPI program's getenv
 * stays good).  umask is 077 from service_start on.  Free of libowfat. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SERVICE_SERVES_MAX 6

/* Lists of names end with a NULL. */
struct service_socket {
	const char *path;
	const char *const *callers;
};
struct service_row {
	const char *program, *folder, *account;
	bool tcp, secret, chroot, late; /* late: listens itself, later */
	const struct service_socket *serves; /* path NULL ends */
	const char *const *calls, *const *reads, *const *writes;
	const char *const *sys, *const *child; /* seccomp groups */
	unsigned long mem_mib, files, procs, fsize_mib;
};
struct service_account {
	const char *name;
	unsigned index;
};
extern const struct service_row service_rows[]; /* program NULL ends */
extern const struct service_account service_accounts[];
extern const unsigned long service_uidbase_default, service_uidblock;
extern const char service_conf_home[]; /* first line of conf-home */

struct service {
	const struct service_row *row;
	int listeners[SERVICE_SERVES_MAX]; /* in the order of conf-services */
	int ready_fd, notify_fd;           /* -1: nobody asked */
	int argi; /* first argument behind the options (getopt sorts them) */
	int argc;
	char **argv;
	bool root; /* was started as root: accounts are separate */
	bool once; /* the program sets it before service_enter: one connection
		    * and no more, as a UCSPI program; says nothing at start */
};

const struct service_row *service_find(const char *program);
/* For tools: the home is home_opt (of -C), else $POSTERN_HOME, else the one whose
 * bin/ holds this program, else conf-home; chdirs there.  None: exit 100.  After
 * service_home_stay it leaves us where we are. */
void service_home(const char *home_opt);
void service_home_stay(void);
/* uid (and gid) of an account in our home: etc/uidbase, else conf-services.  In
 * one that is not root's, without etc/uidbase, there is one account: ours, or,
 * where root looks in, the home's owner. */
uid_t service_uid(const char *account);
bool service_collapsed(void);      /* did accounts become one, as said above? */
bool service_is_daemon(uid_t uid); /* has a daemon of ours this account? */

void service_start(struct service *sv, const char *program, int argc,
    char **argv);
/* The same with options of the program's own: letters as getopt takes them
 * ("l:"); take gets each with its value, in order, before the chdir. */
void service_start_with(struct service *sv, const char *program, int argc,
    char **argv, const char *letters,
    void (*take)(void *arg, int letter, const char *value), void *arg);
void service_enter(struct service *sv);
/* For a parent that starts its own program anew and reads no peer: drops, may
 * still execute, read and do what the row's calls allow; writes no file. */
void service_enter_parent(struct service *sv);
/* A newline on -d FD, then close; sd_notify READY=1 likewise; service_rest. */
void service_ready(struct service *sv);
/* Accepts on listeners[i]; refuses (closes, logs once a second at most) a peer
 * whose uid is not in the callers column.  fd or -1 (EAGAIN: none).  flags: 0
 * or SOCK_NONBLOCK; uid may be NULL. */
int service_accept(struct service *sv, int i, int flags, uid_t *uid);
/* May this uid call socket i?  "members": anybody, the server asks for groups. */
bool service_may_call(const struct service *sv, int i, uid_t uid);
/* Logs a refusal, once a second at most. */
void service_stranger(const struct service *sv, int i, uid_t uid);

#endif
