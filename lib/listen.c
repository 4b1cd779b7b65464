/* SPDX-License-Identifier: ISC */
#include "lib/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/listen_inside.h"
#include "lib/log.h"
#include "lib/sock.h"

#define VALUE_MAX 128 /* bytes of a -l value */

struct listen *
listen_new(const char *const *classes)
{
	struct listen *l = calloc(1, sizeof(*l));

	if (!l)
		log_fatalsys(111, "no memory");
	l->classes = classes;
	return l;
}

const char *
listen_class_wrong(const struct listen *l, const char *name)
{
	static char why[VALUE_MAX + 128];
	const char *const *c;
	size_t n;

	for (c = l->classes; *c; c++)
		if (strcmp(*c, name) == 0)
			return NULL;
	n = (size_t)snprintf(why, sizeof(why), "there is no class '%.*s'; write",
	    VALUE_MAX, name);
	for (c = l->classes; *c; c++)
		n += (size_t)snprintf(why + n, sizeof(why) - n, "%s %s",
		    c == l->classes ? "" : c[1] ? "," : " or", *c);
	return why;
}

static int
parse_port(uint16_t *port, const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (*s < '0' || *s > '9' || *end || n < 1 || n > 65535)
		return 0;
	*port = (uint16_t)n;
	return 1;
}

static int
append(struct listen *l, const char *address, uint16_t port,
    const char *class_name, bool optional)
{
	struct listen_socket *s = &l->sockets[l->n];

	if (l->n == LISTEN_SOCKETS_MAX || !ip_parse(&s->ip, address))
		return 0;
	s->fd = -1;
	s->optional = optional;
	s->port = port;
	snprintf(s->class_name, sizeof(s->class_name), "%s", class_name);
	l->n++;
	return 1;
}

/* Takes ADDRESS:PORT[,CLASS] apart in place; NULL or what is wrong. */
static const char *
add(struct listen *l, char *value)
{
	char *comma = strchr(value, ','), *colon, *address = value;
	const char *class_name = comma ? comma + 1 : "", *why;
	uint16_t port;

	if (comma)
		*comma = '\0';
	if (comma && (why = listen_class_wrong(l, class_name)))
		return why;
	colon = strrchr(value, ':');
	if (!colon || !parse_port(&port, colon + 1))
		return "a port from 1 to 65535 stands behind the last colon";
	*colon = '\0';
	if (*address == '[' && colon[-1] == ']') {
		address++;
		colon[-1] = '\0';
	} else if (strchr(address, ':'))
		return "an IPv6 address stands in brackets";
	if (strcmp(address, "*") == 0)
		return append(l, "0.0.0.0", port, class_name, false) &&
		    append(l, "::", port, class_name, true) ?
		    NULL : "too many sockets";
	return append(l, address, port, class_name, false) ?
	    NULL : "no such address, or too many sockets";
}

int
listen_add(struct listen *l, const char *value)
{
	char copy[VALUE_MAX];
	const char *why;

	if (strlen(value) >= sizeof(copy))
		why = "too long";
	else
		why = add(l, strcpy(copy, value));
	if (!why)
		return 0;
	log_warn("-l ", value, " is not ADDRESS:PORT[,CLASS]: ", why);
	errno = EINVAL;
	return -1;
}

void
listen_option(void *l, int letter, const char *value)
{
	if (letter == 'l' && listen_add(l, value) == 0)
		return;
	log_fatal(100, "usage: -l ADDRESS:PORT[,CLASS], IPv6 in brackets, * for "
	    "every address");
}

/* How many sockets a supervisor passed, from descriptor 3 on. */
static int
passed(void)
{
	const char *n = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");

	if (!n || (pid && atoi(pid) != (int)getpid()))
		return 0;
	return atoi(n) > 0 ? atoi(n) : 0;
}

bool
listen_any(const struct listen *l)
{
	return l->n > 0 || passed() > 0 || getenv(LISTEN_ENV_CLASSES);
}

/* The class of a passed socket; left empty where it has no name of ours. */
static void
name_passed(struct listen *l, struct listen_socket *s, const char *name,
    size_t len)
{
	char copy[LISTEN_CLASS_MAX];
	const char *why;

	snprintf(copy, sizeof(copy), "%.*s", (int)len, name);
	/* systemd's words for a socket without a name */
	if (!*copy || strcmp(copy, "unknown") == 0 || (len > 7 &&
		strncmp(name + len - 7, ".socket", 7) == 0))
		return;
	why = listen_class_wrong(l, copy);
	if (why)
		log_fatal(100, "LISTEN_FDNAMES: ", why);
	strcpy(s->class_name, copy);
}

static void
take_passed(struct listen *l)
{
	const char *names = getenv("LISTEN_FDNAMES");
	struct sockaddr_storage ss;
	socklen_t len;
	size_t n;
	int i, count = passed();

	for (i = 0; i < count; i++, l->n++) {
		len = sizeof(ss);
		if (l->n == LISTEN_SOCKETS_MAX ||
		    getsockname(3 + i, (struct sockaddr *)&ss, &len) == -1 ||
		    !ip_from_sockaddr(&l->sockets[l->n].ip,
		    &l->sockets[l->n].port, &ss))
			log_fatal(100, "LISTEN_FDS: descriptor ",
			    log_num(3 + (unsigned)i),
			    " is no TCP socket, or there are too many");
		l->sockets[l->n].fd = 3 + i;
		if (!names)
			continue;
		n = strcspn(names, ":");
		name_passed(l, &l->sockets[l->n], names, n);
		names += n + (names[n] == ':');
	}
}

static int
bind_one(const struct listen_socket *s)
{
	struct sockaddr_storage ss;
	socklen_t len = ip_to_sockaddr(&ss, &s->ip, s->port);
	int fd, on = 1, saved;

	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ss.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&ss, len) == 0 &&
	    listen(fd, SOCK_BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void
open_one(struct listen_socket *s, const struct service *sv)
{
	char text[IP_TEXT_SIZE];
	int on = 1;

	ip_format(text, &s->ip);
	if (!*s->class_name)
		snprintf(s->class_name, sizeof(s->class_name), "%.*s",
		    (int)strlen(sv->row->program) - 1, sv->row->program);
	if (s->fd == -1)
		s->fd = bind_one(s);
	if (s->fd == -1 && s->optional &&
	    (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		return;
	if (s->fd == -1)
		log_fatalsys(111, "unable to listen on ", text, " port ",
		    log_num(s->port));
	/* accepted connections inherit TCP_NODELAY */
	if (fcntl(s->fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(s->fd, F_SETFL, O_NONBLOCK) == -1 ||
	    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1)
		log_fatalsys(111, "unable to set up the socket on ", text);
	log_event("listening", "address", text, "port", log_num(s->port),
	    "class", s->class_name);
}

void
listen_open(struct listen *l, const struct service *sv)
{
	int i;

	take_passed(l);
	for (i = 0; i < l->n; i++)
		open_one(&l->sockets[i], sv);
}
