# n1 asks four others; two pre-votes and its own are enough, and it stands in term 1. The other two answers
# are slow.
> cluster 5
> timeout n1
      n1 becomes pre-candidate in term 0
      sends n1→n2 term 0 PreVote for 1 last 0@0
      sends n1→n3 term 0 PreVote for 1 last 0@0
      sends n1→n4 term 0 PreVote for 1 last 0@0
      sends n1→n5 term 0 PreVote for 1 last 0@0
> deliver PreVote
    n1→n2 term 0 PreVote for 1 last 0@0
    n1→n3 term 0 PreVote for 1 last 0@0
    n1→n4 term 0 PreVote for 1 last 0@0
    n1→n5 term 0 PreVote for 1 last 0@0
> deliver first
    n2→n1 term 0 PreVoteResponse for 1 granted
> deliver first
    n3→n1 term 0 PreVoteResponse for 1 granted
      n1 becomes candidate in term 1
      n1 votes for n1 in term 1
      sends n1→n2 term 1 Vote last 0@0
      sends n1→n3 term 1 Vote last 0@0
      sends n1→n4 term 1 Vote last 0@0
      sends n1→n5 term 1 Vote last 0@0

# Of its requests only one arrives, and the answer is slow, too. It times out again and asks about term 2. Now the two answers about
# term 1 arrive: they mean nothing (T26).
> deliver once n1->n2 Vote
    n1→n2 term 1 Vote last 0@0
      n2 becomes follower in term 1
      n2 votes for n1 in term 1
      sends n2→n1 term 1 VoteResponse granted
> drop Vote
> timeout n1
      n1 becomes pre-candidate in term 1
      sends n1→n2 term 1 PreVote for 2 last 0@0
      sends n1→n3 term 1 PreVote for 2 last 0@0
      sends n1→n4 term 1 PreVote for 2 last 0@0
      sends n1→n5 term 1 PreVote for 2 last 0@0
> deliver PreVoteResponse
    n4→n1 term 0 PreVoteResponse for 1 granted
    n5→n1 term 0 PreVoteResponse for 1 granted
> status n1
    n1 pre-candidate term 1 leader - commit 0 last 0@0

# The answers about term 2 do.
> deliver PreVote
    n1→n2 term 1 PreVote for 2 last 0@0
    n1→n3 term 1 PreVote for 2 last 0@0
    n1→n4 term 1 PreVote for 2 last 0@0
    n1→n5 term 1 PreVote for 2 last 0@0
> deliver PreVoteResponse
    n2→n1 term 1 PreVoteResponse for 2 granted
    n3→n1 term 0 PreVoteResponse for 2 granted
      n1 becomes candidate in term 2
      n1 votes for n1 in term 2
    n4→n1 term 0 PreVoteResponse for 2 granted
    n5→n1 term 0 PreVoteResponse for 2 granted
> status n1
    n1 candidate term 2 leader - commit 0 last 0@0

# The vote that n2 gave in term 1 arrives now, twice. It is no vote in term 2 (T14; late_nomination).
> duplicate n2->n1 VoteResponse
> deliver n2->n1 VoteResponse
    n2→n1 term 1 VoteResponse granted
    n2→n1 term 1 VoteResponse granted
> status n1
    n1 candidate term 2 leader - commit 0 last 0@0

# A vote of term 2, however often it arrives, is one vote.
> deliver n1->n3 Vote
    n1→n3 term 2 Vote last 0@0
      n3 becomes follower in term 2
      n3 votes for n1 in term 2
> duplicate n3->n1 VoteResponse
> duplicate n3->n1 VoteResponse
> deliver n3->n1
    n3→n1 term 2 VoteResponse granted
    n3→n1 term 2 VoteResponse granted
    n3→n1 term 2 VoteResponse granted
    n3→n1 term 2 VoteResponse granted
> status n1
    n1 candidate term 2 leader - commit 0 last 0@0
> deliver n1->n4 Vote
    n1→n4 term 2 Vote last 0@0
      n4 becomes follower in term 2
      n4 votes for n1 in term 2
> deliver n4->n1
    n4→n1 term 2 VoteResponse granted
      n1 becomes leader in term 2
      n1 appends 1@2 noop
> status n1
    n1 leader term 2 leader n1 commit 0 last 1@2
