import HummingbirdCore
import Logging
import NIOCore

/// Handles each connection on the thread that reads its socket.
///
/// Without it every read and every answer hops between the event loop and the shared pool, which costs a tenth of an accepted
/// request. Handlers must therefore never block: scripts, SQL and files have threads of their own.
struct LoopBoundChannel<Channel: ServerChildChannel>: ServerChildChannel {
    let channel: Channel

    func setup(channel: any NIOCore.Channel, logger: Logger) -> EventLoopFuture<Channel.Value> {
        self.channel.setup(channel: channel, logger: logger)
    }

    func handle(value: Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(LoopExecutor(loop: value.channel.eventLoop)) {
            await channel.handle(value: value, logger: logger)
        }
    }
}

/// Runs a task's parts on one event loop.
private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
