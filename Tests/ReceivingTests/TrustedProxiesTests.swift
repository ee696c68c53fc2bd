import NIOCore
import Testing

@testable import Receiving

@Suite("Trusted proxies")
struct TrustedProxiesTests {
    @Test("without a trusted proxy the peer is the client, whatever it claims")
    func believesNobody() throws {
        #expect(try client([], peer: "203.0.113.7", "10.0.0.1") == "203.0.113.7")
        #expect(try client([], peer: "127.0.0.1", "10.0.0.1") == "127.0.0.1")
        #expect(try client([], peer: nil, "10.0.0.1") == "")
    }

    @Test("a stranger that is no proxy cannot claim another address")
    func ignoresStrangers() throws {
        #expect(try client(["10.0.0.0/8"], peer: "203.0.113.7", "10.0.0.1") == "203.0.113.7")
        #expect(try client(["10.0.0.0/8"], peer: "11.0.0.1", "192.0.2.1") == "11.0.0.1")
    }

    @Test("what a client writes in front of the proxy's own line is not believed")
    func ignoresSpoofedHops() throws {
        let networks = ["10.0.0.0/8"]
        #expect(try client(networks, peer: "10.0.0.1", "203.0.113.7") == "203.0.113.7")
        #expect(try client(networks, peer: "10.0.0.1", "192.0.2.66, 203.0.113.7") == "203.0.113.7")
        #expect(try client(networks, peer: "10.0.0.1", "10.9.9.9, 203.0.113.7") == "203.0.113.7")
        #expect(
            try client(networks, peer: "10.0.0.1", "192.0.2.66", "203.0.113.7, 10.0.0.2") == "203.0.113.7")
    }

    @Test("a chain of trusted hops only leads to its first one")
    func followsTrustedHops() throws {
        #expect(try client(["10.0.0.0/8"], peer: "10.0.0.1", "10.0.0.3, 10.0.0.2") == "10.0.0.3")
        #expect(try client(["10.0.0.0/8"], peer: "10.0.0.1") == "10.0.0.1")
    }

    @Test("what is no address ends the chain")
    func stopsAtNonsense() throws {
        let networks = ["10.0.0.0/8"]
        for text in [
            "unknown", "", "203.0.113", "203.0.113.7.8", "1", "<script>", "_hidden", "256.1.1.1", ":",
        ] {
            #expect(try client(networks, peer: "10.0.0.1", text) == "10.0.0.1", "\(text)")
            #expect(try client(networks, peer: "10.0.0.1", "192.0.2.66, \(text)") == "10.0.0.1", "\(text)")
        }
    }

    @Test("so many proxies in front, whatever their addresses: the hop before them is the client")
    func countsProxies() throws {
        #expect(try client(["1"], peer: "198.51.100.1", "203.0.113.7") == "203.0.113.7")
        #expect(try client(["1"], peer: "198.51.100.1", "192.0.2.66, 203.0.113.7") == "203.0.113.7")
        #expect(
            try client(["2"], peer: "198.51.100.1", "192.0.2.66, 203.0.113.7, 198.51.100.9") == "203.0.113.7")
        #expect(try client(["2"], peer: "198.51.100.1", "203.0.113.7") == "203.0.113.7")
        #expect(try client(["1"], peer: "198.51.100.1") == "198.51.100.1")
        #expect(try client(["1"], peer: nil, "192.0.2.66, 203.0.113.7") == "203.0.113.7")
    }

    @Test("a count that is none is passed over", arguments: ["0", "11", "-1", "1.5"])
    func ignoresWrongCounts(_ text: String) throws {
        #expect(try client([text], peer: "198.51.100.1", "203.0.113.7") == "198.51.100.1")
    }

    @Test("IPv6 hops come with and without brackets and port, IPv4 ones with and without port")
    func readsPorts() throws {
        let networks = ["10.0.0.0/8", "fd00::/8"]
        #expect(try client(networks, peer: "fd00::1", "2001:db8::7") == "2001:db8::7")
        #expect(try client(networks, peer: "fd00::1", "[2001:DB8::7]:4711") == "2001:db8::7")
        #expect(try client(networks, peer: "fd00::1", "[2001:db8::7]") == "2001:db8::7")
        #expect(try client(networks, peer: "10.0.0.1", "203.0.113.7:4711") == "203.0.113.7")
        #expect(try client(networks, peer: "fd00::1", "192.0.2.66, 2001:db8::7, fd00::2") == "2001:db8::7")
    }

    @Test("an IPv4 address written as IPv6 is the IPv4 address")
    func knowsMappedAddresses() throws {
        let networks = ["10.0.0.0/8"]
        #expect(try client(networks, peer: "::ffff:10.0.0.1", "::ffff:203.0.113.7") == "203.0.113.7")
        #expect(try client(networks, peer: "::ffff:203.0.113.7", "192.0.2.66") == "203.0.113.7")
        #expect(try client(["::ffff:10.0.0.1"], peer: "10.0.0.1", "203.0.113.7") == "203.0.113.7")
        #expect(try client(networks, peer: "10.0.0.1", "::ffff:a00:2") == "::ffff:a00:2")
        #expect(AddressRange.sender("::ffff:cb00:7107") == AddressRange.sender("203.0.113.7"))
    }

    @Test("the proxy of a socket file is trusted where any is")
    func trustsSocketFiles() throws {
        #expect(try client(["10.0.0.0/8"], peer: nil, "192.0.2.66, 203.0.113.7") == "203.0.113.7")
    }

    @Test(
        "networks end where their prefix says",
        arguments: [
            ("192.0.2.0/25", "192.0.2.127", true), ("192.0.2.0/25", "192.0.2.128", false),
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("0.0.0.0/0", "203.0.113.7", true), ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
        ])
    func knowsNetworks(_ network: String, _ address: String, _ isIn: Bool) throws {
        #expect(try #require(AddressRange(network)).contains(address) == isIn)
    }

    @Test(
        "what is no network is none",
        arguments: [
            "", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "10.0.0.0/8/8", "2001:db8::/129", "1",
            "example.com",
        ])
    func refusesNonsense(_ text: String) { #expect(AddressRange(text) == nil) }

    private func client(_ trusted: [String], peer: String?, _ forwarded: String...) throws -> String {
        let address = try peer.map { try SocketAddress(ipAddress: $0, port: 4711) }
        return TrustedProxies(trusted).client(peer: address, forwarded: forwarded)
    }
}
