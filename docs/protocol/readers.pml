/* Readers, the flight that they share, and what readers of other processes do. */

inline returns(r, version) {
    never_below_the_floor = (version >= need[r] || UNAWARE(0));
    assert(never_below_the_floor);                           /* @assert-floor */
    if
    :: announced & BIT(version) -> raise(version)
    :: else
    fi;
    reading[r] = false; waiting[r] = false; covered[r] = false; trusts[r] = false; need[r] = 0
}

proctype Reader(byte r)
{
end_idle:
    atomic {
        !closed;
        right_when_quiet = (!QUIET || value == NONE || value == db);
        assert(right_when_quiet);
        reading[r] = true;
        need[r] = floor;
        trusts[r] = open[0]
    };
get:
    atomic {
        if
        :: (value != NONE
           && trusts[r]                                      /* @hit-needs-a-gate-that-stayed-open */
           ) -> d_step { returns(r, value) }; goto end_idle
        :: value == NONE || !trusts[r] || FAILOVERS -> waiting[r] = true; flying = true
        fi
    };
    atomic {
        !waiting[r];
        if
        :: reading[r] -> trusts[r] = open[0]; goto get
        :: else -> goto end_idle
        fi
    }
}

/* Nobody will use it any more. */
inline forget_lease_of(token) {
    lease_floor = (lease == token -> 0 : lease_floor);
    lease = (lease == token -> NONE : lease);
    replica_floor = (replica_lease == token -> 0 : replica_floor);
    replica_lease = (replica_lease == token -> NONE : replica_lease)
}

/* Moves the flight's asOf to this moment: whoever has arrived by now may use the result. */
inline cover() { covered[0] = reading[0]; covered[1] = reading[1] }

inline hand_over(r, version) {
    if
    :: !waiting[r] -> skip
    :: waiting[r] && !covered[r] -> waiting[r] = false       /* @joiner-arrived-before-as-of */
    :: else -> returns(r, version)
    fi
}

proctype Flight()
{
    byte version, answer;
    bool accepted;

end_idle:
    atomic {
        flying;
        if
        :: open[0] -> flight_trusts = true
        :: else -> goto load
        fi
    };
ask:
    atomic {
        cover();
        if
        :: d_step { acquire(FLIGHT, answer) }
        :: FAILOVERS -> answer = WRITER
        fi;
        if
        :: answer == HELD -> goto ask
        :: answer >= HELD -> goto load
        :: answer == WON -> goto load
        :: (answer < WON
           && flight_trusts                                  /* @value-needs-a-gate-that-stayed-open */
           ) -> version = answer; goto land
        :: answer < WON && !flight_trusts -> goto load
        fi
    };
load:
    atomic {
        cover();
        version = db;
        if
        :: answer == WON -> answer = 0
        :: else -> goto land
        fi
    };
    atomic {
        if
        :: d_step { fill(FLIGHT, version, accepted) }
        :: FAILOVERS -> accepted = false
        fi;
        if
        :: (accepted
           && flight_trusts                                  /* @fill-needs-a-gate-that-stayed-open */
           ) -> cover()
        :: else
        fi;
        accepted = false
    };
land:
    atomic {
        hand_over(0, version);
        hand_over(1, version);
        forget_lease_of(FLIGHT);
        version = 0; answer = 0; flight_trusts = false; flying = false
    };
    goto end_idle
}

/* Readers of the other processes: each either hits, or reads the database. */
proctype Onlooker()
{
end_idle:
    do
    :: atomic {
           value != NONE && open[1] && !closed ->
           never_below_the_floor = (value >= floor || UNAWARE(1));
           assert(never_below_the_floor);                    /* @assert-floor */
           if
           :: announced & BIT(value) -> raise(value)
           :: else
           fi
       }
    :: d_step { announced & BIT(db) && floor < db -> raise(db) }
    od
}

/* A background refresh, by whichever process. Its fill may come as late as a command in flight can. */
proctype Refresh()
{
    byte version;
    bool accepted;

end_idle:
    do
    :: atomic {
           (lease == NONE && !closed
           && writers == 0                                   /* @refresh-asks-for-writers */
           ) -> take_lease(REFRESH); refreshing = true
       };
       version = db;
       d_step {
           fill(REFRESH, version, accepted);
           forget_lease_of(REFRESH);
           version = 0; accepted = false; refreshing = false
       }
    od
}
