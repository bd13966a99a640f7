using UserCache.ApiService;
using UserCache.ApiService.Console;
using UserCache.ApiService.Database;
using UserCache.ApiService.Door;
using UserCache.ApiService.Operations;
using UserCache.ApiService.Security;
using UserCache.ApiService.Users;
using UserCache.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults().AddSecurity().AddRedis().AddDatabase();
builder.AddUsers();
builder.AddManagement().AddDoor().AddConsole();
builder.Services.AddApiDocs();

var app = builder.Build();
if (!app.HasValidSettings())
{
    return 1;
}

app.UseManagement().UseDoor().UseConsole();
app.UseRouting(); // The way of a hit ends here. What is below is for the other calls.
app.UseProblems().UseAccess().UseRequestBodies().UseConsolePage();
app.MapDefaultEndpoints().MapUsersApi().MapApiDocs();
await app.RunAsync();
return 0;
