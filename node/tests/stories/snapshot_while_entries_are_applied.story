# A snapshot takes time to be written, and meanwhile more is applied (S14): it holds what was applied when it began.
> cluster 3 kept=0
> elect n1
    n1 leads term 1
> propose n1 a b c d
    n1 takes a as 2@1
    n1 takes b as 3@1
    n1 takes c as 4@1
    n1 takes d as 5@1
      n1 appends 2@1 a, 3@1 b, 4@1 c, 5@1 d
      sends n1→n2 term 1 Append prev 1@1, 4 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 4 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 1@1, 4 entries, commit 1, round 0
      n2 appends 2@1 a, 3@1 b, 4@1 c, 5@1 d
      n2 commits 1
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 4 entries, commit 1, round 0
      n3 appends 2@1 a, 3@1 b, 4@1 c, 5@1 d
      n3 commits 1
      n3 applies 1@1 noop
    n2→n1 term 1 AppendAccepted 5, round 0
      n1 commits 5
      n1 applies 2@1 a, 3@1 b, 4@1 c, 5@1 d
    n3→n1 term 1 AppendAccepted 5, round 0
> snapshot n1 3
      n1 compacts its log up to 3@1
> status n1
    n1 leader term 1 leader n1 commit 5 last 5@1 snapshot 3
> log n1
    n1: after 3@1: 4@1 c, 5@1 d
> disk n1
    n1: term 1, vote n1; after 3@1: 4@1 c, 5@1 d

# After a restart, what is behind it is applied again, and nothing else, as soon as it is known to be committed (P8, P9).
> crash n1
> restart n1
> status n1
    n1 follower term 1 leader - commit 3 last 5@1 snapshot 3
> elect n1
    n1 leads term 2
> status
    n1 leader term 2 leader n1 commit 6 last 6@2 snapshot 3
    n2 follower term 2 leader n1 commit 3 last 6@2
    n3 follower term 2 leader n1 commit 3 last 6@2
