-- What the pgbench scripts beside this file work on, in a database of their own in the same cluster.
CREATE TABLE one_row (
    key bigint PRIMARY KEY,
    body text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE event (key bigint PRIMARY KEY, body text NOT NULL, received_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE card (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE point (value text PRIMARY KEY, card_id bigint NOT NULL REFERENCES card (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE lead (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    card_id bigint NOT NULL REFERENCES card (id),
    status text NOT NULL DEFAULT 'open'
);
CREATE UNIQUE INDEX lead_one_open ON lead (card_id) WHERE status = 'open';
CREATE TABLE activity (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_key bigint NOT NULL UNIQUE,
    card_id bigint NOT NULL REFERENCES card (id),
    lead_id bigint NOT NULL REFERENCES lead (id)
);
CREATE INDEX activity_by_card ON activity (card_id, id);
CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, activity_id bigint NOT NULL, card_id bigint NOT NULL);

CREATE FUNCTION attach(event_key bigint, phone text, body text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    person bigint;
    enquiry bigint;
    entry bigint;
BEGIN
    INSERT INTO event (key, body) VALUES (attach.event_key, attach.body) ON CONFLICT (key) DO NOTHING;
    IF NOT FOUND THEN RETURN; END IF;
    person := nextval('card_id_seq');
    INSERT INTO point (value, card_id) VALUES (attach.phone, person) ON CONFLICT (value) DO NOTHING;
    IF FOUND THEN
        INSERT INTO card (id) OVERRIDING SYSTEM VALUE VALUES (person);
    ELSE
        SELECT card_id INTO person FROM point WHERE value = attach.phone;
        PERFORM 1 FROM card WHERE id = person FOR NO KEY UPDATE;
    END IF;
    INSERT INTO lead (card_id) VALUES (person) ON CONFLICT (card_id) WHERE status = 'open' DO NOTHING;
    SELECT id INTO enquiry FROM lead WHERE card_id = person AND status = 'open';
    INSERT INTO activity (event_key, card_id, lead_id) VALUES (attach.event_key, person, enquiry) RETURNING id INTO entry;
    INSERT INTO outbox (activity_id, card_id) VALUES (entry, person);
END
$$;
