/// What one load or one call of a script may use before it is ended.
public struct LuaLimits: Sendable, Hashable {
    /// Instructions of the Lua machine, checked every 1,000. Steps of the pattern functions, work done in C
    /// and every 64 bytes of memory allocated count as one each. 2 million are some 20 ms; no endless loop
    /// holds a thread.
    public var instructions: Int
    /// Bytes the script may hold at any moment, and the longest JSON text it may return.
    public var memory: Int
    /// Bytes of the longest text for the pattern functions of `string`: their time grows with a power of it.
    public var patternSubject: Int
    /// Processor time, a net under the instruction count for what costs more than it counts. Ends a run as
    /// ``LuaFailure/instructionLimit(line:)``.
    public var processorTime: Duration

    public init(
        instructions: Int = 2_000_000, memory: Int = 32 << 20, patternSubject: Int = 2_048,
        processorTime: Duration = .seconds(2)
    ) {
        self.instructions = instructions
        self.memory = memory
        self.patternSubject = patternSubject
        self.processorTime = processorTime
    }
}
