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
    parser.add_argument("--known", type=int, help="every second one has a card among so many that grow.sql made")
    parser.add_argument("--run", required=True, help="told apart by it: eight characters in each call's name")
    parser.add_argument("--host", required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--secret", required=True)
    options = parser.parse_args()

    # Letters by chance, since the database compresses its log.
    filler = "".join(random.choices(string.ascii_letters, k=BODY_BYTES))
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    called = "380443334455"
    if options.known:
        half = (options.count + 1) // 2
        known, unknown = random.sample(range(options.known), half), random.sample(range(NUMBERS), half)
    secret = options.secret.encode()
    sizes = set()
    with open(options.file, "wb", buffering=1 << 20) as out:
        for index in range(options.count):
            number = "38050%07d" % (index % options.numbers)
            if options.known and index % 2:
                number = "38067%07d" % unknown[index // 2]
            elif options.known:
                number = "38050%07d" % (known[index // 2] * (NUMBERS // options.known))
            call = "in_%s%s%08d" % (options.event[7].lower(), options.run, index)
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
