# Four appends are on their way to n2 at the same time, and each is acknowledged as its write completes, without waiting for the
# others (P5; async_storage_writes).
> cluster 3
> elect n1
    n1 leads term 1
> crash n3
> hold n2
> propose n1 a
    n1 takes a as 2@1
      n1 appends 2@1 a
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> propose n1 b
    n1 takes b as 3@1
      n1 appends 3@1 b
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
> deliver n1->n2 first
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 a
      n2 commits 1
      n2 begins write 3: 2@1 a
      n2 applies 1@1 noop
> propose n1 c
    n1 takes c as 4@1
      n1 appends 4@1 c
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n2 appends 3@1 b
      n2 begins write 4: 3@1 b
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 1, round 0
      n2 appends 4@1 c
      n2 begins write 5: 4@1 c
> propose n1 d
    n1 takes d as 5@1
      n1 appends 5@1 d
      sends n1→n2 term 1 Append prev 4@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 4@1, 1 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 4@1, 1 entries, commit 1, round 0
      n2 appends 5@1 d
      n2 begins write 6: 5@1 d
> persist n2 1
    n2 has written 3
      n2 counts its copy up to 2
      sends n2→n1 term 1 AppendAccepted 2, round 0
> deliver n2->n1
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 a
> status n1
    n1 leader term 1 leader n1 commit 2 last 5@1
> persist n2 2
    n2 has written 5
      n2 counts its copy up to 3
      n2 counts its copy up to 4
      sends n2→n1 term 1 AppendAccepted 3, round 0
      sends n2→n1 term 1 AppendAccepted 4, round 0
> deliver n2->n1
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 3@1 b
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 c
> status n1
    n1 leader term 1 leader n1 commit 4 last 5@1
> persist n2 1
    n2 has written 6
      n2 counts its copy up to 5
      sends n2→n1 term 1 AppendAccepted 5, round 0
> deliver n2->n1
    n2→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 5@1 d
> status n1
    n1 leader term 1 leader n1 commit 5 last 5@1
