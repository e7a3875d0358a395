# Two leaders leave entries at the same positions behind (suffix_collision, soft_rollback): n1's b1 and c1, and n2's first entry and c2.
# Only the terms tell them apart. n1 loses its own when it follows n2.
> cluster 5
> elect n1
    n1 leads term 1
> propose n1 a
    n1 takes a as 2@1
      n1 appends 2@1 a
      sends n1→n2 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n4 term 1 Append prev 1@1, 1 entries, commit 1, round 0
      sends n1→n5 term 1 Append prev 1@1, 1 entries, commit 1, round 0
> settle
> cut n1->
> propose n1 b1 c1
    n1 takes b1 as 3@1
    n1 takes c1 as 4@1
      n1 appends 3@1 b1, 4@1 c1
      sends n1→n2 term 1 Append prev 2@1, 2 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 2 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 2 entries, commit 2, round 0
      sends n1→n5 term 1 Append prev 2@1, 2 entries, commit 2, round 0
> deliver
    n1→n2 term 1 Append prev 2@1, 2 entries, commit 2, round 0 is lost
    n1→n3 term 1 Append prev 2@1, 2 entries, commit 2, round 0 is lost
    n1→n4 term 1 Append prev 2@1, 2 entries, commit 2, round 0 is lost
    n1→n5 term 1 Append prev 2@1, 2 entries, commit 2, round 0 is lost
> elect n2
    n2 leads term 2
> propose n2 c2
    n2 takes c2 as 4@2
      n2 appends 4@2 c2
      sends n2→n3 term 2 Append prev 3@2, 1 entries, commit 3, round 0
      sends n2→n4 term 2 Append prev 3@2, 1 entries, commit 3, round 0
      sends n2→n5 term 2 Append prev 3@2, 1 entries, commit 3, round 0
> drop
> log n1 n2
    n1: 1@1 noop, 2@1 a, 3@2 noop
    n2: 1@1 noop, 2@1 a, 3@2 noop, 4@2 c2

# n3 leads next. It never had c2, which stands at 4 only on n2, and puts an entry of its own there.
> crash n2
> crash n1
> elect n3
    n3 leads term 3
> propose n3 d
    n3 takes d as 5@3
      n3 appends 5@3 d
      sends n3→n4 term 3 Append prev 4@3, 1 entries, commit 4, round 0
      sends n3→n5 term 3 Append prev 4@3, 1 entries, commit 4, round 0
> settle
> heal
> restart n1
> restart n2
> timeout n3
      sends n3→n1 term 3 Append prev 3@2, 0 entries, commit 5, round 0
      sends n3→n2 term 3 Append prev 3@2, 0 entries, commit 5, round 0
      sends n3→n4 term 3 Append prev 5@3, 0 entries, commit 5, round 0
      sends n3→n5 term 3 Append prev 5@3, 0 entries, commit 5, round 0
> settle
      n1 becomes follower in term 3
      n2 becomes follower in term 3
> timeout n3
      sends n3→n1 term 3 Append prev 5@3, 0 entries, commit 5, round 0
      sends n3→n2 term 3 Append prev 5@3, 0 entries, commit 5, round 0
      sends n3→n4 term 3 Append prev 5@3, 0 entries, commit 5, round 0
      sends n3→n5 term 3 Append prev 5@3, 0 entries, commit 5, round 0
> deliver
    n3→n1 term 3 Append prev 5@3, 0 entries, commit 5, round 0
    n3→n2 term 3 Append prev 5@3, 0 entries, commit 5, round 0
    n3→n4 term 3 Append prev 5@3, 0 entries, commit 5, round 0
    n3→n5 term 3 Append prev 5@3, 0 entries, commit 5, round 0
    n1→n3 term 3 AppendAccepted 5, round 0
    n2→n3 term 3 AppendAccepted 5, round 0
    n4→n3 term 3 AppendAccepted 5, round 0
    n5→n3 term 3 AppendAccepted 5, round 0
> log
    n1: 1@1 noop, 2@1 a, 3@2 noop, 4@3 noop, 5@3 d
    n2: 1@1 noop, 2@1 a, 3@2 noop, 4@3 noop, 5@3 d
    n3: 1@1 noop, 2@1 a, 3@2 noop, 4@3 noop, 5@3 d
    n4: 1@1 noop, 2@1 a, 3@2 noop, 4@3 noop, 5@3 d
    n5: 1@1 noop, 2@1 a, 3@2 noop, 4@3 noop, 5@3 d
