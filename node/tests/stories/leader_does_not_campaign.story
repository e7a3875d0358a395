# However long its clock runs, a leader that a quorum answers sends heartbeats and nothing else (T4, T19).
> cluster 3
> elect n1
    n1 leads term 1
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n2 commits 1
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      n3 commits 1
      n3 applies 1@1 noop
    n2→n1 term 1 AppendAccepted 1, round 0
    n3→n1 term 1 AppendAccepted 1, round 0
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 0
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 0
    n2→n1 term 1 AppendAccepted 1, round 0
    n3→n1 term 1 AppendAccepted 1, round 0
> run 1000
> status n1
    n1 leader term 1 leader n1 commit 1 last 1@1
