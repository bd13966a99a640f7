using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Mime;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http.Metadata;

namespace UserCache.ApiService.Users;

/// <summary>The bytes of several users, and the ids that no user has.</summary>
internal sealed class CachedUsersJson(IReadOnlyList<ReadOnlyMemory<byte>> users, IReadOnlyList<long> missing)
    : IResult, IStatusCodeHttpResult, IEndpointMetadataProvider
{
    public int? StatusCode => StatusCodes.Status200OK;

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(
            StatusCodes.Status200OK, typeof(UserBatchResponse), [MediaTypeNames.Application.Json]));

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = CachedJson.ContentType;
        Write(response.BodyWriter);
        response.ContentLength = response.BodyWriter.UnflushedBytes;
        await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
    }

    private void Write(PipeWriter writer)
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
