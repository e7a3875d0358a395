# Two appends may be under way, and n3 does not answer (S15). n1 keeps some of what its snapshot holds, so that n3 can go on.
> cluster 3 kept=80 in-flight=2 append-bytes=10
> elect n1
    n1 leads term 1
> propose n1 a b c d
    n1 takes a as 2@1
    n1 takes b as 3@1
    n1 takes c as 4@1
    n1 takes d as 5@1
      n1 appends 2@1 a, 3@1 b, 4@1 c, 5@1 d
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
> deliver n1<->n2
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 a
      n2 commits 1
      n2 applies 1@1 noop
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n2 appends 3@1 b
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 a
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 3@1 b
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 2, round 0
      n2 appends 4@1 c
      n2 commits 2
      n2 applies 2@1 a
    n1→n2 term 1 Append prev 4@1, 1 entries, commit 3, round 0
      n2 appends 5@1 d
      n2 commits 3
      n2 applies 3@1 b
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 c
    n2→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 5@1 d
> snapshot n1
      n1 compacts its log up to 5@1
> log n1
    n1: after 2@1: 3@1 b, 4@1 c, 5@1 d
> network
      n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
> deliver n1->n3 once
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 a
      n3 commits 1
      n3 applies 1@1 noop
      sends n3→n1 term 1 AppendAccepted 2, round 0
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n3 appends 3@1 b
      sends n3→n1 term 1 AppendAccepted 3, round 0
> deliver n3->n1 once
    n3→n1 term 1 AppendAccepted 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 5, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
      sends n1→n3 term 1 Append prev 4@1, 1 entries, commit 5, round 0
> deliver n1->n3
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 5, round 0
      n3 appends 4@1 c
      n3 commits 4
      n3 applies 2@1 a, 3@1 b, 4@1 c
    n1→n3 term 1 Append prev 4@1, 1 entries, commit 5, round 0
      n3 appends 5@1 d
      n3 commits 5
      n3 applies 5@1 d
> deliver n3->n1
    n3→n1 term 1 AppendAccepted 4, round 0
    n3→n1 term 1 AppendAccepted 5, round 0
> deliver
> status
    n1 leader term 1 leader n1 commit 5 last 5@1 snapshot 5
    n2 follower term 1 leader n1 commit 3 last 5@1
    n3 follower term 1 leader n1 commit 5 last 5@1

# Now it keeps nothing: what is under way is enough for one step, and then n3 needs the snapshot.
> cluster 3 kept=0 in-flight=2 append-bytes=10
> elect n1
    n1 leads term 1
> propose n1 a b c d
    n1 takes a as 2@1
    n1 takes b as 3@1
    n1 takes c as 4@1
    n1 takes d as 5@1
      n1 appends 2@1 a, 3@1 b, 4@1 c, 5@1 d
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
> deliver n1<->n2
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 a
      n2 commits 1
      n2 applies 1@1 noop
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n2 appends 3@1 b
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 a
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 3@1 b
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 2, round 0
      n2 appends 4@1 c
      n2 commits 2
      n2 applies 2@1 a
    n1→n2 term 1 Append prev 4@1, 1 entries, commit 3, round 0
      n2 appends 5@1 d
      n2 commits 3
      n2 applies 3@1 b
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 c
    n2→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 5@1 d
> snapshot n1
      n1 compacts its log up to 5@1
> network
      n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
> deliver n1->n3 once
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 a
      n3 commits 1
      n3 applies 1@1 noop
      sends n3→n1 term 1 AppendAccepted 2, round 0
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n3 appends 3@1 b
      sends n3→n1 term 1 AppendAccepted 3, round 0
> deliver n3->n1 once
    n3→n1 term 1 AppendAccepted 2, round 0
      sends n1→n3 term 1 Append prev 0@0, 0 entries, commit 5, round 0
      sends n1→n3 term 1 Chunk of 5@1 at 0, 32 of 32 bytes
    n3→n1 term 1 AppendAccepted 3, round 0
> deliver
    n1→n3 term 1 Append prev 0@0, 0 entries, commit 5, round 0
    n1→n3 term 1 Chunk of 5@1 at 0, 32 of 32 bytes
      n3 installs the snapshot of 5@1
    n3→n1 term 1 AppendAccepted 0, round 0
    n3→n1 term 1 AppendAccepted 5, round 0
> status
    n1 leader term 1 leader n1 commit 5 last 5@1 snapshot 5
    n2 follower term 1 leader n1 commit 3 last 5@1
    n3 follower term 1 leader n1 commit 5 last 5@1 snapshot 5
