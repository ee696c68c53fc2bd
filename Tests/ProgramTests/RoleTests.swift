import Curl
import Harness
import JSON
import Testing

@Suite("The roles of a process")
struct RoleTests {
    @Test("ingress alone keeps events queued; a worker elsewhere resolves them")
    func dividesWork() throws {
        let installation = try Installation()
        try installation.withGateway(["--role", "ingress"]) { ingress in
            let token = try installation.token()
            #expect(try ingress.submit("e-1").status == 200)
            #expect(try ingress.api("/v1/events", token: token).status == 404)
            let queued = try installation.run("events", "list", "--status", "queued")
            #expect(queued.lines.count == 2)
            #expect(try installation.rows(of: "outcome") == 0)

            try installation.withGateway(["--role", "worker"], port: Program.freePort()) { worker in
                try installation.waitUntilResolved(1)
                #expect(try worker.submit("e-2").status == 404)
                #expect(try worker.api("/v1/events", token: token).status == 404)
                #expect(try HTTP.get("\(worker.url)/health/live").status == 200)
                #expect(try HTTP.get("\(worker.url)/metrics").status == 200)
                #expect(try ingress.submit("e-3").status == 200)
                try installation.waitUntilResolved(2)
            }
            #expect(try ingress.submit("e-4").status == 200)
            #expect(try installation.rows(of: "intake") == 1)
        }
    }

    @Test("the type of a problem that the API tells leads to a page that explains it")
    func explainsProblems() throws {
        let installation = try Installation()
        try installation.withGateway([]) { gateway in
            let told = try HTTP.get("\(gateway.url)/v1/events")
            #expect(told.status == 401)
            let type = try #require(try JSON.parse(told.text)["type"]?.string)
            let page = try HTTP.get(gateway.url + type)
            #expect(page.status == 200)
            #expect(page.text.contains("leadgate token create"))
        }
    }

    @Test("the bell is heard in another process before it would look by itself")
    func hearsBell() throws {
        let installation = try Installation()
        try installation.withGateway(["--role", "ingress"]) { ingress in
            try installation.withGateway(["--role", "worker"], port: Program.freePort()) { _ in
                // Once to open the connections.
                try ingress.submit("e-0")
                try installation.waitUntilResolved(1)
                for number in 1...10 {
                    try ingress.submit("e-\(number)")
                    try installation.waitUntilResolved(Int64(number) + 1)
                }
                let median = try installation.texts(
                    """
                    SELECT (percentile_disc(0.5) WITHIN GROUP (ORDER BY o.at - e.received_at)
                        < interval '300 milliseconds')::text
                    FROM leadgate.outcome o JOIN leadgate.inbound_event e ON e.id = o.event_id
                    """)
                #expect(median == ["true"])
            }
        }
    }

    @Test("the console alone answers the API and takes nothing in")
    func readsOnly() throws {
        let installation = try Installation()
        try installation.withGateway(["--role", "console"]) { console in
            let token = try installation.token()
            #expect(try console.api("/v1/events", token: token).status == 200)
            #expect(try console.submit("e-1").status == 404)
            #expect(try HTTP.get("\(console.url)/form/site").status == 404)
        }
    }
}
