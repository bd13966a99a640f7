DROP TRIGGER cache_truncate ON "{table}";
DROP TRIGGER cache_record ON "{table}";
DROP TRIGGER cache_version ON "{table}";
DROP FUNCTION {table}_cache_truncate(), {table}_cache_record(), {table}_cache_version();
DELETE FROM cache_invalidations WHERE cache = '{cache}';
