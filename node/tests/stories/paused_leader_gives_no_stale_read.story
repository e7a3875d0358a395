# n1's process stops for a while (R9): its clock stands still, and it hears nothing. Meanwhile n2 leads and commits x.
> cluster 3
> elect n1
    n1 leads term 1
> partition n1 | n2 n3
> elect n2
    n2 leads term 2
> propose n2 x
    n2 takes x as 3@2
      n2 appends 3@2 x
      sends n2→n3 term 2 Append prev 2@2, 1 entries, commit 2, round 0
> settle

# n1 wakes, believes no time has passed, and is asked to read first of all. It has no lease to believe in: the read waits for a round,
# and the first answer to that says that its term is over.
> heal
> read n1
    n1 takes read 1
      sends n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      sends n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1
> deliver once n1->
    n1→n2 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      sends n2→n1 term 2 AppendRejected prev 1 hint 0@0, round 1
    n1→n3 term 1 Append prev 1@1, 0 entries, commit 1, round 1
      sends n3→n1 term 2 AppendRejected prev 1 hint 0@0, round 1
> deliver n2->n1 first
    n2→n1 term 2 AppendRejected prev 1 hint 0@0, round 1
      n1 becomes follower in term 2
      n1 refuses read 1
> status n1
    n1 follower term 2 leader - commit 1 last 1@1
