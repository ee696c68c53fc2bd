import CCurl

/// Makes HTTP calls, one after the other, over connections that it keeps open between them.
///
/// Redirects are not followed, and the environment's proxies, `.netrc` and cookies play no part: a call goes where its
/// URL says. Owns one easy handle, closed in `deinit`. Not `Sendable`: one for each thread. A call blocks its thread.
@safe public final class HTTPClient {
    /// Nil where libcurl found no memory or could not be started; every call fails then.
    private let handle: UnsafeMutableRawPointer?

    public init() {
        unsafe handle = Self.isReady ? curl_easy_init() : nil
    }

    deinit {
        if let handle = unsafe handle { unsafe curl_easy_cleanup(handle) }
    }

    /// Makes a call and waits for its answer. An answer of any status is an answer, not a failure.
    public func perform(_ call: HTTPCall) throws(CurlFailure) -> HTTPAnswer {
        guard let handle = unsafe handle else { throw .unreachable("libcurl could not be started") }
        let lines = try headerLines(of: call)
        var list: UnsafeMutablePointer<curl_slist>?
        // The handle may not keep a pointer to a list that is gone; a reset leaves open connections alone.
        defer {
            unsafe curl_easy_reset(handle)
            unsafe curl_slist_free_all(list)
        }
        for line in lines {
            guard let longer = unsafe curl_slist_append(list, line) else {
                throw .unreachable("out of memory")
            }
            unsafe list = longer
        }
        let transfer = Transfer(limit: call.responseLimit)
        var code = unsafe Self.setOptions(of: call, on: handle)
        if code == CURLE_OK { code = unsafe lg_curl_set_headers(handle, list) }
        guard code == CURLE_OK else { throw failure(code, transfer) }

        code = unsafe call.body.withUnsafeBytes { bytes in
            withExtendedLifetime(transfer) {
                unsafe Self.run(call, bytes, transfer, on: handle)
            }
        }
        guard code == CURLE_OK else { throw failure(code, transfer) }
        return HTTPAnswer(
            status: unsafe lg_curl_status(handle), headers: transfer.headers, body: transfer.body)
    }

    // MARK: - Settings

    /// Once in the process, before the first handle.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private static func setOptions(of call: HTTPCall, on handle: UnsafeMutableRawPointer) -> CURLcode {
        let timeout = Int((call.timeout / .milliseconds(1)).rounded(.up).clamped(to: 1...2_000_000_000))
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_TIMEOUT_MS, timeout),
            (CURLOPT_CONNECTTIMEOUT_MS, timeout), (CURLOPT_TCP_KEEPALIVE, 1), (CURLOPT_PATH_AS_IS, 1),
            (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
        ]
        let texts: [(CURLoption, String)] = [
            (CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_PROXY, ""), (CURLOPT_URL, call.url),
        ]
        for (option, value) in numbers {
            let code = unsafe lg_curl_set_long(handle, option, value)
            if code != CURLE_OK { return code }
        }
        for (option, value) in texts {
            let code = unsafe lg_curl_set_text(handle, option, value)
            if code != CURLE_OK { return code }
        }
        guard let path = call.unixSocket else { return CURLE_OK }
        return unsafe lg_curl_set_text(handle, CURLOPT_UNIX_SOCKET_PATH, path)
    }

    /// Sets what needs memory that lives only now, and makes the transfer. `body` is not copied.
    private static func run(
        _ call: HTTPCall, _ body: UnsafeRawBufferPointer, _ transfer: Transfer,
        on handle: UnsafeMutableRawPointer
    ) -> CURLcode {
        var code = unsafe lg_curl_set_sinks(
            handle, Transfer.takeHeader, Transfer.takeBody, Unmanaged.passUnretained(transfer).toOpaque())
        if code == CURLE_OK {
            if call.method == "HEAD" {
                code = unsafe lg_curl_set_long(handle, CURLOPT_NOBODY, 1)
            } else if body.count > 0 || ["POST", "PUT", "PATCH"].contains(call.method) {
                code = unsafe lg_curl_set_body(handle, body.baseAddress, body.count)
            }
        }
        if code == CURLE_OK, call.method != "HEAD" {
            code = unsafe lg_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, call.method)
        }
        return code == CURLE_OK ? unsafe curl_easy_perform(handle) : code
    }

    private func failure(_ code: CURLcode, _ transfer: Transfer) -> CurlFailure {
        let reason =
            unsafe curl_easy_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code.rawValue)"
        switch code {
        // Not CURLE_UNSUPPORTED_PROTOCOL: schemes are checked before, and libcurl says so of an answer that is no HTTP.
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT,
            CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN:
            return .invalidCall(reason)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR, CURLE_OUT_OF_MEMORY,
            CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER,
            CURLE_FAILED_INIT, CURLE_INTERFACE_FAILED:
            return .unreachable(reason)
        case CURLE_OPERATION_TIMEDOUT:
            return .timedOut
        case CURLE_WRITE_ERROR where transfer.isOver:
            return .tooLarge(limit: transfer.limit)
        default:
            return .broken(reason)
        }
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        min(max(self, range.lowerBound), range.upperBound)
    }
}
