using System.Globalization;

namespace UserCache.Caching;

/// <summary>
/// The key of a row, as its source knows it: a whole number (<c>bigint</c>), a <c>uuid</c>, or a text. Keys are the same if their texts
/// are, letter for letter.
/// </summary>
/// <remarks>Made from a <see cref="long"/>, a <see cref="Guid"/> or a <see cref="string"/> without a cast.</remarks>
public readonly record struct RowKey
{
    // What a cluster takes for its slot's tag, and what stands for that.
    private const string Braces = "{}";
    private const char Escape = '%';

    private readonly string? _text;
    private readonly Guid _uuid;
    private readonly long _number;
    private readonly Kind _kind;

    /// <param name="number">A row's number.</param>
    public RowKey(long number) => (_kind, _number) = (Kind.Number, number);

    /// <param name="uuid">A row's uuid.</param>
    public RowKey(Guid uuid) => (_kind, _uuid) = (Kind.Uuid, uuid);

    /// <param name="text">A row's text; of a number or a uuid, that which PostgreSQL gives it.</param>
    public RowKey(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        (_kind, _text) = (Kind.Text, text);
    }

    private enum Kind : byte
    {
        Text,
        Number,
        Uuid,
    }

    /// <summary>The key as text: digits, a uuid in small letters with hyphens, or the text itself.</summary>
    public override string ToString() => _kind switch
    {
        Kind.Number => _number.ToString(CultureInfo.InvariantCulture),
        Kind.Uuid => _uuid.ToString(),
        _ => _text ?? "",
    };

    /// <inheritdoc/>
    public bool Equals(RowKey other) => string.Equals(ToString(), other.ToString(), StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>The key of a row's number.</summary>
    public static implicit operator RowKey(long number) => new(number);

    /// <summary>The key of a row's uuid.</summary>
    public static implicit operator RowKey(Guid uuid) => new(uuid);

    /// <summary>The key of a row's text.</summary>
    public static implicit operator RowKey(string text) => new(text);

    /// <summary>The key in Redis.</summary>
    /// <param name="prefix">What all keys of the cache begin with.</param>
    internal string Behind(string prefix) => _kind switch
    {
        Kind.Number => string.Create(CultureInfo.InvariantCulture, $"{prefix}{_number}"),
        Kind.Uuid => $"{prefix}{_uuid}",
        _ => prefix + Escaped(_text ?? ""),
    };

    /// <summary>A key in Redis that no row has.</summary>
    /// <param name="number">Tells it from others.</param>
    /// <param name="prefix">What all keys of the cache begin with.</param>
    internal static string OfNoRow(int number, string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{Escape}-{number}");

    /// <summary>The row's key as text, of its key in Redis.</summary>
    internal static string TextIn(string key, string prefix)
    {
        var text = key[prefix.Length..];
        return text.Contains(Escape, StringComparison.Ordinal)
            ? text.Replace("%7B", "{", StringComparison.Ordinal).Replace("%7D", "}", StringComparison.Ordinal)
                .Replace("%25", "%", StringComparison.Ordinal)
            : text;
    }

    private static string Escaped(string text) =>
        text.Contains(Escape, StringComparison.Ordinal) || text.AsSpan().ContainsAny(Braces)
            ? text.Replace("%", "%25", StringComparison.Ordinal).Replace("{", "%7B", StringComparison.Ordinal)
                .Replace("}", "%7D", StringComparison.Ordinal)
            : text;
}
