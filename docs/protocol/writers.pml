/* Writers, and the relay that tells Redis of what they committed. */

/* The writer of process 0, whose answer is not awaited by messages. */
#define OWN 0

proctype Writer(byte w)
{
    byte version;

    atomic {
        !row_locked -> row_locked = true;
        if
        :: d_step { begin_write(w); announced = announced | BIT(db + 1); writing = writing | BIT(w) }
        :: MAY_MISS -> skip
        fi
    };
#ifdef NEAR
    if
    :: w == OWN -> d_step {
           forget();                                         /* @near-forgets-when-its-own-write-begins */
           heard(db + 1)
       }
    :: else
    fi;
#endif
    atomic {
        if
        :: db++; version = db; unrelayed = unrelayed | BIT(db)
        :: announced = announced & ~BIT(db + 1)
        fi;
        row_locked = false
    };
    atomic {
        if
        :: d_step { end_write(w); raise(version) }
        :: writers = writers & ~BIT(w)
        fi;
        replica_writers = replica_writers & ~BIT(w);
        writing = writing & ~BIT(w);
        forgotten = forgotten & ~BIT(w)
    };
#ifdef NEAR
    if
    :: w == OWN -> d_step {
           forget();                                         /* @near-forgets-when-its-own-write-ends */
           heard(version)
       }
    :: else
    fi
#endif
}

proctype Sql()
{
    d_step { !row_locked -> db++; unrelayed = unrelayed | BIT(db) }
}

inline relay(version) {
    invalidate_older(version);                               /* @relay-invalidates */
    raise(version)
}

proctype Relay()
{
    byte version;
end_idle:
    do
    :: atomic {
           if
           :: unrelayed & BIT(2) -> version = 2
           :: unrelayed & BIT(3) -> version = 3
           fi;
           d_step { relay(version) };
           if
           :: unrelayed = unrelayed & ~BIT(version)
           :: true
           fi;
           version = 0
       }
    od
}
