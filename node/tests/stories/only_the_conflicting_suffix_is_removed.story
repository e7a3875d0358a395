# n1 leads term 1 and takes two entries that nobody else gets (L6, L18; rollback_safety).
> cluster 3
> elect n1
    n1 leads term 1
> propose n1 a
    n1 takes a as 2@1
      n1 appends 2@1 a
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> partition n1 | n2 n3
> propose n1 lost also-lost
    n1 takes lost as 3@1
    n1 takes also-lost as 4@1
      n1 appends 3@1 lost, 4@1 also-lost
      sends n1→n2 term 1 Append prev 2@1, 2 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 2 entries, commit 2, round 0
> drop
> elect n2
    n2 leads term 2
> propose n2 b
    n2 takes b as 4@2
      n2 appends 4@2 b
      sends n2→n3 term 2 Append prev 3@2, 1 entries, commit 3, round 0
> settle
> log
    n1: 1@1 noop, 2@1 a, 3@1 lost, 4@1 also-lost
    n2: 1@1 noop, 2@1 a, 3@2 noop, 4@2 b
    n3: 1@1 noop, 2@1 a, 3@2 noop, 4@2 b
> heal
> drop

# n2 probes behind 2@1, its last entry when its term began. n1 has that, follows, and acknowledges that much and no more (L14). Its own
# entries go when there are others in their place.
> timeout n2
      sends n2→n1 term 2 Append prev 2@1, 0 entries, commit 4, round 0
      sends n2→n3 term 2 Append prev 4@2, 0 entries, commit 4, round 0
> deliver once n2->n1
    n2→n1 term 2 Append prev 2@1, 0 entries, commit 4, round 0
      n1 becomes follower in term 2
      sends n1→n2 term 2 AppendAccepted 2, round 0
> log n1
    n1: 1@1 noop, 2@1 a, 3@1 lost, 4@1 also-lost
> deliver n1->n2
    n1→n2 term 2 AppendAccepted 2, round 0
> deliver n2->n1
    n2→n1 term 2 Append prev 2@1, 2 entries, commit 4, round 0
      n1 removes its log from 3 on
      n1 appends 3@2 noop, 4@2 b
      n1 commits 4
      n1 applies 3@2 noop, 4@2 b
> log n1
    n1: 1@1 noop, 2@1 a, 3@2 noop, 4@2 b
> deliver
    n2→n3 term 2 Append prev 4@2, 0 entries, commit 4, round 0
      n3 commits 4
      n3 applies 4@2 b
    n1→n2 term 2 AppendAccepted 4, round 0
    n3→n2 term 2 AppendAccepted 4, round 0
> status
    n1 follower term 2 leader n2 commit 4 last 4@2
    n2 leader term 2 leader n2 commit 4 last 4@2
    n3 follower term 2 leader n2 commit 4 last 4@2
