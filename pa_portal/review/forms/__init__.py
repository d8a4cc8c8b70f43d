"""What a reviewer types: a search, decisions, what leads to them, and what follows."""

from pa_portal.review.forms.appeal import OverturnForm, UpholdForm
from pa_portal.review.forms.approve import ApproveForm, ReissueForm, ReverseForm, StartForm
from pa_portal.review.forms.base import DecisionForm, Written
from pa_portal.review.forms.call import CallForm, CloseForm, ScheduleForm
from pa_portal.review.forms.deny import DenyForm, RecommendForm
from pa_portal.review.forms.extend import ExtendForm
from pa_portal.review.forms.find import FindForm
from pa_portal.review.forms.give_back import ReturnForm
from pa_portal.review.forms.pend import PendForm
from pa_portal.review.forms.void import VoidForm

__all__ = ["FORMS", "ApproveForm", "DecisionForm", "FindForm", "RecommendForm", "StartForm", "Written"]

FORMS: dict[str, type[DecisionForm]] = {
    form.act: form
    for form in (
        ApproveForm,
        PendForm,
        RecommendForm,
        DenyForm,
        ReturnForm,
        ExtendForm,
        UpholdForm,
        OverturnForm,
        CallForm,
        ScheduleForm,
        CloseForm,
        ReverseForm,
        VoidForm,
        ReissueForm,
    )
}
