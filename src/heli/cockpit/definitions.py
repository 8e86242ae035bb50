"""How each figure is counted (口径), in the words the page shows."""

from django.utils.translation import gettext_lazy as _

ON_TIME = _(
    "Tasks of officers approved, refused or returned in the period by their due instant, out of "
    "all such tasks that had one: a task without a clock is neither on time nor late. Steps done "
    "by the system are not counted. Suspended time has moved the due instant, so it does not count "
    "as lateness."
)
RESPONSE = _(
    "Natural hours from the request to its answer or refusal, of requests for collaboration "
    "answered in the period: median, and the time within which nine out of ten were answered."
)
HANDLING = _(
    "Natural hours from the opening of a task to its decision, of tasks decided in the period."
)
OVERDUE = _(
    "Open tasks and requests whose due instant is past, now, whatever the period. The debtor is "
    "the department whose turn it is; the creditor is the one that asked, or that is accountable "
    "for the matter."
)
SAVED = _(
    "Matters completed in the period: the sum of the departments' own handling times, had they "
    "worked one after the other, less the time from intake to end. Median by matter, natural days."
)
STUCK = _(
    "Open tasks by activity and department, now: days past the due instant, days since the task "
    "became at risk, days lawfully suspended, added up over the tasks."
)
EXCHANGE = _(
    "Calls to the exchange in the period: answered ones, each with its receipt, and denied ones, "
    "each with its reason."
)
LEDGER = _(
    "Entries under the latest signed checkpoint; how many of the departments' witnesses cosigned "
    "the last one put to them."
)
SUGGESTION = _(
    "Little's law: days in the queue = tasks in it ÷ completions a day over the last 28 days. One "
    "more officer is assumed to work at the present pace. The error is the 95% interval of "
    "counting the completions."
)
