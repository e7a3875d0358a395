# n3 is cut off, becomes a learner, and learns it from a snapshot (M9, S10): it has no vote any more, and does not stand for election.
> cluster 4 kept=0
> elect n1
    n1 leads term 1
> partition n1 n2 n4 | n3
> demote n3
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n4 from n1 n2 n3 n4, learners n3]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> settle
> snapshot n1
      n1 compacts its log up to 3@1
> heal
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> deliver n1<->n3
    n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
    n3→n1 term 1 AppendRejected prev 3 hint 1@1, round 0
    n1→n3 term 1 Append prev 0@0, 0 entries, commit 3, round 0
    n1→n3 term 1 Chunk of 3@1 at 0, 41 of 41 bytes
      n3 installs the snapshot of 3@1
      n3 goes by voters n1 n2 n4, learners n3
    n3→n1 term 1 AppendAccepted 0, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
> status n3
    n3 follower term 1 leader n1 commit 3 last 3@1 snapshot 3 voters n1 n2 n4, learners n3
> tick n3 1000
> status n3
    n3 follower term 1 leader - commit 3 last 3@1 snapshot 3 voters n1 n2 n4, learners n3
