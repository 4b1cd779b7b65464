/* SPDX-License-Identifier: ISC */
#include "authd/checkpassword.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/sa.h"

#define FD 3

int
checkpassword_parse(struct checkpassword *cp, size_t len)
{
	const char *end = cp->data + len, *p;

	cp->user = cp->data;
	p = memchr(cp->user, 0, len);
	if (!p)
		return 0;
	cp->password = p + 1;
	p = memchr(cp->password, 0, (size_t)(end - cp->password));
	if (!p)
		return 0;
	/* a time stamp for challenges, and nothing behind it: neither is ours */
	return *cp->user != 0;
}

void
checkpassword_read(struct checkpassword *cp)
{
	size_t len = 0;
	ssize_t got;

	for (;;) {
		got = read(FD, cp->data + len, sizeof cp->data - len);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			log_fatalsys(errno == EBADF ? CHECKPASSWORD_MISUSE :
						      CHECKPASSWORD_TEMPORARY,
			    "unable to read descriptor 3");
		if (got == 0)
			break;
		len += (size_t)got;
		if (len > CHECKPASSWORD_MAX)
			log_fatal(CHECKPASSWORD_WRONG, "more than ",
			    log_num(CHECKPASSWORD_MAX),
			    " bytes on descriptor 3");
	}
	close(FD);
	if (!checkpassword_parse(cp, len))
		log_fatal(CHECKPASSWORD_MISUSE, "descriptor 3: expected name, "
		    "NUL, password, NUL, time stamp, NUL");
}

static void
set(const char *name, const char *value)
{
	if (setenv(name, value, 1) == -1)
		log_fatalsys(CHECKPASSWORD_TEMPORARY, "unable to set ", name);
}

static void
set_environment(const char *mailbox)
{
	char home[PATH_MAX];
	stralloc folder = { 0 };

	if (!getcwd(home, sizeof home))
		log_fatalsys(CHECKPASSWORD_TEMPORARY, "unable to name the home");
	sa_copys(&folder, home);
	sa_cats(&folder, "/mail/");
	sa_cat0(&folder, mailbox);
	set("USER", mailbox);
	set("HOME", folder.s);
	set("SHELL", "/bin/false");
	sa_free(&folder);
}

void
checkpassword_verify(struct checkpassword *cp)
{
	struct authd_account acct;
	enum authd_result result;
	const char *text = getenv("TCPREMOTEIP");
	struct ip ip;

	/* a window for an address that no client has */
	if (!text || !ip_parse(&ip, text))
		ip_parse(&ip, "0.0.0.0");
	result = authd_verify(&acct, AUTHD_POP3_PATH, cp->user, cp->password,
	    &ip);
	explicit_bzero(cp, sizeof *cp);
	switch (result) {
	case AUTHD_YES: set_environment(acct.mailbox); return;
	case AUTHD_NO: _exit(CHECKPASSWORD_WRONG);
	case AUTHD_DISABLED:
		log_fatal(CHECKPASSWORD_WRONG, acct.reason);
	default:
		log_fatal(CHECKPASSWORD_TEMPORARY, acct.reason);
	}
}
