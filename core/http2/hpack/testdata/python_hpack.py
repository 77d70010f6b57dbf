"""Encodes and decodes with python's hpack for python_hpack_test.ts.

One JSON request a line on stdin, one answer a line on stdout. Octets are
strings of the characters 0 to 255. Each request begins with empty tables.
"""

import json
import sys

from hpack import Decoder, Encoder
from hpack.exceptions import HPACKError


def octets(text):
    return text.encode("latin-1")


def text(octets):
    return bytes(octets).decode("latin-1")


def encode(steps):
    encoder = Encoder()
    blocks = []
    for step in steps:
        for size in step["sizes"]:
            encoder.header_table_size = size
        fields = [(octets(n), octets(v), step["never"]) for n, v in step["fields"]]
        blocks.append(text(encoder.encode(fields, huffman=step["huffman"])))
    return {"blocks": blocks}


def decode(steps):
    decoder = Decoder(max_header_list_size=2**62)
    lists = []
    try:
        for step in steps:
            for size in step["sizes"]:
                decoder.max_allowed_table_size = size
            fields = decoder.decode(octets(step["block"]), raw=True)
            lists.append([[text(n), text(v)] for n, v in fields])
    except HPACKError as error:
        return {"lists": lists, "error": repr(error)}
    return {"lists": lists, "error": None}


for line in sys.stdin:
    request = json.loads(line)
    answer = {"encode": encode, "decode": decode}[request["op"]](request["steps"])
    print(json.dumps(answer), flush=True)
