namespace UserCache.Tests.Engine;

/// <summary>When cached values are believed, and what is done when they are not.</summary>
public sealed class GateTests(SharedRedis redis) : EngineTest(redis)
{
    // Longer than a test waits for anything.
    private static readonly (string Key, string Value) LongLease = ("LoadTimeout", "00:01:00");

    [Fact]
    public async Task Command_that_the_client_gives_up_is_a_lost_connection_and_fails_no_call()
    {
        var (replica, key) = (Replica(), NewRow());
        replica.Redis.Fail("get", failure: new TaskCanceledException());
        AssertRead(await replica.GetAsync(key), CacheOutcome.Bypass, 1);
        replica.Redis.Fail("mget", failure: new TaskCanceledException());
        AssertRead((await replica.Cache.GetManyAsync([key, NewRow()], CancellationToken.None))[0], CacheOutcome.Bypass, 1);
        replica.Redis.Fail("end-write", failure: new TaskCanceledException());
        Assert.False(await WriteAsync(replica, key, version: 2));
    }

    [Fact]
    public async Task Gate_that_is_shut_has_reads_bypass_Redis_until_it_is_opened()
    {
        var (replica, key) = (Replica(), NewRow());
        replica.Gate.Shut("of the test");

        AssertRead(await replica.GetAsync(key), CacheOutcome.Bypass, 1);
        AssertRead(Assert.Single(await replica.GetManyAsync(key)), CacheOutcome.Bypass, 1);
        Assert.Empty(replica.Redis.Commands);

        replica.OpenGate();
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
    }

    [Fact]
    public void Gate_is_shut_at_first_keeps_its_first_reason_and_is_not_opened_by_who_began_before_a_sign()
    {
        var gate = new CacheGate();
        Assert.False(gate.IsOpen);
        var before = gate.Generation;
        Assert.True(gate.TryOpen(before));

        gate.Shut("the first sign");
        gate.Shut("a later one");
        gate.NoteCatchingUp(before);

        Assert.False(gate.TryOpen(before));
        Assert.Equal((false, false, "the first sign"), (gate.IsOpen, gate.IsCatchingUp, gate.Reason));
        gate.NoteCatchingUp(gate.Generation);
        Assert.True(gate.IsCatchingUp);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("acquire")]
    public async Task Answer_to_a_question_from_before_a_sign_is_not_believed_also_when_the_gate_is_open_again(string question)
    {
        var (replica, key) = (Replica(), NewRow(version: 2));
        // What is there is old; only who asks for the lease finds it, where that is the question.
        if (question == "acquire")
        {
            replica.Redis.Miss();
        }

        await Stored.StringSetAsync(key, Planted.Entry(key, version: 1, "{}", freshFor: TimeSpan.FromMinutes(1)));
        replica.Redis.After(question, replica.ShutAndOpenGate);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Bypass, 2);
    }

    [Fact]
    public async Task Lease_won_before_a_sign_is_given_back_and_what_was_read_is_not_stored()
    {
        var (replica, key) = (Replica(), NewRow());
        replica.Redis.After("acquire", replica.ShutAndOpenGate);

        AssertRead(await replica.GetAsync(key), CacheOutcome.Bypass, 1);

        await EngineReplica.UntilAsync(async () => !await Stored.KeyExistsAsync(Lease(key)));
        Assert.False(await IsStoredAsync(key));
    }

    [Fact]
    public async Task Fill_under_a_pass_from_before_a_sign_is_not_stored_also_when_the_gate_is_open_again()
    {
        var (replica, key) = (Replica(LongLease), NewRow());
        var (read, load) = await StartHeldReadAsync(replica, key);

        replica.ShutAndOpenGate();
        load.Release();

        AssertRead(await read, CacheOutcome.Miss, 1);
        Assert.False(await IsStoredAsync(key));
        // And keeps nobody from filling.
        await EngineReplica.UntilAsync(() => !Stored.KeyExists(Lease(key)));
        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1, stored: true);
    }

    [Fact]
    public async Task Fill_that_Redis_does_not_answer_keeps_nobody_from_filling()
    {
        var (replica, key) = (Replica(LongLease), NewRow());
        replica.Redis.Fail("fill");

        AssertRead(await replica.GetAsync(key), CacheOutcome.Miss, 1);

        await EngineReplica.UntilAsync(() => !Stored.KeyExists(Lease(key)));
        AssertRead(await Replica().GetAsync(key), CacheOutcome.Miss, 1, stored: true);
    }

    [Fact]
    public async Task Reader_whom_Redis_does_not_answer_reads_the_source_without_asking_it_again()
    {
        var (replica, key) = (Replica(), NewRow());
        replica.Redis.Fail("get");

        AssertRead(await replica.GetAsync(key), CacheOutcome.Bypass, 1);

        Assert.Equal(["get"], replica.Redis.Commands);
        Assert.Equal(1, replica.Logged(100));
    }

    [Fact]
    public async Task Batch_that_Redis_does_not_answer_loads_all_at_once_without_asking_it_again()
    {
        var (replica, keys) = (Replica(), new[] { NewRow(), NewRow(), NewRow() });
        replica.Redis.Fail("mget");

        Assert.All(await replica.GetManyAsync(keys), result => AssertRead(result, CacheOutcome.Bypass, 1));

        Assert.Equal(["mget"], replica.Redis.Commands);
        Assert.Equal(keys, Assert.Single(Source.Loads));
    }

    [Fact]
    public async Task Redis_that_goes_on_not_answering_opens_the_breaker_which_shuts_the_gate_and_spares_the_next_their_timeout()
    {
        var (replica, keys) = (Replica(), Enumerable.Range(0, 4).Select(_ => NewRow()).ToArray());
        using var breaker = replica.Collect<long>(CacheTelemetry.BreakerState);
        using var gate = replica.Collect<long>(CacheTelemetry.GateState);
        replica.Redis.Fail("mget");

        Assert.All(await replica.GetManyAsync(keys), result => AssertRead(result, CacheOutcome.Bypass, 1));
        await EngineReplica.UntilAsync(() => !replica.Gate.IsOpen);
        Assert.Equal("the circuit breaker has opened", replica.Gate.Reason);
        breaker.RecordObservableInstruments();
        gate.RecordObservableInstruments();
        Assert.Equal((1, 0), (breaker.LastMeasurement!.Value, gate.LastMeasurement!.Value));

        Assert.False(await WriteAsync(replica, keys[0], version: 2));
        Assert.Equal(["mget"], replica.Redis.Commands);

        replica.Time.Advance(TimeSpan.FromMilliseconds(501));
        Assert.True(await WriteAsync(replica, keys[0], version: 3));
    }

    [Fact]
    public async Task Server_that_is_no_primary_any_more_shuts_the_gate()
    {
        var replica = Replica();
        var readOnly = new RedisServerException(
            RedisErrorKind.ReadOnly, CommandFlags.None, "READONLY You can't write against a read only replica.");
        replica.Redis.Fail("begin-write", failure: readOnly);

        await WriteAsync(replica, NewRow(), version: 2);

        Assert.Equal((false, "the server is no primary any more"), (replica.Gate.IsOpen, replica.Gate.Reason));
    }

    [Fact]
    public async Task Connection_that_is_lost_shuts_the_gate_at_once()
    {
        await using var server = Redis.NewServer();
        await server.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        var replica = Replica(connection);
        AssertRead(await replica.GetAsync(NewRow()), CacheOutcome.Miss, 1, stored: true);

        await server.KillAsync();

        // By whichever of the client's events comes first: that of the connection, or that there is no primary any more.
        await EngineReplica.UntilAsync(() => !replica.Gate.IsOpen);
    }

    [Fact]
    public async Task Connection_that_is_made_anew_shuts_the_gate_before_anything_is_sent_over_it()
    {
        var gates = new CacheGates();
        var gate = gates.Whole;
        var options = ConfigurationOptions.Parse(Redis.Server.ConnectionString);
        options.TuneForCaching(new CacheOptions(), gates);
        options.ClientName = $"{Guid.NewGuid():N}";
        var before = gate.Generation;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        Assert.True(gate.Generation > before);
        Assert.Equal((250, BacklogPolicy.FailFast, false), (options.AsyncTimeout, options.BacklogPolicy, options.AbortOnConnectFail));
        Assert.True(gate.TryOpen(gate.Generation));

        var server = Redis.Connection.GetServers()[0];
        foreach (var client in (await server.ClientListAsync()).Where(client => client.Name == options.ClientName))
        {
            await server.ClientKillAsync(client.Address!);
        }

        await EngineReplica.UntilAsync(() => !gate.IsOpen);
    }
}
