# SPDX-License-Identifier: ISC
"""testssl.sh, where it is installed, finds nothing wrong with STARTTLS."""
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../smtpd"), HERE]
from _scene import Scene  # noqa: E402
from home import check, done, skip  # noqa: E402
from _tls import RSA, make_cert  # noqa: E402

# what a self-signed certificate on loopback cannot have, and BREACH's HTTP
OURS = {"cert_trust", "cert_chain_of_trust", "cert_expirationStatus",
        "cert_revocation", "cert_notAfter", "cert_extlifeSpan", "OCSP_stapling",
        "DNS_CAArecord", "cert_commonName_wo_SNI", "engine_problem",
        "scanProblem", "cert_validityPeriod"}

tool = shutil.which("testssl") or shutil.which("testssl.sh")
if not tool:
    skip("testssl", "testssl.sh is not installed")
    done()
scene = Scene()
make_cert(scene.home, "default", RSA)
scene.home.start("tlsd")
port = scene.listen("smtp")
out = scene.home.path("testssl.json")
subprocess.run([tool, "--quiet", "--color", "0", "--warnings", "off",
                "--jsonfile", out, "-p", "-s", "-f", "-P", "-S", "-U",
                "-t", "smtp", "127.0.0.1:%d" % port],
               capture_output=True, timeout=110, check=False)
with open(out, encoding="utf-8") as f:
    findings = {x["id"].split(" ")[0]: x for x in json.load(f)}
check("it looked", len(findings) > 40, sorted(findings))
for name, x in findings.items():
    if x["severity"] in ("OK", "INFO") or name in OURS:
        continue
    check(name, False, (x["severity"], x["finding"]))
for name in ("TLS1_2", "TLS1_3", "heartbleed", "ROBOT", "secure_renego",
             "BEAST", "LUCKY13", "RC4", "SWEET32"):
    check("finding " + name, name in findings and
          findings[name]["severity"] in ("OK", "INFO"), findings.get(name))
done()
