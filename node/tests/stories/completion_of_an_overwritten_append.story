# The race that is named after A-B-A (P4). n1 leads term 1, and its disk is slow: 2@1 and 3@1 are under way to it as write 3, and have
# reached nobody else.
> cluster 3
> elect n1
    n1 leads term 1
> hold n1
> propose n1 a b
    n1 takes a as 2@1
    n1 takes b as 3@1
      n1 appends 2@1 a, 3@1 b
      n1 begins write 3: 2@1 a, 3@1 b
      sends n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 2 entries, commit 1, round 0
> drop

# n2 leads term 2, and its first entry takes the place of 2@1 in n1's memory. It goes to n1's disk behind the old write.
> elect n2
    n2 leads term 2
> log n1
    n1: 1@1 noop, 2@2 noop

# Now the old write completes. There is something at 2 on the disk, but not what stands there in memory: n1 must not count it.
> persist n1 1
    n1 has written 3
> disk n1
    n1: term 1, vote n1; 1@1 noop, 2@1 a, 3@1 b
> network

# Only the write that replaced it makes it true.
> persist n1
    n1 has written 4
      n1 counts its copy up to 2
      sends n1→n2 term 2 AppendAccepted 2, round 0
> disk n1
    n1: term 2, vote -; 1@1 noop, 2@2 noop
> deliver
    n1→n2 term 2 AppendAccepted 2, round 0
> status
    n1 follower term 2 leader n2 commit 1 last 2@2
    n2 leader term 2 leader n2 commit 2 last 2@2
    n3 follower term 2 leader n2 commit 0 last 2@2

# The same, and n1 crashes in between: what it had acknowledged is on its disk.
> cluster 3
> elect n1
    n1 leads term 1
> hold n1
> propose n1 a b
    n1 takes a as 2@1
    n1 takes b as 3@1
      n1 appends 2@1 a, 3@1 b
      n1 begins write 3: 2@1 a, 3@1 b
      sends n1→n2 term 1 Append prev 1@1, 2 entries, commit 1, round 0
      sends n1→n3 term 1 Append prev 1@1, 2 entries, commit 1, round 0
> drop
> elect n2
    n2 leads term 2
> persist n1 1
    n1 has written 3
> crash n1
> release n1
> restart n1
> log n1
    n1: 1@1 noop, 2@1 a, 3@1 b
> timeout n2
      sends n2→n1 term 2 Append prev 1@1, 0 entries, commit 2, round 0
      sends n2→n3 term 2 Append prev 2@2, 0 entries, commit 2, round 0
> deliver
    n2→n1 term 2 Append prev 1@1, 0 entries, commit 2, round 0
      n1 becomes follower in term 2
      n1 commits 1
      n1 applies 1@1 noop
    n2→n3 term 2 Append prev 2@2, 0 entries, commit 2, round 0
      n3 commits 2
      n3 applies 1@1 noop, 2@2 noop
    n1→n2 term 2 AppendAccepted 1, round 0
    n3→n2 term 2 AppendAccepted 2, round 0
    n2→n1 term 2 Append prev 1@1, 1 entries, commit 2, round 0
      n1 removes its log from 2 on
      n1 appends 2@2 noop
      n1 commits 2
      n1 applies 2@2 noop
    n1→n2 term 2 AppendAccepted 2, round 0
> log
    n1: 1@1 noop, 2@2 noop
    n2: 1@1 noop, 2@2 noop
    n3: 1@1 noop, 2@2 noop
