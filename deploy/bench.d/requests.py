"""Prepares signed webhook requests for deploy/bench: complete HTTP, one after the other, all of one length.

Each is a Zadarma notification of a call of its own from a number of its own, signed as the exchange would, with a body of
exactly 1024 bytes: what a real one has not is filled up with a field that the adapter does not look at.
"""

import argparse
import base64
import hashlib
import hmac
import random
import string
import time
import urllib.parse

BODY_BYTES = 1024
# The numbers of one Ukrainian mobile prefix, so that each is possible and none is met twice.
NUMBERS = 10**7


def fields(event, call, number, called, started):
    yield "event", event
    yield "call_start", started
    yield "pbx_call_id", call
    yield "caller_id", number
    yield "called_did", called
    if event == "NOTIFY_END":
        yield from (("internal", "100"), ("duration", "42"), ("disposition", "answered"))
        yield from (("status_code", "16"), ("is_recorded", "0"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", help="where the requests are written")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--event", choices=["NOTIFY_START", "NOTIFY_END"], required=True)
    parser.add_argument("--numbers", type=int, default=NUMBERS, help="how many numbers call in turn")
    parser.add_argument("--host", required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--secret", required=True)
    options = parser.parse_args()

    # Letters by chance, since the database compresses its log.
    filler = "".join(random.choices(string.ascii_letters, k=BODY_BYTES))
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    called = "380443334455"
    # A run's calls are its own.
    run = "%08x" % random.getrandbits(32)
    secret = options.secret.encode()
    sizes = set()
    with open(options.file, "wb", buffering=1 << 20) as out:
        for index in range(options.count):
            number = "38050%07d" % (index % options.numbers)
            call = "in_%s%s%08d" % (options.event[7].lower(), run, index)
            body = urllib.parse.urlencode(list(fields(options.event, call, number, called, started))) + "&padding="
            body += filler[: BODY_BYTES - len(body)]
            digest = hmac.new(secret, (number + called + started).encode(), hashlib.sha1).hexdigest()
            request = (
                f"POST {options.path} HTTP/1.1\r\nHost: {options.host}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\nUser-Agent: Zadarma\r\n"
                f"Signature: {base64.b64encode(digest.encode()).decode()}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
            sizes.add(len(request))
            out.write(request)
    (size,) = sizes
    print(size)


main()
