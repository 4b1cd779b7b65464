/* SPDX-License-Identifier: ISC */
#include "deliver/local_key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/safefile.h"

#define KEY_FILE "mail/.key"

static unsigned char key[TOKEN_KEY_BYTES];

/* 1: etc/srs-secret says it; 0: it says nothing. */
static int
from_secret(void)
{
	stralloc s = { 0 };
	int rc = setting_get(&s, "srs-secret");

	if (rc == -1)
		log_fatalsys(111, "unable to read etc/srs-secret (it belongs "
				  "to p-mail's group, mode 0640)");
	if (rc == 1 && s.len < LOCAL_SECRET_MIN)
		log_fatal(111, "etc/srs-secret is shorter than 16 characters; "
			       "write a longer one, or remove the file");
	if (rc == 1)
		crypto_generichash(key, sizeof key,
		    (const unsigned char *)s.s, s.len, NULL, 0);
	sa_wipe(&s);
	return rc;
}

void
local_key_load(void)
{
	stralloc s = { 0 };
	int rc;

	if (sodium_init() == -1)
		log_fatal(111, "unable to start libsodium");
	if (from_secret() == 1)
		return;
	rc = safefile_read(&s, KEY_FILE, sizeof key);
	if (rc == 1 && s.len == sizeof key) {
		memcpy(key, s.s, sizeof key);
		sa_wipe(&s);
		return;
	}
	if (rc != 0)
		log_fatalsys(111, "unable to read " KEY_FILE
				  " (32 bytes; removed, it is made anew)");
	randombytes_buf(key, sizeof key);
	if (safefile_write(KEY_FILE, (const char *)key, sizeof key, 0600,
		(uid_t)-1, (gid_t)-1) == -1)
		log_fatalsys(111, "unable to write " KEY_FILE);
	sa_wipe(&s);
}

void
local_key(unsigned char out[TOKEN_KEY_BYTES], const char *purpose)
{
	crypto_generichash(out, TOKEN_KEY_BYTES,
	    (const unsigned char *)purpose, strlen(purpose), key, sizeof key);
}
