# The appends of x and y are delivered, and then once more, the older one last (L6, L16; CCF's early AppendEntries). An append that
# ends before the follower's log does must not cut it.
> cluster 3
> elect n1
    n1 leads term 1
> propose n1 x
    n1 takes x as 2@1
      n1 appends 2@1 x
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> propose n1 y
    n1 takes y as 3@1
      n1 appends 3@1 y
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
> duplicate n1->n2
> duplicate n1->n2
> reverse n1->n2
> deliver n1->n2
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 x
      n2 commits 1
      n2 applies 1@1 noop
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n2 appends 3@1 y
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> log n2
    n2: 1@1 noop, 2@1 x, 3@1 y
> deliver
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 x
      n3 commits 1
      n3 applies 1@1 noop
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n3 appends 3@1 y
    n2→n1 term 1 AppendRejected prev 2 hint 1@1, round 0
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 x
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 3@1 y
    n2→n1 term 1 AppendAccepted 2, round 0
    n2→n1 term 1 AppendAccepted 3, round 0
    n2→n1 term 1 AppendAccepted 2, round 0
    n2→n1 term 1 AppendAccepted 3, round 0
    n2→n1 term 1 AppendAccepted 2, round 0
    n3→n1 term 1 AppendAccepted 2, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
    n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n2 commits 2
      n2 applies 2@1 x
    n2→n1 term 1 AppendAccepted 3, round 0
    n2→n1 term 1 AppendAccepted 3, round 0
> status
    n1 leader term 1 leader n1 commit 3 last 3@1
    n2 follower term 1 leader n1 commit 2 last 3@1
    n3 follower term 1 leader n1 commit 1 last 3@1
