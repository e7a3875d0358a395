# n3 was cut off and is in term 5 alone; n1 leads term 1 (T2, T33). Nobody may stay stuck, and one election must be enough.
> cluster 3
> given n3 term=5 vote=n3
> cut ->n3
> cut n3->
> elect n1
    n1 leads term 1
> heal
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 0@0, 0 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n2 commits 1
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 0@0, 0 entries, commit 1, round 0
    n2→n1 term 1 AppendAccepted 1, round 0
    n3→n1 term 5 AppendRejected prev 0 hint 0@0, round 0
      n1 becomes follower in term 5

# The leader learned of term 5 from the refusal, and stepped down. Whoever stands next stands in term 6.
> tick n2 150
> timeout n1
      n1 becomes pre-candidate in term 5
      sends n1→n2 term 5 PreVote for 6 last 1@1
      sends n1→n3 term 5 PreVote for 6 last 1@1
> deliver
    n1→n2 term 5 PreVote for 6 last 1@1
    n1→n3 term 5 PreVote for 6 last 1@1
    n2→n1 term 1 PreVoteResponse for 6 granted
      n1 becomes candidate in term 6
      n1 votes for n1 in term 6
    n3→n1 term 5 PreVoteResponse for 6 granted
    n1→n2 term 6 Vote last 1@1
      n2 becomes follower in term 6
      n2 votes for n1 in term 6
    n1→n3 term 6 Vote last 1@1
      n3 becomes follower in term 6
      n3 votes for n1 in term 6
    n2→n1 term 6 VoteResponse granted
      n1 becomes leader in term 6
      n1 appends 2@6 noop
    n3→n1 term 6 VoteResponse granted
    n1→n2 term 6 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@6 noop
    n1→n3 term 6 Append prev 1@1, 1 entries, commit 1, round 0
    n2→n1 term 6 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@6 noop
    n3→n1 term 6 AppendRejected prev 1 hint 0@0, round 0
    n1→n3 term 6 Append prev 0@0, 2 entries, commit 2, round 0
      n3 appends 1@1 noop, 2@6 noop
      n3 commits 2
      n3 applies 1@1 noop, 2@6 noop
    n3→n1 term 6 AppendAccepted 2, round 0
> status
    n1 leader term 6 leader n1 commit 2 last 2@6
    n2 follower term 6 leader n1 commit 1 last 2@6
    n3 follower term 6 leader n1 commit 2 last 2@6
