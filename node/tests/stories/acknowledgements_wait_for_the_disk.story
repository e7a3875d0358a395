# n2's disk is slow. What it has in memory is not acknowledged, and so not committed (P2); n3 is down.
> cluster 3
> elect n1
    n1 leads term 1
> crash n3
> hold n2
> propose n1 x
    n1 takes x as 2@1
      n1 appends 2@1 x
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 x
      n2 commits 1
      n2 begins write 3: 2@1 x
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0 is lost
> status
    n1 leader term 1 leader n1 commit 1 last 2@1
    n2 follower term 1 leader n1 commit 1 last 2@1
    n3 is down
> disk n2
    n2: term 1, vote n1; 1@1 noop
> persist n2
    n2 has written 3
      n2 counts its copy up to 2
      sends n2→n1 term 1 AppendAccepted 2, round 0
> deliver
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 x
> status
    n1 leader term 1 leader n1 commit 2 last 2@1
    n2 follower term 1 leader n1 commit 1 last 2@1
    n3 is down

# n2 crashes before y is on its disk. Nobody was told that it had it.
> propose n1 y
    n1 takes y as 3@1
      n1 appends 3@1 y
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> deliver
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n2 appends 3@1 y
      n2 commits 2
      n2 begins write 4: 3@1 y
      n2 applies 2@1 x
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0 is lost
> crash n2
> restart n2
> log n2
    n2: 1@1 noop, 2@1 x
> status n1
    n1 leader term 1 leader n1 commit 2 last 3@1
