/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_purge.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "deliver/deliver.h"
#include "lib/log.h"
#include "lib/maildir_purge.h"

static int
open_mail(void)
{
	int mails = open("mail",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (mails == -1 || faccessat(mails, ".", W_OK | X_OK, AT_EACCESS) == 0)
		return mails;
	close(mails);
	errno = EACCES;
	return -1;
}

void
users_purge_tree(const char *path)
{
	if (maildir_purge_tree(path) == -1)
		log_warnsys("unable to delete ", path);
}

/* Who may not write in mail/ asks deliver-local, who may. */
static bool
ask(const char *mailbox)
{
	int r = deliver_purge(mailbox);

	if (r == -1)
		log_fatalsys(111, "unable to delete mail/", mailbox,
		    ", or to have deliver-local do it (root can)");
	return r;
}

bool
users_purge(const char *mailbox)
{
	stralloc aside = { 0 };
	int mails = open_mail(), r;

	if (mails == -1)
		return ask(mailbox);
	r = maildir_purge(&aside, mails, mailbox);
	if (r == -1 && aside.len)
		log_fatalsys(111, "unable to delete all of mail/", aside.s,
		    "; the mailbox is gone, remove the rest by hand");
	if (r == -1)
		log_fatalsys(111, "unable to take mail/", mailbox, " away");
	close(mails);
	sa_free(&aside);
	return r;
}
