-- Triggers, not application code: whoever changes a row, by whatever client, takes part, whatever rights, search path and temporary tables
-- that client has.
DO $migration$
DECLARE
    schema text := current_schema();
    key_type text;
BEGIN
    -- Everyone who wants the table stands in line behind who waits for it: rather not for long, and again.
    PERFORM set_config('lock_timeout', '2s', true);
    -- By which each row has one text, and each text one row.
    SELECT format_type(atttypid, atttypmod) INTO key_type FROM pg_attribute
    WHERE attrelid = format('%I."{table}"', schema)::regclass AND attname = '{key}' AND attnotnull AND attgenerated = ''
      AND format_type(atttypid, NULL) IN ('bigint', 'integer', 'smallint', 'uuid', 'text', 'character varying')
      AND (attcollation = 0 OR (SELECT collisdeterministic FROM pg_collation WHERE oid = attcollation))
      AND EXISTS (
          SELECT FROM pg_index
          WHERE indrelid = attrelid AND indisunique AND indisvalid AND indpred IS NULL AND indnkeyatts = 1 AND indkey[0] = attnum)
      -- What comes and goes without a trigger's hearing of it: partitions, the rows of tables that inherit, and after a crash all rows of
      -- a table that is not logged.
      AND EXISTS (
          SELECT FROM pg_class WHERE pg_class.oid = attrelid AND relkind = 'r' AND relpersistence = 'p' AND NOT relhassubclass);
    IF key_type IS NULL THEN
        RAISE EXCEPTION '{table}.{key} can''t be the key of a cache' USING
            HINT = 'It must be NOT NULL, unique by itself, not generated, and bigint, integer, smallint, uuid, text or varchar, '
                'of a collation that holds no two texts for the same, in a table that is logged, and neither partitioned nor inherited.';
    END IF;

    -- The last version that each key has had. There need not be a row for it today.
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %1$I.{table}_cache_versions (key %2$s PRIMARY KEY, version bigint NOT NULL)', schema, key_type);
    IF NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = format('%I."{table}"', schema)::regclass AND attname = 'version') THEN
        EXECUTE format('ALTER TABLE %1$I."{table}" ADD COLUMN version bigint NOT NULL DEFAULT 1', schema);
    ELSIF NOT EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = format('%I."{table}"', schema)::regclass AND attname = 'version'
            AND atttypid = 'bigint'::regtype AND attnotnull AND attgenerated = '' AND attidentity = '') THEN
        RAISE EXCEPTION '{table}.version must be bigint NOT NULL, and not generated';
    ELSE
        EXECUTE format('UPDATE %1$I."{table}" SET version = 1 WHERE version < 1', schema);
    END IF;

    EXECUTE format($format$
        CREATE OR REPLACE FUNCTION %1$I.{table}_cache_version() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- Before the row is gone: whoever wants its key waits here, and not where the row is.
            IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND NEW."{key}" <> OLD."{key}") THEN
                INSERT INTO %1$I.{table}_cache_versions AS last (key, version) VALUES (OLD."{key}", OLD.version + 1)
                ON CONFLICT (key) DO UPDATE SET version = greatest(last.version, excluded.version);
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;

            IF TG_OP = 'UPDATE' AND NEW."{key}" = OLD."{key}" THEN
                NEW.version := OLD.version + 1;
            ELSE
                -- First the row, then its key's version, as everyone who has the row does: else two of them could wait for each other.
                IF TG_OP = 'INSERT' THEN
                    PERFORM FROM %1$I."{table}" WHERE "{key}" = NEW."{key}" FOR NO KEY UPDATE;
                END IF;
                -- 1, unless the key was another row's before. Read by conflict, which a snapshot hides from nobody.
                INSERT INTO %1$I.{table}_cache_versions AS last (key, version) VALUES (NEW."{key}", 1)
                ON CONFLICT (key) DO UPDATE SET version = last.version + 1
                RETURNING last.version INTO NEW.version;
            END IF;
            RETURN NEW;
        END $$;

        CREATE OR REPLACE FUNCTION %1$I.{table}_cache_record() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- A deletion is the version after the last one, and so is giving the row another key.
            IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND NEW."{key}" <> OLD."{key}") THEN
                INSERT INTO %1$I.cache_invalidations (cache, row_key, version) VALUES (TG_ARGV[0], OLD."{key}"::text, OLD.version + 1);
            END IF;
            IF TG_OP <> 'DELETE' THEN
                INSERT INTO %1$I.cache_invalidations (cache, row_key, version) VALUES (TG_ARGV[0], NEW."{key}"::text, NEW.version);
            END IF;
            RETURN NULL;
        END $$;

        CREATE OR REPLACE FUNCTION %1$I.{table}_cache_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- TRUNCATE removes what its snapshot does not show, so that it could not be recorded.
            IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
                RAISE feature_not_supported USING
                    MESSAGE = '{table} can be truncated in a READ COMMITTED transaction only: '
                        'what was changed since the snapshot of any other would stay in the cache',
                    HINT = 'Begin the transaction with ISOLATION LEVEL READ COMMITTED, or use DELETE.';
            END IF;
            INSERT INTO %1$I.{table}_cache_versions AS last (key, version) SELECT "{key}", version + 1 FROM %1$I."{table}"
            ON CONFLICT (key) DO UPDATE SET version = greatest(last.version, excluded.version);
            INSERT INTO %1$I.cache_invalidations (cache, row_key, version)
            SELECT TG_ARGV[0], "{key}"::text, version + 1 FROM %1$I."{table}";
            RETURN NULL;
        END $$;

        -- With the rights of their owner and a path of their own, in which temporary tables come last. Nobody else may make a trigger of
        -- them.
        ALTER FUNCTION %1$I.{table}_cache_version() SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
        ALTER FUNCTION %1$I.{table}_cache_record() SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
        ALTER FUNCTION %1$I.{table}_cache_truncate() SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
        REVOKE EXECUTE ON FUNCTION
            %1$I.{table}_cache_version(), %1$I.{table}_cache_record(), %1$I.{table}_cache_truncate() FROM PUBLIC;

        CREATE OR REPLACE TRIGGER cache_version BEFORE INSERT OR UPDATE OR DELETE ON %1$I."{table}"
            FOR EACH ROW EXECUTE FUNCTION %1$I.{table}_cache_version();
        -- The argument is the cache: what is recorded is its, and who looks for triggers of it finds them by that.
        CREATE OR REPLACE TRIGGER cache_record AFTER INSERT OR UPDATE OR DELETE ON %1$I."{table}"
            FOR EACH ROW EXECUTE FUNCTION %1$I.{table}_cache_record('{cache}');
        CREATE OR REPLACE TRIGGER cache_truncate BEFORE TRUNCATE ON %1$I."{table}"
            FOR EACH STATEMENT EXECUTE FUNCTION %1$I.{table}_cache_truncate('{cache}');
        $format$, schema);
END $migration$;
