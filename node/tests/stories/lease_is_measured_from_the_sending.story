# With a lease n1 answers by itself, as long as a quorum cannot have elected another one: for nine tenths of 150 ticks from the moment at
# which it sent what a quorum answered (R8).
> cluster 3 reads=lease
> tick all 150
> elect n1
    n1 leads term 1
> read n1
    n1 takes read 1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1
> drop

# The heartbeat is sent, and takes 100 ticks to be answered. 34 are left of 135.
> timeout n1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 2
> tick n1 49
> deliver n1->n2 first
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 2
      n2 commits 1
      sends n2→n1 term 1 AppendAccepted 1, round 2
      n2 applies 1@1 noop
> tick n1 51
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 3
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 3
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 4
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 4
> deliver n2->n1
    n2→n1 term 1 AppendAccepted 1, round 2
      n1 may answer read 1 at 1
> drop
> tick n1 34
> read n1
    n1 takes read 2
      n1 may answer read 2 at 1
> tick n1 1
> read n1
    n1 takes read 3
