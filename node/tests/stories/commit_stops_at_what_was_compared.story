# n2 has a tail that the new leader does not have, and more entries than the leader's commit index counts (L10, L11, L14;
# follower_overcommit_partial_verified, inaccurate acknowledgements).
> cluster 3
> given n1 term=3 log=1,3,3
> given n2 term=2 log=1,2,2,2
> given n3 term=3 log=1,3,3
> crash n2
> elect n1
    n1 leads term 4
> propose n1 x
    n1 takes x as 5@4
      n1 appends 5@4 x
      sends n1→n3 term 4 Append prev 4@4, 1 entries, commit 4, round 0
> settle
> timeout n1
      sends n1→n2 term 4 Append prev 3@3, 0 entries, commit 5, round 0
      sends n1→n3 term 4 Append prev 5@4, 0 entries, commit 5, round 0
> settle
> status
    n1 leader term 4 leader n1 commit 5 last 5@4
    n2 is down
    n3 follower term 4 leader n1 commit 5 last 5@4
> restart n2

# A heartbeat finds n2's log in conflict. It commits nothing, and says up to where the logs could agree.
> timeout n1
      sends n1→n2 term 4 Append prev 3@3, 0 entries, commit 5, round 0
      sends n1→n3 term 4 Append prev 5@4, 0 entries, commit 5, round 0
> deliver once n1->n2
    n1→n2 term 4 Append prev 3@3, 0 entries, commit 5, round 0
      n2 becomes follower in term 4
      sends n2→n1 term 4 AppendRejected prev 3 hint 3@2, round 0
> deliver once n2->n1
    n2→n1 term 4 AppendRejected prev 3 hint 3@2, round 0
      sends n1→n2 term 4 Append prev 1@1, 4 entries, commit 5, round 0

# What is sent then is compared, and so acknowledged and committed; no more.
> deliver
    n1→n3 term 4 Append prev 5@4, 0 entries, commit 5, round 0
    n1→n2 term 4 Append prev 1@1, 4 entries, commit 5, round 0
      n2 removes its log from 2 on
      n2 appends 2@3 e2.3, 3@3 e3.3, 4@4 noop, 5@4 x
      n2 commits 5
      n2 applies 1@1 e1.1, 2@3 e2.3, 3@3 e3.3, 4@4 noop, 5@4 x
    n3→n1 term 4 AppendAccepted 5, round 0
    n2→n1 term 4 AppendAccepted 5, round 0
> log n2
    n2: 1@1 e1.1, 2@3 e2.3, 3@3 e3.3, 4@4 noop, 5@4 x
> status
    n1 leader term 4 leader n1 commit 5 last 5@4
    n2 follower term 4 leader n1 commit 5 last 5@4
    n3 follower term 4 leader n1 commit 5 last 5@4
