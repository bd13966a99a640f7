using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UserCache.ApiService.Users.Migrations
{
    /// <summary>The relay asks for what was not committed when it last looked; by ids, which others may commit later, it could not.</summary>
    [DbContext(typeof(UsersDbContext))]
    [Migration("20261128140000_InvalidationsByTransaction")]
    public sealed class InvalidationsByTransaction : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
            """
            ALTER TABLE cache_invalidations ADD COLUMN transaction xid8 NOT NULL DEFAULT pg_current_xact_id();
            DROP INDEX ix_cache_invalidations_pending;
            CREATE INDEX ix_cache_invalidations_pending ON cache_invalidations (transaction, id) WHERE relayed_at IS NULL;
            -- user_versions has the last version of each id.
            DROP INDEX IF EXISTS ix_cache_invalidations_user_id;
            """);
    }
}
