"""Prepares files of lines for deploy/bench to import: cards, each of a person of its own, of exactly 1024 bytes a line."""

import argparse
import json
import random
import string

LINE_BYTES = 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", help="what the files are called, before .0, .1 and so on")
    parser.add_argument("--files", type=int, required=True)
    parser.add_argument("--count", type=int, required=True, help="lines of all files together")
    options = parser.parse_args()

    # Letters by chance, since the database compresses its log.
    filler = "".join(random.choices(string.ascii_letters, k=LINE_BYTES))
    files = [open(f"{options.file}.{k}", "w", encoding="ascii", buffering=1 << 20) for k in range(options.files)]
    for index in range(options.count):
        card = {"id": "%08d" % index, "name": "Olena Bondar", "points": [{"kind": "phone", "value": "+38050%07d" % index}]}
        room = LINE_BYTES - 1 - len(json.dumps({"card": card | {"attributes": {"note": ""}}}))
        print(json.dumps({"card": card | {"attributes": {"note": filler[:room]}}}), file=files[index % options.files])
    for file in files:
        file.close()


main()
