"""Strict stand-ins of the services that notifiers write to, on one loopback port.

Each refuses whatever its service's contract does not name: method, path, headers, members, types,
limits. `GET /_taken` gives what was taken, in order, as JSON; the port is printed first.
The keys that are good: Slack T0/B0/good, Discord 1/good, ntfy tk_good, Telegram 123:GOOD, OpenClaw good.
"""
import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

taken = []
asked = {}


class Refusal(Exception):
    def __init__(self, status, body, headers=()):
        super().__init__(status)
        self.status, self.body, self.headers = status, body, dict(headers)


def members(value, wanted, refusal, optional=()):
    """`wanted` and `optional`: name -> type. Unknown and missing ones are refused."""
    if not isinstance(value, dict):
        raise refusal("wanted an object")
    every = dict(wanted, **dict(optional))
    for name, member in value.items():
        if name not in every:
            raise refusal("unknown member " + name)
        # bool is an int to Python, but to no service
        if not isinstance(member, every[name]) or (every[name] is int and isinstance(member, bool)):
            raise refusal("wrong type of " + name)
    for name in wanted:
        if name not in value:
            raise refusal("missing member " + name)


def units(text):
    return len(text.encode("utf-16-le")) // 2


def slack(path, headers, body):
    if path != "/services/T0/B0/good":
        raise Refusal(404, "no_service")
    bad = lambda why: Refusal(400, "invalid_payload")
    members(body, {"text": str}, bad, {"mrkdwn": bool, "unfurl_links": bool, "unfurl_media": bool})
    if not body["text"]:
        raise Refusal(400, "no_text")
    if len(body["text"]) > 40000:
        raise Refusal(400, "msg_too_long")
    if re.search(r"[<>]|&(?!amp;|lt;|gt;)", body["text"]):
        raise bad("bare markup")
    return 200, "ok", body["text"]


def discord(path, headers, body):
    if path != "/api/webhooks/1/good":
        raise Refusal(401, {"message": "Invalid Webhook Token", "code": 50027})
    bad = lambda why: Refusal(400, {"message": why, "code": 50035})
    members(body, {}, bad, {"content": str, "embeds": list, "allowed_mentions": dict, "flags": int})
    if len(body.get("content", "")) > 2000 or len(body.get("embeds", [])) > 10:
        raise bad("Invalid Form Body")
    if body.get("flags", 0) & ~(4 | 4096):
        raise bad("flags")
    if body.get("allowed_mentions") != {"parse": []}:
        raise bad("this test wants no mentions")
    for embed in body.get("embeds", []):
        members(embed, {}, bad, {"title": str, "description": str, "color": int, "timestamp": str, "footer": dict})
        members(embed.get("footer", {"text": ""}), {"text": str}, bad)
        if len(embed.get("description", "")) > 4096 or not 0 <= embed.get("color", 0) <= 0xFFFFFF:
            raise bad("embed")
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", embed.get("timestamp", "")):
            raise bad("timestamp")
    return 204, "", json.dumps(body)


def ntfy(path, headers, body):
    def bad(why, code=40001, status=400):
        return Refusal(status, {"code": code, "http": status, "error": why, "link": ""})
    members(body, {"topic": str}, bad, {"title": str, "message": str, "priority": int, "tags": list, "sequence_id": str})
    if not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", body["topic"]):
        raise bad("invalid request: topic invalid")
    if not 1 <= body.get("priority", 3) <= 5 or not all(isinstance(tag, str) for tag in body.get("tags", [])):
        raise bad("invalid priority or tags")
    if not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", body.get("sequence_id", "x")):
        raise bad("invalid sequence id")
    if len(body.get("message", "").encode()) > 4096:
        raise bad("message becomes an attachment", 41301, 413)
    if body["topic"].startswith("private"):
        given = headers.get("authorization")
        if given is None:
            raise bad("forbidden", 40301, 403)
        if given != "Bearer tk_good":
            raise bad("unauthorized", 40101, 401)
    answer = {"id": "m%d" % len(taken), "time": 1790000000, "event": "message", "topic": body["topic"]}
    return 200, answer, body["title"] + "\n" + body["message"] + "\n" + body["sequence_id"]


def telegram(path, headers, body):
    def bad(status, why, parameters=None):
        answer = {"ok": False, "error_code": status, "description": why}
        if parameters:
            answer["parameters"] = parameters
        return Refusal(status, answer)
    match = re.fullmatch(r"/bot([^/]+)/(\w+)", unquote(path))
    if not match or not re.fullmatch(r"\d+:\w+", match[1]):
        raise bad(404, "Not Found")
    if match[1] != "123:GOOD":
        raise bad(401, "Unauthorized")
    if match[2] != "sendMessage":
        raise bad(404, "Not Found: method not found")
    members(body, {"chat_id": (str, int), "text": str}, lambda why: bad(400, "Bad Request: " + why),
            {"link_preview_options": dict, "disable_notification": bool, "message_thread_id": int})
    members(body.get("link_preview_options", {}), {}, lambda why: bad(400, "Bad Request: " + why), {"is_disabled": bool})
    if not body["text"].strip():
        raise bad(400, "Bad Request: message text is empty")
    if units(body["text"]) > 4096:
        raise bad(400, "Bad Request: message is too long")
    if str(body["chat_id"]) == "404":
        raise bad(400, "Bad Request: chat not found")
    if str(body["chat_id"]) == "429":
        asked["429"] = asked.get("429", 0) + 1
        if asked["429"] == 1:
            raise bad(429, "Too Many Requests: retry after 3", {"retry_after": 3})
    return 200, {"ok": True, "result": {"message_id": len(taken) + 1}}, body["text"]


def openclaw(path, headers, body):
    if path != "/hooks/wake":
        raise Refusal(404, "Not Found")
    if headers.get("authorization") != "Bearer good":
        asked["bad"] = asked.get("bad", 0) + 1
        if asked["bad"] > 20:
            raise Refusal(429, "Too Many Requests", {"Retry-After": "60"})
        raise Refusal(401, "Unauthorized")
    bad = lambda why: Refusal(400, {"ok": False, "error": why})
    members(body, {"text": str}, bad, {"mode": str})
    if not body["text"].strip() or body.get("mode", "now") not in ("now", "next-heartbeat"):
        raise bad("text or mode")
    return 200, {"ok": True, "mode": body.get("mode", "now")}, body["text"]


def generic(path, headers, body):
    bad = lambda why: Refusal(400, {"message": why})
    if headers.get("idempotency-key") != body.get("message_id"):
        raise bad("the header and the body differ")
    members(body, {"message_id": str, "severity": str, "title": str, "text": str, "made": str, "test": bool, "lines": list}, bad)
    if not body["lines"]:
        raise bad("no lines")
    for line in body["lines"]:
        members(line, dict.fromkeys(("severity", "kind", "check", "key", "text"), str), bad)
    return 202, "", json.dumps(body)


SERVICES = ((r"/services/.*", slack), (r"/api/webhooks/.*", discord), (r"/", ntfy), (r"/bot.*", telegram),
            (r"/hooks.*", openclaw), (r"/generic", generic))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, headers=None):
        text = body if isinstance(body, str) else json.dumps(body)
        data = text.encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", "text/plain" if isinstance(body, str) else "application/json")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status != 204:
            self.wfile.write(data)

    def do_GET(self):
        self.answer(*((200, taken) if self.path == "/_taken" else (405, "Method Not Allowed")))

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        name = "?"
        try:
            service = next((s for pattern, s in SERVICES if re.fullmatch(pattern, self.path)), None)
            if service is None:
                raise Refusal(404, "no such service")
            name = service.__name__
            if headers.get("content-type", "").split(";")[0] != "application/json":
                raise Refusal(415, "wanted application/json")
            if len(raw) > 256 * 1024:
                raise Refusal(413, "payload too large")
            try:
                body = json.loads(raw.decode("utf-8"))
            except ValueError:
                raise Refusal(400, "wanted JSON")
            status, answer, text = service(self.path, headers, body)
            taken.append({"service": name, "text": text, "key": headers.get("idempotency-key", "")})
            self.answer(status, answer)
        except Refusal as refusal:
            self.answer(refusal.status, refusal.body, refusal.headers)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
sys.stdout.close()
server.serve_forever()
