# Three appends are under way to n2's disk at once, and their completions are reported in another order (P4, P5). Each completion says
# that all before it are durable, too; a late one says nothing new.
> cluster 3
> elect n1
    n1 leads term 1
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
> propose n1 c
    n1 takes c as 4@1
      n1 appends 4@1 c
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 a
      n2 commits 1
      n2 begins write 3: 2@1 a
      n2 applies 1@1 noop
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n2 appends 3@1 b
      n2 begins write 4: 3@1 b
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 1, round 0
      n2 appends 4@1 c
      n2 begins write 5: 4@1 c
> persist n2 2
    n2 has written 4
      n2 counts its copy up to 2
      n2 counts its copy up to 3
      sends n2→n1 term 1 AppendAccepted 2, round 0
      sends n2→n1 term 1 AppendAccepted 3, round 0
> report n2 3
> report n2 1
> persist n2
    n2 has written 5
      n2 counts its copy up to 4
      sends n2→n1 term 1 AppendAccepted 4, round 0
> deliver
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 a
      n3 commits 1
      n3 applies 1@1 noop
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 1, round 0
      n3 appends 3@1 b
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 1, round 0
      n3 appends 4@1 c
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 a
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 3@1 b
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 c
    n3→n1 term 1 AppendAccepted 2, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
    n3→n1 term 1 AppendAccepted 4, round 0
> status
    n1 leader term 1 leader n1 commit 4 last 4@1
    n2 follower term 1 leader n1 commit 1 last 4@1
    n3 follower term 1 leader n1 commit 1 last 4@1
