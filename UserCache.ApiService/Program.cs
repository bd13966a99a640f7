using UserCache.ApiService;
using UserCache.ApiService.Console;
using UserCache.ApiService.Door;
using UserCache.ApiService.Operations;
using UserCache.ApiService.Security;
using UserCache.ApiService.Users;
using UserCache.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults().AddSecurity();
builder.AddUsers();
builder.AddManagement();
builder.AddConsole();
builder.AddDoor();
builder.Services.AddApiDocs();

var app = builder.Build();
if (!app.HasValidSettings())
{
    return 1;
}

app.UseManagement();
app.UseDoor();
app.UseConsole();
app.UseRouting(); // The way of a hit ends here. What is below is for the other calls.
app.UseProblems().UseAccess().UseConsolePage();
app.MapDefaultEndpoints().MapUsersApi().MapApiDocs();
await app.RunAsync();
return 0;
