/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_EDIT_H
#define CDB_TOOLS_USERS_EDIT_H

/* userdb's commands that write.  Each holds the lock, checks the whole file
 * first and ends the program when something is wrong (1: no such mailbox, or
 * there already; 100: the file); nothing has changed then. */
#include "cdb-tools/password_make.h"
#include "cdb-tools/tool.h"
#include "cdb-tools/users_file.h"

/* A new password and its hash; printing wipes it, and where it fails makes u's
 * text etc/users again and ends the program (111).  For who then prints it:
 * ends (100) where nobody would hear it. */
void users_password(
    char password[PASSWORD_CHARS + 1], char hash[PASSWORD_HASH_SIZE]);
void users_print_password(const struct tool *t, const struct users *u,
    const char *mailbox, char password[PASSWORD_CHARS + 1]);

/* args: login=ADDRESS, quota=SIZE, messages=N.  Prints the password; with the hash of
 * another system (t->hash; "-": a line of stdin) there is none.  0. */
int users_add(const struct tool *t, const char *name, char **args, int nargs);
/* The same words for a mailbox that is there; off: login=ADDRESS, quota,
 * messages. */
void users_set(const char *name, char **args, int nargs, bool on);
/* login=ADDRESS, quota=SIZE or messages=N as an extra of the file. */
void users_argument(stralloc *extras, const char *arg);
/* Its app passwords go too, unless they are kept. */
int users_passwd(const struct tool *t, const char *name);
void users_disable(const char *name);
void users_enable(const char *name);
/* Refuses (1) while addresses point there, unless force; purge: with its mail,
 * also where the mailbox itself is gone. */
void users_remove(const char *name, bool force, bool purge);

#endif
