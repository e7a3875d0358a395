# What voters promised, they promised to the leader of a configuration (R10). When that changes, a lease begins anew with the next round.
> cluster 3 reads=lease spare=1
> tick all 150
> elect n1
    n1 leads term 1
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      n2 commits 1
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      n3 commits 1
      n3 applies 1@1 noop
    n2→n1 term 1 AppendAccepted 1, round 1
    n3→n1 term 1 AppendAccepted 1, round 1
> read n1
    n1 takes read 1
      n1 may answer read 1 at 1
> add n4
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3, learners n4]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 1
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 1
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 1, round 1
> read n1
    n1 takes read 2
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 1, round 2
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 1, round 2
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 1, round 2
> deliver
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 1
      n2 appends 2@1 [voters n1 n2 n3, learners n4]
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 1
      n3 appends 2@1 [voters n1 n2 n3, learners n4]
    n1→n4 term 1 Append prev 2@1, 0 entries, commit 1, round 1
      n4 becomes follower in term 1
    n1→n2 term 1 Append prev 2@1, 0 entries, commit 1, round 2
    n1→n3 term 1 Append prev 2@1, 0 entries, commit 1, round 2
    n1→n4 term 1 Append prev 2@1, 0 entries, commit 1, round 2
    n2→n1 term 1 AppendAccepted 2, round 1
      n1 commits 2
      n1 applies 2@1 [voters n1 n2 n3, learners n4]
    n3→n1 term 1 AppendAccepted 2, round 1
    n4→n1 term 1 AppendRejected prev 2 hint 0@0, round 1
    n2→n1 term 1 AppendAccepted 2, round 2
      n1 may answer read 2 at 1
    n3→n1 term 1 AppendAccepted 2, round 2
    n4→n1 term 1 AppendRejected prev 2 hint 0@0, round 2
    n1→n4 term 1 Append prev 0@0, 2 entries, commit 2, round 2
      n4 appends 1@1 noop, 2@1 [voters n1 n2 n3, learners n4]
      n4 commits 2
      n4 applies 1@1 noop, 2@1 [voters n1 n2 n3, learners n4]
    n4→n1 term 1 AppendAccepted 2, round 2
> timeout n1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 3
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 3
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 3
> settle
> read n1
    n1 takes read 3
      n1 may answer read 3 at 2

# It ends with the leadership too.
> cut n1->
> tick n1 300
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 4
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 4
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 4
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 5
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 5
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 5
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 6
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 6
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 6
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 7
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 7
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 7
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 8
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 8
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 8
      n1 becomes follower in term 1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 9
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 9
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 9
> read n1
    n1 refuses read 4: not the leader
