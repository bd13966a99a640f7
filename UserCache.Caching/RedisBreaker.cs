using Polly;
using Polly.CircuitBreaker;
using StackExchange.Redis;

namespace UserCache.Caching;

/// <summary>A shard's circuit breaker. When it opens, it shuts the shard's gate.</summary>
internal sealed class RedisBreaker
{
    /// <summary>Fewer failures open it in no case.</summary>
    public const int MinimumThroughput = 4;

    private static readonly TimeSpan SamplingDuration = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BreakDuration = TimeSpan.FromMilliseconds(500);
    private const double FailureRatio = 0.5;

    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline _breaker;

    public RedisBreaker(CacheGate gate, TimeProvider time) =>
        _breaker = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                SamplingDuration = SamplingDuration,
                MinimumThroughput = MinimumThroughput,
                FailureRatio = FailureRatio,
                BreakDuration = BreakDuration,
                StateProvider = _state,
                ShouldHandle = new PredicateBuilder()
                    .Handle<RedisConnectionException>().Handle<RedisTimeoutException>().Handle<OperationCanceledException>(),
                OnOpened = _ =>
                {
                    gate.Shut("the circuit breaker has opened");
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    /// <summary>0 closed, 1 open, 2 half-open.</summary>
    public int State => _state.CircuitState switch
    {
        CircuitState.Closed => 0,
        CircuitState.HalfOpen => 2,
        _ => 1,
    };

    /// <summary>
    /// Whether commands need not go through it: it is told of what happened. To go through it would cost a hit more than all else that is
    /// done on the way.
    /// </summary>
    public bool IsClosed => _state.CircuitState == CircuitState.Closed;

    /// <summary>Sends a command if it lets it through.</summary>
    /// <exception cref="BrokenCircuitException">It does not.</exception>
    public ValueTask<T> ExecuteAsync<TState, T>(Func<TState, ValueTask<T>> send, TState state) =>
        _breaker.ExecuteAsync(static (all, _) => all.send(all.state), (send, state));

    /// <summary>Tells it how a command ended that did not go through it.</summary>
    public void Tell(Exception? failure)
    {
        var context = ResilienceContextPool.Shared.Get();
        _ = _breaker.ExecuteOutcomeAsync(
            static (_, failure) => ValueTask.FromResult(failure is null ? Outcome.FromResult(true) : Outcome.FromException<bool>(failure)),
            context,
            failure).AsTask();
        ResilienceContextPool.Shared.Return(context);
    }
}
