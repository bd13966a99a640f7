namespace UserCache.Tests.Layout;

/// <summary>What the design says of the source itself.</summary>
public sealed class LayoutTests
{
    [Fact]
    public void Entry_point_has_thirty_lines_at_most() =>
        Assert.InRange(File.ReadAllLines(Path.Combine(Repository.Root, "UserCache.ApiService", "Program.cs")).Length, 1, 30);
}
