# n5 learns from a snapshot who takes part, in the midst of a change, and of learners too (S10).
> cluster 3 kept=0 spare=2
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
> add n5
    n1 takes the change as 3@1
      n1 appends 3@1 [voters n1 n2 n3, learners n4 n5]
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n5 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> settle
      n5 becomes follower in term 1
> cut n1->n5
> promote n4
    n1 takes the change as 4@1
      n1 appends 4@1 [voters n1 n2 n3 n4 from n1 n2 n3, learners n5]
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n4 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n5 term 1 Append prev 3@1, 1 entries, commit 3, round 0
> settle
> log n1
    n1: 1@1 noop, 2@1 [voters n1 n2 n3, learners n4], 3@1 [voters n1 n2 n3, learners n4 n5], 4@1 [voters n1 n2 n3 n4 from n1 n2 n3, learners n5], 5@1 [voters n1 n2 n3 n4, learners n5]
> snapshot n1 4
      n1 compacts its log up to 4@1
> status n1
    n1 leader term 1 leader n1 commit 5 last 5@1 snapshot 4 voters n1 n2 n3 n4, learners n5
> heal
> timeout n1
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      sends n1→n4 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      sends n1→n5 term 1 Append prev 5@1, 0 entries, commit 5, round 0
> deliver n1->n5
    n1→n5 term 1 Append prev 5@1, 0 entries, commit 5, round 0
> deliver n5->n1
    n5→n1 term 1 AppendRejected prev 5 hint 3@1, round 0
> deliver n1->n5
    n1→n5 term 1 Append prev 0@0, 0 entries, commit 5, round 0
    n1→n5 term 1 Chunk of 4@1 at 0, 72 of 72 bytes
      n5 installs the snapshot of 4@1
      n5 goes by voters n1 n2 n3 n4 from n1 n2 n3, learners n5
> status n5
    n5 follower term 1 leader n1 commit 4 last 4@1 snapshot 4 voters n1 n2 n3 n4 from n1 n2 n3, learners n5
> deliver
    n1→n2 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      n2 commits 5
      n2 applies 5@1 [voters n1 n2 n3 n4, learners n5]
    n1→n3 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      n3 commits 5
      n3 applies 5@1 [voters n1 n2 n3 n4, learners n5]
    n1→n4 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      n4 commits 5
      n4 applies 5@1 [voters n1 n2 n3 n4, learners n5]
    n5→n1 term 1 AppendAccepted 0, round 0
    n5→n1 term 1 AppendAccepted 4, round 0
    n2→n1 term 1 AppendAccepted 5, round 0
    n3→n1 term 1 AppendAccepted 5, round 0
    n4→n1 term 1 AppendAccepted 5, round 0
    n1→n5 term 1 Append prev 4@1, 1 entries, commit 5, round 0
      n5 appends 5@1 [voters n1 n2 n3 n4, learners n5]
      n5 commits 5
      n5 applies 5@1 [voters n1 n2 n3 n4, learners n5]
    n5→n1 term 1 AppendAccepted 5, round 0
> status
    n1 leader term 1 leader n1 commit 5 last 5@1 snapshot 4 voters n1 n2 n3 n4, learners n5
    n2 follower term 1 leader n1 commit 5 last 5@1 voters n1 n2 n3 n4, learners n5
    n3 follower term 1 leader n1 commit 5 last 5@1 voters n1 n2 n3 n4, learners n5
    n4 follower term 1 leader n1 commit 5 last 5@1 voters n1 n2 n3 n4, learners n5
    n5 follower term 1 leader n1 commit 5 last 5@1 snapshot 4 voters n1 n2 n3 n4, learners n5
