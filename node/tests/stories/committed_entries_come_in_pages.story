# About two entries are handed out at a time (L21), in order, none of them twice.
> cluster 1 apply-bytes=60
> timeout n1
      n1 becomes pre-candidate in term 0
      n1 becomes candidate in term 1
      n1 votes for n1 in term 1
      n1 becomes leader in term 1
      n1 appends 1@1 noop
      n1 commits 1
      n1 applies 1@1 noop
> hold n1
> propose n1 a b c d e
    n1 takes a as 2@1
    n1 takes b as 3@1
    n1 takes c as 4@1
    n1 takes d as 5@1
    n1 takes e as 6@1
      n1 appends 2@1 a, 3@1 b, 4@1 c, 5@1 d, 6@1 e
      n1 begins write 3: 2@1 a, 3@1 b, 4@1 c, 5@1 d, 6@1 e
> release n1
    n1 has written 3
      n1 commits 6
      n1 applies 2@1 a, 3@1 b
      n1 applies 4@1 c, 5@1 d
      n1 applies 6@1 e
> crash n1
> restart n1
> timeout n1
      n1 becomes pre-candidate in term 1
      n1 becomes candidate in term 2
      n1 votes for n1 in term 2
      n1 becomes leader in term 2
      n1 appends 7@2 noop
      n1 commits 7
      n1 applies 1@1 noop, 2@1 a
      n1 applies 3@1 b, 4@1 c
      n1 applies 5@1 d, 6@1 e
      n1 applies 7@2 noop
