# Figure 8 (L8), from its moment (b): n1 led term 2 and got an entry of it to n2 only. Then n5 led term 3, by the votes of n3 and
# n4, took an entry of its own, and crashed. Each append carries one entry here.
> cluster 5 append-bytes=10
> given n1 term=2 vote=n1 log=1,2
> given n2 term=2 vote=n1 log=1,2
> given n3 term=3 vote=n5 log=1
> given n4 term=3 vote=n5 log=1
> given n5 term=3 vote=n5 log=1,3
> crash n5

# (c) n1 learns of term 3 from the refusal of its pre-vote, and leads term 4. Its own first entry does not get through yet.
> timeout n1
      n1 becomes pre-candidate in term 2
      sends n1→n2 term 2 PreVote for 3 last 2@2
      sends n1→n3 term 2 PreVote for 3 last 2@2
      sends n1→n4 term 2 PreVote for 3 last 2@2
      sends n1→n5 term 2 PreVote for 3 last 2@2
> settle
      n1 becomes follower in term 3
> timeout n1
      n1 becomes pre-candidate in term 3
      sends n1→n2 term 3 PreVote for 4 last 2@2
      sends n1→n3 term 3 PreVote for 4 last 2@2
      sends n1→n4 term 3 PreVote for 4 last 2@2
      sends n1→n5 term 3 PreVote for 4 last 2@2
> deliver PreVote
    n1→n2 term 3 PreVote for 4 last 2@2
    n1→n3 term 3 PreVote for 4 last 2@2
    n1→n4 term 3 PreVote for 4 last 2@2
    n1→n5 term 3 PreVote for 4 last 2@2 is lost
> deliver PreVoteResponse
    n2→n1 term 2 PreVoteResponse for 4 granted
    n3→n1 term 3 PreVoteResponse for 4 granted
      n1 becomes candidate in term 4
      n1 votes for n1 in term 4
    n4→n1 term 3 PreVoteResponse for 4 granted
> deliver Vote
    n1→n2 term 4 Vote last 2@2
      n2 becomes follower in term 4
      n2 votes for n1 in term 4
    n1→n3 term 4 Vote last 2@2
      n3 becomes follower in term 4
      n3 votes for n1 in term 4
    n1→n4 term 4 Vote last 2@2
      n4 becomes follower in term 4
      n4 votes for n1 in term 4
    n1→n5 term 4 Vote last 2@2 is lost
> deliver VoteResponse
    n2→n1 term 4 VoteResponse granted
    n3→n1 term 4 VoteResponse granted
      n1 becomes leader in term 4
      n1 appends 3@4 noop
    n4→n1 term 4 VoteResponse granted
> drop

# Its entry of term 2 does: n2 confirms it, n3 takes it, and so it is on a majority. It is not committed: 2@2 is of an earlier term.
> timeout n1
      sends n1→n2 term 4 Append prev 2@2, 0 entries, commit 0, round 0
      sends n1→n3 term 4 Append prev 2@2, 0 entries, commit 0, round 0
      sends n1→n4 term 4 Append prev 2@2, 0 entries, commit 0, round 0
      sends n1→n5 term 4 Append prev 2@2, 0 entries, commit 0, round 0
> deliver n1->n2
    n1→n2 term 4 Append prev 2@2, 0 entries, commit 0, round 0
> deliver n2->n1
    n2→n1 term 4 AppendAccepted 2, round 0
> deliver n1->n3
    n1→n3 term 4 Append prev 2@2, 0 entries, commit 0, round 0
> deliver n3->n1
    n3→n1 term 4 AppendRejected prev 2 hint 1@1, round 0
> deliver n1->n3
    n1→n3 term 4 Append prev 1@1, 1 entries, commit 0, round 0
      n3 appends 2@2 e2.2
> deliver n3->n1
    n3→n1 term 4 AppendAccepted 2, round 0
> log
    n1: 1@1 e1.1, 2@2 e2.2, 3@4 noop
    n2: 1@1 e1.1, 2@2 e2.2
    n3: 1@1 e1.1, 2@2 e2.2
    n4: 1@1 e1.1
    n5 is down
> status n1
    n1 leader term 4 leader n1 commit 0 last 3@4

# (d) It must not be. n1 crashes, n5 comes back: its last entry is of a later term than anybody else's but n1's, and it leads.
# 2@2 is overwritten everywhere.
> crash n1
> drop
> restart n5
> timeout n5
      n5 becomes pre-candidate in term 3
      sends n5→n1 term 3 PreVote for 4 last 2@3
      sends n5→n2 term 3 PreVote for 4 last 2@3
      sends n5→n3 term 3 PreVote for 4 last 2@3
      sends n5→n4 term 3 PreVote for 4 last 2@3
> settle
      n5 becomes follower in term 4
> elect n5
    n5 leads term 5
> log
    n1 is down
    n2: 1@1 e1.1, 2@3 e2.3, 3@5 noop
    n3: 1@1 e1.1, 2@3 e2.3, 3@5 noop
    n4: 1@1 e1.1, 2@3 e2.3, 3@5 noop
    n5: 1@1 e1.1, 2@3 e2.3, 3@5 noop

# (e) The same again up to (c).
> cluster 5 append-bytes=10
> given n1 term=3 log=1,2
> given n2 term=2 vote=n1 log=1,2
> given n3 term=3 vote=n5 log=1
> given n4 term=3 vote=n5 log=1
> given n5 term=3 vote=n5 log=1,3
> crash n5
> timeout n1
      n1 becomes pre-candidate in term 3
      sends n1→n2 term 3 PreVote for 4 last 2@2
      sends n1→n3 term 3 PreVote for 4 last 2@2
      sends n1→n4 term 3 PreVote for 4 last 2@2
      sends n1→n5 term 3 PreVote for 4 last 2@2
> deliver PreVote
    n1→n2 term 3 PreVote for 4 last 2@2
    n1→n3 term 3 PreVote for 4 last 2@2
    n1→n4 term 3 PreVote for 4 last 2@2
    n1→n5 term 3 PreVote for 4 last 2@2 is lost
> deliver PreVoteResponse
    n2→n1 term 2 PreVoteResponse for 4 granted
    n3→n1 term 3 PreVoteResponse for 4 granted
      n1 becomes candidate in term 4
      n1 votes for n1 in term 4
    n4→n1 term 3 PreVoteResponse for 4 granted
> deliver Vote
    n1→n2 term 4 Vote last 2@2
      n2 becomes follower in term 4
      n2 votes for n1 in term 4
    n1→n3 term 4 Vote last 2@2
      n3 becomes follower in term 4
      n3 votes for n1 in term 4
    n1→n4 term 4 Vote last 2@2
      n4 becomes follower in term 4
      n4 votes for n1 in term 4
    n1→n5 term 4 Vote last 2@2 is lost
> deliver VoteResponse
    n2→n1 term 4 VoteResponse granted
    n3→n1 term 4 VoteResponse granted
      n1 becomes leader in term 4
      n1 appends 3@4 noop
    n4→n1 term 4 VoteResponse granted

# But now n1's entry of term 4 gets onto a majority as well before n1 crashes. With it, all before it is committed, and n5 cannot
# win any more: n2 and n3 have a last entry of a later term.
> deliver n1->n2
    n1→n2 term 4 Append prev 2@2, 1 entries, commit 0, round 0
      n2 appends 3@4 noop
> deliver n1->n3
    n1→n3 term 4 Append prev 2@2, 1 entries, commit 0, round 0
> deliver n2->n1
    n2→n1 term 4 AppendAccepted 3, round 0
> deliver n3->n1
    n3→n1 term 4 AppendRejected prev 2 hint 1@1, round 0
> deliver n1->n3
    n1→n3 term 4 Append prev 1@1, 1 entries, commit 0, round 0
      n3 appends 2@2 e2.2
> deliver n3->n1
    n3→n1 term 4 AppendAccepted 2, round 0
> deliver n1->n3
    n1→n3 term 4 Append prev 2@2, 1 entries, commit 0, round 0
      n3 appends 3@4 noop
> deliver n3->n1
    n3→n1 term 4 AppendAccepted 3, round 0
      n1 commits 3
      n1 applies 1@1 e1.1, 2@2 e2.2, 3@4 noop
> status n1
    n1 leader term 4 leader n1 commit 3 last 3@4
> crash n1
> drop
> restart n5
> timeout n5
      n5 becomes pre-candidate in term 3
      sends n5→n1 term 3 PreVote for 4 last 2@3
      sends n5→n2 term 3 PreVote for 4 last 2@3
      sends n5→n3 term 3 PreVote for 4 last 2@3
      sends n5→n4 term 3 PreVote for 4 last 2@3
> settle
      n5 becomes follower in term 4
> timeout n5
      n5 becomes pre-candidate in term 4
      sends n5→n1 term 4 PreVote for 5 last 2@3
      sends n5→n2 term 4 PreVote for 5 last 2@3
      sends n5→n3 term 4 PreVote for 5 last 2@3
      sends n5→n4 term 4 PreVote for 5 last 2@3
> deliver
    n5→n1 term 4 PreVote for 5 last 2@3 is lost
    n5→n2 term 4 PreVote for 5 last 2@3
    n5→n3 term 4 PreVote for 5 last 2@3
    n5→n4 term 4 PreVote for 5 last 2@3
    n2→n5 term 4 PreVoteResponse for 5 refused
    n3→n5 term 4 PreVoteResponse for 5 refused
    n4→n5 term 4 PreVoteResponse for 5 granted
> status
    n1 is down
    n2 follower term 4 leader n1 commit 0 last 3@4
    n3 follower term 4 leader n1 commit 0 last 3@4
    n4 follower term 4 leader - commit 0 last 1@1
    n5 pre-candidate term 4 leader - commit 0 last 2@3
