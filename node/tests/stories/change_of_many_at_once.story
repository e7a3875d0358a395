# Two come and two go, in one change (M1). Until the joint configuration is committed, n1 to n3 can do nothing alone, and neither can the
# others.
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
> deliver n1<->n4
    n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n4 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
    n4→n1 term 1 AppendAccepted 3, round 0
> deliver n1<->n5
    n1→n5 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n5 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
    n5→n1 term 1 AppendAccepted 3, round 0
> status n1
    n1 leader term 1 leader n1 commit 2 last 3@1 voters n1 n4 n5 from n1 n2 n3
> deliver n1<->n2
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n2 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 appends 4@1 [voters n1 n4 n5]
      n1 applies 3@1 [voters n1 n4 n5 from n1 n2 n3]
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n2 appends 4@1 [voters n1 n4 n5]
      n2 commits 3
      n2 applies 3@1 [voters n1 n4 n5 from n1 n2 n3]
    n2→n1 term 1 AppendAccepted 4, round 0
> status n1
    n1 leader term 1 leader n1 commit 3 last 4@1 voters n1 n4 n5
> deliver
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n3 appends 3@1 [voters n1 n4 n5 from n1 n2 n3]
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n3 appends 4@1 [voters n1 n4 n5]
      n3 commits 3
      n3 applies 3@1 [voters n1 n4 n5 from n1 n2 n3]
    n1→n4 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n4 appends 4@1 [voters n1 n4 n5]
      n4 commits 3
      n4 applies 3@1 [voters n1 n4 n5 from n1 n2 n3]
    n1→n5 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n5 appends 4@1 [voters n1 n4 n5]
      n5 commits 3
      n5 applies 3@1 [voters n1 n4 n5 from n1 n2 n3]
    n3→n1 term 1 AppendAccepted 3, round 0
    n3→n1 term 1 AppendAccepted 4, round 0
    n4→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 [voters n1 n4 n5]
    n5→n1 term 1 AppendAccepted 4, round 0
> status
    n1 leader term 1 leader n1 commit 4 last 4@1 voters n1 n4 n5
    n2 follower term 1 leader n1 commit 3 last 4@1 voters n1 n4 n5
    n3 follower term 1 leader n1 commit 3 last 4@1 voters n1 n4 n5
    n4 follower term 1 leader n1 commit 3 last 4@1 voters n1 n4 n5
    n5 follower term 1 leader n1 commit 3 last 4@1 voters n1 n4 n5

# One takes the place of another.
> timeout n1
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n4 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n5 term 1 Append prev 4@1, 0 entries, commit 4, round 0
> deliver
    n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n2 commits 4
      n2 applies 4@1 [voters n1 n4 n5]
    n1→n3 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n3 commits 4
      n3 applies 4@1 [voters n1 n4 n5]
    n1→n4 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n4 commits 4
      n4 applies 4@1 [voters n1 n4 n5]
    n1→n5 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      n5 commits 4
      n5 applies 4@1 [voters n1 n4 n5]
    n2→n1 term 1 AppendAccepted 4, round 0
    n3→n1 term 1 AppendAccepted 4, round 0
    n4→n1 term 1 AppendAccepted 4, round 0
    n5→n1 term 1 AppendAccepted 4, round 0
> add n2
    n1 takes the change as 5@1
      n1 appends 5@1 [voters n1 n4 n5, learners n2]
      sends n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n4 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n5 term 1 Append prev 4@1, 1 entries, commit 4, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      sends n1→n3 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      sends n1→n4 term 1 Append prev 5@1, 0 entries, commit 5, round 0
      sends n1→n5 term 1 Append prev 5@1, 0 entries, commit 5, round 0
> settle
> replace n4 n2
    n1 takes the change as 6@1
      n1 appends 6@1 [voters n1 n2 n5 from n1 n4 n5]
      sends n1→n2 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      sends n1→n3 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      sends n1→n4 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      sends n1→n5 term 1 Append prev 5@1, 1 entries, commit 5, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 7@1, 0 entries, commit 7, round 0
      sends n1→n3 term 1 Append prev 7@1, 0 entries, commit 7, round 0
      sends n1→n4 term 1 Append prev 7@1, 0 entries, commit 7, round 0
      sends n1→n5 term 1 Append prev 7@1, 0 entries, commit 7, round 0
> settle
> status
    n1 leader term 1 leader n1 commit 7 last 7@1 voters n1 n2 n5
    n2 follower term 1 leader n1 commit 7 last 7@1 voters n1 n2 n5
    n3 follower term 1 leader n1 commit 7 last 7@1 voters n1 n2 n5
    n4 follower term 1 leader n1 commit 7 last 7@1 voters n1 n2 n5
    n5 follower term 1 leader n1 commit 7 last 7@1 voters n1 n2 n5
