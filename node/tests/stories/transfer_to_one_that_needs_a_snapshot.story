# n3 lacks what n1 has compacted (X3). It gets the snapshot first, then the rest of the log, and only then it is told to stand.
> cluster 3 kept=0
> elect n1
    n1 leads term 1
> cut n1->n3
> propose n1 a b
    n1 takes a as 2@1
    n1 takes b as 3@1
      n1 appends 2@1 a, 3@1 b
      sends n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 2 entries, commit 1, round 0
> settle
> snapshot n1
      n1 compacts its log up to 3@1
> propose n1 c
    n1 takes c as 4@1
      n1 appends 4@1 c
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
> settle
> heal
> transfer n1 n3
    n1 gives its leadership to n3
> timeout n1
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 0 entries, commit 4, round 0
> deliver n1<->n3
    n1→n3 term 1 Append prev 4@1, 0 entries, commit 4, round 0
    n3→n1 term 1 AppendRejected prev 4 hint 1@1, round 0
    n1→n3 term 1 Append prev 0@0, 0 entries, commit 4, round 0
    n1→n3 term 1 Chunk of 3@1 at 0, 22 of 22 bytes
      n3 installs the snapshot of 3@1
    n3→n1 term 1 AppendAccepted 0, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 4, round 0
      n3 appends 4@1 c
      n3 commits 4
      n3 applies 4@1 c
    n3→n1 term 1 AppendAccepted 4, round 0
    n1→n3 term 1 TimeoutNow
      n3 becomes candidate in term 2
      n3 votes for n3 in term 2
    n3→n1 term 2 Vote last 4@1 by transfer
      n1 becomes follower in term 2
      n1 votes for n3 in term 2
    n1→n3 term 2 VoteResponse granted
      n3 becomes leader in term 2
      n3 appends 5@2 noop
    n3→n1 term 2 Append prev 4@1, 1 entries, commit 4, round 0
      n1 appends 5@2 noop
    n1→n3 term 2 AppendAccepted 5, round 0
      n3 commits 5
      n3 applies 5@2 noop
> status
    n1 follower term 2 leader n3 commit 4 last 5@2 snapshot 3
    n2 follower term 1 leader n1 commit 3 last 4@1
    n3 leader term 2 leader n3 commit 5 last 5@2 snapshot 3
> deliver
    n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n2 commits 4
      n2 applies 4@1 c
    n3→n2 term 2 Vote last 4@1 by transfer
      n2 becomes follower in term 2
      n2 votes for n3 in term 2
    n3→n2 term 2 Append prev 4@1, 1 entries, commit 4, round 0
      n2 appends 5@2 noop
    n2→n1 term 1 AppendAccepted 4, round 0
    n2→n3 term 2 VoteResponse granted
    n2→n3 term 2 AppendAccepted 5, round 0
> status
    n1 follower term 2 leader n3 commit 4 last 5@2 snapshot 3
    n2 follower term 2 leader n3 commit 4 last 5@2
    n3 leader term 2 leader n3 commit 5 last 5@2 snapshot 3
