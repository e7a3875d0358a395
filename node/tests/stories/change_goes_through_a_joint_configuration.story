# n4 joins: first as a learner, which changes no majority and takes one entry (M1).
> cluster 3 spare=1
> elect n1
    n1 leads term 1
> add n4
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3, learners n4]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 [voters n1 n2 n3, learners n4]
      n2 commits 1
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 [voters n1 n2 n3, learners n4]
      n3 commits 1
      n3 applies 1@1 noop
    n2→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 [voters n1 n2 n3, learners n4]
    n3→n1 term 1 AppendAccepted 2, round 0
> status
    n1 leader term 1 leader n1 commit 2 last 2@1 voters n1 n2 n3, learners n4
    n2 follower term 1 leader n1 commit 1 last 2@1 voters n1 n2 n3, learners n4
    n3 follower term 1 leader n1 commit 1 last 2@1 voters n1 n2 n3, learners n4
    n4 follower term 0 leader - commit 0 last 0@0 voters nobody

# n4 has the whole log, and becomes a voter. The first entry is a joint configuration. It is committed when a majority of the old voters has
# it, and a majority of the new ones: n2 and n1 are two of the old three, but only two of the new four (L26).
> timeout n1
      sends n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 0
> deliver
    n1→n2 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      n2 commits 2
      n2 applies 2@1 [voters n1 n2 n3, learners n4]
    n1→n3 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      n3 commits 2
      n3 applies 2@1 [voters n1 n2 n3, learners n4]
    n1→n4 term 1 Append prev 2@1, 0 entries, commit 2, round 0
      n4 becomes follower in term 1
    n2→n1 term 1 AppendAccepted 2, round 0
    n3→n1 term 1 AppendAccepted 2, round 0
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
> deliver n1<->n2
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n2 appends 3@1 [voters n1 n2 n3 n4 from n1 n2 n3]
    n2→n1 term 1 AppendAccepted 3, round 0
> status n1
    n1 leader term 1 leader n1 commit 2 last 3@1 voters n1 n2 n3 n4 from n1 n2 n3
> deliver n1->n4
    n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n4 appends 3@1 [voters n1 n2 n3 n4 from n1 n2 n3]
> deliver n4->n1 once
    n4→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 appends 4@1 [voters n1 n2 n3 n4]
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n4 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n1 applies 3@1 [voters n1 n2 n3 n4 from n1 n2 n3]

# Then the leader leaves the joint configuration by itself. That entry needs a majority of the new voters.
> deliver n1<->n4
    n1→n4 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n4 appends 4@1 [voters n1 n2 n3 n4]
      n4 commits 3
      n4 applies 3@1 [voters n1 n2 n3 n4 from n1 n2 n3]
    n4→n1 term 1 AppendAccepted 4, round 0
> status n1
    n1 leader term 1 leader n1 commit 3 last 4@1 voters n1 n2 n3 n4
> deliver
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n3 appends 3@1 [voters n1 n2 n3 n4 from n1 n2 n3]
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n2 appends 4@1 [voters n1 n2 n3 n4]
      n2 commits 3
      n2 applies 3@1 [voters n1 n2 n3 n4 from n1 n2 n3]
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n3 appends 4@1 [voters n1 n2 n3 n4]
      n3 commits 3
      n3 applies 3@1 [voters n1 n2 n3 n4 from n1 n2 n3]
    n3→n1 term 1 AppendAccepted 3, round 0
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 4@1 [voters n1 n2 n3 n4]
    n3→n1 term 1 AppendAccepted 4, round 0
> status
    n1 leader term 1 leader n1 commit 4 last 4@1 voters n1 n2 n3 n4
    n2 follower term 1 leader n1 commit 3 last 4@1 voters n1 n2 n3 n4
    n3 follower term 1 leader n1 commit 3 last 4@1 voters n1 n2 n3 n4
    n4 follower term 1 leader n1 commit 3 last 4@1 voters n1 n2 n3 n4
