# Reads that wait are refused when a leader steps down because nobody answers it (C8, R5), and are not answered when the link heals.
> cluster 3
> elect n1
    n1 leads term 1
> read n1
    n1 takes read 1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1
> read n1
    n1 takes read 2
> drop
> partition n1 | n2 n3
> tick n1 300
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      n1 becomes follower in term 1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      n1 refuses read 1
      n1 refuses read 2
> heal
> deliver
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      n2 commits 1
      n2 applies 1@1 noop
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      n3 commits 1
      n3 applies 1@1 noop
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
    n2→n1 term 1 AppendAccepted 1, round 2
    n3→n1 term 1 AppendAccepted 1, round 2
    n2→n1 term 1 AppendAccepted 1, round 2
    n3→n1 term 1 AppendAccepted 1, round 2
    n2→n1 term 1 AppendAccepted 1, round 2
    n3→n1 term 1 AppendAccepted 1, round 2
    n2→n1 term 1 AppendAccepted 1, round 2
    n3→n1 term 1 AppendAccepted 1, round 2
    n2→n1 term 1 AppendAccepted 1, round 2
    n3→n1 term 1 AppendAccepted 1, round 2
    n2→n1 term 1 AppendAccepted 1, round 2
    n3→n1 term 1 AppendAccepted 1, round 2
> status n1
    n1 follower term 1 leader - commit 1 last 1@1
