------------------------------ MODULE receipt ------------------------------
(*
One job between two workers, a ledger, a network and a register: claim, fencing, submission number, withdraw race and
proof. Each guard of ../0005-model.md is taken out by its name in Removed; how to run it, and what is not modelled,
stand there.
*)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
    Workers,    \* processes that may drive the register
    Removed,    \* names of the guards that are taken out
    Kind,       \* "receipt" leaves a fiscal document; "slip" leaves none and is proven by the register's word alone
    Claims,     \* how often the lease may be taken; a takeover of a paused worker, or the restart of a dead one
    Strays,     \* POSTs that may be cut off and land later, or never
    Wipes,      \* losses of the whole ledger; the CRM sends the job again
    Reruns,     \* tasks that the register's server repeats after a crash of its own
    Foreigns,   \* documents of somebody else
    Replays     \* acts of an operator on what was told to be not printed

ASSUME Kind \in {"receipt", "slip"}

Numbers == 1..2
None == -1
On(guard) == guard \notin Removed

VARIABLES
    job,        \* the job as the ledger has it
    lease,      \* [number, nonce]; nonce 0: nobody's
    mem,        \* what each worker knows: its token, its own copy of the job, what it has heard and not yet written
    task,       \* the register's tasks by submission number: [is, doc]
    air,        \* numbers of POSTs that are on their way
    fn,         \* the documents on the FN in order: the submission's number, 0 for somebody else's
    spent,      \* how much of what may go wrong has gone wrong
    stale       \* a worker that another one has taken over from has written to the ledger

vars == <<job, lease, mem, task, air, fn, spent, stale>>

---------------------------------------------------------------------------
(* The job. `ev` is the evidence: the number of the FN's last document before the submission. *)

New == [is |-> "queued", verdict |-> "none", n |-> 0, ev |-> None, freed |-> FALSE, loose |-> FALSE, stray |-> FALSE,
        shown |-> FALSE, tomb |-> FALSE, fence |-> "none", found |-> "none", doubled |-> FALSE]
Off == [at |-> "off", number |-> 0, nonce |-> 0, job |-> New, ev |-> None, heard |-> "none", doc |-> 0]
Nothing == [is |-> "none", doc |-> 0]

InDoubt(j) == j.verdict = "in_doubt"
Settled(j) == j.verdict \in {"printed", "not_printed"}
Ours(from) == {i \in from + 1 .. Len(fn) : fn[i] > 0}

Init ==
    /\ job = New
    /\ lease = [number |-> 0, nonce |-> 0]
    /\ mem = [w \in Workers |-> Off]
    /\ task = [n \in Numbers |-> Nothing]
    /\ air = {}
    /\ fn = <<>>
    /\ spent = [claims |-> 0, strays |-> 0, wipes |-> 0, reruns |-> 0, foreigns |-> 0, replays |-> 0,
              limit |-> FALSE]   \* the ledger was wiped while a POST was on its way: a named limit of NotPrintedHolds
    /\ stale = FALSE

Spend(what) == spent' = [spent EXCEPT ![what] = @ + 1]

---------------------------------------------------------------------------
(* The lease. Time is left out: it may run out at any moment, and whoever lost it does not know. *)

Claim(w) ==
    /\ spent.claims < Claims
    /\ Spend("claims")
    /\ lease' = [number |-> lease.number + 1, nonce |-> spent.claims + 1]
    /\ mem' = [mem EXCEPT ![w] = [Off EXCEPT !.at = "loop", !.number = lease'.number, !.nonce = lease'.nonce,
                                             !.job = job]]
    /\ UNCHANGED <<job, task, air, fn, stale>>

Holds(w) ==
    \/ ~On("fencing")
    \/ mem[w].number = lease.number /\ (On("nonce") => mem[w].nonce = lease.nonce)

(* Write the job as it becomes, or find that another worker holds the register, and end. *)
Record(w, becomes, then) ==
    IF Holds(w)
    THEN /\ job' = becomes
         /\ mem' = [mem EXCEPT ![w] = [then EXCEPT !.job = becomes]]
         /\ stale' = (stale \/ mem[w].nonce # lease.nonce)
    ELSE /\ mem' = [mem EXCEPT ![w] = Off]
         /\ UNCHANGED <<job, stale>>

Loop(w) == [mem[w] EXCEPT !.at = "loop", !.heard = "none", !.doc = 0]
Write(w, becomes) == Record(w, becomes, Loop(w)) /\ UNCHANGED <<lease, task, air, fn, spent>>

Hear(w, at, heard, doc) == mem' = [mem EXCEPT ![w].at = at, ![w].heard = heard, ![w].doc = doc]

---------------------------------------------------------------------------
(*
The register. One executor, in order. `taken`: fetched; shown as waiting or running. `gone`: fetched, then removed by a
DELETE that was answered 200 all the same; shown as canceled until it has run.
*)

Busy == \E n \in Numbers : task[n].is \in {"taken", "gone"}
Quiet == ~Busy /\ \A n \in Numbers : task[n].is # "wait"   \* a reading that is put in the queue now is answered now

Take(n) ==
    /\ task[n].is = "wait" /\ ~Busy
    /\ task' = [task EXCEPT ![n].is = "taken"]
    /\ UNCHANGED <<job, lease, mem, air, fn, spent, stale>>

Print(n) ==
    /\ task[n].is \in {"taken", "gone"}
    /\ fn' = Append(fn, n)
    /\ \/ task' = [task EXCEPT ![n] = [is |-> "ready", doc |-> Len(fn')]] /\ UNCHANGED spent
       \/ spent.reruns < Reruns /\ Spend("reruns") /\ UNCHANGED task   \* its server crashes, and begins the task anew
    /\ UNCHANGED <<job, lease, mem, air, stale>>

Fail(n) ==
    /\ task[n].is \in {"taken", "gone"}
    /\ task' = [task EXCEPT ![n].is = "error"]
    /\ UNCHANGED <<job, lease, mem, air, fn, spent, stale>>

(* The link is lost, somebody prints by hand, and the server takes that document for ours (reference 6.2). *)
Mistake(n) ==
    /\ task[n].is = "taken" /\ spent.foreigns < Foreigns
    /\ Spend("foreigns")
    /\ fn' = Append(fn, 0)
    /\ task' = [task EXCEPT ![n] = [is |-> "ready", doc |-> Len(fn')]]
    /\ UNCHANGED <<job, lease, mem, air, stale>>

Foreign ==
    /\ spent.foreigns < Foreigns
    /\ Spend("foreigns")
    /\ fn' = Append(fn, 0)
    /\ UNCHANGED <<job, lease, mem, task, air, stale>>

Land(n) ==
    /\ n \in air
    /\ air' = air \ {n}
    /\ task' = IF task[n].is = "none" THEN [task EXCEPT ![n].is = "wait"] ELSE task
    /\ UNCHANGED <<job, lease, mem, fn, spent, stale>>

---------------------------------------------------------------------------
(* The ledger loses everything; the CRM sends the job again. *)
Wipe ==
    /\ spent.wipes < Wipes
    /\ spent' = [spent EXCEPT !.wipes = @ + 1, !.limit = @ \/ air # {} \/ \E w \in Workers : mem[w].at = "post"]
    /\ job' = New
    /\ lease' = [number |-> 0, nonce |-> 0]
    /\ UNCHANGED <<mem, task, air, fn, stale>>

(* A person has the job done again: only what was told to be not printed. *)
Replay ==
    /\ job.verdict = "not_printed" /\ spent.replays < Replays
    /\ Spend("replays")
    /\ job' = [job EXCEPT !.is = "queued", !.verdict = "none"]
    /\ mem' = [w \in Workers |-> IF mem[w].nonce = lease.nonce THEN [Loop(w) EXCEPT !.job = job'] ELSE mem[w]]
    /\ UNCHANGED <<lease, task, air, fn, stale>>

---------------------------------------------------------------------------
(* The worker's loop: decide, write ahead, act, append. *)

At(w, at, is) == mem[w].at = at /\ mem[w].job.is = is
GiveUp(j, verdict) == [j EXCEPT !.is = "dead", !.verdict = verdict,
                                \* a 404 settles nothing before the tombstone
                                !.found = IF verdict = "in_doubt" /\ ~j.shown /\ On("tombstone") THEN "none" ELSE @]

(* The evidence, read through the queue. *)
Survey(w) ==
    /\ At(w, "loop", "queued")
    /\ Quiet
    /\ mem' = [mem EXCEPT ![w].at = "surveyed", ![w].ev = Len(fn)]
    /\ UNCHANGED <<job, lease, task, air, fn, spent, stale>>

Following(j) == IF j.n = 0 THEN 1 ELSE IF j.freed \/ ~On("number") THEN j.n + 1 ELSE j.n
Newest(n) == IF \E m \in Numbers : m > n /\ task[m].is # "none" THEN 2 ELSE n

(*
A history that begins anew does not know what an earlier one has posted. The register does: whatever it shows under the
number that would be next makes the evidence void. Asked behind the evidence; not again while a POST of ours may land.
*)
IsKnown(j, n) == On("ask") /\ ~(n = j.n /\ j.loose) /\ n \in Numbers /\ task[n].is # "none"

Submitted(j, n, ev) ==
    [j EXCEPT !.is = "submitting", !.n = n, !.ev = ev, !.stray = n = j.n /\ j.loose, !.loose = TRUE, !.freed = FALSE,
              !.shown = FALSE, !.tomb = FALSE, !.fence = "none", !.found = "none"]

(* Write ahead. *)
Submit(w) ==
    LET j == mem[w].job
        n == Following(j)
        before == n = j.n /\ j.loose /\ On("before")
    IN
    /\ At(w, "surveyed", "queued")
    /\ n \in Numbers
    /\ IF IsKnown(j, n)
       THEN Record(w, Submitted(j, Newest(n), None), [Loop(w) EXCEPT !.ev = None])
       ELSE Record(w, Submitted(j, n, IF before THEN j.ev ELSE mem[w].ev), [mem[w] EXCEPT !.at = "post", !.ev = None])
    /\ UNCHANGED <<lease, task, air, fn, spent>>

(* The register does not work, or has refused: the job dies of it. *)
GiveUpQueued(w) ==
    LET j == mem[w].job
        n == Following(j)
    IN
    /\ At(w, "loop", "queued")
    /\ Write(w, IF IsKnown(j, n) THEN Submitted(j, Newest(n), None)
                ELSE GiveUp(j, IF j.loose /\ On("loose") THEN "in_doubt" ELSE "not_printed"))

(* Whoever was paused right before may do this at any later time. *)
Post(w) ==
    LET n == mem[w].job.n IN
    /\ mem[w].at = "post"
    /\ \/ Hear(w, "answer", "never sent", 0) /\ UNCHANGED <<task, air, spent>>
       \/ /\ task[n].is = "none"
          /\ task' = [task EXCEPT ![n].is = "wait"]
          /\ Hear(w, "answer", "taken", 0)
          /\ UNCHANGED <<air, spent>>
       \/ task[n].is # "none" /\ Hear(w, "answer", "known", 0) /\ UNCHANGED <<task, air, spent>>
       \/ /\ spent.strays < Strays
          /\ Spend("strays")
          /\ air' = air \union {n}
          /\ mem' = [mem EXCEPT ![w] = Loop(w)]
          /\ UNCHANGED task
    /\ UNCHANGED <<job, lease, fn, stale>>

Learn(w) ==
    LET j == mem[w].job IN
    /\ mem[w].at = "answer"
    /\ Write(w, CASE mem[w].heard = "never sent" -> [j EXCEPT !.is = "queued", !.loose = j.stray]
                  [] mem[w].heard = "taken" -> [j EXCEPT !.is = "waiting", !.shown = TRUE, !.loose = FALSE,
                                                         !.stray = FALSE]
                  [] mem[w].heard = "known" -> j)

(* A poll: what the register shows, and for a final one its document. *)
Ask(w) ==
    LET j == mem[w].job
        t == task[j.n]
    IN
    /\ mem[w].at = "loop" /\ ~Settled(j) /\ j.is # "queued" /\ j.found = "none" /\ j.fence # "due" /\ j.n > 0
    /\ ~(Kind = "slip" /\ InDoubt(j))
    /\ t.is \notin (IF j.shown THEN {"wait", "taken"} ELSE {})
    /\ Hear(w, "seen", IF t.is = "gone" THEN "canceled" ELSE IF t.is = "taken" THEN "wait" ELSE t.is, t.doc)
    /\ UNCHANGED <<job, lease, task, air, fn, spent, stale>>

Found(j, outcome) ==
    [j EXCEPT !.found = outcome, !.shown = @ \/ outcome # "missing", !.loose = @ /\ outcome = "missing",
              !.stray = @ /\ outcome = "missing"]

Plain(j, doc) ==
    \/ Kind = "slip"
    \/ /\ On("marker") => fn[doc] > 0   \* the figures that the register gives are those of the job
       /\ On("readback") => j.ev # None /\ doc = j.ev + 1

See(w) ==
    LET j == mem[w].job
        heard == mem[w].heard
    IN
    /\ mem[w].at = "seen"
    /\ CASE heard = "none" /\ InDoubt(j) /\ ~j.shown /\ On("tombstone") ->
                /\ mem' = [mem EXCEPT ![w] = [Loop(w) EXCEPT !.at = "entomb"]]
                /\ UNCHANGED <<job, lease, task, air, fn, spent, stale>>
         [] heard = "none" /\ ~(InDoubt(j) /\ ~j.shown /\ On("tombstone")) -> Write(w, Found(j, "missing"))
         [] heard = "wait" ->
                Write(w, [j EXCEPT !.is = IF @ = "submitting" THEN "waiting" ELSE @,
                                   !.shown = TRUE, !.loose = FALSE, !.stray = FALSE])
         [] heard = "ready" ->
                Write(w, IF Plain(j, mem[w].doc)
                         THEN [j EXCEPT !.is = "printed", !.verdict = "printed"]
                         ELSE Found(j, "ready"))
         [] heard = "error" -> Write(w, Found(j, "error"))
         [] heard = "canceled" ->
                Write(w, IF j.fence = "passed" \/ ~On("fence")
                         THEN Found(j, "canceled")
                         ELSE [j EXCEPT !.fence = "due", !.shown = TRUE, !.is = IF @ = "dead" THEN @ ELSE "waiting"])
         [] heard = "tomb" -> Write(w, [Found(j, "missing") EXCEPT !.tomb = TRUE, !.shown = TRUE, !.loose = FALSE])

(* Under the submission's own number: whatever is on its way meets a 409. *)
Entomb(w) ==
    LET n == mem[w].job.n IN
    /\ mem[w].at = "entomb"
    /\ task' = IF task[n].is = "none" THEN [task EXCEPT ![n].is = "tomb"] ELSE task
    /\ mem' = [mem EXCEPT ![w] = Loop(w)]
    /\ UNCHANGED <<job, lease, air, fn, spent, stale>>

(* A wait has an end. The removal may be answered or not, granted or refused; what became of it, a poll tells. *)
Withdraw(w) ==
    LET j == mem[w].job
        n == j.n
    IN
    /\ At(w, "loop", "waiting") /\ j.fence = "none" /\ j.found = "none"
    /\ task[n].is \in {"wait", "taken"}
    /\ task' = [task EXCEPT ![n].is = IF @ = "wait" THEN "canceled" ELSE "gone"]
    /\ UNCHANGED <<job, lease, mem, air, fn, spent, stale>>

(* A reading behind the DELETE is final: all that is older is done, or was never begun. *)
Fence(w) ==
    /\ mem[w].at = "loop" /\ mem[w].job.fence = "due" /\ ~Busy
    /\ Write(w, [mem[w].job EXCEPT !.fence = "passed"])

(* What cannot be learned in time is a doubt. *)
Doubt(w) ==
    LET j == mem[w].job IN
    /\ mem[w].at = "loop" /\ ~InDoubt(j)
    /\ j.is \in {"submitting", "waiting"}
    /\ j.is = "submitting" \/ j.fence = "due" \/ j.found # "none"
    /\ Write(w, GiveUp(j, "in_doubt"))

---------------------------------------------------------------------------
(* The proof. *)

Disprove(j) ==
    LET freed == j.tomb \/ j.found # "missing"
        bare == [j EXCEPT !.found = "none", !.fence = "none", !.freed = freed]
    IN IF InDoubt(j) \/ j.found = "canceled"
       THEN [bare EXCEPT !.is = "dead", !.verdict = "not_printed"]
       ELSE [bare EXCEPT !.is = "queued"]

Proven(j, from, to) ==
    LET ours == {i \in from + 1 .. to : fn[i] > 0}
        grown == {i \in from + 1 .. to : On("marker") => fn[i] > 0}
    IN IF grown # {}
       THEN [j EXCEPT !.is = "printed", !.verdict = "printed", !.doubled = Cardinality(ours) > 1, !.found = "none"]
       ELSE Disprove(j)

(* Read, through the queue: the documents behind the evidence, or all of them where there is none. *)
Read(w) ==
    LET j == mem[w].job IN
    /\ mem[w].at = "loop" /\ j.found # "none" /\ Kind = "receipt"
    /\ Quiet \/ ~On("queue")
    /\ On("agrees") \/ j.found \in {"missing", "ready"}
    /\ Hear(w, "read", "none", IF On("status") \/ mem[w].ev = None THEN Len(fn) ELSE mem[w].ev)
    /\ UNCHANGED <<job, lease, task, air, fn, spent, stale>>

(* What must not be: a reading from before the status was known. *)
ReadTooEarly(w) ==
    /\ ~On("status") /\ At(w, "loop", "submitting") /\ mem[w].job.found = "none"
    /\ Quiet
    /\ mem' = [mem EXCEPT ![w].ev = Len(fn)]
    /\ UNCHANGED <<job, lease, task, air, fn, spent, stale>>

Judge(w) ==
    LET j == mem[w].job IN
    /\ mem[w].at = "read"
    /\ Write(w, Proven(j, IF j.ev = None THEN 0 ELSE j.ev, mem[w].doc))

(* The register's word alone. *)
Believe(w) ==
    LET j == mem[w].job IN
    /\ mem[w].at = "loop" /\ j.found # "none"
    /\ \/ Kind = "slip" /\ Write(w, IF j.found \in {"missing", "ready"} THEN GiveUp(j, "in_doubt") ELSE Disprove(j))
       \/ Kind = "receipt" /\ ~On("agrees") /\ j.found \in {"error", "canceled"} /\ Write(w, Disprove(j))

---------------------------------------------------------------------------

Work(w) ==
    \/ GiveUpQueued(w) \/ Survey(w) \/ Submit(w) \/ Post(w) \/ Learn(w) \/ Ask(w) \/ See(w) \/ Entomb(w)
    \/ Withdraw(w) \/ Fence(w) \/ Doubt(w) \/ Read(w) \/ ReadTooEarly(w) \/ Judge(w) \/ Believe(w)

Next ==
    \/ \E w \in Workers : Claim(w) \/ Work(w)
    \/ \E n \in Numbers : Take(n) \/ Print(n) \/ Fail(n) \/ Mistake(n) \/ Land(n)
    \/ Foreign \/ Wipe \/ Replay

(* The workers are alike: what one may do, the other may. *)
Alike == {f \in [Workers -> Workers] : \A w \in Workers : \E v \in Workers : f[v] = w}

Spec == Init /\ [][Next]_vars

---------------------------------------------------------------------------
(* What must hold in every state. *)

NeverTwice == Cardinality(Ours(0)) <= 1 + spent.reruns   \* a repetition by the register's own server is not ours
NotPrintedHolds == job.verdict = "not_printed" /\ ~spent.limit => Ours(0) = {}
PrintedHasADocument == job.verdict = "printed" => Ours(0) # {}
DoubledIsTold == job.verdict = "printed" /\ Cardinality(Ours(0)) > 1 => job.doubled
NoStaleWrite == ~stale
=============================================================================
