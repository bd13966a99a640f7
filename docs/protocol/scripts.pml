/* The Lua scripts: what Redis does in one step. */

inline take_lease(token) { lease = token; lease_floor = 0 }
inline drop_lease() { lease = NONE; lease_floor = 0 }

inline acquire(token, answer) {
    if
    :: value != NONE -> answer = value
    :: value == NONE && writers != 0 -> answer = WRITER      /* @acquire-asks-for-writers */
    :: value == NONE && writers == 0 && lease != NONE -> answer = HELD
    :: else -> take_lease(token); answer = WON
    fi
}

inline fill(token, version, accepted) {
    if
    :: lease != token -> accepted = false                    /* @fill-asks-for-the-lease */
    :: lease == token && version < lease_floor -> drop_lease(); accepted = false /* @fill-asks-for-the-floor */
    :: else -> value = version; drop_lease(); accepted = true
    fi
}

inline begin_write(w) {
    value = NONE;                                            /* @begin-write-deletes-the-value */
    drop_lease();                                            /* @begin-write-deletes-the-lease */
    writers = writers | BIT(w);                              /* @begin-write-registers */
    publish(db + 1);                                         /* @begin-write-publishes */
}

inline end_write(w) {
    value = NONE;                                            /* @end-write-deletes-the-value */
    drop_lease();                                            /* @end-write-deletes-the-lease */
    publish(version);                                        /* @end-write-publishes */
    writers = writers & ~BIT(w)
}

inline invalidate_older(version) {
    lease_floor = (lease != NONE && lease_floor < version -> version : lease_floor); /* @invalidate-older-raises-the-floor */
    value = (value < version -> NONE : value);               /* @invalidate-older-deletes-the-value */
    publish(version);                                        /* @invalidate-older-publishes */
}
