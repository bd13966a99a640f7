using UserCache.Tests.Infrastructure.Servers;


namespace UserCache.Tests.Chaos;

/// <summary>Where a run can be watched: the test host keeps what tests say until they end. <c>./test chaos</c> shows it.</summary>
internal static class ProgressFile
{
    private static readonly string Folder = Path.Combine(Repository.Root, "artifacts", "chaos");

    public static void Append(string line)
    {
        Directory.CreateDirectory(Folder);
        File.AppendAllText(Path.Combine(Folder, "progress.log"), line + Environment.NewLine);
    }

    public static void KeepReport(string report) => File.WriteAllText(Path.Combine(Folder, "report.txt"), report);
}
