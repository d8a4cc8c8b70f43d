from tests.intake.wizard import CASES
import pytest

@pytest.mark.parametrize("case", CASES)
def test_case(clinical, case):
    seen = clinical.answer(CASES[case])
    print(seen.path, clinical.asked)
    assert seen.path.endswith("/check/"), seen.text
    assert "meets the criteria for" in seen.text
    r = clinical.post("check/", {})
    assert r.status_code == 303
    print(r["Location"])
    assert clinical.get(r["Location"]).status == 200
