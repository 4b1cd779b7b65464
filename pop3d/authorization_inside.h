/* SPDX-License-Identifier: ISC */
#ifndef POP3D_AUTHORIZATION_INSIDE_H
#define POP3D_AUTHORIZATION_INSIDE_H

/* What the modules of the AUTHORIZATION state share. */
#include "authd/authd.h"
#include "pop3d/authorization.h"
#include "pop3d/lines.h"
#include "pop3d/pop3d.h"
#include "pop3d/reply.h"
#include "pop3d/session.h"

enum then { STAY, LEAVE }; /* LEAVE: the client is gone, or must go */

struct authorization {
	struct ip remote;
	char ip[IP_TEXT_SIZE];
	char tls[POP3D_TLS_MAX]; /* "" without */
	bool is_socket;          /* else no STLS by tlsd */
	struct ucspi_tls *ucspi_tls;
	int passwords;       /* may they pass here: 1, 0; -1: not known yet */
	bool wants_response; /* AUTH PLAIN has been said, its line comes */
	bool has_user, user_fits;
	char user[AUTHD_USER_MAX + 1];
	unsigned errors, wrong, commands;
	struct lines in;
	struct reply out;
	struct session *empty; /* an empty mailbox's, once logged in */
};

enum then authorization_error(struct authorization *a, const char *text);
/* Counts: too many, and we hang up. */
enum then authorization_bad(struct authorization *a, const char *text);

/* authorization_tls.c: may passwords pass here, and how they come to. */
bool authorization_may(struct authorization *a);
bool authorization_can_stls(struct authorization *a);
enum then authorization_start_tls(struct authorization *a);

/* authorization_login.c: a password is there.  LEAVE also when the client has
 * been handed over, or is in a.empty now. */
enum then authorization_login(
    struct authorization *a, const char *user, const char *password);
enum then authorization_wrong(struct authorization *a);

#endif
