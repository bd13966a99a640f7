/*
 * The cache-aside protocol of one key, for SPIN. model.md says how it maps to the code and what is left out.
 *
 * A line that ends in a comment "@name" is one rule of the protocol: without that line the check must fail.
 * Each atomic step is one Lua script, one SQL statement, or something that one process does by itself.
 */

/* Instances: how many API writes, writes by other SQL clients, and restarts or failovers of Redis. */
#if defined(JOINERS)
#define API_WRITES 2
#define SQL_WRITES 0
#define FAILOVERS 0
#elif defined(FAILOVER)
#define API_WRITES 1
#define SQL_WRITES 0
#define FAILOVERS 1
#elif defined(OUTSIDERS)
#define API_WRITES 1
#define SQL_WRITES 1
#define FAILOVERS 0
#else
#error "Say which instance: -DJOINERS, -DFAILOVER or -DOUTSIDERS."
#endif

#define BIT(n) (1 << (n))
#define NONE 0

/* Process 0 is modelled in full: two readers that join each other's flights. Process 1 stands for all others: what they do is Onlooker and Refresh. */
#define READERS 2
#define PROCESSES 2

/* Tokens of leases. Only equality counts, so each flight has the same one; what a former flight left behind is ORPHAN. */
#define ORPHAN 1
#define FLIGHT 2
#define REFRESH 3

/* What acquire answers when it is not a version. */
#define WON 10
#define HELD 11
#define WRITER 12

/* PostgreSQL: the committed version, the row's lock, the outbox rows not marked as relayed (a bit for each version). */
byte db = 1;
bool row_locked;
byte unrelayed;

/* Redis, and the replica that may take its place; before it has copied anything it stands for a restart with nothing. */
byte value, lease, writers;
byte replica_value, replica_lease, replica_writers;
byte failovers;
bool copied;

/* A process: its gate, its flight, and whether the gate has been open ever since the flight began. */
bool open[PROCESSES] = true;
bool flying;
bool flight_trusts;
bool refreshing;

/* A reader: at work, waiting for its process' flight, gate open ever since this round began, arrived before the flight's asOf. */
bool reading[READERS];
bool waiting[READERS];
bool trusts[READERS];
bool covered[READERS];

/* API writers between begin-write and their end; those of them of whom a new server does not know. */
byte writing, forgotten;

/* The monitor: what a read that begins now may not fall below, what each read may not fall below, versions announced by begin-write. */
byte floor;
byte need[READERS];
byte announced;
hidden byte never_below_the_floor, right_when_quiet;

inline raise(version) { floor = (version > floor -> version : floor) }

/* ---- The Lua scripts ---- */

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

/* ---- Readers and their flights ---- */

#define QUIET (!reading[0] && !reading[1] && !refreshing && !row_locked && writing == 0 && unrelayed == 0 && open[0] && open[1])

inline returns(r, version) {
    never_below_the_floor = (version >= need[r]);
    assert(never_below_the_floor);
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
           && flight_trusts                               /* @value-needs-a-gate-that-stayed-open */
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
           && flight_trusts                               /* @fill-needs-a-gate-that-stayed-open */
           ) -> cover()
        :: else
        fi;
        accepted = false
    };
land:
    atomic {
        hand_over(0, version);
        hand_over(1, version);
        lease = (lease == FLIGHT -> ORPHAN : lease);
        replica_lease = (replica_lease == FLIGHT -> ORPHAN : replica_lease);
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
           value != NONE && open[1] ->
           never_below_the_floor = (value >= floor);
           assert(never_below_the_floor);
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
           (lease == NONE
           && writers == 0                                   /* @refresh-asks-for-writers */
           ) -> lease = REFRESH; refreshing = true
       };
       version = db;
       d_step {
           fill(REFRESH, version, accepted);
           replica_lease = (replica_lease == REFRESH -> ORPHAN : replica_lease);
           version = 0; accepted = false; refreshing = false
       }
    od
}

/* ---- Writers and the relay ---- */

proctype Writer(byte w)
{
    byte version;

    atomic {
        !row_locked -> row_locked = true;
        if
        :: d_step { begin_write(w); announced = announced | BIT(db + 1); writing = writing | BIT(w) }
        :: FAILOVERS -> skip
        fi
    };
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
        :: true
        fi;
        writing = writing & ~BIT(w); forgotten = forgotten & ~BIT(w)
    }
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

/* ---- Redis' own doings, and what a process does about them ---- */

proctype Redis()
{
end_idle:
    do
    :: lease != NONE -> lease = NONE
    :: value != NONE -> value = NONE
    :: writers & ~writing -> writers = writers & writing
    :: d_step { failovers < FAILOVERS && !copied -> copied = true; replica_value = value; replica_lease = lease; replica_writers = writers }
    :: d_step {
           failovers < FAILOVERS ->
           failovers++;
           value = replica_value; lease = replica_lease; writers = replica_writers;
           copied = false; replica_value = NONE; replica_lease = NONE; replica_writers = 0;
           forgotten = writing;
           open[0] = false; open[1] = false; flight_trusts = false; trusts[0] = false; trusts[1] = false;
       }
    od
}

proctype Gate(byte p)
{
    byte version;
end_idle:
    do
    :: atomic {
           (!open[p]
           && forgotten == 0                                 /* @gate-waits-for-forgotten-writers */
           ) -> version = db
       };
       d_step {
           invalidate_older(version);                        /* @gate-replays */
           open[p] = true; version = 0
       }
    od
}

init {
    atomic {
        run Redis(); run Relay(); run Refresh();
        run Reader(0); run Reader(1); run Flight(); run Gate(0); run Gate(1); run Onlooker();
        run Writer(0);
#if API_WRITES == 2
        run Writer(1);
#endif
#if SQL_WRITES
        run Sql()
#endif
    }
}
