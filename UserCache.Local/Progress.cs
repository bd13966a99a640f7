using System.Diagnostics;
using System.Globalization;

namespace UserCache.Local;

/// <summary>One line for each step, written when it begins and ended with the time it took.</summary>
/// <param name="output">Where the lines go.</param>
public sealed class Progress(TextWriter output)
{
    private const int Width = 62;
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(2);

    public void Note(string sentence) => output.WriteLine(sentence);

    /// <summary>Runs one step, with a sign of life every two seconds.</summary>
    public async Task StepAsync(string name, Func<Task> step)
    {
        var started = Stopwatch.GetTimestamp();
        await output.WriteAsync($"{name} ");
        var dots = Width - name.Length;
        try
        {
            var running = step();
            while (await Task.WhenAny(running, Task.Delay(SignOfLife)) != running)
            {
                dots--;
                await output.WriteAsync('.');
            }

            await running;
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
            await output.WriteLineAsync($"{new string('.', Math.Max(dots, 2))} {seconds} s");
        }
        catch
        {
            await output.WriteLineAsync(" failed");
            throw;
        }
    }
}
