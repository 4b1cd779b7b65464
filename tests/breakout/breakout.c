/* SPDX-License-Identifier: ISC */
#include "tests/breakout/breakout.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/confine.h"
#include "lib/service.h"

#define TRY_SECONDS     20 /* on a busy machine */
#define SIBLING_SECONDS 110 /* should nobody be left to end it */

static const struct attempt *const tables[] = { attempts_net, attempts_files,
	attempts_peers, attempts_kernel };
static const struct attempt *current; /* ours; NULL: none (yet) */
static bool is_sibling, in_session;
static int sibling_ready = -1;
struct sibling *sibling;
char secret[16] = "ours";

const char *
plan(const char *key)
{
	static char text[4096];
	static size_t len;
	static char value[512];
	FILE *f;
	char *p, name[64];

	if (!len && (f = fopen("etc/breakout", "re"))) {
		len = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	for (p = text; *p; p += strcspn(p, "\n") + 1)
		if (sscanf(p, "%63s %511s", name, value) == 2 &&
		    strcmp(name, key) == 0)
			return value;
	return "";
}

static bool
role_is(const char *role)
{
	return strcmp(plan("role"), role) == 0;
}

bool
is_free(void)
{
	return *plan("free");
}

int
failed(long r)
{
	return r == -1 ? errno : 0;
}

static void
say(const struct attempt *a, const char *format, ...)
{
	char line[300];
	va_list ap;
	int n = snprintf(line, sizeof(line), "breakout: %s\t%s\t%s\t", a->name,
	    a->right ? a->right : "", a->as);

	va_start(ap, format);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, ap);
	va_end(ap);
	line[n++] = '\n';
	if (write(1, line, (size_t)n) != n)
		_exit(1);
}

static void
hit(int sig)
{
	(void)sig;
	sibling->hits++;
}

static void
be_sibling(void)
{
	strcpy(secret, "theirs");
	signal(SIGWINCH, hit);
	if (write(sibling_ready, "", 1) != 1)
		_exit(1);
	for (;;)
		poll(NULL, 0, -1);
}

/* Unconfined: only an account, and open to those beside us. */
static void
become(const char *as)
{
	uid_t uid = strcmp(as, "root") == 0 ? 0 :
	    service_uid(strcmp(as, "self") == 0 ? plan("account") : as);

	if (uid && (setgroups(0, NULL) == -1 || setresgid(uid, uid, uid) == -1 ||
	    setresuid(uid, uid, uid) == -1))
		_exit(BREAKOUT_NA);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void
take_over(void)
{
	if (is_sibling)
		be_sibling();
	if (current)
		_exit(current->make(current->arg));
}

static void
report(const struct attempt *a, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		say(a, "held\tSIGSYS");
	else if (WIFSIGNALED(status))
		say(a, "odd\t%s", strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == 0)
		say(a, "open\t");
	else if (WEXITSTATUS(status) == BREAKOUT_NA)
		say(a, "n/a\t");
	else if (WEXITSTATUS(status) == ENOSYS)
		say(a, "n/a\t%s", strerror(ENOSYS));
	else
		say(a, "held\t%s", strerror(WEXITSTATUS(status)));
}

/* true in the child, which goes on to be confined and taken over. */
static bool
start_sibling(void)
{
	int p[2];
	struct pollfd f;
	pid_t pid;

	sibling = mmap(NULL, sizeof(*sibling), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sibling == MAP_FAILED || pipe(p) == -1)
		_exit(111);
	sibling_ready = p[1];
	sibling->fd = p[1];
	pid = fork();
	if (pid == -1)
		_exit(111);
	if (pid == 0) {
		is_sibling = true;
		alarm(SIBLING_SECONDS);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!is_free())
			return true;
		become("self");
		take_over();
	}
	sibling->pid = pid; /* shared: the child sees it, too */
	f = (struct pollfd){ p[0], POLLIN, 0 };
	poll(&f, 1, TRY_SECONDS * 1000);
	close(p[0]);
	close(p[1]);
	return false;
}

static bool
is_wanted(const struct attempt *a)
{
	return strstr(a->name, plan("only")) != NULL;
}

static bool
start_try(const struct attempt *a)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		current = a;
		alarm(TRY_SECONDS);
		if (!is_free())
			return true;
		become(a->as);
		take_over();
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid) {
		say(a, "odd\t%s", strerror(errno));
		return false;
	}
	report(a, status);
	return false;
}

/* Forks a process for each try, and comes back in each of them, not yet
 * confined.  The first process reports, and ends. */
static void
each(void)
{
	static const struct attempt end = { "end", NULL, "root", NULL, NULL };
	const struct attempt *a;
	size_t i;

	signal(SIGCHLD, SIG_DFL);
	plan("role"); /* read while it can be */
	if (start_sibling())
		return;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (a = tables[i]; a->name; a++)
			if (is_wanted(a) && start_try(a))
				return;
	kill(sibling->pid, SIGKILL);
	say(&end, "open\t");
	_exit(0);
}

/* The places: _relink.sh has the linker send the calls here. */

void __real_service_enter(struct service *sv);
void __wrap_service_enter(struct service *sv);
void __real_service_enter_parent(struct service *sv);
void __wrap_service_enter_parent(struct service *sv);
void __real_service_ready(struct service *sv);
void __wrap_service_ready(struct service *sv);
int __real_confine_alone(void);
int __wrap_confine_alone(void);
int __real_confine_dirs(const char *const *reads, const char *const *writes);
int __wrap_confine_dirs(const char *const *reads, const char *const *writes);
int __real_confine_install(const struct confine_filter *filter);
int __wrap_confine_install(const struct confine_filter *filter);

void
__wrap_service_enter(struct service *sv)
{
	/* once: tlsd's signer, whose acceptor says that it starts */
	if (is_free() || role_is(sv->once ? "signer" : "daemon"))
		each();
	__real_service_enter(sv);
	if (strcmp(plan("at"), "enter") == 0)
		take_over();
}

void
__wrap_service_enter_parent(struct service *sv)
{
	if (is_free())
		each();
	__real_service_enter_parent(sv);
}

void
__wrap_service_ready(struct service *sv)
{
	take_over();
	__real_service_ready(sv);
}

/* smtpd, pop3d, deliver-local, deliver-remote: their last step */
int
__wrap_confine_alone(void)
{
	int r;

	if (role_is("session"))
		each();
	r = __real_confine_alone();
	take_over();
	return r;
}

/* mailboxd and tlsd confine their sessions by folders, then by filter. */
int
__wrap_confine_dirs(const char *const *reads, const char *const *writes)
{
	if (in_session && role_is("session"))
		each();
	return __real_confine_dirs(reads, writes);
}

int
__wrap_confine_install(const struct confine_filter *filter)
{
	static int times; /* of the row's filter, then of its own */
	int r = __real_confine_install(filter);

	if (role_is("signer") && ++times == 2)
		take_over();
	return r;
}

/* Which of these a program has, the Makefile says (breakout_calls). */

struct session;
struct session_means;
int __real_session_open(void *s, int conn, const void *means);
int __wrap_session_open(void *s, int conn, const void *means);
int __real_session_run(void *s);
int __wrap_session_run(void *s);
void __wrap_transaction_run(void *s);
int __wrap_handshake_run(void *ssl, void *s, void *t);
#pragma weak __real_session_open
#pragma weak __real_session_run

int
__wrap_session_open(void *s, int conn, const void *means)
{
	in_session = true;
	return __real_session_open(s, conn, means);
}

int
__wrap_session_run(void *s)
{
	in_session = true;
	return __real_session_run(s);
}

void
__wrap_transaction_run(void *s)
{
	(void)s;
	take_over();
}

int
__wrap_handshake_run(void *ssl, void *s, void *t)
{
	(void)ssl;
	(void)s;
	(void)t;
	take_over();
	return -1;
}
