# n3 votes for n1 and crashes; n1's win is on its way. n2, of the same term, must not get the same vote again (P1, T8;
# former_candidate_double_vote).
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
> deliver n1->n3 Vote
    n1→n3 term 1 Vote last 0@0
      n3 becomes follower in term 1
      n3 votes for n1 in term 1
> drop n1->n2
> crash n3
> disk n3
    n3: term 1, vote n1;
> restart n3
> deliver n2->n3
    n2→n3 term 1 Vote last 0@0
> network
      n2→n1 term 1 Vote last 0@0
      n3→n1 term 1 VoteResponse granted
      n3→n2 term 1 VoteResponse refused
> deliver
    n2→n1 term 1 Vote last 0@0
    n3→n1 term 1 VoteResponse granted
      n1 becomes leader in term 1
      n1 appends 1@1 noop
    n3→n2 term 1 VoteResponse refused
    n1→n2 term 1 VoteResponse refused
    n1→n2 term 1 Append prev 0@0, 1 entries, commit 0, round 0
      n2 becomes follower in term 1
      n2 appends 1@1 noop
    n1→n3 term 1 Append prev 0@0, 1 entries, commit 0, round 0
      n3 appends 1@1 noop
    n2→n1 term 1 AppendAccepted 1, round 0
      n1 commits 1
      n1 applies 1@1 noop
    n3→n1 term 1 AppendAccepted 1, round 0
> status
    n1 leader term 1 leader n1 commit 1 last 1@1
    n2 follower term 1 leader n1 commit 0 last 1@1
    n3 follower term 1 leader n1 commit 0 last 1@1

# Neither does n1 itself forget, as a former candidate, whom it voted for.
> crash n1
> restart n1
> disk n1
    n1: term 1, vote n1; 1@1 noop
