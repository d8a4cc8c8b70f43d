"""What a reviewer types: a search, and the three decisions."""

from pa_portal.review.forms.approve import ApproveForm
from pa_portal.review.forms.base import DecisionForm
from pa_portal.review.forms.deny import DenyForm
from pa_portal.review.forms.find import FindForm
from pa_portal.review.forms.pend import PendForm

__all__ = ["FORMS", "ApproveForm", "DecisionForm", "DenyForm", "FindForm", "PendForm"]

FORMS: dict[str, type[DecisionForm]] = {form.act: form for form in (ApproveForm, PendForm, DenyForm)}
