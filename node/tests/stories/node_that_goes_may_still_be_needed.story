# n4 is down, and n1, which leads, is removed. It is cut off with the last entry of that change, which nobody else has.
> cluster 4
> elect n1
    n1 leads term 1
> crash n4
> remove n1
    n1 takes the change as 2@1
      n1 appends 2@1 [voters n2 n3 n4 from n1 n2 n3 n4]
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> deliver n1-> once
    n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n2 appends 2@1 [voters n2 n3 n4 from n1 n2 n3 n4]
      n2 commits 1
      n2 applies 1@1 noop
      sends n2→n1 term 1 AppendAccepted 2, round 0
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 [voters n2 n3 n4 from n1 n2 n3 n4]
      n3 commits 1
      n3 applies 1@1 noop
      sends n3→n1 term 1 AppendAccepted 2, round 0
    n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0 is lost
> deliver ->n1 once
    n2→n1 term 1 AppendAccepted 2, round 0
    n3→n1 term 1 AppendAccepted 2, round 0
      n1 commits 2
      n1 appends 3@1 [voters n2 n3 n4]
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n1 applies 2@1 [voters n2 n3 n4 from n1 n2 n3 n4]
> log n1
    n1: 1@1 noop, 2@1 [voters n2 n3 n4 from n1 n2 n3 n4], 3@1 [voters n2 n3 n4]
> drop
> partition n1 | n2 n3
> tick n1 300
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      n1 becomes follower in term 1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 2, round 0
> drop
> status
    n1 follower term 1 leader - commit 2 last 3@1 voters n2 n3 n4
    n2 follower term 1 leader n1 commit 1 last 2@1 voters n2 n3 n4 from n1 n2 n3 n4
    n3 follower term 1 leader n1 commit 1 last 2@1 voters n2 n3 n4 from n1 n2 n3 n4
    n4 is down

# n2 and n3 go by the joint configuration, in which they need three of four. They need n1, and cannot have it: its log is longer.
> heal
> tick n2 n3 150
> timeout n2
      n2 becomes pre-candidate in term 1
      sends n2→n1 term 1 PreVote for 2 last 2@1
      sends n2→n3 term 1 PreVote for 2 last 2@1
      sends n2→n4 term 1 PreVote for 2 last 2@1
> deliver
    n2→n1 term 1 PreVote for 2 last 2@1
    n2→n3 term 1 PreVote for 2 last 2@1
    n2→n4 term 1 PreVote for 2 last 2@1 is lost
    n1→n2 term 1 PreVoteResponse for 2 refused
    n3→n2 term 1 PreVoteResponse for 2 granted

# So n1 stands itself, without counting itself (dissertation 4.2.2): by its own configuration n2 and n3 are two of three.
> tick n2 n3 150
      n3 becomes pre-candidate in term 1
      sends n3→n1 term 1 PreVote for 2 last 2@1
      sends n3→n2 term 1 PreVote for 2 last 2@1
      sends n3→n4 term 1 PreVote for 2 last 2@1
> timeout n1
      n1 becomes pre-candidate in term 1
      sends n1→n2 term 1 PreVote for 2 last 3@1
      sends n1→n3 term 1 PreVote for 2 last 3@1
      sends n1→n4 term 1 PreVote for 2 last 3@1
> deliver
    n3→n1 term 1 PreVote for 2 last 2@1
    n3→n2 term 1 PreVote for 2 last 2@1
    n3→n4 term 1 PreVote for 2 last 2@1 is lost
    n1→n2 term 1 PreVote for 2 last 3@1
    n1→n3 term 1 PreVote for 2 last 3@1
    n1→n4 term 1 PreVote for 2 last 3@1 is lost
    n1→n3 term 1 PreVoteResponse for 2 refused
    n2→n3 term 1 PreVoteResponse for 2 granted
    n2→n1 term 1 PreVoteResponse for 2 granted
    n3→n1 term 1 PreVoteResponse for 2 granted
      n1 becomes candidate in term 2
      n1 votes for n1 in term 2
    n1→n2 term 2 Vote last 3@1
      n2 becomes follower in term 2
      n2 votes for n1 in term 2
    n1→n3 term 2 Vote last 3@1
      n3 becomes follower in term 2
      n3 votes for n1 in term 2
    n1→n4 term 2 Vote last 3@1 is lost
    n2→n1 term 2 VoteResponse granted
    n3→n1 term 2 VoteResponse granted
      n1 becomes leader in term 2
      n1 appends 4@2 noop
    n1→n2 term 2 Append prev 3@1, 1 entries, commit 2, round 0
    n1→n3 term 2 Append prev 3@1, 1 entries, commit 2, round 0
    n1→n4 term 2 Append prev 3@1, 1 entries, commit 2, round 0 is lost
    n2→n1 term 2 AppendRejected prev 3 hint 2@1, round 0
    n3→n1 term 2 AppendRejected prev 3 hint 2@1, round 0
    n1→n2 term 2 Append prev 2@1, 2 entries, commit 2, round 0
      n2 appends 3@1 [voters n2 n3 n4], 4@2 noop
      n2 commits 2
      n2 applies 2@1 [voters n2 n3 n4 from n1 n2 n3 n4]
    n1→n3 term 2 Append prev 2@1, 2 entries, commit 2, round 0
      n3 appends 3@1 [voters n2 n3 n4], 4@2 noop
      n3 commits 2
      n3 applies 2@1 [voters n2 n3 n4 from n1 n2 n3 n4]
    n2→n1 term 2 AppendAccepted 4, round 0
    n3→n1 term 2 AppendAccepted 4, round 0
      n1 commits 4
      n1 becomes follower in term 2
      n1 applies 3@1 [voters n2 n3 n4], 4@2 noop
    n1→n2 term 2 Append prev 4@2, 0 entries, commit 4, round 0
      n2 commits 4
      n2 applies 3@1 [voters n2 n3 n4], 4@2 noop
    n1→n3 term 2 Append prev 4@2, 0 entries, commit 4, round 0
      n3 commits 4
      n3 applies 3@1 [voters n2 n3 n4], 4@2 noop
    n1→n4 term 2 Append prev 3@1, 0 entries, commit 4, round 0 is lost
    n1→n3 term 2 TimeoutNow
      n3 becomes candidate in term 3
      n3 votes for n3 in term 3
    n2→n1 term 2 AppendAccepted 4, round 0
    n3→n1 term 2 AppendAccepted 4, round 0
    n3→n2 term 3 Vote last 4@2 by transfer
      n2 becomes follower in term 3
      n2 votes for n3 in term 3
    n3→n4 term 3 Vote last 4@2 by transfer is lost
    n2→n3 term 3 VoteResponse granted
      n3 becomes leader in term 3
      n3 appends 5@3 noop
    n3→n2 term 3 Append prev 4@2, 1 entries, commit 4, round 0
      n2 appends 5@3 noop
    n3→n4 term 3 Append prev 4@2, 1 entries, commit 4, round 0 is lost
    n2→n3 term 3 AppendAccepted 5, round 0
      n3 commits 5
      n3 applies 5@3 noop

# Its entry is committed, and n1 is not needed any more.
> status
    n1 follower term 2 leader - commit 4 last 4@2 voters n2 n3 n4
    n2 follower term 3 leader n3 commit 4 last 5@3 voters n2 n3 n4
    n3 leader term 3 leader n3 commit 5 last 5@3 voters n2 n3 n4
    n4 is down
> tick n1 1000
> status n1
    n1 follower term 2 leader - commit 4 last 4@2 voters n2 n3 n4
