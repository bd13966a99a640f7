using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace UserCache.ApiService.Users.Migrations
{
    /// <summary>Lets the outbox say which of its rows have been relayed, and when; and be asked for both cheaply.</summary>
    public partial class RelayedInvalidations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                ALTER TABLE cache_invalidations ADD COLUMN relayed_at timestamptz;
                CREATE INDEX ix_cache_invalidations_pending ON cache_invalidations (id) WHERE relayed_at IS NULL;
                CREATE INDEX ix_cache_invalidations_relayed_at ON cache_invalidations (relayed_at) WHERE relayed_at IS NOT NULL;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("ALTER TABLE cache_invalidations DROP COLUMN relayed_at;");
        }
    }
}
