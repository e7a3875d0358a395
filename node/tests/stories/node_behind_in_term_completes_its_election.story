# n1 has the better log but the smaller term; n2 was once a candidate of term 4; n3 is down (T21, T25).
> cluster 3
> given n1 term=1 log=1,1
> given n2 term=4 vote=n2 log=1
> crash n3
> timeout n1
      n1 becomes pre-candidate in term 1
      sends n1→n2 term 1 PreVote for 2 last 2@1
      sends n1→n3 term 1 PreVote for 2 last 2@1
> deliver
    n1→n2 term 1 PreVote for 2 last 2@1
    n1→n3 term 1 PreVote for 2 last 2@1 is lost
    n2→n1 term 4 PreVoteResponse for 2 refused
      n1 becomes follower in term 4

# The refusal came with term 4, and n1 goes there. Its next attempt asks for term 5, and n2 cannot refuse.
> timeout n1
      n1 becomes pre-candidate in term 4
      sends n1→n2 term 4 PreVote for 5 last 2@1
      sends n1→n3 term 4 PreVote for 5 last 2@1
> deliver
    n1→n2 term 4 PreVote for 5 last 2@1
    n1→n3 term 4 PreVote for 5 last 2@1 is lost
    n2→n1 term 4 PreVoteResponse for 5 granted
      n1 becomes candidate in term 5
      n1 votes for n1 in term 5
    n1→n2 term 5 Vote last 2@1
      n2 becomes follower in term 5
      n2 votes for n1 in term 5
    n1→n3 term 5 Vote last 2@1 is lost
    n2→n1 term 5 VoteResponse granted
      n1 becomes leader in term 5
      n1 appends 3@5 noop
    n1→n2 term 5 Append prev 2@1, 1 entries, commit 0, round 0
    n1→n3 term 5 Append prev 2@1, 1 entries, commit 0, round 0 is lost
    n2→n1 term 5 AppendRejected prev 2 hint 1@1, round 0
    n1→n2 term 5 Append prev 1@1, 2 entries, commit 0, round 0
      n2 appends 2@1 e2.1, 3@5 noop
    n2→n1 term 5 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 1@1 e1.1, 2@1 e2.1, 3@5 noop
> status
    n1 leader term 5 leader n1 commit 3 last 3@5
    n2 follower term 5 leader n1 commit 0 last 3@5
    n3 is down
