# n3 misses what n1 and n2 commit, and n1 removes it from its log: a snapshot holds its effect (S1).
> cluster 3 kept=0
> elect n1
    n1 leads term 1
> cut n1->n3
> propose n1 a b c
    n1 takes a as 2@1
    n1 takes b as 3@1
    n1 takes c as 4@1
      n1 appends 2@1 a, 3@1 b, 4@1 c
      sends n1→n2 term 1 Append prev 1@1, 3 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 3 entries, commit 1, round 0
> settle
> snapshot n1
      n1 compacts its log up to 4@1
> log n1
    n1: after 4@1:
> disk n1
    n1: term 1, vote n1; after 4@1:

# n3 refuses the next heartbeat, and what it lacks is not in the log any more. It gets the snapshot; the log goes on behind it.
> heal
> propose n1 d
    n1 takes d as 5@1
      n1 appends 5@1 d
      sends n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 1 entries, commit 4, round 0
> timeout n1
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 4, round 0
> deliver n1->n3
    n1→n3 term 1 Append prev 4@1, 1 entries, commit 4, round 0
    n1→n3 term 1 Append prev 5@1, 0 entries, commit 4, round 0
> deliver n3->n1
    n3→n1 term 1 AppendRejected prev 4 hint 1@1, round 0
    n3→n1 term 1 AppendRejected prev 5 hint 1@1, round 0
> deliver n1->n3 once
    n1→n3 term 1 Append prev 0@0, 0 entries, commit 4, round 0
      sends n3→n1 term 1 AppendAccepted 0, round 0
    n1→n3 term 1 Chunk of 4@1 at 0, 27 of 27 bytes
      n3 installs the snapshot of 4@1
      sends n3→n1 term 1 AppendAccepted 4, round 0
> deliver
    n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n2 appends 5@1 d
      n2 commits 4
      n2 applies 2@1 a, 3@1 b, 4@1 c
    n1→n2 term 1 Append prev 5@1, 0 entries, commit 4, round 0
    n3→n1 term 1 AppendAccepted 0, round 0
    n3→n1 term 1 AppendAccepted 4, round 0
    n2→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 5@1 d
    n2→n1 term 1 AppendAccepted 5, round 0
    n1→n3 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n3 appends 5@1 d
    n3→n1 term 1 AppendAccepted 5, round 0
> status
    n1 leader term 1 leader n1 commit 5 last 5@1 snapshot 4
    n2 follower term 1 leader n1 commit 4 last 5@1
    n3 follower term 1 leader n1 commit 4 last 5@1 snapshot 4
> log n3
    n3: after 4@1: 5@1 d
> disk n3
    n3: term 1, vote n1; after 4@1: 5@1 d

# After a restart n3 goes on from there: what the snapshot holds is not applied again.
> crash n3
> restart n3
> status n3
    n3 follower term 1 leader - commit 4 last 5@1 snapshot 4
> timeout n1
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 5, round 0
> deliver
    n1→n2 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      n2 commits 5
      n2 applies 5@1 d
    n1→n3 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      n3 commits 5
      n3 applies 5@1 d
    n2→n1 term 1 AppendAccepted 5, round 0
    n3→n1 term 1 AppendAccepted 5, round 0
