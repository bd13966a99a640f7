/*
 * The near cache of process 0. A read of its copy is one step, and so is its beginning: it may not return less than the floor, but for versions of
 * which a message is still on its way (or lost without a trace, which looks the same until the copy's life is over).
 */

#define excused(version) (near >= version || !(told & BIT(version)) || (undelivered & BIT(version)))

proctype Near()
{
    byte arriving, version;

end_idle:
    do
    :: atomic {
           (value != NONE && arriving == NONE
           && listening                                      /* @near-listens-before-it-asks */
           ) -> arriving = value; noted = true
       }
    :: atomic {
           arriving != NONE ->
           if
           :: (true
              && noted                                       /* @near-keeps-what-is-still-so */
              ) -> near = arriving
           :: !noted -> skip
           fi;
           arriving = NONE; noted = false
       }
    :: d_step {
           near != NONE ->
           never_below_the_floor = (excused(2) && excused(3));
           assert(never_below_the_floor);                    /* @assert-floor */
           if
           :: announced & BIT(near) -> raise(near)
           :: else
           fi
       }
    :: near != NONE -> near = NONE
    :: atomic {
           if
           :: undelivered & BIT(2) -> version = 2
           :: undelivered & BIT(3) -> version = 3
           fi;
           d_step {
               forget();                                     /* @near-forgets-what-it-hears */
               heard(version); version = 0
           }
       }
    :: d_step {
           listening -> listening = false;
           forget();                                         /* @near-forgets-with-its-connection */
           undelivered = 0
       }
    :: !listening -> listening = true
    od
}
