# n3 is down. n4 and n5 have everything, but are learners (M13).
> cluster 3 spare=2
> elect n1
    n1 leads term 1
> add n4 n5
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3, learners n4 n5]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n5 term 1 Append prev 2@1, 0 entries, commit 2, round 0
> settle
      n4 becomes follower in term 1
      n5 becomes follower in term 1
> crash n3
> cut n1<->n2
> propose n1 x
    n1 takes x as 3@1
      n1 appends 3@1 x
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n5 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> deliver
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0 is lost
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0 is lost
    n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n4 appends 3@1 x
    n1→n5 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n5 appends 3@1 x
    n4→n1 term 1 AppendAccepted 3, round 0
    n5→n1 term 1 AppendAccepted 3, round 0
> status n1
    n1 leader term 1 leader n1 commit 2 last 3@1 voters n1 n2 n3, learners n4 n5

# Nor do they keep the leader in office.
> run 400
      291 n2 becomes pre-candidate in term 1
      300 n1 becomes follower in term 1
> status n1
    n1 follower term 1 leader - commit 2 last 3@1 voters n1 n2 n3, learners n4 n5
