# n1 is the only voter. It elects itself, and its learners do not keep it from that, nor from committing (T18).
> cluster 1 spare=2
> timeout n1
      n1 becomes pre-candidate in term 0
      n1 becomes candidate in term 1
      n1 votes for n1 in term 1
      n1 becomes leader in term 1
      n1 appends 1@1 noop
      n1 commits 1
      n1 applies 1@1 noop
> add n2 n3
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n1, learners n2 n3]
      n1 commits 2
      n1 applies 2@1 [voters n1, learners n2 n3]
> settle
> crash n2
> crash n3
> propose n1 x
    n1 takes x as 3@1
      n1 appends 3@1 x
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n1 commits 3
      n1 applies 3@1 x
> crash n1
> restart n1
> timeout n1
      n1 becomes pre-candidate in term 1
      n1 becomes candidate in term 2
      n1 votes for n1 in term 2
      n1 becomes leader in term 2
      n1 appends 4@2 noop
      sends n1→n2 term 2 Append prev 3@1, 1 entries, commit 0, round 0
      sends n1→n3 term 2 Append prev 3@1, 1 entries, commit 0, round 0
      n1 commits 4
      n1 applies 1@1 noop, 2@1 [voters n1, learners n2 n3], 3@1 x, 4@2 noop
> status n1
    n1 leader term 2 leader n1 commit 4 last 4@2 voters n1, learners n2 n3
