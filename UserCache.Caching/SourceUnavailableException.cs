namespace UserCache.Caching;

/// <summary>The source was not read: too many reads wait for it, or it took too long. Trying again later is right.</summary>
/// <param name="message">Which of the two.</param>
public sealed class SourceUnavailableException(string message) : Exception(message);
