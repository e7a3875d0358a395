# n1 gives its leadership to n3, which is being removed, or was (X7).
> cluster 3
> elect n1
    n1 leads term 1
> remove n3
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 from n1 n2 n3]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> transfer n1 n3
    n1 refuses: n3 is not a voter of this cluster
> settle
> transfer n1 n3
    n1 refuses: n3 is not a voter of this cluster
> status n1
    n1 leader term 1 leader n1 commit 3 last 3@1 voters n1 n2

# And no change begins while a transfer is under way.
> cluster 3
> elect n1
    n1 leads term 1
> cut n1->n3
> propose n1 a
    n1 takes a as 2@1
      n1 appends 2@1 a
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> transfer n1 n3
    n1 gives its leadership to n3
> remove n3
    n1 refuses the change to voters n1 n2: the leadership is being transferred
> remove n2
    n1 refuses the change to voters n1 n3: the leadership is being transferred
