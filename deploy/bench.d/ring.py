"""Posts ringing calls at a fixed rate, whatever the answers do, and prints the percentiles of the time to the answer.

Open loop: a request that had to wait for its turn is counted from when it should have been sent, so that a gateway which
stalls for a second is not asked less in that second (no coordinated omission). The waiting of this program is in the figures.
"""

import argparse
import json
import socket
import threading
import time

CONNECTIONS = 16


def answer(stream):
    """Reads one answer to its last byte; its status."""
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline().strip()) != b"":
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    stream.read(length)
    return status


def ring(requests, own, host, port, begin, rate, times, problems):
    try:
        with socket.create_connection((host, port), timeout=10) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = connection.makefile("rb")
            for index in own:
                due = begin + index / rate
                time.sleep(max(0.0, due - time.monotonic()))
                connection.sendall(requests[index])
                status = answer(stream)
                times.append(time.monotonic() - due)
                if status != 200:
                    problems.append(f"status {status}")
    except (OSError, ValueError, IndexError) as error:
        problems.append(f"{type(error).__name__}: {error}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", help="requests, as requests.py writes them")
    parser.add_argument("--size", type=int, required=True, help="bytes of one request")
    parser.add_argument("--first", type=int, required=True, help="the first of the requests to send")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="requests a second")
    parser.add_argument("--listen", required=True, help="host:port of the gateway")
    options = parser.parse_args()

    with open(options.file, "rb") as file:
        file.seek(options.first * options.size)
        requests = [file.read(options.size) for _ in range(options.count)]
    host, _, port = options.listen.rpartition(":")
    times, problems = [], []
    begin = time.monotonic() + 0.2
    threads = [
        threading.Thread(
            target=ring,
            args=(requests, range(k, options.count, CONNECTIONS), host, int(port), begin, options.rate, times, problems),
        )
        for k in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems or len(times) != options.count:
        raise SystemExit(f"{len(times)} of {options.count} were answered; {'; '.join(sorted(set(problems))[:3])}")
    times.sort()
    print(json.dumps({name: times[min(len(times) - 1, int(len(times) * part))] * 1000
                      for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))}))


main()
