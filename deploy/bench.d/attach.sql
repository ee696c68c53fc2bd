-- The reference for the full path as one would write it first: a call per transaction of a function that keeps the request,
-- finds or makes the person, and leaves activity and outbox rows.
\set key random(1, 9000000000000000000)
\set phone random(1, 10000000)
SELECT attach(:key, 'tel' || :phone, :body);
