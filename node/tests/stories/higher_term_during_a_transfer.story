# n1 waits for n3 to catch up before it tells it to stand (X13). Meanwhile n2, which does not hear n1, is elected by n4 and n5.
> cluster 5
> elect n1
    n1 leads term 1
> cut n1->n3
> propose n1 a
    n1 takes a as 2@1
      n1 appends 2@1 a
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n5 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> deliver n1<->n4
    n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n4 appends 2@1 a
      n4 commits 1
      n4 applies 1@1 noop
    n4→n1 term 1 AppendAccepted 2, round 0
> deliver n1<->n5
    n1→n5 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n5 appends 2@1 a
      n5 commits 1
      n5 applies 1@1 noop
    n5→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 applies 2@1 a
> drop
> transfer n1 n3
    n1 gives its leadership to n3
> propose n1 b
    n1 refuses b: the leadership is being transferred
> tick n2 n4 n5 150
> timeout n4
      n4 becomes pre-candidate in term 1
      sends n4→n1 term 1 PreVote for 2 last 2@1
      sends n4→n2 term 1 PreVote for 2 last 2@1
      sends n4→n3 term 1 PreVote for 2 last 2@1
      sends n4→n5 term 1 PreVote for 2 last 2@1
> deliver n4<->n5
    n4→n5 term 1 PreVote for 2 last 2@1
    n5→n4 term 1 PreVoteResponse for 2 granted
> deliver n4<->n2
    n4→n2 term 1 PreVote for 2 last 2@1
    n2→n4 term 1 PreVoteResponse for 2 granted
      n4 becomes candidate in term 2
      n4 votes for n4 in term 2
    n4→n2 term 2 Vote last 2@1
      n2 becomes follower in term 2
      n2 votes for n4 in term 2
    n2→n4 term 2 VoteResponse granted
> status
    n1 leader term 1 leader n1 commit 2 last 2@1
    n2 follower term 2 leader - commit 0 last 1@1
    n3 follower term 1 leader n1 commit 0 last 1@1
    n4 candidate term 2 leader - commit 1 last 2@1
    n5 follower term 1 leader n1 commit 1 last 2@1

# n1 follows as soon as it hears of it, and nothing is left of the transfer: the word to stand is not sent any more.
> deliver n4->n1
    n4→n1 term 1 PreVote for 2 last 2@1
    n4→n1 term 2 Vote last 2@1
> status n1
    n1 leader term 1 leader n1 commit 2 last 2@1
> heal
> deliver
    n4→n3 term 1 PreVote for 2 last 2@1
    n4→n3 term 2 Vote last 2@1
    n4→n5 term 2 Vote last 2@1
      n5 becomes follower in term 2
      n5 votes for n4 in term 2
    n1→n4 term 1 PreVoteResponse for 2 refused
    n3→n4 term 1 PreVoteResponse for 2 refused
    n5→n4 term 2 VoteResponse granted
      n4 becomes leader in term 2
      n4 appends 3@2 noop
    n4→n1 term 2 Append prev 2@1, 1 entries, commit 1, round 0
      n1 becomes follower in term 2
      n1 appends 3@2 noop
    n4→n2 term 2 Append prev 2@1, 1 entries, commit 1, round 0
    n4→n3 term 2 Append prev 2@1, 1 entries, commit 1, round 0
      n3 becomes follower in term 2
    n4→n5 term 2 Append prev 2@1, 1 entries, commit 1, round 0
      n5 appends 3@2 noop
    n1→n4 term 2 AppendAccepted 3, round 0
    n2→n4 term 2 AppendRejected prev 2 hint 1@1, round 0
    n3→n4 term 2 AppendRejected prev 2 hint 1@1, round 0
    n5→n4 term 2 AppendAccepted 3, round 0
      n4 commits 3
      n4 applies 2@1 a, 3@2 noop
    n4→n2 term 2 Append prev 1@1, 2 entries, commit 1, round 0
      n2 appends 2@1 a, 3@2 noop
      n2 commits 1
      n2 applies 1@1 noop
    n4→n3 term 2 Append prev 1@1, 2 entries, commit 1, round 0
      n3 appends 2@1 a, 3@2 noop
      n3 commits 1
      n3 applies 1@1 noop
    n2→n4 term 2 AppendAccepted 3, round 0
    n3→n4 term 2 AppendAccepted 3, round 0
> network
> timeout n4
      sends n4→n1 term 2 Append prev 3@2, 0 entries, commit 3, round 0
      sends n4→n2 term 2 Append prev 3@2, 0 entries, commit 3, round 0
      sends n4→n3 term 2 Append prev 3@2, 0 entries, commit 3, round 0
      sends n4→n5 term 2 Append prev 3@2, 0 entries, commit 3, round 0
> settle
> status
    n1 follower term 2 leader n4 commit 3 last 3@2
    n2 follower term 2 leader n4 commit 3 last 3@2
    n3 follower term 2 leader n4 commit 3 last 3@2
    n4 leader term 2 leader n4 commit 3 last 3@2
    n5 follower term 2 leader n4 commit 3 last 3@2
