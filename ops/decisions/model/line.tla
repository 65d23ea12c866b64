------------------------------- MODULE line -------------------------------
(*
Two jobs of one line, one after the other, alike in type and sum and without a marker: what the evidence of the one may
say about the other. Each guard of ../0005-model.md is taken out by its name in Removed.
*)
EXTENDS Integers, Sequences, FiniteSets

CONSTANT Removed    \* names of the guards that are taken out

Jobs == 1..2        \* in the order of acceptance
None == -1
On(guard) == guard \notin Removed

VARIABLES
    job,        \* [is, verdict, ev, doc] by job; ev is the evidence, doc the document on record
    known,      \* the FN's last document as the line knows it; None: to be asked afresh
    task,       \* [is, doc] by job
    air,        \* jobs whose POST is on its way
    fn          \* the documents in order, by job: that a reading cannot see

vars == <<job, known, task, air, fn>>

Init ==
    /\ job = [j \in Jobs |-> [is |-> "queued", verdict |-> "none", ev |-> None, doc |-> 0]]
    /\ known = None
    /\ task = [j \in Jobs |-> [is |-> "none", doc |-> 0]]
    /\ air = {}
    /\ fn = <<>>

InDoubt(j) == job[j].verdict = "in_doubt"
Settled(j) == job[j].verdict \in {"printed", "not_printed"}
Quiet == \A j \in Jobs : task[j].is # "wait"

---------------------------------------------------------------------------
(* The register and the network. *)

Land(j) ==
    /\ j \in air
    /\ air' = air \ {j}
    /\ task' = IF task[j].is = "none" THEN [task EXCEPT ![j].is = "wait"] ELSE task
    /\ UNCHANGED <<job, known, fn>>

End(j) ==
    /\ task[j].is = "wait"
    /\ \/ fn' = Append(fn, j) /\ task' = [task EXCEPT ![j] = [is |-> "ready", doc |-> Len(fn')]]
       \/ fn' = Append(fn, j) /\ task' = [task EXCEPT ![j].is = "error"]   \* begun anew after a crash of its server
       \/ UNCHANGED fn /\ task' = [task EXCEPT ![j].is = "error"]
    /\ UNCHANGED <<job, known, air>>

---------------------------------------------------------------------------
(* The worker. *)

(* A job's turn comes when those before it have ended; a doubt is passed only by what could not be taken for it. *)
Turn(j) ==
    /\ job[j].is = "queued"
    /\ \A i \in 1 .. j - 1 : Settled(i) \/ (InDoubt(i) /\ ~On("passing"))

Survey(j) ==
    /\ Turn(j) /\ known = None /\ Quiet
    /\ known' = Len(fn)
    /\ UNCHANGED <<job, task, air, fn>>

Submit(j) ==
    /\ Turn(j) /\ known # None
    /\ job' = [job EXCEPT ![j].is = "sent", ![j].ev = known]
    /\ \/ task' = [task EXCEPT ![j].is = "wait"] /\ UNCHANGED air
       \/ air' = air \union {j} /\ UNCHANGED task
    /\ UNCHANGED <<known, fn>>

Doubt(j) ==
    /\ job[j].is = "sent" /\ job[j].verdict = "none"
    /\ job' = [job EXCEPT ![j].verdict = "in_doubt"]
    /\ known' = IF On("afresh") THEN None ELSE known
    /\ UNCHANGED <<task, air, fn>>

Entomb(j) ==
    /\ InDoubt(j) /\ task[j].is = "none"
    /\ task' = [task EXCEPT ![j].is = "tomb"]
    /\ UNCHANGED <<job, known, air, fn>>

Record(j, verdict, doc) ==
    /\ job' = [job EXCEPT ![j].verdict = verdict, ![j].doc = doc]
    /\ UNCHANGED <<task, air, fn>>

Plain(j) ==
    /\ job[j].is = "sent" /\ ~Settled(j) /\ task[j].is = "ready" /\ task[j].doc = job[j].ev + 1
    /\ Record(j, "printed", task[j].doc)
    /\ known' = IF known = None \/ known < task[j].doc THEN task[j].doc ELSE known

(* By content: exactly one document behind the evidence, and none that is on record for another job. *)
Prove(j) ==
    LET others == {job[i].doc : i \in Jobs \ {j}}
        gap == {d \in job[j].ev + 1 .. Len(fn) : On("taken") => d \notin others}
    IN
    /\ job[j].is = "sent" /\ ~Settled(j) /\ task[j].is \in {"ready", "error", "tomb"} /\ Quiet
    /\ CASE gap = {} -> Record(j, "not_printed", 0) /\ known' = Len(fn)
         [] Cardinality(gap) = 1 -> Record(j, "printed", CHOOSE d \in gap : TRUE) /\ known' = Len(fn)
         [] OTHER -> Record(j, "in_doubt", 0) /\ known' = IF On("afresh") THEN None ELSE known

Next ==
    \E j \in Jobs :
        \/ Land(j) \/ End(j)
        \/ Survey(j) \/ Submit(j) \/ Doubt(j) \/ Entomb(j) \/ Plain(j) \/ Prove(j)

Spec == Init /\ [][Next]_vars

---------------------------------------------------------------------------

DocumentsOf(j) == {d \in 1 .. Len(fn) : fn[d] = j}
PrintedHasADocument == \A j \in Jobs : job[j].verdict = "printed" => DocumentsOf(j) # {}
NotPrintedHolds == \A j \in Jobs : job[j].verdict = "not_printed" => DocumentsOf(j) = {}
OneDocumentOneJob == \A j \in Jobs : job[j].doc # 0 => fn[job[j].doc] = j
=============================================================================
