using System.Collections.Concurrent;
using System.Reflection;
using UserCache.Caching.Scripts;

namespace UserCache.Tests.Engine;

/// <summary>
/// The way of one engine to Redis: notes every command, by the name of its script, and lets a test do something before it is sent or
/// after it is answered, such as fail. What is not scripted is a real Redis' answer.
/// </summary>
public sealed class RedisTap
{
    private static readonly Dictionary<string, string> Scripts =
        typeof(CacheAside).Assembly.GetManifestResourceNames().Select(Path.GetFileNameWithoutExtension).ToDictionary(Script.Read!)!;

    private readonly ConcurrentQueue<string> _commands = new();
    private readonly List<Step> _steps = [];

    public RedisTap(IConnectionMultiplexer redis)
    {
        var database = Proxy.Of(redis.GetDatabase(), this);
        Connection = Proxy.Of(redis, tap: null, database);
    }

    /// <summary>For the engine.</summary>
    public IConnectionMultiplexer Connection { get; }

    /// <summary>What was sent so far.</summary>
    public IReadOnlyList<string> Commands => [.. _commands];

    /// <summary>What a Redis that hangs looks like, without the wait.</summary>
    public static RedisTimeoutException Timeout { get; } = new(CommandFlags.None, "Redis has not answered.", CommandStatus.Sent);

    /// <summary>Does something before the next command of a name, and of a key if there is one, is sent.</summary>
    public void Before(string command, Func<Task> step, string? key = null) => Add(new Step(command, key, step, Answered: false, default));

    /// <summary>Does something after the next command of a name is answered, before the engine is told.</summary>
    public void After(string command, Action step) => After(command, () => Task.Run(step));

    /// <summary>The same, of something that takes time: until then the answer is held up.</summary>
    public void After(string command, Func<Task> step) => Add(new Step(command, Key: null, step, Answered: true, default));

    /// <summary>Lets the next commands of a name fail as those do that Redis does not answer.</summary>
    public void Fail(string command, int times = 1, Exception? failure = null, string? key = null) =>
        Add(new Step(command, key, () => throw failure ?? Timeout, Answered: false, default), times);

    /// <summary>Lets the next GET find nothing, whatever is there.</summary>
    public void Miss() => Add(new Step("get", Key: null, () => Task.CompletedTask, Answered: false, RedisValue.Null));

    private void Add(Step step, int times = 1)
    {
        lock (_steps)
        {
            _steps.AddRange(Enumerable.Repeat(step, times));
        }
    }

    private Step? Take(string command, string key, bool answered)
    {
        lock (_steps)
        {
            var found = _steps.Find(step => step.Command == command && step.Answered == answered && (step.Key ?? key) == key);
            return found is not null && _steps.Remove(found) ? found : null;
        }
    }

    private async Task<T> SendAsync<T>(string command, string key, Func<Task<T>> send)
    {
        _commands.Enqueue(command);
        if (Take(command, key, answered: false) is { } before)
        {
            await before.Do();
            if (before.Answer is T scripted)
            {
                return scripted;
            }
        }

        var answer = await send();
        await (Take(command, key, answered: true)?.Do() ?? Task.CompletedTask);
        return answer;
    }

    private sealed record Step(string Command, string? Key, Func<Task> Do, bool Answered, RedisValue? Answer);

    /// <summary>Passes every call on.</summary>
    public class Proxy : DispatchProxy
    {
        private object _inner = null!;
        private RedisTap? _tap;
        private IDatabase? _database;

        internal static T Of<T>(T inner, RedisTap? tap, IDatabase? database = null)
            where T : class
        {
            var made = Create<T, Proxy>();
            var proxy = (Proxy)(object)made;
            (proxy._inner, proxy._tap, proxy._database) = (inner, tap, database);
            return made;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (_database is not null && targetMethod!.Name == nameof(IConnectionMultiplexer.GetDatabase))
            {
                return _database;
            }

            return (_tap, targetMethod!.Name, args) switch
            {
                ({ } tap, nameof(IDatabaseAsync.StringGetAsync), [RedisKey key, ..]) =>
                    tap.SendAsync("get", key.ToString(), () => (Task<RedisValue>)Send()!),
                ({ } tap, nameof(IDatabaseAsync.StringGetAsync), [RedisKey[] keys, ..]) =>
                    tap.SendAsync("mget", keys[0].ToString(), () => (Task<RedisValue[]>)Send()!),
                // What nobody waits for may come at any time.
                ({ } tap, nameof(IDatabaseAsync.ScriptEvaluateAsync), [string script, RedisKey[] keys, _, CommandFlags flags])
                    when !flags.HasFlag(CommandFlags.FireAndForget) =>
                    tap.SendAsync(Scripts[script], keys[0].ToString(), () => (Task<RedisResult>)Send()!),
                _ => Send(),
            };

            object? Send() => targetMethod!.Invoke(_inner, BindingFlags.DoNotWrapExceptions, binder: null, args, culture: null);
        }
    }
}
