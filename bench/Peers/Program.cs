using UserCache.Peers;

var builder = WebApplication.CreateBuilder(args);
var name = builder.Configuration["contestant"] ?? "";
if (!Contestants.All.TryGetValue(name, out var contestant))
{
    Console.Error.WriteLine($"--contestant is \"{name}\": it must be one of {string.Join(", ", Contestants.All.Keys)}.");
    return 1;
}

await contestant.Build(builder).RunAsync();
return 0;
