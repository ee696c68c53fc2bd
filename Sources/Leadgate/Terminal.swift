import ArgumentParser
import Configuring
import Foundation

/// Whole lines to the standard streams, each written at once: nothing waits in a buffer when the program is killed.
enum Terminal {
    static func print(_ line: String) { write(line, to: .standardOutput) }

    static func complain(_ line: String) { write(line, to: .standardError) }

    private static func write(_ line: String, to stream: FileHandle) {
        // Nobody is left to tell when the stream is closed.
        try? stream.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Columns as wide as their longest cell, two blanks between them; the last one is not padded.
    static func table(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell.padding(toLength: widths[column] + 2, withPad: " ", startingAt: 0)
            }.joined()
        }
    }
}

/// A failure that is told in one line.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension ExitCode {
    /// sysexits.h: the configuration is wrong.
    static let configuration = ExitCode(78)
}

/// Runs a command's body; what is thrown becomes a line on the standard error stream and an exit status.
func reporting(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let exit as ExitCode {
        throw exit
    } catch let failure as ConfigurationFailure {
        for mistake in failure.mistakes { Terminal.complain("\(mistake)") }
        throw ExitCode.configuration
    } catch let error as ValidationError {
        throw error
    } catch {
        Terminal.complain("leadgate: \(error)")
        throw ExitCode.failure
    }
}
