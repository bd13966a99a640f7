using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UserCache.ApiService.Users.Migrations
{
    /// <summary>
    /// Lets the outbox say by which trace a change was made, so that the relay can link to it, and when: at the statement, not at the
    /// beginning of its transaction.
    /// </summary>
    public partial class TracedInvalidations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                -- The writer sets usercache.traceparent for its transaction. A setting that was ever made reads as '' afterwards; and any client may set it to anything.
                CREATE FUNCTION cache_invalidations_traceparent() RETURNS text LANGUAGE sql STABLE AS $$
                    SELECT left(nullif(current_setting('usercache.traceparent', true), ''), 55)
                $$;

                ALTER TABLE cache_invalidations
                    ADD COLUMN traceparent text,
                    ALTER COLUMN traceparent SET DEFAULT cache_invalidations_traceparent(),
                    ALTER COLUMN created_at SET DEFAULT clock_timestamp();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                ALTER TABLE cache_invalidations
                    DROP COLUMN traceparent,
                    ALTER COLUMN created_at SET DEFAULT now();
                DROP FUNCTION cache_invalidations_traceparent();
                """);
        }
    }
}
