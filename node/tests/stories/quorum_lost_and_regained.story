# Two of three nodes stop (T34): no leader remains. When one returns, there is a leader again without anybody's help.
> cluster 3
> elect n1
    n1 leads term 1
> propose n1 a
    n1 takes a as 2@1
      n1 appends 2@1 a
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> crash n2
> crash n3
> propose n1 b
    n1 takes b as 3@1
      n1 appends 3@1 b
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> run 1000
      300 n1 becomes follower in term 1
      452 n1 becomes pre-candidate in term 1
> status
    n1 pre-candidate term 1 leader - commit 2 last 3@1
    n2 is down
    n3 is down
> restart n2
> run 1000
       45 n1 becomes candidate in term 2
       46 n2 becomes follower in term 2
       47 n1 becomes leader in term 2
> status
    n1 leader term 2 leader n1 commit 4 last 4@2
    n2 follower term 2 leader n1 commit 4 last 4@2
    n3 is down
