# What is committed is handed out once (L21), however often the commit index is repeated.
> cluster 3
> elect n1
    n1 leads term 1
> propose n1 a b
    n1 takes a as 2@1
    n1 takes b as 3@1
      n1 appends 2@1 a, 3@1 b
      sends n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 2 entries, commit 1, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> duplicate n1->n2
> duplicate n1->n2
> deliver n1->n2
    n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      n2 commits 3
      n2 applies 2@1 a, 3@1 b
    n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
    n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
    n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> propose n1 c
    n1 takes c as 4@1
      n1 appends 4@1 c
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
> deliver
    n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      n3 commits 3
      n3 applies 2@1 a, 3@1 b
    n2→n1 term 1 AppendAccepted 3, round 0
    n2→n1 term 1 AppendAccepted 3, round 0
    n2→n1 term 1 AppendAccepted 3, round 0
    n2→n1 term 1 AppendAccepted 3, round 0
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n2 appends 4@1 c
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n3 appends 4@1 c
    n3→n1 term 1 AppendAccepted 3, round 0
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 c
    n3→n1 term 1 AppendAccepted 4, round 0
> timeout n1
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 0 entries, commit 4, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n2 commits 4
      n2 applies 4@1 c

# The state machine lives in memory: after a restart everything is handed out again, from the first entry, once it is known to be
# committed (R7). n2 knows nothing of that by itself.
> crash n2
> restart n2
> status n2
    n2 follower term 1 leader - commit 0 last 4@1
> timeout n1
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 0 entries, commit 4, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n2 commits 4
      n2 applies 1@1 noop, 2@1 a, 3@1 b, 4@1 c
