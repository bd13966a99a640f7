using System;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace UserCache.ApiService.Users.Migrations
{
    /// <summary>The first. (Its id is that of the last of those that became this one: a database that has it is up to date.)</summary>
    [DbContext(typeof(UsersDbContext))]
    [Migration("20261124220000_TracedInvalidations")]
    public sealed class Users : Migration
    {
        // Triggers, not application code: whoever changes a row, by whatever client, takes part.
        private const string CreateTriggers =
            """
            -- The writer sets usercache.traceparent for its transaction. A setting that was ever made reads as '' afterwards; and any
            -- client may set it to anything.
            CREATE FUNCTION cache_invalidations_traceparent() RETURNS text LANGUAGE sql STABLE AS $$
                SELECT left(nullif(current_setting('usercache.traceparent', true), ''), 55)
            $$;

            -- One row for each committed change of a user: what a cache may hold of that user below this version is void.
            CREATE TABLE cache_invalidations (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                user_id bigint NOT NULL,
                version bigint NOT NULL,
                -- At the statement, not at the beginning of its transaction.
                created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                relayed_at timestamptz,
                -- By which trace the change was made: the relay links to it.
                traceparent text DEFAULT cache_invalidations_traceparent()
            );
            CREATE INDEX ix_cache_invalidations_user_id ON cache_invalidations (user_id, version);
            CREATE INDEX ix_cache_invalidations_pending ON cache_invalidations (id) WHERE relayed_at IS NULL;
            CREATE INDEX ix_cache_invalidations_relayed_at ON cache_invalidations (relayed_at) WHERE relayed_at IS NOT NULL;

            CREATE FUNCTION users_touch() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    NEW.created_at := now();
                    -- 1, unless the id was another user's before: versions of one id never go back.
                    NEW.version := 1 + coalesce((SELECT max(version) FROM cache_invalidations WHERE user_id = NEW.id), 0);
                ELSE
                    NEW.created_at := OLD.created_at;
                    NEW.version := OLD.version + 1;
                END IF;
                NEW.updated_at := now();
                RETURN NEW;
            END $$;

            CREATE TRIGGER users_touch BEFORE INSERT OR UPDATE ON users
                FOR EACH ROW EXECUTE FUNCTION users_touch();

            CREATE FUNCTION users_record_invalidation() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                -- A deletion is the version after the last one, and so is giving the row another id.
                IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND NEW.id <> OLD.id) THEN
                    INSERT INTO cache_invalidations (user_id, version) VALUES (OLD.id, OLD.version + 1);
                END IF;
                IF TG_OP <> 'DELETE' THEN
                    INSERT INTO cache_invalidations (user_id, version) VALUES (NEW.id, NEW.version);
                END IF;
                RETURN NULL;
            END $$;

            CREATE TRIGGER users_record_invalidation AFTER INSERT OR UPDATE OR DELETE ON users
                FOR EACH ROW EXECUTE FUNCTION users_record_invalidation();

            -- TRUNCATE fires no row triggers.
            CREATE FUNCTION users_record_truncation() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO cache_invalidations (user_id, version) SELECT id, version + 1 FROM users;
                RETURN NULL;
            END $$;

            CREATE TRIGGER users_record_truncation BEFORE TRUNCATE ON users
                FOR EACH STATEMENT EXECUTE FUNCTION users_record_truncation();
            """;

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "users",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    username = table.Column<string>(type: "text", nullable: false),
                    email = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    version = table.Column<long>(type: "bigint", nullable: false, defaultValue: 1L)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_users", x => x.id);
                    table.CheckConstraint("ck_users_email", "char_length(email) <= 254 AND email !~ '[\\u0001-\\u001F\\u007F-\\u009F]'");
                    table.CheckConstraint("ck_users_id", "id > 0");
                    table.CheckConstraint("ck_users_username", "char_length(username) BETWEEN 1 AND 64 AND username !~ '[\\u0001-\\u001F\\u007F-\\u009F]'");
                });

            migrationBuilder.CreateIndex(
                name: "ux_users_username",
                table: "users",
                column: "username",
                unique: true);

            migrationBuilder.Sql(CreateTriggers);
        }
    }
}
