"""Prints the mails of a folder of mail_server.py as JSON, read by Python's own parser; parse errors are `defects`."""
import email
import email.policy
import json
import pathlib
import sys

mails = []
for file in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    head, raw = file.read_bytes().split(b"\n", 1)
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    defects = [str(d) for d in mail.defects] + [str(d) for _, value in mail.items() for d in value.defects]
    if not raw.isascii() or any(len(line) > 78 for line in raw.split(b"\r\n")):
        defects.append("long lines or other bytes than ASCII")
    mails.append({"envelope": json.loads(head), "headers": {name.lower(): str(value) for name, value in mail.items()},
                  "body": mail.get_content().replace("\r\n", "\n"), "defects": "; ".join(defects)})
print(json.dumps(mails))
