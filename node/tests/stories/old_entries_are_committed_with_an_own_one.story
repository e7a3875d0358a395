# n1 has entries of terms 1, 2 and 2 that were never committed, and leads term 3 (L9). They are committed with its first own entry,
# and not one before (RaftOS stopped looking at the first old entry that it met).
> cluster 3
> given n1 term=2 log=1,2,2
> given n2 term=2 log=1
> given n3 term=2 log=1,2
> timeout n1
      n1 becomes pre-candidate in term 2
      sends n1→n2 term 2 PreVote for 3 last 3@2
      sends n1→n3 term 2 PreVote for 3 last 3@2
> deliver PreVote
    n1→n2 term 2 PreVote for 3 last 3@2
    n1→n3 term 2 PreVote for 3 last 3@2
> deliver PreVoteResponse
    n2→n1 term 2 PreVoteResponse for 3 granted
      n1 becomes candidate in term 3
      n1 votes for n1 in term 3
    n3→n1 term 2 PreVoteResponse for 3 granted
> deliver Vote
    n1→n2 term 3 Vote last 3@2
      n2 becomes follower in term 3
      n2 votes for n1 in term 3
    n1→n3 term 3 Vote last 3@2
      n3 becomes follower in term 3
      n3 votes for n1 in term 3
> deliver VoteResponse
    n2→n1 term 3 VoteResponse granted
      n1 becomes leader in term 3
      n1 appends 4@3 noop
    n3→n1 term 3 VoteResponse granted
> deliver n1->n3
    n1→n3 term 3 Append prev 3@2, 1 entries, commit 0, round 0
> deliver n3->n1
    n3→n1 term 3 AppendRejected prev 3 hint 2@2, round 0
> status n1
    n1 leader term 3 leader n1 commit 0 last 4@3
> deliver n1->n3
    n1→n3 term 3 Append prev 2@2, 2 entries, commit 0, round 0
      n3 appends 3@2 e3.2, 4@3 noop
> deliver n3->n1
    n3→n1 term 3 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 1@1 e1.1, 2@2 e2.2, 3@2 e3.2, 4@3 noop
> status n1
    n1 leader term 3 leader n1 commit 4 last 4@3
