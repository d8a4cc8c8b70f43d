"""What was decided, by when it is owed, under which policy version, and how we said so."""

from pa_portal.determinations.models.appeal import Appeal, AppealOutcome
from pa_portal.determinations.models.authorization import Authorization, AuthorizationVoid
from pa_portal.determinations.models.clock import ClockEvent, ClockRule, Stage
from pa_portal.determinations.models.determination import Determination
from pa_portal.determinations.models.letter import Letter
from pa_portal.determinations.models.mailing import Mailing
from pa_portal.determinations.models.message import Message, MessageRead, Note, Side
from pa_portal.determinations.models.notice import Notice
from pa_portal.determinations.models.peer_to_peer import PeerToPeer, PeerToPeerEvent
from pa_portal.determinations.models.recommendation import Recommendation, RecommendationAnswer
from pa_portal.determinations.models.settings import PlanLetterSettings, PolicySetting, SettingChange
from pa_portal.determinations.models.task import Task

__all__ = [
    "Appeal",
    "AppealOutcome",
    "Authorization",
    "AuthorizationVoid",
    "ClockEvent",
    "ClockRule",
    "Determination",
    "Letter",
    "Mailing",
    "Message",
    "MessageRead",
    "Note",
    "Notice",
    "PeerToPeer",
    "PeerToPeerEvent",
    "PlanLetterSettings",
    "PolicySetting",
    "Recommendation",
    "RecommendationAnswer",
    "SettingChange",
    "Side",
    "Stage",
    "Task",
]
