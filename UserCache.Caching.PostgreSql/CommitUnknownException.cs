namespace UserCache.Caching.PostgreSql;

/// <summary>
/// COMMIT was sent and not answered: whether the change was made is not known. After any other failure of a write it was not.
/// </summary>
/// <param name="failure">What came instead of the answer.</param>
public sealed class CommitUnknownException(Exception failure) : Exception("The commit was not answered.", failure);
