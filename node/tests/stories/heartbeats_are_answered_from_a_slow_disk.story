# n2's disk does not get anything done. Its answers to heartbeats do not wait for it: they tell how far it has got (P2), and the
# leader keeps its quorum (T27) although n3 is down.
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
> timeout n1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 2@1, 0 entries, commit 1, round 0
      n2 counts its copy up to 1
    n1→n3 term 1 Append prev 2@1, 0 entries, commit 1, round 0 is lost
    n2→n1 term 1 AppendAccepted 1, round 0
> run 1000
> status
    n1 leader term 1 leader n1 commit 1 last 2@1
    n2 follower term 1 leader n1 commit 1 last 2@1
    n3 is down
> disk n2
    n2: term 1, vote n1; 1@1 noop
