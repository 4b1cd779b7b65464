/* SPDX-License-Identifier: ISC */
#ifndef LIB_IP_H
#define LIB_IP_H

/* IP addresses: 16 bytes, IPv4 as ::ffff:a.b.c.d, so that the mapped form and
 * the plain one are the same address everywhere. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define IP_TEXT_SIZE 46 /* bytes, NUL included */

struct ip {
	uint8_t b[16];
};

bool ip_is_v4(const struct ip *ip);
bool ip_is_loopback(const struct ip *ip);
bool ip_equal(const struct ip *a, const struct ip *b);
/* 1: text is one whole address, no brackets, no scope.  0: it is not. */
int ip_parse(struct ip *ip, const char *text);
/* IPv4 dotted, IPv6 as RFC 5952. */
void ip_format(char out[IP_TEXT_SIZE], const struct ip *ip);
/* 1: AF_INET or AF_INET6.  0: something else. */
int ip_from_sockaddr(struct ip *ip, uint16_t *port,
    const struct sockaddr_storage *ss);
/* The length to pass to connect and bind. */
socklen_t ip_to_sockaddr(struct sockaddr_storage *ss, const struct ip *ip,
    uint16_t port);
/* Keeps the first bits of 128 and zeroes the rest. */
void ip_mask(struct ip *ip, unsigned bits);
/* "192.0.2.0/24", "2001:db8::/32" or a lone address.  *bits counts in 128 (an
 * IPv4 /24 is 120).  1, or 0: not a network; *why then says what is wrong, in
 * words for people (host bits set, prefix too long ...). */
int ip_parse_net(struct ip *net, unsigned *bits, const char *text,
    const char **why);
/* A network shorter than /96 holds no IPv4 address: "::/0" is all of IPv6. */
bool ip_in_net(const struct ip *ip, const struct ip *net, unsigned bits);

#endif
