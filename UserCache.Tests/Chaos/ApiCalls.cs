using System.Net;
using System.Net.Http.Json;

namespace UserCache.Tests.Chaos;

/// <summary>The API's calls as operations: whatever comes back, or does not, is written down and never thrown.</summary>
internal sealed class ApiCalls(IReadOnlyList<Uri> replicas) : IDisposable
{
    // Longer than the service may take over any call; who waits for so long is told that it makes no sense.
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public async Task<Operation> ReadAsync(int client, int replica, int row) =>
        (await SendAsync(OperationKind.Read, client, replica, [row], HttpMethod.Get, $"/{ChaosRow.IdOf(row)}", null, RowAnswer.FromOne))[0];

    /// <param name="client">Who asks.</param>
    /// <param name="replica">Which is asked.</param>
    /// <param name="rows">All of one kind.</param>
    public Task<Operation[]> ReadManyAsync(int client, int replica, IReadOnlyList<int> rows)
    {
        var query = ChaosRow.IsTeam(rows[0])
            ? string.Join('&', rows.Select(row => $"ids={ChaosRow.IdOf(row)}"))
            : $"ids={string.Join(',', rows.Select(ChaosRow.IdOf))}";
        return SendAsync(OperationKind.Read, client, replica, rows, HttpMethod.Get, $"?{query}", null, RowAnswer.FromMany);
    }

    public async Task<Operation> WriteUserAsync(int client, int replica, int row, string username, string email)
    {
        using var body = JsonContent.Create(new { username, email });
        return (await SendAsync(
            OperationKind.ApiWrite, client, replica, [row], HttpMethod.Put, $"/{ChaosRow.IdOf(row)}", body, RowAnswer.FromOne))[0];
    }

    public async Task<Operation> RenameTeamAsync(int client, int replica, int row, string name) =>
        (await SendAsync(
            OperationKind.ApiWrite, client, replica, [row], HttpMethod.Put, $"/{ChaosRow.IdOf(row)}/{name}", null, RowAnswer.FromMany))[0];

    /// <summary>Changes two teams in one transaction.</summary>
    public Task<Operation[]> MoveSeatAsync(int client, int replica, int from, int to) => SendAsync(
        OperationKind.ApiWrite, client, replica, [from, to], HttpMethod.Post,
        $"/{ChaosRow.IdOf(from)}/seats/{ChaosRow.IdOf(to)}", null, RowAnswer.FromMany);

    public void Dispose() => _http.Dispose();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task<Operation[]> SendAsync(
        OperationKind kind, int client, int replica, IReadOnlyList<int> rows, HttpMethod method, string path, HttpContent? body,
        Func<HttpResponseMessage, string, int, RowAnswer> parse)
    {
        using var request = new HttpRequestMessage(method, new Uri(replicas[replica], ChaosRow.PathOf(rows[0]) + path)) { Content = body };
        var begin = Stopwatch.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            var end = Stopwatch.GetTimestamp();
            return [.. rows.Select(row =>
            {
                var answer = response.StatusCode switch
                {
                    HttpStatusCode.OK => parse(response, text, row),
                    HttpStatusCode.NotFound => new RowAnswer(Outcome.NotFound),
                    HttpStatusCode.ServiceUnavailable => new RowAnswer(Outcome.Unavailable),
                    var status => new RowAnswer(Outcome.Senseless, Detail: $"status {Text((int)status)}: {text}"),
                };
                return new Operation(
                    kind, client, replica, row, begin, end,
                    answer.Outcome, answer.Version, answer.Content, answer.IsHit, answer.IsNear, answer.Detail);
            })];
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return Failed(Outcome.Lost, failure.GetBaseException().Message);
        }
        catch (TaskCanceledException)
        {
            return Failed(Outcome.Senseless, $"no answer within {_http.Timeout.TotalSeconds} s");
        }

        Operation[] Failed(Outcome outcome, string detail)
        {
            var end = Stopwatch.GetTimestamp();
            return [.. rows.Select(row => new Operation(kind, client, replica, row, begin, end, outcome, Detail: detail))];
        }
    }
}
