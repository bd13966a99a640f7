using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using UserCache.ApiService.Users;
using UserCache.Caching.PostgreSql;

namespace UserCache.Tests.SecondEntity;

[DbContext(typeof(UsersDbContext)), Migration("20261201120000_Teams")]
public sealed class TeamsMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(
            """
            CREATE TABLE teams (
                id uuid PRIMARY KEY, name text NOT NULL, seats integer NOT NULL DEFAULT 0, version bigint NOT NULL DEFAULT 1)
            """);
        migrationBuilder.AddCacheInvalidation("teams", key: "id");
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropCacheInvalidation("teams");
        migrationBuilder.Sql("DROP TABLE teams");
    }
}
