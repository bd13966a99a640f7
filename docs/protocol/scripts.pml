/* The Lua scripts: what Redis does in one step. */

inline acquire(token, answer) {
    if
    :: value != NONE -> answer = value
    :: value == NONE && writers != 0 -> answer = WRITER      /* @acquire-asks-for-writers */
    :: value == NONE && writers == 0 && lease != NONE -> answer = HELD
    :: else -> lease = token; answer = WON
    fi
}

inline fill(token, version, accepted) {
    if
    :: lease != token -> accepted = false                    /* @fill-asks-for-the-lease */
    :: else -> value = version; lease = NONE; accepted = true
    fi
}

inline begin_write(w) {
    value = NONE;                                            /* @begin-write-deletes-the-value */
    lease = NONE;                                            /* @begin-write-deletes-the-lease */
    writers = writers | BIT(w);                              /* @begin-write-registers */
}

inline end_write(w) {
    value = NONE;                                            /* @end-write-deletes-the-value */
    lease = NONE;                                            /* @end-write-deletes-the-lease */
    writers = writers & ~BIT(w)
}

inline invalidate_older(version) {
    lease = NONE;                                            /* @invalidate-older-deletes-the-lease */
    value = (value < version -> NONE : value);               /* @invalidate-older-deletes-the-value */
}
