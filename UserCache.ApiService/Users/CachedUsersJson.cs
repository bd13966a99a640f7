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
        var end = Encoding.ASCII.GetBytes(
            $"],\"missing\":[{string.Join(',', missing.Select(id => id.ToString(CultureInfo.InvariantCulture)))}]}}");
        response.ContentType = CachedJson.ContentType;
        // Not what the server says is written: when the client has left it counts no further.
        response.ContentLength = Start.Length + users.Sum(user => (long)user.Length) + Math.Max(users.Count - 1, 0) + end.Length;
        await response.StartAsync();
        Write(response.BodyWriter, end);
    }

    private static ReadOnlySpan<byte> Start => "{\"data\":["u8;

    private void Write(PipeWriter writer, byte[] end)
    {
        writer.Write(Start);
        for (var place = 0; place < users.Count; place++)
        {
            if (place > 0)
            {
                writer.Write(","u8);
            }

            writer.Write(users[place].Span);
        }

        writer.Write(end);
    }
}
