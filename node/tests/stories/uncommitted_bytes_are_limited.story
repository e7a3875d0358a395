# An entry weighs 24 bytes and its command. With a limit of 60 bytes, the leader refuses when more than that is waiting (L20).
> cluster 3 uncommitted-bytes=60
> elect n1
    n1 leads term 1
> propose n1 a b c d e
    n1 takes a as 2@1
    n1 takes b as 3@1
    n1 takes c as 4@1
    n1 refuses d: 75 bytes are waiting to be committed already
    n1 refuses e: 75 bytes are waiting to be committed already
      n1 appends 2@1 a, 3@1 b, 4@1 c
      sends n1→n2 term 1 Append prev 1@1, 3 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 3 entries, commit 1, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 1@1, 3 entries, commit 1, round 0
      n2 appends 2@1 a, 3@1 b, 4@1 c
      n2 commits 1
      n2 applies 1@1 noop
> propose n1 f
    n1 refuses f: 75 bytes are waiting to be committed already

# What is committed makes room, exactly as much as it took.
> deliver n2->n1
    n2→n1 term 1 AppendAccepted 4, round 0
      n1 commits 4
      n1 applies 2@1 a, 3@1 b, 4@1 c
> propose n1 g h i j
    n1 takes g as 5@1
    n1 takes h as 6@1
    n1 takes i as 7@1
    n1 refuses j: 75 bytes are waiting to be committed already
      n1 appends 5@1 g, 6@1 h, 7@1 i
      sends n1→n2 term 1 Append prev 4@1, 3 entries, commit 4, round 0
      sends n1→n3 term 1 Append prev 4@1, 3 entries, commit 4, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 4@1, 3 entries, commit 4, round 0
      n2 appends 5@1 g, 6@1 h, 7@1 i
      n2 commits 4
      n2 applies 2@1 a, 3@1 b, 4@1 c

# A new leader starts without debts (etcd's a370b6f): g, h and i, which it inherits uncommitted, were counted by another. Only its
# first entry counts, 24 bytes.
> cut n1->
> elect n2
    n2 leads term 2
> heal
> propose n2 k l m
    n2 takes k as 9@2
    n2 takes l as 10@2
    n2 takes m as 11@2
      n2 appends 9@2 k, 10@2 l, 11@2 m
      sends n2→n3 term 2 Append prev 8@2, 3 entries, commit 8, round 0
> deliver
    n2→n3 term 2 Append prev 8@2, 3 entries, commit 8, round 0
      n3 appends 9@2 k, 10@2 l, 11@2 m
      n3 commits 8
      n3 applies 5@1 g, 6@1 h, 7@1 i, 8@2 noop
    n3→n2 term 2 AppendAccepted 11, round 0
      n2 commits 11
      n2 applies 9@2 k, 10@2 l, 11@2 m
> propose n2 o p q r
    n2 takes o as 12@2
    n2 takes p as 13@2
    n2 takes q as 14@2
    n2 refuses r: 75 bytes are waiting to be committed already
      n2 appends 12@2 o, 13@2 p, 14@2 q
      sends n2→n3 term 2 Append prev 11@2, 3 entries, commit 11, round 0
