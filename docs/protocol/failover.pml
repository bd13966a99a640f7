/* What Redis does by itself, and the gate that makes it harmless. */

inline shut(p) {
    open[p] = false;
    flight_trusts = (p == 0 -> false : flight_trusts);
    trusts[0] = (p == 0 -> false : trusts[0]); trusts[1] = (p == 0 -> false : trusts[1])
}

proctype Redis()
{
end_idle:
    do
    :: MAY_CLOSE && !closed -> closed = true
    :: d_step { lease != NONE -> drop_lease() }
    :: value != NONE && !FAILOVERS -> value = NONE
    :: d_step {
           failovers < FAILOVERS && replica_value == NONE && replica_lease == NONE && replica_writers == 0 ->
           replica_value = value; replica_lease = lease; replica_floor = lease_floor; replica_writers = writers
       }
    :: d_step {
           failovers < FAILOVERS ->
           failovers++;
           value = replica_value; lease = replica_lease; lease_floor = replica_floor; writers = replica_writers;
           replica_value = NONE; replica_lease = NONE; replica_floor = 0; replica_writers = 0;
           forgotten = writing;
#ifdef PROXY
           unaware[0] = true; unaware[1] = true
#else
           shut(0); shut(1)
#endif
       }
    od
}

#ifdef PROXY
/* A turn of the relay after the failover: it finds its mark missing, or older than it left it. Reads under way end within the turn. */
proctype Turn(byte p)
{
end_idle:
    d_step {
        unaware[p] ->
        unaware[p] = false;
        shut(p);                                             /* @mark-shuts-the-gate */
        need[0] = (p == 0 -> 0 : need[0]); need[1] = (p == 0 -> 0 : need[1])
    }
}
#endif

proctype Gate(byte p)
{
    byte version;
end_idle:
    do
    :: atomic {
           (!open[p] && !UNAWARE(p)
           && forgotten == 0                                 /* @gate-waits-for-forgotten-writers */
           ) -> version = db
       };
       d_step {
           invalidate_older(version);                        /* @gate-replays */
           open[p] = true; version = 0
       }
    od
}
