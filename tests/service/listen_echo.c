/* SPDX-License-Identifier: ISC */
/* A tiny server on lib/listen for tests/service/listen.py: says who came, then does
 * what each line asks for. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/listen.h"

static int prepared;

static const char *
refuse_line(const char *class_name, bool broken)
{
	return strcmp(class_name, "tls") == 0 ? NULL :
	       broken ? "421 broken\r\n" : "421 too many\r\n";
}

static void
prepare(void *arg)
{
	(void)arg;
	prepared++;
}

static int
obey(const struct listen_conn *conn, const char *line)
{
	if (strncmp(line, "quit", 4) == 0)
		return 0;
	if (strncmp(line, "crash", 5) == 0)
		raise(SIGSEGV);
	if (strncmp(line, "where", 5) == 0)
		dprintf(conn->fd, "%p %d %s\n", (void *)&prepared, (int)getpid(),
		    getenv("RELAYCLIENT") ? "relayclient" : "clean");
	else if (strncmp(line, "net", 3) == 0) {
		socket(AF_INET, SOCK_STREAM, 0);
		dprintf(conn->fd, "made a socket\n");
	} else
		dprintf(conn->fd, "%s", line);
	return 1;
}

static int
serve(const struct listen_conn *conn, void *arg)
{
	char remote[IP_TEXT_SIZE], local[IP_TEXT_SIZE], line[256];
	int nodelay = 0;
	socklen_t len = sizeof(nodelay);
	ssize_t n;

	(void)arg;
	ip_format(remote, &conn->remote);
	ip_format(local, &conn->local);
	getsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, &len);
	dprintf(conn->fd, "hello %s %s %d %s %d nodelay=%d tls=%d prepared=%d\n",
	    conn->class_name, remote, conn->remote_port, local,
	    conn->local_port, nodelay, conn->proxied_tls, prepared > 0);
	while ((n = read(conn->fd, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		if (!obey(conn, line))
			break;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct listen_spec spec = { refuse_line, serve, prepare,
		NULL };
	static const char *const classes[] = { "smtp", "submission",
		"tls", NULL };
	struct listen *l = listen_new(classes);
	struct listen_conn conn;
	struct service sv;

	service_start_with(&sv, "smtpd", argc, argv, "l:", listen_option, l);
	if (listen_any(l))
		return listen_run(l, &sv, &spec);
	listen_ucspi(&conn, "smtp");
	sv.once = true;
	service_enter(&sv);
	return serve(&conn, NULL);
}
