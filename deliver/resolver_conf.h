/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_RESOLVER_CONF_H
#define DELIVER_RESOLVER_CONF_H

/* Where resolver learns whom to ask: etc/dns, else /etc/resolv.conf.
 *
 * What lies in the system's /etc is read once, before the confinement hides it;
 * the files of our etc/ are read again when they have changed.  Free of
 * libowfat. */
#include <stdbool.h>
#include <stddef.h>

#define CONF_LINE_SIZE       1024    /* bytes of one line, NUL included */
#define CONF_FILE_MAX        1048576 /* bytes of one file */
#define CONF_FORWARDERS_MAX  8
#define CONF_FORWARDER_SIZE  80 /* bytes of "ip@port", NUL included */
#define CONF_HOSTS_LINES_MAX 20000

#define CONF_WHY_SIZE 2048 /* bytes of an error, NUL included */

struct resolver_conf {
	char forwarders[CONF_FORWARDERS_MAX][CONF_FORWARDER_SIZE];
	unsigned nforwarders; /* 0: full recursion from the root servers */
	bool validate;        /* etc/dnssec says yes */
};
/* Reads /etc/resolv.conf, /etc/hosts and the system's DNSSEC root key: first,
 * and before the confinement. */
void resolver_conf_system(void);
/* Reads etc/dns and etc/dnssec.  0, or -1 with why: file, line, what to write
 * instead. */
int resolver_conf_read(struct resolver_conf *conf, char why[CONF_WHY_SIZE]);
/* Have the files of etc/ changed since the last call? */
bool resolver_conf_changed(void);

/* Calls each(arg, line) for every line of a text without its '#' comment and
 * outer blanks, empty ones left out. */
void conf_hosts_each(
    void (*each)(void *arg, char *line, unsigned number), void *arg);
/* The root key, etc/dnssec-root.key or the system's, likewise. */
void conf_root_key_each(
    void (*each)(void *arg, char *line, unsigned number), void *arg);
/* "ip", "ip@port", "ip:port" of IPv4, "[ip]:port" to "ip@port".  1 or 0. */
int conf_forwarder(char out[CONF_FORWARDER_SIZE], const char *text);

#endif
