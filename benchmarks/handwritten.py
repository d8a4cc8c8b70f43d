"""The logic of IC-0072 written out by hand, as a programmer would without an engine.

It is the yardstick of `engine.py` and an independent oracle for the tests: it shares no code with `criteria/`.
Verdicts: True, False, None for not established.
"""

from __future__ import annotations

from typing import Any

Facts = dict[str, Any]
Verdict = bool | None


def outcome(facts: Facts) -> Verdict:
    """Whether a request meets the policy: True, False, or None where that is not established."""
    universal = _and(_adult(facts), _not(_known(facts, "cremophor_hypersensitivity")), _liver(facts))
    if universal is False:
        return False
    kind = facts.get("request_type")
    if kind == "initial":
        return _and(universal, _initial(facts))
    if kind == "renewal":
        return _and(universal, _renewal(facts))
    return _and(universal, _or(_and(None, _initial(facts)), _and(None, _renewal(facts))))


def _and(*verdicts: Verdict) -> Verdict:
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _or(*verdicts: Verdict) -> Verdict:
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _not(verdict: Verdict) -> Verdict:
    return None if verdict is None else not verdict


def _known(facts: Facts, name: str) -> Any:
    value = facts.get(name)
    return None if value == "unknown" or value == "not_tested" else value


def _adult(facts: Facts) -> Verdict:
    born, today = facts.get("date_of_birth"), facts.get("request_date")
    if born is None or today is None:
        return None
    years = int(today[:4]) - int(born[:4])
    if today[5:] < born[5:]:
        years -= 1
    return years >= 18


def _at_most(facts: Facts, name: str, limit: float) -> Verdict:
    value = _known(facts, name)
    return None if value is None else value <= limit


def _liver(facts: Facts) -> Verdict:
    regimen = facts.get("regimen")
    if regimen is not None and regimen != "with_capecitabine":
        return True
    within = _and(
        _at_most(facts, "ast_x_uln", 2.5), _at_most(facts, "alt_x_uln", 2.5), _at_most(facts, "bilirubin_x_uln", 1)
    )
    return _or(None if regimen is None else False, within)


def her2(facts: Facts) -> str | None:
    """HER2 status: "negative", "positive", or None; contradicting results give None."""
    ihc = facts.get("her2_ihc")
    if ihc is None:
        return None
    done = facts.get("her2_ish") == "done"
    ratio, copies = (facts.get("her2_ish_ratio"), facts.get("her2_ish_copy_number")) if done else (None, None)
    amplified = _and(None if ratio is None else ratio >= 2, None if copies is None else copies >= 4)
    group_5 = _and(None if ratio is None else ratio < 2, None if copies is None else copies < 4)
    if ihc in ("0", "1+"):
        return "negative" if not done or amplified is False else None
    if ihc == "3+":
        return "positive" if not done or group_5 is False else None
    if ratio is None or copies is None:
        return None
    if amplified:
        return "positive"
    if group_5:
        return "negative"
    if ihc == "not_done":
        return None
    return "positive" if copies >= 6 and ratio < 2 else "negative"


def _resistant(facts: Facts, drug: str, adjuvant: float, metastatic: float) -> Verdict:
    result = _known(facts, f"{drug}_outcome")
    if result is None:
        return None
    if result == "progressed_on_therapy":
        return True
    if result != "progressed_after_therapy":
        return False
    setting = _known(facts, f"{drug}_setting")
    months = _known(facts, f"{drug}_months_to_progression")
    return _or(
        _and(None if setting is None else setting == "adjuvant", None if months is None else months <= adjuvant),
        _and(None if setting is None else setting == "metastatic", None if months is None else months <= metastatic),
    )


def _failed(facts: Facts, drug: str) -> Verdict:
    result = _known(facts, f"{drug}_outcome")
    return None if result is None else result == "failed"


def _pretreated(facts: Facts) -> Verdict:
    taxane_resistant = _resistant(facts, "taxane", 12, 4)
    return _or(
        _and(
            _or(_failed(facts, "anthracycline"), _resistant(facts, "anthracycline", 6, 3)),
            _or(_failed(facts, "taxane"), taxane_resistant),
        ),
        _and(taxane_resistant, _known(facts, "anthracycline_contraindicated")),
    )


def _initial(facts: Facts) -> Verdict:
    regimen, settings = facts.get("regimen"), facts.get("disease_settings")
    line = facts.get("line_of_therapy")

    def given(wanted: str) -> Verdict:
        return None if regimen is None else regimen == wanted

    def of_line(low: int, high: int = 20) -> Verdict:
        return None if line is None else low <= line <= high

    advanced = None if settings is None else not {"locally_advanced"}.issuperset(settings)
    status = her2(facts)
    negative = None if status is None else status == "negative"
    positive = None if status is None else status == "positive"
    tested = _and(advanced, _known(facts, "her2_test_compliant"))
    single = given("single_agent")
    verdicts = []

    common = _and(tested, negative, single)
    if common is not False:
        er, pr = _known(facts, "er_percent"), _known(facts, "pr_percent")
        er_positive = None if er is None else er >= 1
        pr_positive = None if pr is None else pr >= 1
        receptor = _or(er_positive, pr_positive)
        crisis = _or(_known(facts, "visceral_crisis"), _known(facts, "endocrine_refractory"))
        brca = _known(facts, "germline_brca")
        no_mutation = None if brca is None else brca == "no_mutation"
        ihc = facts.get("her2_ihc")
        low_her2 = None if ihc is None else ihc in ("0", "1+")
        ish_negative = _and(None if ihc is None else ihc == "2+", negative)
        verdicts.append(
            _and(
                common,
                receptor,
                crisis,
                _or(
                    _and(of_line(1, 1), _or(no_mutation, low_her2, ish_negative)),
                    _and(of_line(2, 2), _not(_known(facts, "tdxd_candidate"))),
                    of_line(3),
                ),
            )
        )
        cps = _known(facts, "pd_l1_cps")
        verdicts.append(
            _and(
                common,
                _not(receptor),
                _or(_and(of_line(1, 1), None if cps is None else cps < 10, no_mutation), of_line(2)),
            )
        )
    verdicts.append(_and(tested, positive, given("with_trastuzumab"), of_line(4)))
    local = None if settings is None else "locally_advanced" in settings or "metastatic" in settings
    if local is not False:
        combined = given("with_capecitabine")
        after = _and(single, _known(facts, "capecitabine_failed"))
        if combined is not False or after is not False:
            verdicts.append(_and(local, _pretreated(facts), _or(combined, after)))
    return _or(*verdicts) if verdicts else False


def _renewal(facts: Facts) -> Verdict:
    regimen, approved = facts.get("regimen"), facts.get("approved_regimen")
    same = True if regimen is None or approved is None else regimen == approved
    response = _known(facts, "disease_response")
    controlled = None if response is None else response in ("stabilization", "decrease")
    return _and(same, controlled, _not(_known(facts, "unacceptable_toxicity")))
