# At most two appends may be under way to a follower, and each carries one entry (L22).
> cluster 3 in-flight=2 append-bytes=10
> elect n1
    n1 leads term 1
> cut n1->n3
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

# The answer to the first makes room for one more, and one answer may free many.
> deliver n1->n2 first
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 a
      n2 commits 1
      n2 applies 1@1 noop
      sends n2→n1 term 1 AppendAccepted 2, round 0
> deliver n2->n1 once
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 2, round 0
      n1 applies 2@1 a
> deliver n1->n2
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n2 appends 3@1 b
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 2, round 0
      n2 appends 4@1 c
      n2 commits 2
      n2 applies 2@1 a
> drop n2->n1 first
> deliver n2->n1 once
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      sends n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n1 applies 3@1 b, 4@1 c
> status n1
    n1 leader term 1 leader n1 commit 4 last 5@1

# n3 gets nothing: its two places stay taken, and hold up nobody else (one slow follower never slows the others).
> deliver
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0 is lost
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0 is lost
    n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n2 appends 5@1 d
      n2 commits 4
      n2 applies 3@1 b, 4@1 c
    n2→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 5@1 d
> propose n1 e
    n1 takes e as 6@1
      n1 appends 6@1 e
      sends n1→n2 term 1 Append prev 5@1, 1 entries, commit 5, round 0
> deliver
    n1→n2 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      n2 appends 6@1 e
      n2 commits 5
      n2 applies 5@1 d
    n2→n1 term 1 AppendAccepted 6, round 0
      n1 commits 6
      n1 applies 6@1 e
> status n1
    n1 leader term 1 leader n1 commit 6 last 6@1

# A heartbeat shows where n3 is. Probing begins anew with empty places (L22, L23, L24).
> heal
> timeout n1
      sends n1→n2 term 1 Append prev 6@1, 0 entries, commit 6, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 6, round 0
> deliver n1->n3
    n1→n3 term 1 Append prev 3@1, 0 entries, commit 6, round 0
> deliver n3->n1
    n3→n1 term 1 AppendRejected prev 3 hint 1@1, round 0
> deliver
    n1→n2 term 1 Append prev 6@1, 0 entries, commit 6, round 0
      n2 commits 6
      n2 applies 6@1 e
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 6, round 0
      n3 appends 2@1 a
      n3 commits 2
      n3 applies 1@1 noop, 2@1 a
    n2→n1 term 1 AppendAccepted 6, round 0
    n3→n1 term 1 AppendAccepted 2, round 0
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 6, round 0
      n3 appends 3@1 b
      n3 commits 3
      n3 applies 3@1 b
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 6, round 0
      n3 appends 4@1 c
      n3 commits 4
      n3 applies 4@1 c
    n3→n1 term 1 AppendAccepted 3, round 0
    n3→n1 term 1 AppendAccepted 4, round 0
    n1→n3 term 1 Append prev 4@1, 1 entries, commit 6, round 0
      n3 appends 5@1 d
      n3 commits 5
      n3 applies 5@1 d
    n1→n3 term 1 Append prev 5@1, 1 entries, commit 6, round 0
      n3 appends 6@1 e
      n3 commits 6
      n3 applies 6@1 e
    n3→n1 term 1 AppendAccepted 5, round 0
    n3→n1 term 1 AppendAccepted 6, round 0
> status
    n1 leader term 1 leader n1 commit 6 last 6@1
    n2 follower term 1 leader n1 commit 6 last 6@1
    n3 follower term 1 leader n1 commit 6 last 6@1
