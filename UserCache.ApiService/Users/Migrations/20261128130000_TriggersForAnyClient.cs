using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UserCache.ApiService.Users.Migrations
{
    /// <summary>
    /// The triggers do the same for whoever changes users, whatever rights, search path and temporary tables that client has; and the
    /// versions of an id never repeat.
    /// </summary>
    [DbContext(typeof(UsersDbContext))]
    [Migration("20261128130000_TriggersForAnyClient")]
    public sealed class TriggersForAnyClient : Migration
    {
        // %1$I is the schema that the service's connections are set to.
        private const string ReplaceTriggers =
            """
            -- The last version that each id has had. There need not be a row for a user of today.
            CREATE TABLE user_versions (user_id bigint PRIMARY KEY, version bigint NOT NULL);
            INSERT INTO user_versions SELECT user_id, max(version) FROM cache_invalidations GROUP BY user_id;

            DO $migration$
            BEGIN
                EXECUTE format($format$
                    CREATE OR REPLACE FUNCTION %1$I.users_touch() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        -- Before the row is gone: whoever wants its id waits here, and not where the row is.
                        IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND NEW.id <> OLD.id) THEN
                            INSERT INTO %1$I.user_versions AS last (user_id, version) VALUES (OLD.id, OLD.version + 1)
                            ON CONFLICT (user_id) DO UPDATE SET version = greatest(last.version, excluded.version);
                        END IF;
                        IF TG_OP = 'DELETE' THEN
                            RETURN OLD;
                        END IF;

                        IF TG_OP = 'UPDATE' AND NEW.id = OLD.id THEN
                            NEW.version := OLD.version + 1;
                        ELSE
                            -- 1, unless the id was another user's before. Read by conflict, which a snapshot hides from nobody.
                            INSERT INTO %1$I.user_versions AS last (user_id, version) VALUES (NEW.id, 1)
                            ON CONFLICT (user_id) DO UPDATE SET version = last.version + 1
                            RETURNING last.version INTO NEW.version;
                        END IF;

                        -- An import brings its own times.
                        IF TG_OP = 'INSERT' THEN
                            NEW.created_at := coalesce(NEW.created_at, now());
                            NEW.updated_at := coalesce(NEW.updated_at, now());
                        ELSE
                            NEW.created_at := OLD.created_at;
                            NEW.updated_at := now();
                        END IF;
                        RETURN NEW;
                    END $$;

                    CREATE OR REPLACE FUNCTION %1$I.users_record_invalidation() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        -- A deletion is the version after the last one, and so is giving the row another id.
                        IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND NEW.id <> OLD.id) THEN
                            INSERT INTO %1$I.cache_invalidations (user_id, version) VALUES (OLD.id, OLD.version + 1);
                        END IF;
                        IF TG_OP <> 'DELETE' THEN
                            INSERT INTO %1$I.cache_invalidations (user_id, version) VALUES (NEW.id, NEW.version);
                        END IF;
                        RETURN NULL;
                    END $$;

                    CREATE OR REPLACE FUNCTION %1$I.users_record_truncation() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        -- TRUNCATE removes what its snapshot does not show, so that it could not be recorded.
                        IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
                            RAISE feature_not_supported USING
                                MESSAGE = 'users can be truncated in a READ COMMITTED transaction only: '
                                    'what was changed since the snapshot of any other would stay in the cache',
                                HINT = 'Begin the transaction with ISOLATION LEVEL READ COMMITTED, or use DELETE.';
                        END IF;
                        INSERT INTO %1$I.user_versions AS last (user_id, version) SELECT id, version + 1 FROM %1$I.users
                        ON CONFLICT (user_id) DO UPDATE SET version = greatest(last.version, excluded.version);
                        INSERT INTO %1$I.cache_invalidations (user_id, version) SELECT id, version + 1 FROM %1$I.users;
                        RETURN NULL;
                    END $$;

                    -- With the rights of their owner and a path of their own, in which temporary tables come last. Nobody else may make a
                    -- trigger of them.
                    ALTER FUNCTION %1$I.users_touch() SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
                    ALTER FUNCTION %1$I.users_record_invalidation() SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
                    ALTER FUNCTION %1$I.users_record_truncation() SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
                    REVOKE EXECUTE ON FUNCTION
                        %1$I.users_touch(), %1$I.users_record_invalidation(), %1$I.users_record_truncation() FROM PUBLIC;

                    CREATE OR REPLACE TRIGGER users_touch BEFORE INSERT OR UPDATE OR DELETE ON %1$I.users
                        FOR EACH ROW EXECUTE FUNCTION %1$I.users_touch();
                    $format$, current_schema());
            END $migration$;
            """;

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // First, for they keep writers out until the rest is done. What they check was set by the trigger until now.
            migrationBuilder.AddCheckConstraint(
                name: "ck_users_created_at",
                table: "users",
                sql: "created_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'");

            migrationBuilder.AddCheckConstraint(
                name: "ck_users_updated_at",
                table: "users",
                sql: "updated_at BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'");

            migrationBuilder.Sql(ReplaceTriggers);
        }
    }
}
