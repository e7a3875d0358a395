# Leaders follow each other, each with commands that the one before could not commit (CCF's late and fancy elections). After each,
# the log is one; and nothing committed is lost.
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
> propose n1 b
    n1 takes b as 3@1
      n1 appends 3@1 b
      sends n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n3 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n4 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      sends n1→n5 term 1 Append prev 2@1, 1 entries, commit 2, round 0
> deliver n1->n2
    n1→n2 term 1 Append prev 2@1, 1 entries, commit 2, round 0
      n2 appends 3@1 b
      n2 commits 2
      n2 applies 2@1 a
> cut n1->
> elect n2
    n2 leads term 2
> heal
> propose n2 c
    n2 takes c as 5@2
      n2 appends 5@2 c
      sends n2→n3 term 2 Append prev 4@2, 1 entries, commit 4, round 0
      sends n2→n4 term 2 Append prev 4@2, 1 entries, commit 4, round 0
      sends n2→n5 term 2 Append prev 4@2, 1 entries, commit 4, round 0
> deliver n2->n3
    n2→n3 term 2 Append prev 4@2, 1 entries, commit 4, round 0
      n3 appends 5@2 c
      n3 commits 4
      n3 applies 3@1 b, 4@2 noop
> cut n2->
> elect n3
    n3 leads term 3
> heal
> propose n3 d
    n3 takes d as 7@3
      n3 appends 7@3 d
      sends n3→n1 term 3 Append prev 6@3, 1 entries, commit 6, round 0
      sends n3→n4 term 3 Append prev 6@3, 1 entries, commit 6, round 0
      sends n3→n5 term 3 Append prev 6@3, 1 entries, commit 6, round 0
> settle
> timeout n3
      sends n3→n1 term 3 Append prev 7@3, 0 entries, commit 7, round 0
      sends n3→n2 term 3 Append prev 5@2, 0 entries, commit 7, round 0
      sends n3→n4 term 3 Append prev 7@3, 0 entries, commit 7, round 0
      sends n3→n5 term 3 Append prev 7@3, 0 entries, commit 7, round 0
> settle
> log
    n1: 1@1 noop, 2@1 a, 3@1 b, 4@2 noop, 5@2 c, 6@3 noop, 7@3 d
    n2: 1@1 noop, 2@1 a, 3@1 b, 4@2 noop, 5@2 c, 6@3 noop, 7@3 d
    n3: 1@1 noop, 2@1 a, 3@1 b, 4@2 noop, 5@2 c, 6@3 noop, 7@3 d
    n4: 1@1 noop, 2@1 a, 3@1 b, 4@2 noop, 5@2 c, 6@3 noop, 7@3 d
    n5: 1@1 noop, 2@1 a, 3@1 b, 4@2 noop, 5@2 c, 6@3 noop, 7@3 d
> status
    n1 follower term 3 leader n3 commit 7 last 7@3
    n2 follower term 3 leader n3 commit 7 last 7@3
    n3 leader term 3 leader n3 commit 7 last 7@3
    n4 follower term 3 leader n3 commit 7 last 7@3
    n5 follower term 3 leader n3 commit 7 last 7@3
