/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_RESOLVER_CONF_H
#define DELIVER_RESOLVER_CONF_H

/* Where resolver learns whom to ask: etc/dns, else /etc/resolv.conf.
 *
 * Everything is read once, before the confinement hides /etc: a change needs a
 * restart of resolver (nothing else notices one).  Free of libowfat. */
#include <stdbool.h>
#include <stddef.h>

#define CONF_LINE_SIZE       1024    /* bytes of one line, NUL included */
#define CONF_FILE_MAX        1048576 /* bytes of one file */
#define CONF_FORWARDERS_MAX  8
#define CONF_FORWARDER_SIZE  80 /* bytes of "ip@port", NUL included */
#define CONF_HOSTS_LINES_MAX 20000

struct resolver_conf {
	char forwarders[CONF_FORWARDERS_MAX][CONF_FORWARDER_SIZE];
	unsigned nforwarders; /* 0: full recursion from the root servers */
	bool validate;        /* etc/dnssec says yes */
};
/* Reads etc/dns, /etc/resolv.conf and etc/dnssec of the home we are in.  A line
 * that cannot be meant ends the program (100) with its name. */
void resolver_conf_read(struct resolver_conf *conf);
/* Calls each(arg, line) for every line of a text file without its '#' comment
 * and outer blanks, empty ones left out.  1; 0: no such file; -1. */
int conf_each_line(const char *path,
    void (*each)(void *arg, char *line, unsigned number), void *arg);
/* "ip", "ip@port", "ip:port" of IPv4, "[ip]:port" to "ip@port".  1 or 0. */
int conf_forwarder(char out[CONF_FORWARDER_SIZE], const char *text);

#endif
