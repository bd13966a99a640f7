namespace UserCache.Local;

/// <summary>Keeps a server's lines until the table of URLs is out, so that they do not run into the progress lines.</summary>
internal sealed class HeldBackOutput(TextWriter output)
{
    private readonly Lock _gate = new();
    private List<string>? _held = [];

    public void Write(string line)
    {
        lock (_gate)
        {
            if (_held is null)
            {
                output.WriteLine(line);
            }
            else
            {
                _held.Add(line);
            }
        }
    }

    public void Release()
    {
        lock (_gate)
        {
            _held?.ForEach(output.WriteLine);
            _held = null;
        }
    }
}
