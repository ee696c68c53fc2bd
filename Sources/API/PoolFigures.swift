public import Postgres
public import Telemetry

extension Metrics {
    /// Shows how busy pools of connections are.
    /// - Parameter pools: by the value of the label `pool`.
    public func show(pools: [String: ConnectionPool]) {
        func register(_ name: String, _ help: String, _ figure: @escaping @Sendable (ConnectionPool) -> Int) {
            gauge("leadgate_pool_\(name)", help: help, labels: ["pool"]) {
                pools.map { ([$0], Double(figure($1))) }
            }
        }
        register("size", "Connections that the pool may have.") { $0.size }
        register("connected", "Connections that the pool has.") { $0.connected }
        register("in_use", "Connections of the pool that work now.") { $0.inUse }
        register("waiting", "Requests that wait for a connection of the pool.") { $0.waiting }
    }
}
