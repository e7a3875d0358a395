# n1's disk is slow (T15, P1). It may stand, but nobody hears of it, and its own vote does not count, before term and vote are
# on disk.
> cluster 3
> hold n1
> timeout n1
      n1 becomes pre-candidate in term 0
      sends n1→n2 term 0 PreVote for 1 last 0@0
      sends n1→n3 term 0 PreVote for 1 last 0@0
> deliver
    n1→n2 term 0 PreVote for 1 last 0@0
    n1→n3 term 0 PreVote for 1 last 0@0
    n2→n1 term 0 PreVoteResponse for 1 granted
      n1 becomes candidate in term 1
      n1 begins write 1: term 1, vote n1
    n3→n1 term 0 PreVoteResponse for 1 granted
> status n1
    n1 candidate term 1 leader - commit 0 last 0@0
> persist n1
    n1 has written 1
      n1 votes for n1 in term 1
      sends n1→n2 term 1 Vote last 0@0
      sends n1→n3 term 1 Vote last 0@0
> deliver
    n1→n2 term 1 Vote last 0@0
      n2 becomes follower in term 1
      n2 votes for n1 in term 1
    n1→n3 term 1 Vote last 0@0
      n3 becomes follower in term 1
      n3 votes for n1 in term 1
    n2→n1 term 1 VoteResponse granted
      n1 becomes leader in term 1
      n1 appends 1@1 noop
      n1 begins write 2: 1@1 noop
    n3→n1 term 1 VoteResponse granted
    n1→n2 term 1 Append prev 0@0, 1 entries, commit 0, round 0
      n2 appends 1@1 noop
    n1→n3 term 1 Append prev 0@0, 1 entries, commit 0, round 0
      n3 appends 1@1 noop
    n2→n1 term 1 AppendAccepted 1, round 0
    n3→n1 term 1 AppendAccepted 1, round 0
      n1 commits 1
      n1 applies 1@1 noop
> status n1
    n1 leader term 1 leader n1 commit 1 last 1@1
