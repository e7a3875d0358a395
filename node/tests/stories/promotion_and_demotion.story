# A learner becomes a voter when it has nearly all of the log, and not before (M9).
> cluster 3 spare=1 lag=0
> elect n1
    n1 leads term 1
> change n1 voters=n1,n2,n3,n4
    n1 refuses the change to voters n1 n2 n3 n4: n4 has to catch up first: it is known to have 0 of 1 entries
> add n4
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3, learners n4]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> promote n4
    n1 refuses the change to voters n1 n2 n3 n4: n4 has to catch up first: it is known to have 0 of 2 entries
> timeout n1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 0
> deliver n1<->n4
    n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      n4 becomes follower in term 1
    n4→n1 term 1 AppendRejected prev 2 hint 0@0, round 0
    n1→n4 term 1 Append prev 0@0, 2 entries, commit 2, round 0
      n4 appends 1@1 noop, 2@1 [voters n1 n2 n3, learners n4]
      n4 commits 2
      n4 applies 1@1 noop, 2@1 [voters n1 n2 n3, learners n4]
    n4→n1 term 1 AppendAccepted 2, round 0
> promote n4
    n1 takes the change as 3@1
      n1 appends 3@1 [voters n1 n2 n3 n4 from n1 n2 n3]
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> settle
> timeout n1
      sends n1→n2 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 0 entries, commit 4, round 0
      sends n1→n4 term 1 Append prev 4@1, 0 entries, commit 4, round 0
> settle
> status n4
    n4 follower term 1 leader n1 commit 4 last 4@1 voters n1 n2 n3 n4

# A voter becomes a learner. While the configuration is joint it still votes as one of those that go.
> demote n2
    n1 takes the change as 5@1
      n1 appends 5@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n2]
      sends n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      sends n1→n4 term 1 Append prev 4@1, 1 entries, commit 4, round 0
> deliver n1<->n3
    n1→n3 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n3 appends 5@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n2]
    n3→n1 term 1 AppendAccepted 5, round 0
> deliver n1<->n2
    n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n2 appends 5@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n2]
    n2→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 appends 6@1 [voters n1 n3 n4, learners n2]
      n1 applies 5@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n2]
    n1→n2 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      n2 appends 6@1 [voters n1 n3 n4, learners n2]
      n2 commits 5
      n2 applies 5@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n2]
    n2→n1 term 1 AppendAccepted 6, round 0
> deliver
    n1→n4 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n4 appends 5@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n2]
    n1→n3 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      n3 appends 6@1 [voters n1 n3 n4, learners n2]
      n3 commits 5
      n3 applies 5@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n2]
    n1→n4 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      n4 appends 6@1 [voters n1 n3 n4, learners n2]
      n4 commits 5
      n4 applies 5@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n2]
    n4→n1 term 1 AppendAccepted 5, round 0
    n3→n1 term 1 AppendAccepted 6, round 0
      n1 commits 6
      n1 applies 6@1 [voters n1 n3 n4, learners n2]
    n4→n1 term 1 AppendAccepted 6, round 0
> timeout n1
      sends n1→n2 term 1 Append prev 6@1, 0 entries, commit 6, round 0
      sends n1→n3 term 1 Append prev 6@1, 0 entries, commit 6, round 0
      sends n1→n4 term 1 Append prev 6@1, 0 entries, commit 6, round 0
> settle
> status
    n1 leader term 1 leader n1 commit 6 last 6@1 voters n1 n3 n4, learners n2
    n2 follower term 1 leader n1 commit 6 last 6@1 voters n1 n3 n4, learners n2
    n3 follower term 1 leader n1 commit 6 last 6@1 voters n1 n3 n4, learners n2
    n4 follower term 1 leader n1 commit 6 last 6@1 voters n1 n3 n4, learners n2
> tick n2 1000
> status n2
    n2 follower term 1 leader - commit 6 last 6@1 voters n1 n3 n4, learners n2
