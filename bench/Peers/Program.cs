using UserCache.Peers;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.AddUsersTable();
var name = builder.Configuration["contestant"] ?? "";
if (!Contestants.All.TryGetValue(name, out var contestant))
{
    Console.Error.WriteLine($"--contestant is \"{name}\": it must be one of {string.Join(", ", Contestants.All.Keys)}.");
    return 1;
}

contestant.Add(builder);
var app = builder.Build();
contestant.Map(app);
app.MapGet("/health", () => "Healthy");
await app.RunAsync();
return 0;
