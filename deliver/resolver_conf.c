/* SPDX-License-Identifier: ISC */
#include "deliver/resolver_conf.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/ip.h"
#include "lib/log.h"

#define BLANKS      " \t\r\n"
#define PORT_MAX    65535
#define PORT_DNS    53
#define PORT_DIGITS 5

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

int
conf_each_line(const char *path,
    void (*each)(void *arg, char *line, unsigned number), void *arg)
{
	char buf[CONF_LINE_SIZE], *line;
	size_t total = 0;
	unsigned number = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return errno == ENOENT ? 0 : -1;
	while (total < CONF_FILE_MAX && fgets(buf, sizeof(buf), f)) {
		total += strlen(buf);
		number++;
		line = trim(buf);
		if (*line)
			each(arg, line, number);
	}
	fclose(f);
	return 1;
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

static void
dns_line(void *arg, char *line, unsigned number)
{
	char forwarder[CONF_FORWARDER_SIZE];

	if (strcmp(line, "recursion") == 0)
		return;
	if (strncmp(line, "forward", 7) == 0 && strchr(BLANKS, line[7]))
		line += 7 + strspn(line + 7, BLANKS);
	if (conf_forwarder(forwarder, line) != 1)
		log_fatal(100, "etc/dns:", log_num(number), ": ", line,
		    " is no name server; write its address, as in 192.0.2.53 "
		    "or 192.0.2.53@5353, or the word recursion");
	add(arg, forwarder);
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
dnssec_line(void *arg, char *line, unsigned number)
{
	struct resolver_conf *conf = arg;

	if (number > 1)
		return;
	conf->validate = strcmp(line, "yes") == 0;
	if (!conf->validate && strcmp(line, "no") != 0)
		log_fatal(100, "etc/dnssec: ", line, ": write yes or no");
}

void
resolver_conf_read(struct resolver_conf *conf)
{
	int found;

	memset(conf, 0, sizeof(*conf));
	if (conf_each_line("etc/dnssec", dnssec_line, conf) == -1)
		log_fatalsys(111, "unable to read etc/dnssec");
	found = conf_each_line("etc/dns", dns_line, conf);
	if (found == -1)
		log_fatalsys(111, "unable to read etc/dns");
	if (found == 0 &&
	    conf_each_line("/etc/resolv.conf", resolv_line, conf) == -1)
		log_warnsys("unable to read /etc/resolv.conf");
}
