using System.Text.RegularExpressions;
using UserCache.Tests.Infrastructure.Servers;

namespace UserCache.Tests.Layout;

/// <summary>What the design says of the source itself.</summary>
public sealed partial class LayoutTests
{
    private static readonly string Service = Path.Combine(Repository.Root, "UserCache.ApiService");

    [Fact]
    public void Entry_point_has_thirty_lines_at_most() => Assert.InRange(File.ReadAllLines(Path.Combine(Service, "Program.cs")).Length, 1, 30);

    [Fact]
    public void Caching_knows_nothing_of_users_HTTP_or_EF()
    {
        var files = Directory.GetFiles(Path.Combine(Service, "Caching"), "*.cs", SearchOption.AllDirectories);

        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.DoesNotMatch(Foreign(), File.ReadAllText(file).Replace("UserCache", "", StringComparison.Ordinal)));
    }

    [GeneratedRegex(@"\b(Users?|users?|HttpContext|HttpResponse|AspNetCore|EntityFrameworkCore|Npgsql|DbContext|Postgres|PostgreSQL)\b")]
    private static partial Regex Foreign();
}
