/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SPOOL_DIRS_H
#define QUEUE_SPOOL_DIRS_H

/* The folders of the spool, queue/0 to queue/z, and the names in them.
 *
 * An id is ten digits of base 36 that count microseconds, then four drawn at
 * queued's start.  Its sixth digit (1.7 seconds) names the folder, so that the
 * messages of one moment share one folder fsync.  A bounce is called as its
 * message with "b" and a number behind, a delay notice with "n". */
#include <stdbool.h>
#include "queue/queue.h"

#define SPOOL_DIRS 36
#define SPOOL_ID_LEN 14

/* Opens queue/, makes its folders where missing, takes the lock against a
 * second queued (EWOULDBLOCK), empties queue/tmp.  0 or -1. */
int spool_dirs_open(void);
int spool_root(void);       /* descriptor of queue/ */
int spool_tmp(void);        /* of queue/tmp */
int spool_dir(unsigned n);  /* of the n-th folder */
char spool_dir_name(unsigned n);
/* The folder of an id that is one. */
unsigned spool_dir_of(const char *id);
bool spool_is_id(const char *s);
/* A new id, later than every one before. */
void spool_new_id(char id[QUEUE_ID_MAX]);
/* id with letter and number behind it.  0, or -1: too long. */
int spool_child_id(char out[QUEUE_ID_MAX], const char *id, char letter,
    unsigned long n);
/* Opens a message; flags O_RDONLY or O_WRONLY. */
int spool_file(const char *id, int flags);

#endif
