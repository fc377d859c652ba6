"""Tables of service reporting."""

from reporting.models.definitions import Recipient, ReportDefinition
from reporting.models.delivery import DeliveryObligation
from reporting.models.feedback import ReportFeedback
from reporting.models.issues import ReportIssue

__all__ = ["DeliveryObligation", "Recipient", "ReportDefinition", "ReportFeedback", "ReportIssue"]
