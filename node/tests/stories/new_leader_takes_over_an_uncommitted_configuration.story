# n1 begins to remove n5, and gets the joint configuration to n2 only. Then it crashes (M7).
> cluster 5
> elect n1
    n1 leads term 1
> remove n5
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3 n4 from n1 n2 n3 n4 n5]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n5 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 [voters n1 n2 n3 n4 from n1 n2 n3 n4 n5]
      n2 commits 1
      n2 applies 1@1 noop
> drop
> crash n1
> elect n2
    n2 leads term 2
> status
    n1 is down
    n2 leader term 2 leader n2 commit 4 last 4@2 voters n1 n2 n3 n4
    n3 follower term 2 leader n2 commit 3 last 4@2 voters n1 n2 n3 n4
    n4 follower term 2 leader n2 commit 3 last 4@2 voters n1 n2 n3 n4
    n5 follower term 2 leader n2 commit 3 last 4@2 voters n1 n2 n3 n4
> log n2
    n2: 1@1 noop, 2@1 [voters n1 n2 n3 n4 from n1 n2 n3 n4 n5], 3@2 noop, 4@2 [voters n1 n2 n3 n4]

# n2 had it in its log, was elected by it, and committed it with its first own entry. Then it left it.
> timeout n2
      sends n2→n1 term 2 Append prev 2@1, 0 entries, commit 4, round 0
      sends n2→n3 term 2 Append prev 4@2, 0 entries, commit 4, round 0
      sends n2→n4 term 2 Append prev 4@2, 0 entries, commit 4, round 0
      sends n2→n5 term 2 Append prev 4@2, 0 entries, commit 4, round 0
> settle
> status
    n1 is down
    n2 leader term 2 leader n2 commit 4 last 4@2 voters n1 n2 n3 n4
    n3 follower term 2 leader n2 commit 4 last 4@2 voters n1 n2 n3 n4
    n4 follower term 2 leader n2 commit 4 last 4@2 voters n1 n2 n3 n4
    n5 follower term 2 leader n2 commit 4 last 4@2 voters n1 n2 n3 n4
