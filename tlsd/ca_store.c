/* SPDX-License-Identifier: ISC */
#include "tlsd/ca_store.h"

#include <openssl/err.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include "lib/clock.h"
#include "lib/log.h"

#define RECHECK_MS 1000

struct stamp {
	ino_t ino;
	off_t size;
	struct timespec mtime;
};
static const char *const files[] = { CA_SYSTEM, CA_OWN };
#define FILES (sizeof(files) / sizeof(*files))

static struct stamp stamps[FILES];
static uint64_t checked_ms;
static bool usable;

static bool
changed(void)
{
	struct stamp now[FILES];
	struct stat st;
	size_t i;

	memset(now, 0, sizeof(now));
	for (i = 0; i < FILES; i++)
		if (stat(files[i], &st) == 0) {
			now[i].ino = st.st_ino;
			now[i].size = st.st_size;
			now[i].mtime = st.st_mtim;
		}
	if (checked_ms && memcmp(now, stamps, sizeof(now)) == 0)
		return false;
	memcpy(stamps, now, sizeof(now));
	return true;
}

/* How many of the files gave certificates; a broken one is logged. */
static int
load(X509_STORE *store)
{
	const char *why;
	size_t i;
	int n = 0;

	for (i = 0; i < FILES; i++) {
		if (!stamps[i].size)
			continue;
		if (stamps[i].size <= CA_FILE_MAX &&
		    X509_STORE_load_file(store, files[i]) == 1) {
			n++;
			continue;
		}
		why = ERR_reason_error_string(ERR_peek_last_error());
		log_warn(files[i],
		    ": no certificates to be read (PEM is "
		    "wanted): ",
		    why ? why : "too large");
	}
	ERR_clear_error();
	return n;
}

int
ca_store_refresh(SSL_CTX *ctx)
{
	uint64_t now = clock_boot_ms();
	X509_STORE *store;

	if (checked_ms && now - checked_ms < RECHECK_MS)
		return usable ? 0 : -1;
	if (changed()) {
		store = X509_STORE_new();
		usable = store && load(store) > 0;
		if (usable)
			SSL_CTX_set_cert_store(ctx, store);
		else
			X509_STORE_free(store);
		if (!usable)
			log_warn("no authorities to verify certificates with: "
				 "install ca-certificates, or put your own "
				 "into " CA_OWN);
	}
	checked_ms = now;
	return usable ? 0 : -1;
}
