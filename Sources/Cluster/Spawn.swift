import Foundation
import Glibc

// Foundation's Process is not used here: it tells a child's end by a descriptor that the child inherits, and
// a server started by that child inherits it too, so that the child would seem to run as long as the server.

/// Runs a program to its end, in a process group of its own at `/`, with all signals as at login and no
/// descriptor of ours but the standard three: `input`, and one pipe for both outputs.
///
/// - Parameters:
///   - environment: `NAME=value`; the whole of it.
///   - input: at most 4 KiB, what a pipe holds at the least.
/// - Returns: exit status (128 and the signal's number after a signal), and what it wrote.
func runDetached(
    _ path: String, _ arguments: [String], environment: [String], input: String
) throws(ClusterFailure) -> (status: Int32, output: String) {
    let stdin = try openPipe()
    let stdout: (read: Int32, write: Int32)
    do throws(ClusterFailure) {
        stdout = try openPipe()
    } catch {
        close(stdin.read)
        close(stdin.write)
        throw error
    }
    let bytes = Array(input.utf8.prefix(4096))
    let written = unsafe write(stdin.write, bytes, bytes.count)
    close(stdin.write)
    // `env` changes the folder: for a user who may not enter ours, PostgreSQL's programs would not find each
    // other.
    let line = ["env", "--chdir=/", path] + arguments
    let started = spawn("/usr/bin/env", line, environment, stdin: stdin.read, stdout: stdout.write)
    close(stdin.read)
    close(stdout.write)
    defer { close(stdout.read) }
    guard case .success(let pid) = started, written == bytes.count else {
        if case .failure(let error) = started { throw .program(path, output: error.text) }
        throw .program(path, output: "its input cannot be written")
    }
    let output = readAll(stdout.read)
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
    // WIFEXITED and WEXITSTATUS are macros.
    let signal = status & 0x7f
    return (signal == 0 ? (status >> 8) & 0xff : 128 + signal, output)
}

/// An `errno` value.
private struct SystemError: Error {
    let number: Int32

    var text: String { unsafe String(cString: strerror(number)) }
}

private func spawn(
    _ path: String, _ arguments: [String], _ environment: [String], stdin: Int32, stdout: Int32
) -> Result<pid_t, SystemError> {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, stdin, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, stdout, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, stdout, 2)
    for descriptor in openDescriptors() where descriptor > 2 {
        unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
    }

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

    // Copies for the duration of the call: argv and envp are arrays of char *, ended by NULL.
    let argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
    let envp = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer { unsafe (argv + envp).forEach { unsafe free($0) } }
    var pid: pid_t = 0
    let error = unsafe posix_spawn(&pid, path, &actions, &attributes, argv, envp)
    return error == 0 ? .success(pid) : .failure(SystemError(number: error))
}

/// A pipe that other programs do not inherit.
private func openPipe() throws(ClusterFailure) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else {
        throw .fileSystem("a pipe cannot be made: \(SystemError(number: errno).text)")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
}

private func openDescriptors() -> [Int32] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    return (names ?? []).compactMap { Int32($0) }
}

/// Everything until all writers have closed; at most the last 64 KiB are kept.
private func readAll(_ descriptor: Int32) -> String {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = unsafe read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { break }
        all.append(contentsOf: buffer[..<count])
        if all.count > 128 << 10 { all.removeFirst(all.count - (64 << 10)) }
    }
    return String(decoding: all, as: UTF8.self)
}
