import Adapters
import Contacts
import Foundation
import Postgres
import Store

extension ClaimedEvent {
    /// A row of `intake.claim` or `intake.imagine`.
    init?(_ rows: Rows, _ row: Int) {
        guard let channel = rows.bigint(row, 0), let id = rows.uuid(row, 1), let attempts = rows.int(row, 2),
            let run = rows.int(row, 3), let adapter = rows.text(row, 5), let method = rows.text(row, 6),
            let tail = rows.text(row, 7), let query = rows.text(row, 8), let url = rows.text(row, 9),
            let headers = rows.json(row, 10), let body = rows.bytea(row, 11), let remote = rows.text(row, 12),
            let received = rows.timestamp(row, 14)
        else { return nil }
        let request = InboundRequest(
            method: method, tail: tail, query: query,
            headers: JournalHeader.list(json: headers).map { Header($0.name, $0.value) }, body: body,
            remote: remote,
            receivedAt: Instant(microseconds: received), url: url)
        self.init(
            id: id, channelID: channel, attempts: attempts, run: run, reason: rows.text(row, 4),
            adapter: adapter,
            request: request)
    }
}
