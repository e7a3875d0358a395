# Disks are told of terms, votes and entries, and of nothing else (P6): no write for a heartbeat, a commit, or a pre-vote.
> cluster 3
> elect n1
    n1 leads term 1
> hold n1
> hold n2
> hold n3
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n2 commits 1
      n2 counts its copy up to 1
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n3 commits 1
      n3 counts its copy up to 1
      n3 applies 1@1 noop
    n2→n1 term 1 AppendAccepted 1, round 0
    n3→n1 term 1 AppendAccepted 1, round 0
> timeout n2
      n2 becomes pre-candidate in term 1
      sends n2→n1 term 1 PreVote for 2 last 1@1
      sends n2→n3 term 1 PreVote for 2 last 1@1
> deliver
    n2→n1 term 1 PreVote for 2 last 1@1
    n2→n3 term 1 PreVote for 2 last 1@1
    n1→n2 term 1 PreVoteResponse for 2 refused
    n3→n2 term 1 PreVoteResponse for 2 refused
> status
    n1 leader term 1 leader n1 commit 1 last 1@1
    n2 pre-candidate term 1 leader - commit 1 last 1@1
    n3 follower term 1 leader n1 commit 1 last 1@1

# With a write under way, an answer that rests on it waits for it, and makes no write of its own. Of two answers that say the same
# only one is sent.
> propose n1 x
    n1 takes x as 2@1
      n1 appends 2@1 x
      n1 begins write 3: 2@1 x
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> duplicate n1->n3
> deliver n1->n3
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      n3 appends 2@1 x
      n3 begins write 3: 2@1 x
    n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> release n3
    n3 has written 3
      sends n3→n1 term 1 AppendAccepted 2, round 0
