"""Every act of the audit trail as a sentence: the one place where its words stand."""

from collections.abc import Callable
from typing import Any

from reviewapp.audit.models import AuditEvent
from screening.choices import Allotting, ReadingOrderKind, Retrieval, Stage

Content = dict[str, Any]
Sentence = Callable[[Content, Content], str]


def _said(words: str, *keys: str) -> Sentence:
    """The words, and behind them the first of these values that the event holds."""

    def sentence(before: Content, after: Content) -> str:
        value = next((str(found) for key in keys if (found := after.get(key) or before.get(key))), "")
        return f"{words} “{value[:120]}”" if value else words

    return sentence


def _vote(before: Content, after: Content) -> str:
    verb = {"include": "included", "exclude": "excluded", "maybe": "marked as maybe"}[after["verdict"]]
    reason = f", reason “{after['reason']}”" if after.get("reason") else ""
    criterion = f", resting on {after['criterion']}" if after.get("criterion") else ""
    changed = " (a changed mind)" if before else ""
    return f"{verb} record {after['record']} at {_stage(after['stage'])}{reason}{criterion}{changed}"


def _stage(value: str) -> str:
    return Stage(value).label.lower() if value in Stage.values else value


def _ruling(before: Content, after: Content) -> str:
    return f"judged two references to be {'the same' if after.get('state') == 'same' else 'different'}"


def _linked(before: Content, after: Content) -> str:
    return f"linked {len(after['records'])} records under record {after['record']}"


def _drawn(before: Content, after: Content) -> str:
    return f"drew a sample of {after['pairs']} pairs to audit the duplicates"


def _shown(before: Content, after: Content) -> str:
    field = after["field"]
    what = "a record shows" if field == "all" else f"a record shows as its {field}"
    if field in after["chosen"]:
        return f"chose which reference {what}"
    return f"left to completeness what {what}"


def _retrieval(before: Content, after: Content) -> str:
    return f"noted a report as {Retrieval(after['retrieval']).label.lower()}"


def _done(before: Content, after: Content) -> str:
    refused = f", {after['failed']:,} refused" if after.get("failed") else ""
    return f"finished an import: {after.get('kept', 0):,} references kept{refused}"


def _rederived(before: Content, after: Content) -> str:
    return f"read an import again with later readers: {after.get('changed', 0):,} of {after.get('references', 0):,} references say something else"


def _rederived_part(before: Content, after: Content) -> str:
    return f"worked out again what {after.get('changed', 0):,} references of an import say"


def _undone(before: Content, after: Content) -> str:
    return f"undid an import of {before.get('references', 0):,} references"


def _shared_out(before: Content, after: Content) -> str:
    return f"shared out {_stage(after['stage'])}: {Allotting(after['mode']).label.split(':')[0].lower()}"


def _batch(before: Content, after: Content) -> str:
    return f"gave {after['records']:,} records of {_stage(after['stage'])} to {after['people']}"


def _pilot(verb: str) -> Sentence:
    return lambda before, after: f"{verb} pilot {after['number']} of {_stage(after['stage'])}"


def _round(before: Content, after: Content) -> str:
    return f"queued {after['records']:,} records of {_stage(after['stage'])} again, judged before version {after['older_than']} of the criteria"


def _corrected(before: Content, after: Content) -> str:
    return f"corrected {after.get('fields')} of record {after.get('record')}"


def _order(before: Content, after: Content) -> str:
    order = ReadingOrderKind(after["order"]).label.lower()
    return f"chose the order of reading at {_stage(after['stage'])}: {order}, seed {after['seed']}"


def _laid(before: Content, after: Content) -> str:
    from_what = f" from {after['includes']:,} included and {after['excludes']:,} excluded" if after["model"] else ""
    return f"laid the order of reading at {_stage(after['stage'])}: {after['placed']:,} records placed{from_what}"


def _target(before: Content, after: Content) -> str:
    return f"fixed the target at {_stage(after['stage'])}: {100 * after['target']:.4g} % recall with {100 * after['confidence']:.4g} % confidence"


def _written(before: Content, after: Content) -> str:
    return f"wrote on item {after['item']} of {after['checklist']}"


WORDS: dict[str, Sentence] = {
    "jobs.job.cancelled": _said("cancelled the job", "title"),
    "jobs.job.restarted": _said("restarted the job", "title"),
    "reviews.review.created": _said("created the review", "title"),
    "reviews.review.changed": _said("changed title, question or registration of the review", "title"),
    "reviews.member.joined": _said("brought in", "name"),
    "reviews.member.left": _said("ended the membership of", "name"),
    "reviews.member.tasks_changed": _said("changed the tasks of", "name"),
    "reviews.invitation.sent": _said("made an invitation", "email"),
    "reviews.invitation.revoked": _said("revoked an invitation"),
    "reviews.invitation.accepted": _said("accepted an invitation"),
    "screening.criterion.added": _said("added the criterion", "text"),
    "screening.criterion.changed": _said("changed a criterion to", "text"),
    "screening.criterion.retired": _said("removed the criterion", "text"),
    "screening.reason.added": _said("added the exclusion reason", "label"),
    "screening.reason.changed": _said("changed the exclusion reason", "label"),
    "screening.reason.moved": _said("changed the order of the exclusion reasons"),
    "screening.reason.retired": _said("removed the exclusion reason", "label"),
    "screening.rule.changed": _said("changed the rule of a stage"),
    "screening.order.chosen": _order,
    "screening.order.laid": _laid,
    "screening.target.fixed": _target,
    "screening.labels.changed": _said("changed the labels of the team to", "labels"),
    "screening.terms.changed": _said("changed the highlighted terms"),
    "screening.pilot.started": _pilot("started"),
    "screening.pilot.revealed": _pilot("showed the votes of"),
    "screening.pilot.ended": _pilot("started fresh after"),
    "screening.round.started": _round,
    "screening.allocation.changed": _shared_out,
    "screening.allocation.rebalanced": _said("changed the team, so records were shared out again"),
    "screening.allocation.batch_given": _batch,
    "screening.allocation.batch_taken_back": _said("took a batch of records back"),
    "screening.search.added": _said("added the search", "source"),
    "screening.search.changed": _said("changed the search", "source"),
    "screening.import.uploaded": _said("uploaded the file", "filename"),
    "screening.import.confirmed": _said("confirmed the import of", "filename"),
    "screening.import.done": _done,
    "screening.import.undone": _undone,
    "screening.import.redone": _said("brought an import back"),
    "screening.import.rederived": _rederived,
    "screening.import.rederived_part": _rederived_part,
    "reviews.member.former_added": _said("gave a former reviewer a place without log-in:", "name"),
    "screening.handover.uploaded": _said("uploaded judgements made elsewhere:", "filename"),
    "screening.handover.confirmed": _said("confirmed the taking over of judgements from", "filename"),
    "screening.handover.done": _said("took over judgements from", "filename"),
    "screening.handover.undone": _said("took out again the judgements of", "filename"),
    "screening.version.set": _said("made the review an update of", "title", "cut_off"),
    "screening.version.removed": _said("made the review a new one again, no update of", "title", "cut_off"),
    "reporting.report.chosen": _said("chose what the report holds"),
    "reporting.checklist.written": _written,
    "reporting.archive.ordered": _said("had an archive of the review made", "kind"),
    "reporting.flow.chosen": _said("chose what the flow diagram shows"),
    "reporting.count.entered": _said("entered a number of the flow diagram by hand:", "box"),
    "reporting.count.removed": _said("took out a number of the flow diagram that was entered by hand:", "box"),
    "reporting.report.drawn": _said("had the report drawn as", "form"),
    "screening.judgements.exported": _said("took the judgements they may see along as", "form"),
    "screening.duplicates.detected": _said("let the duplicates be looked for"),
    "screening.duplicates.ruled": _ruling,
    "screening.duplicates.ruling_undone": _said("took a judgement on two references back"),
    "screening.duplicates.split": _said("split a reference from its record"),
    "screening.duplicates.records_linked": _linked,
    "screening.duplicates.audit_drawn": _drawn,
    "screening.duplicates.audit_judged": _said("judged a pair of a sampled audit"),
    "screening.record.shown_chosen": _shown,
    "screening.record.corrected": _corrected,
    "screening.record.correction_undone": _said("took a correction of a record back:", "fields"),
    "screening.decision.made": _vote,
    "screening.decision.undone": _said("took a vote back"),
    "screening.note.kept": _said("wrote a note or labels"),
    "screening.conflict.commented": _said("wrote in the discussion of a conflict"),
    "screening.conflict.proposed": _said("proposed how to settle a conflict"),
    "screening.conflict.proposal_withdrawn": _said("withdrew a proposal"),
    "screening.conflict.settled": _said("settled a conflict"),
    "screening.conflict.reopened": _said("re-opened a conflict"),
    "screening.report.retrieval": _retrieval,
    "screening.report.file_attached": _said("attached a file to a report", "filename"),
    "screening.report.file_detached": _said("took a file from a report again", "filename"),
    "screening.supplement.added": _said("added the supplement", "name"),
    "screening.supplement.named": _said("named a supplement", "name"),
    "screening.supplement.moved": _said("changed the order of supplements"),
    "screening.supplement.removed": _said("removed the supplement", "name"),
    "screening.supplement.brought_back": _said("brought back the supplement", "name"),
    "screening.drop.opened": _said("dropped PDFs to be matched"),
    "screening.drop.file_kept": _said("uploaded the PDF", "filename"),
    "screening.drop.set_aside": _said("set a PDF aside", "filename"),
    "screening.drop.taken_back": _said("took a PDF back into the tray", "filename"),
    "screening.report.linked": _said("linked a report to another study"),
    "screening.report.parted": _said("made a report a study of its own"),
    "demo.review.ready": _said("laid out the demo"),
    "screening.study.different": _said("said that two reports tell of different studies"),
    "screening.study.different_withdrawn": _said("took back that two reports tell of different studies"),
    "screening.study.named": _said("named a study", "label"),
    "appraisal.instrument.adopted": _said("took the instrument", "title"),
    "appraisal.instrument.created": _said("began an instrument", "title"),
    "appraisal.instrument.changed": _said("changed the instrument", "title"),
    "appraisal.instrument.relabelled": _said("put the answers of an instrument in other words"),
    "appraisal.instrument.answers_added": _said("added answers to an instrument"),
    "appraisal.instrument.retired": _said("took an instrument out of use", "title"),
    "appraisal.instrument.rating_rule_set": _said("set the rating rule of an instrument"),
    "appraisal.instrument.table_set": _said("set the table of studies"),
    "appraisal.instrument.meant_for_set": _said("said for which studies an instrument is meant:", "title"),
    "appraisal.instrument.drop_rule_set": _said("said what a sensitivity analysis leaves out by", "title"),
    "appraisal.study.meant": _said("said by hand whether a study is meant for", "instrument"),
    "appraisal.study.marked": _said("marked a study for the sensitivity analysis"),
    "appraisal.item.added": _said("added the question", "text"),
    "appraisal.item.changed": _said("changed a question to", "text"),
    "appraisal.item.moved": _said("moved a question"),
    "appraisal.item.retired": _said("stopped asking", "question"),
    "appraisal.item.brought_back": _said("asks again", "question"),
    "appraisal.study.assigned": _said("said who fills in a study of", "instrument"),
    "appraisal.studies.spread": _said("spread the studies over people"),
    "appraisal.answer.kept": _said("answered question", "question"),
    "appraisal.study.finished": _said("finished a study of", "instrument"),
    "appraisal.study.taken_up": _said("took a study up again, of", "instrument"),
    "appraisal.difference.proposed": _said("proposed what stands for question", "question"),
    "appraisal.difference.proposal_withdrawn": _said("withdrew a proposal for question", "question"),
    "appraisal.difference.settled": _said("settled question", "question"),
    "appraisal.difference.reopened": _said("re-opened question", "question"),
    "appraisal.rating.overridden": _said("rated a study otherwise than the rule", "rating"),
    "appraisal.rating.reset": _said("went back to the rule's rating of a study"),
    "synthesis.text.added": _said("brought in the findings of", "study"),
    "synthesis.text.corrected": _said("corrected the findings text", "title"),
    "synthesis.text.described": _said("named a findings text or said its language:", "title"),
    "synthesis.text.removed": _said("took away the findings text", "title"),
    "synthesis.finding.placed": _said("said where a passage stands in", "title"),
    "synthesis.quotation.marked": _said("marked a participant's words in", "title"),
    "synthesis.quotation.kept": _said("confirmed a participant's words in", "title"),
    "synthesis.quotations.kept": _said("confirmed all participants' words in", "title"),
    "synthesis.quotation.unmarked": _said("said that words are not a participant's in", "title"),
    "synthesis.coding.placed_again": _said("placed a coding anew on", "quote"),
    "synthesis.code.created": _said("made the code", "code"),
    "synthesis.code.renamed": _said("renamed a code to", "name"),
    "synthesis.code.changed": _said("described the code", "code"),
    "synthesis.code.moved": _said("moved the code", "code"),
    "synthesis.code.merged": _said("merged codes into", "code"),
    "synthesis.code.parted": _said("took out of a merge again the code", "code"),
    "synthesis.code.split": _said("split a code; the new one is", "new"),
    "synthesis.code.deleted": _said("deleted the code", "code"),
    "synthesis.coding.made": _said("coded", "quote"),
    "synthesis.coding.removed": _said("took a code off", "quote"),
    "synthesis.coding.changed": _said("changed the coding of", "quote"),
    "synthesis.stretch.set_aside": _said("found nothing to code in a stretch"),
    "synthesis.stretch.taken_up": _said("took up again a stretch without codes"),
    "synthesis.study.assigned": _said("said who codes", "study"),
    "synthesis.studies.spread": _said("spread the coding of the studies evenly"),
    "synthesis.plan.changed": _said("changed how many people code each study"),
    "synthesis.coding.opened": _said("opened coding: everybody sees everybody's codings"),
    "synthesis.coding.closed": _said("closed coding again: people code apart"),
    "synthesis.study.finished": _said("finished coding", "study"),
    "synthesis.study.taken_up": _said("took up the coding again of", "study"),
    "synthesis.study.compared": _said("was the last to finish coding, so the codings were compared of", "study"),
    "synthesis.difference.proposed": _said("proposed how to settle the coding of", "quote"),
    "synthesis.difference.proposal_withdrawn": _said("withdrew a proposal for the coding of", "quote"),
    "synthesis.difference.settled": _said("settled the coding of", "quote"),
    "synthesis.difference.reopened": _said("re-opened the coding of", "quote"),
    "synthesis.differences.matched": _said("took the codings that match since codes were merged, in", "study"),
    "synthesis.theme.created": _said("made the theme", "theme"),
    "synthesis.theme.renamed": _said("renamed a theme to", "name"),
    "synthesis.theme.changed": _said("changed what a theme says:", "theme"),
    "synthesis.theme.filled": _said("put codes or themes into", "theme"),
    "synthesis.theme.emptied": _said("took codes or themes out of", "theme"),
    "synthesis.theme.merged": _said("merged themes into", "theme"),
    "synthesis.theme.removed": _said("removed the theme", "theme"),
    "synthesis.theme.supported": _said("said by hand whether a study supports", "theme"),
    "synthesis.themes.ordered": _said("changed the order of themes, or in", "theme"),
    "synthesis.act.undone": _said("undid:", "act"),
    "synthesis.act.redone": _said("did again:", "act"),
}

KINDS: dict[str, str] = {
    "reviews.": "Review and team",
    "screening.criterion.": "Criteria",
    "screening.reason.": "Exclusion reasons",
    "screening.rule.": "Rules of the stages",
    "screening.terms.": "Highlighted terms",
    "screening.labels.": "Labels of the team",
    "screening.allocation.": "Who judges what",
    "screening.pilot.": "Pilots",
    "screening.round.": "Rounds",
    "screening.order.": "Order of reading",
    "screening.target.": "Target of recall",
    "screening.search.": "Searches",
    "screening.import.": "Imports",
    "screening.duplicates.": "Duplicates",
    "screening.record.": "What records show",
    "screening.decision.": "Votes",
    "screening.note.": "Notes and labels",
    "screening.conflict.": "Conflicts",
    "screening.report.": "Reports",
    "screening.drop.": "Dropped PDFs",
    "screening.supplement.": "Supplements",
    "screening.study.": "Studies",
    "appraisal.": "Appraisal and extraction",
    "synthesis.": "Coding and themes",
    "jobs.": "Jobs",
}


def sentence(event: AuditEvent) -> str:
    """What was done, as the end of a sentence that begins with the person's name."""
    words = WORDS.get(event.action) or _said(event.action)
    return words(event.before or {}, event.after or {})
