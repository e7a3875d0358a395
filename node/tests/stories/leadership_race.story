# Two candidates of the same term; the loser yields to the winner's first append (T9, leadership_race).
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
> deliver n3->n1
    n3→n1 term 1 VoteResponse granted
      n1 becomes leader in term 1
      n1 appends 1@1 noop
> status
    n1 leader term 1 leader n1 commit 0 last 1@1
    n2 candidate term 1 leader - commit 0 last 0@0
    n3 follower term 1 leader - commit 0 last 0@0
> deliver n2->n3 Vote
    n2→n3 term 1 Vote last 0@0
> deliver n3->n2
    n3→n2 term 1 VoteResponse refused
> status n2
    n2 candidate term 1 leader - commit 0 last 0@0
> deliver n1->n2 Append
    n1→n2 term 1 Append prev 0@0, 1 entries, commit 0, round 0
      n2 becomes follower in term 1
      n2 appends 1@1 noop
> status n2
    n2 follower term 1 leader n1 commit 0 last 1@1

# A candidate does not yield to a leader of an earlier term: n3 stands in term 2 and tells n1 so.
> cluster 3
> elect n1
    n1 leads term 1
> tick n2 150
> timeout n3
      n3 becomes pre-candidate in term 1
      sends n3→n1 term 1 PreVote for 2 last 1@1
      sends n3→n2 term 1 PreVote for 2 last 1@1
> deliver n3->n2 PreVote
    n3→n2 term 1 PreVote for 2 last 1@1
> deliver n2->n3
    n2→n3 term 1 PreVoteResponse for 2 granted
      n3 becomes candidate in term 2
      n3 votes for n3 in term 2
> drop n3->
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
> deliver n1->n3
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
> status n3
    n3 candidate term 2 leader - commit 0 last 1@1
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n2 commits 1
      n2 applies 1@1 noop
    n3→n1 term 2 AppendRejected prev 1 hint 0@0, round 0
      n1 becomes follower in term 2
    n2→n1 term 1 AppendAccepted 1, round 0
> status
    n1 follower term 2 leader - commit 1 last 1@1
    n2 follower term 1 leader n1 commit 1 last 1@1
    n3 candidate term 2 leader - commit 0 last 1@1
