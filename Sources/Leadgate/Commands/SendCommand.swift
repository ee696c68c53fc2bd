import Adapters
import ArgumentParser
import Configuring
import Contacts
import Curl
import Foundation

struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Post a recorded request at the running gateway.",
        discussion: """
            The request goes to the channel's own URL, signed with the channel's secret where its adapter's scheme \
            has a shared one; where it has not, the reason is told and nothing is sent. Prints the answer's status and body.

            Example: leadgate send pbx adapters/telephony/zadarma/fixtures/start.request.json
            """)

    @OptionGroup var option: ConfigurationOption

    @Argument(help: "The channel's key.")
    var channel: String

    @Argument(
        help: ArgumentHelp("A <case>.request.json.", valueName: "fixture"),
        completion: .file(extensions: ["json"]))
    var file: String

    @Option(
        help: ArgumentHelp("Where the gateway is, instead of the address it listens on.", valueName: "url"))
    var url: String?

    @Flag(help: "Send it as it was recorded, without signing it anew.")
    var unsigned = false

    func run() async throws {
        try await reporting {
            let settings = try Settings.load(option)
            guard let channel = settings.configuration.channels.first(where: { $0.key == channel }) else {
                let keys = settings.configuration.channels.map(\.key).joined(separator: ", ")
                throw CommandFailure("there is no channel \(self.channel); there are \(keys)")
            }
            guard let adapter = settings.catalog.snapshot.byName[channel.adapter] else {
                throw CommandFailure("the adapter \(channel.adapter) is not there")
            }
            var request = try fixture(adapter)
            let path = self.path(channel, tail: request.tail)
            let query = request.query.isEmpty ? "" : "?" + request.query
            request.receivedAt = .now()
            request.url = settings.configuration.publicURL + path + query
            if !unsigned {
                do throws(CannotSign) {
                    request = try adapter.sign(request, channel: channel)
                } catch {
                    throw CommandFailure(
                        "the request cannot be signed: \(error); --unsigned sends it as recorded")
                }
            }
            let base = url ?? SendCommand.base(settings.configuration.listen)
            let changed = request.query.isEmpty ? "" : "?" + request.query
            try post(request, to: base + self.path(channel, tail: request.tail) + changed)
        }
    }

    private func fixture(_ adapter: Adapter) throws -> InboundRequest {
        do throws(FixtureProblem) {
            return try Fixture(file: file, adapter: adapter).request
        } catch {
            throw CommandFailure(error.message)
        }
    }

    private func path(_ channel: Channel, tail: String) -> String {
        guard let token = channel.tokens.first else { return "/form/\(channel.key)" }
        let allowed = CharacterSet.urlPathAllowed
        let tail = tail.addingPercentEncoding(withAllowedCharacters: allowed) ?? tail
        return "/in/\(channel.key)/\(token.reveal())" + (tail.isEmpty ? "" : "/\(tail)")
    }

    /// The gateway's own address, seen from this machine.
    static func base(_ listen: Address) -> String {
        switch listen.host {
        case "0.0.0.0": "http://\(Address(host: "127.0.0.1", port: listen.port))"
        case "::": "http://\(Address(host: "::1", port: listen.port))"
        default: "http://\(listen)"
        }
    }

    private func post(_ request: InboundRequest, to url: String) throws {
        // These describe the recorded connection, not this one.
        let left: Set<String> = ["host", "content-length", "connection", "transfer-encoding", "expect"]
        let headers = request.headers.filter { !left.contains($0.name) }.map { ($0.name, $0.value) }
        let answer: HTTPAnswer
        do throws(CurlFailure) {
            answer = try HTTPClient().perform(
                HTTPCall(
                    method: request.method, url: url, headers: headers, body: request.body,
                    timeout: .seconds(30)))
        } catch {
            throw CommandFailure(
                "nothing answers as a gateway should (\(error)); is `leadgate serve` running?")
        }
        Terminal.print("\(answer.status)")
        if !answer.body.isEmpty { Terminal.print(String(decoding: answer.body, as: UTF8.self)) }
        if !(200..<400).contains(answer.status) { throw ExitCode.failure }
    }
}
