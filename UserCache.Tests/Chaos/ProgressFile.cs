using UserCache.Local.Setup;

namespace UserCache.Tests.Chaos;

/// <summary>Where a run can be watched: the test host keeps what tests write to the console. <c>./test chaos</c> shows it.</summary>
internal static class ProgressFile
{
    private static readonly string Folder = Path.Combine(Repository.Root, "artifacts", "chaos");

    public static void Append(string text)
    {
        Directory.CreateDirectory(Folder);
        File.AppendAllText(Path.Combine(Folder, "progress.log"), text + Environment.NewLine);
    }
}
