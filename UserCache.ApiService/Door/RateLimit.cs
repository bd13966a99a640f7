using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace UserCache.ApiService.Door;

/// <summary>Keeps one client from taking what is there for all. Where it is off, it is not on the way of a request.</summary>
internal static class RateLimit
{
    private const int AddressBytes = 16;
    private const int NetworkBytes = 8;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public static void AddRateLimit(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<RateLimitOptions>, RateLimitOptionsValidator>();
        services.AddOptionsWithValidateOnStart<RateLimitOptions>().BindConfiguration(RateLimitOptions.Section);
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimitOptions>>((limiter, options) =>
        {
            var requests = options.Value.RequestsPerSecond;
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, UInt128>(context => PartitionOf(context, requests));
            limiter.OnRejected = (rejected, _) => RefuseAsync(rejected.HttpContext, requests);
        });
    }

    public static void UseRateLimit(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<RateLimitOptions>>().Value.RequestsPerSecond > 0)
        {
            app.UseRateLimiter();
        }
    }

    private static RateLimitPartition<UInt128> PartitionOf(HttpContext context, int requests) => RateLimitPartition.GetTokenBucketLimiter(
        ClientOf(context.Connection.RemoteIpAddress),
        _ => new TokenBucketRateLimiterOptions { TokenLimit = requests, TokensPerPeriod = requests, ReplenishmentPeriod = Period });

    // Who has one address of IPv6 has the other 2^64 of its network too.
    private static UInt128 ClientOf(IPAddress? address)
    {
        if (address is null)
        {
            return UInt128.Zero;
        }

        Span<byte> bytes = stackalloc byte[AddressBytes];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        if (address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false })
        {
            bytes[NetworkBytes..].Clear();
        }

        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static async ValueTask RefuseAsync(HttpContext context, int requests)
    {
        var headers = context.Response.Headers;
        AnswerHeaders.Set(headers);
        headers.RetryAfter = Period.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        await TypedResults.Problem(
            FormattableString.Invariant($"One client may make {requests} requests a second: try again in a second."),
            statusCode: StatusCodes.Status429TooManyRequests).ExecuteAsync(context);
    }
}
