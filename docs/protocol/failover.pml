/* What Redis does by itself, and the gate that makes it harmless. */

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
