"""aiosmtpd on loopback: mail_server.py smtps|smtp FOLDER CHAIN KEY [put-off]

Prints its port, and takes mail from ana:right only, over TLS only. Each mail goes into FOLDER as one file with
the envelope in front, as JSON on its first line. gone@ does not exist; with put-off, later@ is put off once.
"""
import asyncio
import json
import logging
import pathlib
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

mode, folder, chain, key = sys.argv[1:5]
folder = pathlib.Path(folder)
put_off = set()
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@") and address not in put_off:
            put_off.add(address)
            return "450 4.2.0 greylisted, come back"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        number = len(list(folder.iterdir()))
        head = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": server.transport.get_extra_info("ssl_object") is not None,
                "user": getattr(session, "auth_data", None)}
        (folder / ("mail%03d" % number)).write_bytes(json.dumps(head).encode() + b"\n" + envelope.content)
        return "250 2.0.0 taken as %d" % number


def authenticate(server, session, envelope, mechanism, data):
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ana", b"right")
    return AuthResult(success=is_right, handled=is_right, auth_data="ana")


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    starts_tls = mode == "smtp"

    def make():
        return SMTP(Mailbox(), hostname="mail.example.org", tls_context=context if starts_tls else None,
                    require_starttls=starts_tls, auth_required=True, auth_require_tls=starts_tls,
                    authenticator=authenticate)

    server = await asyncio.get_running_loop().create_server(
        make, "127.0.0.1", 0, ssl=None if starts_tls else context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
