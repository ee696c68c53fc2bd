/// One setting of the file, as the README lists it.
public struct SettingReference: Sendable {
    /// Dotted, `<key>` standing for a name of one's own.
    public let path: String
    public let standard: String
    public let meaning: String

    private init(_ path: String, _ standard: String, _ meaning: String) {
        self.path = path
        self.standard = standard
        self.meaning = meaning
    }

    /// All settings, in the order in which people need them.
    public static let all = [
        SettingReference("listen", "`127.0.0.1:8080`", "where HTTP is served"),
        SettingReference(
            "public_url", "`http://<listen>`", "what providers call; part of signatures over the URL"),
        SettingReference(
            "data", "`./data`, as root `/var/lib/leadgate`", "folder of the embedded database and the spool"),
        SettingReference("database", "embedded", "URL of a PostgreSQL of your own, 15 or newer"),
        SettingReference(
            "migrate_database", "none", "URL whose role may change the schema; `serve` migrates with it"),
        SettingReference("adapters", "beside the program, else `./adapters`", "folder of adapters"),
        SettingReference("region", "none", "default country of phone numbers, as `UA`"),
        SettingReference("own", "none", "`phones`, `emails`, `domains` that are yours: never a contact"),
        SettingReference("channels.<key>.adapter", "required", "an adapter's name"),
        SettingReference(
            "channels.<key>.token", "required but for forms", "secret part of the channel's URL"),
        SettingReference(
            "channels.<key>.settings", "the adapter's", "what the adapter asks for, its secrets among them"),
        SettingReference("channels.<key>.region", "the workspace's", "another default country"),
        SettingReference("channels.<key>.origins", "any", "web origins that a form may be sent from"),
        SettingReference(
            "channels.<key>.phones", "the adapter's", "`international_without_plus`, words for `anonymous`"),
        SettingReference(
            "channels.<key>.rules", "`pipeline: sales`",
            "`pipeline`, `reopen_within`, `respond_within`, `merge_automatically`"),
        SettingReference(
            "workspaces.<key>", "one, `main`", "several tenants: `region`, `own`, `channels` of each"),
        SettingReference("trusted_proxies", "none", "networks whose `X-Forwarded-For` is believed"),
        SettingReference("retention", "`180d`", "how long raw requests are to be kept"),
        SettingReference(
            "limits", "see `leadgate serve --help`",
            "`connections`, `journal`, `spool`, `form_burst`, `form_rate`, `lookup`"),
        SettingReference("metrics", "this machine only", "`token` opens `/metrics` to others"),
    ]

    /// The table in Markdown.
    public static var markdown: String {
        let rows = all.map { "| `\($0.path)` | \($0.standard) | \($0.meaning) |" }
        return (["| setting | default | meaning |", "|---|---|---|"] + rows).joined(separator: "\n") + "\n"
    }
}
