import Contacts
import JSON
import OpenSSL
import Testing

@testable import Adapters

@Suite("Verification by data alone")
struct VerifierTests {
    @Test("a printed signature passes", arguments: SignatureVector.all)
    func passes(_ vector: SignatureVector) throws {
        let accepted = try #require(try vector.receive().accepted, "\(vector.testDescription)")
        #expect(accepted.verified.count == 1)
    }

    @Test("one flipped bit in the signature is a mismatch", arguments: SignatureVector.all)
    func flippedSignature(_ vector: SignatureVector) throws {
        let signature = try #require(vector.signature)
        let start =
            signature.lastIndex { $0 == UInt8(ascii: "=") && signature.last != $0 }.map { $0 + 1 } ?? 0
        for index in start..<signature.count {
            var changed = signature
            changed[index] ^= 1
            let rejection = try vector.with(signature: changed).receive().rejection
            #expect(rejection == .signatureMismatch, "byte \(index)")
        }
    }

    @Test("one flipped bit in anything the signature covers is a mismatch", arguments: SignatureVector.all)
    func flippedContent(_ vector: SignatureVector) throws {
        var generator = SeededGenerator(seed: 7)
        for place in vector.covered {
            let length = vector.bytes(at: place).count
            #expect(length > 0)
            for index in (0..<length).shuffled(using: &generator).prefix(60) {
                let rejection = try vector.flipping(index, at: place).receive().rejection
                #expect(
                    rejection == .signatureMismatch || rejection == .timestampOutOfWindow,
                    "\(place) byte \(index)")
            }
        }
    }

    @Test("without its signature a request is refused as unsigned", arguments: SignatureVector.all)
    func missing(_ vector: SignatureVector) throws {
        #expect(try vector.with(signature: nil).receive().rejection == .signatureMissing)
        #expect(try vector.with(signature: []).receive().rejection == .signatureMissing)
    }

    @Test("a signature outside its window is refused, on both sides", arguments: SignatureVector.all)
    func stale(_ vector: SignatureVector) throws {
        for late in [-86_500, -301, 301, 86_500] as [Int64] {
            let reception = try vector.receive(at: vector.sentAt + late)
            #expect(reception.rejection == (vector.hasTimestamp ? .timestampOutOfWindow : nil))
        }
        #expect(try vector.receive(at: vector.sentAt + 170).accepted != nil)
    }

    @Test("during rotation each secret verifies, a retired one does not", arguments: SignatureVector.all)
    func rotation(_ vector: SignatureVector) throws {
        let name = try #require(vector.secrets.keys.first)
        let secret = try #require(vector.secrets[name]?.first)
        var rotated = vector
        rotated.secrets = [name: ["another", secret]]
        #expect(try rotated.receive().accepted != nil)
        rotated.secrets = [name: [secret, "another"]]
        #expect(try rotated.receive().accepted != nil)
        rotated.secrets = [name: ["another", "third"]]
        #expect(try rotated.receive().rejection == .signatureMismatch)
    }

    @Test("a channel without the secret accepts nothing", arguments: SignatureVector.all)
    func noSecret(_ vector: SignatureVector) throws {
        var bare = vector
        bare.secrets = [:]
        #expect(try bare.receive().rejection == .signatureMismatch)
        bare.secrets = vector.secrets.mapValues { _ in [""] }
        #expect(try bare.receive().rejection == .signatureMismatch)
    }

    @Test("signing anew gives what passes, for every scheme", arguments: SignatureVector.all)
    func signs(_ vector: SignatureVector) throws {
        let adapter = try vector.adapter()
        let bare = vector.with(signature: nil).request
        let signed = try adapter.sign(bare, channel: makeChannel(secrets: vector.secrets))
        let now = Instant(microseconds: vector.hasTimestamp ? vector.sentAt * 1_000_000 : moment.microseconds)
        let isPartOfStamp = if case .header(_, part: .some) = vector.place { true } else { false }
        let reception = adapter.receive(
            signed, channel: makeChannel(secrets: vector.secrets), now: isPartOfStamp ? moment : now)
        #expect(reception.accepted != nil, "\(reception)")
    }

    @Test("Plivo's list of signatures is searched")
    func list() throws {
        let vector = try #require(
            SignatureVector.all.first { $0.testDescription == "Plivo V3, POST with a query" })
        let signature = String(decoding: try #require(vector.signature), as: UTF8.self)
        #expect(try vector.with(signature: Array("AAAA, \(signature)".utf8)).receive().accepted != nil)
        #expect(try vector.with(signature: Array("AAAA,BBBB".utf8)).receive().rejection == .signatureMismatch)
    }

    @Test("a signed field sent twice is a mismatch, since the script could read the other")
    func repeatedField() throws {
        let vector = try #require(SignatureVector.all.first { $0.testDescription == "Zadarma START" })
        var doubled = vector
        doubled.request.body += Array("&caller_id=380501234567".utf8)
        #expect(try doubled.receive().rejection == .signatureMismatch)
    }
}

extension SignatureVector {
    func adapter() throws -> Adapter {
        try makeAdapter(
            "accepts = { \(accepts) }, settings = { secret = { secret = true }, salt = { secret = true } }, "
                + "verify = { \(verify) },")
    }

    func receive(at seconds: Int64? = nil) throws -> Reception {
        try adapter().receive(
            request, channel: makeChannel(secrets: secrets),
            now: Instant(microseconds: (seconds ?? sentAt) * 1_000_000))
    }

    /// The bytes at the signature's place.
    var signature: [UInt8]? {
        switch place {
        case .header(let name, _): request.headers.first { $0.name == name }.map { Array($0.value.utf8) }
        case .form(let name): field(name).map { Array(request.body[$0]) }
        default: nil
        }
    }

    func with(signature: [UInt8]?) -> SignatureVector {
        var vector = self
        switch place {
        case .header(let name, _):
            vector.request.headers.removeAll { $0.name == name }
            if let signature {
                vector.request.headers.append(Header(name, String(decoding: signature, as: UTF8.self)))
            }
        case .form(let name):
            if let range = field(name) { vector.request.body.replaceSubrange(range, with: signature ?? []) }
        default: break
        }
        return vector
    }

    func bytes(at place: Covered) -> [UInt8] {
        switch place {
        case .body: request.body
        case .fields(let names): names.flatMap { field($0).map { Array(request.body[$0]) } ?? [] }
        case .url: Array(request.url.utf8)
        case .query: Array(request.query.utf8)
        case .header(let name): Array((request.header(name) ?? "").utf8)
        }
    }

    func flipping(_ index: Int, at place: Covered) -> SignatureVector {
        var vector = self
        let flip = { (text: String) in
            var bytes = Array(text.utf8)
            bytes[index] ^= 1
            return String(decoding: bytes, as: UTF8.self)
        }
        switch place {
        case .body: vector.request.body[index] ^= 1
        case .fields(let names):
            let places = names.flatMap { field($0).map(Array.init) ?? [] }
            vector.request.body[places[index]] ^= 1
        case .url: vector.request.url = flip(request.url)
        case .query:
            let url = request.url.prefix { $0 != "?" }
            vector.request.query = flip(request.query)
            vector.request.url = url + "?" + vector.request.query
        case .header(let name):
            vector.request.headers = request.headers.map {
                $0.name == name ? Header(name, flip($0.value)) : $0
            }
        }
        return vector
    }

    /// Where the value of a form's field stands in the body.
    private func field(_ name: String) -> Range<Int>? {
        var start = 0
        for pair in request.body.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            let prefix = Array("\(name)=".utf8)
            if pair.starts(with: prefix) { return (start + prefix.count)..<(start + pair.count) }
            start += pair.count + 1
        }
        return nil
    }
}
