# Four nodes, two candidates, two votes each: nobody has a quorum of three (T6, L25).
> cluster 4
> timeout n1
      n1 becomes pre-candidate in term 0
      sends n1→n2 term 0 PreVote for 1 last 0@0
      sends n1→n3 term 0 PreVote for 1 last 0@0
      sends n1→n4 term 0 PreVote for 1 last 0@0
> timeout n2
      n2 becomes pre-candidate in term 0
      sends n2→n1 term 0 PreVote for 1 last 0@0
      sends n2→n3 term 0 PreVote for 1 last 0@0
      sends n2→n4 term 0 PreVote for 1 last 0@0
> deliver PreVote
    n1→n2 term 0 PreVote for 1 last 0@0
    n1→n3 term 0 PreVote for 1 last 0@0
    n1→n4 term 0 PreVote for 1 last 0@0
    n2→n1 term 0 PreVote for 1 last 0@0
    n2→n3 term 0 PreVote for 1 last 0@0
    n2→n4 term 0 PreVote for 1 last 0@0
> deliver PreVoteResponse
    n2→n1 term 0 PreVoteResponse for 1 granted
    n3→n1 term 0 PreVoteResponse for 1 granted
      n1 becomes candidate in term 1
      n1 votes for n1 in term 1
    n4→n1 term 0 PreVoteResponse for 1 granted
    n1→n2 term 0 PreVoteResponse for 1 granted
    n3→n2 term 0 PreVoteResponse for 1 granted
      n2 becomes candidate in term 1
      n2 votes for n2 in term 1
    n4→n2 term 0 PreVoteResponse for 1 granted
> deliver n1->n3
    n1→n3 term 1 Vote last 0@0
      n3 becomes follower in term 1
      n3 votes for n1 in term 1
> deliver n2->n4
    n2→n4 term 1 Vote last 0@0
      n4 becomes follower in term 1
      n4 votes for n2 in term 1
> deliver
    n1→n2 term 1 Vote last 0@0
    n1→n4 term 1 Vote last 0@0
    n2→n1 term 1 Vote last 0@0
    n2→n3 term 1 Vote last 0@0
    n3→n1 term 1 VoteResponse granted
    n4→n2 term 1 VoteResponse granted
    n2→n1 term 1 VoteResponse refused
    n4→n1 term 1 VoteResponse refused
    n1→n2 term 1 VoteResponse refused
    n3→n2 term 1 VoteResponse refused
> status
    n1 candidate term 1 leader - commit 0 last 0@0
    n2 candidate term 1 leader - commit 0 last 0@0
    n3 follower term 1 leader - commit 0 last 0@0
    n4 follower term 1 leader - commit 0 last 0@0

# Nothing was lost but time. The next to time out stands in a higher term and wins.
> elect n4
    n4 leads term 2
> status
    n1 follower term 2 leader n4 commit 0 last 1@2
    n2 follower term 2 leader n4 commit 0 last 1@2
    n3 follower term 2 leader n4 commit 0 last 1@2
    n4 leader term 2 leader n4 commit 1 last 1@2
