# n1 and n2 time out at the same time (T22, T6; pre_vote_split). Each asks for pre-votes; pre-votes bind nobody, so both may win
# the round, and both stand in term 1.
> cluster 3
> timeout n1
      n1 becomes pre-candidate in term 0
      sends n1→n2 term 0 PreVote for 1 last 0@0
      sends n1→n3 term 0 PreVote for 1 last 0@0
> timeout n2
      n2 becomes pre-candidate in term 0
      sends n2→n1 term 0 PreVote for 1 last 0@0
      sends n2→n3 term 0 PreVote for 1 last 0@0
> deliver PreVote
    n1→n2 term 0 PreVote for 1 last 0@0
    n1→n3 term 0 PreVote for 1 last 0@0
    n2→n1 term 0 PreVote for 1 last 0@0
    n2→n3 term 0 PreVote for 1 last 0@0
> deliver PreVoteResponse
    n2→n1 term 0 PreVoteResponse for 1 granted
      n1 becomes candidate in term 1
      n1 votes for n1 in term 1
    n3→n1 term 0 PreVoteResponse for 1 granted
    n1→n2 term 0 PreVoteResponse for 1 granted
      n2 becomes candidate in term 1
      n2 votes for n2 in term 1
    n3→n2 term 0 PreVoteResponse for 1 granted

# Each has its own vote and refuses the other. n3 votes for whom it hears first, and only for that one (T8).
> deliver n2->n3 Vote
    n2→n3 term 1 Vote last 0@0
      n3 becomes follower in term 1
      n3 votes for n2 in term 1
> deliver
    n1→n2 term 1 Vote last 0@0
    n1→n3 term 1 Vote last 0@0
    n2→n1 term 1 Vote last 0@0
    n3→n2 term 1 VoteResponse granted
      n2 becomes leader in term 1
      n2 appends 1@1 noop
    n2→n1 term 1 VoteResponse refused
    n3→n1 term 1 VoteResponse refused
    n1→n2 term 1 VoteResponse refused
    n2→n1 term 1 Append prev 0@0, 1 entries, commit 0, round 0
      n1 becomes follower in term 1
      n1 appends 1@1 noop
    n2→n3 term 1 Append prev 0@0, 1 entries, commit 0, round 0
      n3 appends 1@1 noop
    n1→n2 term 1 AppendAccepted 1, round 0
      n2 commits 1
      n2 applies 1@1 noop
    n3→n2 term 1 AppendAccepted 1, round 0
> status
    n1 follower term 1 leader n2 commit 0 last 1@1
    n2 leader term 1 leader n2 commit 1 last 1@1
    n3 follower term 1 leader n2 commit 0 last 1@1
