public import Postgres

/// The schema `leadgate`: its migrations and what state it is in.
public enum Schema {
    private struct Migration: Sendable {
        let name: String
        let sql: [UInt8]
    }

    /// In order; never edited after a release. Each runs in a transaction of its own.
    private static let migrations = [
        Migration(name: "m0001_foundation", sql: PackageResources.m0001_foundation_sql),
        Migration(name: "m0002_security", sql: PackageResources.m0002_security_sql),
        Migration(name: "m0003_accounts", sql: PackageResources.m0003_accounts_sql),
        Migration(name: "m0004_watch", sql: PackageResources.m0004_watch_sql),
    ]

    /// The newest version this program knows.
    public static var newestVersion: Int32 { Int32(migrations.count) }

    /// Brings the database to this program's schema, once, however many processes try together.
    ///
    /// - Parameters:
    ///   - connection: of a role that may create schemas and roles.
    ///   - login: the role that serving processes log in as, if it is another; it may then take on the serving roles.
    /// - Returns: the names of the migrations that were run, in order.
    /// - Throws: the server's refusal; the failing migration is undone, earlier ones stay.
    @discardableResult
    public static func migrate(_ connection: Connection, login: String?) throws(PostgresFailure) -> [String] {
        _ = try connection.query(SQL.statement("schema.lock"))
        defer { _ = try? connection.query(SQL.statement("schema.unlock")) }
        try connection.script(preparation)
        let version = try version(connection)
        var run: [String] = []
        for (number, migration) in zip(Int32(1)..., migrations) where number > version {
            let record = "INSERT INTO schema_version (version, name) VALUES (\(number), '\(migration.name)')"
            try connection.script(
                "BEGIN;\nSET LOCAL search_path = leadgate;\n" + String(decoding: migration.sql, as: UTF8.self)
                    + ";\n\(record);\nCOMMIT")
            run.append(migration.name)
        }
        _ = try connection.query(SQL.statement("schema.grant"), [.text(login)])
        return run
    }

    /// The version of the database's schema; 0 where there is none yet.
    public static func version(_ connection: Connection) throws(PostgresFailure) -> Int32 {
        let present = try connection.query(SQL.statement("schema.exists"))
        guard present.bool(0, 0) == true else { return 0 }
        return try connection.query(SQL.statement("schema.version")).int(0, 0) ?? 0
    }

    /// The roles and the ledger of migrations; safe to repeat. The roles belong to the whole server, so that another
    /// database of it may have made them already.
    private static let preparation = """
        CREATE SCHEMA IF NOT EXISTS leadgate;
        CREATE TABLE IF NOT EXISTS leadgate.schema_version (
            version int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
        DO $$
        DECLARE name text;
        BEGIN
            FOREACH name IN ARRAY ARRAY['leadgate_serve', 'leadgate_ingress'] LOOP
                BEGIN
                    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
                        EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', name);
                    END IF;
                EXCEPTION WHEN duplicate_object OR unique_violation THEN
                    NULL;
                END;
            END LOOP;
        END
        $$;
        GRANT USAGE ON SCHEMA leadgate TO leadgate_serve, leadgate_ingress;
        GRANT SELECT ON leadgate.schema_version TO leadgate_serve, leadgate_ingress;
        """
}
