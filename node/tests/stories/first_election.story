# Three nodes start. Each is a follower of nobody, in term 0 (T3, section 5.2).
> cluster 3
> status
    n1 follower term 0 leader - commit 0 last 0@0
    n2 follower term 0 leader - commit 0 last 0@0
    n3 follower term 0 leader - commit 0 last 0@0

# n1 hears nothing until its election timer runs out. It asks first whether it could win: that changes nobody's term (T5, T24).
> timeout n1
      n1 becomes pre-candidate in term 0
      sends n1→n2 term 0 PreVote for 1 last 0@0
      sends n1→n3 term 0 PreVote for 1 last 0@0
> deliver once
    n1→n2 term 0 PreVote for 1 last 0@0
      sends n2→n1 term 0 PreVoteResponse for 1 granted
    n1→n3 term 0 PreVote for 1 last 0@0
      sends n3→n1 term 0 PreVoteResponse for 1 granted

# A quorum would vote for it. It enters term 1, and asks for votes only after its own is on disk (T13, T15).
> deliver once
    n2→n1 term 0 PreVoteResponse for 1 granted
      n1 becomes candidate in term 1
      n1 votes for n1 in term 1
      sends n1→n2 term 1 Vote last 0@0
      sends n1→n3 term 1 Vote last 0@0
    n3→n1 term 0 PreVoteResponse for 1 granted

# With the first vote besides its own it leads, and appends an entry of its own term (sections 5.2, 8).
> deliver
    n1→n2 term 1 Vote last 0@0
      n2 becomes follower in term 1
      n2 votes for n1 in term 1
    n1→n3 term 1 Vote last 0@0
      n3 becomes follower in term 1
      n3 votes for n1 in term 1
    n2→n1 term 1 VoteResponse granted
      n1 becomes leader in term 1
      n1 appends 1@1 noop
    n3→n1 term 1 VoteResponse granted
    n1→n2 term 1 Append prev 0@0, 1 entries, commit 0, round 0
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
