# n3 has all of a snapshot, but its disk is not done with it when n2 leads a new term.
> cluster 5 kept=0
> elect n1
    n1 leads term 1
> cut n1->n3
> propose n1 a b
    n1 takes a as 2@1
    n1 takes b as 3@1
      n1 appends 2@1 a, 3@1 b
      sends n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      sends n1→n4 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      sends n1→n5 term 1 Append prev 1@1, 2 entries, commit 1, round 0
> settle
> snapshot n1
      n1 compacts its log up to 3@1
> heal
> timeout n1
      sends n1→n2 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n4 term 1 Append prev 3@1, 0 entries, commit 3, round 0
      sends n1→n5 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> deliver n1->n3
    n1→n3 term 1 Append prev 3@1, 0 entries, commit 3, round 0
> deliver n3->n1
    n3→n1 term 1 AppendRejected prev 3 hint 1@1, round 0
> hold n3
> deliver n1->n3
    n1→n3 term 1 Append prev 0@0, 0 entries, commit 3, round 0
      n3 counts its copy up to 0
    n1→n3 term 1 Chunk of 3@1 at 0, 24 of 24 bytes
> partition n1 | n2 n3 n4 n5
> tick n2 n3 n4 n5 150
> timeout n2
      n2 becomes pre-candidate in term 1
      sends n2→n1 term 1 PreVote for 2 last 3@1
      sends n2→n3 term 1 PreVote for 2 last 3@1
      sends n2→n4 term 1 PreVote for 2 last 3@1
      sends n2→n5 term 1 PreVote for 2 last 3@1
> settle
      n2 becomes candidate in term 2
      n3 becomes follower in term 2
      n4 becomes follower in term 2
      n5 becomes follower in term 2
      n2 becomes leader in term 2
> status n3
    n3 follower term 2 leader n2 commit 0 last 1@1
> network

# What is in a snapshot is committed, whoever leads: n3 installs it, and stays in its term (S9). It answers nobody: the leader that sent it
# is none any more.
> receive n3
      n3 installs the snapshot of 3@1
      n3 begins write 4: begin after 3@1
> status n3
    n3 follower term 2 leader n2 commit 3 last 3@1 snapshot 3
> heal
> release n3
    n3 has written 4
      n3 votes for n2 in term 2
      sends n3→n2 term 2 VoteResponse granted
      sends n3→n2 term 2 AppendRejected prev 3 hint 1@1, round 0
> deliver
    n3→n2 term 2 VoteResponse granted
    n3→n2 term 2 AppendRejected prev 3 hint 1@1, round 0
    n2→n3 term 2 Append prev 1@1, 3 entries, commit 4, round 0
      n3 appends 4@2 noop
      n3 commits 4
      n3 applies 4@2 noop
    n3→n2 term 2 AppendAccepted 4, round 0
> status
    n1 leader term 1 leader n1 commit 3 last 3@1 snapshot 3
    n2 leader term 2 leader n2 commit 4 last 4@2
    n3 follower term 2 leader n2 commit 4 last 4@2 snapshot 3
    n4 follower term 2 leader n2 commit 1 last 4@2
    n5 follower term 2 leader n2 commit 1 last 4@2
