"""The chapters on what happened and what is planned, from the records that customers may read."""

from reporting.sections.changes import changes_section
from reporting.sections.failures import failures_section
from reporting.sections.improvements import improvements_section
from reporting.sections.maintenance import maintenance_section
from reporting.sections.method import method_section
from reporting.sections.problems import problems_section

__all__ = [
    "changes_section",
    "failures_section",
    "improvements_section",
    "maintenance_section",
    "method_section",
    "problems_section",
]
