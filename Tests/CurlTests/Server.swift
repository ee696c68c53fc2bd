import Foundation
import Testing

/// A real HTTP/1.1 server on the loopback interface or on a socket file, in a process of its own, ended with the value.
final class Server {
    let url: String
    private let process = Process()
    /// Closed when this process ends, however it ends; the server ends then too.
    private let lifeline = Pipe()

    /// - Parameter socket: the path of the socket file to listen on; nil for a free TCP port.
    init(socket: String? = nil) throws {
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-u", "-c", Self.program] + (socket.map { [$0] } ?? [])
        process.standardOutput = output
        process.standardInput = lifeline
        try process.run()
        var line = ""
        while !line.hasSuffix("\n") {
            let piece = try #require(
                try output.fileHandleForReading.read(upToCount: 1), "the server did not start")
            try #require(!piece.isEmpty, "the server did not start")
            line += String(decoding: piece, as: UTF8.self)
        }
        url = "http://\(line.trimmingCharacters(in: .whitespacesAndNewlines))"
    }

    deinit {
        // A child of a dispatch thread inherits its blocked signals: SIGTERM would wait for ever.
        kill(process.processIdentifier, SIGKILL)
    }

    private static let program = #"""
        import http.server, json, os, socketserver, sys, threading, time

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *arguments): pass
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if self.path == "/redirect":
                    self.reply(302, b"", [("Location", "/echo")])
                elif self.path == "/slow":
                    time.sleep(20)
                elif self.path == "/drip":
                    self.send_response(200)
                    self.send_header("Content-Length", "100000")
                    self.end_headers()
                    for _ in range(1000):
                        self.wfile.write(b"x")
                        self.wfile.flush()
                        time.sleep(0.05)
                elif self.path.startswith("/big/"):
                    self.reply(200, b"x" * int(self.path[5:]), [])
                elif self.path == "/endless":
                    self.send_response(200)
                    self.send_header("Connection", "close")
                    self.end_headers()
                    self.close_connection = True
                    while True: self.wfile.write(b"x" * 65536)
                elif self.path == "/cut":
                    self.send_response(200)
                    self.send_header("Content-Length", "100")
                    self.end_headers()
                    self.wfile.write(b"half")
                    self.close_connection = True
                elif self.path == "/silent":
                    self.close_connection = True
                elif self.path == "/garbage":
                    self.wfile.write(b"\x00\xff this is no HTTP\r\n\r\n")
                    self.close_connection = True
                elif self.path == "/interim":
                    self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
                    self.reply(200, b"late", [("X-Late", " 2 "), ("X-Twice", "a"), ("X-Twice", "b"), ("X-None", "")])
                elif self.path.startswith("/status/"):
                    self.reply(int(self.path[8:]), b"", [])
                else:
                    port = self.client_address[1] if len(self.client_address) == 2 else 0
                    said = {"method": self.command, "path": self.path, "headers": list(self.headers.items()),
                            "body": body.hex(), "port": port}
                    self.reply(200, json.dumps(said).encode(), [("Content-Type", "application/json")])
            def reply(self, status, body, headers):
                self.send_response(status)
                for name, value in headers: self.send_header(name, value)
                if status != 204: self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD": self.wfile.write(body)
            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_REPORT = answer

        class Files(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True
            def handle_error(self, *arguments): pass

        class Ports(http.server.ThreadingHTTPServer):
            daemon_threads = True
            def handle_error(self, *arguments): pass

        if len(sys.argv) > 1:
            server = Files(sys.argv[1], Handler)
            print("files.invalid")
        else:
            server = Ports(("127.0.0.1", 0), Handler)
            print("127.0.0.1:%d" % server.server_address[1])
        def live():
            sys.stdin.read()
            os._exit(0)
        threading.Thread(target=live, daemon=True).start()
        server.serve_forever()
        """#
}

/// What the server says it was sent.
struct Echo: Decodable {
    let method: String
    let path: String
    let headers: [[String]]
    /// Hexadecimal.
    let body: String
    /// The client's port; 0 over a socket file.
    let port: Int

    init(_ body: [UInt8]) throws {
        self = try JSONDecoder().decode(Echo.self, from: Data(body))
    }

    func values(_ name: String) -> [String] {
        headers.filter { $0[0].lowercased() == name }.map { $0[1] }
    }
}
