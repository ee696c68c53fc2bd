import Foundation
import Glibc

/// How far an import is, on the error stream: a bar on a terminal, else a line every five seconds.
struct ImportProgress {
    private let whole: UInt64
    private let isTerminal = isatty(STDERR_FILENO) != 0
    private let start = ContinuousClock.now
    private var read: UInt64 = 0
    private var due = ContinuousClock.now
    private var isShown = false

    /// - Parameter bytes: of the whole file.
    init(bytes whole: UInt64) {
        self.whole = whole
        if !isTerminal { due += .seconds(5) }
    }

    mutating func add(bytes: Int, lines: Int) {
        read += UInt64(bytes)
        let now = ContinuousClock.now
        guard now >= due else { return }
        due = now + (isTerminal ? .milliseconds(100) : .seconds(5))
        let part = whole == 0 ? 1 : min(1, Double(read) / Double(whole))
        let text =
            "\(Int(part * 100)) %, \(lines) lines, \(Int(Double(lines) / ((now - start) / .seconds(1)))) a second"
        guard isTerminal else { return Terminal.complain(text) }
        let full = Int(part * 30)
        let bar = String(repeating: "#", count: full) + String(repeating: ".", count: 30 - full)
        write("\r\u{1B}[K[\(bar)] \(text)")
        isShown = true
    }

    /// Takes the bar away, so that something else can be said.
    mutating func clear() {
        if isShown { write("\r\u{1B}[K") }
        isShown = false
    }

    private func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
