"""What a reviewer types: a search, the three decisions, and what passes between reviewer and medical director."""

from pa_portal.review.forms.approve import ApproveForm
from pa_portal.review.forms.base import DecisionForm, Written
from pa_portal.review.forms.deny import DenyForm, RecommendForm
from pa_portal.review.forms.find import FindForm
from pa_portal.review.forms.give_back import ReturnForm
from pa_portal.review.forms.pend import PendForm

__all__ = ["FORMS", "ApproveForm", "DecisionForm", "FindForm", "RecommendForm", "Written"]

FORMS: dict[str, type[DecisionForm]] = {
    form.act: form for form in (ApproveForm, PendForm, RecommendForm, DenyForm, ReturnForm)
}
