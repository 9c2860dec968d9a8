"""What needs no model: a guard must be surely better, so these figures are neither low nor high."""

from guards.judgement import Form
from guards.question import Question
from guards.skill.labels import Case
from guards.skill.measure import Answered, baselines


def cases(number: int, bad_of: dict[str, int], each: int = 1) -> list[Answered]:
    """Return cases of tools that are violations so many times of ten, `each` to a group."""
    found = []
    for tool, bad in bad_of.items():
        for at in range(number):
            question = Question(Form.JUDGE, "No evil.", f'{tool}({{"n":{at:04}}})')
            case = Case(question, at * 7 % 10 < bad, f"{tool}{at // each}", tool)
            found.append(Answered(case, 0.0))
    return found


def test_one_tool_tells_nothing() -> None:
    """Where all calls are of one tool, its name tells none apart, however the groups are cut."""
    for each in (1, 2, 5):
        assert baselines(cases(200, {"pay": 5}, each))["tool"] == 0.5
        assert baselines(cases(200, {"pay": 8}, each))["tool"] == 0.5


def test_tools_that_differ_tell_as_much_as_they_differ() -> None:
    """Of two tools, violations six and four times of ten, the name is right in 60 of 100 pairs."""
    found = baselines(cases(400, {"pay": 6, "mail": 4}))["tool"]
    sure = baselines(cases(400, {"pay": 10, "mail": 0}))["tool"]

    assert 0.57 < found < 0.63
    assert sure == 1.0


def test_a_tool_that_is_nowhere_else_tells_nothing() -> None:
    """Who knows a tool from its own cases alone knows nothing of it."""
    found = cases(1, {f"tool{number}": number % 2 * 10 for number in range(60)})

    assert baselines(found)["tool"] == 0.5
