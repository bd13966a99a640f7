namespace UserCache.Tests.Database;

/// <summary>Others have constraints and triggers on the table, which this service knows nothing of.</summary>
[Collection(DatabaseGroup.Name)]
public sealed class RefusalTests(App app) : WithoutRedisTest(app)
{
    [Theory]
    [InlineData("")]
    // Then it is COMMIT that is refused.
    [InlineData("DEFERRABLE INITIALLY DEFERRED")]
    public async Task Deletion_of_a_user_on_whom_others_rows_depend_answers_409_that_names_their_constraint(string when)
    {
        var id = await Users.CreateAsync();
        await Database.ExecuteAsync($"CREATE TABLE orders (user_id bigint CONSTRAINT fk_orders_user REFERENCES users {when})");
        await Database.ExecuteAsync("INSERT INTO orders VALUES ($1)", id);

        (await Users.DeleteAsync(id)).ShouldBeProblem(409, "(constraint \"fk_orders_user\" of \"orders\")");

        Assert.Equal((200, "\"1\""), (await Users.GetAsync(id)).StatusAndETag);
        await Database.ExecuteAsync("DELETE FROM orders");
        Assert.Equal(204, (await Users.DeleteAsync(id)).Status);
    }

    [Theory]
    [InlineData("CREATE UNIQUE INDEX ux_email ON users (email)", 409, "something else has what it would have (constraint \"ux_email\"")]
    [InlineData("ALTER TABLE users ADD CONSTRAINT ex EXCLUDE (email WITH =)", 409, "(constraint \"ex\" of \"users\")")]
    [InlineData(
        "CREATE TABLE emails (email text PRIMARY KEY); ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (email) REFERENCES emails NOT VALID",
        409, "what it depends on is not there (constraint \"fk\" of \"users\")")]
    [InlineData("ALTER TABLE users ADD CONSTRAINT ck CHECK (email <> 'a@example.com') NOT VALID", 422, "(constraint \"ck\" of \"users\")")]
    [InlineData(
        "ALTER TABLE users ADD plan text NOT NULL DEFAULT ''; ALTER TABLE users ALTER plan DROP DEFAULT",
        422, "a value is missing or not allowed (column \"plan\" of \"users\")")]
    [InlineData(
        """
        CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'We are full.'; END $$;
        CREATE TRIGGER is_full BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION is_full()
        """,
        422, "The database refuses the change: We are full.")]
    public async Task New_user_that_a_rule_of_others_refuses_answers_409_or_422_that_names_it(string rule, int status, string saying)
    {
        await Users.PostAsync(new { username = UsersClient.NewName(), email = "a@example.com" });
        await Database.ExecuteAsync(rule);

        var answer = await Users.PostAsync(new { username = UsersClient.NewName(), email = "a@example.com" });

        answer.ShouldBeProblem(status, saying);
    }

    [Fact]
    public async Task Sequence_behind_its_table_is_one_sentence_until_it_is_set_right_as_the_log_and_the_database_s_page_say()
    {
        await Database.ExecuteAsync(
            "INSERT INTO users (id, username) OVERRIDING SYSTEM VALUE SELECT n, 'user-' || n FROM generate_series(1, 9) AS n");

        var refused = await Users.PostAsync(new { username = UsersClient.NewName() });

        refused.ShouldBeProblem(503, "the next id of the database is taken");
        Assert.Equal("1", refused.Headers["Retry-After"]);
        await Eventually.LoggedAsync(Api, 220);
        await Database.ExecuteAsync(DatabasePage.Sql("Import"));
        Assert.Equal(2_001, await Users.CreateAsync());
    }
}
