namespace UserCache.ApiService.Caching;

/// <summary>The source was not read: too many reads wait for it, or it took too long. Trying again later is right.</summary>
internal sealed class SourceUnavailableException(string message) : Exception(message);
