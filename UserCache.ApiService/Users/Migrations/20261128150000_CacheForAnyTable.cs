using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using UserCache.Caching.PostgreSql;

#nullable disable

namespace UserCache.ApiService.Users.Migrations
{
    /// <summary>The outbox takes changes of any table, and the users' part of it is made as any table's is.</summary>
    [DbContext(typeof(UsersDbContext))]
    [Migration("20261128150000_CacheForAnyTable")]
    public sealed class CacheForAnyTable : Migration
    {
        private const string MakeWay =
            """
            SET LOCAL lock_timeout = '2s';
            DROP TRIGGER users_record_truncation ON users;
            DROP TRIGGER users_record_invalidation ON users;
            DROP TRIGGER users_touch ON users;
            DROP FUNCTION users_record_truncation(), users_record_invalidation(), users_touch();

            ALTER TABLE user_versions RENAME TO users_cache_versions;
            ALTER TABLE users_cache_versions RENAME COLUMN user_id TO key;
            ALTER INDEX user_versions_pkey RENAME TO users_cache_versions_pkey;

            ALTER TABLE cache_invalidations ADD COLUMN cache text, ADD COLUMN row_key text;
            UPDATE cache_invalidations SET cache = 'users', row_key = user_id::text;
            ALTER TABLE cache_invalidations
                ALTER COLUMN cache SET NOT NULL,
                ALTER COLUMN row_key SET NOT NULL,
                ALTER COLUMN traceparent SET DEFAULT left(nullif(current_setting('usercache.traceparent', true), ''), 55),
                DROP COLUMN user_id;
            DROP FUNCTION cache_invalidations_traceparent();
            """;

        private const string SetTimes =
            """
            CREATE FUNCTION users_times() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
            BEGIN
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

            CREATE TRIGGER users_times BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION users_times();
            """;

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(MakeWay);
            migrationBuilder.AddCacheInvalidation("users", key: "id");
            migrationBuilder.Sql(SetTimes);
        }
    }
}
