# The heartbeat overtakes the append: n3 seems to lack what n1 has compacted meanwhile, and n1 sends the snapshot.
> cluster 3 kept=0
> elect n1
    n1 leads term 1
> propose n1 a b c d
    n1 takes a as 2@1
    n1 takes b as 3@1
    n1 takes c as 4@1
    n1 takes d as 5@1
      n1 appends 2@1 a, 3@1 b, 4@1 c, 5@1 d
      sends n1→n2 term 1 Append prev 1@1, 4 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 4 entries, commit 1, round 0
> deliver n1<->n2
    n1→n2 term 1 Append prev 1@1, 4 entries, commit 1, round 0
      n2 appends 2@1 a, 3@1 b, 4@1 c, 5@1 d
      n2 commits 1
      n2 applies 1@1 noop
    n2→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 2@1 a, 3@1 b, 4@1 c, 5@1 d
> snapshot n1 4
      n1 compacts its log up to 4@1
> timeout n1
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 5, round 0
> deliver n1->n3 last
    n1→n3 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      sends n3→n1 term 1 AppendRejected prev 5 hint 1@1, round 0
> deliver n3->n1
    n3→n1 term 1 AppendRejected prev 5 hint 1@1, round 0
> network n1->n3
      n1→n3 term 1 Append prev 1@1, 4 entries, commit 1, round 0
      n1→n3 term 1 Append prev 0@0, 0 entries, commit 5, round 0
      n1→n3 term 1 Chunk of 4@1 at 0, 27 of 27 bytes

# The append arrives. n1 need not wait for the snapshot any longer (S4).
> deliver n1->n3 Append first
    n1→n3 term 1 Append prev 1@1, 4 entries, commit 1, round 0
      n3 appends 2@1 a, 3@1 b, 4@1 c, 5@1 d
      n3 commits 1
      n3 applies 1@1 noop
      sends n3→n1 term 1 AppendAccepted 5, round 0
> deliver n3->n1 once
    n3→n1 term 1 AppendAccepted 5, round 0
> status n3
    n3 follower term 1 leader n1 commit 1 last 5@1

# When the snapshot comes, its last entry stands in the log of n3, and what stands behind it stays (S6). It tells n3 what is committed.
> duplicate n1->n3 Chunk
> deliver n1->n3 Chunk first
    n1→n3 term 1 Chunk of 4@1 at 0, 27 of 27 bytes
      n3 commits 4
      sends n3→n1 term 1 AppendAccepted 4, round 0
      n3 applies 2@1 a, 3@1 b, 4@1 c
> log n3
    n3: 1@1 noop, 2@1 a, 3@1 b, 4@1 c, 5@1 d
> status n3
    n3 follower term 1 leader n1 commit 4 last 5@1

# Once more, when more than it holds is committed: it changes nothing (S5).
> timeout n1
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 5, round 0
> deliver Append
    n1→n2 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      n2 commits 5
      n2 applies 2@1 a, 3@1 b, 4@1 c, 5@1 d
    n1→n3 term 1 Append prev 0@0, 0 entries, commit 5, round 0
    n1→n2 term 1 Append prev 5@1, 0 entries, commit 5, round 0
    n1→n3 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      n3 commits 5
      n3 applies 5@1 d
> deliver AppendAccepted
    n3→n1 term 1 AppendAccepted 4, round 0
    n2→n1 term 1 AppendAccepted 5, round 0
    n3→n1 term 1 AppendAccepted 0, round 0
    n2→n1 term 1 AppendAccepted 5, round 0
    n3→n1 term 1 AppendAccepted 5, round 0
> status n3
    n3 follower term 1 leader n1 commit 5 last 5@1
> deliver n1->n3 Chunk
    n1→n3 term 1 Chunk of 4@1 at 0, 27 of 27 bytes
> status n3
    n3 follower term 1 leader n1 commit 5 last 5@1
> log n3
    n3: 1@1 noop, 2@1 a, 3@1 b, 4@1 c, 5@1 d
> propose n1 e
    n1 takes e as 6@1
      n1 appends 6@1 e
      sends n1→n2 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      sends n1→n3 term 1 Append prev 5@1, 1 entries, commit 5, round 0
> deliver
    n3→n1 term 1 AppendAccepted 5, round 0
    n1→n2 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      n2 appends 6@1 e
    n1→n3 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      n3 appends 6@1 e
    n2→n1 term 1 AppendAccepted 6, round 0
      n1 commits 6
      n1 applies 6@1 e
    n3→n1 term 1 AppendAccepted 6, round 0
> status n3
    n3 follower term 1 leader n1 commit 5 last 6@1
