# Who may win is decided by the term of the last entry, and by length only within a term (T12; candidate_viability,
# fancy_election). n1 has the longest log, n2 the one of the latest term.
> cluster 3
> given n1 term=4 log=1,1,1,1,1,1
> given n2 term=4 log=1,4
> given n3 term=4 log=1,4,4
> timeout n1
      n1 becomes pre-candidate in term 4
      sends n1→n2 term 4 PreVote for 5 last 6@1
      sends n1→n3 term 4 PreVote for 5 last 6@1
> deliver
    n1→n2 term 4 PreVote for 5 last 6@1
    n1→n3 term 4 PreVote for 5 last 6@1
    n2→n1 term 4 PreVoteResponse for 5 refused
    n3→n1 term 4 PreVoteResponse for 5 refused

# n2 is behind n3, in the same term; n1 would take it.
> timeout n2
      n2 becomes pre-candidate in term 4
      sends n2→n1 term 4 PreVote for 5 last 2@4
      sends n2→n3 term 4 PreVote for 5 last 2@4
> deliver PreVote
    n2→n1 term 4 PreVote for 5 last 2@4
    n2→n3 term 4 PreVote for 5 last 2@4
> deliver PreVoteResponse
    n1→n2 term 4 PreVoteResponse for 5 granted
      n2 becomes candidate in term 5
      n2 votes for n2 in term 5
    n3→n2 term 4 PreVoteResponse for 5 refused
> deliver Vote
    n2→n1 term 5 Vote last 2@4
      n1 becomes follower in term 5
      n1 votes for n2 in term 5
    n2→n3 term 5 Vote last 2@4
      n3 becomes follower in term 5
> deliver
    n1→n2 term 5 VoteResponse granted
      n2 becomes leader in term 5
      n2 appends 3@5 noop
    n3→n2 term 5 VoteResponse refused
    n2→n1 term 5 Append prev 2@4, 1 entries, commit 0, round 0
    n2→n3 term 5 Append prev 2@4, 1 entries, commit 0, round 0
      n3 removes its log from 3 on
      n3 appends 3@5 noop
    n1→n2 term 5 AppendRejected prev 2 hint 2@1, round 0
    n3→n2 term 5 AppendAccepted 3, round 0
      n2 commits 3
      n2 applies 1@1 e1.1, 2@4 e2.4, 3@5 noop
    n2→n1 term 5 Append prev 1@1, 2 entries, commit 0, round 0
      n1 removes its log from 2 on
      n1 appends 2@4 e2.4, 3@5 noop
    n1→n2 term 5 AppendAccepted 3, round 0
> log
    n1: 1@1 e1.1, 2@4 e2.4, 3@5 noop
    n2: 1@1 e1.1, 2@4 e2.4, 3@5 noop
    n3: 1@1 e1.1, 2@4 e2.4, 3@5 noop
