# n2 has half of what an append carries (matching_partial, partial_append_entries; L6, L16): it keeps the half, adds the rest, and
# acknowledges all of it. An append that it has completely is acknowledged as far as it goes.
> cluster 3
> elect n1
    n1 leads term 1
> propose n1 a
    n1 takes a as 2@1
      n1 appends 2@1 a
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 a
      n2 commits 1
      n2 applies 1@1 noop
> propose n1 b
    n1 takes b as 3@1
      n1 appends 3@1 b
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
> propose n1 c
    n1 takes c as 4@1
      n1 appends 4@1 c
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 1, round 0
> drop n1->n2
> timeout n1
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 4@1, 0 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 4@1, 0 entries, commit 1, round 0
> deliver n2->n1
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 a
    n2→n1 term 1 AppendRejected prev 4 hint 2@1, round 0
> propose n1 d
    n1 takes d as 5@1
      n1 appends 5@1 d
      sends n1→n3 term 1 Append prev 4@1, 1 entries, commit 2, round 0
> deliver
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 a
      n3 commits 1
      n3 applies 1@1 noop
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n3 appends 3@1 b
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 1, round 0
      n3 appends 4@1 c
    n1→n3 term 1 Append prev 4@1, 0 entries, commit 1, round 0
    n1→n2 term 1 Append prev 2@1, 2 entries, commit 2, round 0
      n2 appends 3@1 b, 4@1 c
      n2 commits 2
      n2 applies 2@1 a
    n1→n3 term 1 Append prev 4@1, 1 entries, commit 2, round 0
      n3 appends 5@1 d
      n3 commits 2
      n3 applies 2@1 a
    n3→n1 term 1 AppendAccepted 2, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 3@1 b
    n3→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 c
    n3→n1 term 1 AppendAccepted 4, round 0
    n2→n1 term 1 AppendAccepted 4, round 0
    n3→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 5@1 d
    n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n2 appends 5@1 d
      n2 commits 4
      n2 applies 3@1 b, 4@1 c
    n2→n1 term 1 AppendAccepted 5, round 0
> timeout n1
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 5, round 0
> deliver
    n1→n2 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      n2 commits 5
      n2 applies 5@1 d
    n1→n3 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      n3 commits 5
      n3 applies 3@1 b, 4@1 c, 5@1 d
    n2→n1 term 1 AppendAccepted 5, round 0
    n3→n1 term 1 AppendAccepted 5, round 0
> log
    n1: 1@1 noop, 2@1 a, 3@1 b, 4@1 c, 5@1 d
    n2: 1@1 noop, 2@1 a, 3@1 b, 4@1 c, 5@1 d
    n3: 1@1 noop, 2@1 a, 3@1 b, 4@1 c, 5@1 d
