"""A peer made of the python package h2, for whole sessions with our two ends.

h2_peer.py server                listens, prints "READY port"; serves each connection in a thread.
h2_peer.py client CONTROL_PORT   connects there, reads lines {"port": P, "seed": S}, plays one session
                                 for each with the server at P and answers a line {"error": text or null}.

Both are strict: whatever h2 or a check of ours objects to ends the session with an error.
"""

import hashlib
import json
import random
import select
import socket
import sys
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

S = h2.settings.SettingCodes


class Stream:
    def __init__(self, body=b"", trailers=None):
        self.body = body  # what is left to send
        self.sent_hash = hashlib.sha256()
        self.received = hashlib.sha256()
        self.received_octets = 0
        self.trailers = trailers
        self.send_done = False
        self.headers = None
        self.got_trailers = None
        self.informational = 0
        self.reset_code = None
        self.ended = False
        self.stop_after = None  # octets after which this end resets


class Session:
    """What both roles share: a socket, an h2 connection, streams that are sent as windows allow."""

    def __init__(self, sock, client_side, rng):
        self.sock = sock
        self.rng = rng
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=client_side, header_encoding="latin-1")
        )
        self.streams = {}
        self.pings = []
        self.goaway = None
        self.closed = False
        self.pad = 0
        self.held = []  # (octets, stream) whose window is given back later
        # h2 takes an acknowledgement for all its SETTINGS: only one may be under way.
        self.settings_under_way = True
        self.unread = b""
        self.preface_left = 0 if client_side else 24
        self.h2.initiate_connection()

    def misbehave_within_reason(self):
        """Things that a good peer may do at any time."""
        rng = self.rng
        kind = rng.randrange(40)
        if kind == 0:
            self.h2.ping(rng.randbytes(8))
        elif kind < 4 and not self.settings_under_way:
            self.settings_under_way = True
            key, values = rng.choice([
                (S.INITIAL_WINDOW_SIZE, [0, 1, 1000, 65535, 1 << 20]),
                (S.MAX_FRAME_SIZE, [16384, 20000, 1 << 20]),
                (S.HEADER_TABLE_SIZE, [0, 100, 4096, 65536]),
            ])
            self.h2.update_settings({key: rng.choice(values)})
        elif kind == 4:
            self.h2.increment_flow_control_window(rng.randrange(1, 100_000))
        elif kind == 5:
            self.pad = rng.choice([0, 0, 1, 20, 255])

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.sock.sendall(data)

    def send_bodies(self):
        """A chunk of every stream that has a window, in random order."""
        for sid in self.rng.sample(list(self.streams), len(self.streams)):
            st = self.streams[sid]
            if st.send_done or st.reset_code is not None:
                continue
            while st.body:
                cost = 1 + self.pad if self.pad else 0
                room = min(self.h2.local_flow_control_window(sid), self.h2.max_outbound_frame_size)
                size = min(room - cost, len(st.body), self.rng.choice([1, 100, 5000, 70000]))
                if size <= 0:
                    break
                chunk, st.body = st.body[:size], st.body[size:]
                st.sent_hash.update(chunk)
                last = not st.body and st.trailers is None
                self.h2.send_data(sid, chunk, end_stream=last, pad_length=self.pad or None)
                st.send_done = last
                if self.rng.randrange(4) == 0:
                    break
            if not st.body and not st.send_done:
                self.finish_sending(sid, st)

    def finish_sending(self, sid, st):
        if st.trailers is None:
            self.h2.end_stream(sid)
        else:
            self.h2.send_headers(sid, st.trailers, end_stream=True)
        st.send_done = True

    def give_back(self, everything=False):
        """Windows come back at once, late, or in one go."""
        rng = self.rng
        keep = []
        for octets, sid in self.held:
            if not everything and rng.randrange(3) == 0:
                keep.append((octets, sid))
                continue
            try:
                self.h2.acknowledge_received_data(octets, sid)
            except h2.exceptions.StreamClosedError:
                pass
        self.held = keep

    def receive(self, timeout):
        """Takes what has come, and waits for it up to `timeout` seconds."""
        if not select.select([self.sock], [], [], timeout)[0]:
            return False
        data = self.sock.recv(self.rng.choice([100, 5000, 65536]))
        if not data:
            self.closed = True
            return False
        self.unread += data
        if self.preface_left:
            if len(self.unread) < self.preface_left:
                return True
            self.h2.receive_data(self.unread[:self.preface_left])
            self.unread = self.unread[self.preface_left:]
            self.preface_left = 0
        # One frame at a time: h2 looks at a new MAX_FRAME_SIZE only between calls.
        while len(self.unread) >= 9:
            size = 9 + int.from_bytes(self.unread[:3], "big")
            if len(self.unread) < size:
                break
            frame, self.unread = self.unread[:size], self.unread[size:]
            for event in self.h2.receive_data(frame):
                self.on_event(event)
        return True

    def on_event(self, event):
        st = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.DataReceived):
            self.held.append((event.flow_controlled_length, event.stream_id))
            if st is not None:
                st.received.update(event.data)
                st.received_octets += len(event.data)
        elif isinstance(event, h2.events.StreamEnded):
            st.ended = True
            self.on_ended(event.stream_id, st)
        elif isinstance(event, h2.events.StreamReset):
            if st is not None:
                st.reset_code = event.error_code
        elif isinstance(event, h2.events.TrailersReceived):
            st.got_trailers = dict(event.headers)
        elif isinstance(event, h2.events.SettingsAcknowledged):
            self.settings_under_way = False
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = (event.error_code, event.additional_data)
        else:
            self.on_other(event, st)

    def turn(self, timeout):
        self.misbehave_within_reason()
        self.send_bodies()
        self.give_back()
        self.flush()
        busy = self.receive(timeout)
        if not busy:
            self.give_back(everything=True)
        self.flush()
        return busy

    def reset(self, sid, code=h2.errors.ErrorCodes.CANCEL):
        self.h2.reset_stream(sid, code)
        self.streams[sid].reset_code = code


class ServerSession(Session):
    """Does with a request what its fields say, see h2_sessions_test.ts."""

    def on_other(self, event, st):
        if isinstance(event, h2.events.RequestReceived):
            fields = dict(event.headers)
            if "x-seed" in fields:
                self.rng.seed(int(fields["x-seed"]))
            length = int(fields.get("x-body", "0"))
            st = self.streams[event.stream_id] = Stream(self.rng.randbytes(length))
            st.trailers = [] if fields.get("x-trailers") == "1" else None
            st.headers = fields
            if fields.get("x-early") == "1":
                self.h2.send_headers(event.stream_id, [(":status", "103"), ("link", "</x>")])
            if "x-reset" in fields:
                st.stop_after = int(fields["x-reset"])
            head = [
                (":status", "200"),
                ("x-hash", hashlib.sha256(st.body).hexdigest()),
                ("x-fat", "f" * int(fields.get("x-fat", "0"))),
            ]
            if st.trailers is None:
                head.append(("content-length", str(length)))
            self.h2.send_headers(event.stream_id, head)
            if st.trailers is not None:
                st.held_back = st.body  # sent once the request has ended: its hash goes into the trailers
                st.body = b""
                st.send_done = True

    def on_ended(self, sid, st):
        if st.trailers is not None and st.reset_code is None:
            st.trailers = [("x-request-hash", st.received.hexdigest())]
            st.body = st.held_back
            st.send_done = False

    def run(self):
        self.flush()
        while not self.closed and self.goaway is None:
            self.turn(0.002)
            for sid, st in list(self.streams.items()):
                sent = int(st.headers.get("x-body", "0")) - len(st.body)
                over = st.reset_code is not None or (st.send_done and st.ended)
                if not over and st.stop_after is not None and sent >= st.stop_after:
                    self.reset(sid, h2.errors.ErrorCodes.INTERNAL_ERROR)
                    over = True
                if over:
                    del self.streams[sid]
        if self.goaway is not None and self.goaway[0] != 0:
            raise RuntimeError(f"GOAWAY {self.goaway}")


class ClientSession(Session):
    """Makes random requests to our server, which echoes and says in trailers what it got."""

    def on_other(self, event, st):
        if isinstance(event, h2.events.ResponseReceived):
            st.headers = dict(event.headers)
        elif isinstance(event, h2.events.InformationalResponseReceived):
            st.informational += 1

    def on_ended(self, sid, st):
        pass

    def open(self):
        rng = self.rng
        sid = self.h2.get_next_available_stream_id()
        length = rng.choice([0, 1, 100, 5000, 70_000, rng.randrange(300_000)])
        st = Stream(rng.randbytes(length))
        kind = rng.choice(["echo", "echo", "echo", "echo", "reset", "cancel", "early"])
        st.kind = kind
        fields = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", f"/{kind}"),
            (":authority", "test"),
            ("x-fat", "f" * rng.choice([0, 10, 3_000, 9_000])),
            ("x-n", str(rng.randrange(5))),
        ]
        if rng.randrange(3) == 0:
            fields.append(("content-length", str(length)))
        if rng.randrange(3) == 0:
            st.trailers = [("x-trailer", str(rng.randrange(9)))]
        st.whole = hashlib.sha256(st.body).hexdigest()
        st.length = length
        st.stop_after = rng.randrange(length + 1) if kind == "cancel" else None
        empty = length == 0 and st.trailers is None
        self.h2.send_headers(sid, fields, end_stream=empty)
        st.send_done = empty
        self.streams[sid] = st

    def settle(self, sid, st):
        """Whether the stream is over; checks it if so."""
        if st.kind == "cancel" and st.reset_code is None and st.received_octets >= st.stop_after:
            if not (st.ended and st.send_done):
                self.reset(sid)
            return True
        if st.reset_code is not None:
            if st.kind != "reset":
                raise RuntimeError(f"stream {sid} ({st.kind}) was reset: {st.reset_code}")
            return True
        if not (st.ended and st.send_done):
            return False
        if st.kind == "reset":
            raise RuntimeError(f"stream {sid} was not reset")
        if st.received.hexdigest() != st.whole:
            raise RuntimeError(f"stream {sid}: {st.received_octets} octets of {st.length} differ")
        if st.got_trailers["x-request-hash"] != st.whole:
            raise RuntimeError(f"stream {sid}: the server got other octets")
        if st.informational != (1 if st.kind == "early" else 0):
            raise RuntimeError(f"stream {sid}: {st.informational} informational responses")
        return True

    def run(self):
        rng = self.rng
        left = rng.choice([1, 10, 60])
        at_once = rng.choice([1, 5, 50])
        idle = 0
        while left > 0 or self.streams:
            while left > 0 and len(self.streams) < at_once and rng.randrange(3):
                left -= 1
                self.open()
            idle = 0 if self.turn(0.002) else idle + 1
            for sid, st in list(self.streams.items()):
                if self.settle(sid, st):
                    del self.streams[sid]
            if self.closed or self.goaway is not None:
                raise RuntimeError(f"connection ended early: {self.goaway}")
            if idle > 5_000:
                raise RuntimeError("no progress: " + str({
                    i: (s.kind, s.length, s.received_octets, len(s.body), s.send_done, s.ended,
                        self.h2.local_flow_control_window(i), self.h2.remote_flow_control_window(i))
                    for i, s in self.streams.items()}))
        self.h2.close_connection()
        self.flush()


def serve():
    listener = socket.create_server(("127.0.0.1", 0))
    errors = []

    def one(sock):
        try:
            ServerSession(sock, False, random.Random(0)).run()
        except (ConnectionError, BrokenPipeError):
            pass
        except Exception as error:  # noqa: BLE001
            errors.append(repr(error))
            print("ERROR", repr(error), flush=True)
        finally:
            sock.close()

    print("READY", listener.getsockname()[1], flush=True)
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=one, args=(sock,), daemon=True).start()


def play(control_port):
    control = socket.create_connection(("127.0.0.1", control_port)).makefile("rw")
    print("READY", control_port, flush=True)
    for line in control:
        order = json.loads(line)
        error = None
        try:
            with socket.create_connection(("127.0.0.1", order["port"])) as sock:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ClientSession(sock, True, random.Random(order["seed"])).run()
        except Exception as caught:  # noqa: BLE001
            error = repr(caught)
        control.write(json.dumps({"error": error}) + "\n")
        control.flush()


if sys.argv[1] == "server":
    serve()
else:
    play(int(sys.argv[2]))
