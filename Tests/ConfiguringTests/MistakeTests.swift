import Adapters
import Configuring
import Foundation
import Testing

@Suite("Mistakes in a configuration")
struct MistakeTests {
    @Test("all of them are told together, each with its line and what is expected")
    func together() throws {
        let installation = try Installation(
            """
            lisen: 127.0.0.1:8080
            public_url: ftp://example.com
            region: ua
            retention: 30
            trusted_proxies: [10.0.0.0/33]
            limits: {connections: 0}
            own: {emails: [nobody]}
            channels:
              pbx: {adapter: zadarma, settings: {secert: {env: A}, timezone: [UTC, {env: NOT_SET}]}}
              bot: {adapter: telegramm, tokn: x}
              Site: {adapter: web-form}
              form:
                adapter: web-form
                origins: [example.com]
                rules: {reopen_within: soon}
              mail: {adapter: imap, url: imaps://mail.example.com}
              empty:
            """)
        #expect(
            installation.mistakes() == [
                "leadgate.yaml:1:1: lisen: unknown key; did you mean `listen`?",
                "leadgate.yaml:2:13: public_url: expected a URL as https://leads.example.com, "
                    + "without user, query and fragment",
                "leadgate.yaml:3:9: region: expected the two letters of a country (ISO 3166) as UA; did you mean `UA`?",
                "leadgate.yaml:4:12: retention: expected a time as 30s, 15m, 12h or 180d, "
                    + "from 1d to 3650d",
                "leadgate.yaml:5:19: trusted_proxies: expected addresses and networks as 192.0.2.1 and 10.0.0.0/8, "
                    + "or the number of proxies, 1 to 10",
                "leadgate.yaml:6:23: limits.connections: expected a whole number from 1 to 100000",
                "leadgate.yaml:7:16: own.emails: expected an e-mail address",
                "leadgate.yaml:9:3: channels.pbx: `token` is missing: expected {env: NAME}, {file: path} or a text, "
                    + "the secret part of the channel's URL",
                "leadgate.yaml:9:27: channels.pbx.settings.secret: missing: Zadarma needs it; "
                    + "expected {env: NAME}, {file: path} or a text",
                "leadgate.yaml:9:38: channels.pbx.settings.secert: unknown key; did you mean `secret`?",
                "leadgate.yaml:9:78: channels.pbx.settings.timezone: the environment variable NOT_SET is not set",
                "leadgate.yaml:10:18: channels.bot.adapter: there is no adapter telegramm; did you mean `telegram`?",
                "leadgate.yaml:10:29: channels.bot.tokn: unknown key; did you mean `token`?",
                "leadgate.yaml:11:3: channels.Site: expected 1 to 64 lower-case letters, digits, `-` and `_`, "
                    + "the first a letter or a digit",
                "leadgate.yaml:14:15: channels.form.origins: expected an origin as https://example.com, without a path",
                "leadgate.yaml:15:28: channels.form.rules.reopen_within: expected a time as 30s, 15m, 12h or 180d, "
                    + "from 1s to 365d",
                "leadgate.yaml:16:19: channels.mail.adapter: mailboxes are not in this version; leave this channel out",
                "leadgate.yaml:17:9: channels.empty: expected a table, found nothing",
            ])
    }

    @Test("a form's rate and burst are whole numbers")
    func rates() throws {
        let installation = try Installation(
            """
            region: UA
            channels:
              a: {adapter: web-form, settings: {rate: fast, burst: 0}}
              b: {adapter: web-form, settings: {rate: [1, 2], burst: "20"}}
            """)
        #expect(
            installation.mistakes() == [
                "leadgate.yaml:3:43: channels.a.settings.rate: expected a whole number from 1 to 100000",
                "leadgate.yaml:3:56: channels.a.settings.burst: expected a whole number from 1 to 10000",
                "leadgate.yaml:4:43: channels.b.settings.rate: expected a whole number from 1 to 100000",
            ])
    }

    @Test(
        "a size that is no size, too small or too large is told",
        arguments: ["1", "1KiB", "1025GiB", "1MB", "MiB", "-1MiB", "99999999999GiB"])
    func sizes(_ text: String) throws {
        let installation = try Installation(
            "limits: {spool: \(text)}\nregion: UA\nchannels: {site: {adapter: web-form}}")
        #expect(
            installation.mistakes() == [
                "leadgate.yaml:1:17: limits.spool: expected a size as 512MiB or 1GiB, from 1MiB to 1024GiB, or 0"
            ])
    }

    @Test("a key that two workspaces give to a channel is refused with the place of the first")
    func duplicateKeys() throws {
        let installation = try Installation(
            """
            workspaces:
              a: {region: UA, channels: {site: {adapter: web-form}}}
              b: {region: UA, channels: {site: {adapter: web-form}}}
            """)
        #expect(
            installation.mistakes() == [
                "leadgate.yaml:3:30: workspaces.b.channels.site: a channel of this key stands at leadgate.yaml:2:30 "
                    + "already; keys are unique in the installation"
            ])
    }

    @Test("channels beside workspaces are refused")
    func bothForms() throws {
        let installation = try Installation(
            "workspaces: {a: {region: UA, channels: {x: {adapter: web-form}}}}\nchannels: {site: {adapter: web-form}}"
        )
        #expect(
            installation.mistakes()
                == ["leadgate.yaml:2:11: channels: stands beside `workspaces`: move it into one of them"])
    }

    @Test(
        "a wrong shape is told by what is there and what belongs there",
        arguments: [
            ("- a\n", "leadgate.yaml:1:1: expected a table of settings, found a list"),
            (
                "listen: {}",
                "leadgate.yaml:1:9: listen: expected an address and port as 127.0.0.1:8080, found a table"
            ),
            ("channels: [a]", "leadgate.yaml:1:11: channels: expected a table, found a list"),
            (
                "own: {phones: {a: b}}",
                "leadgate.yaml:1:15: own.phones: expected a list of a phone number, found a table"
            ),
            ("? [a]\n: b", "leadgate.yaml:1:3: a key must be a text"),
            ("workspaces: {}", "leadgate.yaml:1:13: workspaces: expected at least one workspace"),
            (
                "migrate_database: postgres://a@b/c",
                "leadgate.yaml:1:19: migrate_database: stands without `database`: the embedded one needs no second URL"
            ),
            (
                "database: mysql://db/x",
                "leadgate.yaml:1:11: database: expected a URL as postgres://user@host/leadgate"
            ),
        ])
    func shapes(yaml: String, expected: String) throws {
        #expect(try Installation(yaml).mistakes() == [expected])
    }

    @Test(
        "a file that is no YAML is refused with the line",
        arguments: [
            ("a: [1", "leadgate.yaml:2:1: not YAML: did not find expected ',' or ']'"),
            ("region: UA\nregion: KZ", "leadgate.yaml:1:1: the same key stands twice in one table"),
            ("a:\n\tb: c", "leadgate.yaml:2:1: not YAML: found character that cannot start any token"),
            ("a: 1\n---\nb: 2", "leadgate.yaml:2:1: not YAML: but found another document"),
            ("a: 1\nb: \u{1}", "leadgate.yaml:2:1: not YAML: control characters are not allowed"),
        ])
    func notYAML(yaml: String, expected: String) throws {
        #expect(try Installation(yaml).mistakes() == [expected])
    }

    @Test("a missing file, one of 10 MB and one that is not UTF-8 are refused")
    func unreadable() throws {
        let installation = try Installation("")
        let path = installation.folder + "/leadgate.yaml"
        try Data([0x61, 0x3A, 0x20, 0xFF]).write(to: URL(fileURLWithPath: path))
        #expect(installation.mistakes() == ["leadgate.yaml: the file is not UTF-8"])
        try Data(repeating: 0x20, count: 10_000_000).write(to: URL(fileURLWithPath: path))
        #expect(installation.mistakes() == ["leadgate.yaml: the file is larger than 1048576 bytes"])
        try FileManager.default.removeItem(atPath: path)
        #expect(installation.mistakes() == ["leadgate.yaml: the file cannot be read"])
    }

    @Test("a bomb of aliases is refused at once, as key or as value")
    func bomb() throws {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let list = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            yaml += "a\(level): &a\(level) [\(list)]\n"
        }
        yaml += "? *a30\n: x\n"
        let installation = try Installation(yaml)
        #expect(
            installation.mistakes() == [
                "leadgate.yaml:2:1: anchors and aliases (&name, *name) are not understood here: write the value out"
            ])
    }

    @Test("lists a thousand deep end as a mistake", arguments: ["[", "{a: "])
    func depth(open: String) throws {
        let installation = try Installation("a: " + String(repeating: open, count: 20_000))
        #expect(installation.mistakes().count == 1)
    }

    @Test("an ampersand or a star alone is a text like any other")
    func notAnAlias() throws {
        let installation = try Installation(
            """
            region: UA
            channels: {site: {adapter: generic, settings: {key: "a&b *c"}}}
            """)
        #expect(try installation.load().channels.first?.secrets == ["key": ["a&b *c"]])
    }
}
