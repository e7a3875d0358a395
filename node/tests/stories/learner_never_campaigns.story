# n4 learns, n5 is not a member at all. Neither of them stands for election, whatever happens (T16).
> cluster 3 spare=2
> elect n1
    n1 leads term 1
> add n4
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3, learners n4]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 0
> settle
      n4 becomes follower in term 1
> crash n1
> crash n2
> crash n3
> tick n4 n5 3000
> status
    n1 is down
    n2 is down
    n3 is down
    n4 follower term 1 leader - commit 2 last 2@1 voters n1 n2 n3, learners n4
    n5 follower term 0 leader - commit 0 last 0@0 voters nobody

# Nor when it is told to, by a transfer (X6).
> restart n1 n2 n3
> elect n1
    n1 leads term 2
> transfer n1 n4
    n1 refuses: n4 is not a voter of this cluster
> transfer n1 n5
    n1 refuses: n5 is not a voter of this cluster
> status n4 n5
    n4 follower term 2 leader n1 commit 2 last 3@2 voters n1 n2 n3, learners n4
    n5 follower term 0 leader - commit 0 last 0@0 voters nobody
