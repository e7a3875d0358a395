# n4 was added, but is down. It is not made a voter (M14).
> cluster 3 spare=1
> elect n1
    n1 leads term 1
> crash n4
> add n4
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3, learners n4]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> promote n4
    n1 refuses the change to voters n1 n2 n3 n4: n4 has to catch up first: it is known to have 0 of 2 entries

# The others go on as if nothing were.
> propose n1 a b c
    n1 takes a as 3@1
    n1 takes b as 4@1
    n1 takes c as 5@1
      n1 appends 3@1 a, 4@1 b, 5@1 c
      sends n1→n2 term 1 Append prev 2@1, 3 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 3 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 3 entries, commit 2, round 0
> settle
> status n1
    n1 leader term 1 leader n1 commit 5 last 5@1 voters n1 n2 n3, learners n4
> run 500
> promote n4
    n1 refuses the change to voters n1 n2 n3 n4: n4 has to catch up first: it is known to have 0 of 5 entries
> status n1
    n1 leader term 1 leader n1 commit 5 last 5@1 voters n1 n2 n3, learners n4

# When it comes, it catches up, and is.
> restart n4
> run 200
        1 n4 becomes follower in term 1
> promote n4
    n1 takes the change as 6@1
      n1 appends 6@1 [voters n1 n2 n3 n4 from n1 n2 n3]
      sends n1→n2 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      sends n1→n3 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      sends n1→n4 term 1 Append prev 5@1, 1 entries, commit 5, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 7@1, 0 entries, commit 7, round 0
      sends n1→n3 term 1 Append prev 7@1, 0 entries, commit 7, round 0
      sends n1→n4 term 1 Append prev 7@1, 0 entries, commit 7, round 0
> settle
> status
    n1 leader term 1 leader n1 commit 7 last 7@1 voters n1 n2 n3 n4
    n2 follower term 1 leader n1 commit 7 last 7@1 voters n1 n2 n3 n4
    n3 follower term 1 leader n1 commit 7 last 7@1 voters n1 n2 n3 n4
    n4 follower term 1 leader n1 commit 7 last 7@1 voters n1 n2 n3 n4
