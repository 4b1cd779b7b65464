/* SPDX-License-Identifier: ISC */
#include "tlsd/pair_load.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "tlsd/sign_proto.h"

#define PATH_SIZE  (CERT_NAME_SIZE + 32)
#define GROUP_SIZE 64

/* Reads to the end; *len bytes at most.  0, or -1. */
static int
read_whole(int fd, char *buf, size_t *len)
{
	size_t got = 0;
	ssize_t n = 1;

	while (n > 0 && got < *len) {
		n = read(fd, buf + got, *len - got);
		if (n > 0)
			got += (size_t)n;
		else if (n == -1 && errno == EINTR)
			n = 1;
	}
	if (n > 0)
		errno = EFBIG;
	*len = got;
	return n == 0 ? 0 : -1;
}

static int
complain(char *why, const char *path, const char *what)
{
	snprintf(why, PAIR_WHY_SIZE, "%s: %s", path, what);
	return -1;
}

static int
complain_errno(char *why, const char *path)
{
	struct stat st;
	int saved = errno;

	if ((saved == EACCES || saved == ENOENT) && lstat(path, &st) == 0 &&
	    S_ISLNK(st.st_mode))
		return complain(why, path,
		    "a link may not lead out of tls/: copy the file");
	if (saved == EACCES)
		return complain(why, path,
		    "Permission denied; postern-uids mends owners and modes");
	return complain(why, path, strerror(saved));
}

/* The file in memory of OpenSSL's (locked, for keys), or NULL. */
static char *
slurp(const char *path, size_t *len, bool secret, char *why)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *buf = secret ? OPENSSL_secure_malloc(*len) : OPENSSL_malloc(*len);

	if (fd != -1 && buf && read_whole(fd, buf, len) == 0) {
		close(fd);
		return buf;
	}
	complain_errno(why, path);
	if (fd != -1)
		close(fd);
	if (secret)
		OPENSSL_secure_clear_free(buf, CERT_KEY_MAX);
	else
		OPENSSL_free(buf);
	return NULL;
}

static int
no_passphrase(char *buf, int size, int writing, void *asked)
{
	(void)buf, (void)size, (void)writing;
	*(bool *)asked = true;
	return -1;
}

/* RSA of a fit size, or EC on a curve that every client knows. */
static bool
key_fits(const EVP_PKEY *key)
{
	char group[GROUP_SIZE];
	int bits = EVP_PKEY_get_bits(key);

	if (EVP_PKEY_is_a(key, "RSA"))
		return bits >= PAIR_RSA_MIN && bits <= PAIR_RSA_MAX;
	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       (strcmp(group, "prime256v1") == 0 ||
		   strcmp(group, "secp384r1") == 0);
}

static int
load_key(struct pair_files *p, const char *path, char *why)
{
	size_t len = CERT_KEY_MAX;
	bool asked = false;
	char *pem = slurp(path, &len, true, why);
	BIO *bio;

	if (!pem)
		return -1;
	bio = BIO_new_mem_buf(pem, (int)len);
	if (bio)
		p->key =
		    PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
	BIO_free(bio);
	OPENSSL_secure_clear_free(pem, CERT_KEY_MAX);
	if (asked)
		return complain(why, path,
		    "has a passphrase; take it off: "
		    "openssl pkey -in key.pem -out new.pem");
	if (!p->key)
		return complain(why, path, "is no whole private key in PEM");
	if (!key_fits(p->key))
		return complain(why, path,
		    "such a key cannot be used; make RSA "
		    "of 2048 to 4096 bits, or EC on P-256 or P-384 (Ed25519 "
		    "is too new for mail clients)");
	return 0;
}

static int64_t
seconds_of(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

/* As OpenSSL will ask in the handshake: a hash and a key of 112 bits; nobody
 * verifies the signature on a self-signed one. */
static bool
is_strong(X509 *x)
{
	int hash_bits = 0;

	X509_get_signature_info(x, NULL, NULL, &hash_bits, NULL);
	return EVP_PKEY_get_security_bits(X509_get0_pubkey(x)) >=
		   PAIR_SECURITY_BITS &&
	       (hash_bits >= PAIR_SECURITY_BITS ||
		   (X509_get_extension_flags(x) & EXFLAG_SS));
}

/* The first certificate is the key's; of the others only what every client
 * would refuse is looked at. */
static int
check_chain(struct pair_files *p, const char *path, char *why)
{
	BIO *bio = BIO_new_mem_buf(p->chain, (int)p->chainlen);
	X509 *leaf = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	X509 *next;
	bool fits = leaf && X509_check_private_key(leaf, p->key) == 1;
	bool strong = fits && is_strong(leaf);
	int n = 1;

	while (strong && n <= PAIR_CHAIN_CERTS &&
	       (next = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		strong = is_strong(next);
		X509_free(next);
		n++;
	}
	if (leaf)
		p->not_after = seconds_of(X509_get0_notAfter(leaf));
	BIO_free(bio);
	X509_free(leaf);
	if (!leaf)
		return complain(why, path, "is no whole certificate in PEM");
	if (!fits)
		return complain(why, path,
		    "its first certificate is not of "
		    "the key in key.pem beside it");
	if (!strong)
		return complain(why, path,
		    "has a signature or key that "
		    "clients refuse (SHA-1, or RSA under 2048 bits)");
	if (n > PAIR_CHAIN_CERTS)
		return complain(why, path, "too many certificates");
	return 0;
}

int
pair_load(struct pair_files *p, const char *name, char *why)
{
	char path[PATH_SIZE];
	int r;

	memset(p, 0, sizeof(*p));
	snprintf(path, sizeof(path), "tls/%s/key.pem", name);
	r = load_key(p, path, why);
	if (r == 0) {
		snprintf(path, sizeof(path), "tls/%s/cert.pem", name);
		p->chainlen = CERT_CHAIN_MAX;
		p->chain = slurp(path, &p->chainlen, false, why);
		r = p->chain ? check_chain(p, path, why) : -1;
	}
	ERR_clear_error();
	if (r == -1)
		pair_free(p);
	return r;
}

void
pair_free(struct pair_files *p)
{
	EVP_PKEY_free(p->key);
	OPENSSL_free(p->chain);
	memset(p, 0, sizeof(*p));
}
