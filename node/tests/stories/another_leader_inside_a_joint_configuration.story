# n1 has committed the joint configuration and added the one behind it, but only its own disk has that. It is cut off (M12).
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
> change n1 voters=n1,n4,n5
    n1 takes the change as 3@1
      n1 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n5 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> deliver n1-> Append once
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n2 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
      sends n2→n1 term 1 AppendAccepted 3, round 0
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n3 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
      sends n3→n1 term 1 AppendAccepted 3, round 0
    n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n4 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
      sends n4→n1 term 1 AppendAccepted 3, round 0
    n1→n5 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n5 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
      sends n5→n1 term 1 AppendAccepted 3, round 0
> deliver ->n1 AppendAccepted once
    n2→n1 term 1 AppendAccepted 3, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
    n4→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 appends 4@1 [voters n1 n4 n5]
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n4 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n5 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n1 applies 3@1 [voters n1 n4 n5 from n1 n2 n3]
    n5→n1 term 1 AppendAccepted 3, round 0
> log n1
    n1: 1@1 noop, 2@1 [voters n1 n2 n3, learners n4 n5], 3@1 [voters n1 n4 n5 from n1 n2 n3], 4@1 [voters n1 n4 n5]
> drop
> partition n1 | n2 n3 n4 n5

# n5 leads, inside the joint configuration: elected by n2 and n3 of the old voters, and by n4 and itself of the new ones. It leaves it itself.
> elect n5
    n5 leads term 2
> log n5
    n5: 1@1 noop, 2@1 [voters n1 n2 n3, learners n4 n5], 3@1 [voters n1 n4 n5 from n1 n2 n3], 4@2 noop, 5@2 [voters n1 n4 n5]
> timeout n5
      sends n5→n1 term 2 Append prev 3@1, 0 entries, commit 5, round 0
      sends n5→n2 term 2 Append prev 5@2, 0 entries, commit 5, round 0
      sends n5→n3 term 2 Append prev 5@2, 0 entries, commit 5, round 0
      sends n5→n4 term 2 Append prev 5@2, 0 entries, commit 5, round 0
> settle
> status n4 n5
    n4 follower term 2 leader n5 commit 5 last 5@2 voters n1 n4 n5
    n5 leader term 2 leader n5 commit 5 last 5@2 voters n1 n4 n5

# n1 takes part again: what it added gave way.
> heal
> timeout n5
      sends n5→n1 term 2 Append prev 3@1, 0 entries, commit 5, round 0
      sends n5→n4 term 2 Append prev 5@2, 0 entries, commit 5, round 0
> settle
      n1 becomes follower in term 2
> status
    n1 follower term 2 leader n5 commit 5 last 5@2 voters n1 n4 n5
    n2 follower term 2 leader n5 commit 5 last 5@2 voters n1 n4 n5
    n3 follower term 2 leader n5 commit 5 last 5@2 voters n1 n4 n5
    n4 follower term 2 leader n5 commit 5 last 5@2 voters n1 n4 n5
    n5 leader term 2 leader n5 commit 5 last 5@2 voters n1 n4 n5
