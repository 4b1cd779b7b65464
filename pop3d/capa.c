/* SPDX-License-Identifier: ISC */
#include "pop3d/capa.h"

void
capa_say(struct reply *r, bool passwords, bool stls)
{
	reply_say(r, "+OK");
	reply_say(r, "TOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\n"
		     "PIPELINING\r\nEXPIRE NEVER\r\nIMPLEMENTATION Postern");
	if (passwords)
		reply_say(r, "USER\r\nSASL PLAIN");
	if (stls)
		reply_say(r, "STLS");
	reply_say(r, ".");
}
