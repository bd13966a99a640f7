using System.Buffers;
using System.Globalization;
using System.Net.Mime;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http.Metadata;

namespace UserCache.ApiService.Users;

/// <summary>200 with bytes that are JSON already: they are copied to the response, nothing is parsed.</summary>
internal abstract class CachedJson<TResponse> : IResult, IStatusCodeHttpResult, IEndpointMetadataProvider
{
    public int? StatusCode => StatusCodes.Status200OK;

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(TResponse), [MediaTypeNames.Application.Json]));

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = "application/json; charset=utf-8";
        Write(response.BodyWriter);
        response.ContentLength = response.BodyWriter.UnflushedBytes;
        await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
    }

    protected abstract void Write(IBufferWriter<byte> writer);
}

/// <summary>The bytes of one user.</summary>
internal sealed class CachedUserJson(ReadOnlyMemory<byte> user) : CachedJson<UserResponse>
{
    protected override void Write(IBufferWriter<byte> writer)
    {
        writer.Write("{\"data\":"u8);
        writer.Write(user.Span);
        writer.Write("}"u8);
    }
}

/// <summary>The bytes of several users, and the ids that no user has.</summary>
internal sealed class CachedUsersJson(IReadOnlyList<ReadOnlyMemory<byte>> users, IReadOnlyList<long> missing) : CachedJson<UserBatchResponse>
{
    protected override void Write(IBufferWriter<byte> writer)
    {
        writer.Write("{\"data\":["u8);
        for (var place = 0; place < users.Count; place++)
        {
            if (place > 0)
            {
                writer.Write(","u8);
            }

            writer.Write(users[place].Span);
        }

        writer.Write("],\"missing\":["u8);
        writer.Write(Encoding.ASCII.GetBytes(string.Join(',', missing.Select(id => id.ToString(CultureInfo.InvariantCulture)))));
        writer.Write("]}"u8);
    }
}
