# n2 and n3 have not heard the leader for a while, and n3 gets as far as standing in term 2.
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
> network
      n3→n1 term 1 PreVote for 2 last 1@1
      n3→n1 term 2 Vote last 1@1
      n3→n2 term 2 Vote last 1@1

# But the leader is well: n2 hears from it before the request for its vote arrives. Neither of them lets itself be talked into
# an election (T28).
> duplicate n3->n2 Vote
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n2 commits 1
      n2 applies 1@1 noop
> deliver n3->n2 Vote first
    n3→n2 term 2 Vote last 1@1
> deliver n3->n1 Vote
    n3→n1 term 2 Vote last 1@1
> status
    n1 leader term 1 leader n1 commit 1 last 1@1
    n2 follower term 1 leader n1 commit 1 last 1@1
    n3 candidate term 2 leader - commit 0 last 1@1

# The leader is gone. When it has been silent for the shortest election timeout, the same request is granted (T29).
> crash n1
> tick n2 149
> duplicate n3->n2 Vote
> deliver n3->n2 Vote first
    n3→n2 term 2 Vote last 1@1
> tick n2 1
> deliver n3->n2 Vote
    n3→n2 term 2 Vote last 1@1
      n2 becomes follower in term 2
      n2 votes for n3 in term 2
> deliver
    n3→n1 term 1 PreVote for 2 last 1@1 is lost
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
    n2→n1 term 1 AppendAccepted 1, round 0 is lost
    n2→n3 term 2 VoteResponse granted
      n3 becomes leader in term 2
      n3 appends 2@2 noop
    n3→n1 term 2 AppendRejected prev 1 hint 0@0, round 0 is lost
    n3→n1 term 2 Append prev 1@1, 1 entries, commit 0, round 0 is lost
    n3→n2 term 2 Append prev 1@1, 1 entries, commit 0, round 0
      n2 appends 2@2 noop
    n2→n3 term 2 AppendAccepted 2, round 0
      n3 commits 2
      n3 applies 1@1 noop, 2@2 noop
> status
    n1 is down
    n2 follower term 2 leader n3 commit 1 last 2@2
    n3 leader term 2 leader n3 commit 2 last 2@2
