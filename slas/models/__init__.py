"""Tables of service level management."""

from slas.models.agreements import Agreement, AgreementVersion, Subscription
from slas.models.evaluations import Evaluation
from slas.models.targets import Target

__all__ = ["Agreement", "AgreementVersion", "Evaluation", "Subscription", "Target"]
