# One change at a time (M2).
> cluster 3 spare=2
> elect n1
    n1 leads term 1
> add n4
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1 n2 n3, learners n4]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> add n5
    n1 refuses the change to voters n1 n2 n3, learners n4 n5: the change at log index 2 is under way
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
> add n5
    n1 takes the change as 3@1
      n1 appends 3@1 [voters n1 n2 n3, learners n4 n5]
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0

# Not in the midst of a change that began well either.
> deliver
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n2 appends 3@1 [voters n1 n2 n3, learners n4 n5]
      n2 commits 2
      n2 applies 2@1 [voters n1 n2 n3, learners n4]
    n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n3 appends 3@1 [voters n1 n2 n3, learners n4 n5]
      n3 commits 2
      n3 applies 2@1 [voters n1 n2 n3, learners n4]
    n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n4 becomes follower in term 1
    n2→n1 term 1 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 3@1 [voters n1 n2 n3, learners n4 n5]
    n3→n1 term 1 AppendAccepted 3, round 0
    n4→n1 term 1 AppendRejected prev 2 hint 0@0, round 0
    n1→n4 term 1 Append prev 0@0, 3 entries, commit 3, round 0
      n4 appends 1@1 noop, 2@1 [voters n1 n2 n3, learners n4], 3@1 [voters n1 n2 n3, learners n4 n5]
      n4 commits 3
      n4 applies 1@1 noop, 2@1 [voters n1 n2 n3, learners n4], 3@1 [voters n1 n2 n3, learners n4 n5]
    n4→n1 term 1 AppendAccepted 3, round 0
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n5 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> deliver
    n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      n2 commits 3
      n2 applies 3@1 [voters n1 n2 n3, learners n4 n5]
    n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      n3 commits 3
      n3 applies 3@1 [voters n1 n2 n3, learners n4 n5]
    n1→n4 term 1 Append prev 3@1, 0 entries, commit 3, round 0
    n1→n5 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      n5 becomes follower in term 1
    n2→n1 term 1 AppendAccepted 3, round 0
    n3→n1 term 1 AppendAccepted 3, round 0
    n4→n1 term 1 AppendAccepted 3, round 0
    n5→n1 term 1 AppendRejected prev 3 hint 0@0, round 0
    n1→n5 term 1 Append prev 0@0, 3 entries, commit 3, round 0
      n5 appends 1@1 noop, 2@1 [voters n1 n2 n3, learners n4], 3@1 [voters n1 n2 n3, learners n4 n5]
      n5 commits 3
      n5 applies 1@1 noop, 2@1 [voters n1 n2 n3, learners n4], 3@1 [voters n1 n2 n3, learners n4 n5]
    n5→n1 term 1 AppendAccepted 3, round 0
> promote n4
    n1 takes the change as 4@1
      n1 appends 4@1 [voters n1 n2 n3 n4 from n1 n2 n3, learners n5]
      sends n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n4 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      sends n1→n5 term 1 Append prev 3@1, 1 entries, commit 3, round 0
> remove n2
    n1 refuses the change to voters n1 n3 n4 from n1 n2 n3, learners n5: the change at log index 4 is under way
> deliver
    n1→n2 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n2 appends 4@1 [voters n1 n2 n3 n4 from n1 n2 n3, learners n5]
    n1→n3 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n3 appends 4@1 [voters n1 n2 n3 n4 from n1 n2 n3, learners n5]
    n1→n4 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n4 appends 4@1 [voters n1 n2 n3 n4 from n1 n2 n3, learners n5]
    n1→n5 term 1 Append prev 3@1, 1 entries, commit 3, round 0
      n5 appends 4@1 [voters n1 n2 n3 n4 from n1 n2 n3, learners n5]
    n2→n1 term 1 AppendAccepted 4, round 0
    n3→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 appends 5@1 [voters n1 n2 n3 n4, learners n5]
      n1 applies 4@1 [voters n1 n2 n3 n4 from n1 n2 n3, learners n5]
    n4→n1 term 1 AppendAccepted 4, round 0
    n5→n1 term 1 AppendAccepted 4, round 0
    n1→n2 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n2 appends 5@1 [voters n1 n2 n3 n4, learners n5]
      n2 commits 4
      n2 applies 4@1 [voters n1 n2 n3 n4 from n1 n2 n3, learners n5]
    n1→n3 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n3 appends 5@1 [voters n1 n2 n3 n4, learners n5]
      n3 commits 4
      n3 applies 4@1 [voters n1 n2 n3 n4 from n1 n2 n3, learners n5]
    n1→n4 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n4 appends 5@1 [voters n1 n2 n3 n4, learners n5]
      n4 commits 4
      n4 applies 4@1 [voters n1 n2 n3 n4 from n1 n2 n3, learners n5]
    n1→n5 term 1 Append prev 4@1, 1 entries, commit 4, round 0
      n5 appends 5@1 [voters n1 n2 n3 n4, learners n5]
      n5 commits 4
      n5 applies 4@1 [voters n1 n2 n3 n4 from n1 n2 n3, learners n5]
    n2→n1 term 1 AppendAccepted 5, round 0
    n3→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 5@1 [voters n1 n2 n3 n4, learners n5]
    n4→n1 term 1 AppendAccepted 5, round 0
    n5→n1 term 1 AppendAccepted 5, round 0
> remove n2
    n1 takes the change as 6@1
      n1 appends 6@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n5]
      sends n1→n2 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      sends n1→n3 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      sends n1→n4 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      sends n1→n5 term 1 Append prev 5@1, 1 entries, commit 5, round 0
> deliver
    n1→n2 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      n2 appends 6@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n5]
      n2 commits 5
      n2 applies 5@1 [voters n1 n2 n3 n4, learners n5]
    n1→n3 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      n3 appends 6@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n5]
      n3 commits 5
      n3 applies 5@1 [voters n1 n2 n3 n4, learners n5]
    n1→n4 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      n4 appends 6@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n5]
      n4 commits 5
      n4 applies 5@1 [voters n1 n2 n3 n4, learners n5]
    n1→n5 term 1 Append prev 5@1, 1 entries, commit 5, round 0
      n5 appends 6@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n5]
      n5 commits 5
      n5 applies 5@1 [voters n1 n2 n3 n4, learners n5]
    n2→n1 term 1 AppendAccepted 6, round 0
    n3→n1 term 1 AppendAccepted 6, round 0
      n1 commits 6
      n1 appends 7@1 [voters n1 n3 n4, learners n5]
      n1 applies 6@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n5]
    n4→n1 term 1 AppendAccepted 6, round 0
    n5→n1 term 1 AppendAccepted 6, round 0
    n1→n2 term 1 Append prev 6@1, 1 entries, commit 6, round 0
      n2 appends 7@1 [voters n1 n3 n4, learners n5]
      n2 commits 6
      n2 applies 6@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n5]
    n1→n3 term 1 Append prev 6@1, 1 entries, commit 6, round 0
      n3 appends 7@1 [voters n1 n3 n4, learners n5]
      n3 commits 6
      n3 applies 6@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n5]
    n1→n4 term 1 Append prev 6@1, 1 entries, commit 6, round 0
      n4 appends 7@1 [voters n1 n3 n4, learners n5]
      n4 commits 6
      n4 applies 6@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n5]
    n1→n5 term 1 Append prev 6@1, 1 entries, commit 6, round 0
      n5 appends 7@1 [voters n1 n3 n4, learners n5]
      n5 commits 6
      n5 applies 6@1 [voters n1 n3 n4 from n1 n2 n3 n4, learners n5]
    n2→n1 term 1 AppendAccepted 7, round 0
    n3→n1 term 1 AppendAccepted 7, round 0
      n1 commits 7
      n1 applies 7@1 [voters n1 n3 n4, learners n5]
    n4→n1 term 1 AppendAccepted 7, round 0
    n5→n1 term 1 AppendAccepted 7, round 0
> status n1
    n1 leader term 1 leader n1 commit 7 last 7@1 voters n1 n3 n4, learners n5
