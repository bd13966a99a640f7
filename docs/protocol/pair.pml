/*
 * Transactions that change two rows, for SPIN: the scripts at two keys, each of which may be on a server of its own. model.md says what is
 * left to the model of one key, and why.
 *
 * A row's version is the number of the transaction that wrote it: to the scripts only the order of versions counts.
 */

#define BIT(n) (1 << (n))
#define BOTH (BIT(0) | BIT(1))
#define UPTO(version) (BIT((version) + 1) - 1)
#define NONE 0

/* PostgreSQL: transactions that are committed, a bit for each locked row, each row's version, versions not marked as relayed. */
byte commits = 1;
byte locked;
byte versions[2] = 1;
byte unrelayed[2];

/* Redis. The scripts are at the key k of the process that runs them. */
byte values[2], leases[2], lease_floors[2], registrations[2];
#define value values[k]
#define lease leases[k]
#define lease_floor lease_floors[k]
#define writers registrations[k]
#define db versions[k]
#define publish(version) skip
#include "scripts.pml"

/*
 * A writer: which rows it changes, whether it has committed or rolled back; a bit for each row of which begin-write is answered or failed,
 * has failed; of which end-write is answered or failed, has failed.
 */
byte changes[2];
bool over[2];
byte begun[2], not_begun[2], ended[2], not_ended[2];

/*
 * The monitor: what a read of each key that begins now may not fall below; committed versions that will raise it when a read of either key
 * has shown that they are committed, since their begin-write has not failed.
 */
byte floor[2], announced[2];
hidden byte never_below_the_floor, right_when_quiet;

/* Up to the highest of a set of versions. */
inline raise(key, set) {
    floor[key] = ((set) & BIT(3) -> 3 : (((set) & BIT(2)) && floor[key] < 2 -> 2 : floor[key]));
    announced[key] = announced[key] & ~UPTO(floor[key])
}

/* A read of either key has returned a version: that transaction is committed, and so are all before it. */
#define TELLS(version) ((announced[0] | announced[1]) & UPTO(version))
inline returned(version) {
    raise(k, announced[k] & UPTO(version));                  /* @assert-own-key */
    raise(1 - k, announced[1 - k] & UPTO(version))
}

inline change(key) {
    versions[key] = (changes[w] & BIT(key) -> commits : versions[key]);
    announced[key] = (changes[w] & ~not_begun[w] & BIT(key) -> announced[key] | BIT(commits) : announced[key])
}

/* What the trigger does. */
inline record(key) {
    unrelayed[key] = (changes[w] & BIT(key) -> unrelayed[key] | BIT(commits) : unrelayed[key])
}

inline acknowledge(key) {
    if
    :: changes[w] & ~not_ended[w] & BIT(key) -> raise(key, BIT(version))
    :: else
    fi
}

/* One changes both rows; the other does, or one of them alone. Without its rules it waits for the command for one row, whichever it is. */
proctype Writer(byte w)
{
    byte version;

    atomic {
        if
        :: !locked -> changes[w] = BOTH
        :: w == 1 && !(locked & BIT(0)) -> changes[w] = BIT(0)
        fi;
        locked = locked | changes[w]
    };
    atomic {
        (begun[w] != 0
        && begun[w] == changes[w]                            /* @commit-waits-for-each-begin-write */
        );
        if
        :: d_step {
               commits++; version = commits;
               change(0); change(1); record(0);
               record(1);                                    /* @outbox-has-each-row */
           }
        :: true
        fi;
        locked = locked & ~changes[w];
        not_begun[w] = 0;
        over[w] = true
    };
    d_step {
        (ended[w] != 0
        && ended[w] == changes[w]                            /* @answer-waits-for-each-end-write */
        );
        acknowledge(0); acknowledge(1); not_ended[w] = 0; version = 0
    }
}

/* What a writer tells Redis of one row. The registration goes at its deadline, if end-write does not come. */
proctype Commands(byte w, k)
{
end_idle:
    atomic {
        changes[w] & BIT(k);
        if
        :: d_step { begin_write(w) }
        :: not_begun[w] = not_begun[w] | BIT(k)
        fi;
        begun[w] = begun[w] | BIT(k)
    };
    atomic {
        over[w];
        if
        :: d_step { end_write(w) }
        :: d_step { writers = writers & ~BIT(w); not_ended[w] = not_ended[w] | BIT(k) }
        fi;
        ended[w] = ended[w] | BIT(k)
    }
}

proctype Relay(byte k)
{
    byte version;

end_idle:
    do
    :: atomic {
           if
           :: unrelayed[k] & BIT(2) -> version = 2
           :: unrelayed[k] & BIT(3) -> version = 3
           fi;
           d_step { invalidate_older(version); raise(k, BIT(version)) };
           if
           :: unrelayed[k] = unrelayed[k] & ~BIT(version)
           :: true
           fi;
           version = 0
       }
    od
}

/* All readers of a key: each hits, or reads the database. Those whose answers are right and tell nothing new are left out. */
proctype Reader(byte k)
{
end_idle:
    do
    :: d_step {
           value != NONE && (value < floor[k] || TELLS(value)) ->
           never_below_the_floor = (value >= floor[k]);
           assert(never_below_the_floor);                    /* @assert-floor */
           returned(value)
       }
    :: d_step { TELLS(db) -> returned(db) }
    od
}

/* A miss. The lease's token is the version that was read under it: who has lost the lease stores nothing, and need not be remembered. */
proctype Miss(byte k)
{
    bool accepted;

end_idle:
    do
    :: d_step { value == NONE && lease == NONE && writers == 0 -> take_lease(db) }
    :: d_step { lease != NONE -> fill(lease, lease, accepted); accepted = false }
    od
}

/* When nothing more can happen, each key has been filled with what is committed. */
proctype Rest()
{
end_idle:
    atomic {
        timeout ->
        right_when_quiet = (values[0] == versions[0] && values[1] == versions[1]);
        assert(right_when_quiet)
    }
}

/* Those that come to an end stand before those that don't. */
init {
    atomic {
        run Writer(0); run Writer(1); run Commands(0, 0); run Commands(0, 1); run Commands(1, 0); run Commands(1, 1); run Rest();
        run Relay(0); run Relay(1); run Miss(0); run Miss(1); run Reader(0); run Reader(1)
    }
}
