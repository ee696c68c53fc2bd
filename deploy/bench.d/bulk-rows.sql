-- The reference for imports: 200 rows of 1 KiB in one statement, each crossing the socket.
\set key random(1, 9000000000000000000)
INSERT INTO one_row (key, body) SELECT :key + row_number() OVER (), body FROM (VALUES
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body),
    (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body), (:body)
) AS v (body) ON CONFLICT (key) DO NOTHING;
