/* SPDX-License-Identifier: ISC */
#include "deliver/resolver_conf.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "lib/ip.h"
#include "lib/log.h"

#define BLANKS      " \t\r\n"
#define PORT_MAX    65535
#define PORT_DNS    53
#define PORT_DIGITS 5

/* A file of the system's, kept since the confinement hides it later. */
struct text {
	char *s;
	size_t len;
};
static struct text hosts, root_key;
static struct resolver_conf system_conf;

static char *
trim(char *line)
{
	size_t n;

	line[strcspn(line, "#")] = 0;
	line += strspn(line, BLANKS);
	for (n = strlen(line); n && strchr(BLANKS, line[n - 1]); n--)
		line[n - 1] = 0;
	return line;
}

static void
each_of(
    FILE *f, void (*each)(void *arg, char *line, unsigned number), void *arg)
{
	char buf[CONF_LINE_SIZE], *line;
	size_t total = 0;
	unsigned number = 0;

	while (total < CONF_FILE_MAX && fgets(buf, sizeof(buf), f)) {
		total += strlen(buf);
		number++;
		line = trim(buf);
		if (*line)
			each(arg, line, number);
	}
}

/* Calls each for every line.  1; 0: no such file; -1. */
static int
each_line(const char *path,
    void (*each)(void *arg, char *line, unsigned number), void *arg)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return errno == ENOENT ? 0 : -1;
	each_of(f, each, arg);
	fclose(f);
	return 1;
}

static void
each_kept(const struct text *t,
    void (*each)(void *arg, char *line, unsigned number), void *arg)
{
	FILE *f = t->len ? fmemopen(t->s, t->len, "r") : NULL;

	if (!f)
		return;
	each_of(f, each, arg);
	fclose(f);
}

/* 0: no port. */
static unsigned
scan_port(const char *s)
{
	size_t n = strspn(s, "0123456789");
	unsigned long port;

	if (n == 0 || n > PORT_DIGITS || s[n])
		return 0;
	port = strtoul(s, NULL, 10);
	return port <= PORT_MAX ? (unsigned)port : 0;
}

/* Where the address ends and its port begins; NULL: no port is given. */
static char *
split_port(char *text)
{
	char *p = strchr(text, '@');

	if (text[0] == '[') {
		p = strchr(text, ']');
		if (!p)
			return NULL;
		*p++ = 0;
		memmove(text, text + 1, strlen(text));
		if (!*p)
			return NULL;
	} else if (!p) {
		p = strchr(text, ':');
		if (!p || strchr(p + 1, ':'))
			return NULL;
	}
	*p++ = 0;
	return p;
}

int
conf_forwarder(char out[CONF_FORWARDER_SIZE], const char *text)
{
	char copy[CONF_FORWARDER_SIZE], addr[IP_TEXT_SIZE], *port;
	unsigned number = PORT_DNS;
	struct ip ip;

	if (strlen(text) >= sizeof(copy))
		return 0;
	memset(copy, 0, sizeof(copy));
	memcpy(copy, text, strlen(text));
	port = split_port(copy);
	if (port)
		number = scan_port(port);
	if (number == 0 || ip_parse(&ip, copy) != 1)
		return 0;
	ip_format(addr, &ip);
	snprintf(out, CONF_FORWARDER_SIZE, "%s@%u", addr, number);
	return 1;
}

static void
add(struct resolver_conf *conf, const char *forwarder)
{
	if (conf->nforwarders == CONF_FORWARDERS_MAX) {
		log_warn("more than ", log_num(CONF_FORWARDERS_MAX),
		    " name servers: ", forwarder, " is not used");
		return;
	}
	snprintf(conf->forwarders[conf->nforwarders++], CONF_FORWARDER_SIZE,
	    "%s", forwarder);
}

struct reading {
	struct resolver_conf *conf;
	char *why; /* "" as long as nothing is wrong */
	bool recursion;
};

static void
dns_line(void *arg, char *line, unsigned number)
{
	struct reading *r = arg;
	char forwarder[CONF_FORWARDER_SIZE];

	if (strcmp(line, "recursion") == 0) {
		r->recursion = true;
		return;
	}
	if (strncmp(line, "forward", 7) == 0 && strchr(BLANKS, line[7]))
		line += 7 + strspn(line + 7, BLANKS);
	if (conf_forwarder(forwarder, line) == 1)
		add(r->conf, forwarder);
	else if (!r->why[0])
		snprintf(r->why, CONF_WHY_SIZE,
		    "etc/dns:%u:1: %s is no name server; write its address, as "
		    "in 192.0.2.53 or 192.0.2.53@5353, or the word recursion",
		    number, line);
}

static void
dnssec_line(void *arg, char *line, unsigned number)
{
	struct reading *r = arg;

	if (number > 1)
		return;
	r->conf->validate = strcmp(line, "yes") == 0;
	if (!r->conf->validate && strcmp(line, "no") != 0 && !r->why[0])
		snprintf(r->why, CONF_WHY_SIZE,
		    "etc/dnssec:1:1: '%s' is neither; write yes or no", line);
}

int
resolver_conf_read(struct resolver_conf *conf, char why[CONF_WHY_SIZE])
{
	struct reading r = { conf, why, false };
	int found;

	memset(conf, 0, sizeof(*conf));
	why[0] = 0;
	found = each_line("etc/dns", dns_line, &r);
	/* comments alone are no order to go past the system's name servers */
	if (found == 0 || (conf->nforwarders == 0 && !r.recursion))
		*conf = system_conf;
	else if (conf->nforwarders && r.recursion && !why[0])
		snprintf(why, CONF_WHY_SIZE,
		    "etc/dns:1:1: recursion stands alone, "
		    "without name servers");
	if (found == -1 || each_line("etc/dnssec", dnssec_line, &r) == -1)
		snprintf(why, CONF_WHY_SIZE,
		    "unable to read etc/dns or etc/dnssec: %s",
		    strerror(errno));
	return why[0] ? -1 : 0;
}

static void
resolv_line(void *arg, char *line, unsigned number)
{
	char forwarder[CONF_FORWARDER_SIZE];

	if (strncmp(line, "nameserver", 10) != 0 || !line[10] ||
	    !strchr(BLANKS, line[10]))
		return;
	line += 10 + strspn(line + 10, BLANKS);
	if (conf_forwarder(forwarder, line) == 1)
		add(arg, forwarder);
	else
		log_warn("/etc/resolv.conf:", log_num(number), ": ", line,
		    " is not used: no address, or one with a scope");
}

static void
keep(struct text *t, const char *path)
{
	FILE *f = fopen(path, "re");
	char *cut;

	if (!f)
		return;
	t->s = malloc(CONF_FILE_MAX);
	t->len = t->s ? fread(t->s, 1, CONF_FILE_MAX, f) : 0;
	fclose(f);
	cut = t->len ? realloc(t->s, t->len) : NULL;
	if (cut)
		t->s = cut;
}

void
resolver_conf_system(void)
{
	keep(&hosts, "/etc/hosts");
	keep(&root_key, "/usr/share/dns/root.key");
	if (each_line("/etc/resolv.conf", resolv_line, &system_conf) == -1)
		log_warnsys("unable to read /etc/resolv.conf");
}

void
conf_hosts_each(void (*each)(void *arg, char *line, unsigned number), void *arg)
{
	each_kept(&hosts, each, arg);
}

void
conf_root_key_each(
    void (*each)(void *arg, char *line, unsigned number), void *arg)
{
	if (each_line("etc/dnssec-root.key", each, arg) == 0)
		each_kept(&root_key, each, arg);
}

bool
resolver_conf_changed(void)
{
	static const char *const files[] = { "etc/dns", "etc/dnssec",
		"etc/dnssec-root.key" };
	static struct stat known[3];
	struct stat st;
	bool changed = false;
	size_t i;

	for (i = 0; i < 3; i++) {
		if (stat(files[i], &st) == -1)
			memset(&st, 0, sizeof(st));
		changed |= st.st_ino != known[i].st_ino ||
			   st.st_size != known[i].st_size ||
			   st.st_mtim.tv_sec != known[i].st_mtim.tv_sec ||
			   st.st_mtim.tv_nsec != known[i].st_mtim.tv_nsec ||
			   st.st_ctim.tv_sec != known[i].st_ctim.tv_sec ||
			   st.st_ctim.tv_nsec != known[i].st_ctim.tv_nsec;
		known[i] = st;
	}
	return changed;
}
