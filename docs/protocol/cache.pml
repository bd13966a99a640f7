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
#elif defined(PROXY)
#define API_WRITES 1
#define SQL_WRITES 0
#define FAILOVERS 1
#elif defined(OUTSIDERS)
#define API_WRITES 1
#define SQL_WRITES 1
#define FAILOVERS 0
#define MAY_CLOSE true
#elif defined(NEAR)
#define API_WRITES 2
#define SQL_WRITES 0
#define FAILOVERS 0
#define MAY_MISS true
#define LISTENS true
#else
#error "Say which instance: -DJOINERS, -DFAILOVER, -DPROXY, -DOUTSIDERS or -DNEAR."
#endif

/* Whether begin-write may fail to reach Redis, and whether process 0 keeps copies of its own. */
#ifndef MAY_MISS
#define MAY_MISS FAILOVERS
#define LISTENS false
#endif

/* Where everything may come to rest, SPIN sees whether something is stuck. Elsewhere reads never end. */
#ifndef MAY_CLOSE
#define MAY_CLOSE false
#endif

#define BIT(n) (1 << (n))
#define NONE 0

/*
 * Process 0 is modelled in full: two readers that join each other's flights. Process 1 stands for all others: what they do is Onlooker
 * and Refresh.
 */
#define READERS 2
#define PROCESSES 2

/* Tokens of leases. Only equality counts, so each flight has the same one: what an ended flight leaves behind counts as expired. */
#define FLIGHT 1
#define REFRESH 2

/* What acquire answers when it is not a version. */
#define WON 10
#define HELD 11
#define WRITER 12

/* PostgreSQL: the committed version, the row's lock, the outbox rows not marked as relayed (a bit for each version). */
byte db = 1;
bool row_locked;
byte unrelayed;

/* Redis, and the replica that may take its place; before it has copied anything it stands for a restart with nothing. */
byte value, lease, lease_floor, writers;
byte replica_value, replica_lease, replica_floor, replica_writers;
byte failovers;

/* A process: its gate, its flight, and whether the gate has been open ever since the flight began. */
bool open[PROCESSES] = true;
bool flying;
bool flight_trusts;
bool refreshing;
bool closed;                  /* no new reads or refreshes */

/* Behind a proxy that keeps the connections: there was a failover, and the process has not looked at its mark since. */
#ifdef PROXY
bool unaware[PROCESSES];
#define UNAWARE(p) unaware[p]
#else
#define UNAWARE(p) false
#endif

/* A reader: at work, waiting for its process' flight, gate open ever since this round began, arrived before the flight's asOf. */
bool reading[READERS];
bool waiting[READERS];
bool trusts[READERS];
bool covered[READERS];

/* API writers between begin-write and their end; those of them of whom a new server does not know. */
byte writing, forgotten;

/*
 * The copy near the readers of process 0; whether what was noted for the GET under way is still so; versions of which a message is on
 * its way.
 */
byte near;
bool noted;
bool listening = LISTENS;
byte undelivered;
byte told;                    /* the monitor: versions that have raised the floor */

/* The monitor: what a read that begins now may not fall below, what each read may not fall below, versions announced by begin-write. */
byte floor;
byte need[READERS];
byte announced;
hidden byte never_below_the_floor, right_when_quiet;

inline raise(version) {
    floor = (version > floor -> version : floor);
#ifdef NEAR
    told = told | BIT(version)
#endif
}

#define QUIET (!reading[0] && !reading[1] && !refreshing && !row_locked && writing == 0 && unrelayed == 0 && open[0] && open[1] \
               && !UNAWARE(0) && !UNAWARE(1))

inline forget() { near = NONE; noted = false }
inline publish(version) { undelivered = (listening -> undelivered | BIT(version) : undelivered) }
inline heard(version) { undelivered = undelivered & ~BIT(version) }

#include "scripts.pml"
#include "readers.pml"
#include "writers.pml"
#include "failover.pml"
#include "near.pml"

/* The order is that in which a broken rule is found soonest: the search tries the last process first. */
init {
    atomic {
        run Redis();
        run Writer(0);
#if API_WRITES == 2
        run Writer(1);
#endif
#if SQL_WRITES
        run Sql();
#endif
        run Relay(); run Onlooker();
#ifdef NEAR
        run Near();
#else
#ifdef PROXY
        run Turn(0); run Turn(1);
#endif
        run Gate(0); run Gate(1); run Reader(0); run Reader(1); run Flight();
#endif
        run Refresh()
    }
}
