/* SPDX-License-Identifier: ISC */
/* pop3d - logs POP3 clients in.
 *
 * Runs as p-pop3, a process a connection, on the internet.  It asks authd
 * whether a password is right; then its connection is mailboxd's, to whom it hands
 * the client, or, where the mailbox is empty, it serves it to its end; it can reach
 * no mailbox and no hash.  With -l it listens itself; without, it serves fds 0 and 1
 * under tcpserver and its like. */
#include <stdlib.h>

#include "lib/log.h"
#include "pop3d/authorization.h"

static const char *
refuse_line(const char *class_name, bool broken)
{
	if (class_name[4] == 's')
		return ""; /* TLS comes first there */
	return broken ? "-ERR [SYS/TEMP] not available now, try again later\r\n"
		      : "-ERR [SYS/TEMP] too many connections, try again "
			"later\r\n";
}

static int
serve(const struct listen_conn *conn, void *arg)
{
	struct authorization_peer peer = {
		.conn = *conn, .out_fd = conn->fd, .tls = ""
	};

	(void)arg;
	return authorization_run(&peer);
}

/* Under somebody else's listener; a TLS one says so in the environment. */
static int
serve_ucspi(struct service *sv)
{
	const char *tls = getenv("SSL_PROTOCOL");
	struct authorization_peer peer = { .out_fd = 1, .tls = tls ? tls : "" };
	static struct ucspi_tls server;
	int found = ucspi_tls_find(&server);

	if (found == -1)
		log_fatal(100, UCSPI_TLS_WRONG);
	if (found == 1) {
		peer.ucspi_tls = &server;
		peer.tls = ""; /* it comes when we say so */
	}
	listen_ucspi(&peer.conn, "pop3");
	sv->once = true;
	service_enter(sv);
	return authorization_run(&peer);
}

int
main(int argc, char **argv)
{
	static const struct listen_spec spec = { .refuse_line = refuse_line,
		.serve = serve, .prepare = authorization_prepare };
	static const char *const classes[] = { "pop3", "pop3s", NULL };
	struct listen *l = listen_new(classes);
	struct service sv;

	log_program("pop3d");
	service_start_with(&sv, "pop3d", argc, argv, "l:", listen_option, l);
	if (sv.argi != sv.argc)
		log_fatal(100,
		    "usage: pop3d [-C home] [-d fd] [-l address:port[,class]] "
		    "...");
	if (listen_any(l))
		return listen_run(l, &sv, &spec);
	return serve_ucspi(&sv);
}
