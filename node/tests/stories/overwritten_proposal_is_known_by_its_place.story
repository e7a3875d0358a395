# A client waits for y at 3@1 (C6, C7). n1 loses its leadership; y may yet be committed, since n2 has it: nobody may call it failed.
> cluster 3
> elect n1
    n1 leads term 1
> propose n1 x
    n1 takes x as 2@1
      n1 appends 2@1 x
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> propose n1 y
    n1 takes y as 3@1
      n1 appends 3@1 y
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n2 appends 3@1 y
      n2 commits 2
      n2 applies 2@1 x
> partition n1 | n2 n3
> tick n1 300
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      n1 becomes follower in term 1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 0
> status n1
    n1 follower term 1 leader - commit 2 last 3@1

# n2 leads and commits y. It took effect, although n1 never committed it.
> elect n2
    n2 leads term 2
> heal
> timeout n2
      sends n2→n1 term 2 Append prev 3@1, 0 entries, commit 4, round 0
      sends n2→n3 term 2 Append prev 4@2, 0 entries, commit 4, round 0
> deliver
    n2→n1 term 2 Append prev 3@1, 0 entries, commit 4, round 0
      n1 becomes follower in term 2
      n1 commits 3
      n1 applies 3@1 y
    n2→n3 term 2 Append prev 4@2, 0 entries, commit 4, round 0
      n3 commits 4
      n3 applies 3@1 y, 4@2 noop
    n1→n2 term 2 AppendAccepted 3, round 0
    n3→n2 term 2 AppendAccepted 4, round 0
    n2→n1 term 2 Append prev 3@1, 1 entries, commit 4, round 0
      n1 appends 4@2 noop
      n1 commits 4
      n1 applies 4@2 noop
    n1→n2 term 2 AppendAccepted 4, round 0
> log n1
    n1: 1@1 noop, 2@1 x, 3@1 y, 4@2 noop

# z at 5@2 is another matter: n1 leads before anybody has z, and another entry is committed at 5. That is how n2 knows.
> propose n2 z
    n2 takes z as 5@2
      n2 appends 5@2 z
      sends n2→n1 term 2 Append prev 4@2, 1 entries, commit 4, round 0
      sends n2→n3 term 2 Append prev 4@2, 1 entries, commit 4, round 0
> drop
> partition n2 | n1 n3
> tick n2 300
      sends n2→n1 term 2 Append prev 5@2, 0 entries, commit 4, round 0
      sends n2→n3 term 2 Append prev 5@2, 0 entries, commit 4, round 0
      sends n2→n1 term 2 Append prev 5@2, 0 entries, commit 4, round 0
      sends n2→n3 term 2 Append prev 5@2, 0 entries, commit 4, round 0
      sends n2→n1 term 2 Append prev 5@2, 0 entries, commit 4, round 0
      sends n2→n3 term 2 Append prev 5@2, 0 entries, commit 4, round 0
      sends n2→n1 term 2 Append prev 5@2, 0 entries, commit 4, round 0
      sends n2→n3 term 2 Append prev 5@2, 0 entries, commit 4, round 0
      sends n2→n1 term 2 Append prev 5@2, 0 entries, commit 4, round 0
      sends n2→n3 term 2 Append prev 5@2, 0 entries, commit 4, round 0
      n2 becomes follower in term 2
      sends n2→n1 term 2 Append prev 5@2, 0 entries, commit 4, round 0
      sends n2→n3 term 2 Append prev 5@2, 0 entries, commit 4, round 0
> elect n1
    n1 leads term 3
> heal
> timeout n1
      sends n1→n2 term 3 Append prev 4@2, 0 entries, commit 5, round 0
      sends n1→n3 term 3 Append prev 5@3, 0 entries, commit 5, round 0
> deliver
    n1→n2 term 3 Append prev 4@2, 0 entries, commit 5, round 0
      n2 becomes follower in term 3
    n1→n3 term 3 Append prev 5@3, 0 entries, commit 5, round 0
      n3 commits 5
      n3 applies 5@3 noop
    n2→n1 term 3 AppendAccepted 4, round 0
    n3→n1 term 3 AppendAccepted 5, round 0
    n1→n2 term 3 Append prev 4@2, 1 entries, commit 5, round 0
      n2 removes its log from 5 on
      n2 appends 5@3 noop
      n2 commits 5
      n2 applies 5@3 noop
    n2→n1 term 3 AppendAccepted 5, round 0
> log n2
    n2: 1@1 noop, 2@1 x, 3@1 y, 4@2 noop, 5@3 noop
