namespace UserCache.Local.Servers;

/// <summary>A throw-away folder with one folder inside for each server's data.</summary>
public sealed class DataFolder : IDisposable
{
    private const UnixFileMode OthersMayPass = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public DataFolder()
    {
        Path = Directory.CreateTempSubdirectory("usercache-").FullName;
        // PostgreSQL runs as another user when this process is root.
        File.SetUnixFileMode(Path, OthersMayPass);
    }

    public string Path { get; }

    /// <summary>Makes a folder for one server.</summary>
    public string Create(string server) => Directory.CreateDirectory(System.IO.Path.Combine(Path, server)).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
