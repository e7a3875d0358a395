# The situation of Figure 7 (L7). n1 is about to lead term 8; n2 to n7 are the paper's followers a to f: a and b miss entries, c and
# d have entries that n1 has not, e and f both.
> cluster 7
> given n1 term=7 log=1,1,1,4,4,5,5,6,6,6
> given n2 term=6 log=1,1,1,4,4,5,5,6,6
> given n3 term=4 log=1,1,1,4
> given n4 term=6 log=1,1,1,4,4,5,5,6,6,6,6
> given n5 term=7 log=1,1,1,4,4,5,5,6,6,6,7,7
> given n6 term=4 log=1,1,1,4,4,4,4
> given n7 term=3 log=1,1,1,2,2,2,3,3,3,3,3

# c and d do not vote for it: their logs are longer. The other four do.
> timeout n1
      n1 becomes pre-candidate in term 7
      sends n1→n2 term 7 PreVote for 8 last 10@6
      sends n1→n3 term 7 PreVote for 8 last 10@6
      sends n1→n4 term 7 PreVote for 8 last 10@6
      sends n1→n5 term 7 PreVote for 8 last 10@6
      sends n1→n6 term 7 PreVote for 8 last 10@6
      sends n1→n7 term 7 PreVote for 8 last 10@6
> deliver PreVote
    n1→n2 term 7 PreVote for 8 last 10@6
    n1→n3 term 7 PreVote for 8 last 10@6
    n1→n4 term 7 PreVote for 8 last 10@6
    n1→n5 term 7 PreVote for 8 last 10@6
    n1→n6 term 7 PreVote for 8 last 10@6
    n1→n7 term 7 PreVote for 8 last 10@6
> deliver PreVoteResponse
    n2→n1 term 6 PreVoteResponse for 8 granted
    n3→n1 term 4 PreVoteResponse for 8 granted
    n4→n1 term 6 PreVoteResponse for 8 refused
    n5→n1 term 7 PreVoteResponse for 8 refused
    n6→n1 term 4 PreVoteResponse for 8 granted
      n1 becomes candidate in term 8
      n1 votes for n1 in term 8
    n7→n1 term 3 PreVoteResponse for 8 granted
> deliver Vote
    n1→n2 term 8 Vote last 10@6
      n2 becomes follower in term 8
      n2 votes for n1 in term 8
    n1→n3 term 8 Vote last 10@6
      n3 becomes follower in term 8
      n3 votes for n1 in term 8
    n1→n4 term 8 Vote last 10@6
      n4 becomes follower in term 8
    n1→n5 term 8 Vote last 10@6
      n5 becomes follower in term 8
    n1→n6 term 8 Vote last 10@6
      n6 becomes follower in term 8
      n6 votes for n1 in term 8
    n1→n7 term 8 Vote last 10@6
      n7 becomes follower in term 8
      n7 votes for n1 in term 8
> deliver VoteResponse
    n2→n1 term 8 VoteResponse granted
    n3→n1 term 8 VoteResponse granted
    n4→n1 term 8 VoteResponse refused
    n5→n1 term 8 VoteResponse refused
    n6→n1 term 8 VoteResponse granted
      n1 becomes leader in term 8
      n1 appends 11@8 noop
    n7→n1 term 8 VoteResponse granted
> network
      n1→n2 term 8 Append prev 10@6, 1 entries, commit 0, round 0
      n1→n3 term 8 Append prev 10@6, 1 entries, commit 0, round 0
      n1→n4 term 8 Append prev 10@6, 1 entries, commit 0, round 0
      n1→n5 term 8 Append prev 10@6, 1 entries, commit 0, round 0
      n1→n6 term 8 Append prev 10@6, 1 entries, commit 0, round 0
      n1→n7 term 8 Append prev 10@6, 1 entries, commit 0, round 0

# It does not know where each log parts from its own. Each refusal brings it behind a whole term at least.
> deliver n1->n2
    n1→n2 term 8 Append prev 10@6, 1 entries, commit 0, round 0
> deliver n2->n1
    n2→n1 term 8 AppendRejected prev 10 hint 9@6, round 0
> deliver n1->n3
    n1→n3 term 8 Append prev 10@6, 1 entries, commit 0, round 0
> deliver n3->n1
    n3→n1 term 8 AppendRejected prev 10 hint 4@4, round 0
> deliver n1->n4
    n1→n4 term 8 Append prev 10@6, 1 entries, commit 0, round 0
      n4 removes its log from 11 on
      n4 appends 11@8 noop
> deliver n4->n1
    n4→n1 term 8 AppendAccepted 11, round 0
> deliver n1->n5
    n1→n5 term 8 Append prev 10@6, 1 entries, commit 0, round 0
      n5 removes its log from 11 on
      n5 appends 11@8 noop
> deliver n5->n1
    n5→n1 term 8 AppendAccepted 11, round 0
> deliver n1->n6
    n1→n6 term 8 Append prev 10@6, 1 entries, commit 0, round 0
> deliver n6->n1
    n6→n1 term 8 AppendRejected prev 10 hint 7@4, round 0
> deliver n1->n7
    n1→n7 term 8 Append prev 10@6, 1 entries, commit 0, round 0
> deliver n7->n1
    n7→n1 term 8 AppendRejected prev 10 hint 10@3, round 0
> deliver
    n1→n2 term 8 Append prev 9@6, 2 entries, commit 0, round 0
      n2 appends 10@6 e10.6, 11@8 noop
    n1→n3 term 8 Append prev 4@4, 7 entries, commit 0, round 0
      n3 appends 5@4 e5.4, 6@5 e6.5, 7@5 e7.5, 8@6 e8.6, 9@6 e9.6, 10@6 e10.6, 11@8 noop
    n1→n6 term 8 Append prev 5@4, 6 entries, commit 0, round 0
      n6 removes its log from 6 on
      n6 appends 6@5 e6.5, 7@5 e7.5, 8@6 e8.6, 9@6 e9.6, 10@6 e10.6, 11@8 noop
    n1→n7 term 8 Append prev 3@1, 8 entries, commit 0, round 0
      n7 removes its log from 4 on
      n7 appends 4@4 e4.4, 5@4 e5.4, 6@5 e6.5, 7@5 e7.5, 8@6 e8.6, 9@6 e9.6, 10@6 e10.6, 11@8 noop
    n2→n1 term 8 AppendAccepted 11, round 0
      n1 commits 11
      n1 applies 1@1 e1.1, 2@1 e2.1, 3@1 e3.1, 4@4 e4.4, 5@4 e5.4, 6@5 e6.5, 7@5 e7.5, 8@6 e8.6, 9@6 e9.6, 10@6 e10.6, 11@8 noop
    n3→n1 term 8 AppendAccepted 11, round 0
    n6→n1 term 8 AppendAccepted 11, round 0
    n7→n1 term 8 AppendAccepted 11, round 0
> log
    n1: 1@1 e1.1, 2@1 e2.1, 3@1 e3.1, 4@4 e4.4, 5@4 e5.4, 6@5 e6.5, 7@5 e7.5, 8@6 e8.6, 9@6 e9.6, 10@6 e10.6, 11@8 noop
    n2: 1@1 e1.1, 2@1 e2.1, 3@1 e3.1, 4@4 e4.4, 5@4 e5.4, 6@5 e6.5, 7@5 e7.5, 8@6 e8.6, 9@6 e9.6, 10@6 e10.6, 11@8 noop
    n3: 1@1 e1.1, 2@1 e2.1, 3@1 e3.1, 4@4 e4.4, 5@4 e5.4, 6@5 e6.5, 7@5 e7.5, 8@6 e8.6, 9@6 e9.6, 10@6 e10.6, 11@8 noop
    n4: 1@1 e1.1, 2@1 e2.1, 3@1 e3.1, 4@4 e4.4, 5@4 e5.4, 6@5 e6.5, 7@5 e7.5, 8@6 e8.6, 9@6 e9.6, 10@6 e10.6, 11@8 noop
    n5: 1@1 e1.1, 2@1 e2.1, 3@1 e3.1, 4@4 e4.4, 5@4 e5.4, 6@5 e6.5, 7@5 e7.5, 8@6 e8.6, 9@6 e9.6, 10@6 e10.6, 11@8 noop
    n6: 1@1 e1.1, 2@1 e2.1, 3@1 e3.1, 4@4 e4.4, 5@4 e5.4, 6@5 e6.5, 7@5 e7.5, 8@6 e8.6, 9@6 e9.6, 10@6 e10.6, 11@8 noop
    n7: 1@1 e1.1, 2@1 e2.1, 3@1 e3.1, 4@4 e4.4, 5@4 e5.4, 6@5 e6.5, 7@5 e7.5, 8@6 e8.6, 9@6 e9.6, 10@6 e10.6, 11@8 noop
