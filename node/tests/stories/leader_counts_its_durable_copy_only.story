# The leader sends x while it writes it, and counts its own copy only when it is durable (P3). One other copy is no quorum.
> cluster 3
> elect n1
    n1 leads term 1
> hold n1
> propose n1 x
    n1 takes x as 2@1
      n1 appends 2@1 x
      n1 begins write 3: 2@1 x
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 x
      n2 commits 1
      n2 applies 1@1 noop
> deliver n2->n1
    n2→n1 term 1 AppendAccepted 2, round 0
> status n1
    n1 leader term 1 leader n1 commit 1 last 2@1
> persist n1
    n1 has written 3
      n1 counts its copy up to 2
      n1 commits 2
      n1 applies 2@1 x
> status n1
    n1 leader term 1 leader n1 commit 2 last 2@1

# Two others are one, even if the leader's own disk has not got there.
> propose n1 y
    n1 takes y as 3@1
      n1 appends 3@1 y
      n1 begins write 4: 3@1 y
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> deliver
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 x
      n3 commits 1
      n3 applies 1@1 noop
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n2 appends 3@1 y
      n2 commits 2
      n2 applies 2@1 x
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n3 appends 3@1 y
      n3 commits 2
      n3 applies 2@1 x
    n3→n1 term 1 AppendAccepted 2, round 0
    n2→n1 term 1 AppendAccepted 3, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 3@1 y
> status n1
    n1 leader term 1 leader n1 commit 3 last 3@1
> disk n1
    n1: term 1, vote n1; 1@1 noop, 2@1 x

# It crashes without ever having had y on its disk. y is committed all the same, and n1 gets it back from the next leader.
> crash n1
> release n1
> restart n1
> log n1
    n1: 1@1 noop, 2@1 x
> elect n2
    n2 leads term 2
> timeout n2
      sends n2→n1 term 2 Append prev 4@2, 0 entries, commit 4, round 0
      sends n2→n3 term 2 Append prev 4@2, 0 entries, commit 4, round 0
> deliver
    n2→n1 term 2 Append prev 4@2, 0 entries, commit 4, round 0
      n1 commits 4
      n1 applies 3@1 y, 4@2 noop
    n2→n3 term 2 Append prev 4@2, 0 entries, commit 4, round 0
      n3 commits 4
      n3 applies 3@1 y, 4@2 noop
    n1→n2 term 2 AppendAccepted 4, round 0
    n3→n2 term 2 AppendAccepted 4, round 0
> status
    n1 follower term 2 leader n2 commit 4 last 4@2
    n2 leader term 2 leader n2 commit 4 last 4@2
    n3 follower term 2 leader n2 commit 4 last 4@2
