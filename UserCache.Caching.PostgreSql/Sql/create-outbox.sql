-- One row for each committed change of a row that is cached: what its cache holds of it below this version is void. Once for all tables.
CREATE TABLE IF NOT EXISTS cache_invalidations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cache text NOT NULL,
    row_key text NOT NULL,
    version bigint NOT NULL,
    -- At the statement, not at the beginning of its transaction.
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    relayed_at timestamptz,
    -- By which trace the change was made: the relay links to it. The writer sets it for its transaction; a setting that was ever made reads
    -- as '' afterwards, and any client may set it to anything.
    traceparent text DEFAULT left(nullif(current_setting('usercache.traceparent', true), ''), 55),
    -- The relay asks for what was not committed when it last looked; by ids, which others may commit later, it could not.
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX IF NOT EXISTS ix_cache_invalidations_pending ON cache_invalidations (transaction, id) WHERE relayed_at IS NULL;
CREATE INDEX IF NOT EXISTS ix_cache_invalidations_relayed_at ON cache_invalidations (relayed_at) WHERE relayed_at IS NOT NULL;
