namespace UserCache.Tests.Infrastructure.Servers;

/// <summary>A throw-away folder with one folder inside for each server's data.</summary>
public sealed class DataFolder : IDisposable
{
    private const UnixFileMode OthersMayPass =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public DataFolder()
    {
        Path = Directory.CreateTempSubdirectory("usercache-").FullName;
        // PostgreSQL runs as another user when this process is root.
        File.SetUnixFileMode(Path, OthersMayPass);
    }

    public string Path { get; }

    /// <summary>Makes a folder for one server.</summary>
    public string Create(string server) => Directory.CreateDirectory(System.IO.Path.Combine(Path, server)).FullName;

    /// <summary>Writes a file that only its owner may read.</summary>
    public static async Task WriteSecretAsync(string path, string text)
    {
        await using var file = new FileStream(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        await file.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
