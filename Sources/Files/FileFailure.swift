import Glibc

/// A file or folder that could not be used; the description is one line.
public struct FileFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What could not be done, as "written".
    public let action: String
    public let path: String
    /// `errno`.
    public let code: Int32

    /// With the `errno` of the call that has just failed.
    init(_ action: String, _ path: String) {
        self.action = action
        self.path = path
        code = errno
    }

    public var description: String {
        "\(path) cannot be \(action): \(unsafe String(cString: strerror(code)))"
    }
}
