"""How a problem of the configuration is told."""

import pytest

from gateway.core.problem import Problem


@pytest.mark.parametrize(
    "problem, told",
    [
        (Problem("http.listen", "is wrong"), "http.listen: is wrong"),
        (Problem("http.listen", "is wrong", 3), "http.listen (line 3): is wrong"),
    ],
)
def test_a_problem_names_key_and_line(problem: Problem, told: str) -> None:
    """The line is told where it is known."""
    assert told == str(problem)
