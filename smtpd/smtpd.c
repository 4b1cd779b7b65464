/* SPDX-License-Identifier: ISC */
/* smtpd - receives mail by SMTP, and decides who may send it where.
 *
 * Runs as p-smtp, one process a client.  Reads cdb/public and etc, asks relayd,
 * authd, deliver-local and resolver, and hands messages to queued.  It sees no
 * password hash, no key, no mailbox, and no message but its client's. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/confine.h"
#include "lib/listen.h"
#include "lib/log.h"
#include "smtpd/session.h"
#include "smtpd/settings.h"
#include "tlsd/tlsd.h"

/* A child's own; so laid out that an idle one touches two pages of it. */
static struct session session __attribute__((aligned(4096)));

static const char *
refuse_line(const char *class_name, bool broken)
{
	if (strcmp(class_name, "submissions") == 0)
		return NULL;
	/* prepare has looked */
	return broken ? session.broken.s : session.full.s;
}

static void
prepare(void *arg)
{
	(void)arg;
	table_refresh(&session.aliases);
	table_refresh(&session.mailboxes);
	settings_look(&session);
	settings_keep();
	session.tls_up = tlsd_is_up() ? 1 : -1; /* a no is asked again */
}

static int
serve(const struct listen_conn *conn, void *arg)
{
	(void)arg;
	session.class_name = conn->class_name;
	session.ip = conn->remote;
	client_init(&session.client, conn->fd, session.ucspi ? 1 : conn->fd);
	session_run(&session);
	return 0;
}

/* The filter is the administrator's program and runs as we do, so there is no
 * cage: the UCSPI server gives the account. */
static void
enter_with_filter(void)
{
	if (geteuid() == 0)
		log_fatal(100, "QMAILQUEUE runs no program as root: give the "
			       "server an account (tcpserver -u)");
	if (confine_secret() == -1)
		log_fatalsys(111, "unable to become non-dumpable");
}

static int
serve_ucspi(struct service *sv, const char *class_name)
{
	const char *name = getenv("TCPREMOTEHOST");
	static struct ucspi_tls tls;
	struct listen_conn conn;
	int found = ucspi_tls_find(&tls);

	if (found == -1)
		log_fatal(100, UCSPI_TLS_WRONG);
	session.ucspi_tls = found ? &tls : NULL;
	listen_ucspi(&conn, class_name);
	session.ucspi = true;
	session.ptr = name && command_is_helo(name) ? name : NULL;
	session.relayclient = getenv("RELAYCLIENT");
	session.filter = getenv("QMAILQUEUE");
	sv->once = true;
	if (session.filter)
		enter_with_filter();
	else
		service_enter(sv);
	return serve(&conn, NULL);
}

struct options {
	struct listen *listen;
	const char *class_name; /* of fds 0/1 */
};

static void
take_option(void *arg, int letter, const char *value)
{
	struct options *o = arg;

	if (letter == 'l')
		listen_option(o->listen, letter, value);
	else
		o->class_name = value;
}

int
main(int argc, char **argv)
{
	static const char *const classes[] = { "smtp", "submission",
		"submissions", NULL };
	struct options o = { listen_new(classes), "smtp" };
	struct listen_spec spec = { refuse_line, serve, prepare, NULL };
	struct service sv;
	const char *why;

	service_start_with(&sv, "smtpd", argc, argv, "l:c:", take_option, &o);
	if (sv.argi != argc)
		log_fatal(100, "usage: smtpd [-C home] [-d fd] "
			       "[-l address:port[,class]]... [-c class]");
	why = listen_class_wrong(o.listen, o.class_name);
	if (why)
		log_fatal(100, "-c: ", why);
	table_init(&session.aliases, ALIASES_CDB);
	table_init(&session.mailboxes, MAILBOXES_CDB);
	session.tls_up = -1;
	if (listen_any(o.listen))
		return listen_run(o.listen, &sv, &spec);
	return serve_ucspi(&sv, o.class_name);
}
